"""What a terminal answers about its colours, taken out of what is typed.

The answer comes when it comes: at once, late, in pieces, or never. No byte of it may become a key, and no key may
wait for it longer than one notices.
"""

from __future__ import annotations

import re

ASK = "\x1b]11;?\x1b\\\x1b[?2031h"
"""Asks for the ground's colour, and to be told when the terminal turns dark or light."""
LEAVE = "\x1b[?2031l"
"""Asks to be told no more."""

_WHOLE = re.compile(r"\x1b\]11;([0-9a-zA-Z:/#]{1,64})(?:\x07|\x1b\\)|\x1b\[\?997;([12])n")
_BEGUN = re.compile(
    r"\x1b(?:\](?:1(?:1(?:;[0-9a-fA-Frgb:/#]{0,64}\x1b?)?)?)?|\[(?:\?(?:9(?:9(?:7(?:;[12]?)?)?)?)?)?)?\Z"
)
_TORN = re.compile(r"\x1b\]11;[0-9a-fA-Frgb:/#]{0,64}\x1b?")
"""An answer that never came to its end: it is no key."""
_COLOR = re.compile(r"(?:rgba?:|#)([0-9a-fA-F]+?)(?:/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]+)?)?\Z")

EXPECTED = 3.0
"""Seconds after the question in which an answer may be coming slowly, piece by piece."""
_PIECE = 3.0
"""Seconds within which the next piece of an answer follows."""


class Answers:
    """Takes answers out of what comes from a terminal. Time is given in seconds of any clock that only rises."""

    def __init__(self, lone: float) -> None:
        """``lone``: seconds after which an ESC that nothing followed was the key."""
        self.dark: bool | None = None
        """What was answered last, until somebody takes it."""
        self._lone = lone
        self._held = ""
        self._came = 0.0
        self._until = 0.0
        """When a slow answer is no longer expected."""

    def asked(self, now: float) -> None:
        """The question went out."""
        self._until = now + EXPECTED

    def feed(self, text: str, now: float) -> str:
        """What of this, and of what was held, is none of an answer, nor may be its beginning."""
        if self._is_answer and now - self._came > _PIECE:
            self._held = ""
        text = _WHOLE.sub(self._take, self._held + text)
        begun = _BEGUN.search(text)
        self._held = begun[0] if begun else ""
        self._came = now
        return _TORN.sub("", text[: begun.start()] if begun else text)

    def due(self) -> float | None:
        """When what is held is to be let go, in case nothing follows; None when nothing is held, or for ever."""
        if not self._held or self._is_answer:
            return None
        slow = self._came < self._until
        if self._held.startswith("\x1b]"):
            return self._came + (1.0 if slow else 0.1)
        return self._came + (0.1 if slow else self._lone)

    def release(self) -> str:
        """What was held, if it is no answer: the key ESC, or Alt and a bracket."""
        if self._is_answer:
            return ""
        held, self._held = self._held, ""
        return held

    @property
    def held(self) -> str:
        """What may be the beginning of an answer."""
        return self._held

    @property
    def _is_answer(self) -> bool:
        """Whether what is held can be nothing else."""
        return self._held.startswith("\x1b]11;")

    def _take(self, answer: re.Match[str]) -> str:
        dark = answer[2] == "1" if answer[2] else is_dark(answer[1])
        if dark is not None:
            self.dark = dark
        self._until = 0.0
        return ""


def is_dark(color: str) -> bool | None:
    """Whether white reads better than black on a colour as X writes it, ``rgb:`` and parts in hex; None for others."""
    found = _COLOR.match(color)
    if found is None:
        return None
    red, green, blue = found.groups()
    if green is None:
        if len(red) % 3 or color[0] != "#":
            return None
        size = len(red) // 3
        red, green, blue = red[:size], red[size : 2 * size], red[2 * size :]
    light = [int(part, 16) / (16 ** len(part) - 1) for part in (red, green, blue)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in light]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.179
