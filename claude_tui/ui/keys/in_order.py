"""Keys are done in their order, each with all that it does before the next is looked at.

Textual sends a key to where the focus is when it comes, and looks for its binding once it went past every ancestor.
Of keys that come in one piece, over a slow line or while the machine is busy, all would be sent before the first is
done: what is typed behind an Esc would go into what that Esc closes, and be lost with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual.app import App, ScreenStackError
from textual.events import Event, Key
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widgets import Input, TextArea

_EDITS = frozenset({"left", "right", "home", "end", "backspace", "delete"})
"""What repeats while it is held, and a text area does by itself."""
_LAPS = 8
"""Messages that follow from each other, after a key, before the next is let in whatever else there is."""
_TICK = 0.05
"""Seconds between looks at a key that is not done."""
_TICKS = 20
"""Looks after which the next is let in: nothing makes the app deaf. A loop that has no time does not look."""


class Passed(Message):
    """Follows a key from where it was sent to the app, by way of everybody whom the key went by."""


class InOrder:
    """A turnstile for an app's keys; ``let_in`` gives it one, and says whether it was no text but an order."""

    def __init__(self, app: App[Any], let_in: Callable[[Event], Awaitable[bool]]) -> None:
        self._app = app
        self._let_in = let_in
        self._waiting: deque[Event] = deque()
        self._opening: set[asyncio.Future[Any]] = set()
        self._lap: Passed | None = None
        """Under way behind a key; None when the next may come."""
        self._target: MessagePump | None = None
        """Where it began."""
        self._laps = self._ticks = 0
        self._look: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether all that came is done."""
        return self._lap is None

    async def came(self, event: Event) -> None:
        """A key, or a paste, from the terminal."""
        if self._lap is not None:
            self._waiting.append(event)
        else:
            await self._take(event)

    def wait_for(self, opening: asyncio.Future[Any]) -> None:
        """What the last key did goes on, and opens what the keys behind it are for."""
        self._opening.add(opening)
        opening.add_done_callback(self._opened)
        if self._lap is None:
            self._begin()

    async def passed(self, lap: Passed) -> None:
        """A lap has ended."""
        if lap is not self._lap or (self._opening and self._ticks <= _TICKS):
            return
        if not self._is_done():
            self._run()
            return
        self._lap = None
        if self._look is not None:
            self._look.cancel()
            self._look = None
        while self._waiting and self._lap is None:
            await self._take(self._waiting.popleft())

    async def _take(self, event: Event) -> None:
        typed = self._is_typed(event)
        if await self._let_in(event) or not typed:
            self._begin()

    def _is_typed(self, event: Event) -> bool:
        """Whether it changes nothing but the text that it is typed into: none behind it waits for that."""
        aim = self._aim()
        if not isinstance(event, Key) or event.is_printable:
            return isinstance(aim, Input | TextArea)
        return isinstance(aim, TextArea) and event.key in _EDITS  # an input's come back by way of the app

    def _aim(self) -> MessagePump | None:
        """Where a key goes that comes now."""
        try:
            return self._app.focused or self._app.screen
        except ScreenStackError:
            return None

    def _begin(self) -> None:
        self._laps = self._ticks = 0
        self._run()
        if self._lap is not None and self._look is None:
            self._look = asyncio.get_running_loop().call_later(_TICK, self._looked)

    def _run(self) -> None:
        self._lap, self._target = Passed(), self._aim()
        self._laps += 1
        (self._target or self._app).post_message(self._lap)

    def _is_done(self) -> bool:
        if self._ticks > _TICKS or self._laps > _LAPS:
            return True
        at = self._target
        if at is not self._aim():
            return False
        while at is not None and at is not self._app:
            if not cast("Any", at)._message_queue.empty():
                return False
            at = at._parent  # pyright: ignore[reportPrivateUsage]
        return True

    def _opened(self, opening: asyncio.Future[Any]) -> None:
        self._opening.discard(opening)
        if self._lap is not None and not self._opening:
            self._laps = 0
            self._run()

    def _looked(self) -> None:
        """A lap ends where what it went through was taken away: then there is another."""
        self._look = None
        if self._lap is None:
            return
        self._ticks += 1
        self._look = asyncio.get_running_loop().call_later(_TICK, self._looked)
        if self._ticks > _TICKS:
            self._app.post_message(self._lap)
        elif self._target is not self._aim():
            self._run()
