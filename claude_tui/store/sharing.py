"""The front of the room for several windows: who writes in a conversation, and what the others see of it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future

from . import windows
from .base import Base
from .locks import beside
from .windows import Follower, Holder, Seen


class Sharing(Base):
    """What windows tell each other through the file."""

    _stir = (0, 0)

    def hold(self, conversation_id: str, *, take: bool = False, cut: bool = False) -> Future[Holder | None]:
        """Write in a conversation from now on: None. Who else does, if another window does and keeps it.

        ``take`` takes it from them unless a reply is being written there; ``cut`` even then, and they stop it. Where
        nothing can be written now nobody is asked.
        """
        if self._writer is None or self._writer.failing:
            free: Future[Holder | None] = Future()
            free.set_result(None)
            return free

        def work(connection: sqlite3.Connection) -> Holder | None:
            other = windows.hold(connection, conversation_id, self._lease, self._now(), take=take, cut=cut)
            if other is None:
                self._put_lease(connection)
                self._held.add(conversation_id)
            return other

        return self._write(work)

    def let_go(self, conversation_id: str) -> Future[None]:
        """Write there no more."""

        def work(connection: sqlite3.Connection) -> None:
            windows.let_go(connection, conversation_id, self._lease)
            self._held.discard(conversation_id)

        return self._write(work)

    def held_elsewhere(self, conversation_id: str) -> Future[Holder | None]:
        """The other window that writes in a conversation."""
        return self._read(lambda connection: windows.holder_of(connection, conversation_id, self._lease, self._now()))

    def read_along(self, follower: Follower) -> Future[Seen | None]:
        """What another window has made of a conversation since the last look; None if nothing."""
        return self._read(lambda connection: follower.look(connection, self._lease, self._now()))

    def stirred(self) -> bool:
        """Whether anything was written since this was asked last, by any window: one look at the log from outside."""
        path = self._database.path
        try:
            log = (path if self._database.network else beside(path, "-wal")).stat()
        except OSError:
            return False
        before, self._stir = self._stir, (log.st_mtime_ns, log.st_size)
        return before != self._stir
