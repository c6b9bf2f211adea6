"""Several windows on one conversation, at the store's door; and what a kill leaves of a fork and of a title."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import BlockStart, MessageStart, TextDelta
from claude_tui.core.forking import fork
from claude_tui.core.message import TextBlock, visible_text
from claude_tui.errors import StoreError
from claude_tui.store import Follower, Lease, Store, base, store
from claude_tui.store import windows as windows_room
from claude_tui.store.lease import LATE_MS

from .conftest import Child
from .test_shelves import rows, until


@pytest.fixture
def windows(path: Path) -> Iterator[tuple[Store, Store]]:
    """Two on one file, with one conversation in it."""
    first, second = Store.open(path), Store.open(path)
    first.put_whole(talk(4)).result(5)
    yield first, second
    first.close(2)
    second.close(2)


def talk(messages: int, id: str = "c") -> Conversation:
    nodes: list[Node] = []
    for number in range(messages):
        role, origin = ("assistant", "model") if number % 2 else ("user", "typed")
        parent = nodes[-1].id if nodes else None
        nodes.append(Node(f"{id}{number}", parent, role, (TextBlock(f"Word {number}."),), origin))  # type: ignore[arg-type]
    return Conversation(id, "Salt", created_at=1, updated_at=1).with_nodes(nodes)


def test_one_window_writes_and_the_other_takes_over_when_asked(windows: tuple[Store, Store]) -> None:
    first, second = windows
    assert first.hold("c").result(5) is None and first.hold("c").result(5) is None
    other = second.hold("c").result(5)
    assert other is not None and other.pid == os.getpid() and not other.streams and other.where
    assert first.held_elsewhere("c").result(5) is None and second.held_elsewhere("c").result(5) == other
    assert second.hold("c", take=True).result(5) is None
    assert first.held_elsewhere("c").result(5) is not None and first.hold("c").result(5) is not None
    second.let_go("c").result(5)
    assert first.hold("c").result(5) is None
    assert second.hold("another").result(5) is None and first.hold("another").result(5) is not None
    second.close(2)
    assert first.hold("another").result(5) is None, "who closes lets go of everything"


def test_what_a_window_has_open_is_not_deleted_for_good_and_a_question_brings_it_out_of_the_trash(
    windows: tuple[Store, Store],
) -> None:
    first, second = windows
    for id in ("idle", "free"):
        first.put_whole(talk(2, id)).result(5)
    first.hold("idle").result(5)
    first.hold("c").result(5)
    reply = Node("r", "c3", "assistant", (), "model", status="streaming")
    first.begin("c", [], reply)
    first.let_go("c").result(5)  # a reply in the background is enough
    for id in ("idle", "c", "free"):
        second.trash(id).result(5)
    assert second.purge().result(5) == 1 and first.purge("idle").result(5) == 0
    first.finish("c", replace(reply, content=(TextBlock("All of it."),), status="complete")).result(5)
    assert {row.id for row in second.trashed().result(5)} == {"idle", "c"}, "what ends does not come back by itself"
    first.begin("idle", [], replace(reply, id="s", parent_id="idle1"))
    assert [row.id for row in second.trashed().result(5)] == ["c"]
    assert [row.id for row in second.recent().result(5)] == ["idle"]
    loaded = second.load("c").result(5)
    assert loaded is not None and list(loaded.nodes) == ["c0", "c1", "c2", "c3", "r"]
    assert second.purge().result(5) == 1


def test_where_a_process_cannot_be_looked_at_an_idle_window_keeps_what_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says now and then that it lives; as on macOS, or through a folder of several machines."""
    monkeypatch.setattr(base, "REFRESH_SECONDS", 0.01)
    clock = [1_000_000]
    first, second = (Store.open(path, now=lambda: clock[0], lease=replace(Lease.mine(), started="")) for _ in range(2))
    assert first.hold("c").result(5) is None
    for _ in range(2):
        clock[0] += 2 * LATE_MS
        until(lambda: rows(path, "SELECT max(refreshed_at) FROM lease") == [(clock[0],)])
        assert second.hold("c").result(5) is not None
    first.let_go("c").result(5)
    assert first._wake() is None and second.hold("c").result(5) is None
    first.close(2)
    second.close(2)


def test_a_process_that_can_be_looked_at_writes_nothing_while_it_is_idle(windows: tuple[Store, Store]) -> None:
    first, _ = windows
    first.hold("c").result(5)
    assert first._wake() is None or not Lease.mine().started


def test_a_reply_that_is_being_written_is_taken_from_nobody_unasked(windows: tuple[Store, Store]) -> None:
    first, second = windows
    first.hold("c").result(5)
    first.begin("c", [], Node("r", "c3", "assistant", (), "model"))
    other = second.hold("c", take=True).result(5)
    assert other is not None and other.streams
    assert second.hold("c", take=True, cut=True).result(5) is None
    assert first.held_elsewhere("c").result(5) is not None
    first.finish("c", Node("r", "c3", "assistant", (TextBlock("Cut."),), "model", "interrupted")).result(5)


def test_a_window_that_was_killed_holds_nothing(path: Path, child: type[Child]) -> None:
    script = """
import sys, time
from pathlib import Path
from claude_tui.store import Store
store = Store.open(Path(sys.argv[1]))
store.hold("c").result(10)
print("held", flush=True)
time.sleep(60)
"""
    window = child(script, path)
    assert window.line() == "held"
    store = Store.open(path)
    other = store.hold("c").result(5)
    assert other is not None and other.pid == window.process.pid
    window.kill()
    assert store.held_elsewhere("c").result(5) is None and store.hold("c").result(5) is None
    store.close(2)
    rows = sqlite3.connect(path)
    assert rows.execute("SELECT count(*) FROM lease").fetchone() == (0,), "nor is anything left of it"
    assert rows.execute("SELECT count(*) FROM holder").fetchone() == (0,)
    rows.close()


def test_reading_along_shows_what_is_new_and_nothing_costs_little(windows: tuple[Store, Store]) -> None:
    first, second = windows
    first.hold("c").result(5)
    follower = Follower(second.load("c").result(5))  # type: ignore[arg-type]
    seen = second.read_along(follower).result(5)
    assert seen is not None and seen.holder is not None and not seen.live and seen.conversation == talk(4)
    assert second.read_along(follower).result(5) is None
    question = Node("q", "c3", "user", (TextBlock("And?"),), "typed")
    journal = first.begin("c", [question], Node("r", "q", "assistant", (), "model"))
    journal.commit([MessageStart({"id": "m"}), BlockStart(0, TextBlock(""))])
    said = ""
    for number in range(20):
        journal.commit([TextDelta(0, f"{number}, ")])
        said += f"{number}, "
        seen = second.read_along(follower).result(5)
        assert seen is not None and visible_text(seen.live["r"].content) == said
        assert seen.conversation.head_id == "r" and visible_text(seen.conversation.nodes["r"].content) == said
        assert second.read_along(follower).result(5) is None
    ended = Node("r", "q", "assistant", (TextBlock(said),), "model", stop_reason="end_turn")
    first.finish("c", ended).result(5)
    seen = second.read_along(follower).result(5)
    assert seen is not None and not seen.live and seen.conversation.nodes["r"] == ended
    first.rename("c", "Pepper").result(5)
    seen = second.read_along(follower).result(5)
    assert seen is not None and seen.conversation.title == "Pepper"
    first.let_go("c").result(5)
    seen = second.read_along(follower).result(5)
    assert seen is not None and seen.holder is None


def test_a_window_that_died_is_noticed_though_nothing_is_written(
    path: Path, windows: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = windows
    first.hold("c").result(5)
    follower = Follower(second.load("c").result(5))  # type: ignore[arg-type]
    assert second.read_along(follower).result(5) is not None
    monkeypatch.setattr(Lease, "gone", lambda *_: True)
    seen = [second.read_along(follower).result(5) for _ in range(5)]
    assert [one.holder for one in seen if one is not None] == [None]


@pytest.mark.parametrize("how", ["load", "end", "along"])
def test_a_reply_that_another_window_settles_while_it_is_read_is_read_whole(
    windows: tuple[Store, Store], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal goes between two looks at it."""
    first, second = windows
    before = second.load("c").result(5)
    assert before is not None
    reply = Node("r", "q", "assistant", (), "model")
    journal = first.begin("c", [Node("q", "c3", "user", (TextBlock("And?"),), "typed")], reply)
    journal.commit([MessageStart({"id": "m"}), BlockStart(0, TextBlock("")), TextDelta(0, "As far as it came.")])
    ended = replace(reply, content=(TextBlock("As far as it came."),), status="interrupted")
    looked = {"load": (store, "journal_of"), "end": (store, "journal_of"), "along": (windows_room, "node_from_row")}
    room, name = looked[how]
    reading = getattr(room, name)
    once = iter([True])

    def settled_now(*asked: Any) -> Any:
        if next(once, False):
            first.finish("c", ended).result(5)
        return reading(*asked)

    monkeypatch.setattr(room, name, settled_now)
    if how == "along":
        follower = Follower(before)
        second.read_along(follower).result(5)
        seen = second.read_along(follower).result(5)
        assert seen is not None
        read = seen.conversation
    else:
        read = (second.load("c") if how == "load" else second.load_end("c")).result(5)
        assert read is not None
    assert visible_text(read.nodes["r"].content) == "As far as it came."


def test_where_nothing_can_be_written_nobody_is_asked(path: Path) -> None:
    Store.open(path).close(2)
    rows = sqlite3.connect(path)
    rows.execute("PRAGMA user_version = 99")
    rows.close()
    store = Store.open(path)
    assert store.read_only and store.hold("c").result(1) is None
    store.close(2)


# What a kill leaves.

FORKER = """
import itertools, sys
from pathlib import Path
from claude_tui.core.forking import fork
from claude_tui.ids import new_id
from claude_tui.store import Store
store = Store.open(Path(sys.argv[1]))
source = store.load("c").result(10)
for number in itertools.count(1):
    forked = fork(source, source.head_id, new_id, number)
    print("forking", flush=True)
    store.put_whole(forked).result(10)
    print("forked", forked.id, flush=True)
    title = f"Title {number} of {forked.id}"
    print("titling", forked.id, title, flush=True)
    store.propose_title(forked.id, title).result(10)
    print("titled", forked.id, title, flush=True)
"""


def kill_while_forking(path: Path, child: type[Child], chance: random.Random) -> int:
    """Let it fork and give titles for a random while, kill it, look: each was done or was not."""
    store = Store.open(path)
    source = store.load("c").result(5)
    assert source is not None
    known = {summary.id for summary in store.recent(10_000).result(5)}
    store.close(2)
    window = child(FORKER, path)
    lines = [window.line() for _ in range(chance.randrange(1, 24))]
    lines += window.kill().splitlines()
    forked = {line.split()[1] for line in lines if line.startswith("forked ")}
    titled = {line.split(" ", 2)[1]: line.split(" ", 2)[2] for line in lines if line.startswith("titled ")}
    titling = {line.split(" ", 2)[1]: line.split(" ", 2)[2] for line in lines if line.startswith("titling ")}
    store = Store.open(path)
    there = {summary.id: summary.title for summary in store.recent(10_000).result(5) if summary.id not in known}
    assert forked <= there.keys() and len(there.keys() - forked) <= 1, "at most the one it was at is there besides"
    for id, title in there.items():
        copy = store.load(id).result(5)
        assert copy is not None
        assert [node.content for node in copy.path()] == [node.content for node in source.path()], "half a fork"
        wanted = [titled[id]] if id in titled else [titling.get(id, "Salt (fork)"), "Salt (fork)"]
        assert title in wanted, f"half a title: {title}"
    assert store.check().result(20) == [] and store.notices == []
    store.close(2)
    return len(there)


def test_a_fork_and_a_title_are_done_or_not_done(path: Path, child: type[Child]) -> None:
    store = Store.open(path)
    store.put_whole(talk(60)).result(5)
    store.close(2)
    chance = random.Random(5)
    assert sum(kill_while_forking(path, child, chance) for _ in range(4)) >= 4


@pytest.mark.long
def test_many_kills_while_forking(path: Path, child: type[Child]) -> None:
    store = Store.open(path)
    store.put_whole(talk(400)).result(5)
    store.close(2)
    chance = random.Random()
    kills = int(os.environ.get("CLAUDE_TUI_KILLS", "100"))
    print(sum(kill_while_forking(path, child, chance) for _ in range(kills)), f"forks in {kills} kills")


def test_a_fork_of_a_long_talk_is_there_before_its_words_are_indexed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making words findable takes ten times as long as writing them, and a reply's frames would wait for it."""
    source = talk(40)
    long = replace(
        source, nodes={id: replace(n, content=(TextBlock("Words. " * 400),)) for id, n in source.nodes.items()}
    )
    ids = (f"f{number}" for number in itertools.count())
    forked = fork(long, "c39", lambda: next(ids), 7)

    def indexed() -> int:
        connection = sqlite3.connect(store._database.path)
        (number,) = connection.execute("SELECT count(*) FROM node WHERE search_id IS NOT NULL").fetchone()
        connection.close()
        return number

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_find_some", lambda self: None)
        store.put_whole(forked).result(5)
    assert indexed() == 0
    assert store.latest().result(5) == forked.id, "it was used last"
    assert len(store.search("words", 100).result(5)) == 40
    store._find_some()
    until(lambda: indexed() == 40)
    assert store.propose_title(forked.id, "Thought of").result(5), "no person gave it its title"
    with pytest.raises(StoreError):
        store.put_whole(forked).result(5)


def test_nothing_is_mended_while_another_window_writes(windows: tuple[Store, Store]) -> None:
    first, second = windows
    first.hold("c").result(5)
    with pytest.raises(StoreError, match="another window"):
        second.mend().result(5)
    first.let_go("c").result(5)
    assert second.mend().result(5) == []


def test_a_fork_in_the_store_is_what_it_was_forked_from(store: Store) -> None:
    store.put_whole(talk(10)).result(5)
    source = store.load("c").result(5)
    assert source is not None
    ids = (f"f{number}" for number in itertools.count())
    forked = fork(source, "c5", lambda: next(ids), 7)
    store.put_whole(forked).result(5)
    kept = store.load(forked.id).result(5)
    assert kept is not None and replace(kept, updated_at=forked.updated_at) == forked
    assert store.load("c").result(5) == source
    assert {hit.conversation_id for hit in store.search("Word 3").result(5)} >= {"c", forked.id}
