"""What one can do here: the one table behind the keys, the slash menu, the palette and the help.

A command is done by the method ``Command.method`` (``command_`` and its id) of a part of the chat, which takes
the argument as typed. A binding calls the screen's ``action_command(id)``. Nothing else in the app names
a key.

The keys stay clear of what a line editor uses (ctrl+ a b c d e h i j k m t u v w x y z, alt+ letters and the
arrows) and of terminal multiplexers' prefixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from claude_tui.ui.keys.names import split_keys


@dataclass(frozen=True, slots=True)
class Command:
    """One thing one can do."""

    id: str
    """Its name in the config's ``[keys]``."""
    title: str
    """What the palette calls it."""
    help: str
    """What it does, in a sentence without its full stop."""
    slash: str
    """What is typed for it, with its slash."""
    key: str | None = None
    """Its keys, as Textual names them, separated by commas; one may be a chord: the leader, a blank and a key."""
    argument: str = ""
    """A placeholder for what may follow the slash command; empty when nothing may."""
    group: str = "Conversation"
    """Its heading in the help."""
    asks: bool = False
    """Whether nothing is done without what follows it: from the palette and by key, it is begun in the prompt."""
    whole_word: bool = False
    """Whether it is done only when its whole word was typed: Enter on less of it completes it."""

    @property
    def method(self) -> str:
        """The method of a part of the chat that does it."""
        return "command_" + self.id.replace("-", "_")

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys, one by one."""
        return split_keys(self.key or "")


COMMANDS: tuple[Command, ...] = (
    Command("continue", "Continue the reply", "Go on where the reply was cut", "/continue", "ctrl+g", group="Reply"),
    Command("stop", "Stop", "Stop the reply; what came stays, and can be continued", "/stop", "escape", group="Reply"),
    Command("send-now", "Send now", "Stop the reply and send what is typed, else the first of what waits", "/send-now",
            "ctrl+x enter", "TEXT", group="Reply"),
    Command("queue", "What waits", "What waits for the reply to end: edit it, put it in another order, leave it out",
            "/queue", "ctrl+x u", group="Reply"),
    Command("btw", "Ask aside", "A side question that sees the conversation and leaves no trace in it",
            "/btw", "ctrl+x b", "QUESTION", group="Reply"),
    Command("keep", "Keep the cut reply", "Leave a reply that a crash cut as it is",
            "/keep", "ctrl+x .", group="Reply"),
    Command("discard", "Discard the cut reply", "Set a cut reply aside; /restore brings it back", "/discard", "f8",
            group="Reply"),
    Command("retry", "Retry", "Another answer beside the one at hand, else the last", "/retry",
            "shift+f7", "MODEL", group="Reply"),
    Command("edit", "Edit a question", "Another question beside the one at hand, else the last", "/edit",
            "f7", group="Reply"),
    Command("previous-variant", "Previous answer", "Show the answer, or the question, before this one in its place",
            "/previous", "ctrl+x <", group="Reply"),
    Command("next-variant", "Next answer", "Show the answer, or the question, after this one in its place",
            "/next", "ctrl+x >", group="Reply"),
    Command("diff", "Compare", "What differs between the answers, or the questions, in one place", "/diff", "ctrl+x d",
            group="Reply"),
    Command("copy", "Copy the message", "Copy the message one stands on, else the last reply", "/copy",
            "f5", group="Reply"),
    Command("copy-block", "Copy the block", "Copy the block one stands on, else the last one, as Markdown",
            "/copy-block", "ctrl+x c", group="Reply"),
    Command("copy-code", "Copy the code", "Copy the code in the block one stands on, else the last; or by its number",
            "/copy-code", "f9", "N", group="Reply"),
    Command("codes", "Copy a code by number", "The codes of the reply at hand, numbered, to copy one of them",
            "/codes", "ctrl+x n", group="Reply"),
    Command("copy-all", "Copy the conversation", "Copy the whole conversation, as Markdown", "/copy-all", "ctrl+x w",
            group="Reply"),
    Command("quote", "Quote", "Quote the block one stands on, or what the mouse chose, to comment on it beneath",
            "/quote", "ctrl+x q", group="Reply"),
    Command("fold", "Fold or unfold", "Fold or unfold thinking and tools", "/fold", "f3", group="Reply"),
    Command("receipt", "Receipt", "All that is known of the reply at hand: tokens, time, cost, request id",
            "/receipt", "f4", group="Reply"),
    Command("pieces", "Raw pieces", "The last reply as it came, word for word, with what its seams left out",
            "/pieces", "f6", group="Reply"),
    Command("sources", "Sources", "Open what an answer cites, after it was shown where it goes", "/sources", "ctrl+x l",
            group="Reply"),
    Command("new", "New conversation", "Begin anew; this one is kept", "/new", "ctrl+n"),
    Command("open", "Open a conversation", "Choose one of the conversations kept here", "/open", "ctrl+o"),
    Command("search", "Search", "Search all that was ever said here", "/search", "ctrl+f", "TEXT"),
    Command("find", "Find", "Look for words in this conversation, in thinking and folded cards too", "/find", "ctrl+l",
            "TEXT"),
    Command("tree", "Tree", "Every branch of this conversation at a glance, to go to one", "/tree", "f12"),
    Command("fork", "Fork", "Begin another conversation with all up to what one stands on", "/fork", "ctrl+x f"),
    Command("pin", "Pin", "Put this conversation before the others in the list, or among them again",
            "/pin", "ctrl+x *"),
    Command("archive", "Archive", "Take this conversation out of the list, or put it back; search finds it",
            "/archive", "ctrl+x a"),
    Command("trash", "Trash", "What was deleted: restore it, or delete it for good", "/trash", "ctrl+x x"),
    Command("drafts", "Drafts", "What was typed and not sent, here and elsewhere", "/drafts", "ctrl+x D"),
    Command("history", "Sent before", "Find something among all that was ever sent, and write it again", "/history",
            "ctrl+r"),
    Command("take-over", "Take over", "Write here, where another window writes and this one reads along", "/take-over",
            "f10"),
    Command("rename", "Rename", "Give this conversation another title", "/rename", "ctrl+x R", "TITLE", asks=True),
    Command("export", "Export", "Write this conversation to FILE: .md, .html or .json; and --with-files its files too",
            "/export", "ctrl+x e", "FILE", asks=True),
    Command("attach", "Attach a file", "Send a text, an image or a PDF with the question, or what was dropped",
            "/attach", "shift+f3", "FILE", group="Conversation"),
    Command("detach", "Leave a file out", "Do not send a file that was attached: the last, or by number or name",
            "/detach", "shift+f8", "NAME", group="Conversation"),
    Command("paste-image", "Paste an image", "Send the image that is in the clipboard", "/paste-image", "shift+f6",
            group="Conversation"),
    Command("paste-open", "Open a large paste", "Put a large paste into the prompt as text", "/paste-open",
            "ctrl+x o", "N", group="Conversation"),
    Command("paste-edit", "Edit a large paste", "Open a large paste in your own editor", "/paste-edit",
            "ctrl+x ctrl+o", "N", group="Conversation"),
    Command("paste-save", "Save a large paste", "Write a large paste to a file", "/paste-save", "ctrl+x ctrl+s",
            "FILE", group="Conversation"),
    Command("stash", "Put by", "Put what is typed by, with its files; with nothing typed, list what is", "/stash",
            "ctrl+x s", group="Conversation"),
    Command("unstash", "Bring back", "Bring back what was put by last", "/unstash", "ctrl+x p",
            group="Conversation"),
    Command("import", "Import", "Take in a file of conversations: ours, claude.ai's, ChatGPT's, llm's",
            "/import", "ctrl+x i", "FILE", asks=True),
    Command("delete", "Delete", "Move this conversation to the trash", "/delete", "ctrl+x delete", whole_word=True),
    Command("restore", "Restore", "Bring back what was deleted or discarded last", "/restore", "ctrl+x z"),
    Command("context", "Make room", "How full the context is; go on from a summary, or without the beginning",
            "/context", "ctrl+x %", "summary|drop|compact"),
    Command("cost", "Cost", "What was spent: here, today, this month; by day, model, conversation",
            "/cost", "ctrl+x $"),
    Command("budget", "Budget", "What a conversation, a day, a month may cost: /budget day 5", "/budget", "ctrl+x B",
            "PERIOD DOLLARS"),
    Command("model", "Model", "Choose the model", "/model", "f2,ctrl+x m", "MODEL", group="Settings"),
    Command("successor", "Newer model", "The model that comes after one that retires", "/successor", "shift+f2",
            group="Settings"),
    Command("effort", "Effort", "How hard the model tries: low to max",
            "/effort", "ctrl+x E", "LEVEL", group="Settings"),
    Command("thinking", "Thinking", "Whether it thinks first: on, off or auto", "/thinking", "ctrl+x t", "on|off|auto",
            group="Settings"),
    Command("max-tokens", "Longest reply", "The longest reply to ask for, in tokens", "/max-tokens", "ctrl+x M", "N",
            group="Settings", asks=True),
    Command("system", "System prompt", "What the model is told before all else; edit or none",
            "/system", "ctrl+x y", "TEXT", group="Settings", asks=True),
    Command("persona", "Persona", "A system prompt, model and settings of yours, by name",
            "/persona", "ctrl+x P", "NAME", group="Settings"),
    Command("cache", "Cache", "How long the API keeps what it read: 5m or 1h", "/cache", "ctrl+x H", "5m|1h",
            group="Settings"),
    Command("tools", "Tools", "What the model may use: names, all or none", "/tools", "ctrl+x T", "NAMES",
            group="Settings"),
    Command("key", "API key", "Enter another API key; /key forget removes it", "/key", "ctrl+x K", "forget",
            group="Settings"),
    Command("theme", "Theme", "Choose the colours", "/theme", "ctrl+x C", "NAME", group="View"),
    Command("timestamps", "Timestamps", "Show or hide when each message was sent", "/timestamps", "shift+f5",
            group="View"),
    Command("read", "Read on your own", "Hold the view still while a reply goes on; again: to what was not read",
            "/read", "ctrl+s", group="View"),
    Command("previous-message", "Previous message", "To the question or answer before", "/previous-message", "ctrl+up",
            group="View"),
    Command("next-message", "Next message", "To the next question or answer", "/next-message", "ctrl+down",
            group="View"),
    Command("previous-block", "Previous block", "To the paragraph, code, list or card before",
            "/previous-block", "ctrl+x up", group="View"),
    Command("next-block", "Next block", "To the next paragraph, code, list or card",
            "/next-block", "ctrl+x down", group="View"),
    Command("page-up", "Page up", "Scroll up a page", "/page-up", "pageup", group="View"),
    Command("page-down", "Page down", "Scroll down a page", "/page-down", "pagedown", group="View"),
    Command("top", "Top", "Go to the first message", "/top", "ctrl+home", group="View"),
    Command("bottom", "Bottom", "Go to the newest line and follow it", "/bottom", "ctrl+end", group="View"),
    Command("editor", "Your editor", "Write in your own editor ($VISUAL, $EDITOR) and come back with the text",
            "/editor", "ctrl+x ctrl+e", group="Program"),
    Command("screen-reader", "Screen reader", "Go on in plain lines, as a screen reader needs them; there, back again",
            "/screen-reader", "ctrl+x r", "on|off", group="Program"),
    Command("help", "Help", "Every key and command", "/help", "f1", group="Program"),
    Command("settings", "Settings", "What can be set, how it is, and where that is from", "/settings", "ctrl+x ,",
            group="Program"),
    Command("keys", "Change the keys", "What the config calls each command, and its keys", "/keys", "ctrl+x k",
            group="Program"),
    Command("quit", "Quit", "Leave; everything is kept", "/quit", "ctrl+q", group="Program"),
)  # fmt: skip

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(command.group for command in COMMANDS))

PROMPT_KEYS: tuple[tuple[str, str], ...] = (
    ("enter", "Send; while a reply is written, when that is complete"),
    ("ctrl+j,shift+enter,alt+enter", "Break the line"),
    ("up,down", "In an empty prompt or at its edge: what waits, then what was sent before"),
    ("tab", "Complete a command"),
    ("ctrl+c", "Copy what is selected, else clear or stop; twice quits"),
    ("ctrl+p", "Every command, by name"),
    ("ctrl+z,ctrl+underscore", "Undo"),
    ("ctrl+shift+z,alt+z", "Redo; the second where a terminal cannot tell the first from Ctrl+Z"),
    ("alt+b,alt+f", "A word back, a word on"),
    ("ctrl+w,alt+backspace,alt+d", "Kill up to the blank before, the word before, the word after"),
    ("ctrl+u,ctrl+k", "Kill the line before, the line after"),
    ("ctrl+y,alt+y", "Put back what was killed; then what was killed before that"),
    ("ctrl+t,alt+t", "Exchange two letters, two words"),
    ("alt+u,alt+l,alt+c", "The word after in capitals, in small letters, with a capital"),
)
"""The keys that belong to the prompt and cannot be changed, and what they do."""


@dataclass(frozen=True, slots=True)
class ReadingKey:
    """A key that works while the transcript has the focus, and what it does there."""

    keys: str
    action: str
    """The transcript's action."""
    help: str
    typed: str = ""
    """The characters of it that would otherwise be typed into the prompt."""


READING_KEYS: tuple[ReadingKey, ...] = (
    ReadingKey("up,k", "line(-1)", "A line up", "k"),
    ReadingKey("down,j", "line(1)", "A line down", "j"),
    ReadingKey("left", "block(-1)", "To the block before; a mark in the margin says where one stands"),
    ReadingKey("right", "block(1)", "To the next block"),
    ReadingKey("shift+left,left_square_bracket", "message(-1)", "To the question or answer before", "["),
    ReadingKey("shift+right,right_square_bracket", "message(1)", "To the next question or answer", "]"),
    ReadingKey("enter,space", "use", "Fold or unfold the card, or open a link of the block, that one stands on", " "),
    ReadingKey("c", "copy('block')", "Copy the block; of a code block its code", "c"),
    ReadingKey("C", "copy('message')", "Copy the message", "C"),
    ReadingKey("q", "screen.command('quote')", "Quote the block in the prompt, to comment on it beneath", "q"),
    ReadingKey("n", "hit(1)", "To the next place where what is looked for stands", "n"),
    ReadingKey("N", "hit(-1)", "To the place before", "N"),
    ReadingKey("less_than_sign", "variant(-1)", "The answer, or the question, before this one in its place", "<"),
    ReadingKey("greater_than_sign", "variant(1)", "The answer, or the question, after this one in its place", ">"),
    ReadingKey("home,g", "top", "To the first line", "g"),
    ReadingKey("end,G", "bottom", "To the newest line, and follow it", "G"),
    ReadingKey("pageup", "page(-1)", "A page up"),
    ReadingKey("pagedown", "page(1)", "A page down"),
)
"""The keys of the transcript, which Tab leads into; they cannot be changed."""
READING_CHARACTERS = frozenset("".join(key.typed for key in READING_KEYS))


@dataclass(frozen=True, slots=True)
class LibraryKey:
    """A key that works in the list of conversations, and what it does there."""

    keys: str
    action: str
    """The screen's action."""
    help: str
    short: tuple[str, str, str]
    """What the line at the bottom calls it: among the conversations, in the archive, in the trash; empty for not."""


LIBRARY_KEYS: tuple[LibraryKey, ...] = (
    LibraryKey("tab", "shelf(1)", "The conversations, the archive, the trash", ("archive", "trash", "conversations")),
    LibraryKey("f8", "trash", "To the trash; in the trash, delete for good, which is asked",
               ("delete", "delete", "deletes for good")),
    LibraryKey("f9", "empty", "In the trash: delete all of it for good, which is asked", ("", "", "empties it")),
    LibraryKey("ctrl+z", "undo", "Take back what was done there last", ("undo", "undo", "undo")),
    LibraryKey("f2", "rename", "Another title", ("rename", "rename", "")),
    LibraryKey("f4", "pin", "Before the others, or among them again", ("pin", "pin", "")),
    LibraryKey("f5", "archive", "Into the archive, or out of it; search finds it there too",
               ("archive", "unarchive", "")),
    LibraryKey("f6", "kind('text')", "Search without visible text, or with it", ("text", "text", "text")),
    LibraryKey("f7", "kind('thinking')", "Search without thinking, or with it", ("thinking", "thinking", "thinking")),
    LibraryKey("ctrl+t", "kind('tool')", "Search without what tools said, or with it", ("tools", "tools", "tools")),
)  # fmt: skip
"""The keys of the list of conversations, besides those that move in it; they cannot be changed."""
