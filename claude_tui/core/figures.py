"""Figures as a person reads them: short, and never more sure than they are. Pure functions."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .pricing import Cost

_CENT = Decimal("0.01")
_ROUND = Decimal(10**15)
"""From here on an amount is told by its power of ten: it has more digits than there is room for."""
_MARKS = {"exact": "", "estimate": "≈", "lower": "≥", "unknown": "—"}
"""How sure an amount is."""


def tokens(count: int) -> str:
    """``999``, ``1.9k``, ``12.3k``, ``123k``, ``1.2M``: at most five characters below a billion."""
    count = max(count, 0)
    if count < 1_000:
        return str(count)
    value, unit = (count / 1_000, "k") if count < 999_500 else (count / 1_000_000, "M")
    return f"{value:.1f}{unit}" if value < 99.95 else f"{value:.0f}{unit}"


def dollars(cost: Cost | None, significant: int = 3) -> str:
    """``$0.00412``, ``$0.041``, ``$0.38``, ``$12.34``, with ``≈`` or ``≥`` before it, or ``—``.

    ``significant`` is how many digits an amount below a cent gets.
    """
    if cost is None or cost.dollars is None or not cost.dollars.is_finite():
        return "—"
    return _MARKS[cost.exactness] + _amount(cost.dollars, significant)


def _amount(value: Decimal, significant: int) -> str:
    sign, value = ("-" if value < 0 else ""), abs(value)
    if value >= _ROUND:
        return f"{sign}${value:.0e}"
    if value == 0:
        places = 2
    elif value < _CENT:
        places = min(significant - 1 - value.adjusted(), 7)
    else:
        places = 3 if value < Decimal("0.0995") else 2 if value < 1_000 else 0
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{sign}${rounded:,f}"


def percent(share: float) -> str:
    """``0 %``, ``<1 %``, ``79 %``, ``100 %``: nothing is ``0`` or ``100`` that is not."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return "99 %"
    return f"{round(min(max(share, 0.0), 9.99) * 100)} %"
