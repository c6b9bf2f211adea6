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
    """A scroll bar. To paint it costs more than to paint the line that was added."""

    _thumb = 0.0, 0.0
    """How long the thumb is and where it begins, in rows, as it was painted last."""

    def place(self, room: int, rows: int, top: int, *, exactly: bool) -> None:
        """Show which ``room`` of so many rows are in view; not ``exactly``, only where one would see it move."""
        thumb = max(1.0, room * room / max(rows, 1)), room * top / max(rows, 1)
        if exactly or any(abs(now - then) >= 1 for now, then in zip(thumb, self._thumb, strict=True)):
            self._thumb = thumb
            self.window_size, self.window_virtual_size, self.position = room, rows, top
        else:
            self.set_reactive(ScrollBar.window_size, room)
            self.set_reactive(ScrollBar.window_virtual_size, rows)
            self.set_reactive(ScrollBar.position, float(top))
