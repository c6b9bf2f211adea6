"""What one more delta costs does not grow with the reply: measured in memory taken, which is the same every time."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import pytest

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import BlockStart, InputJsonDelta, MessageStart, StreamEvent, TextDelta, ThinkingDelta
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolUseBlock
from claude_tui.core.reply import Reply, fold, fold_all
from claude_tui.core.seam import anchor_of
from claude_tui.core.view import exchange

PIECE = "words of "
SMALL, LARGE = 2_000, 200_000
STARTS: dict[str, tuple[StreamEvent, StreamEvent]] = {
    "text": (BlockStart(0, TextBlock("")), TextDelta(0, PIECE)),
    "thinking": (BlockStart(0, ThinkingBlock("")), ThinkingDelta(0, PIECE)),
    "tool input": (BlockStart(0, ToolUseBlock("t", "x", {})), InputJsonDelta(0, PIECE)),
}
QUESTION = Node("q", None, "user", (TextBlock("Why?"),), "typed")
WAITING = Node("a", "q", "assistant", (), "model", "streaming")
BEFORE = "Salt comes from the rocks, and rain takes it to the sea. " * 4
CUT = replace(WAITING, id="c", content=(TextBlock(BEFORE),), status="interrupted")
ANCHOR, TAIL = anchor_of(BEFORE)


def taken(work: Callable[[], object]) -> int:
    """Bytes that were in use at once while this ran, above those before."""
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    held = work()
    _, peak = tracemalloc.get_traced_memory()
    del held
    return peak - before


def costs(kind: str, size: int) -> tuple[float, float]:
    """Bytes for one more delta after so many, and for a look at it with the text since the look before."""
    start, delta = STARTS[kind]
    first = fold_all([MessageStart({"id": "m"}), start, *([TextDelta(0, ANCHOR + TAIL)] if kind == "text" else [])])
    reply = fold_all([delta] * size, first)
    nodes = [CUT, replace(WAITING, join=Join("ask", ANCHOR, TAIL))] if kind == "text" else [WAITING]
    folds: list[int] = []
    looks: list[int] = []

    def look(reply: Reply) -> object:
        found = exchange(QUESTION, nodes, {"a": reply})
        flow = found.parts[0].flow
        return found, flow.since(len(flow) - 40)

    look(reply)
    tracemalloc.start()
    try:
        for _ in range(51):
            taking = reply
            folds.append(taken(lambda held=taking: fold(held, delta)))
            reply = fold(reply, delta)
            looks.append(taken(lambda held=reply: look(held)))
    finally:
        tracemalloc.stop()
    # The list that all snapshots share is enlarged now and then: the median knows nothing of it.
    return median(folds), median(looks)


@pytest.mark.parametrize("kind", STARTS)
def test_a_delta_costs_after_200_000_what_it_does_after_2_000(kind: str) -> None:
    small, large = costs(kind, SMALL), costs(kind, LARGE)
    # Beside a text of 1.8 MB any copy of it would show; larger numbers take a few bytes more.
    assert large[0] <= small[0] + 200
    assert large[1] <= small[1] + 200
    assert 0 < small[0] < 4_000 and 0 < small[1] < 20_000
