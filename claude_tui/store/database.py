"""The file: how it is made, checked, opened, and what is done when it is not what it should be."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from claude_tui.errors import StoreError
from claude_tui.paths import make_private

from .faults import code, damaged, passing, reason
from .locks import FileLock, beside
from .migrations import APPLICATION_ID, AS_IF_NEW, STEPS, migrate, version

BUSY_MS = 5_000
LOW_SPACE = 50_000_000
QUICK_COPY = 50_000_000
"""Bytes that are copied in some 0.2 s."""
OLDEST_SQLITE = (3, 35, 0)

_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "fuse.rclone", "ncpfs"})

_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
)
_WRITING = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 16000000",
)
_WRITING_OVER_A_NETWORK = ("PRAGMA synchronous = EXTRA",)


class Damaged(Exception):
    """The file is there and is not a database that can be read."""


class NoPlace(StoreError):
    """Nothing can be kept there now; later it may be."""

    def __init__(self, path: Path, cause: BaseException) -> None:
        self.why = reason(cause)
        """As a phrase that goes after a colon."""
        super().__init__(f"The conversations cannot be kept in {path}: {self.why}")


@dataclass(slots=True)
class Database:
    """An open database file."""

    path: Path
    connection: sqlite3.Connection
    presence: FileLock | None
    read_only: bool = False
    immutable: bool = False
    network: bool = False
    passing: str | None = None
    """Why it cannot be written now though we have the right to, as a phrase."""
    missing: str | None = None
    """Why there is no file to write to yet, as a phrase; until there is one, what is written waits in memory."""
    notices: list[str] = field(default_factory=list[str])

    def reconnect(self) -> sqlite3.Connection:
        """Another connection that can write, to a file that has been there all the time."""
        connection = connect(self.path, "rw")
        _configure(connection, self.network)
        return connection

    def reader(self, *, query_only: bool = True) -> sqlite3.Connection:
        """A connection that cannot write here; making a copy elsewhere counts as writing with ``query_only``."""
        if self.missing is not None:
            return _as_it_was(self.path) or nothing()
        return connect_to_read(self.path, immutable=self.immutable, query_only=query_only)


def open_database(path: Path, presence: FileLock, *, alone: bool) -> Database:
    """Open the file, made if it is missing and brought to the newest schema.

    Raises ``Damaged`` when its content is not a database, ``StoreError`` with a sentence when it
    cannot be used at all. ``alone`` says that no other process has it open.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed")
    network = is_on_network(path)
    notices: list[str] = []
    if _prepare(path, alone=alone):
        notices.append(f"The file {path} was empty (0 bytes), so the conversations begin anew.")
    try:
        connection = connect(path, "rw")
    except sqlite3.Error as error:
        return _read_only(path, presence, error)
    try:
        newer = _check(connection, path)
        if newer:
            connection.close()
            return Database(path, connect_to_read(path), presence, read_only=True, notices=[newer])
        _configure(connection, network)
        _check_size(connection, path)
        if version(connection) < len(STEPS):
            _keep_copy(connection, path)
            migrate(connection)
        _try_to_write(connection)
    except sqlite3.Error as error:
        connection.close()
        if damaged(error):
            raise Damaged("it cannot be read from its beginning") from error
        if passing(error):
            return _read_only(path, presence, error)
        raise StoreError(f"The conversations in {path} cannot be opened: {reason(error)}") from error
    except BaseException:
        connection.close()
        raise
    if network:
        notices.append("The data folder is on a network disk: use it from one machine at a time.")
    if (free := free_space(path.parent)) is not None and free < LOW_SPACE:
        notices.append(f"Only {free // 1_000_000} MB are free on the disk that keeps the conversations.")
    return Database(path, connection, presence, network=network, notices=notices)


def make_folder(path: Path) -> None:
    """The folder of the database, for the user alone."""
    if "\0" in str(path):
        raise StoreError("The path of the conversations holds a NUL character")
    try:
        make_private(path.parent, StoreError)
    except StoreError as error:
        if isinstance(error.__cause__, OSError):
            raise NoPlace(path, error.__cause__) from error
        raise


def connect(path: Path, mode: str, query: str = "") -> sqlite3.Connection:
    """A connection that any one thread at a time may use; transactions are begun by hand."""
    uri = f"file:{_quote(path)}?mode={mode}{query}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=128
    )
    # A flipped bit must not make a whole answer unreadable.
    connection.text_factory = _text
    return connection


def nothing() -> sqlite3.Connection:
    """An empty database in memory, to read nothing from."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection)
    return connection


def connect_to_read(path: Path, *, immutable: bool = False, query_only: bool = True) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = connect(path, "ro", "&immutable=1" if immutable else "")
    _run(connection, _PRAGMAS)
    with suppress(sqlite3.Error):  # what cannot be read is said when it is read
        _run(connection, AS_IF_NEW.get(version(connection), ()))
    if query_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def free_space(folder: Path) -> int | None:
    """The bytes that can still be written, if the system says."""
    try:
        there = os.statvfs(folder)
    except OSError:
        return None
    return there.f_bavail * there.f_frsize


def is_on_network(path: Path) -> bool:
    """Whether the folder is on a file system whose locks and shared memory cannot be relied on."""
    best = ("", "")
    where = os.path.abspath(path)  # noqa: PTH100 - links are the mount table's business
    with suppress(OSError, UnicodeDecodeError), open("/proc/self/mounts", encoding="utf-8") as table:  # noqa: PTH123
        for line in table:
            fields = line.split(" ")
            if len(fields) > 2 and _inside(where, fields[1]) and len(fields[1]) >= len(best[0]):
                best = (fields[1], fields[2])
    return best[1] in _NETWORK


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder if folder.endswith("/") else folder + "/")


def _quote(path: Path) -> str:
    """For a ``file:`` URI; `urllib.parse` costs 4 ms to import."""
    safe = b"/-._~"
    return "".join(
        chr(byte) if byte < 128 and (chr(byte).isalnum() or byte in safe) else f"%{byte:02X}"
        for byte in os.fsencode(path)
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _run(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement).fetchall()


def _prepare(path: Path, *, alone: bool) -> bool:
    """See that there is a file of ours to open; whether it was there, and empty.

    A file that is there is only looked at from outside: closing a descriptor of it would take away
    the locks of another connection in this process.
    """
    try:
        there = path.lstat()
    except FileNotFoundError:
        _make(path)
        return False
    except OSError as error:
        raise StoreError(f"The conversations in {path} cannot be opened: {reason(error)}") from error
    if stat.S_ISLNK(there.st_mode):
        raise StoreError(f"{path} is a link; put the file itself there, or name another folder with CLAUDE_TUI_HOME")
    if not stat.S_ISREG(there.st_mode):
        raise StoreError(f"{path} should be the file of the conversations, and it is not a file; move it away")
    if there.st_uid != os.geteuid():
        raise StoreError(f"{path} belongs to another user; name another folder with CLAUDE_TUI_HOME")
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path} may not be read; give yourself the right to (chmod u+rw)")
    if stat.S_IMODE(there.st_mode) & 0o077:
        with suppress(OSError):
            path.chmod(0o600)
    if there.st_size:
        return False
    if alone and _size(path.with_name(path.name + "-wal")):
        raise Damaged("it is empty, and its log is not")  # SQLite would delete the log
    return alone


def _make(path: Path) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:  # another window was quicker
        return
    except OSError as error:
        raise NoPlace(path, error) from error
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _check(connection: sqlite3.Connection, path: Path) -> str | None:
    """Before any write: whose database it is. A sentence if it is from a newer version of ours."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    steps = version(connection)
    if application != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application or steps or tables:
            raise StoreError(f"{path} is the database of another program; move it away")
    if steps > len(STEPS):
        return (
            f"The conversations were written by a newer version (schema {steps}, this one knows {len(STEPS)}): "
            "they can be read, and nothing is saved."
        )
    return None


def _check_size(connection: sqlite3.Connection, path: Path) -> None:
    """A file that was cut short opens well and fails later; its own header tells."""
    if _size(path.with_name(path.name + "-wal")):
        return  # the log may hold the rest
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if pages * size > _size(path):
        raise Damaged("it is shorter than it was")


def _configure(connection: sqlite3.Connection, network: bool) -> None:
    _run(connection, _PRAGMAS)
    if network:
        _run(connection, ("PRAGMA journal_mode = DELETE", *_WRITING_OVER_A_NETWORK))
    else:
        _run(connection, ("PRAGMA journal_mode = WAL", *_WRITING))


def _try_to_write(connection: sqlite3.Connection) -> None:
    """Fails on what can be opened for writing and not written. A lock held by another is no reason."""
    try:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _keep_copy(connection: sqlite3.Connection, path: Path) -> None:
    """Before a migration: the whole file as it is, under a name that says which schema it has.

    Of a large file there is the day's copy: the start does not wait for another.
    """
    steps = version(connection)
    if not steps:
        return
    target = beside(path, f".schema-{steps}")
    if target.exists() or _size(path) > QUICK_COPY:
        return
    copy_to(connection, target)


def copy_to(connection: sqlite3.Connection, target: Path) -> None:
    """A whole, compact copy at ``target``, which must not be there, synced and for the user alone."""
    with _taking_its_place(target) as temporary:
        connection.execute("VACUUM INTO ?", (os.fsdecode(temporary),))


def copy_pages(connection: sqlite3.Connection, target: Path) -> None:
    """The same, page by page as they are, damaged ones too: by SQLite's own backup, in one snapshot."""
    with _taking_its_place(target) as temporary:
        copy = sqlite3.connect(f"file:{_quote(temporary)}?mode=rw", uri=True)
        try:
            connection.backup(copy)
        finally:
            copy.close()


@contextmanager
def _taking_its_place(target: Path) -> Generator[Path]:
    """A file to write to, which then is the target: whole, or not there at all."""
    temporary = beside(target, ".part")
    temporary.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        yield temporary
        os.fsync(descriptor)
        os.link(temporary, target)  # unlike a rename it never replaces a file
    finally:
        os.close(descriptor)
        for part in ("", "-wal", "-shm", "-journal"):
            beside(temporary, part).unlink(missing_ok=True)


def _read_only(path: Path, presence: FileLock, cause: sqlite3.Error) -> Database:
    """What can be opened and not written is read."""
    notice = f"The conversations can be read and not written ({reason(cause)}): nothing is saved."
    for immutable in (False, True):
        connection = _to_read(path, immutable)
        if connection is None:
            continue
        if immutable and _size(path.with_name(path.name + "-wal")):
            notice += " The newest words are not among them."
        passing = reason(cause) if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else None
        return Database(path, connection, presence, True, immutable, passing=passing, notices=[notice])
    raise NoPlace(path, cause) from cause


def _as_it_was(path: Path) -> sqlite3.Connection | None:
    """The file without what can be written; nothing where only a part of it could be read."""
    return _to_read(path, False) or (None if _size(path.with_name(path.name + "-wal")) else _to_read(path, True))


def _to_read(path: Path, immutable: bool) -> sqlite3.Connection | None:
    try:
        connection = connect_to_read(path, immutable=immutable)
    except sqlite3.Error:
        return None
    with suppress(sqlite3.Error):
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version(connection):
            return connection
    connection.close()
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def sqlite_version() -> str:
    """The version of the SQLite library in use."""
    return sqlite3.sqlite_version
