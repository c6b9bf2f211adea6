"""Large nodes in parts of a bounded size.

A node is seen as a row of units: paragraphs (long ones in pieces), chunks of code, some rows of a table,
each with the containers it stands in. Units are gathered into parts, and a part is a small tree of its
own whose containers are marked as continued. What a part looks like depends only on what is before its
end, so a stream and a whole parse arrive at the same parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .code import Chunk, cut_code
from .nodes import Code, Container, Node, Table, Text
from .parse import SAMPLE_ROWS
from .sentences import cut_before, space_before

PART_SIZE = 1_024
"""Characters of source in a part; a longer list or quote is divided."""

LONGEST_TEXT = 4_096
"""A longer paragraph is cut at the end of a sentence."""

TABLE_ROWS = 8


@dataclass(slots=True)
class Unit:
    """A piece that is not divided further."""

    path: tuple[Container, ...]
    node: Node | None
    """`None` for a container with nothing in it."""
    first: int
    last: int
    offset: int | None = None
    """Where it begins in the text, when that is in the middle of a line."""
    leaf: Node | None = None
    """The node it continues: the same fence, table or paragraph as the unit before it."""


@dataclass(slots=True)
class Part:
    """A block, or a part of one."""

    node: Node
    begin: Unit
    """Its first unit."""
    before: Unit | None
    """The unit before it in the same top-level node."""
    first: int
    last: int

    @property
    def fresh(self) -> bool:
        """Whether it begins a top-level node."""
        return self.before is None and not self.node.continued

    def shared_path(self) -> tuple[Container, ...]:
        """The containers that are open where it begins."""
        if self.before is None:
            return ()
        if self.begin.leaf is not None:
            return self.begin.path
        shared: list[Container] = []
        for one, other in zip(self.before.path, self.begin.path, strict=False):
            if one is not other:
                break
            shared.append(one)
        return tuple(shared)


@dataclass(slots=True)
class Source:
    """The parsed text and where its lines begin."""

    text: str
    starts: list[int]

    @classmethod
    def of(cls, text: str) -> "Source":
        starts = [0]
        position = text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = text.find("\n", position + 1)
        return cls(text, starts)

    def start(self, line: int) -> int:
        """The offset of a line; of the end for a line after the last."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def end(self, line: int) -> int:
        """The offset of a line's newline, or of the end."""
        if line + 1 < len(self.starts):
            return self.starts[line + 1] - 1
        return len(self.text)

    def line(self, line: int) -> str:
        return self.text[self.start(line) : self.end(line)]


def divide(nodes: list[Node], source: Source) -> list[Part]:
    """The parts of the top-level nodes."""
    parts: list[Part] = []
    for node in nodes:
        if isinstance(node, Container):
            size = source.start(node.last) - source.start(node.first)
            units = list(_units(node, (), source))
            if not units:
                continue
            if size <= PART_SIZE:
                parts.append(_part(units, set(), None))
                continue
            parts += _gather(units, source)
        else:
            before: Unit | None = None
            for unit in _units(node, (), source):
                assert unit.node is not None
                parts.append(Part(unit.node, unit, before, unit.first, unit.last))
                before = unit
    return parts


def _gather(units: list[Unit], source: Source) -> Iterator[Part]:
    """Units of one node in parts of some size."""
    seen: set[int] = set()
    group: list[Unit] = []
    before: Unit | None = None
    size = 0
    for unit in units:
        begin = source.start(unit.first) if unit.offset is None else unit.offset
        length = source.start(unit.last) - begin
        if group and size + length > PART_SIZE:
            part = _part(group, seen, before)
            yield part
            before, group, size = group[-1], [], 0
        group.append(unit)
        size += length
    yield _part(group, seen, before)


def _part(units: list[Unit], seen: set[int], before: Unit | None) -> Part:
    """The tree of some units; `seen` are the containers that began in earlier parts."""
    first = min(units[0].first, *(container.first for container in units[0].path if id(container) not in seen), 1 << 60)
    """A marker may stand alone on a line above what it marks."""
    open_: list[tuple[Container, Container]] = []
    root: Node | None = None
    for unit in units:
        depth = 0
        while depth < min(len(open_), len(unit.path)) and open_[depth][0] is unit.path[depth]:
            depth += 1
        del open_[depth:]
        for original in unit.path[depth:]:
            copy = replace(original, children=[], continued=original.continued or id(original) in seen)
            seen.add(id(original))
            if open_:
                open_[-1][1].children.append(copy)
            elif root is None:
                root = copy
            open_.append((original, copy))
        if unit.node is not None:
            if open_:
                open_[-1][1].children.append(unit.node)
            else:
                root = unit.node
    assert root is not None
    return Part(root, units[0], before, first, units[-1].last)


def _units(node: Node, path: tuple[Container, ...], source: Source) -> Iterator[Unit]:
    """A node's units, in order. By a stack, not by recursion: nesting is as deep as a stranger likes."""
    stack: list[tuple[Node, tuple[Container, ...]]] = [(node, path)]
    while stack:
        node, path = stack.pop()
        match node:
            case Container():
                inner = (*path, node)
                if not node.children and not node.continued:
                    yield Unit(inner, None, node.first, node.last)
                stack += [(child, inner) for child in reversed(node.children)]
            case Code():
                yield from _code_units(node, path, source)
            case Table():
                yield from _table_units(node, path)
            case Text() if len(node.content) > LONGEST_TEXT and not node.level:
                yield from _text_units(node, path, source)
            case _:
                yield Unit(path, node, node.first, node.last)


def _code_units(node: Code, path: tuple[Container, ...], source: Source) -> Iterator[Unit]:
    before = node.chunk
    pieces = cut_code(node.content) if node.markup else [(node.content, 0, 0)]
    index = node.open_chunks
    del node.text.pieces[index:]
    body = node.first + (1 if node.markup else 0)
    for number, (code, line, left) in enumerate(pieces):
        node.text.pieces.append(code)
        if node.continued and not code:
            continue
        continued = node.continued or number > 0
        midline = left > 0 or (number == 0 and before is not None and not before.code.endswith("\n"))
        chunk = Chunk(code, node.language, before, midline)
        before = chunk
        begins = node.first if number == 0 else body + line
        ends = body + pieces[number + 1][1] if number + 1 < len(pieces) else node.last
        unit_node = replace(
            node,
            first=begins,
            last=ends,
            content=code,
            gap=node.gap and not continued,
            continued=continued,
            chunk=chunk,
            open_chunks=index + number,
        )
        offset = source.end(body + line) - left if left else None
        if number + 1 < len(pieces) and pieces[number + 1][2]:
            unit_node.last = ends = ends + 1
        yield Unit(path, unit_node, begins, ends, offset, node if number else None)


def _table_units(node: Table, path: tuple[Container, ...]) -> Iterator[Unit]:
    if node.continued and not node.rows:
        return
    if len(node.rows) > SAMPLE_ROWS:
        node.sample.more = True
    first_rows = TABLE_ROWS if node.continued else SAMPLE_ROWS
    begin = 0
    while True:
        end = begin + (first_rows if begin == 0 else TABLE_ROWS)
        rows = node.rows[begin:end]
        final = end >= len(node.rows)
        begins = node.rows[begin].first if begin else node.first
        ends = node.last if final else node.rows[end].first
        continued = node.continued or begin > 0
        part = replace(node, first=begins, last=ends, rows=rows, continued=continued, gap=node.gap and not continued)
        yield Unit(path, part, begins, ends, None, node if begin else None)
        if final:
            return
        begin = end


def _text_units(node: Text, path: tuple[Container, ...], source: Source) -> Iterator[Unit]:
    content = node.content
    begin = 0
    line = node.first
    offset: int | None = None
    joint = node.joint
    while True:
        cut, gap, resume = _cut_text(content, begin, node.raw)
        last = cut >= len(content)
        lines = content.count("\n", begin, resume)
        ends = node.last if last else line + lines + 1
        continued = node.continued or begin > 0
        part = replace(
            node,
            first=line,
            last=ends,
            content=content[begin:cut],
            joint=joint,
            continued=continued,
            gap=node.gap and not continued,
        )
        yield Unit(path, part, line, ends, offset, node if begin else None)
        if last:
            return
        line += lines
        offset = None
        if content[resume - 1] != "\n":
            end = content.find("\n", resume)
            stop = end if end >= 0 else len(content)
            raw_end = source.end(line)
            if end < 0:  # the paragraph's last line was trimmed at its right
                raw = source.line(line)
                raw_end -= len(raw) - len(raw.rstrip())
            offset = raw_end - (stop - resume)
        begin, joint = resume, gap


def _cut_text(content: str, begin: int, raw: bool) -> tuple[int, str, int]:
    """Where a long paragraph's piece ends, what joins it to the next, and where that begins."""
    if len(content) - begin <= LONGEST_TEXT:
        return len(content), "", len(content)
    limit = begin + LONGEST_TEXT
    if raw:  # as it was written: wherever there is a space
        end = max(content.rfind("\n", begin, limit), content.rfind(" ", begin, limit)) + 1 or None
    else:
        end = cut_before(content, begin, limit) or space_before(content, begin, limit)
    if end is not None:
        text = content[begin:end].rstrip(" \n")
        return begin + len(text), " " if begin + len(text) < end else "", end
    end = limit
    while end > begin + LONGEST_TEXT // 2 and _clings(content[end - 1], content[end]):
        end -= 1
    return end, "", end


def _clings(before: str, after: str) -> bool:
    """Whether two characters may belong to one cluster, roughly; and no escape is torn."""
    return before in "\u200d\\" or after >= "\u0300"
