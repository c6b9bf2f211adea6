"""What goes with the question: a line for each file and large paste, above the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from claude_tui.core.text import clean_line
from claude_tui.ui.widgets.kept import Kept
from claude_tui.ui.words.format import fit

from .fitted import Fitted

MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Chip:
    """One file, or one large paste."""

    name: str
    about: str
    """Its size, what it has in tokens and costs."""
    offered: bool = False
    """It does not go yet: it was only named."""
    sign: str = "▪"
    """What it begins with, in one cell; a large paste has its number, which stands in the prompt too."""


class Chips(Kept, Fitted, can_focus=False):
    """A few lines, or none."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"chips--name", "chips--about"}
    DEFAULT_CSS = """
    Chips {
        height: auto;
        display: none;
        & .chips--name { color: $accent; }
        & .chips--about { color: $text-muted; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chips: tuple[Chip, ...] = ()

    def show(self, chips: Sequence[Chip]) -> None:
        """Show these."""
        if tuple(chips) == self._chips:
            return
        self._chips = tuple(chips)
        self.styles.height = min(len(self._chips), MOST_ROWS)
        self.display = bool(self._chips)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The name, and what is known of it; the last line counts what there is no room for."""
        width = self.size.width
        if y >= len(self._chips):
            return Strip.blank(width, self.rich_style)
        chip = self._chips[y]
        mark = chip.sign
        if y == MOST_ROWS - 1 and len(self._chips) > MOST_ROWS:
            chip = Chip("", f"and {len(self._chips) - y:,} more")
        elif chip.offered:
            mark = "▫"
        about = fit(clean_line(chip.about, 200), max(width - 12, 0))
        name = fit(clean_line(chip.name, 200), max(width - cell_len(about) - 6, 8))
        dim = self.get_component_rich_style("chips--about")
        lit = dim if chip.offered else self.get_component_rich_style("chips--name")
        line = Strip([Segment(f" {mark} ", lit), Segment(name, lit), Segment(f"  {about}" if name else about, dim)])
        return line.crop(0, width).extend_cell_length(width, self.rich_style)
