"""What a check found is mended, as far as it can be: never by leaving anything out that a copy of the file has.

For damage that the database itself cannot read around there is `salvage`; this is for what can be read and does
not fit together. Whoever calls has made a copy of the whole before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .conversations import LOST, lost_node, put_nodes
from .database import connect
from .lease import Lease
from .maintenance import NOT_PURGED
from .recovery import abandoned, settle
from .rows import NODE_COLUMNS, checksum, node_from_row
from .slices import begin_again, index_node, is_broken


def mend(connection: sqlite3.Connection, copies: Iterable[Path], mine: Lease, now: int) -> list[str]:
    """Mend inside a transaction; a sentence for each thing that was."""
    said: list[str] = []
    opened = list(_opened(copies))
    try:
        for node_id in abandoned(connection, mine, now):
            settle(connection, node_id, mine, now)
            said.append(f"The reply {node_id} was put together as far as it came.")
        said += _contents(connection, opened, now)
        said += _parents(connection, opened, now)
        said += _heads(connection)
        gone = connection.execute(
            """DELETE FROM journal WHERE NOT EXISTS
                (SELECT 1 FROM node WHERE id = journal.node_id AND status = 'streaming')"""
        ).rowcount
        if gone:
            said.append(f"{gone:,} rows of journals that belong to no open reply were taken away.")
        if is_broken(connection):
            begin_again(connection)
            said.append("The index of the search is made anew.")
    finally:
        for copy in opened:
            copy.close()
    return said


def _opened(copies: Iterable[Path]) -> Iterable[sqlite3.Connection]:
    for path in copies:
        with suppress(sqlite3.Error):
            yield connect(path, "ro")


def _contents(connection: sqlite3.Connection, copies: list[sqlite3.Connection], now: int) -> list[str]:
    """Messages that are not what was written, from a copy that has what was."""
    said: list[str] = []
    last = 0
    while rows := connection.execute(
        f"""SELECT seq, id, conversation_id, content, checksum FROM node
            WHERE seq > ? AND {NOT_PURGED} ORDER BY seq LIMIT 64""",
        (last,),
    ).fetchall():
        last = rows[-1][0]
        for _, node_id, conversation_id, content, expected in rows:
            if checksum(content) == expected:
                continue
            row = _from(copies, node_id)
            if row is not None and checksum(row[13]) == expected:
                node = node_from_row(row)
                put_nodes(connection, conversation_id, (node,), now)
                index_node(connection, node)
                said.append(f"The message {node_id} came from a copy, as it was written.")
    return said


def _parents(connection: sqlite3.Connection, copies: list[sqlite3.Connection], now: int) -> list[str]:
    """Messages that are missing before others: from a copy, or something that says that one is missing."""
    said: list[str] = []
    while rows := connection.execute(
        f"""SELECT DISTINCT parent_id, conversation_id, role FROM node AS n WHERE parent_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM node WHERE id = n.parent_id) AND {NOT_PURGED} LIMIT 100"""
    ).fetchall():
        for parent_id, conversation_id, role in rows:
            row = _from(copies, parent_id)
            node = node_from_row(row) if row is not None else lost_node(parent_id, role)
            put_nodes(connection, conversation_id, (node,), now)
            index_node(connection, node)
            came = "came from a copy." if row is not None else f"is lost; in its place stands: {LOST}"
            said.append(f"The message {parent_id} {came}")
    return said


def _heads(connection: sqlite3.Connection) -> list[str]:
    """Where a conversation was left and nothing is: its newest message."""
    rows = connection.execute(
        """SELECT id, (SELECT id FROM node WHERE conversation_id = c.id ORDER BY seq DESC LIMIT 1)
            FROM conversation AS c WHERE head_id IS NOT NULL AND purged_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM node WHERE id = c.head_id)"""
    ).fetchall()
    for conversation_id, newest in rows:
        connection.execute("UPDATE conversation SET head_id = ? WHERE id = ?", (newest, conversation_id))
    return [f"The conversation {conversation_id} is left at its newest message." for conversation_id, _ in rows]


def _from(copies: list[sqlite3.Connection], node_id: str) -> tuple[str, ...] | None:
    for copy in copies:
        with suppress(sqlite3.Error):
            row = copy.execute(f"SELECT {NODE_COLUMNS} FROM node WHERE id = ?", (node_id,)).fetchone()
            if row is not None and checksum(row[13]) == row[14]:
                return row
    return None
