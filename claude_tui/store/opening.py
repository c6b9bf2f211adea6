"""Opening, whatever is found: a sound file, none, a damaged one, one of a dead process."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from claude_tui.errors import StoreError

from .care import copies
from .database import BUSY_MS, Damaged, Database, NoPlace, make_folder, nothing, open_database
from .faults import damaged, passing, reason
from .lease import Lease
from .locks import FileLock, beside
from .maintenance import is_marked, unmark
from .recovery import recover
from .salvage import fill, salvage, set_aside
from .values import Recovered

WAIT_SECONDS = 10.0
"""For another window that is making or repairing the file."""


def open_whole(path: Path, lease: Lease, now: Callable[[], int]) -> tuple[Database, list[Recovered]]:
    """The open database and the replies that were cut."""
    make_folder(path)
    presence = FileLock(beside(path, ".open"))
    alone = presence.alone()
    if not alone:
        presence.shared(WAIT_SECONDS)
    try:
        whole = _open(path, presence, alone, lease, now)
    except BaseException:
        presence.close()
        raise
    if alone:
        presence.shared(0.0)
    return whole


def open_or_wait(path: Path, lease: Lease, now: Callable[[], int]) -> tuple[Database, list[Recovered]]:
    """The same; where nothing can be kept now, a database that is missing and says why."""
    try:
        whole, recovered = open_whole(path, lease, now)
    except NoPlace as error:
        return Database(path, nothing(), None, missing=error.why, notices=[f"{error}."]), []
    if whole.passing is None:
        return whole, recovered
    whole.connection.close()
    if whole.presence is not None:
        whole.presence.close()
    return Database(path, nothing(), None, missing=whole.passing), []


def _open(
    path: Path, presence: FileLock, alone: bool, lease: Lease, now: Callable[[], int]
) -> tuple[Database, list[Recovered]]:
    if alone and is_marked(path) and path.exists():
        return _repair(path, presence, lease, now, "damage was found when it was last used")
    fresh = alone and not os.path.lexists(path)
    try:
        database = open_database(path, presence, alone=alone)
        try:
            return database, _recover(database, lease, now)
        except BaseException:
            database.connection.close()
            raise
    except NoPlace:
        with suppress(OSError):
            if fresh and not path.stat().st_size:
                path.unlink()  # or the next start would say that something was lost
        raise
    except Damaged as error:
        why = str(error)
    except sqlite3.Error as error:
        if not damaged(error):
            raise NoPlace(path, error) from error
        why = "a part of it cannot be read"
    if not alone:
        raise StoreError(f"The conversations in {path} are damaged; close the other windows and start again")
    return _repair(path, presence, lease, now, why)


def _recover(database: Database, lease: Lease, now: Callable[[], int]) -> list[Recovered]:
    if database.read_only:
        return []
    try:
        # The first frame does not wait for somebody else's lock.
        database.connection.execute("PRAGMA busy_timeout = 250")
        return recover(database.connection, lease, now())
    except sqlite3.Error as error:
        if not passing(error):
            raise
        # A full disk, a lock: the journals stay, and the next start finds them.
        database.notices.append(f"Replies that were cut could not be put together yet: {reason(error)}.")
        return []
    finally:
        database.connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _repair(
    path: Path, presence: FileLock, lease: Lease, now: Callable[[], int], why: str
) -> tuple[Database, list[Recovered]]:
    """Begin a new file with what can be read of the old one, which is kept."""
    aside = set_aside(path, time.strftime("%Y%m%d-%H%M%S"))
    unmark(path)
    database = open_database(path, presence, alone=True)
    found = salvage(aside, database.connection)
    for copy in copies(path):
        found += fill(copy, database.connection)
    database.notices.insert(0, f"The conversations were damaged ({why}). {found} The old file is kept as {aside.name}.")
    return database, _recover(database, lease, now)
