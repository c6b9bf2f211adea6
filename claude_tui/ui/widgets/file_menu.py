"""The files that fit what is typed behind an `@`: a few lines above the prompt, as the slash menu is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from claude_tui.core.text import clean_line
from claude_tui.ui.words.format import fit

from .fitted import Fitted

MOST_ROWS = 8


class FileMenu(Fitted, can_focus=False):
    """Paths, the likeliest first; it lies over what is above the prompt and moves nothing."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"file-menu--name", "file-menu--folder", "file-menu--row"}
    DEFAULT_CSS = """
    FileMenu {
        width: 100%;
        height: auto;
        display: none;
        overlay: screen;
        background: $surface;
        & .file-menu--name { color: $accent; }
        & .file-menu--folder { color: $text-muted; }
        & .file-menu--row { background: $panel; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._paths: tuple[str, ...] = ()
        self._at = 0

    def show(self, paths: Sequence[str]) -> None:
        """Show these; none closes it. The choice stays where it is chosen still."""
        chosen, self._paths = self.chosen, tuple(paths)
        self._at = self._paths.index(chosen) if self._at and chosen in self._paths else 0
        rows = min(len(self._paths), MOST_ROWS)
        if rows:
            self.styles.height = rows
            self.styles.offset = (0, -rows)
        self.display = rows > 0
        self.refresh()

    def move(self, by: int) -> None:
        """Another choice, round the end."""
        if self._paths:
            self._at = (self._at + by) % len(self._paths)
            self.refresh()

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return bool(self._paths)

    @property
    def chosen(self) -> str:
        """The path that is highlighted; empty when there is none."""
        return self._paths[self._at] if self._paths else ""

    def render_line(self, y: int) -> Strip:
        """One path: its name, then its folder."""
        width, place = self.size.width, max(0, self._at - MOST_ROWS + 1) + y
        if place >= len(self._paths):
            return Strip.blank(width, self.rich_style)
        path = self._paths[place]
        folder, _, name = clean_line(path.removesuffix("/"), 500).rpartition("/")
        name += "/" * path.endswith("/")
        chosen = place == self._at
        ground = self.get_component_rich_style("file-menu--row") if chosen else self.rich_style
        under = Style.from_color(None, ground.bgcolor)
        name = fit(name, max(width - 4, 4))
        about = fit(folder, max(width - cell_len(name) - 6, 0))
        lit = self.get_component_rich_style("file-menu--name") + under
        dim = self.get_component_rich_style("file-menu--folder") + under
        strip = Strip([Segment(" ❯ " if chosen else "   ", lit), Segment(name, lit), Segment(f"  {about}", dim)])
        return strip.crop(0, width).extend_cell_length(width, ground)
