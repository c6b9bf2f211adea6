"""The status line of a whole session: what it says while a reply comes, waits and rests, and that it stays in place."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.message import Usage
from claude_tui.core.models import find_model
from claude_tui.core.pricing import NOTHING, Cost, total
from claude_tui.core.request import Settings
from claude_tui.core.retry import Failure
from claude_tui.demo import Failure as Refused
from claude_tui.demo import Faithful, Hang, Reply
from claude_tui.turn import Turn
from claude_tui.ui.widgets.status_bar import StatusView, status_line
from claude_tui.ui.words import about
from claude_tui.ui.words.receipt import receipt, replies
from claude_tui.ui.words.status import status_of
from tests.support.driver import LONG, Person, conversation_of, held, person

pytestmark = pytest.mark.anyio


def places(line: str) -> dict[str, int]:
    """Where the figures stand."""
    return {mark: line.index(mark) for mark in ("↑", "↓", " · ", " %") if mark in line}


async def test_a_reply_from_the_first_word_to_the_last(home: Path) -> None:
    async with person(home, script=Faithful(LONG), size=(104, 24)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.until(lambda: re.search(r"writing \d+ t/s", someone.status))
        live = someone.status
        assert re.search(r"first [\d.]+ s", live) and "≈$" in live and "opus-5.5·medium" in live
        someone.server.let_go(50)
        await someone.done()
        rest = someone.status
        assert "writing" not in rest
        assert re.search(r"first [\d.]+ s", rest), "it forgets what the reply took"
        assert re.search(r"[○◔◑◕●] +<?\d+ %$", rest)
        for mark, at in places(live).items():
            assert places(rest)[mark] == at, f"{mark!r} moved:\n{live}\n{rest}"


async def test_it_is_sensible_at_forty_columns(home: Path) -> None:
    async with person(home, script=Faithful(LONG), size=(40, 20)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.until(lambda: "writing" in someone.status and "$" in someone.status)
        await someone.press("escape")
        await someone.done()
        assert "opus-5.5" in someone.status and "$" in someone.status
        assert all(len(line) <= 40 for line in someone.lines)


async def status_during(someone: Person, *words: str) -> str:
    await someone.until(lambda: all(word in someone.status for word in words))
    return someone.status


async def test_every_wait_is_named(home: Path) -> None:
    async with person(home, size=(104, 24)) as someone:
        someone.server.then(Hang(20))
        await someone.says("Go.", wait=False)
        await status_during(someone, "waiting", "1 s")
        await someone.press("escape")
        await someone.done()
        someone.server.then(Refused(529, "overloaded_error", "Overloaded.", {"retry-after": "30"}))
        await someone.press("enter")
        await status_during(someone, "retry in 3")
        await someone.press("escape")
        await someone.done()


async def test_an_answer_costs_what_all_its_requests_do_and_none_is_counted_twice_meanwhile(home: Path) -> None:
    async with person(home, script=Faithful(LONG), size=(104, 24)) as someone:
        await someone.commands("/tools calculate")
        call = {"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "17 * 4"}}
        someone.server.then(Reply([call], "tool_use"), held(LONG))
        await someone.says("How many?", wait=False)
        await someone.sees("Sentence 22 ")
        view = someone.app.chat_screen.status._view
        assert view.reply_cost == view.conversation_cost
        someone.server.let_go(50)
        await someone.done()
        rounds = [about.cost_of(node) for node in replies(someone.conversation.path())]
        assert len(rounds) == 2 and None not in rounds
        view = someone.app.chat_screen.status._view
        assert view.reply_cost == view.conversation_cost == total(cost for cost in rounds if cost is not None)
        await someone.press("f4")
        await someone.sees("the whole answer", "in 2 requests")


@pytest.mark.parametrize(
    ("turn", "state"),
    [
        (Turn(conversation_of(1), "connecting"), "connecting"),
        (Turn(conversation_of(1), "thinking"), "thinking"),
        (Turn(conversation_of(1), "tool", tool="calculate"), "tool: calculate"),
        (Turn(conversation_of(1), "retrying", wait=11.2, failure=Failure("server", "")), "retry in 12 s"),
        (Turn(conversation_of(1), "retrying", wait=12, failure=Failure("offline", "")), "offline, retry in 12 s"),
        (Turn(conversation_of(1), "stalled", sentence="No data for 20 s."), "no data for 20 s"),
        (Turn(conversation_of(1), "done"), ""),
    ],
)
def test_states(turn: Turn, state: str) -> None:
    view = status_of(
        settings=Settings(find_model("claude-opus-5-5")), last=None, turn=turn, stopping=False,
        spent=NOTHING, demo=False, trouble=None, now=1.0,
    )  # fmt: skip
    assert view.state == state


@pytest.mark.parametrize(
    "facts",
    [{"cost": {"usd": "1e30"}}, {"cost": {"usd": "1e400000"}}, {"cost": {"usd": "-1"}}, {"cost": {"usd": 1e300}},
     {"timings": {"0": float("inf")}}, {"ran": {"call": float("nan")}}, {"timings": {"0": 10**400}}],
)  # fmt: skip
def test_what_no_reply_can_have_cost_or_taken_is_not_shown(facts: dict[str, Any]) -> None:
    conversation = conversation_of(1)
    last = replace(conversation.path()[-1], facts=facts, usage=Usage({"output_tokens": 10**400}))
    conversation = conversation.with_node(last)
    spent = about.spent(conversation)
    assert about.cost_of(last) is None and not about.timings(conversation.path()) and not spent.dollars
    view = status_of(
        settings=Settings(find_model("claude-opus-5-5")), last=last, turn=None, stopping=False,
        spent=spent, demo=False, trouble=None, now=1.0,
    )  # fmt: skip
    assert status_line(view, 200) and dict(receipt(conversation, last))["cost"] == "—"


@pytest.mark.parametrize("width", range(20, 130))
def test_a_budget_that_is_nearly_reached_is_marked_at_every_width_and_moves_no_figure(width: int) -> None:
    cost = Cost(Decimal("0.8312"), "estimate")
    view = StatusView("opus-5.5", "medium", reply_cost=cost, conversation_cost=cost, tokens_in=9, context_share=0.85)
    for state in ("", "writing"):
        calm = replace(view, state=state, state_kind="busy")
        plain, near, spent = (status_line(replace(calm, budget=share), width) for share in (0.79, 0.8, 1.2))
        assert not any("!" in text or "budget" in text for text, _ in plain)
        if any("$" in text for text, _ in plain):
            for line, role in ((near, "warn"), (spent, "problem")):
                assert any("!" in text and kind == role for text, kind in line)
                assert any("$" in text and kind == role for text, kind in line)
        for line in (plain, near, spent):
            assert sum(len(text) for text, _ in line) == width
        ends = [("".join(text for text, _ in line)).rfind("$") for line in (plain, near, spent)]
        assert len(set(ends)) == 1
