"""Lists, pins, the archive, titles, the trash, and what is deleted for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.store import Draft, Spend, Store, care, shelves

from .samples import node

T = TypeVar("T")


def wait(future: Future[T]) -> T:
    return future.result(10)


def ids(store: Store, **more: object) -> list[str]:
    return [row.id for row in wait(store.recent(**more))]  # type: ignore[arg-type]


def talk(store: Store, name: str, *texts: str) -> None:
    wait(store.create(Conversation(name, f"About {name}")))
    wait(store.add(name, [node(f"{name}-{at}", text) for at, text in enumerate(texts or (f"said in {name}",))]))


def until(what: Callable[[], object]) -> None:
    """What care does is done on its own thread: look until it is."""
    import time

    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "it was not done"
        time.sleep(0.005)


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_the_pinned_come_first_and_the_archived_only_when_asked_for(store: Store) -> None:
    for name in "abcd":
        talk(store, name)
    wait(store.pin("b"))
    wait(store.archive("c"))
    assert ids(store) == ["b", "d", "a"]
    assert ids(store, shelf="archived") == ["c"]
    assert [row.pinned for row in wait(store.recent())] == [True, False, False]
    assert [hit.conversation_id for hit in wait(store.search("said in c"))] == ["c"]
    wait(store.pin("b", False))
    wait(store.archive("c", False))
    assert ids(store) == ["d", "c", "b", "a"]
    assert wait(store.count()) == 4


def test_pages_follow_each_other(store: Store) -> None:
    for number in range(7):
        talk(store, f"c{number}")
    wait(store.pin("c3"))
    pages = [ids(store, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert pages == [["c3", "c6", "c5"], ["c4", "c2", "c1"], ["c0"], []]


def test_a_title_of_a_person_s_is_never_taken_away(store: Store) -> None:
    talk(store, "c")
    assert wait(store.propose_title("c", "Thought of"))
    assert wait(store.rename("c", "Mine"))
    assert not wait(store.propose_title("c", "Thought of again"))
    assert [row.title for row in wait(store.recent())] == ["Mine"]


def test_the_last_deleted_is_the_first_in_the_trash(path: Path) -> None:
    clock = iter(range(1_000, 100_000))
    store = Store.open(path, now=lambda: next(clock))
    for name in "abc":
        talk(store, name)
    for name in "bca":
        wait(store.trash(name))
    assert ids(store, shelf="trash") == ["a", "c", "b"]
    assert wait(store.search("said")) == []
    assert wait(store.find("a")) == [] and wait(store.find("a", "trash")) == ["a"]
    wait(store.restore("c"))
    assert ids(store) == ["c"]
    store.close(2)


def test_only_what_is_in_the_trash_is_deleted_for_good(store: Store) -> None:
    talk(store, "a")
    assert wait(store.purge("a")) == 0
    assert wait(store.purge()) == 0
    assert ids(store) == ["a"]


def test_what_is_deleted_for_good_is_nowhere_but_what_it_cost_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "PURGED_CHARACTERS", 100)  # in several pieces
    store = Store.open(path)
    talk(store, "kept", "an ordinary word")
    talk(store, "gone", *(f"a secretive word {number} " * 30 for number in range(5)))
    wait(store.spend(Spend(1, "gone", "gone-1", "m", {}, "0.5", "exact")))
    wait(store.save_draft("gone", "a secretive draft"))
    wait(store.save_draft("gone", ""))
    wait(store.save_draft("gone", "another secretive draft"))
    wait(store.save_draft("gone:along", "a secretive word beside"))
    wait(store.save_draft("gone:edit:gone-0", "given up"))
    wait(store.save_draft("gone:edit:gone-0", ""))
    wait(store.trash("gone"))
    assert wait(store.purge()) == 1
    assert ids(store, shelf="trash") == [] and wait(store.load("gone")) is None
    until(lambda: rows(path, "SELECT count(*) FROM conversation") == [(1,)])
    assert wait(store.search("secretive")) == []
    assert [hit.node_id for hit in wait(store.search("ordinary"))] == ["kept-0"]
    assert wait(store.typed()) == [] and wait(store.drafts()) == {} and wait(store.draft_history()) == []
    assert [entry.cost_usd for entry in wait(store.spent(conversation_id="gone"))] == ["0.5"]
    assert wait(store.check()) == []
    store.close(5)
    assert b"secretive" not in path.read_bytes()
    # Not in the index either: FTS5 was told what it was told before.
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT rowid FROM slices1 WHERE slices1 MATCH 'ecr'").fetchall() == []
    connection.execute("INSERT INTO slices1 (slices1) VALUES ('integrity-check')")
    connection.close()


def test_what_one_window_began_to_delete_another_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(path)
    talk(store, "gone")
    wait(store.trash("gone"))
    monkeypatch.setattr(Store, "_purge_some", lambda self: None)
    assert wait(store.purge("gone")) == 1
    store.close(2)
    assert rows(path, "SELECT count(*) FROM node") == [(1,)]
    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    store = Store.open(path)
    until(lambda: rows(path, "SELECT count(*) FROM conversation") == [(0,)])
    store.close(2)


def test_a_repair_brings_nothing_back_that_is_being_deleted_for_good(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "PURGED_CHARACTERS", 10)
    monkeypatch.setattr(Store, "_purge_some", lambda self: None)
    store = Store.open(path)
    parents = [None, *(f"n{number}" for number in range(4))]
    wait(store.create(Conversation("gone", "", {}, None)))
    wait(store.add("gone", [node(f"n{at}", f"word {at}", parent) for at, parent in enumerate(parents)], head_id="n0"))
    (path.parent / "copies").mkdir()
    wait(store.backup(path.parent / "copies" / f"{path.stem}-20260101-000000.db"))
    wait(store.trash("gone"))
    assert wait(store.purge()) == 1 and wait(store.sweep())  # one piece, the first message, and the window ends
    left = rows(path, "SELECT id FROM node")
    assert left == [("n1",), ("n2",), ("n3",), ("n4",)]
    assert wait(store.check()) == [] and wait(store.mend()) == []
    assert rows(path, "SELECT id FROM node") == left
    store.close(2)


def test_what_was_typed_and_not_sent_is_found_again(store: Store) -> None:
    talk(store, "c")
    wait(store.save_draft("c", "half a thought"))
    wait(store.save_draft("c", ""))
    wait(store.save_draft("c", "a question"))
    wait(store.save_draft("c", "", sent=True))
    wait(store.save_draft("", "not begun"))
    found = [(draft.conversation_id, draft.text, draft.waiting) for draft in wait(store.typed())]
    assert found == [("", "not begun", True), ("c", "half a thought", False)]
    first: Draft = wait(store.typed())[1]
    assert first.title == "About c"
    wait(store.save_draft("c", "half a thought"))
    assert [draft.waiting for draft in wait(store.typed()) if draft.text == "half a thought"] == [True]


def test_pins_titles_and_the_archive_outlive_a_repair(path: Path, tmp_path: Path) -> None:
    from claude_tui.store import salvage
    from claude_tui.store.database import connect
    from claude_tui.store.migrations import migrate

    store = Store.open(path)
    talk(store, "a")
    wait(store.pin("a"))
    wait(store.archive("a"))
    wait(store.rename("a", "Mine"))
    store.close(2)
    into = connect(tmp_path / "new.db", "rwc")
    migrate(into)
    assert "1 message in 1 conversation" in salvage.salvage(path, into)
    kept = into.execute("SELECT pinned, archived, titled, title FROM conversation").fetchall()
    assert kept == [(1, 1, "person", "Mine")]
    into.close()


def test_a_conversation_of_which_only_messages_are_left_stands_after_all_that_was_used(
    path: Path, tmp_path: Path
) -> None:
    from claude_tui.store import salvage
    from claude_tui.store.database import connect
    from claude_tui.store.migrations import migrate

    store = Store.open(path)
    talk(store, "imported")
    talk(store, "lost")
    store.close(2)
    damaged = connect(path, "rw")
    damaged.execute("PRAGMA foreign_keys = OFF")
    damaged.execute("UPDATE conversation SET used = -7 WHERE id = 'imported'")
    damaged.execute("DELETE FROM conversation WHERE id = 'lost'")
    damaged.close()
    into = connect(tmp_path / "new.db", "rwc")
    migrate(into)
    salvage.salvage(path, into)
    assert into.execute("SELECT id, used FROM conversation ORDER BY used").fetchall() == [("imported", -7), ("lost", 1)]
    into.close()
