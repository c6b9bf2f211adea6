"""Lines of roles become strips of the theme: the only place of the transcript that knows colours."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from ...markdown import Line
    from ..looks.theme import Styles

CACHED_STRIPS = 600
"""A strip is heavy; only what is near the view is kept."""
MARK = "▌"
"""In the margin, beside what the keyboard stands on."""


class Painter:
    """Paints lines at one width in one theme, and remembers the last ones."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.width = 0
        self.margin = 0
        self._strips: OrderedDict[tuple[int, bool], tuple[Line | None, Strip]] = OrderedDict()
        """By the line's identity, which it keeps as long as it is held here: to look at all that is in it takes
        longer than all the rest of finding it."""

    def resize(self, width: int, margin: int) -> None:
        """Paint from now on strips of ``width`` cells whose text begins after ``margin``."""
        if (width, margin) != (self.width, self.margin):
            self.width, self.margin = width, margin
            self._strips.clear()

    def wear(self, styles: Styles) -> None:
        """Another theme."""
        self.styles = styles
        self._strips.clear()

    def paint(self, line: Line | None, *, marked: bool = False) -> Strip:
        """The strip of a line, or of an empty row; ``marked`` when the keyboard stands on it."""
        key = (id(line), marked)
        held = self._strips.get(key)
        if held is not None:
            self._strips.move_to_end(key)
            return held[1]
        strip = self._paint(line, marked)
        self._strips[key] = line, strip
        if len(self._strips) > CACHED_STRIPS:
            self._strips.popitem(last=False)
        return strip

    def _paint(self, line: Line | None, marked: bool) -> Strip:
        styles = self.styles
        if line is None and not marked:
            return Strip([Segment(" " * self.width, styles.base)], self.width)
        # Where there is no margin for the mark, the row's ground tells.
        row = styles.base + styles["cursor.block"] if marked and not self.margin else styles.base
        segments: list[Segment] = []
        if self.margin:
            mark = MARK if marked else " "
            segments = [Segment(" " * (self.margin - 1) + mark, row + styles["user.bar"] if marked else row)]
        ground = row + Style(bgcolor=styles[line.ground].bgcolor) if line is not None and line.ground else row
        used = self.margin
        for span in line.spans if line is not None else ():
            style = ground + styles[span.style] if span.style else ground
            if span.link is not None:
                style = style + Style.from_meta({"link": span.link})
            segments.append(Segment(span.text, style))
            used += cell_len(span.text)
        room = self.width - used
        if room > 0:
            # The quiet ground of code ends with the column, not with the screen.
            edge = max(self.width - self.margin - used, 0) if ground is not row else 0
            if edge:
                segments.append(Segment(" " * edge, ground))
            if room > edge:
                segments.append(Segment(" " * (room - edge), row))
        strip = Strip(segments, max(used, self.width))
        return strip if room >= 0 else strip.crop(0, self.width)
