"""Markdown as it grows.

Only the text after the last frozen part is parsed again. A part is frozen when another one begins after
it on a complete line, because nothing that comes later can reach back over a finished line, but for what
`finish` is there to put right: definitions of reference links, the underline of a long heading, and the
width of a list's numbers.
"""

from bisect import bisect_right
from collections import ChainMap
from collections.abc import Sequence
from typing import Any

from .block import Block
from .nodes import Footnote, Table
from .parse import clean_for_parser, parse
from .parts import Part, Source, divide
from .resume import Resume, resume_at

HARD_CAP = 16_384
"""A tail that grows longer without falling into parts is frozen as it is, up to a line."""

DEFINITIONS = 2_048
"""A longer tail is searched for link definitions, which are settled line by line."""


class Document:
    """A source and its blocks."""

    def __init__(self, source: str = "", *, complete: bool = False, codes_before: int = 0) -> None:
        """``codes_before`` is how many codes stand before it: its own are numbered from there."""
        self._pieces: list[str] = []
        self._blocks: list[Block] = []
        self._codes_before = codes_before
        self._frozen = 0
        self._position = 0
        """Where the tail begins in the source."""
        self._tail = ""
        self._resume = Resume()
        self._definitions: dict[str, Any] = {}
        self._defined = False
        """Whether there ever was a link definition, if only half of what was none in the end."""
        self._dirty = False
        self._capped = False
        """Whether a piece was frozen as it is: together they would be one block, too long to lay out in a frame."""
        self.append(source)
        if complete:
            self.finish()

    @property
    def source(self) -> str:
        """Everything that was appended."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks: frozen ones stay the same objects, those after them are new after an append."""
        self._advance()
        return self._blocks

    @property
    def frozen(self) -> int:
        """How many leading blocks stay as they are until `finish`."""
        self._advance()
        return self._frozen

    @property
    def codes(self) -> int:
        """How many codes there are up to its end, those before it too."""
        blocks = self.blocks
        return blocks[-1].codes_before + blocks[-1].code_count if blocks else self._codes_before

    def append(self, text: str) -> None:
        """Add to the source. It is parsed when the blocks are asked for, however often it was added to."""
        if text:
            self._pieces.append(text)
            self._tail += clean_for_parser(text)
            self._dirty = True

    def finish(self) -> None:
        """Parse the whole exactly. Blocks that come out as they were stay the same objects."""
        self._advance()
        if self._capped:
            return
        earlier = {(block.start, block.end): block for block in self._blocks}
        source = clean_for_parser(self.source)
        env: dict[str, Any] = {}
        parsed = Source.of(source)
        parts = divide(parse(source, env), parsed)
        self._blocks.clear()
        self._add(parts, parsed, 0, 0)
        references = self._defined or bool(env.get("references"))
        for index, block in enumerate(self._blocks):
            before = earlier.get((block.start, block.end))
            if (
                before is not None
                and before.same_as(block)
                and not (references and "[" in source[block.start : block.end])
            ):
                self._blocks[index] = before
        self._frozen = len(self._blocks)
        self._position, self._tail, self._resume = len(source), "", Resume()
        self._dirty = False

    def _advance(self) -> None:
        """Parse the tail, freeze what is settled."""
        if not self._dirty:
            return
        self._dirty = False
        parts, source, opening = self._parse(self._tail)
        settled = _settled(parts, source)
        del self._blocks[self._frozen :]
        self._add(parts, source, self._position - opening, self._position)
        if settled == 0 and len(self._tail) > DEFINITIONS and self._pass_definitions(parts, source, opening):
            return
        if settled == 0 and len(self._tail) > HARD_CAP:
            del self._blocks[self._frozen :]
            self._freeze_as_it_is()
        elif settled:
            self._go_on(parts[settled], source, opening)
            self._frozen += settled

    def _parse(self, tail: str) -> tuple[list[Part], Source, int]:
        """The parts of a tail, the text they were parsed from, and how much of that is opening."""
        opening = self._resume.opening()
        source = Source.of(opening + tail)
        nodes = parse(source.text, self._env())
        if not self._resume.apply(nodes):
            # What was opened is not what came out: the tail is shown as a document of its own.
            self._resume = Resume()
            opening = ""
            source = Source.of(tail)
            nodes = parse(tail, self._env())
        self._defined = self._defined or bool(self._found)
        return divide(nodes, source), source, len(opening)

    def _env(self) -> dict[str, Any]:
        """Definitions found so far; those in the tail may still change and go to a map of their own."""
        self._found: ChainMap[str, Any] = ChainMap({}, self._definitions)
        return {"references": self._found}

    def _go_on(self, part: Part, source: Source, opening: int) -> None:
        """Freeze everything before a part: the tail begins there."""
        resume, offset = resume_at(part, source)
        position = max(0, offset - opening)
        self._keep_definitions(source, offset)
        self._resume = resume
        self._position += position
        self._tail = self._tail[position:]

    def _pass_definitions(self, parts: list[Part], source: Source, opening: int) -> bool:
        """Link definitions at the end of the tail make no part that could be frozen: begin at the last."""
        lines = [found["map"][0] for found in self._found.maps[0].values()]
        last = max(lines, default=-1)
        if last < 0 or source.line(last)[:1] != "[" or (parts and parts[-1].last > last):
            return False
        offset = source.start(last)
        if offset <= opening:
            return False
        self._keep_definitions(source, offset)
        self._frozen = len(self._blocks)
        self._resume = Resume()
        self._tail = self._tail[offset - opening :]
        self._position += offset - opening
        return True

    def _keep_definitions(self, source: Source, offset: int) -> None:
        """Definitions before an offset are settled."""
        for label, found in self._found.maps[0].items():
            if source.start(found["map"][1]) <= offset:
                self._definitions.setdefault(label, found)

    def _freeze_as_it_is(self) -> None:
        """The hard cap: the tail up to its last complete line is frozen, and what follows begins anew."""
        self._capped = True
        cut = self._tail.rfind("\n") + 1 or len(self._tail)
        parts, source, opening = self._parse(self._tail[:cut])
        self._add(parts, source, self._position - opening, self._position)
        self._frozen = len(self._blocks)
        self._definitions.update(self._found.maps[0])
        self._resume = Resume()
        self._position += cut
        self._tail = self._tail[cut:]
        if self._tail:
            parts, source, opening = self._parse(self._tail)
            self._add(parts, source, self._position - opening, self._position)

    def _add(self, parts: list[Part], source: Source, shift: int, floor: int) -> None:
        """Blocks of parts at the end of the list."""
        codes = self._blocks[-1].codes_before + self._blocks[-1].code_count if self._blocks else self._codes_before
        for number, part in enumerate(parts):
            start = max(floor, _begin(part, source) + shift)
            end = max(start, source.end(max(part.last - 1, 0)) + shift)
            if number + 1 < len(parts) and parts[number + 1].begin.offset is not None:
                end = _begin(parts[number + 1], source) + shift
            line = bisect_right(source.starts, start - shift) - 1
            gap = 1 if part.fresh and self._blocks and not self._is_next_footnote(part, start) else 0
            self._blocks.append(Block(part.node, start, end, gap, line=line, codes_before=codes))
            codes += self._blocks[-1].code_count

    def _is_next_footnote(self, part: Part, start: int) -> bool:
        """Whether it is a footnote on the line after another's last."""
        before = self._blocks[-1]
        return isinstance(part.node, Footnote) and before.kind == "footnote" and start <= before.end + 1


def _begin(part: Part, source: Source) -> int:
    """The offset where a part begins."""
    return source.start(part.first) if part.begin.offset is None else part.begin.offset


def _settled(parts: list[Part], source: Source) -> int:
    """How many leading parts no later text can change."""
    count = len(parts) - 1
    while count > 0:
        part = parts[count]
        # A table is one only by its second line; until that is whole it may be a paragraph going on.
        table = isinstance(part.begin.node, Table) and part.begin.leaf is None
        line = part.begin.first + 1 if table else part.begin.first
        if part.begin.offset is not None or source.end(line) < len(source.text):
            break
        count -= 1
    return max(0, count)
