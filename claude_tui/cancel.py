"""A flag that a person raises, and that also wakes whoever waits."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancel:
    """Raised once, from any thread; whoever must be woken for it registers a plug to pull.

    Beside it a lesser wish: ``hurry`` asks whoever waits to wait no longer, and is taken once.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._hurried = False
        self._plugs: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Raise the flag and pull every plug. Raising it again does nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            self._woken.set()
            plugs, self._plugs = self._plugs, []
        for plug in plugs:
            plug()

    @property
    def cancelled(self) -> bool:
        """Whether the flag is up."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until the flag is up or somebody is in a hurry; whether it is up."""
        self._woken.wait(seconds)
        return self._event.is_set()

    def hurry(self) -> None:
        """Ask whoever waits to wait no longer."""
        with self._lock:
            self._hurried = True
            self._woken.set()

    def hurried(self) -> bool:
        """Whether somebody was in a hurry since this was asked the last time."""
        with self._lock:
            hurried, self._hurried = self._hurried, False
            if not self._event.is_set():
                self._woken.clear()
            return hurried

    def on_cancel(self, plug: Callable[[], None]) -> None:
        """Call ``plug`` when the flag goes up, at once if it already is. It must not block."""
        with self._lock:
            if not self._event.is_set():
                self._plugs.append(plug)
                return
        plug()
