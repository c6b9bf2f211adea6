"""What is put in comes out."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Join, Node
from claude_tui.core.message import TextBlock, block_to_wire
from claude_tui.errors import StoreError
from claude_tui.store import Spend, Store

from .samples import BLOCKS, everything, node


def wait(future: Future[Any]) -> Any:
    return future.result(5)


def test_every_kind_of_block_comes_back(path: Path) -> None:
    store = Store.open(path)
    wait(store.create(everything()))
    store.close(2)
    store = Store.open(path)
    loaded = wait(store.load("c1"))
    assert loaded == everything()
    assert [block_to_wire(block) for block in loaded.nodes["n2"].content] == BLOCKS
    assert wait(store.check()) == []
    store.close(2)


def test_a_conversation_that_is_not_there(store: Store) -> None:
    assert wait(store.load("nothing")) is None
    assert wait(store.latest()) is None
    assert wait(store.recent()) == []
    assert wait(store.find("")) == []
    assert wait(store.drafts()) == {}
    assert wait(store.draft("x")) == ""


def test_lone_surrogates_are_survived(store: Store) -> None:
    wait(store.create(Conversation("c", "a\ud800b")))
    wait(store.add("c", [node("n", "x\ud83dy", model="\udfff", facts={"\ud800": "\udfff"})]))
    wait(store.save_draft("c", "\ud800"))
    loaded = wait(store.load("c"))
    assert loaded.nodes["n"].content == (TextBlock("x\ud83dy"),)
    assert loaded.nodes["n"].facts == {"\ud800": "\udfff"}
    assert loaded.title == "a?b"
    assert wait(store.draft("c")) == "?"


def test_a_node_is_replaced_in_its_place(store: Store) -> None:
    wait(store.add("c", [node("a", "one"), node("b", "two", "a")]))
    wait(store.add("c", [node("a", "three")], head_id="a"))
    loaded = wait(store.load("c"))
    assert list(loaded.nodes) == ["a", "b"]
    assert loaded.nodes["a"].content == (TextBlock("three"),)
    assert loaded.head_id == "a"
    assert wait(store.search("one")) == []
    assert [hit.node_id for hit in wait(store.search("three"))] == ["a"]


def test_a_node_of_another_conversation_is_not_overwritten(store: Store) -> None:
    wait(store.add("c", [node("a", "one")]))
    with pytest.raises(StoreError, match="another conversation"):
        wait(store.add("d", [node("b", "kept out"), node("a", "two")]))
    assert wait(store.load("c")).nodes["a"].content == (TextBlock("one"),)
    assert wait(store.load("d")) is None, "all of it or nothing"
    assert store.trouble is None


def test_a_join_keeps_all_its_fields(store: Store) -> None:
    join = Join("prefill", "anchor", "\n", replaces=True)
    wait(store.add("c", [node("a", "x", join=join), node("b", "y", "a")]))
    loaded = wait(store.load("c"))
    assert loaded.nodes["a"].join == join
    assert loaded.nodes["b"].join == Join()


def test_a_long_conversation_is_written_in_pieces(store: Store) -> None:
    nodes = [node(f"n{i:04}", f"text {i}", f"n{i - 1:04}" if i else None) for i in range(500)]
    whole = Conversation("c", "long", {each.id: each for each in nodes}, "n0499", 1, 2)
    done = store.create(whole)
    journal = store.begin("d", [], node("r", "", None, "assistant"))
    assert journal.commit([]) is True
    wait(done)
    assert wait(store.load("c")) == whole


def test_the_library(store: Store) -> None:
    for name in ("a", "b", "c"):
        wait(store.create(Conversation(name, f"Title {name}")))
    wait(store.add("a", [node("q", "hello"), node("r", "", "q", "assistant", status="interrupted", model="m")]))
    wait(store.set_head("a", "r"))
    wait(store.save_draft("b", "not sent"))
    wait(store.spend(Spend(1, "a", "r", "m", {"input_tokens": 1}, "0.1", "exact")))
    wait(store.spend(Spend(2, "a", "s", "m", {}, "0.2", "estimate")))
    wait(store.spend(Spend(3, "a", "t", "m", {}, None, "unknown")))
    first, second, third = wait(store.recent())
    assert (first.id, second.id, third.id) == ("a", "c", "b")
    assert (first.title, first.messages, first.model, first.cost_usd) == ("Title a", 2, "m", "0.3")
    assert (first.cost_is, third.cost_is) == ("lower", "exact"), "one of them has no price"
    assert (first.interrupted, first.draft, third.draft, third.cost_usd) == (True, False, True, None)
    assert wait(store.latest()) == "a"
    assert [line.id for line in wait(store.recent(1, 1))] == ["c"]
    assert [entry.cost_usd for entry in wait(store.spent())] == ["0.1", "0.2", None]
    assert [entry.at for entry in wait(store.spent(since=2))] == [2, 3]


def test_segments_of_one_reply_count_once(store: Store) -> None:
    nodes = [
        node("q", "hello"),
        node("r1", "a", "q", "assistant"),
        node("ask", "go on", "r1", origin="continue"),
        node("r2", "b", "ask", "assistant", join=Join("ask", "a")),
    ]
    wait(store.add("c", nodes))
    assert wait(store.recent())[0].messages == 2


def test_order_does_not_follow_the_clock(path: Path) -> None:
    times = iter([10**12, 5, 10**13, 7] * 9)
    store = Store.open(path, now=lambda: next(times))
    for name in ("a", "b", "c", "d"):
        wait(store.add(name, [node(f"{name}1", "x"), node(f"{name}0", "y", f"{name}1")]))
    assert [line.id for line in wait(store.recent())] == ["d", "c", "b", "a"]
    assert list(wait(store.load("a")).nodes) == ["a1", "a0"]
    store.close(2)


def test_trash_and_back(store: Store) -> None:
    wait(store.create(Conversation("a", "findable")))
    wait(store.add("a", [node("n", "needle")]))
    wait(store.spend(Spend(1, "a", "n", "m", {}, "1", "exact")))
    wait(store.trash("a"))
    assert wait(store.recent()) == [] and wait(store.latest()) is None and wait(store.find("a")) == []
    assert wait(store.search("needle")) == [] and wait(store.search("findable")) == []
    assert [line.id for line in wait(store.trashed())] == ["a"]
    assert wait(store.load("a")).nodes, "the trash keeps everything"
    assert len(wait(store.spent())) == 1
    wait(store.restore("a"))
    assert [line.id for line in wait(store.recent())] == ["a"]
    assert len(wait(store.search("needle"))) == 1


def test_rename_and_find(store: Store) -> None:
    wait(store.create(Conversation("019a", "old")))
    wait(store.create(Conversation("019b%_", "other")))
    wait(store.rename("019a", "new"))
    assert wait(store.load("019a")).title == "new"
    assert wait(store.find("019")) == ["019b%_", "019a"]
    assert wait(store.find("019b%")) == ["019b%_"]
    assert wait(store.find("%")) == []


@pytest.mark.parametrize("key", ["c", "c:along", "c:edit:c-1"])
def test_the_list_marks_what_was_typed_there_and_not_sent(store: Store, key: str) -> None:
    wait(store.create(Conversation("c", "One")))
    wait(store.create(Conversation("cc", "Another")))
    wait(store.save_draft(key, "not sent"))
    assert {row.id: row.draft for row in wait(store.recent())} == {"c": True, "cc": False}


def test_a_draft_that_is_typed_over_is_remembered(store: Store) -> None:
    for text in ("a long draft", "a long draft of an hour", "the long draft of an hour", "x", "xy"):
        wait(store.save_draft("c", text))
    assert wait(store.draft_history()) == ["the long draft of an hour"]
    wait(store.save_draft("c", "the next one", sent=True))
    wait(store.save_draft("c", "the next"))
    assert wait(store.draft_history()) == ["the long draft of an hour"]


def test_drafts_are_kept_each_in_its_place(path: Path) -> None:
    store = Store.open(path)
    store.save_draft("", "a question not begun")
    for length in range(200):
        store.save_draft("c", "x" * length)
    store.close(2)
    store = Store.open(path)
    assert wait(store.drafts()) == {"": "a question not begun", "c": "x" * 199}
    wait(store.save_draft("", ""))
    assert wait(store.drafts()) == {"c": "x" * 199}
    assert wait(store.draft_history()) == ["a question not begun"]
    store.close(2)


def test_a_read_sees_what_was_written_before_it(store: Store) -> None:
    for number in range(50):
        store.rename("c", "x") if number else store.create(Conversation("c", "t"))
        store.add("c", [node(f"n{number}", "x")])
        assert len(wait(store.load("c")).nodes) == number + 1


def test_a_lost_parent_does_not_hide_what_came_before(store: Store) -> None:
    wait(store.add("c", [node("a", "one"), node("b", "two", "a", "assistant"), node("d", "four", "lost")]))
    wait(store.set_head("c", "d"))
    loaded = wait(store.load("c"))
    assert [each.id for each in loaded.path()] == ["a", "b", "lost", "d"]
    assert any("lost the one before" in said for said in wait(store.check()))


def test_backup(store: Store, tmp_path: Path) -> None:
    wait(store.create(everything()))
    target = tmp_path / "cöpy #1 %.db"
    wait(store.backup(target))
    assert target.stat().st_mode & 0o777 == 0o600
    copy = Store.open(target)
    assert wait(copy.load("c1")) == everything()
    copy.close(2)
    with pytest.raises(StoreError, match="there already"):
        wait(store.backup(target))


def test_after_close(path: Path) -> None:
    store = Store.open(path)
    store.close()
    store.close()
    with pytest.raises(StoreError):
        wait(store.recent())
    with pytest.raises(StoreError):
        wait(store.rename("c", "x"))
    assert store.begin("c", [], Node("r", None, "assistant", (), "model")).commit([]) is False
