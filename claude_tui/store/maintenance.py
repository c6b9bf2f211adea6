"""Looking after the file: checks, copies, and a mark for the next start."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from claude_tui.errors import StoreError

from .database import copy_pages
from .faults import damaged, reason
from .lease import Lease
from .locks import beside
from .rows import checksum

DAMAGE_MARK = ".damaged"
NOT_PURGED = "conversation_id NOT IN (SELECT id FROM conversation WHERE purged_at IS NOT NULL)"
"""A message that is not on its way out: of what is deleted for good only pieces may be left."""


def check(connection: sqlite3.Connection, mine: Lease, now: int) -> tuple[list[str], bool]:
    """What is wrong with the file, as sentences, and whether the next start should repair it."""
    try:
        broken = [f"The database is damaged: {said}." for (said,) in _integrity(connection) if said != "ok"]
        return broken + _checksums(connection) + _loose_ends(connection, mine, now), bool(broken)
    except sqlite3.DatabaseError as error:
        return [f"The database could not be checked to its end: {reason(error)}."], damaged(error)


def _integrity(connection: sqlite3.Connection) -> list[tuple[str]]:
    return connection.execute("PRAGMA integrity_check(20)").fetchall()


def _checksums(connection: sqlite3.Connection) -> list[str]:
    found: list[str] = []
    last = 0
    while rows := connection.execute(
        f"SELECT seq, id, content, checksum FROM node WHERE seq > ? AND {NOT_PURGED} ORDER BY seq LIMIT 64", (last,)
    ).fetchall():
        last = rows[-1][0]
        found += [
            f"The message {node_id} is not what was written: its checksum differs."
            for _, node_id, content, expected in rows
            if checksum(content) != expected
        ]
    return found


def _loose_ends(connection: sqlite3.Connection, mine: Lease, now: int) -> list[str]:
    found: list[str] = []
    for node_id, rows in connection.execute(
        """SELECT node_id, count(*) FROM journal AS j
            WHERE NOT EXISTS (SELECT 1 FROM node WHERE id = j.node_id AND status = 'streaming') GROUP BY node_id"""
    ).fetchall():
        found.append(f"The journal of {node_id} ({rows} rows) belongs to no open reply.")
    for node_id, conversation_id in connection.execute(
        f"""SELECT id, conversation_id FROM node AS n WHERE parent_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM node WHERE id = n.parent_id) AND {NOT_PURGED}"""
    ).fetchall():
        found.append(f"The message {node_id} of conversation {conversation_id} has lost the one before it.")
    for conversation_id, head_id in connection.execute(
        """SELECT id, head_id FROM conversation AS c WHERE head_id IS NOT NULL AND purged_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM node WHERE id = c.head_id)"""
    ).fetchall():
        found.append(f"The conversation {conversation_id} was left at {head_id}, which is not there.")
    from .recovery import abandoned

    for node_id in abandoned(connection, mine, now):
        found.append(f"The reply {node_id} was cut when its process ended; opening its conversation settles it.")
    return found


def backup(connection: sqlite3.Connection, target: Path) -> None:
    """A whole copy at ``target``."""
    if target.exists() or target.is_symlink():
        raise StoreError(f"{target} is there already; name another file for the copy")
    try:
        copy_pages(connection, target)
    except FileExistsError as error:
        raise StoreError(f"{target} is there already; name another file for the copy") from error
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The copy {target} could not be written: {reason(error)}") from error


def owner_of(connection: sqlite3.Connection, node_id: str) -> tuple[Lease, int] | None:
    """Who writes a reply, and when that was last confirmed."""
    row = connection.execute(
        """SELECT l.host, l.pid, l.started, l.token, l.refreshed_at
            FROM node AS n JOIN lease AS l ON l.token = n.lease WHERE n.id = ?""",
        (node_id,),
    ).fetchone()
    return (Lease(row[0], row[1], row[2], row[3]), row[4]) if row else None


def mark_damaged(path: Path) -> None:
    """Leave word for the next start, which can repair: now the file is in use."""
    with suppress(OSError):
        beside(path, DAMAGE_MARK).touch(0o600)


def is_marked(path: Path) -> bool:
    """Whether word was left."""
    return beside(path, DAMAGE_MARK).exists()


def unmark(path: Path) -> None:
    """It was repaired."""
    with suppress(OSError):
        beside(path, DAMAGE_MARK).unlink(missing_ok=True)
