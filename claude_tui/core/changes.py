"""What another choice takes from a conversation that has begun: its cache, and thinking that is bound to what it was.

The cache holds a prefix of tools, system prompt and messages, of one model: another model, prompt or tool list is
written anew from its beginning, another effort or way of thinking from the first message (platform docs: prompt
caching, 2026-08-22). Thinking goes back only to the model, and below the prompt and tools, it was thought with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .conversation import Node
from .message import TextBlock
from .models import Model
from .pricing import price_on
from .repair import THINKING
from .request import Request, Settings, build

CACHE_SECONDS = 300
"""How long what was sent stays in the cache that we ask for, from its last use on."""
_CACHED = ("model", "tools", "system", "thinking", "output_config")
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Change:
    """What the next question does otherwise than it would have."""

    tokens: int = 0
    """About so many are written to the cache anew; 0 when it stays, or is cold anyway."""
    anew: Decimal | None = None
    """Dollars to write them; None when no price is known."""
    kept: Decimal | None = None
    """Dollars to read them, had nothing changed."""
    thinking: int = 0
    """So many stretches of thinking are not sent any more."""

    def __bool__(self) -> bool:
        return bool(self.tokens or self.thinking)


NO_CHANGE = Change()


def change(path: Sequence[Node], before: Settings, after: Settings, day: date, *, now: int = 0) -> Change:
    """What it takes to go on with other settings; ``now`` in milliseconds since 1970 tells whether the cache is warm.

    Costs what building two requests does: it is for a choice, not for a frame.
    """
    if not path or before == after:
        return NO_CHANGE
    asked = Node("", None, "user", (TextBlock("?"),), "typed")
    ours, theirs = (build([*path, asked], settings) for settings in (before, after))
    lost = max(0, _stretches(ours) - _stretches(theirs))
    moved = any(ours.params.get(key) != theirs.params.get(key) for key in _CACHED)
    tokens = cached_tokens(path, now) if moved else 0
    return priced(tokens, before.model, after.model, day, lost)


def priced(tokens: int, before: Model, after: Model, day: date, thinking: int = 0) -> Change:
    """So many tokens written anew for one model instead of read from the cache of another."""
    writing, reading = price_on(after, day, tokens), price_on(before, day, tokens)
    anew = writing.write_5m if writing is not None else None
    kept = reading.read if reading is not None else None
    return Change(tokens, _dollars(tokens, anew), _dollars(tokens, kept), thinking)


def cached_tokens(path: Sequence[Node], now: int) -> int:
    """About how much of the conversation the cache still holds."""
    last = next((node for node in reversed(path) if node.role == "assistant" and node.usage.counts), None)
    if last is None:
        return 0
    took: Any = last.facts.get("elapsed_ms")
    ended = last.created_at + (took if isinstance(took, int) else 0)
    usage = last.usage
    held = usage.cache_read_input_tokens + usage.cache_creation_input_tokens
    return held if 0 <= now - ended < CACHE_SECONDS * 1_000 else 0


def _stretches(request: Request) -> int:
    messages: Sequence[Any] = request.params["messages"]
    return sum(block["type"] in THINKING for message in messages for block in message["content"])


def _dollars(tokens: int, price: Decimal | None) -> Decimal | None:
    return None if price is None else tokens * price / _MILLION
