"""The text under vi's keys: what changes it, what was kept of it, and what takes a change back."""

from __future__ import annotations

from .letters import count as letters
from .vim_keys import Order
from .vim_places import first_letter, letters_on, line_end, line_start

INDENT = "    "
MOST_UNDONE = 200
"""Changes that can be taken back."""


class VimText:
    """A text, a cursor, and the changes that need no more than a count."""

    def __init__(self) -> None:
        self._text, self._cursor = "", 0
        self._kept = ("", False)
        """What was deleted or yanked last, and whether it is lines."""
        self._done: list[tuple[str, int]] = []
        self._undone: list[tuple[str, int]] = []

    def _remember(self) -> None:
        self._done = [*self._done, (self._text, self._cursor)][-MOST_UNDONE:]
        self._undone = []

    def _put(self, start: int, end: int, put: str) -> None:
        """Something in place of a stretch; the cursor behind it."""
        self._text = self._text[:start] + put + self._text[end:]
        self._cursor = start + len(put)

    def _change(self, order: Order, count: int) -> None:
        text, at = self._text, self._cursor
        if order.what == "r":
            stop = letters_on(text, at, count)
            if letters(text, at, stop) == count:
                self._put(at, stop, "\n" if order.mark == "\n" else order.mark * count)
                self._cursor -= order.mark != "\n"
        elif order.what == "~":
            stop = letters_on(text, at, count)
            self._put(at, stop, text[at:stop].swapcase())
        elif order.what == "J":
            for _ in range(max(count - 1, 1)):
                self._join()
        else:
            self._paste(order.what, count)

    def _join(self) -> None:
        """The line after behind this one, with one blank between where both say something."""
        end = line_end(self._text, self._cursor)
        if end == len(self._text):
            return
        stop = line_end(self._text, end + 1)
        after = self._text[end + 1 : stop].lstrip()
        bare = not after or after[0] == ")" or self._text[end - 1 : end].isspace() or end == 0
        self._put(end, stop, ("" if bare else " ") + after)
        self._cursor = end if not bare else max(end - (not after), 0)

    def _paste(self, what: str, count: int) -> None:
        text, at = self._text, self._cursor
        put, lines = self._kept
        if lines:
            body = "\n".join([put] * count)
            start = line_end(text, at) if what == "p" else line_start(text, at)
            self._put(start, start, f"\n{body}" if what == "p" else f"{body}\n")
            self._cursor = first_letter(self._text, start + (what == "p"))
        elif put:
            start = letters_on(text, at, 1) if what == "p" else at
            self._put(start, start, put * count)
            self._cursor = start if "\n" in put else self._cursor - 1

    def _undo(self, some: list[tuple[str, int]], others: list[tuple[str, int]]) -> None:
        if some:
            others.append((self._text, self._cursor))
            self._text, self._cursor = some.pop()


def indented(line: str, operator: str) -> str:
    if operator == ">":
        return INDENT + line if line else line
    blanks = len(line) - len(line.lstrip(" \t"))
    return line[1:] if line.startswith("\t") else line[min(blanks, len(INDENT)) :]
