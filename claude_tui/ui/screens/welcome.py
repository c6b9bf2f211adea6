"""The first screen of someone without a key: paste one, see it checked, or look at the demo."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import ClassVar, Literal, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from claude_tui.core.text import clean_line
from claude_tui.errors import ClaudeTuiError
from claude_tui.ui.screens.closing import OnceScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_input import LineInput

Answer: TypeAlias = tuple[Literal["key", "demo"], str]
TryKey: TypeAlias = Callable[[str], Awaitable[str | None]]
"""Whether the API takes the key: None, or a sentence on why it does not."""

_KEY = re.compile(r"[\x21-\x7e]{8,}")
_NOT_A_KEY = "That is not a key: a key is one long word of letters, digits and hyphens."


class ActionLine(Said, can_focus=True):
    """A line that can be pressed."""

    DEFAULT_CSS = """
    ActionLine {
        height: auto;
        color: $text-muted;
        &:hover { color: $foreground; }
        &:focus { color: $accent; text-style: bold; }
    }
    """

    class Pressed(Message):
        """It was clicked, or Enter was pressed on it."""

        def __init__(self, line: ActionLine) -> None:
            super().__init__()
            self.line = line

    def __init__(self, text: str, id: str) -> None:
        super().__init__(Content(text), id=id)

    def on_click(self) -> None:
        self.post_message(self.Pressed(self))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("enter", "space"):
            event.stop()
            self.post_message(self.Pressed(self))


class WelcomeScreen(OnceScreen[Answer | None]):
    """Returns ``("key", value)`` with a key that works, ``("demo", "")``, or None to leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the input, to which it would mean delete.
        Binding("ctrl+d", "demo", "Open the demo", show=False, priority=True),
        Binding("d", "demo", "Open the demo", show=False),
        Binding("up", "app.focus_previous", "Up", show=False),
        Binding("down", "app.focus_next", "Down", show=False),
        Binding("escape", "leave", "Quit", show=False),
        Binding("ctrl+c", "leave", "Quit", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    WelcomeScreen {
        align: center middle;
        background: $background;
        & > Vertical { width: 62; max-width: 100%; height: auto; padding: 0 2; }
        & Horizontal { height: 1; margin: 2 0 0 0; }
        & #name { color: $accent; text-style: bold; }
        & #what { color: $foreground; }
        & #glyph { width: 2; color: $accent; text-style: bold; }
        & #key { width: 1fr; }
        & #said { height: auto; min-height: 2; margin: 1 0 1 0; padding-left: 2; color: $text-muted; }
        & #said.busy { color: $accent; }
        & #said.problem { color: $error; }
        & ActionLine { padding-left: 2; }
    }
    """

    def __init__(
        self,
        try_key: TryKey,
        *,
        note: str = "It is kept in your own folder, for you alone to read.",
        leaving: str = "quit",
    ) -> None:
        super().__init__()
        self._leaving = leaving
        self._try_key = try_key
        self._note = note
        self._checking = False

    def compose(self) -> ComposeResult:
        """What this is, a line for the key, what is wrong with it, and the other ways on."""
        with Vertical():
            yield Said(Content("claude-tui"), id="name")
            yield Said(Content("A chat with Claude that never loses a word."), id="what")
            with Horizontal():
                yield Said(Content("❯"), id="glyph")
                yield LineInput("paste an API key, then Enter", password=True, id="key")
            yield Said(Content(self._note), id="said")
            yield ActionLine("Ctrl+D  try the demo without a key", "demo")
            yield ActionLine(f"Esc     {self._leaving}", "quit")

    def on_mount(self) -> None:
        for line in self.query(LineInput):  # there is none if it was closed as it opened
            line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another try, so the last one's problem is no more."""
        event.stop()
        if not self._checking:
            self._say(self._note)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Check it here, so that the first question is not the first to fail."""
        event.stop()
        key = event.value.strip()
        if self._checking or not key:
            return
        if not _KEY.fullmatch(key):
            self._say(_NOT_A_KEY, "problem")
            return
        self._checking = True
        self._say("Checking the key …", "busy")
        self.run_worker(self._check(key), exclusive=True)

    def on_action_line_pressed(self, event: ActionLine.Pressed) -> None:
        event.stop()
        if event.line.id == "demo":
            self.action_demo()
        else:
            self.action_leave()

    def action_demo(self) -> None:
        """Everything works, and nothing leaves this computer."""
        self.dismiss(("demo", ""))

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)

    async def _check(self, key: str) -> None:
        try:
            problem = await self._try_key(key)
        except ClaudeTuiError as error:
            problem = str(error)
        finally:
            self._checking = False
        if problem is None:
            self.dismiss(("key", key))
        elif self.is_attached:
            self._say(clean_line(problem, 300), "problem")

    def _say(self, text: str, kind: str = "") -> None:
        for said in self.query("#said").results(Said):
            said.set_class(kind == "busy", "busy").set_class(kind == "problem", "problem")
            said.update(Content(text))
