"""What is looked after in the background, some seconds after the start, so that opening stays quick.

Once a day the file is checked, and a sound one is copied; the last three copies are kept. An index that
refused something, or is not whole yet, is made again; what was deleted for good, and an index that is used
no more, is taken away: all of it in pieces, and what is not done when the window closes is done another time.
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
from .importing import index_imported
from .ledger import count_older
from .maintenance import mark_damaged
from .shelves import purge_some
from .slices import begin_again, index_of, index_some, is_broken, retire_some
from .writer import Writer

PATIENCE_SECONDS = 8.0
DAY_MS = 24 * 3600 * 1000
KEPT = 3
PAUSE_SECONDS = 0.005
"""Between two pieces."""


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
                self._look_after(self._connection)
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

    def _look_after(self, connection: sqlite3.Connection) -> None:
        if is_broken(connection):
            self._writer.submit(begin_again).result()
        if index_of(connection).todo > 1:
            self._in_pieces(index_some)
        self._writer.submit(count_older).result()
        self._in_pieces(index_imported)
        self._in_pieces(purge_some)
        self._in_pieces(retire_some)

    def _in_pieces(self, work: Callable[[sqlite3.Connection], bool]) -> None:
        """As long as there is more to do; every piece lets everything else go first."""
        while not self._stop.is_set() and self._writer.submit(work, bulk=True).result():
            self._stop.wait(PAUSE_SECONDS)

    def _tell(self) -> None:
        mark_damaged(self._database.path)
        self._database.notices.append("The database is damaged in places; start again to have it repaired.")
