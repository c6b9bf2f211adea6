"""Budgets at the screen: set, told, stopped at, and gone past with one key."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from claude_tui.demo import Fault, Faulty, Reply
from claude_tui.paths import Paths
from claude_tui.session import now_ms
from claude_tui.store import Claim, Release, Spend
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio


def configured(home: Path, **budgets: float) -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {dollars}" for name, dollars in budgets.items()]
    config.write_text("\n".join(["max_tokens = 4000", "[budget]", *lines]))


def kept() -> dict[str, object]:
    return tomllib.loads(Paths.default(demo=False).state_file.read_text())


def saying(text: str) -> Reply:
    return Reply([{"type": "text", "text": text}])


async def test_one_key_raises_the_budget_and_goes_on_from_where_it_stopped(home: Path) -> None:
    configured(home, day=0.05)
    async with person(home) as someone:
        someone.server.then(saying("From the rocks."))
        await someone.says("Why is the sea salt? " * 200)
        await someone.sees("This may pass today's budget of $0.050", "raises it and goes on", "/budget sets it")
        assert someone.requests == []
        await someone.press("ctrl+g")
        await someone.hears("Today's budget is now $0.")
        await someone.done()
        assert someone.reply == "From the rocks." and len(someone.requests) == 1
        raised = kept()["raised"]
        assert isinstance(raised, dict) and len(raised) == 1 and next(iter(raised)).startswith("day 2")
        assert someone.session.budgets.base("day") == Decimal("0.05") and "budget" not in kept()


async def test_a_reply_that_passes_a_budget_is_stopped_and_goes_on_where_it_was(home: Path) -> None:
    configured(home, day=0.07)
    words = "".join(f"Sentence {number} of it.\n\n" for number in range(2_000))
    async with person(home) as someone:
        someone.server.then(Faulty(saying(words), Fault("hold", after_text=9_000)))
        await someone.says("Why?", wait=False)
        await someone.sees("Sentence")
        someone.server.let_go(10)
        await someone.done()
        await someone.sees("Stopped: more would pass today's budget of $0.070", "raises it and goes on")
        cut = someone.reply
        assert words.startswith(cut) and len(cut) > 5_000
        someone.server.then(saying("The end."))
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply.startswith(cut[:-40]) and someone.reply.endswith("The end.")


async def test_a_price_nobody_knows_is_asked_about(home: Path) -> None:
    configured(home, month=5)
    async with person(home) as someone:
        someone.server.then(saying("Yes."))
        await someone.commands("/model claude-mythos-5-2")
        await someone.says("Why?")
        await someone.sees("costs is not known, so that no budget", "asks all the same")
        assert someone.requests == []
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply == "Yes."


def miswritten(day: str) -> Path:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"max_tokens = 4000\n[budget]\nday = {day}\n")
    return config


async def test_where_a_budget_cannot_be_read_nothing_is_sent_before_a_key_says_so(home: Path) -> None:
    miswritten('"five"')
    async with person(home) as someone:
        someone.server.then(saying("Yes."))
        await someone.says("Why?")
        await someone.sees('config.toml, line 3: "budget.day" must be a number', "goes on without", "/budget")
        assert someone.requests == []
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply == "Yes."
        someone.server.then(saying("Again."))
        await someone.says("And?")
        assert someone.reply == "Again.", "said once, for this run"


@pytest.mark.parametrize("by", ["editor", "app"])
async def test_what_could_not_be_read_holds_once_it_is_mended(home: Path, by: str) -> None:
    config = miswritten('"five"')
    async with person(home) as someone:
        await someone.says("Why?")
        await someone.sees("config.toml, line 3", "Nothing is")
        await someone.commands("/budget")
        await someone.sees("cannot be read: config.toml, line 3")
        await someone.press("escape")
        if by == "app":
            await someone.commands("/budget day 0.02")
        else:
            config.write_text("max_tokens = 4000\n[budget]\nday = 0.020\n")
        await someone.says("Why? " * 10)
        await someone.sees("This may pass today's budget of $0.020")
        assert someone.requests == []


async def test_less_is_asked_for_and_said(home: Path) -> None:
    configured(home, conversation=0.07)
    async with person(home) as someone:
        someone.server.then(saying("Short."))
        await someone.says("Why?", wait=False)
        await someone.hears("the budget allows no more")
        await someone.done()
        assert 2_000 <= someone.requests[0]["max_tokens"] < 4_000


async def test_four_fifths_are_told(home: Path) -> None:
    configured(home, day=1)
    async with person(home) as someone:
        someone.server.then(Reply([{"type": "text", "text": "x"}], usage={"output_tokens": 41_000}))
        await someone.says("Why?", wait=False)
        await someone.hears("82 % of today's budget of $1.00 is spent.")


async def test_a_budget_that_is_nearly_reached_stands_in_the_status_line(home: Path) -> None:
    configured(home, day=1)
    async with person(home, size=(80, 24)) as someone:
        someone.server.then(Reply([{"type": "text", "text": "x"}], usage={"output_tokens": 30_000}))
        await someone.says("Why?")
        assert "budget" not in someone.status and "!" not in someone.status
        someone.server.then(Reply([{"type": "text", "text": "x"}], usage={"output_tokens": 11_500}))
        await someone.says("And?")
        await someone.until(lambda: "budget 83 %" in someone.status and " ! $0.83" in someone.status)
    for width, mark in ((80, "budget 83 %"), (30, "!")):
        async with person(home, size=(width, 24)) as someone:
            await someone.until(partial(lambda mark: mark in someone.status, mark))
            await someone.commands("/budget day 10")
            await someone.until(lambda: "budget" not in someone.status and "!" not in someone.status)
            await someone.commands("/budget day 0")
            await someone.until(lambda: "!" in someone.status)
            await someone.commands("/budget day 1")


async def test_the_mark_and_the_warning_come_while_the_reply_is_written(home: Path) -> None:
    configured(home, day=1)
    async with person(home, size=(80, 24)) as someone:
        entry = Spend(now_ms(), "c", "", "claude-opus-5-5", {"output_tokens": 1}, "0.76", "exact")
        await someone.chat.wait(someone.session.store.spend(entry))
        someone.server.then(Faulty(saying("Words of it. " * 1_200), Fault("hold", after_text=12_000)))
        await someone.says("And?", wait=False)
        await someone.hears("% of today's budget of $1.00 is spent.")
        warned = [told for told in someone.told if "is spent" in told]
        assert len(warned) == 1 and "≈8" in warned[0]
        await someone.until(lambda: " ! ≈$" in someone.status)
        assert someone.chat.turn is not None, "it is being written"
        someone.server.let_go(10)
        await someone.done()
        await someone.until(lambda: re.search(r"budget 8\d %", someone.status))
        assert "≈" in someone.told[-1] or not someone.told, "it is said once"


async def test_what_is_being_written_is_in_what_is_told_to_be_spent_and_what_is_reserved_beside_it(home: Path) -> None:
    configured(home)
    async with person(home) as someone:
        someone.server.then(saying("A first one. " * 100))
        await someone.says("Why?")
        spent = Decimal(someone.session.store.spent().result(5)[0].cost_usd or 0)
        someone.server.then(Faulty(saying("Words of it. " * 2_000), Fault("hold", after_text=12_000)))
        await someone.says("And?", wait=False)
        await someone.until(lambda: [cost.dollars for _, cost in someone.session.purse.coming if cost.dollars])
        await someone.until(lambda: "Words" in someone.text)
        claim = Claim("x", "elsewhere", "n", "claude-opus-5-5", 900_000_000, 0, 0)
        someone.session.store.reserve(claim, ()).result(5)
        await someone.commands("/cost")
        await someone.sees("of it being written", "reserved")
        split = [re.split(r"\s{2,}", line[4:].strip(), maxsplit=1) for line in someone.lines]
        lines = {each[0]: each[1] for each in split if len(each) == 2}
        said = {name: line.split("$")[1].split()[0] for name, line in lines.items() if "$" in line}
        coming = Decimal(said["of it being written"].rstrip(":"))
        for name in ("this conversation", "today", "this month", "ever"):
            assert f"≈${said[name]}" in lines[name], "one estimate makes it one"
            assert abs(Decimal(said[name]) - spent - coming) < Decimal("0.002")
        assert Decimal(said["reserved"].rstrip(":")) > Decimal("0.9"), "another window's too"
        await someone.press("escape")
        someone.server.let_go(10)
        await someone.done()
        await someone.until(lambda: not someone.session.purse.coming)
        await someone.commands("/cost")
        await someone.sees("this conversation")
        assert "being written" not in someone.text and "≈" not in someone.text.split("today")[1].split("ever")[0]


async def test_what_can_still_pass_a_budget_is_told(home: Path) -> None:
    async with person(home, size=(80, 24)) as someone:
        await someone.commands("/budget")
        await someone.sees("Budget", "What can pass")
        await someone.press("down", "down", "down", "enter")
        await someone.sees("What can still pass a budget", "one reading of what it brought", "beyond 10,000")
        assert len([line for line in someone.lines if "up to its longest" in line]) == 2, "a line each"
        await someone.press("escape")


async def test_where_a_conversation_goes_on_in_another_its_budget_is_said_to_begin_anew(home: Path) -> None:
    configured(home, conversation=0.50)
    async with person(home) as someone:
        someone.server.then(saying("From the rocks."))
        await someone.says("Why?")
        await someone.commands("/fork")
        await someone.hears("Its budget of $0.50 begins anew here.")
        someone.server.then(saying("A summary."))
        await someone.commands("/context summary")
        await someone.done()
        await someone.hears("all the model is sent of it. Its budget of $0.50 begins anew here.")


async def test_budgets_are_set_here_and_hold_at_the_next_start(home: Path) -> None:
    configured(home, day=1)
    async with person(home) as someone:
        await someone.commands("/budget")
        await someone.sees("Budget", "A conversation", "no budget", "$0.00 of $1.00")
        await someone.press("down", "enter")
        await someone.sees("A day may cost, in dollars")
        await someone.press("backspace", *"2.50", "enter")
        await someone.hears("A day may cost $2.50.")
        await someone.commands("/budget month 20")
        await someone.commands("/budget conv $0.50")
        await someone.commands("/budget week 5")
        await someone.hears("dollars, or none")
        await someone.commands("/budget day much")
        await someone.hears("A budget is a number of dollars")
        assert kept()["budget"] == {"day": 2.5, "month": 20.0, "conversation": 0.5}
    async with person(home) as someone:
        limits = someone.session.budgets.limits("c", 1_800_000_000_000)
        assert [limits.conversation, limits.day, limits.month] == [0.5, 2.5, 20]
        await someone.commands("/budget day none")
        await someone.hears("A day has no budget any more.")
        assert someone.session.budgets.limits("c", 1).day is None, "what the config says does not come back"


async def test_what_another_window_set_holds_here_too(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/budget day 5")
        state = Paths.default(demo=False).state_file
        state.write_text(state.read_text().replace("day = 5.0", "day = 1.0"))
        assert someone.session.budgets.limits("c", 1).day == 1
        someone.session.remember(ground="dark")
        assert kept()["budget"] == {"day": 1.0}, "and is not written over"


async def test_what_was_raised_is_raised_for_that_one_alone(home: Path) -> None:
    configured(home, conversation=0.05)

    async def would_pass(someone: Person, text: str) -> None:
        await someone.says(text)
        await someone.sees("This may pass this conversation's budget")

    async with person(home) as someone:
        await would_pass(someone, "Why? " * 500)
        someone.server.then(saying("Because."))
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply == "Because."
        await someone.commands("/new")
        await would_pass(someone, "Why? " * 500)


async def test_what_nobody_confirmed_is_told_apart(home: Path) -> None:
    configured(home, day=1)
    async with person(home) as someone:
        store, now = someone.session.store, now_ms()
        store.reserve(Claim("1", "c", "n", "m", 30_000_000, 0, 7), ()).result(20)
        store.spend(None, Release("1", doubt=20_000_000)).result(20)
        assert someone.session.purse.accounts("c", now)[0].unconfirmed == Decimal("0.02")
        await someone.commands("/budget")
        await someone.sees("$0.020 of $1.00 · 2 % · $0.020 unconfirmed")
