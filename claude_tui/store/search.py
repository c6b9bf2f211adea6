"""Finding words again, whatever is typed: the newest first, and none is missed.

A word of three characters or more goes through the index of slices, and what that finds is looked at. What
the index cannot tell (shorter words, messages it does not have yet) is looked through, the newest first.
Then come conversations that hold all the words, but not in one message. Whoever asks gets what is found as
it is found, and may stop whenever they have enough.
"""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from .faults import code
from .importing import owed
from .rows import content_from_text, dumps
from .slices import expression, index_of, is_broken
from .values import TEXT_KINDS, Hit, HitKind
from .words import composed, fold, searchable, snippet_of, words_of

FEW = 256
"""Candidates of one word that are counted before another word is tried."""
MANY = 50_000
"""Slices of a word that are compared with conversations; what is in more is in most of them."""
DENSE = 40
"""Slices from one number to the next, up to which their messages are read in one piece."""
SCAN_ROWS = 256
BUSY_SECONDS = 0.001
GIVE_WAY_SECONDS = 0.0002

_COLUMNS = "n.seq, n.search_id, n.conversation_id, n.id, c.title, c.updated_at, n.content"
_PLACE = "n.seq, n.search_id, n.conversation_id"
"""What can be read of a message without reading all of it."""
_KEPT = "c.trashed_at IS NULL AND c.purged_at IS NULL"
_JOIN = "node AS n JOIN conversation AS c ON c.id = n.conversation_id"


class Stopped(Exception):
    """Nobody waits for the rest."""


def search(
    connection: sqlite3.Connection,
    query: str,
    limit: int = 50,
    stopped: Callable[[], bool] = lambda: False,
    polite: Callable[[], bool] = lambda: False,
) -> list[Hit]:
    """Titles, then messages, the newest first. Never raises on a query."""
    found: list[Hit] = []
    words = words_of(query)
    if words and limit > 0:
        for hit in _in_titles(connection, words):
            found.append(hit)
            if len(found) >= limit:
                return found
        for hit in Look(connection, words, stopped=stopped, polite=polite).hits():
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
        polite: Callable[[], bool] = lambda: False,
    ) -> None:
        """``each_once`` finds a conversation once; ``stopped`` is asked often, and true ends it with `Stopped`.

        ``polite`` says whether somebody else is in a hurry.
        """
        self._connection = connection
        # What is likely to be rare first: a message without it is looked at no further.
        self._words = sorted(words, key=len, reverse=True)
        self._escaped = [dumps(word)[1:-1] for word in self._words]
        self._columns = [place for place, kind in enumerate(TEXT_KINDS) if kind in kinds]
        self._each_once = each_once
        self._stopped = stopped
        self._polite = polite
        self._scanning = False
        # What is put into the index from here on is looked through all the same: the index may have been asked before.
        self._owed = owed(connection)
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
                todo = self._index.todo
                for lower, upper in ((0, todo - 1), *((max(first, todo) - 1, last) for first, last in self._owed)):
                    for row in self._scanned(upper, lower):
                        if row[0] not in seen and not self._index.holds(row[1]):
                            yield row
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
            if len(numbers) < FEW // 4:
                break
        assert fewest is not None
        word, numbers = fewest
        if word != self._words[0]:  # the one a message must hold to be looked at further
            at = self._words.index(word)
            self._words.insert(0, self._words.pop(at))
            self._escaped.insert(0, self._escaped.pop(at))
        limit, last = FEW, None
        while numbers:
            for seq, search_id, conversation_id in self._places(numbers):
                if last is not None and search_id >= last:
                    continue  # a message that a page of numbers ended in
                last = search_id
                if self._each_once and conversation_id in self._hit:
                    continue
                row = self._connection.execute(
                    f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.seq = ? AND {_KEPT}", (seq,)
                ).fetchone()
                if row is not None:
                    yield row
            if len(numbers) < limit:
                return
            limit *= 4
            numbers = self._numbers(word, min(numbers[-1], last or numbers[-1]), limit)

    def _places(self, numbers: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """The messages of the slices with these numbers, the newest first: key, first number, conversation."""
        select = f"SELECT {_PLACE} FROM node AS n WHERE search_id"
        if numbers[0] - numbers[-1] > DENSE * len(numbers):
            last = numbers[0] + 1
            for number in numbers:
                if number < last:
                    place = self._connection.execute(
                        f"{select} BETWEEN ? AND ? ORDER BY search_id DESC LIMIT 1", (self._index.base, number)
                    ).fetchone()
                    if place is None:
                        return
                    last = place[1]
                    yield place
            return
        at = 0
        oldest = self._connection.execute(
            f"{select} BETWEEN ? AND ? ORDER BY search_id DESC LIMIT 1", (self._index.base, numbers[-1])
        ).fetchone()
        first = oldest[1] if oldest is not None else numbers[-1]
        for place in self._connection.execute(
            f"{select} BETWEEN ? AND ? ORDER BY search_id DESC", (first, numbers[0])
        ).fetchall():
            if at < len(numbers) and numbers[at] >= place[1]:
                yield place
                while at < len(numbers) and numbers[at] >= place[1]:
                    at += 1

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

    def _scanned(self, upper: int | None, lower: int = 0) -> Iterator[Any]:
        """Every message above a key and up to another, in short reads, so that no snapshot is held for long."""
        self._scanning = True
        if upper is None:
            (newest,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM node").fetchone()
            upper = int(newest)
        while upper > lower:
            last = max(upper - SCAN_ROWS, lower)
            yield from self._connection.execute(
                f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.seq > ? AND n.seq <= ? AND {_KEPT} ORDER BY n.seq DESC",
                (last, upper),
            )
            upper = last
            self._give_way()

    # What is there

    def _look_at(self, row: Any) -> Hit | None:
        columns = self._columns_of(row[6])
        if columns is None:
            return None
        folded = list(map(fold, columns))
        first, *others = ([word in column for column in folded] for word in self._words)
        if not any(first):
            return None
        if not all(map(any, others)):
            self._partly.setdefault(row[2])
            return None
        return self._hit_in(row, columns, folded)

    def _columns_of(self, content: str) -> list[str] | None:
        """What a message says, of each kind; None if it clearly does not say the first word.

        What is written as JSON is quicker to look through than to read. Only a word that goes on from one
        block of text into the next is not whole in it.
        """
        whole = fold(composed(content))
        if self._escaped[0] not in whole and whole.count('"type":"text"') < 2:
            return None
        columns = searchable(content_from_text(content))
        return [columns[place] for place in self._columns]

    def _hit_in(self, row: Any, columns: Sequence[str], folded: Sequence[str]) -> Hit:
        counts = [sum(word in column for word in self._words) for column in folded]
        best = counts.index(max(counts))
        snippet, spans = snippet_of(columns[best], self._words)
        return Hit(row[2], row[3], row[4], row[5], TEXT_KINDS[self._columns[best]], snippet, spans)

    def _together(self) -> Iterator[Hit]:
        """Conversations with each word in some message or in the title."""
        for conversation_id, title, _ in titles_with(self._connection, self._words[0]):
            if self._words[0] in fold(composed(title)):
                self._partly.setdefault(conversation_id)
        others = {
            word: numbers[::-1]
            for word in self._words[1:]
            if len(word) >= 3 and len(numbers := self._numbers(word, None, MANY)) < MANY
        }
        for conversation_id in self._partly:
            if conversation_id in self._hit or not self._may_hold(conversation_id, others):
                continue
            hit = self._in_parts(conversation_id)
            if hit is not None:
                self._hit.add(conversation_id)
                yield hit

    def _may_hold(self, conversation_id: str, numbers: Mapping[str, Sequence[int]]) -> bool:
        """Whether each word is in a slice between its first and its last, or in its title; without reading it."""
        title, first, last = self._connection.execute(
            """SELECT (SELECT title FROM conversation WHERE id = ?1), min(coalesce(search_id, 0)), max(search_id)
                FROM node INDEXED BY node_conversation WHERE conversation_id = ?1""",
            (conversation_id,),
        ).fetchone()
        if title is None or not (self._index.holds(first) and self._index.holds(last)):
            return title is not None  # some of it is not in the index, or was not, and has to be read
        (end,) = self._connection.execute("SELECT min(search_id) FROM node WHERE search_id > ?", (last,)).fetchone()
        folded = fold(composed(title))
        for word, found in numbers.items():
            at = bisect_left(found, first)
            if word not in folded and (at == len(found) or (end is not None and found[at] >= end)):
                return False
        return True

    def _in_parts(self, conversation_id: str) -> Hit | None:
        """The place of a conversation that holds the most of the words, if all of them are somewhere in it."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.conversation_id = ? AND {_KEPT} ORDER BY n.seq DESC",
            (conversation_id,),
        ).fetchall()
        self._give_way()
        title = fold(composed(rows[0][4])) if rows else ""
        # As in `_columns_of`: what is written as JSON is looked through before it is read.
        written = [fold(composed(row[6])) for row in rows]
        for word, escaped in zip(self._words, self._escaped, strict=True):
            if word not in title and not any(escaped in text or text.count('"type":"text"') > 1 for text in written):
                return None
        missing = {word for word in self._words if word not in title}
        best: tuple[int, Any, list[str], list[str]] | None = None
        for row in rows:
            columns = searchable(content_from_text(row[6]))
            chosen = [columns[place] for place in self._columns]
            folded = list(map(fold, chosen))
            here = {word for word in self._words if any(word in column for column in folded)}
            missing -= here
            if here and (best is None or len(here) > best[0]):
                best = len(here), row, chosen, folded
        return self._hit_in(*best[1:]) if best is not None and not missing else None

    def _give_way(self) -> None:
        """Let go of the interpreter often while a reply is written, whose frame would wait 5 ms for it, thrice.

        And while everything is looked through, which takes seconds in which keys are pressed.
        """
        if self._stopped():
            raise Stopped
        if (self._scanning or self._polite()) and time.perf_counter() - self._worked > BUSY_SECONDS:
            time.sleep(GIVE_WAY_SECONDS)
            self._worked = time.perf_counter()


def _in_titles(connection: sqlite3.Connection, words: Sequence[str]) -> Iterator[Hit]:
    for conversation_id, title, updated_at in titles_with(connection, max(words, key=len)):
        title = composed(title)
        folded = fold(title)
        if all(word in folded for word in words):
            snippet, spans = snippet_of(title, words)
            yield Hit(conversation_id, "", title, updated_at, "title", snippet, spans)


def titles_with(connection: sqlite3.Connection, word: str) -> list[tuple[str, str, int]]:
    """The conversations whose titles may hold a word, the last used first: SQLite compares what is plain ASCII."""
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return connection.execute(
        f"""SELECT id, title, updated_at FROM conversation AS c
            WHERE (title LIKE ? ESCAPE '\\' OR title GLOB '*[^ -~]*') AND {_KEPT} ORDER BY used DESC""",
        (pattern,),
    ).fetchall()
