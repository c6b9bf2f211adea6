"""What the mouse chose of the transcript: its strips, and its text without decoration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

if TYPE_CHECKING:
    from ...markdown import Line, Logical
    from .rows import Rows
    from .units import Unit

LONGEST = 1_000_000
"""Characters of a selection at most: a whole conversation would have to be laid out for more."""


def styled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """The strip with its characters from ``start`` to ``end`` in another style; ``end`` -1 is the last."""
    segments: list[Segment] = []
    at = 0
    for segment in strip:
        text = segment.text
        low = min(max(start - at, 0), len(text))
        high = len(text) if end < 0 else min(max(end - at, low), len(text))
        own = segment.style or Style()
        for piece, chosen in ((text[:low], False), (text[low:high], True), (text[high:], False)):
            if piece:
                segments.append(Segment(piece, own + style if chosen else own))
        at += len(text)
    return Strip(segments, strip.cell_length)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line of which something was chosen."""

    unit: Unit
    line: Logical
    text: str
    whole: bool
    apart: bool
    """Whether a blank row stands before it."""
    first: bool
    """Whether it is the first of all that is shown of its text, and whether the last."""
    last: bool


def selected_text(rows: Rows, selection: Selection, margin: int = 0) -> str:
    """The chosen text as it is read: unwrapped, without decoration, the cells of a table with tabs between."""
    said = "".join(f"{_joint(each)}{each.text}" for each in _within(chosen_lines(rows, selection, margin)))
    return said.strip("\n")


def selected_source(rows: Rows, selection: Selection, margin: int = 0) -> str:
    """The chosen text as Markdown: of whole lines their source, code in its fence; of a part of a line its words."""
    chosen = [each for each in _within(chosen_lines(rows, selection, margin)) if not each.unit.fold_key]
    pieces: list[str] = []
    at = 0
    while at < len(chosen):
        end = at + 1
        if (code := _code_run(chosen, at)) is not None:
            end, text = code
        elif chosen[at].whole and chosen[at].line.start >= 0:
            while end < len(chosen) and _goes_on(chosen, end):
                end += 1
            text = _source_of(chosen[at:end])
        else:
            text = chosen[at].text
        pieces += [_joint(chosen[at]), text]
        at = end
    return "".join(pieces).strip("\n")


def chosen_lines(rows: Rows, selection: Selection, margin: int = 0) -> Iterator[Chosen]:
    """The lines of which something is chosen; the characters of a row are counted from ``margin``."""
    if not rows.units:
        return
    start, end = selection.start, selection.end
    first = rows.index_at(start.y) if start is not None else 0
    last = rows.index_at(end.y) if end is not None else len(rows.units) - 1
    tops = rows.top(first), rows.top(last)
    for index in range(first, last + 1):
        unit = rows.units[index]
        if unit.standing == "none":
            continue
        begin = (start.y - tops[0], start.x - margin) if start is not None and index == first else None
        stop = (end.y - tops[1], end.x - margin) if end is not None and index == last else None
        key = unit.text_key
        before, after = rows.units[index - 1 : index] if index else [], rows.units[index + 1 : index + 2]
        lines = unit.logical(rows.width)
        shown = unit.lines(rows.width) if begin is not None or stop is not None else ()
        whole = False
        found: list[Chosen] = []
        for number in range(len(lines) - 1, -1, -1):
            line = lines[number]
            if line.end > line.first or number == len(lines) - 1:
                whole = _is_whole(line, shown, begin, stop)
            text = line.text if whole else _part(line, shown, begin, stop)
            if whole and begin is not None and begin[0] == line.first and begin[1] > 0:
                text = text[line.mark :]  # the words alone were pointed at
            if whole or text:
                is_first = number == 0 and not any(key and key == each.text_key for each in before)
                is_last = number == len(lines) - 1 and not any(key and key == each.text_key for each in after)
                apart = line.gap or (number == 0 and unit.gap > 0)
                found.append(Chosen(unit, line, text, whole, apart, is_first, is_last))
        yield from reversed(found)


Place: TypeAlias = tuple[int, int] | None
"""A row of a unit and a character in it; None for what is outside of the unit."""


def _is_whole(line: Logical, shown: Sequence[Line], begin: Place, stop: Place) -> bool:
    after = begin is None or begin <= (line.first, shown[line.first].indent)
    if begin is not None and line.opens and not after:  # the head of a code is not chosen
        head = next(
            (row for row in range(line.first, line.end) if "md.fence.label" not in _styles(shown[row])), line.first
        )
        after = begin <= (head, shown[head].indent)
    return after and (stop is None or stop >= (line.end - 1, len(shown[line.end - 1].text.rstrip())))


def _part(line: Logical, shown: Sequence[Line], begin: Place, stop: Place) -> str:
    """What is chosen of a line, its rows joined again."""
    pieces: list[str] = []
    for row in range(line.first, line.end):
        if (begin is not None and row < begin[0]) or (stop is not None and row > stop[0]):
            continue
        each = shown[row]
        low = max(begin[1], each.indent) if begin is not None and row == begin[0] else each.indent
        high = max(stop[1], 0) if stop is not None and row == stop[0] else None
        if "md.fence.label" not in _styles(each):
            pieces += [each.joint if each.wrapped else "\n", each.text[low:high].rstrip()]
    text = "".join(pieces[1:]).rstrip()
    return re.sub(r" {2,}", "\t", text.strip()) if line.cells else text


def _styles(line: Line) -> set[str]:
    return {span.style for span in line.spans}


def _within(chosen: Iterable[Chosen]) -> list[Chosen]:
    """As many of the lines as may be copied."""
    found: list[Chosen] = []
    size = 0
    for each in chosen:
        found.append(each)
        size += len(each.text)
        if size > LONGEST:
            break
    return found


def _joint(chosen: Chosen) -> str:
    if chosen.line.joint is not None:
        return chosen.line.joint
    return "\n\n" if chosen.apart else "\n"


def _goes_on(chosen: list[Chosen], at: int) -> bool:
    """Whether a line is whole, follows the one before in the same source, and begins no code that is not whole."""
    one, other = chosen[at - 1], chosen[at]
    if not other.whole or (other.line.start >= 0 and one.unit.text_key != other.unit.text_key):
        return False
    same_code = other.line.code is not None and one.line.code is not None and not other.line.opens
    return same_code or _code_run(chosen, at) is None


def _code_run(chosen: list[Chosen], at: int) -> tuple[int, str] | None:
    """Where the lines of a code end that is not chosen as a whole, and they in a fence of their own; None for
    anything else, and for a part of one line."""
    info = chosen[at].line.code
    if info is None:
        return None
    end = at + 1
    while end < len(chosen) and chosen[end].line.code is not None and not chosen[end].line.opens:
        end += 1
    run = chosen[at:end]
    if not any(each.whole for each in run):
        return None
    if all(each.whole for each in run) and run[0].line.opens and run[-1].line.closes:
        return None
    text = "".join(f"{_joint(each) if place else ''}{each.text}" for place, each in enumerate(run))
    fence = "`" * max([3, *(len(found) + 1 for found in re.findall(r"^\s*(`{3,})", text, re.MULTILINE))])
    return end, f"{fence}{info}\n{text}\n{fence}"


def _source_of(chosen: list[Chosen]) -> str:
    """The source of whole lines that follow each other."""
    placed = [each.line for each in chosen if each.line.start >= 0]
    source = chosen[0].unit.whole_source
    start = 0 if chosen[0].first else placed[0].start
    until = len(source) if chosen[-1].last else max(line.until for line in placed)
    text = source[start:until]
    return text if placed[0].code is not None or chosen[0].first else dedent(text)
