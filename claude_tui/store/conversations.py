"""Conversations and nodes in SQL: functions of a connection, each inside somebody else's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import Role, TextBlock
from claude_tui.core.sound import sound
from claude_tui.errors import StoreError

from .faults import damaged
from .rows import NODE_COLUMNS, is_sound, node_from_row, node_to_row

_UPSERT_NODE = f"""
    INSERT INTO node ({NODE_COLUMNS}) VALUES ({", ".join("?" * 15)})
    ON CONFLICT (id) DO UPDATE SET
        parent_id = excluded.parent_id, role = excluded.role, origin = excluded.origin, status = excluded.status,
        created_at = excluded.created_at, model = excluded.model, stop_reason = excluded.stop_reason,
        usage = excluded.usage, via = excluded.via, seam = excluded.seam, facts = excluded.facts,
        content = excluded.content, checksum = excluded.checksum, lease = NULL,
        search_id = CASE WHEN content = excluded.content THEN search_id END
    WHERE conversation_id = excluded.conversation_id
"""

NEXT = "(SELECT max(coalesce(max(used), 0), 0) + 1 FROM conversation)"
"""After all that was used. What was imported stands below zero: where there is nothing else, the first is 1 too."""
_TOUCH = f"""
    UPDATE conversation SET updated_at = ?, used = {NEXT},
        model = CASE WHEN ? <> '' THEN ? ELSE model END
    WHERE id = ?
"""

TOGETHER = 64
"""How many nodes are read at once."""
LOST = "(This message could not be read from the disk.)"
LOST_TITLE = "(recovered conversation)"


# Writing.


def put_conversation(connection: sqlite3.Connection, conversation: Conversation, now: int) -> None:
    """Make the conversation, or bring its title, head and times up to date."""
    connection.execute(
        f"""INSERT INTO conversation (id, title, head_id, created_at, updated_at, used, titled)
            VALUES (?, ?, ?, ?, ?, {NEXT}, '')
        ON CONFLICT (id) DO UPDATE SET
            title = excluded.title, head_id = coalesce(excluded.head_id, head_id),
            created_at = excluded.created_at, updated_at = excluded.updated_at, used = excluded.used""",
        (
            conversation.id,
            sound(conversation.title),
            conversation.head_id,
            conversation.created_at or now,
            conversation.updated_at or conversation.created_at or now,
        ),
    )


def put_nodes(connection: sqlite3.Connection, conversation_id: str, nodes: Sequence[Node], now: int) -> None:
    """Add the nodes, or replace those of the same ids. A conversation nobody made is made: text is never refused."""
    connection.execute(
        f"""INSERT INTO conversation (id, created_at, updated_at, used, titled)
            VALUES (?, ?, ?, {NEXT}, '') ON CONFLICT DO NOTHING""",
        (conversation_id, now, now),
    )
    for node in nodes:
        if not connection.execute(_UPSERT_NODE, node_to_row(conversation_id, node)).rowcount:
            raise StoreError(f"The message {node.id} belongs to another conversation")


def touch(connection: sqlite3.Connection, conversation_id: str, nodes: Sequence[Node], now: int) -> None:
    """The conversation was used: it is the last one, and its model is that of its last reply."""
    model = next((sound(node.model) for node in reversed(nodes) if node.role == "assistant" and node.model), "")
    connection.execute(_TOUCH, (now, model, model, conversation_id))


def set_head(connection: sqlite3.Connection, conversation_id: str, node_id: str | None) -> None:
    """Where the reader stands."""
    connection.execute("UPDATE conversation SET head_id = ? WHERE id = ?", (node_id, conversation_id))


# Reading.


def head_of(connection: sqlite3.Connection, conversation_id: str) -> tuple[Any, ...] | None:
    """Its title, head and times."""
    return connection.execute(
        "SELECT title, head_id, created_at, updated_at FROM conversation WHERE id = ? AND purged_at IS NULL",
        (conversation_id,),
    ).fetchone()


def around(connection: sqlite3.Connection, conversation_id: str, node_id: str | None, count: int) -> list[Node]:
    """A node, or the one the reader stands on, and what came before it: so many in all, in their order."""
    found: list[Node] = []
    if node_id is None:
        head = connection.execute("SELECT head_id FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        node_id = head[0] if head else None
    while node_id is not None and len(found) < count:
        row = connection.execute(
            f"SELECT {NODE_COLUMNS} FROM node WHERE id = ? AND conversation_id = ?", (node_id, conversation_id)
        ).fetchone()
        if row is None:
            break
        found.append(node_from_row(row))
        node_id = found[-1].parent_id
    return found[::-1]


def nodes_of(connection: sqlite3.Connection, conversation_id: str, notices: list[str]) -> tuple[list[Node], bool]:
    """Its nodes in the order they were made, and whether all could be read; what could not is said."""
    whole = True
    lenient, connection.text_factory = connection.text_factory, str  # a quarter of the time of a long conversation
    try:
        nodes, bad = _made(_in_order(connection, conversation_id))
    except sqlite3.DatabaseError as error:
        if not damaged(error) and "decode" not in str(error):
            raise
        connection.text_factory = lenient
        whole = False
        nodes, bad = _made(_one_by_one(connection, conversation_id))
        notices.append("A part of this conversation cannot be read; start again to have the database repaired.")
    finally:
        connection.text_factory = lenient
    if bad:
        messages = "A message" if bad == 1 else f"{bad} messages"
        notices.append(f"{messages} of this conversation changed on the disk by accident; look at the text with care.")
    return with_gaps_filled(nodes), whole


def last_nodes(connection: sqlite3.Connection, conversation_id: str, head_id: str, characters: int) -> list[Node]:
    """The end of the path to ``head_id``: from a question on, of so many characters, and what stands beside it."""
    rows: list[Sequence[Any]] = []
    at: str | None = head_id
    begins = False
    while at is not None and (characters > 0 or not begins) and len(rows) < TOGETHER:
        row = connection.execute(
            f"SELECT {NODE_COLUMNS} FROM node WHERE id = ? AND conversation_id = ?", (at, conversation_id)
        ).fetchone()
        if row is None:
            break
        rows.insert(0, row)
        at, begins = row[2], row[4] == "typed"
        characters -= len(row[13])
    known = [row[0] for row in rows]
    marks = ", ".join("?" * len(known))
    others = connection.execute(
        f"""SELECT {NODE_COLUMNS} FROM node INDEXED BY node_conversation
        WHERE conversation_id = ? AND (parent_id IN ({marks}) OR parent_id IS ?) AND id NOT IN ({marks})""",
        (conversation_id, *known, at, *known),
    ).fetchall()
    return _made((*rows, *others))[0]


def _made(rows: Iterable[Sequence[Any]]) -> tuple[list[Node], int]:
    """The nodes in these rows, and how many of them are not what was written."""
    nodes: list[Node] = []
    bad = 0
    asked: Any = None
    for row in rows:
        node = node_from_row(row)
        bad += not is_sound(row)
        # Mostly a reply is asked for as the one before it: then what was asked is kept once.
        facts = cast("dict[str, Any]", node.facts)
        request = facts.get("request")
        if request and request == asked:
            facts["request"] = asked
        elif request:
            asked = request
        nodes.append(node)
    return nodes, bad


def _in_order(connection: sqlite3.Connection, conversation_id: str) -> Iterator[Sequence[Any]]:
    """A few at a time, so that neither the rows of a long conversation nor a snapshot of the file are held for long."""
    last = 0
    while rows := connection.execute(
        f"""SELECT {NODE_COLUMNS}, seq FROM node INDEXED BY node_conversation
        WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT {TOGETHER}""",
        (conversation_id, last),
    ).fetchall():
        yield from rows
        last = rows[-1][-1]


def _one_by_one(connection: sqlite3.Connection, conversation_id: str) -> Iterator[Sequence[Any]]:
    """By key, so that one unreadable page costs only the rows on it."""
    keys = connection.execute("SELECT seq FROM node WHERE conversation_id = ?", (conversation_id,)).fetchall()
    for key in sorted(keys):
        try:
            yield from connection.execute(f"SELECT {NODE_COLUMNS} FROM node WHERE seq = ?", key).fetchall()
        except sqlite3.DatabaseError:
            continue


def lost_node(node_id: str, after: Role, before: str | None = None) -> Node:
    """What stands for a message that was lost, after which there was one of that role."""
    role, origin = ("user", "typed") if after == "assistant" else ("assistant", "model")
    return Node(node_id, before, role, (TextBlock(LOST),), origin, facts={"lost": True})


def with_gaps_filled(nodes: list[Node]) -> list[Node]:
    """With a stand-in for each parent that was lost, or nothing before it would ever be shown again."""
    known = {node.id for node in nodes}
    filled: list[Node] = []
    for node in nodes:
        if node.parent_id is not None and node.parent_id not in known:
            known.add(node.parent_id)
            filled.append(lost_node(node.parent_id, node.role, filled[-1].id if filled else None))
        filled.append(node)
    return filled


def questions(connection: sqlite3.Connection, limit: int) -> list[str]:
    """The newest typed texts, each once; one that cannot be read is passed over."""
    rows = connection.execute(
        "SELECT content FROM node WHERE origin = 'typed' AND role = 'user' ORDER BY seq DESC LIMIT ?", (limit,)
    ).fetchall()
    found: dict[str, None] = {}
    for (content,) in rows:
        try:
            texts = [block["text"] for block in json.loads(content) if block.get("type") == "text"]
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        found.setdefault("".join(texts))
    return [text for text in found if text]
