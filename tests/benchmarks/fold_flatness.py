"""What a delta costs to fold, by the length of the reply: ``python -m tests.benchmarks.fold_flatness``.

A reply of 200,000 deltas must cost, a delta, at most 1.5 times what one of 2,000 does; and so must looking at
it, more often than the screen does, and taking a snapshot's newest text. Each figure is CPU time, the
best of several passes, the sizes in turn and each for as many deltas, so that whatever else the machine does
tells on all of them alike.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import BlockStart, InputJsonDelta, MessageStart, StreamEvent, TextDelta, ThinkingDelta
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolUseBlock
from claude_tui.core.reply import Reply, fold, fold_all
from claude_tui.core.seam import anchor_of
from claude_tui.core.view import exchange

SIZES = (2_000, 20_000, 200_000)
ALLOWED = 1.5
PASSES = 5
PIECE = "words of "

STARTS: dict[str, tuple[StreamEvent, StreamEvent]] = {
    "text": (BlockStart(0, TextBlock("")), TextDelta(0, PIECE)),
    "thinking": (BlockStart(0, ThinkingBlock("")), ThinkingDelta(0, PIECE)),
    "tool input": (BlockStart(0, ToolUseBlock("t", "x", {})), InputJsonDelta(0, PIECE)),
}


def grown(kind: str, size: int) -> Reply:
    """A reply of so many deltas."""
    start, delta = STARTS[kind]
    return fold_all([delta] * size, fold_all([MessageStart({"id": "m"}), start]))


def folding(kind: str, size: int) -> float:
    """Microseconds a delta of folding whole replies, one after the other."""
    start, delta = STARTS[kind]
    first = fold_all([MessageStart({"id": "m"}), start])
    begun = time.process_time()
    for _ in range(SIZES[-1] // size):
        reply = first
        for _ in range(size):
            reply = fold(reply, delta)
    return (time.process_time() - begun) / SIZES[-1] * 1e6


QUESTION = Node("q", None, "user", (TextBlock("Why?"),), "typed")
WAITING = Node("a", "q", "assistant", (), "model", "streaming")
BEFORE = "Salt comes from the rocks, and rain takes it to the sea. " * 4


def looking(kind: str, size: int) -> Callable[[], float]:
    """Microseconds of one frame: the view of the newest snapshot, and the text since the last one."""
    reply = grown(kind, size)
    seen = size * len(PIECE) - 40

    def once() -> float:
        begun = time.process_time()
        for _ in range(200):
            parts = exchange(QUESTION, [WAITING], {"a": reply}).parts
            assert len(parts[0].flow.since(seen)) == 40
        return (time.process_time() - begun) / 200 * 1e6

    return once


def continuing(size: int) -> Callable[[], float]:
    """The same where the reply goes on from one that was cut."""
    anchor, tail = anchor_of(BEFORE)
    cut = replace(WAITING, id="c", content=(TextBlock(BEFORE),), status="interrupted")
    rest = replace(WAITING, join=Join("ask", anchor, tail))
    first = fold(fold_all([MessageStart({"id": "m"}), STARTS["text"][0]]), TextDelta(0, anchor + tail))
    reply = fold_all([TextDelta(0, PIECE)] * size, first)
    seen = len(BEFORE) + size * len(PIECE) - 40

    def once() -> float:
        begun = time.process_time()
        for _ in range(200):
            parts = exchange(QUESTION, [cut, rest], {"a": reply}).parts
            assert len(parts[0].flow.since(seen)) == 40
        return (time.process_time() - begun) / 200 * 1e6

    return once


def main() -> int:
    """Measure, print, and say whether it is flat."""
    rows: dict[str, list[Callable[[], float]]] = {
        **{f"fold {kind}": [lambda k=kind, s=size: folding(k, s) for size in SIZES] for kind in STARTS},
        "look at text": [looking("text", size) for size in SIZES],
        "look at a continuation": [continuing(size) for size in SIZES],
    }
    print(f"{'µs a delta, or a frame':<24}" + "".join(f"{size:>10,}" for size in SIZES) + f"{'ratio':>8}")
    flat = True
    for name, cases in rows.items():
        best = [float("inf")] * len(cases)
        for _ in range(PASSES):
            for place, case in enumerate(cases):
                gc.collect()
                best[place] = min(best[place], case())
        ratio = best[-1] / best[0]
        flat = flat and ratio <= ALLOWED
        print(f"{name:<24}" + "".join(f"{micro:>10.2f}" for micro in best) + f"{ratio:>8.2f}")
    print(f"allowed: {ALLOWED}" + ("" if flat else " -- NOT FLAT"))
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
