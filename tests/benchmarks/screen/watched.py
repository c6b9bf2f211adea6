"""A terminal that notes when each byte came, and what the program in it takes of the machine."""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.terminal import Terminal

ASKS = b"\x1b[?2026$p"
ANSWER = b"\x1b[?2026;2$y"
"""As terminals do that paint a frame as a whole."""


QUIET = 0.06
"""Seconds without a byte after which an answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What something done to it led to."""

    took: float
    """Milliseconds until the last byte of the answer."""
    cpu: float
    """Milliseconds of CPU, of all threads, until it was quiet again."""


class Watched(Terminal):
    """It answers what terminals are asked at start."""

    def _read(self) -> None:
        self.came: list[tuple[int, float]] = []
        """Bytes there were after each piece, and the monotonic second it came."""
        answered = False
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                data = b""
            now = time.monotonic()
            with self._came:
                self.raw.extend(data)
                self.came.append((len(self.raw), now))
                self._closed = not data
                self._came.notify_all()
            if not data:
                return
            if not answered and ASKS in self.raw:
                answered = True
                os.write(self._master, ANSWER)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def cpu(self) -> float:
        """Seconds of CPU it has had: the kernel's clock of another process, by its number."""
        return time.clock_gettime((~self.pid << 3) | 2)

    @property
    def memory(self) -> float:
        """Megabytes it holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def second(self, place: int) -> float:
        """When the byte at that place of `raw` came."""
        return self.came[bisect_left(self.came, (place + 1, 0.0))][1]

    def seen(self, what: str, since: int) -> float | None:
        """When a text came that is written in one piece, looked for from that byte on; None if it did not."""
        place = self.raw.find(what.encode(), since)
        return self.second(place + len(what.encode()) - 1) if place >= 0 else None

    def quiet(self, seconds: float = 0.3, most: float = 60.0) -> None:
        """Wait until it has written nothing for a while."""
        until = time.monotonic() + most
        with self._came:
            while time.monotonic() < until and self._came.wait(seconds):
                pass

    def resting(self, share: float = 0.1, most: float = 120.0) -> None:
        """Wait until it takes little of a core."""
        until = time.monotonic() + most
        while time.monotonic() < until:
            before = self.cpu
            time.sleep(0.5)
            if self.cpu - before < 0.5 * share:
                return

    def loaded(self) -> None:
        """Wait until it has done nothing for a while: all is loaded, and put in order."""
        used, since = self.cpu, time.monotonic()
        while time.monotonic() - since < 2:
            time.sleep(0.2)
            now = self.cpu
            if now - used > 0.005:
                since = time.monotonic()
            used = now

    def answer(self, act: Callable[[], object]) -> Answer:
        """Do something to it, and wait until it has answered."""
        written = len(self.raw)
        used, began = self.cpu, time.monotonic()
        act()
        with self._came:
            assert self._came.wait_for(lambda: len(self.raw) > written, 10), "it did not answer"
            while self._came.wait(QUIET):
                pass
        return Answer((self.came[-1][1] - began) * 1000, (self.cpu - used) * 1000)
