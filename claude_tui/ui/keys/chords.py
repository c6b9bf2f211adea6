"""Two keys for one command: the first is waited behind, the second says which.

While the second is waited for, a list of what may follow is shown. Nothing that is pressed meanwhile is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from textual import events

from .commands import BY_ID
from .names import label

PATIENCE = 4.0
"""Seconds for which a second key is waited for, and for which it is said that there is no such chord."""
AT_ONCE = 0.2
"""Seconds within which a chord that one knows is typed: nothing flashes up for it."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What is said of a chord that was begun."""

    title: str
    """What was pressed, or what is wrong with it."""
    follows: tuple[tuple[str, str], ...] = ()
    """Keys that may follow, and what for."""


class Timed(Protocol):
    """A timer that can be stopped."""

    def stop(self) -> None:
        """It does not come any more."""


class Chords:
    """What was begun, and what it may become."""

    def __init__(
        self,
        run: Callable[[str], object],
        show: Callable[[Offered | None], object],
        later: Callable[[float, Callable[[], None]], Timed],
    ) -> None:
        self._run, self._show, self._later = run, show, later
        self.table: Mapping[str, Mapping[str, str]] = {}
        self._begun = ""
        self._timer: Timed | None = None

    @property
    def pending(self) -> str:
        """The key that was pressed first; empty when nothing was begun."""
        return self._begun

    def took(self, event: events.Key, *, cuts: bool = False) -> bool:
        """Whether the key belongs to a chord, and is done. With ``cuts`` Ctrl+X is needed for a text that is selected
        and begins none."""
        names = [event.key, *event.aliases]
        if self._begun:
            self._second(names)
            return True
        first = next((name for name in names if name in self.table), "")
        if not first or (cuts and first == "ctrl+x"):
            self._hush()
            return False
        self._begun = first
        self._wait(AT_ONCE, self._offer)
        return True

    def drop(self) -> None:
        """Nothing was begun."""
        self._begun = ""
        self._hush()

    def _second(self, names: list[str]) -> None:
        begun = self._begun
        follows = self.table.get(begun, {})
        found = next((follows[name] for name in names if name in follows), "")
        self.drop()
        if found:
            self._run(found)
        elif not {"escape", "ctrl+c"}.intersection(names):
            self._show(Offered(f"{label(f'{begun} {names[0]}')} is no command"))
            self._wait(PATIENCE, self._hush)

    def _offer(self) -> None:
        follows = sorted(self.table[self._begun].items(), key=lambda each: _place(each[0]))
        self._show(Offered(f"{label(self._begun)} …", tuple((label(key), _called(id)) for key, id in follows)))
        self._wait(PATIENCE, self.drop)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._later(seconds, then)

    def _hush(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._show(None)


def _called(id: str) -> str:
    return BY_ID[id].slash[1:]


def _place(key: str) -> tuple[bool, str, bool]:
    """Letters first, in their order, small before large."""
    return not (len(key) == 1 and key.isalpha()), key.lower(), key.isupper()
