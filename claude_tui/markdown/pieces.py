"""Old text in pieces, and how tall a piece may be, without parsing any of it."""

import re

_BLANK = re.compile(r"\n[ \t]*\n")
_FENCE = re.compile(r"(`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})")
_APART = re.compile(r"[^\s>+*\-0-9]|\*\*|[0-9]+[^0-9.)\s]")
"""How a line begins that cannot belong to a list, a quote or indented code."""


def split_source(source: str, size: int = 4096) -> list[tuple[int, int]]:
    """Pieces of about `size` characters that can be laid out each for itself.

    They meet after a blank line outside of fences, lists and quotes; a piece is longer when none comes.
    """
    length = len(source)
    pieces: list[tuple[int, int]] = []
    begin = 0
    fences = _Fences(source)
    found = _BLANK.search(source, size - 1)
    while found is not None and (end := found.end()) < length:
        if end - begin >= size and _APART.match(source, end) and not fences.open_at(end):
            pieces.append((begin, end))
            begin = end
        found = _BLANK.search(source, max(begin + size - 2, end - 1))
    if length > begin:
        pieces.append((begin, length))
    return pieces


class _Fences:
    """The fences of a source, looked for from its beginning as far as they are asked for."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._fence = ""
        """The one that is open."""
        self._at = {mark: source.find(mark) for mark in ("```", "~~~")}
        """Where the next of each kind is; negative for none."""

    def open_at(self, position: int) -> bool:
        """Whether a fence is open there; positions are asked for in their order."""
        while (at := min((place for place in self._at.values() if place >= 0), default=position)) < position:
            mark = self._source[at : at + 3]
            found = _FENCE.match(self._source, at)
            end = found.end() if found is not None else at + 3
            if found is not None and self._begins_line(at):
                fence = found[0]
                if not self._fence:
                    self._fence = fence
                elif fence[0] == self._fence[0] and len(fence) >= len(self._fence) and _closes(self._source, end):
                    self._fence = ""
            self._at[mark] = self._source.find(mark, end)
        return bool(self._fence)

    def _begins_line(self, at: int) -> bool:
        """Whether nothing but up to three blanks stands before it."""
        start = self._source.rfind("\n", max(at - 4, 0), at) + 1
        return (start > 0 or at < 4) and self._source[start:at].strip(" ") == ""


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
