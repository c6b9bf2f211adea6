"""Where letters begin and end that are made of several characters: accents, joined emoji, vowel signs."""

from __future__ import annotations

from rich.cells import split_graphemes

_FAR = 64
"""Characters to either side that are looked at: no letter has more."""
_JOINED = frozenset("\u200d\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""What makes one picture of several characters: it goes at once, while an accent goes before its letter."""


def before(line: str, column: int) -> int:
    """Where the letter begins that ends there, or that one stands in."""
    if line[max(column - 2, 0) : column].isascii():
        return max(column - 1, 0)
    start = max(column - _FAR, 0)
    spans, _ = split_graphemes(line[start : column + _FAR])
    return max((start + first for first, *_ in spans if start + first < column), default=max(column - 1, 0))


def after(line: str, column: int) -> int:
    """Where the letter ends that begins there, or that one stands in."""
    if line[column : column + 2].isascii():
        return min(column + 1, len(line))
    start = max(column - _FAR, 0)
    spans, _ = split_graphemes(line[start : column + _FAR])
    ends = (start + last for _, last, _ in spans if start + last > column)
    return min(ends, default=min(column + 1, len(line)))


def starts_inside(line: str, column: int) -> bool:
    """Whether what begins there is no letter, but the rest of one."""
    return 0 < column < len(line) and before(line, column + 1) < column


def taken_back(line: str, column: int) -> int:
    """Where what Backspace deletes begins: a whole picture, else one character."""
    start = before(line, column)
    return start if _JOINED.intersection(line[start:column]) else max(column - 1, 0)
