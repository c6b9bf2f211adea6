"""Which contents of files are still named: a function of a connection, in a transaction of its own."""

from __future__ import annotations

import re
import sqlite3

from claude_tui.core.attached import FILE

from .maintenance import NOT_PURGED

_HASH = re.compile("[0-9a-f]{64}")
_QUERIES = (
    f"SELECT content FROM node WHERE instr(content, '{FILE}') AND {NOT_PURGED}",
    "SELECT text FROM draft",
    "SELECT text FROM draft_history",
)


def named(connection: sqlite3.Connection) -> frozenset[str]:
    """The hashes that a message, what is typed, or what was taken back may name; rather too many than too few.

    One look at everything: what moves from a draft into a message meanwhile is in one of them.
    """
    found: set[str] = set()
    connection.execute("BEGIN")
    try:
        for query in _QUERIES:
            for (text,) in connection.execute(query):
                found.update(_HASH.findall(text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")))
    finally:
        connection.execute("ROLLBACK")
    return frozenset(found)
