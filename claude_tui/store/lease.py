"""Who is writing a reply: a process, told apart from a later one that got the same number."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

REFRESH_SECONDS = 5.0
LATE_MS = 30_000
"""After so long without a refresh an owner that cannot be looked at counts as gone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One process that writes replies."""

    host: str
    """The machine, and inside it the space in which the process number means something."""
    pid: int
    started: str
    """When the process began, in the system's own words; empty where the system does not say cheaply."""
    token: str
    """Different for every store that is opened."""

    @classmethod
    def mine(cls) -> Lease:
        """This process."""
        return cls(_host(), os.getpid(), _started(os.getpid()) or "", os.urandom(8).hex())

    def gone(self, refreshed_at: int, now: int, seen_from: Lease) -> bool:
        """Whether nobody writes under this lease any more.

        On this machine the process itself answers, for a suspended one refreshes nothing and lives.
        From elsewhere only the refresh can be seen.
        """
        if self.token == seen_from.token:
            return False
        late = now - refreshed_at > LATE_MS
        if self.host != seen_from.host:
            return late
        started = _started(self.pid)
        if started is None:
            return True
        if started and self.started:
            return started != self.started
        return late


def _host() -> str:
    space = ""
    with suppress(OSError):
        space = f" {Path('/proc/self/ns/pid').readlink()}"  # two containers may share a name and not their processes
    return os.uname().nodename + space


def _started(pid: int) -> str | None:
    """When a process began; None if there is none, empty if the system does not say."""
    if sys.platform != "linux":
        return "" if _exists(pid) else None
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - one read of a file that may go away
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None if not _exists(pid) else ""
    except OSError:
        return "" if _exists(pid) else None
    if len(fields) < 20:
        return ""
    if fields[0] in (b"Z", b"X"):  # dead, and not yet buried by its parent
        return None
    return f"{_boot()}:{fields[19].decode()}"


def _boot() -> str:
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id") as file:  # noqa: PTH123
        return file.read(8)
    return ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
