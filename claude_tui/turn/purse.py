"""The door that every request which costs goes through: it reserves before and watches meanwhile.

What was reserved goes in the same moment in which what it cost is entered.

What counts and what can still pass is in ``core/budget.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol, TypeAlias

from ..core.budget import (
    NAMES,
    PERIODS,
    WARN,
    Limits,
    Period,
    Promise,
    began,
    dollars,
    name_of,
    nano,
    promise,
    raised,
)
from ..core.figures import dollars as figure
from ..core.pricing import Cost
from ..core.retry import Failure, FailureKind
from ..core.text import closed
from ..store import Bound, Claim, Given, Release, Spend
from .spending import day_of
from .ticket import Asked, Ticket

PATIENCE = 2.0
"""Seconds for which the store is waited for, where there is a budget to be kept."""
LOOKED = 1_000
"""Milliseconds for which is relied on what was found in the ledger, while a reply is written."""
AHEAD = 20
"""A stream that costs more than was reserved for it is given a twentieth more than it needs now."""


class Treasury(Protocol):
    """What is needed of the store: see ``store.Store``."""

    def used(self, bounds: Sequence[Bound]) -> Future[tuple[int, ...]]:
        """What is spent and reserved under each bound."""
        ...

    def unconfirmed(self, bounds: Sequence[Bound]) -> Future[tuple[int, ...]]:
        """What of that may have been billed, and nobody ever said."""
        ...

    def reserve(self, claim: Claim, bounds: Sequence[Bound]) -> Future[Given]:
        """Reserve what a request may cost."""
        ...

    def widen(self, id: str, most: int, least: int, bounds: Sequence[Bound]) -> Future[Given]:
        """Reserve more for it."""
        ...

    def spend(self, entry: Spend | None, release: Release | None = None) -> Future[None]:
        """Let go of what was reserved, after all that was asked of it before."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """How one budget stands."""

    period: Period
    limit: Decimal | None
    used: Decimal
    """What is spent and reserved."""
    unconfirmed: Decimal = Decimal(0)
    """What of that may have been billed, and nobody ever said: no receipt has it, and no sum of the ledger."""


@dataclass(slots=True)
class Coming:
    """What a reply that is being written stands before."""

    conversation_id: str
    looked: int
    """When the accounts were looked at, in milliseconds since 1970."""
    accounts: list[Account]
    """Without what is under way."""
    cost: Decimal
    """What it has cost so far, rather too low."""
    likely: Cost
    """What it has most likely cost so far."""


class Purse:
    """The budgets of one run, over all its turns; what other windows spend counts too. Thread-safe."""

    def __init__(
        self,
        store: Treasury | None = None,
        limits: Callable[[str, int], Limits] = lambda conversation_id, now: Limits(),
        raise_to: Callable[[Period, str, int, Decimal], object] = lambda period, conversation_id, now, limit: None,
        settle_gone: Callable[[], object] = lambda: None,
    ) -> None:
        """``limits`` are those of a conversation at a time, ``raise_to`` keeps a higher one, ``settle_gone`` settles
        what windows had reserved that died."""
        self._store = store
        self._limits = limits
        self._raise_to = raise_to
        self._settle_gone = settle_gone
        self._lock = threading.Lock()
        self._spent = self._held = 0
        """What this run has spent, and reserved."""
        self._unpriced: set[tuple[str, str]] = set()
        """Conversations and models that a person let go on without a price."""
        self._without: set[str] = set()
        """What could not be read of the budgets, and a person let go on without."""
        self._told: set[_About] = set()
        """Bounds of which was said that they are nearly reached."""
        self._coming: dict[str, Coming] = {}
        """Replies that are being written, by the ids of their tickets."""

    def admit(self, asked: Asked, new_id: str) -> Ticket | Failure:
        """Reserve what the request may cost, and be told what it may take; or why it is not sent."""
        limits = self._limits(asked.conversation_id, asked.now)
        if limits.unsure and limits.unsure not in self._without:
            if not asked.without:
                return Failure("misread", f"{closed(limits.unsure)} Nothing is sent until that is mended.")
            self._without.add(limits.unsure)
        day = day_of(asked.now)
        made = promise(asked.path, asked.params, asked.model, day)
        ticket = Ticket(self, asked, new_id, made)
        if made is None:
            known = (asked.conversation_id, asked.model.id)
            if asked.raising:
                self._unpriced.add(known)
            if limits.any and known not in self._unpriced:
                return Failure("unbounded", f"What {asked.model.id} costs is not known, so that no budget can hold.")
            return ticket
        if self._store is None or not made.whole:
            return ticket
        if not limits.any:  # it is reserved all the same: another window may have a budget
            self._store.reserve(_claim(ticket, made.whole, 0), ())
            self._take(made.whole)
            ticket.held = made.whole
            return ticket
        return self._admit(ticket, made, limits)

    def _admit(self, ticket: Ticket, made: Promise, limits: Limits) -> Ticket | Failure:
        asked, settled = ticket.asked, False
        while True:
            run = self._left_of_run(limits)
            if run is not None and run < made.least:
                return _refusal("run", limits.run, nano(limits.run or Decimal(0)) - run, made.least)
            most = made.whole if run is None else min(made.whole, run)  # that of a call is never raised
            least = min(made.usual, most) if asked.raising else made.least  # what is left is taken too
            periods, bounds = self._bounds(limits, asked.conversation_id, asked.now)
            given = self._wait(
                lambda most=most, bounds=bounds, least=least: self._reserved(ticket, most, least, bounds)
            )
            if given is None:
                if not asked.raising:
                    if self._store is not None:  # it may still be reserved, when nobody waits for it any more
                        self._store.spend(None, Release(ticket.id))
                    return Failure("unbounded", "No budget can be kept while nothing can be saved.")
                ticket.unbound = True
                return ticket
            if given.nano:
                break
            if given.abandoned and not settled:
                self._settle_gone()
                settled = True
                continue
            at = _tightest(bounds, given)
            period, limit, used = periods[at], dollars(bounds[at].nano), given.used[at]
            if not asked.raising:
                settled = self.accounts(asked.conversation_id, asked.now, under_way=False)
                spent = next((nano(each.used) for each in settled if each.period == period), used)
                return _refusal(period, limit, spent, least, max(used - spent, 0))
            limit = raised(limit, dollars(used + least))
            self._raise_to(period, asked.conversation_id, asked.now, limit)
            limits = self._limits(asked.conversation_id, asked.now)
            if limits.of(period) != limit:
                return Failure("budget", f"{NAMES[period].capitalize()} could not be raised.")
            ticket.notes.append(f"{NAMES[period].capitalize()} is now {_amount(limit)}.")
        if given.abandoned and not settled:  # it holds what there was: what comes free is added to it
            self._settle_gone()
            wider = self._wait(lambda had=given.nano: self._widened(ticket, most, had, bounds))
            given = wider if wider is not None and wider.nano else given
        self._take(given.nano)
        ticket.held = given.nano
        ticket.by_call = given.nano == run
        ticket.lower(given.nano)
        return ticket

    def _reserved(self, ticket: Ticket, most: int, least: int, bounds: Sequence[Bound]) -> Future[Given]:
        assert self._store is not None
        return self._store.reserve(_claim(ticket, most, least), bounds)

    def _bounds(self, limits: Limits, conversation_id: str, now: int) -> tuple[list[Period], list[Bound]]:
        periods: list[Period] = [period for period in PERIODS if limits.of(period) is not None]
        bounds = [
            Bound(
                nano(limits.of(period) or Decimal(0)),
                began(period, now),
                conversation_id if period == "conversation" else None,
            )
            for period in periods
        ]
        return periods, bounds

    def _left_of_run(self, limits: Limits) -> int | None:
        with self._lock:
            return None if limits.run is None else nano(limits.run) - self._spent - self._held

    def _take(self, held: int, spent: int = 0) -> None:
        with self._lock:
            self._held += held
            self._spent += spent

    def _wait(self, ask: Callable[[], Future[Given]]) -> Given | None:
        """What the store says; None when it cannot be asked."""
        try:
            return ask().result(PATIENCE)
        except Exception:  # its disk is full, or it reads only: what that is, it says itself
            return None

    def widen(self, ticket: Ticket, least: int) -> Failure | None:
        """Reserve more for what is under way, so that it is ``least`` in all; why not, if it may not be."""
        limits = self._limits(ticket.asked.conversation_id, ticket.now)
        if self._store is None or not limits.any or ticket.unbound:
            return None
        most, run = least + least // AHEAD, self._left_of_run(limits)
        if run is not None:
            most = min(most, run + ticket.held)
            if most < least:
                return _stop("run", limits.run)
        periods, bounds = self._bounds(limits, ticket.asked.conversation_id, ticket.now)
        given = self._wait(lambda: self._widened(ticket, most, least, bounds))
        if given is None:
            return Failure("unbounded", "Stopped: no budget can be kept while nothing can be saved.")
        if not given.nano:
            if not bounds:
                return None
            at = _tightest(bounds, given)
            return _stop(periods[at], dollars(bounds[at].nano))
        self._take(given.nano - ticket.held)
        ticket.held = given.nano
        return None

    def _widened(self, ticket: Ticket, most: int, least: int, bounds: Sequence[Bound]) -> Future[Given]:
        assert self._store is not None
        return self._store.widen(ticket.id, most, least, bounds)

    def released(self, ticket: Ticket, entry: Spend | None, doubt: int) -> None:
        """A request has ended, and cost that."""
        spent = Decimal(entry.cost_usd) if entry is not None and entry.cost_usd is not None else Decimal(0)
        self._take(-ticket.held, nano(spent) + doubt)
        with self._lock:
            self._coming.pop(ticket.id, None)  # before it is entered: it is never counted twice

    def warnings(self, conversation_id: str, now: int, entered: Future[None]) -> list[str]:
        """What is to be said of budgets that are nearly reached by what is spent; each once.

        ``entered`` is done when what was spent last is in the ledger.
        """
        said: list[str] = []
        if not self._limits(conversation_id, now).any:
            return said
        try:
            entered.result(PATIENCE)
        except Exception:  # it is not, or not yet: there is nothing to be told from
            return said
        return self._nearly(self.accounts(conversation_id, now, under_way=False), conversation_id, now, "")

    def _nearly(self, accounts: Sequence[Account], here: str, now: int, mark: str) -> list[str]:
        said: list[str] = []
        for account in accounts:
            if account.limit is None or not account.limit or account.used < account.limit * WARN:
                continue
            about = _about(account, here, now)
            with self._lock:
                told = about in self._told
                self._told.add(about)
            if not told:
                share = f"{mark}{int(account.used * 100 / account.limit)} %"
                said.append(f"{share} of {NAMES[account.period]} of {_amount(account.limit)} is spent.")
        return said

    def share(self, conversation_id: str, now: int) -> float:
        """How much of the budget that is nearest to its end is spent; 0 where none is set."""
        if not self._limits(conversation_id, now).any:
            return 0.0
        return self._nearest(self.accounts(conversation_id, now, under_way=False), conversation_id, now)

    def _nearest(self, accounts: Sequence[Account], here: str, now: int) -> float:
        """What was said of a budget is not taken back: what was estimated then may have been a little less."""
        shares = [float(each.used / each.limit) if each.limit else 1.0 for each in accounts]
        told = [_about(each, here, now) in self._told for each in accounts]
        return max((max(share, float(WARN) * said) for share, said in zip(shares, told, strict=True)), default=0.0)

    @property
    def coming(self) -> list[tuple[str, Cost]]:
        """What is being written and in no ledger yet, by conversation, and what it has likely cost so far."""
        with self._lock:
            return [(each.conversation_id, each.likely) for each in self._coming.values()]

    def hear(self, ticket: Ticket, likely: Cost, cautious: Cost, now: int) -> tuple[list[str], float]:
        """What a reply has cost that is being written, most likely and rather too low: what is to be said of budgets
        that are nearly reached by the second, each once, and how much of the nearest is spent."""
        here, cost = ticket.asked.conversation_id, cautious.dollars or Decimal(0)
        with self._lock:
            coming = self._coming.get(ticket.id)
        if coming is None or now - coming.looked >= LOOKED:
            found: list[Account] = []
            if self._limits(here, now).any:  # what cannot be read for a moment stands as it was read before
                found = self.accounts(here, now, under_way=False) or (coming.accounts if coming is not None else [])
            coming = Coming(here, now, found, cost, likely)
        coming.cost, coming.likely = cost, likely
        with self._lock:
            self._coming[ticket.id] = coming
            all_ = sum((each.cost for each in self._coming.values()), Decimal(0))
        # One conversation has one reply; a day, a month and a call have all that are written here.
        live = [
            replace(each, used=each.used + (cost if each.period == "conversation" else all_))
            for each in coming.accounts
        ]
        mark = "≈" if cautious.exactness == "estimate" else ""
        return self._nearly(live, here, now, mark), self._nearest(live, here, now)

    def accounts(
        self, conversation_id: str, now: int, *, whether_set: bool = True, under_way: bool = True
    ) -> list[Account]:
        """How the budgets that are set stand; with ``whether_set`` false those that are not, too; with ``under_way``
        false without what is reserved for what has not ended."""
        limits = self._limits(conversation_id, now)
        periods: list[Period] = [each for each in PERIODS if limits.of(each) is not None or not whether_set]
        bounds = [
            Bound(0, began(each, now), conversation_id if each == "conversation" else None, under_way)
            for each in periods
        ]
        found: list[Account] = []
        if self._store is not None and bounds:
            try:
                used, doubts = self._store.used(bounds), self._store.unconfirmed(bounds)
                sums = zip(periods, used.result(PATIENCE), doubts.result(PATIENCE), strict=True)
                found = [Account(each, limits.of(each), dollars(sum_), dollars(doubt)) for each, sum_, doubt in sums]
            except Exception:  # it cannot be read now: nothing is said of it
                found = []
        if limits.run is not None:
            with self._lock:
                found.append(Account("run", limits.run, dollars(self._spent + (self._held if under_way else 0))))
        return found


_About: TypeAlias = tuple[str, int]
"""One budget: the call, the conversation, the day or the month, and its limit in billionths of a dollar."""


def _about(account: Account, here: str, now: int) -> _About:
    name = "run" if account.period == "run" else name_of(account.period, now, here)
    return name, nano(account.limit or Decimal(0))


def _tightest(bounds: Sequence[Bound], given: Given) -> int:
    """The place of the bound under which least is left."""
    return min(range(len(bounds)), key=lambda at: bounds[at].nano - given.used[at])


def _claim(ticket: Ticket, most: int, least: int) -> Claim:
    asked, made = ticket.asked, ticket.promise
    reading = made.reading if made is not None else 0
    return Claim(ticket.id, asked.conversation_id, asked.node_id, asked.model.id, most, least, reading)


def _refusal(period: Period, limit: Decimal | None, used: int, least: int, reserved: int = 0) -> Failure:
    name, spent = f"{NAMES[period]} of {_amount(limit or Decimal(0))}", _amount(dollars(used))
    if limit is not None and used >= nano(limit):
        return Failure(_kind(period), f"{name[0].upper()}{name[1:]} is spent: {spent}.")
    held = f", {_amount(dollars(reserved))} reserved for what is under way" if reserved else ""
    may = f"{held}, and it may cost {_amount(dollars(least))}."
    return Failure(_kind(period), f"This may pass {name}: {spent} is spent{may}")


def _stop(period: Period, limit: Decimal | None) -> Failure:
    return Failure(_kind(period), f"Stopped: more would pass {NAMES[period]} of {_amount(limit or Decimal(0))}.")


def _kind(period: Period) -> FailureKind:
    return "call_budget" if period == "run" else "budget"


def _amount(value: Decimal) -> str:
    return figure(Cost(value))
