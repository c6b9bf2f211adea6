"""Cleaning untrusted text for a terminal: the one place.

Everything a model, tool, file, paste, title or theme says passes here before it becomes text of the
screen. What is stored stays as it came. ``clean`` keeps no state, so nothing can be split across two
deltas to slip through: a lone ESC is already replaced.
"""

from __future__ import annotations

import re
from functools import cache

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SELECT = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Of the general ranges, and of Hebrew, Arabic, Devanagari, Thai, Lao, Tibetan and kana.
_MARK = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc\u0900-\u0902\u0941-\u0948\u0951-\u0957"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f7e\u0f80-\u0f84\u3099\u309a"
)
_RETURNS = re.compile("\r\n?|[\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@cache
def _of(pattern: str) -> re.Pattern[str]:
    """A large set takes a millisecond to be compiled, which no first frame needs to wait for."""
    return re.compile(pattern)


# Sets alone, and sets in front: those are searched for five times as fast as what offers a choice.
_SUSPECT = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\U000e0000-\U000e007f" + _BIDI + "]"
_PILED = f"[{_SELECT}{_MARK}][{_SELECT}{_MARK}]"
_FORBIDDEN = "[\x80-\x9f\ud800-\udfff" + _BIDI + "]"
_TAGS = "[\U000e0000-\U000e007f]+"
_SELECTORS = f"([{_SELECT}])[{_SELECT}]+"
_MARKS = f"([{_MARK}]{{8}})[{_MARK}]+"


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    return "\u2421" if code == 0x7F else chr(0x2400 + code)


def clean(text: str) -> str:
    """The text with nothing left in it that a terminal could take for an order.

    Line feeds and tabs stay; other line ends become line feeds; C0 controls become their pictures
    (``␛``), C1 controls, bidi controls and lone surrogates ``�``; tag characters go; more than eight
    combining marks in a row, and runs of variation selectors, are cut.
    """
    if text.isascii():
        if _CONTROL.search(text) is None:
            return text
        return _CONTROL.sub(_picture, _RETURNS.sub("\n", text))
    if not text.replace("\n", " ").isprintable() and _of(_SUSPECT).search(text) is not None:
        text = _RETURNS.sub("\n", text)
        text = _CONTROL.sub(_picture, text)
        text = _of(_FORBIDDEN).sub("\ufffd", text)
        text = _of(_TAGS).sub("", text)
    if _of(_PILED).search(text) is None:
        return text
    return _of(_MARKS).sub(r"\1", _of(_SELECTORS).sub(r"\1", text))


def clean_line(text: str, limit: int = 200) -> str:
    """One line of it, at most ``limit`` characters, for titles, names and sentences."""
    line = " ".join(clean(text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def closed(sentence: str) -> str:
    """The sentence with a full stop."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def is_safe(text: str) -> bool:
    """Whether the text holds no control or bidi character but line feed and tab."""
    return text.isprintable() or (_CONTROL.search(text) is None and _of(_FORBIDDEN).search(text) is None)
