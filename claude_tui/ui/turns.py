"""Turns that run: a daemon thread each, which posts snapshots and never touches a widget.

Not Textual's thread workers: those are waited for at exit, and quitting never waits for the network.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..cancel import Cancel
from ..core.conversation import Conversation, Node
from ..core.request import Settings
from ..core.retry import Failure
from ..turn import Means, Phase, Turn, run_turn

NOT_ASKED = "not asked"
"""The detail of a failure before which nothing was asked or kept."""
ELSEWHERE = Failure("invalid", "Another window is writing a reply in this conversation.", detail=NOT_ASKED)
"""Why a turn was not begun."""


@dataclass
class Running:
    """One turn under way."""

    conversation_id: str
    cancel: Cancel
    thread: threading.Thread
    turn: Turn | None = None
    """The newest snapshot."""
    stopping: bool = False


class Turns:
    """At most one turn a conversation; any number at once."""

    def __init__(self, post: Callable[[str, Turn], object]) -> None:
        self._post = post
        self._running: dict[str, Running] = {}
        self._titles: dict[str, str] = {}
        """Given since the last turn of a conversation began, which knows the title there was."""

    def start(
        self,
        conversation: Conversation,
        settings: Settings,
        means: Means,
        question: Sequence[Node] = (),
        taken: Callable[[], bool] = lambda: False,
        raising: bool = False,
    ) -> Running | None:
        """Begin a turn; None when one runs there already.

        ``taken`` is asked on the turn's thread whether another window writes there: then all that comes is one
        snapshot with the failure ``ELSEWHERE``. ``raising`` raises the budget that is in the way.
        """
        if conversation.id in self._running:
            return None
        self._titles.pop(conversation.id, None)
        cancel = Cancel()

        def drive() -> None:
            try:
                if taken():
                    self._post(conversation.id, Turn(conversation, "done", failure=ELSEWHERE))
                    return
            except Exception:
                pass  # it cannot be read: what is asked is worth more than the question whether it may be
            try:
                for turn in run_turn(conversation, settings, means, cancel, question=question, raising=raising):
                    running.turn = turn
                    running.turn = self.titled(turn)
                    self._post(conversation.id, turn)
            except BaseException as error:  # ours, beyond what the loop itself survives: nobody may wait for ever
                failure = Failure("bug", means.mishap(error), detail="" if running.turn else NOT_ASKED)
                at = running.turn.conversation if running.turn is not None else conversation
                self._post(conversation.id, Turn(at, "done", sentence=failure.sentence, failure=failure))

        thread = threading.Thread(target=drive, name=f"turn {conversation.id}", daemon=True)
        running = Running(conversation.id, cancel, thread)
        self._running[conversation.id] = running
        thread.start()
        return running

    def get(self, conversation_id: str) -> Running | None:
        """The turn under way in that conversation."""
        return self._running.get(conversation_id)

    def rename(self, conversation_id: str, title: str) -> None:
        """A conversation has another title: the turn under way there wears it too."""
        running = self._running.get(conversation_id)
        self._titles[conversation_id] = title
        if running is not None and running.turn is not None:
            running.turn = self.titled(running.turn)

    def titled(self, turn: Turn) -> Turn:
        """The turn, under the title that was given while it ran."""
        title = self._titles.get(turn.conversation.id, turn.conversation.title)
        if title == turn.conversation.title:
            return turn
        return replace(turn, conversation=replace(turn.conversation, title=title))

    @property
    def ids(self) -> tuple[str, ...]:
        """Conversations in which a reply is being written."""
        return tuple(self._running)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """What those replies are at."""
        return tuple(one.turn.phase if one.turn is not None else "connecting" for one in self._running.values())

    def ended(self, conversation_id: str) -> None:
        """Its last snapshot was seen."""
        self._running.pop(conversation_id, None)

    def stop_all(self, seconds: float) -> None:
        """Cancel every turn and give them that long to save what came."""
        until = time.monotonic() + seconds
        for running in self._running.values():
            running.cancel.cancel()
        for running in self._running.values():
            running.thread.join(max(until - time.monotonic(), 0.0))
