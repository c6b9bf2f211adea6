"""The end of a conversation, or what stands around a place in it: a few lines, whatever its length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.cells import cell_len, chop_cells

from claude_tui.core.conversation import Node
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.text import clean, clean_line
from claude_tui.ui.widgets.line_list import LineList, Piece, Role
from claude_tui.ui.words import format

LONGEST = 4_000
"""Characters of one message that are looked at."""
BEFORE = 240
"""Characters before the place."""


class Preview(LineList):
    """It is told messages, and shows the last of them, or the place."""

    DEFAULT_CSS = """
    Preview {
        padding: 0 0 0 1;
        border-left: solid $panel;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._row, choosing=False, id=id)
        self._messages: Sequence[Node] = ()
        self._words: Sequence[str] = ()
        self._title = ""
        self._rows: list[list[Piece]] = []
        self._width = 0

    def tell(self, nodes: Sequence[Node], words: Sequence[str] = (), title: str = "") -> None:
        """These messages of a conversation; with ``words`` what stands around the first of them in the last message."""
        self._messages, self._words, self._title, self._width = nodes, words, title, 0
        self._lay_out()

    def on_resize(self) -> None:
        """Other breaks for another width."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width - 4
        if width == self._width or width < 8:
            return
        self._width = width
        rows = list(preview_rows(self._messages, self._words, width))
        head: list[list[Piece]] = [[(format.fit(clean_line(self._title), width), "strong")], []] if self._title else []
        height = max(self.size.height - len(head), 1)
        # The end of it, or the place and what comes after.
        self._rows = [*head, *(rows[:height] if self._words else rows[-height:])]
        self.show(len(self._rows))

    def _row(self, index: int, width: int, chosen: bool) -> list[Piece]:
        return self._rows[index]


def preview_rows(nodes: Sequence[Node], words: Sequence[str], width: int) -> Iterator[list[Piece]]:
    """The lines of messages in so many cells, the words of a search apart from the others."""
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
    for node in nodes[-1:] if pattern is not None else nodes:
        for role, text in _texts(node):
            found = pattern.search(text) if pattern is not None else None
            if pattern is not None and found is None:
                continue
            start = max(0, found.start() - BEFORE) if found is not None else 0
            cut = text[start : start + LONGEST] if found is not None else text[-LONGEST:]
            before = "…" if len(cut) < len(text) and (start or found is None) else ""
            yield [("You" if node.role == "user" and role == "plain" else _NAMES[role], "dim")]
            for line in (before + cut).split("\n"):
                for part in _broken(line, width):
                    yield list(_marked(part, pattern, role))
            yield []


_NAMES: dict[Role, str] = {"plain": "Claude", "dim": "Thinking", "strong": "Tool"}


def _texts(node: Node) -> Iterator[tuple[Role, str]]:
    """What a message says, block after block, each as a role of the painter's."""
    said: list[str] = []
    for block in node.content:
        match block:
            case TextBlock():
                said.append(block.text)
            case ThinkingBlock() if block.thinking:
                yield "dim", clean(block.thinking)
            case ToolUseBlock():
                yield "strong", clean(f"{block.name} {dict(block.input)}")
            case ToolResultBlock():
                yield "strong", clean(str(block.content))
            case _:
                pass
    if said:
        yield "plain", clean("".join(said))


def _broken(line: str, width: int) -> list[str]:
    line = line.replace("\t", "    ")
    if cell_len(line) <= width:
        return [line]
    parts = wrap(line, width, drop_whitespace=False, replace_whitespace=False) or [""]
    return [piece for part in parts for piece in chop_cells(part, width)]


def _marked(text: str, pattern: re.Pattern[str] | None, role: Role) -> Iterator[Piece]:
    plain: Role = "dim" if role == "dim" else "plain"
    at = 0
    for found in pattern.finditer(text) if pattern is not None else ():
        yield text[at : found.start()], plain
        yield found[0], "accent"
        at = found.end()
    yield text[at:], plain
