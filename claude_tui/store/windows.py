"""Several windows on one conversation: one of them writes there, the others read along.

Who writes is a row; whether they still live, their lease tells. Reading along costs a look at a counter of
SQLite's while nothing changes, and only what is new when something does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.reply import Reply, fold_all

from .lease import Lease
from .reader import one_moment
from .recovery import abandoned
from .rows import NODE_COLUMNS, events_from_text, node_from_row

ALIVE_EVERY = 4
"""Looks at an unchanged file, after which it is asked again whether the one who writes still lives."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Another window, alive, which writes in a conversation."""

    pid: int
    where: str
    """Its terminal, or its machine where that is another; a number where neither is known."""
    streams: bool
    """A reply is being written there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What another window has made of a conversation so far."""

    conversation: Conversation
    live: Mapping[str, Reply]
    """The replies that are being written, by their nodes' ids."""
    holder: Holder | None
    """None when nobody writes there any more."""


def holder_of(connection: sqlite3.Connection, conversation_id: str, mine: Lease, now: int) -> Holder | None:
    """The other window that writes there; None if none does, or it is dead."""
    row = connection.execute(
        """SELECT l.host, l.pid, l.started, l.token, l.refreshed_at FROM holder AS h JOIN lease AS l USING (token)
            WHERE h.conversation_id = ? AND h.token <> ?""",
        (conversation_id, mine.token),
    ).fetchone()
    if row is None:
        return None
    theirs = Lease(*row[:4])
    if theirs.gone(row[4], now, mine):
        return None
    streams = connection.execute(
        "SELECT 1 FROM node WHERE status = 'streaming' AND lease = ? AND conversation_id = ?",
        (theirs.token, conversation_id),
    ).fetchone()
    return Holder(theirs.pid, _where(theirs, mine), streams is not None)


def _where(theirs: Lease, mine: Lease) -> str:
    if theirs.host != mine.host:
        return theirs.host.split(" ")[0]
    with suppress(OSError):
        terminal = str(Path(f"/proc/{theirs.pid}/fd/0").readlink())
        if terminal.startswith("/dev/") and terminal != "/dev/null":
            return terminal.removeprefix("/dev/")
    return f"process {theirs.pid}"


def in_use(connection: sqlite3.Connection, mine: Lease, now: int) -> set[str]:
    """The conversations that a living window, ours too, has open to write in or writes a reply of."""
    dead = set(abandoned(connection, mine, now))
    written = connection.execute("SELECT id, conversation_id FROM node WHERE status = 'streaming'").fetchall()
    held = connection.execute("SELECT conversation_id, token FROM holder").fetchall()
    return {conversation_id for id, conversation_id in written if id not in dead} | {
        conversation_id
        for conversation_id, token in held
        if token == mine.token or holder_of(connection, conversation_id, mine, now) is not None
    }


def hold(
    connection: sqlite3.Connection, conversation_id: str, mine: Lease, now: int, *, take: bool, cut: bool
) -> Holder | None:
    """Write there from now on: None. Who else does, if another does and is not to be taken from.

    ``take`` takes it from them unless a reply is being written there; ``cut`` even then: they stop it.
    """
    other = holder_of(connection, conversation_id, mine, now)
    if other is not None and not (cut or (take and not other.streams)):
        return other
    connection.execute(
        "INSERT INTO holder VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET token = excluded.token, since = excluded.since",
        (conversation_id, mine.token, now),
    )
    _forget_the_dead(connection, mine, now)
    return None


def _forget_the_dead(connection: sqlite3.Connection, mine: Lease, now: int) -> None:
    """Leases of windows that were killed and left no open reply, which is what recovery would look for."""
    for *about, refreshed_at in connection.execute(
        """SELECT host, pid, started, token, refreshed_at FROM lease
            WHERE token <> ?
            AND NOT EXISTS (SELECT 1 FROM node WHERE status = 'streaming' AND node.lease = lease.token)""",
        (mine.token,),
    ).fetchall():
        theirs = Lease(*about)
        if theirs.gone(refreshed_at, now, mine):
            connection.execute("DELETE FROM lease WHERE token = ?", (theirs.token,))
            connection.execute("DELETE FROM holder WHERE token = ?", (theirs.token,))


def let_go(connection: sqlite3.Connection, conversation_id: str | None, mine: Lease) -> None:
    """Write there no more; with None nowhere."""
    connection.execute(
        "DELETE FROM holder WHERE token = ? AND (? IS NULL OR conversation_id = ?)",
        (mine.token, conversation_id, conversation_id),
    )


@dataclass(slots=True)
class Follower:
    """Reads along in one conversation; for the reader's thread."""

    conversation: Conversation
    _version: int = -1
    _quiet: int = 0
    _live: dict[str, tuple[Reply, int]] = field(default_factory=dict[str, "tuple[Reply, int]"])
    """What has come of each open reply, and the next row of its journal."""

    def look(self, connection: sqlite3.Connection, mine: Lease, now: int) -> Seen | None:
        """What there is, if anything changed since the last look."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            self._quiet += 1
            if self._quiet % ALIVE_EVERY or holder_of(connection, self.conversation.id, mine, now) is not None:
                return None
        self._version = version
        with one_moment(connection):
            self._read(connection)
        live = {id: reply for id, (reply, _) in self._live.items()}
        return Seen(self.conversation, live, holder_of(connection, self.conversation.id, mine, now))

    def _read(self, connection: sqlite3.Connection) -> None:
        held = self.conversation
        about = connection.execute("SELECT title, head_id FROM conversation WHERE id = ?", (held.id,)).fetchone()
        if about is None:
            return
        states = connection.execute(
            "SELECT id, status FROM node WHERE conversation_id = ? ORDER BY seq", (held.id,)
        ).fetchall()
        changed: dict[str, Node] = {}
        for id, status in states:
            known = held.nodes.get(id)
            if known is None or known.status != status:
                row = connection.execute(f"SELECT {NODE_COLUMNS} FROM node WHERE id = ?", (id,)).fetchone()
                changed[id] = node_from_row(row)
            if status == "streaming":
                node = self._grown(connection, changed.get(id) or held.nodes[id])
                changed[id] = node
            else:
                self._live.pop(id, None)
        title, head_id = about
        nodes = {**held.nodes, **changed}
        self.conversation = replace(held, nodes=nodes, title=title, head_id=head_id if head_id in nodes else None)

    def _grown(self, connection: sqlite3.Connection, node: Node) -> Node:
        """An open reply with what its journal has more than before."""
        reply, next_row = self._live.get(node.id, (Reply(), 0))
        rows = connection.execute(
            "SELECT seq, payload FROM journal WHERE node_id = ? AND seq >= ? ORDER BY seq", (node.id, next_row)
        ).fetchall()
        for seq, payload in rows:
            reply, next_row = fold_all(events_from_text(payload), reply), seq + 1
        self._live[node.id] = (reply, next_row)
        return replace(node, content=reply.content, model=reply.model or node.model)
