"""Where vi's motions lead, and what its text objects hold: functions of a text, a place in it, and a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from .letters import after, before, start_of

Kind = Literal["up to", "with", "lines"]
"""Whether an operator takes what stands at the goal too, or all lines between."""

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_BRACKETS = {"b": "(", "B": "{"} | {close: open for open, close in _PAIRS.items()} | {open: open for open in _PAIRS}


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a motion leads."""

    at: int
    kind: Kind = "up to"


@dataclass(frozen=True, slots=True)
class Span:
    """What an operator is for: ``text[start:end]``, or the lines that this is part of."""

    start: int
    end: int
    lines: bool = False


# -- lines


def line_start(text: str, at: int) -> int:
    """The beginning of the line."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """The end of the line, where its break is."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def first_letter(text: str, at: int) -> int:
    """The first character of the line that is no blank; its last where there is none."""
    start, end = line_start(text, at), line_end(text, at)
    blanks = len(text[start:end]) - len(text[start:end].lstrip())
    return start_of(text, min(start + blanks, max(end - 1, start)))


def on_letter(text: str, at: int) -> int:
    """The nearest place where a cursor may stand that stands on a character."""
    start, end = line_start(text, at), line_end(text, at)
    return start_of(text, min(max(at, start), max(end - 1, start)))


def letters_on(text: str, at: int, by: int) -> int:
    """A place so many letters further in its line, or back; as far as that goes."""
    edge = line_end(text, at) if by > 0 else line_start(text, at)
    for _ in range(abs(by)):
        if at == edge:
            break
        at = after(text, at) if by > 0 else before(text, at)
    return at


def column_of(text: str, at: int) -> int:
    """In which cell of its line a place is; a tab is thought four wide."""
    return cell_len(text[line_start(text, at) : at].replace("\t", "    "))


def at_column(text: str, start: int, column: int) -> int:
    """The place in that cell of the line that begins there, or its end."""
    end, width = line_end(text, start), 0
    at = start
    while at < end:
        then = after(text, at)
        width += cell_len(text[at:then].replace("\t", "    "))
        if width > column:
            break
        at = then
    return at


def lines_on(text: str, at: int, by: int) -> int | None:
    """The beginning of another line; None where there is none."""
    start = line_start(text, at)
    for _ in range(abs(by)):
        if by > 0:
            end = line_end(text, start)
            if end == len(text):
                return None
            start = end + 1
        elif start == 0:
            return None
        else:
            start = line_start(text, start - 1)
    return start


def line_number(text: str, number: int) -> int:
    """The beginning of a line, counted from 1; of the last if there are not so many."""
    start = 0
    for _ in range(number - 1):
        end = line_end(text, start)
        if end == len(text):
            break
        start = end + 1
    return start


# -- words


def _class(text: str, at: int, big: bool) -> int:
    """What the letter is of which that is a part: 0 a blank, 1 of a word, 2 another."""
    character = text[start_of(text, at)]
    if character.isspace():
        return 0
    return 1 if big or character.isalnum() or character == "_" else 2


def _empty_line(text: str, at: int) -> bool:
    return text[at : at + 1] == "\n" and (at == 0 or text[at - 1] == "\n")


def _word(text: str, at: int, big: bool) -> int:
    if at < len(text) and (kind := _class(text, at, big)):
        while at < len(text) and _class(text, at, big) == kind:
            at += 1
    else:
        at += at < len(text)
    while at < len(text) and text[at].isspace() and not _empty_line(text, at):
        at += 1
    return at


def _word_back(text: str, at: int, big: bool) -> int:
    at = max(at - 1, 0)
    while at and text[at].isspace() and not _empty_line(text, at):
        at -= 1
    while at and (kind := _class(text, at, big)) and _class(text, at - 1, big) == kind:
        at -= 1
    return at


def _word_end(text: str, at: int, big: bool) -> int:
    at = after(text, at)
    while at < len(text) and text[at].isspace():
        at += 1
    while at + 1 < len(text) and _class(text, at, big) == _class(text, at + 1, big):
        at += 1
    return start_of(text, min(at, max(len(text) - 1, 0)))


def _word_end_back(text: str, at: int, big: bool) -> int:
    kind = _class(text, at, big) if at < len(text) else 0
    while at and kind and _class(text, at, big) == kind:
        at -= 1
    while at and text[at].isspace() and not _empty_line(text, at):
        at -= 1
    return start_of(text, at)


# -- others


def _paragraph(text: str, at: int, by: int) -> int:
    start: int | None = line_start(text, at)
    seen = False
    while start is not None:
        blank = start == line_end(text, start)
        if blank and seen:
            return start
        seen = seen or not blank
        start = lines_on(text, start, by)
    return 0 if by < 0 else len(text)


def matching(text: str, at: int) -> int | None:
    """The bracket that belongs to the first one of the line from here on."""
    found = re.compile(r"[()\[\]{}]").search(text, at, line_end(text, at))
    if found is None:
        return None
    mark = found.group()
    by = 1 if mark in _PAIRS else -1
    other = _PAIRS[mark] if by > 0 else _BRACKETS[mark]
    depth, at = 0, found.start()
    while 0 <= at < len(text):
        depth += (text[at] == mark) - (text[at] == other)
        if not depth:
            return at
        at += by
    return None


def find(text: str, at: int, how: str, mark: str, count: int, again: bool = False) -> Goal | None:
    """A character in the line: ``f``, ``F``, ``t``, ``T``. ``again``: one that stands next already does not count."""
    start, end = line_start(text, at), line_end(text, at)
    back, short = how in "FT", how in "tT"
    place = at
    if again and short:
        place += -1 if back else 1
    for _ in range(count):
        place = text.rfind(mark, start, place) if back else text.find(mark, place + 1, end)
        if place < 0:
            return None
    if back:
        return Goal(after(text, place) if short else place)
    return Goal(before(text, place) if short else place, "with")


def _times(step: Callable[[str, int, bool], int], big: bool, kind: Kind = "up to") -> _Motion:
    def motion(text: str, at: int, count: int | None) -> Goal:
        for _ in range(count or 1):
            before, at = at, step(text, at, big)
            if at == before:
                break
        return Goal(at, kind)

    return motion


def _down(text: str, at: int, by: int) -> Goal | None:
    start = lines_on(text, at, by)
    return None if start is None else Goal(start, "lines")


def _end_of_line(text: str, at: int, count: int | None) -> Goal | None:
    start = lines_on(text, at, (count or 1) - 1)
    return None if start is None else Goal(on_letter(text, line_end(text, start)), "with")


def _match(text: str, at: int, count: int | None) -> Goal | None:
    found = matching(text, at)
    return None if found is None else Goal(found, "with")


def _paragraphs(by: int) -> _Motion:
    def motion(text: str, at: int, count: int | None) -> Goal:
        for _ in range(count or 1):
            at = _paragraph(text, at, by)
        return Goal(at)

    return motion


_Motion = Callable[[str, int, int | None], Goal | None]
MOTIONS: dict[str, _Motion] = {
    "h": lambda text, at, n: Goal(letters_on(text, at, -(n or 1))),
    "l": lambda text, at, n: Goal(letters_on(text, at, n or 1)),
    "j": lambda text, at, n: _down(text, at, n or 1),
    "k": lambda text, at, n: _down(text, at, -(n or 1)),
    "w": _times(_word, False),
    "W": _times(_word, True),
    "b": _times(_word_back, False),
    "B": _times(_word_back, True),
    "e": _times(_word_end, False, "with"),
    "E": _times(_word_end, True, "with"),
    "ge": _times(_word_end_back, False, "with"),
    "gE": _times(_word_end_back, True, "with"),
    "0": lambda text, at, n: Goal(line_start(text, at)),
    "^": lambda text, at, n: Goal(first_letter(text, at)),
    "$": _end_of_line,
    "gg": lambda text, at, n: Goal(first_letter(text, line_number(text, n or 1)), "lines"),
    "G": lambda text, at, n: Goal(first_letter(text, line_number(text, n) if n else len(text)), "lines"),
    "{": _paragraphs(-1),
    "}": _paragraphs(1),
    "%": _match,
}
MOTIONS[" "] = MOTIONS["l"]


# -- text objects


def _run(text: str, at: int, big: bool) -> tuple[int, int]:
    """Characters of one class around a place, within its line."""
    start, end = line_start(text, at), line_end(text, at)
    if at >= end:
        return at, at
    kind = _class(text, at, big)
    first, last = at, at
    while first > start and _class(text, first - 1, big) == kind:
        first -= 1
    while last < end and _class(text, last, big) == kind:
        last += 1
    return first, last


def _words(text: str, at: int, count: int, big: bool, around: bool) -> Span:
    start, end = _run(text, at, big)
    blank = start < end and text[start].isspace()
    stop = line_end(text, at)
    for _ in range(2 * count - 1 if around else count - 1):
        if end < stop:
            end = _run(text, end, big)[1]
    if around and not blank and (end == start or not text[end - 1].isspace()):
        before = line_start(text, at)
        while start > before and text[start - 1].isspace():
            start -= 1
    return Span(start, end)


def _quoted(text: str, at: int, mark: str, around: bool) -> Span | None:
    start, stop = line_start(text, at), line_end(text, at)
    marks = [found.start() for found in re.compile(rf"(?<!\\){mark}").finditer(text, start, stop)]
    for first, last in zip(marks[::2], marks[1::2], strict=False):
        if last >= at:
            if not around:
                return Span(first + 1, last)
            end = last + 1
            while end < stop and text[end].isspace():
                end += 1
            while end == last + 1 and first > start and text[first - 1].isspace():
                first -= 1
            return Span(first, end)
    return None


def _bracketed(text: str, at: int, mark: str, count: int, around: bool) -> Span | None:
    close, depth = _PAIRS[mark], count
    start = at - (text[at : at + 1] == close)
    while start >= 0:
        depth += (text[start] == close) - (text[start] == mark) if start < len(text) else 0
        if not depth:
            break
        start -= 1
    else:
        return None
    depth, end = 1, start + 1
    while end < len(text):
        depth += (text[end] == mark) - (text[end] == close)
        if not depth:
            return Span(start, end + 1) if around else Span(start + 1, end)
        end += 1
    return None


def _block(text: str, at: int, count: int, around: bool) -> Span:
    """Lines that are all blank or all not, as many runs of them as are counted; ``around`` goes by pairs."""

    def blank(start: int) -> bool:
        return not text[start : line_end(text, start)].strip()

    first = line_start(text, at)
    while first and blank(line_start(text, first - 1)) == blank(first):
        first = line_start(text, first - 1)
    last = line_start(text, at)
    runs = 2 * count if around else count
    for run in range(runs):
        if run:
            after = lines_on(text, last, 1)
            if after is None:
                if around and run == runs - 1:
                    while first and blank(line_start(text, first - 1)):
                        first = line_start(text, first - 1)
                break
            last = after
        while (after := lines_on(text, last, 1)) is not None and blank(after) == blank(last):
            last = after
    return Span(first, line_end(text, last), lines=True)


def held_by(text: str, at: int, what: str, mark: str, count: int) -> Span | None:
    """A text object: ``what`` is ``i`` or ``a``."""
    around = what == "a"
    if mark in "wW":
        return _words(text, at, count, mark == "W", around)
    if mark == "p":
        return _block(text, at, count, around)
    if mark in "\"'`":
        return _quoted(text, at, mark, around)
    if mark in _BRACKETS:
        return _bracketed(text, at, _BRACKETS[mark], count, around)
    return None
