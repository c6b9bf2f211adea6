"""A list of lines, as long as one likes: only what is seen is painted.

One `ScrollView` over a function that paints a row, because a widget for each of thousands of rows takes
seconds to open. It never has the focus; whoever owns it moves the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from claude_tui.ui.words import format

Role: TypeAlias = Literal["plain", "strong", "dim", "accent", "warn", "error", "gone", "new"]
Piece: TypeAlias = tuple[str, Role]
Painter: TypeAlias = Callable[[int, int, bool], Iterable[Piece]]
"""Paints the row of that index, in so many cells, chosen or not."""

MARK = 3
"""Cells before each row, for the mark of the chosen one."""


class LineList(ScrollView, can_focus=False):
    """Rows of one line each, one of them chosen."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--plain",
        "line-list--strong",
        "line-list--dim",
        "line-list--accent",
        "line-list--warn",
        "line-list--error",
        "line-list--gone",
        "line-list--new",
        "line-list--chosen",
    }
    DEFAULT_CSS = """
    LineList {
        height: 1fr;
        background: $background;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $scrollbar;
        scrollbar-color-hover: $accent;
        scrollbar-color-active: $accent;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        & .line-list--plain { color: $foreground; }
        & .line-list--strong { color: $foreground; text-style: bold; }
        & .line-list--dim { color: $text-muted; }
        & .line-list--accent { color: $accent; text-style: bold; }
        & .line-list--warn { color: $warning; }
        & .line-list--error { color: $error; }
        & .line-list--gone { color: $error; text-style: strike; }
        & .line-list--new { color: $success; text-style: underline; }
        & .line-list--chosen { background: $panel; }
    }
    """

    @dataclass
    class Moved(Message):
        """Another row is chosen."""

        index: int

    @dataclass
    class Picked(Message):
        """A row was clicked."""

        index: int

    def __init__(self, paint: Painter, *, choosing: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._paint = paint
        self._choosing = choosing
        self._count = 0
        self._chosen = 0
        self._worn: dict[tuple[str, bool], Style] = {}
        """Styles of the theme: to ask for them costs more than to paint with them."""

    # What it is told

    def show(self, count: int, chosen: int = 0) -> None:
        """So many rows, and which is chosen; the painter is asked for each anew."""
        self._count = count
        self.virtual_size = Size(0, count)
        self._chosen = -1
        self.choose(chosen)
        self.refresh()

    def grow(self, count: int) -> None:
        """More rows, below those that are there and stay as they are: only they are painted."""
        top = self._count - round(self.scroll_y)
        added = count - self._count
        self._count = count
        if self.show_vertical_scrollbar:  # nothing else has another place because of it
            self.set_reactive(cast("Any", Widget.virtual_size), Size(0, count))
            self.vertical_scrollbar.window_virtual_size = count
        else:
            self.virtual_size = Size(0, count)
        if self._chosen < 0 or added >= count:
            self.choose(0)
        if top < self.size.height:
            self.refresh(Region(0, top, self.size.width, added))

    def choose(self, index: int) -> None:
        """Choose a row, the nearest there is, and bring it into view."""
        index = min(max(index, 0), self._count - 1)
        if index == self._chosen or index < 0:
            return
        self._chosen = index
        self._reveal()
        self._tell_half()
        self.refresh()
        if self._choosing:
            self.post_message(self.Moved(index))

    def move(self, by: int) -> None:
        """Choose the row so many further, or scroll by as many when nothing is chosen here."""
        if self._choosing:
            self.choose(self._chosen + by)
        else:
            self._scroll(round(self.scroll_y) + by)

    def page(self, by: int) -> None:
        """Move by pages."""
        self.move(by * max(self.size.height - 1, 1))

    @property
    def chosen(self) -> int | None:
        """The index of the chosen row; None in an empty list."""
        return self._chosen if self._choosing and 0 <= self._chosen < self._count else None

    # What it does

    def on_resize(self) -> None:
        self._reveal()
        self._tell_half()

    def on_click(self, event: events.Click) -> None:
        index = round(self.scroll_y) + event.y
        if self._choosing and index < self._count:
            self.choose(index)
            self.post_message(self.Picked(index))

    def _reveal(self) -> None:
        """Scroll as little as brings the chosen row into view."""
        top, height = round(self.scroll_y), self.size.height
        if self.chosen is not None and height and not top <= self._chosen < top + height:
            self._scroll(self._chosen if self._chosen < top else self._chosen - height + 1)

    def _tell_half(self) -> None:
        """In which half of the screen the chosen row is: what is told is shown in the other."""
        if self.chosen is not None and self.is_attached:
            row = self.region.y + self._chosen - round(self.scroll_y)
            self.screen.set_class(row < self.screen.size.height // 2, "-chosen-above")

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=y, animate=False, force=True, immediate=True)

    # Looks

    def render_line(self, y: int) -> Strip:
        """One row: the mark, what the painter says, the ground to the edge."""
        width, index = self.scrollable_content_region.width, round(self.scroll_y) + y
        if index >= self._count:
            return Strip.blank(width, self._style("", False))
        chosen = self._choosing and index == self._chosen
        mark: Piece = (" ❯ " if chosen else "   ", "accent")
        pieces = [mark, *self._paint(index, max(width - MARK - 1, 0), chosen)]
        segments = [Segment(text, self._style(role, chosen)) for text, role in pieces]
        return Strip(segments).crop(0, width).extend_cell_length(width, self._style("", chosen))

    def _style(self, role: str, chosen: bool) -> Style:
        """Of a role on the ground of a row; of the ground itself without a role."""
        style = self._worn.get((role, chosen))
        if style is None:
            ground = self.get_component_rich_style("line-list--chosen") if chosen else self.rich_style
            style = ground
            if role:
                under = Style.from_color(None, ground.bgcolor)
                style = self.get_component_rich_style(f"line-list--{role}") + under
            self._worn[role, chosen] = style
        return style

    def notify_style_update(self) -> None:
        """Another theme."""
        self._worn.clear()
        super().notify_style_update()


def row(left: list[Piece], right: list[Piece], width: int) -> list[Piece]:
    """What is on the left, cut to leave room, and what is on the right, at the edge."""
    room = width - sum(cell_len(text) for text, _ in right)
    pieces: list[Piece] = []
    for text, role in left:
        text = format.fit(text, room)
        pieces.append((text, role))
        room -= cell_len(text)
    return [*pieces, (" " * max(room, 0), "plain"), *right]
