"""Another program's SQLite file, read as plain rows and trusted in nothing.

Only real tables are read: a view or a virtual table of a hostile file could compute for ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from claude_tui.errors import StoreError

from .database import connect_to_read
from .faults import damaged, reason

_CHECK_EVERY = 20_000
"""Steps of SQLite's machine between two looks at whether it is to stop."""


class ForeignFile:
    """The file, open to be read. Every method raises ``StoreError`` with one sentence."""

    def __init__(self, path: Path, stopped: Callable[[], bool]) -> None:
        self._path = path
        self._connection = self._open(stopped)
        self._places: dict[tuple[str, str, str], dict[object, list[int]] | None] = {}
        try:
            self.columns = self._columns()
            """The names of the columns of every table."""
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def check(self) -> None:
        """Read all of it once; a damaged file is told before anything of it is used."""
        try:
            if self._connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
                raise StoreError(f"{self._path.name} is damaged.")
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def rows(
        self, table: str, columns: Sequence[str], where: str = "", value: object = None, order: str = "rowid"
    ) -> Iterator[dict[str, Any]]:
        """Rows of a table by the names asked for: those it has not are None; none where there is no such table."""
        there = self.columns.get(table, ())
        if not there or (where and where not in there):
            return
        wanted = [name if name in there else f"NULL AS {name}" for name in columns]
        quoted = [name if name.startswith("NULL ") else f'"{name}"' for name in wanted]
        sql = f'SELECT {", ".join(quoted)} FROM "{table}"'
        sorted_by = f'ORDER BY "{order}"' if order in there else "ORDER BY rowid"
        try:
            if not where:
                found = [(f"{sql} {sorted_by}", ())]
            elif (places := self._found_at(table, where, sorted_by)) is not None:
                found = [(f"{sql} WHERE rowid = ?", (place,)) for place in places.get(value, ())]
            else:
                found = [(f'{sql} WHERE "{where}" IS ? {sorted_by}', (value,))]
            for statement, values in found:
                with closing(self._connection.execute(statement, values)) as cursor:
                    for row in cursor:
                        yield dict(zip(columns, row, strict=True))
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _found_at(self, table: str, where: str, sorted_by: str) -> dict[object, list[int]] | None:
        """Where the rows of each value of a column are, read once; None where an index of the file tells it.

        Without it the whole table would be read again for each value that is asked for.
        """
        asked = (table, where, sorted_by)
        if asked not in self._places:
            places: dict[object, list[int]] | None = None
            plan = f'EXPLAIN QUERY PLAN SELECT * FROM "{table}" WHERE "{where}" IS ?'
            indexed = all(row[3].startswith("SEARCH") for row in self._connection.execute(plan, ("",)))
            if not indexed and "rowid" not in self.columns[table]:
                places = {}
                for value, place in self._connection.execute(f'SELECT "{where}", rowid FROM "{table}" {sorted_by}'):
                    places.setdefault(value, []).append(place)
            self._places[asked] = places
        return self._places[asked]

    def _open(self, stopped: Callable[[], bool]) -> sqlite3.Connection:
        failed: sqlite3.Error | None = None
        for immutable in (False, True):  # a log beside it that cannot be opened does not keep it from being read
            connection = None
            try:
                connection = connect_to_read(self._path, immutable=immutable)
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            except sqlite3.Error as error:
                failed = failed or error
                if connection is not None:
                    connection.close()
                continue
            connection.set_progress_handler(lambda: int(stopped()), _CHECK_EVERY)
            with suppress(AttributeError):  # Python 3.11 has it
                connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100)
            return connection
        assert failed is not None
        raise self._sentence(failed) from failed

    def _columns(self) -> dict[str, tuple[str, ...]]:
        try:
            names = self._connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' LIMIT 1000"
            ).fetchall()
            return {
                name: tuple(
                    row[0] for row in self._connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
                )
                for (name,) in names
                if isinstance(name, str) and name.isidentifier()
            }
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _sentence(self, error: sqlite3.Error) -> StoreError:
        if damaged(error):
            return StoreError(f"{self._path.name} is damaged, or no SQLite database.")
        return StoreError(f"{self._path.name} cannot be read: {reason(error)}.")
