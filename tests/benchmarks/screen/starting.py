"""B1 to B3: from the start of the process to the first frame, of an empty session and of a long conversation."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.first_frame import FIRST_FRAME, HELLO, MEMORY, OURS, start
from tests.support.long_talk import END, keep_long_talk

from .table import Ask, Figure, middle

OPENED = 2.0


def measure(ask: Ask) -> Iterator[Figure]:
    """Starts of hello-world Textual, of the app, and of the app with 2,000 messages of 4 MB, in turns."""
    times = ask.times(15)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long = keep_long_talk(folder / "home") if "B2" in ask.budgets else ""
        ways = {"hello": lambda: start(HELLO, folder), "empty": lambda: start(OURS, folder)}
        if long:
            ways["long"] = lambda: start(OURS, folder, "--resume", long, mark=END)
        for begin in ways.values():  # compiled, and in the cache of the disk
            begin()
        starts = [{way: begin() for way, begin in ways.items()} for _ in range(times)]
    cpu = {way: middle([each[way].cpu * 1000 for each in starts]) for way in ways}
    memory = {way: middle([each[way].memory for each in starts]) for way in ways}
    if "B1" in ask.budgets:
        what = "CPU to the first frame, empty session, by hello-world"
        yield Figure("B1", what, cpu["empty"], "ms", FIRST_FRAME, times, cpu["hello"])
        sdk = sum(each["empty"].sdk for each in starts)
        yield Figure("B1", "starts that had the SDK at the first frame", sdk, "", 0, times)
    if "B2" in ask.budgets:
        what = "CPU to the end of 2,000 messages of 4 MB, by hello-world"
        yield Figure("B2", what, cpu["long"], "ms", OPENED, times, cpu["hello"])
    if "B3" in ask.budgets:
        what = "memory at the first frame, empty session, by hello-world"
        yield Figure("B3", what, memory["empty"], "MB", MEMORY, times, memory["hello"])
