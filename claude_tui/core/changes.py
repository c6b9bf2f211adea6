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

from .caching import cached, changes, kept
from .conversation import Conversation, Node
from .message import TextBlock
from .models import Model
from .pricing import Life, life_of, price_on
from .repair import THINKING
from .request import Request, Settings, build

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


def change(conversation: Conversation | None, before: Settings, after: Settings, day: date, now: int) -> Change:
    """What it takes to go on with other settings; ``now`` in milliseconds since 1970 tells whether the cache is warm.

    Costs what building two requests does: it is for a choice, on a thread, not for a frame.
    """
    path = conversation.path() if conversation is not None else ()
    if not path or before == after:
        return NO_CHANGE
    asked = Node("", None, "user", (TextBlock("?"),), "typed")
    ours, theirs = (build([*path, asked], settings) for settings in (before, after))
    lost = max(0, _stretches(ours) - _stretches(theirs))
    tokens = held(conversation, now) if changes(ours.params, theirs.params) else 0
    return priced(tokens, before.model, after.model, day, life_of(theirs.params), lost)


def priced(tokens: int, before: Model, after: Model, day: date, life: Life, thinking: int = 0) -> Change:
    """So many tokens written anew for one model, to live so long, instead of read from the cache of another."""
    writing, reading = price_on(after, day, tokens), price_on(before, day, tokens)
    anew = (writing.write_1h if life == "1h" else writing.write_5m) if writing is not None else None
    read = reading.read if reading is not None else None
    return Change(tokens, _dollars(tokens, anew), _dollars(tokens, read), thinking)


def held(conversation: Conversation | None, now: int) -> int:
    """About how many tokens of the conversation the cache still holds, as it was last asked."""
    path = conversation.path() if conversation is not None else ()
    last = next((node for node in reversed(path) if cached(node)), None)
    found = kept(conversation, path, last.facts["request"]) if last is not None else None
    return found.tokens if found is not None and not found.lost(now) else 0


def _stretches(request: Request) -> int:
    messages: Sequence[Any] = request.params["messages"]
    return sum(block["type"] in THINKING for message in messages for block in message["content"])


def _dollars(tokens: int, price: Decimal | None) -> Decimal | None:
    return None if price is None else tokens * price / _MILLION
