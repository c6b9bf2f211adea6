"""What a request may cost at most, worked out by hand; what is left of it; what a reply is metered with."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from claude_tui.core.attached import Kept
from claude_tui.core.budget import (
    LEAST,
    PAGE,
    ROUND,
    ROUNDS,
    SUMMARY,
    Limits,
    Promise,
    began,
    most_read,
    name_of,
    nano,
    promise,
    raised,
    uses,
)  # fmt: skip
from claude_tui.core.conversation import Node
from claude_tui.core.events import BlockStart, MessageDelta, MessageStart, TextDelta
from claude_tui.core.message import OpaqueBlock, TextBlock, ThinkingBlock, ToolResultBlock, Usage
from claude_tui.core.metering import A_RESULT, HIDDEN, Meter
from claude_tui.core.models import find_model
from claude_tui.core.room import management

DAY = date(2026, 11, 21)
SEARCH = {"type": "web_search_20260209", "name": "web_search"}


def request(text: str = "", model: str = "claude-sonnet-4-6", max_tokens: int = 4_000, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": [{"type": "text", "text": text}]}]
    return {"model": model, "max_tokens": max_tokens, "messages": messages, **more}


def promised(params: dict[str, Any], day: date = DAY, *path: Node) -> Promise:
    made = promise(path, params, find_model(params["model"]), day)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("model", "read", "given", "written"),
    [  # dollars for a million: a 5-minute write, and output, each times 1.1 where the US alone costs more
        ("claude-fable-5-2", 1_000, "11.0", "44.0"),
        ("claude-opus-5-5", 1_000, "5.5", "22.0"),
        ("claude-opus-4-5", 1_000, "6.25", "25"),
        ("claude-sonnet-5-5", 1_000, "2.75", "11.0"),
        ("claude-sonnet-4-6", 1_000, "4.125", "16.5"),
        ("claude-sonnet-4-5-20250929", 1_000, "3.75", "15"),
        ("claude-haiku-5-5", 1_000, "0.1375", "0.55"),
        ("claude-haiku-5-5", 200_000, "0.6875", "2.75"),
        ("claude-haiku-4-5", 1_000, "1.25", "5"),
    ],
)
def test_the_dearest_that_a_token_may_cost(model: str, read: int, given: str, written: str) -> None:
    made = promised(request("x" * read, model))
    assert made.given == nano(Decimal(given) / 10**6) and made.written == nano(Decimal(written) / 10**6)
    assert made.whole == made.read * made.given + 4_000 * made.written
    assert made.least == made.read * made.given + LEAST * made.written


def test_a_cache_that_is_kept_for_an_hour_is_dearer() -> None:
    assert promised(request(cache_control={"type": "ephemeral", "ttl": "1h"})).given == nano(Decimal("6.6") / 10**6)


def test_of_two_days_the_dearer_price_holds() -> None:
    rows = [
        {"input": 1, "output": 2, "since": date(2026, 11, 1)},
        {"input": 5, "output": 9, "since": date(2026, 11, 22)},
    ]
    model = find_model("claude-x", {"claude-x": {"prices": rows}})
    made = promise((), request(model="claude-x"), model, DAY)
    assert made is not None and made.written == nano(Decimal("9") / 10**6), "it may end after midnight"
    assert made.given == nano(Decimal("10") / 10**6), "a write that no source prices is taken for twice the input"


def test_no_price_no_promise() -> None:
    assert promise((), request(model="claude-mythos-5-2"), find_model("claude-mythos-5-2"), DAY) is None


@pytest.mark.parametrize("text", ["prose and prose " * 50, "海" * 500, "{}[]();" * 90, "🙂" * 300, "\x00\ud800"])
def test_a_token_has_a_byte_or_more(text: str) -> None:
    assert most_read((), request(text)) >= len(text.encode("utf-8", "surrogatepass"))


def answered(text: str, model: str = "claude-sonnet-4-6", **usage: int) -> Node:
    facts = {"request": {"model": model, "max_tokens": 9}}
    return Node("a", "q", "assistant", (TextBlock(text),), "model", "complete", model=model, stop_reason="end_turn",
                usage=Usage(usage), facts=facts)  # fmt: skip


def test_what_the_api_counted_is_not_guessed_again() -> None:
    question = Node("q", None, "user", (TextBlock("x" * 100_000),), "typed")
    more = Node("m", "a", "user", (TextBlock("And then?"),), "typed")
    params = request("x" * 100_000 + "y" * 4_000 + "And then?")
    path = [question, answered("y" * 4_000, input_tokens=3, cache_read_input_tokens=25_000, output_tokens=1_000), more]
    assert 26_003 < most_read(path, params) < 26_400
    other = [question, answered("y" * 4_000, "claude-opus-5-5", input_tokens=25_000, output_tokens=1_000), more]
    assert most_read(other, params) > 104_000, "another tokenizer counted it"
    assert most_read(path, {**params, "system": "z" * 5_000}) > 31_000


def test_what_was_left_out_of_a_count_is_read_when_it_comes_back() -> None:
    thought = ThinkingBlock("t" * 40_000, "signed" * 100)
    question = Node("q", None, "user", (TextBlock("x" * 100_000),), "typed")
    first = replace(answered("y", input_tokens=25_000, output_tokens=9_000), content=(thought, TextBlock("y")))
    more = Node("m", "a", "user", (TextBlock("And then?"),), "typed")
    second = replace(answered("z", input_tokens=25_100, output_tokens=10), id="b", parent_id="m")
    path = [question, first, more, second, replace(more, id="n", parent_id="b")]
    thinking = {"type": "adaptive"}
    params = request("x" * 100_000 + "t" * 40_000, thinking=thinking)

    def counted_with(**facts: Any) -> int:
        asked = {**second.facts["request"], **facts}
        return most_read([*path[:3], replace(second, facts={"request": asked}), path[4]], params)

    assert 25_110 < counted_with(thinking=thinking) < 25_600
    assert 65_110 < counted_with() < 67_000, "it thought, did not, and does again"
    assert counted_with(thinking=thinking, without_thinking=True) > 65_110
    assert counted_with(thinking=thinking, system="Another one.") > 65_110, "thinking bound to this system prompt"
    assert counted_with(thinking=thinking, context_management={"edits": []}) > 140_000, "a summary was read"


def test_rounds_of_tools_are_read_again_each_longer_than_the_one_before() -> None:
    made = promised(request("x" * 900, tools=[SEARCH]))
    assert made.rounds == ROUNDS
    read = made.read + sum(made.read + ROUND * number for number in range(1, 11))
    assert made.most(0, 10) == read * made.given + 10 * nano(Decimal("0.01"))
    assert promised(request("x", tools=[{"name": "calculate", "input_schema": {}}])).rounds == 0


def test_two_tools_that_are_counted_are_reserved_for_once_each_at_least() -> None:
    tools = [SEARCH, {"type": "web_fetch_20260309", "name": "web_fetch"}]
    made = promised(request("Why?", tools=tools))
    assert made.fewest == 2 and made.least == made.most(LEAST, 2)
    for given in (made.least, made.least + 1, made.most(4_000, 3)):
        _, rounds = made.fit(given)
        each = uses([], request(tools=tools), rounds)
        assert each is not None and 2 * each <= rounds, "what they are told is what was reserved"
    assert promised(request("Why?", tools=[{**tool, "max_uses": 1} for tool in tools])).fewest == 2
    assert promised(request("Why?", tools=[SEARCH])).fewest == 1 and promised(request("Why?")).fewest == 0


def pages(number: int, size: int = 9_000) -> dict[str, Any]:
    kept = Kept("a" * 64, "application/pdf", size, "a.pdf", pages=number)
    return {**request(), "messages": [{"role": "user", "content": [dict(kept.block().data)]}]}


def test_a_document_whose_pages_nobody_could_count_may_have_as_many_as_are_taken() -> None:
    assert 3 * PAGE < promised(pages(3)).read < 3 * PAGE + 1_000
    assert most_read((), pages(0)) > 600 * PAGE
    assert promised(pages(0)).read == find_model("claude-sonnet-4-6").context == 1_000_000, "no prompt is longer"
    own = find_model("claude-own", {"claude-own": {"prices": {"input": 1, "output": 1}}})
    made = promise((), pages(0), own, DAY)
    assert made is not None and made.read > 600 * PAGE, "of that model nobody knows what it holds"


def test_what_fits_costs_no_more_than_was_given_and_no_less_than_could() -> None:
    made = promised(request("x" * 900, tools=[SEARCH], max_tokens=32_000))
    for given in range(made.least, made.whole, (made.whole - made.least) // 97):
        tokens, rounds = made.fit(given)
        assert made.most(tokens, rounds) <= given
        assert 1 <= rounds <= ROUNDS and LEAST <= tokens <= 32_000
        assert tokens == 32_000 or made.most(tokens + 1, rounds) > given
    assert made.fit(made.whole) == (32_000, ROUNDS)


def test_a_meter_is_never_under_what_is_counted() -> None:
    made = promised(request("x" * 9_000, tools=[SEARCH]))
    meter = Meter(made, find_model("claude-sonnet-4-6"), DAY)
    assert meter.nano() == made.reading, "nothing was said of it"
    meter.hear(MessageStart({"usage": {"input_tokens": 1_000, "cache_read_input_tokens": 5_000, "output_tokens": 1}}))
    begun = nano((1_000 * Decimal(3) + 5_000 * Decimal("0.30")) / 10**6)
    assert meter.nano() == begun + made.written, "what it read, at its price; one token"
    meter.hear(TextDelta(0, "word " * 800))
    assert meter.nano() == begun + 1_000 * made.written, "four bytes to a token of this tokenizer"
    meter.hear(TextDelta(0, "海" * 4_000))
    assert meter.nano() == begun + 4_000 * made.written, "three bytes each"
    meter.hear(BlockStart(1, ToolResultBlock("t", "r" * 20_000, type="web_search_tool_result")))
    brought = (20_002 - 2) // A_RESULT
    again = 6_000 + brought + 4_000
    assert meter.nano() == begun + 4_000 * made.written + again * made.given + nano(Decimal("0.01"))
    counts = {"input_tokens": 30_000, "output_tokens": 900, "server_tool_use": {"web_search_requests": 1}}
    meter.hear(MessageDelta({}, counts, {}))
    counted = nano((30_000 * Decimal(3) + 5_000 * Decimal("0.30")) / 10**6 + Decimal("0.01"))
    assert meter.nano() == counted + 4_000 * made.written
    assert meter.nano(hidden=5) == meter.nano()
    assert meter.nano(hidden=100) == meter.nano(), "max_tokens is all it may have thought"


def test_what_is_written_to_a_cache_that_is_kept_for_an_hour_is_metered_so() -> None:
    made = promised(request(cache_control={"type": "ephemeral", "ttl": "1h"}))
    meter = Meter(made, find_model("claude-sonnet-4-6"), DAY)
    breakdown = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1_000}
    first = {"input_tokens": 0, "cache_creation_input_tokens": 1_000, "cache_creation": breakdown, "output_tokens": 0}
    meter.hear(MessageStart({"usage": first}))
    assert meter.nano() == nano(1_000 * Decimal(6) / 10**6)
    meter.hear(MessageDelta({}, {"cache_creation_input_tokens": 50_000}, {}))
    assert meter.nano() == nano(50_000 * Decimal(6) / 10**6), "beyond the breakdown as it was asked for"


def test_thinking_that_was_not_shown_is_counted_by_the_clock() -> None:
    made = promised(request())
    meter = Meter(made, find_model("claude-sonnet-4-6"), DAY)
    meter.hear(MessageStart({"usage": {"input_tokens": 10, "output_tokens": 1}}))
    assert meter.nano(hidden=10) == nano(Decimal(30) / 10**6) + 10 * HIDDEN * made.written
    assert meter.nano(hidden=1_000) == nano(Decimal(30) / 10**6) + 4_000 * made.written


@pytest.mark.parametrize(
    ("limit", "needed", "next_one"),
    [("1", "0.5", "1.3"), ("1", "1.31", "1.4"), ("5", "5.01", "6.3"), ("0.05", "0.123", "0.13"), ("0", "0", "0.01"),
     ("100", "10", "130"), ("0.001", "0.0002", "0.01"), ("20", "1234", "1300")],
)  # fmt: skip
def test_the_next_budget(limit: str, needed: str, next_one: str) -> None:
    assert raised(Decimal(limit), Decimal(needed)) == Decimal(next_one)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_days_and_months_are_those_of_the_local_calendar(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for then in (datetime(2026, 11, 1, 0, 0), datetime(2026, 3, 8, 12), datetime(2026, 12, 31, 23, 59, 59)):
            now = int(then.timestamp() * 1000)
            assert datetime.fromtimestamp(began("day", now) / 1000) == datetime(then.year, then.month, then.day)
            assert datetime.fromtimestamp(began("month", now) / 1000) == datetime(then.year, then.month, 1)
            assert name_of("day", now, "c") == f"day {then:%Y-%m-%d}"
            assert name_of("month", now, "c") == f"month {then:%Y-%m}"
        assert began("conversation", now) == began("run", now) == 0
    finally:
        monkeypatch.undo()
        time.tzset()


def test_limits() -> None:
    assert not Limits().any and Limits(run=Decimal(0)).any
    assert Limits(day=Decimal(5)).of("day") == 5 and Limits().of("month") is None


def test_tools_that_were_told_how_often_are_reserved_for_so_often() -> None:
    fetch = {"type": "web_fetch_20260209", "name": "web_fetch"}
    assert promised(request(tools=[{**SEARCH, "max_uses": 2}])).rounds == 2
    assert promised(request(tools=[{**SEARCH, "max_uses": 2}, {**fetch, "max_uses": 2}])).rounds == 4
    assert promised(request(tools=[{**SEARCH, "max_uses": 2}, fetch])).rounds == ROUNDS


def test_what_tools_were_told_stays_while_it_is_near_enough() -> None:
    params = request(tools=[SEARCH])
    node = Node("a", None, "assistant", (), "model")
    for last, rounds, told in [
        (None, 9, 5), (5, 9, 5), (5, 4, 2), (2, 9, 2), (1, 9, 5), (1, 4, 1), (2, 1, 1), (None, 0, 1), (7, 8, 5)
    ]:  # fmt: skip
        before = request(tools=[SEARCH if last is None else {**SEARCH, "max_uses": last}])
        assert uses([replace(node, facts={"request": before})], params, rounds) == told
    assert uses([], request(tools=[{"type": "code_execution_20260521", "name": "code_execution"}]), 3) is None


def test_a_pass_in_which_the_api_makes_room_is_reserved_where_it_may_come() -> None:
    managed = {"context_management": management(200_000)}
    short, long = promised(request("x" * 100_000, **managed)), promised(request("x" * 170_000, **managed))
    plain = promised(request("x" * 170_000))
    assert short.whole == promised(request("x" * 100_000)).whole, "it makes room from 160,000 tokens on"
    room = (long.read * Decimal("4.125") + SUMMARY * Decimal("16.5")) * 1_000
    assert long.whole - plain.whole == long.least - plain.least == room
    tools = promised(request("x" * 100_000, tools=[SEARCH], **managed))
    assert tools.whole > promised(request("x" * 100_000, tools=[SEARCH])).whole, "what tools bring fills it"


def test_a_pass_in_which_the_api_made_room_is_metered_until_it_is_counted() -> None:
    params = request("x" * 170_000, context_management=management(200_000))
    made = promised(params)
    meter = Meter(made, find_model(params["model"]), DAY)
    meter.hear(MessageStart({"usage": {"input_tokens": 900}}))
    before = meter.nano()
    meter.hear(BlockStart(0, OpaqueBlock({"type": "compaction", "content": "In short."})))
    assert meter.nano() - before == made.making_room and before + made.making_room <= made.whole
    passed = {"type": "compaction", "input_tokens": 165_000, "output_tokens": 3_000}
    meter.hear(MessageDelta({}, {"output_tokens": 10, "iterations": [passed, {"type": "message"}]}, {}))
    counted = (165_900 * 3 + 3_000 * 15) * 1_000
    assert counted <= meter.nano() <= counted + 10 * 16_500, "the API's own count of it"
