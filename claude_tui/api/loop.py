"""An event loop on a daemon thread of its own: a cancel there is immediate, and quitting never waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")


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


def end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what runs there, and end it. Never blocks."""
    soon(loop, lambda: _end(loop))


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
    loop.run_forever()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_soon(loop.stop)  # after their last step


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An asyncio exception handler that keeps quiet: stderr is the screen."""
