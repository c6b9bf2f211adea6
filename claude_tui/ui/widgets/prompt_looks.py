"""How the prompt looks: its glyph, its height, its cursor. What its keys do is in ``prompt.py``."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widgets import TextArea

from claude_tui.core.text import clean
from claude_tui.ui.editing.letters import after, joins
from claude_tui.ui.editing.pasted import Pasted, number

from .fitted import Fitted

GLYPH = "❯"
MOST_ROWS = 10
"""How far it grows; the longer text scrolls in it."""
BLINKS = 20
"""Times the cursor comes and goes, half a second each, after the last key: then it stays, and nothing is painted."""


class PromptLooks(TextArea, Fitted, inherit_bindings=False):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A text area without a frame that is as high as its text, with a glyph before its first line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"prompt--glyph", "prompt--chip"}
    DEFAULT_CSS = """
    PromptLooks {
        width: 1fr;
        height: auto;
        border: none;
        padding: 0;
        color: $foreground;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-color: $scrollbar;
        scrollbar-color-hover: $accent;
        scrollbar-color-active: $accent;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        overflow-x: hidden;
        &:focus { border: none; }
        & .prompt--glyph { color: $accent; text-style: bold; }
        & .prompt--chip { color: $accent; text-style: bold; }
        & .text-area--placeholder { color: $text-muted; }
        & .text-area--cursor-line { background: transparent; }
    }
    """

    def __init__(self, hint: str, *, id: str | None, classes: str | None) -> None:
        self._hint = hint
        self._glyph = GLYPH
        self.pasted = Pasted()
        """What the large pastes in it stand for."""
        self._active = True
        self._blinks = 0
        super().__init__(id=id, classes=classes, highlight_cursor_line=False, compact=True)

    def set_hint(self, hint: str) -> None:
        """What an empty prompt says."""
        if hint != self._hint:
            self._hint = hint
            self.refresh()

    def set_glyph(self, glyph: str) -> None:
        """What stands before the first line, in one cell."""
        if glyph != self._glyph:
            self._glyph = glyph
            self.refresh()

    @property
    def gutter_width(self) -> int:
        """Room for the glyph, on every line so that they align."""
        return 3

    @property
    def _draw_cursor(self) -> bool:
        """No cursor under another screen: it says where one types."""
        return super()._draw_cursor and self.screen.is_active

    def _toggle_cursor_blink_visible(self) -> None:
        """The cursor comes or goes; after the last time it stays."""
        self._blinks += 1
        if self._blinks < BLINKS:
            super()._toggle_cursor_blink_visible()
        else:
            self._pause_blink(visible=True)

    def _restart_blink(self) -> None:
        self._blinks = 0
        super()._restart_blink()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the text has, up to ten and to a third of the screen."""
        return max(1, min(self.virtual_size.height, MOST_ROWS, viewport.height // 3))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The text area keeps lines painted with their cursor, so they go when it comes or goes."""
        if self._active != self.screen.is_active:
            self._active = not self._active
            self._line_cache.clear()  # pyright: ignore[reportUnknownMemberType]
        return super().render_lines(crop)

    def _recompute_cursor_offset(self) -> None:
        """Textual 8.2.8 asks for it in the middle of an undo, before the cursor is where there is text again."""
        if self.cursor_location[0] < self.document.line_count:
            super()._recompute_cursor_offset()

    def get_line(self, line_index: int) -> Text:
        """A line, with the sign of each chip."""
        line = super().get_line(line_index)
        marks = self.pasted.marks(line.plain)
        if marks:
            places = self.pasted.marks(self.text)
            style = self.get_component_rich_style("prompt--chip")
            plain = line.plain
            line.plain = plain.translate({ord(mark): number(places.index(mark)) for mark in marks})
            for at, letter in enumerate(plain):
                if letter in marks:
                    line.stylize(style, at, at + 1)
        return line

    def render_line(self, y: int) -> Strip:
        """The glyph before the first line, and the line."""
        base = self._theme.base_style or self.rich_style
        first = y + self.scroll_offset.y == 0
        glyph = self.get_component_rich_style("prompt--glyph") if first else base
        gutter = Strip([Segment(f" {self._glyph} " if first else "   ", glyph)], 3)
        if self.text or y:
            return Strip.join([gutter, _whole(super().render_line(y))])
        style = self.get_component_rich_style("text-area--placeholder")
        hint = Strip([Segment(clean(self._hint) or " ", style)])
        line = Strip(hint.crop(0, max(self.size.width - 3, 0)))
        cursor = self._theme.cursor_style if self._draw_cursor else None
        if cursor is not None:
            start = Segment.apply_style(line.crop(0, 1), post_style=cursor)
            line = Strip([*start, *line.crop(1)])
        return Strip.join([gutter, line.extend_cell_length(max(self.size.width - 3, 0), base)])


def _whole(line: Strip) -> Strip:
    """The line with no style that ends in the middle of a letter: half of it is of another width.

    Textual 8.2.8 paints the cursor on one character, and so parts an emoji from what makes it one.
    """
    text = line.text
    if text.isascii():
        return line
    segments: list[Segment] = []
    at = end = 0
    for segment in line:
        end += len(segment.text)
        cut = after(text, end) if joins(text, end) else end
        if cut > at:
            segments.append(Segment(text[at:cut], segment.style, segment.control))
            at = cut
    return Strip(segments, line.cell_length)
