"""Every key and every command, from the one table and the keys in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Input

from claude_tui.ui.keys.commands import COMMANDS, GROUPS, LIBRARY_KEYS, PROMPT_KEYS, READING_KEYS, Command
from claude_tui.ui.keys.in_force import in_force, keys_in_force
from claude_tui.ui.keys.names import label, split_keys
from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.screens.paged import PagedScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_input import LineInput
from claude_tui.ui.widgets.line_list import MARK, LineList, Piece


@dataclass(frozen=True, slots=True)
class Line:
    """One key, or one command, and what it does."""

    key: str
    name: str
    """The command, as it is typed or as the config calls it; empty for a key that is no command's."""
    what: str

    def holds(self, words: Sequence[str]) -> bool:
        """Whether all of these are in it."""
        text = f"{self.key} {self.name} {self.what}".casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs to one place, or to one kind of commands."""

    title: str
    lines: tuple[Line, ...]


def sections(overrides: Mapping[str, str], where: str = "prompt", here: Section | None = None) -> list[Section]:
    """The help, what is in force where one stands first: "prompt", "reading" or "library"; ``here`` is a dialog's."""
    keys = keys_in_force(overrides)
    places: dict[str, tuple[str, Sequence[tuple[str, str]]]] = {
        "prompt": ("While you write", PROMPT_KEYS),
        "reading": ("While you read (Tab leads there)", [(key.keys, key.help) for key in READING_KEYS]),
        "library": ("In the list of conversations", [(key.keys, key.help) for key in LIBRARY_KEYS]),
    }
    found = [
        Section(title, tuple(Line(_labels(split_keys(names)), "", what) for names, what in entries))
        for title, entries in (places[where], *(each for place, each in places.items() if place != where))
    ]
    groups = [
        Section(group, tuple(_line(command, keys[command.id]) for command in COMMANDS if command.group == group))
        for group in GROUPS
    ]
    if here is not None:
        return [here, *groups, *found]
    # In the prompt and in the transcript the commands' keys are in force, too; in the library they are not.
    return [found[0], *groups, *found[1:]] if where != "library" else [*found, *groups]


def changing(overrides: Mapping[str, str]) -> list[Section]:
    """What the config calls each command, and its keys."""
    force = in_force(overrides)
    told = Line(label(force.leader), "leader", "what chords begin with")
    named = [Line(_labels(force.keys[command.id]), command.id, command.title) for command in COMMANDS]
    return [Section('In config.toml, below [keys]: name = "key, key"', (told, *named))]


def asked_at(screen: Screen[Any], reading: bool | None, overrides: Mapping[str, str]) -> list[Section]:
    """The help for who stands on that screen; ``reading`` is whether in the transcript, None off the conversation."""
    from .library import LibraryScreen

    if reading is not None:
        return sections(overrides, "reading" if reading else "prompt")
    if isinstance(screen, LibraryScreen):
        return sections(overrides, "library")
    return sections(overrides, here=bound(screen))


def _line(command: Command, keys: Sequence[str]) -> Line:
    return Line(_labels(keys), f"{command.slash} {command.argument}".strip(), command.help)


def _labels(keys: Sequence[str]) -> str:
    return ", ".join(map(label, keys))


def bound(screen: Screen[Any]) -> Section:
    """The keys of a dialog, from what it has bound."""
    found: dict[str, list[str]] = {}
    for key, bindings in screen._bindings.key_to_bindings.items():  # pyright: ignore[reportPrivateUsage]
        for binding in bindings:
            found.setdefault(binding.description, []).append(key)
    found.pop("", None)
    return Section("Here", tuple(Line(_labels(keys), "", what) for what, keys in found.items()))


def help_rows(shown: Sequence[Section], width: int) -> list[list[Piece]]:
    """The lines in that many cells: in columns, or with the help under its key where there is no room."""
    rows: list[list[Piece]] = []
    for section in shown:
        if rows:
            rows.append([])
        rows.extend([(part, "strong")] for part in wrap(section.title, width))
        for line in section.lines:
            if width < 70:
                rows.append([("  ".join(filter(None, (line.key, line.name))), "plain")])
                for part in wrap(line.what, width - 2):
                    rows.append([(f"  {part}", "dim")])
                continue
            key, most = line.key, 13 if line.name else 33
            if cell_len(key) > most:  # a row of its own
                rows.append([(key, "plain")])
                key = ""
            names = f"{key:<14}{line.name:<20}" if line.name else f"{key:<34}"
            for place, part in enumerate(wrap(line.what, width - 35)):
                rows.append([(" " * 34 if place else names, "plain"), (f" {part}", "dim")])
    return rows


class HelpScreen(PagedScreen[None], inherit_bindings=False):
    """What can be done here, and by which key; what is typed filters it."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES]
    DEFAULT_CSS = """
    HelpScreen {
        & #head { margin: 1 1 0 1; }
        & #filter { margin: 0 1 1 1; padding: 0 3; }
        &.-low #filter { margin: 0 1; }
    }
    """

    def __init__(self, shown: Sequence[Section] | None = None, title: str = "Keys and commands") -> None:
        super().__init__()
        self._sections = sections({}) if shown is None else list(shown)
        self._title = title
        self._rows: list[list[Piece]] = []

    def compose(self) -> ComposeResult:
        """A title, a line to filter with, the lines, how to leave."""
        yield Said(self._title, id="head", markup=False)
        yield LineInput("type to filter", id="filter")
        yield LineList(self._paint, choosing=False)
        yield Said("↑ ↓ PgUp PgDn · Esc closes", id="foot", markup=False)

    def on_mount(self) -> None:
        for line in self.query(LineInput):  # there is none if it was closed as it opened
            line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what holds every word typed."""
        event.stop()
        self._show()

    def on_resize(self) -> None:
        """Other breaks for another width."""
        self._show()

    def _show(self) -> None:
        if not self.query(LineList):
            return
        words = self.query_one(LineInput).value.casefold().split()
        kept = [
            Section(section.title, tuple(line for line in section.lines if line.holds(words)))
            for section in self._sections
        ]
        self._rows = help_rows([section for section in kept if section.lines], max(self.size.width - 2 - MARK - 2, 20))
        self.query_one(LineList).show(len(self._rows) or 1)

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        return self._rows[index] if index < len(self._rows) else [("Nothing holds these words.", "dim")]
