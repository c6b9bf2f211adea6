"""How often requests are sent that no person asked for: tries again, continuations, repairs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SIZE, SECONDS = 10, 60.0
"""So many in so many seconds, over every conversation of the process."""


class Allowance:
    """A bucket of tokens that fills at an even pace. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left = float(SIZE)
        self._filled = clock()

    def take(self) -> float:
        """Take a token; the seconds until it may be used, 0 for at once."""
        pace = SIZE / SECONDS
        with self._lock:
            now = self._clock()
            self._left = min(SIZE, self._left + (now - self._filled) * pace) - 1
            self._filled = now
            return max(-self._left, 0.0) / pace
