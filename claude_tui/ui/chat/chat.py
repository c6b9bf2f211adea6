"""What can be done with what lies open: every command of the table is a method here or of a part,
``command_`` and its id."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...core.pieces import pieces
from ...errors import ClaudeTuiError
from ..keys.commands import BY_ID
from ..start import LINES
from ..words import about
from ..words.endings import stopped_by_money
from .aside import Asiding
from .keeping import Keeping
from .making_room import MakingRoom
from .putting_by import PuttingBy
from .quoting import Quoting
from .wearing import Wearing

if TYPE_CHECKING:
    from ...core.conversation import Conversation
    from ...session import Session
    from ...store import Recovered
    from ..looks.wardrobe import Wardrobe
    from ..screens.chat import ChatScreen
    from ..settings import Setting
    from ..turns import Turns

MARKS_SECONDS = 2.0
"""How long an export waits to hear how the conversation is kept."""


class Chat(Keeping):
    """The desk, and all that can be done at it."""

    def __init__(self, screen: ChatScreen, session: Session, turns: Turns) -> None:
        super().__init__(screen, session, turns)
        self.making_room = MakingRoom(self)
        self.asides = Asiding(self, self.reader)
        self.parts = [
            self.reader,
            self.choices,
            Wearing(self, self.choices),
            PuttingBy(self),
            Quoting(self),
            self.asides,
            self.budgeting,
            self.making_room,
        ]

    # -- the reply -----------------------------------------------------------------------------------------

    def command_continue(self, argument: str) -> None:
        """Go on where the reply was cut; in an empty window, with the reply that a crash cut."""
        if self.conversation is None and self.offers:
            self.open(self._open_and_continue(self.offers[-1].conversation_id))
        elif self.conversation is not None and (running := self.turns.get(self.conversation.id)) is not None:
            if self.turn is not None and self.turn.may_hurry:
                running.cancel.hurry()
            else:
                self.say("The reply is being written already.")
        elif self.send_anew(self.prompt.full):
            pass
        elif not self.can_continue():
            reply = self.conversation is not None and self.conversation.head_id is not None
            what = "The reply is complete" if reply else "There is no reply yet"
            self.say(f"{what}: there is nothing to continue.")
        else:
            head = self.conversation.head if self.conversation is not None else None
            self.release_waiting()
            self.begin_turn([], raising=stopped_by_money(head))

    async def _open_and_continue(self, conversation_id: str) -> None:
        if await self._load(conversation_id) and self.can_continue():
            self.begin_turn([])

    def command_stop(self, argument: str) -> None:
        """Stop the reply; what came stays."""
        running = self.turns.get(self.conversation.id) if self.conversation else None
        if running is not None:
            running.stopping = True
            running.cancel.cancel()
            self.hold_waiting()
            self.show_status()
        elif self.screen.focused is not self.prompt:
            self.prompt.focus()
        elif self.editing is not None:
            self.leave_edit()
        elif self.conversation is None and self.offers and not self.prompt.text:
            self.command_keep("")

    def command_keep(self, argument: str) -> None:
        """Leave the reply that a crash cut as it is."""
        if self.conversation is None and self.offers:
            cut = self.offers.pop()
            self.say(f"Kept: “{cut.title}” is in the list ({self.keys.get('open', '/open')}), marked as cut.")
            self.show_conversation()
        else:
            self.say("What came is kept, as always.")

    def command_discard(self, argument: str) -> None:
        """Set a cut reply aside; in an empty window, the one that a crash cut."""
        if self.conversation is None and self.offers:
            self.run(self._discard_offered(self.offers.pop()))
            return
        conversation, head = self.conversation, self.conversation.head if self.conversation else None
        if conversation is None or self.turns.get(conversation.id) is not None:
            self.say("There is no cut reply here." if conversation is None else "The reply is being written.")
        elif not self.may_write():
            return
        elif head is None or head.role != "assistant" or head.status == "complete":
            self.say("There is no cut reply here.")
        else:
            self._move_head(self._discard(conversation, head.id))
            self.show_conversation()

    async def _discard_offered(self, cut: Recovered) -> None:
        conversation = await self.wait(self.session.store.load(cut.conversation_id))
        if conversation is None:
            self.say("That conversation cannot be read.", severity="error")
        elif any(node.id == cut.node_id for node in conversation.path()):
            self.session.store.set_head(conversation.id, self._discard(conversation, cut.node_id).head_id)
        if self.conversation is None:
            self.show_conversation()

    def _discard(self, conversation: Conversation, node_id: str) -> Conversation:
        self.removed.append((conversation.id, conversation.head_id or ""))
        self.say(f"The cut reply in “{conversation.title}” is set aside; /restore brings it back.")
        return conversation.with_head(about.set_aside(conversation, node_id))

    def command_receipt(self, argument: str) -> None:
        """Everything known about the reply at hand, else the last one; and, a key away, about every other."""
        from ..screens.info import InfoScreen
        from ..words.receipt import receipt, replies, reply_at

        conversation = about.as_shown(self.conversation, self.turn) if self.conversation is not None else None
        found = replies(conversation.path()) if conversation is not None else ()
        if conversation is None or not found:
            self.say("There is no reply yet.")
            return
        note = self.titling.notes.get(conversation.id)
        titled = (("title", note),) if note else ()
        at = reply_at(conversation.path(), self.transcript.question_at_hand())
        own = self.session.config.models
        self.window.push_screen(
            InfoScreen(
                lambda place: ("Receipt", (*receipt(conversation, found[place], own), *(() if place else titled))),
                count=len(found),
                at=at,
                copy=lambda text: self.reader.copy(text, "the receipt"),
            )
        )

    def command_pieces(self, argument: str) -> None:
        """The last reply's raw pieces, as they came."""
        from ..screens.pieces import PiecesScreen

        path = self.conversation.path() if self.conversation else ()
        found = pieces(path, self.turn.live if self.turn is not None else None)
        if found:
            self.window.push_screen(PiecesScreen(found, self.reader.copy))
        else:
            self.say("There is no reply yet.")

    # -- conversations ---------------------------------------------------------------------------------------

    def command_new(self, argument: str) -> None:
        """An empty conversation; a reply in this one goes on."""
        self.open_conversation(None)

    def command_export(self, argument: str) -> None:
        """Write the conversation, as it is on the screen, to a file."""
        if self.conversation is None:
            self.say("There is no conversation to export.")
            return
        self.run(self._export(about.as_shown(self.conversation, self.turn), argument))

    async def _export(self, conversation: Conversation, argument: str) -> None:
        from .exporting import export

        themes = cast("Any", self.window).wardrobe
        typed = self.prompt.full
        draft = "" if typed.startswith("/") else typed
        marks = None
        with suppress(TimeoutError, ClaudeTuiError):  # a disk that does not answer keeps nobody from exporting
            marks = await asyncio.wait_for(self.wait(self.session.store.marks(conversation.id)), MARKS_SECONDS)
        given = (conversation, argument, themes.worn, themes.specs, draft, marks, self.session.contents.read)
        self.say(await asyncio.to_thread(export, *given))

    def command_attach(self, argument: str) -> None:
        """Attach files to the next question; without a path, those that were dropped."""
        from ...attachments.naming import paths_in

        paths = paths_in(argument)
        if paths:
            self.run(self.attaching.add(paths))
        elif self.attaching.take_offered():
            pass
        elif argument:
            self.say(f"These are no paths: {argument}", severity="warning")
        else:
            self.begin_typing(BY_ID["attach"])

    def command_detach(self, argument: str) -> None:
        """Leave a file out that was attached."""
        self.say(self.attaching.remove(argument))

    def command_paste_image(self, argument: str) -> None:
        """Attach the image that is in the clipboard."""
        self.run(self.attaching.paste_image())

    def pasted(self, text: str) -> None:
        """A short paste: files that it names, and nothing else, are offered."""
        self.run(self._offer(text))

    async def _offer(self, text: str) -> None:
        from ...attachments.naming import dropped

        if text.lstrip()[:1] in tuple("/~'\"f") and (paths := await asyncio.to_thread(dropped, text)):
            self.attaching.offer(text, paths)

    def command_import(self, argument: str) -> None:
        """Take in the conversations of a file."""
        if not argument:
            self.say("A file is needed: /import conversations.json, a .zip, .md or logs.db.")
            return
        from ...attachments.naming import one_path
        from ..screens.importing import ImportScreen

        def answered(found: str | None) -> None:
            if found:
                self.open(self._load(found))

        try:
            path = Path(one_path(argument)).expanduser()
        except RuntimeError:  # nobody's home folder
            self.say(f"There is no {argument}.", severity="warning")
            return
        self.window.push_screen(
            ImportScreen(self.session.store, path, self.session.contents.keep, cast("Any", self.window).mishap),
            answered,
        )

    def command_cost(self, argument: str) -> None:
        """What was spent: here, today, this month, by day, model and conversation."""
        self.open(self._cost())

    async def _cost(self) -> None:
        from ..screens.info import InfoScreen
        from ..words.spent import PAGES, spent

        found = await spent(self.session.store, self.conversation.id if self.conversation else "")
        today = date.today()
        self.window.push_screen(
            InfoScreen(
                lambda place: found.page(place, today, InfoScreen.room(self.window.size.width)), count=1 + len(PAGES)
            )
        )

    # -- the view ------------------------------------------------------------------------------------------------

    def command_key(self, argument: str) -> None:
        """Another API key, or none kept any more."""
        if argument == "forget":
            self.say(cast("Any", self.window).forget_key())
        elif argument:
            self.say(
                "/key asks for a key where nobody sees it; /key forget removes the stored one.", severity="warning"
            )
        elif self.session.demo is not None:
            self.say("This is the demo: it needs no key.")
        elif self.turns.ids:
            self.say("A reply is being written; another key is for when it has ended.")
        else:
            cast("Any", self.window).ask_key()

    def command_theme(self, argument: str) -> None:
        """Other colours; looked at while choosing."""
        window = cast("Any", self.window)
        wardrobe: Wardrobe = window.wardrobe
        window.on_app_focus()  # a folder of one's own themes may be there by now
        if wardrobe.colourless:
            self.say("NO_COLOR is set: there are no colours to choose from.")
            return
        if argument:
            if wardrobe.choose(argument):
                self._keep_theme(argument)
            else:
                there = ", ".join(["auto", *wardrobe.specs])
                self.say(f"There is no theme called {argument!r}; there are {there}.", severity="warning")
            return
        from ..screens.choose import ChooseScreen, Option

        before, wish = wardrobe.choice, wardrobe.wish
        options = [Option("auto", "auto", f"{wish.dark} or {wish.light}, as the terminal is dark or light")]
        for name, spec in wardrobe.specs.items():
            kind = "" if spec.ansi else "dark" if spec.dark else "light"
            options.append(Option(name, name, " · ".join(filter(None, [spec.about, kind]))))

        def chosen(answer: str | None) -> None:
            wardrobe.choose(answer or before)
            if answer:
                self._keep_theme(answer)

        self.window.push_screen(
            ChooseScreen("Theme", options, before, on_highlight=wardrobe.try_on, aside=True), chosen
        )

    def _keep_theme(self, name: str) -> None:
        problem = self.session.remember(theme=name)
        if problem is not None:
            self.say(str(problem), severity="warning")

    def command_screen_reader(self, argument: str) -> None:
        """Go on in plain lines, now and from the next start on."""
        if argument == "off":
            self.say("The screen reader mode is off.")
            return
        self.session.remember(screen_reader=True)
        self.keep_draft()
        here = self.conversation.id if self.conversation is not None and self.saved else ""
        self.window.exit(f"{LINES} {here}")

    def command_help(self, argument: str) -> None:
        """Every key and command."""
        cast("Any", self.window).show_help()

    def command_settings(self, argument: str) -> None:
        """What can be set, how it is, and where that is from."""
        from ..screens.settings import SettingsScreen
        from ..settings import rows

        self.window.push_screen(SettingsScreen(lambda: rows(self.session), self._change_setting, self._forget_setting))

    def _change_setting(self, setting: Setting, by: int) -> None:
        from ..settings import next_value

        if setting.command:
            self.run_command(BY_ID[setting.command].method)
        else:
            self._keep_setting(setting, next_value(setting, self.session, by))

    def _forget_setting(self, setting: Setting) -> None:
        if setting.name == "budget":
            self.run_command("command_budget")  # each by itself
        elif self.session.chosen(setting.name):
            self._keep_setting(setting, None)

    def _keep_setting(self, setting: Setting, value: object) -> None:
        problem = self.session.choose(setting.name, value)
        if problem is not None:
            self.say(str(problem), severity="warning")
        cast("Any", self.window).follow(setting.name)
        self.show_status()

    def command_keys(self, argument: str) -> None:
        """What the config calls each command, and its keys."""
        from ..screens.help import HelpScreen, changing

        self.window.push_screen(HelpScreen(changing(self.session.config.keys), "Keys, and how they are changed"))

    def command_quit(self, argument: str) -> None:
        """Leave; everything is kept."""
        self.keep_draft()
        self.window.exit()
