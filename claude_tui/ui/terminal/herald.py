"""Tells the terminal what goes on, for whoever does not look: its title, its progress mark, that a reply has ended.

A notice comes when a reply that took long has ended or was cut, and the window is not looked at.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from ...core.retry import MONEY
from ...turn import Turn
from ..words import about
from .attention import Attention
from .clipboards import passes_through, through_tmux
from .orders import BACK_TITLE, BELL, SAVE_TITLE, Known, Manner, Pace, known, notice, plain, progress, title

if TYPE_CHECKING:
    from ...config import Config

AGAIN_SECONDS = 5.0
"""After which the progress mark is set anew: some terminals let it fade."""
NAME = "claude-tui"
WRITING = "●"
"""Before the title while a reply is being written."""


class Terminal(Protocol):
    """Who gives orders to a terminal: see ``SafeDriver``."""

    def order(self, data: str) -> None:
        """Give one."""
        ...

    def hold(self, name: str, now: str, begin: str, end: str) -> None:
        """Give one that is taken back whenever the terminal is left."""
        ...

    def let_go(self, name: str) -> None:
        """Take it back now."""
        ...


class Herald:
    """What one window's terminal is told."""

    def __init__(
        self,
        terminal: Terminal,
        config: Config,
        attention: Attention,
        environ: Mapping[str, str] = os.environ,
        *,
        passes: Callable[[], bool] = passes_through,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``passes`` tells whether tmux passes orders on; it takes its time."""
        self._terminal = terminal
        self._attention = attention
        self._passes = passes
        self._clock = clock
        self._known: Known = known(environ)
        self._title = ""
        self._pace: Pace = "none"
        self._told = 0.0
        self.follow(config)

    def follow(self, config: Config) -> None:
        """What is to be told, from now on."""
        wanted: Manner = self._known.notice if config.notify == "auto" else config.notify
        self._manner: Manner = "off" if self._known.notice == "off" else wanted
        self._after = config.notify_after
        self._titled = config.window_title and self._known.title
        # The mark of a reply that is being written turns round and round, or runs to and fro.
        self._marked = config.progress and not config.reduced_motion and self._known.progress
        if self._title and not self._titled:
            self._title = ""
            self._terminal.let_go("title")
        if self._pace != "none" and not self._marked:
            self._pace = "none"
            self._terminal.let_go("progress")

    def shows(self, conversation_title: str, *, writing: bool) -> None:
        """This conversation is open, and a reply is being written there or not."""
        words = f"{plain(conversation_title, 60)} · {NAME}" if conversation_title else NAME
        said = f"{WRITING} {words}" if writing else words
        if self._titled and said != self._title:
            self._title = said
            self._terminal.hold("title", title(said), SAVE_TITLE, f"{title('')}{BACK_TITLE}")

    def going(self, phases: Collection[str]) -> None:
        """The phases of all turns under way."""
        waits = bool(phases) and all(phase in ("retrying", "stalled") for phase in phases)
        pace: Pace = "waiting" if waits else "busy" if phases else "none"
        now = self._clock()
        if not self._marked or (pace == self._pace and (pace == "none" or now - self._told < AGAIN_SECONDS)):
            return
        self._pace, self._told = pace, now
        if pace == "none":
            self._terminal.let_go("progress")
        else:
            self._terminal.hold("progress", progress(pace), "", progress("none"))

    def ended(self, turn: Turn) -> None:
        """A turn has ended, in whatever conversation."""
        stopped = turn.failure is not None and turn.failure.kind == "cancelled"
        took = self._clock() - turn.started if turn.started else 0.0
        if self._manner == "off" or stopped or took < self._after or self._attention.there:
            return
        order = notice(self._manner, *_words(turn))
        if self._known.in_tmux and order != BELL:
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._through_tmux, args=(order, loop), name="telling", daemon=True).start()
        else:
            self._terminal.order(order)

    def _through_tmux(self, order: str, loop: asyncio.AbstractEventLoop) -> None:
        """On a thread, for tmux has to be asked; where it passes nothing on, its own bell rings."""
        order = through_tmux(order) if self._passes() else BELL
        with suppress(RuntimeError):  # the app was left meanwhile
            loop.call_soon_threadsafe(self._terminal.order, order)


def _words(turn: Turn) -> tuple[str, str]:
    """What a notice says: how it ended, in our own words, and which reply it was."""
    name, failure, head = turn.conversation.title, turn.failure, turn.conversation.head
    if failure is not None and failure.kind in MONEY:
        return "A budget is in the way" if failure.kind == "misread" else "The budget is reached", name
    if failure is not None:
        return "The reply was cut", f"{name}: {failure.sentence}"
    if head is not None and head.can_continue:
        return "The reply can be continued", f"{name}: {about.why_cut(head)}"
    return "Claude has answered", name
