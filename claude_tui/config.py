"""What the user set, and what the app remembers.

``config.toml`` is the user's: the app reads it and never writes it. ``state.toml`` is the app's: what
was last chosen inside it. A mistake in either costs the one value it is in; it is a `Problem` to be
said once, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from claude_tui.errors import ConfigError
from claude_tui.files import Findings, Problem, TomlFile, cause, quoted, read_toml, suggest, write_private
from claude_tui.paths import make_private

Effort = Literal["low", "medium", "high", "xhigh", "max"]
Thinking = Literal["on", "off"]
Editing = Literal["plain", "vim"]

PERIODS = ("conversation", "day", "month")
"""What there are budgets for."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Config:
    """``config.toml``, with its defaults."""

    model: str | None = None
    """The model of a new conversation; None for the app's own choice."""

    max_tokens: int | None = None
    """The longest reply to ask for; None for what suits the model."""

    effort: Effort | None = None
    """How hard the model should try; None for the model's own default."""

    thinking: Thinking | None = None
    """Whether the model thinks before it answers; None for the model's own default."""

    system: str | None = None
    """The system prompt of a new conversation."""

    theme: str | None = None
    """The name of the theme; None, or "auto", for one of the next two, as the terminal is dark or light."""

    theme_dark: str | None = None
    """The theme on a dark terminal; None for the app's own choice."""

    theme_light: str | None = None
    """The theme on a light terminal; None for the app's own choice."""

    tools: tuple[str, ...] = ()
    """The tools that are switched on in a new conversation, by name."""

    auto_continue: int = 1
    """How often a reply that was cut off goes on by itself; 0 for never."""

    timestamps: bool = False
    """Whether messages show when they were sent."""

    count_tokens: bool = True
    """Whether the API may count what stands in the prompt before it is sent: it is told it for that, and charges
    nothing."""

    titles: bool = False
    """Whether a small model may think of titles, in the background: a fraction of a cent each."""

    reduced_motion: bool = False
    """Whether everything that moves for its own sake stands still."""

    editing: Editing = "plain"
    """The keys of the prompt: the shell's alone, or vi's too."""

    keys: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Other keys for commands: the command's id, and its key or keys, separated by commas."""

    http_hosts: tuple[str, ...] = ()
    """Hosts that may be spoken to without encryption; this machine itself always may."""

    models: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: _NOTHING)
    """New models, or other facts about known ones (prices, limits), by id."""

    api_key_command: tuple[str, ...] = ()
    """A program and its arguments; the last line it prints is the API key."""

    budget: Mapping[str, float | str] = field(default_factory=lambda: _NOTHING)
    """Dollars that may be spent in a "conversation", a "day" and a "month"; "none" for no bound."""


@dataclass(frozen=True, slots=True)
class State:
    """``state.toml``: what was chosen in the app and holds for the next start; None is never chosen."""

    theme: str | None = None
    """The theme last chosen; "auto" for what suits the terminal."""

    ground: Literal["dark", "light"] | None = None
    """What the terminal last said its ground is, so that the first frame is right."""

    model: str | None = None
    """The model last chosen."""

    effort: Effort | None = None
    """The effort last chosen."""

    thinking: Thinking | None = None
    """Whether thinking was last switched on or off."""

    tools: tuple[str, ...] | None = None
    """The tools last switched on; empty if all were switched off."""

    folds: Mapping[str, bool] = field(default_factory=lambda: _NOTHING)
    """What is folded when it appears, by kind: "thinking", "tool"."""

    unseen: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: _NOTHING)
    """Replies that ended while another conversation was open, by conversation: how, and up to where it was read."""

    budget: Mapping[str, float | str] = field(default_factory=lambda: _NOTHING)
    """Budgets set in the app, as in the config; they hold instead of those."""

    raised: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    """Budgets of one day, one month, one conversation that were raised to go on."""

    others: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    """What another version of the app remembers; carried along unread."""


def load_config(path: Path) -> tuple[Config, list[Problem]]:
    """The user's settings, and what in their file could not be used. No file is no problem."""
    file = read_toml(path)
    if file is None:
        return Config(), []
    if isinstance(file, Problem):
        return Config(), [file]
    reading = _Reading(file)
    for key in (key for key in file.values if key not in _CONFIG):
        reading.unknown(key, _CONFIG)
    values = {key: reading.value(read, key) for key, read in _CONFIG.items() if key in file.values}
    config = replace(Config(), **{key: value for key, value in values.items() if value is not None})
    return config, reading.findings.problems()


def read_persona(path: Path) -> tuple[dict[str, Any], list[Problem]] | None:
    """What the file of a persona says, and what in it could not be used; None if there is no such file."""
    file = read_toml(path)
    if file is None or isinstance(file, Problem):
        return None if file is None else ({}, [file])
    reading = _Reading(file)
    for key in (key for key in file.values if key not in _PERSONA):
        reading.unknown(key, _PERSONA)
    values = {key: reading.value(read, key) for key, read in _PERSONA.items() if key in file.values}
    return {key: value for key, value in values.items() if value is not None}, reading.findings.problems()


def load_state(path: Path) -> tuple[State, list[Problem]]:
    """What the app remembers. A file that cannot be read is set aside beside itself, never deleted."""
    file = read_toml(path)
    if file is None:
        return State(), []
    if isinstance(file, Problem):
        aside = path.with_name(path.name + ".damaged")
        with suppress(OSError):
            if path.is_file():
                path.replace(aside)
                file = replace(file, suggestion=f"it was set aside as {aside.name}")
        return State(), [file]
    reading = _Reading(file)
    values = {key: reading.value(read, key) for key, read in _STATE.items() if key in file.values}
    others = {key: value for key, value in file.values.items() if key not in _STATE}
    known = {key: value for key, value in values.items() if value is not None}
    return replace(State(), others=MappingProxyType(others), **known), reading.findings.problems()


def save_state(path: Path, state: State) -> Problem | None:
    """Remember ``state``; a problem if that cannot be done, which is no reason to stop."""
    # Only a choice needs it, and the start does not.
    import tomli_w

    values = dict(state.others)
    for each in fields(State):
        value: Any = getattr(state, each.name)
        if each.name != "others" and value is not None and value != {}:
            values[each.name] = _plain(value)
    try:
        text = tomli_w.dumps(values)
        make_private(path.parent)
        write_private(path, text.encode())
    except ConfigError as error:
        return Problem(path.name, f"your choices cannot be kept: {error}")
    except (OSError, ValueError, TypeError) as error:
        reason = cause(error) if isinstance(error, OSError) else quoted(error, 80)
        return Problem(path.name, f"your choices cannot be kept: {reason}")
    return None


def _plain(value: Any) -> object:
    if isinstance(value, tuple):
        return list(cast("tuple[object, ...]", value))
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in cast("Mapping[str, object]", value).items()}
    return value


class _Wrong(Exception):
    """A value that is not what its key asks for; says what is asked for, and how to write it."""

    def __init__(self, wanted: str, suggestion: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.suggestion = suggestion


class _Reading:
    """One pass over a file, gathering what is wrong in it."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.findings = Findings(file)

    def value(self, read: _Reader, *keys: str) -> Any:
        """The value at ``keys``, or None and a problem."""
        value: Any = self.file.values
        for key in keys:
            value = value[key]
        try:
            return read(value, self, keys)
        except _Wrong as wrong:
            self.wrong(keys, wrong)
            return None

    def wrong(self, keys: tuple[str, ...], wrong: _Wrong) -> None:
        self.findings.add(keys, f"{quoted('.'.join(keys), 80)} must be {wrong.wanted}", wrong.suggestion)

    def unknown(self, key: str, known: Mapping[str, _Reader]) -> None:
        self.findings.add((key,), f"{quoted(key)} is not a setting", lambda: suggest(key, known) or "it is left out")


_Reader = Callable[[object, _Reading, tuple[str, ...]], Any]


def _text(value: object, *_: object) -> str:
    if isinstance(value, str):
        return value
    raise _Wrong("text in quotation marks")


def _name(value: object, *_: object) -> str:
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()
    raise _Wrong("a name in quotation marks")


def _switch(value: object, *_: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Wrong("true or false")


def _whole(least: int, most: int) -> _Reader:
    def read(value: object, *_: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise _Wrong(f"a whole number from {least:,} to {most:,}")

    return read


def _effort(value: object, *_: object) -> str:
    efforts = get_args(Effort)
    if isinstance(value, str) and value.lower() in efforts:
        return value.lower()
    raise _Wrong("one of " + ", ".join(efforts), suggest(str(value), efforts))


def _editing(value: object, *_: object) -> str:
    kinds = get_args(Editing)
    if isinstance(value, str) and value.lower() in kinds:
        return value.lower()
    raise _Wrong('"plain" or "vim"', suggest(str(value), kinds))


def _on_or_off(value: object, *_: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) and value.lower() in get_args(Thinking):
        return value.lower()
    raise _Wrong('"on" or "off"')


def _ground(value: object, *_: object) -> str:
    if value in ("dark", "light"):
        return str(value)
    raise _Wrong('"dark" or "light"')


def _names(value: object, reading: _Reading, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Each entry for itself: a bad one costs no other."""
    if not isinstance(value, list):
        raise _Wrong("a list", f"write [{quoted(value)}]" if isinstance(value, str) else "")
    names: list[str] = []
    for entry in cast("list[object]", value):
        try:
            names.append(_name(entry))
        except _Wrong:
            reading.wrong(keys, _Wrong("a list of names in quotation marks", f"{quoted(entry)} is left out"))
    return tuple(dict.fromkeys(names))


def _command(value: object, *_: object) -> tuple[str, ...]:
    """All or nothing: half a command is another command."""
    wrong = _Wrong("a list of the program and its arguments", 'write ["program", "argument"]')
    if not isinstance(value, list):
        raise wrong
    words: list[str] = []
    for word in cast("list[object]", value):
        if not isinstance(word, str) or "\0" in word:
            raise wrong
        words.append(word)
    if not words or not words[0].strip():
        raise wrong
    return tuple(words)


def _table(read: _Reader, what: str) -> _Reader:
    """A table of which each entry is read for itself."""

    def read_all(value: object, reading: _Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise _Wrong(what, f"write it below a line [{keys[-1]}]")
        entries = {key: reading.value(read, *keys, key) for key in cast("dict[str, object]", value)}
        return MappingProxyType({key: entry for key, entry in entries.items() if entry is not None})

    return read_all


def _facts(value: object, *_: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return MappingProxyType(cast("dict[str, object]", value))
    raise _Wrong("a table of facts", 'write them below a line like [models."id"]')


def _model(value: object, reading: _Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
    """Facts about a model; a price that is none costs the prices, not the other facts."""
    facts = dict(_facts(value))
    if "prices" in facts:
        from claude_tui.core.prices import own_prices

        try:
            own_prices(facts["prices"])
        except ValueError as error:
            reading.wrong((*keys, "prices"), _Wrong("one price or several, in dollars a million tokens", str(error)))
            del facts["prices"]
    return MappingProxyType(facts)


def _dollars(value: object, *_: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    raise _Wrong("a number of dollars")


def _budget(value: object, *_: object) -> float | str:
    return "none" if value == "none" else _dollars(value)


def _budgets(value: object, reading: _Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
    found = _table(_budget, "a table of dollars for a conversation, a day, a month")(value, reading, keys)
    for name in (name for name in found if name not in PERIODS):
        reading.wrong((*keys, name), _Wrong("one of " + ", ".join(PERIODS), suggest(name, PERIODS)))
    return MappingProxyType({name: each for name, each in found.items() if name in PERIODS})


_CONFIG: Mapping[str, _Reader] = {
    "model": _name,
    "max_tokens": _whole(1, 10_000_000),
    "effort": _effort,
    "thinking": _on_or_off,
    "system": _text,
    "theme": _name,
    "theme_dark": _name,
    "theme_light": _name,
    "tools": _names,
    "auto_continue": _whole(0, 100),
    "timestamps": _switch,
    "count_tokens": _switch,
    "titles": _switch,
    "reduced_motion": _switch,
    "editing": _editing,
    "keys": _table(_name, "a table of commands and their keys"),
    "http_hosts": _names,
    "models": _table(_model, "a table of models"),
    "api_key_command": _command,
    "budget": _budgets,
}

_PERSONA: Mapping[str, _Reader] = {
    "about": _text,
    **{key: _CONFIG[key] for key in ("model", "system", "effort", "thinking", "max_tokens", "tools")},
}

_STATE: Mapping[str, _Reader] = {
    "theme": _name,
    "ground": _ground,
    "model": _name,
    "effort": _effort,
    "thinking": _on_or_off,
    "tools": _names,
    "folds": _table(_switch, "a table of kinds"),
    "unseen": _table(_facts, "a table of conversations"),
    "budget": _budgets,
    "raised": _table(_dollars, "a table of dollars"),
}
