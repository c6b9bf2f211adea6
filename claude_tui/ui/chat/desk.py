"""What lies open before the reader: a conversation and its turn.

It owns the tree and tells the widgets of the chat screen what to show. It is loaded after the first frame; what comes
of a turn is in ``hearing.py``, how one is begun in ``asking.py``; the package says where all the rest is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.app import App

from ...core.conversation import Conversation, Node
from ...core.pricing import NOTHING, Cost
from ...core.reply import Reply
from ...core.text import clean_line
from ...errors import ClaudeTuiError
from ...session import Session
from ...turn import Turn
from ...wishes import Wishes
from ..keys.commands import COMMANDS
from ..keys.in_force import in_force
from ..keys.names import label
from ..screens.chat import ChatScreen
from ..turns import Turns
from ..widgets.transcript import Transcript
from ..words import about
from ..words.status import status_of, waiting_for
from .attaching import Attaching
from .budgeting import Budgeting
from .choices import Choices
from .drafting import Drafting
from .elsewhere import Elsewhere
from .foreseeing import Foresight
from .foretelling import Foretelling
from .keeping import Keeping
from .naming_files import NamingFiles
from .reader import Reader
from .sharing import Sharing
from .standing import Standing
from .titling import Titling

if TYPE_CHECKING:
    from ...core.request import Settings
    from ...store import Holder
    from ..terminal.herald import Herald
    from ..widgets.place import Place
    from ..widgets.prompt import Prompt
    from .making_room import MakingRoom
    from .queueing import Queueing

_T = TypeVar("_T")

READABLE = 0.4
"""Seconds for which running figures stand still: nobody reads them faster."""


class Desk:
    """One reader's conversation, and the turns they began. The lowest layer: what every part may rely on."""

    # Parts that begin turns themselves: ``Chat``, which can, makes them.
    making_room: MakingRoom
    queue: Queueing

    def __init__(self, screen: ChatScreen, session: Session, turns: Turns) -> None:
        self.screen = screen
        self.session = session
        self.turns = turns
        self.conversation: Conversation | None = None
        self.saved = False
        """Whether the store knows the conversation."""
        self.wishes = Wishes()
        """What was chosen here for the open conversation."""
        self.follows: Holder | None = None
        """The other window that writes in the open conversation; it is only read here then."""
        self.drafts = Drafting(self)
        self.turn: Turn | None = None
        """The newest snapshot of the turn in the open conversation."""
        self._standing = Standing()
        self._phase_told, self._status_told = "", 0.0
        """What the status line said of the turn last, and when, in monotonic seconds."""
        self.offers = list({cut.conversation_id: cut for cut in session.store.recovered}.values())
        """Replies that a crash cut and that were not looked at yet."""
        self.titling = Titling(session, self._titled)
        self.elsewhere = Elsewhere(turns, session.state.unseen, lambda unseen: session.remember(unseen=unseen))
        self.foresight = Foresight(session, self.run, screen.set_timer, self.show_status)
        self.foretelling = Foretelling(self)
        self.attaching = Attaching(self)
        self.naming = NamingFiles(self)
        self._aside: dict[str, Cost] = {}
        """What was spent on the open conversation beside its replies: on its title."""
        self.budgeting = Budgeting(self)
        self.choices = Choices(self)
        self.reader = Reader(self)
        self.sharing = Sharing(self)
        self.keeping = Keeping(self)
        self.parts: Sequence[object] = ()
        """What does the commands of the table, each some."""
        self._work: set[asyncio.Task[Any]] = set()
        self.arriving: asyncio.Task[Any] | None = None
        """Till the conversation opened last has its place and its draft."""
        self.in_force = in_force(session.config.keys, session.config.keys_at)
        self.keys = self.in_force.shown
        self.helps = {command.id: command.slash for command in COMMANDS} | dict(self.keys)
        """How each command is given: its key, or its slash command where it has none."""

    @property
    def window(self) -> App[object]:
        """The app."""
        return cast("App[object]", self.screen.app)  # pyright: ignore[reportUnknownMemberType]

    @property
    def prompt(self) -> Prompt:
        """Where one writes."""
        return self.screen.prompt

    async def wait(self, future: Future[_T]) -> _T:
        """A store's answer, without holding the screen up."""
        return await asyncio.wrap_future(future)

    @property
    def settings(self) -> Settings:
        """What the next question is asked with."""
        return self.session.settings(self.conversation, self.wishes)

    @property
    def transcript(self) -> Transcript:
        """The conversation's widget."""
        return self.screen.transcript

    def key_of(self, id: str) -> str:
        """How a command is given: by its key, a chord too, or its slash command where it has none."""
        keys = self.in_force.keys[id]
        return label(keys[0]) if keys else self.helps.get(id, f"/{id}")

    def is_open(self, conversation_id: str) -> bool:
        """Whether it is that conversation that lies open."""
        return self.conversation is not None and self.conversation.id == conversation_id

    def run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something that waits, without holding the screen up."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)
        return task

    def open(self, work: Coroutine[Any, Any, Any]) -> None:
        """The same, of what the next keys are for: they wait for it."""
        cast("Any", self.window).keys.wait_for(self.run(work))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ClaudeTuiError):
            self.say(str(error), severity="error")
        elif error is not None:
            self.say(cast("Any", self.window).mishap(error), severity="error")

    # -- opening -------------------------------------------------------------------------------------------

    def begin(self, opened: Conversation | None, standing: Standing, *, pick: bool = False) -> None:
        """The first conversation, where it stands, and what there is to say at start."""
        self.conversation = opened
        self.saved = opened is not None
        read_to = self._looked_at(opened)
        self.transcript.reading.timestamps = self.session.config.timestamps
        self.show_conversation(standing)
        if read_to is not None:
            self.transcript.come_back(read_to)
        self.run(self._settle_in(pick))
        self.run(self.budgeting.look())

    async def _settle_in(self, pick: bool) -> None:
        """After the first frame: the draft, the history, notices, the list if it was asked for."""
        self.run(self._arrive())
        self.drafts.recall(reversed(await self.wait(self.session.store.questions(200))))
        for sentence in self.session.store.notices:
            self.say(sentence, severity="warning")
        mistakes = about.mistakes([*map(str, self.session.problems), *self.in_force.problems])
        if mistakes:
            self.window.notify(mistakes, severity="warning", markup=False, timeout=20)
        if pick:
            self.run_command("command_open")

    def say(self, sentence: str, severity: Any = "information") -> None:
        """One sentence in the corner."""
        self.window.notify(clean_line(sentence, 400), severity=severity, markup=False)

    def show_conversation(self, standing: Standing | None = None) -> None:
        """Show the open conversation from its tree, with the turn under way in it if one is."""
        running = self.turns.get(self.conversation.id) if self.conversation else None
        self.turn = running.turn if running else None
        if self.turn is not None:
            self.conversation = self.turn.conversation
        self._standing = standing or Standing()
        self.transcript.let_go()
        self.show()
        self.queue.show()

    def open_conversation(
        self, conversation: Conversation | None, node_id: str | None = None, standing: Standing | None = None
    ) -> None:
        """Put another conversation on the screen, or none; a reply in the one left goes on."""
        self.drafts.leave()
        self.follows = None
        left = self.conversation
        if left is not None:
            self.elsewhere.left(left.id, self.transcript.read_to)
        self.conversation = conversation
        self.saved = conversation is not None
        read_to = self._looked_at(conversation)
        self.wishes = Wishes()
        self.prompt.set_text("")
        self.attaching.clear()
        self.screen.close_find()
        self.transcript.action_bottom()
        self.show_conversation(standing)
        if node_id:
            self.transcript.scroll_to_node(node_id)
        elif read_to is not None:
            self.transcript.come_back(read_to)
        if left is not None:
            self.leave_place(left.id)
        self.arriving = self.run(self._arrive())

    async def _arrive(self) -> None:
        if self.conversation is None:
            await self.choices.restore()
        await self.sharing.take_place()
        await self.queue.restore()
        await self.drafts.restore()
        await self.attaching.restore(self.drafts.key)
        await self.count_aside()
        await self.budgeting.look()

    async def count_aside(self) -> None:
        """What the ledger has of the open conversation that no receipt of it tells."""
        id = self.conversation.id if self.conversation is not None else ""
        rows = await self.wait(self.session.store.sums("kind", conversation_id=id)) if id else []
        if any(row.key != "reply" for row in rows):
            from ...accounts import cost_of, joined

            self._aside[id] = cost_of(joined(row for row in rows if row.key != "reply"))
            self.show_status()

    def leave_place(self, conversation_id: str) -> None:
        """The conversation was left: another window may write there, and send what waits, unless a reply goes on."""
        if not self.is_open(conversation_id) and self.turns.get(conversation_id) is None:
            self.session.store.let_go(conversation_id)
            self.queue.forget(conversation_id)

    def _looked_at(self, conversation: Conversation | None) -> Place | None:
        """What a crash cut in this conversation needs no offer any more; up to where it was read, if more came."""
        if conversation is None:
            return None
        self.offers = [cut for cut in self.offers if cut.conversation_id != conversation.id]
        return self.elsewhere.looked_at(conversation.id)

    def _titled(self, conversation_id: str, title: str) -> None:
        """From the thread of the title that was thought of."""
        loop = self.window._loop  # pyright: ignore[reportPrivateUsage]
        assert loop is not None
        with suppress(RuntimeError):  # the app was left meanwhile
            loop.call_soon_threadsafe(self.wear_title, conversation_id, title)

    def wear_title(self, conversation_id: str, title: str) -> None:
        """A conversation has another title: on the desk too, if it lies there, and for the turn under way in it."""
        self.turns.rename(conversation_id, title)
        if self.conversation is not None and self.conversation.id == conversation_id:
            self.conversation = replace(self.conversation, title=title)
            self._show_title()
            self.run(self.count_aside())

    def set_wish(self, **chosen: Any) -> None:
        """Another choice for what comes next in the open conversation."""
        self.wishes = replace(self.wishes, **chosen)
        self.choices.keep()
        self.show_status()

    def run_command(self, method: str, argument: str = "") -> None:
        """Have one command of the table done by the part that has its method."""
        next(getattr(part, method) for part in self.parts if hasattr(part, method))(argument)

    # -- showing -------------------------------------------------------------------------------------------

    def show(self, turn: Turn | None = None) -> None:
        """Show the open conversation as it stands, with this snapshot of its turn, or the newest there is."""
        turn = turn or self.turn
        live: Mapping[str, Reply] = turn.live if turn is not None and turn.phase != "done" else {}
        transcript = self.transcript
        standing = self._standing = self._standing.of(self.conversation)
        shown = standing.exchanges(live)
        running = turn is not None and turn.phase != "done"
        if not shown:
            demo = self.session.demo is not None
            keys = self.helps | {"keep": self.keys.get("stop", "/keep")}
            transcript.greet(about.greeting(keys, demo=demo, offers=self.offers))
        else:
            facts = standing.facts(turn, waiting_for(turn, self.keys))
            transcript.show(shown, live=running, keys={} if running else self.helps, facts=facts)
        phase = turn.phase if turn is not None else "done"
        if not running or phase != self._phase_told or time.monotonic() - self._status_told >= READABLE:
            self.show_status()

    @property
    def last_reply(self) -> Node | None:
        """The last reply on the open branch whose tokens were counted."""
        return self._standing.last_reply

    def show_elsewhere(self) -> None:
        """Tell the rule what is done here that is not plain to see, and what goes on in other conversations; that
        the list too, if it is open."""
        opened = self.conversation.id if self.conversation else None
        said = [self.prompt.mode, self.here(), self.elsewhere.sentence(opened, self.keys.get("open", "/open"))]
        self.screen.rule.tell(" · ".join(filter(None, said)))
        self.keeping.mark()

    def here(self) -> str:
        """What the rule says of the open conversation."""
        if self.follows is not None:
            how = self.helps.get("take-over", "/take-over")
            return f"read along: the window on {self.follows.where} writes here · {how} takes over"
        if self.drafts.editing is not None:
            return "another question in its place: Enter asks it, Esc leaves it"
        return self.choices.farewell()

    def _show_title(self) -> None:
        """Tell the terminal what is open."""
        herald: Herald | None = cast("Any", self.window).herald
        if herald is not None:
            herald.shows(self.conversation.title if self.conversation else "", writing=self.turn is not None)

    def show_status(self) -> None:
        """Tell the status line what there is."""
        self.show_elsewhere()
        self._show_title()
        self._standing = self._standing.of(self.conversation)
        self.foretelling.show()
        self._phase_told, self._status_told = self.turn.phase if self.turn is not None else "", time.monotonic()
        running = self.turns.get(self.conversation.id) if self.conversation else None
        self.screen.status.show(
            status_of(
                settings=self.settings,
                last=self._standing.last_reply,
                answer=self._standing.answer if self.turn is None else self._standing.coming,
                turn=self.turn,
                stopping=running.stopping if running else False,
                spent=self._standing.spent
                + self._aside.get(self.conversation.id if self.conversation else "", NOTHING),
                demo=self.session.demo is not None,
                trouble=self.session.store.trouble,
                now=time.monotonic(),
                life=self.foretelling.life(),
                budget=self.budgeting.near(self.turn),
            )
        )
