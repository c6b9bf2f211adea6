"""Old text in pieces, how tall a piece may be and how many codes are in it, without parsing what is plain to see."""

import re

_BLANK = re.compile(r"\n[ \t]*\n")
_FENCE = re.compile(r"(`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})")
_APART = re.compile(r"[^\s>+*\-0-9]|\*\*|[0-9]+[^0-9.)\s]")
"""How a line begins that cannot belong to a list, a quote or indented code."""


_FENCE_LINE = re.compile(r"^([ \t>+*\-0-9.)]*)(`{3,}(?=[^`\n]*$)|~{3,})(.*)$", re.MULTILINE)
_UNPLAIN = re.compile(r"^(?: {0,3}\t| {4}|[ \t>]*(?:[>+*\-]|[0-9]+[.)])(?: {5}| *\t))", re.MULTILINE)
"""What may be indented code."""
_AROUND = re.compile(r"^\[[^\]\n]*\]:|\$\$|\\\[", re.MULTILINE)
"""What may have in it what looks like a fence."""


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


def count_codes(source: str) -> int:
    """How many codes are in a source, or in a piece of one; only what cannot be told by its lines is parsed."""
    found = _plain_codes(source)
    if found is not None:
        return found
    return sum(_codes(source[start:end]) for start, end in split_source(source, 1))


def _codes(source: str) -> int:
    from .document import Document

    found = _plain_codes(source)
    return Document(source, complete=True).codes if found is None else found


def _plain_codes(source: str) -> int | None:
    """How many fences begin at the beginning of a line; None where there may be any other code."""
    count, fence, outside = 0, "", 0
    for found in _FENCE_LINE.finditer(source):
        before, marks, after = found.groups()
        if fence:
            indented = before.strip(" ") or len(before) > 3
            if not indented and marks.startswith(fence) and not after.strip():
                fence, outside = "", found.end()
        elif before or any(each.search(source, outside, found.start()) for each in (_UNPLAIN, _AROUND)):
            return None
        else:
            count, fence = count + 1, marks
    return None if not fence and _UNPLAIN.search(source, outside) else count
