"""The rows of a block as what is read: each line unwrapped and without decoration, and where its source is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .block import Block
from .inline import inline
from .layout import Writer
from .model import Measure, Span
from .nodes import Code, Formula, Node, Rule, Table, Text
from .sentences import sections
from .table import lay_out_table

_MARKS = str.maketrans({"•": "-", "◦": "-", "▪": "-"})
_BOXES = {"☐ ": "- [ ] ", "☑ ": "- [x] "}


@dataclass(frozen=True, slots=True)
class Logical:
    """A line as it is read, however many rows it takes: a paragraph, a line of code, a row of a table."""

    first: int
    """Its first row, and the row after its last one."""
    end: int
    text: str
    """It, unwrapped and without decoration; list marks as they are written, the cells of a table with tabs between."""
    start: int = -1
    """Where its source begins and ends, whole lines of it; -1 where it has none."""
    until: int = -1
    gap: bool = False
    """Whether a blank row stands before it."""
    joint: str | None = None
    """What stands between it and the line before, with which it goes on; None where it begins."""
    code: str | None = None
    """Of a line of code what its fence says; None for any other line."""
    opens: bool = False
    """Whether it is the first of its code, and whether the last one: its source has the fence too."""
    closes: bool = False
    mark: int = 0
    """How many characters of the text are the marks of lists before its words."""
    cells: bool = False
    """Whether it is a row of a table."""


def logical_lines(block: Block, source: str, width: int, measure: Measure) -> list[Logical]:
    """The lines of a block at a width; ``source`` is that of its document."""
    reader = _Reader(max(1, width), measure, block.codes_before)
    reader.node(block.node)
    starts = [block.start]
    at = source.find("\n", block.start, block.end)
    while at >= 0:
        starts.append(at + 1)
        at = source.find("\n", at + 1, block.end)

    def place(line: int) -> int:
        at = max(line - block.line, 0)
        return starts[at] if at < len(starts) else block.end + 1

    return [
        line if line.start < 0 else replace(line, start=place(line.start), until=max(place(line.until) - 1, 0))
        for line in reader.said
    ]


class _Reader(Writer):
    """Lays out a block, and notes what each of its rows is a part of. Places are lines of the source."""

    def __init__(self, width: int, measure: Measure, codes: int) -> None:
        super().__init__(width, measure, codes)
        self.said: list[Logical] = []
        self._marks: list[str] = []
        """The marks and the indents that the next line begins with, from the outermost."""
        self._blank = False
        self._in_leaf = False

    def _emit(
        self,
        spans: tuple[Span, ...],
        *,
        wrapped: bool = False,
        joint: str = " ",
        ground: str = "",
        decoration: int = 0,
    ) -> None:
        marks = not spans and not self._in_leaf and self._marker_waits()
        super()._emit(spans, wrapped=wrapped, joint=joint, ground=ground, decoration=decoration)
        if marks:  # an item with nothing in it
            self._say(Logical(len(self.lines) - 1, len(self.lines), self._prefix().rstrip()))
        elif not spans and not self._in_leaf:
            self._blank = True

    def _inside(self, marker: Span, again: Span, nodes: list[Node], continued: bool) -> None:
        text = "" if marker.style == "md.quote.bar" else _BOXES.get(marker.text, marker.text.translate(_MARKS))
        self._marks.append(" " * len(text) if continued else text)
        super()._inside(marker, again, nodes, continued)
        self._marks.pop()

    def _prefix(self) -> str:
        prefix = "".join(self._marks)
        self._marks = [" " * len(mark) for mark in self._marks]
        return prefix

    def _say(self, line: Logical) -> None:
        self.said.append(replace(line, gap=self._blank))
        self._blank = False

    def _leaf(self, draw: Callable[[], None]) -> tuple[int, int]:
        first, self._in_leaf = len(self.lines), True
        draw()
        self._in_leaf = False
        return first, len(self.lines)

    def _text(self, node: Text) -> None:
        first, end = self._leaf(lambda: super(_Reader, self)._text(node))
        if end == first:
            return
        spans = () if node.raw else sections(node.content, node.env, "")
        text = node.content.rstrip("\n") if node.raw else "".join(span.text for span in spans)
        prefix = self._prefix()
        text = text.replace("\n", "\n" + " " * len(prefix))
        joint = node.joint if node.continued else None
        self._say(Logical(first, end, prefix + text, node.first, node.last, joint=joint, mark=len(prefix)))

    def _code(self, node: Code) -> None:
        first, end = self._leaf(lambda: super(_Reader, self)._code(node))
        self._prefix()
        rows = self.lines[first:end]
        heads = [at for at, row in enumerate(rows) if not row.wrapped and not _is_label(row.spans)]
        lines = node.content.removesuffix("\n").split("\n")
        body = node.first + (1 if node.markup and not node.continued else 0)
        midline = node.chunk is not None and node.chunk.midline and bool(heads or rows)
        if midline:  # the rest of a line that began in the part before
            heads = [next((at for at, row in enumerate(rows) if not _is_label(row.spans)), 0), *heads]
        if not heads or len(heads) != len(lines):
            lines, heads = [node.content.removesuffix("\n")], [0]
        closed = not node.markup or node.last - body > len(lines)
        for place, (text, head) in enumerate(zip(lines, heads, strict=True)):
            opens, closes = place == 0 and not node.continued, place == len(lines) - 1 and closed
            self._say(
                Logical(
                    first + (0 if opens else head),
                    first + heads[place + 1] if place + 1 < len(heads) else end,
                    text,
                    node.first if opens else body + place,
                    node.last if place == len(lines) - 1 else body + place + 1,
                    joint="" if midline and place == 0 else None,
                    code=node.info,
                    opens=opens,
                    closes=closes,
                )
            )

    def _table(self, node: Table) -> None:
        shown = lay_out_table(node, self.room, self.measure, self.base)
        first, _ = self._leaf(lambda: super(_Reader, self)._table(node))
        rows = node.rows if node.continued else [node.head, *node.rows]
        at = [[place for place, (row, _) in enumerate(shown) if row is each] for each in rows]
        for number, (row, places) in enumerate(zip(rows, at, strict=True)):
            if not places and len(at) > 1:  # on a narrow screen the head is in every row, and is none
                places = range(at[1][0], at[1][0])
            text = "\t".join(
                "".join(span.text for span in inline(cell, row.env)).replace("\n", " ") for cell in row.cells
            )
            until = rows[number + 1].first if number + 1 < len(rows) else node.last
            begin, end = (first + places[0], first + places[-1] + 1) if len(places) else (first, first)
            self._say(Logical(begin, end, self._prefix() + text, row.first, until, cells=True))

    def _formula(self, node: Formula) -> None:
        first, end = self._leaf(lambda: super(_Reader, self)._formula(node))
        rows = self.lines[first:end]
        pieces = [(row.joint if row.wrapped else "\n") + row.text[row.indent :] for row in rows]
        self._say(Logical(first, end, self._prefix() + "".join(pieces)[1:], node.first, node.last))

    def node(self, node: Node) -> None:
        """A rule is all decoration."""
        if isinstance(node, Rule):
            first, end = self._leaf(lambda: super(_Reader, self).node(node))
            self._say(Logical(first, end, self._prefix() + "---", node.first, node.last))
        else:
            super().node(node)


def _is_label(spans: tuple[Span, ...]) -> bool:
    return any(span.style == "md.fence.label" for span in spans)
