"""Finding words again, whatever is typed: the newest first, and none is missed.

A word of three characters or more goes through the index of slices, and what that finds is looked at. Of
several words those messages come first in which they stand near each other, then the others that hold them
all. What the index cannot tell (shorter words, messages it does not have yet) is looked through, the newest
first. Then come conversations that hold all the words, but not in one message. Whoever asks gets what is found
as it is found, and may stop whenever they have enough.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from .faults import code
from .importing import owed
from .lookup import Lookup, Starts
from .rows import content_from_text, dumps
from .slices import index_of, is_broken
from .values import TEXT_KINDS, Hit, HitKind
from .words import composed, fold, searchable, snippet_of, words_of

LOOK = 80
"""Slices of a word that are listed in the time in which one message is read."""
SCAN_ROWS = 256
BUSY_SECONDS = 0.001
GIVE_WAY_SECONDS = 0.0002

_COLUMNS = "n.seq, n.search_id, n.conversation_id, n.id, c.title, c.updated_at, n.content"
_KEPT = "c.trashed_at IS NULL AND c.purged_at IS NULL"
_TRASHED = "c.trashed_at IS NOT NULL AND c.purged_at IS NULL"
_JOIN = "node AS n JOIN conversation AS c ON c.id = n.conversation_id"


class Stopped(Exception):
    """Nobody waits for the rest."""


def search(
    connection: sqlite3.Connection,
    query: str,
    limit: int = 50,
    stopped: Callable[[], bool] = lambda: False,
    polite: Callable[[], bool] = lambda: False,
    starts: Starts | None = None,
) -> list[Hit]:
    """Titles, then messages, the newest first. Never raises on a query."""
    found: list[Hit] = []
    words = words_of(query)
    if words and limit > 0:
        for hit in _in_titles(connection, words):
            found.append(hit)
            if len(found) >= limit:
                return found
        for hit in Look(connection, words, starts=starts, stopped=stopped, polite=polite).hits():
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
        trashed: bool = False,
        starts: Starts | None = None,
        stopped: Callable[[], bool] = lambda: False,
        polite: Callable[[], bool] = lambda: False,
    ) -> None:
        """``each_once`` finds a conversation once; ``stopped`` is asked often, and true ends it with `Stopped`.

        ``polite`` says whether somebody else is in a hurry; ``starts`` is what searches on this connection learn.
        With ``trashed`` it is only looked for in the trash, all of which is looked through.
        """
        self._connection = connection
        self._words = sorted(words, key=len, reverse=True)
        self._escaped = [dumps(word)[1:-1] for word in self._words]
        self._columns = [place for place, kind in enumerate(TEXT_KINDS) if kind in kinds]
        self._each_once = each_once
        self._shelf = _TRASHED if trashed else _KEPT
        self._stopped = stopped
        self._polite = polite
        self._scanning = False
        # What is put into the index from here on is looked through all the same: the index may have been asked before.
        self._owed = owed(connection)
        self._index = index_of(connection)
        self._lookup = Lookup(connection, self._index, starts or Starts(), self._give_way)
        self._seen: set[int] = set()
        """Messages that the index found and that were looked at."""
        self._hit: set[str] = set()
        """Conversations with a message that holds all the words."""
        self._partly: dict[str, None] = {}
        """Conversations with a message that holds the rarest of the words, and was not found by the index."""
        self._rare: dict[int, None] | None = None
        """Messages that may hold it, by the index; None if the index could not be asked."""
        self._without: set[int] = set()
        """Messages that were looked at and do not hold it."""
        self._worked = time.perf_counter()

    def hits(self) -> Iterator[Hit]:
        """The newest first; then conversations that hold the words in different messages."""
        if not self._words or not self._columns:
            return
        for row in self._candidates():
            self._give_way()
            if row is None or (self._each_once and row[2] in self._hit):
                continue
            hit = self._look_at(row)
            if hit is not None:
                self._hit.add(row[2])
                yield hit
        if len(self._words) > 1:
            yield from self._together()

    # Where to look

    def _candidates(self) -> Iterator[Any]:
        if self._shelf is _TRASHED:
            yield from self._thrown_away()
            return
        if not is_broken(self._connection) and any(len(word) >= 3 for word in self._words):
            try:
                yield from self._indexed()
            except sqlite3.DatabaseError as error:
                if code(error) == sqlite3.SQLITE_INTERRUPT:
                    raise
            else:
                todo = self._index.todo
                for lower, upper in ((0, todo - 1), *((max(first, todo) - 1, last) for first, last in self._owed)):
                    for row in self._scanned(upper, lower):
                        if row[0] not in self._seen and not self._index.holds(row[1]):
                            yield row
                return
        for row in self._scanned(None):
            if row[0] not in self._seen:
                yield row

    def _indexed(self) -> Iterator[Any]:
        """The messages that may hold the words: first those where all of them are near each other."""
        long = self._lookup.rarest_first([word for word in self._words if len(word) >= 3])
        # The rarest first: a message without it is looked at no further.
        self._words = [*long, *(word for word in self._words if len(word) < 3)]
        self._escaped = [dumps(word)[1:-1] for word in self._words]
        several = len(self._words) > 1
        if len(long) > 1:
            yield from map(self._read, (key for key, _, _ in self._lookup.walk(long)))
        rare: dict[int, None] = {}
        for key, first, asked in self._lookup.walk(long[:1]):
            if key not in self._seen and not self._lacks(first, long[1:], asked * LOOK):
                yield self._read(key)
            if several and key not in self._without:
                rare[key] = None
        self._rare = rare

    def _read(self, key: int) -> Any:
        self._seen.add(key)
        select = f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.seq = ? AND {self._shelf}"
        return self._connection.execute(select, (key,)).fetchone()

    def _lacks(self, first: int, words: Sequence[str], most: int) -> bool:
        """Whether the message certainly lacks one of the words that are in no more slices than ``most``."""
        lists = (self._lookup.list_of(word, most) for word in words)
        return any(listed is not None and not self._lookup.may_hold(listed, first) for listed in lists)

    def _thrown_away(self) -> Iterator[Any]:
        """Every message in the trash: it is little, and the index would first find all that is not in it."""
        self._scanning = True
        for (conversation_id,) in self._connection.execute(
            f"SELECT id FROM conversation AS c WHERE {self._shelf} ORDER BY trashed_at DESC"
        ).fetchall():
            yield from self._connection.execute(
                f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.conversation_id = ? AND {self._shelf} ORDER BY n.seq DESC",
                (conversation_id,),
            ).fetchall()

    def _scanned(self, upper: int | None, lower: int = 0) -> Iterator[Any]:
        """Every message above a key and up to another, in short reads, so that no snapshot is held for long."""
        self._scanning = True
        if upper is None:
            (newest,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM node").fetchone()
            upper = int(newest)
        while upper > lower:
            last = max(upper - SCAN_ROWS, lower)
            yield from self._connection.execute(
                f"SELECT {_COLUMNS} FROM {_JOIN} WHERE n.seq > ? AND n.seq <= ? AND {self._shelf} ORDER BY n.seq DESC",
                (last, upper),
            )
            upper = last
            self._give_way()

    # What is there

    def _look_at(self, row: Any) -> Hit | None:
        may = self._may_say(row[6])
        if all(may):
            columns, folded = self._columns_of(row[6])
            if all(any(word in column for column in folded) for word in self._words):
                return self._hit_in(row, columns, folded)
        if may[0]:
            self._partly.setdefault(row[2])
        else:
            self._without.add(row[0])
        return None

    def _may_say(self, content: str) -> list[bool]:
        """Whether a message may say each of the words.

        What is written as JSON is quicker to look through than to read. Only a word that goes on from one
        block of text into the next is not whole in it.
        """
        whole = fold(composed(content))
        unclear = whole.count('"type":"text"') > 1
        return [unclear or word in whole for word in self._escaped]

    def _columns_of(self, content: str) -> tuple[list[str], list[str]]:
        """What a message says, of each kind; and folded."""
        said = searchable(content_from_text(content))
        columns = [said[place] for place in self._columns]
        return columns, list(map(fold, columns))

    def _hit_in(self, row: Any, columns: Sequence[str], folded: Sequence[str]) -> Hit:
        counts = [sum(word in column for word in self._words) for column in folded]
        best = counts.index(max(counts))
        snippet, spans = snippet_of(columns[best], self._words)
        return Hit(row[2], row[3], row[4], row[5], TEXT_KINDS[self._columns[best]], snippet, spans)

    def _together(self) -> Iterator[Hit]:
        """Conversations with each word in some message or in the title."""
        for conversation_id in self._mixed():
            self._give_way()
            hit = self._in_parts(conversation_id)
            if hit is not None:
                yield hit

    def _mixed(self) -> Iterator[str]:
        """The conversations that may hold the rarest word, each once, and not those that were found."""
        seen = self._hit
        for key in self._rare or ():
            row = self._connection.execute("SELECT conversation_id FROM node WHERE seq = ?", (key,)).fetchone()
            if row is not None and row[0] not in seen:
                seen.add(row[0])
                yield row[0]
        word = self._words[0]
        titles = (row for row in titles_with(self._connection, word, self._shelf) if word in fold(composed(row[1])))
        for conversation_id in (*self._partly, *(row[0] for row in titles)):
            if conversation_id not in seen:
                seen.add(conversation_id)
                yield conversation_id

    def _in_parts(self, conversation_id: str) -> Hit | None:
        """The place of a conversation that holds the most of the words, if all of them are somewhere in it."""
        about = self._connection.execute(
            f"SELECT title FROM conversation AS c WHERE id = ? AND {self._shelf}", (conversation_id,)
        ).fetchone()
        if about is None:
            return None
        title = fold(composed(about[0]))
        missing = {word for word in self._words if word not in title}
        keys = self._keys_of(conversation_id)
        if not all(keys[word] for word in missing):
            return None
        best: tuple[int, Any, list[str], list[str]] | None = None
        read: dict[int, tuple[Any, list[bool]]] = {}
        for place, word in enumerate(self._words):
            for key in keys[word]:
                if best is not None and word not in missing:
                    break
                if key not in read:
                    self._give_way()
                    row = self._read(key)
                    read[key] = row, self._may_say(row[6]) if row is not None else [False] * len(self._words)
                row, may = read[key]
                if not may[place]:
                    continue
                columns, folded = self._columns_of(row[6])
                here = {word for word in self._words if any(word in column for column in folded)}
                missing -= here
                if here and (best is None or (len(here), key) > (best[0], best[1][0])):
                    best = len(here), row, columns, folded
            if word in missing:
                return None
        return self._hit_in(*best[1:]) if best is not None else None

    def _keys_of(self, conversation_id: str) -> dict[str, list[int]]:
        """The messages that may hold each word, the newest first."""
        keys = [
            key
            for (key,) in self._connection.execute(
                "SELECT seq FROM node WHERE conversation_id = ? ORDER BY seq DESC", (conversation_id,)
            )
        ]
        if self._rare is None:
            return dict.fromkeys(self._words, keys)
        found: dict[str, list[int]] = {}
        for word in self._words:
            listed = self._rare if word == self._words[0] else self._lookup.messages_with(word)
            found[word] = keys if listed is None else [key for key in keys if key in listed or not self._known(key)]
        return found

    def _known(self, key: int) -> bool:
        """Whether the index had the words of a message when the search began."""
        return key >= self._index.todo and not any(first <= key <= last for first, last in self._owed)

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


def titles_with(connection: sqlite3.Connection, word: str, shelf: str = _KEPT) -> list[tuple[str, str, int]]:
    """The conversations whose titles may hold a word, the last used first: SQLite compares what is plain ASCII."""
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return connection.execute(
        f"""SELECT id, title, updated_at FROM conversation AS c
            WHERE (title LIKE ? ESCAPE '\\' OR title GLOB '*[^ -~]*') AND {shelf} ORDER BY used DESC""",
        (pattern,),
    ).fetchall()
