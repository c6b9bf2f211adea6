"""Signals: those that end a process end it cleanly, and none is lost among others.

What asyncio's own handlers do is told by a byte in a pipe. A storm of signals, as of sizes of the window, fills that
pipe while a frame is made, and what comes then is lost, a SIGTERM too. So the handlers here are Python's, which are
called whatever happens; the pipe does no more than wake the loop.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ... import interrupt

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
"""They end a process."""


class Signals:
    """The signals of a process that has a window; ``leave`` is called in its loop with the exit code to end with."""

    def __init__(self, leave: Callable[[int], object]) -> None:
        self._leave = leave
        self._asked = 0
        """The exit code of a signal that came before there was a loop."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pipe: tuple[int, int] | None = None

    def hold(self) -> None:
        """Until there is a loop that can end the app cleanly, remember that a signal asked for it."""
        for number in ENDING:
            signal.signal(number, self._came)
        interrupt.check()

    def _came(self, number: int, frame: object) -> None:
        self._asked = 128 + number
        if self._loop is not None:
            soon(self._loop, self._leave, self._asked)

    def watch(self) -> None:
        """There is a loop: from now on a signal wakes it. Whatever was not held is left to who started us."""
        if signal.getsignal(signal.SIGTERM) != self._came:
            return
        self._loop = asyncio.get_running_loop()
        self._pipe = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)
        self._loop.add_reader(self._pipe[0], os.read, self._pipe[0], 4096)
        signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)  # full, it wakes the loop as well
        if self._asked:
            self._leave(self._asked)

    def release(self) -> None:
        """The window is gone, and its loop: a signal ends the process at once."""
        for number in ENDING:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        if self._pipe is not None:
            signal.set_wakeup_fd(-1)
            for end in self._pipe:
                os.close(end)
            self._pipe = None


def soon(loop: asyncio.AbstractEventLoop, do: Callable[..., object], *given: Any) -> None:
    """Have something done in the loop, from a signal's handler: what the handler broke into may hold any lock."""
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(do, *given)
