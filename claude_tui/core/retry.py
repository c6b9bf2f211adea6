"""What happened -> what to do: wait and send again, go on, repair, or stop. Pure.

The rows are those of the fault matrix: a request is sent again by itself only while nothing of the
answer came; a reply that was cut goes on by itself at most once, and never after a person stopped it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .message import JsonObject
from .text import clean_line, closed

FailureKind: TypeAlias = Literal[
    "network",  # no connection, reset, timed out
    "offline",  # no name was found: most likely there is no network at all
    "proxy",  # a proxy that asks for a password
    "tls",  # a certificate that may not be trusted: final
    "auth",  # 401, 403, no credentials
    "billing",  # 402, a spend limit
    "rate_limit",  # 429
    "overloaded",  # 529, and its event in a stream
    "server",  # 5xx, and their event in a stream
    "invalid",  # 400, 422
    "too_large",  # 413
    "not_found",  # 404
    "not_api",  # an answer that is not the API's
    "stall",  # no byte for too long
    "cut",  # the stream ended before the reply did
    "budget",  # a budget does not allow it, or allows no more of it
    "call_budget",  # the budget of this call of the program does not: nothing here raises it
    "unbounded",  # no budget can hold for it
    "misread",  # what the budgets are to be cannot be read
    "cancelled",  # a person stopped it
    "bug",  # ours
]

MONEY: tuple[FailureKind, ...] = ("budget", "call_budget", "unbounded", "misread")
"""Those of which a budget is the reason."""

KINDS: Mapping[str, FailureKind] = {
    "invalid_request_error": "invalid",
    "authentication_error": "auth",
    "permission_error": "auth",
    "billing_error": "billing",
    "not_found_error": "not_found",
    "request_too_large": "too_large",
    "rate_limit_error": "rate_limit",
    "api_error": "server",
    "timeout_error": "server",
    "overloaded_error": "overloaded",
}
"""What the API's error types mean to us."""

TRIES = 5
BASE, CAP, TOTAL = 0.5, 30.0, 60.0
"""Seconds: the first wait's bound, the longest wait's, and what all waits of one request may sum to that no
server asked for."""
OFFLINE_TRIES, OFFLINE_WAIT = 3, 30.0
"""After so many names not found, each further try waits so many seconds."""
LONGEST_WAIT = 600.0
"""Seconds: a server that asks for more is not waited for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt ended, in one value."""

    kind: FailureKind
    sentence: str
    """For a person: what happened and, where it helps, what to do."""
    status: int | None = None
    retry_after: float | None = None
    """Seconds the server asked to wait."""
    should_retry: bool | None = None
    """The server's own word (``x-should-retry``), where it gave one."""
    request_id: str = ""
    detail: str = ""
    """More for the curious: the API's own message."""


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Wait, then send the same request."""

    wait: float


@dataclass(frozen=True, slots=True)
class GoOn:
    """Continue the cut reply at once."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Mend the request once and send it: without thinking, or by asking instead of prefilling."""

    how: Literal["without_thinking", "without_prefill"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more by itself; a key may go on."""


Action: TypeAlias = SendAgain | GoOn | Repair | Stop

_TRANSIENT = ("network", "offline", "rate_limit", "overloaded", "server")


def decide(
    failure: Failure,
    *,
    attempt: int,
    waited: float,
    has_content: bool,
    continues_left: int,
    repaired: bool,
    chance: float,
    offline: float = OFFLINE_WAIT,
) -> Action:
    """What follows from a failure.

    ``attempt`` counts from 1, ``waited`` is the seconds this request has waited of its own accord, ``has_content``
    whether anything of the answer came, ``chance`` a number in [0, 1) that spreads the waits, ``offline`` the
    seconds between two tries without a network.
    """
    if failure.kind == "cancelled":
        return Stop()
    if has_content:
        cut = failure.kind in (*_TRANSIENT, "cut", "stall")
        return GoOn() if cut and continues_left > 0 else Stop()
    if failure.kind == "invalid" and not repaired:
        return _repair(failure)
    transient = failure.kind in (*_TRANSIENT, "cut", "stall")
    if failure.should_retry is not None:
        transient = failure.should_retry
    if not transient or attempt >= TRIES:
        return Stop()
    if failure.retry_after is not None and failure.retry_after > 0:
        asked = failure.retry_after
        return SendAgain(asked * (1 + 0.1 * chance)) if asked <= LONGEST_WAIT else Stop()
    if failure.kind == "offline" and attempt >= OFFLINE_TRIES:
        wait = offline
    else:
        wait = min(CAP, BASE * 2 ** (attempt - 1)) * chance
    return SendAgain(wait) if waited + wait <= TOTAL else Stop()


def _repair(failure: Failure) -> Action:
    said = f"{failure.sentence} {failure.detail}".lower()
    if "prefill" in said:
        return Repair("without_prefill")
    if "thinking" in said and ("signature" in said or "modified" in said):
        return Repair("without_thinking")
    return Stop()


def event_failure(error: JsonObject, request_id: str = "") -> Failure:
    """The failure that an ``error`` event in the middle of a stream tells of."""
    kind = KINDS.get(str(error.get("type")), "server")
    said = clean_line(str(error.get("message") or error.get("type") or "an error"), 400)
    sentence = "The API became overloaded." if kind == "overloaded" else closed(f"The API broke off: {said}")
    return Failure(kind, sentence, request_id=request_id, detail=said)
