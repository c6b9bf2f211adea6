"""The screen one lives in: transcript, prompt, status line, and keys.

It is painted before anything else is loaded. What it is told to do before its desk is there waits until
it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, TextArea

from ..keys.chords import Chords
from ..keys.commands import BY_ID, READING_CHARACTERS
from ..keys.in_force import in_force
from ..looks.theme import Styles
from ..widgets.kept import Ground
from ..widgets.prompt import Prompt
from ..widgets.rule import Rule
from ..widgets.slash_menu import SlashMenu
from ..widgets.status_bar import StatusBar
from ..widgets.transcript import Transcript
from .closing import OnceScreen

if TYPE_CHECKING:
    from ..chat.chat import Chat
    from ..chat.standing import Standing
    from ..keys.chords import Offered
    from ..widgets.chips import Chips
    from ..widgets.file_menu import FileMenu
    from ..widgets.find_bar import FindBar
    from ..widgets.waiting_lines import WaitingLines
    from ..widgets.which_key import WhichKey


class Desktop(Ground):
    """What stands under the conversation, in the column of its text."""

    DEFAULT_CSS = "Desktop { height: auto; layout: vertical; align-horizontal: center; }"


class ChatScreen(Ground, OnceScreen[None]):
    """A conversation, the prompt, the status line."""

    AUTO_FOCUS = "Prompt"
    BINDINGS = [Binding("ctrl+c", "interrupt", "Copy, clear, stop", show=False)]

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self.chat: Chat | None = None
        self.transcript: Transcript
        self.prompt: Prompt
        self.rule: Rule
        self.waiting: WaitingLines
        self.chips: Chips
        self.file_menu: FileMenu
        self.status: StatusBar
        self.find_bar: FindBar
        self.which: WhichKey
        self.chords = Chords(self.action_command, self._offer, self.set_timer)
        self.chords.table = in_force({}).chords
        self._styles = styles
        self._waiting: list[Callable[[Chat], object]] = []
        self._slash = ""
        """What was typed of a slash command; the menu may have completed what is submitted."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        self.transcript = Transcript(self._styles, id="transcript")
        menu = SlashMenu(id="menu")
        # Held and not looked up: what was typed is still asked for when the screen is gone.
        self.prompt = Prompt("Ask anything, or / for commands", menu=menu, id="prompt")
        self.rule = Rule()
        self.status = StatusBar(id="status")
        yield self.transcript
        with Desktop():
            yield menu
            yield self.rule
            yield self.prompt
            yield self.status

    def furnish(self) -> None:
        """What the first frame need not wait for: it shows nothing yet."""
        from ..widgets.chips import Chips
        from ..widgets.file_menu import FileMenu
        from ..widgets.find_bar import FindBar
        from ..widgets.waiting_lines import WaitingLines
        from ..widgets.which_key import WhichKey

        self.find_bar = FindBar(self.transcript, id="find")
        self.file_menu = self.prompt.file_menu = FileMenu(id="files")
        self.which = WhichKey(id="which")
        self.waiting = WaitingLines(id="waiting")
        self.chips = Chips(id="chips")
        desktop = self.query_one(Desktop)
        desktop.mount(self.find_bar, before=0)
        desktop.mount(self.file_menu, self.which, before=self.rule)
        desktop.mount(self.waiting, self.chips, before=self.prompt)

    def attach(self, chat: Chat) -> None:
        """Its desk is there: do what waited for it."""
        from ..arguments import Arguments
        from ..keys.in_force import bindings

        keys = chat.session.config.keys
        for binding in bindings(keys):
            for key in binding.key.split(","):
                self._bindings.bind(key, binding.action, binding.description, show=False)
        self.chords.table = in_force(keys).chords
        self.prompt.set_vim(chat.session.config.editing == "vim")
        self.chat = chat
        if self.prompt.menu is not None:
            arguments = Arguments(chat, self.prompt.menu.offer)
            self.prompt.menu.ask, self.prompt.menu.ask_paths = arguments.of, arguments.paths
        waiting, self._waiting = self._waiting, []
        for do in waiting:
            do(chat)

    def show_end(self, standing: Standing, painted: Callable[[], object]) -> None:
        """Show the end of the conversation while its desk is still to be made, and say when it is painted."""
        self.transcript.show(standing.exchanges({}), facts=standing.facts())
        self.call_after_refresh(painted)

    def _do(self, what: Callable[[Chat], object]) -> None:
        if self.chat is None:
            self._waiting.append(what)
        else:
            what(self.chat)

    @property
    def worn(self) -> Styles:
        """The styles that are worn."""
        return self._styles

    def wear(self, styles: Styles) -> None:
        """Another theme."""
        self._styles = styles
        self.transcript.wear(styles)

    def action_command(self, command_id: str) -> None:
        """A key of the table was pressed."""
        self._do(lambda chat: chat.do(BY_ID[command_id]))

    def _offer(self, offered: Offered | None) -> None:
        if self.chat is not None:
            self.which.show(offered)

    def took(self, event: events.Key) -> bool:
        """Whether a key belongs to a chord, and is done; asked before anybody is sent it."""
        focused = self.focused
        return self.chords.took(event, cuts=isinstance(focused, TextArea | Input) and bool(focused.selected_text))

    def action_interrupt(self) -> None:
        """Ctrl+C while the transcript has the focus."""
        self._do(lambda chat: chat.interrupt())

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        """Enter."""
        typed = self._slash.strip() or event.text
        self._do(lambda chat: chat.submitted(event.text, typed))

    def on_prompt_slash_typed(self, event: Prompt.SlashTyped) -> None:
        """A letter of a slash command; what it is for is what the reader stood on when it was begun."""
        self._slash = event.text
        if not event.text:
            self.transcript.hold(False)

    def on_prompt_draft_changed(self, event: Prompt.DraftChanged) -> None:
        """Something was typed."""
        self._do(lambda chat: chat.drafts.changed(event.text))

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """A key: what the question would cost is told in the same breath."""
        if self.chat is not None:
            self.chat.foretelling.show()

    def on_prompt_file_typed(self, event: Prompt.FileTyped) -> None:
        """A letter behind an `@`."""
        self._do(lambda chat: chat.naming.typed(event.text))

    def on_prompt_file_chosen(self, event: Prompt.FileChosen) -> None:
        """A file of the menu."""
        self._do(lambda chat: chat.run(chat.attaching.add([event.path], exactly=True)))

    def on_prompt_file_ended(self, event: Prompt.FileEnded) -> None:
        """A path was typed to its end, and nothing chosen."""
        self._do(lambda chat: chat.naming.ended(event.path))

    def on_prompt_pasted(self, event: Prompt.Pasted) -> None:
        """A short paste: it may be the path of a file that was dropped."""
        self._do(lambda chat: chat.attaching.consider(event.text))

    def on_prompt_mode_changed(self, event: Prompt.ModeChanged) -> None:
        """Under vi's keys."""
        self._do(lambda chat: chat.show_elsewhere())

    def on_prompt_interrupted(self, event: Prompt.Interrupted) -> None:
        """Ctrl+C: copy a selection, else clear, else stop; twice quits."""
        self._do(lambda chat: chat.interrupt())

    def on_prompt_recalled(self, event: Prompt.Recalled) -> None:
        """Up in an empty prompt, and something waits."""
        self._do(lambda chat: chat.queue.recall())

    def on_prompt_end_passed(self, event: Prompt.EndPassed) -> None:
        """End once more, or in an empty prompt."""
        self._do(lambda chat: chat.transcript.action_bottom())

    def on_resize(self) -> None:
        """In a low window what waits takes one line."""
        if self.chat is not None:
            self.waiting.fit_again()

    def on_prompt_paste_refused(self, event: Prompt.PasteRefused) -> None:
        """Too long a paste."""
        sentence = f"That paste has {event.characters:,} characters: it is too long for the prompt."
        self._do(lambda chat: chat.say(sentence, severity="warning"))

    def on_slash_menu_picked(self, event: SlashMenu.Picked) -> None:
        """A row of the slash menu was clicked."""
        self.prompt.complete_line(event.line)
        self.prompt.focus()

    def on_transcript_link_chosen(self, event: Transcript.LinkChosen) -> None:
        """A link is opened only after it was shown where it goes."""
        self._do(lambda chat: chat.reader.links_chosen(event.links))

    def on_transcript_copy_chosen(self, event: Transcript.CopyChosen) -> None:
        """Something is to be copied."""
        code = f"code {event.number}"
        self._do(
            lambda chat: chat.reader.copy(event.text, code) if event.text else chat.reader.copy_at_hand(event.what)
        )

    def on_transcript_variant_chosen(self, event: Transcript.VariantChosen) -> None:
        """Another answer is to be seen, or another question in its place."""
        self._do(lambda chat: chat.branching.show_variant(event.by, event.of))

    # -- finding

    def open_find(self, words: str = "") -> None:
        """Look for something in the open conversation."""
        self.find_bar.open(words)
        self.find_bar.show(-1, 0)

    def land(self, words: str) -> None:
        """Look for something from where the reader is, and let n and N go on from there."""
        self.find_bar.open(words)
        place, count = self.transcript.find(words)
        self.find_bar.show(place, count)
        if count:
            self.transcript.focus()
        else:
            self.close_find()
            self.prompt.focus()

    def close_find(self) -> None:
        """Look for nothing any more."""
        if self.find_bar.display:
            self.find_bar.close()
            self.transcript.stop_finding()

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        """What is looked for changed."""
        if self.find_bar.display:
            self.find_bar.show(*self.transcript.find(event.words))

    def on_find_bar_stepped(self, event: FindBar.Stepped) -> None:
        """Another place."""
        self.transcript.action_hit(event.by)

    def on_find_bar_left(self, event: FindBar.Left) -> None:
        """Back to the prompt."""
        self.close_find()
        self.prompt.focus()

    def on_transcript_find_asked(self, event: Transcript.FindAsked) -> None:
        """A key for the next place, and nothing is looked for yet."""
        self.open_find()

    def on_transcript_find_left(self, event: Transcript.FindLeft) -> None:
        """Back to the prompt."""
        self.close_find()
        self.prompt.focus()

    def on_transcript_found(self, event: Transcript.Found) -> None:
        """Another place is shown."""
        self.find_bar.show(event.place, event.count)

    def on_key(self, event: events.Key) -> None:
        """Typing while the transcript has the focus goes to the prompt; while nothing has, as in a tiny window, too."""
        reading = self.focused is self.transcript
        if (
            (reading or self.focused is None)
            and event.is_printable
            and event.character is not None
            and not (reading and event.character in READING_CHARACTERS)
        ):
            self.transcript.hold(event.character == "/" and not self.prompt.text)
            self.set_focus(self.prompt)
            self.prompt.insert(event.character)
            event.stop()
        elif self.focused is self.prompt and (event.is_printable or event.key == "enter"):
            # It came in one piece with the key that moved the focus, and was sent where that still was.
            self.prompt.post_message(events.Key(event.key, event.character))
            event.stop()
