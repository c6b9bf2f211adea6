"""The thin line above the prompt: what the question in it would cost, and what goes on elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from claude_tui.core.text import clean_line
from claude_tui.ui.widgets.kept import Kept
from claude_tui.ui.words.format import fit

Role: TypeAlias = Literal["line", "said", "warn"]
Piece: TypeAlias = tuple[str, Role]

_NARROW = 24
"""Cells of a line that has room for nothing."""
_BETWEEN = " · "
_BLANK: Piece = (" ", "said")
_LEAST = 2
"""Cells of the line before and after what is said on it."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """One thing that is said of the question in the prompt."""

    text: str
    short: str = ""
    """The same where there is little room; empty for not at all there."""
    warns: bool = False


class Rule(Kept, can_focus=False):
    """A line; on its left what is foretold, on its right what goes on in conversations that are not open."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rule--said", "rule--warn"}
    DEFAULT_CSS = """
    Rule .rule--said { color: $text-muted; }
    Rule .rule--warn { color: $warning; }
    """

    def __init__(self) -> None:
        super().__init__(id="rule")
        self._said = ""
        self._foretold: tuple[Foretold, ...] = ()

    def tell(self, said: str) -> None:
        """Say this of what goes on elsewhere; nothing is painted if it is said already."""
        if said != self._said:
            self._said = said
            self.refresh()

    def foretell(self, foretold: Sequence[Foretold]) -> None:
        """Say this of the question in the prompt, the most important first."""
        if tuple(foretold) != self._foretold:
            self._foretold = tuple(foretold)
            self.refresh()

    @property
    def pieces(self) -> list[Piece]:
        """The line from left to right."""
        return rule_line(self._foretold, self._said, self.size.width)

    def render_line(self, y: int) -> Strip:
        """A line as wide as the window."""
        styles = {role: self.get_component_rich_style(f"rule--{role}") for role in ("said", "warn")}
        styles["line"] = self.rich_style
        return Strip([Segment(text, styles[role]) for text, role in self.pieces], self.size.width)


def rule_line(foretold: Sequence[Foretold], said: str, width: int) -> list[Piece]:
    """The pieces of the line, exactly ``width`` cells: what is said elsewhere goes before, where there is not room
    for both."""
    if width < _NARROW:
        return [_line(width)]
    right: list[Piece] = []
    if said:
        right = [(f" {fit(clean_line(said, 200), width - 4 * _LEAST)} ", "said"), _line(_LEAST)]
    left = _fitting(foretold, width - _cells(right) - 2 * _LEAST)
    if left:
        left = [_line(_LEAST), _BLANK, *left, _BLANK]
    return [*left, _line(width - _cells(left) - _cells(right)), *right]


def _fitting(foretold: Sequence[Foretold], room: int) -> list[Piece]:
    """As much as there is room for: first the least goes, then the words for few words."""
    for count in range(len(foretold), min(1, len(foretold) - 1), -1):
        pieces = _joined([(each.text, each.warns) for each in foretold[:count]])
        if _cells(pieces) + 2 <= room:
            return pieces
    short = [(each.short, each.warns) for each in foretold if each.short]
    for count in range(len(short), 0, -1):
        pieces = _joined(short[:count])
        if _cells(pieces) + 2 <= room:
            return pieces
    return []


def _joined(texts: Sequence[tuple[str, bool]]) -> list[Piece]:
    pieces: list[Piece] = []
    for text, warns in texts:
        if pieces:
            pieces.append((_BETWEEN, "said"))
        pieces.append((text, "warn" if warns else "said"))
    return pieces


def _line(cells: int) -> Piece:
    return "─" * cells, "line"


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)
