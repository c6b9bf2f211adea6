"""Lines to a terminal and from it, and the signals between them. Nothing but text and line ends is ever written."""

from __future__ import annotations

import os
import re
import selectors
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

from ... import interrupt
from ...core.text import clean

LONGEST = 4_095
"""Bytes of a line at most, as the terminal's line discipline has it: of a longer one it drops the end."""
TOGETHER = 0.05
"""Seconds within which the lines of one paste follow each other."""
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)

_KEYS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?")
"""What arrows and the like leave in a line that is edited by the terminal."""


class Interrupted(Exception):
    """Ctrl+C, while a line was asked for."""


class Left(Exception):
    """The terminal is gone, or asked to be left; ``code`` is what to end with."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


class TooLong(Exception):
    """A line that the terminal cut; what there is of it is ``text``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Lines:
    """One terminal."""

    def __init__(self) -> None:
        self.interrupted = False
        """Whether Ctrl+C came since somebody looked."""
        self.ending = 0
        """The exit code of a signal that ends the process."""
        self._woken, self._wake = os.pipe()

    def say(self, text: str) -> None:
        """Write a paragraph and end its line."""
        self._write(f"{clean(text)}\n")

    def ask(self, prompt: str, *, fresh: bool = False) -> str | None:
        """What is typed behind a prompt, as a line or as all the lines of a paste; None at the end of the input.
        Where it is to be ``fresh``, what was typed before the question is no answer to it. Raises ``Interrupted``,
        ``Left``, ``TooLong``."""
        ahead = self._ready(0)
        if ahead and fresh:
            self.say(f"Not taken as an answer: {self._read().decode('utf-8', 'replace')}".rstrip())
            return self.ask(prompt, fresh=True)
        self._write(f"{prompt}: ")
        found: list[bytes] = []
        while not found or self._ready(TOGETHER):
            if not found:
                self._wait()
            if not (data := self._read()):
                break
            found.append(data)
        if not found:
            return None
        text = clean(_KEYS.sub("", b"".join(found).decode("utf-8", "replace"))).removesuffix("\n")
        if ahead:
            self.say(text)  # it was typed while something was said, and stands above that
        if any(len(line) >= LONGEST for line in found):
            raise TooLong(text)
        return text

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            raise Left(128 + signal.SIGHUP) from None

    def _read(self) -> bytes:
        try:
            return os.read(0, 65536)
        except OSError:
            raise Left(128 + signal.SIGHUP) from None

    def _ready(self, seconds: float) -> bool:
        return bool(_readable(0, seconds=seconds))

    def _wait(self) -> None:
        """Until there is something to read, or a signal came."""
        while True:
            if self.ending:
                raise Left(self.ending)
            if self.interrupted:
                self.interrupted = False
                self._write("\n")
                raise Interrupted
            ready = _readable(0, self._woken)
            if self._woken in ready:
                os.read(self._woken, 4096)
            elif ready:
                return

    @contextmanager
    def watched(self) -> Generator[None]:
        """While this lasts, signals are remembered and wake who waits."""
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        wakeup = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        before = {number: signal.signal(number, self._came) for number in (signal.SIGINT, *ENDING)}
        try:
            interrupt.check()
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            os.close(self._woken)
            os.close(self._wake)

    def _came(self, number: int, frame: object) -> None:
        if number == signal.SIGINT:
            self.interrupted = True
        else:
            self.ending = self.ending or 128 + number


def _readable(*descriptors: int, seconds: float | None = None) -> set[int]:
    """Which of them can be read now, or within so long: whatever their numbers, which ``select`` does not take from
    1,024 on, and whatever they are, which the selectors of the systems do not all take."""
    with selectors.PollSelector() as coming:
        for descriptor in descriptors:
            coming.register(descriptor, selectors.EVENT_READ)
        return {found.fd for found, _ in coming.select(seconds)}
