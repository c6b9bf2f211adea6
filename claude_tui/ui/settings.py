"""What people change, as one table: what a setting is called, what it may be, and where its value is from.

What is chosen in the app is kept in its state file and holds instead of what the user's ``config.toml`` says, which
is never written; which of the two holds is always said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..config import PERIODS, Config
from ..core.text import clean_line
from ..session import Session

ON_OFF = ((True, "on"), (False, "off"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One row."""

    name: str
    """What the config calls it."""
    title: str
    help: str
    """A sentence without its full stop."""
    values: tuple[tuple[Any, str], ...] = ()
    """What it may be, and how that is shown; empty where a command has its own list."""
    command: str = ""
    """The command that chooses it."""


def _each(*values: object) -> tuple[tuple[object, str], ...]:
    return tuple((value, str(value)) for value in values)


SETTINGS: tuple[Setting, ...] = (
    Setting("theme", "Theme", "The colours", command="theme"),
    Setting("editing", "Keys of the prompt", "As in the shell, or vi's too", _each("plain", "vim")),
    Setting("keys", "Keys of commands", "Which key does what; they are changed in config.toml", command="keys"),
    Setting("model", "Model", "Of this conversation and of new ones", command="model"),
    Setting("effort", "Effort", "How hard the model tries", command="effort"),
    Setting("thinking", "Thinking", "Whether it thinks before it answers", command="thinking"),
    Setting("tools", "Tools", "What it may use", command="tools"),
    Setting("budget", "Budgets", "Dollars for a conversation, a day, a month", command="budget"),
    Setting("auto_continue", "Goes on by itself", "How often a reply that was cut does", _each(0, 1, 2, 3, 5)),
    Setting("titles", "Better titles", "A small model thinks of them, for a fraction of a cent each", ON_OFF),
    Setting("count_tokens", "Counts what is typed", "The API counts it before it is sent; it charges nothing", ON_OFF),
    Setting("notify", "Notices", "How one is told of a reply's end when one looks elsewhere",
            _each("auto", "osc9", "osc777", "osc99", "bell", "off")),
    Setting("notify_after", "Notices after", "Seconds that a reply must have taken for one", _each(0, 5, 10, 30, 60)),
    Setting("progress", "Progress", "The mark of the window or tab shows that a reply is being written", ON_OFF),
    Setting("window_title", "Window title", "The terminal's title is the conversation's", ON_OFF),
    Setting("reduced_motion", "Reduced motion", "Nothing moves or blinks for its own sake", ON_OFF),
    Setting("screen_reader", "Screen reader", "Plain lines, from now on and at later starts", command="screen-reader"),
    Setting("timestamps", "Timestamps", "When each message was sent", ON_OFF),
)  # fmt: skip

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Row:
    """A setting as it stands."""

    setting: Setting
    value: str
    source: str
    """Where the value is from: "here", "config.toml", or empty for the app's own."""
    why: str
    """Which of the two says what, and which holds, in a sentence."""


def rows(session: Session) -> list[Row]:
    """All of them, as they stand."""
    return [_row(setting, session) for setting in SETTINGS]


def _row(setting: Setting, session: Session) -> Row:
    wrote = getattr(session.written, setting.name)
    written = wrote != getattr(Config(), setting.name)
    said = _shown(setting, wrote)
    chosen = session.chosen(setting.name)
    source = "here" if chosen else "config.toml" if written else ""
    why = {
        "here": "Chosen here; Del goes back.",
        "config.toml": f"config.toml says {said}; another choice here would hold instead.",
        "": "As it comes.",
    }[source]
    if chosen and written:
        why = f"config.toml says {said}; what is chosen here holds. Del goes back."
    if setting.name == "budget":
        why = f"config.toml says {said}. Each that is set here holds instead." if written else ""
    return Row(setting, _now(setting, session), source, why)


def _now(setting: Setting, session: Session) -> str:
    config, state = session.config, session.state
    match setting.name:
        case "theme":
            return clean_line(state.theme or config.theme or "auto", 30)
        case "model":
            return session.settings().model.called
        case "effort" | "thinking":
            return getattr(state, setting.name) or getattr(config, setting.name) or "auto"
        case "tools":
            return ", ".join(session.remembered().tools or ()) or "none"
        case "budget":
            bases = {period: session.budgets.base(period) for period in PERIODS}
            set_for = [f"{period} {base.normalize():f}" for period, base in bases.items() if base is not None]
            set_for += [f"{period} cannot be read" for period in PERIODS if session.budgets.unsure(period)]
            return " · ".join(set_for) or "none"
        case "screen_reader":
            return "on" if (config.screen_reader if state.screen_reader is None else state.screen_reader) else "off"
        case "keys":
            return f"{len(config.keys)} changed" if config.keys else "the app's"
        case _:
            return _shown(setting, getattr(config, setting.name))


def _shown(setting: Setting, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"  # pyright: ignore[reportUnknownArgumentType]
    return clean_line(next((shown for each, shown in setting.values if each == value), str(value)), 40)


def next_value(setting: Setting, session: Session, by: int) -> Any:
    """The value so many further, round the end; the first for a value that is not in the list."""
    values = [value for value, _ in setting.values]
    now = getattr(session.config, setting.name)
    return values[(values.index(now) + by) % len(values)] if now in values else values[0]
