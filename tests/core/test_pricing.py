"""Honest money: a table worked out by hand, from the prices as they were published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claude_tui.core.message import Usage
from claude_tui.core.models import find_model
from claude_tui.core.pricing import MARKS, NOTHING, Cost, cost, estimated_output, price_on, reply_cost, tokens_in, total

NOV = date(2026, 11, 20)


def counts(given: int = 0, out: int = 0, *, read: int = 0, written: int = 0, **more: Any) -> Usage:
    fields = {
        "input_tokens": given,
        "output_tokens": out,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }
    return Usage({**fields, **more})


def split(five: int, hour: int) -> dict[str, int]:
    return {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour}


@pytest.mark.parametrize(
    ("model", "day", "usage", "dollars"),
    [
        # 1,000 in and 500 out: 1000 x 4 + 500 x 20 = 14,000 millionths.
        ("claude-opus-5-5", NOV, counts(1000, 500), "0.014"),
        ("claude-fable-5-2", NOV, counts(1000, 500), "0.028"),
        ("claude-fable-5-1", NOV, counts(1000, 500), "0.035"),
        ("claude-opus-4-8", NOV, counts(1000, 500), "0.0175"),
        ("claude-sonnet-4-5-20250929", NOV, counts(1000, 500), "0.0105"),
        ("claude-haiku-4-5", NOV, counts(1000, 500), "0.0035"),
        ("claude-opus-5-5", NOV, counts(), "0"),
        # Haiku 5.5 has two bands; a prompt is all that was read: 60,000 + 30,000 + 10,000 = 100,000.
        # 60,000 x 0.10 + 30,000 x 0.01 + 10,000 x 0.125 + 1,000 x 0.50 = 6,000 + 300 + 1,250 + 500
        ("claude-haiku-5-5", NOV, counts(60_000, 1_000, read=30_000, written=10_000), "0.00805"),
        ("claude-haiku-5-5", NOV, counts(99_999, 0), "0.0099999"),
        ("claude-haiku-5-5", NOV, counts(100_000, 0), "0.01"),
        # One token more and the whole request, its output too, is in the other band.
        ("claude-haiku-5-5", NOV, counts(100_001, 0), "0.0500005"),
        # 60,001 x 0.50 + 30,000 x 0.05 + 10,000 x 0.625 + 1,000 x 2.50 = 30,000.5 + 1,500 + 6,250 + 2,500
        ("claude-haiku-5-5", NOV, counts(60_001, 1_000, read=30_000, written=10_000), "0.0402505"),
        # Sonnet 5.5 reads its cache at half price from 7 October on.
        ("claude-sonnet-5-5", date(2026, 10, 6), counts(read=1_000_000), "0.2"),
        ("claude-sonnet-5-5", date(2026, 10, 7), counts(read=1_000_000), "0.1"),
        ("claude-sonnet-5-5", NOV, counts(1_000, 1_000, read=10_000), "0.013"),
        # Writes: 5 minutes at 5, an hour at 8; 600 x 5 + 400 x 8 = 6,200.
        ("claude-opus-5-5", NOV, counts(written=1000, cache_creation=split(600, 400)), "0.0062"),
        # The breakdown comes once and grows old: what it does not hold is 5-minute. 637 x 5 + 400 x 8.
        ("claude-opus-5-5", NOV, counts(written=1037, cache_creation=split(600, 400)), "0.006385"),
        ("claude-opus-5-5", NOV, counts(written=1000), "0.005"),
        ("claude-opus-5-5", NOV, counts(written=300, cache_creation=split(0, 400)), "0.0024"),
        # Each search is a cent.
        ("claude-opus-5-5", NOV, counts(1000, server_tool_use={"web_search_requests": 3}), "0.034"),
        ("claude-opus-5-5", NOV, counts(1000, server_tool_use={"web_fetch_requests": 3}), "0.004"),
        # Inference in the US only: a tenth more.
        ("claude-opus-5-5", NOV, counts(1000, 500, inference_geo="us"), "0.0154"),
        ("claude-opus-5-5", NOV, counts(1000, 500, inference_geo="global"), "0.014"),
        ("claude-opus-5-5", NOV, counts(1000, 500, speed="standard"), "0.014"),
    ],
)
def test_what_a_reply_costs(model: str, day: date, usage: Usage, dollars: str) -> None:
    assert cost(usage, find_model(model), day) == Cost(Decimal(dollars), "exact")


@pytest.mark.parametrize("model", ["claude-unknown-9", "claude-mythos-5-2"])
def test_without_a_price_nothing_is_said(model: str) -> None:
    assert cost(counts(1000, 500), find_model(model), NOV) == Cost(None, "unknown")
    assert reply_cost(counts(1), find_model(model), NOV, final=False, started=True) == Cost(None, "unknown")


def test_a_faster_answer_costs_at_least_as_much() -> None:
    assert cost(counts(1000, 500, speed="fast"), find_model("claude-fable-5-2"), NOV) == Cost(Decimal("0.028"), "lower")


def test_the_price_of_a_day() -> None:
    sonnet = find_model("claude-sonnet-5-5")
    before, after = (price_on(sonnet, date(2026, 10, day), 1) for day in (6, 7))
    assert before is not None and after is not None
    assert (before.read, after.read) == (Decimal("0.20"), Decimal("0.10"))
    assert price_on(find_model("claude-unknown-9"), NOV, 1) is None


def test_an_own_price_is_used() -> None:
    own = {"claude-unknown-9": {"prices": {"input": 1, "output": 2.5, "write_5m": 1.25, "write_1h": 1.25, "read": 0.1}}}
    usage = counts(1_000_000, 1_000_000, read=1_000_000, written=2_000_000, cache_creation=split(0, 1_000_000))
    assert cost(usage, find_model("claude-unknown-9", own), NOV) == Cost(Decimal("6.1"), "exact")


# Estimates


@pytest.mark.parametrize(
    ("started", "final", "out", "characters", "expected"),
    [
        (False, False, 0, 0, NOTHING),
        (True, True, 500, 40, Cost(Decimal("0.014"))),
        # 1,000 in; 1,540 characters are about 500 tokens of the newer kind.
        (True, False, 1, 1540, Cost(Decimal("0.014"), "estimate")),
        # Counted, but not for the last time: it was not less.
        (True, False, 500, 1540, Cost(Decimal("0.014"), "lower")),
        (True, False, 500, 40, Cost(Decimal("0.014"), "lower")),
    ],
)
def test_what_an_unfinished_reply_costs(started: bool, final: bool, out: int, characters: int, expected: Cost) -> None:
    found = reply_cost(
        counts(1000, out), find_model("claude-opus-5-5"), NOV, final=final, started=started, characters=characters
    )
    assert found == expected


def test_an_estimate_never_lowers_a_count() -> None:
    assert estimated_output(counts(1, 100), 40, "claude-haiku-4-5").output_tokens == 100
    assert estimated_output(counts(1, 1), 400, "claude-haiku-4-5-20251001").output_tokens == 100


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-opus-4-6", 250), ("claude-opus-4-7", 325), ("claude-sonnet-5", 325), ("claude-3-opus-latest", 250),
        ("claude-3-7-sonnet-20250219", 250), ("claude-opus-4-20250514", 250), ("something-new", 325),
        ("claude-haiku-5-5-20261007", 325),
    ],
)  # fmt: skip
def test_newer_models_make_more_tokens_of_a_text(model: str, tokens: int) -> None:
    assert tokens_in(1000, model) == tokens


ONE = Decimal(1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], NOTHING),
        ([Cost(ONE), Cost(ONE)], Cost(Decimal(2))),
        ([Cost(ONE), Cost(ONE, "estimate")], Cost(Decimal(2), "estimate")),
        ([Cost(ONE, "estimate"), Cost(ONE, "lower")], Cost(Decimal(2), "lower")),
        ([Cost(ONE), Cost(None, "unknown")], Cost(ONE, "lower")),
        ([Cost(None, "unknown"), Cost(ONE, "estimate")], Cost(ONE, "lower")),
    ],
)
def test_sums_keep_their_marks(parts: list[Cost], expected: Cost) -> None:
    assert total(parts) == expected


def test_nothing_but_unknown_parts_is_unknown() -> None:
    unknown = Cost(None, "unknown")
    assert unknown + unknown == unknown
    assert [MARKS[one] for one in ("exact", "estimate", "lower", "unknown")] == ["", "≈", "≥", "—"]


@pytest.mark.parametrize("value", [None, "12", 1.5, True, False, [], {}, -5])
def test_a_count_that_is_none(value: Any) -> None:
    usage = Usage({"input_tokens": value, "server_tool_use": {"web_search_requests": value}, "cache_creation": value})
    assert usage.input_tokens == 0 and usage.detail("server_tool_use", "web_search_requests") == 0
    assert usage.detail("cache_creation", "ephemeral_1h_input_tokens") == 0
    assert cost(usage, find_model("claude-opus-5-5"), NOV) == Cost(Decimal(0))
