"""B1, B3: from the start of the process to the first frame of an empty session."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.first_frame import FIRST_FRAME, HELLO, MEMORY, OURS, start

from .table import Ask, Figure, middle


def measure(ask: Ask) -> Iterator[Figure]:
    """Starts of hello-world Textual and of the app, in turns."""
    times = ask.times(15)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for code in (HELLO, OURS):  # compiled, and in the cache of the disk
            start(code, folder)
        pairs = [(start(HELLO, folder), start(OURS, folder)) for _ in range(times)]
    hello, ours = zip(*pairs, strict=True)
    if "B1" in ask.budgets:
        cpu = [middle([frame.cpu * 1000 for frame in frames]) for frames in (ours, hello)]
        yield Figure("B1", "CPU to the first frame, empty session", cpu[0], "ms", FIRST_FRAME, times, cpu[1])
    if "B3" in ask.budgets:
        memory = [middle([frame.memory for frame in frames]) for frames in (ours, hello)]
        yield Figure("B3", "memory at the first frame, empty session", memory[0], "MB", MEMORY, times, memory[1])
