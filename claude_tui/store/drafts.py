"""What is typed and not sent, what was, and what the next question is to be asked with: functions of a connection,
inside somebody else's transaction."""

from __future__ import annotations

import sqlite3

from claude_tui.core.message import EMPTY, JsonObject
from claude_tui.core.sound import sound

from .rows import dumps, loads_object
from .values import Draft

KEPT = 200

OF = "substr(conversation_id, 1, instr(conversation_id || ':', ':') - 1)"
"""The conversation of a draft: a colon and what it is besides may stand behind its id, an edit of a question, say."""


def put(connection: sqlite3.Connection, conversation_id: str, text: str, now: int, *, sent: bool = False) -> None:
    """What is typed and not sent. What is taken away, all at once or more than half of it, is remembered for a while,
    unless it was ``sent``.
    """
    text = sound(text)
    old = connection.execute("SELECT text FROM draft WHERE conversation_id = ?", (conversation_id,)).fetchone()
    if old is not None and old[0] == text:
        return
    if old is not None and not sent and not _goes_on(old[0], text):
        remember(connection, conversation_id, old[0], now)
    if not text:
        connection.execute("DELETE FROM draft WHERE conversation_id = ?", (conversation_id,))
        return
    connection.execute(
        """INSERT INTO draft (conversation_id, text, updated_at) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at""",
        (conversation_id, text, now),
    )


def _goes_on(old: str, text: str) -> bool:
    """Whether half of what was there still stands, its first or its second."""
    half = len(old) // 2
    return bool(text) and (text.startswith(old[:half]) or text.endswith(old[half:]))


def remember(connection: sqlite3.Connection, conversation_id: str, text: str, now: int) -> None:
    """Keep what was typed and taken away, once; the last 200 are kept."""
    connection.execute("DELETE FROM draft_history WHERE text = ?", (text,))
    connection.execute(
        "INSERT INTO draft_history (conversation_id, text, updated_at) VALUES (?, ?, ?)",
        (conversation_id, text, now),
    )
    connection.execute("DELETE FROM draft_history WHERE seq <= (SELECT max(seq) - ? FROM draft_history)", (KEPT,))


def all_of(connection: sqlite3.Connection) -> dict[str, str]:
    """What was typed and not sent, by conversation."""
    return dict(connection.execute("SELECT conversation_id, text FROM draft").fetchall())


def history(connection: sqlite3.Connection, limit: int) -> list[str]:
    """What drafts held when they were emptied, the newest first."""
    rows = connection.execute("SELECT text FROM draft_history ORDER BY seq DESC LIMIT ?", (limit,)).fetchall()
    return [text for (text,) in rows]


def everything(connection: sqlite3.Connection, limit: int) -> list[Draft]:
    """What waits in prompts, then what was taken out of them, the newest first; not what is in the trash."""
    rows: list[tuple[str, str | None, str, int]] = connection.execute(
        f"""SELECT d.conversation_id, c.title, d.text, d.updated_at
            FROM draft AS d LEFT JOIN conversation AS c ON c.id = {OF}
            WHERE c.trashed_at IS NULL AND d.conversation_id NOT LIKE '%:files' ORDER BY d.updated_at DESC LIMIT ?""",
        (limit,),
    ).fetchall()
    found = [Draft(key, title or "", text, at, True) for key, title, text, at in rows]
    known = {draft.text for draft in found}
    rows = connection.execute(
        f"""SELECT h.conversation_id, c.title, h.text, h.updated_at
            FROM draft_history AS h LEFT JOIN conversation AS c ON c.id = {OF}
            WHERE c.trashed_at IS NULL ORDER BY h.seq DESC LIMIT ?""",
        (limit,),
    ).fetchall()
    found += [Draft(key, title or "", text, at, False) for key, title, text, at in rows if text not in known]
    return found[:limit]


def choose(connection: sqlite3.Connection, conversation_id: str, chosen: JsonObject) -> None:
    """What its next question is to be asked with; nothing, for what it was asked with last."""
    if not chosen:
        connection.execute("DELETE FROM choice WHERE conversation_id = ?", (conversation_id,))
        return
    connection.execute(
        "INSERT INTO choice VALUES (?, ?) ON CONFLICT DO UPDATE SET chosen = excluded.chosen",
        (conversation_id, dumps(chosen)),
    )


def chosen(connection: sqlite3.Connection, conversation_id: str) -> JsonObject:
    """What was chosen there; nothing if it was not."""
    row = connection.execute("SELECT chosen FROM choice WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return loads_object(row[0]) if row else EMPTY
