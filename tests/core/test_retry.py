"""What happened and what follows: the rows of the fault matrix."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from claude_tui.core.retry import (
    CAP,
    LONGEST_WAIT,
    OFFLINE_TRIES,
    OFFLINE_WAIT,
    TOTAL,
    TRIES,
    Failure,
    FailureKind,
    GoOn,
    Repair,
    SendAgain,
    Stop,
    decide,
    event_failure,
)

TRANSIENT = ("network", "offline", "rate_limit", "overloaded", "server", "cut", "stall")
FINAL = ("tls", "auth", "billing", "invalid", "too_large", "not_found", "not_api", "proxy", "cancelled", "bug",
         "budget", "call_budget", "unbounded", "misread")  # fmt: skip


def after(kind: Any, sentence: str = "", *, failure: dict[str, Any] | None = None, **more: Any) -> Any:
    held = {"attempt": 1, "waited": 0.0, "has_content": False, "continues_left": 1, "repaired": False, "chance": 0.5}
    return decide(Failure(kind, sentence, **(failure or {})), **{**held, **more})


def test_every_kind_is_in_a_row() -> None:
    assert {*TRANSIENT, *FINAL} == set(get_args(FailureKind))


@pytest.mark.parametrize("kind", TRANSIENT)
def test_before_the_first_word_it_is_sent_again(kind: str) -> None:
    assert after(kind) == SendAgain(0.25)


@pytest.mark.parametrize("kind", TRANSIENT)
def test_after_words_it_goes_on_once(kind: str) -> None:
    assert after(kind, has_content=True) == GoOn()
    assert after(kind, has_content=True, continues_left=0) == Stop()
    # What the server says of sending again is not about this.
    assert after(kind, has_content=True, failure={"should_retry": False}) == GoOn()


@pytest.mark.parametrize("kind", FINAL)
@pytest.mark.parametrize("has_content", [True, False])
def test_what_is_final(kind: str, has_content: bool) -> None:
    assert after(kind, has_content=has_content) == Stop()


def test_the_waits_grow_and_end() -> None:
    waits: list[float] = []
    for attempt in range(1, TRIES + 2):
        action = after("server", attempt=attempt, chance=0.999, waited=sum(waits))
        if isinstance(action, SendAgain):
            waits.append(action.wait)
    assert [round(wait, 1) for wait in waits] == [0.5, 1.0, 2.0, 4.0]
    assert after("server", attempt=TRIES) == Stop()
    assert after("server", chance=0.0) == SendAgain(0.0)
    assert after("server", waited=TOTAL, chance=0.9) == Stop()
    assert max(waits) <= CAP


def test_without_a_network_nothing_is_hammered() -> None:
    assert after("offline", attempt=OFFLINE_TRIES - 1, chance=0.0) == SendAgain(0.0)
    assert after("offline", attempt=OFFLINE_TRIES, chance=0.0) == SendAgain(OFFLINE_WAIT)
    assert after("offline", attempt=OFFLINE_TRIES, waited=TOTAL - OFFLINE_WAIT + 1) == Stop()


@pytest.mark.parametrize(
    ("asked", "chance", "action"),
    [
        (7.0, 0.0, SendAgain(7.0)),
        (7.0, 0.5, SendAgain(7.35)),
        (90.0, 0.0, SendAgain(90.0)),
        (LONGEST_WAIT, 0.0, SendAgain(LONGEST_WAIT)),
        (LONGEST_WAIT + 1, 0.0, Stop()),
        (4_294_967.0, 0.0, Stop()),
        (float("inf"), 0.0, Stop()),
        (0.0, 0.5, SendAgain(0.25)),
        (-3.0, 0.5, SendAgain(0.25)),
        (float("nan"), 0.5, SendAgain(0.25)),
    ],
)
def test_what_the_server_asks_for_is_obeyed(asked: float, chance: float, action: Any) -> None:
    found = after("rate_limit", failure={"retry_after": asked}, chance=chance)
    assert found == action or found.wait == pytest.approx(action.wait)


def test_the_servers_own_word() -> None:
    assert after("server", failure={"should_retry": False}) == Stop()
    assert after("rate_limit", failure={"should_retry": False, "retry_after": 3.0}) == Stop()
    assert after("not_found", failure={"should_retry": True}) == SendAgain(0.25)
    assert after("not_found", failure={"should_retry": True}, attempt=TRIES) == Stop()


@pytest.mark.parametrize(
    ("detail", "action"),
    [
        (
            "This model does not support assistant message prefill. The conversation must end with a user message.",
            Repair("without_prefill"),
        ),
        ("messages.1.content.0: Invalid `signature` in `thinking` block.", Repair("without_thinking")),
        (
            "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
            Repair("without_thinking"),
        ),
        ("max_tokens: 500000 > 128000", Stop()),
        ("thinking.type: something else", Stop()),
    ],
)
def test_a_request_is_mended_once(detail: str, action: Any) -> None:
    assert after("invalid", failure={"detail": detail}) == action
    assert after("invalid", detail) == action
    assert after("invalid", failure={"detail": detail}, repaired=True) == Stop()
    assert after("invalid", failure={"detail": detail}, has_content=True) == Stop()


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, "overloaded", "overloaded"),
        ({"type": "api_error", "message": "Internal\x1b[31m error"}, "server", "Internal␛[31m error"),
        ({"type": "a_new_error"}, "server", "a_new_error"),
        ({}, "server", "an error"),
        ({"type": 3, "message": None}, "server", "3"),
    ],
)
def test_an_error_in_the_stream(error: dict[str, Any], kind: str, said: str) -> None:
    failure = event_failure(error, "req_1")
    assert (failure.kind, failure.request_id) == (kind, "req_1") and said in failure.sentence
