"""What the prompt cache holds, what it saves, and why it had nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claude_tui.core.caching import LIVES, Kept, Miss, forecast, kept, minimum_of, why_missed
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, Usage
from claude_tui.core.models import KNOWN, find_model
from claude_tui.core.pricing import bill, life_of
from claude_tui.core.request import Settings, head

OPUS = Settings(find_model("claude-opus-5-5"))
DAY = date(2026, 11, 21)
MINUTE = 60_000


def node(id: str, parent: str | None, at: int, read: int = 0, written: int = 0, fresh: int = 5, **more: Any) -> Node:
    """A reply, for an id that begins with ``a``, else a question."""
    if not id.startswith("a"):
        return Node(id, parent, "user", (TextBlock(id),), "typed", created_at=at)
    usage = {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": 9,
    }
    asked = {key: value for key, value in head(more.pop("settings", OPUS)).items() if key != "messages"}
    facts = {"request": {**asked, **more.pop("asked", {})}}
    return Node(
        id, parent, "assistant", (TextBlock("Yes."),), "model", created_at=at, usage=Usage(usage), facts=facts, **more
    )


def tree(*nodes: Node) -> Conversation:
    return Conversation("c", "", {each.id: each for each in nodes}, nodes[-1].id)


TWO = (
    node("q1", None, 0),
    node("a1", "q1", 0, 0, 10_000),
    node("q2", "a1", MINUTE),
    node("a2", "q2", MINUTE, 10_000, 500),
)


def held(conversation: Conversation, settings: Settings = OPUS, upto: str | None = None) -> Kept | None:
    return kept(conversation, conversation.path(upto), head(settings))


def test_the_cache_holds_what_the_last_request_read_and_wrote_for_five_minutes_from_then() -> None:
    assert held(tree(*TWO)) == Kept(10_500, MINUTE + LIVES["5m"])
    assert held(tree(*TWO), upto="a1") == Kept(10_000, MINUTE + LIVES["5m"]), "the second request used it anew"
    assert held(tree(*TWO[:1])) is None and kept(None, (), head(OPUS)) is None


def test_an_hour_is_an_hour_where_it_was_asked_for() -> None:
    asked = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    assert held(tree(TWO[0], node("a1", "q1", 0, 0, 10_000, asked=asked))) == Kept(10_000, LIVES["1h"], "1h")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (Settings(find_model("claude-sonnet-5-5")), ("model",)),
        (replace(OPUS, system="Be brief."), ("system",)),
        (replace(OPUS, server_tools=("web_search",)), ("tools",)),
        (replace(OPUS, effort="low"), ("effort",)),
        (replace(OPUS, system="Be brief.", effort="low"), ("system", "effort")),
        (replace(OPUS, max_tokens=9_000), ()),
    ],
)
def test_what_was_chosen_otherwise_since_is_why_it_is_lost(settings: Settings, why: tuple[str, ...]) -> None:
    found = held(tree(*TWO), settings)
    assert found is not None and found.lost(MINUTE) == why


def test_another_branch_that_begins_alike_keeps_the_beginning_alive() -> None:
    later = 4 * MINUTE
    conversation = tree(*TWO, node("q2b", "a1", later), node("a2b", "q2b", later, 10_000, 300))
    assert held(conversation, upto="a1") == Kept(10_000, later + LIVES["5m"])
    assert held(conversation, upto="a2") == Kept(10_000, later + LIVES["5m"]), "rather the shorter one that lives"


def test_a_forecast_to_the_last_digit() -> None:
    """Opus 5.5: 4 dollars a million in, 5 written for five minutes, 8 for an hour, 0.20 read."""
    model = OPUS.model
    warm = forecast(12_000, Kept(10_000, MINUTE), model, "5m", DAY, 0)
    assert warm.cost.dollars == Decimal("0.012") and warm.cost.exactness == "estimate"  # 10k × 0.20 + 2k × 5
    assert warm.saved == Decimal("0.036") and not warm.lost and not warm.extra  # 12k × 4 = 0.048
    cold = forecast(12_000, Kept(10_000, MINUTE), model, "5m", DAY, MINUTE)
    assert cold.cost.dollars == Decimal("0.06") and cold.extra == Decimal("0.048") and cold.lost == ("time",)
    hour = forecast(12_000, None, model, "1h", DAY, 0)
    assert hour.cost.dollars == Decimal("0.096") and not hour.saved and not hour.lost
    short = forecast(400, None, model, "5m", DAY, 0)
    assert short.cost.dollars == Decimal("0.0016"), "below the least that is cached it is plain input"
    assert forecast(12_000, None, find_model("claude-new-one"), "5m", DAY, 0).cost.exactness == "unknown"


def test_a_cache_that_saves_less_than_it_costs_saves_nothing() -> None:
    assert forecast(50_000, Kept(600, MINUTE), OPUS.model, "5m", DAY, 0).saved == 0


def test_every_model_has_a_least_length() -> None:
    assert {minimum_of(name) for name in KNOWN} == {512, 1_024, 2_048, 4_096}
    assert minimum_of("claude-opus-5-5") == 512 and minimum_of("claude-sonnet-5") == 1_024
    assert minimum_of("claude-opus-4-8") == 1_024 and minimum_of("claude-haiku-4-5-20251001") == 4_096


def missed(*more: Node) -> Miss | None:
    return why_missed(tree(*TWO, *more), more[-1])


Q3 = node("q3", "a2", 2 * MINUTE)


def third(at: int = 2 * MINUTE, read: int = 0, **more: Any) -> Node:
    return node("a3", "q3", at, read, 11_000 - read, **more)


def test_what_was_read_was_not_missed() -> None:
    assert missed(Q3, third(read=10_500)) is None
    assert missed(Q3, third(read=10_000)) is None, "next to all of it"
    assert why_missed(tree(*TWO), TWO[1]) is None, "nothing was cached before the first"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (third(at=7 * MINUTE), ("time",)),
        (third(settings=Settings(find_model("claude-sonnet-5-5"))), ("model",)),
        (third(settings=replace(OPUS, system="Be brief.")), ("system",)),
        (third(settings=replace(OPUS, server_tools=("web_search",))), ("tools",)),
        (third(settings=replace(OPUS, effort="max")), ("effort",)),
        (third(settings=Settings(find_model("claude-opus-4-8"), thinking="off")), ("model", "thinking")),
        (third(asked={"without_thinking": True}), ("repaired",)),
        (third(), ("unknown",)),
    ],
)
def test_a_miss_is_explained_by_what_differs_from_what_was_sent_before(reply: Node, why: tuple[str, ...]) -> None:
    found = missed(Q3, reply)
    assert found is not None and found.why == why and found.tokens == 10_500


def test_how_long_it_had_been_is_told_from_the_last_use() -> None:
    found = missed(Q3, third(at=7 * MINUTE))
    assert found is not None and found.passed == 6 * MINUTE and found.life == "5m"


def test_another_first_question_is_another_beginning() -> None:
    again = (node("q1b", None, 2 * MINUTE), node("a1b", "q1b", 2 * MINUTE, 0, 9_000))
    found = missed(*again)
    assert found is not None and found.why == ("edited",) and found.tokens == 9_005


def test_a_later_question_asked_otherwise_still_reads_what_stands_before_it() -> None:
    assert missed(node("q2b", "a1", 2 * MINUTE), node("a2b", "q2b", 2 * MINUTE, 10_000, 400)) is None


def test_another_answer_to_the_same_question_reads_all_of_it() -> None:
    assert missed(node("a2b", "q2", 2 * MINUTE, 10_500, 0)) is None
    found = missed(node("a2b", "q2", 9 * MINUTE, 0, 10_500))
    assert found is not None and found.why == ("time",)


def told(kind: str, compared_with: str = "msg_2", **more: Any) -> Miss | None:
    """What is said of a third reply of which the API said that; the second was ``msg_2``."""
    first = (*TWO[:3], replace(TWO[3], facts={**TWO[3].facts, "message_id": "msg_2"}))
    reply = third(asked={"diagnostics": {"previous_message_id": compared_with}}, **more)
    reply = replace(reply, facts={**reply.facts, "extra": {"diagnostics": {"cache_miss_reason": {"type": kind}}}})
    return why_missed(tree(*first, Q3, reply), reply)


@pytest.mark.parametrize(
    ("kind", "more", "why", "by_api"),
    [
        ("messages_changed", {}, ("messages",), True),
        ("tools_changed", {"at": 9 * MINUTE}, ("tools",), True),
        ("messages_changed", {"settings": replace(OPUS, effort="max")}, ("messages", "effort"), True),
        ("system_changed", {"settings": replace(OPUS, system="Be brief.")}, ("system",), False),
        ("unavailable", {}, ("unknown",), False),
        ("previous_message_not_found", {}, ("unknown",), False),
        ("model_changed", {"compared_with": "msg_1"}, ("unknown",), False),  # that was another reply
        (9, {}, ("unknown",), False),
    ],
)
def test_what_the_api_found_to_differ_is_said_where_it_compared_the_same_two(
    kind: str, more: dict[str, Any], why: tuple[str, ...], by_api: bool
) -> None:
    found = told(kind, **more)
    assert found is not None and (found.why, found.by_api) == (why, by_api)


def test_what_is_no_diagnosis_is_passed_over() -> None:
    for extra in (None, [], {"diagnostics": 1}, {"diagnostics": {"cache_miss_reason": None}}):
        reply = third()
        reply = replace(reply, facts={**reply.facts, "extra": extra})
        found = missed(Q3, reply)
        assert found is not None and found.why == ("unknown",)


def test_an_hour_that_was_chosen_is_asked_for_priced_and_lived_through() -> None:
    hour = replace(OPUS, life="1h")
    asked = head(hour)["cache_control"]
    assert asked == {"type": "ephemeral", "ttl": "1h"} and head(OPUS)["cache_control"] == {"type": "ephemeral"}
    before = forecast(12_000, None, OPUS.model, life_of(head(hour)), DAY, 0)
    assert before.cost.dollars == Decimal("0.096")  # at $8 a million
    reply = node("a1", "q1", 0, 0, 10_000, settings=hour)
    after = bill(reply.usage, OPUS.model, DAY, life=life_of(reply.facts["request"]))
    assert [(item.name, item.dollars) for item in after.items[1:2]] == [("cache write, 1 hour", Decimal("0.08"))]
    assert held(tree(TWO[0], reply), hour) == Kept(10_000, LIVES["1h"], "1h")
    assert held(tree(TWO[0], reply), OPUS) == Kept(10_000, LIVES["1h"], "1h"), "what is there is read all the same"
