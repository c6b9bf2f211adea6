"""Money that was spent: it is kept when its conversation goes."""

from __future__ import annotations

import sqlite3

from claude_tui.core.events import sound

from .rows import dumps, loads_object
from .values import Spend


def spend(connection: sqlite3.Connection, entry: Spend) -> None:
    """Enter a cost."""
    connection.execute(
        """INSERT INTO ledger (at, conversation_id, node_id, model, usage, cost_usd, exactness, kind)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            entry.at,
            entry.conversation_id,
            entry.node_id,
            sound(entry.model),
            dumps(entry.usage),
            entry.cost_usd,
            entry.exactness,
            entry.kind,
        ),
    )


def spent(connection: sqlite3.Connection, since: int, conversation_id: str | None) -> list[Spend]:
    """Entries in the order they were written."""
    rows = connection.execute(
        """SELECT at, conversation_id, node_id, model, usage, cost_usd, exactness, kind FROM ledger
            WHERE at >= ? AND (? IS NULL OR conversation_id = ?) ORDER BY seq""",
        (since, conversation_id, conversation_id),
    ).fetchall()
    return [Spend(row[0], row[1], row[2], row[3], loads_object(row[4]), row[5], row[6], row[7]) for row in rows]
