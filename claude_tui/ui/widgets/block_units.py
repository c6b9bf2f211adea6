"""Markdown as units: a block that may still grow, and a piece of an old reply that is parsed when it comes near."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.cells import cell_len

from ...markdown import Block, Document, Line, Logical, count_codes, estimate_height, logical_lines
from .fitting import fit
from .units import Numbered, Portion, Unit

BLANK = Line(())


class BlockUnit(Unit):
    """One block of a markdown document, with the seams that fall into it drawn after it."""

    __slots__ = ("_after", "_source", "block")

    def __init__(
        self,
        block: Block,
        gap: int,
        after: tuple[Line, ...] = (),
        *,
        node_id: str = "",
        text_key: str = "",
        source: Callable[[], str] = str,
    ) -> None:
        standing = "with" if block.continued else "own"
        super().__init__(gap, node_id=node_id, standing=standing, text_key=text_key, start=block.start)
        self.block = block
        self._after = after
        self._source = source
        """The text of the whole document."""

    @property
    def until(self) -> int:
        return self.block.end

    def _layout(self, width: int) -> tuple[Line, ...]:
        lines = self.block.lines(width, cell_len)
        return (*lines, *(fit(line, width) for line in self._after)) if self._after else lines

    def code_at(self, row: int) -> Numbered | None:
        return _code_at([self.block], self.lines(self._width), row)

    def portions(self, width: int) -> Sequence[Portion]:
        block, rows = self.block, len(self.lines(width))
        return (Portion(0, rows, block.continued, block.start, block.end, _codes(block), block.kind),)

    def source(self, start: int, until: int) -> str:
        return self._source()[start:until]

    @property
    def whole_source(self) -> str:
        return self._source()

    def logical(self, width: int) -> Sequence[Logical]:
        return logical_lines(self.block, self._source(), width, cell_len)

    def _guess(self, width: int) -> int:
        return max((self.block.end - self.block.start) // max(width, 1), 1) + len(self._after)


class Pieces:
    """The pieces of an old text, and how many codes stand before each: counted once one is seen that has any."""

    def __init__(self, source: str, pieces: Sequence[tuple[int, int]], codes_before: Callable[[], int]) -> None:
        self.source = source
        """The whole text, which all its pieces share."""
        self.places = pieces
        """Where each begins and ends."""
        self._codes_before = codes_before
        self._counted: list[int] = []
        """How many codes there are up to the end of each piece that was looked through."""

    def codes_before(self, place: int) -> int:
        """How many codes of the reply stand before that piece; before the one after the last for all of them."""
        while len(self._counted) < place:
            start, end = self.places[len(self._counted)]
            self._counted.append(count_codes(self.source[start:end]) + (self._counted[-1] if self._counted else 0))
        return self._codes_before() + (self._counted[place - 1] if place else 0)


class PieceUnit(Unit):
    """A piece of a finished reply, parsed only when it comes near the view."""

    __slots__ = ("_blocks", "_end", "_pieces", "_place", "_source")

    def __init__(self, pieces: Pieces, place: int, gap: int, *, node_id: str = "", text_key: str = "") -> None:
        start, self._end = pieces.places[place]
        super().__init__(gap, node_id=node_id, text_key=text_key, start=start)
        self._pieces = pieces
        self._place = place
        self._source = pieces.source
        self._blocks: Sequence[Block] = ()

    @property
    def until(self) -> int:
        return self.start + len(self._source)

    def code_at(self, row: int) -> Numbered | None:
        return _code_at(self._parsed(), self.lines(self._width), row)

    def portions(self, width: int) -> Sequence[Portion]:
        lines = self.lines(width)
        found: list[Portion] = []
        row = 0
        for place, block in enumerate(self._parsed()):
            first = row + (1 if block.gap and place else 0)
            row = first + len(block.lines(width, cell_len))
            if block.continued and found:
                before = found.pop()
                found.append(Portion(before.first, row, False, before.start, block.end, before.codes, before.kind))
            elif row > first:
                found.append(Portion(first, row, False, block.start, block.end, _codes(block), block.kind))
        return found or (Portion(0, len(lines), until=self._end - self.start),)

    def source(self, start: int, until: int) -> str:
        return self._source[self.start + start : min(self.start + until, self._end)]

    @property
    def whole_source(self) -> str:
        return self._source

    def logical(self, width: int) -> Sequence[Logical]:
        said: list[Logical] = []
        source, row = self._source[self.start : self._end], 0
        for place, block in enumerate(self._parsed()):
            apart = bool(block.gap and place)
            row += apart
            lines = logical_lines(block, source, width, cell_len)
            for number, line in enumerate(lines):
                start, until = (line.start + self.start, line.until + self.start) if line.start >= 0 else (-1, -1)
                gap = line.gap or (apart and not number)
                said.append(
                    replace(line, first=line.first + row, end=line.end + row, start=start, until=until, gap=gap)
                )
            row += len(block.lines(width, cell_len))
        return said

    def forget(self) -> None:
        super().forget()
        self._blocks = ()

    def _parsed(self) -> Sequence[Block]:
        if not self._blocks:
            document = Document(self._source[self.start : self._end], complete=True)
            self._blocks = document.blocks
            if document.codes:
                before = self._pieces.codes_before(self._place)
                for block in self._blocks:
                    block.codes_before += before
        return self._blocks

    def _layout(self, width: int) -> tuple[Line, ...]:
        lines: list[Line] = []
        for place, block in enumerate(self._parsed()):
            if block.gap and place:
                lines.append(BLANK)
            lines.extend(block.lines(width, cell_len))
        return tuple(lines)

    def _guess(self, width: int) -> int:
        return estimate_height(self._source[self.start : self._end], width)


def _codes(block: Block) -> tuple[Numbered, ...]:
    return tuple(Numbered(number, code) for number, code in enumerate(block.codes, block.codes_before + 1))


def _code_at(blocks: Sequence[Block], lines: Sequence[Line], row: int) -> Numbered | None:
    """The codes of ``blocks`` stand under their labels in the same order as the labels in ``lines``."""
    if not 0 <= row < len(lines) or not _is_label(lines[row]):
        return None
    place = sum(_is_label(line) and not line.wrapped for line in lines[: row + 1]) - 1
    codes = [code for block in blocks for code in _codes(block)]
    return codes[place] if place < len(codes) else None


def _is_label(line: Line) -> bool:
    return any(span.style == "md.fence.label" for span in line.spans)
