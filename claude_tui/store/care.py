"""What is looked after in the background, some seconds after the start, so that opening stays quick.

Once a day the file is checked, and a sound one is copied; the last three copies are kept. A search
index that refused something is made again.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from claude_tui.errors import StoreError

from .database import LOW_SPACE, Database, copy_to, free_space
from .faults import damaged
from .maintenance import mark_damaged
from .search import begin_again, index_range, is_broken
from .writer import Writer

PATIENCE_SECONDS = 8.0
DAY_MS = 24 * 3600 * 1000
KEPT = 3
CHUNK = 32


def copies(path: Path) -> list[Path]:
    """The copies there are, the newest first."""
    folder = path.parent / "copies"
    with suppress(OSError):
        return sorted(folder.glob(f"{path.stem}-*.db"), reverse=True)
    return []


class Care:
    """One thread that works once and ends."""

    def __init__(self, database: Database, writer: Writer, now: Callable[[], int]) -> None:
        self._database = database
        self._writer = writer
        self._now = now
        self._stop = threading.Event()
        self._connection: sqlite3.Connection | None = None
        threading.Thread(target=self._run, name="store-care", daemon=True).start()

    def close(self) -> None:
        """Stop at once; what was not done is done another time."""
        self._stop.set()
        connection = self._connection
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.interrupt()

    def _run(self) -> None:
        if self._stop.wait(PATIENCE_SECONDS):
            return
        try:
            self._connection = self._database.reader(query_only=False)
            try:
                self._check_and_copy(self._connection)
                if is_broken(self._connection):
                    self._index_again()
            finally:
                connection, self._connection = self._connection, None
                connection.close()
        except (sqlite3.Error, StoreError, OSError) as error:
            if damaged(error):
                self._tell()

    def _check_and_copy(self, connection: sqlite3.Connection) -> None:
        row = connection.execute("SELECT value FROM meta WHERE key = 'checked_at'").fetchone()
        if row is not None and 0 <= self._now() - int(row[0]) < DAY_MS:
            return
        if connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
            self._tell()
            return
        self._copy(connection)
        when = str(self._now())
        self._writer.submit(
            lambda writing: writing.execute(
                "INSERT INTO meta VALUES ('checked_at', ?) ON CONFLICT DO UPDATE SET value = excluded.value", (when,)
            )
        )

    def _copy(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT 1 FROM node LIMIT 1").fetchone() is None:
            return
        path = self._database.path
        folder = path.parent / "copies"
        free = free_space(path.parent)
        if free is not None and free < 4 * path.stat().st_size + LOW_SPACE:
            return
        folder.mkdir(0o700, exist_ok=True)
        copy_to(connection, folder / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}.db")
        for old in copies(path)[KEPT:]:
            old.unlink(missing_ok=True)

    def _index_again(self) -> None:
        last = self._writer.submit(begin_again).result()
        for first in range(1, last + 1, CHUNK):
            if self._stop.is_set():
                return
            self._writer.submit(
                lambda writing, first=first: index_range(writing, first, first + CHUNK - 1), bulk=True
            ).result()

    def _tell(self) -> None:
        mark_damaged(self._database.path)
        self._database.notices.append("The database is damaged in places; start again to have it repaired.")
