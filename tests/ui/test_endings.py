"""Every way a reply may end is explained in place, with the key that helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Node
from claude_tui.core.message import TextBlock, ToolUseBlock
from claude_tui.demo import Faithful, RawStream
from claude_tui.ui.words.endings import how_it_ended, stopped_by_money
from tests.support.driver import person
from tests.support.streams import delta, started, write_sse

pytestmark = pytest.mark.anyio

KEYS = {"continue": "Ctrl+G", "new": "Ctrl+N", "model": "F2", "retry": "Shift+F7", "discard": "F8", "key": "/key",
        "max-tokens": "/max-tokens"}  # fmt: skip
DONE = Node("a", None, "assistant", (TextBlock("Some words."),), "model", stop_reason="end_turn")


def told(characters: int = 11, **more: Any) -> str | None:
    found = how_it_ended(replace(DONE, **more), KEYS, characters)
    return found[0] if found else None


def test_every_stop_reason() -> None:
    asked = {"request": {"max_tokens": 32_000}}
    call = ToolUseBlock("t", "calculate", {})
    declined = {"extra": {"stop_details": {"category": "cyber"}}}
    said = {
        "max_tokens": told(stop_reason="max_tokens", facts=asked),
        "in a call": told(stop_reason="max_tokens", facts=asked, content=(call,)),
        "context": told(stop_reason="model_context_window_exceeded"),
        "refusal": told(stop_reason="refusal", facts=declined),
        "refusal at once": told(0, stop_reason="refusal", content=()),
        "pause_turn": told(stop_reason="pause_turn"),
        "tool_use": told(stop_reason="tool_use"),
        "nothing": told(0, content=()),
        "end_turn": told(),
        "stop_sequence": told(stop_reason="stop_sequence"),
        "later": told(stop_reason="a_later_reason"),
    }
    assert said == {
        "max_tokens": "Stopped at 32,000 tokens — Ctrl+G goes on · /max-tokens raises the limit",
        "in a call": "Stopped at 32,000 tokens, inside a tool call — Ctrl+G asks again for more",
        "context": "The model's context is full — Ctrl+N begins a new conversation",
        "refusal": "The model declined to answer (cyber). What it wrote is kept, and not sent again"
                   " — F2 chooses another · Shift+F7 asks it",
        "refusal at once": "The model declined to answer — F2 chooses another · Shift+F7 asks it",
        "pause_turn": "Paused by the server — Ctrl+G goes on",
        "tool_use": "Its tools' results were not sent yet — Ctrl+G goes on",
        "nothing": "The model ended without a word — Ctrl+G asks it to go on",
        "end_turn": None,
        "stop_sequence": None,
        "later": "Stopped: a_later_reason",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "characters", "helps"),
    [
        ("auth", 0, " — /key enters another · Ctrl+G asks again"),
        ("not_found", 0, " — F2 chooses another · Ctrl+G asks again"),
        ("too_large", 0, " — Ctrl+N begins a new conversation"),
        ("billing", 0, " — Ctrl+G asks again"),
        ("overloaded", 40, " 40 characters are kept — Ctrl+G goes on"),
        ("auth", 40, " 40 characters are kept — Ctrl+G goes on"),
    ],
)
def test_every_failure(kind: str, characters: int, helps: str) -> None:
    ending = {"ending": {"cause": "error", "kind": kind, "detail": "It went wrong."}}
    said = told(characters, status="failed", facts=ending)
    assert said == ("It went wrong" + ("." if characters else "") + helps)


@pytest.mark.parametrize("facts", [{"ending": "soon"}, {"request": [], "extra": 7}, {"extra": {"stop_details": "x"}}])
def test_facts_of_another_kind_break_nothing(facts: Any) -> None:
    for status in ("interrupted", "complete"):
        for reason in ("max_tokens", "refusal"):
            assert told(status=status, stop_reason=reason, facts=facts)


def silent() -> RawStream:
    """A reply that ends its turn and says nothing."""
    whole = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
    return RawStream(write_sse([started(), whole, {"type": "message_stop"}]).encode())


async def test_a_reply_without_a_word_can_be_asked_to_go_on(home: Path) -> None:
    async with person(home, script=Faithful("Here it is.")) as someone:
        someone.server.then(silent())
        await someone.says("Go.")
        await someone.sees("The model ended without a word — Ctrl+G asks it to go on")
        await someone.press("ctrl+g")
        await someone.done()
        await someone.sees("Here it is.")
        assert not [one.problem for one in someone.server.requests if one.problem]


async def test_a_reply_at_its_limit_goes_on_with_a_larger_one(home: Path) -> None:
    limit = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 9}}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    text = "The beginning of an answer that is long. "
    stream = [started(), block, delta(0, "text_delta", text=text), {"type": "content_block_stop", "index": 0}, limit]
    async with person(home, script=Faithful(text + "And its end.")) as someone:
        someone.server.then(RawStream(write_sse([*stream, {"type": "message_stop"}]).encode()))
        await someone.says("Go.")
        await someone.sees("Stopped at 32,000 tokens — Ctrl+G goes on · /max-tokens raises the limit")
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.requests[-1]["max_tokens"] == 64_000
        assert someone.reply == text + "And its end."


@pytest.mark.parametrize("characters", [0, 40])
def test_nothing_in_a_call_raises_the_budget_of_that_call(characters: int) -> None:
    kept = ". 40 characters are kept" if characters else ""
    ending = {"ending": {"cause": "error", "kind": "call_budget", "detail": "Stopped."}}
    cut = replace(DONE, status="failed", facts=ending)
    short = replace(DONE, stop_reason="max_tokens", facts={"request": {"max_tokens": 2_100}, "lowered": "call"})
    keys = {**KEYS, "budget": "/budget"}
    assert how_it_ended(cut, keys, characters) == (f"Stopped{kept} — start again with a larger --budget", "note")
    assert how_it_ended(short, keys, 40) == (
        "Stopped at 2,100 tokens, all that the budget of that call allowed — start again with a larger --budget",
        "note",
    )
    assert not stopped_by_money(cut) and not stopped_by_money(short)
    assert stopped_by_money(replace(short, facts={**short.facts, "lowered": True}))
