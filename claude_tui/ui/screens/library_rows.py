"""The rows of the library: a conversation, or a place in one."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING

from claude_tui.core.models import Model
from claude_tui.core.pricing import Cost
from claude_tui.core.text import clean, clean_line
from claude_tui.ui.widgets.line_list import Piece, row
from claude_tui.ui.words import format

if TYPE_CHECKING:
    from claude_tui.store.values import Hit, Summary


def summary_row(summary: Summary, width: int, chosen: bool, mark: Piece | None, age: str) -> list[Piece]:
    """Title and marks on the left; model, messages, cost and age on the right, as many as there is room for."""
    marks: list[Piece] = []
    if mark is not None:
        marks.append((f"  {mark[0]}", mark[1]))
    elif summary.interrupted:
        marks.append(("  cut", "warn"))
    if summary.draft:
        marks.append(("  draft", "warn"))
    if summary.pinned:
        marks.append(("  pinned", "accent"))
    right: list[Piece] = [(f"{age:>11}" if width >= 48 else f"  {age}", "dim")]
    if width >= 56:
        right.insert(0, (f"{_cost(summary):>9}", "dim"))
    if width >= 68:
        right.insert(0, (f"{summary.messages:>5}", "dim"))
    if width >= 88:
        right.insert(0, (f"  {format.fit(clean_line(Model(summary.model).label, 40), 14):>14}", "dim"))
    room = width - sum(len(text) for text, _ in [*marks, *right]) - 1
    title = format.fit(clean_line(summary.title) or "Untitled", room)
    return row([(title, "accent" if chosen else "plain"), *marks], right, width)


def hit_row(hit: Hit, width: int, age: str) -> list[Piece]:
    """What was found, with the words in it, and where."""
    right: list[Piece] = [(f"{age:>11}" if width >= 64 else f"  {age}", "dim")]
    if width >= 32:
        right.insert(0, (f"  {format.fit(clean_line(hit.title) or 'Untitled', min(width // 3, 22))}", "plain"))
    pieces: list[Piece] = [("↳ ", "dim")]
    at = 0
    for start, end in _spans(hit):
        pieces.append((_one_line(hit.snippet[at:start]), "dim"))
        pieces.append((_one_line(hit.snippet[start:end]), "accent"))
        at = end
    pieces.append((_one_line(hit.snippet[at:]), "dim"))
    return row(pieces, right, width)


def spelled(hit: Hit, query: str) -> list[str]:
    """What to look for in the conversation itself: the words as they are written there.

    All of them where they stand together, else the first.
    """
    spans = _spans(hit)
    words = query.split()
    if len(words) > 1:
        for place in range(len(spans) - len(words) + 1):
            some = spans[place : place + len(words)]
            between = (hit.snippet[end:start] for (_, end), (start, _) in pairwise(some))
            if all(gap == " " for gap in between):
                return [hit.snippet[some[0][0] : some[-1][1]]]
    return list(dict.fromkeys(hit.snippet[start:end] for start, end in spans))


def _spans(hit: Hit) -> list[tuple[int, int]]:
    """Those that are in the snippet and follow each other."""
    found: list[tuple[int, int]] = []
    at = 0
    for start, end in sorted(hit.spans):
        if at <= start < end <= len(hit.snippet):
            found.append((start, end))
            at = end
    return found


def _one_line(text: str) -> str:
    return clean(text[:1_000]).replace("\n", " ").replace("\t", " ")


def _cost(summary: Summary) -> str:
    if summary.cost_usd is None:
        return ""
    try:
        return format.dollars(Cost(Decimal(summary.cost_usd), summary.cost_is))
    except InvalidOperation:
        return "—"
