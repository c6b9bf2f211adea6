"""What the index knows of words: which slices may hold them, and which messages those are of.

A word is looked for by the rarest of its parts. How rare one is, FTS5 does not say, but its table of pages does
for nothing: the list of a part's slices lies between the page where it begins and the page where the next begins.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from .slices import OVERLAP, Index

PARTS = 4
"""As many parts of a word are looked for at first; of a word beside a rarer one half of them.

A part more costs what its list is long, and saves looking at some messages that lack the word.
"""
MORE = 6
"""As many where there turn out to be many."""
FEW = 256
"""Slices that are asked for at first; each time after that four times as many."""
DENSE = 100
"""Slices from one number to the next, up to which it is quicker to know of all messages between them."""
PIECE = 4_000
"""Messages of which it is learned at once where they begin: some 3 ms."""
PER_PAGE = 4_000
"""Slices that one page of the index names."""
MANY = 20_000
"""Slices that are kept of one word, at most: what is in more is in most conversations."""
_TOP = 2**62
_STARTS = "SELECT seq, search_id FROM node WHERE search_id BETWEEN ? AND ? ORDER BY search_id DESC LIMIT ?"


class Starts:
    """With which number the slices of a message begin: learned piece by piece, and kept from search to search.

    Numbers are only ever added above all others or below them, and what one still names that is gone is looked at
    before it is shown, so what was learned stays good for as long as the index does.
    """

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._base = 0
        self._numbers = array("q")
        """From the greatest downwards, each negated, so that they rise."""
        self._keys = array("q")

    def begin(self, connection: sqlite3.Connection, base: int) -> None:
        """A search begins; what came since the last is learned."""
        if connection is not self._connection or base != self._base:
            self._connection, self._base = connection, base
            self._numbers, self._keys = array("q"), array("q")
        elif self._numbers:
            numbers, keys = self._read(1 - self._numbers[0], _TOP, -1)
            self._numbers, self._keys = numbers + self._numbers, keys + self._keys

    def _read(self, least: int, most: int, count: int) -> tuple[array[int], array[int]]:
        assert self._connection is not None
        rows = self._connection.execute(_STARTS, (least, most, count)).fetchall()
        return array("q", [-number for _, number in rows]), array("q", [key for key, _ in rows])

    @property
    def _least(self) -> int:
        return -self._numbers[-1] if self._numbers else _TOP

    def load(self, numbers: Sequence[int]) -> None:
        """These will be asked for, from the greatest: learn what is quicker learned in one piece, and a piece more."""
        dense = numbers[0] - numbers[-1] <= DENSE * len(numbers)
        while self._least > numbers[-1]:
            more, keys = self._read(self._base, self._least - 1, PIECE)
            self._numbers += more
            self._keys += keys
            if not dense or len(more) < PIECE:
                return

    def place(self, number: int) -> tuple[int, int] | None:
        """The message of a slice: its key and its first number."""
        at = bisect_left(self._numbers, -number)
        if at < len(self._numbers):
            return self._keys[at], -self._numbers[at]
        assert self._connection is not None
        return self._connection.execute(_STARTS, (self._base, number, 1)).fetchone()

    def between(self, first: int, number: int) -> bool:
        """Whether a message begins after one number and up to another."""
        place = self.place(number)
        return place is None or place[1] > first


class Lookup:
    """Questions to one index; what was answered is kept for as long as one search goes on."""

    def __init__(
        self, connection: sqlite3.Connection, index: Index, starts: Starts, give_way: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._index = index
        self._give_way = give_way
        self._starts = starts
        starts.begin(connection, index.base)
        self._parts: dict[str, list[str]] = {}
        self._size: dict[str, int] = {}
        self._lists: dict[str, list[int] | None] = {}
        self._messages: dict[str, set[int] | None] = {}

    def rarest_first(self, words: Sequence[str]) -> list[str]:
        """Words of three characters or more, in the order of how many slices may hold them."""
        for word in words:
            if word not in self._parts:
                self._weigh(word)
        return sorted(words, key=self._size.__getitem__)

    def _weigh(self, word: str) -> None:
        """Find the rarest parts of a word, and how many slices they are in, roughly."""
        parts = list(dict.fromkeys(word[at : at + 3] for at in range(min(len(word), OVERLAP) - 2)))
        pages = f"{self._index.table}_idx"
        # The lowest bit of a page's number is a flag, and FTS5 writes a digit before each term.
        weighed = self._connection.execute(
            f"""WITH RECURSIVE segment (id) AS (
                    SELECT min(segid) FROM {pages}
                    UNION ALL
                    SELECT (SELECT min(segid) FROM {pages} WHERE segid > id) FROM segment WHERE id IS NOT NULL
                ),
                part (text) AS (VALUES {", ".join(["(?)"] * len(parts))})
                SELECT text, sum(
                    coalesce(
                        (SELECT pgno >> 1 FROM {pages} WHERE segid = id AND term > term_of ORDER BY term LIMIT 1),
                        (SELECT (pgno >> 1) + 1 FROM {pages} WHERE segid = id ORDER BY term DESC LIMIT 1))
                    - coalesce(
                        (SELECT pgno >> 1 FROM {pages} WHERE segid = id AND term <= term_of ORDER BY term DESC LIMIT 1),
                        1) - 1) AS more
                FROM (SELECT text, CAST('0' || text AS BLOB) AS term_of FROM part), segment
                WHERE id IS NOT NULL GROUP BY text ORDER BY more""",
            parts,
        ).fetchall()
        self._parts[word] = [part for part, _ in weighed] or parts
        self._size[word] = weighed[0][1] * PER_PAGE if weighed else 0

    def _expression(self, words: Sequence[str], most: int) -> str:
        """For FTS5's MATCH: the slices that hold the parts of all the words."""
        parts: dict[str, None] = {}
        for place, word in enumerate(words):
            parts.update(dict.fromkeys(self._parts[word][: most // 2 if place else most]))
        return " AND ".join('"' + part.replace('"', '""') + '"' for part in parts)

    def _numbers(self, expression: str, below: int, limit: int) -> list[int]:
        table = self._index.table
        self._give_way()
        return [
            number
            for (number,) in self._connection.execute(
                f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
                (expression, below, limit),
            )
        ]

    def walk(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """The messages with a slice that may hold all these words, the rarest of them first; the newest first.

        Of each its key and its first number, and how many slices were asked for to find it.
        """
        limit, below = FEW, _TOP
        while numbers := self._numbers(self._expression(words, PARTS if limit == FEW else MORE), below, limit):
            for key, first in self._places(numbers):
                if first < below:  # else it is the message in which the numbers before ended
                    below = first
                    yield key, first, len(numbers)
            if len(numbers) < limit:
                return
            below, limit = min(numbers[-1], below), limit * 4

    def _places(self, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The messages of the slices with these numbers, from the greatest: key and first number."""
        self._starts.load(numbers)
        last = numbers[0] + 1
        for number in numbers:
            if number < last:
                self._give_way()
                place = self._starts.place(number)
                if place is None:
                    return
                last = place[1]
                yield place

    def list_of(self, word: str, most: int) -> Sequence[int] | None:
        """All slices that may hold a word, in rising order; None if it seems to be in more than ``most``."""
        if word not in self._lists:
            if word not in self._parts or self._size[word] > min(most, 2 * MANY):
                return None
            found = self._numbers(self._expression([word], MORE), _TOP, MANY)
            self._lists[word] = found[::-1] if len(found) < MANY else None
        return self._lists[word]

    def may_hold(self, listed: Sequence[int], first: int) -> bool:
        """Whether the message whose numbers begin with ``first`` has one of these slices."""
        at = bisect_left(listed, first)
        return at < len(listed) and not self._starts.between(first, listed[at])

    def messages_with(self, word: str) -> set[int] | None:
        """The keys of all messages that may hold a word; None if they are too many."""
        if word not in self._messages:
            listed = self.list_of(word, 2 * MANY)
            self._messages[word] = None
            if listed is not None:
                self._messages[word] = {key for key, _ in self._places(listed[::-1])} if listed else set()
        return self._messages[word]
