"""How far a conversation was read: found again after it has grown, and the lines that came since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...core.view import Exchange, Part
    from .units import Portion, Unit

_PLAIN = ("fence", "code", "table", "formula")
"""Kinds of blocks whose lines are those of their source, or nearly."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the texts of a conversation."""

    key: str
    """As `Unit.text_key` has it."""
    offset: int
    """Characters of that text before it."""


def end_of(units: Sequence[Unit]) -> Place | None:
    """The end of what is shown."""
    last = next((unit for unit in reversed(units) if unit.text_key), None)
    return Place(last.text_key, last.until) if last is not None else None


def unit_of(units: Sequence[Unit], place: Place, hint: int = 0) -> int | None:
    """The index of the last unit that begins before a place in its text; ``hint`` is where it was before."""

    def holds(at: int) -> bool:
        return units[at].text_key == place.key and units[at].start <= place.offset

    if hint < len(units) and holds(hint) and not (hint + 1 < len(units) and holds(hint + 1)):
        return hint
    return next((at for at in range(len(units) - 1, -1, -1) if holds(at)), None)


def row_in(unit: Unit, offset: int, width: int) -> int:
    """The row of a unit in which its text goes on from an offset, nearly: markdown is wrapped once more for it."""
    portions = unit.portions(width)
    base = unit.start - portions[0].start
    portion = next((each for each in portions if offset - base <= each.until), portions[-1])
    rows = portion.end - portion.first
    if portion.until > portion.start:
        row = _rows(unit, portion, offset - base, width)
    else:
        row = rows * (offset - unit.start) // max(unit.until - unit.start, 1)
    return portion.first + max(min(row, rows - 1), 0)


def _rows(unit: Unit, portion: Portion, offset: int, width: int) -> int:
    from rich.cells import cell_len

    from ...markdown import Document

    head = unit.source(portion.start, offset)
    if portion.kind in _PLAIN:
        return head.count("\n")
    return sum(block.gap + len(block.lines(width, cell_len)) for block in Document(head).blocks) - 1


class Count:
    """Lines that came and are not shown: guessed from the new text alone, so that each costs once."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self.lines = 0
        self._shown = len(exchanges)
        self._parts: dict[str, tuple[int, int]] = {}
        """Of each part the characters that were counted, and those of them on its last line."""
        for part in exchanges[-1].parts if exchanges else ():
            tail = part.flow.since(max(len(part.flow) - 1_000, 0))
            self._parts[part.key] = len(part.flow), len(tail) - tail.rfind("\n") - 1

    def take(self, exchanges: Sequence[Exchange], width: int, is_open: Callable[[Part], bool]) -> None:
        """Count what is new in a newer snapshot."""
        for exchange in exchanges[max(self._shown - 1, 0) :]:
            for part in exchange.parts:
                known = self._parts.get(part.key)
                before, column = known or (0, 0)
                if known is None:
                    self.lines += 2  # a blank one, and one it begins with
                if len(part.flow) > before and is_open(part):
                    first, *others = part.flow.since(before).split("\n")
                    self.lines += max(column + len(first) - 1, 0) // width - max(column - 1, 0) // width
                    self.lines += sum(1 + max(len(line) - 1, 0) // width for line in others)
                    column = len(others[-1]) if others else column + len(first)
                self._parts[part.key] = len(part.flow), column
