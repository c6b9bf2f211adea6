"""How many tokens a text may have, by its characters: each kind weighs what it costs a tokenizer on average."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

UNIT = 1000
"""A measure is in thousandths of a token: whole numbers, so that what was added can be taken away again."""

_KINDS: tuple[tuple[int, Callable[[int], bool]], ...] = (
    (240, lambda byte: chr(byte).isalpha() and byte < 0x80),
    (450, lambda byte: 0x30 <= byte <= 0x39),
    (100, lambda byte: byte in b" \t"),
    (500, lambda byte: byte in b"\n\r"),
    (0, lambda byte: 0x80 <= byte < 0xC0),  # the rest of a character whose first byte was weighed
    (600, lambda byte: byte < 0x80),
    (700, lambda byte: byte < 0xCC),  # Latin with marks
    (500, lambda byte: byte < 0xE0),  # Greek, Cyrillic, Hebrew, Arabic
    (900, lambda byte: byte < 0xE3),  # Indian and South-East Asian scripts, typographic signs
    (1_100, lambda byte: byte < 0xF0),  # Chinese, Japanese, Korean
    (2_500, lambda byte: True),  # emoji and rare signs
)
"""Thousandths of a token for a character, by the kind of its first byte in UTF-8: the first kind that fits."""


def _kind(byte: int) -> int:
    return next(place for place, (_, fits) in enumerate(_KINDS) if fits(byte))


_KIND_OF = bytes(_kind(byte) for byte in range(256))
_WEIGHTS = tuple((bytes([place]), weight) for place, (weight, _) in enumerate(_KINDS) if weight)


def measure(text: str) -> int:
    """Thousandths of a token. Exactly additive: the measure of two texts joined is the sum of theirs."""
    kinds = text.encode("utf-8", "surrogatepass").translate(_KIND_OF)
    return sum(kinds.count(kind) * weight for kind, weight in _WEIGHTS)


@dataclass(frozen=True, slots=True)
class Measured:
    """A text that is being written, and its measure so far."""

    text: str = ""
    weight: int = 0

    def now(self, text: str) -> Measured:
        """The text as it is now: only what differs from before is measured."""
        before = self.text
        if text is before or text == before:
            return self
        if text.startswith(before):
            return Measured(text, self.weight + measure(text[len(before) :]))
        if before.startswith(text):
            return Measured(text, self.weight - measure(before[len(text) :]))
        first = _shared(before, text)
        last = min(_shared_end(before, text), len(before) - first, len(text) - first)
        gone, come = before[first : len(before) - last], text[first : len(text) - last]
        return Measured(text, self.weight - measure(gone) + measure(come))


def _shared(a: str, b: str) -> int:
    """How many characters two texts begin alike with, by halves: a comparison of a megabyte takes no time."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _shared_end(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low
