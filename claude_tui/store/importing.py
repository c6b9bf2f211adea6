"""Conversations from elsewhere, each taken in whole or not at all, without a frame waiting long for it.

What takes time is done before, on the thread of whoever imports: rows are made there. One transaction then
holds the conversation and its nodes. Making words findable takes ten times as long as writing them, so for
all but short conversations that follows in pieces; what is still owed is noted in the same transaction, and a
process that dies in between leaves it to the next one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from claude_tui.core.conversation import UNMARKED, Conversation, Marks, Node
from claude_tui.core.sound import sound

from . import drafts
from .rows import NODE_COLUMNS, node_from_row, node_to_row
from .slices import CHUNK_NODES, index_node

PIECE = 12_000
"""Characters that are made findable in one transaction: some 3 ms. A third of what others take, for there are many."""
OWED = "unindexed:"
"""In ``meta``, with the last key of nodes that are not in the index yet; the value is the first."""

Fate: TypeAlias = Literal["new", "more", "same", "clash"]
"""What became of a conversation: it was not here; it brought messages that were not; it brought nothing new;
something else is here under an id of its, and nothing was done."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A conversation made ready to be written."""

    conversation: Conversation
    nodes: tuple[Node, ...]
    rows: tuple[tuple[Any, ...], ...]
    model: str
    size: int
    """Characters of its rows."""
    draft: str = ""
    marks: Marks = UNMARKED


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a parcel."""

    fate: Fate
    added: int = 0
    """Messages that were not here."""
    owed: bool = False
    """Its words are still to be made findable."""
    trashed: bool = False
    """It is in the trash."""


def parcel(conversation: Conversation, draft: str = "", marks: Marks = UNMARKED) -> Parcel:
    """Make ready; parents stand before their children, or a reader would take them for lost."""
    nodes = tuple(_parents_first(conversation))
    rows = tuple(node_to_row(conversation.id, node) for node in nodes)
    model = next((sound(node.model) for node in reversed(nodes) if node.role == "assistant" and node.model), "")
    return Parcel(conversation, nodes, rows, model, sum(len(row[13]) for row in rows), draft, marks)


def _parents_first(conversation: Conversation) -> Iterator[Node]:
    done: set[str] = set()
    for node in conversation.nodes.values():
        branch: list[Node] = []
        at: Node | None = node
        while at is not None and at.id not in done:
            done.add(at.id)
            branch.append(at)
            at = conversation.nodes.get(at.parent_id) if at.parent_id is not None else None
        yield from reversed(branch)


def take_in(connection: sqlite3.Connection, given: Parcel, now: int) -> Taken:
    """Write what of the parcel is not here yet, inside a transaction."""
    about = given.conversation
    here = connection.execute(
        "SELECT head_id, trashed_at, purged_at FROM conversation WHERE id = ?", (about.id,)
    ).fetchone()
    known = _known(connection, [row[0] for row in given.rows])
    if any(known[row[0]] != (row[1], row[2], row[3], row[14]) for row in given.rows if row[0] in known):
        return Taken("clash")
    if here is not None and (here[2] is not None or (given.rows and not known)):
        return Taken("clash")
    trashed = here is not None and here[1] is not None
    missing = [place for place, row in enumerate(given.rows) if row[0] not in known]
    if here is None:
        _put_conversation(connection, given, now)
    elif not missing:
        return Taken("same", trashed=trashed)
    connection.executemany(
        f"INSERT INTO node ({NODE_COLUMNS}) VALUES ({', '.join('?' * 15)})", [given.rows[place] for place in missing]
    )
    if here is not None:
        _move_on(connection, given, here[0], now)
    elif given.draft:
        drafts.put(connection, about.id, given.draft, now)
    fate: Fate = "new" if here is None else "more"
    left = bool(missing) and _index(connection, given, [given.nodes[place] for place in missing])
    return Taken(fate, len(missing), left, trashed)


def _known(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Those of the nodes that are here: conversation, parent, role and checksum of each."""
    found: dict[str, tuple[Any, ...]] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"SELECT id, conversation_id, parent_id, role, checksum FROM node WHERE id IN ({marks})", some
        ).fetchall()
        found.update((row[0], row[1:]) for row in rows)
    return found


def _put_conversation(connection: sqlite3.Connection, given: Parcel, now: int) -> None:
    """Below all that was used here, among others from elsewhere by its own time."""
    about = given.conversation
    when = about.updated_at or about.created_at or now
    place = min(max(when, 0), 2**61) - 2**62
    connection.execute(
        """INSERT INTO conversation
            (id, title, model, head_id, created_at, updated_at, used, pinned, archived, titled)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            *(about.id, sound(about.title), given.model, about.head_id, about.created_at or when, when, place),
            *(int(given.marks.pinned), int(given.marks.archived), given.marks.titled),
        ),
    )


def _move_on(connection: sqlite3.Connection, given: Parcel, head_id: str | None, now: int) -> None:
    """The reader who stood where the conversation went on goes with it."""
    about = given.conversation
    if head_id is None or any(node.id == head_id for node in about.path()):
        connection.execute("UPDATE conversation SET head_id = ? WHERE id = ?", (about.head_id, about.id))
    connection.execute(
        "UPDATE conversation SET updated_at = max(updated_at, ?) WHERE id = ?", (about.updated_at or now, about.id)
    )


def _index(connection: sqlite3.Connection, given: Parcel, nodes: Sequence[Node]) -> bool:
    """Make the nodes findable, or note that they are to be; whether they are to be."""
    if given.size <= PIECE:
        for node in nodes:
            index_node(connection, node)
        return False
    # One transaction gave the keys, so they follow each other.
    (last,) = connection.execute("SELECT seq FROM node WHERE id = ?", (nodes[-1].id,)).fetchone()
    _owe(connection, last - len(nodes) + 1, last)
    return True


def _owe(connection: sqlite3.Connection, first: int, last: int) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{OWED}{last}", str(first)))


def owed(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """The first and last keys of nodes that are not in the index yet."""
    rows = connection.execute("SELECT value, key FROM meta WHERE key BETWEEN ? AND ?", (OWED, f"{OWED}~")).fetchall()
    return [(int(first), int(key[len(OWED) :])) for first, key in rows]


def index_imported(connection: sqlite3.Connection) -> bool:
    """Make a few of the nodes findable that are not, inside a transaction; whether there may be more."""
    left = owed(connection)
    if not left:
        return False
    first, last = left[0]
    characters = 0
    for row in connection.execute(
        f"SELECT {NODE_COLUMNS}, seq FROM node WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last)
    ).fetchmany(CHUNK_NODES):
        index_node(connection, node_from_row(row))
        first = row[-1] + 1
        characters += len(row[13])
        if characters >= PIECE:
            break
    if not characters:  # none of them is there any more
        first = last + 1
    if first > last:
        connection.execute("DELETE FROM meta WHERE key = ?", (f"{OWED}{last}",))
    else:
        _owe(connection, first, last)
    return first <= last or len(left) > 1
