"""What stood on a screen, held against what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TITLE = re.compile(r"^[▸▾] ")
"""A folded or unfolded card's own line."""
_OURS = re.compile(r"^╌")
"""A seam, or how a reply ended."""
_CELLS = re.compile(r"\s{2,}")
REACH = 160
"""Letters that may lie between two words that stand next to each other on the screen: the address of a link."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The transcript of a screen: what was asked, and the lines of what was answered."""

    asked: tuple[str, ...]
    answered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How much was held against what is stored, and what of it is not there."""

    words: int
    letters: int
    missing: tuple[str, ...] = ()


def letters(text: str) -> str:
    """Letters and digits alone: no white space, no markup, no rule."""
    return "".join(character for character in text if character.isalnum())


def transcript(rows: Sequence[str]) -> Seen:
    """The lines of the conversation above the prompt, without the bar of scrolling and what is ours."""
    prompt = max((place for place, row in enumerate(rows) if row.lstrip().startswith("❯")), default=0)
    asked: list[str] = []
    answered: list[str] = []
    for row in rows[: prompt - 1]:
        line = re.sub(r"\s*[▁▂▃▄▅▆▇█▔▀]*$", "", row[:-1] if len(row) > 40 and row[-1] in "▁▂▃▄▅▆▇█▔▀" else row).strip()
        line = re.sub(r"\s?⧉\d*", "", line)  # the number of a code is ours
        if line.startswith("┃"):
            asked.append(line[1:].strip())
        elif line and not _TITLE.match(line) and not _OURS.match(line):
            answered.append(line)
    return Seen(tuple(asked), tuple(answered))


def compare(lines: Iterable[str], stored: str) -> Compared:
    """Whether every word of these lines is in what is stored, in its order.

    A line is looked for as a whole after the one before it; if it is not there as one run of letters (a link
    hides its address, a table puts cells beside each other), its words are, each within reach of the last.
    Nothing is skipped: a word that is not found is missing.
    """
    kept = letters(stored)
    given = [line for line in lines if letters(line)]
    if not given:
        return Compared(0, 0)
    # The first line may stand anywhere, and a short one in several places: the true one is among them.
    first = letters(given[0])
    starts = [match.start() for match in re.finditer(f"(?={re.escape(first)})", kept)]
    tries = [_compare(given, kept, start, 0) for start in starts] or [_compare(given, kept, 0, len(kept))]
    return min(tries, key=lambda tried: len(tried.missing))


def compare_torn(lines: Sequence[str], stored: str) -> Compared:
    """The same of a screen whose last frame may be half written: what is above and before the tear is newer."""
    whole = compare(lines, stored)
    for place, line in enumerate(lines) if whole.missing else ():
        for column in range(len(line) + 1):
            upper = compare([*lines[:place], line[:column]], stored)
            if upper.missing:
                break  # a longer piece of this line is missing too
            if not compare([line[column:], *lines[place + 1 :]], stored).missing:
                return Compared(whole.words, whole.letters)
    return whole


def _compare(lines: Sequence[str], kept: str, at: int, reach: int) -> Compared:
    words = count = 0
    missing: list[str] = []
    for line in lines:
        said = letters(line)
        words += len(line.split())
        count += len(said)
        after = _run([said], kept, at, reach)
        if after is None:
            after = _run([letters(word) for word in line.split()], kept, at, reach)
        if after is None:
            after = _cells(line, kept, at, reach)
        if after is None:
            missing.append(line)
        else:
            at, reach = after, REACH
    return Compared(words, count, tuple(missing))


def _run(words: Iterable[str], kept: str, at: int, reach: int) -> int | None:
    """The place after these words, each within reach of the one before; None when one of them is not there."""
    for word in words:
        found = kept.find(word, at, at + reach + len(word))
        if found < 0:
            return None
        at, reach = found + len(word), REACH if word else reach
    return at


def _cells(line: str, kept: str, at: int, reach: int) -> int | None:
    """A row of a table whose cells are broken over several rows: each cell by itself, near the last place."""
    cells = [cell for cell in map(letters, _CELLS.split(line)) if cell]
    start = max(at - REACH, 0)
    ends = [after for cell in cells if (after := _run([cell], kept, start, reach + REACH)) is not None]
    return max(at, min(ends)) if len(ends) == len(cells) else None
