"""What the transcript is made of: units that know their height at once and their lines when asked.

A unit is the smallest thing laid out by itself: a question, a folded card's one line, a block of markdown,
a piece of an old reply that was not even parsed yet. Only units near the view are ever laid out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from rich.cells import cell_len

from ...core.text import clean
from ...markdown import Line, Logical, Span
from .fitting import fit, right_end, wrap

KEPT = 4_000
"""How many lines are kept at most: of a long conversation only what is near the view, for lines take ten times the
memory of their source."""
MOST = 400
"""What a unit counts for at most: what is in view together is never dropped for each other."""

Standing: TypeAlias = Literal["own", "with", "none"]
"""Whether the keyboard can stand on it: by itself, as a part of what is above it, or not at all."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A code of a reply, and the number that stands at its head."""

    number: int
    code: str


@dataclass(frozen=True, slots=True)
class Portion:
    """One block of a unit."""

    first: int
    """Its first row in the unit, the gap not counted."""
    end: int
    """The row after its last one."""
    goes_on: bool = False
    """Whether it goes on with the block of the unit before."""
    start: int = 0
    """Where its source begins in the text the unit was made from, and where it ends."""
    until: int = 0
    codes: tuple[Numbered, ...] = ()
    """The codes in it."""
    kind: str = ""
    """What kind of block of markdown it is."""


class Unit:
    """Lines of one thing, cached for one width. ``gap`` blank lines stand above it."""

    __slots__ = (
        "_exact", "_height", "_lines", "_width",
        "fold_key", "gap", "node_id", "standing", "start", "text_key", "unfolded",
    )  # fmt: skip

    def __init__(
        self,
        gap: int = 0,
        *,
        fold_key: str = "",
        node_id: str = "",
        standing: Standing = "own",
        text_key: str = "",
        start: int = 0,
    ) -> None:
        self.gap = gap
        self.fold_key = fold_key
        """What a click or a key on it folds or unfolds; empty for nothing."""
        self.unfolded = False
        """Whether that is unfolded."""
        self.node_id = node_id
        self.standing: Standing = standing
        self.text_key = text_key
        """The text that it shows a stretch of, and where in it that begins; empty for none that can be found."""
        self.start = start
        self._width = -1
        self._height = 0
        self._exact = False
        """Whether that is its height, and not a guess."""
        self._lines: tuple[Line, ...] | None = None

    def lines(self, width: int) -> tuple[Line, ...]:
        """Its lines at ``width`` cells, exactly; kept as long as they are among those last asked for."""
        lines = self._lines
        if lines is None or width != self._width:
            lines = self._lines = self._layout(width)
            self._width, self._height, self._exact = width, len(lines), True
        _laid_out.keep(self, len(lines))
        return lines

    def keep(self, lines: Sequence[Line]) -> None:
        """Begin with these objects: they are equal to its own, and known to who painted them."""
        if self._lines is not None:
            self._lines = (*lines, *self._lines[len(lines) :])

    def height(self, width: int) -> int:
        """Lines it takes, the gap not counted: exact when it was laid out at this width, else a guess."""
        if width != self._width:
            self._width, self._height, self._exact = width, max(self._guess(width), 1), False
            self._lines = None
        return self._height

    @property
    def until(self) -> int:
        """Where the stretch of the text that it shows ends; where it begins if that is not known."""
        return self.start

    def exact(self, width: int) -> bool:
        """Whether its height is known and not guessed."""
        return self._exact and width == self._width

    def code_at(self, row: int) -> Numbered | None:
        """The code whose label stands on that line of it; None for any other line."""
        return None

    def portions(self, width: int) -> Sequence[Portion]:
        """The blocks in it, from top to bottom."""
        return (Portion(0, len(self.lines(width)), self.standing == "with"),)

    def source(self, start: int, until: int) -> str:
        """The text it was made from, between two places of `Portion`."""
        return ""

    @property
    def whole_source(self) -> str:
        """The whole text that `Logical` has places in; empty where it has none."""
        return ""

    def logical(self, width: int) -> Sequence[Logical]:
        """What is read in it, line by line, without decoration."""
        said: list[Logical] = []
        for row, line in enumerate(self.lines(width)):
            text = line.text[line.indent :]
            if len(line.spans) > 1 and line.spans[-1].style == "user.time":  # set at the right end
                text = text.removesuffix(line.spans[-1].text)
            if line.wrapped and said:
                said[-1] = replace(said[-1], end=row + 1, text=f"{said[-1].text}{line.joint}{text.rstrip()}")
            else:
                said.append(Logical(row, row + 1, text.rstrip(), joint=line.joint if line.wrapped else None))
        return said

    def forget(self) -> None:
        """Drop its lines; how many they were is still known, and they can be made again."""
        self._lines = None

    def _layout(self, width: int) -> tuple[Line, ...]:
        raise NotImplementedError

    def _guess(self, width: int) -> int:
        raise NotImplementedError


class _LaidOut:
    """The units whose lines are kept, those last asked for at the end."""

    def __init__(self) -> None:
        self._units: OrderedDict[Unit, int] = OrderedDict()
        self._lines = 0

    def keep(self, unit: Unit, lines: int) -> None:
        """These lines were asked for; those of the units not asked for the longest are dropped for them."""
        counted = min(lines, MOST)
        self._lines += counted - self._units.pop(unit, 0)
        self._units[unit] = counted
        while self._lines > KEPT:
            old, counted = self._units.popitem(last=False)
            self._lines -= counted
            old.forget()


_laid_out = _LaidOut()


class LinesUnit(Unit):
    """Lines that are already known, each cut to the width."""

    __slots__ = ("_given",)

    def __init__(
        self,
        lines: Sequence[Line],
        gap: int = 0,
        *,
        fold_key: str = "",
        node_id: str = "",
        standing: Standing = "own",
        text_key: str = "",
    ) -> None:
        super().__init__(gap, fold_key=fold_key, node_id=node_id, standing=standing, text_key=text_key)
        self._given = tuple(lines)

    def portions(self, width: int) -> Sequence[Portion]:
        rows = len(self.lines(width))
        return (Portion(0, rows, self.standing == "with", until=rows),)

    def source(self, start: int, until: int) -> str:
        return "\n".join(line.text[line.indent :] for line in self._given[start:until])

    def _layout(self, width: int) -> tuple[Line, ...]:
        return tuple(fit(line, width) for line in self._given)

    def _guess(self, width: int) -> int:
        return len(self._given)


class PlainUnit(Unit):
    """Wrapped plain text under a bar, an indent, or nothing: questions, thinking, tool results, notes."""

    __slots__ = ("_aside", "_first", "_joint", "_more", "_role", "_side", "_text", "cap")

    def __init__(
        self,
        text: str,
        role: str,
        gap: int = 0,
        *,
        side: Span | None = None,
        first: Span | None = None,
        aside: Span | None = None,
        cap: int | None = None,
        more: int = 0,
        joint: str | None = None,
        node_id: str = "",
        standing: Standing = "own",
        text_key: str = "",
        start: int = 0,
    ) -> None:
        super().__init__(gap, node_id=node_id, standing=standing, text_key=text_key, start=start)
        self._text = clean(text).expandtabs(4).rstrip("\n")
        self._role = role
        self._side = side
        self._first = first
        """Set at the right end of the first line where there is room: a time."""
        self._aside = aside
        """Set at the right end of the first line that has room, else on a line of its own: it must be seen."""
        self.cap = cap
        """Lines shown at most; the rest is told by number."""
        self._more = more
        """Characters that follow and were not given: they are too many to be laid out now."""
        self._joint = joint
        """What stands between it and the unit before, whose text it goes on with; None for a text that begins."""

    @property
    def until(self) -> int:
        return self.start + len(self._text)

    def rows_within(self, characters: int) -> tuple[int, str] | None:
        """How many characters its rows have that end within so many, and what follows them; None if it is not laid
        out, or has no such row."""
        found, size, before = None, 0, 0
        for place, line in enumerate(self._lines or ()):
            joint = line.joint if line.wrapped else "\n"
            if size > characters:
                break
            if before:  # an empty row at the end of a text is none
                found = size, joint
            before = len(line.text) - len(self._side.text if self._side else "")
            size += before + (len(joint) if place else 0)
        return found

    def _layout(self, width: int) -> tuple[Line, ...]:
        indent = cell_len(self._side.text) if self._side else 0
        room = max(width - indent, 4)
        rows = [row for line in self._text.split("\n") for row in wrap(line, room)]
        if self._joint is not None:
            rows[0] = rows[0][0], self._joint != "\n", self._joint
        if self.cap is not None and (len(rows) > self.cap or self._more):
            kept, hidden = rows[: self.cap - 1], rows[self.cap - 1 :]
            unseen = self._more + sum(len(text) + len(joint) for text, _, joint in hidden)
            rest = f"{unseen:,} more characters" if self._more else f"{len(hidden):,} more lines"
            rows = [*kept, (f"… {rest}", False, "")]
        side = (self._side,) if self._side else ()
        lines = [
            Line((*side, Span(text, self._role)), indent=indent, wrapped=wrapped, joint=joint)
            for text, wrapped, joint in rows
        ]
        if self._first is not None and lines:
            lines[0] = right_end(lines[0], self._first, width)
        if self._aside is not None:
            beside = (at for at, line in enumerate(lines) if right_end(line, self._aside, width) is not line)
            at = next(beside, len(lines))
            lines[at:] = [right_end((*lines, Line(side, indent=indent))[at], self._aside, width), *lines[at + 1 :]]
        return tuple(lines)

    def _guess(self, width: int) -> int:
        indent = cell_len(self._side.text) if self._side else 0
        lines = self._text.count("\n") + 1 + len(self._text) // max(width - indent, 4)
        return lines if self.cap is None else min(lines, self.cap)
