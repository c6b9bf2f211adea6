"""Figures as a person reads them: short, and never more sure than they are.

Every function is pure and its answer fits a known width, so that a status line can give each figure a
fixed place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.cells import cell_len, set_cell_size

from claude_tui.core.figures import dollars as dollars
from claude_tui.core.figures import percent as percent
from claude_tui.core.figures import tokens as tokens

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PIES = "○◔◑◕●"


def duration(ms: int) -> str:
    """``0.8 s``, ``6 s``, ``1 m 20 s``, ``1 h 5 m``."""
    ms = max(ms, 0)
    if ms < 950:
        return f"{ms / 1000:.1f} s"
    seconds = round(ms / 1000)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} m {seconds} s" if seconds else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if minutes else f"{hours} h"


def clock(ms: int) -> str:
    """``14:02``, in local time."""
    then = _local(ms)
    return f"{then:%H:%M}" if then else "—"


def age(then_ms: int, now_ms: int) -> str:
    """``now``, ``2 min``, ``3 h``, ``yesterday``, ``12 Mar``, ``12 Mar 2024``: at most eleven characters."""
    then, now = _local(then_ms), _local(now_ms)
    if then is None or now is None:
        return "—"
    minutes = (now_ms - then_ms) // 60_000
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60 and (then.date() == now.date() or minutes < 12 * 60):
        return f"{minutes // 60} h"
    if then.date() == (now - timedelta(days=1)).date():
        return "yesterday"
    day = f"{then.day} {_MONTHS[then.month - 1]}"
    return day if then.year == now.year else f"{day} {then.year}"


def _local(ms: int) -> datetime | None:
    """A moment in local time; None for one no calendar holds."""
    try:
        return datetime.fromtimestamp(ms / 1000)
    except (OverflowError, OSError, ValueError):
        return None


def fit(text: str, cells: int) -> str:
    """The text in at most so many cells, with ``…`` for what is cut."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…" if cells > 0 else ""


def pie(share: float) -> str:
    """How full something is, in one character."""
    return _PIES[min(round(max(share, 0.0) * 4), 4)]


def bar(share: float, width: int) -> str:
    """How full something is, as a bar of ``width`` characters, an eighth of one being the least of it."""
    eighths = min(round(max(share, 0.0) * width * 8), width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + ("▏▎▍▌▋▊▉"[part - 1] if part else "")).ljust(width, "░")
