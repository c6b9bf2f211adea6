"""Old text in pieces, and how tall a piece may be, without parsing any of it."""

import re

_LANDMARK = re.compile(
    r"^ {0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})|(?<=\n)[ \t]*\n(?P<safe>(?=[^\s>+*\-0-9]|\*\*|[0-9]+[^0-9.)\s]))",
    re.MULTILINE,
)
"""Fences, and blank lines before a line that cannot belong to a list, a quote or indented code."""


def split_source(source: str, size: int = 4096) -> list[tuple[int, int]]:
    """Pieces of about `size` characters that can be laid out each for itself.

    They meet after a blank line outside of fences, lists and quotes; a piece is longer when none comes.
    """
    length = len(source)
    if length <= size:
        return [(0, length)] if length else []
    pieces: list[tuple[int, int]] = []
    begin = 0
    fence = ""
    for found in _LANDMARK.finditer(source):
        mark = found["fence"]
        if mark is not None:
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and _closes(source, found.end()):
                fence = ""
        elif not fence and found.end() - begin >= size and found.end() < length:
            pieces.append((begin, found.end()))
            begin = found.end()
    pieces.append((begin, length))
    return pieces


def _closes(source: str, position: int) -> bool:
    """Whether nothing but blanks follows a fence's characters."""
    end = source.find("\n", position)
    return not source[position : end if end >= 0 else len(source)].strip()


def estimate_height(source: str, width: int) -> int:
    """About how many lines a source takes. Wide characters are guessed by their bytes."""
    if not source:
        return 0
    room = max(1, width)
    if not source.isascii():
        wide = (len(source.encode("utf-8", "replace")) - len(source)) / (2 * len(source))
        room = max(1, int(room / (1 + wide)))
    lines = source.rstrip("\n").split("\n")
    return len(lines) + sum((len(line) - 1) // room for line in lines if len(line) > room)
