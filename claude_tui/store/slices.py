"""The index that finds any three characters again: which slices of which messages hold them.

A message is cut into slices of 512 characters that overlap by 48, and FTS5 keeps for every three characters
the numbers of the slices they are in, nothing else: neither their places nor the text. That costs three
quarters of the text, and what it finds must be looked at, but there is little of it: in slices so short the
parts of a word seldom meet by chance. (With whole messages it costs half of the text, and "estimation" has
826 candidates of 20,000 messages where slices have 9; 2 are right.)

The numbers of a message's slices follow each other and begin with its ``search_id``. What is indexed anew
goes the other way, from the newest to the oldest, and so do its numbers: the greatest number is always the
newest message. An index is never mended: another is begun (a generation), and the old one is taken away in
pieces. Messages below ``todo`` are not in it yet, and are looked through one by one until they are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from claude_tui.core.conversation import Node
from claude_tui.core.sound import sound

from .faults import passing
from .rows import NODE_COLUMNS, content_from_text, node_from_row
from .words import fold, searchable

SLICE = 512
OVERLAP = 48
"""Also how much of a long word is looked for in the index."""
CHUNK_CHARACTERS = 40_000
"""Indexed in some 10 ms, which is how long a frame of a reply may have to wait for it."""
CHUNK_NODES = 64
RETIRED_PAGES = 64

_BITS = 34
_MIDDLE = 1 << (_BITS - 1)


@dataclass(frozen=True, slots=True)
class Index:
    """The index in use."""

    generation: int
    todo: int
    """Messages with lower keys are not in it yet."""
    above: int
    """Slices from the middle upwards: of what was said since it was begun."""
    below: int
    """Slices downwards from there: of what was there before."""

    @property
    def table(self) -> str:
        """Its name."""
        return f"slices{self.generation}"

    @property
    def base(self) -> int:
        """Numbers below belong to no slice of it."""
        return self.generation << _BITS

    def holds(self, search_id: int | None) -> bool:
        """Whether it held the slice with this number when it was asked what it is."""
        middle = self.base + _MIDDLE
        return search_id is not None and middle - self.below <= search_id < middle + self.above


def index_of(connection: sqlite3.Connection) -> Index:
    """The newest generation."""
    row = connection.execute(
        "SELECT generation, todo, above, below FROM search_index ORDER BY generation DESC LIMIT 1"
    ).fetchone()
    return Index(*row)


def slices_of(text: str) -> list[str]:
    """Every part of a text of at most ``OVERLAP`` characters is whole in one of them."""
    folded = sound(fold(text)).replace("\0", " ")  # FTS5 reads a text to its first NUL
    return [folded[at : at + SLICE + OVERLAP] for at in range(0, max(len(folded) - OVERLAP, 1), SLICE)]


def index_node(connection: sqlite3.Connection, node: Node) -> None:
    """Make the node's words findable, inside a transaction. A damaged index never keeps a message from being saved.

    A node whose content is what it was keeps its place: ``put_nodes`` takes the number of any other away.
    """
    _put(connection, [node], newest=True)


def _put(connection: sqlite3.Connection, nodes: Sequence[Node], *, newest: bool) -> None:
    """The nodes come in the order of their making: FTS5 writes at once what comes in the order of its numbers."""
    index = index_of(connection)
    waiting: list[tuple[str, list[str]]] = []
    for node in nodes:
        text = "\n".join(filter(None, searchable(node.content)))
        known = connection.execute("SELECT search_id FROM node WHERE id = ?", (node.id,)).fetchone()
        if not text:
            connection.execute("UPDATE node SET search_id = NULL WHERE id = ?", (node.id,))
        elif known is None or known[0] is None or known[0] < index.base:
            waiting.append((node.id, slices_of(text)))
    count = sum(len(slices) for _, slices in waiting)
    if not count:
        return
    connection.execute("SAVEPOINT searching")
    try:
        counter = "above" if newest else "below"
        (used,) = connection.execute(
            f"UPDATE search_index SET {counter} = {counter} + ? WHERE generation = ? RETURNING {counter}",
            (count, index.generation),
        ).fetchone()
        number = index.base + _MIDDLE + (used - count if newest else -used)
        for node_id, slices in waiting:
            connection.executemany(f"INSERT INTO {index.table} (rowid, text) VALUES (?, ?)", enumerate(slices, number))
            connection.execute("UPDATE node SET search_id = ? WHERE id = ?", (number, node_id))
            number += len(slices)
        # FTS5 writes at a savepoint or at the commit, where it would take the message down with it.
        connection.execute("SAVEPOINT written")
        connection.execute("RELEASE written")
    except sqlite3.DatabaseError as error:
        if passing(error):
            raise
        connection.execute("ROLLBACK TO searching")
        connection.execute("INSERT INTO meta VALUES ('search_broken', '1') ON CONFLICT DO NOTHING")
    connection.execute("RELEASE searching")


def forget(connection: sqlite3.Connection, content: str, search_id: int | None) -> None:
    """Take a message that goes for good out of the index. FTS5 must be told what it was told before."""
    index = index_of(connection)
    if search_id is None or search_id < index.base:
        return
    text = "\n".join(filter(None, searchable(content_from_text(content))))
    connection.execute("SAVEPOINT forgetting")
    try:
        for number, slice_ in enumerate(slices_of(text), search_id):
            connection.execute(
                f"INSERT INTO {index.table} ({index.table}, rowid, text) VALUES ('delete', ?, ?)", (number, slice_)
            )
    except sqlite3.DatabaseError as error:
        if passing(error):
            raise
        connection.execute("ROLLBACK TO forgetting")
        connection.execute("INSERT INTO meta VALUES ('search_broken', '1') ON CONFLICT DO NOTHING")
    connection.execute("RELEASE forgetting")


# Indexing anew, in pieces.


def is_broken(connection: sqlite3.Connection) -> bool:
    """Whether the index refused something: until another is begun the text itself is looked through."""
    return connection.execute("SELECT 1 FROM meta WHERE key = 'search_broken'").fetchone() is not None


def begin_again(connection: sqlite3.Connection) -> None:
    """Begin another index, empty, with all messages to be put into it."""
    generation = index_of(connection).generation + 1
    connection.execute(create(generation))
    connection.execute(BEGIN, (generation,))
    connection.execute("DELETE FROM meta WHERE key = 'search_broken'")


def create(generation: int) -> str:
    """The statement that makes a generation's table; its text is folded already."""
    return f"""CREATE VIRTUAL TABLE slices{generation} USING fts5 (
        text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
    )"""


BEGIN = "INSERT INTO search_index SELECT ?, 0, 0, coalesce(max(seq), 0) + 1 FROM node"


def index_some(connection: sqlite3.Connection) -> bool:
    """Put the newest of the messages that are missing into the index; whether there may be more."""
    index = index_of(connection)
    nodes: list[Node] = []
    todo = characters = 0
    for row in connection.execute(
        f"SELECT {NODE_COLUMNS}, seq FROM node WHERE seq < ? ORDER BY seq DESC", (index.todo,)
    ):
        todo = row[-1]
        characters += len(row[13])
        if row[5] != "streaming":
            nodes.append(node_from_row(row))
        if characters >= CHUNK_CHARACTERS or len(nodes) >= CHUNK_NODES:
            break
    _put(connection, nodes[::-1], newest=False)
    connection.execute("UPDATE search_index SET todo = ? WHERE generation = ?", (todo, index.generation))
    return todo > 1


def retire_some(connection: sqlite3.Connection) -> bool:
    """Take away a piece of an index that is used no more; whether there may be more."""
    row = connection.execute(
        "SELECT min(generation) FROM search_index HAVING min(generation) < max(generation)"
    ).fetchone()
    if row is None:
        return False
    table = f"slices{row[0]}"
    gone = connection.execute(
        f"DELETE FROM {table}_data WHERE id IN (SELECT id FROM {table}_data WHERE id > 10 LIMIT {RETIRED_PAGES})"
    ).rowcount
    if not gone:
        connection.execute(f"DROP TABLE {table}")
        connection.execute("DELETE FROM search_index WHERE generation = ?", (row[0],))
    return True
