"""One line to type: a new title, say."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from claude_tui.core.text import clean_line
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_input import LineInput


class AskScreen(ModalScreen[str | None]):
    """It returns what was typed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]
    DEFAULT_CSS = """
    AskScreen {
        align: center middle;
        background: transparent;
        & > Vertical { width: 66; max-width: 100%; height: auto; padding: 1 4; background: $surface; }
        & LineInput, & LineInput:focus { background: $surface; }
        & #title { color: $foreground; text-style: bold; height: 1; }
        & #line { margin: 1 0; }
        & #keys { color: $text-muted; height: 1; }
    }
    """

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._heading = clean_line(title, 60)
        self._value = clean_line(value)

    def compose(self) -> ComposeResult:
        """A title, the line, the keys."""
        with Vertical():
            yield Said(self._heading, id="title", markup=False)
            yield LineInput(longest=200, id="line")
            yield Said("Enter keeps it · Esc leaves it as it was", id="keys", markup=False)

    def on_mount(self) -> None:
        line = self.query_one(LineInput)
        line.value = self._value
        line.cursor_position = len(self._value)
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(clean_line(event.value, 200).strip() or None)

    def action_close(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)
