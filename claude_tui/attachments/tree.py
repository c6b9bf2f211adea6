"""The files of a folder, found in the background and looked through while they are being found.

A walk goes level by level, so that what is near is found first. What is looked for is looked for in large pieces of
text, each in a call of a millisecond or so: between them keys are answered.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import inf
from pathlib import Path

from claude_tui.giving_way import give_way

from .ignoring import Rules, ignored, rules_of

MOST = 300_000
"""Files beyond which no more are looked for."""
CHUNK = 4_000
"""Files in a piece."""
ENOUGH = 400
"""Hits of one sort among which the best are chosen: what is near was found first."""
STALE = 10.0
"""Seconds after which the folder is walked anew when somebody asks."""
_NEVER = frozenset({".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", ".venv", ".mypy_cache"})
"""Folders nobody attaches files of."""


class Tree:
    """The files under a folder, as far as they were found. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._chunks: list[tuple[str, list[str]]] = []
        """Paths in small letters, each behind a line end, and as they are."""
        self._walking: threading.Thread | None = None
        self._began = 0.0
        self._stopped = threading.Event()
        self.complete = False
        """Whether it was walked to its end once."""

    def start(self) -> None:
        """Walk, unless that is being done or was done just now."""
        with self._lock:
            if self._walking is not None and self._walking.is_alive():
                return
            if self.complete and time.monotonic() - self._began < STALE:
                return
            self._began = time.monotonic()
            self._stopped = threading.Event()
            self._walking = threading.Thread(target=self._walk, args=(self._stopped,), name="files", daemon=True)
            self._walking.start()

    def stop(self) -> None:
        """Walk no further."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Whether the walk ended within so many seconds."""
        walking = self._walking
        if walking is not None:
            walking.join(seconds)
        return walking is None or not walking.is_alive()

    @property
    def count(self) -> int:
        """Files found so far."""
        return sum(len(paths) for _, paths in self._chunks)

    def _walk(self, stopped: threading.Event) -> None:
        fresh: list[tuple[str, list[str]]] = []
        again = self.complete  # what was found before is looked through until this walk has ended
        held: list[str] = []

        def give() -> None:
            nonlocal held
            if held:
                fresh.append(("\n" + "\n".join(held).lower(), held))
                held = []
                if not again:
                    self._chunks = list(fresh)

        # The first pieces are small, so that there is something at once.
        size = 200
        for count, path in enumerate(_files(self.root, stopped), 1):
            held.append(path)
            if len(held) >= size:
                give()
                give_way()
                size = min(size * 2, CHUNK)
            if count >= MOST:
                break
        give()
        if not stopped.is_set():
            self._chunks, self.complete = fresh, True

    def find(
        self, typed: str, most: int = 50, stopped: threading.Event | None = None, within: float = inf
    ) -> list[str]:
        """The files that fit a few letters, the likeliest first: a name that begins so, then one with them in it, a
        path with them in it, and last one with the letters in this order anywhere.

        What was found ``within`` so many seconds; all of it without.
        """
        until = time.monotonic() + within

        def over() -> bool:
            return (stopped is not None and stopped.is_set()) or time.monotonic() > until

        query = typed.lower()
        chunks = self._chunks
        if not query:
            return [path for _, paths in chunks[:1] for path in paths[:most]]
        safe = re.escape(query)
        found: dict[str, None] = {}
        named, anywhere = re.compile(rf"{safe}[^\n/]*+(?=\n|\Z)"), re.compile(safe)
        in_order, letters, fuzzy = _in_order(query), frozenset(query), most if len(query) > 1 else 0
        ways: tuple[tuple[Callable[[str], Iterator[int]], int], ...] = (
            (lambda text: _beginnings(text, query), ENOUGH),
            (lambda text: _starts(named, text), ENOUGH),
            (lambda text: _starts(anywhere, text), ENOUGH),
            (lambda text: _starts(in_order, text) if all(letter in text for letter in letters) else iter(()), fuzzy),
        )
        for places, enough in ways:
            hits = islice(_hits(chunks, places, over), enough)
            for path in sorted(hits, key=lambda path: (len(path), path)):
                found.setdefault(path)
            if len(found) >= most or over():
                break
        return list(found)[:most]


def _in_order(query: str) -> re.Pattern[str]:
    parts = (rf"[^\n{re.escape(letter)}]*+{re.escape(letter)}" for letter in query if letter != "\n")
    return re.compile("\n" + "".join(parts))


def _starts(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    return (hit.start() for hit in pattern.finditer(text))


def _beginnings(text: str, query: str) -> Iterator[int]:
    """Where a name begins so: a plain search, which is ten times as fast as a pattern where there are few."""
    for before in ("\n", "/"):
        at = text.find(before + query)
        while at >= 0:
            end = text.find("\n", at + 1)
            if text.find("/", at + 1, end if end >= 0 else len(text)) < 0:
                yield at + 1
            at = text.find(before + query, at + 1)


def _hits(
    chunks: Sequence[tuple[str, list[str]]], places: Callable[[str], Iterator[int]], over: Callable[[], bool]
) -> Iterator[str]:
    """The paths at these places of each piece, until it is ``over``."""
    for text, paths in chunks:
        if over():
            return
        line = at = 0
        seen = -1
        for start in places(text):
            start += text[start] == "\n"
            line = line + text.count("\n", at, start) if start >= at else text.count("\n", 0, start)
            at = start
            if line != seen and 0 < line <= len(paths):
                seen = line
                yield paths[line - 1]


def _files(root: Path, stopped: threading.Event) -> Iterator[str]:
    """The files under a folder, level by level, relative to it; never through a link."""
    own = rules_of(root, 0)
    waiting: deque[tuple[str, tuple[Rules, ...]]] = deque([("", (own,) if own else ())])
    while waiting and not stopped.is_set():
        folder, rules = waiting.popleft()
        try:
            with os.scandir(root / folder if folder else root) as entries:
                every = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        if folder and any(entry.name == ".gitignore" for entry in every):
            deeper = rules_of(root / folder, len(folder))
            rules = (*rules, deeper) if deeper else rules
        for entry in every:
            name = entry.name
            if "\n" in name or "\r" in name:
                continue
            path = folder + name
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                plain = is_folder or entry.is_file(follow_symlinks=False)
            except OSError:
                continue
            if not plain or (is_folder and name in _NEVER) or (rules and ignored(path, is_folder, rules)):
                continue
            if is_folder:
                waiting.append((f"{path}/", rules))
            else:
                yield path
