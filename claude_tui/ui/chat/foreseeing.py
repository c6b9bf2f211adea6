"""What the question in the prompt would cost, while it is typed, and what the prompt cache holds for it.

A key costs what it changed: what a conversation weighs is kept by message, and worked out on a thread where there is
much of it. When nobody types for a moment, the API is asked to count what is a guess until then: one request at a
time, dropped when the text changes, and after failures rarer and rarer, then no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.attached import files_in
from ...core.caching import Forecast, Kept, forecast, kept
from ...core.conversation import Conversation, Node
from ...core.estimate import Basis, Estimate, Weight, basis, weigh
from ...core.imported import as_sent
from ...core.measure import UNIT, Measured
from ...core.message import TextBlock
from ...core.pricing import Life, life_of
from ...core.request import Settings, build, head
from ...session import Session, now_ms, today
from ...wishes import Wishes

if TYPE_CHECKING:
    from textual.timer import Timer

IDLE = 1.0
"""Seconds without a key after which the API is asked."""
_PATIENCE = 10.0
"""Seconds that a count is waited for."""
_REST = 15.0
"""Seconds without another count after one failed; twice as long after each that follows."""
_FAILURES = 5
"""Counts that failed in a row after which no more are asked for."""
_NEWS = 0.03
"""By how much of it a factor must differ from what is kept of it before it is kept anew."""
_WORTH = 0.05
"""The share of a figure that must be a guess before it is worth a request."""
_AT_ONCE = 30_000
"""Characters that are weighed in the same breath; more of them on a thread."""
_LARGEST = 4_000_000
"""Characters of a conversation and its files beyond which it is not sent for a count alone."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is known of the next request."""

    estimate: Estimate
    forecast: Forecast
    share: float
    """How much of the model's context it would fill."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """What the next question would come after, and be asked with."""

    conversation: Conversation | None
    path: tuple[Node, ...]
    settings: Settings
    life: Life
    held: Kept | None


class Foresight:
    """What would be sent now, for one desk."""

    def __init__(
        self,
        session: Session,
        run: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
        later: Callable[[float, Callable[[], object]], Timer],
        told: Callable[[], object],
    ) -> None:
        """``run`` does something that waits, ``later`` something after so many seconds; ``told`` hears that what is
        known is more than it was."""
        self._session = session
        self._run = run
        self._later = later
        self._told = told
        self._key: tuple[object, ...] = ()
        self._stand: _Stand | None = None
        self._basis = Basis()
        self._typed = Measured()
        self.files = 0
        """The measure of the files that go with the question."""
        self._weights: dict[str, tuple[int, Weight]] = {}
        """By message: how many blocks it had then, and their weight."""
        self._weighing = False
        self._factors: dict[str, float] = dict(session.state.factors)
        """What was learned of each model, in this run or an earlier one."""
        self._kept = dict(self._factors)
        """What of it is kept for the next start."""
        self._idle: Timer | None = None
        self._counting: asyncio.Task[Any] | None = None
        self._asked: tuple[object, int] | None = None
        """What was counted last, or tried to."""
        self._failures, self._not_before = 0, 0.0

    @property
    def held(self) -> Kept | None:
        """What the prompt cache had of the open conversation when it was used last."""
        return self._stand.held if self._stand is not None else None

    def tokens_of(self, node: Node) -> float:
        """About how many tokens a message of the open conversation has."""
        known = self._weights.get(node.id)
        weight = known[1] if known is not None and known[0] == len(node.content) else self._weighed(node)
        return weight.said * self._basis.factor / UNIT

    def of(self, conversation: Conversation | None, edited: str | None, wishes: Wishes, text: str) -> Foreseen:
        """What ``text`` would cost there, in the place of the question ``edited`` if that is one's id."""
        session, state = self._session, self._session.state
        chosen = (state.model, state.effort, state.thinking, state.tools)
        key = (conversation, edited, wishes, *chosen, session.flags, session.catalogue)
        if len(key) != len(self._key) or any(a is not b for a, b in zip(key, self._key, strict=True)):
            self._key = key
            self._stand_at(conversation, edited, wishes)
        changed = text != self._typed.text
        self._typed = self._typed.now(text)
        assert self._stand is not None
        stand, settings = self._stand, self._stand.settings
        estimate = self._basis.with_text(self._typed.weight + self.files)
        cost = forecast(estimate.tokens, stand.held, settings.model, stand.life, today(), now_ms())
        if changed:
            self._wait_for_idle()
        return Foreseen(estimate, cost, estimate.tokens / settings.model.context)

    # -- what would be sent before the question

    def _stand_at(self, conversation: Conversation | None, edited: str | None, wishes: Wishes) -> None:
        self._drop_count()
        settings = self._session.settings(conversation, wishes)
        path: tuple[Node, ...] = ()
        if conversation is not None:
            question = conversation.nodes.get(edited) if edited is not None else None
            end = conversation.head_id if question is None else question.parent_id
            path = conversation.path(end) if end is not None else ()
        before = self._stand.conversation if self._stand is not None else None
        if before is None or conversation is None or before.id != conversation.id:
            self._weights.clear()
        params = head(settings)
        held = kept(conversation, path, params)
        self._stand = _Stand(conversation, path, settings, life_of(params), held)
        self._work_out(self._stand)

    def _work_out(self, stand: _Stand) -> None:
        """The basis, from what is weighed; the rest is weighed on a thread, and then it is worked out anew."""
        left = _AT_ONCE
        heavy: list[Node] = []

        def weight_of(node: Node) -> Weight | None:
            nonlocal left
            known = self._weights.get(node.id)
            if known is not None and known[0] == len(node.content):
                return known[1]
            left -= _size(node)
            if left < 0:
                heavy.append(node)
                return None
            return self._weighed(node)

        model = stand.settings.model.id
        self._basis = basis(stand.path, stand.settings, weight_of, self._factors.get(model))
        if self._basis.learned:
            self._learn(model, self._basis.factor)
        if heavy and not self._weighing:
            self._weighing = True
            self._run(self._weigh_all(stand))

    def _learn(self, model: str, factor: float) -> None:
        self._factors[model] = factor
        if abs(factor - self._kept.get(model, 0.0)) > _NEWS * factor:
            self._kept[model] = round(factor, 3)
            self._run(asyncio.to_thread(self._session.remember, factors=dict(self._kept)))

    def _weighed(self, node: Node) -> Weight:
        weight = weigh(node)
        if node.status != "streaming":
            self._weights[node.id] = len(node.content), weight
        return weight

    async def _weigh_all(self, stand: _Stand) -> None:
        def work() -> None:
            for node in as_sent(stand.path):
                if self._weights.get(node.id, (-1,))[0] != len(node.content):
                    self._weighed(node)

        try:
            await asyncio.to_thread(work)
        finally:
            self._weighing = False
        if self._stand is not None and self._basis.counted is None:
            self._work_out(self._stand)
            self._told()

    # -- counts

    def _wait_for_idle(self) -> None:
        """The text changed: what is being counted is another by now."""
        self._drop_count()
        if self._idle is not None:
            self._idle.stop()
            self._idle = None
        if self._session.config.count_tokens and self._typed.text.strip() and self._failures < _FAILURES:
            self._idle = self._later(IDLE, self._count)

    def rest(self) -> None:
        """Nothing is to be counted: the question was sent, say, or is none."""
        self._drop_count()
        if self._idle is not None:
            self._idle.stop()
            self._idle = None
        self._typed = self._typed.now("")

    def _drop_count(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None

    def _count(self) -> None:
        """Nobody types: ask, if that tells more than is known."""
        self._idle = None
        weight, stand = self._typed.weight, self._stand
        if self.files:  # they would be sent twice
            return
        at = (stand, weight)
        figure = self._basis.with_text(weight)
        guess = self._basis.guess(weight)
        if stand is None or self._counting is not None or guess < _WORTH * figure.tokens or at == self._asked:
            return
        if time.monotonic() < self._not_before or sum(map(_size, stand.path)) + _files(stand.path) > _LARGEST:
            return
        self._asked = at
        self._counting = self._run(self._ask(stand, self._typed))

    async def _ask(self, stand: _Stand, typed: Measured) -> None:
        """Have it counted; whatever goes wrong with that is nobody's business."""
        waiting: Future[int] | None = None
        try:
            asked = Node("", None, "user", (TextBlock(typed.text),), "typed")
            request = await asyncio.to_thread(build, (*stand.path, asked), stand.settings)
            waiting = self._session.api.count_tokens(request.params)
            tokens = await asyncio.wait_for(asyncio.wrap_future(waiting), _PATIENCE)
        except asyncio.CancelledError:
            if waiting is not None:
                waiting.cancel()
            raise
        except Exception:
            self._failures += 1
            self._not_before = time.monotonic() + _REST * 2 ** (self._failures - 1)
            return
        finally:
            if self._counting is asyncio.current_task():
                self._counting = None
        self._failures = 0
        if stand is self._stand:
            self._basis = self._basis.with_count(typed.weight, tokens)
            self._learn(stand.settings.model.id, self._basis.factor)
            self._told()


def _files(path: Sequence[Node]) -> int:
    """Bytes that the files of these messages take in a request."""
    return sum(file.sent_bytes for node in path for file in files_in(node.content))


def _size(node: Node) -> int:
    """About how many characters a message has: enough to know whether it is much."""
    return sum(len(block.text) if isinstance(block, TextBlock) else 400 for block in node.content)
