"""Paths completed as they are typed: what a folder holds, read on a thread of its own.

A folder may lie on a disk that never answers: such a thread is left to itself, and nobody waits for it.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from heapq import nsmallest
from math import inf
from pathlib import Path

from claude_tui.core.text import clean
from claude_tui.giving_way import give_way

MOST = 300_000
"""Entries of a folder beyond which no more are read."""
CHUNK = 2_000
"""Entries that are read, or looked through, between two looks whether a key came."""
STALE = 0.5
"""Seconds after which a folder is read anew when somebody asks; of a large one, twenty times what that takes."""
_HELD = 8
"""Folders of which it is remembered what they hold."""
_THREADS = 8
"""Threads that may hang, each at another folder."""


def is_rooted(typed: str) -> bool:
    """Whether it says itself from where it is: from the root, a home, this folder, or the one above."""
    return typed.startswith(("/", "~", "./", "../")) or typed == ".."


def parted(typed: str) -> tuple[str, str]:
    """The folder of a path, as it is typed, and the beginning of a name in it."""
    if typed in ("~", "..") or typed.endswith("/.."):
        return f"{typed}/", ""
    folder, slash, name = typed.rpartition("/")
    return folder + slash, name


class Listing:
    """What one folder holds, as far as it is read. Thread-safe."""

    def __init__(self, folder: str, base: Path) -> None:
        """``folder`` as it is typed, with its slash; it is looked for from ``base``, unless it says from where."""
        self._folder, self._base = folder, base
        self._chunks: list[list[tuple[str, bool]]] = []
        """Names, and whether each is a folder."""
        self._reading: threading.Thread | None = None
        self._again = -inf
        """When it may be read anew, in monotonic seconds."""

    @property
    def is_read(self) -> bool:
        """Whether nothing more will come."""
        return self._reading is None or not self._reading.is_alive()

    def start(self) -> None:
        """Read it, unless that is being done or was done just now."""
        if self.is_read and time.monotonic() > self._again:
            self._reading = threading.Thread(target=self._read, name="folder", daemon=True)
            self._reading.start()

    def wait(self, seconds: float) -> bool:
        """Whether it was read to its end within so many seconds."""
        if self._reading is not None:
            self._reading.join(seconds)
        return self.is_read

    def find(self, beginning: str, most: int) -> list[tuple[str, bool]]:
        """The names that begin so, folders first, then those that have it in them; without regard to capitals. What
        begins with a dot is found where that was typed."""
        typed, hidden = beginning.lower(), beginning.startswith(".")

        def ranked() -> Iterator[tuple[bool, bool, str, str]]:
            for chunk in self._chunks:
                give_way()
                for name, is_folder in chunk:
                    low = name.lower()
                    if typed in low and (hidden or name[0] != "."):
                        yield not low.startswith(typed), not is_folder, low, name

        return [(name, not is_file) for _, is_file, _, name in nsmallest(most, ranked())]

    def _read(self) -> None:
        began = time.monotonic()
        fresh: list[list[tuple[str, bool]]] = []
        again = bool(self._chunks)  # what was found before is shown until all of it is read
        links: list[os.DirEntry[str]] = []
        try:
            with os.scandir(os.path.join(self._base, os.path.expanduser(self._folder))) as entries:  # noqa: PTH111, PTH118
                for count, entry in enumerate(entries):
                    if count % CHUNK == 0:
                        give_way()
                        fresh.append([])
                        self._chunks = self._chunks if again else fresh
                    if count >= MOST:
                        break
                    if clean(entry.name) != entry.name or "\n" in entry.name:
                        continue  # it cannot be typed
                    if entry.is_symlink():
                        links.append(entry)
                    elif (is_folder := entry.is_dir(follow_symlinks=False)) or entry.is_file(follow_symlinks=False):
                        fresh[-1].append((entry.name, is_folder))
        except (OSError, ValueError):
            pass  # what there is of it; a path that is wrong is told when it is sent
        self._chunks = fresh
        fresh.append(led := [])
        for entry in links:  # last, since each may lead to a disk that does not answer
            try:
                led.append((entry.name, entry.is_dir()))
            except OSError:
                continue
        now = time.monotonic()
        self._again = now + max(STALE, 20 * (now - began))


class Folders:
    """The folders that were looked into last."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, Path], Listing] = OrderedDict()

    def of(self, typed: str, base: Path) -> Listing | None:
        """The folder in which a path is being typed, which is being read by now; None where too many hang."""
        key = parted(typed)[0], base
        listing = self._held.get(key)
        if listing is None:
            if sum(not each.is_read for each in self._held.values()) >= _THREADS:
                return None
            listing = self._held[key] = Listing(*key)
            for old in [old for old, each in self._held.items() if each.is_read and old != key][: -_HELD + 1]:
                del self._held[old]
        self._held.move_to_end(key)
        listing.start()
        return listing
