"""What was spent, in the shell: words, bars, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from claude_tui import accounts
from claude_tui.accounts import bars, fields, joined, labelled, over_time, report, span_of
from claude_tui.core.conversation import Conversation
from claude_tui.errors import ConfigError
from claude_tui.paths import Paths
from claude_tui.store import Spend, Store, Sums
from claude_tui.store.ledger import PICO

from .test_cli import call as call
from .test_cli import check_refused

TODAY = date(2026, 11, 21)
DAY = 86_400_000


def row(key: str, dollars: float = 1, **more: Any) -> Sums:
    return Sums(key, **{"entries": 1, "priced": 1, "cost_pico": int(dollars * PICO), "fresh": 10, "output": 5} | more)


def test_a_ledger_with_nothing_in_it_says_so(home: Any, call: Any) -> None:
    assert call("usage").out == "Nothing was spent.\n"
    told = json.loads(call("usage", "--json").out)
    assert told["total"]["requests"] == 0 and told["day"] == told["model"] == told["conversation"] == []
    assert call("usage", "--csv").out.startswith("key,requests,priced,cost_usd,") and call("usage").code == 0


@pytest.fixture
def ledger(home: Any) -> None:
    store = Store.open(Paths.default().database)
    store.create(Conversation("c", "=Salt\u202e of the sea", {}, None, 1, 1)).result(10)
    noon = int(1e3) * int(__import__("time").mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1)))
    usage = {"input_tokens": 100, "cache_read_input_tokens": 900, "output_tokens": 50}
    for at, of, model, dollars in (
        (noon, "c", "claude-opus-5-5", "0.061025625"),
        (noon + DAY, "c", "claude-opus-5-5-20260922", "0.2"),
        (noon + DAY, "gone", "claude-next-1", None),
    ):
        exactness = "exact" if dollars else "unknown"
        store.spend(Spend(at, of, f"n{at}{of}", model, usage, dollars, exactness, saved_usd=dollars and "0.5"))
    store.spend(Spend(noon, "c", "", "claude-haiku-5-5", {}, "0.0001", "estimate", "title")).result(10)
    store.close()


def test_what_was_spent_is_told_by_day_model_conversation_and_kind(ledger: None, call: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    told = call("usage").out
    lines = told.splitlines()
    assert lines[0].startswith("≥$0.26 (3 of 4 priced) for 4 requests: 3.0k tokens in")
    assert "90 % of them from the cache, 150 out. The cache saved $1.00." in " ".join(lines[:3])
    for heading in ("By time", "By model", "By conversation", "By what it was for"):
        assert heading in lines
    assert any(line.startswith("  2026-11-20  ███") and line.endswith("≈$0.061") for line in lines)
    assert any(line.startswith("  opus-5.5") and line.endswith("█  $0.26") for line in lines), "snapshots are one"
    assert any(line.startswith("  (deleted)") and line.endswith("— (0 of 1 priced)") for line in lines)
    assert any(line.startswith("  titles") and line.endswith("≈$0.00010") for line in lines)
    assert "\u202e" not in told and "\x1b" not in told and max(map(len, lines)) <= 60
    monkeypatch.setenv("COLUMNS", "20")
    assert max(map(len, call("usage").out.splitlines())) <= 50, "no amount is cut"


def test_as_data_it_is_exact(ledger: None, call: Any) -> None:
    told = json.loads(call("usage", "--json").out)
    assert told["total"]["cost_usd"] == "0.261125625" and told["total"]["cost_is"] == "lower"
    assert told["total"]["cached_share"] == 0.9 and told["total"]["cache_saved_usd"] == "1"
    assert [(day["key"], day["cost_usd"], day["priced"]) for day in told["day"]] == [
        ("2026-11-20", "0.061125625", 2),
        ("2026-11-21", "0.2", 1),
    ]
    assert {each["key"]: each["title"] for each in told["conversation"]} == {
        "c": "=Salt\u202e of the sea",
        "gone": "(deleted)",
    }
    only = json.loads(call("usage", "--json", "--by", "model", "--since", "2026-11-21", "--until", "2026-11-21").out)
    assert set(only) == {"total", "model"}
    assert [(each["key"], each["cost_usd"]) for each in only["model"]] == [
        ("claude-opus-5-5", "0.2"),
        ("claude-next-1", None),
    ]
    rows = list(csv.DictReader(io.StringIO(call("usage", "--csv", "--by", "conversation").out)))
    assert [row["title"] for row in rows] == ["'=Salt\ufffd of the sea", "(deleted)"]
    assert rows[0]["cost_usd"] == "0.261125625" and rows[1]["cost_usd"] == ""
    assert len(call("usage", "--csv").out.splitlines()) == 3


def test_days_that_are_none_are_refused(home: Any, call: Any) -> None:
    check_refused(call("usage", "--since", "soon"), 2, "'soon' is no day")
    check_refused(call("usage", "--since", "2026-11-21", "--until", "2026-11-20"), 2, "before 2026-11-21")


def test_spans() -> None:
    whole, week = span_of(None, None, TODAY), span_of("7d", "yesterday", TODAY)
    assert (whole.since, whole.until) == (0, 2**62) and week.until - week.since == 7 * DAY
    one = span_of("2026-11-21", "today", TODAY)
    assert one.until - one.since == DAY and span_of("0001-01-01", None, TODAY).since <= one.since
    for last in ("9999-12-30", "9999-12-31"):
        assert span_of("2026-11-21", last, TODAY).until > one.until and span_of(last, last, TODAY).since > one.until
    for none in ("999999999999d", "2026-13-01", "-1d", "²d"):
        with pytest.raises(ConfigError):
            span_of(none, None, TODAY)


def test_many_days_are_weeks_months_or_years() -> None:
    assert over_time([]) == [] and over_time([row("no day")]) == []
    days = over_time([row("2026-11-18"), row("2026-11-21")])
    assert [(day.key, day.entries) for day in days] == [
        ("2026-11-18", 1), ("2026-11-19", 0), ("2026-11-20", 0), ("2026-11-21", 1),
    ]  # fmt: skip
    for first, count, key in (("2026-09-21", 9, "2026-09-21"), ("2025-11-21", 13, "2025-11"), ("1970-01-01", 31, "")):
        found = over_time([row(first, 2), row("2026-11-21")])
        assert len(found) == count and found[-1].cost_pico == PICO
        assert not key or found[0].key == key
    assert [each.key for each in over_time([row("0001-01-01"), row("0001-01-02")])] == ["0001-01-01", "0001-01-02"]
    assert len(over_time([row("0001-01-01"), row("9999-12-31")])) == accounts.ROWS


def test_bars_are_drawn_to_the_width_and_nothing_spent_has_none() -> None:
    rows = [row("a", 8), row("b", 4), row("c", 0.0001), row("d", 0), Sums("e")]
    for width in (20, 40, 100):
        lines = bars(rows, width)
        room = width - 2 - len("$0.00010")
        drawn = [text[:room].rstrip() for _, text in lines]
        assert drawn[0] == "█" * room and drawn[1].startswith("█" * (room // 2)) and drawn[2] == "▏"
        assert drawn[3] == drawn[4] == "" and lines[4][1] == "" and all(len(text) <= width for _, text in lines)
    assert bars(rows, 20, plain=True)[0][1].isascii() and bars([], 20) == []
    assert bars([Sums("x", 2, 1, PICO, 1)], 60, plain=True)[0][1].endswith("at least $1.00 (1 of 2 priced)")


def test_wide_titles_keep_the_bars_below_each_other() -> None:
    rows = [row("a", 2, title="彼は走った"), row("b", 1, title="ran"), row("c", 1, title="")]
    assert list(report(joined(rows), {"conversation": labelled("conversation", rows)}, 40))[-3:] == [
        "  彼は走った  ███████████████████  $2.00",
        "  ran         █████████▌           $1.00",
        "  (untitled)  █████████▌           $1.00",
    ]


def test_a_cache_may_cost_more_than_it_saves() -> None:
    assert accounts.saved(row("a", saved_pico=-PICO)) == "cost $1.00 more than it saved"
    assert accounts.saved(row("a")) == "" and accounts.cached_share(Sums("")) is None
    assert fields(row("a"))["cached_share"] == 0.0
