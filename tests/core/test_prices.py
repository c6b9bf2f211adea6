"""The table of prices: each figure has a source, and none is worked out from another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claude_tui.core.models import KNOWN, find_model
from claude_tui.core.prices import PRICES, TOOLS, own_prices, prices_of


@pytest.mark.parametrize("model_id", PRICES)
def test_its_prices_make_sense(model_id: str) -> None:
    rows = PRICES[model_id]
    for price in rows:
        figures = [price.read, price.input, price.write_5m, price.write_1h, price.output]
        known = [figure for figure in figures if figure is not None]
        assert known == sorted(known) and known[0] > 0
        assert price.fast or None not in figures, "what no source gives is a fast mode's caches"
        assert price.source and price.seen >= date(2026, 11, 20)
    assert any(price.up_to is None and not price.fast for price in rows), "some price holds for any prompt"


def test_every_known_model_has_a_price_or_is_known_to_have_none() -> None:
    unpriced = {model.id for model in KNOWN.values() if not model.prices}
    assert unpriced == {"claude-mythos-5-2", "claude-mythos-preview"}


def test_only_models_from_4_6_on_cost_more_in_the_us() -> None:
    older = {"claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"}
    dearer = {name for name in KNOWN for price in prices_of(name) if price.us == Decimal("1.1")}
    assert dearer == {name for name, model in KNOWN.items() if model.prices} - older


def test_tools_have_their_prices() -> None:
    assert [(tool.name, tool.dollars) for tool in TOOLS] == [
        ("web search", Decimal("0.01")),
        ("web fetch", Decimal(0)),
        ("code execution", Decimal(0)),
    ]
    assert all(tool.source and tool.note for tool in TOOLS)


def test_a_snapshot_has_the_price_of_its_model() -> None:
    assert find_model("claude-opus-4-1-20250805").prices == PRICES["claude-opus-4-1"]
    assert find_model("claude-3-opus-latest").prices == PRICES["claude-3-opus"]
    assert not find_model("claude-opus-4-10").prices and not prices_of("")


def test_own_prices_have_bands_and_days() -> None:
    rows = own_prices(
        [
            {"input": 1, "output": "2.5", "read": 0.1, "up_to": 100_000},
            {"input": 2, "output": 5, "since": date(2026, 12, 1), "us": 1.2, "fast": True},
        ]
    )
    assert [(row.input, row.output, row.read, row.write_5m) for row in rows] == [
        (Decimal(1), Decimal("2.5"), Decimal("0.1"), None),
        (Decimal(2), Decimal(5), None, None),
    ]
    assert (rows[0].up_to, rows[0].since, rows[0].us) == (100_000, date.min, Decimal(1))
    assert (rows[1].up_to, rows[1].since, rows[1].us, rows[1].fast) == (None, date(2026, 12, 1), Decimal("1.2"), True)
    assert rows[0].source == "your config"


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ([], "no price"),
        (3, "a table"),
        ([{"input": 1, "output": 2}, 4], "a table"),
        ({"input": 1}, "its output"),
        ({"output": 1}, "its input"),
        ({"input": 1, "output": 2, "cached": 3}, "no 'cached'"),
        ({"input": "much", "output": 2}, "input is a number"),
        ({"input": True, "output": 2}, "input is a number"),
        ({"input": -1, "output": 2}, "input is a number"),
        ({"input": float("nan"), "output": 2}, "input is a number"),
        ({"input": 1, "output": float("inf")}, "output is a number"),
        ({"input": 1, "output": 2, "since": "2026-12-01"}, "since is a day"),
        ({"input": 1, "output": 2, "up_to": 0}, "up_to is a number"),
        ({"input": 1, "output": 2, "up_to": True}, "up_to is a number"),
        ({"input": 1, "output": 2, "fast": 1}, "fast is true or false"),
        ({"input": 1, "output": 2, "us": []}, "us is a number"),
    ],
)
def test_an_own_price_that_is_none(stated: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        own_prices(stated)
