"""The whole conversation as one widget: what is read in it, by keys and by mouse.

The keyboard stands on a block, marked in the margin, once it was moved there: that block is what is folded,
opened or copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from ..commands import READING_KEYS
from .page import Page
from .selecting import selected_text, styled

if TYPE_CHECKING:
    from .units import Unit

What: TypeAlias = Literal["block", "code", "message"]


@dataclass(slots=True)
class Mark:
    """The block that the keyboard stands on."""

    unit: Unit
    portion: int
    """Which of the unit's blocks it is."""
    index: int
    """Where the unit stood when it was looked up last."""


class Transcript(Page):
    """A conversation to read."""

    BINDINGS = [Binding(key.keys, key.action, key.help, show=False) for key in READING_KEYS]

    @dataclass(eq=False, repr=False)
    class LinkChosen(Message):
        """The reader chose a link, or has to choose one of several; it is not opened yet."""

        links: tuple[tuple[str, str], ...]
        """Of each its words and its address."""

    @dataclass(eq=False, repr=False)
    class CopyChosen(Message):
        """The reader wants to copy something."""

        what: What
        text: str
        """It, where it is known already: the code whose label was clicked."""

    @dataclass(eq=False, repr=False)
    class VariantChosen(Message):
        """The reader wants to see another answer to the question at hand."""

        by: int

    _mark: Mark | None = None

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
        return self.has_focus and self._stood() is not None

    def _stand(self, index: int, portion: int, *, at_top: bool = False) -> None:
        """Mark a block and bring it into view."""
        self._mark = Mark(self._rows.units[index], portion, index)
        last = index == self._last_stop()
        if not last and self._told is not None and self._told.live:
            self._follow(False)  # what is read is not to be pushed away by what is written
        for _ in range(3):  # what comes into view is laid out, and may push it out again
            marked = self._extent(self._mark)
            top, room = int(self.scroll_y), max(self.size.height - 1, 1)
            if at_top:
                to = marked.start - 1
            elif top <= marked.start and marked.stop <= top + room:
                break
            elif marked.start < top or len(marked) >= room:
                to = marked.start - 1
            else:
                to = marked.stop - room
            to = max(min(to, self.max_scroll_y), 0)
            if to == top:
                break
            self._arrive(to, down=to > top)
        self.refresh()

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
        return self._extent(self._mark) if self._mark is not None and self.has_focus else range(0)

    # -- using ------------------------------------------------------------------------------------------------

    def action_use(self) -> None:
        """Fold or unfold the card at hand, or choose among the links of the block at hand."""
        stood = self._stood()
        if stood is None:
            self.action_fold()
        elif self._rows.units[stood[0]].fold_key:
            self.toggle(self._rows.units[stood[0]].fold_key)
        elif links := self._links(*stood):
            self.post_message(self.LinkChosen(links))

    def _links(self, index: int, place: int) -> tuple[tuple[str, str], ...]:
        """The links of a block: words and address; an address cut by a line end is one."""
        unit, width = self._rows.units[index], self._rows.width
        portion = unit.portions(width)[place]
        found: dict[str, str] = {}
        for line in unit.lines(width)[portion.first : portion.end]:
            for span in line.spans:
                if span.link:
                    before = found.get(span.link)
                    found[span.link] = f"{before} {span.text}" if before else span.text
        return tuple((words, url) for url, words in found.items())

    def action_fold(self) -> None:
        """Fold or unfold the card at hand: the one the keyboard stands on, else the last one."""
        stood = self._stood()
        key = self._rows.units[stood[0]].fold_key if stood is not None else ""
        key = key or next((unit.fold_key for unit in reversed(self._rows.units) if unit.fold_key), "")
        if key:
            self.toggle(key)

    def toggle(self, key: str) -> None:
        """Fold or unfold one card."""
        card = next((unit for unit in self._rows.units if unit.fold_key == key), None)
        if card is not None:
            self.reading.folds[key] = not card.unfolded
            self.refold()

    def action_variant(self, by: int) -> None:
        """Another answer to the question at hand."""
        self.post_message(self.VariantChosen(by))

    def question_at_hand(self) -> str | None:
        """The id of the question that the keyboard stands on, or on the answer to it."""
        stood = self._stood() if self.has_focus else None
        if stood is None or self._told is None:
            return None
        _, exchange = self._told.exchange_at(stood[0])
        return exchange.question.id if exchange is not None and exchange.question is not None else None

    # -- copying ----------------------------------------------------------------------------------------------

    def action_copy(self, what: What) -> None:
        """Copy what is at hand."""
        self.post_message(self.CopyChosen(what, ""))

    def at_hand(self, what: What) -> tuple[str, str] | None:
        """The source of the block, the code or the message at hand, and what it is; else of the last one."""
        from .at_hand import code_of, last_code, message_of, source_of

        if self._told is None or not self._rows.units:
            return None
        stood = self._stood() if self.has_focus else None
        if stood is None and what == "code":
            return last_code(self._rows)
        if stood is None:
            index = self._last_stop()
            if index < 0:
                return None
            self._lay_out(index)
            stood = index, len(self._rows.units[index].portions(self._rows.width)) - 1
        match what:
            case "block":
                return source_of(self._told, self._rows, *stood)
            case "code":
                return code_of(self._rows, *stood)
            case "message":
                return message_of(self._told, stood[0])

    # -- the mouse --------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click on a card folds it, on a link chooses it, on the label of code copies it."""
        row = int(self.scroll_y) + event.y
        if event.y == self.size.height - 1 and not self._following and event.x > self.size.width // 2:
            self.action_bottom()
            return
        line, unit, inside = self._rows.line_at(row)
        if unit is None or line is None or self.text_selection is not None:
            return
        url = event.style.meta.get("link")
        if isinstance(url, str):
            self.post_message(self.LinkChosen(((line.text.strip(), url),)))
        elif unit.fold_key:
            self._mark = Mark(unit, 0, self._rows.units.index(unit))
            self.toggle(unit.fold_key)
        elif (code := unit.code_at(inside)) is not None:
            self.post_message(self.CopyChosen("code", code))

    def on_focus(self) -> None:
        """Paint the mark."""
        self.refresh()

    def on_blur(self) -> None:
        """Paint none."""
        self.refresh()

    def _dress(self, strip: Strip, row: int, unit: Unit, inside: int) -> Strip:
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row)) is not None:
            strip = styled(strip, *span, self._painter.styles["selection"] or Style(reverse=True))
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The chosen text without decoration, soft-wrapped lines joined again."""
        return selected_text(self._rows, selection, self._painter.margin), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint it."""
        self.refresh()

    def text_select_all(self) -> None:
        """A double click does not choose the whole conversation."""
