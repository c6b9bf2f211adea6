"""A row of the table, and how it is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured for a budget, and what it may be at most."""

    budget: str
    """Its name, ``B1`` to ``B18``; several rows may belong to one budget."""
    what: str
    """What was measured and where, in up to 60 characters."""
    value: float
    unit: str
    """Of the value and the floor: ms, MB, %, ms/kB, B …"""
    most: float
    """What is demanded: of the ratio if there is a floor, else of the value."""
    samples: int
    floor: float | None = None
    """The same of what it is compared with, in the same run."""
    absolute: bool = False
    """With a floor: the demand is of the value all the same, and the ratio is only told."""

    @property
    def ratio(self) -> float | None:
        """The value by the floor."""
        return self.value / self.floor if self.floor else None

    @property
    def held(self) -> bool:
        """Whether the demand is met."""
        return (self.value if self.ratio is None or self.absolute else self.ratio) <= self.most


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of a measurement."""

    budgets: frozenset[str]
    """The chosen ones: what only another needs may be left out."""
    scale: float = 1.0
    """How long to measure, as a share of what a figure to be trusted takes."""

    def times(self, usual: int) -> int:
        """How many samples, where ``usual`` are to be trusted; one at least."""
        return max(round(usual * self.scale), 1)


Measure: TypeAlias = Callable[[Ask], Iterator[Figure]]
"""Yields its rows, each as soon as it is known."""


@dataclass(frozen=True, slots=True)
class Group:
    """Budgets that are measured together, because they share a run."""

    budgets: tuple[str, ...]
    module: str
    """The module beside this one whose ``measure`` measures them; loaded only when it is asked for."""


HEAD = f"{'':6}{'':60}{'figure':>14}{'floor':>10}{'ratio':>8}{'demand':>10}{'n':>6}"


def line(figure: Figure) -> str:
    """The row as it is printed."""
    floor = "" if figure.floor is None else number(figure.floor)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    demand = number(figure.most) if figure.ratio is None or figure.absolute else f"× {figure.most:.2f}"
    value = f"{number(figure.value)} {figure.unit:5}"
    verdict = "held" if figure.held else "MISSED"
    return (
        f"{figure.budget:6}{figure.what:60}{value:>14}{floor:>10}{ratio:>8}{demand:>10}{figure.samples:>6}  {verdict}"
    )


def number(value: float) -> str:
    """Three figures of it."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def middle(values: Sequence[float]) -> float:
    """The median."""
    return median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed: 0.5, 0.95, 0.99; the worst where there are too few to tell."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
