"""What is typed behind an `@`: files of the folder the app was started in, looked for on a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from ...attachments.tree import Tree

if TYPE_CHECKING:
    from .desk import Desk

AGAIN = 0.15
"""Seconds after which it is looked anew, while files are still being found."""

SOON = 0.05
"""Seconds after which what was found until then is shown, and the rest is looked for."""


class NamingFiles:
    """One desk's `@`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tree: Tree | None = None
        self._stopped = threading.Event()

    def typed(self, query: str | None) -> None:
        """Another few letters; None when it is no `@` any more."""
        self._stopped.set()
        if query is None:
            self._desk.screen.file_menu.show(())
            return
        root = Path.cwd()
        if self._tree is None or self._tree.root != root:
            self._tree = Tree(root)
        self._tree.start()
        self._stopped = threading.Event()
        self._desk.run(self._look(self._tree, query, self._stopped))

    async def _look(self, tree: Tree, query: str, stopped: threading.Event) -> None:
        while not stopped.is_set():
            ended = tree.wait(0)
            for within in (SOON, inf):
                began = time.monotonic()
                found = await asyncio.to_thread(tree.find, query, 50, stopped, within)
                if stopped.is_set():
                    return
                self._desk.screen.file_menu.show(found)
                if time.monotonic() - began < SOON:
                    break
            if ended:
                return
            await asyncio.sleep(AGAIN if found else AGAIN / 10)
