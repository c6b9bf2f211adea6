"""Choose one of a few: a model, a theme, an effort. It filters as one types and tells what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from claude_tui.core.text import clean_line
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.line_list import LineList, Piece, row

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
        & LineList { scrollbar-background: $surface; scrollbar-background-hover: $surface; }
        & LineList, & LineInput, & LineInput:focus { background: $surface; }
        & #title { padding: 0 3; color: $foreground; text-style: bold; height: 1; }
        & #filter { margin: 0 0 1 0; padding: 0 3; }
        &.-aside {
            align: right bottom;
            & > Vertical { width: 52; max-height: 70%; margin: 0 1 3 0; }
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
    ) -> None:
        """``aside``: where it hides least of what is under it."""
        super().__init__(classes="-aside" if aside else "")
        self._rows = 8 if aside else 16
        self._heading = clean_line(title, 60)
        self._options = list(options)
        self._shown = list(options)
        self._current = current
        self._on_highlight = on_highlight

    def compose(self) -> ComposeResult:
        """A title, a line to type in, the options."""
        with Vertical():
            yield Static(Content(self._heading), id="title")
            yield LineInput("type to filter", id="filter")
            yield LineList(self._paint)

    def on_mount(self) -> None:
        if not self.query(LineList):
            return  # it was closed as it opened
        here = next((place for place, option in enumerate(self._options) if option.id == self._current), 0)
        self._list.styles.height = min(max(len(self._options), 1), self._rows)
        self._list.show(len(self._shown), here)
        self.query_one(LineInput).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what holds every word typed."""
        event.stop()
        if not self.query(LineList):
            return
        words = event.value.casefold().split()
        self._shown = [
            option
            for option in self._options
            if all(word in f"{option.label} {option.id} {option.detail}".casefold() for word in words)
        ]
        self._list.show(len(self._shown))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_with(self._list.chosen)

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self._close_with(event.index)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        event.stop()
        if self._on_highlight is not None and event.index < len(self._shown):
            self._on_highlight(self._shown[event.index].id)

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
        if index is not None and index < len(self._shown):
            self.dismiss(self._shown[index].id)

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        option = self._shown[index]
        now: list[Piece] = [("  now", "dim")] if option.id == self._current else []
        names = min(max(len(other.label) for other in self._options) + 2, 24)
        name = clean_line(option.label, 40).ljust(names)
        return row([(name, "accent" if chosen else "plain"), (clean_line(option.detail), "dim")], now, width)
