"""The code fence that a text ends inside of: where the rest of a cut reply must not open it again."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]) {1,4}(?=\S)")


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence."""

    marker: str
    info: str
    """What stands behind the marker: the language."""
    quotes: int = 0
    """How many block quotes it stands in."""
    indent: int = 0
    """The column at which the list item it stands in begins."""

    def closed_by(self, marker: str, info: str) -> bool:
        """Whether a line with this marker closes it."""
        return marker[0] == self.marker[0] and len(marker) >= len(self.marker) and not info.strip()

    def reopened_by(self, marker: str, info: str) -> bool:
        """Whether a rest that begins with this line opens it once more; else the line closes it, or is in it."""
        if self.closed_by(marker, info):
            return False
        again = marker == self.marker and info.strip() == self.info
        # A longer fence is there to hold shorter ones.
        return again or len(self.marker) == 3 or (marker[0] == self.marker[0] and len(marker) >= len(self.marker))


def open_fence(text: str) -> Fence | None:
    """The code fence that ``text`` ends inside of; fences in quotes and list items are found, too."""
    if "```" not in text and "~~~" not in text:
        return None
    held: Fence | None = None
    items: list[int] = []
    for line in text.split("\n"):
        quotes, rest = _unquoted(line, held.quotes if held else None)
        indent = len(rest) - len(rest.lstrip(" "))
        if held is not None:
            outside = quotes < held.quotes or (bool(rest.strip()) and indent < held.indent)
            if not outside:
                match = _FENCE.match(rest[held.indent :])
                if match is not None and held.closed_by(match[1], match[2]):
                    held = None
                continue
            held = None  # its quote or item is over, and the fence with it
            quotes, rest = _unquoted(line, None)
            indent = len(rest) - len(rest.lstrip(" "))
        if not rest.strip():
            continue
        while items and indent < items[-1]:
            items.pop()
        start = items[-1] if items else 0
        while (item := _ITEM.match(rest[start:])) is not None:
            start += item.end()
            items.append(start)
        match = _FENCE.match(rest[start:])
        if match is not None and (match[1][0] == "~" or "`" not in match[2]):
            held = Fence(match[1], match[2].strip(), quotes, start)
    return held


def _unquoted(line: str, most: int | None) -> tuple[int, str]:
    """How many quote marks a line begins with, at most so many, and what follows them."""
    count = 0
    while (most is None or count < most) and (mark := _QUOTE.match(line)) is not None:
        line = line[mark.end() :]
        count += 1
    return count, line
