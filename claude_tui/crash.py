"""Our own crash reports: where it happened and what kind it was; no locals, no words of anybody's, no key.

Python's own ways to tell of an exception that nobody caught, in whatever thread or callback, print what it
says, and what it says may quote a conversation or a header. `watch` takes them all over.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, cast

MOST = 20
"""Reports of one process: an error at every frame must not fill the disk."""

_DEPTH = 8
"""Exceptions behind an exception that are named."""
_FRAMES = 60
"""Places of one exception that are named, half of them from either end."""


class _Watch:
    """Where reports go, and how their sentence is told."""

    folder: Path | None = None
    tell: Callable[[str], object] | None = None
    written = 0


def watch(folder: Path | None = None, tell: Callable[[str], object] | None = None) -> None:
    """From now on this module tells of what nobody caught: in the main thread, others, and where Python only shrugs.

    ``folder`` is where reports go; the installation's without it. ``tell`` is given the sentence that says
    where one is, from any thread; it goes to stderr without it.
    """
    _Watch.folder, _Watch.tell = folder, tell
    sys.excepthook = _unhandled
    threading.excepthook = _in_thread
    sys.unraisablehook = _unraisable
    _keep_no_core()


def in_loop(loop: Any, context: dict[str, Any]) -> None:
    """An asyncio exception handler."""
    error = context.get("exception")
    if isinstance(error, Exception):
        _told(error)


def report(error: BaseException, folder: Path | None = None) -> str:
    """Write a report; one sentence that says where it is. Never raises."""
    said = "Something went wrong here."
    try:
        said = f"Something went wrong here ({type(error).__name__}). Your words are saved"
        where = _write(error, folder or _Watch.folder)
        return f"{said}; a report is in {where}" if where is not None else f"{said}."
    except Exception:  # a report of a report helps nobody
        return said


def _write(error: BaseException, folder: Path | None) -> Path | None:
    if _Watch.written >= MOST:
        return None
    # Loaded when something went wrong, and never on the way to the first frame.
    import time

    from . import __version__
    from .errors import ClaudeTuiError
    from .files import write_private
    from .paths import Paths, make_private
    from .redaction import redact

    head = f"claude-tui {__version__}, Python {sys.version.split()[0]}, {sys.platform}, in {_kind_of_thread()}"
    text = "\n".join([head, *_lines(error), ""])
    try:
        folder = folder or Paths.default().crash_dir
        make_private(folder)
        _Watch.written += 1
        name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{_Watch.written}.txt"
        write_private(folder / name, redact(text).encode("utf-8", "replace"))
    except (ClaudeTuiError, OSError):
        return None
    return folder / name


def _kind_of_thread() -> str:
    # Its first word: behind it may be an id.
    return f"the thread {threading.current_thread().name.split(' ')[0]!r}"


def _lines(error: BaseException) -> Iterator[str]:
    """What it was and where, and the same of what was behind it.

    An exception's own words may quote what was said; its kind and place are enough to find it.
    """
    at: BaseException | None = error
    for _ in range(_DEPTH):
        if at is None:
            return
        kind = type(at)
        yield f"{kind.__module__}.{kind.__qualname__}"
        places = list(_places(at.__traceback__))
        if len(places) > _FRAMES:
            places[_FRAMES // 2 : -_FRAMES // 2] = [f"  … {len(places) - _FRAMES} more …"]
        yield from places
        if isinstance(at, BaseExceptionGroup):
            parts = cast("BaseExceptionGroup[BaseException]", at).exceptions
            yield f"  of {', '.join(type(one).__name__ for one in parts[:_DEPTH])}"
        behind = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
        if behind is not None:
            yield "because of" if at.__cause__ is not None else "while there was"
        at = behind


def _places(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield f"  {code.co_filename}:{traceback.tb_lineno} in {code.co_qualname}"
        traceback = traceback.tb_next


def _told(error: BaseException) -> None:
    """Report it and say where the report is."""
    sentence = report(error)
    if _Watch.tell is not None:
        try:
            _Watch.tell(sentence)
            return
        except Exception:  # the app is ending
            pass
    say(sentence)


def say(sentence: str) -> None:
    """One line on stderr, where there is one."""
    try:
        sys.stderr.write(f"claude-tui: {sentence}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def _unhandled(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _told(error)


def _in_thread(args: Any) -> None:
    if isinstance(args.exc_value, Exception):
        _told(args.exc_value)


def _unraisable(args: Any) -> None:
    # While the interpreter ends nothing is loaded any more, and nobody looks.
    if isinstance(args.exc_value, Exception) and not sys.is_finalizing():
        _told(args.exc_value)


def _keep_no_core() -> None:
    """No image of our memory, with the key in it, is left on a disk."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ImportError, OSError, ValueError):
        pass
