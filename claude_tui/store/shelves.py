"""The conversations as they are kept: lists of them, titles, pins, the archive, the trash.

Functions of a connection, each inside somebody else's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from claude_tui.core.conversation import Marks
from claude_tui.core.sound import sound

from . import windows
from .drafts import OF
from .lease import Lease
from .slices import forget
from .values import Exactness, Shelf, Summary

PURGED_CHARACTERS = 100_000
"""Taken away in some 20 ms."""

_KEPT = "trashed_at IS NULL AND purged_at IS NULL"
_WHERE: dict[Shelf, str] = {
    "open": f"{_KEPT} AND archived = 0",
    "archived": f"{_KEPT} AND archived = 1",
    "trash": "trashed_at IS NOT NULL AND purged_at IS NULL",
}
_ORDER: dict[Shelf, str] = {
    "open": "pinned DESC, used DESC",
    "archived": "pinned DESC, used DESC",
    "trash": "trashed_at DESC, used DESC",
}


# Writing.


def rename(connection: sqlite3.Connection, conversation_id: str, title: str, by: str = "person") -> bool:
    """Another title. What a model thought of never takes the place of what a person gave; whether it was taken."""
    only = "" if by == "person" else "AND titled <> 'person'"
    return bool(
        connection.execute(
            f"UPDATE conversation SET title = ?, titled = ? WHERE id = ? {only}", (sound(title), by, conversation_id)
        ).rowcount
    )


def titled(connection: sqlite3.Connection, conversation_id: str) -> str:
    """Who gave the title."""
    row = connection.execute("SELECT titled FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    return row[0] if row else ""


def untitled(connection: sqlite3.Connection, conversation_id: str) -> None:
    """The title it has was given by nobody: one that is thought of may take its place."""
    connection.execute("UPDATE conversation SET titled = '' WHERE id = ?", (conversation_id,))


def trash(connection: sqlite3.Connection, conversation_id: str, when: int | None) -> None:
    """Into the trash, or out of it with None. Nothing is ever taken from the trash by itself."""
    connection.execute("UPDATE conversation SET trashed_at = ? WHERE id = ?", (when, conversation_id))


def pin(connection: sqlite3.Connection, conversation_id: str, pinned: bool) -> None:
    """Before the others, or among them again."""
    connection.execute("UPDATE conversation SET pinned = ? WHERE id = ?", (int(pinned), conversation_id))


def archive(connection: sqlite3.Connection, conversation_id: str, archived: bool) -> None:
    """Out of the list, or into it again."""
    connection.execute("UPDATE conversation SET archived = ? WHERE id = ?", (int(archived), conversation_id))


def purge(connection: sqlite3.Connection, only: Collection[str] | None, mine: Lease, now: int) -> list[str]:
    """For good, out of the trash: some conversations or all that is in it; what was taken.

    This says so, and from here on nobody sees it; `purge_some` takes it away. The ledger keeps what it cost.
    What a living window has open to write in, this one too, stays in the trash.
    """
    used = windows.in_use(connection, mine, now)
    ids = [
        id
        for (id,) in connection.execute(f"SELECT id FROM conversation WHERE {_WHERE['trash']}").fetchall()
        if (only is None or id in only) and id not in used
    ]
    for id in ids:
        connection.execute("UPDATE conversation SET purged_at = ?, title = '' WHERE id = ?", (now, id))
        for table in ("draft", "draft_history", "choice"):
            connection.execute(f"DELETE FROM {table} WHERE {OF} = ?", (id,))
    return ids


def bring_back(connection: sqlite3.Connection, conversation_id: str) -> None:
    """What a question is asked in is not in the trash, whoever put it there."""
    connection.execute("UPDATE conversation SET trashed_at = NULL, purged_at = NULL WHERE id = ?", (conversation_id,))


def purge_some(connection: sqlite3.Connection) -> bool:
    """Take away a piece of what was deleted for good; whether there may be more."""
    row = connection.execute("SELECT id FROM conversation WHERE purged_at IS NOT NULL LIMIT 1").fetchone()
    if row is None:
        return False
    characters = 0
    nodes: list[tuple[int, str]] = []
    for seq, node_id, content, search_id in connection.execute(
        "SELECT seq, id, content, search_id FROM node WHERE conversation_id = ?", row
    ):
        nodes.append((seq, node_id))
        forget(connection, content, search_id)
        characters += len(content)
        if characters > PURGED_CHARACTERS:
            break
    for seq, node_id in nodes:
        connection.execute("DELETE FROM journal WHERE node_id = ?", (node_id,))
        connection.execute("DELETE FROM node WHERE seq = ?", (seq,))
    if characters <= PURGED_CHARACTERS:
        connection.execute("DELETE FROM conversation WHERE id = ?", row)
    return True


# Reading.


def find(connection: sqlite3.Connection, prefix: str, limit: int = 50, shelf: Shelf | None = None) -> list[str]:
    """The ids that begin with ``prefix``, the last used first; on one shelf, or anywhere but in the trash."""
    return [
        row[0]
        for row in connection.execute(
            f"""SELECT id FROM conversation WHERE substr(id, 1, ?) = ? AND {_WHERE[shelf] if shelf else _KEPT}
                ORDER BY used DESC LIMIT ?""",
            (len(prefix), sound(prefix), limit),
        ).fetchall()
    ]


def latest(connection: sqlite3.Connection) -> str | None:
    """The last used conversation."""
    row = connection.execute(f"SELECT id FROM conversation WHERE {_KEPT} ORDER BY used DESC LIMIT 1").fetchone()
    return row[0] if row else None


def count(connection: sqlite3.Connection, shelf: Shelf) -> int:
    """How many there are."""
    (number,) = connection.execute(f"SELECT count(*) FROM conversation WHERE {_WHERE[shelf]}").fetchone()
    return number


def all_ids(connection: sqlite3.Connection) -> list[str]:
    """Every conversation that is not in the trash, the last used first."""
    return [row[0] for row in connection.execute(f"SELECT id FROM conversation WHERE {_KEPT} ORDER BY used DESC")]


def marks(connection: sqlite3.Connection, conversation_id: str) -> Marks:
    """What a person made of a conversation."""
    row = connection.execute(
        "SELECT pinned, archived, titled FROM conversation WHERE id = ?", (conversation_id,)
    ).fetchone()
    return Marks(bool(row[0]), bool(row[1]), row[2]) if row else Marks()


def listed(connection: sqlite3.Connection, shelf: Shelf, limit: int, offset: int) -> list[Summary]:
    """What is on a shelf, the pinned first, then the last used. It costs what it gives, however many there are."""
    order = _ORDER[shelf]
    some = f"SELECT seq FROM conversation WHERE {_WHERE[shelf]} ORDER BY {order} LIMIT ? OFFSET ?"
    return _summaries(connection, f"c.seq IN ({some}) ORDER BY {order}", (limit, offset))


def summary(connection: sqlite3.Connection, conversation_id: str) -> Summary | None:
    """One line of the library."""
    return next(iter(_summaries(connection, "c.id = ? AND c.purged_at IS NULL", (conversation_id,))), None)


def _summaries(connection: sqlite3.Connection, where: str, values: tuple[int | str, ...]) -> list[Summary]:
    rows = connection.execute(
        f"""SELECT c.id, c.title, c.model, c.created_at, c.updated_at,
            (SELECT count(*) FROM node AS n
                WHERE n.conversation_id = c.id AND n.origin IN ('typed', 'model') AND n.via = ''),
            (SELECT n.status FROM node AS n WHERE n.id = c.head_id),
            EXISTS (SELECT 1 FROM draft AS d WHERE d.conversation_id = c.id
                OR (d.conversation_id > c.id || ':' AND d.conversation_id < c.id || ';')),
            c.pinned, c.archived
        FROM conversation AS c
        WHERE {where}""",
        values,
    ).fetchall()
    costs = _costs(connection, [row[0] for row in rows])
    return [
        Summary(
            id=row[0],
            title=row[1],
            model=row[2],
            created_at=row[3],
            updated_at=row[4],
            messages=row[5],
            cost_usd=costs.get(row[0], (None, ""))[0],
            interrupted=row[6] == "interrupted",
            draft=bool(row[7]),
            pinned=bool(row[8]),
            archived=bool(row[9]),
            cost_is=costs[row[0]][1] if row[0] in costs else "exact",
        )
        for row in rows
    ]


def _costs(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[str, Exactness]]:
    """What is known to have been spent on each, and how sure that is."""
    from decimal import Decimal, InvalidOperation  # 3 ms, which the first frame need not pay

    sums: dict[str, Decimal] = {}
    kinds: dict[str, set[str]] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for conversation_id, cost, exactness in connection.execute(
            f"""SELECT conversation_id, cost_usd, exactness FROM ledger
                WHERE conversation_id IN ({", ".join("?" * len(some))})""",
            some,
        ).fetchall():
            known = kinds.setdefault(conversation_id, set())
            try:
                if cost is not None:
                    sums[conversation_id] = sums.get(conversation_id, Decimal(0)) + Decimal(cost)
                known.add(exactness)
            except InvalidOperation:
                known.add("unknown")
    return {
        conversation_id: (format(total, "f"), _sure(kinds[conversation_id])) for conversation_id, total in sums.items()
    }


def _sure(kinds: set[str]) -> Exactness:
    if kinds & {"lower", "unknown"}:
        return "lower"
    return "estimate" if "estimate" in kinds else "exact"
