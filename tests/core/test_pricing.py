"""Honest money: a table worked out by hand, from the prices as they were published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claude_tui.core.message import Usage
from claude_tui.core.models import Model, find_model
from claude_tui.core.pricing import (
    MARKS,
    NOTHING,
    Cost,
    Life,
    answered,
    answering,
    bill,
    cost,
    estimated_output,
    life_of,
    price_on,
    reply_cost,
    tokens_in,
    total,
)

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


OCT_6, OCT_7 = date(2026, 10, 6), date(2026, 10, 7)
LATE = counts(404_500, 900, written=3_337, cache_creation=split(3_068, 0), server_tool_use={"web_search_requests": 10})


@pytest.mark.parametrize(
    ("model", "day", "usage", "dollars"),
    [
        # Plain: 1,000 in and 500 out: 1000 x 4 + 500 x 20 = 14,000 millionths.
        ("claude-opus-5-5", NOV, counts(1000, 500), "0.014"),
        ("claude-opus-5-5", NOV, counts(1_234, 567), "0.016276"),  # 4,936 + 11,340
        ("claude-opus-5-5", NOV, counts(), "0"),
        ("claude-fable-5-2", NOV, counts(1000, 500), "0.028"),  # 8,000 + 20,000
        ("claude-fable-5-2", NOV, counts(1, 1), "0.000048"),  # 8 + 40
        ("claude-fable-5-2", NOV, counts(read=1_000_001), "0.2000002"),  # 1,000,001 x 0.20
        ("claude-fable-5-1", NOV, counts(1000, 500), "0.035"),  # 10,000 + 25,000
        ("claude-fable-5", NOV, counts(read=1_000), "0.001"),  # 1,000 x 1.00
        ("claude-opus-4-8", NOV, counts(1000, 500), "0.0175"),  # 5,000 + 12,500
        ("claude-sonnet-4-5-20250929", NOV, counts(1000, 500), "0.0105"),  # 3,000 + 7,500
        ("claude-haiku-4-5", NOV, counts(1000, 500), "0.0035"),  # 1,000 + 2,500
        ("claude-opus-4-1-20250805", NOV, counts(10_423, 341), "0.18192"),  # 156,345 + 25,575
        # 12,345 x 3 + 67,890 x 0.30 + 1,011 x 15 = 37,035 + 20,367 + 15,165
        ("claude-sonnet-4-6", NOV, counts(12_345, 1_011, read=67_890), "0.072567"),
        # 100 x 1 + 7 x 5 + 13 x 0.10 + 11 x 1.25 + 6 x 2 = 100 + 35 + 1.3 + 13.75 + 12
        ("claude-haiku-4-5-20251001", NOV, counts(100, 7, read=13, written=17, cache_creation=split(11, 6)),
         "0.00016205"),
        # Haiku 5.5 has two bands; a prompt is all that was read: 60,000 + 30,000 + 10,000 = 100,000.
        # 60,000 x 0.10 + 30,000 x 0.01 + 10,000 x 0.125 + 1,000 x 0.50 = 6,000 + 300 + 1,250 + 500
        ("claude-haiku-5-5", NOV, counts(60_000, 1_000, read=30_000, written=10_000), "0.00805"),
        ("claude-haiku-5-5", NOV, counts(99_999, 0), "0.0099999"),
        ("claude-haiku-5-5", NOV, counts(100_000, 0), "0.01"),
        # One token more and the whole request, its output too, is in the other band.
        ("claude-haiku-5-5", NOV, counts(100_001, 0), "0.0500005"),
        # 60,001 x 0.50 + 30,000 x 0.05 + 10,000 x 0.625 + 1,000 x 2.50 = 30,000.5 + 1,500 + 6,250 + 2,500
        ("claude-haiku-5-5", NOV, counts(60_001, 1_000, read=30_000, written=10_000), "0.0402505"),
        # Just under: 50,000 x 0.10 + 49,999 x 0.01 + 2 x 0.50 = 5,000 + 499.99 + 1
        ("claude-haiku-5-5", NOV, counts(50_000, 2, read=49_999), "0.00550099"),
        # At it, with an hour's writes: 4,000 + 200 + 40,000 x 0.20 + 10 x 0.50 = 4,000 + 200 + 8,000 + 5
        ("claude-haiku-5-5", NOV, counts(40_000, 10, read=20_000, written=40_000, cache_creation=split(0, 40_000)),
         "0.012205"),
        # Over it by one token written: 20,000 + 1,000 + 40,000 x 1.00 + 1 x 0.625 + 10 x 2.50
        ("claude-haiku-5-5", NOV, counts(40_000, 10, read=20_000, written=40_001, cache_creation=split(1, 40_000)),
         "0.061025625"),
        # By one token read: 100,001 x 0.05; output alone never: 1 x 0.10 + 128,000 x 0.50.
        ("claude-haiku-5-5", NOV, counts(read=100_001), "0.00500005"),
        ("claude-haiku-5-5", NOV, counts(1, 128_000), "0.0640001"),
        # Sonnet 5.5 reads its cache at half price from 7 October on.
        ("claude-sonnet-5-5", OCT_6, counts(read=1_000_000), "0.2"),
        ("claude-sonnet-5-5", OCT_7, counts(read=1_000_000), "0.1"),
        ("claude-sonnet-5-5", OCT_6, counts(1_000, 100, read=333_333), "0.0696666"),  # 2,000 + 1,000 + 66,666.6
        ("claude-sonnet-5-5", OCT_7, counts(1_000, 100, read=333_333), "0.0363333"),  # 2,000 + 1,000 + 33,333.3
        ("claude-sonnet-5-5", OCT_6, counts(1_000, 100), "0.003"),
        ("claude-sonnet-5-5", OCT_7, counts(1_000, 100), "0.003"),
        ("claude-sonnet-5-5", NOV, counts(1_000, 1_000, read=10_000), "0.013"),  # 2,000 + 10,000 + 1,000
        # Writes: 5 minutes at 5, an hour at 8; 600 x 5 + 400 x 8 = 6,200.
        ("claude-opus-5-5", NOV, counts(written=1000, cache_creation=split(600, 400)), "0.0062"),
        ("claude-opus-5-5", NOV, counts(written=10_000, cache_creation=split(10_000, 0)), "0.05"),
        ("claude-opus-5-5", NOV, counts(written=10_000, cache_creation=split(0, 10_000)), "0.08"),
        ("claude-opus-5-5", NOV, counts(written=10_000, cache_creation=split(1, 9_999)), "0.079997"),  # 5 + 79,992
        # The breakdown comes once and grows old: what it does not hold is 5-minute. 637 x 5 + 400 x 8.
        ("claude-opus-5-5", NOV, counts(written=1037, cache_creation=split(600, 400)), "0.006385"),
        ("claude-opus-5-5", NOV, counts(written=1000), "0.005"),
        ("claude-opus-5-5", NOV, counts(written=300, cache_creation=split(0, 400)), "0.0024"),
        # Each search is a cent, beside the tokens of what it found; a fetch costs its tokens.
        ("claude-opus-5-5", NOV, counts(1000, server_tool_use={"web_search_requests": 3}), "0.034"),
        ("claude-opus-5-5", NOV, counts(1000, server_tool_use={"web_fetch_requests": 3}), "0.004"),
        # Ten searches read a hundredfold: 404,500 x 4 + 3,337 x 5 + 900 x 20 = 1,652,685, and ten cents.
        ("claude-opus-5-5", NOV, LATE, "1.752685"),
        # Code that ran: 320,032 x 3 + 1 x 15 = 960,111, and a cent.
        ("claude-sonnet-4-5", NOV,
         counts(320_032, 1, server_tool_use={"web_search_requests": 1, "web_fetch_requests": 5}), "0.970111"),
        # Inference in the US only: a tenth more for tokens of models from 4.6 on, nothing for searches.
        ("claude-opus-5-5", NOV, counts(1000, 500, inference_geo="us"), "0.0154"),
        ("claude-opus-5-5", NOV, counts(1000, 500, inference_geo="us", server_tool_use={"web_search_requests": 3}),
         "0.0454"),
        ("claude-haiku-5-5", NOV, counts(100_000, inference_geo="us"), "0.011"),
        ("claude-opus-4-6", NOV, counts(read=10, inference_geo="us"), "0.0000055"),  # 10 x 0.50 x 1.1
        ("claude-haiku-4-5", NOV, counts(1000, 500, inference_geo="us"), "0.0035"),
        ("claude-opus-5-5", NOV, counts(1000, 500, inference_geo="global"), "0.014"),
        ("claude-haiku-4-5", NOV, counts(1000, 500, inference_geo="not_available"), "0.0035"),
        # Fast: 8 and 40, its cache read at 0.40: 8,000 + 20,000 + 4,000.
        ("claude-opus-5-5", NOV, counts(1000, 500, speed="standard"), "0.014"),
        ("claude-opus-5-5", NOV, counts(1000, 500, speed="fast"), "0.028"),
        ("claude-opus-5-5", NOV, counts(1000, 500, read=10_000, speed="fast"), "0.032"),
        ("claude-opus-5-5", NOV, counts(1000, 500, speed="fast", inference_geo="us"), "0.0308"),
        ("claude-opus-5", NOV, counts(1000, 500, speed="fast"), "0.035"),  # 10,000 + 25,000
        # A batch: half of 5,000 + 12,500.
        ("claude-opus-4-8", NOV, counts(1000, 500, service_tier="batch"), "0.00875"),
        # A compaction is a pass of its own, outside of the counts, and in a band of its own:
        # 612 x 10 + 200 x 50 + 60,385 x 10 + 1,500 x 50 = 6,120 + 10,000 + 603,850 + 75,000
        ("claude-fable-5-1", NOV, counts(612, 200, iterations=[
            {"type": "compaction", "input_tokens": 60_385, "output_tokens": 1_500},
            {"type": "message", "input_tokens": 612, "output_tokens": 200},
        ]), "0.69497"),
        # 5,000 x 0.10 + 100 x 0.50 and 150,000 x 0.50 + 1,000 x 2.50 = 500 + 50 + 75,000 + 2,500
        ("claude-haiku-5-5", NOV, counts(5_000, 100, iterations=[
            {"type": "compaction", "input_tokens": 150_000, "output_tokens": 1_000}]), "0.07805"),
    ],
)  # fmt: skip
def test_what_a_reply_costs(model: str, day: date, usage: Usage, dollars: str) -> None:
    assert cost(usage, find_model(model), day) == Cost(Decimal(dollars), "exact")


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        # The fast price of its writes is not known: they cost at least the slow one, 8,000 + 20,000 + 100 x 5.
        ("claude-opus-5-5", counts(1000, 500, written=100, speed="fast"), "0.0285"),
        ("claude-opus-5", counts(1000, 500, read=1000, speed="fast"), "0.0355"),  # 10,000 + 25,000 + 500
        # There is no fast price at all.
        ("claude-fable-5-2", counts(1000, 500, speed="fast"), "0.028"),
        ("claude-sonnet-5", counts(1000, 500, speed="fast"), "0.007"),
        # What a batch pays for its cache is not known.
        ("claude-opus-4-8", counts(1000, 500, read=1000, service_tier="batch"), "0.00875"),
        ("claude-opus-5-5", counts(1000, 500, inference_geo="moon"), "0.014"),
        ("claude-opus-5-5", counts(1000, 500, server_tool_use={"oracle_requests": 1}), "0.014"),
        ("claude-opus-5-5", counts(1000, 500, iterations=[{"type": "advisor_message", "model": "claude-opus-5"}]),
         "0.014"),
    ],
)  # fmt: skip
def test_what_has_no_known_price_leaves_a_lower_bound(model: str, usage: Usage, dollars: str) -> None:
    assert cost(usage, find_model(model), NOV) == Cost(Decimal(dollars), "lower")


@pytest.mark.parametrize(
    ("life", "breakdown", "dollars"),
    [
        # 3,337 written, 3,068 of it in the breakdown: the rest is what was asked for, 269 x 5 or 269 x 8.
        ("5m", split(0, 3_068), "0.025889"),  # 3,068 x 8 + 1,345
        ("1h", split(0, 3_068), "0.026696"),  # 3,337 x 8
        ("1h", split(3_068, 0), "0.017492"),  # 3,068 x 5 + 2,152
        ("5m", None, "0.016685"),
        ("1h", None, "0.026696"),
    ],
)
def test_what_was_written_beyond_the_breakdown_is_as_asked(life: Life, breakdown: object, dollars: str) -> None:
    usage = counts(written=3_337, cache_creation=breakdown)
    assert cost(usage, find_model("claude-opus-5-5"), NOV, life=life) == Cost(Decimal(dollars))


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (counts(20_000, 0), "0"),
        # 25 x 4 + 9 x 20: what was read and said before it is billed.
        (counts(25, 9), "0.00028"),
    ],
)
def test_a_refusal_before_any_output_costs_nothing(usage: Usage, dollars: str) -> None:
    model = find_model("claude-opus-5-5")
    assert cost(usage, model, NOV, stop_reason="refusal") == Cost(Decimal(dollars))
    assert reply_cost(usage, model, NOV, final=True, started=True, stop_reason="refusal") == Cost(Decimal(dollars))


@pytest.mark.parametrize(
    ("model", "requests", "expected"),
    [
        # A reply at its limit and the rest of it: 4,000 + 640,000 and 33,100 x 4 + 500 x 20.
        ("claude-opus-5-5", [(counts(1000, 32_000), True), (counts(33_100, 500), True)], Cost(Decimal("0.7864"))),
        # A tool turn of three requests: 2,000 + 100 + 60 + 800 + 60 + 70 + 128 x 2.50 + 600 = 4,010.
        ("claude-sonnet-5-5", [
            (counts(500, 100), True),
            (counts(50, 80, read=600), True),
            (counts(30, 60, read=700, written=128), True),
        ], Cost(Decimal("0.00401"))),
        # Cut after 1,540 characters, about 500 tokens, and gone on: 14,000 and 1,600 x 4 + 20 x 20.
        ("claude-opus-5-5", [(counts(1000, 1), False), (counts(1600, 20), True)], Cost(Decimal("0.0208"), "estimate")),
        ("claude-opus-5-5", [(counts(1000, 600), False), (counts(1600, 20), True)], Cost(Decimal("0.0228"), "lower")),
        ("claude-next", [(counts(1, 1), True), (counts(1, 1), False)], Cost(None, "unknown")),
    ],
)  # fmt: skip
def test_what_several_requests_cost(model: str, requests: list[tuple[Usage, bool]], expected: Cost) -> None:
    costs = [
        reply_cost(usage, find_model(model), NOV, final=final, started=True, characters=1540)
        for usage, final in requests
    ]
    assert total(costs) == expected


@pytest.mark.parametrize(
    "usage",
    [
        counts(1000, 500, service_tier="priority"),
        counts(1000, 500, iterations=[{"type": "fallback_message", "model": "claude-opus-4-8"}]),
    ],
)
def test_what_is_billed_by_other_terms_is_not_priced(usage: Usage) -> None:
    assert cost(usage, find_model("claude-opus-5-5"), NOV) == Cost(None, "unknown")
    own = counts(1000, 500, iterations=[{"type": "message", "model": "claude-opus-5-5-20260922"}])
    assert cost(own, find_model("claude-opus-5-5"), NOV) == Cost(Decimal("0.014"))


def test_a_bill_is_its_cost_line_by_line() -> None:
    usage = counts(
        1000, 500, read=10, written=17, cache_creation=split(11, 6), inference_geo="us",
        server_tool_use={"web_search_requests": 2, "web_fetch_requests": 1},
    )  # fmt: skip
    found = bill(usage, find_model("claude-haiku-5-5"), NOV)
    assert [(item.name, item.count, str(item.price), item.calls) for item in found.items] == [
        ("input", 1000, "0.110", False),
        ("cache read", 10, "0.011", False),
        ("cache write, 5 minutes", 11, "0.1375", False),
        ("cache write, 1 hour", 6, "0.220", False),
        ("output", 500, "0.550", False),
        ("web search", 2, "0.01", True),
        ("web fetch", 1, "0", True),
    ]
    assert found.cost == Cost(sum(item.dollars for item in found.items) or None)
    assert found.notes == ("for prompts up to 100,000 tokens", "in the US alone: tokens × 1.1")
    assert found.price is not None and "price tables" in found.price.source


@pytest.mark.parametrize("model", ["claude-unknown-9", "claude-mythos-5-2"])
def test_without_a_price_nothing_is_said(model: str) -> None:
    assert cost(counts(1000, 500), find_model(model), NOV) == Cost(None, "unknown")
    assert reply_cost(counts(1), find_model(model), NOV, final=False, started=True) == Cost(None, "unknown")


def test_the_price_of_a_day() -> None:
    sonnet = find_model("claude-sonnet-5-5")
    before, after = (price_on(sonnet, date(2026, 10, day), 1) for day in (6, 7))
    assert before is not None and after is not None
    assert (before.read, after.read) == (Decimal("0.20"), Decimal("0.10"))
    assert price_on(find_model("claude-unknown-9"), NOV, 1) is None


@pytest.mark.parametrize(
    ("day", "usage", "expected"),
    [
        # 100 x 1 + 10 x 2 in the band; a token beyond it 101 x 2 + 10 x 4.
        (date(2026, 11, 30), counts(100, 10), Cost(Decimal("0.00012"))),
        (date(2026, 11, 30), counts(101, 10), Cost(Decimal("0.000242"))),
        (date(2026, 12, 1), counts(100, 10), Cost(Decimal("0.00036"))),  # 100 x 3 + 10 x 6
        (date(2026, 12, 1), counts(101, 10), Cost(Decimal("0.000363"))),
        (date(2026, 11, 30), counts(100, 10, speed="fast"), Cost(Decimal("0.00012"), "lower")),
        (date(2026, 12, 1), counts(100, 10, speed="fast"), Cost(Decimal("0.0011"))),  # 100 x 9 + 10 x 20
        (date(2026, 12, 1), counts(100, 10, inference_geo="us"), Cost(Decimal("0.00054"))),  # x 1.5
        (date(2026, 12, 1), counts(100, 10, read=5), Cost(Decimal("0.00036"), "lower")),
    ],
)
def test_own_prices_are_used(day: date, usage: Usage, expected: Cost) -> None:
    rows = [
        {"input": 1, "output": 2, "up_to": 100},
        {"input": 2, "output": 4},
        {"input": 3, "output": 6, "us": 1.5, "since": date(2026, 12, 1)},
        {"input": 9, "output": 20, "fast": True, "since": date(2026, 12, 1)},
    ]
    for name in ("claude-unknown-9", "claude-opus-5-5"):
        model = find_model(name, {name: {"prices": rows}})
        assert cost(usage, model, day) == expected


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


@pytest.mark.parametrize(
    ("asked", "named", "paid"),
    [
        ("claude-opus-5-5", "", "claude-opus-5-5"),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-fable-5-2", "claude-opus-5", "claude-opus-5"),
        ("claude-fable-5-2", "somebody/else", "claude-fable-5-2"),
    ],
)
def test_who_answered_is_paid(asked: str, named: str, paid: str) -> None:
    assert answering(find_model(asked), named).id == paid


def test_a_price_of_the_users_own_holds_whatever_the_gateway_names() -> None:
    own = {"prices": {"input": 1, "output": 2}}

    def find(model_id: str) -> Model:
        return find_model(model_id, {"mine": own, "theirs": own})

    for asked, named, paid in [
        ("mine", "claude-opus-5", "mine"),
        ("claude-opus-5", "theirs", "theirs"),
        ("claude-opus-5", "claude-haiku-4-5", "claude-haiku-4-5"),
        ("", "mine", "mine"),
    ]:
        assert answered({"request": {"model": asked}}, named, find).id == paid
        assert not asked or answering(find(asked), named, find).id == paid
    assert answered({}, "mine", find).id == answered({"request": 5}, "mine", find).id == "mine"


def test_how_long_a_cache_was_asked_to_be_kept() -> None:
    lives = [
        None,
        {},
        {"cache_control": {"type": "ephemeral"}},
        {"cache_control": {"ttl": "1h"}},
        {"cache_control": "1h"},
    ]
    assert [life_of(params) for params in lives] == ["5m", "5m", "5m", "1h", "5m"]


ONE = Decimal(1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], NOTHING),
        ([Cost(ONE), Cost(ONE)], Cost(Decimal(2))),
        ([Cost(ONE), Cost(ONE, "estimate")], Cost(Decimal(2), "estimate")),
        ([Cost(ONE, "estimate"), Cost(ONE, "lower")], Cost(Decimal(2), "lower")),
        ([Cost(ONE), Cost(None, "unknown")], Cost(ONE, "lower")),
        ([NOTHING, Cost(ONE, "estimate"), NOTHING], Cost(ONE, "estimate")),
        ([NOTHING, Cost(None, "unknown")], Cost(None, "unknown")),
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
