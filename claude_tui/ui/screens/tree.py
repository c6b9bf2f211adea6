"""The tree of a conversation at a glance: every branch, where one is, and the way to each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ThinkingBlock
from claude_tui.core.models import find_model
from claude_tui.core.outline import Stop
from claude_tui.core.text import clean_line
from claude_tui.ui.screens.paged import PagedScreen
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_list import LineList, Piece, row
from claude_tui.ui.words import format

_DEEPEST = 8
"""Branches off branches that are drawn apart; further ones stand in line with these."""


class TreeScreen(PagedScreen[tuple[str, str] | None]):
    """A line a question and a line an answer; it returns what is to be done, ``go`` or ``fork``, and at which node."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Go there", show=False),
        Binding("f", "fork", "Fork from there", show=False),
        Binding("left,p", "branch(-1)", "Previous branch", show=False),
        Binding("right,n", "branch(1)", "Next branch", show=False),
    ]

    def __init__(self, conversation: Conversation, stops: Sequence[Stop]) -> None:
        super().__init__()
        self._conversation = conversation
        self._stops = stops
        self._now = time.time_ns() // 1_000_000

    def compose(self) -> ComposeResult:
        """What it is of, the lines, the keys."""
        branches = 1 + sum(stop.opens for stop in self._stops)
        count = "one branch" if branches == 1 else f"{branches:,} branches"
        title = clean_line(self._conversation.title, 60) or "Untitled"
        yield Said(f"{title} · {count}", id="head", markup=False)
        yield LineList(self._paint)
        yield Said("Enter goes there · f forks · ← → branches · Esc closes", id="foot", markup=False)

    def on_mount(self) -> None:
        here = next((place for place, stop in enumerate(self._stops) if stop.here), len(self._stops) - 1)
        self.query_one(LineList).show(len(self._stops), here)

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self.action_go()

    def action_branch(self, by: int) -> None:
        """To the next place where a branch begins, or the one before; the end of the own is one of them."""
        lines = self.query_one(LineList)
        at = lines.chosen or 0
        places = [place for place, stop in enumerate(self._stops) if stop.opens or stop.here]
        found = [place for place in places if (place > at if by > 0 else place < at)]
        if found:
            lines.choose(found[0] if by > 0 else found[-1])

    def action_go(self) -> None:
        """There."""
        self._close_with("go")

    def action_fork(self) -> None:
        """Another conversation with all up to there."""
        self._close_with("fork")

    def _close_with(self, what: str) -> None:
        chosen = self.query_one(LineList).chosen
        if chosen is not None:
            stop = self._stops[chosen]
            self.dismiss((what, stop.last_id if what == "fork" else stop.first_id))

    # Looks

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        stop = self._stops[index]
        node, last = self._conversation.nodes[stop.first_id], self._conversation.nodes[stop.last_id]
        depth = min(stop.depth, _DEEPEST)
        rails = "│ " * (depth - 1) + ("├╴" if stop.opens else "│ ") if depth else ""
        left: list[Piece] = [(rails, "dim"), ("● " if stop.here else "  ", "accent")]
        left.append(("┃ " if stop.typed else "  ", "accent" if stop.on_path else "dim"))
        left.append((_words(self._conversation, stop), "plain" if stop.on_path or chosen else "dim"))
        if not stop.typed and last.status not in ("complete", "streaming"):
            left.append(("  cut", "warn"))
        right: list[Piece] = [(f"  {format.age(node.created_at, self._now):>9}", "dim")] if width >= 40 else []
        if width >= 64:
            label = "" if stop.typed or not node.model else clean_line(find_model(node.model).label, 40)
            right.insert(0, (f"  {format.fit(label, 14):<14}", "dim"))
        return row(left, right, width)


def _words(conversation: Conversation, stop: Stop) -> str:
    """The first words of a message, on one line; else what it has instead."""
    at: Node | None = conversation.nodes[stop.first_id]
    thought = False
    while at is not None:
        for block in at.content:
            if isinstance(block, TextBlock) and at.origin in ("typed", "model"):
                text = block.text[:400].split("\n\n", 1)[0] if not block.text[:1].isspace() else block.text[:400]
                if words := clean_line(text, 200).strip().lstrip("#>* "):
                    return words
            thought = thought or isinstance(block, ThinkingBlock)
        below = conversation.children(at.id)
        at = conversation.nodes[below[0]] if at.id != stop.last_id and below else None
    return "(thinking alone)" if thought else "(nothing was said)"
