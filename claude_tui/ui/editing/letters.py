"""Where letters begin and end that are made of several characters: accents, joined emoji, flags, syllables.

A letter is what Unicode calls an extended grapheme cluster: what a reader takes for one. Every key that goes past one,
or deletes one, asks here.
"""

from __future__ import annotations

import re

from rich.cells import get_character_cell_size

_JOINER = "\u200d"
_KINDS = re.compile(
    "(?P<flag>[\U0001f1e6-\U0001f1ff])"
    "|(?P<tone>[\U0001f3fb-\U0001f3ff])"
    "|(?P<after>[\u0e33\u0eb3\uff9e\uff9f])"  # Thai and Lao vowels, half-wide voice marks: in cells of their own
    "|(?P<jamo>[\u1100-\u115f\ua960-\ua97c])"
)
_SYLLABLE = re.compile("[\u0900-\u0dff]")
_VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
"""What makes one sign of two consonants."""
_BY_SIGNS = re.compile("[\u0900-\u109f\u1700-\u18af\u1900-\u1cff\ua800-\ua8ff\ua980-\uaaff\uabc0-\uabff]")
"""Scripts whose letters are typed sign by sign, and taken back so."""


def joins(text: str, at: int) -> bool:
    """Whether what stands there is no letter, but goes on with the one before."""
    if not 0 < at < len(text):
        return False
    one, last = text[at], text[at - 1]
    if one.isascii() or last == "\n":
        return False
    if get_character_cell_size(one) == 0:
        return True
    import unicodedata  # with the first letter that needs it: the first frame has none

    category = unicodedata.category(one)
    if category == "Mc":
        return True
    if last == _JOINER and category[0] == "S":
        return at > 1 and not text[at - 2].isalnum()
    if found := _KINDS.match(one):
        match found.lastgroup:
            case "flag":
                first = at
                while first and _KINDS.match(text[first - 1]) and "\U0001f1e6" <= text[first - 1] <= "\U0001f1ff":
                    first -= 1
                return (at - first) % 2 == 1
            case "tone":
                return not last.isascii()
            case "after":
                return last.isalpha()
            case _:  # a first jamo behind another
                return "\u1100" <= last <= "\u115f" or "\ua960" <= last <= "\ua97c"
    return _SYLLABLE.match(one) is not None and _is_conjunct(text, at)


def _is_conjunct(text: str, at: int) -> bool:
    """Whether a consonant is written as one sign with the one before."""
    import unicodedata

    bound, at = False, at - 1
    while at and (text[at] == _JOINER or unicodedata.category(text[at]) == "Mn"):
        bound = bound or text[at] in _VIRAMAS
        at -= 1
    return bound and unicodedata.category(text[at]) == "Lo"


def before(text: str, at: int) -> int:
    """Where the letter begins that ends there, or that one stands in."""
    at = max(at - 1, 0)
    while joins(text, at):
        at -= 1
    return at


def after(text: str, at: int) -> int:
    """Where the letter ends that begins there, or that one stands in."""
    at = min(at + 1, len(text))
    while joins(text, at):
        at += 1
    return at


def start_of(text: str, at: int) -> int:
    """Where the letter begins of which that is a part."""
    while joins(text, at):
        at -= 1
    return at


def count(text: str, start: int, end: int) -> int:
    """The letters of a stretch."""
    return sum(not joins(text, at) for at in range(start, end))


def taken_back(text: str, at: int) -> int:
    """Where what Backspace deletes begins: a letter, but one sign where it is typed sign by sign."""
    return max(at - 1, 0) if _BY_SIGNS.match(text[at - 1 : at]) else before(text, at)
