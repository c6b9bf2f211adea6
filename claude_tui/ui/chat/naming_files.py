"""Paths that are being typed, behind an `@` or a slash command: looked for on threads, shown as they are found."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...attachments.folders import Folders, Listing, is_rooted, parted
from ...attachments.tree import Tree

if TYPE_CHECKING:
    from .desk import Desk

AGAIN = 0.15
"""Seconds after which it is looked anew, while files are still being found."""
SELDOM = 1.0
"""Seconds up to which that grows, where a disk does not answer."""
SOON = 0.05
"""Seconds after which what was found until then is shown, and the rest is looked for."""
MOST = 50
"""Paths that are shown."""
NEAR = 20
"""Of these, at most, those of the folder at hand, where those of the whole tree are offered too."""

Show = Callable[[Sequence[str]], object]


class Looking:
    """One place where paths are typed; only what was typed last is looked for."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._run = run
        self._tree: Tree | None = None
        self._folders = Folders()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Nothing is looked for any more."""
        self._stopped.set()

    def look(self, typed: str, show: Show, *, tree: bool, folder: bool) -> None:
        """Show the paths that fit: those of the whole ``tree`` with these letters, those that begin so in the one
        ``folder`` that the path leads to, or both. A path that says itself from where it is has no tree."""
        self.stop()
        base, rooted = Path.cwd(), is_rooted(typed)
        if tree and not rooted:
            if self._tree is None or self._tree.root != base:
                self._tree = Tree(base)
            self._tree.start()
        found_in = self._folders.of(typed, base) if folder or rooted else None
        self._stopped = threading.Event()
        self._run(self._look(self._tree if tree and not rooted else None, found_in, typed, show, self._stopped))

    async def _look(
        self, tree: Tree | None, folder: Listing | None, typed: str, show: Show, stopped: threading.Event
    ) -> None:
        pause = AGAIN / 10
        while not stopped.is_set():
            ended = (tree is None or tree.wait(0)) and (folder is None or folder.is_read)
            found: list[str] = []
            for within in (SOON, inf):
                began = time.monotonic()
                found = await asyncio.to_thread(_found, tree, folder, typed, stopped, within)
                if stopped.is_set():
                    return
                show(found)
                if time.monotonic() - began < SOON:
                    break
            if ended:
                return
            pause = min(max(pause * 2, AGAIN), SELDOM) if found or pause >= AGAIN / 2 else pause * 2
            await asyncio.sleep(pause)


def _found(tree: Tree | None, folder: Listing | None, typed: str, stopped: threading.Event, within: float) -> list[str]:
    """The paths that fit; a folder has a slash at its end."""
    if folder is None:
        return tree.find(typed, MOST, stopped, within) if tree is not None else []
    start, name = parted(typed)
    near = [f"{start}{each}{'/' * is_folder}" for each, is_folder in folder.find(name, MOST)]
    if tree is None or not typed:
        return near
    hidden = name.startswith(".") or "/." in start
    far = (path for path in tree.find(typed, MOST, stopped, within) if hidden or not f"/{path}".count("/."))
    return list(dict.fromkeys([*near[:NEAR], *far]))[:MOST]


class NamingFiles:
    """One desk's `@`: files of the folder the app was started in, and those whose path is typed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._at, self._behind = Looking(desk.run), Looking(desk.run)

    def typed(self, query: str | None) -> None:
        """Another few letters behind an `@`; None when it is no `@` any more."""
        if query is None:
            self._at.stop()
            self._desk.screen.file_menu.show(())
        else:
            self._at.look(query, self._desk.screen.file_menu.show, tree=True, folder=False)

    def argument(self, query: str | None, show: Show, *, tree: bool) -> None:
        """Another few letters of a path behind a slash command, of any file of the ``tree`` or of one folder."""
        if query is None:
            self._behind.stop()
        else:
            self._behind.look(query, show, tree=tree, folder=True)

    def ended(self, path: str) -> None:
        """A blank was typed behind an `@` and a path: it is attached if there is such a file."""
        self._desk.run(self._attach(path))

    async def _attach(self, path: str) -> None:
        if await asyncio.to_thread(_is_file, path):
            await self._desk.attaching.add([path], exactly=True)


def _is_file(path: str) -> bool:
    try:
        return (Path.cwd() / Path(path).expanduser()).is_file()
    except (OSError, RuntimeError, ValueError):
        return False
