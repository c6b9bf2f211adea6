"""A reply whose process died is put together from its journal, exactly as far as it was seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from claude_tui.core.conversation import Node
from claude_tui.core.events import StreamEnded, StreamEvent
from claude_tui.core.reply import Reply, fold, fold_all

from . import ledger
from .conversations import put_nodes
from .lease import Lease
from .rows import NODE_COLUMNS, events_from_text, node_from_row
from .slices import index_node
from .values import Recovered, Spend

GONE = StreamEnded("gone")


def folded(node: Node, events: Sequence[StreamEvent], ending: StreamEnded | None = GONE) -> tuple[Node, Reply]:
    """The node with what its journal holds; without an ``ending`` it is still streaming."""
    reply = fold_all(events)
    if ending is not None:
        reply = fold(reply, ending)
    facts: dict[str, Any] = dict(node.facts)
    if reply.id:
        facts["message_id"] = reply.id
    if ending is not None and reply.status != "complete":
        facts["ending"] = {"cause": ending.cause, "detail": ending.detail, "kind": ending.cause}
    if ending is not None and reply.status == "complete" and not reply.usage_final:
        facts["usage_final"] = False
    for name, count in (("dropped", reply.dropped), ("characters", reply.characters)):
        if count:
            facts[name] = count
    if reply.unknown:
        facts["unknown"] = [dict(event) for event in reply.unknown]
    if reply.extra:
        facts["extra"] = dict(reply.extra)
    return (
        replace(
            node,
            # What was saved with the node itself stays when there never was a journal.
            content=reply.content if events else node.content,
            status=node.status if ending is None else reply.status,
            model=reply.model or node.model,
            stop_reason=reply.stop_reason,
            usage=node.usage.updated(reply.usage.counts),
            facts=facts,
        ),
        reply,
    )


def journal_of(connection: sqlite3.Connection, node_id: str) -> list[StreamEvent]:
    """What has come of a reply, as it was committed."""
    rows = connection.execute("SELECT payload FROM journal WHERE node_id = ? ORDER BY seq", (node_id,)).fetchall()
    return [event for (payload,) in rows for event in events_from_text(payload)]


def abandoned(connection: sqlite3.Connection, mine: Lease, now: int) -> list[str]:
    """The ids of replies that are open and written by nobody."""
    rows = connection.execute(
        """SELECT n.id, l.host, l.pid, l.started, l.token, l.refreshed_at
            FROM node AS n LEFT JOIN lease AS l ON l.token = n.lease
            WHERE n.status = 'streaming' AND (n.lease IS NULL OR n.lease <> ?)""",
        (mine.token,),
    ).fetchall()
    return [row[0] for row in rows if row[1] is None or Lease(*row[1:5]).gone(row[5], now, mine)]


def written_elsewhere(connection: sqlite3.Connection, conversation_id: str, mine: Lease, now: int) -> bool:
    """Whether another living process has an open reply in this conversation."""
    rows = connection.execute(
        """SELECT l.host, l.pid, l.started, l.token, l.refreshed_at
            FROM node AS n JOIN lease AS l ON l.token = n.lease
            WHERE n.status = 'streaming' AND n.conversation_id = ? AND n.lease <> ?""",
        (conversation_id, mine.token),
    ).fetchall()
    return any(not Lease(*row[:4]).gone(row[4], now, mine) for row in rows)


def recover(connection: sqlite3.Connection, mine: Lease, now: int) -> list[Recovered]:
    """Settle every abandoned reply, each in a transaction of its own."""
    recovered: list[Recovered] = []
    for node_id in abandoned(connection, mine, now):
        connection.execute("BEGIN IMMEDIATE")
        try:
            found = settle(connection, node_id, mine, now)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if found is not None:
            recovered.append(found)
    return recovered


def settle(connection: sqlite3.Connection, node_id: str, mine: Lease, now: int) -> Recovered | None:
    """Write the reply as its journal has it.

    None if it had come whole and only its end was not written, or if another window came first.
    """
    if node_id not in abandoned(connection, mine, now):
        return None
    row = connection.execute(f"SELECT {NODE_COLUMNS}, lease FROM node WHERE id = ?", (node_id,)).fetchone()
    if row is None:
        return None  # the indexes of a damaged file do not agree: a check says so, and a repair mends it
    conversation_id: str = row[1]
    node, reply = folded(node_from_row(row), journal_of(connection, node_id))
    put_nodes(connection, conversation_id, (node,), now)
    index_node(connection, node)
    connection.execute("DELETE FROM journal WHERE node_id = ?", (node_id,))
    if reply.usage.counts:  # the API had begun to count; the prices are not known in this room
        counts = reply.usage.counts
        unpriced = Spend(node.created_at, conversation_id, node_id, node.model, counts, None, "unknown")
        ledger.spend(connection, unpriced, pending=True)
    connection.execute(
        "DELETE FROM lease WHERE token = ? AND NOT EXISTS "
        "(SELECT 1 FROM node WHERE status = 'streaming' AND lease = lease.token)",
        (row[15],),
    )
    if node.status == "complete":
        return None
    (title,) = connection.execute("SELECT title FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    return Recovered(conversation_id, node_id, title, reply.characters)
