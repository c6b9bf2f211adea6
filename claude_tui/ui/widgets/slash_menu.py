"""The slash commands that fit what is being typed, and what may follow one: a few lines above the prompt.

It never has the focus: the prompt tells it what was typed and moves its choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from claude_tui.core.text import clean_line
from claude_tui.ui.keys.commands import Command
from claude_tui.ui.keys.typed import Choices, Found, found, matching, path_in
from claude_tui.ui.words import format

from .fitted import Fitted

MOST_ROWS = 8


class SlashMenu(Fitted, can_focus=False):
    """What a slash may mean, the likeliest first; it lies over what is above the prompt and moves nothing."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "slash-menu--command",
        "slash-menu--argument",
        "slash-menu--help",
        "slash-menu--chosen",
        "slash-menu--row",
    }
    DEFAULT_CSS = """
    SlashMenu {
        width: 100%;
        height: auto;
        display: none;
        overlay: screen;
        background: $surface;
        & .slash-menu--command { color: $foreground; }
        & .slash-menu--argument { color: $text-muted; }
        & .slash-menu--help { color: $text-muted; }
        & .slash-menu--row { background: $panel; }
        & .slash-menu--chosen { color: $accent; text-style: bold; }
    }
    """

    @dataclass
    class Picked(Message):
        """A row was clicked; the prompt completes it."""

        line: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ask: Callable[[str], Choices] = lambda command_id: Choices()
        """What may follow the command of that id, as far as it is known now; asked when that is begun to be typed."""
        self.ask_paths: Callable[[str, str | None], object] = lambda command_id, path: None
        """Paths that fit are to be offered for that command; for None none any more."""
        self._path: str | None = None
        """The path that was asked for last."""
        self._typed = ""
        self._asked = ""
        """The id of the command whose choices are held."""
        self._choices = Choices()
        self._found: list[Found] = []
        self._chosen = 0
        """-1 for none: Enter sends what is typed, as it is."""
        self._top = 0
        self._dismissed = False

    # What it is told

    def show(self, typed: str) -> None:
        """Show what fits the text so far; nothing fits an empty one."""
        self._typed = typed
        if not typed:
            self._dismissed, self._asked = False, ""
        self._find_paths()
        rows = found(typed, self._of(typed)) if typed and not self._dismissed else []
        if rows == self._found:
            return
        self._found, self._top = rows, 0
        self._chosen = 0 if rows and rows[0].meant else -1
        self._arrange()

    def _of(self, typed: str) -> Choices:
        commands = matching(typed) if " " in typed else []
        asked = commands[0].id if commands else ""
        if asked != self._asked:
            self._asked = asked
            self._choices = self.ask(asked) if asked else Choices()
        return self._choices

    def _find_paths(self) -> None:
        typed = self._typed
        choices = self._of(typed) if " " in typed and not self._dismissed else None
        path = path_in(typed, choices.several)[1] if choices is not None and choices.paths else None
        if path != self._path:
            self._path = path
            self.ask_paths(self._asked, path)

    def offer(self, command_id: str, choices: Choices) -> None:
        """What may follow that command is known by now."""
        if command_id == self._asked and choices != self._choices:
            self._choices = choices
            chosen = self.line
            self.show(self._typed)
            lines = [row.line.rstrip() for row in self._found]
            if chosen in lines:  # an arrow key chose it while more was being found
                self.move(lines.index(chosen) - max(self._chosen, 0) + (self._chosen < 0))

    def move(self, by: int) -> None:
        """Another choice, round the end."""
        if self._found:
            self._chosen = (max(self._chosen, 0 if by < 0 else -1) + by) % len(self._found)
            self._top = min(max(self._top, self._chosen - MOST_ROWS + 1), self._chosen)
            self.refresh()

    def dismiss(self) -> None:
        """Close it until something else is typed that is no command."""
        self._dismissed = True
        self._find_paths()
        self._found = []
        self._arrange()

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return bool(self._found)

    @property
    def chosen(self) -> Command | None:
        """The command that is highlighted, or whose choices are."""
        return self._found[max(self._chosen, 0)].command if self._found else None

    @property
    def completed(self) -> str:
        """The line that Tab makes of what is typed."""
        return self._found[max(self._chosen, 0)].line

    @property
    def line(self) -> str:
        """The line that Enter sends in the place of what is typed; empty for that as it is."""
        row = self._found[self._chosen] if self._found and self._chosen >= 0 else None
        return row.line.rstrip() if row is not None else ""

    @property
    def unfinished(self) -> bool:
        """Whether an arrow key chose what something must follow: Enter completes it."""
        row = self._found[self._chosen] if self._found and self._chosen >= 0 else None
        return row is not None and not row.meant and row.goes_on

    # What it does

    def on_click(self, event: events.Click) -> None:
        row = self._top + event.y
        if row < len(self._found):
            self.post_message(self.Picked(self._found[row].line))

    def _arrange(self) -> None:
        rows = min(len(self._found), MOST_ROWS)
        if rows:
            self.styles.height = rows
            self.styles.offset = (0, -rows)
        self.display = rows > 0
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row: a command's name, what may follow it, and what it does; or a choice, and what it is."""
        width, place = self.size.width, self._top + y
        if place >= len(self._found):
            return Strip.blank(width, self.rich_style)
        row, chosen = self._found[place], place == self._chosen
        ground = self.get_component_rich_style("slash-menu--row") if chosen else self.rich_style
        names = 14 if width < 60 else 25
        # Names of files, themes and personas are anybody's.
        shown, hint = clean_line(row.shown, 200), "" if width < 60 else row.hint
        if self._choices.paths and not row.hint:
            shown = _end_of(shown, width - 4)
        elif not row.hint:
            shown = format.fit(shown, max(names, width // 2))
        rest = f" {hint}".ljust(names - cell_len(shown))
        about = format.fit(clean_line(row.about, 200), max(width - cell_len(shown) - len(rest) - 4, 0))
        pieces = [
            (" ❯ " if chosen else "   ", "slash-menu--chosen"),
            (shown, "slash-menu--chosen" if chosen else "slash-menu--command"),
            (rest, "slash-menu--argument"),
            (about, "slash-menu--help"),
        ]
        under = Style.from_color(None, ground.bgcolor)
        segments = [Segment(text, self.get_component_rich_style(role) + under) for text, role in pieces]
        return Strip(segments).crop(0, width).extend_cell_length(width, ground)


def _end_of(path: str, width: int) -> str:
    """A path without its first folders, where it is too long: what one looks for is at its end."""
    while cell_len(path) > width and "/" in path[2:-1]:
        path = "…/" + path[2:].partition("/")[2]
    return format.fit(path, width)
