"""The whole conversation as one widget: what is read in it, by keys and by mouse.

The keyboard stands on a block, marked in the margin, once it was moved there: that block is what is folded,
opened or copied.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from ..keys.commands import READING_KEYS
from .rows import Anchor
from .selecting import selected_source, selected_text, styled
from .standing import Mark
from .still import Still

if TYPE_CHECKING:
    from ...core.view import Exchange
    from ...markdown import Line
    from .finding import Finder
    from .units import Unit

_VARIANT = re.compile(r"‹ [\d–]+/\d+ ›")
_CITED = re.compile(r"\[(\d{1,4})\]")
"""The number of a source, as it stands in a text."""

What: TypeAlias = Literal["block", "code", "message"]
Variants: TypeAlias = Literal["", "question", "answer"]
"""What there may be several of in one place; empty for what the reader stands on."""


class Transcript(Still):
    """A conversation to read."""

    BINDINGS = [
        *(Binding(key.keys, key.action, key.help, show=False) for key in READING_KEYS),
        Binding("escape", "leave_find", "Look for nothing any more", show=False),
    ]

    @dataclass(eq=False, repr=False)
    class LinkChosen(Message):
        """The reader chose a link, or has to choose one of several; it is not opened yet."""

        links: tuple[tuple[str, str], ...]
        """Of each its words and its address."""

    @dataclass(eq=False, repr=False)
    class CopyChosen(Message):
        """The reader wants to copy something."""

        what: What
        text: str = ""
        """It, where it is known already: the code whose label was clicked."""
        number: int = 0
        """The number of that code."""

    @dataclass(eq=False, repr=False)
    class VariantChosen(Message):
        """The reader wants to see another answer to the question at hand, or another question in its place."""

        by: int
        of: Variants = ""

    @dataclass(eq=False, repr=False)
    class Found(Message):
        """Another place of what is looked for is shown: which, and of how many."""

        place: int
        count: int

    class FindAsked(Message):
        """The reader wants to look for something."""

    class FindLeft(Message):
        """The reader looks for nothing any more."""

    _finder: Finder | None = None
    _origin = Anchor(None, 0, 0)
    """Where the reader was when they began to look for something."""
    _hit: tuple[Unit, int] | None = None
    """The place that is shown: its unit, and which of the places in that it is."""

    # -- finding ----------------------------------------------------------------------------------------------

    def find(self, words: str) -> tuple[int, int]:
        """Look for words from where the reader is, and go to the first place; which it is, and how many there are."""
        from .finding import Finder

        if self._finder is None:
            self._finder = Finder()
            self._origin = self._rows.anchor(int(self.scroll_y))
        self._finder.look(words, self._told.exchanges if self._told is not None else ())
        unit = self._origin.unit
        if unit is not None:
            self._finder.begin(unit.text_key, unit.start)
        return self._show_hit()

    def action_hit(self, by: int) -> None:
        """To the next place that was found, or the one before."""
        if self._finder is None:
            self.post_message(self.FindAsked())
            return
        self._finder.step(by)
        self.post_message(self.Found(*self._show_hit()))

    def _keep_up(self) -> None:
        """What is looked for may stand in what has come."""
        super()._keep_up()
        if self._finder is not None and self._told is not None:
            before = self._finder.count
            self._finder.look(self._finder.words, self._told.exchanges)
            if self._finder.count != before:
                self.post_message(self.Found(self._finder.place, self._finder.count))

    @property
    def finding(self) -> bool:
        """Whether something is looked for."""
        return self._finder is not None

    def stop_finding(self) -> None:
        """Look for nothing any more."""
        self._finder = None
        self._hit = None
        self.refresh()

    def action_leave_find(self) -> None:
        """Look for nothing any more."""
        self.post_message(self.FindLeft())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape stops a reply first."""
        if action == "leave_find":
            return self._finder is not None and not self.live
        return super().check_action(action, parameters)

    def _show_hit(self) -> tuple[int, int]:
        """Bring the place into view; its card is unfolded for it."""
        finder = self._finder
        hit = finder.hit if finder is not None else None
        self._hit = None
        if finder is None or hit is None:
            self.refresh()
            return -1, 0
        if hit.card:
            card = next((unit for unit in self._rows.units if unit.fold_key == hit.card), None)
            if card is not None and (not card.unfolded or (hit.vast and hit.card not in self.reading.whole)):
                self.reading.folds[hit.card] = True
                self.reading.whole |= {hit.card} if hit.vast else set()
                self.refold()
        index = -1
        for at, unit in enumerate(self._rows.units):
            if unit.text_key == hit.key and (unit.start <= hit.offset or index < 0):
                index = at
        if index >= 0:
            self._lay_out(index)
            unit = self._rows.units[index]
            found = finder.shown(unit.lines(self._rows.width))
            number = min(hit.number_from(unit.start), len(found) - 1)
            row = found[number][0][0] if found else 0
            self._hit = (unit, number)
            if self.live:
                self._follow(False)  # what is written does not push it away
            self._mark_row(index, row)
            self._bring(lambda: range(self._top_of(unit) + row, self._top_of(unit) + row + 1), middle=True)
        self.refresh()
        return finder.place, finder.count

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
        """The links and the numbered sources of a block: words and address."""
        unit, width = self._rows.units[index], self._rows.width
        portion = unit.portions(width)[place]
        found: dict[str, str] = {}
        for line in unit.lines(width)[portion.first : portion.end]:
            for span in line.spans:
                if span.link:
                    before = found.get(span.link)
                    found[span.link] = f"{before} {span.text}" if before else span.text  # broken by the line's end
            for number in _CITED.findall(line.text):
                words, url = self._source(index, int(number))
                if url:
                    found.setdefault(url, words)
        return tuple((words, url) for url, words in found.items())

    def sources(self) -> tuple[tuple[str, str], ...]:
        """The sources of the answer at hand, else of the last that has any: words and address."""
        if self._told is None:
            return ()
        stood = self._stood() if self._stands_here else None
        at_hand = self._told.exchange_at(stood[0])[1] if stood is not None else None
        last = (exchange for exchange in reversed(self._told.exchanges) if exchange.sources)
        exchange = at_hand if at_hand is not None and at_hand.sources else next(last, None)
        return tuple((f"[{each.number}] {each.title}", each.url) for each in exchange.sources) if exchange else ()

    def _source(self, index: int, number: int) -> tuple[str, str]:
        """Words and address of a source that the answer of that unit cites; empty for none."""
        exchange = self._told.exchange_at(index)[1] if self._told is not None else None
        for source in exchange.sources if exchange is not None else ():
            if source.number == number:
                return f"[{number}] {source.title}", source.url
        return "", ""

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
        exchange, _ = self.place_at_hand()
        return exchange.question.id if exchange is not None and exchange.question is not None else None

    def place_at_hand(self) -> tuple[Exchange | None, bool]:
        """The question and answer that the keyboard stands in, and whether it stands on the question."""
        stood = self._stood() if self._stands_here else None
        if stood is None or self._told is None:
            return None, False
        start, exchange = self._told.exchange_at(stood[0])
        return exchange, exchange is not None and exchange.question is not None and stood[0] == start

    def replies_at_hand(self) -> list[Exchange]:
        """The reply that the keyboard stands on; else all, from the lowest in view upwards, then those below."""
        if self._told is None or not self._rows.units:
            return []
        exchange, _ = self.place_at_hand()
        if exchange is not None:
            return [exchange]
        told = list(self._told.exchanges)
        _, lowest = self._told.exchange_at(self._rows.index_at(int(self.scroll_y) + self.size.height - 1))
        at = next((at for at, each in enumerate(told) if each is lowest), len(told) - 1)
        return [*reversed(told[: at + 1]), *reversed(told[at + 1 :])]

    # -- copying ----------------------------------------------------------------------------------------------

    def action_copy(self, what: What) -> None:
        """Copy what is at hand."""
        self.post_message(self.CopyChosen(what))

    def at_hand(self, what: What) -> tuple[str, str] | None:
        """The source of the block or the message at hand, and what it is, else of the last one; or that of the code
        at hand."""
        from .at_hand import code_of, message_of, source_of

        if self._told is None or not self._rows.units:
            return None
        stood = self._stood() if self._stands_here else None
        if stood is None and what == "code":
            return None  # which that is, is seen by looking through the replies at hand
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
        """A click on a card folds it, on a link chooses it, on the label of code copies it; two choose a word,
        three a block."""
        event.prevent_default()  # which would choose the whole conversation
        row = int(self.scroll_y) + event.y
        if event.y == self.size.height - 1 and self._mark_words() and event.x > self.size.width // 2:
            self.action_bottom()
            return
        line, unit, inside = self._rows.line_at(row)
        if unit is None or line is None or self.text_selection is not None:
            return
        step, of = self._variant_at(line, event)
        if step and unit.node_id:
            self._mark = Mark(unit, 0, self._rows.units.index(unit))
            self.post_message(self.VariantChosen(step, of))
            return
        url = event.style.meta.get("link")
        if isinstance(url, str):
            self.post_message(self.LinkChosen(((line.text.strip(), url),)))
        elif unit.fold_key:
            self._mark = Mark(unit, 0, self._rows.units.index(unit))
            self.toggle(unit.fold_key)
        elif (code := unit.code_at(inside)) is not None:
            self.post_message(self.CopyChosen("code", code.code, code.number))
        elif (cited := self._cited_at(line, event)) and (url := self._source(self._rows.index_at(row), cited)[1]):
            self.post_message(self.LinkChosen(((f"[{cited}]", url),)))
        elif event.chain > 1:
            self._choose(row, line, self._column(event), block=event.chain > 2)

    def _variant_at(self, line: Line, event: events.Click) -> tuple[int, Variants]:
        """1 or -1 for a click on the right or left half of the mark that tells which variant is shown, and of what;
        0 for one beside it."""
        marks = line.spans[-1].text if line.spans and line.spans[-1].style == "user.time" else ""
        column = self._column(event) - (len(line.text) - len(marks))
        for mark in _VARIANT.finditer(marks):
            if mark.start() <= column < mark.end():
                of: Variants = "question" if marks.startswith("asked") and mark.start() < len("asked  ") else "answer"
                return (-1 if column < (mark.start() + mark.end()) // 2 else 1), of
        return 0, ""

    def _cited_at(self, line: Line, event: events.Click) -> int:
        """The number of the source whose mark was clicked, else 0."""
        column = self._column(event)
        marks = (mark for mark in _CITED.finditer(line.text) if mark.start() <= column < mark.end())
        return next((int(mark[1]) for mark in marks), 0)

    def _column(self, event: events.Click) -> int:
        """Which character was clicked."""
        _, offset = self.screen.get_widget_and_offset_at(event.screen_x, event.screen_y)
        return (offset.x if offset is not None else 0) - self._painter.margin

    def _choose(self, row: int, line: Line, column: int, *, block: bool) -> None:
        """Choose a word, or a block."""
        margin = self._painter.margin
        if block:
            index = self._rows.index_at(row)
            self._mark_row(index, row - self._rows.top(index))
            rows = self._extent(self._mark) if self._mark is not None else range(row, row + 1)
            last, _, _ = self._rows.line_at(rows.stop - 1)
            chosen = Selection(Offset(0, rows.start), Offset(margin + len(last.text if last else ""), rows.stop - 1))
        else:
            words = re.finditer(r"\w+|[^\w\s]+", line.text)
            word = next((word for word in words if word.start() <= column < word.end()), None)
            if word is None:
                return
            chosen = Selection(Offset(margin + word.start(), row), Offset(margin + word.end(), row))
        self.screen.selections = {self: chosen}

    @contextmanager
    def _holding(self) -> Generator[None]:
        chosen = self.text_selection if self.is_attached else None
        if chosen is None:
            yield
            return
        held = [(place, self._rows.anchor(place.y)) if place is not None else None for place in chosen]
        yield
        there = [Offset(each[0].x, self._rows.row_of(each[1])) if each is not None else None for each in held]
        if there != list(chosen):
            self.screen.selections = {**self.screen.selections, self: Selection(*there)}

    def on_resize(self, event: events.Resize) -> None:
        """At another width the lines are others: nothing is chosen any more."""
        if self.size.width != self._painter.width and self.text_selection is not None:
            self.screen.clear_selection()  # the page's own handler comes after this one

    def on_focus(self) -> None:
        """Paint the mark."""
        self.refresh()

    def on_blur(self) -> None:
        """Paint none."""
        self.refresh()

    def _dresses(self) -> bool:
        return self._finder is not None or self.text_selection is not None

    def _dress(self, strip: Strip, row: int, unit: Unit, inside: int) -> Strip:
        if self._finder is not None:
            styles, margin = self._painter.styles, self._painter.margin
            for number, spans in enumerate(self._finder.shown(unit.lines(self._rows.width))):
                style = styles["selection"] or Style(reverse=True)
                if self._hit is not None and self._hit[0] is unit and self._hit[1] == number:
                    style = styles["new-output"] + Style(reverse=True)
                for at, start, end in spans:
                    if at == inside:
                        strip = styled(strip, margin + start, margin + end, style)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row)) is not None:
            strip = styled(strip, *span, self._painter.styles["selection"] or Style(reverse=True))
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The chosen text without decoration, soft-wrapped lines joined again."""
        return selected_text(self._rows, selection, self._painter.margin), "\n"

    def chosen_source(self) -> str:
        """What the mouse chose, as Markdown; empty where it chose nothing here."""
        selection = self.text_selection
        return selected_source(self._rows, selection, self._painter.margin) if selection is not None else ""

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint it."""
        self.refresh()
