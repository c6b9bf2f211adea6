"""The one thread that writes, with the one connection that can.

Jobs are done in the order they came. What fails because of the disk is kept and tried again every
two seconds, in order, so that nothing that was handed over is forgotten while the process lives.
"""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from claude_tui.errors import StoreError

from .database import NoPlace
from .faults import code, damaged, passing, reason
from .locks import HOLD_SECONDS, CommitLock
from .sidesync import SideSync

T = TypeVar("T")

RETRY_SECONDS = 2.0
IDLE_SECONDS = 2.0
SETTLE_SECONDS = 0.2
"""After a reply ended: long enough for the next request of a tool loop to come first."""
LOG_LIMIT = 16_000_000
CLOSE_LOG_LIMIT = 4_000_000
CLOSE_COMMITS = 500
WAITING_LIMIT = 4096


class Job(Protocol):
    """Something to write."""

    def run(self, connection: sqlite3.Connection) -> None:
        """Write and commit; called again when the disk failed."""
        ...

    def done(self) -> None:
        """It is committed."""
        ...

    def failed(self, error: StoreError) -> None:
        """It never will be."""
        ...


class Task(Job):
    """A function in a transaction of its own, and the future of what it returns."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any], future: Future[Any]) -> None:
        self._work = work
        self._future = future
        self._result: Any = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Write and commit."""
        connection.execute("BEGIN IMMEDIATE")
        self._result = self._work(connection)
        connection.execute("COMMIT")

    def done(self) -> None:
        """Say so to whoever waits."""
        with suppress(InvalidStateError):
            self._future.set_result(self._result)

    def failed(self, error: StoreError) -> None:
        """Say why to whoever waits."""
        with suppress(InvalidStateError):
            self._future.set_exception(error)


class Writer:
    """The thread, its queue, and the chores between the jobs: checkpoints, lease, lock."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        lock: CommitLock,
        sync: SideSync | None,
        reconnect: Callable[[], sqlite3.Connection],
        missing: str | None = None,
    ) -> None:
        """``missing`` says, as a phrase, why there is no file yet; ``reconnect`` is asked until there is one."""
        self._connection = connection
        self._log = path.with_name(path.name + "-wal")
        self._lock = lock
        self._sync = sync
        self._reconnect = reconnect
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._bulk: deque[Job] = deque()
        self._closing = threading.Event()
        self._closed = threading.Event()
        self._missing = missing is not None
        self._failing: str | None = None if missing is None else f"Not saved: {missing}."
        self._lost: str | None = None
        self._commits = 0
        self._covered = 0
        self._finished = 0
        self._measure_at = 64
        self._long = False
        self._dirty = False
        self._settle = False
        self._idle_since = 0.0
        self._checkpoint_not_before = 0.0
        self._counting = threading.Lock()
        self.submitted = 0
        self.streaming: Callable[[], bool] = lambda: False
        """Whether a reply of this process is open."""
        self.refresh: Callable[[], Job | None] = lambda: None
        """A job that refreshes the lease, when it is time."""
        self.wake: Callable[[], float | None] = lambda: None
        """Seconds after which that is asked again, though nothing else is to be done."""
        self.farewell: Callable[[], Job | None] = lambda: None
        """The last job before the connection closes."""
        self.on_damage: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        if not self._missing:
            self._adopt()
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        """Why something is not on the disk, as a sentence."""
        return self._failing or self._lost

    @property
    def failing(self) -> bool:
        """Whether waiting for a job is in vain."""
        return self._failing is not None

    @property
    def finished(self) -> int:
        """How many of the jobs that were submitted have been dealt with."""
        return self._finished

    def submit(self, work: Callable[[sqlite3.Connection], T], *, bulk: bool = False) -> Future[T]:
        """Do ``work`` in a transaction. ``bulk`` lets everything else go first."""
        future: Future[T] = Future()
        task = Task(work, future)
        if self._closing.is_set():
            task.failed(StoreError("The conversations are closed already"))
        elif bulk:
            self._bulk.append(task)
            self._jobs.put(None)
        elif self._jobs.qsize() >= WAITING_LIMIT:
            task.failed(StoreError("Too much waits to be written already"))
        else:
            self.post(task)
        return future

    def post(self, job: Job) -> None:
        """Put a job in the queue."""
        with self._counting:
            self.submitted += 1
            self._jobs.put(job)

    def late(self) -> None:
        """Somebody waited for a second in vain."""
        if self._failing is None:
            self._failing = "Not saved yet: the disk is slow to answer."
            self._jobs.put(None)  # it may have been done meanwhile: have that noticed

    def lose(self, why: str) -> None:
        """Something cannot be written at all, ever."""
        self._lost = f"Not saved: {why}."

    def settle(self) -> None:
        """A reply ended: a good moment to checkpoint comes soon."""
        self._settle = True

    def close(self, timeout: float) -> None:
        """Write what waits, checkpoint if that is quick, close. Gives up after ``timeout``."""
        self._closing.set()
        self._jobs.put(None)
        self._closed.wait(timeout)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed."""
        return self._closed.is_set()

    # The thread.

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._pause())
            except queue.Empty:
                job = None
            if job is not None:
                self._do(job)
                self._finished += 1
            elif self._bulk and self._jobs.empty() and not self._closing.is_set():
                self._do(self._bulk.popleft())
            elif self._closing.is_set() and self._jobs.empty():
                break
            self._chores()
        self._shut()

    def _pause(self) -> float | None:
        """How long there is nothing to do but jobs."""
        if self._bulk or self._closing.is_set():
            return 0.0
        if self._missing:
            return RETRY_SECONDS
        streaming = self.streaming()
        if self._settle and not streaming:
            return SETTLE_SECONDS
        if self._lock.held:
            return HOLD_SECONDS
        if streaming or self._dirty:
            return 1.0
        return self.wake()

    def _do(self, job: Job) -> None:
        while True:
            try:
                self._arrive()
                self._lock.hold()
                job.run(self._connection)
            except Exception as error:
                self._roll_back()
                self._lock.drop()
                if damaged(error):
                    self._lost = f"Not saved: {reason(error)}."
                    self.on_damage()
                if not (passing(error) or self._missing):
                    job.failed(error if isinstance(error, StoreError) else StoreError(_sentence(error)))
                    return
                self._failing = _sentence(error)
                if self._closing.wait(RETRY_SECONDS):
                    job.failed(StoreError(self._failing))
                    return
                self._repair(error)
            else:
                break
        self._commits += 1
        self._dirty = True
        self._idle_since = time.monotonic()
        if self._sync is not None:
            self._sync.committed()
        self._clear()
        job.done()

    def _clear(self) -> None:
        """All that waited is written."""
        if self._failing is not None and not self._missing and self._jobs.empty():
            self._failing = None

    def _arrive(self) -> None:
        """Have a file to write to; raises while there is none."""
        if self._missing:
            self._connection = self._reconnect()
            self._missing = False
            self._adopt()

    def _adopt(self) -> None:
        """The log holds what a process before us, or the recovery, wrote: sync and checkpoint it as our own."""
        if self._log_size():
            self._idle_since = time.monotonic()
            self._dirty = True
            if self._sync is not None:
                self._sync.committed()

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _repair(self, error: Exception) -> None:
        """Before another try: make room in the log, or begin with a new connection."""
        if code(error) == sqlite3.SQLITE_FULL:
            self._checkpoint()
        elif code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            with suppress(sqlite3.Error, StoreError, OSError):
                fresh = self._reconnect()
                self._connection.close()
                self._connection = fresh

    def _chores(self) -> None:
        if self._missing and not self._closing.is_set():
            try:
                self._arrive()
            except Exception as error:
                self._failing = _sentence(error)
                return
        self._lock.ease()
        self._clear()
        refresh = self.refresh()
        if refresh is not None:
            self._do(refresh)
        if not self._dirty:
            return
        now = time.monotonic()
        if now < self._checkpoint_not_before:
            return
        idle = now - self._idle_since
        quiet = not self.streaming()
        if (idle >= IDLE_SECONDS) or (self._settle and quiet and idle >= SETTLE_SECONDS * 0.9) or self._log_is_long():
            self._checkpoint()

    def _log_is_long(self) -> bool:
        if self._commits >= self._measure_at:
            self._measure_at = self._commits + 64
            self._long = self._log_size() > LOG_LIMIT
        return self._long

    def _log_size(self) -> int:
        try:
            return os.stat(self._log).st_size  # noqa: PTH116 - on the way of every 64th frame
        except OSError:
            return 0

    def _checkpoint(self) -> bool:
        """Move the log into the database, if nobody else is committing. A restarted log is reused."""
        if not self._lock.alone():
            self._checkpoint_not_before = time.monotonic() + 0.1
            return False
        try:
            row = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            done = row is not None and row[1] == row[2]
        except sqlite3.Error:
            done = False
        finally:
            self._lock.drop_alone()
        self._settle = False
        self._long = False
        if done:
            self._dirty = False
            self._covered = self._commits
        else:  # a reader was in the way
            self._checkpoint_not_before = time.monotonic() + IDLE_SECONDS
        return done

    def _shut(self) -> None:
        for job in self._bulk:
            job.failed(StoreError("The conversations were closed before this was written"))
        farewell = self.farewell()
        if farewell is not None:
            self._do(farewell)
        if self._sync is not None:
            self._sync.wait(1.0)
        # Closing the last connection checkpoints too; a long log is left as it is, for the next start.
        quick = self._commits - self._covered < CLOSE_COMMITS or self._log_size() <= CLOSE_LOG_LIMIT
        if self._missing:
            self._connection.close()
        elif quick and self._lock.alone():
            with suppress(sqlite3.Error):
                self._connection.close()
            self._lock.drop_alone()
        if self._sync is not None:
            self._sync.close()
        self._lock.close()
        self._closed.set()


def _sentence(error: BaseException) -> str:
    return f"Not saved: {error.why if isinstance(error, NoPlace) else reason(error)}."
