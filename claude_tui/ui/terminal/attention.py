"""Whether anybody looks at the window.

A terminal that says whether it is looked at is believed; of one that never said so, whether a key came lately is all
there is to go by.
"""

from __future__ import annotations

import time
from collections.abc import Callable

AWAY_SECONDS = 30.0
"""Without a key or the mouse until nobody is taken to look, where the terminal does not tell."""


class Attention:
    """Whether the window is looked at, as far as can be told."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._focus: bool | None = None
        self._key = clock()

    def focused(self, focus: bool) -> None:
        """The terminal said that the window is looked at from now on, or no more."""
        self._focus = focus

    def key_came(self) -> None:
        """Somebody is there, whatever the terminal said before."""
        self._key = self._clock()
        if self._focus is not None:
            self._focus = True

    @property
    def there(self) -> bool:
        """Whether somebody looks."""
        return self._focus if self._focus is not None else self._clock() - self._key < AWAY_SECONDS
