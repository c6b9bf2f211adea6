"""What the user set, and what the app remembers.

``config.toml`` is the user's: the app reads it and never writes it. ``state.toml`` is the app's: what
was last chosen inside it. A mistake in either costs the one value it is in; it is a `Problem` to be
said once, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from claude_tui import config_values as reads
from claude_tui.config_values import PERIODS as PERIODS
from claude_tui.config_values import Reader, Reading
from claude_tui.errors import ConfigError
from claude_tui.files import (
    TOML_LIMIT,
    Problem,
    TomlFile,
    cause,
    quoted,
    read_limited,
    read_toml,
    suggest,
    write_private,
)
from claude_tui.paths import make_private

Effort = Literal["low", "medium", "high", "xhigh", "max"]
Thinking = Literal["on", "off"]
Editing = Literal["plain", "vim"]
Notify = Literal["auto", "osc9", "osc777", "osc99", "bell", "off"]

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

    cache: Literal["5m", "1h"] = "5m"
    """How long the API is to keep what it read: an hour costs more to write, and as little to read."""

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
    """Whether everything that moves for its own sake stands still: cursors, and the progress mark of the terminal."""

    screen_reader: bool = False
    """Whether it runs in plain lines, for screen readers."""

    notify: Notify = "auto"
    """How one is told of a reply that ended while one looked elsewhere; "auto" for what the terminal understands."""

    notify_after: int = 10
    """Seconds that a reply must have taken for that."""

    progress: bool = True
    """Whether the window's or the tab's mark shows that a reply is being written, where a terminal is known to."""

    window_title: bool = True
    """Whether the terminal's title is the conversation's."""

    editing: Editing = "plain"
    """The keys of the prompt: the shell's alone, or vi's too."""

    keys: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Other keys for commands: the command's id, and its key or keys, separated by commas."""

    keys_at: Mapping[str, int] = field(default_factory=lambda: _NOTHING, compare=False)
    """The lines of the file on which they stand, from 1, where that is easily seen."""

    http_hosts: tuple[str, ...] = ()
    """Hosts that may be spoken to without encryption; this machine itself always may."""

    models: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: _NOTHING)
    """New models, or other facts about known ones (prices, limits), by id."""

    api_key_command: tuple[str, ...] = ()
    """A program and its arguments; the last line it prints is the API key."""

    budget: Mapping[str, float | str] = field(default_factory=lambda: _NOTHING)
    """Dollars that may be spent in a "conversation", a "day" and a "month"; "none" for no bound."""

    unsure: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Why nobody can tell what the budget of a period is to be: what was written for it cannot be read."""


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

    screen_reader: bool | None = None
    """Whether it last ran in plain lines, once that was chosen in the app."""

    folds: Mapping[str, bool] = field(default_factory=lambda: _NOTHING)
    """What is folded when it appears, by kind: "thinking", "tool"."""

    unseen: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: _NOTHING)
    """Replies that ended while another conversation was open, by conversation: how, and up to where it was read."""

    budget: Mapping[str, float | str] = field(default_factory=lambda: _NOTHING)
    """Budgets set in the app, as in the config; they hold instead of those."""

    raised: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    """Budgets of one day, one month, one conversation that were raised to go on."""

    lost: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Why nobody can tell what was set in the app for a period: what was kept of it could not be read."""

    settings: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    """Settings chosen in the app, by their names in the config: those of `CHOSEN`, which hold instead of its own."""

    factors: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    """What counts taught of each model: its tokens to one that ``core/estimate.py`` measures."""

    others: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    """What another version of the app remembers; carried along unread."""


CHOSEN = (
    "editing", "auto_continue", "titles", "count_tokens", "notify", "notify_after", "progress", "window_title",
    "reduced_motion", "timestamps",
)  # fmt: skip
"""Settings of the config that the app keeps among its ``settings`` when they are chosen there."""


def with_choices(config: Config, state: State) -> Config:
    """What the user wrote, with what was chosen in the app instead."""
    return replace(config, **{name: state.settings[name] for name in CHOSEN if name in state.settings})  # type: ignore[arg-type]


def load_config(path: Path) -> tuple[Config, list[Problem]]:
    """The user's settings, and what in their file could not be used. No file is no problem."""
    file = read_toml(path)
    if file is None:
        return Config(), []
    if isinstance(file, Problem):
        return Config(unsure=_unsure_of_all(path, file)), [file]
    reading = Reading(file)
    values = {key: reading.value(read, key) for key, read in _CONFIG.items() if key in file.values}
    for key in sorted((key for key in file.values if key not in _CONFIG), key=lambda key: not _means_budget(key)):
        reading.unknown(key, _CONFIG)
    known = {key: value for key, value in values.items() if value is not None}
    unsure = _unsure(reading, known.get("budget", _NOTHING))
    return replace(Config(), **known, keys_at=_lines_of_keys(file), unsure=unsure), reading.findings.problems()


def _lines_of_keys(file: TomlFile) -> Mapping[str, int]:
    found = file.values.get("keys")
    if not isinstance(found, Mapping):
        return _NOTHING
    lines = file.lines
    whole = lines.get(("keys",), 0)
    return MappingProxyType(
        {str(id): lines.get(("keys", str(id)), whole) for id in cast("Mapping[str, object]", found)}
    )


def _means_budget(key: str) -> bool:
    """Whether an unknown setting is most likely a budget: misspelt, or without the line that makes it one."""
    near = len({*key.lower()} & {*"budget"}) >= 4  # a search for each of thousands would take its time
    return key in PERIODS or (near and bool(suggest(key, ("budget",))))


def _unsure(reading: Reading, read: Mapping[str, object]) -> Mapping[str, str]:
    """The periods whose budgets are not what was written, and why; ``read`` are those that are."""
    found: dict[str, str] = {}
    for keys, problem in reading.findings.at.items():
        if keys[-1] in PERIODS and (len(keys) == 1 or keys[0] == "budget"):
            found.setdefault(keys[-1], str(problem))
        elif keys[0] == "budget" or (keys[0] not in _CONFIG and keys[0] not in _STATE and _means_budget(keys[0])):
            found.update({period: str(problem) for period in PERIODS if period not in found})
    return MappingProxyType({period: why for period, why in found.items() if period not in read})


def _unsure_of_all(path: Path, problem: Problem) -> Mapping[str, str]:
    """The same of a file that cannot be read at all: none where it can be seen to say nothing of budgets."""
    try:
        raw = read_limited(path, TOML_LIMIT).replace(b"\0", b"")
        says = _SPEAKS_OF_BUDGETS.search(raw) is not None
    except (OSError, ValueError):
        try:
            says = path.is_file()  # else it is none that somebody wrote
        except OSError:
            says = True
    return dict.fromkeys(PERIODS, str(problem)) if says else _NOTHING


_SPEAKS_OF_BUDGETS = re.compile(rb"^[^#\r\n]*budget", re.IGNORECASE | re.MULTILINE)


def read_persona(path: Path) -> tuple[dict[str, Any], list[Problem]] | None:
    """What the file of a persona says, and what in it could not be used; None if there is no such file."""
    file = read_toml(path)
    if file is None or isinstance(file, Problem):
        return None if file is None else ({}, [file])
    reading = Reading(file)
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
        aside, lost = path.with_name(path.name + ".damaged"), _unsure_of_all(path, file)
        with suppress(OSError):
            if path.is_file():
                path.replace(aside)
                file = replace(file, suggestion=f"it was set aside as {aside.name}")
        state = State(lost={period: str(file) for period in lost})
        if lost:  # the next start is to know it too
            save_state(path, state)
        return state, [file]
    reading = Reading(file)
    values = {key: reading.value(read, key) for key, read in _STATE.items() if key in file.values}
    others = {key: value for key, value in file.values.items() if key not in _STATE}
    known = {key: value for key, value in values.items() if value is not None}
    lost = {**known.pop("lost", _NOTHING), **_unsure(reading, known.get("budget", _NOTHING))}
    return replace(State(), others=MappingProxyType(others), lost=lost, **known), reading.findings.problems()


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


_CONFIG: Mapping[str, Reader] = {
    "budget": reads.budgets,  # first: however many mistakes there are, one in it is told
    "model": reads.name,
    "max_tokens": reads.whole(1, 10_000_000),
    "effort": reads.one_of(*get_args(Effort)),
    "thinking": reads.on_or_off,
    "system": reads.text,
    "cache": reads.cache,
    "theme": reads.name,
    "theme_dark": reads.name,
    "theme_light": reads.name,
    "tools": reads.names,
    "auto_continue": reads.whole(0, 100),
    "timestamps": reads.switch,
    "count_tokens": reads.switch,
    "titles": reads.switch,
    "reduced_motion": reads.switch,
    "screen_reader": reads.switch,
    "notify": reads.one_of(*get_args(Notify)),
    "notify_after": reads.whole(0, 86_400),
    "progress": reads.switch,
    "window_title": reads.switch,
    "editing": reads.one_of(*get_args(Editing)),
    "keys": reads.table(reads.name, "a table of commands and their keys"),
    "http_hosts": reads.names,
    "models": reads.table(reads.model, "a table of models"),
    "api_key_command": reads.command,
}

_PERSONA: Mapping[str, Reader] = {
    "about": reads.text,
    **{key: _CONFIG[key] for key in ("model", "system", "effort", "thinking", "max_tokens", "tools", "cache")},
}


def _settings(value: object, reading: Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
    """Settings that were chosen; one that another version of the app knows is carried along."""
    found = reads.facts(value)
    known = {name: reading.value(_CONFIG[name], *keys, name) for name in CHOSEN if name in found}
    others = {name: each for name, each in found.items() if name not in CHOSEN}
    return MappingProxyType({**others, **{name: each for name, each in known.items() if each is not None}})


_STATE: Mapping[str, Reader] = {
    "budget": reads.budgets,
    "settings": _settings,
    "theme": reads.name,
    "ground": reads.one_of("dark", "light"),
    "model": reads.name,
    "effort": reads.one_of(*get_args(Effort)),
    "thinking": reads.on_or_off,
    "tools": reads.names,
    "screen_reader": reads.switch,
    "folds": reads.table(reads.switch, "a table of kinds"),
    "unseen": reads.table(reads.facts, "a table of conversations"),
    "raised": reads.table(reads.dollars, "a table of dollars"),
    "lost": reads.table(reads.text, "a table of sentences"),
    "factors": reads.table(reads.factor, "a table of models"),
}
