"""Every key and every command, from the one table and the keys in force."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from claude_tui.ui.commands import (
    COMMANDS,
    GROUPS,
    LIBRARY_KEYS,
    PROMPT_KEYS,
    READING_KEYS,
)
from claude_tui.ui.key_names import label, split_keys
from claude_tui.ui.keys import keys_in_force
from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.widgets.line_list import MARK, LineList, Piece

Line = tuple[str, str, str]
"""Key, command and help; a heading has only the first."""


def help_lines(overrides: Mapping[str, str]) -> list[Line | str]:
    """The lines of the help; a plain string is a heading, an empty one a gap."""
    keys = keys_in_force(overrides)
    lines: list[Line | str] = ["While you write"]
    lines += [(", ".join(map(label, split_keys(names))), "", what) for names, what in PROMPT_KEYS]
    lines += ["", "While you read (Tab leads there)"]
    lines += [(", ".join(map(label, split_keys(key.keys))), "", key.help) for key in READING_KEYS]
    lines += ["", "In the list of conversations"]
    lines += [(", ".join(map(label, split_keys(key.keys))), "", key.help) for key in LIBRARY_KEYS]
    for group in GROUPS:
        lines += ["", group]
        for command in COMMANDS:
            if command.group == group:
                slash = " ".join((command.slash, command.argument)).strip()
                lines.append((", ".join(map(label, keys[command.id])), slash, command.help))
    return lines


def help_rows(lines: list[Line | str], width: int) -> list[list[Piece]]:
    """The lines in that many cells: in columns, or with the help under its key where there is no room."""
    rows: list[list[Piece]] = []
    for line in lines:
        if isinstance(line, str):
            rows.append([(line, "strong")])
            continue
        key, slash, what = line
        if width < 70:
            rows.append([("  ".join(filter(None, (key, slash))), "plain")])
            for part in wrap(what, width - 2):
                rows.append([(f"  {part}", "dim")])
            continue
        names = f"{key:<11}{slash:<22}" if slash or len(key) < 11 else f"{key:<33}"
        for place, part in enumerate(wrap(what, width - 34)):
            rows.append([(" " * 33 if place else names, "plain"), (f" {part}", "dim")])
    return rows


class HelpScreen(ModalScreen[None]):
    """What can be done here, and by which key."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES]
    DEFAULT_CSS = """
    HelpScreen {
        background: $background;
        & #head { height: 1; margin: 1 1; padding: 0 3; color: $foreground; text-style: bold; }
        & #foot { height: 1; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
        & LineList { margin: 0 1; }
    }
    """

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._lines = help_lines(overrides or {})
        self._rows: list[list[Piece]] = []

    def compose(self) -> ComposeResult:
        """A title, the lines, how to leave."""
        yield Static("Keys and commands", id="head", markup=False)
        yield LineList(self._paint, choosing=False)
        yield Static("↑ ↓ PgUp PgDn · Esc closes", id="foot", markup=False)

    def action_move(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one(LineList).move(by)

    def action_page(self, by: int) -> None:
        """Scroll by pages."""
        self.query_one(LineList).page(by)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)

    def key_q(self) -> None:
        """As in a pager."""
        self.dismiss(None)

    def on_resize(self) -> None:
        """Other breaks for another width."""
        self._rows = help_rows(self._lines, max(self.size.width - 2 - MARK - 2, 20))
        for lines in self.query(LineList):  # there is none if it was closed as it opened
            lines.show(len(self._rows))

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        return self._rows[index]
