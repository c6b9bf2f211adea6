"""A line to type in what is looked for in the open conversation, and how often it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from .fitted import Said
from .line_input import LineInput

_NARROW = 30
"""Cells below which there is room for the words alone."""


class Words(LineInput):
    """What is looked for. Enter leads into the text at once, for keys that come with it in one piece."""

    def __init__(self, text: Widget) -> None:
        super().__init__("in this conversation", id="find-words")
        self._text = text

    async def action_submit(self) -> None:
        """Read on at this place."""
        self.screen.set_focus(self._text)


class FindBar(Horizontal):
    """One line over the last one of the conversation; it moves nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "Next", show=False),
        Binding("up", "step(-1)", "Previous", show=False),
        Binding("escape", "leave", "Leave", show=False),
    ]
    DEFAULT_CSS = """
    FindBar {
        height: 1;
        display: none;
        overlay: screen;
        offset: 0 -1;
        background: $surface;
        & #find-label { width: auto; padding: 0 1; color: $accent; text-style: bold; background: $surface; }
        & LineInput, & LineInput:focus { width: 1fr; background: $surface; }
        & #find-count { width: auto; padding: 0 1; color: $text-muted; background: $surface; }
        &.narrow Said { display: none; }
    }
    """

    @dataclass(eq=False, repr=False)
    class Typed(Message):
        """What is looked for is another."""

        words: str

    @dataclass(eq=False, repr=False)
    class Stepped(Message):
        """The next place is to be shown, or the one before."""

        by: int

    class Left(Message):
        """Nothing is looked for any more."""

    def __init__(self, text: Widget, *, id: str | None = None) -> None:
        """``text`` gets the focus when one has found it."""
        super().__init__(id=id)
        self._text = text

    def compose(self) -> ComposeResult:
        """A word, the line, the count."""
        yield Said("find", id="find-label", markup=False)
        yield Words(self._text)
        yield Said("", id="find-count", markup=False)

    def on_resize(self) -> None:
        """In a narrow window all of the line is typed into."""
        self.set_class(self.size.width < _NARROW, "narrow")

    def open(self, words: str) -> None:
        """Show it and type there; ``words`` are looked for, or what was looked for last."""
        self.display = True
        line = self.query_one(Words)
        if words and words != line.value:
            line.value = words
        else:
            self.post_message(self.Typed(line.value))
        line.action_select_all()
        self.screen.set_focus(line)  # at once: the next keys may be here already

    def close(self) -> None:
        """Hide it."""
        self.display = False

    def show(self, place: int, count: int) -> None:
        """Which place is shown, counted from 0, and how many there are."""
        typed = bool(self.query_one(Words).value.strip())
        said = f"{place + 1:,} of {count:,} · n N · Esc" if count else "not here" if typed else "Esc closes"
        self.query_one("#find-count", Said).update(said)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def action_step(self, by: int) -> None:
        """Another place."""
        self.post_message(self.Stepped(by))

    def action_leave(self) -> None:
        """Close it."""
        self.post_message(self.Left())
