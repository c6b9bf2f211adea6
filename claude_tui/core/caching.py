"""What the API's prompt cache still has of a conversation, what that saves the next request, and why it had nothing.

A request is cached up to its end, for five minutes or an hour as it asked, from its last use on. What was cached is
known from the usage that came back; whether it still fits, from what was sent then and would be sent now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Literal, TypeAlias, cast

from .conversation import Conversation, Node
from .message import EMPTY, JsonObject, Usage
from .models import Model
from .pricing import Cost, Life, cost, life_of
from .room import is_compacted

Why: TypeAlias = Literal[
    "model", "tools", "system", "thinking", "effort", "edited", "messages", "repaired", "time", "unknown"
]
"""What made a cached prefix useless: another value of a setting, another first message, another message before,
thinking taken out of the history, time; or nothing that can be told."""

LIVES: dict[Life, int] = {"5m": 300_000, "1h": 3_600_000}
"""Milliseconds that what was cached lives after its last use."""
_MINIMA = (
    (4_096, ("claude-opus-4-5", "claude-opus-4-6", "claude-haiku-4-5")),
    (2_048, ("claude-opus-4-7",)),
    (512, ("claude-opus-5", "claude-fable-5", "claude-mythos-5", "claude-sonnet-5-5", "claude-haiku-5-5")),
)
"""Tokens below which nothing is cached (the platform's page on prompt caching, 2026-08-22)."""
_MINIMUM = 1_024
"""The same for every other model."""
_SAID: Mapping[str, Why] = {
    "model_changed": "model",
    "system_changed": "system",
    "tools_changed": "tools",
    "messages_changed": "messages",
}
"""What the API's own comparison may find; its other answers are that there was none."""
_HIT = 0.9
"""The share of what could have been read from which on it counts as read."""
_LOOKED_AT = 8
"""Prefixes of one path that are asked for their last use, the longest first."""


def minimum_of(model_id: str) -> int:
    """Tokens that a prompt must have to be cached."""
    return next((least for least, names in _MINIMA if model_id.startswith(names)), _MINIMUM)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the cache had of a path when it was used last."""

    tokens: int
    until: int
    """Milliseconds since 1970 at which it is let go."""
    life: Life = "5m"
    changed: tuple[Why, ...] = ()
    """What differs in the request to come, so that it cannot be read."""

    def lost(self, now: int) -> tuple[Why, ...]:
        """Why it will not be read; empty when it will."""
        return self.changed or (("time",) if now >= self.until else ())


def kept(conversation: Conversation | None, path: Sequence[Node], params: JsonObject) -> Kept | None:
    """What the cache has of ``path`` for a request with these parameters; None when it never had any."""
    if conversation is None:
        return None
    on_path = {node.id for node in path}
    found = [node for node in conversation.nodes.values() if cached(node) and node.parent_id in on_path]
    if not found:
        return None
    newest_first = list(reversed(found))
    longest = sorted(newest_first, key=cached, reverse=True)
    same = list(islice((node for node in longest if not changes(_asked(node), params)), _LOOKED_AT))
    if not same:
        last = found[-1]
        return Kept(cached(last), 0, life_of(_asked(last)), changes(_asked(last), params))
    made = list(conversation.nodes.values())
    places = {node.id: place for place, node in enumerate(made)}
    all_kept = [_kept(node, islice(made, places[str(node.parent_id)], None)) for node in same]
    newest = max(each.until for each in all_kept)
    return next(each for each in all_kept if each.until == newest)


def _kept(node: Node, nodes: Iterable[Node]) -> Kept:
    """What was cached for a reply, until it is let go: each request that begins alike uses it anew. ``nodes`` are
    those made since its question."""
    life = life_of(_asked(node))
    below = {node.parent_id} if node.parent_id else set[str | None]()
    used = node.created_at
    for each in nodes:  # in the order they were made: a parent before its children
        if each.parent_id in below:
            below.add(each.id)
            if each.usage.context_tokens and not changes(_asked(each), _asked(node)):
                used = max(used, each.created_at)
    return Kept(cached(node), used + LIVES[life], life)


def cached(node: Node) -> int:
    """Tokens that the cache had of the request for a reply, once that was answered."""
    if node.role != "assistant" or not _asked(node):
        return 0
    return node.usage.cache_read_input_tokens + node.usage.cache_creation_input_tokens


def _asked(node: Node) -> JsonObject:
    return _object(node.facts.get("request"))


def changes(then: JsonObject, now: JsonObject) -> tuple[Why, ...]:
    """Which settings of two requests differ that what is cached depends on."""
    found: list[Why] = []
    if then.get("model") != now.get("model"):
        found.append("model")
    if (then.get("tools") or None) != (now.get("tools") or None):
        found.append("tools")
    if (then.get("system") or None) != (now.get("system") or None):
        found.append("system")
    if then.get("thinking") != now.get("thinking"):
        found.append("thinking")
    if (then.get("output_config") or None) != (now.get("output_config") or None):
        found.append("effort")
    return tuple(found)


# Before a request


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the input of the next request would cost."""

    tokens: int
    cost: Cost
    saved: Decimal = Decimal(0)
    """Dollars less than the same would cost without a cache."""
    extra: Decimal = Decimal(0)
    """Dollars more than it would cost if what was cached could still be read."""
    lost: tuple[Why, ...] = ()
    """Why that cannot be read any more; empty when it can, or when there never was any."""


def forecast(tokens: int, held: Kept | None, model: Model, life: Life, day: date, now: int) -> Forecast:
    """The price of sending so many tokens now, with what the cache holds of them."""
    lost = held.lost(now) if held is not None else ()
    read = min(held.tokens, tokens) if held is not None else 0
    warm = _input_cost(tokens, read, model, life, day)
    cold = _input_cost(tokens, 0, model, life, day)
    if lost:
        return Forecast(tokens, cold, extra=_less(cold, warm), lost=lost)
    plain = cost(Usage({"input_tokens": tokens}), model, day, exactness="estimate")
    return Forecast(tokens, warm, saved=_less(plain, warm) if read else Decimal(0))


def _input_cost(tokens: int, read: int, model: Model, life: Life, day: date) -> Cost:
    new = tokens - read
    cacheable = tokens >= minimum_of(model.id)
    counts = {
        "input_tokens": 0 if cacheable else new,
        "cache_creation_input_tokens": new if cacheable else 0,
        "cache_read_input_tokens": read,
    }
    return cost(Usage(counts), model, day, exactness="estimate", life=life)


def _less(dear: Cost, cheap: Cost) -> Decimal:
    if dear.dollars is None or cheap.dollars is None:
        return Decimal(0)
    return max(dear.dollars - cheap.dollars, Decimal(0))


# After a request


@dataclass(frozen=True, slots=True)
class Miss:
    """A reply whose beginning the cache had had, and which was read anew."""

    why: tuple[Why, ...]
    tokens: int
    """What could have been read from the cache, and was not."""
    passed: int = 0
    """Milliseconds since what was cached was used last."""
    life: Life = "5m"
    by_api: bool = False
    """Whether the API said so, which compared the two requests as it read them."""


def why_missed(conversation: Conversation, node: Node) -> Miss | None:
    """Why a reply read less from the cache than it held before; None when it read it, or there was nothing."""
    made = list(conversation.nodes.values())
    place = next((at for at, each in enumerate(made) if each.id == node.id), 0)
    before = [each for each in made[:place] if cached(each)]
    if not before or not node.usage.context_tokens or not _asked(node) or is_compacted(node):
        return None
    above = {each.id for each in conversation.path(node.parent_id)} if node.parent_id else set[str]()
    fitting = [each for each in before if each.parent_id in above]
    same = [each for each in fitting if not changes(_asked(each), _asked(node))]
    reference = max(same, key=cached) if same else (fitting or before)[-1]
    could = min(cached(reference), node.usage.context_tokens)
    missed = could - node.usage.cache_read_input_tokens
    if missed <= could * (1 - _HIT):
        return None
    if not fitting:
        return Miss(("edited",), missed)
    found = _missed(reference, node, missed, same=bool(same), made=made[:place])
    said = compared(node)
    sure = said is None or said in found.why or found.why == ("repaired",)
    if said is None or sure or _compared_with(node) != reference.facts.get("message_id"):
        return found
    own = tuple(why for why in found.why if why not in ("time", "unknown"))
    return replace(found, why=(said, *own), by_api=True)


def _missed(reference: Node, node: Node, missed: int, *, same: bool, made: Sequence[Node]) -> Miss:
    """Why, by what was sent and when alone."""
    if not same:
        return Miss(changes(_asked(reference), _asked(node)), missed)
    if _asked(node).get("without_thinking") and not _asked(reference).get("without_thinking"):
        return Miss(("repaired",), missed)
    held = _kept(reference, made)
    passed = node.created_at - held.until + LIVES[held.life]
    return Miss(("time",) if passed >= LIVES[held.life] else ("unknown",), missed, passed, held.life)


def compared(node: Node) -> Why | None:
    """What the API found to differ from the request before, if it was asked and found anything."""
    reason = _object(_object(_object(node.facts.get("extra")).get("diagnostics")).get("cache_miss_reason"))
    return _SAID.get(str(reason.get("type")))


def _compared_with(node: Node) -> object:
    return _object(_asked(node).get("diagnostics")).get("previous_message_id")


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, Mapping) else EMPTY
