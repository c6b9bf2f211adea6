"""What ``/cost`` shows: sums of the ledger in words, and a plot of them, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ... import accounts
from ...store import Store, Sums, SumsBy

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
        lines = [("this conversation", accounts.told(self.here))]
        if self.here.entries:
            lines += [("", accounts.tokens_told(self.here)), ("", _cache(self.here))]
        lines += [
            ("today", accounts.told(accounts.joined(row for row in days if row.key == today.isoformat()))),
            ("this month", accounts.told(accounts.joined(row for row in days if row.key[:7] == f"{today:%Y-%m}"))),
            ("ever", accounts.told(ever)),
        ]
        if ever.entries:
            lines += [("", accounts.tokens_told(ever)), ("", _cache(ever))]
        asides = [row for row in accounts.labelled("kind", kinds) if row.key != "replies"]
        lines += [(f"of it {row.key}", accounts.told(row)) for row in asides]
        return [line for line in lines if line != ("", "")]


def _cache(sums: Sums) -> str:
    cache = accounts.saved(sums)
    return f"the cache {cache}" if cache else ""


async def spent(store: Store, conversation_id: str) -> Spent:
    """What the ledger holds now."""
    by: tuple[SumsBy, ...] = (*PAGES, "kind")
    here, *parts = await asyncio.gather(
        asyncio.wrap_future(store.sums("all", conversation_id=conversation_id)),
        *(asyncio.wrap_future(store.sums(each)) for each in by),
    )
    return Spent(accounts.joined(here), dict(zip(by, parts, strict=True)))
