"""A receipt: everything known about one reply, of whichever one stands on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.message import TextBlock, ThinkingBlock, Usage
from claude_tui.core.text import is_safe
from claude_tui.demo import Failure, Faithful, Fault, Faulty, Reply
from claude_tui.ui.screens.info import InfoScreen
from claude_tui.ui.words.receipt import receipt, replies, reply_at
from tests.support.driver import LONG, WORDS, conversation_of, held, person

pytestmark = pytest.mark.anyio


async def test_every_fact_of_a_reply_is_on_it(home: Path) -> None:
    async with person(home, script=Faithful("An answer.", "A thought."), size=(100, 60)) as someone:
        await someone.commands("/tools web_search")
        await someone.says("Why?")
        await someone.press("f4")
        await someone.until(lambda: isinstance(someone.screen, InfoScreen))
        await someone.sees("Esc closes")
        [reply] = replies(someone.conversation.path())
        for name, value in {
            "question": "Why?",
            "model": "claude-opus-5-5",
            "status": "complete, end_turn",
            "first word": " s",
            "took": " s",
            "content": "10 characters of text; thinking, text",
            "output": str(reply.usage.output_tokens),
            "cost": "from the API's final count",
            "longest reply": "32,000 tokens",
            "tools": "web_search",
            "request id": str(reply.facts["request_id"]),
            "message id": str(reply.facts["message_id"]),
            "kept as": reply.id,
        }.items():
            assert any(line.strip().startswith(name) and value in line for line in someone.lines), (name, someone.text)
        assert str(reply.facts["request_id"]).startswith("req_demo")
        await someone.press("c")
        assert str(reply.facts["request_id"]) in someone.app.clipboard
        await someone.press("escape")


async def test_it_is_that_of_the_reply_one_stands_on_and_every_other_is_a_key_away(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        for question in ("One?", "Two?", "Three?"):
            await someone.says(question)
        await someone.press("f4")
        await someone.sees("Receipt 3 of 3", "Three?")
        await someone.press("right", "left")
        await someone.sees("Receipt 2 of 3", "Two?")
        await someone.press("left", "left", "left")
        await someone.sees("Receipt 1 of 3", "One?")
        await someone.press("escape")
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up")
        await someone.press("f4")
        await someone.sees("Receipt 2 of 3")


async def test_a_reply_under_way_has_one_as_far_as_it_came(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.press("f4")
        await someone.sees("being written", "1,200 characters of text")
        await someone.press("escape", "escape")
        await someone.done()


async def test_a_refused_request_has_its_id_too(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(Failure(400, "invalid_request_error", "Something is wrong with it."))
        await someone.says("Go.")
        await someone.press("f4")
        await someone.sees("failed", "req_demo", "Something is wrong with it")


async def test_each_piece_of_a_reply_that_went_on_has_one(home: Path) -> None:
    text = WORDS * 20
    async with person(home, script=Faithful(text), size=(100, 40)) as someone:
        someone.server.then(Faulty(Reply([{"type": "text", "text": text}]), Fault("rst", after_text=300)))
        await someone.says("Go.")
        await someone.press("f4")
        await someone.sees("Receipt 2 of 2", "went on from", "complete, end_turn")
        await someone.press("left")
        await someone.sees("Receipt 1 of 2", "interrupted", "connection lost")
        ids = {node.facts["request_id"] for node in replies(someone.conversation.path())}
        assert len(ids) == 2


def test_what_others_stored_is_read_leniently() -> None:
    conversation = conversation_of(1)
    path = conversation.path()
    strange: Any = {
        "request": {"tools": ["x", {"name": "\x1b[2J"}], "thinking": "much", "output_config": 7, "max_tokens": "many"},
        "extra": {"stop_details": {"category": "cyber", "more": None}, "new\x1bfield": [1, 2], "flag": True},
        "unknown": ["x", {"type": "later_event"}],
        "timings": {"0": 2000, "1": "long"},
        "ttft_ms": "soon",
        "cost": {"usd": "NaN"},
        "ending": {"cause": "error", "kind": "server"},
    }
    usage = Usage({"input_tokens": 7, "service_tier": "batch", "server_tool_use": {"web_search_requests": 2, "x": 0}})
    node = replace(path[-1], facts=strange, usage=usage, created_at=10**18,
                   content=(ThinkingBlock("hm", ""), TextBlock("text")))  # fmt: skip
    lines = dict(receipt(conversation, node))
    assert lines["why"] == "category: cyber"
    assert lines["unknown events"] == "None, later_event"
    assert lines["of it thinking"] == "2.0 s"
    assert lines["service tier"] == "batch" and lines["web search requests"] == "2"
    assert lines["flag"] == "yes" and lines["cost"] == "—"
    assert "at" not in lines and "x" not in lines
    assert all(is_safe(name) for name in lines)


def test_the_reply_to_a_question_is_found_by_it() -> None:
    path = conversation_of(3).path()
    questions = [node.id for node in path if node.origin == "typed"]
    assert [reply_at(path, one) for one in [*questions, "none", None]] == [0, 1, 2, 2, 2]


async def test_it_says_why_the_cache_missed(home: Path) -> None:
    async with person(home, script=Faithful("An answer."), size=(110, 60)) as someone:
        await someone.says("Why is the sea salt? " * 200)
        await someone.says("And the lakes?")
        await someone.press("f4")
        await someone.sees("Receipt 2 of 2", "cache read")
        assert "cache missed" not in someone.text
        await someone.press("escape")
        await someone.commands("/effort low")
        await someone.says("And the rivers?")
        assert "missed" not in someone.text, "not where it cost next to nothing"
        await someone.press("f4")
        await someone.sees("Receipt 3 of 3", "cache missed", "were read anew: the effort", "was another")
        asked = [one["diagnostics"]["previous_message_id"] for one in someone.requests]
        path = someone.conversation.path()
        assert asked == [None, *(node.facts["message_id"] for node in path[1::2][:2])]
