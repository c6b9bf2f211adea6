"""A running program, seen from outside: what it costs, and when it answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.terminal import Terminal

QUIET = 0.06
"""Seconds without a byte after which an answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What something done to it led to."""

    took: float
    """Milliseconds until the last byte of the answer."""
    cpu: float
    """Milliseconds of CPU, of all threads, until it was quiet again."""
    written: int
    """Bytes."""


def cpu(pid: int) -> float:
    """Seconds of CPU of a process so far, of threads that have ended too."""
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid: int) -> float:
    """Megabytes that are resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def rest(terminal: Terminal, seconds: float = 1.5) -> None:
    """Wait until it has done nothing worth telling for so long: all is loaded."""
    used, since = cpu(terminal.process.pid), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.1)
        now = cpu(terminal.process.pid)
        if now - used > 0.003:
            since = time.monotonic()
        used = now


def answer(terminal: Terminal, act: Callable[[], object], quiet: float = QUIET) -> Answer:
    """Do something to it, and wait until it has answered and is quiet."""
    pid, written = terminal.process.pid, len(terminal.raw)
    used, began = cpu(pid), time.perf_counter()
    act()
    size, last = written, began
    until = began + 10
    while time.perf_counter() < until:
        time.sleep(0.001)
        if len(terminal.raw) != size:
            size, last = len(terminal.raw), time.perf_counter()
        elif size > written and time.perf_counter() - last > quiet:
            break
    assert size > written, "it did not answer"
    return Answer((last - began) * 1000, (cpu(pid) - used) * 1000, size - written)
