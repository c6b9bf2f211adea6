"""What the mouse chose of the transcript: its strips, and its text without decoration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

if TYPE_CHECKING:
    from .rows import Rows

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


def selected_text(rows: Rows, selection: Selection, margin: int) -> str:
    """The chosen text, soft-wrapped lines joined again."""
    text: list[str] = []
    size = 0
    for joint, said in _pieces(rows, selection, margin):
        text += [joint, said]
        size += len(said)
        if size > LONGEST:
            break
    return "".join(text[1:]).strip("\n")


def _pieces(rows: Rows, selection: Selection, margin: int) -> Iterator[tuple[str, str]]:
    """Of each row what stands between it and the row before, and what is chosen of it."""
    start_row = max(selection.start.y, 0) if selection.start is not None else 0
    row = start_row
    # Counted anew each time: what was never seen is laid out here.
    while row < rows.count and (selection.end is None or row <= selection.end.y):
        line, _, _ = rows.line_at(row)
        span = selection.get_span(row)
        joint, said = "\n", ""
        if line is not None and span is not None:
            joint = line.joint if line.wrapped else "\n"
            low = max(span[0] - margin, line.indent, 0)
            said = line.text[low : None if span[1] < 0 else max(span[1] - margin, 0)].rstrip()
        yield joint, said
        row += 1
