"""What tokens and tools cost, as data: who charges what, from which day on, and who says so.

Dollars per million tokens. Every row names its source and the day that source was read. A figure no source gives
is None, and what it counts is then a lower bound: nothing here is worked out from another figure, least of all the
price of reading a cache, which is no fixed share of anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

_ONE = Decimal(1)
_US = Decimal("1.1")


@dataclass(frozen=True, slots=True)
class Price:
    """What one kind of request costs, in dollars per million tokens; None where no source says it."""

    input: Decimal
    output: Decimal
    write_5m: Decimal | None = None
    write_1h: Decimal | None = None
    read: Decimal | None = None
    since: date = date.min
    """The first day it is in force; the earliest there is for a price that was never another."""
    up_to: int | None = None
    """Longest prompt in tokens (input, cache reads and writes) priced so; None for any."""
    fast: bool = False
    """Whether it is the price of fast mode."""
    us: Decimal = _ONE
    """What inference in the United States alone multiplies it by: input, output, cache writes and reads of Claude 4.6
    and later, "all token pricing categories" (platform docs: pricing, data residency, 2026-11-22). What a tool charges
    for a call is no token price, so it is not multiplied."""
    source: str = ""
    seen: date = date.min
    """The day the source was read."""


@dataclass(frozen=True, slots=True)
class ToolPrice:
    """What a tool at the API's side costs beside the tokens it makes."""

    name: str
    counter: str
    """The count of it in ``usage.server_tool_use``; empty where the API counts none."""
    dollars: Decimal
    """For each; the tokens of what it finds are input, and come on top."""
    note: str
    source: str
    seen: date


OWN = "your config"
"""The source of a price that the user wrote."""
_DOCS = "platform docs: models, pricing, release notes"
_PAGE = "platform docs: pricing"
_TABLES = "price tables that cite the live pricing page, 2026-10-24 to 2026-11"
_FAST = "platform docs: fast mode"
_READ = date(2026, 11, 20)


def _price(figures: str, source: str = _DOCS, seen: date = _READ, **more: Any) -> Price:
    """A row: input, output, 5-minute write, 1-hour write, cache read; ``?`` for what no source says."""
    given, out, write_5m, write_1h, read = (None if figure == "?" else Decimal(figure) for figure in figures.split())
    assert given is not None and out is not None
    return Price(given, out, write_5m, write_1h, read, source=source, seen=seen, **more)


_OPUS = _price("5 25 6.25 10 0.50", us=_US)
_OPUS_FAST = _price("10 50 ? ? ?", _FAST, fast=True, us=_US)
_OLD_OPUS = _price("15 75 18.75 30 1.50", _PAGE)
_SONNET = _price("3 15 3.75 6 0.30")
_OLD_SONNET = _price("3 15 3.75 6 0.30", _PAGE)

PRICES: Mapping[str, tuple[Price, ...]] = {
    # Fast mode of Fable 5.2: no source gives its price.
    "claude-fable-5-2": (_price("8 40 10 16 0.20", f"{_DOCS}; its caches: {_TABLES}", us=_US),),
    "claude-fable-5-1": (_price("10 50 12.50 20 0.25", us=_US),),
    "claude-mythos-5-1": (_price("10 50 12.50 20 0.25", _PAGE, us=_US),),
    "claude-fable-5": (_price("10 50 12.50 20 1.00", us=_US),),
    "claude-mythos-5": (_price("10 50 12.50 20 1.00", _PAGE, us=_US),),
    "claude-opus-5-5": (_price("4 20 5 8 0.20", us=_US), _price("8 40 ? ? 0.40", _FAST, fast=True, us=_US)),
    "claude-opus-5": (_OPUS, _OPUS_FAST),
    "claude-opus-4-8": (_OPUS, _OPUS_FAST),
    "claude-opus-4-7": (_OPUS,),
    "claude-opus-4-6": (_OPUS,),
    "claude-opus-4-5": (_price("5 25 6.25 10 0.50"),),
    "claude-opus-4-1": (_OLD_OPUS,),
    "claude-opus-4": (_OLD_OPUS,),
    "claude-3-opus": (_OLD_OPUS,),
    "claude-sonnet-5-5": (
        _price("2 10 2.50 4 0.20", us=_US),
        _price("2 10 2.50 4 0.10", _TABLES, since=date(2026, 10, 7), us=_US),
    ),
    "claude-sonnet-5": (_price("2 10 2.50 4 0.20", us=_US),),
    "claude-sonnet-4-6": (_price("3 15 3.75 6 0.30", us=_US),),
    "claude-sonnet-4-5": (_SONNET,),
    "claude-sonnet-4": (_OLD_SONNET,),
    "claude-3-7-sonnet": (_OLD_SONNET,),
    "claude-haiku-5-5": (
        _price("0.10 0.50 0.125 0.20 0.01", _TABLES, up_to=100_000, us=_US),
        _price("0.50 2.50 0.625 1.00 0.05", _TABLES, us=_US),
    ),
    "claude-haiku-4-5": (_price("1 5 1.25 2 0.10"),),
    "claude-3-5-haiku": (_price("0.80 4 1 1.60 0.08", _PAGE),),
    "claude-3-haiku": (_price("0.25 1.25 0.30 0.50 0.03", _PAGE),),
}
"""By the model's id without its date. What is not here has no price: Mythos 5.2 among others."""

TOOLS: tuple[ToolPrice, ...] = (
    ToolPrice("web search", "web_search_requests", Decimal("0.01"), "$10 for 1,000", _PAGE, _READ),
    ToolPrice("web fetch", "web_fetch_requests", Decimal(0), "its tokens only", _PAGE, _READ),
    ToolPrice(
        "code execution", "", Decimal(0),
        "free with the web tools of 2026; else $0.05 an hour beyond 1,550 hours a month, which only the API counts",
        _PAGE, _READ,
    ),
)  # fmt: skip
BATCH = Decimal("0.5")
"""What a batch multiplies input and output by (platform docs: pricing, 2026-11-20); of its caches nothing is said."""

_SNAPSHOT = re.compile(r"-(?:20\d{6}|latest)$")


def undated(model_id: str) -> str:
    """The id without the date of its snapshot."""
    return _SNAPSHOT.sub("", model_id)


def prices_of(model_id: str) -> tuple[Price, ...]:
    """Every price of a model, a dated snapshot included; none when it is not known."""
    return PRICES.get(model_id) or PRICES.get(undated(model_id), ())


# A person's own.

_FIGURES = ("input", "output", "write_5m", "write_1h", "read")
_OWN = (*_FIGURES, "since", "up_to", "fast", "us")


def own_prices(stated: object) -> tuple[Price, ...]:
    """What a person wrote as ``prices``: one table, or several with ``since`` and ``up_to``.

    Raises ``ValueError`` with what is wrong, in a few words.
    """
    rows = cast("list[object]", stated) if isinstance(stated, list | tuple) else [stated]
    if not rows:
        raise ValueError("there is no price in it")
    return tuple(map(_own_price, rows))


def _own_price(stated: object) -> Price:
    if not isinstance(stated, Mapping):
        raise ValueError("a price is a table: { input = 2, output = 10 }")
    row = cast("Mapping[str, object]", stated)
    if unknown := [key for key in row if key not in _OWN]:
        raise ValueError(f"a price has no {unknown[0]!r}; it has {', '.join(_OWN)}")
    given, out, write_5m, write_1h, read = (_dollars(row, name) for name in _FIGURES)
    if given is None or out is None:
        raise ValueError(f"a price needs its {'input' if given is None else 'output'}")
    since, up_to, fast = row.get("since", date.min), row.get("up_to"), row.get("fast", False)
    if isinstance(since, datetime) or not isinstance(since, date):
        raise ValueError("since is a day: 2026-12-01, without quotation marks")
    if up_to is not None and (not isinstance(up_to, int) or isinstance(up_to, bool) or up_to < 1):
        raise ValueError("up_to is a number of tokens")
    if not isinstance(fast, bool):
        raise ValueError("fast is true or false")
    us = _dollars(row, "us")
    return Price(given, out, write_5m, write_1h, read, since, up_to, fast, _ONE if us is None else us, source=OWN)


def _dollars(row: Mapping[str, object], name: str) -> Decimal | None:
    stated = row.get(name)
    if stated is None:
        return None
    try:
        figure = None if isinstance(stated, bool) else Decimal(str(stated))
    except InvalidOperation:
        figure = None
    if figure is None or not figure.is_finite() or not 0 <= figure < 1_000_000:
        raise ValueError(f"{name} is a number of dollars")
    return figure
