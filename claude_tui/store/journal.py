"""A reply while it grows: one appended row a frame, on disk before it is on screen."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from claude_tui.core.events import StreamEvent
from claude_tui.errors import StoreError

from .rows import events_to_text

if TYPE_CHECKING:
    from .writer import Writer

LATE_SECONDS = 1.0

_INSERT = "INSERT INTO journal (node_id, seq, payload) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Journal:
    """The journal of one reply: appended to by one thread, written by the writer's."""

    def __init__(self, node_id: str, writer: Writer | None) -> None:
        self.node_id = node_id
        self._writer = writer
        self._guard = threading.Lock()
        self._waiting: list[_Frame] = []
        self._queued = False
        self._closed = False
        self._next = 0

    def commit(self, events: Sequence[StreamEvent]) -> bool:
        """Append one row; whether it, and all before it, is committed.

        False when that takes more than a second, or the disk fails, or the reply has been finished.
        What was handed over is then written later, in order, and the store's ``trouble`` says so.
        """
        writer = self._writer
        if self._closed or writer is None:
            return False
        if not events:
            return not self._waiting
        frame = _Frame((self.node_id, self._next, events_to_text(events)))
        self._next += 1
        with self._guard:
            self._waiting.append(frame)
            post = not self._queued
            self._queued = True
        # Behind what fails already nobody waits: the words go on in memory.
        patience = 0.0 if writer.failing else LATE_SECONDS
        if post:
            writer.post(_Flush(self))
        if patience and not frame.answered.acquire(timeout=patience):
            writer.late()
        return frame.written

    def close(self) -> None:
        """The reply is finished: its node says everything, and nothing more is appended."""
        self._closed = True

    # What follows is for the writer's thread.

    def write(self, connection: sqlite3.Connection) -> list[_Frame]:
        """Append what waits."""
        with self._guard:
            self._queued = False
            frames = self._waiting[:]
        if self._closed:
            return frames
        if len(frames) == 1:
            connection.execute(_INSERT, frames[0].row)  # a transaction by itself: one call instead of three
        elif frames:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, [frame.row for frame in frames])
            connection.execute("COMMIT")
        return frames

    def written(self, frames: list[_Frame]) -> None:
        """These are committed."""
        with self._guard:
            del self._waiting[: len(frames)]
        for frame in frames:
            frame.written = True
            frame.answer()

    def refused(self) -> None:
        """They stay here, and go with the next that is appended."""
        with self._guard:
            frames = self._waiting[:]
        for frame in frames:
            frame.answer()


class _Frame:
    """A row, and a lock that whoever waits for it cannot have before there is an answer.

    A bare lock, because waiting for an event or a future costs as much as the writing.
    """

    __slots__ = ("answered", "row", "written")

    def __init__(self, row: tuple[str, int, str]) -> None:
        self.row = row
        self.written = False
        self.answered = threading.Lock()
        self.answered.acquire()

    def answer(self) -> None:
        """Wake whoever waits; harmless when repeated."""
        if self.answered.locked():
            self.answered.release()


class _Flush:
    """The job that writes what waits in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._frames: list[_Frame] = []

    def run(self, connection: sqlite3.Connection) -> None:
        self._frames = self._journal.write(connection)

    def done(self) -> None:
        self._journal.written(self._frames)

    def failed(self, error: StoreError) -> None:
        self._journal.refused()
