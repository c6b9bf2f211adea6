"""What is reserved for requests: atomic across windows, settled with what it cost, and settled for who was killed."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.store import Bound, Claim, Release, Spend, Store

from .conftest import Child

DOLLAR = 10**9
ROUNDS = int(os.environ.get("CLAUDE_TUI_ROUNDS", "40"))  # read now: a test has no such variable
MOST = 30_000_000
"""What one request of the windows below may cost: three cents."""


def claim(id: str, most: int = DOLLAR, least: int = 0, conversation: str = "c") -> Claim:
    return Claim(id, conversation, f"n{id}", "m", most, least, 7)


def used(store: Store, bound: Bound | None = None) -> int:
    (found,) = store.used([bound or Bound(0)]).result(5)
    return found


def spend(store: Store, dollars: str, at: int = 5, conversation: str = "c", node: str = "") -> None:
    store.spend(Spend(at, conversation, node, "m", {}, dollars, "exact")).result(5)


def test_as_much_is_reserved_as_every_bound_leaves(store: Store) -> None:
    spend(store, "1", at=5)
    spend(store, "2", at=50, conversation="d")
    bounds = [Bound(4 * DOLLAR), Bound(3 * DOLLAR, 10), Bound(3 * DOLLAR, 0, "c")]
    given = store.reserve(claim("1", 9 * DOLLAR), bounds).result(5)
    assert given.nano == DOLLAR and given.used == (3 * DOLLAR, 2 * DOLLAR, DOLLAR)
    assert used(store) == 4 * DOLLAR and used(store, Bound(0, 0, "c")) == 2 * DOLLAR
    refused = store.reserve(claim("2", 9, least=1), bounds).result(5)
    assert refused.nano == 0 and not refused.abandoned and used(store) == 4 * DOLLAR


def test_what_is_under_way_counts_in_the_day_that_begins(store: Store) -> None:
    store.reserve(claim("1"), []).result(5)
    assert used(store, Bound(0, since=2**61)) == DOLLAR
    store.spend(None, Release("1", doubt=3)).result(5)
    assert used(store, Bound(0, since=2**61)) == 0 and used(store) == 3, "a doubt belongs to its day"
    bounds = [Bound(0), Bound(0, since=2**61), Bound(0, conversation_id="another")]
    assert store.unconfirmed(bounds).result(5) == (3, 0, 0), "it is told apart"
    store.reserve(claim("2"), []).result(5)
    store.spend(None, Release("2", doubt=4, at=2**61)).result(5)
    assert used(store, Bound(0, since=2**61)) == 4, "which is the one in which it ended"


def test_what_was_reserved_goes_in_the_moment_its_cost_is_entered(store: Store) -> None:
    store.reserve(claim("1"), []).result(5)
    store.spend(Spend(5, "c", "n1", "m", {}, "0.25", "exact"), Release("1")).result(5)
    assert used(store) == DOLLAR // 4
    store.create(Conversation("c", "t")).result(5)
    node = Node("n2", None, "assistant", (), "model", "complete")
    store.reserve(claim("2"), []).result(5)
    store.finish("c", node, Spend(6, "c", "n2", "m", {}, "0.5", "exact"), Release("2", 1)).result(5)
    assert used(store) == DOLLAR // 4 + DOLLAR // 2 + 1


def test_more_is_reserved_for_what_is_under_way_while_there_is_some(store: Store) -> None:
    store.reserve(claim("1"), []).result(5)
    store.reserve(claim("2"), []).result(5)
    bounds = [Bound(3 * DOLLAR)]
    assert store.widen("1", 9 * DOLLAR, DOLLAR + 1, bounds).result(5).nano == 2 * DOLLAR
    assert store.widen("1", 9 * DOLLAR, 2 * DOLLAR + 1, bounds).result(5).nano == 0 and used(store) == 3 * DOLLAR
    assert store.widen("gone", 1, 1, bounds).result(5).nano == 0


WINDOW = """
import random, sys, time
from pathlib import Path
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import MessageStart, TextDelta
from claude_tui.store import Bound, Claim, Release, Spend, Store
store = Store.open(Path(sys.argv[1]))
name, limit, most, chance, number = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), random.Random(sys.argv[2]), 0
store.create(Conversation(name, name)).result(20)
while True:
    number += 1
    id = f"{name}-{number}"
    given = store.reserve(Claim(id, name, id, "m", most, most // 3, most // 10), [Bound(limit)]).result(20)
    if not given.nano:
        print("none", flush=True)
        time.sleep(0.002)
        continue
    node = Node(id, None, "assistant", (), "model", "streaming", model="m")
    journal = store.begin(name, [], node)
    journal.commit([MessageStart({"id": id, "model": "m", "usage": {"input_tokens": 10}}), TextDelta(0, "x")])
    cost = chance.randrange(given.nano // 8)
    entry = Spend(1, name, id, "m", {"input_tokens": 10}, f"{cost / 10**9:.9f}", "exact")
    print("given", given.nano, flush=True)
    store.finish(name, Node(id, None, "assistant", (), "model", "complete", model="m"), entry, Release(id)).result(20)
    print("cost", cost, flush=True)
"""


def race(path: Path, child: type[Child], windows: int, kills: int, chance: random.Random) -> int:
    """Windows that reserve and settle until nothing is left, some killed on the way; the requests that were sent.

    Under no look was more spent and reserved than the limit, and what is left of the dead is settled in the end.
    """
    limit = 40 * MOST
    store = Store.open(path)
    store.create(Conversation("watching", "t")).result(20)
    running = [child(WINDOW, path, f"w{number}", str(limit), str(MOST)) for number in range(windows)]
    sent, refused, killed = 0, dict.fromkeys(range(windows), 0), 0
    alive = list(enumerate(running))
    while alive and min(refused[number] for number, _ in alive) < 3:
        number, window = alive[chance.randrange(len(alive))]
        line = window.line().split()
        assert line, window.end()
        sent += line[0] == "given"
        refused[number] = refused[number] + 1 if line[0] == "none" else 0
        assert used(store) <= limit
        if killed < kills and line[0] == "given" and chance.random() < 0.2:
            window.kill()
            alive = [each for each in alive if each[0] != number]
            killed += 1
    for _, window in alive:
        window.kill()
    store.release_abandoned().result(20)
    assert not store.left_reserved().result(20) or store.pending_spends().result(20)
    for left in store.pending_spends().result(20):
        priced = replace(left, cost_usd="0.001", exactness="lower")
        store.price(left.conversation_id, priced, None, doubt=11).result(20)
    assert not store.left_reserved().result(20), "whoever was killed holds nothing back"
    spent = sum(float(entry.cost_usd or 0) for entry in store.spent().result(20))
    assert used(store) <= limit and abs(used(store) - round(spent * DOLLAR)) < windows * (MOST // 10 + 20)
    store.close(5)
    return sent


def test_windows_that_race_for_the_last_cents_pass_no_limit(path: Path, child: type[Child]) -> None:
    assert race(path, child, 2, 1, random.Random(4)) > 20


@pytest.mark.long
def test_many_windows_race_and_are_killed(path: Path, child: type[Child]) -> None:
    chance = random.Random()
    sent = sum(race(path.with_name(f"r{at}.db"), child, 4, chance.randrange(4), chance) for at in range(ROUNDS))
    print(f"{ROUNDS} rounds of four windows: {sent:,} requests, and never more than the limit")


def test_of_a_window_that_was_killed_what_it_read_is_counted(path: Path, child: type[Child]) -> None:
    script = """
import sys
from pathlib import Path
from claude_tui.store import Claim, Store
store = Store.open(Path(sys.argv[1]))
store.reserve(Claim("1", "c", "n1", "m", 1000, 0, 70), []).result(20)
store.reserve(Claim("2", "c", "", "m", 500, 0, 30), []).result(20)
print("reserved", flush=True)
sys.stdin.readline()
"""
    window = child(script, path)
    assert window.line() == "reserved"
    store = Store.open(path)
    assert used(store) == 1500 and not store.left_reserved().result(5)
    window.kill()
    assert store.reserve(claim("3", 9, 9), [Bound(1500)]).result(5).abandoned
    less = store.reserve(claim("4", 9, 5), [Bound(1505)]).result(5)
    assert less.nano == 5 and less.abandoned
    assert not store.reserve(claim("5", 9), [Bound(9000)]).result(5).abandoned, "nothing was in its way"
    for id in ("4", "5"):
        store.spend(None, Release(id)).result(5)
    store.release_abandoned().result(5)
    assert used(store) == 570, "of a reply what was read, of a title all; nobody knows more"
    assert not store.left_reserved().result(5)
    store.close(5)
