"""Text broken into rows of so many cells, and lines cut or filled up to them."""

from __future__ import annotations

from rich.cells import cell_len

from ...markdown import Line, Span


def wrap(text: str, width: int) -> list[tuple[str, bool, str]]:
    """Rows of at most ``width`` cells, broken at spaces where there are some: text, whether it goes on from the
    row before, and what stood between them."""
    rows: list[tuple[str, bool, str]] = []
    start, joint = 0, ""
    while True:
        end = _fitting(text, width, start)
        if end >= len(text):
            rows.append((text[start:], bool(rows), joint))
            return rows
        space = text.rfind(" ", start, end + 1)
        broken = space > start and not text[start:space].isspace()
        rows.append((text[start : space if broken else end], bool(rows), joint))
        start, joint = (space + 1, " ") if broken else (end, "")
        if start >= len(text):
            return rows


_JOINERS = ("\u200d", "\ufe0e", "\ufe0f")


def _fitting(text: str, width: int, start: int = 0) -> int:
    """Where what fits of ``text`` from ``start`` on ends: at least a character; never between a base and its marks."""
    if text[start : start + width + 1].isascii():
        return min(max(start + width, start + 1), len(text))
    if len(text) - start <= 4 * width and cell_len(text[start:]) <= width:
        return len(text)
    cells = 0
    for place in range(start, len(text)):
        cells += cell_len(text[place])
        if cells > width and place > start:
            while place > start + 1 and (cell_len(text[place]) == 0 or text[place - 1] in _JOINERS):
                place -= 1
            return max(place, start + 1)
    return len(text)


def fit(line: Line, width: int) -> Line:
    """The line, cut to ``width`` cells with an ellipsis."""
    if cell_len(line.text) <= width:
        return line
    spans: list[Span] = []
    room = max(width - 1, 0)
    for span in line.spans:
        size = cell_len(span.text)
        if size > room:
            kept = span.text[: _fitting(span.text, room)] if room else ""
            spans.append(Span(kept + "…", span.style, span.link))
            break
        spans.append(span)
        room -= size
    return Line(tuple(spans), line.indent, line.wrapped, line.ground, line.joint)


def right_end(line: Line, span: Span, width: int) -> Line:
    """The line with ``span`` at its right end, where there is room for it."""
    space = width - cell_len(line.text) - cell_len(span.text)
    if space < 1:
        return line
    return Line((*line.spans, Span(" " * space), span), line.indent, line.wrapped, line.ground, line.joint)
