"""What a reply has cost at most while it comes: see ``core/budget.py``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from .budget import Promise, nano, size_of
from .conversation import Node
from .events import BlockStart, InputJsonDelta, MessageDelta, MessageStart, StreamEvent, TextDelta, ThinkingDelta
from .message import JsonObject, OpaqueBlock, ToolResultBlock, Usage
from .models import Model
from .pricing import cost, passes, tokens_in

A_RESULT = 2
"""Bytes to a token in what a tool brought: recorded results have 3."""
HIDDEN = 200
"""Tokens a second that a model thinks at most without showing them."""


class Meter:
    """What a reply has cost so far, at most: in billionths of a dollar."""

    def __init__(self, promise: Promise, model: Model, day: date) -> None:
        self._promise = promise
        self._model = model
        self._day = day
        self._usage: Usage | None = None
        self._counted = 0
        """What the API's last count costs, without its output."""
        self._bytes = 0
        self._brought = 0
        """Tokens that tools at the API's side brought since that count, at most."""
        self._again = 0
        """Tokens that were read again with what they brought."""
        self._charges = 0
        self._room = 0
        """What passes cost in which the API made room, since that count."""

    def hear(self, event: StreamEvent) -> None:
        """Take an event of the reply."""
        match event:
            case TextDelta(text=said) | ThinkingDelta(thinking=said) | InputJsonDelta(partial_json=said):
                self._bytes += len(said) if said.isascii() else len(said.encode("utf-8", "surrogatepass"))
            case BlockStart(block=ToolResultBlock() as block) if block.type != "tool_result":
                self._brought += size_of(block.content) // A_RESULT
                read = self._usage.context_tokens if self._usage is not None else self._promise.read
                self._again += read + self._brought + self._written
                self._charges += self._promise.charge
            case BlockStart(block=OpaqueBlock(type="compaction")):
                self._room += self._promise.making_room
            case MessageStart(message):
                usage: Any = message.get("usage")
                self._count(cast("JsonObject", usage) if isinstance(usage, Mapping) else {})
            case MessageDelta(usage=counts):
                self._count(counts)
            case _:
                pass

    def _count(self, counts: JsonObject) -> None:
        """The API says what was read: it says so of all that came before."""
        before = self._usage or Usage()
        usage = before.updated(counts)
        if usage.context_tokens > before.context_tokens:
            self._again = self._charges = 0
        if any(each.get("type") == "compaction" for each in passes(counts)):
            self._room = 0
        self._usage = usage
        read = usage.updated({"output_tokens": 0})
        days = self._day, self._day + timedelta(days=1)  # midnight may pass
        known = [cost(read, self._model, on, life=self._promise.life) for on in days]
        self._counted = max(nano(each.dollars or Decimal(0)) for each in known)
        if any(each.exactness != "exact" for each in known):
            self._counted = usage.context_tokens * self._promise.given

    @property
    def _written(self) -> int:
        """Tokens written, by what was counted and by what came."""
        counted = self._usage.output_tokens if self._usage is not None else 0
        return max(counted, tokens_in(self._bytes, self._model.id))

    def nano(self, hidden: float = 0.0) -> int:
        """What it has cost so far, at most; after ``hidden`` seconds of thinking that was not shown whole."""
        if self._usage is None:
            return self._promise.reading
        unseen = min(int(hidden * HIDDEN), self._promise.asked)
        written = max(self._written, unseen) * self._promise.written
        return self._counted + self._again * self._promise.given + self._charges + self._room + written


def metered(node: Node, promise: Promise, model: Model, day: date) -> int:
    """What a reply cost at most that was cut when its window died, from what it left."""
    meter = Meter(promise, model, day)
    meter.hear(MessageStart({"usage": node.usage.counts}))
    for index, block in enumerate(node.content):
        meter.hear(BlockStart(index, block))
    length = node.facts.get("characters", 0)
    meter.hear(TextDelta(0, "x" * (length if isinstance(length, int) else 0)))
    return meter.nano()
