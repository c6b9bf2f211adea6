"""The commands of the one table that make sense in lines; each is a method, as on the chat screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.conversation import Conversation
from ...core.models import EFFORTS
from ...core.text import clean_line
from ...errors import ClaudeTuiError
from ...session import Session, read_tools
from ..terminal.clipboards import Clipboards
from ..terminal.copier import amount
from ..words.codes import codes_of
from .lines import Lines
from .room import Room
from .telling import current

if TYPE_CHECKING:
    from ..keys.commands import Command

LISTED = 20
"""Conversations that /open lists."""


class Doing(Room):
    """The room, and what can be done in it by command."""

    def __init__(self, session: Session, lines: Lines, conversation: Conversation | None) -> None:
        super().__init__(session, lines, conversation)
        self.leaving = ""
        """"quit", or "screen" for the app on the whole screen."""
        self._listed: list[str] = []
        self._clipboards = Clipboards(session.paths.state_dir, lambda order: False)  # OSC 52 is none of our lines

    def command(self, command: Command, argument: str) -> None:
        """Do one command of the table."""
        do: Any = getattr(self, command.method, None)
        if do is None:
            self.say(f"{command.slash} needs the whole screen. /screen-reader off goes there.")
            return
        try:
            do(argument)
        except ClaudeTuiError as error:
            self.say(str(error))

    def command_help(self, argument: str) -> None:
        """Every command that there is here."""
        from ..keys.commands import COMMANDS

        self.say("Type a question and press Enter. An empty line continues a reply that was cut.")
        self.say("Control C stops a reply. Control D, or /quit, leaves.")
        for command in COMMANDS:
            if command.slash and hasattr(self, command.method):
                self.say(f"{' '.join(filter(None, [command.slash, command.argument]))}: {command.help}.")

    # -- the reply -----------------------------------------------------------------------------------------

    def command_continue(self, argument: str) -> None:
        """Go on where the reply was cut."""
        self.go_on()

    def command_retry(self, argument: str) -> None:
        """Another answer to the last question."""
        path = self.conversation.path() if self.conversation is not None else ()
        question = next((node for node in reversed(path) if node.origin == "typed"), None)
        model = self._model(argument) if argument else None
        if question is None:
            self.say("There is no question yet.")
        elif model or not argument:
            self.ask_again(question, model)

    def command_read(self, argument: str) -> None:
        """The last answer once more."""
        self.read_again()

    def command_receipt(self, argument: str) -> None:
        """All that is known of the last reply."""
        from ..words.receipt import receipt, replies

        found = replies(self.conversation.path()) if self.conversation is not None else ()
        if self.conversation is None or not found:
            self.say("There is no reply yet.")
            return
        for name, value in receipt(self.conversation, found[-1], self.session.config.models):
            self.say(f"{name}: {value}")

    def command_copy(self, argument: str) -> None:
        """Copy the last answer."""
        self._copy(current(self.conversation, {}).text if self.conversation is not None else "", "the reply")

    def command_copy_code(self, argument: str) -> None:
        """Copy a code by its number, else the last."""
        codes = codes_of(current(self.conversation, {})) if self.conversation is not None else []
        number = len(codes) if not argument else int(argument) if argument.isascii() and argument.isdigit() else 0
        if codes and not 1 <= number <= len(codes):
            self.say(f"There is no code {clean_line(argument, 20)}: this reply has {len(codes)}.")
        else:
            self._copy(codes[number - 1] if codes else "", f"code {number}")

    def command_copy_all(self, argument: str) -> None:
        """Copy the whole conversation."""
        from ...exchange import to_markdown

        self._copy(to_markdown(self.conversation) if self.conversation is not None else "", "the conversation")

    def _copy(self, text: str, what: str) -> None:
        from ...core.text import clean

        if not text:
            self.say("There is nothing to copy.")
        else:
            text = clean(text)
            self.say(self._clipboards.copy(text).sentence(f"{what}, {amount(text)}"))

    # -- conversations -------------------------------------------------------------------------------------

    def command_new(self, argument: str) -> None:
        """Begin anew."""
        self.leave()
        self.conversation = None
        self.say("A new conversation. Type a question.")

    def command_open(self, argument: str) -> None:
        """List the conversations, or open one by its number or its id."""
        from ...naming import find_id, load

        if argument:
            number = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 5 else 0
            known = self._listed[number - 1] if 1 <= number <= len(self._listed) else ""
            self.open(load(self.session.store, known or find_id(self.session.store, argument)))
            return
        rows = self.session.store.recent(LISTED).result()
        self._listed = [row.id for row in rows]
        for number, row in enumerate(rows, 1):
            self.say(f"{number}: {clean_line(row.title, 100)}{', cut' if row.interrupted else ''}.")
        self.say("/open and a number opens one." if rows else "There is no conversation yet.")

    def command_rename(self, argument: str) -> None:
        """Another title."""
        if self.conversation is None or not argument:
            self.say("A title is needed, in a conversation that has begun: /rename and the title.")
            return
        title = clean_line(argument, 120)
        self.session.store.rename(self.conversation.id, title)
        self.conversation = replace(self.conversation, title=title)
        self.say(f"Renamed to {title}.")

    def command_export(self, argument: str) -> None:
        """Write the conversation to a file."""
        from ...theme_files import load_themes
        from ..chat.exporting import export

        if self.conversation is None:
            self.say("There is no conversation to export.")
            return
        themes, _ = load_themes(*self.session.paths.theme_folders())
        theme = next(iter(themes.values()))
        self.say(export(self.conversation, argument, theme, themes, files=self.session.contents.read))

    def command_cost(self, argument: str) -> None:
        """What was spent: here, today, this month."""
        import asyncio

        from ..words.spent import spent

        here = self.conversation.id if self.conversation is not None else ""
        found = asyncio.run(spent(self.session.store, here, self.session.purse))
        for name, value in found.page(0, date.today(), 80)[1]:
            self.say(f"{name}: {value}" if name else value)

    # -- settings ------------------------------------------------------------------------------------------

    def command_model(self, argument: str) -> None:
        """The model: which it is, or another one."""
        if not argument:
            self.say(f"The model is {self.session.settings(self.conversation, self.wishes).model.called}.")
            self.say(f"There are: {', '.join(model.called for model in self.session.catalogue.models)}.")
        elif model := self._model(argument):
            self.wishes = replace(self.wishes, model=model)
            self.say(f"Model: {self.session.catalogue.find(model).called}.")

    def _model(self, typed: str) -> str | None:
        model = self.session.catalogue.named(typed)
        if model is None:
            self.say(f"There is no model {clean_line(typed, 40)}.")
        return model

    def command_effort(self, argument: str) -> None:
        """How hard the model tries."""
        if argument in (*EFFORTS, "auto"):
            self.wishes = replace(self.wishes, effort=argument)
            self.say(f"Effort: {argument}.")
        else:
            now = self.session.settings(self.conversation, self.wishes).effort or "auto"
            self.say(f"Effort is {now}. There are {', '.join(EFFORTS)} and auto.")

    def command_thinking(self, argument: str) -> None:
        """Whether the model thinks first."""
        if argument in ("on", "off", "auto"):
            self.wishes = replace(self.wishes, thinking=argument)
            self.say(f"Thinking: {argument}.")
        else:
            now = self.session.settings(self.conversation, self.wishes).thinking
            self.say(f"Thinking is {now}. There are on, off and auto.")

    def command_tools(self, argument: str) -> None:
        """What the model may use."""
        if argument:
            self.wishes = replace(self.wishes, tools=read_tools(argument, self.session.toolbox))
        settings = self.session.settings(self.conversation, self.wishes)
        names = [*settings.server_tools, *(str(tool["name"]) for tool in settings.local_tools)]
        self.say(f"Tools on: {', '.join(names) or 'none'}. /tools all, none, or their names.")

    def command_system(self, argument: str) -> None:
        """The system prompt."""
        if argument:
            self.wishes = replace(self.wishes, system="" if argument == "none" else argument)
        self.say(f"System prompt: {self.session.settings(self.conversation, self.wishes).system or 'none'}")

    # -- the program ---------------------------------------------------------------------------------------

    def command_editor(self, argument: str) -> None:
        """A question written in one's own editor, of any length."""
        from ..terminal.outside import editor, write_outside

        command = editor()
        if not command:
            self.say("No editor was found. VISUAL or EDITOR names one.")
            return
        written = write_outside(argument, command)
        if written.said:
            self.say(written.said)
        elif written.text.strip():
            self.say(f"You: {written.text}")
            self.ask(written.text)

    def command_attach(self, argument: str) -> None:
        """A file with the next question is for the whole screen; say how else."""
        path = Path(argument).name if argument else "FILE"
        self.say(f"Files go with a question from the command line: claude-tui -c -p QUESTION --attach {path}")

    def command_screen_reader(self, argument: str) -> None:
        """Leave the lines for the whole screen."""
        if argument == "on":
            self.say("The screen reader mode is on.")
        else:
            self.session.remember(screen_reader=False)
            self.leaving = "screen"

    def command_quit(self, argument: str) -> None:
        """Leave; everything is kept."""
        self.leaving = "quit"
