"""The keys of the shell's line editor, as functions of a text and a cursor. Words are letters, digits and ``_``."""

from __future__ import annotations

from collections.abc import Callable

from .change import Change
from .letters import after, before, start_of

MOST_KILLS = 60
"""What was killed before that is forgotten."""


# -- places


def word_left(text: str, cursor: int) -> int:
    """The beginning of the word before."""
    while cursor and not _of_word(text, cursor - 1):
        cursor -= 1
    while cursor and _of_word(text, cursor - 1):
        cursor -= 1
    return cursor


def word_right(text: str, cursor: int) -> int:
    """The end of the word after."""
    while cursor < len(text) and not _of_word(text, cursor):
        cursor += 1
    while cursor < len(text) and _of_word(text, cursor):
        cursor += 1
    return cursor


def stretch_left(text: str, cursor: int) -> int:
    """The beginning of what stands before, up to a blank."""
    while cursor and text[cursor - 1].isspace():
        cursor -= 1
    while cursor and not text[cursor - 1].isspace():
        cursor -= 1
    return cursor


def line_left(text: str, cursor: int) -> int:
    """The beginning of the line; at it, the end of the line before."""
    start = text.rfind("\n", 0, cursor) + 1
    return start if start < cursor else max(cursor - 1, 0)


def line_right(text: str, cursor: int) -> int:
    """The end of the line; at it, the beginning of the line after."""
    end = text.find("\n", cursor)
    end = len(text) if end < 0 else end
    return end if end > cursor else min(cursor + 1, len(text))


def _of_word(text: str, at: int) -> bool:
    """Whether the letter is one of a word of which that is a part."""
    character = text[start_of(text, at)]
    return character.isalnum() or character == "_"


Place = Callable[[str, int], int]

KILLS: dict[str, Place] = {
    "word_left": word_left,
    "word_right": word_right,
    "stretch_left": stretch_left,
    "line_left": line_left,
    "line_right": line_right,
}
"""Up to where each kill goes."""


# -- changes


def transpose(text: str, cursor: int) -> Change | None:
    """The letter before the cursor, and the one under it; at the end of a line the last two."""
    if cursor == len(text) or text[cursor] == "\n":
        cursor = before(text, cursor)
    first, second, end = before(text, cursor), start_of(text, cursor), after(text, cursor)
    if cursor < 1 or "\n" in text[first:end]:
        return None
    return Change(first, end, text[second:end] + text[first:second], end)


def transpose_words(text: str, cursor: int) -> Change | None:
    """The word before the cursor, and the one at it or after it."""
    second_end = word_right(text, cursor)
    if not any(_of_word(text, at) for at in range(cursor, second_end)):
        second_end = word_right(text, word_left(text, cursor))
    second = word_left(text, second_end)
    first = word_left(text, second)
    first_end = word_right(text, first)
    if first_end > second or not text[first:first_end] or not text[second:second_end].strip():
        return None
    put = text[second:second_end] + text[first_end:second] + text[first:first_end]
    return Change(first, second_end, put, second_end)


def in_case(case: Callable[[str], str]) -> Callable[[str, int], Change | None]:
    """The word after the cursor in upper case, lower case, or capitalized."""

    def change(text: str, cursor: int) -> Change | None:
        end = word_right(text, cursor)
        put = case(text[cursor:end])
        return Change(cursor, end, put, cursor + len(put)) if end > cursor else None

    return change


def _capital(word: str) -> str:
    start = next((at for at in range(len(word)) if _of_word(word, at)), 0)
    return word[:start] + word[start : start + 1].upper() + word[start + 1 :].lower()


CHANGES: dict[str, Callable[[str, int], Change | None]] = {
    "transpose": transpose,
    "transpose_words": transpose_words,
    "upper": in_case(str.upper),
    "lower": in_case(str.lower),
    "capital": in_case(_capital),
}


# -- what was killed


class KillRing:
    """What was killed, the newest last. Kills in a row are one, and a yank may be exchanged for an older kill."""

    def __init__(self) -> None:
        self._kills: list[str] = []
        self._did = self._before = ""
        self._turned = 0

    def key(self) -> None:
        """Another key: what was done last is done with unless this one does the same."""
        self._before, self._did = self._did, ""

    def kill(self, killed: str, *, left: bool) -> None:
        """Something was killed, left of the cursor or right of it."""
        self._did = "kill"
        if self._before == "kill" and self._kills:
            self._kills[-1] = killed + self._kills[-1] if left else self._kills[-1] + killed
        else:
            self._kills = [*self._kills, killed][-MOST_KILLS:]

    def yank(self) -> str:
        """What was killed last; empty if nothing was."""
        self._did, self._turned = "yank", 1
        return self._kills[-1] if self._kills else ""

    def turn(self) -> tuple[str, str] | None:
        """What a yank just put there, and the older kill to stand in its place; None if there was no yank."""
        if self._before != "yank" or not self._kills:
            return None
        was = self._kills[-self._turned]
        self._did, self._turned = "yank", self._turned % len(self._kills) + 1
        return was, self._kills[-self._turned]
