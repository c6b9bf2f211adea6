"""One line to type in: a filter, a key. What is pasted is cleaned and becomes one line."""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from claude_tui.core.text import clean_line


class LineInput(Input):
    """An `Input` without a box that is safe to paste into."""

    DEFAULT_CSS = """
    LineInput {
        height: 1;
        border: none;
        padding: 0;
        color: $foreground;
        background: $background;
        &:focus { border: none; background: $background; background-tint: transparent; }
        & .input--placeholder { color: $text-muted; }
    }
    """

    def __init__(self, hint: str = "", *, password: bool = False, longest: int = 500, id: str | None = None) -> None:
        super().__init__(password=password, id=id, max_length=longest, compact=True, select_on_focus=False)
        self.longest = longest
        self.placeholder = hint

    def restricted(self) -> None:
        """What finds no room is not taken, and no bell rings: whoever holds a key down would hear it thirty times."""

    def on_hide(self, event: events.Hide) -> None:
        """Pushed out of a tiny window it keeps the focus: Textual's would be typed into no more, and not come back."""
        if all(widget.display for widget in self.ancestors_with_self if isinstance(widget, Widget)):
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Whatever is in it, it is one line of text."""
        event.stop()
        event.prevent_default()
        text = clean_line(event.text, self.longest)
        start, end = sorted(self.selection)
        room = self.longest - len(self.value) + (end - start)
        self.replace(text[: max(room, 0)], start, end)
