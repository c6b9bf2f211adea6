"""Budgets through the loop and over HTTP: nothing is sent that would pass one, and what comes is stopped in time."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.budgets import in_doubt
from claude_tui.cancel import Cancel
from claude_tui.core.budget import LEAST, Limits, Period, promise
from claude_tui.core.conversation import Conversation
from claude_tui.core.events import MessageStart
from claude_tui.core.figures import dollars
from claude_tui.core.metering import Meter
from claude_tui.core.models import find_model
from claude_tui.core.pricing import Cost
from claude_tui.core.retry import Failure as Refused
from claude_tui.demo import Failure, Fault, Faulty, RawStream, Reply
from claude_tui.ids import new_id
from claude_tui.store import Bound, Claim, Release, Spend
from claude_tui.turn import Asked, Purse, Ticket, Turn, run_turn
from claude_tui.turn.title import suggest_title

from ..support.desk import Desk, last, reply_text, settings, typed
from ..support.streams import block_events, ended, started, write_sse

TEXT = "Salt comes from the rocks, and rain takes it to the sea, a little every year. " * 20
CALL = {"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "6 * 7"}}
SONNET = "claude-sonnet-4-6"
"""$15 for a million tokens written, 1.1 times that in the United States."""
ROUNDS, SEED = int(os.environ.get("CLAUDE_TUI_ROUNDS", "30")), os.environ.get("CLAUDE_TUI_SEED")  # read now


def saying(text: str = TEXT, **usage: Any) -> Reply:
    return Reply([{"type": "text", "text": text}], usage=usage or None)


def billed(*blocks: dict[str, Any], first: int = 500, **final: Any) -> RawStream:
    """A reply that reads ``first`` tokens as it begins, and whose last count is another."""
    usage = {"input_tokens": first, "output_tokens": 1}
    inner = [event for index, block in enumerate(blocks) for event in block_events(index, block, 40)]
    ending = [{**event, "usage": {"output_tokens": 500, **final}} for event in ended()[:1]] + ended()[1:]
    return RawStream(write_sse([started(model=SONNET, usage=usage), *inner, *ending]).encode())


class Counting:
    """Budgets of one desk, and what was raised."""

    def __init__(self, desk: Desk, **limits: Any) -> None:
        self.desk = desk
        given: dict[str, Any] = {name: None if value is None else Decimal(str(value)) for name, value in limits.items()}
        self.set = Limits(**given)
        self.raised: list[tuple[Period, Decimal]] = []
        self.purse = Purse(desk.store, lambda conversation_id, now: self.set, self._raise)

    def _raise(self, period: Period, conversation_id: str, now: int, limit: Decimal) -> None:
        self.raised.append((period, limit))
        given: dict[str, Any] = {name: self.set.of(name) for name in ("run", "conversation", "day", "month")}
        self.set = Limits(**{**given, period: limit})

    @property
    def used(self) -> Decimal:
        """What is spent and reserved, in dollars."""
        (found,) = self.desk.store.used([Bound(0)]).result(5)
        return Decimal(found) / 10**9

    @property
    def spent(self) -> Decimal:
        """What the ledger holds."""
        return sum((Decimal(each.cost_usd or 0) for each in self.desk.store.spent().result(5)), Decimal(0))

    def ask(self, wanted: Any = None, text: str = "Why is the sea salt?", **more: Any) -> Turn:
        return last(self.desk.ask(text, wanted or settings(SONNET, max_tokens=4_000), purse=self.purse, **more))

    def go_on(self, turn: Turn, wanted: Any = None, **more: Any) -> Turn:
        wanted = wanted or settings(SONNET, max_tokens=4_000)
        return last(self.desk.turn(turn.conversation, wanted, purse=self.purse, **more))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("period", ["conversation", "day", "month", "run"])
def test_what_would_pass_a_budget_is_not_sent_and_can_be_gone_on_with(desk: Desk, period: str) -> None:
    counting = Counting(desk, **{period: "0.02"})
    turn = counting.ask()
    kind = "call_budget" if period == "run" else "budget"
    assert turn.failure is not None and turn.failure.kind == kind and desk.asked == []
    assert turn.sentence.startswith("This may pass ") and "$0.020: $0.00 is spent" in turn.sentence
    head = desk.kept(turn.conversation.id).head
    assert head is not None and head.status == "failed" and head.facts["ending"]["kind"] == kind
    counting = Counting(desk, **{period: 1})
    desk.server.then(saying())
    assert reply_text(counting.go_on(turn).conversation) == TEXT
    assert counting.used == counting.spent > 0, "what was reserved is settled"


def test_less_is_asked_for_where_less_is_left_and_it_is_said(desk: Desk) -> None:
    counting = Counting(desk, day="0.05")
    desk.server.then(saying("Short."))
    turn = counting.ask()
    allowed = desk.asked[0]["max_tokens"]
    assert LEAST <= allowed < 4_000 and desk.problems == []
    assert turn.notes == (f"The reply may take {allowed:,} tokens, not 4,000: the budget allows no more.",)
    written = allowed * Decimal("16.5") / 10**6
    assert written < Decimal("0.05") < written + Decimal("0.01"), "as much as fits"


def test_what_was_asked_for_is_not_lowered_where_there_is_room(desk: Desk) -> None:
    desk.server.then(saying())
    turn = Counting(desk, day=1).ask()
    assert desk.asked[0]["max_tokens"] == 4_000 and turn.notes == ()


def test_budgets_that_cannot_be_read_let_nothing_pass_until_a_person_says_so(desk: Desk) -> None:
    counting = Counting(desk, day="0.02")
    counting.set = replace(counting.set, unsure='config.toml, line 3: "budget.month" must be a number of dollars.')
    turn = counting.ask()
    said = '"budget.month" must be a number of dollars. Nothing is sent until that is mended.'
    assert turn.failure is not None and turn.failure.kind == "misread" and turn.sentence.endswith(said)
    title = suggest_title("Why?", "So.", find_model(SONNET), desk.means(purse=counting.purse), Cancel(), "c")
    assert title.why.endswith(said) and desk.asked == []
    turn = counting.go_on(turn, raising=True)
    assert turn.failure is not None and turn.failure.kind == "budget", "one key raises no other budget with it"
    assert counting.raised == [] and desk.asked == []
    counting.set = replace(counting.set, day=Decimal(1))
    desk.server.then(saying())
    assert reply_text(counting.go_on(turn).conversation) == TEXT, "it was said once"
    counting.set = replace(counting.set, unsure="state.toml: another mistake.")
    refused = counting.go_on(counting.ask(), raising=False)
    assert refused.failure is not None and refused.failure.kind == "misread"


def test_what_was_mended_meanwhile_holds_and_is_not_raised_with_the_key_that_was_to_do_without(desk: Desk) -> None:
    counting = Counting(desk)
    counting.set = replace(counting.set, unsure="config.toml: wrong.")
    turn = counting.ask()
    counting.set = Limits(day=Decimal("0.02"))
    turn = counting.go_on(turn, raising=True)
    assert turn.failure is not None and turn.failure.kind == "budget" and counting.raised == [] and desk.asked == []


def test_a_little_question_may_cost_little(desk: Desk) -> None:
    desk.server.then(saying("Short."))
    assert Counting(desk, day="0.01").ask(settings(SONNET, max_tokens=100)).failure is None


def test_one_key_raises_the_budget_in_the_way_and_no_other(desk: Desk) -> None:
    counting = Counting(desk, day="0.02", month=50)
    turn = counting.ask()
    desk.server.then(saying())
    turn = counting.go_on(turn, raising=True)
    assert reply_text(turn.conversation) == TEXT and desk.asked[0]["max_tokens"] == 4_000
    ((period, limit),) = counting.raised
    assert period == "day" and Decimal("0.06") < limit < Decimal("0.09")
    assert turn.notes[0] == f"Today's budget is now {dollars(Cost(limit))}."
    assert counting.set.month == 50
    assert counting.ask(text="And the lakes?" * 2000).failure is not None, "it was raised once"


def test_a_key_raises_a_budget_for_a_reply_of_the_usual_length(desk: Desk) -> None:
    """With ten searches and 64,000 tokens it might cost $35: that is not what somebody says who presses it once."""
    counting = Counting(desk, day=5)
    model = find_model("claude-opus-4-6")
    messages = [{"role": "user", "content": [{"type": "text", "text": "x" * 400_000}]}]
    params = {"model": model.id, "max_tokens": 64_000, "messages": messages,
              "tools": [{"type": "web_search_20250305", "name": "web_search"}]}  # fmt: skip
    ticket = counting.purse.admit(Asked("c", "n", (), params, model, 5, raising=True), "id")
    assert isinstance(ticket, Ticket) and ticket.promise is not None
    ((period, limit),) = counting.raised
    assert period == "day" and ticket.promise.whole > 30 * 10**9 and Decimal(5) < limit < Decimal(10)
    assert ticket.max_tokens is not None and ticket.max_tokens >= 8_000, "and no more is asked for than fits"
    assert counting.used <= limit


def test_a_key_asks_within_the_budget_of_a_call(desk: Desk) -> None:
    counting = Counting(desk, day="0.02", run="0.05")
    turn = counting.ask()
    desk.server.then(saying("Short."))
    turn = counting.go_on(turn, raising=True)
    assert turn.failure is None and LEAST <= desk.asked[0]["max_tokens"] < 4_000 and counting.used <= Decimal("0.05")
    head = turn.conversation.head
    assert head is not None and head.facts["lowered"] == "call", "what lowered it is no key's to raise"


def test_what_is_raised_by_a_key_is_raised_for_one_request(desk: Desk) -> None:
    counting = Counting(desk, day="0.02")
    turn = counting.ask(settings(SONNET, max_tokens=4_000))
    desk.server.then(Reply([CALL], "tool_use", usage={"output_tokens": 4_000}))
    turn = counting.go_on(turn, raising=True)
    assert len(counting.raised) == 1 and turn.failure is not None and turn.failure.kind == "budget"
    assert turn.conversation.path()[-2].origin == "tool", "the tool has run, and its result was not sent"


def test_a_stream_that_overshoots_is_stopped_kept_and_gone_on_with(desk: Desk) -> None:
    counting = Counting(desk, day="0.05")
    desk.server.then(Faulty(saying(TEXT * 40), Fault("hold", after_text=6_000)))

    def watch(turn: Turn) -> None:
        if turn.reply is not None and turn.reply.characters % 6_000 == 0:
            desk.server.let_go()

    turn = counting.ask(settings(SONNET, max_tokens=2_500), watch=watch)
    assert turn.failure is not None and turn.failure.kind == "budget"
    assert turn.sentence == "Stopped: more would pass today's budget of $0.050."
    head = turn.conversation.head
    assert head is not None and head.status == "interrupted" and head.facts["ending"]["kind"] == "budget"
    so_far = reply_text(turn.conversation)
    assert 1_000 < len(so_far) < len(TEXT * 40) and (TEXT * 40).startswith(so_far)
    assert counting.spent > 0 and counting.used < Decimal("0.05") + 12 * Decimal("16.5") / 10**6, "by one event"
    desk.server.then(saying("and so on."))
    turn = counting.go_on(turn, settings(SONNET, max_tokens=2_500), raising=True)
    assert turn.failure is None and reply_text(turn.conversation).startswith(so_far[:-20])


@pytest.mark.parametrize("period", ["day", "month"])
def test_a_stream_over_midnight_is_held_by_the_budget_of_the_day_and_month_it_ends_in(desk: Desk, period: str) -> None:
    midnight = int(datetime(2026, 12, 1).timestamp() * 1000)
    counting, clock = Counting(desk, **{period: "0.10"}), [midnight - 1_000]
    desk.store.spend(Spend(midnight - 5_000, "c", "", SONNET, {}, "0.055", "exact")).result(5)
    desk.server.then(Faulty(saying(TEXT * 8), Fault("hold", after_text=600)))

    def watch(turn: Turn) -> None:
        if turn.reply is not None and turn.reply.characters:
            clock[0] = midnight + 1_000
            desk.server.let_go(10)

    turn = counting.ask(settings(SONNET, max_tokens=2_500), watch=watch, now=lambda: clock[0])
    assert desk.asked[0]["max_tokens"] <= 2_500 and turn.failure is None, turn.sentence
    (today,) = desk.store.used([Bound(0, midnight)]).result(5)
    assert Decimal(today) / 10**9 == counting.used - Decimal("0.055"), "it is entered where it ended"
    desk.server.then(saying(TEXT * 40))
    turn = counting.ask(settings(SONNET, max_tokens=2_500), now=lambda: clock[0])
    assert turn.failure is not None and "$0.10" in turn.sentence, "and the new one holds too"
    (today,) = desk.store.used([Bound(0, midnight)]).result(5)
    assert today <= 0.101 * 10**9


def test_what_is_counted_is_metered_by_the_dearer_price_of_two_days() -> None:
    rows = [
        {"input": 1, "output": 2, "since": date(2026, 11, 1)},
        {"input": 5, "output": 9, "since": date(2026, 12, 1)},
    ]
    model = find_model("claude-x", {"claude-x": {"prices": rows}})
    made = promise((), {"model": "claude-x", "max_tokens": 9, "messages": []}, model, date(2026, 11, 30))
    assert made is not None
    meter = Meter(made, model, date(2026, 11, 30))
    meter.hear(MessageStart({"usage": {"input_tokens": 1_000}}))
    assert meter.nano() == 1_000 * 5_000


def test_a_count_that_overshoots_what_was_promised_passes_by_the_difference_and_no_more_is_sent(desk: Desk) -> None:
    counting = Counting(desk, day="0.10")
    desk.server.then(billed({"type": "text", "text": TEXT}, output_tokens=50_000))
    turn = counting.ask(settings(SONNET, max_tokens=2_500))
    assert turn.failure is None, "it came whole: there is nothing left to stop"
    over = counting.spent - Decimal("0.10")
    assert Decimal(0) < over <= (50_000 - 2_500) * Decimal("15") / 10**6, "output beyond max_tokens"
    asked = len(desk.asked)
    assert counting.ask().failure is not None and len(desk.asked) == asked


def test_a_reply_whose_count_has_no_price_is_counted_with_what_the_meter_says(desk: Desk) -> None:
    counting = Counting(desk, day=1)
    desk.server.then(billed({"type": "text", "text": TEXT}, first=1_000, output_tokens=3_000, service_tier="priority"))
    turn = counting.ask()
    assert turn.failure is None and turn.cost.dollars is None
    assert counting.spent == 0, "no receipt says what nobody knows"
    assert counting.used >= (1_000 * Decimal(3) + 3_000 * Decimal(15)) / 10**6
    head = turn.conversation.head
    assert head is not None
    left = in_doubt(head, find_model(SONNET), date(2026, 11, 22), turn.cost)
    assert left >= (1_000 * 3 + 3_000 * 15) * 1_000, "and what a window left that died when it was whole"


def found(characters: int, number: int = 1) -> list[dict[str, Any]]:
    """A search of the server's, and what it brought."""
    page = {
        "type": "web_search_result",
        "title": "Salt",
        "url": "https://example.org",
        "encrypted_content": "x" * characters,
    }
    return [
        {"type": "server_tool_use", "id": f"srvtoolu_{number}", "name": "web_search", "input": {"query": "salt"}},
        {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_{number}", "content": [page]},
    ]


def test_tools_that_multiply_what_is_read_are_bounded_by_what_is_left(desk: Desk) -> None:
    wanted = settings(SONNET, max_tokens=4_000, server_tools=("web_search",))
    desk.server.then(saying("Short."))
    counting = Counting(desk, day=100)
    assert counting.ask(wanted).notes == () and "max_uses" not in desk.asked[0]["tools"][0]
    counting = Counting(desk, day="1.00")
    desk.server.then(saying("Short."))
    turn = counting.ask(wanted)
    uses = desk.asked[1]["tools"][0]["max_uses"]
    assert uses == 5 and desk.problems == []
    assert turn.notes == ("web_search may be used 5 times for this reply: the budget allows no more.",)
    counting = Counting(desk, day="0.05")
    assert counting.ask(wanted).failure is not None and len(desk.asked) == 2, "not even one fits"


def test_near_a_budget_the_tools_stay_as_they_are_so_that_the_cache_and_thoughts_live(desk: Desk) -> None:
    counting = Counting(desk, day="2.20")
    wanted = settings("claude-sonnet-5-5", max_tokens=4_000, thinking="on", server_tools=("web_search",))
    thought = {"type": "thinking", "thinking": "So. ", "signature": "sig"}
    turn: Turn | None = None
    for number in range(12):
        usage = {"input_tokens": 2_000, "output_tokens": 100, "server_tool_use": {"web_search_requests": 14}}
        desk.server.then(Reply([thought, {"type": "text", "text": "Short."}], usage=usage))
        if turn is None:
            turn = counting.ask(wanted)
        else:
            question = typed(f"And number {number}?", turn.conversation.head_id)
            turn = last(desk.turn(turn.conversation, wanted, question, purse=counting.purse))
        assert turn.failure is None, turn.sentence
    told = [asked["tools"][0].get("max_uses", 10) for asked in desk.asked]
    assert desk.problems == [] and told == sorted(told, reverse=True) and told[0] == 10 and told[-1] < 5, told
    assert len(set(told)) <= 4, "none, five, two, one: each change has all of it read anew"
    went = [str(asked["messages"]).count("'thinking':") for asked in desk.asked]
    changed = [at for at in range(1, 12) if told[at] != told[at - 1]]
    assert [at for at in range(1, 12) if went[at] <= went[at - 1]] == changed, (told, went)


def test_what_is_told_of_tools_is_what_the_request_carries(desk: Desk) -> None:
    both = settings(SONNET, max_tokens=4_000, server_tools=("web_search", "web_fetch"))
    desk.server.then(saying("Short."))
    turn = Counting(desk, day="1.00").ask(both)
    assert {tool["max_uses"] for tool in desk.asked[-1]["tools"]} == {2}, "four in all fit, not five for each"
    (note,) = turn.notes
    assert note == "web_search and web_fetch may each be used 2 times for this reply: the budget allows no more."
    desk.server.then(saying("Short."))
    turn = Counting(desk, day="0.60").ask(settings(SONNET, max_tokens=4_000, server_tools=("code_execution",)))
    assert turn.notes == () and "max_uses" not in desk.asked[-1]["tools"][0], "it takes no such number"


def test_an_open_tool_turn_keeps_its_tools_and_nothing_else_is_said(desk: Desk) -> None:
    wanted = settings(SONNET, max_tokens=4_000, thinking="on", server_tools=("web_search",))
    thought = {"type": "thinking", "thinking": "So. ", "signature": "sig"}
    desk.server.then(Reply([thought, CALL], "tool_use"), saying("42."))
    counting = Counting(desk, day="50")

    def watch(turn: Turn) -> None:
        if turn.phase == "tool":
            counting.set = Limits(day=counting.used + Decimal("0.45"))

    turn = counting.ask(wanted, watch=watch)
    assert turn.failure is None, turn.sentence
    first, second = desk.asked
    assert first["tools"] == second["tools"] and "max_uses" not in second["tools"][0]
    assert not any("may be used" in note for note in turn.notes)


def test_a_hundredfold_of_input_is_stopped_while_it_comes(desk: Desk) -> None:
    """Ten searches read 404,500 tokens where 2,479 were sent, as in a recording; one was allowed."""
    limit = Decimal("0.25")
    counting = Counting(desk, day=limit)
    blocks = [block for number in range(10) for block in found(20_000, number)]
    desk.server.then(billed(*blocks, {"type": "text", "text": TEXT}, first=2_479, input_tokens=404_500))
    turn = counting.ask(settings(SONNET, max_tokens=2_000, server_tools=("web_search",)))
    assert turn.failure is not None and turn.failure.kind == "budget", turn.failure
    assert desk.asked[0]["tools"][0]["max_uses"] == 1
    brought = sum(block.type == "web_search_tool_result" for block in turn.conversation.path()[-1].content)  # type: ignore[union-attr]
    assert 1 <= brought < 10
    one_reading = (2_479 + brought * 10_100) * Decimal("4.125") / 10**6 + Decimal("0.01")
    over = counting.used - limit
    assert Decimal(0) < over <= one_reading, "at most the one that was read when its result came here"


def test_what_tools_bring_is_paid_for_where_there_is_enough(desk: Desk) -> None:
    counting = Counting(desk, day=5)
    blocks = [block for number in range(10) for block in found(20_000, number)]
    desk.server.then(billed(*blocks, {"type": "text", "text": TEXT}, first=2_479, input_tokens=404_500))
    turn = counting.ask(settings(SONNET, max_tokens=2_000, server_tools=("web_search",)))
    assert turn.failure is None and counting.used == counting.spent > Decimal("1.2")


def test_what_was_reserved_for_tools_that_brought_nothing_is_given_back(desk: Desk) -> None:
    counting = Counting(desk, day=5)
    desk.server.then(saying())
    counting.ask(settings(SONNET, max_tokens=4_000, server_tools=("web_search",)))
    assert counting.used == counting.spent < Decimal("0.02")


def test_a_budget_is_warned_of_once_at_four_fifths(desk: Desk) -> None:
    counting = Counting(desk, day=1)
    words = {"type": "text", "text": "Short."}
    desk.server.then(*[billed(words, first=0, output_tokens=count) for count in (53_000, 400, 100)])
    assert counting.ask().notes == (), "79.5 %"
    assert counting.ask().notes == ("80 % of today's budget of $1.00 is spent.",)
    assert counting.ask().notes == ()


def test_of_two_conversations_each_is_warned_of_and_a_third_is_not_marked(desk: Desk) -> None:
    counting = Counting(desk, conversation=1)
    words = {"type": "text", "text": "Short."}
    desk.server.then(*[billed(words, first=0, output_tokens=count) for count in (54_000, 54_000, 100)])
    said = ("81 % of this conversation's budget of $1.00 is spent.",)
    assert counting.ask().notes == counting.ask().notes == said
    third = counting.ask()
    assert third.notes == () and counting.purse.share(third.conversation.id, desk.means().now()) < 0.01


def test_what_another_window_has_reserved_is_not_said_to_be_spent_where_it_is_in_the_way(desk: Desk) -> None:
    counting = Counting(desk, day=1)
    desk.store.reserve(Claim("x", "another", "n", SONNET, 10**9, 0, 0), ()).result(5)
    said = "This may pass today's budget of $1.00: $0.00 is spent, $1.00 reserved for what is under way, and "
    assert counting.ask().sentence.startswith(said) and desk.asked == []


LONG = "".join(f"Sentence {number} of it tells of the sea, of the salt and of the rain.\n\n" for number in range(3_000))


def warned_while_it_comes(desk: Desk, counting: Counting, reply: Any) -> tuple[list[Turn], list[str]]:
    """Every snapshot of a reply, and what was said before it ended."""
    desk.server.then(reply)
    turns = list(desk.ask("Why?", settings(SONNET, max_tokens=50_000), purse=counting.purse))
    return turns, list(next(turn.notes for turn in reversed(turns) if turn.phase == "writing" and turn.live))


def test_four_fifths_are_said_while_the_reply_comes_and_once(desk: Desk) -> None:
    counting = Counting(desk, day=2)
    turns, said = warned_while_it_comes(desk, counting, saying(LONG))
    whole = counting.spent
    assert said == [] and turns[-1].notes == () and turns[-1].budget == pytest.approx(float(whole) / 2, rel=1e-6)
    counting.set = Limits(day=whole * Decimal("2.2"))
    turns, said = warned_while_it_comes(desk, counting, saying(LONG))
    assert len(said) == 1 and said[0].startswith("≈80 % of today's budget of ")
    assert turns[-1].notes == tuple(said), "it is not said again when the reply has ended"
    shares = [turn.budget for turn in turns if turn.live and turn.budget]
    assert len(shares) > 5 and shares == sorted(shares), "what is told of it is never taken back"
    first = next(turn for turn in turns if turn.notes)
    assert first.budget >= 0.8 and len(first.reply.content[0].text) < len(LONG) * 0.97  # type: ignore[union-attr]
    assert turns[-1].budget == pytest.approx(2 / 2.2, abs=0.01)


def test_what_is_reserved_is_not_said_to_be_spent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(desk, day=1, run=1)
    desk.store.reserve(Claim("x", "another", "n", SONNET, 850_000_000, 0, 0), ()).result(5)
    desk.server.then(saying("Short."), saying("Short."))
    assert counting.ask(settings(SONNET, max_tokens=100)).notes == (), "another window's reply is under way"
    desk.store.spend(None, Release("x")).result(5)
    counting = Counting(desk, day="0.08")
    monkeypatch.setattr("claude_tui.turn.purse.PATIENCE", 0.5)
    monkeypatch.setattr(desk.store, "finish", lambda *given: Future())
    turn = counting.ask()
    assert turn.failure is None and turn.notes == (), "the disk takes its time with what was spent"


def test_nobody_is_let_go_on_with_a_price_nobody_knows_unless_they_say_so(desk: Desk) -> None:
    counting = Counting(desk, month=100)
    model = settings("claude-mythos-5-2")
    turn = counting.ask(model)
    assert turn.sentence == "What claude-mythos-5-2 costs is not known, so that no budget can hold." and not desk.asked
    desk.server.then(Reply([{"type": "text", "text": "Yes."}]), Reply([{"type": "text", "text": "And yes."}]))
    turn = counting.go_on(turn, model, raising=True)
    assert reply_text(turn.conversation) == "Yes." and counting.raised == []
    turn = last(desk.turn(turn.conversation, model, typed("And?", turn.conversation.head_id), purse=counting.purse))
    assert reply_text(turn.conversation) == "And yes.", "it is asked once a conversation"
    assert counting.ask(model).failure is not None


def test_every_try_that_may_have_been_billed_is_counted(desk: Desk) -> None:
    counting = Counting(desk, day="0.10")
    text = "word " * 400
    desk.server.then(Failure(529, "overloaded_error", "Overloaded"), saying("Short.", input_tokens=500))
    counting.ask(text=text)
    assert counting.used == counting.spent, "the API said that it did not take it"
    desk.server.then(Faulty(saying(), Fault("fin", after_bytes=0)), saying("Short.", input_tokens=500))
    before = counting.used
    counting.ask(text=text)
    read = counting.used - before - (counting.spent - before)
    assert 400 * Decimal("3") / 10**6 < read < 3_000 * Decimal("4.2") / 10**6, "what it read, at most"


def test_tries_do_not_pass_a_budget(desk: Desk) -> None:
    text = "word " * 3_000  # at most 15,000 tokens, $0.06 a try
    counting = Counting(desk, day="0.15")
    desk.server.then(*[Faulty(saying(), Fault("fin", after_bytes=0)) for _ in range(5)])
    turn = counting.ask(settings(SONNET, max_tokens=2_000), text=text)
    assert turn.failure is not None and turn.failure.kind == "budget" and len(desk.asked) < 5
    assert counting.spent == 0 and counting.used <= Decimal("0.15")


def test_a_stopped_reply_is_counted_with_what_it_read_and_thought(desk: Desk) -> None:
    counting, cancel = Counting(desk, day=1), Cancel()
    thinking = {"type": "thinking", "thinking": "So. " * 300, "signature": ""}
    desk.server.then(Faulty(Reply([thinking, {"type": "text", "text": TEXT}]), Fault("hold", after_text=200)))

    def watch(turn: Turn) -> None:
        if turn.reply is not None and turn.reply.closed:
            cancel.cancel()

    counting.ask(settings(SONNET, max_tokens=4_000, thinking="on"), cancel=cancel, watch=watch)
    assert 0 < counting.spent <= counting.used < Decimal("0.07")


def test_a_title_goes_through_the_same_door(desk: Desk) -> None:
    model = find_model("claude-haiku-5-5")
    counting = Counting(desk, conversation="0.000001")
    found = suggest_title("Why?", TEXT, model, desk.means(purse=counting.purse), Cancel(), "c")
    assert found.title == "" and desk.asked == [] and "budget" in found.why
    counting = Counting(desk, conversation="0.01")
    desk.server.then(Reply([{"type": "text", "text": "Salt of the sea"}]))
    found = suggest_title("Why?", TEXT, model, desk.means(purse=counting.purse), Cancel(), "c")
    assert found.title == "Salt of the sea" and counting.used == counting.spent > 0
    (entry,) = desk.store.spent().result(5)
    assert entry.kind == "title" and entry.conversation_id == "c"


def test_while_nothing_can_be_saved_no_budget_is_taken_to_hold(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claude_tui.turn.purse.PATIENCE", 0.1)
    counting = Counting(desk, day=1)
    monkeypatch.setattr(desk.store, "reserve", lambda claim, bounds: Future())
    turn = counting.ask()
    assert turn.sentence == "No budget can be kept while nothing can be saved." and not desk.asked
    desk.server.then(saying())
    assert counting.go_on(turn, raising=True).failure is None


def test_what_is_reserved_after_nobody_waits_for_it_any_more_is_given_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_tui.turn.purse.PATIENCE", 0.05)
    counting = Counting(desk, day=1)
    open_again = threading.Event()
    desk.store._write(lambda connection: open_again.wait(60))  # the disk takes its time
    params = {"model": SONNET, "max_tokens": 4_000, "messages": []}
    refused = counting.purse.admit(Asked("c", "n", (), params, find_model(SONNET), 1), "r")
    assert isinstance(refused, Refused) and refused.kind == "unbounded"
    open_again.set()
    desk.store.spend(None).result(20)
    assert counting.used == 0


def test_what_was_reserved_for_what_is_not_sent_is_given_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(desk, day=1)
    conversation = Conversation(new_id(), "", created_at=1, updated_at=1)
    desk.store.create(conversation).result(5)
    running = run_turn(
        conversation, settings(SONNET), desk.means(purse=counting.purse), Cancel(), question=[typed("Why?")]
    )
    next(running)
    assert counting.used > 0
    assert isinstance(running, Generator)
    running.close()
    desk.store.spend(None).result(5)
    assert counting.used == 0, "nobody looks any more"

    def broken(*more: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(desk.store, "begin", broken)
    assert counting.ask().failure is not None
    desk.store.spend(None).result(5)
    assert counting.used == 0 and not desk.asked, "it could not be opened"


def test_a_title_that_fails_here_leaves_no_more_reserved_than_it_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = find_model("claude-haiku-5-5")
    counting = Counting(desk, day=1)
    cancel = Cancel()

    def broken(plug: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(cancel, "on_cancel", broken)
    means = desk.means(purse=counting.purse)
    with pytest.raises(ValueError, match="broken"):
        suggest_title("Why?", TEXT, model, means, cancel, "c")
    reserved = desk.store._read(lambda connection: connection.execute("SELECT token FROM reservation").fetchall())
    assert reserved.result(5) == [("",)], "nobody knows whether it was billed"


def test_what_costs_nothing_is_asked_under_any_budget(desk: Desk) -> None:
    free = find_model("claude-local", {"claude-local": {"prices": {"input": 0, "output": 0}}})
    params = {"model": free.id, "max_tokens": 1_000, "messages": [{"role": "user", "content": "hi"}]}
    for limits in ({"day": "0"}, {"run": "0"}, {"month": "5"}):
        counting = Counting(desk, **limits)
        for raising in (False, True):
            ticket = counting.purse.admit(Asked("c", "n", (), params, free, 5, raising), "id")
            assert isinstance(ticket, Ticket) and ticket.held == 0 and counting.raised == []


def test_what_a_dead_window_had_reserved_makes_no_reply_shorter(desk: Desk) -> None:
    model = find_model(SONNET)
    params = {"model": SONNET, "max_tokens": 32_000, "messages": [{"role": "user", "content": "hi"}]}
    row = "INSERT INTO reservation VALUES (1, 'dead', 'gone', 'c0', 'n0', 'm', 5, 900000000, 1000)"
    with sqlite3.connect(desk.database) as connection:
        connection.execute(row)
    connection.close()
    settle = desk.store.release_abandoned
    purse = Purse(
        desk.store, lambda conversation_id, now: Limits(day=Decimal(1)), settle_gone=lambda: settle().result(5)
    )
    ticket = purse.admit(Asked("c", "n", (), params, model, 5), "id")
    assert isinstance(ticket, Ticket) and ticket.promise is not None
    assert ticket.max_tokens is None and ticket.notes == [] and ticket.held == ticket.promise.whole


def test_two_turns_at_once_are_not_given_the_same_cent(desk: Desk) -> None:
    counting = Counting(desk, day="0.10")
    desk.server.then(*[Faulty(saying("Short."), Fault("hold", after_text=2)) for _ in range(6)])
    turns: list[Turn] = []
    threads = [
        threading.Thread(target=lambda: turns.append(counting.ask(settings(SONNET, max_tokens=2_000))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    while len(turns) < 4 or len(desk.asked) < 2:
        assert counting.used <= Decimal("0.10")
    assert len(desk.asked) == 2, "three times $0.035 do not fit"
    desk.server.let_go(100)
    for thread in threads:
        thread.join(20)
    assert sorted(turn.failure is None for turn in turns) == [False] * 4 + [True] * 2
    assert counting.used == counting.spent


class Walk:
    """Turns of all kinds under one budget, and by how much each passed what was reserved for it."""

    def __init__(self, desk: Desk, limit: Decimal, chance: random.Random) -> None:
        self.desk, self.limit, self.chance = desk, limit, chance
        self.counting = Counting(desk, day=limit)
        self.over: list[Decimal] = []
        """Of each request, dollars that it cost, or may have cost, beyond what was reserved when it ended."""
        released = self.counting.purse.released

        def watched(ticket: Ticket, entry: Spend | None, doubt: int) -> None:
            spent = Decimal(entry.cost_usd or 0) if entry is not None else Decimal(0)
            self.over.append(max(spent + (Decimal(doubt) - ticket.held) / 10**9, Decimal(0)))
            released(ticket, entry, doubt)

        self.counting.purse.released = watched  # type: ignore[method-assign]
        self.lies = 0
        self.turn: Turn | None = None

    def step(self) -> None:
        """One turn: whole, told more than was promised, searching, cut, refused, stopped."""
        chance, server = self.chance, self.desk.server
        text = {"type": "text", "text": "word " * chance.randrange(1, 400)}
        kind = chance.choice(["whole", "whole", "lies", "searches", "cut", "busy", "nothing", "stopped"])
        cancel, tools = Cancel(), ()
        answers: list[Any] = [billed(text, first=chance.randrange(60), output_tokens=chance.randrange(1, 1_500))]
        if kind == "lies":
            answers = [billed(text, first=50, output_tokens=9_000)]
        elif kind == "searches":
            tools = ("web_search",)
            size = chance.randrange(100, 15_000)
            blocks = [block for number in range(chance.randrange(1, 6)) for block in found(size, number)]
            answers = [billed(*blocks, text, first=2_000, input_tokens=chance.randrange(2_000, 40_000))]
        elif kind in ("cut", "nothing"):
            place = {"after_bytes": 0} if kind == "nothing" else {"after_text": chance.randrange(1, 300)}
            answers.insert(0, Faulty(saying(text["text"], input_tokens=50), Fault("fin", **place)))
        elif kind == "busy":
            answers.insert(0, Failure(529, "overloaded_error", "Overloaded"))
        elif kind == "stopped":
            answers = [Faulty(saying(text["text"], input_tokens=50), Fault("hold", after_text=chance.randrange(1, 60)))]
        self.desk.server._queue.clear()
        server.then(*answers)
        wanted = settings(SONNET, max_tokens=chance.choice([1_500, 4_000]), server_tools=tools)

        def watch(turn: Turn) -> None:
            if kind == "stopped" and turn.reply is not None and turn.reply.characters:
                cancel.cancel()

        before = len(self.over)
        more: dict[str, Any] = {"cancel": cancel, "watch": watch, "auto_continue": chance.randrange(2)}
        if self.turn is None or chance.random() < 0.3:
            self.turn = self.counting.ask(wanted, **more)
        else:
            self.turn = self.counting.go_on(self.turn, wanted, **more)
        self.lies += kind == "lies" and len(self.over) > before
        self.check(kind, before)

    def check(self, kind: str, before: int) -> None:
        event = 60 * Decimal("16.5") / 10**6
        for over in self.over[before:]:
            if kind == "lies":
                assert over <= 9_000 * Decimal(15) / 10**6, "no more than what was not promised"
            elif kind != "searches":
                assert over <= event, (kind, over)
            else:
                assert over <= (40_000 + 5 * 17_500) * Decimal("4.125") / 10**6 + Decimal("0.05"), "one reading"
        assert self.counting.used <= self.limit + sum(self.over, Decimal(0)), kind


def walk(home: Path, steps: int, chance: random.Random) -> str:
    with Desk(home) as desk:
        walk = Walk(desk, Decimal(chance.choice(["0.2", "0.5", "2"])), chance)
        for _ in range(steps):
            walk.step()
        sent, over = len(walk.over), sum(walk.over, Decimal(0))
        return f"${walk.limit}: {sent} replies, {walk.lies} told more than promised; passed by ${over:.4f} in all"


def test_whatever_happens_a_budget_is_passed_by_no_more_than_is_said(tmp_path: Path) -> None:
    print(walk(tmp_path, 25, random.Random(11)))


@pytest.mark.long
def test_whatever_happens_for_long(tmp_path: Path) -> None:
    seed = int(SEED or random.randrange(2**32))
    print(f"CLAUDE_TUI_SEED={seed}")
    for number in range(ROUNDS):
        print(walk(tmp_path / str(number), 60, random.Random(seed + number)))
