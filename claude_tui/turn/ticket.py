"""What one request was given: what it may take, what it has cost so far, and what becomes of what was reserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from ..core.budget import Promise, nano, told_uses, uses
from ..core.conversation import Node
from ..core.events import StreamEvent
from ..core.message import JsonObject
from ..core.metering import Meter
from ..core.models import Model
from ..core.pricing import Cost
from ..core.retry import Failure
from ..store import Release, Spend
from .spending import day_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be sent."""

    conversation_id: str
    node_id: str
    """The reply's; empty for what belongs to no message."""
    path: Sequence[Node]
    params: JsonObject
    model: Model
    now: int
    """Milliseconds since 1970."""
    raising: bool = False
    """A person said to go on: what is in the way is raised, and what cannot be bounded is sent."""
    without: bool = False
    """A person said to go on without the budgets that cannot be read."""


class Door(Protocol):
    """What is needed of the purse that gave it."""

    def widen(self, ticket: Ticket, least: int) -> Failure | None:
        """Reserve more for what is under way, so that it is ``least`` in all; why not, if it may not be."""
        ...

    def hear(self, ticket: Ticket, likely: Cost, cautious: Cost, now: int) -> tuple[list[str], float]:
        """What it has cost so far, most likely and rather too low."""
        ...

    def released(self, ticket: Ticket, entry: Spend | None, doubt: int) -> None:
        """A request has ended, and cost that."""
        ...


@dataclass
class Ticket:
    """What one request was given."""

    purse: Door
    asked: Asked
    id: str
    promise: Promise | None
    """What it may cost, as it is sent; None where nobody knows."""
    held: int = 0
    """What is reserved for it, in billionths of a dollar."""
    notes: list[str] = field(default_factory=list[str])
    """What was done so that it may be sent."""
    max_tokens: int | None = None
    """What its ``max_tokens`` must be lowered to."""
    uses: int | None = None
    """How often each of its tools at the API's side may be used, where that must be bounded and can be told."""
    meter: Meter | None = None
    by_call: bool = False
    """Whether what it was given is all that this call of the program may cost."""
    unbound: bool = False
    """A person let it be sent though no budget could be kept."""
    now: int = 0
    """When it was last heard of, in milliseconds since 1970: what it costs counts in that day and month."""
    _doubt: int = 0
    """What tries that brought no answer may have cost."""

    def __post_init__(self) -> None:
        self.now = self.asked.now
        self.begin()

    def begin(self) -> None:
        """A try begins."""
        if self.promise is not None:
            self.meter = Meter(self.promise, self.asked.model, day_of(self.asked.now))

    def lower(self, given: int) -> None:
        """Ask for as much as what was reserved allows."""
        made = self.promise
        if made is None or given >= made.whole:
            return
        tokens, rounds = made.fit(given)
        if rounds < made.rounds:
            self.uses = uses(self.asked.path, self.asked.params, rounds)
        if tokens < made.asked:
            self.max_tokens = tokens

    def tell(self, params: JsonObject) -> list[str]:
        """What is to be said of it, once it is what it is sent as."""
        names, many = told_uses(params)
        less: list[str] = []
        if self.max_tokens is not None and self.promise is not None:
            less.append(f"The reply may take {self.max_tokens:,} tokens, not {self.promise.asked:,}")
        if self.uses is not None and many:
            times = "once" if many == 1 else f"{many} times"
            less.append(f"{' and '.join(names)} may {'each ' if names[1:] else ''}be used {times} for this reply")
        return [*self.notes, *(f"{each}: the budget allows no more." for each in less)]

    def hear(self, event: StreamEvent, now: int) -> Failure | None:
        """Take an event of the reply; why it must be stopped, if it must."""
        self.now = now
        if self.meter is None:
            return None
        self.meter.hear(event)
        so_far = self.meter.nano() + self._doubt
        return self.purse.widen(self, so_far) if so_far > self.held else None

    def likely(self, likely: Cost, cautious: Cost, now: int) -> tuple[list[str], float]:
        """What it has cost so far, most likely and rather too low: what is to be said of budgets, and how much of
        the one that is nearest to its end is spent."""
        return self.purse.hear(self, likely, cautious, now)

    def again(self, now: int, *, billed: bool) -> Failure | None:
        """Another try after one that brought nothing, and that may have been ``billed``; why not, if not."""
        self.now = now
        if billed and self.promise is not None:
            self._doubt += self.promise.reading
            if (stopped := self.purse.widen(self, self.held + self.promise.reading)) is not None:
                return stopped
        self.begin()
        return None

    def release(self, entry: Spend | None, *, final: bool, billed: bool = False, hidden: float = 0.0) -> Release:
        """It has ended: what is to become of what was reserved, beside what is entered.

        ``final`` when the API said what it counted, ``billed`` when nothing is entered and it may have been
        billed, ``hidden`` seconds of thinking that was not shown whole.
        """
        doubt = self._doubt
        if entry is None:
            doubt += self.meter.nano(hidden) if billed and self.meter is not None else 0
        elif self.meter is not None and (not final or entry.cost_usd is None):
            known = nano(Decimal(entry.cost_usd)) if entry.cost_usd is not None else 0
            doubt += max(self.meter.nano(hidden) - known, 0)
        self.purse.released(self, entry, doubt)
        return Release(self.id, doubt, self.now)
