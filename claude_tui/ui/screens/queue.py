"""What waits to be sent, as a list: to be written otherwise, put in another order, left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from claude_tui.ui.chat.waiting import Line
from claude_tui.ui.screens.paged import PagedScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_list import LineList, Piece


class QueueScreen(PagedScreen[str | None]):
    """A line a message, the first to be sent first; it returns the id of the one that is to be written otherwise."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "take", "Back into the prompt", show=False),
        Binding("shift+up,K,left_square_bracket", "shift(-1)", "Send it earlier", show=False),
        Binding("shift+down,J,right_square_bracket", "shift(1)", "Send it later", show=False),
        Binding("d,delete", "drop", "Do not send it", show=False),
    ]

    def __init__(self, line: Line, changed: Callable[[], object]) -> None:
        """``changed`` is told that the order changed, or that one was left out."""
        super().__init__()
        self._line = line
        self._changed = changed

    def compose(self) -> ComposeResult:
        """A title, the messages, the keys."""
        yield Said(self._title, id="head", markup=False)
        yield LineList(self._paint)
        yield Said("Enter edits · [ ] earlier, later · d drops · Esc closes", id="foot", markup=False)

    def on_mount(self) -> None:
        self._show(len(self._line.items) - 1)

    def show_again(self) -> None:
        """One of them was sent meanwhile."""
        if self.query(LineList):
            self._show((self.query_one(LineList).chosen or 0) - 1)

    @property
    def _title(self) -> str:
        count = len(self._line.items)
        when = f"by a key: {self._line.held}" if self._line.held else "when the reply is complete"
        return f"{'One message waits' if count == 1 else f'{count:,} messages wait'}, to be sent {when}"

    def _show(self, chosen: int) -> None:
        if not self._line.items:
            self.dismiss(None)
            return
        self.query_one("#head", Said).update(self._title)
        self.query_one(LineList).show(len(self._line.items), max(chosen, 0))

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """The chosen one, back into the prompt."""
        chosen = self.query_one(LineList).chosen
        if chosen is not None and chosen < len(self._line.items):
            self.dismiss(self._line.items[chosen].id)

    def action_shift(self, by: int) -> None:
        """The chosen one is sent earlier, or later."""
        chosen = self.query_one(LineList).chosen
        if chosen is not None:
            at = self._line.move(chosen, by)
            self._changed()
            self._show(at)

    def action_drop(self) -> None:
        """The chosen one is not sent; it is among what was typed, `/drafts`."""
        chosen = self.query_one(LineList).chosen
        if chosen is not None and chosen < len(self._line.items):
            self._line.drop(self._line.items[chosen])
            self._changed()
            self._show(min(chosen, len(self._line.items) - 1))

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        if index >= len(self._line.items):
            return []
        return [(f"{index + 1:>2}  ", "dim"), (self._line.items[index].line, "accent" if chosen else "plain")]
