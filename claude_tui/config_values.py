"""What a value in a file of settings may be: a reader for each kind, which takes it or says what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast

from claude_tui.files import Findings, TomlFile, quoted, suggest

PERIODS = ("conversation", "day", "month")
"""What there are budgets for."""


class Wrong(Exception):
    """A value that is not what its key asks for; says what is asked for, and how to write it."""

    def __init__(self, wanted: str, suggestion: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.suggestion = suggestion


class Reading:
    """One pass over a file, gathering what is wrong in it."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.findings = Findings(file)

    def value(self, read: Reader, *keys: str) -> Any:
        """The value at ``keys``, or None and a problem."""
        value: Any = self.file.values
        for key in keys:
            value = value[key]
        try:
            return read(value, self, keys)
        except Wrong as wrong:
            self.wrong(keys, wrong)
            return None

    def wrong(self, keys: tuple[str, ...], wrong: Wrong) -> None:
        """What stands at ``keys`` is not what is wanted there."""
        self.findings.add(keys, f"{quoted('.'.join(keys), 80)} must be {wrong.wanted}", wrong.suggestion)

    def unknown(self, key: str, known: Mapping[str, Any], within: tuple[str, ...] = ()) -> None:
        """A key that none of ``known`` is: the nearest of them is told."""
        what = quoted(".".join((*within, key)), 80)
        self.findings.add((*within, key), f"{what} is not a setting", lambda: suggest(key, known) or "it is left out")


Reader = Callable[[object, Reading, tuple[str, ...]], Any]


def text(value: object, *_: object) -> str:
    """Text, of several lines too."""
    if isinstance(value, str):
        return value
    raise Wrong("text in quotation marks")


def name(value: object, *_: object) -> str:
    """A name, which is never empty and has no control characters."""
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()
    raise Wrong("a name in quotation marks")


def switch(value: object, *_: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise Wrong("true or false")


def whole(least: int, most: int) -> Reader:
    """A whole number in these bounds."""

    def read(value: object, *_: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise Wrong(f"a whole number from {least:,} to {most:,}")

    return read


def one_of(*words: str) -> Reader:
    """One of a few words."""
    wanted = " or ".join(map(quoted, words)) if len(words) == 2 else "one of " + ", ".join(words)

    def read(value: object, *_: object) -> str:
        if isinstance(value, str) and value.lower() in words:
            return value.lower()
        raise Wrong(wanted, suggest(str(value), words))

    return read


def on_or_off(value: object, *_: object) -> str:
    """On or off, as a word or as true and false."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) and value.lower() in ("on", "off"):
        return value.lower()
    raise Wrong('"on" or "off"')


def cache(value: object, *_: object) -> str:
    """How long the API keeps what it read."""
    if value in ("5m", "1h"):
        return str(value)
    raise Wrong('"5m" or "1h"')


def names(value: object, reading: Reading, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Each entry for itself: a bad one costs no other."""
    if not isinstance(value, list):
        raise Wrong("a list", f"write [{quoted(value)}]" if isinstance(value, str) else "")
    found: list[str] = []
    for entry in cast("list[object]", value):
        try:
            found.append(name(entry))
        except Wrong:
            reading.wrong(keys, Wrong("a list of names in quotation marks", f"{quoted(entry)} is left out"))
    return tuple(dict.fromkeys(found))


def command(value: object, *_: object) -> tuple[str, ...]:
    """All or nothing: half a command is another command."""
    wrong = Wrong("a list of the program and its arguments", 'write ["program", "argument"]')
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


def table(read: Reader, what: str) -> Reader:
    """A table of which each entry is read for itself."""

    def read_all(value: object, reading: Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise Wrong(what, f"write it below a line [{keys[-1]}]")
        entries = {key: reading.value(read, *keys, key) for key in cast("dict[str, object]", value)}
        return MappingProxyType({key: entry for key, entry in entries.items() if entry is not None})

    return read_all


def facts(value: object, *_: object) -> Mapping[str, object]:
    """A table whose entries are somebody else's to judge."""
    if isinstance(value, dict):
        return MappingProxyType(cast("dict[str, object]", value))
    raise Wrong("a table of facts", 'write them below a line like [models."id"]')


def model(value: object, reading: Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
    """Facts about a model; one that is none costs no other."""
    from claude_tui.core.models import FACTS  # few have such a table, and the start does not wait for it

    told = dict(facts(value))
    for key in list(told):
        try:
            if key not in FACTS:
                reading.unknown(key, FACTS, keys)
            else:
                FACTS[key][1](told[key])
                continue
        except ValueError as error:
            reading.wrong((*keys, key), Wrong(FACTS[key][0], str(error)))
        del told[key]
    return MappingProxyType(told)


def dollars(value: object, *_: object) -> float:
    """An amount up to a million dollars."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    raise Wrong("a number of dollars")


def factor(value: object, *_: object) -> float:
    """Tokens to a measured one."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.3 <= value <= 4.0:
        return value
    raise Wrong("a number from 0.3 to 4.0")


def _budget(value: object, *_: object) -> float | str:
    return "none" if value == "none" else dollars(value)


def budgets(value: object, reading: Reading, keys: tuple[str, ...]) -> Mapping[str, object]:
    """Dollars for each of `PERIODS`, or none."""
    found = table(_budget, "a table of dollars for a conversation, a day, a month")(value, reading, keys)
    for period in (period for period in found if period not in PERIODS):
        reading.wrong((*keys, period), Wrong("one of " + ", ".join(PERIODS), suggest(period, PERIODS)))
    return MappingProxyType({period: each for period, each in found.items() if period in PERIODS})
