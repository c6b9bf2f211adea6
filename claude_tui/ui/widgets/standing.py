"""The block that the keyboard stands on: where it is, what stands beside it, how it comes into view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from .units import Unit


@dataclass(slots=True)
class Mark:
    """The block that the keyboard stands on."""

    unit: Unit
    portion: int
    """Which of the unit's blocks it is."""
    index: int
    """Where the unit stood when it was looked up last."""


class Standing(Page):
    """A page whose blocks the keyboard goes through, one by one or by message."""

    _mark: Mark | None = None
    _held = False

    def hold(self, held: bool) -> None:
        """Go on standing on the block while a command for it is typed in the prompt, or no more."""
        if held != self._held:
            self._held = held
            self.refresh()

    @property
    def _stands_here(self) -> bool:
        return self.has_focus or self._held

    # -- standing ---------------------------------------------------------------------------------------------

    def action_block(self, by: int) -> None:
        """To the next block, or the one before: the first time to one that is in view."""
        if self._told is None or not self._rows.units:
            return
        stood = self._stood()
        there = self._in_view(by) if stood is None else self._beside(*stood, by)
        if there is not None:
            self._stand(*there)

    def action_message(self, by: int) -> None:
        """To the next question or answer, or the one before."""
        if self._told is None or not self._rows.units:
            return
        stood = self._stood()
        starts = self._told.messages()
        if stood is not None:
            index, inside = stood[0], stood[1] > 0
            found = [at for at in starts if (at > index if by > 0 else at < index or (at == index and inside))]
        elif self._following and by < 0:
            found = starts
        else:
            top = int(self.scroll_y)
            found = [at for at in starts if (self._rows.top(at) > top if by > 0 else self._rows.top(at) < top)]
        found = found[:1] if by > 0 else found[-1:]
        if found:
            self._lay_out(found[0])
            self._stand(found[0], 0, at_top=True)

    def stand_on(self, node_id: str) -> None:
        """Stand on the first block of a node, at the top of the view."""
        index = next((at for at, unit in enumerate(self._rows.units) if unit.node_id == node_id), None)
        if index is not None:
            self._lay_out(index)
            self._stand(index, 0, at_top=True)

    @property
    def stands(self) -> bool:
        """Whether the keyboard stands on a block here."""
        return self._stands_here and self._stood() is not None

    def _stand(self, index: int, portion: int, *, at_top: bool = False) -> None:
        """Mark a block and bring it into view."""
        self._mark = Mark(self._rows.units[index], portion, index)
        last = index == self._last_stop()
        if not last and self._told is not None and self._told.live:
            self._follow(False)  # what is read is not to be pushed away by what is written
        mark = self._mark
        self._bring(lambda: self._extent(mark), at_top=at_top)
        self.refresh()

    def _bring(self, rows: Callable[[], range], *, at_top: bool = False, middle: bool = False) -> None:
        """Scroll as little as shows these rows, or until they stand at the top, or off the edges."""
        for _ in range(3):  # what comes into view is laid out, and may push it out again
            wanted = rows()
            top, room = int(self.scroll_y), max(self.size.height - 1, 1)
            if at_top:
                to = wanted.start - 1
            elif top <= wanted.start and wanted.stop <= top + room:
                break
            elif middle:
                to = wanted.start - room // 3
            elif wanted.start < top or len(wanted) >= room:
                to = wanted.start - 1
            else:
                to = wanted.stop - room
            to = max(min(to, self.max_scroll_y), 0)
            if to == top:
                break
            self._arrive(to, down=to > top)

    def _last_stop(self) -> int:
        units = self._rows.units
        return next((at for at in range(len(units) - 1, -1, -1) if units[at].standing == "own"), -1)

    def _stood(self) -> tuple[int, int] | None:
        """The unit and the block in it that the keyboard stands on, as long as it is in view."""
        mark = self._mark
        if mark is None or self._look_up(mark) is None:
            return None
        marked = self._extent(mark)
        top = int(self.scroll_y)
        in_view = marked.start < top + self.size.height and marked.stop > top
        return (mark.index, mark.portion) if in_view else None

    def _look_up(self, mark: Mark) -> int | None:
        """Where the marked unit stands now; where it was made anew, what shows the same stretch of its text."""
        units, unit = self._rows.units, mark.unit
        if mark.index < len(units) and units[mark.index] is unit:
            return mark.index
        found = next((at for at, other in enumerate(units) if other is unit), None)
        if found is None and unit.text_key:
            same = [
                at
                for at, other in enumerate(units)
                if other.text_key == unit.text_key and other.standing == "own" and other.start <= unit.start
            ]
            found = same[-1] if same else None
        if found is not None:
            mark.index, mark.unit = found, units[found]
        return found

    def _extent(self, mark: Mark) -> range:
        """The rows of a block, with the units that belong to it as far as the view goes."""
        index = self._look_up(mark)
        if index is None or not mark.unit.exact(self._rows.width):
            return range(0)
        units, rows = self._rows.units, self._rows
        portions = mark.unit.portions(rows.width)
        mark.portion = min(mark.portion, len(portions) - 1)
        portion = portions[mark.portion]
        first, end = rows.top(index) + portion.first, rows.top(index) + portion.end
        if mark.portion == len(portions) - 1:
            bottom = max(int(self.scroll_y), first) + self.size.height
            for place in range(index + 1, len(units)):
                if units[place].standing != "with" or end > bottom:
                    break
                end = rows.top(place) + units[place].height(rows.width)
        return range(first, end)

    def _in_view(self, by: int) -> tuple[int, int] | None:
        """The first block that begins in view, or the last one; else the one that fills it."""
        rows, top = self._rows, int(self.scroll_y)
        found: list[tuple[int, int]] = []
        index = rows.index_at(top)
        while index < len(rows.units) and rows.top(index) < top + self.size.height:
            unit = rows.units[index]
            if unit.standing == "own":
                portions = unit.portions(rows.width)
                begins = [top <= rows.top(index) + portion.first < top + self.size.height for portion in portions]
                found += [(index, place) for place, here in enumerate(begins) if here]
            index += 1
        if found:
            return found[0 if by > 0 else -1]
        return self._beside(rows.index_at(top) + 1, 0, -1)

    def _beside(self, index: int, portion: int, by: int) -> tuple[int, int] | None:
        """The block after that one, or before it."""
        units, width = self._rows.units, self._rows.width
        if index < len(units) and 0 <= portion + by < len(units[index].portions(width)):
            return index, portion + by
        index += by
        while 0 <= index < len(units):
            if units[index].standing == "own":
                self._lay_out(index)
                return index, 0 if by > 0 else len(units[index].portions(width)) - 1
            index += by
        return None

    def _rows_marked(self) -> range:
        return self._extent(self._mark) if self._mark is not None and self._stands_here else range(0)

    def _top_of(self, unit: Unit) -> int:
        return self._rows.top(self._rows.units.index(unit))

    def _mark_row(self, index: int, row: int) -> None:
        """Stand on the block that has this row."""
        units = self._rows.units
        while index and units[index].standing == "with":
            index -= 1
            row = 0
        if units[index].exact(self._rows.width):
            portions = units[index].portions(self._rows.width)
            portion = next((at for at, portion in enumerate(portions) if row < portion.end), 0)
            self._mark = Mark(units[index], portion, index)
