"""Every stream there is, through the loop that prices it: the receipt explains the cost to the last digit, and the
ledger is told the same."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import decode
from claude_tui.core.imported import IMPORTED
from claude_tui.core.message import JsonObject, TextBlock, Usage
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.store import Spend
from claude_tui.turn import Means, Patience, run_turn
from claude_tui.ui.words.about import cost_of, spent
from claude_tui.ui.words.receipt import receipt
from tests.support.streams import NO_RECORDINGS, read_events, recordings, started, synthetic
from tests.support.table import Nowhere, Told

NOON = 1_795_262_400_000  # 2026-11-21
AGAIN = [
    started(),
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "On."}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
    {"type": "message_stop"},
]
FILES = [*recordings(), *synthetic()]


class Plays:
    """Says a stream, and something short whatever is asked after it."""

    def __init__(self, path: Path) -> None:
        self.left = [read_events(path)]

    def ask(self, params: JsonObject) -> Told:
        events = self.left.pop(0) if self.left else AGAIN
        return Told([decode(event) for event in events if isinstance(event, dict)])


class Kept(Nowhere):
    """What was entered in the ledger."""

    def __init__(self) -> None:
        self.spent: list[Spend] = []

    def finish(self, conversation_id: str, node: Any, spend: Spend | None = None, *more: Any) -> Future[None]:
        self.spent += [spend] if spend is not None else []
        return super().finish(conversation_id, node)


def played(path: Path) -> tuple[Conversation, list[Spend]]:
    """The conversation a stream makes, and what the ledger is told of it."""
    store, ids, ticks = Kept(), itertools.count(), itertools.count()
    model = next((e["message"]["model"] for e in read_events(path) if str(dict(e).get("type")) == "message_start"), "")
    means = Means(
        Plays(path), store, lambda: f"n{next(ids)}", auto_continue=0, patience=Patience(idle=0.001),
        now=lambda: NOON, clock=lambda: float(next(ticks)),
    )  # fmt: skip
    asked = Node("q", None, "user", (TextBlock("Go."),), "typed", created_at=NOON)
    settings = Settings(find_model(model or "claude-opus-5-5"))
    *_, last = run_turn(Conversation("c"), settings, means, Cancel(), question=(asked,))
    return last.conversation, store.spent


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_its_receipt_explains_what_it_cost(path: Path) -> None:
    conversation, ledger = played(path)
    counted = [node for node in conversation.nodes.values() if node.role == "assistant" and node.usage.counts]
    assert [entry.node_id for entry in ledger] == [node.id for node in counted]
    for node, entry in zip(counted, ledger, strict=True):
        lines = receipt(conversation, node)
        cost, said = cost_of(node), dict(lines)
        assert (None if cost is None else str(cost.dollars)) == entry.cost_usd and entry.usage == node.usage.counts
        told = " ".join(f"{name} {value}" for name, value in lines)
        refused = node.stop_reason == "refusal" and not node.usage.output_tokens
        for count in (node.usage.input_tokens, node.usage.cache_read_input_tokens, node.usage.output_tokens):
            assert not count or f"{count:,}" in told
        items = [Decimal(found) for found in re.findall(r"\d at \$[\d.]+(?: a million)?: \$([\d.]+)", told)]
        if cost is None:
            assert entry.exactness == "unknown" and said["cost"].startswith("—: ")
        elif cost.exactness == "exact":
            assert sum(items) == cost.dollars and said["cost"].endswith("from the API's final count")
            assert "prices from" in said or refused
        else:
            assert items and said["cost"][0] in "≈≥"
            assert sum(items) <= (cost.dollars or 0)
    whole = spent(conversation)
    sums = [Decimal(entry.cost_usd) for entry in ledger if entry.cost_usd is not None]
    assert (whole.dollars or 0) == sum(sums)


@pytest.mark.parametrize(
    ("name", "dollars"),
    [
        # 17 x 3 + 10 x 15 = 201 millionths.
        ("live/prompt-0", "0.000201"),
        # 34 x 5 + 44 x 25 = 1,270.
        ("live/opus_46_adaptive_thinking-0", "0.00127"),
        # 617 x 1 + 41 x 5 = 822.
        ("live/fixed_version_tool_chain_regression-1", "0.000822"),
        # 10,423 x 15 + 341 x 75 = 181,920, and a search.
        ("live/web_search-0", "0.19192"),
        # 31 x 5 + 547 x 25 = 13,830.
        ("sdk/stream-b-fallback", "0.01383"),
        # 28 x 10 + 106 x 50: declined midway.
        ("sdk/stream-a-refusal", "0.00558"),
        ("sdk/refusal_response", "0"),
    ],
)
def test_some_recordings_by_hand(name: str, dollars: str) -> None:
    path = next((path for path in recordings() if f"{path.parent.name}/{path.stem}" == name), None)
    if path is None:
        pytest.skip(NO_RECORDINGS)
    _, ledger = played(path)
    assert (Decimal(ledger[0].cost_usd or -1), ledger[0].exactness) == (Decimal(dollars), "exact")


def one(**more: Any) -> Node:
    usage = Usage({"input_tokens": 1000, "output_tokens": 500})
    node = Node("r", None, "assistant", (), "model", usage=usage, model="claude-opus-5-5", created_at=NOON)
    return replace(node, **{"facts": {"cost": {"usd": "0.014", "exactness": "exact"}}, **more})


def lines(node: Node, models: Any = None) -> dict[str, str]:
    return dict(receipt(Conversation("c", nodes={"r": node}, head_id="r"), node, models))


def test_the_receipt_has_the_users_own_price_of_what_was_asked_whatever_the_gateway_named() -> None:
    node = one(facts={"request": {"model": "mine"}})
    assert lines(node)["prices from"] != "your config"
    assert lines(node, {"mine": {"prices": {"input": 1, "output": 2}}})["prices from"] == "your config"


def test_a_bill_to_read() -> None:
    told = lines(one())
    assert told["cost"] == "$0.014, from the API's final count"
    assert (told["input"], told["output"]) == ("1,000 at $4.00 a million: $0.004", "500 at $20.00 a million: $0.01")
    assert told["prices from"].endswith(", 2026-11-20") and "priced anew" not in told
    cached = replace(one().usage, counts={"cache_read_input_tokens": 1000, "cache_creation_input_tokens": 100})
    assert lines(one(usage=cached))["the cache"] == "saved $0.0037"
    assert lines(one(usage=Usage({"cache_creation_input_tokens": 100})))["the cache"] == "cost $0.0001 more"


def test_a_price_that_changed_since_is_said() -> None:
    own = {"claude-opus-5-5": {"prices": {"input": 1, "output": 1}}}
    told = lines(one(), own)
    assert told["cost"].startswith("$0.014") and told["priced anew"].startswith("$0.0015: the prices known here")
    assert told["prices from"] == "your config"
    priced = {"usd": "0.014", "exactness": "exact", "on": "2026-10-06"}
    sonnet = one(model="claude-sonnet-5-5", usage=Usage({"cache_read_input_tokens": 10}), facts={"cost": priced})
    assert lines(sonnet)["cache read"].startswith("10 at $0.20 a million")


def test_who_paid_is_said() -> None:
    facts = one().facts
    assert lines(one(facts={**facts, IMPORTED: {}}))["cost"].endswith("; paid where it was imported from")
    copied = {**facts, "copied": {"conversation": "a", "node": "b"}}
    assert lines(one(facts=copied))["cost"].endswith("; paid in the conversation it was copied from")
    nodes: Sequence[Node] = (one(facts=copied), one(id="s", facts={**facts, IMPORTED: {}}), one(id="t"))
    mixed = Conversation("c", nodes={node.id: node for node in nodes}, head_id="t")
    assert spent(mixed).dollars == Decimal("0.014")


def test_a_cut_reply_says_what_was_counted_and_what_is_guessed() -> None:
    told = lines(one(status="interrupted", facts={"cost": {"usd": "0.02", "exactness": "estimate"}}))
    assert told["cost"] == "≈$0.020, estimated from what came"
    assert told["of it counted"].startswith("$0.014: the rest is guessed")
    low = one(status="complete", facts={"cost": {"usd": "0.014", "exactness": "lower"}})
    fast = replace(low, usage=low.usage.updated({"speed": "fast", "cache_creation_input_tokens": 3}))
    assert lines(fast)["cost"] == "≥$0.014, at least: not every price is known"
    assert lines(fast)["cache write, 5 minutes"] == "3 at no known price, at least $0.000015"
    assert lines(one(model="claude-next-1", facts={}))["cost"].startswith("—: no price is known")
