"""The write-ahead log is pushed to the disk beside the writing, never in its way.

With ``synchronous=NORMAL`` a commit survives the death of the process at once, and a power cut when
the log is synced. A thread of its own does that every half second while something is uncovered, so
no frame waits for a disk that takes 100 ms.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from .faults import reason

INTERVAL_SECONDS = 0.5


class SideSync:
    """Syncs one file through a descriptor of its own. The thread begins with the first commit."""

    def __init__(self, log: Path, interval: float = INTERVAL_SECONDS) -> None:
        self._log = log
        self._interval = interval
        self._committed = 0
        self._synced = 0
        self._armed = False
        self._closing = False
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._done = threading.Condition()
        self._thread: threading.Thread | None = None
        self._descriptor: int | None = None
        self.trouble: str | None = None

    def committed(self) -> None:
        """Something was written that is not covered yet. Costs next to nothing; called by the writer alone."""
        self._committed += 1
        if not self._armed:
            self._armed = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="store-sync", daemon=True)
                self._thread.start()
            self._wake.set()

    def demand(self) -> None:
        """Sync now, without waiting for it."""
        self._urgent.set()

    def wait(self, timeout: float) -> bool:
        """Sync now; whether everything committed before the call is covered."""
        target = self._committed
        if self._synced >= target:
            return True
        self._urgent.set()
        with self._done:
            return self._done.wait_for(lambda: self._synced >= target or self.trouble is not None, timeout) and (
                self._synced >= target
            )

    def close(self) -> None:
        """End the thread; nothing is synced any more."""
        self._closing = True
        self._wake.set()
        self._urgent.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            if not self._closing:
                self._urgent.wait(self._interval)
            if self._closing:
                break
            self._urgent.clear()
            self._wake.clear()
            self._armed = False
            mark = self._committed
            self._sync(mark)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _sync(self, mark: int) -> None:
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
            full_sync(self._descriptor)
        except OSError as error:
            self.trouble = f"Not safe from a power cut: {reason(error)}."
            self._armed = True
            self._wake.set()  # and again after the interval
        else:
            self.trouble = None
            self._synced = mark
        with self._done:
            self._done.notify_all()


def full_sync(descriptor: int) -> None:
    """To the disk itself, also on macOS, where fsync alone stops at the drive's own memory."""
    import fcntl

    command: int | None = getattr(fcntl, "F_FULLFSYNC", None)
    if command is not None:
        with suppress(OSError):  # some file systems do not know it
            fcntl.fcntl(descriptor, command)
            return
        os.fsync(descriptor)
        return
    # What the commit changed in the file's size is written with it; times are not needed.
    getattr(os, "fdatasync", os.fsync)(descriptor)
