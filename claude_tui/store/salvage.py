"""What can be read of a damaged file, row by row and by key, into a new one.

One pass over a damaged table stops at the first bad page; asking for one key after another loses
only the rows on bad pages (29 of 30 messages against 12, with one page of noise).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .conversations import LOST_TITLE, NEXT
from .database import connect
from .locks import beside
from .migrations import APPLICATION_ID, COUNT_OLDER, STEPS, migrate
from .rows import NODE_COLUMNS, is_sound, node_from_row
from .slices import index_node

RANGE = 64
FARTHEST = 2_000_000
"""Keys that are asked for when even the last one cannot be read."""
PAGE = 4096
HEADER = 100
_INTERIOR = 5
"""The kind of a page of a table that only says which pages hold it."""

_PLAIN = {
    "conversation": (
        "id, title, model, head_id, created_at, updated_at, used, trashed_at, pinned, archived, purged_at, titled"
    ),
    "draft_history": "conversation_id, text, updated_at",
    "ledger": (
        "at, conversation_id, node_id, model, usage, cost_usd, exactness, kind, "
        "fresh, read, written, output, cost_pico, saved_usd, saved_pico, pending"
    ),
    "reservation": "id, token, conversation_id, node_id, model, at, nano, reading",
    "attachment": "sha256, media_type, size, name, path, data",
}


def set_aside(path: Path, stamp: str) -> Path:
    """Give the file and its log another name; nothing is ever deleted. What the name is now."""
    number = 0
    while True:
        ending = f".bad-{stamp}" + (f"-{number}" if number else "")
        aside = beside(path, ending)
        if not aside.exists():
            break
        number += 1
    # The log first: a database without its log is older, a log without its database is nothing.
    for part in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            beside(path, part).rename(beside(aside, part))
    return aside


def salvage(damaged: Path, into: sqlite3.Connection) -> str:
    """Copy what can be read; a sentence about it."""
    for source in _readings(damaged):
        try:
            said = _copy(source, into)
        except sqlite3.Error:
            said = None
        finally:
            source.close()
        if said is not None:
            return said
    return "Nothing in it could be read."


def fill(copy: Path, into: sqlite3.Connection) -> str:
    """Add the messages that are missing and that a copy has; a sentence about it if there were any."""
    try:
        source = _opened(copy, "")
    except sqlite3.Error:
        return ""
    into.execute("BEGIN IMMEDIATE")
    try:
        columns = _known(source, "conversation")
        for row in _rows(source, "conversation", columns):
            if not _insert(into, "conversation", columns, row):
                into.execute(
                    "UPDATE conversation SET title = ?, head_id = coalesce(head_id, ?) WHERE id = ? AND title = ?",
                    (row[1], row[3], row[0], LOST_TITLE),
                )
        found = _copy_nodes(source, into)[0]
        into.execute("COMMIT")
    except sqlite3.Error:
        if into.in_transaction:
            into.execute("ROLLBACK")
        return ""
    finally:
        source.close()
    return f" {_count(found, 'message')} came from the copy {copy.name}." if found else ""


def _copy(source: sqlite3.Connection, into: sqlite3.Connection) -> str | None:
    """All tables in one transaction; None if there was nothing."""
    into.execute("BEGIN IMMEDIATE")
    try:
        for table in _PLAIN:
            columns = _known(source, table)
            for row in _rows(source, table, columns):
                _insert(into, table, columns, row)
        into.execute(COUNT_OLDER)
        found, changed, open_replies, last = _copy_nodes(source, into)
        _copy_journals(source, into, open_replies)
        _copy_drafts(source, into)
        (conversations,) = into.execute("SELECT count(*) FROM conversation").fetchone()
        into.execute("COMMIT")
    except BaseException:
        if into.in_transaction:
            into.execute("ROLLBACK")
        raise
    if not found and not conversations:
        return None
    said = f"{_count(found, 'message')} in {_count(conversations, 'conversation')} could be read"
    if last and last > found:
        said += f", {_count(last - found, 'message')} could not"
    if changed:
        said += f", {_count(changed, 'message')} changed by accident and should be looked at with care"
    return said + "."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _copy_nodes(source: sqlite3.Connection, into: sqlite3.Connection) -> tuple[int, int, list[str], int | None]:
    found = changed = 0
    open_replies: list[str] = []
    for row in _rows(source, "node", NODE_COLUMNS):
        if not all(isinstance(row[at], str) for at in (0, 1, 3, 4, 5, 13, 14)):
            continue
        into.execute(
            f"""INSERT INTO conversation (id, title, created_at, updated_at, used)
                VALUES (?, ?, ?, ?, {NEXT}) ON CONFLICT DO NOTHING""",
            (row[1], LOST_TITLE, row[6], row[6]),
        )
        if not _insert(into, "node", NODE_COLUMNS, row):
            continue
        found += 1
        changed += not is_sound(row)
        if row[5] == "streaming":
            open_replies.append(row[0])
        else:
            index_node(into, node_from_row(row))
    return found, changed, open_replies, _last(source, "node")


def _copy_journals(source: sqlite3.Connection, into: sqlite3.Connection, node_ids: Iterable[str]) -> None:
    """Row after row of each open reply, to the first that cannot be read: what follows would not join."""
    for node_id in node_ids:
        for seq in range(FARTHEST):
            try:
                row = source.execute(
                    "SELECT node_id, seq, payload FROM journal WHERE node_id = ? AND seq = ?", (node_id, seq)
                ).fetchone()
            except sqlite3.DatabaseError:
                break
            if row is None:
                break
            _insert(into, "journal", "node_id, seq, payload", row)


def _copy_drafts(source: sqlite3.Connection, into: sqlite3.Connection) -> None:
    ids = into.execute("SELECT id FROM conversation").fetchall()
    for conversation_id in ("", *(row[0] for row in ids)):
        with suppress(sqlite3.DatabaseError):
            for row in source.execute(
                "SELECT conversation_id, text, updated_at FROM draft WHERE conversation_id = ?", (conversation_id,)
            ).fetchall():
                _insert(into, "draft", "conversation_id, text, updated_at", row)
        with suppress(sqlite3.DatabaseError):  # an older file has none
            choice = source.execute("SELECT * FROM choice WHERE conversation_id = ?", (conversation_id,)).fetchone()
            if choice is not None:
                _insert(into, "choice", "conversation_id, chosen", choice)


def _insert(into: sqlite3.Connection, table: str, columns: str, row: Iterable[Any]) -> bool:
    """Whether the row could be taken over; a value of the wrong kind is damage like any other."""
    values = tuple(row)
    marks = ", ".join("?" * len(values))
    try:
        return into.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", values).rowcount > 0
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError):
        return False


def _known(source: sqlite3.Connection, table: str) -> str:
    """The columns of ours that the file has: it may be of an older version. All, where that cannot be read."""
    try:
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table})").fetchall()}
    except sqlite3.DatabaseError:
        there = set[str]()
    return ", ".join(name for name in _PLAIN[table].split(", ") if name in there) or _PLAIN[table]


def _last(source: sqlite3.Connection, table: str) -> int | None:
    try:
        (last,) = source.execute(f"SELECT max(seq) FROM {table}").fetchone()
    except sqlite3.DatabaseError:
        return None
    return last or 0


def _rows(source: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Every row that can be read, by key: in ranges where the file is sound, one by one where it is not."""
    last = _last(source, table)
    query = f"SELECT {columns} FROM {table} WHERE seq "
    quiet = 0
    for start in range(1, (FARTHEST if last is None else last) + 1, RANGE):
        try:
            rows: list[Any] = source.execute(query + "BETWEEN ? AND ?", (start, start + RANGE - 1)).fetchall()
        except sqlite3.DatabaseError:
            rows = []
            for key in range(start, start + RANGE):
                with suppress(sqlite3.DatabaseError):
                    rows += source.execute(query + "= ?", (key,)).fetchall()
        yield from rows
        quiet = 0 if rows else quiet + RANGE
        if last is None and quiet > 10_000:
            return


def _readings(damaged: Path) -> Iterator[sqlite3.Connection]:
    """The file and its log, the file alone, and copies with a new header and a new catalogue, where those are gone."""
    log = beside(damaged, "-wal")
    try:
        data = damaged.read_bytes()
        logged = log.read_bytes() if log.exists() else b""
    except OSError:
        return
    if len(data) >= PAGE:
        for query in ("", "&immutable=1"):
            with suppress(sqlite3.Error), _leaving_nothing(damaged):
                yield _opened(damaged, query)
    header = _header(max(1, len(data) // PAGE))
    for pages in ({}, _catalogue()):
        patched = bytearray(data if len(data) >= PAGE else bytes(PAGE))
        for number, page in pages.items():
            patched[(number - 1) * PAGE : number * PAGE] = page
        patched[:HEADER] = header
        with suppress(OSError, sqlite3.Error):
            yield from _reading_of(beside(damaged, ".header"), bytes(patched), logged)


def _reading_of(copy: Path, data: bytes, logged: bytes) -> Iterator[sqlite3.Connection]:
    try:
        with _leaving_nothing(copy):
            _write(copy, data)
            _write(beside(copy, "-wal"), logged)
            yield _opened(copy, "")
    finally:
        for part in ("", "-wal", "-shm"):
            beside(copy, part).unlink(missing_ok=True)


def _catalogue() -> dict[int, bytes]:
    """The pages, by number, that say where each table is in a file that this version made: it is always the same."""
    fresh = sqlite3.connect(":memory:")
    try:
        migrate(fresh)
        data = fresh.serialize()
    finally:
        fresh.close()
    numbers = {1}
    if data[HEADER] == _INTERIOR:
        cells = int.from_bytes(data[HEADER + 3 : HEADER + 5], "big")
        places = [int.from_bytes(data[at : at + 2], "big") for at in range(HEADER + 12, HEADER + 12 + 2 * cells, 2)]
        numbers |= {int.from_bytes(data[at : at + 4], "big") for at in (HEADER + 8, *places)}
    return {number: data[(number - 1) * PAGE : number * PAGE] for number in numbers}


@contextmanager
def _leaving_nothing(path: Path) -> Generator[None]:
    """Take away what only reading made."""
    made = [part for part in (beside(path, "-wal"), beside(path, "-shm")) if not part.exists()]
    try:
        yield
    finally:
        for part in made:
            part.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(data)


def _opened(path: Path, query: str) -> sqlite3.Connection:
    connection = connect(path, "ro", query)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _header(pages: int) -> bytes:
    """The first hundred bytes as SQLite writes them for a database of ours."""
    start = b"SQLite format 3\0" + PAGE.to_bytes(2, "big") + bytes([2, 2, 0, 64, 32, 32])
    words = [1, pages, 0, 0, 1, 4, 0, 0, 1, len(STEPS), 0, APPLICATION_ID]
    return (start + b"".join(word.to_bytes(4, "big") for word in words)).ljust(HEADER, b"\0")
