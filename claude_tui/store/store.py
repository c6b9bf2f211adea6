"""All conversations of one data folder: the front of the room."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from pathlib import Path
from typing import TypeVar

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.errors import StoreError

from . import conversations as sql
from . import ledger, maintenance
from .care import Care
from .database import Database
from .journal import LATE_SECONDS, Journal
from .lease import REFRESH_SECONDS, Lease
from .locks import CommitLock, beside
from .opening import open_or_wait, open_whole
from .reader import Reader
from .recovery import folded, journal_of, settle, written_elsewhere
from .search import index_node, search
from .sidesync import SideSync
from .values import Hit, Recovered, Spend, Summary
from .writer import Task, Writer

T = TypeVar("T")

CATCH_UP_SECONDS = 0.25
CHUNK_NODES = 64
CHUNK_CHARACTERS = 200_000
"""Written in some 10 ms, which is how long a frame of a reply may have to wait for it."""


def _clock() -> int:
    return time.time_ns() // 1_000_000


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


class _Draft:
    """A draft on its way to the disk."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done: Future[None] = Future()


class Store:
    """All conversations of one data folder.

    Every method may be called from any thread and returns a future: a screen awaits it through
    ``asyncio.wrap_future``, a worker asks for its ``result()``. Writes are done in the order they
    were asked for; what the disk refuses is kept in memory, tried again, and told by ``trouble``.
    A read sees what was written before it was asked for.
    """

    def __init__(self, database: Database, recovered: list[Recovered], now: Callable[[], int], lease: Lease) -> None:
        self.read_only = database.read_only
        """Nothing is saved: the disk, or a newer schema, does not let us."""
        self.notices = database.notices
        """Sentences to show once; more may come while the store is open."""
        self.recovered = recovered
        """Replies that were cut by the death of their process, found at opening."""
        self._database = database
        self._now = now
        self._lease = lease
        self._leased = False
        self._refreshed = 0.0
        self._guard = threading.Lock()
        self._journals: dict[str, Journal] = {}
        self._drafts: dict[str, _Draft] = {}
        self._closed = False
        self._sync: SideSync | None = None
        self._writer: Writer | None = None
        if not database.read_only:
            path = database.path
            self._sync = None if database.network else SideSync(beside(path, "-wal"))
            lock = CommitLock(beside(path, ".ckpt"))
            self._writer = Writer(database.connection, path, lock, self._sync, self._reconnect, database.missing)
            self._writer.streaming = lambda: bool(self._journals)
            self._writer.refresh = self._refresh
            self._writer.farewell = self._farewell
            self._writer.on_damage = self._mark_damaged
        self._reader = Reader(lambda: self._database.reader(), self._catch_up, self._mark_damaged)
        self._care: Care | None = None
        self._look_after()

    @classmethod
    def open(
        cls, database: Path, *, now: Callable[[], int] = _clock, lease: Lease | None = None, or_wait: bool = False
    ) -> Store:
        """Open the conversations, made if there are none.

        Raises ``StoreError`` with one sentence when they cannot even be read. With ``or_wait`` a disk that
        takes nothing now is no reason: everything is kept in memory, which ``trouble`` says, until it does.
        """
        lease = lease or Lease.mine()
        whole, recovered = (open_or_wait if or_wait else open_whole)(database, lease, now)
        return cls(whole, recovered, now, lease)

    @property
    def trouble(self) -> str | None:
        """A sentence while something is not on the disk; None when all is."""
        if self._writer is None:
            return "Not saved: the conversations can only be read." if self.read_only else None
        return self._writer.trouble or (self._sync.trouble if self._sync else None)

    # Conversations.

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
        """Save a new conversation and all its nodes in one transaction: whatever happens, it is there or it is not."""
        nodes = list(conversation.nodes.values())
        when = conversation.updated_at or self._now()
        return self._write(lambda connection: self._put(connection, conversation, nodes, when), asked=True)

    def load(self, conversation_id: str) -> Future[Conversation | None]:
        """The conversation with all its nodes; a reply that is being written has what was committed so far."""
        return self._read(lambda connection: self._load(connection, conversation_id))

    def find(self, prefix: str) -> Future[list[str]]:
        """The ids that begin with ``prefix``, the last used first."""
        return self._read(lambda connection: sql.find(connection, prefix))

    def latest(self) -> Future[str | None]:
        """The conversation that was used last."""
        return self._read(sql.latest)

    def recent(self, limit: int = 200, offset: int = 0) -> Future[list[Summary]]:
        """The library, the last used first, without the trash."""
        return self._read(lambda connection: sql.recent(connection, limit, offset))

    def trashed(self, limit: int = 200, offset: int = 0) -> Future[list[Summary]]:
        """What is in the trash."""
        return self._read(lambda connection: sql.recent(connection, limit, offset, trashed=True))

    def rename(self, conversation_id: str, title: str) -> Future[None]:
        """Give it another title."""
        return self._write(lambda connection: sql.rename(connection, conversation_id, title), asked=True)

    def trash(self, conversation_id: str) -> Future[None]:
        """Out of sight; nothing takes it from the trash by itself."""
        when = self._now()
        return self._write(lambda connection: sql.trash(connection, conversation_id, when), asked=True)

    def restore(self, conversation_id: str) -> Future[None]:
        """Back from the trash."""
        return self._write(lambda connection: sql.trash(connection, conversation_id, None), asked=True)

    def set_head(self, conversation_id: str, node_id: str | None) -> Future[None]:
        """Where the reader stands."""
        return self._write(lambda connection: sql.set_head(connection, conversation_id, node_id))

    def search(self, query: str, limit: int = 50) -> Future[list[Hit]]:
        """Find words in titles, text, thinking and tools. Takes anything typed; cancelling it interrupts it."""
        return self._read(lambda connection: search(connection, query, limit))

    def written_elsewhere(self, conversation_id: str) -> Future[bool]:
        """Whether another window, still alive, is writing a reply of this conversation."""
        return self._read(lambda connection: written_elsewhere(connection, conversation_id, self._lease, self._now()))

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

    def finish(self, conversation_id: str, node: Node) -> Future[None]:
        """The reply as it ended, in one transaction: its content, its words for the search, its journal gone."""
        when = self._now()

        def work(connection: sqlite3.Connection) -> None:
            self._put_nodes(connection, conversation_id, (node,), when)
            connection.execute("DELETE FROM journal WHERE node_id = ?", (node.id,))

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

    # Drafts and the ledger.

    def save_draft(self, conversation_id: str, text: str) -> Future[None]:
        """What is typed and not sent; ``""`` is the key of a conversation not begun."""
        with self._guard:
            waiting = self._drafts.get(conversation_id)
            if waiting is not None:  # not written yet: the newer text takes its place in the queue
                waiting.text = text
                return waiting.done
            when = self._now()
            draft = _Draft(text)

            def work(connection: sqlite3.Connection) -> None:
                with self._guard:  # from here on newer text needs a job of its own
                    if self._drafts.get(conversation_id) is draft:
                        del self._drafts[conversation_id]
                sql.put_draft(connection, conversation_id, draft.text, when)

            draft.done = self._write(work)
            if not draft.done.done():
                self._drafts[conversation_id] = draft
            return draft.done

    def draft(self, conversation_id: str) -> Future[str]:
        """What was typed there and not sent."""
        return self._read(lambda connection: ledger.drafts(connection).get(conversation_id, ""))

    def drafts(self) -> Future[dict[str, str]]:
        """All that was typed and not sent, by conversation."""
        return self._read(ledger.drafts)

    def questions(self, limit: int = 200) -> Future[list[str]]:
        """What was asked last in any conversation, the newest first."""
        return self._read(lambda connection: sql.questions(connection, limit))

    def draft_history(self, limit: int = 50) -> Future[list[str]]:
        """What drafts held when they were emptied, the newest first."""
        return self._read(lambda connection: ledger.draft_history(connection, limit))

    def spend(self, entry: Spend) -> Future[None]:
        """Enter a cost; it is kept when the conversation goes."""
        return self._write(lambda connection: ledger.spend(connection, entry))

    def spent(self, since: int = 0, conversation_id: str | None = None) -> Future[list[Spend]]:
        """The ledger from ``since`` on, in the order it was written."""
        return self._read(lambda connection: ledger.spent(connection, since, conversation_id))

    # The file.

    def check(self) -> Future[list[str]]:
        """What is wrong with the file, as sentences; none when it is sound."""

        def read(connection: sqlite3.Connection) -> list[str]:
            found, damaged = maintenance.check(connection, self._lease, self._now())
            if damaged:
                self._mark_damaged()
            return found

        return self._apart(read)

    def backup(self, target: Path) -> Future[None]:
        """A whole copy at ``target``, where nothing may be yet."""
        return self._apart(lambda connection: maintenance.backup(connection, target))

    def close(self, timeout: float = 0.3) -> None:
        """Write what waits, sync, close. Never takes longer than ``timeout``; may be called again."""
        if self._closed:
            return
        self._closed = True
        end = time.monotonic() + timeout
        if self._care is not None:
            self._care.close()
        self._reader.close()
        self._reader.join(timeout / 3)  # first, for only the last connection of all can tidy up
        if self._writer is not None:
            self._writer.close(max(0.0, end - time.monotonic()))
        if self._writer is None:
            self._database.connection.close()
        if (self._writer is None or self._writer.closed) and self._database.presence is not None:
            self._database.presence.close()

    # Helpers.

    def _write(self, work: Callable[[sqlite3.Connection], T], bulk: bool = False, *, asked: bool = False) -> Future[T]:
        """Hand ``work`` to the writer.

        In a read-only store what a person ``asked`` for fails with a sentence, and what belongs to a
        reply comes to nothing silently: ``trouble`` has said so.
        """
        if self._writer is not None:
            return self._writer.submit(work, bulk=bulk)
        future: Future[T] = Future()
        if asked:
            future.set_exception(StoreError("The conversations can only be read, so nothing was changed"))
        else:
            future.set_result(None)  # pyright: ignore[reportArgumentType] - all of these return nothing
        return future

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> Future[T]:
        return self._reader.submit(read, self._writer.submitted if self._writer else 0)

    def _apart(self, read: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Read for as long as it takes, with a connection and a thread of its own."""
        reader = Reader(lambda: self._database.reader(query_only=False), self._catch_up, self._mark_damaged)
        future = reader.submit(read, self._writer.submitted if self._writer else 0)
        reader.close_when_done()
        return future

    def _look_after(self) -> None:
        if self._writer is not None and self._database.missing is None and not self._closed:
            self._care = Care(self._database, self._writer, self._now)

    def _reconnect(self) -> sqlite3.Connection:
        """For the writer: another connection, or the first, to a file that could not be had until now."""
        if self._database.missing is None:
            return self._database.reconnect()
        whole, recovered = open_whole(self._database.path, self._lease, self._now)
        if whole.read_only:
            whole.connection.close()
            raise StoreError("the conversations can only be read")
        empty, self._database = self._database.connection, whole
        empty.close()
        self.recovered += recovered
        self.notices += whole.notices
        whole.notices = self.notices
        self._reader.renew()
        self._look_after()
        return whole.connection

    def _catch_up(self, after: int) -> None:
        """Wait for what was written before a read was asked for; not for long, and not for a failing disk."""
        writer = self._writer
        if writer is None:
            return
        end = time.monotonic() + CATCH_UP_SECONDS
        while writer.finished < after and not writer.failing and time.monotonic() < end:
            time.sleep(0.0005)

    def _mark_damaged(self) -> None:
        if not self.read_only and self._database.missing is None:
            maintenance.mark_damaged(self._database.path)

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
        for place, node in enumerate(nodes):
            if node.status == "streaming":
                nodes[place] = self._as_far_as_it_came(connection, node)
        by_id = {node.id: node for node in nodes}
        if head_id is not None and head_id not in by_id:  # none at all stands before the first message
            head_id = nodes[-1].id if nodes else None
        return Conversation(conversation_id, title, by_id, head_id, created_at, updated_at)

    def _as_far_as_it_came(self, connection: sqlite3.Connection, node: Node) -> Node:
        owner = maintenance.owner_of(connection, node.id)
        gone = owner is None or owner[0].gone(owner[1], self._now(), self._lease)
        if not gone:
            return folded(node, journal_of(connection, node.id), None)[0]
        if self._writer is not None:  # its window died while ours was open
            self._writer.submit(lambda writing: settle(writing, node.id, self._lease, self._now()))
        return folded(node, journal_of(connection, node.id))[0]

    def _put_lease(self, connection: sqlite3.Connection) -> None:
        mine = self._lease
        connection.execute(
            """INSERT INTO lease VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET refreshed_at = excluded.refreshed_at""",
            (mine.token, mine.host, mine.pid, mine.started, self._now()),
        )
        self._leased = True
        self._refreshed = time.monotonic()

    def _refresh(self) -> Task | None:
        if not self._journals or time.monotonic() - self._refreshed < REFRESH_SECONDS:
            return None
        self._refreshed = time.monotonic()
        return Task(self._put_lease, Future())

    def _farewell(self) -> Task | None:
        if not self._leased:
            return None
        token = self._lease.token
        return Task(lambda connection: connection.execute("DELETE FROM lease WHERE token = ?", (token,)), Future())
