"""Finding words again, whatever is typed: the newest first, and none is missed.

A word of three characters or more goes through the index of slices, and what that finds is looked at. What
the index cannot tell (shorter words, messages it does not have yet) is looked through, the newest first.
Then come conversations that hold all the words, but not in one message. Whoever asks gets what is found as
it is found, and may stop whenever they have enough.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from .faults import code
from .importing import owed
from .rows import content_from_text, dumps
from .slices import expression, index_of, is_broken
from .values import TEXT_KINDS, Hit, HitKind
from .words import composed, fold, searchable, snippet_of, words_of

FEW = 1_000
"""Candidates of one word that are counted before another word is tried."""
SCAN_ROWS = 256
BUSY_SECONDS = 0.001
GIVE_WAY_SECONDS = 0.0002

_COLUMNS = "n.seq, n.search_id, n.conversation_id, n.id, c.title, c.updated_at, n.content"
_KEPT = "c.trashed_at IS NULL AND c.purged_at IS NULL"
_JOIN = "node AS n JOIN conversation AS c ON c.id = n.conversation_id"


class Stopped(Exception):
    """Nobody waits for the rest."""


def search(
    connection: sqlite3.Connection, query: str, limit: int = 50, stopped: Callable[[], bool] = lambda: False
) -> list[Hit]:
    """Titles, then messages, the newest first. Never raises on a query."""
    found: list[Hit] = []
    words = words_of(query)
    if words and limit > 0:
        for hit in _in_titles(connection, words):
            found.append(hit)
            if len(found) >= limit:
                return found
        for hit in Look(connection, words, stopped=stopped).hits():
            found.append(hit)
            if len(found) >= limit:
                break
    return found


class Look:
    """One search through what was said."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        words: Sequence[str],
        *,
        kinds: Collection[HitKind] = TEXT_KINDS,
        each_once: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """``each_once`` finds a conversation once; ``stopped`` is asked often, and true ends it with `Stopped`."""
        self._connection = connection
        # What is likely to be rare first: a message without it is looked at no further.
        self._words = sorted(words, key=len, reverse=True)
        self._escaped = [dumps(word)[1:-1] for word in self._words]
        self._columns = [place for place, kind in enumerate(TEXT_KINDS) if kind in kinds]
        self._each_once = each_once
        self._stopped = stopped
        self._index = index_of(connection)
        self._hit: set[str] = set()
        self._partly: dict[str, None] = {}
        """Conversations that hold some of the words, the newest first."""
        self._worked = time.perf_counter()

    def hits(self) -> Iterator[Hit]:
        """The newest first; then conversations that hold the words in different messages."""
        if not self._words or not self._columns:
            return
        for row in self._candidates():
            self._give_way()
            if self._each_once and row[2] in self._hit:
                continue
            hit = self._look_at(row)
            if hit is not None:
                self._hit.add(row[2])
                yield hit
        if len(self._words) > 1:
            yield from self._together()

    # Where to look

    def _candidates(self) -> Iterator[Any]:
        long = [word for word in self._words if len(word) >= 3]
        seen: set[int] = set()
        if not is_broken(self._connection) and long:
            try:
                for row in self._indexed(long):
                    seen.add(row[0])
                    yield row
            except sqlite3.DatabaseError as error:
                if code(error) == sqlite3.SQLITE_INTERRUPT:
                    raise
            else:
                yield from self._scanned(self._index.todo - 1, unless_from=self._index.base)
                for first, last in owed(self._connection):
                    yield from self._scanned(last, unless_from=self._index.base, lower=first - 1)
                return
        for row in self._scanned(None):
            if row[0] not in seen:
                yield row

    def _indexed(self, words: Sequence[str]) -> Iterator[Any]:
        """The messages that may hold the words, by the word that is in the fewest slices."""
        fewest: tuple[str, list[int]] | None = None
        for word in words:
            numbers = self._numbers(word, None, FEW)
            if fewest is None or len(numbers) < len(fewest[1]):
                fewest = word, numbers
            if len(numbers) < FEW // 10:
                break
        assert fewest is not None
        word, numbers = fewest
        if word != self._words[0]:  # the one a message must hold to be looked at further
            at = self._words.index(word)
            self._words.insert(0, self._words.pop(at))
            self._escaped.insert(0, self._escaped.pop(at))
        limit, last = FEW, None
        while numbers:
            for number in numbers:
                if last is not None and number >= last:
                    continue  # another slice of the same message
                row = self._connection.execute(
                    f"""SELECT {_COLUMNS}, {_KEPT} FROM {_JOIN}
                        WHERE n.search_id BETWEEN ? AND ? ORDER BY n.search_id DESC LIMIT 1""",
                    (self._index.base, number),
                ).fetchone()
                if row is None:
                    return
                last = row[1]
                if row[7]:
                    yield row
            if len(numbers) < limit:
                return
            limit *= 4
            numbers = self._numbers(word, min(numbers[-1], last or numbers[-1]), limit)

    def _numbers(self, word: str, below: int | None, limit: int) -> list[int]:
        """The greatest numbers of slices that may hold the word."""
        table = self._index.table
        self._give_way()
        return [
            number
            for (number,) in self._connection.execute(
                f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
                (expression(word), 2**62 if below is None else below, limit),
            )
        ]

    def _scanned(self, upper: int | None, unless_from: int | None = None, lower: int = 0) -> Iterator[Any]:
        """Every message above a key and up to another, in short reads, so that no snapshot is held for long."""
        if upper is None:
            (newest,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM node").fetchone()
            upper = int(newest)
        while upper > lower:
            last = max(upper - SCAN_ROWS, lower)
            for row in self._connection.execute(
                f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.seq > ? AND n.seq <= ? AND {_KEPT} ORDER BY n.seq DESC",
                (last, upper),
            ):
                if unless_from is None or row[1] is None or row[1] < unless_from:
                    yield row
            upper = last
            self._give_way()

    # What is there

    def _look_at(self, row: Any) -> Hit | None:
        folded = self._folded(row[6])
        if folded is None or self._words[0] not in folded:
            return None
        if all(word in folded for word in self._words[1:]):
            return self._hit_in(row)
        self._partly.setdefault(row[2])
        return None

    def _folded(self, content: str) -> str | None:
        """What a message says, to be looked through; None if it clearly does not say the first word.

        What is written as JSON is quicker to look through than to read. Only a word that goes on from one
        block of text into the next is not whole in it.
        """
        whole = fold(composed(content))
        if self._escaped[0] not in whole and whole.count('"type":"text"') < 2:
            return None
        columns = searchable(content_from_text(content))
        return fold("\n".join(columns[place] for place in self._columns))

    def _hit_in(self, row: Any) -> Hit:
        columns = searchable(content_from_text(row[6]))
        counts = [sum(word in fold(columns[place]) for word in self._words) for place in self._columns]
        best = self._columns[counts.index(max(counts))]
        snippet, spans = snippet_of(columns[best], self._words)
        return Hit(row[2], row[3], row[4], row[5], TEXT_KINDS[best], snippet, spans)

    def _together(self) -> Iterator[Hit]:
        """Conversations with each word in some message or in the title."""
        titles = {
            conversation_id: fold(composed(title))
            for conversation_id, title in self._connection.execute(
                f"SELECT id, title FROM conversation AS c WHERE {_KEPT} ORDER BY used DESC"
            ).fetchall()
        }
        for conversation_id, title in titles.items():
            if self._words[0] in title:
                self._partly.setdefault(conversation_id)
        for conversation_id in self._partly:
            if conversation_id in self._hit:
                continue
            missing = {word for word in self._words if word not in titles.get(conversation_id, "")}
            best: tuple[int, Any] | None = None
            for row in self._connection.execute(
                f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.conversation_id = ? AND {_KEPT} ORDER BY n.seq DESC",
                (conversation_id,),
            ).fetchall():
                self._give_way()
                columns = searchable(content_from_text(row[6]))
                folded = fold("\n".join(columns[place] for place in self._columns))
                here = sum(word in folded for word in self._words)
                missing = {word for word in missing if word not in folded}
                if here and (best is None or here > best[0]):
                    best = here, row
            if not missing and best is not None:
                self._hit.add(conversation_id)
                yield self._hit_in(best[1])

    def _give_way(self) -> None:
        """Let go of the interpreter now and then: a frame on its way to the disk, or a key, waits 5 ms for it."""
        if self._stopped():
            raise Stopped
        if time.perf_counter() - self._worked > BUSY_SECONDS:
            time.sleep(GIVE_WAY_SECONDS)
            self._worked = time.perf_counter()


def _in_titles(connection: sqlite3.Connection, words: Sequence[str]) -> Iterator[Hit]:
    rows = connection.execute(
        f"SELECT id, title, updated_at FROM conversation AS c WHERE {_KEPT} AND title <> '' ORDER BY used DESC"
    ).fetchall()
    for conversation_id, title, updated_at in rows:
        title = composed(title)
        folded = fold(title)
        if all(word in folded for word in words):
            snippet, spans = snippet_of(title, words)
            yield Hit(conversation_id, "", title, updated_at, "title", snippet, spans)
