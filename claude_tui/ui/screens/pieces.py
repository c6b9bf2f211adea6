"""A reply as it came: its pieces word for word, how each was asked for, and what the seams left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import ClassVar

from rich.cells import chop_cells
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from claude_tui.core import pieces as raw
from claude_tui.core.pieces import PieceVia
from claude_tui.core.seam import Manner
from claude_tui.core.text import clean, clean_line
from claude_tui.ui.screens.paged import PagedScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_list import MARK, LineList, Piece, Role

_ASKED: Mapping[PieceVia, str] = {
    "first": "the answer to the question",
    "next": "went on after what was run, or after a pause",
    "resend": "the question was sent again: too little had come to go on from",
    "prefill": "sent back as the beginning of the reply, to be gone on with",
    "ask": "asked to go on from its last words",
}
_SEAMS: Mapping[Manner, str] = {
    "exact": "it went on exactly there",
    "preamble": "it said something before the last words",
    "overlap": "it repeated the end without the last words as they were asked for",
    "fence": "it opened the code block again",
    "joined": "it did not repeat its last words: put together as it came",
    "again": "it began again from the top",
    "anew": "it began differently; what had been shown is the piece before",
    "aside": "it was cut before one could tell where it goes on: nothing of it is shown",
}


def piece_rows(pieces: Sequence[raw.Piece], width: int) -> tuple[list[list[Piece]], list[int]]:
    """The lines in so many cells, and at which of them each piece begins. What is left out of the reply is dim."""
    rows: list[list[Piece]] = []
    starts: list[int] = []
    for number, piece in enumerate(pieces, 1):
        if rows:
            rows.append([])
        starts.append(len(rows))
        rows += [[line] for line in _about(piece, number, len(pieces), width)]
        if piece.thinking:
            rows.append([("thinking", "accent")])
            rows += [[line] for line in _broken(piece.thinking, width, "dim")]
            rows.append([("text", "accent")])
        rows += [[line] for line in _broken(piece.text[: piece.cut], width, "dim")] if piece.cut else []
        rows += [[line] for line in _broken(piece.text[piece.cut :], width, "plain")]
    return rows, starts


def _about(piece: raw.Piece, number: int, count: int, width: int) -> Iterator[Piece]:
    head = f"Piece {number} of {count} · {clean_line(piece.model, 60)} · {len(piece.text):,} characters"
    ended = piece.status + (f", {clean_line(piece.stop_reason, 60)}" if piece.stop_reason else "")
    yield from _broken(f"{head} · {ended}", width, "strong")
    yield from _broken(_ASKED[piece.via], width, "dim")
    if piece.anchor:
        yield from _broken(f"last words: …{clean_line(piece.anchor, 160)}", width, "dim")
    if piece.manner is not None:
        left_out = f" · {piece.cut:,} characters left out, dim below" if piece.cut else ""
        yield from _broken(f"seam: {_SEAMS[piece.manner]}{left_out}", width, "dim")


def _broken(text: str, width: int, role: Role) -> Iterator[Piece]:
    """The lines, none of their characters left out, broken between words where there are ASCII ones."""
    for line in clean(text).expandtabs(4).split("\n"):
        if not line.isascii():
            broken = chop_cells(line, width)
        elif len(line) > width:
            broken = wrap(line, width, drop_whitespace=False, expand_tabs=False, replace_whitespace=False)
        else:
            broken = [line]
        for part in broken or [""]:
            yield part, role


class PiecesScreen(PagedScreen[None]):
    """The raw pieces, to be read as in a pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right", "step(1)", "Next piece", show=False),
        Binding("p,left", "step(-1)", "Previous piece", show=False),
        Binding("c", "copy", "Copy", show=False),
    ]

    def __init__(self, pieces: Sequence[raw.Piece], copy: Callable[[str, str], None]) -> None:
        """``copy`` is given a text and what it is."""
        super().__init__()
        self._pieces = pieces
        self._copy = copy
        self._rows: list[list[Piece]] = []
        self._starts: list[int] = []
        self._at = 0
        """The piece at hand: what is copied."""

    def compose(self) -> ComposeResult:
        """A title, the pieces, what one can do."""
        count = len(self._pieces)
        came = "in one piece" if count == 1 else f"in {count} pieces"
        yield Said(f"The reply as it came, {came}", id="head", markup=False)
        yield LineList(self._paint, choosing=False)
        yield Said("↑ ↓ PgUp PgDn · n p piece · c copies it · Esc closes", id="foot", markup=False)

    def action_move(self, by: int) -> None:
        """Scroll by lines; the piece at the top is the one at hand."""
        lines = self.query_one(LineList)
        lines.move(by)
        self._at = max((place for place, start in enumerate(self._starts) if start <= round(lines.scroll_y)), default=0)
        lines.refresh()

    def action_page(self, by: int) -> None:
        """Scroll by pages."""
        self.action_move(by * max(self.query_one(LineList).size.height - 1, 1))

    def action_step(self, by: int) -> None:
        """To the next piece, or the one before."""
        to = min(max(self._at + by, 0), len(self._pieces) - 1)
        lines = self.query_one(LineList)
        lines.move(self._starts[to] - round(lines.scroll_y))
        self._at = to
        lines.refresh()

    def action_copy(self) -> None:
        """The text of the piece at hand, exactly."""
        self._copy(self._pieces[self._at].text, f"piece {self._at + 1}")

    def on_resize(self) -> None:
        """Other breaks for another width."""
        self._rows, self._starts = piece_rows(self._pieces, max(self.size.width - 2 - MARK - 2, 20))
        for lines in self.query(LineList):  # there is none if it was closed as it opened
            lines.show(len(self._rows))

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        row = self._rows[index]
        return [(row[0][0], "accent")] if index == self._starts[self._at] else row
