"""Where the contents of files are kept: each once, under its hash, on the disk before a message names it."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from pathlib import Path

from claude_tui.files import read_limited, write_private
from claude_tui.paths import make_private

LARGEST = 64_000_000
_NAME = re.compile(r"[0-9a-f]{64}")


class Contents:
    """A folder of contents. Thread-safe: what is written is there whole or not at all, and never changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes) -> str:
        """Keep it, on the disk when this returns; its hash. Raises ``OSError`` or ``ConfigError``."""
        sha256 = hashlib.sha256(data).hexdigest()
        if self.read(sha256) is None:
            path = self._path(sha256)
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

    def forget(self, sha256: str) -> None:
        """Delete it: nothing names it any more."""
        if _NAME.fullmatch(sha256):
            with suppress(OSError):
                self._path(sha256).unlink()

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
