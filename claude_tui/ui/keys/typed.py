"""From what is typed behind a slash to the command that is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from claude_tui.ui.keys.commands import COMMANDS, Command


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A slash command nobody knows, and the nearest that there is."""

    typed: str
    nearest: Command | None

    def __str__(self) -> str:
        hint = f"; did you mean {self.nearest.slash}?" if self.nearest else "; / lists the commands"
        return f"There is no command {self.typed}{hint}"


def find(line: str) -> tuple[Command, str] | Suggestion | None:
    """The command a typed line means and its argument; a suggestion for a slip; None for what is no command.

    A path (``/etc/hosts``) or a lone slash is text to send, and so is ``//`` and what follows.
    """
    word, _, argument = line.partition("\n") if "\n" in line.split(" ", 1)[0] else line.partition(" ")
    if len(word) < 2 or not word.startswith("/") or not word[1].isalpha() or "/" in word[1:]:
        return None
    word = word.lower()
    for command in COMMANDS:
        if command.slash == word:
            return command, argument.strip()
    import difflib  # 5 ms, which only a slip need pay

    best = difflib.get_close_matches(word, [command.slash for command in COMMANDS], 1, 0.5)
    nearest = next((command for command in COMMANDS if best and command.slash == best[0]), None)
    return Suggestion(word[:40], nearest or next(iter(matching(word)), None))


def as_typed(text: str) -> str:
    """A text as it must be typed to be sent: what reads like a command has a second slash."""
    return text if find(text) is None else f"/{text}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of what may follow a command."""

    value: str
    """What is typed for it."""
    about: str = ""
    also: tuple[str, ...] = ()
    """Other names by which it is found."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What may follow a command, as far as it can be listed."""

    offered: tuple[Choice, ...] = ()
    only: bool = False
    """Nothing else is taken: Enter on the beginning of one means it."""
    several: bool = False
    """Each word is one."""
    more: bool = False
    """Something follows it."""
    paths: bool = False
    """They are paths, which fit ``asked``; those of folders end with a slash."""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the menu."""

    shown: str
    hint: str
    """A placeholder for what may follow."""
    about: str
    line: str
    """What Tab puts into the prompt."""
    meant: bool
    """Enter runs the line though no arrow key chose it."""
    command: Command
    goes_on: bool = False
    """Something must follow: Enter completes it where an arrow key chose it."""


def found(typed: str, choices: Choices) -> list[Found]:
    """The rows for what is typed: commands, or what may follow the one that is, the likeliest first."""
    commands = matching(typed)
    _, space, argument = typed.partition(" ")
    if not space or not commands:
        return [
            Found(
                each.slash,
                each.argument,
                each.help,
                each.slash + (" " if each.argument else ""),
                True,
                each,
                bool(each.argument),
            )
            for each in commands
        ]
    command = commands[0]
    if choices.paths:
        return _paths(typed, command, choices)
    before, blank, last = argument.rpartition(" ") if choices.several else ("", "", argument.lstrip())
    fitting = fits(last, choices.offered)
    if not fitting:
        return [Found(command.slash, command.argument, command.help, typed, False, command)]
    start = f"{command.slash} {before}{blank}"
    return [
        Found(
            each.value,
            "",
            each.about,
            f"{start}{each.value}{' ' if choices.more else ''}",
            choices.only and bool(last) and each.value.lower().startswith(last.lower()),
            command,
            choices.more,
        )
        for each in fitting
    ]


def path_in(typed: str, several: bool) -> tuple[str, str]:
    """Of a command with a path that is being typed: what stands before that, and the path without its quotes."""
    from claude_tui.attachments.naming import last_path, one_path  # not for the first frame

    slash, _, argument = typed.partition(" ")
    if several:
        before, path = last_path(argument)
        return f"{slash} {before}", path
    return f"{slash} ", one_path(argument.lstrip())


def _paths(typed: str, command: Command, choices: Choices) -> list[Found]:
    """What was found for less than is typed counts as far as it begins as that."""
    from claude_tui.attachments.naming import quoted

    start, path = path_in(typed, choices.several)
    return [
        Found(each.value, "", each.about, start + quoted(each.value), False, command, each.value.endswith("/"))
        for each in choices.offered
        if path == choices.asked or each.value.lower().startswith(path.lower())
    ] or [Found(command.slash, command.argument, command.help, typed, False, command)]


def fits(typed: str, offered: Sequence[Choice]) -> list[Choice]:
    """Those that a few typed letters may mean, the likeliest first; all of them, as they are, for none. Letters that
    are only somewhere in a name count where nothing fits better."""
    letters = _plain(typed)
    ranked = [
        (min(_closeness(letters, _plain(name)) for name in (each.value, *each.also)), place, each)
        for place, each in enumerate(offered)
    ]
    most = 4 if min((rank for rank, _, _ in ranked), default=9) < 4 else 9
    return [each for rank, _, each in sorted(ranked, key=lambda entry: entry[:2]) if rank < most]


def _plain(name: str) -> str:
    """``Opus 5.5`` as ``opus-5-5``."""
    return re.sub(r"[\s._/-]+", "-", name.strip().lower())


def matching(prefix: str) -> list[Command]:
    """The slash commands a few typed letters may mean, the likeliest first; all of them for ``/``.

    A command that takes no argument is no match for a line that has one.
    """
    word, space, _ = prefix.removeprefix("/").lower().partition(" ")
    if space:
        return [command for command in COMMANDS if command.slash == f"/{word}" and command.argument]
    ranked = [(rank, place, command) for place, command in enumerate(COMMANDS) if (rank := _rank(word, command)) < 9]
    return [command for _, _, command in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(word: str, command: Command) -> int:
    """How well the letters fit: 0 the name, 1 its beginning, then less; 9 not at all."""
    return _closeness(word, command.slash[1:], tuple(filter(_tells, command.title.lower().split())))


def _closeness(word: str, name: str, others: Sequence[str] = ()) -> int:
    if name == word:
        return 0
    if name.startswith(word):
        return 1
    if any(part.startswith(word) for part in (*name.split("-"), *others)):
        return 2
    if word in name:
        return 3
    return 4 if _in_order(word, name) else 9


def _tells(word: str) -> bool:
    return len(word) > 3


def _in_order(letters: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)
