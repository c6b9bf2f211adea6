"""One block of a document, laid out when it is asked for."""

import threading
from collections import OrderedDict
from collections.abc import Iterator

from .layout import lay_out
from .model import Line, Measure
from .nodes import Code, Container, Footnote, Formula, ListNode, Node, Quote, Rule, Table, Text

KEPT = 512
"""How many blocks keep their lines: a screen shows a few dozen, and lines are ten times their source."""

_recent: "OrderedDict[int, Block]" = OrderedDict()
_recent_lock = threading.Lock()


class Block:
    """A top-level block, or a part of a large one."""

    __slots__ = ("_lines", "_node", "_width", "codes_before", "end", "gap", "kind", "line", "start")

    def __init__(self, node: Node, start: int, end: int, gap: int, *, line: int = 0, codes_before: int = 0) -> None:
        self._node = node
        self._width = -1
        self._lines: tuple[Line, ...] = ()
        self.kind = _kind(node)
        """`"paragraph"`, `"heading"`, `"list"`, `"quote"`, `"fence"`, `"code"`, `"table"`, `"rule"`,
        `"footnote"` or `"formula"`."""
        self.start = start
        self.end = end
        self.gap = gap
        """Blank lines wanted above it: 0 for the first block and for later parts of a divided one."""
        self.line = line
        """The line it begins in, as its node counts lines."""
        self.codes_before = codes_before
        """How many codes stand before it: what its own are numbered from. To be set before it is laid out only."""

    def __repr__(self) -> str:
        return f"Block({self.kind!r}, {self.start}, {self.end}, gap={self.gap})"

    @property
    def node(self) -> Node:
        """What it was parsed into."""
        return self._node

    @property
    def language(self) -> str:
        """The language of a fence, else empty."""
        return self._node.language if isinstance(self._node, Code) else ""

    @property
    def code(self) -> str | None:
        """The text of the whole fence or indented code, from every part of it; else `None`."""
        return str(self._node.text) if isinstance(self._node, Code) else None

    @property
    def codes(self) -> tuple[str, ...]:
        """The code under each label in this block, from top to bottom; what stands inside lists too, and is indented.

        Of a long one it is the whole, though other blocks show the rest of it.
        """
        return tuple(str(node.text) for node in self._codes())

    @property
    def code_count(self) -> int:
        """How many those are, without putting any together."""
        return sum(1 for _ in self._codes())

    def _codes(self) -> Iterator[Code]:
        stack = [self._node]
        while stack:
            node = stack.pop()
            if isinstance(node, Container):
                stack += reversed(node.children)
            elif isinstance(node, Code) and not node.continued:
                yield node

    @property
    def continued(self) -> bool:
        """Whether it goes on with the block before it."""
        return self._node.continued

    def lines(self, width: int, measure: Measure) -> tuple[Line, ...]:
        """Its lines at a width; kept for the last width, as long as it is among the blocks last used."""
        if width != self._width:
            self._lines = lay_out(self._node, width, measure, self.codes_before)
            self._width = width
            _remember(self)
        return self._lines

    def forget(self) -> None:
        """Drop the lines that are kept."""
        self._width, self._lines = -1, ()

    def same_as(self, other: "Block") -> bool:
        """Whether both are laid out alike."""
        alike = self.gap == other.gap and self.codes_before == other.codes_before
        return alike and self._node == other._node


def _remember(block: Block) -> None:
    with _recent_lock:
        key = id(block)
        _recent[key] = block
        _recent.move_to_end(key)
        if len(_recent) > KEPT:
            _recent.popitem(last=False)[1].forget()


def _kind(node: Node) -> str:
    match node:
        case Text():
            return "heading" if node.level else "paragraph"
        case Code():
            return "fence" if node.markup else "code"
        case Table():
            return "table"
        case Quote():
            return "quote"
        case ListNode():
            return "list"
        case Rule():
            return "rule"
        case Footnote():
            return "footnote"
        case Formula():
            return "formula"
        case _:
            return "paragraph"
