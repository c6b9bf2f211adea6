"""What changed from one text to another, in words; bounded, whatever the texts are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "gone", "new"]
_Stretch: TypeAlias = tuple[int, int, int, int]

_WORD = re.compile(r"\s+|[぀-ヿ㐀-鿿豈-﫿]|(?:(?![぀-ヿ㐀-鿿豈-﫿])\w)+|[^\w\s]")
"""White space, a character of a script without it, a word, a sign."""
MOST_PAIRS = 400_000
"""Equal pairs of lines or words that are weighed against each other; beyond that a stretch changed as a whole."""
_OFTEN = 200
"""Of so many and more, what stands at more than every hundredth place says nothing: `difflib`'s own rule."""


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text: in both, only in the first, or only in the second."""

    kind: Kind
    text: str


def differences(before: str, after: str) -> tuple[Change, ...]:
    """The stretches of both texts in their order: ``same`` and ``gone`` together are the first, ``same`` and ``new``
    the second, to the character."""
    return tuple(_joined(_changes(before, after)))


def _changes(before: str, after: str) -> Iterator[Change]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for start, end, there, until in _parted(old, new):
        gone, came = "".join(old[start:end]), "".join(new[there:until])
        if gone == came:
            yield Change("same", gone)
        elif not gone or not came:
            yield Change("gone", gone)
            yield Change("new", came)
        else:
            yield from _in_words(_WORD.findall(gone), _WORD.findall(came))


def _in_words(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    for start, end, there, until in _parted(old, new):
        gone, came = "".join(old[start:end]), "".join(new[there:until])
        if gone == came:
            yield Change("same", gone)
        else:
            yield Change("gone", gone)
            yield Change("new", came)


def _parted(old: Sequence[str], new: Sequence[str]) -> Iterator[_Stretch]:
    """Stretches of both that are the same or take each other's place."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    end, until = len(old) - tail, len(new) - tail
    if head:
        yield 0, head, 0, head
    if end > head and until > head and _pairs(old[head:end], new[head:until]) <= MOST_PAIRS:
        matcher = SequenceMatcher(str.isspace, old[head:end], new[head:until])
        for _, a, b, c, d in matcher.get_opcodes():
            yield head + a, head + b, head + c, head + d
    elif end > head or until > head:
        yield head, end, head, until
    if tail:
        yield end, len(old), until, len(new)


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """How much there is to weigh: what makes `difflib` slow is what stands in both at many places."""
    here, there = Counter(old), Counter(new)
    often = len(new) // 100 + 1 if len(new) >= _OFTEN else len(new)
    return sum(count * there[word] for word, count in here.items() if there[word] <= often and not word.isspace())


def _joined(changes: Iterator[Change]) -> Iterator[Change]:
    """Stretches of one kind as one; a blank between two changes belongs to them, or every word would stand alone."""
    gone = new = blank = ""
    for change in changes:
        if not change.text:
            continue
        if change.kind == "same" and change.text.isspace() and "\n" not in change.text and (gone or new):
            blank += change.text
            continue
        if change.kind == "same":
            yield from _told(gone, new)
            text, gone, new, blank = blank + change.text, "", "", ""
            yield Change("same", text)
            continue
        gone, new, blank = gone + blank, new + blank, ""
        if change.kind == "gone":
            gone += change.text
        else:
            new += change.text
    yield from _told(gone, new)
    if blank:
        yield Change("same", blank)


def _told(gone: str, new: str) -> Iterator[Change]:
    if gone:
        yield Change("gone", gone)
    if new:
        yield Change("new", new)
