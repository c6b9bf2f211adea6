"""What a key does to a text: one stretch of it replaced, and where the cursor stands then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """``text[start:end]`` becomes ``put``; places are counted in characters from the beginning of the text."""

    start: int
    end: int
    put: str
    cursor: int
    """In the text as it is then."""

    def of(self, text: str) -> str:
        """The text with the change."""
        return text[: self.start] + self.put + text[self.end :]


def between(before: str, after: str, cursor: int) -> Change:
    """The shortest change that makes one text of the other."""
    start = _alike(before, after)
    most = min(len(before), len(after)) - start
    tail = _alike(before[len(before) - most :][::-1], after[len(after) - most :][::-1])
    return Change(start, len(before) - tail, after[start : len(after) - tail], cursor)


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
