"""Our own crash report: where it happened and what kind it was, without locals, words of a chat, or the key."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from . import __version__
from .files import write_private
from .paths import make_private
from .secrets import Key, redact


def report(error: BaseException, folder: Path, key: Key | None) -> str:
    """Write a report; one sentence that says where it is. Never raises."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    # An exception's own words may quote what was said; its kind and place are enough to find it.
    text = "\n".join(
        [
            f"claude-tui {__version__}, Python {sys.version.split()[0]}, {sys.platform}",
            f"{type(error).__module__}.{type(error).__name__}",
            *where,
            "",
        ]
    )
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    try:
        make_private(folder)
        write_private(folder / name, redact(text, *([key] if key else [])).encode("utf-8", "replace"))
    except Exception:
        return f"Something went wrong here ({type(error).__name__}). Your words are saved."
    return f"Something went wrong here ({type(error).__name__}). Your words are saved; a report is in {folder / name}"
