"""Which keys do what: the table's, with what the config's ``[keys]`` says instead, and what is wrong in that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.binding import Binding

from claude_tui.ui.keys.commands import BY_ID, COMMANDS, Command
from claude_tui.ui.keys.names import LEADER, fault, is_key, label, nearest_name, split_keys

_SPARE = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class InForce:
    """The keys of every command."""

    leader: str
    """The key with which the chords of the table begin."""
    keys: Mapping[str, tuple[str, ...]]
    """By command: single keys, and chords as two keys with a blank between them."""
    problems: tuple[str, ...]
    """What is wrong in ``[keys]``, a sentence each; the rest of it holds."""

    @property
    def chords(self) -> Mapping[str, Mapping[str, str]]:
        """By first key and second key: the command."""
        found: dict[str, dict[str, str]] = {}
        for id, keys in self.keys.items():
            for first, *others in map(str.split, keys):
                if others:
                    found.setdefault(first, {})[others[0]] = id
        return found

    @property
    def shown(self) -> Mapping[str, str]:
        """The single keys of those commands that have such, as they are shown in a sentence."""
        single = {id: [key for key in keys if " " not in key] for id, keys in self.keys.items()}
        return {id: "/".join(map(label, keys)) for id, keys in single.items() if keys}


def in_force(overrides: Mapping[str, str], lines: Mapping[str, int] | None = None) -> InForce:
    """The keys with what the config's ``[keys]`` says. A key the user gave away is gone from the command that had it.

    A command none of whose own keys can be has those of the table; one that is given none, "", has none.
    Between two commands that want the same key the one that stands first in the table has it, the user's own
    before any other; and a key that begins a chord does nothing by itself. ``lines`` are those of the config on which
    each of them is written.
    """
    return _Giving(overrides, lines or {}).give()


class _Giving:
    """Who gets which key."""

    def __init__(self, overrides: Mapping[str, str], lines: Mapping[str, int]) -> None:
        self.overrides = overrides
        self.lines = lines
        self.said: list[tuple[int, str]] = []
        """The line of the config, 0 for none, and what is wrong there."""
        self.owner: dict[str, str] = {}
        self.begins: dict[str, str] = {}
        """The first keys of chords, and one that begins so."""
        self.leader = self._leader()

    def give(self) -> InForce:
        """Everybody's keys."""
        given: dict[str, tuple[str, ...]] = {}
        for id in self.overrides:
            if id not in BY_ID and id != "leader":
                self._unknown(id)
        for command in COMMANDS:
            if command.id in self.overrides:
                wanted = split_keys(self.overrides[command.id], self.leader)
                given[command.id] = tuple(key for key in wanted if self._gets_its_own(key, command))
        theirs = dict(self.owner)
        for command in COMMANDS:
            mistaken = not given.get(command.id) and bool(self.overrides.get(command.id, "").strip())
            if command.id not in self.overrides or mistaken:  # a mistake costs the value it is in
                wanted = (_led(key, self.leader) for key in command.keys)
                given[command.id] = tuple(key for key in wanted if self._keeps(key, command, theirs))
        said = tuple(_sentence(*each) for each in sorted(self.said, key=lambda each: each[0]))
        return InForce(self.leader, {command.id: given[command.id] for command in COMMANDS}, said)

    def _say(self, id: str, sentence: str) -> None:
        """Something is wrong with what was written for a command, or the leader."""
        self.said.append((self.lines.get(id, 0), sentence))

    def _leader(self) -> str:
        wanted = split_keys(self.overrides.get("leader", LEADER))
        if wanted == (LEADER,):
            return LEADER
        key = wanted[0] if len(wanted) == 1 else ""
        why = "it is one key" if not key or " " in key else fault(key, "")
        if key == "escape":
            why = "it stops and closes"
        if why is None:
            return key
        near = nearest_name(key) if key and not is_key(key) else ""
        near = near if near and fault(near, "") is None else LEADER
        self._say(
            "leader", f'"{self.overrides["leader"]}" cannot be the leader: {why}; "{near}" could, it is "{LEADER}"'
        )
        return LEADER

    def _unknown(self, id: str) -> None:
        import difflib  # only a mistake need pay for it

        near = difflib.get_close_matches(id.lower().replace("_", "-"), [*BY_ID, "leader"], 1)
        self._say(id, f'"{id}" is not a command' + (f'; did you mean "{near[0]}"?' if near else ""))

    def _gets_its_own(self, key: str, command: Command) -> bool:
        """Give the user's key to its command if that can be."""
        why = fault(key, self.leader)
        first, *others = key.split()
        other = self.owner.get(key)
        if why is not None:
            self._say(command.id, f'"{key}" cannot be a key for "{command.id}": {why}{self._instead(key, command)}')
        elif other is not None:
            self._say(
                command.id,
                f'"{key}" is given to "{other}" and "{command.id}"; "{other}" has it{self._instead(key, command)}',
            )
        elif others and first in self.owner:
            self._say(
                command.id,
                f'"{key}" cannot be a key for "{command.id}": "{first}" alone is given to "{self.owner[first]}"'
                f"{self._instead(key, command)}",
            )
        elif not others and first in self.begins:
            self._say(
                command.id,
                f'"{key}" cannot be a key for "{command.id}": "{self.begins[first]}" begins with it'
                f"{self._instead(key, command)}",
            )
        else:
            self.owner[key] = command.id
            if others:
                self.begins.setdefault(first, key)
            return True
        return False

    def _keeps(self, key: str, command: Command, theirs: Mapping[str, str]) -> bool:
        """Whether a command has its key of the table still."""
        first, *others = key.split()
        if key in theirs:
            self._say(theirs[key], f'"{key}" now means "{theirs[key]}", no longer "{command.id}"')
        elif not others and (first == self.leader or first in self.begins):
            chord = self.begins.get(first, f"{first} …")
            self._say(
                self.owner.get(chord, "leader"),
                f'"{key}" now begins chords ("{chord}"), and is no longer "{command.id}"',
            )
        elif others and first in theirs:
            pass  # whoever gave the leader away was told
        else:
            return self.owner.setdefault(key, command.id) == command.id
        return False

    def _instead(self, key: str, command: Command) -> str:
        """The nearest key that could be had, said behind what is wrong."""
        near = nearest_name(key)
        if near and near != key and self._is_free(near, command):
            return f'; did you mean "{near}"?'
        found = next((each for each in self._candidates(key, command) if self._is_free(each, command)), "")
        return f'; "{found}" is free' if found else ""

    def _candidates(self, key: str, command: Command) -> Iterator[str]:
        *_, name = key.split()[-1].split("+")
        if len(name) == 1:
            yield f"{self.leader} {name}"
        for letter in dict.fromkeys([*command.id.replace("-", ""), *_SPARE]):
            yield f"{self.leader} {letter}"
            yield f"{self.leader} {letter.upper()}"

    def _is_free(self, key: str, command: Command) -> bool:
        """Whether nobody has a key; its own of the table are free for a command."""
        wanted = {each for id in self.overrides if id in BY_ID for each in split_keys(self.overrides[id], self.leader)}
        theirs = {
            _led(each, self.leader) for other in COMMANDS for each in other.keys
            if other is not command
        }  # fmt: skip
        return fault(key, self.leader) is None and key not in wanted | theirs and key.split()[0] not in wanted


def _sentence(line: int, said: str) -> str:
    return f"config.toml, {f'line {line}, ' if line else ''}[keys]: {said}" + ("" if said.endswith("?") else ".")


def _led(key: str, leader: str) -> str:
    """A key of the table, with the leader in force."""
    first, *others = key.split()
    return " ".join([leader, *others]) if others and first == LEADER else key


def keys_in_force(overrides: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The keys of every command."""
    return in_force(overrides).keys


def bindings(overrides: Mapping[str, str]) -> list[Binding]:
    """The screen's bindings, each with its command's id: the single keys."""
    found = [(id, [key for key in keys if " " not in key]) for id, keys in keys_in_force(overrides).items()]
    return [
        Binding(",".join(keys), f"command('{id}')", BY_ID[id].title, show=False, id=id) for id, keys in found if keys
    ]


def problems(overrides: Mapping[str, str]) -> list[str]:
    """What is wrong in ``[keys]``, a sentence each; the rest of it holds."""
    return list(in_force(overrides).problems)
