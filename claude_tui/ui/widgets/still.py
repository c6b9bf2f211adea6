"""A page that marks what its reader has not read, and that can be held still while a reply goes on.

Held, it shows what there was, whatever it is told: nothing on it moves. What came since is counted, and shown when
the reader turns the page at its end, or lets go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from .selecting import styled
from .standing import Standing

if TYPE_CHECKING:
    from ...core.view import Exchange, Part
    from .place import Count, Place
    from .reading import Facts
    from .rows import Anchor

    Told: TypeAlias = tuple[Sequence[Exchange], bool, Mapping[str, str] | None, Facts | None]

_UNREAD = " unread "


@dataclass(slots=True)
class _Frozen:
    """While the page is held still."""

    key: str
    """How one lets go, as it is said."""
    count: Count
    told: Told | None = None
    """What was told since, the newest."""


class Still(Standing):
    """A page that can be held still, and marks where what was not read begins."""

    _frozen: _Frozen | None = None
    _place: Place | None = None
    """Up to where it was read; None while all of it is."""
    _place_at = 0
    """The index of the unit it was in when it was looked up last."""
    _unread: int | None = None
    """The first row that was not read, as it was painted last."""

    # -- holding ----------------------------------------------------------------------------------------------

    @property
    def frozen(self) -> bool:
        """Whether it is held still."""
        return self._frozen is not None

    @property
    def live(self) -> bool:
        """Whether the last reply still grows, shown or not."""
        if self._frozen is not None and self._frozen.told is not None:
            return self._frozen.told[1]
        return self._told is not None and self._told.live

    def freeze(self, key: str) -> None:
        """Show from now on what there is; ``key`` lets go."""
        from .place import Count

        if self._told is None or self._frozen is not None:
            return
        self._follow(False)
        self._frozen = _Frozen(key, Count(self._told.exchanges))
        key = self._place.key if self._place is not None else ""
        if any(unit.unfolded and unit.fold_key == key for unit in self._rows.units):
            self.reading.folds.setdefault(key, True)  # what is being read is not folded away
        self.refresh()

    def release(self) -> None:
        """Show what came, from the first line of it on that was not read."""
        frozen = self.let_go()
        if frozen is None or frozen.told is None:
            self._arrive(int(self.scroll_y), down=True)
            return
        self._follow(False)
        self._adopt(frozen.told)
        self._go_to_unread()

    def let_go(self) -> _Frozen | None:
        """Be held no longer: what is told next is shown."""
        frozen, self._frozen = self._frozen, None
        return frozen

    def come_back(self, place: Place) -> None:
        """The conversation was read up to there before: go on with that."""
        self._follow(False)
        self._place = place
        self._go_to_unread()

    @property
    def read_to(self) -> Place | None:
        """Up to where the conversation was read."""
        from .place import end_of

        return self._place if self._place is not None and not self._following else end_of(self._rows.units)

    def show(
        self,
        exchanges: Sequence[Exchange],
        *,
        live: bool = False,
        keys: Mapping[str, str] | None = None,
        facts: Facts | None = None,
    ) -> None:
        """Show these exchanges, or keep them for later while it is held still."""
        if self._frozen is None:
            super().show(exchanges, live=live, keys=keys, facts=facts)
            return
        self._frozen.told = exchanges, live, keys, facts
        before = self._frozen.count.lines
        self._frozen.count.take(exchanges, self._rows.width, self._is_open)
        if self._frozen.count.lines != before:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def greet(self, lines: Sequence[tuple[str, str]]) -> None:
        """Nothing of a greeting is unread."""
        self._frozen = self._place = None
        super().greet(lines)

    def move(self, rows: int) -> None:
        """Held still at the end of what it shows, it goes on with what came since."""
        if rows > 0 and self._frozen is not None and self.scroll_y >= self.max_scroll_y:
            self._take_in(self._frozen)
            unread = self._row_of_unread()
            if unread is not None:  # the rule stays in view, and the row above it
                rows = max(min(rows, unread - 2 - int(self.scroll_y)), 1)
        super().move(rows)

    def action_bottom(self) -> None:
        """To the end of all that came."""
        frozen = self.let_go()
        if frozen is not None and frozen.told is not None:
            self._adopt(frozen.told)
        super().action_bottom()
        self._place = None

    def _adopt(self, told: Told) -> None:
        exchanges, live, keys, facts = told
        super().show(exchanges, live=live, keys=keys, facts=facts)

    def _take_in(self, frozen: _Frozen) -> None:
        """Show what came up to now; what is in view stays where it is."""
        from .place import Count, end_of

        told, frozen.told = frozen.told, None
        if told is None:
            return
        self._follow(False)
        self._place = end_of(self._rows.units)
        self._adopt(told)
        frozen.count = Count(told[0])
        self.refresh()

    def _is_open(self, part: Part) -> bool:
        return part.kind == "text" or self.reading.is_open(part.key, part.open)

    # -- what was not read --------------------------------------------------------------------------------------

    def _follow(self, following: bool) -> None:
        from .place import end_of

        if self._following and not following:
            self._place = end_of(self._rows.units)
        elif following and self._find_unread() is None:
            self._place = None
        super()._follow(following)

    def _find_unread(self) -> tuple[int, int] | None:
        """The unit, and the row in it, in which what was not read begins."""
        from .place import row_in, unit_of

        units, place = self._rows.units, self._place
        at = unit_of(units, place, self._place_at) if place is not None else None
        if at is None or place is None:
            return None
        self._place_at = at
        unit = units[at]
        if place.offset < unit.until:
            return at, row_in(unit, place.offset, self._rows.width) if unit.exact(self._rows.width) else 0
        return (at + 1, 0) if at + 1 < len(units) else None

    def _row_of_unread(self) -> int | None:
        found = self._find_unread()
        return None if found is None else self._rows.top(found[0]) + found[1]

    def _go_to_unread(self) -> None:
        """Bring the first line that was not read into view, some of what is before it above it."""
        found = self._find_unread()
        if found is None:
            self.action_bottom()
            return
        self._lay_out(found[0])
        for _ in range(3):  # what comes into view is laid out, and may push it out again
            row = self._row_of_unread() or 0
            self._arrive(row - self.size.height // 3, down=True)
        self.refresh()

    def _settle(self, anchor: Anchor, changed: int | None) -> None:
        super()._settle(anchor, changed)
        unread = self._row_of_unread() if self._place is not None else None
        if unread != self._unread and self.is_attached:
            for row in (unread, self._unread):
                y = row - 1 - int(self.scroll_y) if row is not None else -1
                if 0 <= y < self.size.height:
                    self.refresh(Region(0, y, self.size.width, 1))

    # -- painting -----------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of the visible region."""
        self._unread = self._row_of_unread() if self._place is not None else None
        if self._unread is not None and self._following and self._unread <= self.scroll_y:
            self._place = self._unread = None  # it was passed by
        return super().render_lines(crop)

    def _strips(self, places: Sequence[int]) -> list[Strip]:
        """Rows of the view; above the first that was not read there is a rule, which takes no row of its own."""
        strips = super()._strips(places)
        if self._unread is not None:
            above = self._unread - 1 - int(self.scroll_y)
            if above in places and above < self.size.height - 1:
                at = list(places).index(above)
                strips[at] = self._ruled(strips[at])
        return strips

    def _ruled(self, strip: Strip) -> Strip:
        """A rule in an empty row; under the words of any other."""
        margin, styles = self._painter.margin, self._painter.styles
        room = self.size.width - 2 * margin
        if strip.text.strip():
            under = styled(strip, margin, len(strip.text) - margin, Style(underline=True))
            free = room - cell_len(strip.text.rstrip())
            return under if free < len(_UNREAD) else self._labelled(under, margin + room - len(_UNREAD))
        line = Segment("─" * room, styles.base + styles["md.rule"])
        side = Segment(" " * margin, styles.base)
        return self._labelled(Strip([side, line, side], self.size.width), margin + 2)

    def _labelled(self, strip: Strip, at: int) -> Strip:
        label = Segment(_UNREAD, self._painter.styles.base + self._painter.styles["new-output"])
        end = at + len(_UNREAD)
        return Strip([*strip.crop(0, at), label, *strip.crop(end, strip.cell_length)], strip.cell_length)

    def _mark_words(self) -> Sequence[str]:
        if self._frozen is None:
            return super()._mark_words()
        key, new = self._frozen.key, self._frozen.count.lines
        counted = f"{new:,} new line{'' if new == 1 else 's'} · " if new else ""
        return f" reading · {counted}{key} ", f" reading · {new:,} ", " reading "
