"""What a reply costs: from the API's own counts, at the price of that day and that prompt's band."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from .message import Usage
from .models import Model, Price

Exactness: TypeAlias = Literal["exact", "estimate", "lower", "unknown"]
MARKS: dict[Exactness, str] = {"exact": "", "estimate": "≈", "lower": "≥", "unknown": "—"}

_MILLION = Decimal(1_000_000)
_SEARCH = Decimal("0.01")
"""Dollars for one web search (pricing page, 2026-11); fetches cost their tokens only."""
CHARACTERS_A_TOKEN = 4
"""A rough measure of English and code, used only where ``≈`` stands beside the figure."""
_MOST = Decimal(10**9)
"""Dollars no reply costs: a stored amount beyond it is nobody's bill, and too large to count with."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars, and how sure they are; ``dollars`` is None only when ``unknown``."""

    dollars: Decimal | None
    exactness: Exactness = "exact"

    def __add__(self, other: Cost) -> Cost:
        """The sum: unknown parts leave it a lower bound, one estimate makes it an estimate."""
        if self.dollars is None and other.dollars is None:
            return Cost(None, "unknown")
        total = (self.dollars or Decimal(0)) + (other.dollars or Decimal(0))
        kinds = {self.exactness, other.exactness}
        if "lower" in kinds or "unknown" in kinds:
            return Cost(total, "lower")
        return Cost(total, "estimate" if "estimate" in kinds else "exact")


NOTHING = Cost(Decimal(0))


def dollars_of(stored: object) -> Decimal | None:
    """An amount that was stored, here or in a file from anywhere; None when no bill can have said it."""
    try:
        dollars = Decimal(str(stored))
    except InvalidOperation:
        return None
    return dollars if dollars.is_finite() and 0 <= dollars < _MOST else None


def price_on(model: Model, day: date, prompt_tokens: int) -> Price | None:
    """The price in force on ``day`` for a prompt of that length; None when we know none."""
    fitting = [
        price for price in model.prices if price.since <= day and (price.up_to is None or prompt_tokens <= price.up_to)
    ]
    if not fitting:
        return None
    # The newest day first; of one day the narrowest band that holds the prompt.
    return max(fitting, key=lambda price: (price.since, -(price.up_to or 10**12)))


def cost(usage: Usage, model: Model, day: date, *, exactness: Exactness = "exact") -> Cost:
    """What these counts cost, to the last digit."""
    price = price_on(model, day, usage.context_tokens)
    if price is None:
        return Cost(None, "unknown")
    written = usage.cache_creation_input_tokens
    hour = min(usage.detail("cache_creation", "ephemeral_1h_input_tokens"), written)
    tokens = (
        usage.input_tokens * price.input
        + (written - hour) * price.write_5m  # the excess over a stale breakdown is 5-minute: we ask for no other
        + hour * price.write_1h
        + usage.cache_read_input_tokens * price.read
        + usage.output_tokens * price.output
    )
    dollars = tokens / _MILLION + usage.detail("server_tool_use", "web_search_requests") * _SEARCH
    speed: Any = usage.counts.get("speed")
    if speed == "fast":  # billed at other prices than this table holds
        return Cost(dollars, "lower")
    if usage.counts.get("inference_geo") == "us":
        dollars *= Decimal("1.1")
    return Cost(dollars, exactness)


def estimated_output(usage: Usage, characters: int) -> Usage:
    """The counts with the output guessed from what arrived, when that is more than was counted."""
    guess = characters // CHARACTERS_A_TOKEN
    return usage.updated({"output_tokens": guess}) if guess > usage.output_tokens else usage


def reply_cost(usage: Usage, model: Model, day: date, *, final: bool, started: bool, characters: int = 0) -> Cost:
    """What one reply costs; nothing before it began.

    Exact once the API said its last word; before that an estimate, or a lower bound where its last count is
    already more than what arrived lets guess.
    """
    if not started:
        return NOTHING
    if final:
        return cost(usage, model, day)
    guessed = estimated_output(usage, characters)
    return cost(guessed, model, day, exactness="lower" if guessed is usage else "estimate")


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of several costs."""
    result = NOTHING
    for each in costs:
        result = result + each
    return result
