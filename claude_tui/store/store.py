"""All conversations of one data folder: the front of the room."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.errors import StoreError

from . import conversations as sql
from . import drafts, importing, ledger, maintenance, reservations, shelves
from .journal import LATE_SECONDS, Journal
from .library import Library
from .reader import one_moment
from .recovery import folded, journal_of, settle
from .rows import NODE_COLUMNS, node_from_row
from .sharing import Sharing
from .slices import index_node
from .values import Release, Spend
from .writer import Task

SCREENFUL = 16_000
"""Characters of messages, as JSON, that fill any screen."""
CHUNK_NODES = 64
CHUNK_CHARACTERS = 40_000
"""Written in some 10 ms, which is how long a frame of a reply may have to wait for it."""


def _chunks(nodes: Iterable[Node]) -> list[list[Node]]:
    """The nodes in pieces that are written quickly; at least one piece."""
    chunks: list[list[Node]] = [[]]
    characters = 0
    for node in nodes:
        characters += sum(len(block.text) for block in node.content if isinstance(block, TextBlock))
        if len(chunks[-1]) >= CHUNK_NODES or characters > CHUNK_CHARACTERS:
            chunks.append([])
            characters = 0
        chunks[-1].append(node)
    return chunks


class Store(Library, Sharing):
    """All conversations of one data folder.

    Every method may be called from any thread and returns a future: a screen awaits it through
    ``asyncio.wrap_future``, a worker asks for its ``result()``. Writes are done in the order they
    were asked for; what the disk refuses is kept in memory, tried again, and told by ``trouble``.
    A read sees what was written before it was asked for.
    """

    def create(self, conversation: Conversation) -> Future[None]:
        """Save a conversation and the nodes it has.

        A long one is written in pieces that let everything else go first: await it before adding to it.
        """
        nodes = conversation.nodes.values()
        when = conversation.updated_at or self._now()
        first, *others = _chunks(nodes)
        done = self._write(lambda connection: self._put(connection, conversation, first, when))
        for chunk in others:
            done = self._write(lambda connection, chunk=chunk: self._put(connection, conversation, chunk, when), True)
        return done

    def put_whole(self, conversation: Conversation) -> Future[None]:
        """Save a new conversation, the last used, and all its nodes: whatever happens, it is there or it is not.

        Takes a while for a long one: call it from a thread. Whatever else is to be written goes first, and the
        words of a long one are made findable afterwards, in pieces.
        """
        given = importing.parcel(conversation)
        when = conversation.updated_at or self._now()

        def work(connection: sqlite3.Connection) -> None:
            if importing.take_in(connection, given, when).fate != "new":
                raise StoreError("There is a conversation with that id, or a message of it, already")
            sql.touch(connection, conversation.id, given.nodes, when)
            shelves.untitled(connection, conversation.id)

        future = self._write(work, bulk=True, asked=True)
        future.add_done_callback(lambda done: None if done.exception() else self._find_some())
        return future

    def _find_some(self) -> None:
        if not self._closed:
            self.make_findable().add_done_callback(
                lambda done: self._find_some() if not done.exception() and done.result() else None
            )

    def take_in(self, given: importing.Parcel) -> Future[importing.Taken]:
        """A conversation from elsewhere, whole or not at all; whatever else is to be written goes first."""
        when = self._now()
        return self._write(lambda connection: importing.take_in(connection, given, when), True, asked=True)

    def make_findable(self) -> Future[bool]:
        """Some of the words of what was taken in; whether there may be more. Search finds them before, only slower."""
        return self._write(importing.index_imported, True)

    def load(self, conversation_id: str) -> Future[Conversation | None]:
        """The conversation with all its nodes; a reply that is being written has what was committed so far."""
        return self._read(lambda connection: self._load(connection, conversation_id))

    def load_end(self, conversation_id: str) -> Future[Conversation | None]:
        """The conversation with only its last messages, about a screenful of them; quick, however long it is."""
        return self._read(lambda connection: self._load_end(connection, conversation_id))

    def set_head(self, conversation_id: str, node_id: str | None) -> Future[None]:
        """Where the reader stands."""
        return self._write(lambda connection: sql.set_head(connection, conversation_id, node_id))

    # Nodes.

    def add(self, conversation_id: str, nodes: Sequence[Node], *, head_id: str | None = None) -> Future[None]:
        """Add nodes, or replace those of the same ids, in one transaction."""
        when = self._now()

        def work(connection: sqlite3.Connection) -> None:
            self._put_nodes(connection, conversation_id, nodes, when)
            if head_id is not None:
                sql.set_head(connection, conversation_id, head_id)

        return self._write(work)

    def begin(self, conversation_id: str, nodes: Sequence[Node], reply: Node) -> Journal:
        """What a request needs saved before it is sent, and the reply it will bring.

        One transaction: the nodes, and the reply's node as streaming and owned by this process, with
        the head on it. Returns when that is committed and synced, or after a second; then the store's
        ``trouble`` says so, and everything goes on in memory.
        """
        end = time.monotonic() + LATE_SECONDS
        writer = self._writer
        journal = Journal(reply.id, writer)
        if writer is None or self._closed:
            journal.close()
            return journal
        when = self._now()

        def work(connection: sqlite3.Connection) -> None:
            self._put_nodes(connection, conversation_id, nodes, when)
            sql.put_nodes(connection, conversation_id, (reply,), when)
            connection.execute("DELETE FROM journal WHERE node_id = ?", (reply.id,))
            self._put_lease(connection)
            connection.execute(
                "UPDATE node SET status = 'streaming', lease = ? WHERE id = ?", (self._lease.token, reply.id)
            )
            sql.set_head(connection, conversation_id, reply.id)
            sql.touch(connection, conversation_id, (*nodes, reply), when)
            shelves.bring_back(connection, conversation_id)

        with self._guard:
            self._journals[reply.id] = journal
        done: Future[None] = Future()
        patience = 0.0 if writer.failing else LATE_SECONDS
        writer.post(Task(work, done))
        try:
            done.result(patience)
        except LateError:
            writer.late()
        except StoreError as error:
            writer.lose(str(error))
        else:
            if self._sync is not None:
                self._sync.wait(max(0.0, end - time.monotonic()))
        return journal

    def finish(
        self, conversation_id: str, node: Node, spend: Spend | None = None, release: Release | None = None
    ) -> Future[None]:
        """The reply as it ended, in one transaction: its content, its words for the search, its journal gone, and
        what it cost in the ledger instead of what was reserved for it."""
        when = self._now()

        def work(connection: sqlite3.Connection) -> None:
            self._put_nodes(connection, conversation_id, (node,), when)
            connection.execute("DELETE FROM journal WHERE node_id = ?", (node.id,))
            if spend is not None:
                ledger.spend(connection, spend)
            if release is not None:
                reservations.release(connection, release)

        def ended(done: Future[None]) -> None:
            with self._guard:
                journal = self._journals.pop(node.id, None)
            if journal is not None:
                journal.close()
            if self._writer is not None:
                self._writer.settle()
            if self._sync is not None:
                self._sync.demand()

        future = self._write(work)
        future.add_done_callback(ended)
        return future

    def price(self, conversation_id: str, spend: Spend, node: Node | None, doubt: int = 0) -> Future[None]:
        """What a reply cost that a dead process left, in the ledger and, where it is still here, in its node.

        ``doubt`` is what it may have cost beyond that, in billionths of a dollar, if something was reserved for it.
        """

        def work(connection: sqlite3.Connection) -> None:
            if node is not None:
                sql.put_nodes(connection, conversation_id, (node,), self._now())
                index_node(connection, node)
            ledger.spend(connection, spend)
            reservations.release_node(connection, spend.node_id, doubt)

        return self._write(work)

    # Helpers.

    def _put(
        self, connection: sqlite3.Connection, conversation: Conversation, nodes: Sequence[Node], when: int
    ) -> None:
        sql.put_conversation(connection, conversation, when)
        self._put_nodes(connection, conversation.id, nodes, when)

    def _put_nodes(
        self, connection: sqlite3.Connection, conversation_id: str, nodes: Sequence[Node], when: int
    ) -> None:
        sql.put_nodes(connection, conversation_id, nodes, when)
        for node in nodes:
            index_node(connection, node)
        sql.touch(connection, conversation_id, nodes, when)

    def _load(self, connection: sqlite3.Connection, conversation_id: str) -> Conversation | None:
        about = sql.head_of(connection, conversation_id)
        if about is None:
            return None
        title, head_id, created_at, updated_at = about
        nodes, whole = sql.nodes_of(connection, conversation_id, self.notices)
        if not whole:
            self._mark_damaged()
        by_id = {node.id: node for node in self._as_far_as_they_came(connection, nodes)}
        if head_id is not None and head_id not in by_id:  # none at all stands before the first message
            head_id = nodes[-1].id if nodes else None
        chosen = drafts.chosen(connection, conversation_id)
        return Conversation(conversation_id, title, by_id, head_id, created_at, updated_at, chosen)

    def _load_end(self, connection: sqlite3.Connection, conversation_id: str) -> Conversation | None:
        about = sql.head_of(connection, conversation_id)
        if about is None or about[1] is None:
            return None
        title, head_id, created_at, updated_at = about
        nodes = sql.last_nodes(connection, conversation_id, head_id, SCREENFUL)
        by_id = {node.id: node for node in self._as_far_as_they_came(connection, nodes)}
        chosen = drafts.chosen(connection, conversation_id)
        return Conversation(conversation_id, title, by_id, head_id, created_at, updated_at, chosen) if by_id else None

    def _as_far_as_they_came(self, connection: sqlite3.Connection, nodes: Sequence[Node]) -> Iterator[Node]:
        for node in nodes:
            yield self._as_far_as_it_came(connection, node) if node.status == "streaming" else node

    def _as_far_as_it_came(self, connection: sqlite3.Connection, node: Node) -> Node:
        with one_moment(connection):
            row = connection.execute(f"SELECT {NODE_COLUMNS} FROM node WHERE id = ?", (node.id,)).fetchone()
            owner = maintenance.owner_of(connection, node.id)
            events = journal_of(connection, node.id)
        node = node_from_row(row) if row is not None else node
        if node.status != "streaming":  # somebody settled it meanwhile
            return node
        if owner is not None and not owner[0].gone(owner[1], self._now(), self._lease):
            return folded(node, events, None)[0]
        if self._writer is not None:  # its window died while ours was open
            self._writer.submit(lambda writing: settle(writing, node.id, self._lease, self._now()))
        return folded(node, events)[0]
