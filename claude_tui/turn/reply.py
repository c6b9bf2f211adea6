"""One reply: sent, sent again while nothing came, folded, journalled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..core.conversation import Node
from ..core.events import (
    BlockStart,
    BlockStop,
    DamagedEvent,
    MessageDelta,
    MessageStop,
    Ping,
    StreamEnded,
    StreamError,
    StreamEvent,
    coalesce,
)
from ..core.live import Heard, Pace, likely, taught
from ..core.message import ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage
from ..core.pricing import NOTHING, Cost, answering, life_of, reply_cost
from ..core.reply import Reply, fold, fold_all
from ..core.request import Request
from ..core.retry import Action, Failure, GoOn, SendAgain, Stop, event_failure
from ..store import Release, Spend
from .course import Course
from .silence import Silence
from .spending import day_of, spend_of
from .ticket import Ticket
from .values import Attempt, Journal, Phase, Turn


class Coming:
    """A reply while it comes."""

    def __init__(self, course: Course, node: Node, request: Request, journal: Journal, ticket: Ticket) -> None:
        self.failure: Failure | None = None
        """Why it ended, when it did not end by itself."""
        self.action: Action | None = None
        """What follows from that, where nothing of an answer came: it was decided here."""
        self.hurried = False
        """Whether a person ended a silence, to have it asked for anew."""
        self.reply = Reply()
        self._course = course
        self.node = node
        self._request = request
        self._journal = journal
        self._ticket = ticket
        self._billed = False
        """Whether the last try was sent, and nobody said what became of it."""
        self._request_id = ""
        self._sent = course.means.clock()
        self._first_delta: float | None = None
        self._ended_at = self._sent
        self._block_starts: dict[int, float] = {}
        self._timings: dict[int, int] = {}
        self._calls: dict[int, str] = {}
        """Tools that run at the API's side, by index."""
        self._called: dict[str, float] = {}
        self._ran: dict[str, int] = {}
        """Milliseconds they ran."""
        self._unsaved: list[StreamEvent] = []
        self._first = Usage()
        """What the API counted when it began."""
        self._heard = Heard()

    def drive(self) -> Iterator[Turn]:
        """Snapshots until it has ended."""
        course = self._course
        while True:
            course.tries += 1
            attempt = course.means.api.ask(self._request.params)
            course.cancel.on_cancel(attempt.cancel)
            self.failure = self.action = None
            self.hurried = False
            self.reply, self._heard = Reply(), Heard()
            try:
                yield from self._listen(attempt)
            except GeneratorExit:  # nobody looks any more: what came stays in the journal
                attempt.cancel()
                raise
            refused = self.failure.request_id if self.failure is not None else ""
            self._request_id = attempt.request_id or refused or self._request_id
            self._billed = self.failure is not None and may_be_billed(attempt, self.failure)
            if self.failure is None or self._something_came:
                break
            self.failure = course.explained(self.failure, self._request.params)
            self.action = SendAgain(0.0) if self.hurried else course.decide(self.failure, has_content=False)
            if not isinstance(self.action, SendAgain):
                break
            waiting = course.count_down(self.action.wait, self.failure, live={self.node.id: self.reply})
            yield from waiting
            if course.cancel.cancelled:
                self.failure = Failure("cancelled", "Stopped.")
                break
            billed, self._billed = self._billed, False
            if (stopped := self._ticket.again(course.means.now(), billed=billed)) is not None:
                self.failure, self.action = stopped, Stop()
                break
        if self.hurried and self._something_came:
            self.action = GoOn()
        self._ended_at = course.means.clock()
        self.reply = fold(self.reply, _ending(self.failure))
        if self.reply.content or self.reply.status == "complete":
            course.answered()
        if self.reply.usage_final and self.reply.stop_reason != "refusal":
            course.teach(taught(course.pace(), self.reply.usage, self._heard))

    def abandon(self, failure: Failure) -> None:
        """End it as far as it came, after an error of ours."""
        if not self.reply.ended:
            self.failure = failure
            self.reply = fold_all([*self._unsaved, _ending(failure)], self.reply)

    def _listen(self, attempt: Attempt) -> Iterator[Turn]:
        """Poll until the attempt is over, flushing as it goes."""
        clock, patience = self._course.means.clock, self._course.means.patience
        flushed = clock() - patience.frame
        silence = Silence(self._course, attempt)
        while True:
            due = flushed + patience.frame - clock() if self._unsaved else patience.idle
            event = attempt.poll(max(due, 0.0))
            over = boundary = False
            while event is not None:
                over = self._hear(attempt, event)
                boundary = boundary or isinstance(event, BlockStart | BlockStop)
                if not isinstance(event, Ping | DamagedEvent):
                    silence.broken()
                if over or (self._unsaved and clock() - flushed >= patience.frame):
                    break
                event = attempt.poll(0.0)
            now = clock()
            if over:
                self._flush()
                if self.failure is None and not _is_whole(self.reply):
                    self.failure = Failure("cut", _cut_sentence(self.reply))
                yield self._snapshot(self._phase(attempt))
                return
            if self._unsaved and (boundary or now - flushed >= patience.frame):
                self._flush()
                flushed = now
                yield self._snapshot(self._phase(attempt))
            elif not self._unsaved and now - flushed >= patience.idle and silence.length >= patience.idle:
                flushed = now - patience.frame
                quiet = silence.judge()
                self.hurried = quiet.may_hurry and self._course.cancel.hurried()
                if quiet.over or self.hurried:
                    attempt.cancel()
                    self.failure = Failure("stall", quiet.ending)
                    return
                if quiet.said:
                    yield self._snapshot("stalled", sentence=quiet.said, may_hurry=quiet.may_hurry)
                else:
                    yield self._snapshot(self._phase(attempt))

    def _hear(self, attempt: Attempt, event: StreamEvent | Failure) -> bool:
        """Take what was polled; whether it was the last."""
        match event:
            case Failure():
                self.failure = event
                return True
            case StreamEnded():
                return True
            case StreamError():
                self.failure = event_failure(event.error, attempt.request_id)
                self._take(event)
                attempt.cancel()
                return True
            case _:
                self._take(event)
                stopped = self._ticket.hear(event, self._course.means.now())
                if stopped is not None and self.failure is None and not isinstance(event, MessageDelta | MessageStop):
                    self.failure = stopped
                    attempt.cancel()
                    return True
                return isinstance(event, MessageStop)

    def _take(self, event: StreamEvent) -> None:
        now = self._course.means.clock()
        match event:
            case Ping():
                return
            case BlockStart(index, block):
                self._block_starts[index] = now
                self._first_delta = self._first_delta or now
                if isinstance(block, ToolUseBlock):
                    self._calls[index] = block.id
                elif isinstance(block, ToolResultBlock) and block.tool_use_id in self._called:
                    self._ran[block.tool_use_id] = int((now - self._called[block.tool_use_id]) * 1000)
            case BlockStop(index) if index in self._block_starts:
                self._timings[index] = int((now - self._block_starts[index]) * 1000)
                if index in self._calls:
                    self._called[self._calls[index]] = now
            case _:
                pass
        self._unsaved.append(event)

    def _flush(self) -> None:
        """Fold and journal what came since the last time: joined first, so that a frame costs one delta of each."""
        events, self._unsaved = coalesce(self._unsaved), []
        began = self.reply.started
        self.reply = fold_all(events, self.reply)
        self._heard = self._heard.plus(events)
        if not began:
            self._first = self.reply.usage
        if self.failure is not None and not self._something_came:
            return  # the next try begins with nothing, in the journal too
        if events:
            self._course.saved = self._journal.commit(events)

    # -- values ------------------------------------------------------------------------------------

    @property
    def _something_came(self) -> bool:
        """Whether there is anything of an answer: if not, the same request may be sent again in its place."""
        return self.reply.started or bool(self.reply.content)

    def _phase(self, attempt: Attempt) -> Phase:
        if not self.reply.started:
            return "connecting" if attempt.phase == "connecting" else "waiting"
        for block in self.reply.open:
            return "thinking" if block.kind == "thinking" else "writing"
        return "writing" if self.reply.closed else "waiting"

    def _snapshot(self, phase: Phase, **more: Any) -> Turn:
        course = self._course
        now = course.means.clock()
        timings = dict(self._timings)
        for block in self.reply.open:
            if block.index in self._block_starts:
                timings[block.index] = int((now - self._block_starts[block.index]) * 1000)
        likely = self.cost()
        if self.reply.started:  # what declines before a word costs nothing
            cautious = self.cost(course.cautious_pace()) if self.reply.content else NOTHING
            said, course.budget = self._ticket.likely(likely, cautious, course.means.now())
            course.notes += said
        return course.turn(
            phase,
            live={self.node.id: self.reply},
            failure=self.failure,
            cost=course.spent + likely,
            coming=likely,
            sent=self._sent,
            first_delta=self._first_delta,
            timings=timings,
            **more,
        )

    def cost(self, pace: Pace | None = None) -> Cost:
        """Of this reply as far as it is known, or at another ``pace`` than the one that is thought likeliest."""
        reply = self.reply
        return reply_cost(
            reply.usage,
            answering(self._course.settings.model, reply.model, self._course.means.find),
            day_of(self._course.means.now()),
            final=reply.usage_final and reply.started,  # where the start was lost, so was the input's count
            started=reply.started or bool(reply.usage.counts),
            likely=self._likely(pace or self._course.pace()),
            life=life_of(self._request.params),
            stop_reason=reply.stop_reason,
        )

    def _likely(self, pace: Pace) -> Usage | None:
        """What it has used so far, as far as that can be told from what came; the API's word where it gave its last."""
        reply = self.reply
        if not reply.started or reply.stop_reason is not None:
            return None
        return likely(self._first, reply.usage, self._heard, pace)

    def spending(self) -> Spend | None:
        """What the ledger is told of it; None when the API had not begun to count."""
        reply, course = self.reply, self._course
        if not (reply.started or reply.usage.counts):
            return None
        now, model = course.means.now(), answering(course.settings.model, reply.model, course.means.find)
        life = life_of(self._request.params)
        return spend_of(course.conversation.id, self.node.id, reply.usage, self.cost(), model, now, life=life)

    def release(self, spend: Spend | None) -> Release:
        """What becomes of what was reserved for it."""
        thought = sum(self._timings.get(at, 0) for at, block in self.reply.closed if isinstance(block, ThinkingBlock))
        for block in self.reply.open:
            if block.kind == "thinking" and block.index in self._block_starts:
                thought += int((self._ended_at - self._block_starts[block.index]) * 1000)
        final = self.reply.usage_final
        return self._ticket.release(spend, final=final, billed=self._billed, hidden=thought / 1000)

    def finished(self) -> Node:
        """The node as it ended."""
        reply, ending = self.reply, self.reply.ending
        facts: dict[str, Any] = {
            **self.node.facts,
            "elapsed_ms": int((self._ended_at - self._sent) * 1000),
            "timings": {str(index): spent for index, spent in self._timings.items()},
        }
        if self._ran:
            facts["ran"] = dict(self._ran)
        if self._first_delta is not None:
            facts["ttft_ms"] = int((self._first_delta - self._sent) * 1000)
        if reply.id:
            facts["message_id"] = reply.id
        if self._request_id:
            facts["request_id"] = self._request_id
        if reply.status != "complete" and ending is not None:
            facts["ending"] = {"cause": ending.cause, "detail": ending.detail, "kind": ending.kind}
        if reply.status == "complete" and not reply.usage_final:
            facts["usage_final"] = False
        cost = self.cost()
        if cost.dollars is not None:
            on = day_of(self._course.means.now()).isoformat()
            facts["cost"] = {"usd": str(cost.dollars), "exactness": cost.exactness, "on": on}
        for name, value in (("dropped", reply.dropped), ("characters", reply.characters)):
            if value:
                facts[name] = value
        if reply.unknown:
            facts["unknown"] = [dict(event) for event in reply.unknown]
        if reply.extra:
            facts["extra"] = dict(reply.extra)
        return replace(
            self.node,
            content=reply.content,
            status=reply.status,
            model=reply.model or self.node.model,
            stop_reason=reply.stop_reason,
            usage=reply.usage,
            facts=facts,
        )


def _is_whole(reply: Reply) -> bool:
    return fold(reply, StreamEnded("eof")).status == "complete"


def may_be_billed(attempt: Attempt, failure: Failure) -> bool:
    """Whether the API had the request and did not say that it refuses it."""
    if attempt.phase == "connecting" or failure.status is not None:
        return False
    return failure.kind in ("network", "cut", "stall", "cancelled", "bug")


def _cut_sentence(reply: Reply) -> str:
    if not reply.started:
        return "The server closed the connection without an answer."
    if reply.torn:
        return "A part of the reply was damaged on its way."
    return "The stream ended before the reply did."


def _ending(failure: Failure | None) -> StreamEnded:
    match failure:
        case None:
            return StreamEnded("eof")
        case Failure(kind="cancelled"):
            return StreamEnded("cancelled", "Stopped.", "cancelled")
        case Failure(kind="stall"):
            return StreamEnded("stall", failure.sentence, "stall")
        case Failure(kind="cut"):
            return StreamEnded("eof", failure.sentence, "cut")
        case Failure():
            return StreamEnded("error", failure.sentence, failure.kind)
