"""How long it takes to find words in an open conversation: ``python -m tests.benchmarks.finding [MEGABYTES] [RUNS]``.

CPU milliseconds from what is typed, or from n, until the place is laid out and asked to be painted, against
reading the same text once with ``str.lower`` in the same run. The first look reads the whole conversation. Promised
are 100 ms (p95) in 4 MB.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from claude_tui.core.message import visible_text
from claude_tui.store import Store
from tests.support.driver import WORDS, conversation_of, keep, person

PROMISED = 100.0
PART = f"## Part\n\n{WORDS * 14}\n\n- one\n- two with `code`\n\n```python\ndef f(x):\n    return x\n```\n\n"
TYPED = ("e", "ne", "need", "needle", "fox", "the lazy dog", "needle7", "nothing like it")


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


async def measure(megabytes: float, runs: int) -> None:
    """Print a table."""
    turns = int(megabytes * 250)

    def seed(store: Store) -> None:
        keep(store, conversation_of(turns, lambda number: f"{(PART * 8)[:4050]}\n\nneedle{number}"))

    async with person(Path(os.environ["CLAUDE_TUI_HOME"]), seed=seed, last=True) as someone:
        transcript = someone.transcript
        text = "".join(visible_text(node.content) for node in someone.conversation.path())
        floors, firsts, typed, steps = [], [], [], []
        for _ in range(runs):
            floors.append(cpu(text.lower))
            firsts.append(cpu(lambda: transcript.find("n")))
            typed += [cpu(lambda words=words: transcript.find(words)) for words in TYPED]
            transcript.find("needle")
            steps += [cpu(lambda: transcript.action_hit(1)) for _ in range(20)]
            transcript.stop_finding()
        floor = sorted(floors)[len(floors) // 2]
        print(f"{len(text) / 1e6:.1f} MB in {2 * turns:,} messages, {runs} runs; read once: {floor:.1f} ms")
        for name, found in (("first look", firsts), ("a letter more", typed), ("n", steps)):
            found.sort()
            p50, p95 = found[len(found) // 2], found[int(len(found) * 0.95)]
            verdict = "kept" if p95 <= PROMISED else "BROKEN"
            print(f"{name:<14} n={len(found):<4} p50 {p50:6.1f}  p95 {p95:6.1f}  × {p95 / floor:5.1f}  {verdict}")


def main() -> None:
    """In a home of its own."""
    given = [float(word) for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLAUDE_TUI_HOME"] = folder
        asyncio.run(measure(given[0] if given else 4.0, int(given[1]) if len(given) > 1 else 10))


if __name__ == "__main__":
    main()
