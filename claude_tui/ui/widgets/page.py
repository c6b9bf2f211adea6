"""A conversation as lines: nothing in it is laid out twice, and nothing that is far from the view is laid out
at all.

It is told exchanges (``show``) and reconciles them with what it holds: a finished exchange is the same object
as last time and costs nothing. Heights of units never seen are guessed, and made exact before they come into
view; the line the reader looks at stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from .kept import Bar
from .painter import Painter
from .reading import Facts, Reading
from .rows import Anchor, Rows

if TYPE_CHECKING:
    from textual.timer import Timer

    # Loaded with the first conversation: the first frame needs none of it.
    from ...core.view import Exchange
    from ..looks.theme import Styles
    from .told import Told
    from .units import Unit

MEASURE = 100
"""Cells of the column of text, at most."""
FRAME = 0.033
"""Seconds until more is shown of what was too much for one frame."""


class Page(ScrollView, can_focus=True):
    """Units, one under the other: it follows its end until the reader scrolls."""

    DEFAULT_CSS = """
    Page {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $scrollbar;
        scrollbar-color-hover: $accent;
        scrollbar-color-active: $accent;
        padding: 0;
    }
    """

    @dataclass(eq=False, repr=False)
    class Followed(Message, namespace="transcript"):
        """The view began to follow the end, or ceased to."""

        following: bool

    def __init__(self, styles: Styles, *, id: str | None = None) -> None:
        self._bar: Bar | None = None
        self._painted: dict[int, Strip] = {}
        """The rows of the view that are as they were painted."""
        super().__init__(id=id)
        self.auto_links = False
        self.reading = Reading()
        self._painter = Painter(styles)
        self._rows = Rows()
        self._told: Told | None = None
        self._later: Timer | None = None
        """Set while there is more to show."""
        self._following = True
        self._seen_rows = 0
        """Rows there were when the view ceased to follow."""

    @property
    def vertical_scrollbar(self) -> Bar:
        """The scroll bar, made when it is first asked for."""
        if self._bar is None:
            self._bar = self._vertical_scrollbar = Bar(name="vertical", thickness=self.scrollbar_size_vertical)
            self._bar.display = False
            self.app._start_widget(self, self._bar)  # pyright: ignore[reportUnknownMemberType, reportPrivateUsage]
        return self._bar

    # -- told -----------------------------------------------------------------------------------------

    def show(
        self,
        exchanges: Sequence[Exchange],
        *,
        live: bool = False,
        keys: Mapping[str, str] | None = None,
        facts: Facts | None = None,
    ) -> None:
        """Show these exchanges; ``live`` while the last one's reply still grows. ``keys`` are the labels of the
        keys that help with a reply that was cut."""
        from .told import Told

        self.reading.facts = facts or self.reading.facts
        self._told = self._told or Told(self.reading)
        self._replace(self._told.show(exchanges, live, keys or {}), self._told.same)
        self._keep_up()

    @property
    def behind(self) -> bool:
        """Whether more was told than is shown yet: it comes with the next frames."""
        return self._told is not None and self._told.behind

    def _keep_up(self) -> None:
        """Show more of what was too much for one frame, a frame later."""
        if self.behind and self._later is None:
            self._later = self.set_timer(FRAME, self._show_more)

    def _show_more(self) -> None:
        self._later = None
        if self._told is not None and self._told.behind:
            self._replace(self._told.more(), self._told.same)
            self._keep_up()

    def greet(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show a few lines instead of a conversation: (text, role)."""
        from .units import PlainUnit

        self._told = None
        self._replace([PlainUnit(text, role, 1 if place == 0 else 0) for place, (text, role) in enumerate(lines)])

    def refold(self) -> None:
        """Lay out anew what the reader's folds and timestamps changed."""
        if self._told is not None:
            before = self._rows.count
            self._replace(self._told.again())
            self._seen_rows += self._rows.count - before  # unfolded is not new

    def wear(self, styles: Styles) -> None:
        """Wear another theme."""
        self._painter.wear(styles)
        self.refresh()

    @property
    def following(self) -> bool:
        """Whether it follows the end."""
        return self._following

    def toggle_timestamps(self) -> bool:
        """Show or hide times and receipts; whether they show now."""
        self.reading.timestamps = not self.reading.timestamps
        self.refold()
        return self.reading.timestamps

    def toggle_all(self) -> None:
        """Unfold every card, or fold them again."""
        self.reading.unfold_all = not self.reading.unfold_all
        self.reading.folds.clear()
        self.refold()

    # -- rows -----------------------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Rows of everything and an empty one at the end, guessed where nothing was laid out yet."""
        return self._rows.count + 1 if self._rows.units else 0

    def _replace(self, units: list[Unit], same: int = 0) -> None:
        anchor = self._rows.anchor(int(self.scroll_y))
        with self._holding():
            changed = self._rows.replace(units, same)
            if changed is not None:
                self._settle(anchor, changed)

    def _settle(self, anchor: Anchor, changed: int | None) -> None:
        """After units changed: keep the reader's line, or the end, in place; paint from row ``changed`` on."""
        if not self.is_attached or self.size.height == 0:
            return
        before, height = int(self.scroll_y), self.size.height
        if self._following:
            self._rows.exact_at_end(2 * height)
            top = self.max_scroll_y
        else:
            top = self._rows.exact_around(self._rows.row_of(anchor), height)
        self._scroll_quietly(top)
        if int(self.scroll_y) != before or changed is None:
            self.refresh()
            return
        first = max(changed - before, 0)
        if first >= height and not self._following:
            first = height - 1  # below the view: only the mark there counts on
        if first < height:
            self.refresh(Region(0, first, self.size.width, height - first))

    def _scroll_quietly(self, top: int) -> None:
        """Set size and place without the repaints their watchers would cause."""
        room, rows = self.size, self.rows
        size, top = Size(room.width, rows), max(min(top, rows - room.height), 0)
        if (size, top) == (self.virtual_size, self.scroll_y) and self.vertical_scrollbar.window_size == room.height:
            return
        self.set_reactive(cast("Any", Widget.virtual_size), size)
        self.vertical_scrollbar.place(room.height, rows, top, exactly=not self._following)
        self.set_reactive(cast("Any", Widget.scroll_y), float(top))
        self.set_reactive(cast("Any", Widget.scroll_target_y), float(top))

    @property
    def max_scroll_y(self) -> int:
        """The last row that may stand at the top."""
        return max(self.rows - self.size.height, 0)

    # -- painting ----------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of the visible region; Textual's style cache is passed by, what it would add is in them.

        A row that reads as before is the same object as before, and so is all that is kept with it: its bytes too.
        """
        stale = [y for y in range(crop.y, crop.bottom) if y not in self._painted]
        if stale:
            strips = self._strips(stale)
            background = self.background_colors[1]
            for line_filter in self.get_line_filters():
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
            self._painted.update(zip(stale, strips, strict=True))
        strips = [self._painted[y] for y in range(crop.y, crop.bottom)]
        if (crop.x, crop.width) != (0, self.size.width):
            strips = [strip.crop(crop.x, crop.x + crop.width) for strip in strips]
        return strips

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """What is not asked for stays as it was painted."""
        for region in regions:
            for y in region.line_range:
                self._painted.pop(y, None)
        if not regions:
            self._painted.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Another theme: its ground is in every row."""
        self._painted.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One row of the view with its places in the text: Textual asks for it where the mouse is."""
        return self._strips([y])[0].apply_offsets(0, int(self.scroll_y) + y)

    def _strips(self, places: Sequence[int]) -> list[Strip]:
        """Rows of the view."""
        top, marked, dresses = int(self.scroll_y), self._rows_marked(), self._dresses()
        last = self.size.height - 1
        strips: list[Strip] = []
        for y in places:
            row = top + y
            line, unit, inside = self._rows.line_at(row)
            strip = self._painter.paint(line, marked=row in marked)
            if dresses and line is not None and unit is not None:
                strip = self._dress(strip, row, unit, inside)
            strips.append(self._with_mark(strip) if y == last else strip)
        return strips

    def _holding(self) -> AbstractContextManager[None]:
        """While rows change: what is held by its row is held by its line."""
        return nullcontext()

    def _rows_marked(self) -> range:
        """Rows of the block that the keyboard stands on."""
        return range(0)

    def _dresses(self) -> bool:
        """Whether something stands over the rows."""
        return False

    def _dress(self, strip: Strip, row: int, unit: Unit, inside: int) -> Strip:
        """What stands over a painted row: a selection, what was looked for."""
        return strip

    def _mark_words(self) -> Sequence[str]:
        """What is said at the end of the last row in view: the first of these for which there is room."""
        if self._following:
            return ()
        new = self._rows.count - self._seen_rows
        return (f" ↓ {new:,} new line{'' if new == 1 else 's'} · End " if new > 0 else " ↓ End ",)

    def _with_mark(self, strip: Strip) -> Strip:
        style = self._painter.styles.base + self._painter.styles["new-output"]
        most = self.size.width - self._painter.margin - 4
        words = next((words for words in self._mark_words() if len(words) <= most), "")
        if not words:
            return strip
        room = self.size.width - self._painter.margin - len(words)
        mark = Segment(words, style)
        after = Segment(" " * self._painter.margin, self._painter.styles.base)
        return Strip([*strip.crop(0, room), mark, after], self.size.width)

    # -- moving --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Nothing of the base class's scroll bar timing is wanted."""
        self.show_vertical_scrollbar = True

    def on_resize(self, event: events.Resize) -> None:
        """Another width lays out what is visible, and guesses the rest anew."""
        anchor = self._rows.anchor(int(self.scroll_y))
        width = max(self.size.width - 2, 8)
        column = min(width, MEASURE)
        self._painter.resize(self.size.width, max((self.size.width - column) // 2, 1) if width > 8 else 0)
        before = self._rows.count
        self._rows.resize(column)
        self._settle(anchor, None)
        self._seen_rows += self._rows.count - before

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The reader scrolled."""
        if round(old_value) == round(new_value) or not self.is_attached:
            return
        # A larger window moves the last place there is to scroll to: that is no reader who scrolls up.
        still = self._following and new_value >= self.max_scroll_y
        self._arrive(round(new_value), down=new_value > old_value or still)

    def _arrive(self, top: int, *, down: bool) -> None:
        top = max(min(top, self.max_scroll_y), 0)
        with self._holding():
            top = self._laid_out(top)
            self._follow(top >= self.max_scroll_y and (down or self.max_scroll_y == 0))
            if self._following:
                self._rows.exact_at_end(2 * self.size.height)
                top = self.max_scroll_y
        self._scroll_quietly(top)
        self.refresh()

    def _laid_out(self, top: int) -> int:
        """The same place once what is around it is laid out; a wrong guess put right is no new line."""
        before = self._rows.count
        top = self._rows.exact_around(top, self.size.height)
        self._seen_rows += self._rows.count - before
        return top

    def _lay_out(self, index: int) -> None:
        """Lay out one unit; what is in view stays where it is."""
        if self._rows.units[index].exact(self._rows.width):
            return
        anchor, before = self._rows.anchor(int(self.scroll_y)), self._rows.count
        with self._holding():
            self._rows.exact_at(index)
        self._seen_rows += self._rows.count - before
        self._scroll_quietly(self.max_scroll_y if self._following else self._rows.row_of(anchor))

    def _follow(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self._seen_rows = self._rows.count
            self.post_message(self.Followed(following))

    def move(self, rows: int) -> None:
        """Scroll by so many rows; upwards releases the end, reaching it takes hold again."""
        top = int(self.scroll_y)
        if rows < 0:
            # What is above is made exact first, or the page would jump.
            top = self._laid_out(top)
        self._arrive(top + rows, down=rows > 0)

    def action_line(self, rows: int) -> None:
        """Scroll by a line."""
        self.move(rows)

    def action_page(self, pages: int) -> None:
        """Scroll by a page, two lines of it kept."""
        self.move(pages * max(self.size.height - 2, 1))

    def action_top(self) -> None:
        """To the beginning."""
        self._arrive(0, down=False)

    def action_bottom(self) -> None:
        """To the end, and follow it."""
        with self._holding():
            self._rows.exact_at_end(2 * self.size.height)
        self._follow(True)
        self._scroll_quietly(self.max_scroll_y)
        self.refresh()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.move(-3)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.move(3)

    def scroll_to_node(self, node_id: str) -> None:
        """Bring the first line of a node to the top."""
        unit = next((unit for unit in self._rows.units if unit.node_id == node_id), None)
        if unit is not None:
            self._arrive(self._rows.top_of(unit), down=False)
