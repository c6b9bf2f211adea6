"""The tree a source is parsed into. Small, and without widths: `layout` turns it into lines.

Lines are counted in the text that was parsed. `gap` and `continued` carry what a node must know about
its neighbours, so that a part of a large block can be laid out without the rest of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .code import Chunk, CodeText

Env = Mapping[str, Any]
"""What markdown-it hands from one rule to another; the link definitions are in it."""


@dataclass(slots=True)
class Node:
    """What every node has."""

    first: int = field(compare=False)
    """Its first line."""
    last: int = field(compare=False)
    """The line after its last one, blank lines at its end not counted."""
    gap: bool = field(default=False, kw_only=True)
    """A blank line stands between it and the sibling before it."""
    continued: bool = field(default=False, kw_only=True)
    """Its beginning is in an earlier part: no marker, no label, no table head."""


@dataclass(slots=True)
class Text(Node):
    """A paragraph or a heading, its inline markdown not yet parsed."""

    content: str
    env: Env = field(compare=False)
    level: int = 0
    """1 to 6 for a heading, 0 for a paragraph."""
    joint: str = " "
    """For a continued paragraph: what stood before it."""
    raw: bool = False
    """Nested deeper than is parsed: shown as it was written."""


@dataclass(slots=True)
class Code(Node):
    """A fence or indented code, or a chunk of it."""

    content: str
    language: str
    markup: str
    """The fence's characters; empty for indented code."""
    info: str
    text: CodeText = field(compare=False)
    chunk: Chunk | None = field(default=None, compare=False)
    open_chunks: int = field(default=0, compare=False)
    """How many chunks of `text` come before this one."""


@dataclass(slots=True)
class Rule(Node):
    """A thematic break."""


@dataclass(slots=True)
class Formula(Node):
    """A formula on lines of its own."""

    source: str
    """As it was written, its signs included."""
    mark: str
    """The sign it begins with."""


@dataclass(slots=True)
class Row:
    """One row of a table: its cells' inline markdown."""

    first: int = field(compare=False)
    cells: tuple[str, ...]
    env: Env = field(compare=False)


@dataclass(slots=True)
class Sample:
    """The rows that decide the widths of a table's columns, the same for every part of it."""

    rows: tuple[Row, ...]
    more: bool = False
    """Other rows follow, and may be wider."""
    natural: list[int] | None = None
    """Cells the columns would take unbroken, once measured."""


@dataclass(slots=True)
class Table(Node):
    """A table, or some rows of it."""

    head: Row
    rows: list[Row]
    aligns: tuple[str, ...]
    sample: "Sample" = field(compare=False)


@dataclass(slots=True)
class Container(Node):
    """A node made of nodes."""

    children: "list[Node]"


@dataclass(slots=True)
class Quote(Container):
    """A block quote."""


@dataclass(slots=True)
class ListNode(Container):
    """A list; its children are items."""

    ordered: bool
    pad: int = 0
    """Cells of its widest number, with the dot."""


@dataclass(slots=True)
class Item(Container):
    """One item of a list."""

    number: str
    """`"7."` in an ordered list, else empty."""
    task: str = ""
    """`"open"` or `"done"` for a task."""


@dataclass(slots=True)
class Footnote(Container):
    """What a footnote says, where it was written."""

    label: str
