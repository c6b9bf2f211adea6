"""Where lines break: by cells, never inside a grapheme cluster.

A simple rule serves for clusters: nothing is parted from the combining marks, variation selectors, emoji
modifiers and joiners that follow it, nor a joiner from what follows, nor the two halves of a flag.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .model import Measure, Span

Slice = tuple[int, int, str]
"""Start and end of one line in the text, and what stood between it and the line before."""

_SIMPLE = re.compile(r"[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e]*")
"""Text in which every character takes one cell and stands alone, so that offsets are cells."""

_NOT_FIRST = frozenset("、。，．！？）」』】〉》〕：；…ー々ゝっッゃャゅュょョ)]}!?,.;:%")
_NOT_LAST = frozenset("（「『【〈《〔([{")
_ZWJ = "\u200d"


def wrap(text: str, width: int, measure: Measure, *, words: bool = True) -> list[Slice]:
    """Break one paragraph into slices at most `width` cells wide; at words, or (for code) anywhere."""
    width = max(1, width)
    if text.isascii() and text.isprintable():
        return _wrap_simple(text, width, words)
    if _SIMPLE.fullmatch(text) and measure(text) == len(text):
        return _wrap_simple(text, width, words)
    return _wrap_clusters(text, width, measure, words)


def _wrap_simple(text: str, width: int, words: bool) -> list[Slice]:
    slices: list[Slice] = []
    start, joint, length = 0, "", len(text)
    while length - start > width:
        space = text.rfind(" ", start, start + width + 1) if words else -1
        end = space
        while end > start and text[end - 1] == " ":
            end -= 1
        if space < 0 or end <= start:
            slices.append((start, start + width, joint))
            start, joint = start + width, ""
            continue
        slices.append((start, end, joint))
        start, joint = space + 1, " "
        while start < length and text[start] == " ":
            start += 1
        if start >= length:
            return slices
    slices.append((start, length, joint))
    return slices


def clusters(text: str, measure: Measure) -> list[tuple[int, int]]:
    """Start and width in cells of every cluster."""
    starts: list[int] = []
    previous = ""
    flags = 0
    for index, character in enumerate(text):
        flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        joined = index > 0 and (previous == _ZWJ or _extends(character) or (flag and flags % 2 == 1))
        if not joined:
            starts.append(index)
        flags = flags + 1 if flag else 0
        previous = character
    found: list[tuple[int, int]] = []
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(text)
        if end - start == 1 and " " <= text[start] <= "~":
            found.append((start, 1))
        else:
            found.append((start, max(0, measure(text[start:end]))))
    return found


@lru_cache(maxsize=4096)
def _extends(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    if character < "\u0300":
        return False
    return (
        unicodedata.category(character)[0] == "M"
        or character in (_ZWJ, "\u200c")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"
    )


def _wrap_clusters(text: str, width: int, measure: Measure, words: bool) -> list[Slice]:
    parts = clusters(text, measure)
    parts.append((len(text), 0))
    slices: list[Slice] = []
    line = 0  # the cluster the line begins with
    cells = 0
    joint = ""
    chance: tuple[int, int, str] | None = None  # the last place to break: end, next cluster, joint
    index = 0
    last = len(parts) - 1
    while index < last:
        start, size = parts[index]
        character = text[start]
        if words and index > line:
            if character == " ":
                if text[parts[index - 1][0]] != " ":
                    chance = (start, index, " ")
            elif text[parts[index - 1][0]] == " ":
                pass
            elif size > 1 or parts[index - 1][1] > 1:
                before = text[parts[index - 1][0]]
                if character not in _NOT_FIRST and before not in _NOT_LAST:
                    chance = (start, index, "")
        if cells + size > width and index > line:
            if character == " " and words:
                end, following, gap = chance if chance else (start, index, " ")
            elif chance:
                end, following, gap = chance
            else:
                end, following, gap = start, index, ""
            slices.append((parts[line][0], end, joint))
            if gap == " ":
                while following < last and text[parts[following][0]] == " ":
                    following += 1
            joint = gap
            line = index = following
            cells, chance = 0, None
            continue
        cells += size
        index += 1
    if line < last or not slices:
        slices.append((parts[line][0], len(text), joint))
    return slices


def cut(spans: Iterable[Span], slices: list[Slice]) -> list[tuple[Span, ...]]:
    """The spans of each slice of the spans' joined text."""
    rows: list[tuple[Span, ...]] = []
    runs: list[tuple[int, int, Span]] = []
    position = 0
    for span in spans:
        if span.text:
            runs.append((position, position + len(span.text), span))
            position += len(span.text)
    first = 0
    for start, end, _ in slices:
        while first < len(runs) and runs[first][1] <= start:
            first += 1
        row: list[Span] = []
        index = first
        while index < len(runs) and runs[index][0] < end:
            begin, stop, span = runs[index]
            low, high = max(begin, start), min(stop, end)
            if low < high:
                if low == begin and high == stop:
                    row.append(span)
                else:
                    row.append(Span(span.text[low - begin : high - begin], span.style, span.link))
            index += 1
        rows.append(tuple(row))
    return rows


def wrap_spans(
    spans: tuple[Span, ...], width: int, measure: Measure, *, words: bool = True
) -> list[tuple[tuple[Span, ...], bool, str]]:
    """Rows of spans: what is in them, whether they continue the row before, and the joint to it.

    A newline in a span's text is a hard break.
    """
    text = "".join(span.text for span in spans)
    slices: list[Slice] = []
    wrapped: list[bool] = []
    start = 0
    while True:
        end = text.find("\n", start)
        stop = end if end >= 0 else len(text)
        for number, (low, high, joint) in enumerate(wrap(text[start:stop], width, measure, words=words)):
            slices.append((start + low, start + high, joint))
            wrapped.append(number > 0)
        if end < 0:
            break
        start = end + 1
    rows = cut(spans, slices)
    return [(row, soft, piece[2]) for row, soft, piece in zip(rows, wrapped, slices, strict=True)]
