"""What is known of a conversation and stays while a reply comes: worked out once for each change of its tree.

A frame costs what changed in it, however long the conversation is.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ...core.conversation import Conversation, Node
from ...core.pricing import NOTHING, Cost
from ...core.reply import Reply
from ...core.view import Exchange, exchange, exchanges
from ..widgets.reading import Facts
from ..words import about

if TYPE_CHECKING:
    # The end of a conversation is shown before any of this is loaded.
    from ...turn import Turn


@dataclass(frozen=True, slots=True)
class Standing:
    """One state of a conversation's tree."""

    conversation: Conversation | None = None
    path: tuple[Node, ...] = ()
    start: int = 0
    """Where the last exchange begins on the path."""
    settled: tuple[Exchange, ...] = ()
    """The exchanges before it: the same objects as long as they are the same."""
    timings: Mapping[str, int] = field(default_factory=dict[str, int])
    seam_notes: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    variants: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Which answer is shown, and how many there are, by the id of a question that has several."""
    askings: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Which question is shown, and how many stand in its place, by the id of one of several."""
    origins: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where a fork began, in words, by the id of the last message that was copied."""
    last_reply: Node | None = None
    """The last one whose tokens were counted."""
    answer: Cost | None = None
    """What the answer it belongs to cost, all requests together."""
    coming: Cost | None = None
    """The same of the last question's, if any of it was counted."""
    spent: Cost = NOTHING

    def of(self, conversation: Conversation | None) -> Standing:
        """Where that conversation stands; this one if nothing changed."""
        if conversation is self.conversation:
            return self
        if conversation is None:
            return Standing()
        path = conversation.path()
        start = next((at for at in range(len(path) - 1, -1, -1) if path[at].origin == "typed"), 0)
        last = next((node for node in reversed(path) if node.role == "assistant" and node.usage.counts), None)
        kept = self.start == start and all(a.id == b.id for a, b in zip(self.path[:start], path, strict=False))
        return Standing(
            conversation,
            path,
            start,
            self.settled if kept else exchanges(path[:start]),
            about.timings(path),
            about.seam_notes(path),
            about.variants(conversation, path),
            about.askings(conversation, path),
            about.origins(path),
            last,
            about.cost_together(about.requests_of(path, last)) if last is not None else None,
            about.cost_together([node for node in path[start:] if node.role == "assistant"]),
            about.spent(conversation),
        )

    def exchanges(self, live: Mapping[str, Reply]) -> tuple[Exchange, ...]:
        """The path as exchanges, with what has come of the reply that is being written."""
        if not self.path:
            return self.settled
        first = self.path[self.start]
        if first.origin == "typed":
            return (*self.settled, exchange(first, self.path[self.start + 1 :], live))
        return (*self.settled, exchange(None, self.path[self.start :], live))

    def facts(self, turn: Turn | None = None, waiting: str = "") -> Facts:
        """What a transcript shows beside the exchanges, with what the reply under way is ``waiting`` for."""
        return Facts(self.seam_notes, waiting, self.timings_with(turn), self.variants, self.askings, self.origins)

    def timings_with(self, turn: Turn | None) -> Mapping[str, int]:
        """How long each block took, in milliseconds by part key, those of the reply under way so far."""
        if turn is None:
            return self.timings
        coming = {f"{node_id}:{index}": ms for node_id in turn.live for index, ms in turn.timings.items()}
        return ChainMap(coming, cast("dict[str, int]", self.timings))  # it is only read
