"""What the app copies: one text after another, on a thread of its own, and what became of each is said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ...core.text import clean
from .clipboards import Clipboards, Copied


def amount(text: str) -> str:
    """How much that is: characters, and lines where it has several."""
    lines = text.removesuffix("\n").count("\n") + 1
    said = f"{len(text):,} character{'s' * (len(text) != 1)}"
    return f"{said}, {lines:,} lines" if lines > 1 else said


class Copier:
    """Copies texts in their order. Only the last of several that wait is worth copying: it would replace the rest."""

    def __init__(self, folder: Path, send: Callable[[str], bool], say: Callable[[str, bool], object]) -> None:
        """``send`` gives an order to the terminal, from any thread; ``say`` is given a sentence, in the loop, and
        whether it went well."""
        self.clipboards = Clipboards(folder, send)
        self._say = say
        self._lock = threading.Lock()
        self._waiting: tuple[str, str] | None = None
        self._running = False

    def copy(self, text: str, what: str) -> None:
        """Copy a text as it was written, with control characters as their pictures; ``what`` names it."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._waiting = text, what
            if self._running:
                return
            self._running = True
        # No thread that the end of the app would wait for: a program may hang.
        threading.Thread(target=self._work, args=(loop,), name="copying", daemon=True).start()

    def close(self) -> None:
        """The app is left: what hangs is ended."""
        self.clipboards.close()

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (taken := self._take()) is not None:
            text, what = clean(taken[0]), taken[1]  # here, for a long one takes longer than a frame
            what = f"{what} ({amount(text)})"
            try:
                copied = self.clipboards.copy(text)
            except Exception as error:  # ours: it was not copied, and that must be said
                copied = Copied("lost", type(error).__name__)
            with suppress(RuntimeError):  # the app was left meanwhile
                loop.call_soon_threadsafe(self._say, copied.sentence(what), copied.known != "lost")

    def _take(self) -> tuple[str, str] | None:
        with self._lock:
            taken, self._waiting = self._waiting, None
            self._running = taken is not None
            return taken
