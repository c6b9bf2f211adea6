"""A question aside: asked of the open conversation as it stands, answered in a pane of its own, kept nowhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...cancel import Cancel
from ...core.conversation import Conversation, Node
from ...core.message import TextBlock
from ...ids import new_id
from ...session import now_ms
from ...turn.aside import Aside, ask_aside, question
from ..words import about

if TYPE_CHECKING:
    from ...core.request import Settings
    from ...core.retry import FailureKind
    from ...turn import Means
    from ..screens.aside import AsideScreen
    from .desk import Desk
    from .reader import Reader


@dataclass(slots=True)
class Talk:
    """The questions aside of one pane, and what is answered: in memory alone."""

    conversation_id: str
    means: Callable[[], Means]
    stands: Callable[[], tuple[tuple[Node, ...], Settings]]
    """The conversation as it stands, and what it is asked with."""
    said: tuple[Node, ...] = ()
    """As they are sent."""
    cancel: Cancel | None = None
    thread: threading.Thread | None = None

    def ask(self, text: str, tell: Callable[[Aside], object], over: FailureKind | None = None) -> Node:
        """Ask one more, on a thread, ``over`` what stood in its way; ``tell`` is given what comes, on the loop. The
        question as it is shown."""
        path, settings = self.stands()
        after = self.said[-1].id if self.said else path[-1].id
        asked = question(new_id(), after, text, now=now_ms())
        sent = (*path, *self.said, asked)
        loop, cancel, means, id = asyncio.get_running_loop(), Cancel(), self.means(), new_id()

        def drive() -> None:
            with suppress(RuntimeError):  # the app was left meanwhile
                try:
                    for snapshot in ask_aside(sent, settings, means, cancel, self.conversation_id, id, over):
                        loop.call_soon_threadsafe(tell, snapshot)
                except Exception as error:  # ours
                    node = Node(id, asked.id, "assistant", (), "model", "failed")
                    loop.call_soon_threadsafe(tell, Aside(node, True, sentence=means.mishap(error)))

        self.cancel = cancel
        self.thread = threading.Thread(target=drive, name="aside", daemon=True)
        self.thread.start()
        self.said = (*self.said, asked)
        return replace(asked, content=(TextBlock(text),))

    def answered(self, node: Node | None) -> None:
        """It has ended: its answer, or nothing, and then the question goes too."""
        self.said = (*self.said, node) if node is not None else self.said[:-1]
        self.cancel = None

    def stop(self) -> None:
        """Ask no further."""
        if self.cancel is not None:
            self.cancel.cancel()


class Asiding:
    """What is asked aside of the conversation of one desk."""

    def __init__(self, desk: Desk, reader: Reader) -> None:
        self._desk = desk
        self._reader = reader
        self.talk: Talk | None = None
        """What is asked now, or was last."""

    def command_btw(self, argument: str) -> None:
        """Ask something aside; without a question, open the pane to type it in."""
        conversation = self._desk.conversation
        if conversation is None or conversation.head_id is None:
            self._desk.say("There is no conversation yet: ask it in the prompt.")
            if argument and not self._desk.prompt.text:
                self._desk.prompt.set_text(argument)
        elif self._desk.session.has_credentials:
            self._desk.open(self._open_aside(conversation, argument))

    async def _open_aside(self, conversation: Conversation, argument: str) -> None:
        from ..screens.aside import AsideScreen

        desk = self._desk
        store, key = desk.session.store, f"{conversation.id}:aside"
        if argument:
            store.save_draft(key, argument)
        typed = argument or await desk.wait(store.draft(key))

        def stands() -> tuple[tuple[Node, ...], Settings]:
            here = desk.conversation or conversation
            path = about.as_shown(here, desk.turn).path()
            return path, desk.session.settings(here, desk.wishes)

        talk = self.talk = Talk(conversation.id, desk.session.means, stands)

        def keep(text: str, sent: bool) -> None:
            store.save_draft(key, text, sent=sent)

        screen: AsideScreen = AsideScreen(
            desk.screen.worn, talk, keep=keep, copy=self._reader.copy, links=self._reader.links_chosen, say=desk.say,
            typed=typed, at_once=bool(argument), keys=desk.in_force.keys["copy"], copies=desk.key_of("copy"),
            on_keys=desk.in_force.keys["continue"], goes_on=desk.key_of("continue"),
        )  # fmt: skip
        desk.window.push_screen(screen, lambda _: desk.run(desk.count_aside()))

    def stop(self, seconds: float) -> None:
        """The program ends: let what it cost be entered."""
        talk = self.talk
        if talk is not None and talk.cancel is not None and talk.thread is not None:
            talk.stop()
            talk.thread.join(seconds)
