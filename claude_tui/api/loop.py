"""An event loop on a daemon thread of its own: a cancel there is immediate, and quitting never waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")
_LAST_STEPS = 1.0
"""Seconds that what is cancelled may take to end."""


def start() -> asyncio.AbstractEventLoop:
    """A loop that runs."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Leavable())
    threading.Thread(target=_live, args=(loop,), name="api", daemon=True).start()
    return loop


def soon(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    """Do it there; nothing where it has ended. From any thread, never blocks."""
    try:
        loop.call_soon_threadsafe(work)
    except RuntimeError:  # the loop is closed: the process ends
        pass


def end(loop: asyncio.AbstractEventLoop, let_go: Callable[[], Awaitable[object]]) -> None:
    """Cancel what runs there, let go of what is held there, and end it. Never blocks."""
    soon(loop, lambda: keep(loop.create_task(_end(loop, let_go))))


_kept: set[asyncio.Task[object]] = set()


def keep(task: asyncio.Task[Any]) -> None:
    """A loop itself holds its tasks only weakly."""
    _kept.add(task)
    task.add_done_callback(_kept.discard)


class _Leavable(ThreadPoolExecutor):
    """Looks up names on daemon threads: the interpreter waits at its end for those of any other executor."""

    def submit(self, fn: Callable[..., _T], /, *args: Any, **more: Any) -> Future[_T]:
        future: Future[_T] = Future()

        def work() -> None:
            with suppress(InvalidStateError):  # nobody waits any more
                try:
                    future.set_result(fn(*args, **more))
                except Exception as error:
                    future.set_exception(error)

        threading.Thread(target=work, name="look-up", daemon=True).start()
        return future


def _live(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(_ignore)  # what matters is told through the attempt
    try:
        loop.run_forever()
    finally:
        loop.close()  # or its files stay open as long as the process lives


async def _end(loop: asyncio.AbstractEventLoop, let_go: Callable[[], Awaitable[object]]) -> None:
    tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    try:
        await ended(tasks, _LAST_STEPS)
        await asyncio.wait_for(let_go(), _LAST_STEPS)
    except Exception:  # it was to be let go of: how is nobody's business
        pass
    finally:
        loop.stop()


async def ended(tasks: Iterable[asyncio.Task[Any]], seconds: float | None = None) -> None:
    """Until those have ended, or so long."""
    if waited_for := list(tasks):
        await asyncio.wait(waited_for, timeout=seconds)


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An asyncio exception handler that keeps quiet: stderr is the screen."""
