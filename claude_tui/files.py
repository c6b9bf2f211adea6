"""Small files, read with a limit and written whole or not at all.

What is wrong in a file a person wrote is a `Problem`, a value to be shown once, never an exception.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import tomllib
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, TextIO

TOML_LIMIT = 1_000_000
"""More than any person writes by hand, and still parsed in a blink."""

# tomllib is cubic in the parts of one dotted key: 32,000 of them take 16 s.
_ENDLESS_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""")
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)| ?\(at end of document\)")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that could not be used; the rest of the file was."""

    where: str
    """The file, and the line if it is known."""

    message: str
    """What is wrong, without a full stop."""

    suggestion: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}"
        if self.suggestion:
            text += f"; {self.suggestion}"
        return text if text.endswith("?") else text + "."


@dataclass(frozen=True)
class TomlFile:
    """A TOML file that was read: its values, and its text to find the line of one again."""

    path: Path
    values: Mapping[str, object]
    text: str

    @cached_property
    def lines(self) -> Mapping[tuple[str, ...], int]:
        """The lines on which tables and keys are set, for the plain ways to write them."""
        found: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), 1):
            line = line.strip()
            if line.startswith("["):
                table = _parts(line.partition("]")[0].lstrip("["))
                found.setdefault(table, number)
            elif "=" in line and not line.startswith("#"):
                found.setdefault(table + _parts(line.partition("=")[0]), number)
        return found

    def where(self, *keys: str) -> str:
        """The file's name, with the line at which ``keys`` is set if that is easily seen."""
        return _place(self.path, self.lines.get(keys))


class Findings:
    """What is wrong in one file, gathered while it is read.

    After so many nothing is looked up any more: a file of mistakes only must not hold the start.
    """

    MOST = 30

    def __init__(self, file: TomlFile) -> None:
        self._file = file
        self._found: list[tuple[int, Problem]] = []
        self._more = 0
        self.at: dict[tuple[str, ...], Problem] = {}
        """By the keys that each is about."""

    def add(self, keys: tuple[str, ...], message: str, suggestion: str | Callable[[], str] = "") -> None:
        """Something wrong at ``keys``; a suggestion that takes a search is given as a function."""
        if len(self._found) == self.MOST:
            self._more += 1
            return
        said = suggestion if isinstance(suggestion, str) else suggestion()
        line = self._file.lines.get(keys, 0)
        self.at[keys] = Problem(_place(self._file.path, line), message, said)
        self._found.append((line, self.at[keys]))

    def problems(self) -> list[Problem]:
        """All of it, in the order of the file."""
        found = [problem for _, problem in sorted(self._found, key=lambda each: each[0])]
        if self._more:
            found.append(Problem(_place(self._file.path), f"there are {self._more:,} more mistakes"))
        return found


def read_toml(path: Path, limit: int = TOML_LIMIT) -> TomlFile | Problem | None:
    """The values of a TOML file; None if there is no such file, a problem if it cannot be used."""
    try:
        raw = read_limited(path, limit)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return Problem(_place(path), f"the file cannot be read: {cause(error)}", f"look at {quoted(path, 200)}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Problem(_place(path, line), "the file is not UTF-8 text", "save it as UTF-8")
    if found := _ENDLESS_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        return Problem(_place(path, line), "a key has too many parts")
    try:
        return TomlFile(path, tomllib.loads(text), text)
    except RecursionError:
        return Problem(_place(path), "the values are nested too deeply")
    except ValueError as error:
        said = str(error)
        line = _AT_LINE.search(said)
        where = _place(path, int(line[1]) if line and line[1] else None)
        reason = printable(_AT_LINE.sub("", said), 120)
        return Problem(where, f"this is not TOML ({reason})", "the whole file is left out until it is")


def _place(path: Path, line: int | None = 0) -> str:
    name = printable(path.name, 60)
    return f"{name}, line {line}" if line else name


def read_limited(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes; anything else is an OSError.

    Never waits: a pipe in the place of a file is refused, not read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return read_descriptor(descriptor, limit)
    finally:
        os.close(descriptor)


def read_descriptor(descriptor: int, limit: int) -> bytes:
    """`read_limited` for a file that is open already; it stays open."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    pieces: list[bytes] = []
    left = limit + 1
    while left and (piece := os.read(descriptor, left)):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise OSError(errno.EFBIG, f"it is larger than {limit:,} bytes")
    return b"".join(pieces)


def write_private(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, readable by the user alone, whole or not at all, and on the disk.

    The folder must be there. What was at ``path``, a link included, is replaced and never followed.
    """
    with private_file(path) as file:
        file.write(data)


@contextmanager
def private_file(path: Path) -> Generator[BinaryIO]:
    """A file to write that is at ``path`` when all went well, as by `write_private`, and else was never there."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # A strange umask may have taken our own rights away.
            os.fchmod(descriptor, 0o600)
            yield file
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # The new name is in the folder, and a rename that was not synced is undone by a power cut.
    # Some file systems cannot sync a folder; the file itself is safe then too.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def cause(error: OSError | ValueError | RuntimeError) -> str:
    """Why a file could not be used, as a phrase."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return printable(error, 120)


def as_json(value: object, out: TextIO, indent: int | None = None) -> str:
    """JSON for ``out``: as it reads, but for a terminal with every character escaped that could do harm there."""
    terminal = out.isatty()
    text = json.dumps(value, ensure_ascii=terminal, indent=indent)
    return text.replace("\x7f", "\\u007f") if terminal else text


def printable(value: object, limit: int) -> str:
    """Text of a file or a file's name, harmless to a terminal and not too long to be read."""
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quoted(value: object, limit: int = 40) -> str:
    """`printable` text in quotation marks."""
    return f'"{printable(value, limit)}"'


def suggest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, as a question; empty if there is none."""
    # 5 ms, which only a mistake need pay.
    import difflib

    words = list(known)
    tried = (word, word.lower().replace("-", "_"))
    near = next((match[0] for each in tried if (match := difflib.get_close_matches(each, words, 1))), None)
    return f'did you mean "{near}"?' if near else ""


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"' \t") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', dotted))
