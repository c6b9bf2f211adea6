"""REPLY, BURST: what a whole reply costs, at a pace and at once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from .paced import TOKEN
from .table import Ask, Figure, middle
from .watching import Watching, watching

TOKENS = 4_000
BURSTS = (4_000, 16_000, 64_000)


def measure(ask: Ask) -> Iterator[Figure]:
    """Whole replies, from the question to the rest after their end."""
    if "REPLY" in ask.budgets:
        found = [_reply(TOKENS, 100) for _ in range(ask.times(3))]
        yield Figure("REPLY", "CPU of 4,000 tokens at 100 a second, above idle", middle(found), "s", 3.5, len(found))
    if "BURST" in ask.budgets:
        runs = [[_reply(size, 0) * 1000 / size for size in BURSTS] for _ in range(ask.times(3))]
        each = [middle([run[at] for run in runs]) for at in range(len(BURSTS))]
        for size, value in zip(BURSTS, each, strict=True):
            yield Figure("BURST", f"CPU of 1,000 of {size:,} tokens at once", value, "s", 0.1, len(runs))
        what = f"the same of {BURSTS[-1]:,} tokens by that of {BURSTS[0]:,}"
        yield Figure("BURST", what, each[-1], "s", 1.15, len(runs), each[0])


def _reply(tokens: int, rate: float) -> float:
    """Seconds of CPU."""
    with watching() as app:
        idle = _idle(app)
        cpu, began = app.terminal.cpu, time.monotonic()
        app.ask()
        app.server.say("mixed", tokens * TOKEN, rate)
        app.server.end()
        app.terminal.resting(0.05)
        return app.terminal.cpu - cpu - idle * (time.monotonic() - began)


def _idle(app: Watching) -> float:
    """Seconds of CPU a second, with a cursor that blinks."""
    app.terminal.press("x", "backspace")
    time.sleep(0.3)
    cpu, began = app.terminal.cpu, time.monotonic()
    time.sleep(2.0)
    return (app.terminal.cpu - cpu) / (time.monotonic() - began)
