"""B11, B12, ECHO, LAST: how soon what is typed, and what came, is seen."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

from .paced import MARK
from .table import Ask, Figure, middle, percentile
from .watched import Watched
from .watching import watching

LETTERS = [chr(code) for first, last in ((0x410, 0x44F), (0x531, 0x556), (0x13A0, 0x13F4), (0x10D0, 0x10F0))
           for code in range(first, last + 1)]  # fmt: skip
"""One cell wide, and in no text that is measured with."""
KEYS = 200


def measure(ask: Ask) -> Iterator[Figure]:
    """Each a median of runs, each run of 200 keys."""
    runs = ask.times(5)
    if ask.budgets & {"B11", "ECHO"}:
        yield from _echoes(ask, runs)
    if "B12" in ask.budgets:
        starts = ask.times(20)
        worst = max(max(while_starting()) for _ in range(starts))
        yield Figure("B12", "a key while the SDK is imported, the worst of all starts", worst, "ms", 100, starts)
    if "LAST" in ask.budgets:
        for rate in (100, 1_000):
            found = [last_deltas(rate) for _ in range(runs)]
            what = f"the last of {rate:,} tokens/s is seen after, at most"
            yield Figure("LAST", what, middle([max(run) for run in found]), "ms", 50, sum(map(len, found)))


def _echoes(ask: Ask, runs: int) -> Iterator[Figure]:
    found: dict[int, list[list[float]]] = {rate: [] for rate in (0, 100, 1_000)}
    for _ in range(runs):
        for rate, echoes in found.items():
            echoes.append(while_streaming(rate))
    p50 = {rate: middle([percentile(run, 0.5) for run in echoes]) for rate, echoes in found.items()}
    p99 = {rate: middle([percentile(run, 0.99) for run in echoes]) for rate, echoes in found.items()}
    count = runs * KEYS
    if "B11" in ask.budgets:
        yield Figure("B11", "a key at 1,000 tokens/s, p50, by that of an idle app", p50[1_000], "ms", 3, count, p50[0])
        yield Figure("B11", "a key at 1,000 tokens/s, p99", p99[1_000], "ms", 60, count)
    if "ECHO" in ask.budgets:
        yield Figure("ECHO", "a key at 100 tokens/s, p50", p50[100], "ms", 10, count)
        yield Figure("ECHO", "a key at 100 tokens/s, p99", p99[100], "ms", 30, count)
        yield Figure("ECHO", "a key at 1,000 tokens/s, p50", p50[1_000], "ms", 10, count)
        yield Figure("ECHO", "a key at 1,000 tokens/s, p99", p99[1_000], "ms", 50, count)


def while_streaming(rate: int) -> list[float]:
    """Milliseconds until each of many keys is seen, while so many tokens a second come."""
    with watching() as app:
        if not rate:
            return type_keys(app.terminal, KEYS)
        app.ask()
        app.to("mixed", 10_000, rate)
        ended = threading.Event()

        def stream() -> None:
            while not ended.is_set():
                app.server.say("mixed", rate * 2, rate)

        thread = threading.Thread(target=stream)
        thread.start()
        try:
            return type_keys(app.terminal, KEYS)
        finally:
            ended.set()
            thread.join()


def type_keys(terminal: Watched, count: int) -> list[float]:
    """Type letters at the pace of a fast typist, and look for each of them afterwards."""
    chance = random.Random(1)
    typed: list[tuple[str, int, float]] = []
    for number in range(count):
        if number % 60 == 0:
            terminal.press("ctrl+u")
            time.sleep(0.1)
        letter = LETTERS[number % len(LETTERS)]
        typed.append((letter, len(terminal.raw), time.monotonic()))
        terminal.send(letter)
        time.sleep(chance.uniform(0.035, 0.065))
    time.sleep(0.5)
    seen = [(terminal.seen(letter, place), pressed) for letter, place, pressed in typed]
    assert all(at is not None for at, _ in seen), "a key was never seen"
    return [(at - pressed) * 1000 for at, pressed in seen if at is not None]


def while_starting() -> list[float]:
    """Keys from the first frame on, as long as anything is still loaded."""
    with watching(rest=False) as app:
        return type_keys(app.terminal, 60)


def last_deltas(rate: int) -> list[float]:
    """Milliseconds from the last delta of a reply to its sight, reply after reply of one conversation."""
    found: list[float] = []
    with watching() as app:
        for _ in range(10):
            app.ask()
            place = len(app.terminal.raw)
            sent = app.server.say("mixed", 1_200 if rate > 500 else 400, rate, marks=True)
            app.server.end()
            app.terminal.resting()
            seen = app.terminal.seen(MARK, place)
            assert seen is not None, "the last delta was never seen"
            found.append((seen - sent[-1]) * 1000)
    return found
