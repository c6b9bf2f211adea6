"""Where the contents of files are kept: each once, under its hash, on the disk before a message names it."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from claude_tui.files import read_limited, write_private
from claude_tui.paths import make_private

LARGEST = 64_000_000
_NAME = re.compile(r"[0-9a-f]{64}")
NEW_SECONDS = 600


def _is_new(path: Path) -> bool:
    return path.stat().st_mtime > time.time() - NEW_SECONDS


class Contents:
    """A folder of contents. Thread-safe: what is written is there whole or not at all, and never changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes) -> str:
        """Keep it, on the disk when this returns; its hash. Raises ``OSError`` or ``ConfigError``.

        What is there already is as new again: whoever sweeps leaves it.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if self.read(sha256) is not None:
            with suppress(FileNotFoundError):  # taken away between the two
                os.utime(path)
                return sha256
        make_private(self.folder)
        make_private(path.parent)
        write_private(path, data)
        return sha256

    def read(self, sha256: str) -> bytes | None:
        """The content with that hash; None when it is not there or was damaged."""
        if not _NAME.fullmatch(sha256):
            return None
        try:
            data = read_limited(self._path(sha256), LARGEST)
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def has(self, sha256: str, size: int) -> bool:
        """Whether it is there, as far as can be told without reading it."""
        if not _NAME.fullmatch(sha256):
            return False
        try:
            return self._path(sha256).stat().st_size == size
        except OSError:
            return False

    def sweep(self, named: Collection[str]) -> int:
        """Delete for good what is not among these; how much it was.

        What was kept in the last ten minutes stays: another window may have it, and not have named it yet.
        """
        try:
            there = [path for path in self.folder.glob("*/*") if _NAME.fullmatch(path.name)]
        except OSError:
            return 0
        return sum(self._forget(path) for path in there if path.name not in named)

    def _forget(self, path: Path) -> bool:
        """Whether it was old, and is gone. It is moved aside first: whoever keeps it meanwhile writes it anew."""
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            if _is_new(path):
                return False
            path.rename(aside)
            if _is_new(aside):
                aside.rename(path)
                return False
            aside.unlink()
        except OSError:
            return False
        return True

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
