"""Somebody across the table instead of a network: the improviser behind the strict validator, in the same process."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from claude_tui.core.events import StreamEnded, StreamEvent, decode
from claude_tui.core.message import JsonObject
from claude_tui.core.retry import Failure
from claude_tui.demo import Failure as Refusal
from claude_tui.demo import Faulty, Hang, Reply, compaction
from claude_tui.demo.answers import Fault
from claude_tui.demo.issued import Issued
from claude_tui.demo.signing import sealed
from claude_tui.demo.sse import events_of
from claude_tui.demo.validator import problems

from .improviser import Improviser
from .talk import HEADERS


def headers_of(params: JsonObject) -> dict[str, str]:
    """As the API's room sends them."""
    return {**HEADERS, "anthropic-beta": compaction.BETA} if "context_management" in params else HEADERS


NOBODY_COUNTS = {"input_tokens": 9, "output_tokens": 9}


@dataclass
class Told:
    """One attempt: everything it will ever say, at once."""

    events: list[StreamEvent | Failure]
    request_id: str = "req_1"
    phase: Any = "streaming"
    silence: float = 0.0

    def poll(self, timeout: float) -> StreamEvent | Failure | None:
        return self.events.pop(0) if self.events else StreamEnded("eof")

    def cancel(self) -> None:
        self.events.insert(0, Failure("cancelled", "Stopped."))


@dataclass
class Table:
    """Takes requests as the API does, and remembers why it would have refused one."""

    model: Improviser = field(default_factory=Improviser)
    issued: Issued = field(default_factory=Issued)
    refused: list[str] = field(default_factory=list[str])
    asked: int = 0
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def problems(self, params: JsonObject) -> list[str]:
        """Why the API would refuse a request."""
        return problems(json.loads(json.dumps({**params, "stream": True})), headers_of(params), issued=self.issued)

    def ask(self, params: JsonObject) -> Told:
        body = json.loads(json.dumps({**params, "stream": True}))
        self.asked += 1
        if found := problems(body, headers_of(params), issued=self.issued):
            self.refused += found
            return Told([Failure("invalid", found[0])])
        answer = self.model.answer(body)
        fault: Fault | None = None
        if isinstance(answer, Faulty):
            answer, fault = answer.answer, answer.fault
        if isinstance(answer, Refusal):
            kind = "overloaded" if answer.status == 529 else "rate_limit" if answer.status == 429 else "invalid"
            return Told([Failure(kind, answer.message, detail=answer.message)])  # type: ignore[arg-type]
        if isinstance(answer, Hang) or not isinstance(answer, Reply):
            return Told([Failure("cut", "Nothing came.")])
        done = sealed([dict(block) for block in answer.blocks], body)
        self.issued.remember(done)
        if "context_management" in body and self.asked % 2:
            done = [compaction.summary(body), *done]
        said = Reply(done, answer.stop_reason, chunk=answer.chunk)
        events = list(events_of(said, f"msg_{next(self._ids)}", body["model"], NOBODY_COUNTS, NOBODY_COUNTS))
        if fault is not None:
            place = next(at for at in (fault.after_text, fault.after_thinking, fault.after_bytes, 0) if at is not None)
            events = events[: place % len(events)]
        return Told([decode(event) for event in events])


class Nowhere:
    """A store that keeps nothing: what a turn made is in the conversation it gives back."""

    trouble = None

    def begin(self, conversation_id: str, nodes: Sequence[Any], reply: Any) -> Nowhere:
        return self

    def commit(self, events: Sequence[Any]) -> bool:
        return True

    def add(self, conversation_id: str, nodes: Sequence[Any], *, head_id: str | None = None) -> Future[None]:
        return _done()

    def finish(self, conversation_id: str, node: Any, spend: Any = None, release: Any = None) -> Future[None]:
        return _done()


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
