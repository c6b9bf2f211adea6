"""The app in a terminal with a paced server behind it: how every measurement of a stream begins."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from claude_tui.store import Store

from .paced import Paced
from .watched import Watched

SIZE = (120, 50)
FRAME = b"\x1b[?2026h"
"""What every frame begins with, where the terminal takes it as a whole."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the app took while so much came."""

    kilobytes: float
    seconds: float
    cpu: float
    frames: tuple[int, ...]
    """Bytes of each."""

    @property
    def each(self) -> float:
        """Milliseconds of CPU a kB."""
        return self.cpu * 1000 / self.kilobytes

    @property
    def share(self) -> float:
        """Per cent of a core."""
        return self.cpu / self.seconds * 100


class Watching:
    """An app that was asked something, or will be."""

    def __init__(self, server: Paced, terminal: Watched) -> None:
        self.server, self.terminal = server, terminal
        self.said = 0

    def ask(self) -> None:
        """Ask; the server then says what it is told."""
        self.terminal.send("go\r")
        self.server.asked()
        self.said = 0

    def to(self, kind: str, place: int, rate: float) -> None:
        """To that character of the reply: at once, the last ones at the pace that is measured then."""
        run = min(int(rate * 4), 2_000)
        self.server.say(kind, max(place - run - self.said, 0))
        self.server.say(kind, run, rate)
        self.said = place
        self.terminal.resting()

    def window(self, characters: int, work: Callable[[], object], *, behind: bool = False) -> Window:
        """What the app takes while ``work`` has so many characters said; ``behind`` waits until it has caught up."""
        terminal = self.terminal
        cpu, began, written = terminal.cpu, time.monotonic(), len(terminal.raw)
        work()
        if behind:
            terminal.resting()
        else:
            time.sleep(0.15)
        seconds, cpu = time.monotonic() - began, terminal.cpu - cpu
        self.said += characters
        frames = bytes(terminal.raw[written:]).split(FRAME)[1:]
        return Window(characters / 1000, seconds, cpu, tuple(map(len, frames)))


@contextmanager
def watching(
    module: str = "claude_tui",
    *arguments: str,
    seed: Callable[[Store], object] | None = None,
    rest: bool = True,
) -> Iterator[Watching]:
    """The program, run as a module: once it rests after its start, or from its first frame on."""
    with tempfile.TemporaryDirectory() as name, Paced() as server:
        home = Path(name) / "home"
        if seed is not None:
            database = home / "data" / "conversations.db"
            database.parent.mkdir(parents=True, mode=0o700)
            store = Store.open(database)
            seed(store)
            store.close()
        command: Sequence[str] = (sys.executable, "-m", module)
        with Watched(*arguments, home=home, size=SIZE, env=server.env(home), command=command) as terminal:
            terminal.wait(lambda text: text.strip() or module != "claude_tui", 60)
            if rest:
                time.sleep(0.6)  # what comes after the first frame: the SDK
                terminal.resting()
            yield Watching(server, terminal)
