"""Two lock files beside the database, held through the kernel: they end with the process.

``.ckpt``: every commit holds it shared and a checkpoint holds it alone, so that the two never meet;
SQLite below 3.51.3 can damage a database when they do. ``.open``: everyone who has the database open
holds it shared, and whoever sets a damaged file aside holds it alone.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

HOLD_SECONDS = 0.5


def beside(database: Path, ending: str) -> Path:
    """``conversations.db`` -> ``conversations.db.ckpt``."""
    return database.with_name(database.name + ending)


class FileLock:
    """One lock file. Where files cannot be locked it lets everything through as "not alone"."""

    def __init__(self, path: Path) -> None:
        self._path: Path | None = path
        self._descriptor: int | None = None
        self._open()

    def alone(self) -> bool:
        """Take it alone if nobody else has it; a shared hold of our own is exchanged."""
        return self._take(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def shared(self, timeout: float | None = None) -> bool:
        """Take it with others, waiting for whoever has it alone."""
        if timeout is None:
            return self._take(fcntl.LOCK_SH)
        end = time.monotonic() + timeout
        while not self._take(fcntl.LOCK_SH | fcntl.LOCK_NB):
            if self._descriptor is None or time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def release(self) -> None:
        """Let go of it."""
        self._take(fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of it for good."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._path = None

    def _open(self) -> bool:
        """Tried again each time: a disk may be full when the file is first asked for."""
        if self._path is not None and self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            with suppress(OSError):
                self._descriptor = os.open(self._path, flags, 0o600)
                os.fchmod(self._descriptor, 0o600)
        return self._descriptor is not None

    def _take(self, operation: int) -> bool:
        if not self._open() or self._descriptor is None:
            return False
        try:
            fcntl.flock(self._descriptor, operation)
        except OSError:
            return False
        return True


class CommitLock:
    """The shared side of ``.ckpt``, kept for half a second so that a frame costs no system call.

    Each call gives the interpreter lock away, and under a busy screen getting it back takes 5 ms.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)
        self._since: float | None = None

    @property
    def held(self) -> bool:
        """Whether checkpoints of others are kept out."""
        return self._since is not None

    def hold(self) -> None:
        """Before a commit."""
        if self._since is None:
            self._lock.shared()
            self._since = time.monotonic()

    def ease(self) -> None:
        """After a commit: let others have their turn now and then."""
        if self._since is not None and time.monotonic() - self._since > HOLD_SECONDS:
            self.drop()

    def drop(self) -> None:
        """Let go now."""
        if self._since is not None:
            self._since = None
            self._lock.release()

    def alone(self) -> bool:
        """Before a checkpoint. ``drop_alone`` ends it."""
        self.drop()
        return self._lock.alone()

    def drop_alone(self) -> None:
        """After a checkpoint."""
        self._lock.release()

    def close(self) -> None:
        """For good."""
        self._since = None
        self._lock.close()
