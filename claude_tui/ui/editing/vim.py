"""vi, as a machine: it is fed keys, a text and a cursor, and says what becomes of them.

What is typed while inserting is the editor's own; the machine learns of it when inserting ends. Enter, and whatever
it does not know, is left to the app.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .change import between
from .letters import after, joins
from .letters import before as letter_before
from .letters import count as count_of
from .vim_keys import ALL_LINES, CHOSEN, NAMES, OPERATORS, SHORT, Order, read
from .vim_places import (
    MOTIONS,
    Goal,
    Span,
    at_column,
    column_of,
    find,
    first_letter,
    held_by,
    letters_on,
    line_end,
    line_start,
    lines_on,
    on_letter,
)
from .vim_text import MOST_UNDONE, VimText, indented

Mode = Literal["insert", "normal", "visual", "lines", "replace"]


@dataclass(frozen=True, slots=True)
class Step:
    """What there is after a key."""

    text: str
    cursor: int
    chosen: tuple[int, int] | None = None
    """What is to be seen as chosen, the cursor's end last."""
    leads: int = 0
    """-1 and 1: there is no line above or below, and what was sent before may be wanted."""


class Vim(VimText):
    """One text under vi's keys."""

    def __init__(self) -> None:
        super().__init__()
        self.mode: Mode = "insert"
        self._shown = 0
        self._keys = ""
        self._anchor = 0
        self._column = 0
        self._sought = ("", "")
        self._last = ("", "")
        """The keys of the last change, and what was typed then."""
        self._begun: tuple[str, str, int] = ("", "", 0)
        """The keys that began inserting, and the text and the cursor then."""
        self._times, self._break = 1, ""
        self._under: list[str] = []
        """What stood where each letter was overwritten."""
        self._leads = 0

    def begin(self, text: str, cursor: int) -> None:
        """Another text, in which one inserts; what was done to the one before cannot be taken back."""
        self.mode, self._keys, self._begun, self._times = "insert", "", ("", text, cursor), 1
        self._text, self._cursor = text, cursor
        self._done, self._undone = [], []

    def feed(self, key: str, text: str, cursor: int) -> Step | None:
        """A key: a character, or Textual's name of it. None if it is not vi's."""
        if self.mode == "insert":
            if key != "escape":
                return None
            self._text, self._cursor = text, cursor
            self._leave_insert()
            return self._step()
        self._meet(text, cursor)
        if self.mode == "replace":
            return self._overwrite(key)
        if key == "escape":
            if not self._keys and self.mode == "normal":
                return None
            self._keys, self.mode = "", "normal"
            return self._step()
        if key == "enter" and self._keys[-1:] == "r":
            key = "\n"
        key = NAMES.get(key, key)
        if len(key) != 1:
            self._keys = ""
            return None
        self._keys += key
        order = read(self._keys, self.mode != "normal")
        if order is not None:
            keys, self._keys = self._keys, ""
            self._obey(order, keys)
        return self._step()

    # -- beginnings and ends

    def _meet(self, text: str, cursor: int) -> None:
        """What happened to the text meanwhile, by a paste or a click."""
        if text != self._text:
            self._remember()
        elif cursor == self._shown:
            return
        self._text, self._cursor = text, cursor
        self._column = column_of(text, cursor)
        self.mode = "replace" if self.mode == "replace" else "normal"

    def _step(self) -> Step:
        text, leads, self._leads = self._text, self._leads, 0
        if self.mode in ("insert", "replace"):
            self._shown = self._cursor
            return Step(text, self._cursor)
        self._cursor = on_letter(text, self._cursor)
        if self.mode == "normal":
            self._shown = self._cursor
            return Step(text, self._cursor, leads=leads)
        span, back = self._chosen(), self._cursor < self._anchor
        if self.mode == "visual":
            start, end = (after(text, self._anchor), self._cursor) if back else (self._anchor, self._cursor)
        else:
            start, end = (span.end, span.start) if back else (span.start, span.end)
        self._shown = end
        return Step(text, end, (min(start, len(text)), end))

    def _enter_insert(self, keys: str, times: int = 1, line: str = "") -> None:
        self.mode = "insert"
        self._begun = (keys, self._text, self._cursor)
        self._times, self._break = times, line

    def _leave_insert(self) -> None:
        keys, before, at = self._begun
        typed = self._text[at : len(self._text) - len(before) + at]
        if before[:at] + typed + before[at:] != self._text:
            typed = between(before, self._text, 0).put
        if keys:
            self._last = (keys, typed)
        elif before != self._text:
            self._done = [*self._done, (before, at)][-MOST_UNDONE:]
        if self._times > 1 and typed:
            self._put(self._cursor, self._cursor, (self._break + typed) * (self._times - 1))
        self.mode, self._times = "normal", 1
        if self._cursor > line_start(self._text, self._cursor):
            self._cursor = letters_on(self._text, self._cursor, -1)
        self._begun = ("", self._text, self._cursor)
        self._column = column_of(self._text, self._cursor)

    def _overwrite(self, key: str) -> Step | None:
        keys, _, at = self._begun
        if key == "escape":
            self._last = (keys, self._text[at : self._cursor])
            self.mode = "normal"
            self._cursor = letters_on(self._text, self._cursor, -1)
        elif key == "backspace":
            if self._cursor > at and self._under:
                start = self._cursor - 1
                self._put(start, self._cursor, self._under.pop())
                self._cursor = start
        elif len(key) == 1:
            end = letters_on(self._text, self._cursor, 1)
            self._under.append(self._text[self._cursor : end])
            self._put(self._cursor, end, key)
        else:
            return None
        return self._step()

    # -- orders

    def _obey(self, order: Order, keys: str) -> None:
        count = order.count or 1
        if self.mode != "normal" and self._choose(order, keys):
            return
        short = SHORT.get(order.what) if not order.operator and self.mode == "normal" else None
        if short is not None:
            order = replace(order, operator=short[0], what=short[1])
        if order.operator:
            span = self._span(order)
            if span is not None:
                self._operate(order.operator, span, keys)
        elif (goal := self._goal(order)) is not None:
            self._move(order, goal)
        elif order.what in ("j", "k"):
            self._leads = 1 if order.what == "j" else -1
        elif order.what in ("u", "\x12"):
            for _ in range(count):
                self._undo(*((self._done, self._undone) if order.what == "u" else (self._undone, self._done)))
        elif order.what == ".":
            self._repeat(order.count)
        elif order.what in ("v", "V"):
            self._anchor, self.mode = self._cursor, "visual" if order.what == "v" else "lines"
        elif order.what in ("i", "a", "I", "A", "o", "O", "R"):
            self._begin(order.what, count, keys)
        elif order.what in ("r", "~", "J", "p", "P"):
            self._remember()
            before = self._text
            self._change(order, count)
            if self._text != before:
                self._last = (keys, "")

    def _goal(self, order: Order) -> Goal | None:
        what, mark, again = order.what, order.mark, False
        if what in ("f", "F", "t", "T"):
            self._sought = (what, mark)
        elif what in (";", ","):
            what, mark = self._sought
            what, again = what.swapcase() if order.what == "," else what, True
        if what in ("f", "F", "t", "T"):
            return find(self._text, self._cursor, what, mark, order.count or 1, again)
        motion = MOTIONS.get(what)
        return None if motion is None else motion(self._text, self._cursor, order.count)

    def _move(self, order: Order, goal: Goal) -> None:
        if order.what in ("j", "k"):
            self._cursor = at_column(self._text, goal.at, self._column)
            return
        self._cursor = goal.at
        at = on_letter(self._text, goal.at)
        self._column = 1_000_000_000 if order.what == "$" else column_of(self._text, at)

    def _span(self, order: Order) -> Span | None:
        """What an operator is for."""
        text, at, count = self._text, self._cursor, order.count or 1
        if order.what == "lines":
            last = lines_on(text, at, count - 1)
            return Span(line_start(text, at), line_end(text, len(text) if last is None else last), lines=True)
        if order.what in ("i", "a"):
            return held_by(text, at, order.what, order.mark, count)
        if order.operator == "c" and order.what in ("w", "W") and not text[at : at + 1].isspace() and at < len(text):
            # As vi does: up to the end of the word, not to the next; on a word's last letter that letter.
            end = at
            for left in range(count, 0, -1):
                goal = MOTIONS["e" if order.what == "w" else "E"](text, max(end - 1, 0) if left < count else at - 1, 1)
                end = after(text, goal.at) if goal is not None else end
                if left > 1 and end < len(text):
                    end += 1
            return Span(at, end)
        goal = self._goal(order)
        if goal is None:
            return None
        start, end = sorted((at, goal.at))
        if goal.kind == "lines":
            return Span(line_start(text, start), line_end(text, end), lines=True)
        if goal.kind == "with":
            return Span(start, min(after(text, end), max(line_end(text, end), end)))
        if order.what in ("w", "W") and "\n" in text[start:end]:
            stretch = text[start:end].rstrip(" \t")
            if stretch.endswith("\n") or end == len(text):
                end = start + len(stretch.rstrip())
        elif end > start and "\n" in text[start:end] and end == line_start(text, end):
            if start <= first_letter(text, start):
                return Span(line_start(text, start), end - 1, lines=True)
            end -= 1
        return Span(start, end)

    def _operate(self, operator: str, span: Span, keys: str) -> None:
        text, start, end = self._text, span.start, span.end
        if start == end and not span.lines and operator != "c":
            return
        if operator != "y":
            self._remember()
            self._last = (keys, "")
        if operator in "dcy":
            self._kept = (text[start:end], span.lines)
        if operator == "y":
            self._cursor = self._cursor if span.lines and line_start(text, self._cursor) == start else start
        elif operator == "d" and span.lines:
            self._put(start if end < len(text) else max(start - 1, 0), min(end + 1, len(text)), "")
            self._cursor = first_letter(self._text, min(start, len(self._text)))
        elif operator in "dc":
            self._put(start, end, "")
        elif operator in "<>":
            lines = text[line_start(text, start) : line_end(text, end)].split("\n")
            moved = [indented(line, operator) for line in lines]
            self._put(line_start(text, start), line_end(text, end), "\n".join(moved))
            self._cursor = first_letter(self._text, start)
        else:
            case = {"gu": str.lower, "gU": str.upper, "g~": str.swapcase}[operator]
            self._put(start, end, case(text[start:end]))
            self._cursor = start
        if operator == "c":
            self._enter_insert(keys)
        self._column = column_of(self._text, self._cursor)

    # -- what is chosen

    def _chosen(self) -> Span:
        start, end = sorted((self._anchor, self._cursor))
        if self.mode == "lines":
            return Span(line_start(self._text, start), line_end(self._text, end), lines=True)
        return Span(start, after(self._text, end))

    def _choose(self, order: Order, keys: str) -> bool:
        """An order for what is chosen; False if it is a motion, or nothing."""
        what, span, count = order.what, self._chosen(), order.count or 1
        if what in ("v", "V"):
            mode: Mode = "visual" if what == "v" else "lines"
            self.mode = "normal" if mode == self.mode else mode
        elif what == "o":
            self._anchor, self._cursor = self._cursor, self._anchor
        elif what in ("i", "a"):
            held = held_by(self._text, self._cursor, what, order.mark, count)
            if held is not None and held.end > held.start:
                self._anchor, self._cursor = held.start, letter_before(self._text, held.end)
                self.mode = "lines" if held.lines else self.mode
        elif what in ("p", "P"):
            self._swap(span)
        elif what in ("r", "J"):
            self._remember()
            self._cursor, self.mode = span.start, "normal"
            lines = self._text[span.start : span.end].count("\n") + 1
            letters = count_of(self._text, span.start, span.end)
            if what == "J":
                self._change(replace(order, count=None), max(lines, 2))
            else:
                chosen = range(span.start, span.end)
                starts = (self._text[at] for at in chosen if not joins(self._text, at))
                put = "".join(one if one == "\n" else order.mark for one in starts)
                self._put(span.start, span.end, put)
                self._cursor = span.start
            self._last = (f"{lines}J" if what == "J" else f"{letters}r{order.mark}", "")
        elif (operator := CHOSEN.get(what, what)) in OPERATORS:
            if what in ALL_LINES:
                span = Span(line_start(self._text, span.start), line_end(self._text, span.end - 1), lines=True)
            lines = self._text[span.start : span.end].count("\n") + 1
            again = f"{lines}{operator}{operator}" if span.lines or operator in "<>" else ""
            self.mode = "normal"
            again = again or f"{count_of(self._text, span.start, span.end)}{operator}l"
            for _ in range(count if operator in "<>" else 1):
                self._operate(operator, span, again)
        else:
            return False
        return True

    def _swap(self, span: Span) -> None:
        """What was kept, in place of what is chosen, which is kept instead."""
        put, lines = self._kept
        self._remember()
        self._kept = (self._text[span.start : span.end], span.lines)
        put = put if lines == span.lines else f"\n{put}\n" if lines else put
        self._put(span.start, span.end, put)
        self._cursor = span.start if lines or span.lines else max(self._cursor - 1, span.start)
        self.mode = "normal"

    # -- changes

    def _begin(self, what: str, count: int, keys: str) -> None:
        """Inserting, or overwriting, begins."""
        self._remember()
        text, at = self._text, self._cursor
        if what == "a":
            self._cursor = letters_on(text, at, 1)
        elif what == "I":
            start = line_start(text, at)
            self._cursor = first_letter(text, at) if text[start : line_end(text, at)].strip() else line_end(text, at)
        elif what == "A":
            self._cursor = line_end(text, at)
        elif what == "o":
            self._put(line_end(text, at), line_end(text, at), "\n")
        elif what == "O":
            start = line_start(text, at)
            self._put(start, start, "\n")
            self._cursor = start
        self._enter_insert(keys, count if what != "R" else 1, "\n" if what in "oO" else "")
        if what == "R":
            self.mode, self._under = "replace", []

    def _repeat(self, count: int | None) -> None:
        """The last change again; with a count, that many times what it did."""
        keys, typed = self._last
        if not keys:
            return
        if count is not None:
            keys = f"{count}{keys.lstrip('0123456789')}"
        order = read(keys, False)
        if order is None:
            return
        self._obey(order, keys)
        if self.mode == "replace":
            for key in typed:
                self._overwrite(key)
            self._overwrite("escape")
        elif self.mode == "insert":
            self._put(self._cursor, self._cursor, typed)
            self._leave_insert()
