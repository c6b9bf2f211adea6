"""Money that was spent: it is kept when its conversation goes."""

from __future__ import annotations

import sqlite3
from typing import Any

from claude_tui.core.message import Usage
from claude_tui.core.sound import sound

from .migrations import COUNT_OLDER
from .rows import dumps, loads_object
from .values import Spend, Sums, SumsBy

PICO = 10**12
"""Sums are made of whole numbers, exactly: no price has more digits than this leaves room for."""
_MOST = 10**16
"""No reply costs ten thousand dollars; hundreds of such amounts can still be summed."""
_COLUMNS = "at, conversation_id, node_id, model, usage, cost_usd, exactness, kind, saved_usd"
_KEYS: dict[SumsBy, str] = {
    "all": "''",
    "day": "strftime('%Y-%m-%d', at / 1000, 'unixepoch', 'localtime')",
    "model": "model",
    "conversation": "conversation_id",
    "kind": "kind",
}


_COUNTED = "ledger_counted"
"""In ``meta``: the last entry of which is known that its counts are in their columns."""


def count_older(connection: sqlite3.Connection) -> None:
    """Entries of a window of an older version, which enters only the text of its counts, are given them."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_COUNTED,)).fetchone()
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchone()
    if last > (before := int(row[0]) if row is not None else 0):
        connection.execute(f"{COUNT_OLDER} AND seq > ?", (before,))
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_COUNTED, str(last)))


def spend(connection: sqlite3.Connection, entry: Spend, *, pending: bool = False) -> None:
    """Enter a cost. A reply is paid for once: what was entered for it before gives way.

    ``pending`` is what a dead process left: it is still to be priced.
    """
    if entry.node_id:
        connection.execute("DELETE FROM ledger WHERE node_id = ? AND kind = ?", (entry.node_id, entry.kind))
    usage = Usage(entry.usage)
    connection.execute(
        f"""INSERT INTO ledger ({_COLUMNS}, fresh, read, written, output, cost_pico, saved_pico, pending)
            VALUES ({", ".join("?" * 16)})""",
        (
            entry.at,
            entry.conversation_id,
            entry.node_id,
            sound(entry.model),
            dumps(entry.usage),
            entry.cost_usd,
            entry.exactness,
            entry.kind,
            entry.saved_usd,
            usage.input_tokens,
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
            usage.output_tokens,
            _pico(entry.cost_usd),
            _pico(entry.saved_usd),
            int(pending),
        ),
    )


def _pico(dollars: str | None) -> int | None:
    from decimal import Decimal, InvalidOperation  # 3 ms, which the first frame need not pay

    try:
        amount = None if dollars is None else int((Decimal(dollars) * PICO).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return amount if amount is not None and abs(amount) < _MOST else None


def spent(connection: sqlite3.Connection, since: int, conversation_id: str | None) -> list[Spend]:
    """Entries in the order they were written."""
    rows = connection.execute(
        f"""SELECT {_COLUMNS} FROM ledger
            WHERE at >= ? AND (? IS NULL OR conversation_id = ?) ORDER BY seq""",
        (since, conversation_id, conversation_id),
    ).fetchall()
    return list(map(_spend, rows))


def _spend(row: tuple[Any, ...]) -> Spend:
    at, conversation_id, node_id, model, usage, cost, exactness, kind, saved = row
    return Spend(at, conversation_id, node_id, model, loads_object(usage), cost, exactness, kind, saved)


def pending(connection: sqlite3.Connection) -> list[Spend]:
    """What dead processes left to be priced."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM ledger WHERE pending = 1 ORDER BY seq").fetchall()
    return list(map(_spend, rows))


def sums(connection: sqlite3.Connection, by: SumsBy, since: int, until: int, conversation_id: str | None) -> list[Sums]:
    """What was spent from ``since`` to before ``until``, by what the entries have in common; days are local ones."""
    rows = connection.execute(
        f"""SELECT {_KEYS[by]}, count(*), count(cost_pico), coalesce(sum(cost_pico), 0), sum(exactness = 'lower'),
                sum(exactness = 'estimate'), coalesce(sum(saved_pico), 0), max(at),
                sum(fresh), sum(read), sum(written), sum(output)
            FROM ledger WHERE at >= ? AND at < ? AND (? IS NULL OR conversation_id = ?) GROUP BY 1 ORDER BY 1""",
        (since, until, conversation_id, conversation_id),
    ).fetchall()
    titles = _titles(connection, [row[0] for row in rows]) if by == "conversation" else {}
    found: list[Sums] = []
    for key, entries, priced, cost, lower, estimated, saved, last, fresh, read, written, output in rows:
        counts = (fresh, read, written, output)
        found.append(Sums(key, entries, priced, cost, lower, estimated, *counts, saved, last, titles.get(key)))
    return found


def _titles(connection: sqlite3.Connection, ids: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        marks = ", ".join("?" * len(some))
        found.update(
            connection.execute(
                f"SELECT id, title FROM conversation WHERE purged_at IS NULL AND id IN ({marks})", some
            ).fetchall()
        )
    return found
