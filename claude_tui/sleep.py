"""Whether this machine slept: its connections may be dead although nobody said so."""

from __future__ import annotations

import time

LONG_SLEEP = 30.0
"""Seconds after which a connection is not trusted any more."""


def asleep() -> float:
    """Seconds slept since some fixed moment: only differences mean something.

    Where the system does not count its sleep (macOS), the wall clock against the monotonic one has to do; there
    a clock that is set forward looks like sleep.
    """
    boot: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    since = time.time() if boot is None else time.clock_gettime(boot)
    return since - time.monotonic()
