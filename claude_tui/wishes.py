"""What a person chose for a conversation, and how it is kept with it.

A choice is kept in two places: until it was asked with in the store, by conversation; from then on with the reply,
so that each branch goes on as it was asked. What was stored may be of any version, or somebody else's: it is read
leniently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from .core.conversation import Conversation, Node
from .core.message import EMPTY, JsonObject
from .core.models import EFFORTS
from .core.pricing import life_of


@dataclass(frozen=True, slots=True)
class Wishes:
    """What flags or a person ask for; None leaves it to the conversation, the state, the config."""

    model: str | None = None
    system: str | None = None
    max_tokens: int | None = None
    """0 for what suits the model."""
    effort: str | None = None
    """A level, or "auto" for the model's own."""
    thinking: str | None = None
    """"on", "off", or "auto" for the model's own way."""
    tools: tuple[str, ...] | None = None
    compact: bool | None = None
    """Whether the API may make room in the context by itself."""
    cache: str | None = None
    """How long the API is to keep what it read: "5m" or "1h"."""
    persona: str | None = None
    """The name of the persona it was all taken from; empty for none."""

    def over(self, other: Wishes) -> Wishes:
        """These, and ``other``'s where these say nothing."""
        mine, others = self._values(), other._values()
        return Wishes(**{name: others[name] if value is None else value for name, value in mine.items()})

    def without(self, other: Wishes) -> Wishes:
        """These, but for what ``other`` says something of."""
        theirs = other._values()
        return Wishes(**{name: None if theirs[name] is not None else value for name, value in self._values().items()})

    @property
    def named(self) -> frozenset[str]:
        """What they say something of."""
        return frozenset(name for name, value in self._values().items() if value is not None)

    def _values(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def kept(self, at: int) -> JsonObject:
        """As the store keeps it, with when it was chosen; empty if nothing was."""
        said = {name: value for name, value in self._values().items() if value is not None}
        return {**said, "at": at} if said else EMPTY


def read_wishes(kept: JsonObject) -> Wishes:
    """What was kept, but for what is unsound in it."""
    most, tools = kept.get("max_tokens"), kept.get("tools")
    effort, thinking = _text(kept.get("effort")), _text(kept.get("thinking"))
    return Wishes(
        model=_text(kept.get("model")) or None,
        system=_text(kept.get("system")),
        max_tokens=most if isinstance(most, int) and not isinstance(most, bool) and most >= 0 else None,
        effort=effort if effort in (*EFFORTS, "auto") else None,
        thinking=thinking if thinking in ("on", "off", "auto") else None,
        tools=tuple(map(str, cast("Sequence[object]", tools))) if isinstance(tools, list | tuple) else None,
        compact=kept["compact"] if isinstance(kept.get("compact"), bool) else None,
        cache=_life(kept.get("cache")),
        persona=_text(kept.get("persona")),
    )


def wishes_of(conversation: Conversation | None) -> Wishes:
    """What a conversation goes on with: what was chosen last, else what it was last asked with."""
    if conversation is None:
        return Wishes()
    return pending(conversation).over(asked_with(conversation))


def asked_with(conversation: Conversation | None) -> Wishes:
    """What a branch was last asked with, whatever was chosen since."""
    path = conversation.path() if conversation is not None else ()
    last = next((node for node in reversed(path) if "request" in node.facts), None)
    return Wishes() if last is None else _asked_with(last)


def pending(conversation: Conversation) -> Wishes:
    """What was chosen and not yet asked with on this branch."""
    last = next((node for node in reversed(conversation.path()) if "request" in node.facts), None)
    at: Any = conversation.chosen.get("at")
    if last is not None and not (isinstance(at, int) and at > last.created_at):
        return Wishes()
    return read_wishes(conversation.chosen)


def _asked_with(node: Node) -> Wishes:
    """What a reply was asked with, as far as it can be told from what was sent, and what was kept beside it."""
    sent = _object(node.facts.get("request"))
    if not sent:
        return Wishes()
    tools: Any = sent.get("tools")
    if not isinstance(tools, list | tuple):
        tools = ()
    # Whether adaptive thinking was a choice cannot be told from what was sent; the others are sent for one only.
    thinking = {"disabled": "off", "between_tools": "off", "enabled": "on"}
    seen = Wishes(
        model=_text(sent.get("model")),
        system=_text(sent.get("system")) or "",
        effort=_text(_object(sent.get("output_config")).get("effort")),
        thinking=thinking.get(_text(_object(sent.get("thinking")).get("type")) or ""),
        tools=tuple(str(_object(tool).get("name")) for tool in cast("Sequence[object]", tools)),
        compact="context_management" in sent or None,
        cache=life_of(sent) if "cache_control" in sent else None,
    )
    return read_wishes(_object(node.facts.get("chosen"))).over(seen)


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, Mapping) else EMPTY


def _life(value: object) -> str | None:
    return value if value in ("5m", "1h") else None  # type: ignore[return-value]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
