"""What keys do to the text of the prompt: a text area's, and those of the shells' line editor."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import Location

from claude_tui.ui.editing.change import Change
from claude_tui.ui.editing.emacs import CHANGES, KILLS, KillRing, word_left, word_right
from claude_tui.ui.editing.letters import after, before, taken_back
from claude_tui.ui.widgets.prompt_looks import PromptLooks

_SURPRISING = frozenset(
    {"select_line", "select_all", "cursor_page_up", "cursor_page_down", "delete_line", "copy", "cut", "undo", "redo"}
    | {"delete_word_left", "delete_word_right", "delete_to_start_of_line", "delete_to_end_of_line_or_delete_line"}
)
"""The text area's actions whose keys are the screen's, or mean something else here."""


_OURS = {
    "ctrl+c": "copy_or_interrupt",
    "super+c": "copy",
    "ctrl+x,super+x": "cut",
    "super+a": "select_all",
    "ctrl+b": "cursor_left",
    "alt+b,alt+left": "word(-1)",
    "alt+f,alt+right": "word(1)",
    "ctrl+w": "kill('stretch_left')",
    "alt+backspace,ctrl+backspace": "kill('word_left')",
    "alt+d,alt+delete,ctrl+delete": "kill('word_right')",
    "ctrl+u,super+backspace": "kill('line_left')",
    "ctrl+k": "kill('line_right')",
    "ctrl+y": "yank",
    "alt+y": "yank_older",
    "ctrl+t": "change('transpose')",
    "alt+t": "change('transpose_words')",
    "alt+u": "change('upper')",
    "alt+l": "change('lower')",
    "alt+c": "change('capital')",
    "ctrl+z,super+z,ctrl+underscore,ctrl+slash,ctrl+shift+minus": "undo",
    "ctrl+shift+z,super+shift+z,alt+z": "redo",
}
"""Keys, and what they do here: those of the shells' editor, and what terminals send for them."""


def _editing() -> list[BindingType]:
    """The text area's own bindings without those that surprise, and ours."""
    kept = [b for b in TextArea.BINDINGS if isinstance(b, Binding) and b.action.partition("(")[0] not in _SURPRISING]
    return [
        *(replace(b, show=False) for b in kept),
        *(
            Binding(keys, action, action.partition("(")[0].replace("_", " "), show=False)
            for keys, action in _OURS.items()
        ),
    ]


class PromptEditing(PromptLooks, inherit_bindings=False):
    """A text that is edited as in the shell."""

    BINDINGS: ClassVar[list[BindingType]] = _editing()

    def __init__(self, hint: str, *, id: str | None, classes: str | None) -> None:
        self._ring = KillRing()
        super().__init__(hint, id=id, classes=classes)

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        self._ring.key()
        await super()._on_mouse_down(event)

    def get_cursor_left_location(self) -> Location:
        """Past a whole letter, however many characters it is made of."""
        row, column = self.cursor_location
        return (row, before(self.document.get_line(row), column)) if column else super().get_cursor_left_location()

    def get_cursor_right_location(self) -> Location:
        """The same to the right."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return (row, after(line, column)) if column < len(line) else super().get_cursor_right_location()

    def action_delete_left(self) -> None:
        """Delete what is selected, else one character, and of an emoji that is made of several all."""
        row, column = self.cursor_location
        if self.selection.is_empty and column:
            self._delete_via_keyboard((row, taken_back(self.document.get_line(row), column)), (row, column))
        else:
            super().action_delete_left()

    def action_word(self, by: int) -> None:
        """To the next word's end, or the beginning of the one before."""
        self._go_to((word_right if by > 0 else word_left)(self.text, self._cursor))

    def action_kill(self, what: str) -> None:
        """Delete up to there, or what is selected, and keep it for a yank."""
        start, end = sorted(map(self._offset, self.selection))
        cursor, left = self._cursor, False
        if start == end:
            start, end = sorted((cursor, KILLS[what](self.text, cursor)))
            left = start < cursor
        if start < end:
            self._ring.kill(self.text[start:end], left=left)
            self._apply(Change(start, end, "", start))

    def action_yank(self) -> None:
        """What was killed last, put here."""
        start, end = sorted(map(self._offset, self.selection))
        killed = self._ring.yank()
        if killed:
            self._apply(Change(start, end, killed, start + len(killed)))

    def action_yank_older(self) -> None:
        """What was killed before, in place of what a yank just put there."""
        turned = self._ring.turn()
        if turned is not None:
            was, now = turned
            start = self._cursor - len(was)
            self._apply(Change(start, self._cursor, now, start + len(now)))

    def action_change(self, what: str) -> None:
        """Letters or words exchanged, or a word in another case."""
        change = CHANGES[what](self.text, self._cursor)
        if change is not None:
            self._apply(change)

    @property
    def _cursor(self) -> int:
        return self._offset(self.cursor_location)

    def _offset(self, location: Location) -> int:
        row, column = location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def _location(self, offset: int) -> Location:
        before = self.text[:offset]
        return before.count("\n"), offset - (before.rfind("\n") + 1)

    def _go_to(self, offset: int) -> None:
        self.history.checkpoint()
        self.move_cursor(self._location(offset))

    def _apply(self, change: Change) -> None:
        """A change, as one step of undo."""
        self.history.checkpoint()
        start, end = self._location(change.start), self._location(change.end)
        self.replace(change.put, start, end, maintain_selection_offset=False)
        self.move_cursor(self._location(change.cursor))
        self.history.checkpoint()

    def action_cut(self) -> None:
        """Cut what is selected; nothing when nothing is (a text area would take the line)."""
        if not self.selected_text:
            raise SkipAction
        super().action_cut()
