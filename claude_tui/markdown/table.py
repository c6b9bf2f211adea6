"""Tables: columns shrunk and cells wrapped to fit, records one below the other when there is no room."""

from .inline import inline
from .model import Measure, Span
from .nodes import Row, Table
from .wrap import wrap_spans

GAP = 2
"""Cells between columns."""

NARROWEST_COLUMN = 6
"""When columns would have to be narrower than this, rows are written as records."""

WIDEST_TABLE = 200
"""More columns are written as records too."""

Spans = tuple[Span, ...]


def lay_out_table(table: Table, width: int, measure: Measure, base: str = "") -> list[tuple[Row | None, Spans]]:
    """The rows of the screen for a table, or for a continued part of one, each with the row of the table that it
    shows; None for a rule."""
    widths = _widths(table, width, measure)
    if widths is None:
        return _records(table, width, measure, base)
    rows: list[tuple[Row | None, Spans]] = []
    if not table.continued:
        head = _row(table.head, widths, table.aligns, measure, _join(base, "md.table.head"))
        rows += [(table.head, spans) for spans in head]
        rows.append((None, (Span("─" * (sum(widths) + GAP * (len(widths) - 1)), "md.table.rule"),)))
    for row in table.rows:
        rows += [(row, spans) for spans in _row(row, widths, table.aligns, measure, base)]
    return rows


def _widths(table: Table, width: int, measure: Measure) -> list[int] | None:
    """The columns' widths by the sample's cells, or `None` when they cannot stand side by side."""
    columns = len(table.aligns)
    room = width - GAP * (columns - 1)
    if columns > WIDEST_TABLE or room < columns:
        return None
    natural = table.sample.natural
    if natural is None:
        natural = table.sample.natural = _natural(table.sample.rows, columns, measure)
    if sum(natural) <= room:
        if not table.sample.more:
            return natural
        # Rows to come may be wider; the room there is is shared out, up to half of each column again.
        spare = room - sum(natural)
        widths: list[int] = []
        for size in natural:
            more = min(spare, max(2, size // 2))
            widths.append(size + more)
            spare -= more
        return widths
    # The widest columns give way first: a limit that just fits, and what is left over goes back to them.
    limit = max(natural)
    for narrow in range(1, limit + 1):
        if sum(min(size, narrow) for size in natural) > room:
            limit = narrow - 1
            break
    if limit < NARROWEST_COLUMN:
        return None
    widths = [min(size, limit) for size in natural]
    spare = room - sum(widths)
    for index, size in enumerate(natural):
        if spare > 0 and size > widths[index]:
            widths[index] += 1
            spare -= 1
    return widths


def _natural(rows: tuple[Row, ...], columns: int, measure: Measure) -> list[int]:
    """The widest cell of each column."""
    natural = [1] * columns
    for row in rows:
        for index, cell in enumerate(row.cells[:columns]):
            text = "".join(span.text for span in inline(cell, row.env))
            widest = max((max(0, measure(part)) for part in text.split("\n")), default=0)
            natural[index] = max(natural[index], widest)
    return natural


def _row(row: Row, widths: list[int], aligns: tuple[str, ...], measure: Measure, base: str) -> list[Spans]:
    cells: list[list[Spans]] = []
    for cell, size in zip(row.cells, widths, strict=False):
        spans = inline(cell, row.env, base)
        cells.append([spans_ for spans_, _, _ in wrap_spans(spans, size, measure)] if spans else [()])
    height = max(map(len, cells), default=1)
    lines: list[Spans] = []
    for number in range(height):
        line: list[Span] = []
        pending = 0  # blanks are written before text only: nothing trails
        for column, size in enumerate(widths):
            content = cells[column][number] if number < len(cells[column]) else ()
            free = max(0, size - sum(max(0, measure(span.text)) for span in content))
            align = aligns[column]
            left = free if align == "right" else free // 2 if align == "center" else 0
            pending += left
            if content:
                if pending:
                    line.append(Span(" " * pending))
                line += content
                pending = 0
            pending += free - left + GAP
        lines.append(tuple(line))
    return lines


def _records(table: Table, width: int, measure: Measure, base: str) -> list[tuple[Row | None, Spans]]:
    """Every row as lines of "head: cell", for a screen too narrow for columns."""
    lines: list[tuple[Row | None, Spans]] = []
    heads = [inline(cell, table.head.env, _join(base, "md.table.head")) for cell in table.head.cells]
    rule: Spans = (Span("─" * width, "md.table.rule"),)
    if not table.rows and not table.continued:
        for head in heads:
            lines += [(table.head, spans) for spans, _, _ in wrap_spans(head, width, measure)]
        return lines
    for number, row in enumerate(table.rows):
        if number or table.continued:
            lines.append((None, rule))
        for head, cell in zip(heads, row.cells, strict=False):
            colon = (Span(": ", _join(base, "md.table.head")),) if head else ()
            spans = head + colon + inline(cell, row.env, base)
            lines += [(row, spans) for spans, _, _ in wrap_spans(spans, width, measure)]
    return lines


def _join(base: str, role: str) -> str:
    return f"{base} {role}" if base else role
