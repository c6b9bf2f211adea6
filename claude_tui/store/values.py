"""What the store hands out besides conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from claude_tui.core.message import JsonObject

HitKind: TypeAlias = Literal["text", "thinking", "tool", "title"]
TEXT_KINDS: tuple[HitKind, ...] = ("text", "thinking", "tool")
"""What a message may say, in the order of the columns."""
Shelf: TypeAlias = Literal["open", "archived", "trash"]
"""Where a conversation is kept."""
SpendKind: TypeAlias = Literal["reply", "title"]
Exactness: TypeAlias = Literal["exact", "estimate", "lower", "unknown"]


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the library."""

    id: str
    title: str
    model: str
    """The model of the last reply."""
    created_at: int
    updated_at: int
    messages: int
    """What was typed and what was answered; a reply continued after a cut counts once."""
    cost_usd: str | None
    """What is known to have been spent, as a decimal number; None if nothing is."""
    interrupted: bool
    """The reader stands on a reply that was cut."""
    draft: bool
    """Something was typed and not sent."""
    pinned: bool = False
    """It stands before the others."""
    archived: bool = False
    """It is shown only when asked for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Something that was typed and not sent, or sent long ago."""

    conversation_id: str
    """Empty for a conversation that was not begun."""
    title: str
    text: str
    updated_at: int
    waiting: bool
    """It still stands in that conversation's prompt."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something a search found."""

    conversation_id: str
    node_id: str
    """Empty when the title was found."""
    title: str
    updated_at: int
    kind: HitKind
    snippet: str
    """One line around the first place, from the text as it was stored: not cleaned for a terminal."""
    spans: tuple[tuple[int, int], ...]
    """Where the words are in the snippet."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A reply that was cut when its process died, put together from its journal."""

    conversation_id: str
    node_id: str
    title: str
    characters: int
    """How much of it had come."""


@dataclass(frozen=True, slots=True)
class Spend:
    """One entry of the ledger; it stays when its conversation goes."""

    at: int
    conversation_id: str
    node_id: str
    model: str
    usage: JsonObject
    cost_usd: str | None
    """A decimal number; None when no price is known."""
    exactness: Exactness
    kind: SpendKind = "reply"
    """What was paid for; a title belongs to no message."""
