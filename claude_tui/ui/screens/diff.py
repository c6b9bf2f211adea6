"""What differs between two variants of an answer, or of a question: gone struck through, new underlined."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from claude_tui.core.differences import Change, Kind, differences
from claude_tui.core.text import clean
from claude_tui.ui.screens.paged import PagedScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_list import MARK, LineList, Piece, Role

CONTEXT = 3
"""Lines that are shown of what is the same, on either side of what is not."""
_ROLES: dict[Kind, Role] = {"same": "plain", "gone": "gone", "new": "new"}
_PARTS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several, and what it is called."""

    name: str
    text: str


def diff_rows(changes: Sequence[Change], width: int) -> tuple[list[list[Piece]], list[int]]:
    """The lines in so many cells, and at which of them a change begins; what is the same for long is left out."""
    lines = list(_lines(changes))
    changed = [any(kind != "same" for _, kind in line) for line in lines]
    near = [any(changed[max(at - CONTEXT, 0) : at + CONTEXT + 1]) for at in range(len(lines))]
    rows: list[list[Piece]] = []
    starts: list[int] = []
    left_out = 0
    for at, line in enumerate(lines):
        if not near[at]:
            left_out += 1
            continue
        if left_out:
            rows.append(_left_out(left_out))
            left_out = 0
        if changed[at] and not (at and changed[at - 1]):
            starts.append(len(rows))
        rows += _wrapped(line, width)
    if left_out:
        rows.append(_left_out(left_out))
    return rows, starts


def _left_out(lines: int) -> list[Piece]:
    return [("⋯ a line the same" if lines == 1 else f"⋯ {lines:,} lines the same", "dim")]


def _lines(changes: Sequence[Change]) -> Iterator[list[tuple[str, Kind]]]:
    """Stretches by line; a break that changed shows as a sign."""
    line: list[tuple[str, Kind]] = []
    for change in changes:
        for place, part in enumerate(clean(change.text).expandtabs(4).split("\n")):
            if place:
                if change.kind != "same":
                    line.append(("↵", change.kind))
                yield line
                line = []
            if part:
                line.append((part, change.kind))
    if line:
        yield line


def _wrapped(line: list[tuple[str, Kind]], width: int) -> Iterator[list[Piece]]:
    """One line in as many rows as it needs, broken between words."""
    row: list[Piece] = []
    used = 0
    for text, kind in line:
        for part in _PARTS.findall(text):
            for piece in chop_cells(part, width) if cell_len(part) > width else [part]:
                cells = cell_len(piece)
                if used and used + cells > width:
                    yield row
                    row, used = [], 0
                    if piece.isspace():
                        continue
                row.append((piece, _ROLES[kind]))
                used += cells
    yield row


class DiffScreen(PagedScreen[None]):
    """Two variants as one text, to be read as in a pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "change(1)", "Next change", show=False),
        Binding("p,N", "change(-1)", "Previous change", show=False),
        Binding("left", "other(-1)", "Another pair", show=False),
        Binding("right", "other(1)", "Another pair", show=False),
    ]

    def __init__(self, variants: Sequence[Variant], before: int, after: int) -> None:
        super().__init__()
        self._variants = variants
        self._pairs = [(a, b) for b in range(len(variants)) for a in range(b)]
        self._at = self._pairs.index((before, after))
        self._rows: list[list[Piece]] = []
        self._starts: list[int] = []
        self._change = -1

    def compose(self) -> ComposeResult:
        """Which two, the text, the keys."""
        yield Said("", id="head", markup=False)
        yield LineList(self._paint, choosing=False)
        other = " · ← → another pair" if len(self._pairs) > 1 else ""
        yield Said(f"↑ ↓ PgUp PgDn · n p change{other} · Esc closes", id="foot", markup=False)

    def on_resize(self) -> None:
        """Other breaks for another width."""
        self._compare()

    def _compare(self) -> None:
        before, after = (self._variants[place] for place in self._pairs[self._at])
        self.query_one("#head", Said).update(f"{before.name} → {after.name}")
        width = max(self.size.width - 2 - MARK - 2, 20)
        self.run_worker(partial(self._show, before.text, after.text, width), exclusive=True)

    async def _show(self, before: str, after: str, width: int) -> None:
        """On a thread of its own: vast texts take their time."""

        def work() -> tuple[list[list[Piece]], list[int]]:
            return diff_rows(differences(before, after), width)

        self._rows, self._starts = await asyncio.to_thread(work)
        if not self._starts:
            self._rows = [[("They are the same, word for word.", "dim")]]
        self._change = -1
        self.query_one(LineList).show(len(self._rows))

    def action_change(self, by: int) -> None:
        """To the next change, or the one before."""
        if self._starts:
            self._change = min(max(self._change + by, 0), len(self._starts) - 1)
            lines = self.query_one(LineList)
            lines.move(max(self._starts[self._change] - 1, 0) - round(lines.scroll_y))
            lines.refresh()

    def action_other(self, by: int) -> None:
        """Another two of several."""
        at = min(max(self._at + by, 0), len(self._pairs) - 1)
        if at != self._at:
            self._at = at
            self._compare()

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        marked = 0 <= self._change < len(self._starts) and index == self._starts[self._change]
        return [("▸", "accent"), *self._rows[index][:]] if marked else [(" ", "plain"), *self._rows[index]]
