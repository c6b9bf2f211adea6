"""What waits to be sent: a quiet line for each message, above the prompt, or one for many of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from claude_tui.core.text import clean_line
from claude_tui.ui.widgets.kept import Kept
from claude_tui.ui.words.format import fit

from .fitted import Fitted

MOST_ROWS = 3
"""Messages that have a line each; of more there is one line for all."""
LOW = 16
"""Rows of a window below which they have one line at most, and screens no margins."""


class WaitingLines(Kept, Fitted, can_focus=False):
    """A few lines, or none."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"waiting-lines--text", "waiting-lines--held"}
    DEFAULT_CSS = """
    WaitingLines {
        height: auto;
        display: none;
        & .waiting-lines--text { color: $text-muted; }
        & .waiting-lines--held { color: $warning; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[tuple[str, ...], str, bool] = ((), "", False)

    def show(self, messages: Sequence[str], hint: str, held: bool = False) -> None:
        """Show these, the first to be sent first; ``hint`` says what can be done, ``held`` that it must be."""
        shown = tuple(messages), hint, held
        if shown != self._shown:
            self._shown = shown
            self._fit()
            self.refresh()

    def fit_again(self) -> None:
        """The window has another height."""
        self._fit()
        self.refresh()

    def _fit(self) -> None:
        self.styles.height = len(self._rows())
        self.display = bool(self._shown[0])

    def _rows(self) -> list[tuple[str, str]]:
        """Of each line what waits, and what is said of it."""
        messages, hint, held = self._shown
        if not messages:
            return []
        low = self.is_attached and self.screen.size.height < LOW
        if len(messages) > (1 if low else MOST_ROWS):
            return [(f"{len(messages):,} wait", hint)]
        if held:
            return [("", hint), *((message, "") for message in messages)]
        return [(message, "" if place else hint) for place, message in enumerate(messages)]

    def render_line(self, y: int) -> Strip:
        """The mark, the message, and at its end what can be done."""
        rows, width, held = self._rows(), self.size.width, self._shown[2]
        if y >= len(rows):
            return Strip.blank(width, self.rich_style)
        said, hint = rows[y]
        quiet = self.get_component_rich_style("waiting-lines--text")
        lit = self.get_component_rich_style("waiting-lines--held") if held else quiet
        message = fit(clean_line(said, 400), max(width - 4, 0))
        pieces = [Segment(" … ", lit), Segment(message, quiet)] if said else [Segment("   ")]
        room = width - sum(cell_len(piece.text) for piece in pieces) - 2
        if hint and (held or room >= cell_len(hint)):
            pieces.append(Segment(fit(f"  {hint}" if said else hint, max(room + 1, 0)), lit))
        return Strip(pieces).crop(0, width).extend_cell_length(width, self.rich_style)
