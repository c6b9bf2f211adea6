"""The slash commands that fit what is being typed: a few lines above the prompt.

It never has the focus: the prompt tells it what was typed and moves its choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from claude_tui.ui import format
from claude_tui.ui.commands import Command
from claude_tui.ui.typed_commands import matching

MOST_ROWS = 8


class SlashMenu(Widget, can_focus=False):
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
        """A command was clicked; the prompt completes it."""

        command: Command

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found: list[Command] = []
        self._chosen = 0
        self._top = 0
        self._dismissed = False

    # What it is told

    def show(self, typed: str) -> None:
        """Show what fits the text so far; nothing fits an empty one."""
        if not typed:
            self._dismissed = False
        found = matching(typed) if typed and not self._dismissed else []
        if found == self._found:
            return
        self._found, self._chosen, self._top = found, 0, 0
        self._arrange()

    def move(self, by: int) -> None:
        """Another choice, round the end."""
        if self._found:
            self._chosen = (self._chosen + by) % len(self._found)
            self._top = min(max(self._top, self._chosen - MOST_ROWS + 1), self._chosen)
            self.refresh()

    def dismiss(self) -> None:
        """Close it until something else is typed that is no command."""
        self._dismissed = True
        self._found = []
        self._arrange()

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return bool(self._found)

    @property
    def chosen(self) -> Command | None:
        """The command that is highlighted."""
        return self._found[self._chosen] if self._found else None

    # What it does

    def on_click(self, event: events.Click) -> None:
        row = self._top + event.y
        if row < len(self._found):
            self.post_message(self.Picked(self._found[row]))

    def _arrange(self) -> None:
        rows = min(len(self._found), MOST_ROWS)
        if rows:
            self.styles.height = rows
            self.styles.offset = (0, -rows)
        self.display = rows > 0
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One command: its name, what may follow it, and what it does."""
        width, place = self.size.width, self._top + y
        if place >= len(self._found):
            return Strip.blank(width, self.rich_style)
        command, chosen = self._found[place], place == self._chosen
        ground = self.get_component_rich_style("slash-menu--row") if chosen else self.rich_style
        names = 14 if width < 60 else 25
        slash, argument = command.slash, "" if width < 60 else command.argument
        pieces = [
            (" ❯ " if chosen else "   ", "slash-menu--chosen"),
            (slash, "slash-menu--chosen" if chosen else "slash-menu--command"),
            (f" {argument}".ljust(names - len(slash)), "slash-menu--argument"),
            (format.fit(command.help, width - names - 4), "slash-menu--help"),
        ]
        under = Style.from_color(None, ground.bgcolor)
        segments = [Segment(text, self.get_component_rich_style(role) + under) for text, role in pieces]
        return Strip(segments).crop(0, width).extend_cell_length(width, ground)
