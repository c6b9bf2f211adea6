"""What a reply costs: from the API's own counts, at the price of that day and that prompt's band."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias, cast

from .message import EMPTY, JsonObject, Usage
from .models import Model, find_model
from .prices import BATCH, OWN, TOOLS, Price, undated

Exactness: TypeAlias = Literal["exact", "estimate", "lower", "unknown"]
MARKS: dict[Exactness, str] = {"exact": "", "estimate": "≈", "lower": "≥", "unknown": "—"}
Life: TypeAlias = Literal["5m", "1h"]
"""How long what a request writes to the cache stays there."""

_MILLION = Decimal(1_000_000)
_ONE = Decimal(1)
CHARACTERS_A_TOKEN = 4
"""A rough measure of English and code with the tokenizer of before 4.7, used only where ``≈`` stands beside it."""
_NEWER = Decimal("1.3")
"""Tokens that the tokenizer from 4.7 on makes of what was one (platform docs: migration pages, 2026-11-20)."""
_MOST = Decimal(10**9)
"""Dollars no reply costs: a stored amount beyond it is nobody's bill, and too large to count with."""
_READ, _WRITES = "cache read", ("cache write, 5 minutes", "cache write, 1 hour")
_GLOBAL = (None, "", "global", "not_available")


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars, and how sure they are; ``dollars`` is None only when ``unknown``."""

    dollars: Decimal | None
    exactness: Exactness = "exact"

    def __add__(self, other: Cost) -> Cost:
        """The sum: unknown parts leave it a lower bound, one estimate makes it an estimate; nothing changes nothing."""
        if NOTHING in (self, other):
            return other if self == NOTHING else self
        if self.dollars is None and other.dollars is None:
            return UNKNOWN
        total = (self.dollars or Decimal(0)) + (other.dollars or Decimal(0))
        kinds = {self.exactness, other.exactness}
        if "lower" in kinds or "unknown" in kinds:
            return Cost(total, "lower")
        return Cost(total, "estimate" if "estimate" in kinds else "exact")


NOTHING = Cost(Decimal(0))
UNKNOWN = Cost(None, "unknown")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill."""

    name: str
    count: int
    price: Decimal | None
    """Dollars, for a million tokens or for one call; None where no source gives it."""
    dollars: Decimal
    """At least this, where the price is not known."""
    calls: bool = False
    """Whether calls were counted, not tokens."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What was counted, at what price: what a cost is made of."""

    items: tuple[Item, ...] = ()
    price: Price | None = None
    """The row of the table it was priced by."""
    notes: tuple[str, ...] = ()
    """What else decided, in words."""
    exactness: Exactness = "exact"
    plain: Decimal = Decimal(0)
    """What a million tokens of input that no cache had a part in cost here."""

    @property
    def cost(self) -> Cost:
        """The sum of it."""
        if self.exactness == "unknown":
            return UNKNOWN
        return Cost(sum((item.dollars for item in self.items), Decimal(0)), self.exactness)

    @property
    def saved(self) -> Decimal | None:
        """What the cache saved: less than nothing where writing cost more than reading saved; None if unknown."""
        cached = [item for item in self.items if item.name in (_READ, *_WRITES)]
        if any(item.price is None for item in cached) or self.exactness == "unknown":
            return None
        return sum((item.count * self.plain / _MILLION - item.dollars for item in cached), Decimal(0))


def dollars_of(stored: object) -> Decimal | None:
    """An amount that was stored, here or in a file from anywhere; None when no bill can have said it."""
    try:
        dollars = Decimal(str(stored))
    except InvalidOperation:
        return None
    return dollars if dollars.is_finite() and 0 <= dollars < _MOST else None


def price_on(model: Model, day: date, prompt_tokens: int, *, fast: bool = False) -> Price | None:
    """The price in force on ``day`` for a prompt of that length; None when we know none."""
    fitting = [
        price
        for price in model.prices
        if price.fast == fast and price.since <= day and (price.up_to is None or prompt_tokens <= price.up_to)
    ]
    if not fitting:
        return None
    # The newest day first; of one day the narrowest band that holds the prompt.
    return max(fitting, key=lambda price: (price.since, -(price.up_to or 10**12)))


def bill(usage: Usage, model: Model, day: date, *, life: Life = "5m", stop_reason: str | None = None) -> Bill:
    """What these counts cost, line by line, to the last digit.

    ``life`` is what the request asked of the cache: what was written beyond the breakdown, which comes once and
    grows old, was written so.
    """
    if stop_reason == "refusal" and not usage.output_tokens:
        return Bill(notes=("declined before any output, which is not billed",))
    counts = usage.counts
    if counts.get("service_tier") == "priority":
        return Bill(notes=("the priority tier is billed by its own contract",), exactness="unknown")
    iterations = passes(counts)
    if any(_other_model(each, model) for each in iterations):
        return Bill(notes=("another model took part",), exactness="unknown")
    rate = _Rate(counts, model, day, life)
    priced = rate.of(usage)
    if priced is None:
        return Bill(notes=("no price is known for this model on that day",), exactness="unknown")
    items = list(priced)
    for each in iterations:
        if each.get("type") == "compaction":
            items += (_named(item, "compaction") for item in rate.of(Usage(each)) or ())
        elif each.get("type") not in ("message", "fallback_message"):
            rate.unsure(f"what a pass of the kind {each.get('type')} costs is not known")
    items += _tools(usage, rate)
    notes = tuple(dict.fromkeys(rate.notes))
    return Bill(tuple(items), rate.price, notes, "exact" if rate.sure else "lower", rate.plain)


class _Rate:
    """What one request is priced by, and what is said of that."""

    def __init__(self, counts: JsonObject, model: Model, day: date, life: Life) -> None:
        self._model = model
        self._day = day
        self._life: Life = life
        self._fast = counts.get("speed") == "fast"
        self._batch = counts.get("service_tier") == "batch"
        self._geo: Any = counts.get("inference_geo")
        self.price: Price | None = None
        self.plain = Decimal(0)
        self.notes: list[str] = []
        self.sure = True

    def unsure(self, why: str) -> None:
        """Something has no price: what is priced is the least it costs."""
        self.sure = False
        self.notes.append(why)

    def of(self, usage: Usage) -> list[Item] | None:
        """The tokens of one pass; None without a price."""
        prompt = usage.context_tokens
        standard = price_on(self._model, self._day, prompt)
        price = price_on(self._model, self._day, prompt, fast=True) or standard if self._fast else standard
        if price is None:
            return None
        if self._fast and not price.fast:
            self.unsure("what fast mode costs here is not known; it costs at least this")
        elif self._fast:
            self.notes.append("fast mode")
        if price.up_to is not None:
            self.notes.append(f"for prompts up to {price.up_to:,} tokens")
        elif any(row.up_to is not None for row in self._model.prices if row.fast == price.fast):
            self.notes.append("for longer prompts, all of it")
        factor = self._factor(price)
        if self.price is None:
            self.price, self.plain = price, price.input * factor * (BATCH if self._batch else 1)
        written = usage.cache_creation_input_tokens
        hour = min(usage.detail("cache_creation", "ephemeral_1h_input_tokens"), written)
        five = min(usage.detail("cache_creation", "ephemeral_5m_input_tokens"), written - hour)
        if self._life == "1h":
            hour = written - five
        rows = (
            ("input", usage.input_tokens, price.input, standard and standard.input, True),
            (_READ, usage.cache_read_input_tokens, price.read, standard and standard.read, False),
            (_WRITES[0], written - hour, price.write_5m, standard and standard.write_5m, False),
            (_WRITES[1], hour, price.write_1h, standard and standard.write_1h, False),
            ("output", usage.output_tokens, price.output, standard and standard.output, True),
        )
        return [
            self._item(name, count, figure, least if price.fast else None, factor, halved)
            for name, count, figure, least, halved in rows
            if count
        ]

    def _item(
        self, name: str, count: int, figure: Decimal | None, least: Decimal | None, factor: Decimal, halved: bool
    ) -> Item:
        if self._batch:
            figure, least = (figure * BATCH, None) if figure is not None and halved else (None, None)
        if figure is None:
            self.unsure(f"the price of a {name} is not known here")
            return Item(name, count, None, count * (least or Decimal(0)) * factor / _MILLION)
        return Item(name, count, figure * factor, count * figure * factor / _MILLION)

    def _factor(self, price: Price) -> Decimal:
        if self._geo == "us" and price.us != _ONE:
            self.notes.append(f"in the US alone: tokens × {price.us}")
            return price.us
        if self._geo not in (*_GLOBAL, "us"):
            self.unsure(f"what inference in {self._geo} costs is not known")
        return _ONE


def _tools(usage: Usage, rate: _Rate) -> Iterator[Item]:
    """What the server's tools charge for a call: neither geography, which the docs say of tokens alone, nor speed
    multiplies it (see ``Price.us``)."""
    used: Any = usage.counts.get("server_tool_use")
    prices = {tool.counter: tool for tool in TOOLS}
    for counter in cast("JsonObject", used) if isinstance(used, Mapping) else EMPTY:
        count = usage.detail("server_tool_use", counter)
        tool = prices.get(counter)
        if tool is not None and count:
            yield Item(tool.name, count, tool.dollars, count * tool.dollars, calls=True)
        elif count:
            rate.unsure(f"what {count} {counter.replace('_', ' ')} cost is not known")


def passes(counts: JsonObject) -> tuple[JsonObject, ...]:
    """The passes of one request: those of a compaction are not in its own counts, the others are."""
    found: Any = counts.get("iterations")
    if not isinstance(found, list):
        return ()
    return tuple(cast("JsonObject", each) for each in cast("list[Any]", found) if isinstance(each, Mapping))


def _other_model(each: JsonObject, model: Model) -> bool:
    """Whether a pass that the request's own counts hold was another model's."""
    named: Any = each.get("model")
    return each.get("type") != "advisor_message" and isinstance(named, str) and undated(named) != undated(model.id)


def _named(item: Item, of: str) -> Item:
    return Item(f"{of}, {item.name}", item.count, item.price, item.dollars, item.calls)


def cost(
    usage: Usage,
    model: Model,
    day: date,
    *,
    exactness: Exactness = "exact",
    life: Life = "5m",
    stop_reason: str | None = None,
) -> Cost:
    """What these counts cost, to the last digit; never surer than ``exactness``."""
    found = bill(usage, model, day, life=life, stop_reason=stop_reason).cost
    return found if found.exactness != "exact" else Cost(found.dollars, exactness)


def answering(asked: Model, named: str, find: Callable[[str], Model] = find_model) -> Model:
    """Which model is to be paid for: the one a reply names, where it is another than was asked for and known.

    A person's own price of what was asked for holds: a gateway may name what answers as it likes.
    """
    if not named or undated(named) == undated(asked.id) or any(price.source == OWN for price in asked.prices):
        return asked
    other = find(named)
    return other if other.prices else asked


def answered(facts: JsonObject, named: str, find: Callable[[str], Model] = find_model) -> Model:
    """Which model is to be paid for a reply that was stored, by what it was asked with and the model it names."""
    sent: Any = facts.get("request")
    asked: Any = cast("JsonObject", sent).get("model") if isinstance(sent, Mapping) else None
    return answering(find(asked), named, find) if isinstance(asked, str) and asked else find(named)


def life_of(params: object) -> Life:
    """How long a request, as it was sent or stored, asked its cache to be kept."""
    control: Any = cast("JsonObject", params).get("cache_control") if isinstance(params, Mapping) else None
    ttl: Any = cast("JsonObject", control).get("ttl") if isinstance(control, Mapping) else None
    return "1h" if ttl == "1h" else "5m"


def tokens_in(characters: int, model_id: str) -> int:
    """About how many tokens so many characters are to a model."""
    return int(characters * (_NEWER if _is_newer(model_id) else _ONE) / CHARACTERS_A_TOKEN)


def _is_newer(model_id: str) -> bool:
    """Whether it has the tokenizer from 4.7 on; a model nobody knows has."""
    version = re.fullmatch(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?", undated(model_id))
    if version is None:
        return not re.match(r"claude-\d", model_id)  # claude-3-opus and its like
    return (int(version[1]), int(version[2] or 0)) >= (4, 7)


def estimated_output(usage: Usage, characters: int, model_id: str) -> Usage:
    """The counts with the output guessed from what arrived, when that is more than was counted."""
    guess = tokens_in(characters, model_id)
    return usage.updated({"output_tokens": guess}) if guess > usage.output_tokens else usage


def reply_cost(
    usage: Usage,
    model: Model,
    day: date,
    *,
    final: bool,
    started: bool,
    characters: int = 0,
    likely: Usage | None = None,
    life: Life = "5m",
    stop_reason: str | None = None,
) -> Cost:
    """What one reply costs; nothing before it began. ``likely`` is a better guess than by ``characters`` alone.

    Exact once the API said its last word; before that an estimate, or a lower bound where its last count is
    already more than what arrived lets guess.
    """
    if not started:
        return NOTHING
    if final:
        return cost(usage, model, day, life=life, stop_reason=stop_reason)
    guessed = likely or estimated_output(usage, characters, model.id)
    return cost(guessed, model, day, exactness="lower" if guessed is usage else "estimate", life=life)


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of several costs."""
    result = NOTHING
    for each in costs:
        result = result + each
    return result
