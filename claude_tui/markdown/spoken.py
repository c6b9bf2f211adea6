"""Markdown as it is read out: one line a paragraph, an item, a row, and words in place of every mark and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from .block import Block
from .document import Document
from .inline import inline
from .nodes import Code, Env, Footnote, Formula, Item, ListNode, Node, Quote, Row, Table, Text

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TASKS = {"open": "to do: ", "done": "done: "}


class Spoken:
    """One text as it grows: gives what can be read out of it, each thing once and whole."""

    def __init__(self, codes: int = 0) -> None:
        """``codes`` is how many came before in the same reply: they are numbered as they are copied."""
        self.codes = codes
        self._document = Document()
        self._told = 0
        """Up to where in the source all was given."""
        self._place = 0
        """How many blocks of the growing text were looked at."""
        self._in_code = False

    def pass_over(self, text: str) -> None:
        """This was read out before, but for its last block, which may be going on."""
        self._document.append(text)
        for block in list(self._document.blocks)[:-1]:
            list(self._said(block))
            self._told, self._place = block.end, self._place + 1

    def append(self, text: str) -> list[str]:
        """What is whole by now."""
        self._document.append(text)
        found: list[str] = []
        blocks = self._document.blocks
        while self._place < len(blocks):
            block = blocks[self._place]
            if self._place >= self._document.frozen and not self._is_whole(block):
                break
            self._place += 1
            if block.start >= self._told:
                found += self._said(block)
                self._told = block.end
        return found

    def _is_whole(self, block: Block) -> bool:
        """Whether a paragraph has ended before anything follows it: a blank line does that. A frozen block has."""
        if block.kind not in ("paragraph", "heading"):
            return False
        return _BLANK_LINE.search(self._document.source, max(block.end - 1, block.start)) is not None

    def finish(self) -> list[str]:
        """The rest of it."""
        self._document.finish()
        found: list[str] = []
        for block in self._document.blocks:
            if block.start >= self._told:
                found += self._said(block)
            elif block.end > self._told:  # seen whole it is another block than it was while it grew
                for rest in Document(self._document.source[self._told : block.end], complete=True).blocks:
                    found += self._said(rest)
            self._told = max(self._told, block.end)
        return [*found, *self._end_of_code()]

    def _said(self, block: Block) -> Iterator[str]:
        node = block.node
        if not (isinstance(node, Code) and node.continued):
            yield from self._end_of_code()
        yield from self._lines(node)

    def _end_of_code(self) -> Iterator[str]:
        if self._in_code:
            self._in_code = False
            yield "End of code."

    def _lines(self, node: Node) -> Iterator[str]:
        match node:
            case Text(level=0):
                yield _words(node.content, node.env)
            case Text():
                yield f"Heading {node.level}: {_words(node.content, node.env)}"
            case Code():
                if not node.continued:
                    self.codes += 1
                    yield f"Code {self.codes}{', ' if node.language else ''}{node.language}:"
                    self._in_code = True
                yield node.content.removesuffix("\n")
            case Table():
                if not node.continued:
                    yield f"Table: {', '.join(_cells(node.head))}."
                for row in node.rows:
                    yield _row(node.head, row)
            case ListNode():
                for item in node.children:
                    if isinstance(item, Item):
                        yield from self._item(item)
            case Quote():
                for line in self._all(node.children):
                    yield f"Quote: {line}"
            case Footnote():
                for line in self._all(node.children):
                    yield f"Note {node.label}: {line}"
            case Formula():
                yield f"Formula: {' '.join(node.source.split())}"
            case _:
                pass

    def _item(self, item: Item) -> Iterator[str]:
        mark = f"{item.number} " if item.number else "• "
        for place, line in enumerate(self._all(item.children)):
            first = not place and not item.continued
            yield f"{mark}{_TASKS.get(item.task, '')}{line}" if first else f"  {line}"

    def _all(self, nodes: Sequence[Node]) -> Iterator[str]:
        """Of what stands in a list or a quote, whose codes end there too."""
        for node in nodes:
            yield from self._lines(node)
            if isinstance(node, Code):
                yield from self._end_of_code()


def _words(content: str, env: Env) -> str:
    """A paragraph without its marks; of a link its words and where it leads to."""
    said: list[str] = []
    for span in inline(content, env):
        said.append(span.text)
        host = _host(span.link) if span.link and span.link != span.text else ""
        said.append(f" (link to {host})" if host else "")
    return "".join(said).replace("\n", " ")


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def _cells(row: Row) -> list[str]:
    return [_words(cell, row.env) for cell in row.cells]


def _row(head: Row, row: Row) -> str:
    names = _cells(head)
    pairs = zip(names + [""] * len(row.cells), _cells(row), strict=False)
    said = "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)
    return said if said.endswith((".", "!", "?", "。")) else f"{said}."
