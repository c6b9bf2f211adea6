"""Looking for words in the open conversation: in its text as it was written, so that nothing has to be laid out
for it, and in the lines of what is in view, so that it can be shown.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...core.text import clean
from ...core.view import Exchange
from ...markdown import Line
from .exchange_view import asked, asked_key, sources_key
from .passage import Passage, small
from .sources import source_texts
from .tool_words import other_text, tool_input, tool_name, tool_result

_GAP = r"[*_`~\\]*\s+[*_`~\\>]*\s*"
"""Between two words there may stand marks of markdown."""
_SHORT, _FEW = 1_000, 30
"""Characters and lines of a tool's input or result that are shown without asking for the whole."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words stand."""

    key: str
    """As `Unit.text_key` has it."""
    offset: int
    card: str
    """The card that must be unfolded for it to be seen."""
    vast: bool
    """Whether it stands in what an unfolded card cuts short."""
    beside: Sequence[int]
    """The offsets of all places in its text."""

    def number_from(self, start: int) -> int:
        """Which one it is, counted from an offset on."""
        return bisect_left(self.beside, self.offset) - bisect_left(self.beside, start)


Spans = Sequence[tuple[int, int, int]]
"""Of each row, in order, the characters from and to."""


@dataclass(slots=True)
class _Looked:
    """An exchange that was looked through."""

    exchange: Exchange
    texts: list[Passage]


class Finder:
    """The words that are looked for, and the places where they stand."""

    def __init__(self) -> None:
        self.words = ""
        self.count = 0
        self.place = -1
        """Which of them is shown; -1 for none."""
        self._pattern: re.Pattern[str] | None = None
        self._known: list[_Looked] = []
        self._texts: list[Passage] = []
        self._starts: list[int] = [0]
        """How many texts there are before those of each exchange, and at the end all."""
        self._before: list[int] = [0]
        """How many places there are before each text, and at the end all."""
        self._seen: dict[int, tuple[Sequence[Line], list[Spans]]] = {}

    def look(self, words: str, exchanges: Sequence[Exchange]) -> None:
        """Find all places; exchanges that were looked through before are the same objects and cost nothing, and of
        one that grows only what is new is looked through."""
        known = self._known
        both = min(len(known), len(exchanges))
        same = next((at for at in range(both) if known[at].exchange is not exchanges[at]), both)
        del known[same + 1 :]
        grown = known.pop() if len(known) > same else None
        for exchange in exchanges[same:]:
            known.append(_Looked(exchange, passages(exchange, grown)))
            grown = None
        if words != self.words:
            self.words, self._seen, same = words, {}, 0
            parts = [re.escape(word) for word in small(words).split()]
            self._pattern = re.compile(_GAP.join(parts)) if parts else None
        texts = self._starts[same]
        del self._starts[same + 1 :], self._texts[texts:], self._before[texts + 1 :]
        for looked in known[same:]:
            for text in looked.texts:
                text.look(words, self._pattern)
                self._before.append(self._before[-1] + text.count)
            self._texts += looked.texts
            self._starts.append(len(self._texts))
        self.count = self._before[-1]
        self.place = min(self.place, self.count - 1)

    @property
    def hit(self) -> Hit | None:
        """The one that is shown."""
        if not 0 <= self.place < self.count:
            return None
        at = bisect_right(self._before, self.place) - 1
        passage = self._texts[at]
        offsets = passage.offsets
        vast = bool(passage.card) and (len(passage.text) > _SHORT or passage.text.count("\n") > _FEW)
        return Hit(passage.key, offsets[self.place - self._before[at]], passage.card, vast, offsets)

    def begin(self, key: str, offset: int) -> None:
        """Take the first place from there on, else the last one before."""
        at = next((at for at, passage in enumerate(self._texts) if passage.key == key), 0)
        inside = bisect_left(self._texts[at].offsets, offset) if self._texts else 0
        self.place = min(self._before[at] + inside, self.count - 1)

    def step(self, by: int) -> None:
        """The next place, round the end."""
        if self.count:
            self.place = (self.place + by) % self.count

    def shown(self, lines: Sequence[Line]) -> list[Spans]:
        """The places in the lines of a unit, each as the rows and characters it covers."""
        kept = self._seen.get(id(lines))
        if kept is not None and kept[0] is lines:
            return kept[1]
        found = list(_shown(lines, self._pattern)) if self._pattern is not None else []
        if len(self._seen) > 200:
            self._seen.clear()
        self._seen[id(lines)] = (lines, found)
        return found


def passages(exchange: Exchange, before: _Looked | None = None) -> list[Passage]:
    """All texts of a question and its answer, in the order of the screen; those that grew since ``before`` are the
    same objects, grown."""
    grown = {text.key: text for text in before.texts if text.read} if before is not None else {}
    found: list[Passage] = []
    if exchange.question is not None:
        found.append(Passage(asked_key(exchange.question), small(clean(asked(exchange.question)))))
    for part in exchange.parts:
        key = part.key
        match part.kind:
            case "text" | "thinking":
                text = grown.get(key)
                if text is None or not text.goes_on(part):
                    text = Passage(key, "", key if part.kind == "thinking" else "", marked=part.kind == "text")
                text.grow(part)
                found.append(text)
            case "tool":
                found.append(Passage(key, small(tool_name(part))))
                found.append(Passage(f"{key}:input", small(tool_input(part)), key))
                found.append(Passage(f"{key}:result", small(tool_result(part)), key))
            case _:
                found.append(Passage(f"{key}:input", small(other_text(part)), key))
    if exchange.sources:
        found.append(Passage(sources_key(exchange), small("\n".join(source_texts(exchange.sources)))))
    return found


def _shown(lines: Sequence[Line], pattern: re.Pattern[str]) -> Iterable[Spans]:
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for row, line in enumerate(lines):
        if row:
            joint = line.joint if line.wrapped else "\n"
            pieces.append(joint)
            at += len(joint)
        starts.append(at)
        said = line.text[line.indent :]
        pieces.append(said)
        at += len(said)
    for found in pattern.finditer(small("".join(pieces))):
        first, last = bisect_right(starts, found.start()) - 1, bisect_left(starts, found.end()) - 1
        spans: list[tuple[int, int, int]] = []
        for row in range(first, max(last, first) + 1):
            indent, size = lines[row].indent, len(lines[row].text)
            start = max(found.start() - starts[row], 0) + indent
            end = min(found.end() - starts[row] + indent, size)
            spans.append((row, start, end))
        yield spans
