"""What was spent, and what may be: looked at and set."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ...core.budget import PAGE, PERIODS, SUMMARY, Period
from ...core.pricing import Cost
from ...session import now_ms
from ...turn import Account, Turn
from ..words import format

if TYPE_CHECKING:
    from .desk import Desk

MOST = 1_000_000
_SPANS: dict[Period, str] = {"conversation": "A conversation", "day": "A day", "month": "A month"}

_PASSES = (
    ("a stream", "the event at which it is stopped"),
    ("a finished reply", "what the API counts beyond what was asked"),
    ("what has no price", "beside what has: a part of a reply's count"),
    ("a tool of the API's", "one reading of what it brought"),
    ("a page of a PDF", f"its tokens beyond {PAGE:,}"),
    ("room it makes", f"its summary's tokens beyond {SUMMARY:,}"),
    ("", "a second pass within one reply"),
    ("a cut reply", "what it wrote unseen, up to its longest"),
    ("a failed try", "what it wrote, up to its longest"),
    ("elsewhere", "other machines, and programs with this key"),
)
"""As ``core/budget.py`` has it."""


class Budgeting:
    """The budgets of what is asked at one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._share = self._near = 0.0
        """How much of the budget that is nearest to its end is spent, and was with the reply that was written last."""

    async def look(self) -> None:
        """Have the status line say which is nearly reached."""
        here = self._desk.conversation.id if self._desk.conversation is not None else ""
        share = await asyncio.to_thread(self._desk.session.purse.share, here, now_ms())
        if here == (self._desk.conversation.id if self._desk.conversation is not None else ""):
            changed, self._share, self._near = share != self.near(None), share, 0.0
            if changed:
                self._desk.show_status()

    def near(self, turn: Turn | None) -> float:
        """How much of it is spent with what the reply has likely cost that is being written."""
        if turn is not None:
            self._near = turn.budget
        return max(self._share, self._near)

    def command_cost(self, argument: str) -> None:
        """What was spent: here, today, this month, by day, model and conversation."""
        self._desk.open(self._cost())

    async def _cost(self) -> None:
        from ..screens.info import InfoScreen
        from ..words.spent import PAGES, spent

        here = self._desk.conversation.id if self._desk.conversation else ""
        found = await spent(self._desk.session.store, here, self._desk.session.purse)
        today = date.today()
        self._desk.window.push_screen(
            InfoScreen(
                lambda place: found.page(place, today, InfoScreen.room(self._desk.window.size.width)),
                count=1 + len(PAGES),
            )
        )

    def command_budget(self, argument: str) -> None:
        """What a conversation, a day and a month may cost."""
        if not argument.strip():
            self._desk.run(self._choose_budget())
            return
        word, _, typed = argument.strip().partition(" ")
        period: Period | None = next((each for each in PERIODS if each.startswith(word.lower())), None)
        if period is None or not typed:
            self._desk.say(
                "/budget conversation 1, /budget day 5, /budget month none: dollars, or none.", severity="warning"
            )
            return
        self._set_budget(period, typed)

    def _set_budget(self, period: Period, typed: str) -> None:
        dollars = read_dollars(typed)
        if dollars is None and typed.strip().lower() != "none":
            self._desk.say(f"A budget is a number of dollars up to {MOST:,}, or none.", severity="warning")
            return
        problem = self._desk.session.budgets.set(period, dollars)
        if problem is not None:
            self._desk.say(str(problem), severity="warning")
        span = _SPANS[period]
        self._desk.run(self.look())
        held = f"{span} may cost {_amount(dollars)}." if dollars is not None else f"{span} has no budget any more."
        self._desk.say(held)

    async def _choose_budget(self) -> None:
        from ..screens.ask import AskScreen
        from ..screens.choose import ChooseScreen, Option
        from ..screens.info import InfoScreen

        here = self._desk.conversation.id if self._desk.conversation is not None else ""
        accounts = await asyncio.to_thread(self._desk.session.purse.accounts, here, now_ms(), whether_set=False)
        options = [Option(each.period, _SPANS[each.period], self._detail(each)) for each in _set(accounts)]
        options.append(Option("passes", "What can pass", "what no budget holds, and by how much"))

        def chosen(answer: str | None) -> None:
            period: Period | None = next((each for each in PERIODS if each == answer), None)
            if answer == "passes":
                self._desk.window.push_screen(InfoScreen(lambda page: ("What can still pass a budget", _PASSES)))
            if period is None:
                return
            base = self._desk.session.budgets.base(period)

            def typed(text: str | None) -> None:
                if text is not None:
                    self._set_budget(period, text)

            title = f"{_SPANS[period]} may cost, in dollars; none for no bound"
            self._desk.window.push_screen(AskScreen(title, "none" if base is None else f"{base.normalize():f}"), typed)

        self._desk.window.push_screen(ChooseScreen("Budget", options), chosen)

    def _detail(self, account: Account) -> str:
        """How a budget stands."""
        used = _amount(account.used)
        if unsure := self._desk.session.budgets.unsure(account.period) if account.period in PERIODS else "":
            return f"cannot be read: {unsure.partition(': ')[0]}"
        # Cut replies may have cost it: it counts here, and in no receipt.
        doubt = f" · {_amount(account.unconfirmed)} unconfirmed" if account.unconfirmed else ""
        if account.limit is None:
            return f"no budget · {used}{doubt}"
        share = f" · {format.percent(float(account.used / account.limit))}" if account.limit else ""
        base = self._desk.session.budgets.base(account.period)
        raised = f", raised from {_amount(base)}" if base is not None and base != account.limit else ""
        return f"{used} of {_amount(account.limit)}{raised}{share}{doubt}"


def _set(accounts: Sequence[Account]) -> list[Account]:
    """Those that a person sets."""
    return [account for account in accounts if account.period in PERIODS]


def read_dollars(typed: str) -> Decimal | None:
    """``5``, ``$0.50``; None for what is no amount."""
    try:
        dollars = Decimal(typed.strip().removeprefix("$"))
    except InvalidOperation:
        return None
    return dollars if dollars.is_finite() and 0 <= dollars <= MOST else None


def _amount(dollars: Decimal) -> str:
    return format.dollars(Cost(dollars))
