"""How long a frame waits for the disk: ``python -m tests.benchmarks.journal_commit [--busy] [--folder DIR]``.

A reply is streamed at 60 commits a second, as the app does it: a worker thread encodes the events,
hands them over, and goes on when they are committed. ``--busy`` lets another thread keep the
interpreter busy meanwhile, as a screen that is being drawn does.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import BlockStart, MessageStart, StreamEvent, TextDelta
from claude_tui.core.message import TextBlock
from claude_tui.store import Store

FRAME = "Nine words of a reply that is being written. " * 4


def measure(folder: Path, size: int, frames: int, rate: float) -> tuple[list[float], float]:
    """Milliseconds of each commit, sorted, and the share of a core; the reply holds ``size`` characters before."""
    store = Store.open(folder / f"{size}.db")
    store.create(Conversation("c", title="A benchmark")).result(5)
    journal = store.begin("c", [], Node("r", None, "assistant", (), "model", status="streaming"))
    journal.commit([MessageStart({"id": "m"}), BlockStart(0, TextBlock(""))])
    written = 0
    while written < size:
        step: list[StreamEvent] = [TextDelta(0, FRAME * 20)]
        journal.commit(step)
        written += len(FRAME) * 20
    times: list[float] = []
    used = time.process_time()
    began = due = time.perf_counter()
    for _ in range(frames):
        due += 1 / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        start = time.perf_counter()
        saved = journal.commit([TextDelta(0, FRAME)])
        times.append((time.perf_counter() - start) * 1000)
        assert saved, store.trouble
    share = (time.process_time() - used) / (time.perf_counter() - began)
    start = time.perf_counter()
    content = (TextBlock(FRAME * (frames + written // len(FRAME))),)
    store.finish("c", Node("r", None, "assistant", content, "model")).result(10)
    print(f"{'':12}finish {1000 * (time.perf_counter() - start):.1f} ms", end="")
    start = time.perf_counter()
    store.close()
    print(f", close {1000 * (time.perf_counter() - start):.1f} ms")
    return sorted(times), share


def keep_busy(stop: threading.Event) -> None:
    """Python work without a pause."""
    while not stop.is_set():
        sum(range(1000))


def main() -> None:
    """Print one line a size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--busy", action="store_true", help="another thread works all the time")
    arguments.add_argument("--folder", type=Path, help="where to write; a temporary folder otherwise")
    arguments.add_argument("--frames", type=int, default=300)
    arguments.add_argument("--rate", type=float, default=60.0)
    chosen = arguments.parse_args()
    stop = threading.Event()
    if chosen.busy:
        threading.Thread(target=keep_busy, args=(stop,), daemon=True).start()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for size in (10_000, 100_000, 1_000_000):
            times, share = measure(Path(folder), size, chosen.frames, chosen.rate)
            p50, p99, worst = times[len(times) // 2], times[int(len(times) * 0.99)], times[-1]
            print(
                f"{size / 1000:8,.0f} kB  commit p50 {p50:.3f} ms, p99 {p99:.3f} ms, max {worst:.3f} ms, "
                f"{share:.1%} of a core"
            )
    stop.set()


if __name__ == "__main__":
    main()
