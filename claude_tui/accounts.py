"""What was spent, as it is told: in words, as bars, as data. Pure functions of the ledger's sums."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from textwrap import wrap
from typing import Any
from unicodedata import combining, east_asian_width

from .core.figures import dollars, percent, tokens
from .core.models import find_model
from .core.prices import undated
from .core.pricing import UNKNOWN, Cost
from .core.text import clean_line
from .errors import ConfigError
from .store import Sums, SumsBy
from .store.ledger import PICO

BY: tuple[SumsBy, ...] = ("day", "model", "conversation", "kind")
ROWS = 31
"""Rows of a plot: so many days are shown one by one, more of them as weeks, months or years."""
NEVER = 2**62
"""Later than any moment, in milliseconds since 1970."""
_EIGHTHS = "▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to before another, in milliseconds since 1970."""

    since: int = 0
    until: int = NEVER


def span_of(since: str | None, until: str | None, today: date) -> Span:
    """The span of two days, both in it, in local time. Raises ``ConfigError`` for what is no day."""
    first = _day(since, today) if since else None
    last = _day(until, today) if until else None
    if first and last and last < first:
        raise ConfigError(f"{last} is before {first}.")
    return Span(
        _midnight(first) if first else 0,
        NEVER if last is None or last == date.max else _midnight(last + timedelta(days=1)),
    )


def _day(text: str, today: date) -> date:
    try:
        if text.endswith("d") and text[:-1].isascii() and text[:-1].isdigit():
            return today - timedelta(days=int(text[:-1]))
        return {"today": today, "yesterday": today - timedelta(days=1)}.get(text) or date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ConfigError(f"{text!r} is no day: write 2026-11-21, today, yesterday or 30d.") from None


def _midnight(day: date) -> int:
    try:
        return int(datetime(day.year, day.month, day.day).timestamp() * 1000)
    except (OverflowError, OSError, ValueError):  # the clock does not reach so far
        return 0 if day.year < 1970 else NEVER


def cost_of(sums: Sums) -> Cost:
    """What entries come to, and how sure that is."""
    if not sums.priced and sums.entries:
        return UNKNOWN
    amount = Decimal(sums.cost_pico) / PICO
    if sums.lower or sums.priced < sums.entries:
        return Cost(amount, "lower")
    return Cost(amount, "estimate" if sums.estimated else "exact")


def cached_share(sums: Sums) -> float | None:
    """How much of the input came from the cache; None where there was no input."""
    given = sums.fresh + sums.read + sums.written
    return sums.read / given if given else None


def told(sums: Sums, significant: int = 3) -> str:
    """``$12.34``, and how many of the requests that prices, where it is not all."""
    words = dollars(cost_of(sums), significant)
    return words if sums.priced == sums.entries else f"{words} ({sums.priced:,} of {sums.entries:,} priced)"


def saved(sums: Sums) -> str:
    """What the cache saved, or cost; empty where it did neither."""
    amount = Decimal(sums.saved_pico) / PICO
    if not amount:
        return ""
    return f"saved {dollars(Cost(amount))}" if amount > 0 else f"cost {dollars(Cost(-amount))} more than it saved"


def tokens_told(sums: Sums) -> str:
    """``1.2M tokens in, 79 % of them from the cache, 98k out``."""
    share = cached_share(sums)
    cached = f", {percent(share)} of them from the cache" if share else ""
    return f"{tokens(sums.fresh + sums.read + sums.written)} tokens in{cached}, {tokens(sums.output)} out"


def joined(rows: Iterable[Sums], key: str = "") -> Sums:
    """Several sums as one."""
    whole = Sums(key)
    for row in rows:
        whole = replace(
            whole,
            entries=whole.entries + row.entries,
            priced=whole.priced + row.priced,
            cost_pico=whole.cost_pico + row.cost_pico,
            lower=whole.lower + row.lower,
            estimated=whole.estimated + row.estimated,
            fresh=whole.fresh + row.fresh,
            read=whole.read + row.read,
            written=whole.written + row.written,
            output=whole.output + row.output,
            saved_pico=whole.saved_pico + row.saved_pico,
            last=max(whole.last, row.last),
        )
    return whole


def coming(costs: Iterable[Cost]) -> Sums:
    """What is being written, as if it were entered: nothing of it is sure yet."""
    found = list(costs)
    known = [cost.dollars for cost in found if cost.dollars is not None]
    pico = int(sum(known, Decimal(0)) * PICO)
    return Sums(
        "", len(found), len(known), pico, lower=sum(cost.exactness == "lower" for cost in found), estimated=len(known)
    )


def over_time(days: Sequence[Sums], rows: int = ROWS) -> list[Sums]:
    """The days from the first to the last, those without an entry too; as weeks, months or years where they are many.

    Days the clock made up before or after all calendars are left out.
    """
    known = [(day, sums) for sums in days if (day := _date(sums.key)) is not None]
    if not known:
        return []
    first, last = known[0][0], known[-1][0]
    unit = next((unit for unit in ("day", "week", "month") if _count(unit, first, last) <= rows), "year")
    found: dict[str, list[Sums]] = {_named(unit, day): [] for day in _each(unit, first, last)}
    for day, sums in known:
        found.setdefault(_named(unit, day), []).append(sums)
    return [joined(parts, key) for key, parts in found.items()][-rows:]


def _date(key: str) -> date | None:
    try:
        return date.fromisoformat(key)
    except ValueError:
        return None


def _count(unit: str, first: date, last: date) -> int:
    days = (last - first).days + 1
    return {"day": days, "week": days // 7 + 2, "month": (last.year - first.year) * 12 + last.month - first.month + 1}[
        unit
    ]


def _each(unit: str, first: date, last: date) -> Iterator[date]:
    if unit == "year":
        yield from (date(year, 1, 1) for year in range(first.year, last.year + 1))
    elif unit == "month":
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        yield from (date(month // 12, month % 12 + 1, 1) for month in months)
    else:
        step = 7 if unit == "week" else 1
        start = first.toordinal() - (first.weekday() if unit == "week" else 0)
        yield from (date.fromordinal(at) for at in range(max(start, 1), last.toordinal() + 1, step))


def _named(unit: str, day: date) -> str:
    if unit == "week":
        return date.fromordinal(max(day.toordinal() - day.weekday(), 1)).isoformat()
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[unit]]


def bars(rows: Sequence[Sums], width: int, *, plain: bool = False) -> list[tuple[str, str]]:
    """Each row's name, and its bar and amount in ``width`` cells: no colours, so none can be missing.

    ``plain`` draws in ASCII.
    """
    amounts = [told(row, 2) if row.entries else "" for row in rows]
    amounts = [amount.translate(_ASCII) for amount in amounts] if plain else amounts
    room = max(width - max(map(len, amounts), default=0) - 2, 4)
    most = max((row.cost_pico for row in rows), default=0)
    lines: list[tuple[str, str]] = []
    for row, amount in zip(rows, amounts, strict=True):
        eighths = -(-row.cost_pico * room * 8 // most) if most else 0  # nothing that cost something is without a bar
        drawn = "#" * -(-eighths // 8) if plain else _bar(eighths)
        lines.append((_name(row), f"{drawn:<{room}}  {amount}".rstrip()))
    return lines


def _bar(eighths: int) -> str:
    full, part = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[part - 1] if part else "")


def _name(row: Sums) -> str:
    if row.title is not None:
        return clean_line(row.title, 40) or "(untitled)"
    return clean_line(row.key, 40) or "—"


def labelled(by: SumsBy, rows: Sequence[Sums]) -> list[Sums]:
    """The rows with the names they are told by, the dearest first; days in their order."""
    match by:
        case "model":
            named: dict[str, list[Sums]] = {}
            for row in rows:
                named.setdefault(undated(row.key), []).append(row)
            rows = [replace(joined(parts, id), title=find_model(id).label) for id, parts in named.items()]
        case "conversation":
            rows = [row if row.title is not None else replace(row, title="(deleted)") for row in rows]
        case "kind":
            kinds = {"reply": "replies", "title": "titles", "aside": "side questions"}
            rows = [replace(row, key=kinds.get(row.key, row.key)) for row in rows]
        case _:
            return list(rows)
    return sorted(rows, key=lambda row: (-row.cost_pico, row.key))


TITLES: dict[SumsBy, str] = {
    "day": "By time",
    "model": "By model",
    "conversation": "By conversation",
    "kind": "By what it was for",
}


def report(
    whole: Sums, parts: Mapping[SumsBy, Sequence[Sums]], width: int, *, limit: int = 10, plain: bool = False
) -> Iterator[str]:
    """Lines for a terminal of that width; of conversations the dearest."""
    if not whole.entries:
        yield "Nothing was spent."
        return
    requests = "request" if whole.entries == 1 else "requests"
    said = f"{told(whole)} for {whole.entries:,} {requests}: {tokens_told(whole)}."
    said += f" The cache {cache}." if (cache := saved(whole)) else ""
    yield from wrap(said if not plain else said.translate(_ASCII), max(width, 20))
    for by, rows in parts.items():
        if by == "kind" and len(rows) < 2:
            continue
        shown = over_time(rows) if by == "day" else rows[:limit] if by == "conversation" else rows
        yield ""
        yield TITLES[by]
        name = min(max((_cells(_name(row)) for row in shown), default=0), max(width // 3, 10))
        for called, drawn in bars(shown, max(width - name - 4, 12), plain=plain):
            yield f"  {_fitted(called, name)}  {drawn}"
        if by == "conversation" and len(shown) < len(rows):
            yield f"  and {len(rows) - len(shown):,} more; --limit tells more of them"


_ASCII = {ord("≥"): "at least ", ord("≈"): "about ", ord("—"): "?"}


def _cells(text: str) -> int:
    return sum(_wide(character) for character in text)


def _wide(character: str) -> int:
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


def _fitted(text: str, cells: int) -> str:
    """In exactly so many cells."""
    kept, used = "", 0
    for character in text:
        used += _wide(character)
        if used > cells:
            break
        kept += character
    return kept + " " * (cells - _cells(kept))


# As data.


def fields(row: Sums) -> dict[str, Any]:
    """A row for another program; amounts as decimal numbers in text, to the last digit."""
    cost, share = cost_of(row), cached_share(row)
    about: dict[str, Any] = {"key": row.key} | ({"title": row.title} if row.title is not None else {})
    return about | {
        "requests": row.entries,
        "priced": row.priced,
        "cost_usd": None if cost.dollars is None else f"{cost.dollars:f}",
        "cost_is": cost.exactness,
        "input_tokens": row.fresh,
        "cache_read_tokens": row.read,
        "cache_written_tokens": row.written,
        "output_tokens": row.output,
        "cached_share": None if share is None else round(share, 4),
        "cache_saved_usd": f"{Decimal(row.saved_pico) / PICO:f}",
    }


def as_csv(by: SumsBy, rows: Sequence[Sums]) -> str:
    """A table with a line of names. A title that a spreadsheet would compute begins with an apostrophe."""
    into = io.StringIO()
    names = [*fields(Sums("")), *(["title"] if by == "conversation" else [])]
    writer = csv.DictWriter(into, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = fields(row)
        for name in ("key", "title"):
            text = clean_line(str(values.get(name, "")), 200)
            if name in values:
                values[name] = f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
        writer.writerow(values)
    return into.getvalue()
