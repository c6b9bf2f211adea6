"""Loading behind the screen gives way to keys: while one is answered, nothing else is begun to be loaded.

The interpreter runs one thread at a time and changes it every 5 ms: a key that is answered in five steps, on three
threads, would wait for each of them as long as something large is loaded.
"""

from __future__ import annotations

import builtins
import gc
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

ANSWERED = 0.025
"""Seconds in which a key is answered if nothing is in its way."""
_STEP = 0.004

_until = 0.0
"""Monotonic seconds until which loading waits."""
_import = builtins.__import__
_loaders: set[int] = set()
"""The threads that load something."""
_lock = threading.Lock()


def key_came() -> None:
    """From whoever reads keys: one has to be answered now."""
    global _until
    _until = time.monotonic() + ANSWERED


def give_way() -> None:
    """Wait until the keys that came are answered; hardly longer when nobody types."""
    while (left := _until - time.monotonic()) > 0:
        time.sleep(min(left, _STEP))


@contextmanager
def loading() -> Generator[None]:
    """What this thread imports in here gives way at every import, and is not searched for garbage."""
    thread = threading.get_ident()
    collects = gc.isenabled()
    gc.disable()
    with _lock:
        _loaders.add(thread)
        # A finder on sys.meta_path would be asked while it holds a lock that every other import needs.
        builtins.__import__ = _give_way_and_import
    try:
        yield
    finally:
        with _lock:
            _loaders.discard(thread)
            if not _loaders:
                builtins.__import__ = _import
        if collects:
            gc.freeze()  # hardly anything of it is garbage, and to look for that would hold keys up
            gc.enable()


def _give_way_and_import(*given: Any, **named: Any) -> Any:
    if threading.get_ident() in _loaders:
        give_way()
    return _import(*given, **named)
