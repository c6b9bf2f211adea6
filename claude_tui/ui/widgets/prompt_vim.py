"""The prompt under vi's keys, for whom they are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets.text_area import Selection

from claude_tui.ui.editing.change import between
from claude_tui.ui.widgets.prompt_editing import PromptEditing
from claude_tui.ui.widgets.prompt_looks import GLYPH

if TYPE_CHECKING:
    from claude_tui.ui.editing.vim import Vim

COMMANDING = "❮"
"""The glyph where keys are orders and not text."""
_MODES = {
    "insert": "",
    "normal": "normal mode",
    "visual": "visual mode",
    "lines": "visual lines",
    "replace": "replacing",
}


class PromptVim(PromptEditing):
    """A text that is edited as in the shell or, if that is wished for, as in vi."""

    def __init__(self, hint: str, *, id: str | None, classes: str | None) -> None:
        self._vim: Vim | None = None
        self._shown_mode = ""
        super().__init__(hint, id=id, classes=classes)

    def set_vim(self, on: bool) -> None:
        """Under vi's keys from now on, or not any more."""
        if on != (self._vim is not None):
            from claude_tui.ui.editing.vim import Vim

            self._vim = Vim() if on else None
            self._begin_anew()

    def load_text(self, text: str) -> None:
        super().load_text(text)
        self._begin_anew()

    def _begin_anew(self) -> None:
        if self._vim is not None:
            self._vim.begin(self.text, 0)
        self._show_mode()

    def write(self) -> None:
        """Keys are text now, wherever the cursor is."""
        if self._vim is not None and self._vim.mode != "insert":
            self._vim.begin(self.text, self._cursor)
        self._show_mode()

    @property
    def mode(self) -> str:
        """Vi's, in a word; empty where what is typed is text."""
        return _MODES[self._vim.mode] if self._vim is not None else ""

    def mode_changed(self) -> None:
        """Another mode: somebody may want to say so."""

    def _show_mode(self) -> None:
        """The glyph points the other way where keys are orders."""
        if self.mode != self._shown_mode:
            self._shown_mode = self.mode
            self.mode_changed()
        self.set_glyph(GLYPH if self._vim is None or self._vim.mode in ("insert", "replace") else COMMANDING)

    def lead(self, by: int) -> None:
        """There is no line above, or below, and another was asked for."""

    def obeys(self, event: events.Key) -> bool:
        """Whether it was one of vi's keys, and is done. What is typed is none of them, and costs nothing here."""
        vim = self._vim
        if vim is None or (vim.mode == "insert" and event.key != "escape"):
            return False
        text = self.text
        key = event.character if event.is_printable and event.character else event.key
        step = vim.feed(key, text, self._cursor)
        if step is None:
            return False
        if step.text != text:
            self._apply(between(text, step.text, step.cursor))
        start, end = step.chosen or (step.cursor, step.cursor)
        self.selection = Selection(self._location(start), self._location(end))
        self._restart_blink()
        self._show_mode()
        if step.leads:
            self.lead(step.leads)
        return True
