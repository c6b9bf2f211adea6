"""The one thread that reads, with a connection that cannot write and can be interrupted.

Lists, search and export never stand in the way of a frame's commit. Each read is short: rows are
fetched at once and made into values afterwards, so that no snapshot keeps the log from being reused.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from claude_tui.errors import StoreError

from .faults import damaged, reason

T = TypeVar("T")


@contextmanager
def one_moment(connection: sqlite3.Connection) -> Generator[None]:
    """What is read inside is of one moment of the file: a reply and its journal, which another window may settle."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


class Reader:
    """The thread begins with the first read."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        catch_up: Callable[[int], None],
        on_damage: Callable[[], None],
    ) -> None:
        self._connect = connect
        self._catch_up = catch_up
        self._on_damage = on_damage
        self._connection: sqlite3.Connection | None = None
        self._reads: queue.SimpleQueue[tuple[Future[Any], Callable[[sqlite3.Connection], Any], int] | None] = (
            queue.SimpleQueue()
        )
        self._guard = threading.Lock()
        self._current: Future[Any] | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._stale = False

    def submit(self, read: Callable[[sqlite3.Connection], T], after: int) -> Future[T]:
        """Read, after what was submitted to the writer as number ``after`` has been written.

        Cancelling the future interrupts the read.
        """
        future: Future[T] = Future()
        if self._closing:
            future.set_exception(StoreError("The conversations are closed already"))
            return future
        future.add_done_callback(self._interrupt_if_cancelled)
        self._reads.put((future, read, after))
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="store-reader", daemon=True)
                self._thread.start()
        return future

    def renew(self) -> None:
        """Connect anew for the next read: there is another file."""
        self._stale = True

    def close(self) -> None:
        """Interrupt what is read, and end."""
        self._closing = True
        self._reads.put(None)
        self._interrupt()

    def close_when_done(self) -> None:
        """End after what was asked for."""
        self._reads.put(None)

    def join(self, timeout: float) -> None:
        """Wait for the end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _interrupt_if_cancelled(self, future: Future[Any]) -> None:
        if future.cancelled():
            with self._guard:
                if self._current is future:
                    self._interrupt()

    def _interrupt(self) -> None:
        connection = self._connection
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.interrupt()

    def _run(self) -> None:
        while (item := self._reads.get()) is not None:
            future, read, after = item
            if future.cancelled():
                continue
            if self._closing:
                self._fail(future, StoreError("The conversations were closed before this was read"))
                continue
            self._catch_up(after)
            with self._guard:
                self._current = future
            try:
                if self._stale and self._connection is not None:
                    self._connection.close()
                    self._connection = None
                if self._connection is None:
                    self._stale = False
                    self._connection = self._connect()
                result = read(self._connection)
            except Exception as error:
                if damaged(error):
                    self._on_damage()
                self._fail(
                    future, error if isinstance(error, StoreError) else StoreError(f"Not read: {reason(error)}.")
                )
            else:
                with suppress(InvalidStateError):
                    future.set_result(result)
            finally:
                with self._guard:
                    self._current = None
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()

    @staticmethod
    def _fail(future: Future[Any], error: StoreError) -> None:
        with suppress(InvalidStateError):
            future.set_exception(error)
