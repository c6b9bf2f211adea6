"""What SQLite and the system say when they cannot, as a sentence for a person."""

from __future__ import annotations

import errno
import sqlite3

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# What may pass: these writes are kept in memory and tried again.
PASSING = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
    }
)

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the data folder is read-only",
    sqlite3.SQLITE_BUSY: "another program holds the database",
    sqlite3.SQLITE_LOCKED: "another program holds the database",
    sqlite3.SQLITE_PROTOCOL: "another program holds the database",
    sqlite3.SQLITE_IOERR: "the disk cannot be written",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened any more",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_PERM: "the database belongs to another user",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; start again to have it repaired",
    sqlite3.SQLITE_NOTADB: "the database is damaged; start again to have it repaired",
}


def code(error: BaseException) -> int:
    """SQLite's primary result code; 0 when the error is not SQLite's own."""
    if not isinstance(error, sqlite3.Error):
        return 0
    extended: int = getattr(error, "sqlite_errorcode", 0)
    return extended & 0xFF


def passing(error: BaseException) -> bool:
    """Whether trying again may help."""
    return code(error) in PASSING


def damaged(error: BaseException) -> bool:
    """Whether the file is not what SQLite wrote."""
    return code(error) in DAMAGED


def reason(error: BaseException) -> str:
    """Why, as a phrase that goes after a colon."""
    known = _REASONS.get(code(error))
    if known:
        return known
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _REASONS[sqlite3.SQLITE_FULL]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return str(error) or type(error).__name__
