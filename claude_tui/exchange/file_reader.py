"""A file of conversations, whatever format it has: one conversation after another, none of it trusted.

A file that is damaged is an ``ExchangeError`` with one sentence. An item of a sound file that is no conversation
is no reason to refuse the others: it is handed on as `Unread`.
"""

from __future__ import annotations

import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from claude_tui.core.message import JsonObject
from claude_tui.errors import StoreError
from claude_tui.exchange import from_chatgpt, from_claude, from_llm, from_markdown, from_ours
from claude_tui.exchange.carried import Carried, arr, obj
from claude_tui.exchange.json_export import ExchangeError
from claude_tui.exchange.json_stream import LARGEST, Damaged, items
from claude_tui.files import cause, printable
from claude_tui.store.foreign import ForeignFile

_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d{1,6})?\.json")
"""The files of an archive that hold them; large exports have several."""
_KNOWN = "claude-tui reads its own JSON and Markdown, the exports of claude.ai and ChatGPT, and llm's logs.db"
_FORMATS = (from_ours, from_claude, from_chatgpt)
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)
_ENCRYPTED = 1


class Stopped(Exception):
    """Whoever watches wants no more."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An item of the file that is no conversation, and why, in a sentence that goes after a colon."""

    why: str


@dataclass(frozen=True, slots=True)
class Left:
    """What else is in an archive, and is not looked at."""

    files: int


@dataclass(frozen=True, slots=True)
class Found:
    """One conversation of the file, and whose format it was in."""

    source: str
    carried: Carried


class Watch:
    """Is told how much of the file was read, and says whether to go on."""

    def __init__(self, told: Callable[[int, int], None], stopped: Callable[[], bool]) -> None:
        self._told = told
        self.stopped = stopped

    def read(self, at: int, size: int) -> None:
        """So many bytes of so many. Raises `Stopped`."""
        if self.stopped():
            raise Stopped
        self._told(at, size)


def conversations(path: Path, watch: Watch) -> Iterator[Found | Unread | Left]:
    """What is in the file. Raises ``ExchangeError`` with one sentence, and `Stopped`."""
    name = printable(path.name, 80)
    try:
        with _opened(path) as file:
            head = file.read(16)
            file.seek(0)
            size = os.fstat(file.fileno()).st_size
            if head.startswith(b"SQLite format 3\0"):
                yield from _database(path, watch)
            elif head.startswith(b"PK\x03\x04"):
                yield from _archive(file, watch)
            elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{", b""):
                yield from _json(_Watched(file, watch, 0, size))
            else:
                yield _markdown(file, size)
    except Damaged as error:
        raise ExchangeError(f"{name} cannot be imported: {error}.") from None
    except _BROKEN:
        raise ExchangeError(f"{name} cannot be imported: the archive is damaged.") from None
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, RecursionError):
            raise ExchangeError(f"{name} cannot be imported: it is nested too deeply.") from None
        raise ExchangeError(f"{name} cannot be read: {cause(error)}.") from error
    except StoreError as error:
        if watch.stopped():
            raise Stopped from None
        raise ExchangeError(str(error)) from error


def _opened(path: Path) -> IO[bytes]:
    """The file, which must be one: a pipe would be waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise OSError(0, "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file")
    return os.fdopen(descriptor, "rb")


class _Watched:
    """A part of what is read, watched."""

    def __init__(self, file: IO[bytes], watch: Watch, before: int, size: int) -> None:
        self._file = file
        self._watch = watch
        self._at = before
        self._size = size

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._at += len(data)
        self._watch.read(self._at, self._size)
        return data


def _json(file: _Watched) -> Iterator[Found | Unread]:
    any_item = False
    for item in items(file):
        about = obj(item)
        listed = isinstance(about.get("conversations"), list) and _format(about) is None
        for one in arr(about["conversations"]) if listed else [item]:
            any_item = True
            yield _read(one)
    if not any_item:
        raise Damaged("there is no conversation in it")


def _format(item: JsonObject) -> Any:
    return next((each for each in _FORMATS if each.is_ours(item)), None)


def _read(item: object) -> Found | Unread:
    known = _format(obj(item))
    if known is None:
        return Unread(f"it is no conversation that is known here; {_KNOWN}.")
    try:
        return Found(known.SOURCE, known.read(obj(item)))
    except ExchangeError as error:
        said = str(error)
        return Unread(said[:1].lower() + said[1:])
    except RecursionError:
        return Unread("it is nested too deeply.")


def _archive(file: IO[bytes], watch: Watch) -> Iterator[Found | Unread | Left]:
    with zipfile.ZipFile(file) as archive:
        inside = [entry for entry in archive.infolist() if _CONVERSATIONS.fullmatch(entry.filename)]
        if not inside:
            raise Damaged("the archive holds no conversations.json")
        if any(entry.flag_bits & _ENCRYPTED for entry in inside):
            raise Damaged("the archive has a password")
        if others := sum(not entry.is_dir() for entry in archive.infolist()) - len(inside):
            yield Left(others)
        size = sum(entry.file_size for entry in inside)
        before = 0
        for entry in sorted(inside, key=lambda one: one.filename):
            with archive.open(entry) as stream:
                yield from _json(_Watched(stream, watch, before, size))
            before += entry.file_size


def _database(path: Path, watch: Watch) -> Iterator[Found | Unread]:
    with closing(ForeignFile(path, watch.stopped)) as rows:
        if not from_llm.is_ours(rows.columns):
            raise Damaged(f"it is a database, and not llm's; {_KNOWN}")
        rows.check()
        size = path.stat().st_size
        for carried in from_llm.read(rows):
            watch.read(0, size)
            yield Found(from_llm.SOURCE, carried)


def _markdown(file: IO[bytes], size: int) -> Found | Unread:
    if size > LARGEST:
        raise Damaged("it is neither JSON nor a database, and too large for Markdown")
    try:
        text = file.read(LARGEST + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Damaged("it is not UTF-8 text") from None
    carried = from_markdown.read(text)
    if carried is None:
        raise Damaged(f"it is nothing that is known here; {_KNOWN}")
    return Found(from_markdown.SOURCE, carried)
