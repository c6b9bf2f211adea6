"""The line at the bottom: which model, what it is doing, what it took.

Every figure has a place of a fixed width, and which places there are depends on the width of the line and
the length of the model's name alone, so nothing moves when a figure changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from claude_tui.core.text import clean_line
from claude_tui.ui.words import format

if TYPE_CHECKING:
    from claude_tui.core.pricing import Cost

StateKind: TypeAlias = Literal["idle", "busy", "waiting", "problem"]
Role: TypeAlias = Literal["plain", "dim", "busy", "warn", "problem"]
Piece: TypeAlias = tuple[str, Role]

_STATE = 14
"""Cells for ``writing 83 t/s``; a longer state covers the places beside it, and moves none."""
_WORDS = 8
"""Cells more for ``offline, retry in 12 s``, where there is room for them."""
_GAP = 2
_NEARLY = 0.8
"""The share of a context, or of a budget, from which on it is nearly all."""
_BAR = 3
"""Cells of the bar that shows how full the context is, where there is room for one."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the status line says. None is for what is not known."""

    model: str = ""
    """The model's label: ``opus-5.5``."""
    effort: str = ""
    """How hard it tries; empty to say nothing of it."""
    state: str = ""
    """What goes on: ``writing``, ``offline, retry in 12 s``; empty when nothing does."""
    state_kind: StateKind = "idle"
    tokens_in: int | None = None
    """What the model read for the last reply, cached or not."""
    tokens_out: int | None = None
    cached_share: float | None = None
    """How much of what it read came from the cache."""
    reply_cost: Cost | None = None
    conversation_cost: Cost | None = None
    context_share: float | None = None
    """How much of the model's context is used."""
    tokens_per_second: float | None = None
    ttft_ms: int | None = None
    """The time to the first token."""
    elapsed_ms: int | None = None
    demo: bool = False
    notice: str = ""
    """What must not be missed: ``not saved``."""
    tools: bool = False
    """Whether the model may use tools."""
    state_short: str = ""
    """The state in few words, where it would cover a figure; empty where there are none."""
    life: str = ""
    """How long the prompt cache lives on, said where nothing goes on: ``cache 4 m``."""
    budget: float = 0.0
    """How much of the budget that is nearest to its end is spent."""

    @property
    def budget_role(self) -> Role:
        """How what it cost is shown: as nothing much, as nearly all that may be spent, as all of it."""
        return "problem" if self.budget >= 1 else "warn" if self.budget >= _NEARLY else "plain"


_STATES: dict[StateKind, Role] = {"idle": "dim", "busy": "busy", "waiting": "warn", "problem": "problem"}


class StatusBar(Widget, can_focus=False):
    """One line of figures."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"status-bar--{role}" for role in ("plain", "dim", "busy", "warn", "problem")
    }
    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        width: 1fr;
        color: $foreground;
        background: $background;
        & .status-bar--plain { color: $foreground; }
        & .status-bar--dim { color: $text-muted; }
        & .status-bar--busy { color: $accent; text-style: bold; }
        & .status-bar--warn { color: $warning; }
        & .status-bar--problem { color: $error; text-style: bold; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = StatusView()
        self._line: list[Piece] = []

    def show(self, view: StatusView) -> None:
        """Say this; nothing is painted if the line reads the same."""
        self._view = view
        line = status_line(view, self.size.width)
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line, laid out for the width there is."""
        width = self.size.width
        self._line = status_line(self._view, width)
        segments = [Segment(text, self.get_component_rich_style(f"status-bar--{role}")) for text, role in self._line]
        return Strip(segments).crop(0, width).extend_cell_length(width, self.rich_style)


def status_line(view: StatusView, width: int) -> list[Piece]:
    """The pieces of the line from left to right, exactly ``width`` cells of them."""
    name, effort = clean_line(view.model, 30), f"·{clean_line(view.effort, 12)}" if view.effort else ""
    shown = _fitting(width, cell_len(name), cell_len(effort), view.demo)
    line: list[Piece] = [(" ", "plain")]
    if view.demo:
        line.append(("demo", "warn"))
        line.append(_blank(_GAP))
    if "model" in shown or not view.state:
        line.append((name, "plain"))
        after = (effort if "effort" in shown else "") + ("+tools" if view.tools and "tools" in shown else "")
        line.append((after, "dim"))
        line.append(_blank(_GAP))

    at, places = width, list[tuple[int, list[Piece]]]()
    dearest = width + 1
    for name in ("context", "cost", "tokens", "first"):  # from the right edge leftwards
        if name in shown:
            pieces = _figure(name, view, shown)
            at -= _cells(pieces)
            places.insert(0, (at, pieces))
            dearest = at + _cells(pieces[:-1]) if name == "cost" else dearest
            at -= _GAP
    if not view.state and "model" in shown:  # the place is free
        near = view.budget_role != "plain"
        words = f"budget {format.percent(view.budget)}" if near else view.life
        view = replace(view, state=words, state_kind="waiting" if near else "idle")
    column = _cells(line)
    line += _doing(view, shown, at + _GAP - 1 - column, max(dearest - 1 - column, 0))
    column = _cells(line)
    for start, pieces in places:
        # Where something covers the beginning of a place, what can be read of it without that is left.
        while len(pieces) > 1 and column >= start:
            start, pieces = start + _cells(pieces[:2]), pieces[2:]
        if pieces and column < start:
            line += [_blank(start - column), *pieces]
            column = start + _cells(pieces)
    return _cut(line, width)


def _cells(pieces: list[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)


def _fitting(width: int, name: int, effort: int, demo: bool) -> set[str]:
    """Which places there are, the dearest first; it depends on nothing that changes during a reply."""
    room = width - 1 - _STATE - (4 + _GAP if demo else 0)
    shown: set[str] = set()
    for place, cells in (
        ("cost", 7 + _GAP),
        ("reply", 8 + 3),
        ("model", name + _GAP),
        ("context", 6 + _GAP),
        ("effort", effort),
        ("tokens", 12 + _GAP),
        ("cached", 1 + 5),
        ("first", 11 + _GAP),
        ("took", _GAP + 8),
        ("bar", _BAR - 1),
        ("cached in words", 1 + 7),
        ("tools", 6),
        ("words", _WORDS),
    ):
        if cells > room:
            break
        room -= cells
        shown.add(place)
    return shown


def _doing(view: StatusView, shown: set[str], room: int, most: int) -> list[Piece]:
    """The state, how fast or how long it has been going, and the notice, which covers what stands there.

    In words that fit into ``room`` cells if there are such; never in more than ``most``.
    """
    notice: Piece = clean_line(view.notice, 24), "problem"
    least = _cells([notice]) + _GAP if view.notice else 0
    place = _STATE + _GAP + (_WORDS if "words" in shown else 0)
    speed = f"{view.tokens_per_second:.0f} t/s" if view.tokens_per_second is not None else ""
    took = _elapsed(view.elapsed_ms) if view.elapsed_ms is not None else ""
    first = f"first {format.duration(view.ttft_ms)}" if view.ttft_ms is not None else ""
    after: Piece
    if view.state_kind not in ("idle", "busy"):
        speed = ""
    if "took" in shown:
        words = _said(view, speed, place - 1, most - least)
        after = took, "dim"
    else:
        beside = speed or (took if (view.elapsed_ms or 0) >= 1_000 and view.state_kind == "busy" else "")
        if not view.state:  # it has no place of its own, and this one is free
            beside = took if "first" in shown else first
            beside = beside if len(beside) <= min(room, most - least) else ""
        words = _said(view, beside, min(room, place - 1), most - least)
        after = "", "dim"
    if view.notice:
        after = notice
    if not after[0]:
        return words
    free = min(place, most - _cells([after])) - _cells(words)
    return [*words, _blank(max(free, 1 if _cells(words) else 0)), after]


def _said(view: StatusView, beside: str, room: int, most: int) -> list[Piece]:
    """The state and what is said beside it, the first form of it that fits."""
    state, short = clean_line(view.state, 40), clean_line(view.state_short or view.state, 40)
    gap = " " if state and beside else ""
    words = (
        both for both in ((state, gap + beside), (short, gap + beside), (state, ""), (short, ""))
        if cell_len(both[0] + both[1]) <= room
    )  # fmt: skip
    state, beside = next(words, (format.fit(short, most), ""))
    return [(state, _STATES[view.state_kind]), (beside, "dim")]


def _elapsed(ms: int) -> str:
    """A duration in eight cells."""
    text = format.duration(ms)
    return text if len(text) <= 8 else " ".join(text.split(" ")[:2])


def _figure(name: str, view: StatusView, shown: set[str]) -> list[Piece]:
    """One place on the right, always as wide as it is at its widest."""
    match name:
        case "context":
            share = view.context_share
            full = "" if share is None else format.bar(share, _BAR) if "bar" in shown else format.pie(share)
            text = "" if share is None else f"{full}{format.percent(share):>5}"
            cells = 5 + (_BAR if "bar" in shown else 1)
            return [(f"{text:{cells}}", "warn" if share is not None and share >= _NEARLY else "dim")]
        case "cost":
            role = view.budget_role
            whole = _dollars(view.conversation_cost, 7)
            if "reply" not in shown:
                return [(f"{whole:>7}" if role == "plain" else f"{'!' + whole:>8}", role)]
            reply = _dollars(view.reply_cost, 8)
            between: Piece = (" ! ", role) if role != "plain" else (" · " if whole and reply else "   ", "dim")
            return [(f"{reply:>8}", "plain"), between, (f"{whole:7}", role)]
        case "tokens":
            read = f"↑{format.tokens(view.tokens_in)}" if view.tokens_in is not None else ""
            written = f"↓{_written(view.tokens_out)}" if view.tokens_out is not None else ""
            return [(f"{read:6} {written:5}", "dim"), *_cached(view.cached_share, shown)]
        case _:
            first = f"first {format.duration(view.ttft_ms)}" if view.ttft_ms is not None else ""
            return [(f"{format.fit(first, 11):11}", "dim")]


def _dollars(cost: Cost | None, cells: int) -> str:
    """An amount in its place; one too small for its digits is less than a tenth of a cent, whatever its mark."""
    if cost is None:
        return ""
    text = format.dollars(cost, 1)
    if cell_len(text) > cells and cost.dollars is not None and cost.dollars < 1:
        return "<$0.001"
    return format.fit(text, cells)


def _cached(share: float | None, shown: set[str]) -> list[Piece]:
    if "cached" not in shown:
        return []
    text = "" if share is None else format.percent(share)
    if "cached in words" in shown:
        return [(f"  {'cached ' + text if text else '':12}", "dim")]
    text = text.replace("100 %", "100%")  # the one that is longer
    return [(f" {'↻' + text if text else '':5}", "dim")]


def _written(count: int) -> str:
    """Tokens in four characters."""
    return format.tokens(count) if count < 9_950 else f"{count / 1000:.0f}k"


def _blank(cells: int) -> Piece:
    return " " * cells, "plain"


def _cut(pieces: list[Piece], width: int) -> list[Piece]:
    """The pieces up to a width, and blanks after them."""
    cut: list[Piece] = []
    for text, role in pieces:
        if (size := cell_len(text)) > width:
            text, size = set_cell_size(text, width), width
        if text:
            cut.append((text, role))
        width -= size
    return [*cut, _blank(width)] if width else cut
