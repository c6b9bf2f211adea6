"""Figures as a person reads them."""

from __future__ import annotations

import time
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_tui.core.pricing import Cost
from claude_tui.ui.words import format


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (-3, "0"), (999, "999"), (1_000, "1.0k"), (1_940, "1.9k"), (12_345, "12.3k"), (99_940, "99.9k"),
     (99_960, "100k"), (123_456, "123k"), (999_499, "999k"), (999_500, "1.0M"), (1_234_567, "1.2M")],
)  # fmt: skip
def test_tokens(count: int, text: str) -> None:
    assert format.tokens(count) == text


@given(st.integers(0, 999_000_000))
def test_tokens_fit_their_place(count: int) -> None:
    assert len(format.tokens(count)) <= 5


@pytest.mark.parametrize(
    ("dollars", "text"),
    [("0", "$0.00"), ("0.041", "$0.041"), ("0.0414", "$0.041"), ("0.38", "$0.38"), ("0.3849", "$0.38"),
     ("0.0099", "$0.00990"), ("0.004123", "$0.00412"), ("0.000060", "$0.0000600"), ("0.0996", "$0.10"),
     ("12.345", "$12.35"), ("1234.5", "$1,235"), ("1e30", "$1e+30"), ("9e400000", "$9e+400000"), ("NaN", "—"),
     ("Infinity", "—"), ("1e-400000", "$0.0000000")],
)  # fmt: skip
def test_dollars(dollars: str, text: str) -> None:
    assert format.dollars(Cost(Decimal(dollars))) == text


def test_dollars_say_how_sure_they_are() -> None:
    assert format.dollars(Cost(Decimal("0.041"), "estimate")) == "≈$0.041"
    assert format.dollars(Cost(Decimal("0.041"), "lower")) == "≥$0.041"
    assert format.dollars(Cost(None, "unknown")) == "—"
    assert format.dollars(None) == "—"


@pytest.mark.parametrize(
    ("ms", "text"),
    [(800, "0.8 s"), (6_000, "6 s"), (59_400, "59 s"), (59_700, "1 m"), (80_000, "1 m 20 s"), (3_900_000, "1 h 5 m")],
)
def test_duration(ms: int, text: str) -> None:
    assert format.duration(ms) == text


def _ms(*parts: int) -> int:
    return round(time.mktime(datetime(*parts).timetuple()) * 1000)  # type: ignore[arg-type]


def test_age() -> None:
    now = _ms(2026, 11, 20, 14, 0)
    for then, text in [
        (now - 5_000, "now"),
        (now + 90_000, "now"),
        (now - 125_000, "2 min"),
        (_ms(2026, 11, 20, 11, 0), "3 h"),
        (_ms(2026, 11, 19, 23, 0), "yesterday"),
        (_ms(2026, 3, 12, 9, 0), "12 Mar"),
        (_ms(2024, 3, 12, 9, 0), "12 Mar 2024"),
        (10**18, "—"),
    ]:
        assert format.age(then, now) == text
    assert format.age(_ms(2026, 11, 19, 23, 0), _ms(2026, 11, 20, 1, 0)) == "2 h"


def test_clock_is_local() -> None:
    assert format.clock(_ms(2026, 11, 20, 14, 2)) == "14:02"


def test_shares() -> None:
    assert [format.percent(share) for share in (0, 0.003, 0.79, 0.997, 1)] == ["0 %", "<1 %", "79 %", "99 %", "100 %"]
    assert format.bar(0.5, 4) == "██░░"
    assert format.bar(7, 4) == "████"
    assert (format.bar(0, 3), format.bar(0.04, 3), format.bar(0.21, 3)) == ("░░░", "▏░░", "▋░░")
    assert [format.pie(share) for share in (0, 0.25, 0.5, 1, 3)] == ["○", "◔", "◑", "●", "●"]


@given(st.text(), st.integers(0, 40))
def test_fit(text: str, cells: int) -> None:
    assert cell_len(format.fit(text, cells)) <= cells
