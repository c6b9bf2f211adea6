"""A plain text that grows, as units: a frame lays out what came and a little before it, however long the text is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...core.text import clean
from .units import PlainUnit

PIECE = 4_096
"""Characters of a text that is still growing which are settled together: a unit of their own, laid out once."""


class Growing:
    """Settled pieces, and after them one that is made anew with each frame.

    A piece ends where a row of it ended, so that nothing moves; only another width shows where that was, as a row
    that is not full.
    """

    def __init__(self, unit: Callable[[str, int, str | None], PlainUnit], at: int = 0) -> None:
        self._unit = unit
        """Makes one of a text, where that begins in the whole, and what stands before it; None at the beginning."""
        self._settled: list[PlainUnit] = []
        self._tail = ""
        self._last: PlainUnit | None = None
        self._at = at
        self._joint: str | None = None

    def grow(self, text: str) -> None:
        """Take up what came."""
        self._tail = (self._tail + clean(text)).expandtabs(4)
        done = 0
        while len(self._tail) - done > 2 * PIECE:
            size, joint = self._piece(done)
            self._settled.append(self._unit(self._tail[done : done + size], self._at, self._joint))
            done += size + len(joint)
            self._at += size + len(joint)
            self._joint = joint
        self._tail = self._tail[done:]
        self._last = self._unit(self._tail, self._at, self._joint) if self._tail.strip() or self._settled else None

    @property
    def units(self) -> Sequence[PlainUnit]:
        """All of it."""
        return self._settled if self._last is None else [*self._settled, self._last]

    def _piece(self, start: int) -> tuple[int, str]:
        """How many characters of the tail are settled next, and what stands between them and the rest."""
        if start == 0 and self._last is not None:
            rows = self._last.rows_within(PIECE)
            if rows is not None:
                return rows
        end = start + PIECE
        at = max(self._tail.rfind("\n", start, end), self._tail.rfind(" ", start, end))
        while at > start and self._tail[at - 1] == "\n":  # an empty row at the end of a text is none
            at -= 1
        return (at - start, self._tail[at]) if at > start else (PIECE, "")
