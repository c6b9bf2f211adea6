"""What a reply cost, line by line: counts, prices, sums, and why the sum is as sure as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ...core.conversation import Node
from ...core.forking import source_of
from ...core.imported import IMPORTED
from ...core.models import Model, find_model
from ...core.pricing import Bill, Cost, Item, answered, bill, life_of
from ...core.text import clean_line
from ...turn.spending import day_of
from . import format
from .about import cost_of, fact

Line = tuple[str, str]
Models = Mapping[str, Mapping[str, Any]]

_SURE = {
    "exact": "from the API's final count",
    "estimate": "estimated from what came",
    "lower": "at least: its last count never came",
}


def bill_of(node: Node, models: Models | None = None) -> Bill | None:
    """What was counted of it, priced as on its day; None where the API had not begun to count."""
    if not node.usage.counts:
        return None

    def find(model_id: str) -> Model:
        return find_model(model_id, models)

    return bill(
        node.usage,
        answered(node.facts, node.model, find),
        _priced_on(node),
        life=life_of(node.facts.get("request")),
        stop_reason=node.stop_reason,
    )


def _priced_on(node: Node) -> date:
    """The day whose prices held: a reply that ended after midnight says so."""
    try:
        return date.fromisoformat(str(fact(node, "cost").get("on")))
    except ValueError:
        pass
    try:
        return day_of(node.created_at)
    except (OverflowError, OSError, ValueError):
        return date.min


def billed(node: Node, models: Models | None = None) -> Iterator[Line]:
    """The cost, what it is made of, and where its prices are from."""
    cost, found = cost_of(node), bill_of(node, models)
    yield "cost", _told(node, cost, found)
    if found is None:
        return
    if cost is not None and cost.exactness == "estimate" and found.cost.dollars is not None:
        yield "of it counted", f"{_exact(found.cost.dollars)}: the rest is guessed from the characters that came"
    for item in found.items:
        yield item.name, _item(item)
    yield "", "; ".join(found.notes)
    if found.price is not None:
        seen = f", {found.price.seen}" if found.price.seen != date.min else ""
        yield "prices from", f"{found.price.source}{seen}"
    if found.saved:
        yield "the cache", f"saved {_exact(found.saved)}" if found.saved > 0 else f"cost {_exact(-found.saved)} more"
    if cost is not None and cost.exactness == "exact" and found.cost.dollars not in (None, cost.dollars):
        yield "priced anew", f"{_exact(found.cost.dollars or Decimal(0))}: the prices known here have changed since"


def _told(node: Node, cost: Cost | None, found: Bill | None) -> str:
    if cost is None:
        return f"—: {found.notes[-1]}" if found is not None and found.exactness == "unknown" and found.notes else "—"
    sure = _SURE.get(cost.exactness, "")
    if cost.exactness == "lower" and node.status == "complete" and found is not None and found.exactness == "lower":
        sure = "at least: not every price is known"
    words = f"{format.dollars(cost)}, {sure}" if sure else format.dollars(cost)
    if source_of(node) is not None:
        return f"{words}; paid in the conversation it was copied from"
    return f"{words}; paid where it was imported from" if IMPORTED in node.facts else words


def _item(item: Item) -> str:
    if item.price is None:
        return f"{item.count:,} at no known price" + (f", at least {_exact(item.dollars)}" if item.dollars else "")
    of = "" if item.calls else " a million"
    return clean_line(f"{item.count:,} at {_exact(item.price)}{of}: {_exact(item.dollars)}", 100)


def _exact(dollars: Decimal) -> str:
    """To the last digit, two of them at least."""
    digits = f"{dollars.normalize():f}"
    whole, _, part = digits.partition(".")
    return f"${whole}.{part:0<2}"
