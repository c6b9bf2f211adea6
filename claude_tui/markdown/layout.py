"""Nodes to lines of a given width."""

from itertools import pairwise

from .inline import footnote_sign
from .model import Line, Measure, Span
from .nodes import Code, Footnote, Formula, Item, ListNode, Node, Quote, Rule, Table, Text
from .sentences import sections
from .table import lay_out_table
from .wrap import wrap_spans

NARROWEST = 4
"""Cells left for text at least; deeper nesting is no longer indented."""

LONGEST_LABEL = 12
"""Cells of a footnote's label that its text is indented by."""

FORMULA_INDENT = 2

BULLETS = "•◦▪"
COPY_MARK = "⧉"
"""What stands before the number at the head of a code."""


def lay_out(node: Node, width: int, measure: Measure, codes: int = 0) -> tuple[Line, ...]:
    """The lines of one block; ``codes`` is how many stand before it, for they are numbered."""
    writer = Writer(max(1, width), measure, codes)
    writer.node(node)
    return tuple(writer.lines)


class Writer:
    """Writes lines under a prefix that containers add to."""

    def __init__(self, width: int, measure: Measure, codes: int = 0) -> None:
        self.width = width
        self.measure = measure
        self.codes = codes
        self.lines: list[Line] = []
        self.rest: tuple[Span, ...] = ()
        self.first: tuple[Span, ...] | None = None
        """The prefix of the next line alone: it carries a marker."""
        self.cells = 0
        self.bullets = 0
        self.base = ""

    @property
    def room(self) -> int:
        return max(1, self.width - self.cells)

    def node(self, node: Node) -> None:
        match node:
            case Text():
                self._text(node)
            case Code():
                self._code(node)
            case Rule():
                self._emit((Span("─" * self.room, "md.rule"),), decoration=self.room)
            case Table():
                self._table(node)
            case Quote():
                self._quote(node)
            case ListNode():
                self._list(node)
            case Footnote():
                self._footnote(node)
            case Formula():
                self._formula(node)
            case _:
                pass

    def _emit(
        self,
        spans: tuple[Span, ...],
        *,
        wrapped: bool = False,
        joint: str = " ",
        ground: str = "",
        decoration: int = 0,
    ) -> None:
        prefix = self.rest if self.first is None else self.first
        self.first = None
        self.lines.append(Line(prefix + spans, self.cells + decoration, wrapped, ground, joint if wrapped else " "))

    def _children(self, nodes: list[Node], continued: bool) -> None:
        for index, node in enumerate(nodes):
            if node.gap and not node.continued and (index > 0 or continued):
                self._emit(())
            self.node(node)

    def _inside(self, marker: Span, again: Span, nodes: list[Node], continued: bool) -> None:
        """Children under a longer prefix: `marker` on their first line, `again` on the others."""
        cells = max(0, self.measure(marker.text))
        if self.room - cells < NARROWEST:
            if not continued and marker.text.strip() and marker.style != "md.quote.bar":
                self._emit((Span(marker.text.strip(), marker.style),))
            self._children(nodes, continued)
            return
        rest, first, before = self.rest, self.first, self.cells
        self.first = (rest if first is None else first) + ((again if continued else marker),)
        self.rest = (*rest, again)
        self.cells += cells
        self._children(nodes, continued)
        if self._marker_waits() and not continued:
            self._emit(())
        untouched = self._marker_waits()
        self.rest, self.cells = rest, before
        self.first = first if untouched else None

    def _marker_waits(self) -> bool:
        """Whether nothing was written since a marker was set."""
        return self.first is not None

    def _quote(self, node: Quote) -> None:
        bar = Span("▎ ", "md.quote.bar")
        base, self.base = self.base, "md.quote"
        self._inside(bar, bar, node.children, node.continued)
        self.base = base

    def _footnote(self, node: Footnote) -> None:
        marker = Span(f"{footnote_sign(node.label)} ", "md.footnote")
        cells = max(0, self.measure(marker.text))
        if cells > min(LONGEST_LABEL, self.room - NARROWEST):
            # A long label stands above what it says.
            if not node.continued:
                for row, wrapped, joint in wrap_spans((marker,), self.room, self.measure):
                    self._emit(row, wrapped=wrapped, joint=joint)
            marker = Span("  ", "md.footnote")
            cells = 2
        self._inside(marker, Span(" " * cells), node.children, node.continued)

    def _formula(self, node: Formula) -> None:
        from .formulas import body_of  # with the first formula: not every run has one
        from .latex import to_unicode

        body, point = body_of(node.source, node.mark)
        text = to_unicode(body)
        padding = FORMULA_INDENT if self.room >= NARROWEST + FORMULA_INDENT else 0
        style = f"{self.base} md.math".strip()
        spans = (Span((node.source if text is None else text + point).replace("\t", " "), style),)
        pad = (Span(" " * padding),) if padding else ()
        for row, wrapped, joint in wrap_spans(spans, self.room - padding, self.measure):
            self._emit(pad + row, wrapped=wrapped, joint=joint, decoration=padding)

    def _list(self, node: ListNode) -> None:
        bullet = BULLETS[min(self.bullets, len(BULLETS) - 1)]
        if not node.ordered:
            self.bullets += 1
        for index, item in enumerate(node.children):
            if not isinstance(item, Item):
                continue
            if item.gap and not item.continued and (index > 0 or node.continued):
                self._emit(())
            marker = self._marker(item, bullet, node.pad)
            again = Span(" " * max(0, self.measure(marker.text)))
            self._inside(marker, again, item.children, item.continued)
        if not node.ordered:
            self.bullets -= 1

    def _marker(self, item: Item, bullet: str, pad: int) -> Span:
        box = {"open": "☐ ", "done": "☑ "}.get(item.task, "")
        role = f"md.task.{item.task}" if item.task else "md.list.marker"
        if item.number:
            return Span(f"{item.number:>{pad}} {box}", role)
        return Span(box or f"{bullet} ", role)

    def _text(self, node: Text) -> None:
        style = f"md.h{node.level}" if node.level else ""
        base = " ".join(part for part in (self.base, style) if part)
        if node.raw:
            spans: tuple[Span, ...] = (Span(node.content.replace("\t", " "), base),)
        else:
            spans = sections(node.content, node.env, base)
        if not spans and not node.level:
            return
        for index, (row, wrapped, joint) in enumerate(wrap_spans(spans, self.room, self.measure)):
            if index == 0 and node.continued:
                wrapped, joint = True, node.joint
            self._emit(row, wrapped=wrapped, joint=joint)

    def _code(self, node: Code) -> None:
        ground = "md.fence"
        padding = 2 if self.room >= NARROWEST + 2 else 0
        pad = (Span(" " * padding),) if padding else ()
        inner = self.room - padding
        if not node.continued:
            self.codes += 1
            label = " ".join([*node.info.split(), f"{COPY_MARK}{self.codes}"])
            for row, wrapped, joint in wrap_spans((Span(label, "md.fence.label"),), inner, self.measure):
                self._emit(pad + row, wrapped=wrapped, joint=joint, ground=ground, decoration=padding + _size(row))
        chunk = node.chunk
        if chunk is None or not chunk.code:
            return
        for number, line in enumerate(_code_lines(chunk.tokens())):
            going_on = number == 0 and chunk.midline
            for row, wrapped, _ in wrap_spans(line, inner, self.measure, words=False):
                self._emit(pad + row, wrapped=wrapped or going_on, joint="", ground=ground, decoration=padding)
                going_on = False

    def _table(self, node: Table) -> None:
        for _, spans in lay_out_table(node, self.room, self.measure, self.base):
            ruled = bool(spans) and spans[0].style == "md.table.rule"
            self._emit(spans, decoration=len(spans[0].text) if ruled else 0)


def _size(row: tuple[Span, ...]) -> int:
    """Characters in a row."""
    return sum(len(span.text) for span in row)


def _code_lines(tokens: list[tuple[str, str]]) -> list[tuple[Span, ...]]:
    """Tokens as lines; tabs expanded to every fourth cell of the line."""
    lines: list[tuple[Span, ...]] = []
    line: list[Span] = []
    column = 0
    for role, text in tokens:
        for number, piece in enumerate(text.split("\n")):
            if number:
                lines.append(tuple(line))
                line, column = [], 0
            if not piece:
                continue
            if "\t" in piece:
                piece = (" " * (column % 4) + piece).expandtabs(4)[column % 4 :]
            column += len(piece)
            line.append(Span(piece, role))
    if line:
        lines.append(tuple(line))
    return [_merged(line) for line in lines]


def _merged(line: tuple[Span, ...]) -> tuple[Span, ...]:
    """Neighbours of one style as one span; white space takes the style before it."""
    if all(a.style != b.style and b.text.strip() for a, b in pairwise(line)):
        return line
    merged: list[Span] = []
    for span in line:
        if merged and (span.style == merged[-1].style or (not span.style and not span.text.strip())):
            merged[-1] = Span(merged[-1].text + span.text, merged[-1].style)
        else:
            merged.append(span)
    return tuple(merged)
