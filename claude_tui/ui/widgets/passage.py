"""One text of a conversation, in which words are looked for: in its source, of which markdown is not all shown."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from ...core.text import clean
from ...core.view import Part

_MARKS = re.compile(r"[*`~]")
"""What may stand within a word and is not shown."""


@dataclass(slots=True)
class Passage:
    """A text, its letters small, and where the words stand in it."""

    key: str
    """As `Unit.text_key` has it."""
    text: str
    card: str = ""
    """The card that must be unfolded for it to be seen."""
    marked: bool = False
    """Whether it is markdown."""
    count: int = 0
    """How often the words stand there."""
    read: int = 0
    """Characters of the part that it was made from so far."""
    ended: bool = False
    """Whether that part grows no more."""
    _words: str | None = None
    _letter: str = ""
    """The words, where they are a letter alone: that is everywhere, and counted only."""
    _looked: int = 0
    """Characters in which the words were looked for."""
    _offsets: list[int] = field(default_factory=list[int])

    def goes_on(self, part: Part) -> bool:
        """Whether that part is this text, grown perhaps; once it has ended it is looked through as a whole."""
        return len(part.flow) == self.read if self.ended else part.open and len(part.flow) >= self.read

    def grow(self, part: Part) -> None:
        """Take up what has come since."""
        new = part.flow.since(self.read)
        self.read += len(new)
        self.ended = not part.open
        self.text += small(clean(new) if self.marked else new)

    @property
    def offsets(self) -> list[int]:
        """Where the words stand."""
        if len(self._offsets) < self.count:
            self._offsets = [each.start() for each in re.finditer(re.escape(self._letter), self.text)]
        return self._offsets

    def look(self, words: str, pattern: re.Pattern[str] | None) -> None:
        """Find the words; of a text that has grown, in what is new."""
        if words != self._words:
            self._words, self._looked, self._offsets, self.count = words, 0, [], 0
            letter = small(words).strip()
            self._letter = letter if len(letter) == 1 else ""
        if self._letter:
            self.count += self.text.count(self._letter, self._looked)
        elif pattern is not None and (self._looked < len(self.text) or not self._looked):
            most = 2 * len(words) + 200
            begin = max(self._looked - most, 0)  # what came may go on with what there was
            kept = bisect_left(self._offsets, begin)
            if kept and self._offsets[kept - 1] + most > begin:
                kept -= 1
                begin = self._offsets[kept]  # not from the middle of a place
            del self._offsets[kept:]
            found = [each.start() for each in pattern.finditer(self.text, begin)]
            self._offsets += self._with_split(found, begin, pattern) if self.marked else found
            self.count = len(self._offsets)
        self._looked = len(self.text)

    def _with_split(self, found: list[int], begin: int, pattern: re.Pattern[str]) -> list[int]:
        """These places, and those of words with marks of markdown in them: ``**he**llo``."""
        text = self.text[begin:] if begin else self.text
        bare = text.replace("*", "").replace("`", "").replace("~", "")
        word = small(self._words or "").strip()
        # A word alone is counted, which is a tenth of looking for it.
        if len(bare) == len(text) or (word.isalnum() and bare.count(word) == len(found)):
            return found
        places = [each.span() for each in pattern.finditer(bare)]
        if len(places) == len(found):
            return found
        marks = [each.start() - number for number, each in enumerate(_MARKS.finditer(text))]
        all_ = set(found)
        for start, end in places:
            first = start + bisect_right(marks, start)
            last = end - 1 + bisect_right(marks, end - 1)
            if begin + first not in all_ and _reads(text, first, last + 1, bare[start:end]):
                all_.add(begin + first)
        return sorted(all_)


def _reads(text: str, start: int, end: int, words: str) -> bool:
    """Whether these words are to be read there once the marks are taken out: not in code, say."""
    from ...markdown import Document

    first, last = text.rfind("\n\n", 0, start) + 2, text.find("\n\n", end)
    first, last = max(first if first > 1 else 0, start - 1_000), min(last if last >= 0 else len(text), end + 1_000)
    lines = [line for block in Document(text[first:last]).blocks for line in block.lines(10_000, len)]
    return words in "\n".join(line.text for line in lines)


def small(text: str) -> str:
    """The text in small letters, with as many characters."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)
