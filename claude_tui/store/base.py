"""What a store stands on: one file, one thread that writes, two that read."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Self, TypeVar

from claude_tui.errors import StoreError

from . import maintenance
from .care import Care, copies
from .database import Database
from .journal import Journal
from .lease import REFRESH_SECONDS, Lease
from .locks import CommitLock, beside
from .mending import mend
from .opening import open_or_wait, open_whole
from .reader import Reader
from .sidesync import SideSync
from .values import Recovered
from .windows import in_use, let_go
from .writer import Task, Writer

T = TypeVar("T")

CATCH_UP_SECONDS = 0.25
SEARCH_CACHE_KB = 12_000
"""Pages of the index are looked at again with every letter that is typed."""


def _clock() -> int:
    return time.time_ns() // 1_000_000


class Base:
    """The file and its threads; what is written and read is others' business."""

    def __init__(self, database: Database, recovered: list[Recovered], now: Callable[[], int], lease: Lease) -> None:
        self.read_only = database.read_only
        """Nothing is saved: the disk, or a newer schema, does not let us."""
        self.notices = database.notices
        """Sentences to show once; more may come while the store is open."""
        self.recovered = recovered
        """Replies that were cut by the death of their process, found at opening."""
        self._database = database
        self._now = now
        self._lease = lease
        self._leased = False
        self._held: set[str] = set()
        """Conversations this window has open to write in."""
        self._refreshed = 0.0
        self._guard = threading.Lock()
        self._journals: dict[str, Journal] = {}
        self._closed = False
        self._sync: SideSync | None = None
        self._writer: Writer | None = None
        if not database.read_only:
            path = database.path
            self._sync = None if database.network else SideSync(beside(path, "-wal"))
            lock = CommitLock(beside(path, ".ckpt"))
            self._writer = Writer(database.connection, path, lock, self._sync, self._reconnect, database.missing)
            self._writer.streaming = self._streaming
            self._writer.refresh = self._refresh
            self._writer.wake = self._wake
            self._writer.farewell = self._farewell
            self._writer.on_damage = self._mark_damaged
        self._reader = Reader(lambda: self._database.reader(), self._catch_up, self._mark_damaged)
        # A search may take seconds: nothing else that is read waits for it.
        self._searcher = Reader(self._search_connection, self._catch_up, self._mark_damaged)
        self._care: Care | None = None
        self._look_after()

    @classmethod
    def open(
        cls, database: Path, *, now: Callable[[], int] = _clock, lease: Lease | None = None, or_wait: bool = False
    ) -> Self:
        """Open the conversations, made if there are none.

        Raises ``StoreError`` with one sentence when they cannot even be read. With ``or_wait`` a disk that
        takes nothing now is no reason: everything is kept in memory, which ``trouble`` says, until it does.
        """
        lease = lease or Lease.mine()
        whole, recovered = (open_or_wait if or_wait else open_whole)(database, lease, now)
        return cls(whole, recovered, now, lease)

    @property
    def trouble(self) -> str | None:
        """A sentence while something is not on the disk; None when all is."""
        if self._writer is None:
            return "Not saved: the conversations can only be read." if self.read_only else None
        return self._writer.trouble or (self._sync.trouble if self._sync else None)

    # The file.

    def check(self) -> Future[list[str]]:
        """What is wrong with the file, as sentences; none when it is sound."""

        def read(connection: sqlite3.Connection) -> list[str]:
            found, damaged = maintenance.check(connection, self._lease, self._now())
            if damaged:
                self._mark_damaged()
            return found

        return self._apart(read)

    def mend(self) -> Future[list[str]]:
        """Mend what a check found and what can be mended; a sentence for each. Make a copy first.

        It is done whole or not at all and may take long, so not while another window writes here: ``StoreError``.
        """
        found = copies(self._database.path)

        def work(connection: sqlite3.Connection) -> list[str]:
            if in_use(connection, self._lease, self._now()):
                raise StoreError("Nothing was mended: another window has a conversation open. Close it and try again")
            return mend(connection, found, self._lease, self._now())

        return self._write(work, asked=True)

    def backup(self, target: Path) -> Future[None]:
        """A whole copy at ``target``, where nothing may be yet."""
        return self._apart(lambda connection: maintenance.backup(connection, target))

    def close(self, timeout: float = 0.3) -> None:
        """Write what waits, sync, close. Never takes longer than ``timeout``; may be called again."""
        if self._closed:
            return
        self._closed = True
        end = time.monotonic() + timeout
        if self._care is not None:
            self._care.close()
        self._reader.close()
        self._searcher.close()
        self._searcher.join(timeout / 6)
        self._reader.join(timeout / 6)  # first, for only the last connection of all can tidy up
        if self._writer is not None:
            self._writer.close(max(0.0, end - time.monotonic()))
        if self._writer is None:
            self._database.connection.close()
        if (self._writer is None or self._writer.closed) and self._database.presence is not None:
            self._database.presence.close()

    # Helpers.

    def _write(self, work: Callable[[sqlite3.Connection], T], bulk: bool = False, *, asked: bool = False) -> Future[T]:
        """Hand ``work`` to the writer.

        In a read-only store what a person ``asked`` for fails with a sentence, and what belongs to a
        reply comes to nothing silently: ``trouble`` has said so.
        """
        if self._writer is not None:
            return self._writer.submit(work, bulk=bulk)
        future: Future[T] = Future()
        if asked:
            future.set_exception(StoreError("The conversations can only be read, so nothing was changed"))
        else:
            future.set_result(None)  # pyright: ignore[reportArgumentType] - all of these return nothing
        return future

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> Future[T]:
        return self._reader.submit(read, self._writer.submitted if self._writer else 0)

    def _search_connection(self) -> sqlite3.Connection:
        connection = self._database.reader()
        connection.execute(f"PRAGMA cache_size = -{SEARCH_CACHE_KB}")
        return connection

    def _streaming(self) -> bool:
        """Whether a reply of this process is open."""
        return bool(self._journals)

    def _stoppable(self, read: Callable[[sqlite3.Connection], T], stop: threading.Event) -> Future[T]:
        """On the thread of searches; ``stop`` is set when nobody waits any more."""
        future = self._searcher.submit(read, self._writer.submitted if self._writer else 0)
        future.add_done_callback(lambda done: stop.set() if done.cancelled() else None)
        return future

    def _apart(self, read: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Read for as long as it takes, with a connection and a thread of its own."""
        reader = Reader(lambda: self._database.reader(query_only=False), self._catch_up, self._mark_damaged)
        future = reader.submit(read, self._writer.submitted if self._writer else 0)
        reader.close_when_done()
        return future

    def _look_after(self) -> None:
        if self._writer is not None and self._database.missing is None and not self._closed:
            self._care = Care(self._database, self._writer, self._now)

    def _reconnect(self) -> sqlite3.Connection:
        """For the writer: another connection, or the first, to a file that could not be had until now."""
        if self._database.missing is None:
            return self._database.reconnect()
        whole, recovered = open_whole(self._database.path, self._lease, self._now)
        if whole.read_only:
            whole.connection.close()
            raise StoreError("the conversations can only be read")
        empty, self._database = self._database.connection, whole
        empty.close()
        self.recovered += recovered
        self.notices += whole.notices
        whole.notices = self.notices
        self._reader.renew()
        self._searcher.renew()
        self._look_after()
        return whole.connection

    def _catch_up(self, after: int) -> None:
        """Wait for what was written before a read was asked for; not for long, and not for a failing disk."""
        writer = self._writer
        if writer is None:
            return
        end = time.monotonic() + CATCH_UP_SECONDS
        while writer.finished < after and not writer.failing and time.monotonic() < end:
            time.sleep(0.0005)

    def _mark_damaged(self) -> None:
        if not self.read_only and self._database.missing is None:
            maintenance.mark_damaged(self._database.path)

    def _put_lease(self, connection: sqlite3.Connection) -> None:
        mine = self._lease
        connection.execute(
            """INSERT INTO lease VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET refreshed_at = excluded.refreshed_at""",
            (mine.token, mine.host, mine.pid, mine.started, self._now()),
        )
        self._leased = True
        self._refreshed = time.monotonic()

    def _wake(self) -> float | None:
        """Where others cannot look at this process, that it lives is written down while it holds anything."""
        looked_at = self._lease.started and not self._database.network
        return None if looked_at or not self._held else REFRESH_SECONDS

    def _refresh(self) -> Task | None:
        if not (self._journals or self._wake()) or time.monotonic() - self._refreshed < REFRESH_SECONDS:
            return None
        self._refreshed = time.monotonic()
        return Task(self._put_lease, Future())

    def _farewell(self) -> Task | None:
        if not self._leased:
            return None

        def work(connection: sqlite3.Connection) -> None:
            let_go(connection, None, self._lease)
            connection.execute("DELETE FROM lease WHERE token = ?", (self._lease.token,))

        return Task(work, Future())
