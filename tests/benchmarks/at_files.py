"""How soon `@` and a letter have an answer in a folder of 200,000 files, while it is walked and after.

`python -m tests.benchmarks.at_files [FILES]`: each figure beside what the walk of the bare folder takes.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from claude_tui.attachments.folders import Folders
from claude_tui.attachments.tree import Tree
from claude_tui.ui.chat.naming_files import SOON

QUERIES = ("m", "ma", "mai", "main", "x", "zq", "srcmain9", "qqqq", "7", "e", "yx", "mxp")
RUNS = 5


def make(root: Path, files: int) -> None:
    """A tree such as sources are: folders of a hundred files, three deep, with rules of git's."""
    (root / ".gitignore").write_text("*.log\n*.tmp\n!keep.log\nbuild/\n/dist\n**/cache/\n")
    for number in range(files // 100):
        folder = root / f"part{number % 20}" / f"module{number % 400}" / f"src{number}"
        folder.mkdir(parents=True)
        for each in range(100):
            os.close(
                os.open(folder / f"{('main', 'index', 'test', 'readme')[each % 4]}_{number}_{each}.py", os.O_CREAT)
            )


def beats(stop: threading.Event, gaps: list[float]) -> None:
    """What a thread that wants to run every millisecond is kept waiting."""
    before = time.perf_counter()
    while not stop.is_set():
        time.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - before - 0.001)
        before = now


def main() -> None:
    """Print the figures."""
    files = int(sys.argv[1]) if sys.argv[1:] else 200_000
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make(root, files)
        floor, cold, walks, gaps = [], [], [], []
        for _ in range(RUNS):
            began = time.perf_counter()
            count = sum(len(names) for _, _, names in os.walk(root))
            floor.append(time.perf_counter() - began)
            stop = threading.Event()
            watching = threading.Thread(target=beats, args=(stop, gaps))
            watching.start()
            tree = Tree(root)
            began = time.perf_counter()
            tree.start()
            found: list[str] = []
            while not found:
                found = tree.find("m")
                if not found:
                    time.sleep(0.001)
            cold.append(time.perf_counter() - began)
            assert tree.wait(120)
            walks.append(time.perf_counter() - began)
            stop.set()
            watching.join()
        warm, first = {}, list[float]()
        gaps_warm: list[float] = []
        stop = threading.Event()
        watching = threading.Thread(target=beats, args=(stop, gaps_warm))
        watching.start()
        for query in QUERIES:
            times = []
            for _ in range(RUNS):
                began = time.perf_counter()
                tree.find(query, within=SOON)
                first.append(time.perf_counter() - began)
                began = time.perf_counter()
                tree.find(query)
                times.append(time.perf_counter() - began)
            warm[query] = statistics.median(times), max(times)
        stop.set()
        watching.join()
    middle = statistics.median
    print(f"{count:,} files, {tree.count:,} found; bare walk {middle(floor):.2f} s, ours {middle(walks):.2f} s "
          f"({middle(walks) / middle(floor):.1f} times)")  # fmt: skip
    print(
        f"first letter, nothing walked yet: median {1000 * middle(cold):.1f} ms, "
        f"worst {1000 * max(cold):.1f} ms (at most 100)"
    )
    first.sort()
    print(f"the first answer of a walked folder, whatever is typed: p95 {1000 * first[int(len(first) * 0.95)]:.1f} ms, "
          f"worst {1000 * first[-1]:.1f} ms (at most 100)")  # fmt: skip
    for query, (usual, worst) in warm.items():
        print(f"{query!r:12} of a walked folder: median {1000 * usual:.1f} ms, worst {1000 * worst:.1f} ms")
    for what, seen in (("walking", gaps), ("looking", gaps_warm)):
        seen.sort()
        print(
            f"another thread waits while {what}: p99 {1000 * seen[int(len(seen) * 0.99)]:.1f} ms, "
            f"worst {1000 * seen[-1]:.1f} ms"
        )
    one_folder(files)


def one_folder(files: int) -> None:
    """The same of one folder with as many entries, as a path is completed in it."""
    with tempfile.TemporaryDirectory() as name:
        for number in range(files):
            os.close(os.open(f"{name}/{('main', 'index', 'test', 'readme')[number % 4]}_{number}.py", os.O_CREAT))
        first: list[float] = []
        gaps: list[float] = []
        stop = threading.Event()
        watching = threading.Thread(target=beats, args=(stop, gaps))
        watching.start()
        for _ in range(RUNS):
            began = time.perf_counter()
            listing = Folders().of(f"{name}/m", Path("/"))
            assert listing is not None
            while not listing.find("m", 50):
                time.sleep(0.001)
            first.append(time.perf_counter() - began)
            assert listing.wait(120)
        whole: list[float] = []
        for query in QUERIES:
            began = time.perf_counter()
            listing.find(query, 50)
            whole.append(time.perf_counter() - began)
        stop.set()
        watching.join()
    gaps.sort()
    print(
        f"one folder of {files:,}: first answer at worst {1000 * max(first):.1f} ms, of all of it at worst "
        f"{1000 * max(whole):.1f} ms; another thread waits p99 {1000 * gaps[int(len(gaps) * 0.99)]:.1f} ms, "
        f"worst {1000 * gaps[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main()
