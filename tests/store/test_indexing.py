"""An index that is not whole, is old, or is refused: nothing is missed meanwhile, and nothing waits for it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.core.message import OpaqueBlock
from claude_tui.store import Lease, Store, care, importing, slices
from claude_tui.store import search as searching
from claude_tui.store.database import connect_to_read
from claude_tui.store.ledger import spent
from claude_tui.store.migrations import STEPS, migrate
from claude_tui.store.reservations import used
from claude_tui.store.rows import node_to_row
from claude_tui.store.search import Look, search
from claude_tui.store.slices import index_of
from claude_tui.store.values import Bound
from claude_tui.store.windows import holder_of, in_use

from .conftest import Child
from .samples import node
from .test_shelves import rows, until

COUNT = 60


def text(number: int) -> str:
    return f"message number{number} of an older version " + "and more of it " * (number % 7 * 20)


def make_old(path: Path) -> None:
    """A file as the first version wrote it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, STEPS[:1])
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO conversation (id, title, head_id, created_at, updated_at, used) VALUES ('c', 'Old', 'n1', 1, 1, 1)"
    )
    for number in range(1, COUNT + 1):
        row = node_to_row("c", node(f"n{number}", text(number), f"n{number - 1}" if number > 1 else None))
        connection.execute(f"INSERT INTO node VALUES (NULL, {', '.join('?' * 15)}, NULL, ?)", (*row, number))
        connection.execute("INSERT INTO search (rowid, text) VALUES (?, ?)", (number, text(number)))
    connection.execute("INSERT INTO meta VALUES ('search_id', ?)", (str(COUNT),))
    connection.execute("COMMIT")
    connection.close()


def is_all_there(store: Store) -> None:
    assert [hit.node_id for hit in store.search("umber60").result(10)] == ["n60"]
    assert [hit.node_id for hit in store.search("number7 ").result(10)] == ["n7"]
    found = [hit.node_id for hit in store.search("older version", 1_000).result(10)]
    assert found == [f"n{number}" for number in range(COUNT, 0, -1)], "the newest first, each once"


def test_an_older_file_is_searched_at_once_and_indexed_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(path)
    store = Store.open(path)
    assert rows(path, "SELECT todo FROM search_index WHERE generation = 1") == [(COUNT + 1,)]
    assert store.recent().result(5)[0].title == "Old"
    assert not store.propose_title("c", "Better").result(5), "it may be a person's"
    is_all_there(store)
    store.add("c", [node("n1", text(1)), node("new", "as an older version would say", "n60")]).result(5)
    assert [hit.node_id for hit in store.search("older version", 2).result(5)] == ["new", "n1"]
    store.add("c", [node("new", "something else", "n60")]).result(5)
    store.close(2)
    assert path.with_name(path.name + ".schema-1").exists()

    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(slices, "CHUNK_CHARACTERS", 3_000)
    store = Store.open(path)
    until(lambda: rows(path, "SELECT count(*) FROM search_index") == [(1,)])
    assert rows(path, "SELECT name FROM sqlite_schema WHERE name LIKE 'slices0%' OR name LIKE 'search%'") == [
        ("search_index",)
    ]
    assert rows(path, "SELECT todo FROM search_index")[0][0] in (0, 1)
    expected = ["n1", *(f"n{number}" for number in range(COUNT, 1, -1))]
    assert [hit.node_id for hit in store.search("older version", 1_000).result(10)] == expected
    assert store.check().result(10) == []
    store.close(2)


def test_an_older_file_that_can_only_be_read_is_read(path: Path) -> None:
    make_old(path)
    connection = connect_to_read(path)
    assert [hit.node_id for hit in search(connection, "number7 ")] == ["n7"]
    from claude_tui.store.shelves import listed

    (row,) = listed(connection, "open", 10, 0)
    assert (row.title, row.pinned) == ("Old", False)
    connection.close()


@pytest.mark.parametrize("steps", range(1, len(STEPS) + 1))
def test_in_an_older_file_that_can_only_be_read_nobody_writes(path: Path, steps: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, STEPS[:steps])
    connection.close()
    connection = connect_to_read(path)
    assert holder_of(connection, "c", Lease.mine(), 1) is None
    assert in_use(connection, Lease.mine(), 1) == set()
    assert spent(connection, 0, None) == []
    assert used(connection, Bound(5)) == used(connection, Bound(5, 0, "c")) == 0
    connection.close()


def test_an_index_that_an_older_window_could_not_find_is_begun_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(path)
    store.create(Conversation("c", "t", {"n": node("n", "some words")}, "n")).result(5)
    store._write(lambda connection: connection.execute("INSERT INTO meta VALUES ('search_broken', '1')")).result(5)
    assert store.search("ome wor").result(5), "looked through"
    store.close(2)
    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    store = Store.open(path)
    until(lambda: rows(path, "SELECT generation, todo FROM search_index") in ([(2, 0)], [(2, 1)]))
    assert rows(path, "SELECT count(*) FROM meta WHERE key = 'search_broken'") == [(0,)]
    assert [hit.node_id for hit in store.search("ome wor").result(5)] == ["n"]
    store.close(2)


@pytest.mark.parametrize("moment", range(1, 6))
def test_what_is_indexed_while_it_is_looked_for_is_found_once(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """The writer goes between any two steps of a search: some is in the index after that was asked for it."""
    monkeypatch.setattr(searching, "SCAN_ROWS", 1)
    for number in range(2):
        store.add("c", [node(f"n{number}", f"the needle {number}")]).result(5)
    store._write(slices.begin_again).result(5)
    words = [node(f"i{number}", "another needle " + "hay " * importing.PIECE) for number in range(2)]
    given = importing.parcel(Conversation("i", "", {each.id: each for each in words}))
    assert store.take_in(given).result(5).owed
    moments: list[None] = []

    def meanwhile() -> bool:
        moments.append(None)
        while len(moments) == moment and (store.make_findable().result(5) or store._write(slices.index_some).result(5)):
            pass
        return False

    with connect_to_read(path) as connection:
        look = Look(connection, ["needle"], stopped=meanwhile)
        assert sorted(hit.node_id for hit in look.hits()) == ["i0", "i1", "n0", "n1"]
    connection.close()
    assert len(moments) >= moment


def test_a_node_put_again_as_it_was_is_indexed_once(store: Store) -> None:
    store.create(Conversation("c", "t", {"n": node("n", "some words")}, "n")).result(5)
    for _ in range(5):
        store.add("c", [node("n", "some words")]).result(5)
    assert store._writer is not None
    (above,) = store._writer._connection.execute("SELECT above FROM search_index WHERE generation = 1").fetchone()
    assert above == 1


INDEXER = """
import sys
from pathlib import Path
from claude_tui.store import Lease, Store, care, importing, slices
from claude_tui.store import search as searching
care.PATIENCE_SECONDS, care.PAUSE_SECONDS = 0.0, 0.002
slices.CHUNK_CHARACTERS, slices.RETIRED_PAGES = 1_000, 1
print("opening", flush=True)
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def kill_while_indexing(path: Path, child: type[Child], kills: int) -> int:
    """Migrate and index, killed over and over; how often it was killed with something left to do."""
    make_old(path)
    busy = 0
    for number in range(kills):
        window = child(INDEXER, path)
        assert window.line() == "opening"
        if number % 4:
            assert window.line() == "open"
            if number % 2:
                goal = COUNT - number * COUNT // kills
                until(
                    lambda goal=goal: (
                        rows(path, "SELECT min(todo) FROM search_index WHERE generation = 1")[0][0] <= goal
                    )
                )
        window.kill()
        store = Store.open(path)
        is_all_there(store)
        assert store.check().result(10) == [] and store.notices == []
        busy += rows(path, "SELECT count(*) FROM search_index") != [(1,)]
        store.close(2)
    window = child(INDEXER, path)
    until(lambda: rows(path, "SELECT count(*) FROM search_index") == [(1,)])
    window.kill()
    store = Store.open(path)
    is_all_there(store)
    assert store._writer is not None and index_of(store._writer._connection).todo <= 1
    store.close(2)
    return busy


def test_killed_while_migrating_and_indexing(path: Path, child: type[Child]) -> None:
    assert kill_while_indexing(path, child, 4) >= 2


@pytest.mark.long
def test_killed_while_migrating_and_indexing_again_and_again(tmp_path: Path, child: type[Child]) -> None:
    busy = sum(kill_while_indexing(tmp_path / str(number) / "c.db", child, 12) for number in range(12))
    print(f"144 kills, {busy} of them with something left to do")


def test_a_text_that_was_attached_is_found_and_an_index_of_before_is_begun_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "the zebrafish protocol"}
    picture = OpaqueBlock({"type": "image", "source": {"type": "base64", "data": "zebrapicture"}})
    asked = replace(node("n", "look"), content=(OpaqueBlock({"type": "document", "source": source}), picture))
    store = Store.open(path)
    store.create(Conversation("c", "t", {"n": asked}, "n")).result(5)
    assert [hit.node_id for hit in store.search("ebrafis").result(5)] == ["n"]
    assert store.search("zebrapicture").result(5) == []
    store.close(2)
    assert rows(path, "SELECT max(generation) FROM search_index") == [(1,)]
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in STEPS[3]:  # as a file of the third version goes through it
        connection.execute(statement)
    connection.close()
    monkeypatch.setattr(care, "PATIENCE_SECONDS", 0.0)
    store = Store.open(path)
    until(lambda: rows(path, "SELECT generation FROM search_index WHERE todo <= 1 AND generation > 1") == [(2,)])
    assert [hit.node_id for hit in store.search("ebrafis").result(5)] == ["n"]
    store.close(2)
