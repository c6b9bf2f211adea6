"""The calculator, made slow, with a note of every run: a kill can fall before it, into it and after it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from claude_tui.tools.calculate import Calculate


def make_slow(notes: Path, seconds: float) -> None:
    """From now on in this process."""
    quick = Calculate.run

    def run(self: Calculate, input: Mapping[str, object], cancel: Callable[[], bool]) -> str:
        notes_file = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(notes_file, f"{input['expression']}\n".encode())
        os.close(notes_file)
        time.sleep(seconds)
        return quick(self, input, cancel)

    Calculate.run = run  # type: ignore[method-assign]
