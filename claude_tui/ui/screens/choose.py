"""Choose one of a few: a model, a theme, an effort. It filters as one types and tells what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from claude_tui.core.text import clean_line
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.line_list import LineList, Piece, Role, row
from claude_tui.ui.widgets.waiting_lines import LOW

MOVES: list[BindingType] = [
    Binding("up", "move(-1)", "Up", show=False),
    Binding("down", "move(1)", "Down", show=False),
    Binding("pageup", "page(-1)", "Page up", show=False),
    Binding("pagedown", "page(1)", "Page down", show=False),
    Binding("ctrl+home", "move(-1000000)", "First", show=False),
    Binding("ctrl+end", "move(1000000)", "Last", show=False),
    Binding("escape", "close", "Close", show=False),
]
"""The keys of every screen that is one list."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of what there is to choose from."""

    id: str
    label: str
    detail: str = ""
    barred: bool = False
    """Whether it is only shown; the detail says why."""
    warn: str = ""
    """What must be seen of it, behind the detail."""


class ChooseScreen(ModalScreen[str | None]):
    """A short list over the conversation; it returns the id that was chosen, or None.

    ``on_highlight`` is told each id that is looked at, for a preview; whoever asked takes the preview
    back when the answer is None.
    """

    BINDINGS: ClassVar[list[BindingType]] = MOVES
    DEFAULT_CSS = """
    ChooseScreen {
        align: center middle;
        background: transparent;
        & > Vertical {
            width: 66;
            max-width: 100%;
            height: auto;
            max-height: 80%;
            padding: 1 1;
            background: $surface;
        }
        &.-wide > Vertical { width: 78; max-height: 92%; }
        & #about { padding: 1 3 0 3; color: $text-muted; height: 8; display: none; }
        &.-telling #about { display: block; }
        & LineList { scrollbar-background: $surface; scrollbar-background-hover: $surface; }
        & LineList, & LineInput, & LineInput:focus { background: $surface; }
        & #title { padding: 0 3; color: $foreground; text-style: bold; height: 1; }
        & #filter { margin: 0 0 1 0; padding: 0 3; }
        &.-low > Vertical { max-height: 100%; padding: 0 1; }
        &.-low #filter { margin: 0; }
        &.-low #about { height: 3; padding: 0 3; }
        &.-aside {
            align: right bottom;
            & > Vertical { width: 52; max-height: 70%; margin: 0 1 3 0; }
            &.-low > Vertical { max-height: 75%; }
        }
    }
    """

    def __init__(
        self,
        title: str,
        options: Sequence[Option],
        current: str | None = None,
        on_highlight: Callable[[str], object] | None = None,
        *,
        aside: bool = False,
        about: Callable[[str], Sequence[str]] | None = None,
        typed: Callable[[str], Option | None] | None = None,
        rows: int = 16,
        begin: str | None = None,
    ) -> None:
        """``aside``: where it hides least of what is under it. ``about`` says more of what is looked at, always in as
        many lines; ``typed`` makes an option of a text that none of them has; ``begin`` is looked at first, else the
        current."""
        classes = [name for name, worn in (("-aside", aside), ("-wide -telling", about is not None)) if worn]
        super().__init__(classes=" ".join(classes))
        self._rows = 8 if aside else rows
        self._about = about
        self._typed = typed
        self._heading = clean_line(title, 60)
        self._options = list(options)
        self._shown = list(options)
        self._current = current
        self._begin = begin or current
        self._on_highlight = on_highlight

    def compose(self) -> ComposeResult:
        """A title, a line to type in, the options."""
        with Vertical():
            yield Said(Content(self._heading), id="title")
            yield LineInput("type to filter", id="filter")
            yield LineList(self._paint)
            yield Said("", id="about")

    def on_mount(self) -> None:
        if not self.query(LineList):
            return  # it was closed as it opened
        here = next((place for place, option in enumerate(self._options) if option.id == self._begin), 0)
        self._fit()
        self._list.show(len(self._shown), here)
        self._tell(here)
        self.query_one(LineInput).focus()

    def on_resize(self) -> None:
        if self.query(LineList):
            self._fit()

    def _fit(self) -> None:
        """As many rows as there are options, and room: what is told of them stays in sight, and what is chosen."""
        low = self.size.height < LOW
        share, around = (80, 5) if self._about is None else (92, 13)
        if low:
            share, around = 100, 2 if self._about is None else 5
        height = self.size.height
        if self.has_class("-aside"):  # above the prompt
            share, height = 75 if low else 70, height - 3
        room = height * share // 100 - around
        self._list.styles.height = min(max(len(self._options), 1), self._rows, max(room, 3))

    def offer(self, title: str, options: Sequence[Option], current: str | None) -> None:
        """Other options, as more became known; what is looked at stays where it is."""
        if not self.query(LineList):
            return
        at = self._list.chosen
        looked_at = self._shown[at].id if at is not None and at < len(self._shown) else None
        if looked_at == self._current:  # it may be called otherwise now
            looked_at = current
        self._current = current
        self._heading = clean_line(title, 60)
        self.query_one("#title", Said).update(Content(self._heading))
        self._options = list(options)
        self._fit()
        self._filter(self.query_one(LineInput).value, looked_at)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what holds every word typed."""
        event.stop()
        if self.query(LineList):
            self._filter(event.value)

    def _filter(self, typed: str, looked_at: str | None = None) -> None:
        words = typed.casefold().split()
        self._shown = [
            option
            for option in self._options
            if all(word in f"{option.label} {option.id} {option.detail} {option.warn}".casefold() for word in words)
        ]
        made = self._typed(typed) if self._typed is not None and typed.strip() and not self._shown else None
        if made is not None:
            self._shown = [made]
        here = next((place for place, option in enumerate(self._shown) if option.id == looked_at), 0)
        self._list.show(len(self._shown), here)
        self._tell(here)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_with(self._list.chosen)

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self._close_with(event.index)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        event.stop()
        self._tell(event.index)
        if self._on_highlight is not None and event.index < len(self._shown):
            self._on_highlight(self._shown[event.index].id)

    def _tell(self, index: int) -> None:
        """More of what is looked at."""
        if self._about is not None:
            lines = self._about(self._shown[index].id) if index < len(self._shown) else ()
            self.query_one("#about", Said).update(Content("\n".join(clean_line(line) for line in lines)))

    def action_move(self, by: int) -> None:
        """Another row."""
        self._list.move(by)

    def action_page(self, by: int) -> None:
        """Another page."""
        self._list.page(by)

    def action_close(self) -> None:
        """Nothing is chosen."""
        self.dismiss(None)

    @property
    def _list(self) -> LineList:
        return self.query_one(LineList)

    def _close_with(self, index: int | None) -> None:
        if index is not None and index < len(self._shown) and not self._shown[index].barred:
            self.dismiss(self._shown[index].id)

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        option = self._shown[index]
        now: list[Piece] = [("  now", "dim")] if option.id == self._current else []
        names = min(max(len(other.label) for other in self._options) + 2, 24)
        name = clean_line(option.label, 40)
        name += " " * (names - cell_len(name) if cell_len(name) < names else 2)
        role: Role = "dim" if option.barred else "accent" if chosen else "plain"
        warn: list[Piece] = [(f" · {clean_line(option.warn)}" if option.detail else option.warn, "warn")]
        return row([(name, role), (clean_line(option.detail), "dim"), *(warn if option.warn else [])], now, width)
