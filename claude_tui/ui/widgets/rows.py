"""Where each unit stands: rows counted from the top, guessed until a unit is laid out, exact near the view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, count, islice
from operator import is_not
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...markdown import Line
    from .units import Unit


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line of the conversation, held while the rows around it change."""

    unit: Unit | None
    index: int
    inside: int
    """Rows from the beginning of the unit, its gap included."""


class Rows:
    """Units, one under the other, at one width."""

    def __init__(self, width: int = 80) -> None:
        self.width = width
        self.units: list[Unit] = []
        self._tops: list[int] = [0]
        """First row of each unit, its gap included; one more than there are units."""

    @property
    def count(self) -> int:
        """Rows of everything, guessed where nothing was laid out yet."""
        return self._tops[-1]

    def resize(self, width: int) -> bool:
        """Another width guesses everything anew; whether it is another."""
        if width == self.width:
            return False
        self.width = width
        self._recount(0)
        return True

    def replace(self, units: list[Unit], same: int = 0) -> int | None:
        """Put these units in the place of the old ones; the first row that reads otherwise, None when none does.

        ``same`` is how many of the first are known to be the old ones.
        """
        old = self.units
        others = map(is_not, islice(old, same, None), islice(units, same, None))
        same += next(compress(count(), others), min(len(old), len(units)) - same)
        if same == len(units) == len(old):
            return None
        first = self._tops[same] + self._unchanged(old, units, same)
        self.units = units
        self._recount(same)
        return first

    def _unchanged(self, old: Sequence[Unit], new: Sequence[Unit], at: int) -> int:
        """Rows of the first differing unit that are painted already and stay as they are: the same objects."""
        width = self.width
        if at >= len(old) or at >= len(new) or not old[at].exact(width) or old[at].gap != new[at].gap:
            return 0
        before, after = old[at].lines(width), new[at].lines(width)
        same = 0
        for one, other in zip(before, after, strict=False):
            if one != other:
                break
            same += 1
        new[at].keep(before[:same])
        return same + new[at].gap

    def _recount(self, start: int) -> None:
        """Make the tops right from unit ``start`` on."""
        base = self._tops[start]
        del self._tops[start:]
        heights = (unit.gap + unit.height(self.width) for unit in self.units[start:])
        self._tops.extend(accumulate(heights, initial=base))

    # -- finding -------------------------------------------------------------------------------------------

    def index_at(self, row: int) -> int:
        """The index of the unit that ``row`` belongs to, the nearest when none does; 0 when there is none."""
        return max(min(bisect_right(self._tops, row) - 1, len(self.units) - 1), 0)

    def line_at(self, row: int) -> tuple[Line | None, Unit | None, int]:
        """The line at ``row``, its unit, and its place in the unit; no line in a gap or outside."""
        if not 0 <= row < self.count:
            return None, None, 0
        index = self.index_at(row)
        unit = self.units[index]
        inside = row - self._tops[index] - unit.gap
        lines = unit.lines(self.width)
        return (lines[inside] if 0 <= inside < len(lines) else None), unit, inside

    def top_of(self, unit: Unit) -> int:
        """The first row of a unit, its gap included."""
        return self._tops[self.units.index(unit)]

    def top(self, index: int) -> int:
        """The first row of the unit at that index, its gap not included."""
        return self._tops[index] + self.units[index].gap

    def anchor(self, row: int) -> Anchor:
        """Hold the line at ``row``."""
        if not self.units:
            return Anchor(None, 0, 0)
        index = self.index_at(row)
        return Anchor(self.units[index], index, row - self._tops[index])

    def row_of(self, anchor: Anchor) -> int:
        """Where a held line stands now; where its unit is gone, the unit in its place."""
        if anchor.unit is None or not self.units:
            return 0
        if anchor.index < len(self.units) and self.units[anchor.index] is anchor.unit:
            return self._tops[anchor.index] + anchor.inside
        index = next((at for at, unit in enumerate(self.units) if unit is anchor.unit), None)
        return self._tops[min(anchor.index, len(self.units) - 1) if index is None else index] + anchor.inside

    # -- laying out ----------------------------------------------------------------------------------------

    def exact_at_end(self, rows: int) -> None:
        """Lay out what the last ``rows`` show."""
        index, stale = len(self.units) - 1, len(self.units)
        while index >= 0 and rows > 0:
            unit = self.units[index]
            if not unit.exact(self.width):
                stale = index
            rows -= len(unit.lines(self.width)) + unit.gap
            index -= 1
        if stale < len(self.units):
            self._recount(stale)

    def exact_at(self, index: int) -> None:
        """Lay out one unit."""
        if not self.units[index].exact(self.width):
            self.units[index].lines(self.width)
            self._recount(index)

    def exact_around(self, top: int, page: int) -> int:
        """Lay out the page at ``top`` and one around it; where the line at ``top`` stands afterwards."""
        if not self.units:
            return 0
        for _ in range(4):  # a guess that was far off brings other units into view
            low, high = self.index_at(top - page), min(self.index_at(top + 2 * page) + 1, len(self.units))
            stale = [place for place in range(low, high) if not self.units[place].exact(self.width)]
            if not stale:
                break
            index = self.index_at(top)
            inside = top - self._tops[index]
            for place in stale:
                self.units[place].lines(self.width)
            self._recount(stale[0])
            unit = self.units[index]
            top = self._tops[index] + min(inside, unit.gap + unit.height(self.width) - 1)
        return top
