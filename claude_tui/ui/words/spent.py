"""What ``/cost`` shows: sums of the ledger in words, and a plot of them, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ... import accounts
from ...core.budget import dollars
from ...core.pricing import Cost
from ...store import Bound, Store, Sums, SumsBy
from ...turn import Purse
from . import format

Line = tuple[str, str]

PAGES: tuple[SumsBy, ...] = ("day", "model", "conversation")
"""The pages after the first."""
LONGEST = 20
"""Rows of a page that could have any number of them."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The sums of one moment."""

    here: Sums
    """Of the open conversation."""
    parts: Mapping[SumsBy, Sequence[Sums]] = field(default_factory=dict[SumsBy, Sequence[Sums]])
    coming: Sequence[tuple[str, Cost]] = ()
    """What is being written here and is in none of those, by conversation, and what it has likely cost so far."""
    conversation_id: str = ""
    reserved: Decimal = Decimal(0)
    """The most that what is under way may cost, in every window."""

    def page(self, place: int, today: date, width: int) -> tuple[str, Sequence[Line]]:
        """Its title and lines, drawn to be ``width`` cells wide."""
        if place == 0:
            return "Cost", self._sums(today)
        by = PAGES[place - 1]
        rows = self.parts[by]
        shown = accounts.over_time(rows) if by == "day" else accounts.labelled(by, rows)[:LONGEST]
        title = f"Cost {accounts.TITLES[by][0].lower()}{accounts.TITLES[by][1:]}"
        if not shown:
            return title, (("nothing was spent", ""),)
        names = max(len(name) for name, _ in accounts.bars(shown, width))
        return title, accounts.bars(shown, max(width - names - 2, 12))

    def _sums(self, today: date) -> list[Line]:
        days, kinds = self.parts["day"], self.parts["kind"]
        ever = accounts.joined(days)
        coming = accounts.coming(cost for _, cost in self.coming)
        own = accounts.coming(cost for place, cost in self.coming if place == self.conversation_id)

        def with_coming(rows: Iterable[Sums]) -> str:
            return accounts.told(accounts.joined((*rows, coming)))

        lines = [("this conversation", accounts.told(accounts.joined((self.here, own))))]
        if self.here.entries:
            lines += [("", accounts.tokens_told(self.here)), ("", _cache(self.here))]
        lines += [
            ("today", with_coming(row for row in days if row.key == today.isoformat())),
            ("this month", with_coming(row for row in days if row.key[:7] == f"{today:%Y-%m}")),
            ("ever", with_coming(days)),
        ]
        if ever.entries:
            lines += [("", accounts.tokens_told(ever)), ("", _cache(ever))]
        asides = [row for row in accounts.labelled("kind", kinds) if row.key != "replies"]
        lines += [(f"of it {row.key}", accounts.told(row)) for row in asides]
        if coming.entries:
            lines.append(("of it being written", accounts.told(coming)))
        if self.reserved:
            most = format.dollars(Cost(self.reserved))
            lines.append(("reserved", f"{most} at most, for what is under way anywhere"))
        return [line for line in lines if line != ("", "")]


def _cache(sums: Sums) -> str:
    cache = accounts.saved(sums)
    return f"the cache {cache}" if cache else ""


async def spent(store: Store, conversation_id: str, purse: Purse) -> Spent:
    """What the ledger holds now, and what is being written."""
    by: tuple[SumsBy, ...] = (*PAGES, "kind")
    here, *parts = await asyncio.gather(
        asyncio.wrap_future(store.sums("all", conversation_id=conversation_id)),
        *(asyncio.wrap_future(store.sums(each)) for each in by),
    )
    coming = purse.coming  # after the ledger: what is entered meanwhile is missed for a moment, and not told twice
    under_way, without = await asyncio.wrap_future(store.used([Bound(0), Bound(0, under_way=False)]))
    sums = dict(zip(by, parts, strict=True))
    return Spent(accounts.joined(here), sums, coming, conversation_id, dollars(max(under_way - without, 0)))
