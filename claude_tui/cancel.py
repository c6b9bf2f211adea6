"""A flag that a person raises, and that also wakes whoever waits."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancel:
    """Raised once, from any thread; whoever must be woken for it registers a plug to pull."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._plugs: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Raise the flag and pull every plug. Raising it again does nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            plugs, self._plugs = self._plugs, []
        for plug in plugs:
            plug()

    @property
    def cancelled(self) -> bool:
        """Whether the flag is up."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait that long or until the flag is up; whether it is."""
        return self._event.wait(seconds)

    def on_cancel(self, plug: Callable[[], None]) -> None:
        """Call ``plug`` when the flag goes up, at once if it already is. It must not block."""
        with self._lock:
            if not self._event.is_set():
                self._plugs.append(plug)
                return
        plug()
