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
SpendKind: TypeAlias = Literal["reply", "title", "aside"]
Exactness: TypeAlias = Literal["exact", "estimate", "lower", "unknown"]
SumsBy: TypeAlias = Literal["all", "day", "model", "conversation", "kind"]


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
    cost_is: Exactness = "exact"
    """How sure the cost is: what has no price leaves it a lower bound."""


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
    """What was paid for; a title, or a side question, belongs to no message."""
    saved_usd: str | None = None
    """What the cache saved, a decimal number that may be below zero; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What several entries of the ledger come to."""

    key: str
    """What they have in common: a day, a model, a conversation; empty for all."""
    entries: int = 0
    priced: int = 0
    """Those of them whose price is known."""
    cost_pico: int = 0
    """Millionths of a millionth of a dollar."""
    lower: int = 0
    """Those of which at least so much is known."""
    estimated: int = 0
    fresh: int = 0
    """Tokens of input that no cache had a part in."""
    read: int = 0
    """Tokens read from the cache."""
    written: int = 0
    """Tokens written to it."""
    output: int = 0
    saved_pico: int = 0
    """What the cache saved, where that is known; it may be below zero."""
    last: int = 0
    """When the last of them was entered, in milliseconds since 1970."""
    title: str | None = None
    """Of a conversation; None when it is gone."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What may be spent in one period, in billionths of a dollar."""

    nano: int
    since: int = 0
    """Milliseconds since 1970 from which on it counts; 0 for ever."""
    conversation_id: str | None = None
    """Only what this conversation cost; None for all of them."""
    under_way: bool = True
    """Whether what is reserved for what has not ended counts."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request that is to be sent may cost, in billionths of a dollar."""

    id: str
    conversation_id: str
    node_id: str
    """The reply's; empty for what belongs to no message."""
    model: str
    most: int
    least: int
    """With less than this it is not sent."""
    reading: int
    """Of it, what the API reads before it says a word: counted where nobody ever learns what it cost."""


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a claim."""

    nano: int
    """What was reserved; 0 when it was refused."""
    used: tuple[int, ...]
    """What was spent and reserved under each bound before it."""
    abandoned: bool = False
    """Less was given than was claimed, and a window that died had something reserved: once that is settled there may be
    room."""


@dataclass(frozen=True, slots=True)
class Release:
    """What becomes of what was reserved for a request that has ended."""

    id: str
    doubt: int = 0
    """Billionths of a dollar that it may have cost beyond what is entered: they go on counting."""
    at: int = 0
    """When it ended, in milliseconds since 1970: in that day and month they count; 0 for when it was sent."""
