"""Going on in the middle of a block.

When a part of a large block is frozen, the text after it is no longer a document of its own: it stands in
a quote, in an item, in a fence. So a short opening is put before it that opens the same containers with
the same columns, and the fence or the table in them; where a paragraph or the next child follows, an empty
heading or a placeholder letter stands for what was before. After the parse the opening is taken out again,
and what was opened by it is marked as continued. Nothing is stripped from the text itself, so the parser
sees every line as it is, laziness and all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .code import Chunk, CodeText
from .nodes import Code, Container, Footnote, Item, ListNode, Node, Quote, Sample, Table, Text
from .parts import Part, Source

PLACEHOLDER = "\ue000"
"""Stands for the earlier part of a paragraph. A private letter: emphasis sees neither space nor sign."""

_MARKER = re.compile(r" *(?:[-+*]|\d{1,9}[.)])( *)")


@dataclass(frozen=True, slots=True)
class Frame:
    """One open container: how to open it and how to go on in it."""

    kind: type[Container]
    head: str
    rest: str
    pad: int = 0
    """A list's width of numbers."""


@dataclass(frozen=True, slots=True)
class OpenCode:
    """An open fence."""

    line: str
    midline: bool
    text: CodeText
    chunks: int
    before: Chunk | None


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table whose widths are fixed."""

    head: str
    rule: str
    sample: Sample


@dataclass(frozen=True, slots=True)
class OpenText:
    """A paragraph of which a piece is frozen."""

    midline: bool
    joint: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Everything that is open at the end of the frozen text."""

    frames: tuple[Frame, ...] = ()
    leaf: OpenCode | OpenTable | OpenText | None = None
    gap: bool = False
    """Whether a blank line stands before what follows, when that is the next child and not a part of a leaf."""

    def opening(self) -> str:
        """The text to put before what follows."""
        head = "".join(frame.head for frame in self.frames)
        rest = "".join(frame.rest for frame in self.frames)
        match self.leaf:
            case OpenCode(line, midline):
                indent = line[: len(line) - len(line.lstrip(" "))]
                if self._is_apart():
                    head = f"{head}#\n{rest}"
                return f"{head}{line}\n{rest + indent if midline else ''}"
            case OpenTable(table_head, rule):
                return f"{head}{table_head}\n{rest}{rule}\n"
            case OpenText(midline):
                return f"{head}{PLACEHOLDER}{' ' if midline else chr(10)}"
            case None:
                return f"{head}#\n" if head else ""

    def _is_apart(self) -> bool:
        """Whether a fence needs a line of its own: its indent would be taken for the item's."""
        return isinstance(self.leaf, OpenCode) and self.leaf.line.startswith(" ") and bool(self.frames)

    def apply(self, nodes: list[Node]) -> bool:
        """Take the opening out of the parsed nodes. False when they are not what was opened."""
        level = nodes
        marked: list[Container] = []
        for number, frame in enumerate(self.frames):
            trailing = number == len(self.frames) - 1 and frame.kind is ListNode
            if trailing and marked and not self._drop_heading(level):
                return False
            if not level or type(level[0]) is not frame.kind:
                return False
            node = level[0]
            assert isinstance(node, Container)
            marked.append(node)
            if isinstance(node, ListNode):
                node.pad = max(node.pad, frame.pad)
            if trailing:
                node.children[0].gap = self.gap
            level = node.children
        among_children = bool(marked) and self.frames[-1].kind is not ListNode
        if not self._apply_leaf(level, among_children):
            return False
        if self.leaf is None and among_children and level:
            apart = self.frames[-1].kind is not Quote and isinstance(level[0], Code | Table)
            level[0].gap = self.gap or apart
        for node in marked:
            node.continued = True
        return True

    def _apply_leaf(self, level: list[Node], placeholder: bool) -> bool:
        if self.leaf is None:
            return self._drop_heading(level) if placeholder else True
        if self._is_apart() and not self._drop_heading(level):
            return False
        node = level[0] if level else None
        match self.leaf, node:
            case OpenCode() as leaf, Code():
                node.text, node.open_chunks, node.chunk = leaf.text, leaf.chunks, leaf.before
            case OpenTable() as leaf, Table():
                node.sample = leaf.sample
            case OpenText() as leaf, Text() if node.content.startswith(PLACEHOLDER):
                node.content = node.content[1:].lstrip(" \n")
                node.joint = leaf.joint
            case _:
                return False
        node.continued = True
        return True

    @staticmethod
    def _drop_heading(level: list[Node]) -> bool:
        if level and isinstance(level[0], Text) and level[0].level == 1 and not level[0].content:
            del level[0]
            return True
        return False


def resume_at(part: Part, source: Source) -> tuple[Resume, int]:
    """What is open where a part begins, and the offset at which to go on."""
    unit = part.begin
    if part.before is None:
        return Resume(), source.start(part.first)
    path = part.shared_path()
    heads = _heads(source, path)
    frames: list[Frame] = []
    for container, head in zip(path, heads, strict=True):
        match container:
            case Quote():
                frames.append(Frame(Quote, "> ", "> "))
            case ListNode():
                frames.append(Frame(ListNode, "", "", container.pad))
            case Footnote():
                frames.append(Frame(Footnote, f"[^{container.label}]: ", "    "))
            case _:
                frames.append(Frame(Item, head, " " * len(head)))
    if unit.leaf is None:
        # From its own first line: a line of quote marks before it would be taken for one more quote.
        following = unit.path[len(path)] if len(unit.path) > len(path) else unit.node
        return Resume(tuple(frames), gap=following is not None and following.gap), source.start(part.first)
    position = source.start(unit.first) if unit.offset is None else unit.offset

    def strip(number: int) -> str:
        return _strip(source, number, path, heads)

    return Resume(tuple(frames), _open_leaf(unit.leaf, part, strip)), position


def _open_leaf(leaf: Node, part: Part, strip: Callable[[int], str]) -> OpenCode | OpenTable | OpenText | None:
    """How to open the leaf that a part continues; `strip` gives a line without its containers."""
    midline = part.begin.offset is not None
    node = part.begin.node
    match leaf, node:
        case Code(), Code():
            before = node.chunk.before if node.chunk else None
            return OpenCode(strip(leaf.first), midline, leaf.text, node.open_chunks, before)
        case Table(), Table():
            return OpenTable(strip(leaf.first).strip(), strip(leaf.first + 1).strip(), leaf.sample)
        case Text(), Text():
            return OpenText(midline, node.joint)
        case _:
            return None


def _heads(source: Source, path: tuple[Container, ...]) -> list[str]:
    """For each item its marker with the blanks around it, as wide as it was; for others nothing."""
    heads: list[str] = []
    for depth, container in enumerate(path):
        head = ""
        if isinstance(container, Item):
            line = _strip(source, container.first, path[:depth], heads)
            found = _MARKER.match(line)
            if found:
                blanks = len(found[1])
                if found.end() == len(line) or blanks > 4 or blanks == 0:
                    blanks = 1
                head = line[: found.start(1)] + " " * blanks
            else:
                head = "- "
        heads.append(head)
    return heads


def _strip(source: Source, number: int, path: tuple[Container, ...], heads: list[str]) -> str:
    """A line without what belongs to the containers it stands in."""
    line = source.line(number).expandtabs(4)
    for container, head in zip(path, heads, strict=True):
        match container:
            case Quote():
                bare = line.lstrip(" ")
                if bare.startswith(">"):
                    line = bare[1:].removeprefix(" ")
            case Item():
                width = len(head)
                if number == container.first or not line[:width].strip(" "):
                    line = line[width:]
                else:
                    line = line.lstrip(" ")
            case Footnote():
                if number == container.first:
                    line = line.partition("]:")[2]
                    blanks = len(line) - len(line.lstrip(" "))
                    line = line[blanks if blanks > 4 else min(blanks, 1) :]
                else:
                    line = line.removeprefix("    ")
            case _:
                pass
    return line
