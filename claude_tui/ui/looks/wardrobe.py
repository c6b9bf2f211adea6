"""All the themes there are, which of them is worn, and what changes that: a choice, the terminal, a file."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ...paths import Paths
from ...theme_values import ThemeSpec
from .first_theme import AUTO, COLOURLESS, Wish, first_ground, first_theme

if TYPE_CHECKING:
    from ...files import Problem

LOOK_EVERY = 1.0
"""Seconds between two looks at the person's own folder of themes, by a thread beside the app's, while there is one."""
_REST = 0.1
"""Seconds that a file must have been left alone: an editor empties it before it writes."""

_Seen: TypeAlias = "tuple[tuple[str, int, int, int], ...]"
Files: TypeAlias = "Mapping[Path, tuple[ThemeSpec | None, list[Problem]]]"
"""Themes by file, and what is wrong with each."""


class Wardrobe:
    """The themes of one window. ``put_on`` is called with whatever is to be worn from now on."""

    def __init__(self, paths: Paths, put_on: Callable[[ThemeSpec], object], *, colourless: bool = False) -> None:
        self.paths = paths
        self.wish = Wish(COLOURLESS) if colourless else Wish.read(paths)
        self.dark = first_ground(paths, os.environ)
        """Whether the terminal is, as far as is known."""
        self.seen = ""
        """What the terminal said it is, ``dark`` or ``light``; empty until it did."""
        self.colourless = colourless
        """Whether no colour is wanted at all, whatever is chosen."""
        self.worn = first_theme(paths, self.wish.on(self.dark))
        self.specs: dict[str, ThemeSpec] = {self.worn.name: self.worn}
        self._put_on = put_on
        self._trying = False
        self._ours: dict[str, ThemeSpec] = {}
        """Those that come with the app; empty until all are read."""
        self._own: dict[Path, ThemeSpec] = {}
        """The themes of the person's folder, by file, as they were when there was nothing wrong with them."""
        self._told: dict[Path, list[str]] = {}
        self._seen: _Seen = ()
        """What that folder looked like when it was read last."""
        self._stop = threading.Event()
        self._watching: threading.Thread | None = None

    def read(self) -> tuple[Files, Files]:
        """All themes by file, ours and the person's own; it may be called beside the event loop."""
        from ...theme_files import read_themes

        ours, own = self.paths.theme_folders()
        self._seen = _look(own)
        return read_themes(ours), read_themes(own)

    def fill(self, ours: Files, own: Files) -> list[Problem]:
        """Keep what was read; what is wrong with it."""
        self._ours = {spec.name: spec for spec, _ in ours.values() if spec is not None}
        self.changed(own)
        return [problem for _, found in (*ours.values(), *own.values()) for problem in found]

    # -- wearing

    @property
    def choice(self) -> str:
        """What is chosen: a name, or `AUTO`."""
        return self.wish.chosen or AUTO

    def try_on(self, name: str) -> bool:
        """Wear it until `choose`, to look at it; whether there is one of that name."""
        self._trying = True
        return self._wear(self._meant(name))

    def choose(self, name: str) -> bool:
        """Wear it from now on; whether there is one of that name."""
        self._trying = False
        known = self._meant(name) in self.specs
        if known and not self.colourless:
            self.wish = replace(self.wish, chosen="" if name == AUTO else name)
        self._wear_wanted()
        return known

    def saw(self, dark: bool) -> None:
        """The terminal said whether it is dark."""
        self.seen = "dark" if dark else "light"
        if dark != self.dark:
            self.dark = dark
            if not self._trying:
                self._wear_wanted()

    def _meant(self, name: str) -> str:
        if self.colourless:
            return COLOURLESS
        return replace(self.wish, chosen="").on(self.dark) if name == AUTO else name

    def _wear_wanted(self) -> None:
        wanted = self.wish.on(self.dark)
        if not self._ours:  # the terminal answered before all were read
            spec = first_theme(self.paths, wanted)
            self.specs[spec.name] = spec
        self._wear(wanted if wanted in self.specs else Wish().on(self.dark))

    def _wear(self, name: str) -> bool:
        spec = self.specs.get(name)
        if spec is None:
            return False
        if spec != self.worn:
            self.worn = spec
            self._put_on(spec)
        return True

    def _sort(self) -> None:
        """Dark ones and light ones, each by name; a file of one's own in the place of ours."""
        themes = {**self._ours, **{spec.name: spec for spec in self._own.values()}}
        themes.setdefault(self.worn.name, self.worn)
        ordered = sorted(themes.values(), key=lambda spec: (spec.ansi, not spec.dark, spec.name))
        self.specs = {spec.name: spec for spec in ordered}

    # -- files that change

    def changed(self, files: Files) -> list[str]:
        """The person's files as they are now; what is to be said about them. A file with a mistake keeps its theme as
        it was, and is told of once."""
        said: list[str] = []
        own: dict[Path, ThemeSpec] = {}
        for path, (spec, problems) in files.items():
            before = self._own.get(path)
            kept = before if problems and before is not None else spec
            if kept is not None:
                own[path] = kept
            words = [str(problem) for problem in problems]
            if words and words != self._told.get(path):
                more = f" There are {len(words) - 1} more mistakes in it." if len(words) > 1 else ""
                said.append(f"{words[0]}{more}{' The theme stays as it was.' if before is not None else ''}")
            self._told[path] = words
        self._own = own
        self._sort()
        if self._trying:
            self._wear(self.worn.name)
        else:
            self._wear_wanted()
        return said

    def watch(self, tell: Callable[[Files], object]) -> None:
        """Look at the person's folder of themes from now on, if there is one; ``tell`` is called in the event loop."""
        if self._watching is not None and self._watching.is_alive():
            return
        folder = self.paths.themes_dir
        if folder.is_dir():
            loop = asyncio.get_running_loop()
            self._watching = threading.Thread(target=self._watch, args=(folder, loop, tell), name="themes", daemon=True)
            self._watching.start()

    def _watch(self, folder: Path, loop: asyncio.AbstractEventLoop, tell: Callable[[Files], object]) -> None:
        from ...theme_files import read_themes

        while not self._stop.wait(LOOK_EVERY) and folder.is_dir():
            now = _look(folder)
            if now == self._seen:
                continue
            while not self._stop.wait(_REST) and (later := _look(folder)) != now:
                now = later
            self._seen = now
            files = read_themes(folder)
            with suppress(RuntimeError):  # the app was left meanwhile
                loop.call_soon_threadsafe(tell, files)

    def close(self) -> None:
        """Look no more."""
        self._stop.set()


def _look(folder: Path) -> _Seen:
    """What tells that a file is another than before."""
    found: list[tuple[str, int, int, int]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".toml"):
                with suppress(OSError):
                    stat = entry.stat()
                    found.append((entry.name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(sorted(found))
