"""Where one writes: grows with the text, remembers what was sent, and takes nothing for an order but keys.

A `TextArea` with another idea of Enter. What is pasted is text: it is cleaned, it never submits, and the
slash menu is driven from here (given at construction) so that fast typing cannot outrun it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea
from textual.widgets.text_area import Location

from claude_tui.core.text import clean
from claude_tui.ui.editing.change import Change
from claude_tui.ui.editing.pasted import as_pasted, is_large
from claude_tui.ui.editing.walk import Walk
from claude_tui.ui.keys.commands import Command
from claude_tui.ui.widgets.prompt_vim import PromptVim
from claude_tui.ui.widgets.slash_menu import SlashMenu

if TYPE_CHECKING:
    from claude_tui.ui.widgets.file_menu import FileMenu

DRAFT_DELAY = 0.2
"""Seconds within which what is typed becomes a `Prompt.DraftChanged`."""
SHORT_PASTE = 20_000
"""Characters up to which a paste may be paths."""
LONGEST_PASTE = 4_000_000
"""Characters; no model reads more."""

_FILE = re.compile(r"""(?:^|[\s(])@(?:"([^"]{0,300})|((?:[^\s@"]|(?<=/)@){0,300}))$""")
"""What is typed behind an `@`, before the cursor; behind a quote it may have blanks."""
_BREAKS = frozenset({"ctrl+j", "newline", "shift+enter", "alt+enter", "shift+\r", "alt+\r", "ctrl+enter"})
"""Every name under which terminals send a line break that is not Enter."""


@dataclass(eq=False, repr=False)
class FromPrompt(Message):
    """What a prompt has to say."""

    prompt: Prompt

    @property
    def control(self) -> Prompt:
        return self.prompt


class Prompt(PromptVim):
    """A message in the making."""

    @dataclass(eq=False, repr=False)
    class Submitted(FromPrompt):
        """Enter was pressed on something worth sending; the prompt is empty again."""

        text: str

    @dataclass(eq=False, repr=False)
    class DraftChanged(FromPrompt):
        """What is being typed, at most every `DRAFT_DELAY`; a line of the history is not a draft."""

        text: str

    @dataclass(eq=False, repr=False)
    class Typed(FromPrompt):
        """The text is another than before, by a key or otherwise."""

    @dataclass(eq=False, repr=False)
    class SlashTyped(FromPrompt):
        """The text is, or was until now, a slash command; empty when it is none any more."""

        text: str

    @dataclass(eq=False, repr=False)
    class Interrupted(FromPrompt):
        """Ctrl+C with nothing selected here: the screen copies its own selection, clears, stops or quits."""

    @dataclass(eq=False, repr=False)
    class FileTyped(FromPrompt):
        """What is typed behind an `@`; None when it is none any more."""

        text: str | None

    @dataclass(eq=False, repr=False)
    class FileChosen(FromPrompt):
        """A file of the menu was chosen; its path is in the prompt."""

        path: str

    @dataclass(eq=False, repr=False)
    class FileEnded(FromPrompt):
        """A blank was typed behind an `@` and what may be a path."""

        path: str

    @dataclass(eq=False, repr=False)
    class Pasted(FromPrompt):
        """A short paste, which is in the prompt."""

        text: str

    @dataclass(eq=False, repr=False)
    class Recalled(FromPrompt):
        """Up in an empty prompt while something waits to be sent: the last of that is to come back."""

    @dataclass(eq=False, repr=False)
    class EndPassed(FromPrompt):
        """End where the text ends already: it is the end of the transcript that is meant, whose mark says so."""

    @dataclass(eq=False, repr=False)
    class ModeChanged(FromPrompt):
        """Vi's keys mean something else from now on."""

    @dataclass(eq=False, repr=False)
    class PasteRefused(FromPrompt):
        """A paste was longer than `LONGEST_PASTE`, and was left out."""

        characters: int

    def __init__(
        self, placeholder: str = "", *, menu: SlashMenu | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        self.menu = menu
        self.file_menu: FileMenu | None = None
        self.waiting = False  # whether something waits to be sent
        self._file: str | None = None  # what is typed behind an @
        self._walk = Walk()
        self._slashed = False
        self._draft_timer: Timer | None = None
        self._told = ""
        super().__init__(placeholder, id=id, classes=classes)

    # What it is told

    def set_history(self, sent: Sequence[str]) -> None:
        """What was sent before, the oldest first."""
        self._walk = Walk(sent, self._typed_as)

    def set_text(self, text: str) -> None:
        """Another text, as after opening a conversation with a draft; the cursor at its end."""
        self._walk.end()
        self.load_text(self.pasted.folded(text))
        self.move_cursor(self.document.end)

    def restore(self, text: str) -> None:
        """What could not be sent comes back, before what was typed since."""
        typed = self.text
        self.set_text(f"{text}\n{typed}" if typed else text)

    def exchange(self, text: str) -> None:
        """Another text, which undo takes back; the cursor at its end."""
        self._walk.end()
        self._put(self._typed_as(text))

    def _typed_as(self, text: str) -> str:
        return clean(self.pasted.folded(text))

    def mode_changed(self) -> None:
        self.post_message(self.ModeChanged(self))

    @property
    def chip_at_hand(self) -> str:
        """The large paste before or under the cursor, else the last one; empty if there is none."""
        return self.pasted.at(self.text, self._cursor)

    def put_in_place(self, chip: str, text: str) -> None:
        """A text in the place of a large paste, as one step of undo."""
        start = self.text.find(chip)
        if start >= 0:
            self._apply(Change(start, start + len(chip), text, start + len(text)))

    def complete(self, command: Command) -> None:
        """The command in place of what was typed of it."""
        self.complete_line(command.slash + (" " if command.argument else ""))

    def complete_line(self, line: str) -> None:
        """A line of the menu in place of what was typed of it."""
        if line != self.text:
            self._put(clean(line))

    @property
    def draft(self) -> str:
        """What was typed and not sent: during a walk through the history, what it was begun with."""
        return self._walk.begun_with(self.text)

    @property
    def full(self) -> str:
        """The text as it would be sent: what was pasted stands in it."""
        return self.pasted.full(self.text)

    # Text

    def load_text(self, text: str) -> None:
        super().load_text(clean(text))

    def _recompute_cursor_offset(self) -> None:
        """Undo may take the scroll bar away, and scroll to the cursor, before it takes that to where there is text."""
        with suppress(ValueError):
            super()._recompute_cursor_offset()

    def update_suggestion(self) -> None:
        """The text area's hook after every change, in the same breath: the menu is never a key behind."""
        first = self.document.get_line(0)
        slashed = first.startswith("/") and self.document.line_count == 1
        if slashed or self._slashed:
            self._slashed = slashed
            typed = first if slashed else ""
            if self.menu is not None:
                self.menu.show(typed)
            self.post_message(self.SlashTyped(self, typed))
        self._tell_file()
        if self._draft_timer is None and self.is_mounted:
            self._draft_timer = self.set_timer(DRAFT_DELAY, self._tell_draft)

    def _tell_file(self) -> None:
        row, column = self.cursor_location
        found = None if self._slashed else _FILE.search(self.document.get_line(row)[:column])
        typed = (found[1] or found[2] or "") if found else None
        if typed != self._file:
            self._file = typed
            self.post_message(self.FileTyped(self, typed))

    def _choose_file(self) -> None:
        """The path in the place of what was typed of it; of a folder, what is in it is offered then."""
        path = self.file_menu.chosen if self.file_menu is not None else ""
        row, column = self.cursor_location
        found = _FILE.search(self.document.get_line(row)[:column])
        if found is None:
            return
        blank = '"' * (re.search(r"\s", path) is not None)
        into = path.endswith("/")
        self.history.checkpoint()
        start = found.start() + (found[0][0] != "@")
        result = self.replace(clean(f"@{blank}{path}{'' if into else f'{blank} '}"), (row, start), (row, column))
        self.move_cursor(result.end_location)
        if not into:
            self.post_message(self.FileChosen(self, path))

    def _menu_of_files(self, key: str) -> bool:
        """Do what a key does while files are offered; False when it does nothing of its own then."""
        menu = self.file_menu
        if menu is None or not menu.is_open or self._file is None:
            return False
        if key in ("up", "down"):
            menu.move(-1 if key == "up" else 1)
        elif key in ("tab", "enter"):
            self._choose_file()
        elif key == "escape":
            menu.show(())
        else:
            return False
        return True

    def tell_again(self) -> None:
        """The draft is to be kept another way, though it is the same."""
        self._told = "\0"
        if self._draft_timer is None and self.is_mounted:
            self._draft_timer = self.set_timer(DRAFT_DELAY, self._tell_draft)

    def _tell_draft(self) -> None:
        self._draft_timer = None
        draft = self.draft
        if draft != self._told:
            self._told = draft
            self.post_message(self.DraftChanged(self, draft))

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """None: it is prose, and the search reads the whole text at every move."""
        return None

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(self))

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()

    # Keys

    async def on_key(self, event: events.Key) -> None:
        """What a chat does with keys that mean something else in an editor."""
        done = True
        self._ring.key()
        closes = event.key == "escape" and self.menu is not None and self.menu.is_open
        if event.key == "end" and self.selection.is_empty and self.cursor_at_end_of_text:
            self.post_message(self.EndPassed(self))
        elif self._menu_of_files(event.key) or (not closes and self.obeys(event)):
            pass
        elif event.key in _BREAKS or _BREAKS.intersection(event.aliases):
            self._replace_via_keyboard("\n", *self.selection)
        elif event.key == "enter":
            self._submit()
        elif event.key == "up":
            done = self._menu_moves(-1) or self._walks(-1)
        elif event.key == "down":
            done = self._menu_moves(1) or self._walks(1)
        elif event.key == "tab" and self.menu is not None and self.menu.is_open:
            self.complete_line(self.menu.completed)
        elif closes and self.menu is not None:
            self.menu.dismiss()
        else:
            done = False
            if event.character == " " and self._file:
                self.post_message(self.FileEnded(self, self._file))
        if done or await self._edit(event.key):
            event.stop()
            event.prevent_default()

    async def _edit(self, key: str) -> bool:
        """Do what a key of the editor does, here and now.

        Left to Textual it would be done once the event has bubbled to the app: after whatever was typed behind
        it, when both came in one piece over a slow line.
        """
        for binding in self._bindings.key_to_bindings.get(key, ()):
            if await self.app.run_action(binding.action, self):  # pyright: ignore[reportUnknownMemberType]
                return True
        return False

    def _menu_moves(self, by: int) -> bool:
        if self.menu is None or not self.menu.is_open or self._walk.under_way:
            return False
        self.menu.move(by)
        return True

    def _submit(self) -> None:
        text = self.text
        if self.menu is not None and self.menu.unfinished:
            self.complete_line(self.menu.completed)
            return
        if self.menu is not None and self.menu.line:
            text = self.menu.line
        if not text.strip():
            return
        self._walk.end()
        full = self.pasted.full(text)
        if full.startswith("/") and not text.startswith("/"):
            full = f"/{full}"  # what was pasted is no command
        self.post_message(self.Submitted(self, full))
        self.load_text("")

    def action_copy_or_interrupt(self) -> None:
        """Copy what is selected, or say that Ctrl+C was pressed."""
        if self.selected_text:
            self.action_copy()
        else:
            self.post_message(self.Interrupted(self))

    def action_paste(self) -> None:
        """Paste what was copied in this app."""
        self._insert_pasted(str(self.app.clipboard))  # pyright: ignore[reportUnknownMemberType]

    def on_paste(self, event: events.Paste) -> None:
        """A paste is text, whatever is in it."""
        event.stop()
        event.prevent_default()
        self._insert_pasted(event.text)
        if len(event.text) < SHORT_PASTE:
            self.post_message(self.Pasted(self, event.text))

    def _insert_pasted(self, text: str) -> None:
        if len(text) > LONGEST_PASTE:
            self.post_message(self.PasteRefused(self, len(text)))
            return
        pasted = as_pasted(text)
        command = len(text) < SHORT_PASTE and (text if self.text == self.selected_text else self.text).startswith("/")
        chip = is_large(pasted) and not command
        if chip:
            self.history.checkpoint()
        if result := self._replace_via_keyboard(self.pasted.add(pasted) if chip else clean(pasted), *self.selection):
            self.move_cursor(result.end_location)
        if chip:
            self.history.checkpoint()

    # History

    def lead(self, by: int) -> None:
        self._walks(by)

    def _walks(self, by: int) -> bool:
        """A step back or forth in the history, if the cursor is at that edge of the text."""
        text = self.text
        if by < 0 and self.waiting and not text and not self._walk.under_way:
            self.post_message(self.Recalled(self))
            return True
        untouched = self._walk.is_at(text) and self.cursor_at_end_of_text
        if not untouched and not self._at_edge(by):
            return False
        found = self._walk.step(by, text)
        if found is None:
            return untouched and by < 0
        self._put(found)
        return True

    def _at_edge(self, by: int) -> bool:
        """Whether the cursor stands on the first or last line as wrapped."""
        y = self.wrapped_document.location_to_offset(self.cursor_location).y
        return y == 0 if by < 0 else y >= self.wrapped_document.height - 1

    def _put(self, text: str) -> None:
        """The whole text replaced, as one step of undo."""
        self.history.checkpoint()
        result = self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
        self.move_cursor(result.end_location)
        self.history.checkpoint()
