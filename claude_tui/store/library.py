"""The conversations as one looks for them: lists, titles, the trash, search; and drafts and what was spent."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future

from claude_tui.core.conversation import Marks, Node
from claude_tui.core.message import JsonObject

from . import contents, drafts, ledger, reservations, shelves
from . import conversations as sql
from .base import Base
from .database import Database
from .lease import Lease
from .lookup import Starts
from .recovery import written_elsewhere
from .search import Look, Stopped, search
from .values import (
    TEXT_KINDS,
    Bound,
    Claim,
    Draft,
    Given,
    Hit,
    HitKind,
    Recovered,
    Release,
    Shelf,
    Spend,
    Summary,
    Sums,
    SumsBy,
)
from .words import words_of

TELL_SECONDS = 0.15


class _Draft:
    """A draft on its way to the disk."""

    def __init__(self, text: str, sent: bool) -> None:
        self.text = text
        self.sent = sent
        self.done: Future[None] = Future()


class Library(Base):
    """What there is, without what is in it."""

    def __init__(self, database: Database, recovered: list[Recovered], now: Callable[[], int], lease: Lease) -> None:
        self._drafts: dict[str, _Draft] = {}
        self._starts = Starts()
        """Of the thread of searches."""
        super().__init__(database, recovered, now, lease)

    # Lists.

    def find(self, prefix: str, shelf: Shelf | None = None) -> Future[list[str]]:
        """The ids that begin with ``prefix``, the last used first; on one shelf, or anywhere but in the trash."""
        return self._read(lambda connection: shelves.find(connection, prefix, shelf=shelf))

    def all_ids(self) -> Future[list[str]]:
        """Every conversation that is not in the trash, the archived among them, at one moment; the last used first."""
        return self._read(shelves.all_ids)

    def marks(self, conversation_id: str) -> Future[Marks]:
        """Whether it is pinned or archived, and who gave its title."""
        return self._read(lambda connection: shelves.marks(connection, conversation_id))

    def latest(self) -> Future[str | None]:
        """The conversation that was used last."""
        return self._read(shelves.latest)

    def recent(self, limit: int = 200, offset: int = 0, shelf: Shelf = "open") -> Future[list[Summary]]:
        """What is on a shelf: the pinned first, then the last used. A page costs what is on it."""
        return self._read(lambda connection: shelves.listed(connection, shelf, limit, offset))

    def summary(self, conversation_id: str) -> Future[Summary | None]:
        """What the list says of one of them."""
        return self._read(lambda connection: shelves.summary(connection, conversation_id))

    def trashed(self, limit: int = 200, offset: int = 0) -> Future[list[Summary]]:
        """What is in the trash, the last deleted first."""
        return self.recent(limit, offset, "trash")

    def count(self, shelf: Shelf = "open") -> Future[int]:
        """How many there are."""
        return self._read(lambda connection: shelves.count(connection, shelf))

    def rename(self, conversation_id: str, title: str) -> Future[bool]:
        """Give it a title of a person's: no other ever takes its place."""
        return self._write(lambda connection: shelves.rename(connection, conversation_id, title), asked=True)

    def titled(self, conversation_id: str) -> Future[str]:
        """Who gave the title: "person", "model", or nobody, which is empty: it is the first question."""
        return self._read(lambda connection: shelves.titled(connection, conversation_id))

    def propose_title(self, conversation_id: str, title: str) -> Future[bool]:
        """A title that a model thought of; whether it was taken: not if a person gave one, whenever that was."""
        return self._write(lambda connection: shelves.rename(connection, conversation_id, title, "model"), asked=True)

    def pin(self, conversation_id: str, pinned: bool = True) -> Future[None]:
        """Before the others, or among them again."""
        return self._write(lambda connection: shelves.pin(connection, conversation_id, pinned), asked=True)

    def archive(self, conversation_id: str, archived: bool = True) -> Future[None]:
        """Out of the list, where search still finds it; or into it again."""
        return self._write(lambda connection: shelves.archive(connection, conversation_id, archived), asked=True)

    def around(self, conversation_id: str, node_id: str | None = None, count: int = 6) -> Future[list[Node]]:
        """A message, or the last one, and those before it: a few, without reading the conversation."""
        return self._read(lambda connection: sql.around(connection, conversation_id, node_id, count))

    # The trash.

    def trash(self, conversation_id: str) -> Future[None]:
        """Out of sight; nothing takes it from the trash by itself."""
        when = self._now()
        return self._write(lambda connection: shelves.trash(connection, conversation_id, when), asked=True)

    def restore(self, conversation_id: str) -> Future[None]:
        """Back from the trash."""
        return self._write(lambda connection: shelves.trash(connection, conversation_id, None), asked=True)

    def purge(self, *only: str) -> Future[int]:
        """Delete for good these conversations that are in the trash, or all of them; how many it were.

        What a window, this one too, has open to write in stays in the trash.

        When this is answered nobody sees them any more. Their text is taken away after that, in pieces that
        let everything else go first, by this window or, if it ends, by the next. The ledger keeps what they cost.
        """
        when = self._now()

        def work(connection: sqlite3.Connection) -> int:
            return len(shelves.purge(connection, only or None, self._lease, when))

        future = self._write(work, asked=True)
        future.add_done_callback(lambda done: self._purge_some() if not done.exception() and done.result() else None)
        return future

    def _purge_some(self) -> None:
        if not self._closed:
            self.sweep().add_done_callback(
                lambda done: self._purge_some() if not done.exception() and done.result() else None
            )

    def sweep(self) -> Future[bool]:
        """Take away a piece of what was deleted for good; whether there may be more."""
        return self._write(shelves.purge_some, bulk=True)

    def named_contents(self) -> Future[frozenset[str]]:
        """The hashes of contents of files that anything here still names; nothing waits for it to be found."""
        return self._apart(contents.named)

    # Search.

    def search(self, query: str, limit: int = 50) -> Future[list[Hit]]:
        """Find words in titles, text, thinking and tools. Takes anything typed; cancelling it interrupts it."""
        stop = threading.Event()

        def read(connection: sqlite3.Connection) -> list[Hit]:
            return search(connection, query, limit, stop.is_set, self._streaming, self._starts)

        return self._stoppable(read, stop)

    def look(
        self,
        query: str,
        tell: Callable[[list[Hit]], object],
        *,
        kinds: Collection[HitKind] = TEXT_KINDS,
        trashed: bool = False,
        limit: int = 200,
    ) -> Future[bool]:
        """Look through what was said, each conversation once, and ``tell`` on the reader's thread what is found.

        It is told soon after it is found, a few at a time. The answer is whether all was looked through: false
        when there were more than ``limit``. With ``trashed`` it is looked for in the trash. Cancelling it stops it.
        """  # fmt: skip
        stop = threading.Event()

        def read(connection: sqlite3.Connection) -> bool:
            found: list[Hit] = []
            told, count = time.monotonic(), 0
            hits = Look(
                connection,
                words_of(query),
                kinds=kinds,
                each_once=True,
                trashed=trashed,
                starts=self._starts,
                stopped=stop.is_set,
                polite=self._streaming,
            ).hits()
            try:
                for hit in hits:
                    found.append(hit)
                    count += 1
                    if count >= limit:
                        break
                    if time.monotonic() - told > TELL_SECONDS:
                        tell(found)
                        found, told = [], time.monotonic()
            except Stopped:
                return False
            finally:
                if found and not stop.is_set():
                    tell(found)
            return count < limit

        return self._stoppable(read, stop)

    def written_elsewhere(self, conversation_id: str) -> Future[bool]:
        """Whether another window, still alive, is writing a reply of this conversation."""
        return self._read(lambda connection: written_elsewhere(connection, conversation_id, self._lease, self._now()))

    # Drafts and the ledger.

    def save_draft(self, conversation_id: str, text: str, *, sent: bool = False) -> Future[None]:
        """What is typed and not sent; ``""`` is the key of a conversation not begun.

        What was there and is taken away is kept in the history, unless it was ``sent``.
        """
        with self._guard:
            waiting = self._drafts.get(conversation_id)
            if waiting is not None:  # not written yet: the newer text takes its place in the queue
                waiting.text = text
                waiting.sent = waiting.sent or sent
                return waiting.done
            when = self._now()
            draft = _Draft(text, sent)

            def work(connection: sqlite3.Connection) -> None:
                with self._guard:  # from here on newer text needs a job of its own
                    if self._drafts.get(conversation_id) is draft:
                        del self._drafts[conversation_id]
                drafts.put(connection, conversation_id, draft.text, when, sent=draft.sent)

            draft.done = self._write(work)
            if not draft.done.done():
                self._drafts[conversation_id] = draft
            return draft.done

    def draft(self, conversation_id: str) -> Future[str]:
        """What was typed there and not sent."""
        return self._read(lambda connection: drafts.all_of(connection).get(conversation_id, ""))

    def drafts(self) -> Future[dict[str, str]]:
        """All that was typed and not sent, by conversation."""
        return self._read(drafts.all_of)

    def save_choice(self, conversation_id: str, chosen: JsonObject) -> Future[None]:
        """What the next question is to be asked with; ``""`` is the key of a conversation not begun."""
        return self._write(lambda connection: drafts.choose(connection, conversation_id, chosen))

    def choice(self, conversation_id: str) -> Future[JsonObject]:
        """What was chosen there and not asked with yet."""
        return self._read(lambda connection: drafts.chosen(connection, conversation_id))

    def questions(self, limit: int = 200) -> Future[list[str]]:
        """What was asked last in any conversation, the newest first."""
        return self._read(lambda connection: sql.questions(connection, limit))

    def draft_history(self, limit: int = 50) -> Future[list[str]]:
        """What drafts held when they were emptied, the newest first."""
        return self._read(lambda connection: drafts.history(connection, limit))

    def typed(self, limit: int = 200) -> Future[list[Draft]]:
        """What waits in prompts and what was taken out of them without being sent, the newest first."""
        return self._read(lambda connection: drafts.everything(connection, limit))

    def spend(self, entry: Spend | None, release: Release | None = None) -> Future[None]:
        """Enter a cost instead of what was reserved for it; it is kept when the conversation goes."""

        def work(connection: sqlite3.Connection) -> None:
            if entry is not None:
                ledger.spend(connection, entry)
            if release is not None:
                reservations.release(connection, release)

        return self._write(work)

    def pending_spends(self) -> Future[list[Spend]]:
        """Replies that a dead process left: they are still to be priced."""
        return self._read(ledger.pending)

    def sums(
        self, by: SumsBy = "all", since: int = 0, until: int = 2**62, conversation_id: str | None = None
    ) -> Future[list[Sums]]:
        """What was spent from ``since`` to before ``until``, by what the entries have in common."""
        return self._read(lambda connection: ledger.sums(connection, by, since, until, conversation_id))

    def used(self, bounds: Sequence[Bound]) -> Future[tuple[int, ...]]:
        """What was spent and is reserved under each bound, in billionths of a dollar."""
        return self._read(lambda connection: tuple(reservations.used(connection, bound) for bound in bounds))

    def unconfirmed(self, bounds: Sequence[Bound]) -> Future[tuple[int, ...]]:
        """What of that may have been billed, and nobody ever said."""
        return self._read(lambda connection: tuple(reservations.unconfirmed(connection, bound) for bound in bounds))

    def reserve(self, claim: Claim, bounds: Sequence[Bound]) -> Future[Given]:
        """Reserve what a request may cost: no two windows are given the same cent."""

        def work(connection: sqlite3.Connection) -> Given:
            given = reservations.reserve(connection, claim, bounds, self._lease, self._now())
            if given.nano:
                self._put_lease(connection)
            return given

        return self._write(work, asked=True)

    def widen(self, id: str, most: int, least: int, bounds: Sequence[Bound]) -> Future[Given]:
        """Reserve more for a request under way: up to ``most`` in all, and not less than ``least``."""
        return self._write(lambda connection: reservations.widen(connection, id, most, least, bounds), asked=True)

    def left_reserved(self) -> Future[bool]:
        """Whether a window died while it had something reserved."""
        return self._read(lambda connection: bool(reservations.abandoned(connection, self._lease, self._now())))

    def release_abandoned(self) -> Future[None]:
        """What windows had reserved that died: their replies wait to be priced, the rest counts as it must."""
        return self._write(lambda connection: reservations.release_abandoned(connection, self._lease, self._now()))

    def spent(self, since: int = 0, conversation_id: str | None = None) -> Future[list[Spend]]:
        """The ledger from ``since`` on, in the order it was written."""
        return self._read(lambda connection: ledger.spent(connection, since, conversation_id))
