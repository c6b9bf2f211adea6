"""What the server can be told to answer, and what it remembers of a request.

Only values: `server.py` sends them, `sse.py` turns a `Reply` into events, `faults.py` breaks an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

Json: TypeAlias = dict[str, Any]

FaultKind: TypeAlias = Literal["fin", "rst", "stall", "error", "eof", "garbage", "ping-only", "hold"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A message, sent as server-sent events, or as one JSON object when the request does not stream."""

    blocks: Sequence[Json] = ()
    """Content blocks in the wire's shape. A thinking block without a signature is signed by the server."""
    stop_reason: str = "end_turn"
    usage: Mapping[str, Any] | None = None
    """Laid over the simulated usage, in `message_start` and `message_delta` alike."""
    chunk: int = 12
    """Characters of text, thinking or tool JSON in one delta."""
    events: Sequence[Json] | None = None
    """Sent instead of the events made from `blocks`, exactly these."""
    stop_sequence: str | None = None
    stop_details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RawStream:
    """Exactly these bytes as the body: a recording."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    piece: int = 0
    """Bytes in one network write; 0 sends the body at once."""
    delay: float = 0.0
    """Seconds between two pieces, whatever the server's pace."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in the API's own shape, before any content."""

    status: int
    type: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and how an answer breaks. A place beyond the end of the answer means no fault."""

    kind: FaultKind
    """`fin`: connection closed inside the body. `rst`: reset. `stall`: silence until the client leaves.
    `error`: an SSE error event. `eof`: a clean end without `message_stop`. `garbage`: one damaged data
    line, then the rest. `ping-only`: pings and nothing else. `hold`: nothing is broken; the answer waits
    after each so many characters until `DemoServer.let_go`."""
    after_bytes: int | None = None
    """Bytes of the body. `error`, `garbage` and `ping-only` wait for the end of the event they fall in."""
    after_text: int | None = None
    """Characters of `text_delta`, counted over all blocks; the delta is split to hit it exactly."""
    after_thinking: int | None = None
    """The same for `thinking_delta`."""
    every: float | None = None
    """Seconds between the pings of `ping-only`; by default 10 at the human pace, 0.05 at pace 0."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence before the headers; then `then`, or what the script says."""

    seconds: float
    then: Answer | None = None


@dataclass(frozen=True, slots=True)
class Faulty:
    """An answer that breaks on the way."""

    answer: Reply | RawStream
    fault: Fault


Answer: TypeAlias = Reply | RawStream | Failure | Faulty | Hang


class Script(Protocol):
    """Decides what a request is answered with."""

    def answer(self, request: Json) -> Answer: ...


@dataclass(slots=True)
class Received:
    """One request as it came in, with how it was answered."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """The parsed JSON; None when there was none or it was not JSON."""
    status: int | None = None
    """None until the answer begins."""
    problem: str | None = None
    """Why it was refused, when the server itself refused it."""
