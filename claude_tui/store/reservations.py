"""What requests under way may cost: reserved before they are sent, settled when they have ended.

One transaction looks at what was spent and reserved, and reserves: no two windows are given the same cent. What a
window reserved that died is settled by whoever finds it, from what it left of the reply.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from . import recovery
from .lease import Lease
from .values import Bound, Claim, Given, Release

NOBODY = ""
"""In the place of a lease: what may have been billed, and nobody ever said."""


def used(connection: sqlite3.Connection, bound: Bound) -> int:
    """What was spent and is reserved under a bound; an amount nobody knows counts as nothing."""
    sum_ = "SELECT coalesce(sum(cost_pico), 0) FROM ledger WHERE at >= ?"
    if bound.conversation_id is None:
        (pico,) = connection.execute(sum_, (bound.since,)).fetchone()
    else:
        query = f"{sum_} AND conversation_id = ?"
        (pico,) = connection.execute(query, (bound.since, bound.conversation_id)).fetchone()
    # What is open counts whenever it began: it will be entered when it ends.
    (held,) = connection.execute(
        """SELECT coalesce(sum(nano), 0) FROM reservation
            WHERE CASE token WHEN ?1 THEN at >= ?2 ELSE ?4 END AND (?3 IS NULL OR conversation_id = ?3)""",
        (NOBODY, bound.since, bound.conversation_id, bound.under_way),
    ).fetchone()
    return -(-pico // 1_000) + held


def unconfirmed(connection: sqlite3.Connection, bound: Bound) -> int:
    """What of it may have been billed, and nobody ever said."""
    (nano,) = connection.execute(
        """SELECT coalesce(sum(nano), 0) FROM reservation
            WHERE token = ?1 AND at >= ?2 AND (?3 IS NULL OR conversation_id = ?3)""",
        (NOBODY, bound.since, bound.conversation_id),
    ).fetchone()
    return nano


def reserve(connection: sqlite3.Connection, claim: Claim, bounds: Sequence[Bound], mine: Lease, now: int) -> Given:
    """Reserve as much of the claim as every bound leaves, if that is enough to send it."""
    taken = tuple(used(connection, bound) for bound in bounds)
    left = min((bound.nano - spent for bound, spent in zip(bounds, taken, strict=True)), default=claim.most)
    given = min(claim.most, left)
    in_the_way = given < claim.most and bool(abandoned(connection, mine, now))
    if given < claim.least:
        return Given(0, taken, in_the_way)
    connection.execute(
        """INSERT INTO reservation (id, token, conversation_id, node_id, model, at, nano, reading)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (claim.id, mine.token, claim.conversation_id, claim.node_id, claim.model, now, given, claim.reading),
    )
    return Given(given, taken, in_the_way)


def widen(connection: sqlite3.Connection, id: str, most: int, least: int, bounds: Sequence[Bound]) -> Given:
    """Reserve more for a request under way: up to ``most`` in all, and not less than ``least``."""
    row = connection.execute("SELECT nano FROM reservation WHERE id = ?", (id,)).fetchone()
    held = row[0] if row is not None else 0
    taken = tuple(used(connection, bound) for bound in bounds)
    left = min((bound.nano - spent + held for bound, spent in zip(bounds, taken, strict=True)), default=most)
    given = min(most, left)
    if row is None or given < least:
        return Given(0, taken)
    connection.execute("UPDATE reservation SET nano = ? WHERE id = ?", (given, id))
    return Given(given, taken)


def release(connection: sqlite3.Connection, released: Release) -> None:
    """A request has ended, and what it cost is entered: only what it may have cost beyond that goes on counting."""
    _let_go(connection, "id = ?", released.id, released.doubt, released.at)


def release_node(connection: sqlite3.Connection, node_id: str, doubt: int) -> None:
    """The same for the request of a reply whose window died."""
    _let_go(connection, f"node_id = ? AND token <> '{NOBODY}'", node_id, doubt)


def _let_go(connection: sqlite3.Connection, which: str, id: str, doubt: int, at: int = 0) -> None:
    if doubt > 0:
        query = f"UPDATE reservation SET token = ?, nano = ?, reading = 0, at = max(at, ?) WHERE {which}"
        connection.execute(query, (NOBODY, doubt, at, id))
    else:
        connection.execute(f"DELETE FROM reservation WHERE {which}", (id,))


def abandoned(connection: sqlite3.Connection, mine: Lease, now: int) -> list[tuple[str, str, int, int]]:
    """What dead windows had reserved: ids of it and of the reply, how much, and how much of it for reading."""
    rows = connection.execute(
        """SELECT r.id, r.node_id, r.nano, r.reading, l.host, l.pid, l.started, l.token,
                l.refreshed_at
            FROM reservation AS r LEFT JOIN lease AS l USING (token) WHERE r.token NOT IN (?, ?)""",
        (NOBODY, mine.token),
    ).fetchall()
    return [row[:4] for row in rows if row[4] is None or Lease(*row[4:8]).gone(row[8], now, mine)]


def release_abandoned(connection: sqlite3.Connection, mine: Lease, now: int) -> None:
    """What dead windows had reserved goes, but for replies that are still to be priced.

    Of a reply that never began what was read is counted; of what belongs to no message all that was reserved.
    """
    for id, node_id, nano, reading in abandoned(connection, mine, now):
        recovery.settle(connection, node_id, mine, now)
        entered = "SELECT pending FROM ledger WHERE node_id = ? AND node_id <> ''"
        row = connection.execute(entered, (node_id,)).fetchone()
        if row is None:
            release(connection, Release(id, reading if node_id else nano))
        elif not row[0]:
            release(connection, Release(id))
