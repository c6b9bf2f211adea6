"""Sums of a long ledger: by day, model, conversation and purpose, of 200,000 entries, against reading them once.

``python -m tests.benchmarks.ledger [ENTRIES]``. The floor is SQLite's own: every entry's amount read and added up,
one ``SELECT sum(cost_pico)`` of the same file in the same run. ``claude-tui usage`` and ``/cost`` take five sums.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from claude_tui import accounts
from claude_tui.store import Spend, Store, ledger

ENTRIES = 200_000
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-8")
DAYS, CONVERSATIONS = 700, 4_000
ROUNDS = 5


def fill(path: Path, entries: int) -> None:
    """A ledger of two years."""
    Store.open(path).close()
    chance = random.Random(1)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    for number in range(entries):
        usage = {"input_tokens": 900, "cache_read_input_tokens": 12_000, "output_tokens": 400}
        at = 1_735_700_000_000 + number * DAYS * 86_400_000 // entries
        of = f"c{chance.randrange(CONVERSATIONS)}"
        ledger.spend(connection, Spend(at, of, f"n{number}", chance.choice(MODELS), usage, "0.014", "exact"))
    connection.execute("COMMIT")
    connection.close()


def best(work: Callable[[], object]) -> float:
    """Seconds of CPU, the least of several rounds."""
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.db"
        fill(path, entries)
        raw = sqlite3.connect(path)
        floor = best(lambda: raw.execute("SELECT sum(cost_pico) FROM ledger").fetchone())
        store = Store.open(path)
        whole = 0.0
        for by in ("all", *accounts.BY):
            took = best(lambda by=by: store.sums(by).result())
            whole += took
            print(f"{by:14} {took * 1000:7.0f} ms   {took / floor:5.1f} × floor")
        parts = {by: accounts.labelled(by, store.sums(by).result()) for by in accounts.BY}
        drawn = best(lambda: list(accounts.report(accounts.joined(parts["day"]), parts, 100)))
        print(f"{'drawn':14} {drawn * 1000:7.0f} ms   {drawn / floor:5.1f} × floor")
        print(f"{entries:,} entries: {(whole + drawn) * 1000:.0f} ms of CPU in all; the floor is {floor * 1000:.0f} ms")
        store.close()
        raw.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
