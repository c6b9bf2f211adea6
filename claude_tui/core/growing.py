"""Text that grows by appending, shared by every snapshot of a reply.

A reply of 65,000 deltas must not copy its text 65,000 times. All snapshots share one list of
parts; each knows how much of it is its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass


class GrowingText:
    """An immutable value to whoever holds it; appending costs the same at any length.

    Lengths and offsets are in characters (code points).
    """

    __slots__ = ("_ends", "_length", "_parts", "_used")

    def __init__(self, text: str = "") -> None:
        self._parts: list[str] = [text] if text else []
        self._ends: list[int] = [len(text)] if text else []
        self._used = len(self._parts)
        self._length = len(text)

    def append(self, text: str) -> GrowingText:
        """This text and ``text`` after it. The receiver stays as it was."""
        if not text:
            return self
        grown = GrowingText.__new__(GrowingText)
        if self._used == len(self._parts):
            grown._parts, grown._ends = self._parts, self._ends
        else:  # an older snapshot grows another way: it gets parts of its own
            grown._parts, grown._ends = self._parts[: self._used], self._ends[: self._used]
        grown._length = self._length + len(text)
        grown._parts.append(text)
        grown._ends.append(grown._length)
        grown._used = self._used + 1
        return grown

    def since(self, offset: int) -> str:
        """What follows the first ``offset`` characters; costs as much as it returns."""
        if offset >= self._length:
            return ""
        first = bisect_right(self._ends, offset, 0, self._used)
        start = self._ends[first - 1] if first else 0
        return "".join(self._parts[first : self._used])[max(offset - start, 0) :]

    def head(self, size: int) -> str:
        """The first ``size`` characters; costs as much as it returns."""
        last = min(bisect_left(self._ends, size, 0, self._used) + 1, self._used)
        return "".join(self._parts[:last])[:size]

    def __str__(self) -> str:
        return "".join(self._parts[: self._used])

    def __len__(self) -> int:
        return self._length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GrowingText) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"GrowingText({str(self)!r})"


@dataclass(frozen=True, slots=True)
class Stretch:
    """``text`` from ``start`` on. ``added`` is ours: a source's number."""

    text: GrowingText
    start: int = 0
    added: bool = False

    def __len__(self) -> int:
        return max(len(self.text) - self.start, 0)


@dataclass(frozen=True, slots=True)
class Flow:
    """Text made of stretches; it only grows from one snapshot to the next."""

    stretches: tuple[Stretch, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.stretches))

    def since(self, offset: int) -> str:
        """What follows the first ``offset`` characters."""
        rest: list[str] = []
        for stretch in self.stretches:
            size = len(stretch)
            if offset < size:
                rest.append(stretch.text.since(stretch.start + offset))
            offset = max(offset - size, 0)
        return "".join(rest)

    def head(self, size: int) -> str:
        """The first ``size`` characters, as far as the first stretch has them."""
        first = self.stretches[0] if self.stretches else None
        return first.text.head(first.start + size)[first.start :] if first is not None else ""

    def __str__(self) -> str:
        return self.since(0)

    @property
    def unmarked(self) -> Flow:
        """The same without what we added."""
        return Flow(tuple(stretch for stretch in self.stretches if not stretch.added))

    @property
    def said(self) -> str:
        """The text without what we added."""
        return str(self.unmarked)
