"""Widgets that are painted when they change, and not whenever something beside them does."""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget


class Kept(Widget):
    """It keeps its rows until it is to be painted anew."""

    _kept: tuple[Region, list[Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows, as they were if nothing changed."""
        if self._kept is None or self._kept[0] != crop:
            self._kept = crop, self._render_lines(crop)
        return self._kept[1]

    def _render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(crop)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Something of it changed."""
        self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Its colours did."""
        self._kept = None
        super().notify_style_update()


class Ground(Kept):
    """Nothing but a background: the same line over and over, wherever no other widget stands."""

    def _render_lines(self, crop: Region) -> list[Strip]:
        strip = Strip.blank(crop.width, self.visual_style.rich_style)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        return [strip] * crop.height


class Bar(Kept, ScrollBar):
    """A scroll bar."""
