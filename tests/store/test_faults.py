"""A disk that fails: the chat goes on in memory, says so, and all is saved when it clears."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.core.events import BlockStart, MessageStart, StreamEvent, TextDelta
from claude_tui.core.message import TextBlock, visible_text
from claude_tui.errors import StoreError
from claude_tui.store import Journal, Store, database, sidesync, writer

from .conftest import Child
from .samples import node

BEGINNING: list[StreamEvent] = [MessageStart({"id": "m"}), BlockStart(0, TextBlock(""))]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.1)


def until(true: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def begun(store: Store) -> Journal:
    journal = store.begin("c", [node("q", "A question")], node("r", "", "q", "assistant"))
    assert journal.commit(BEGINNING)
    return journal


def text_of(store: Store) -> str:
    conversation = store.load("c").result(5)
    assert conversation is not None
    return visible_text(conversation.nodes["r"].content)


def test_a_full_disk_and_then_room_again(store: Store) -> None:
    journal = begun(store)
    assert store._writer is not None
    connection = store._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    expected = ""
    saved = True
    for number in range(300):
        piece = f"{number} " + "x" * 200
        expected += piece
        start = time.monotonic()
        saved = journal.commit([TextDelta(0, piece)])
        assert time.monotonic() - start < 8
        if not saved:
            break
    assert not saved
    assert store.trouble == "Not saved: the disk is full."
    start = time.monotonic()
    for number in range(50):  # nobody waits behind a failing disk: each would wait for a second
        piece = f"more {number} "
        expected += piece
        assert journal.commit([TextDelta(0, piece)]) is False
    assert time.monotonic() - start < 25
    draft = store.save_draft("c", "typed meanwhile")
    connection.execute("PRAGMA max_page_count = 1000000")
    until(lambda: store.trouble is None)
    assert journal.commit([TextDelta(0, "end")])
    draft.result(5)
    assert text_of(store) == expected + "end"
    assert store.draft("c").result(5) == "typed meanwhile"
    assert store.check().result(5) == []


def test_a_disk_that_is_full_when_the_reply_begins_and_ends(store: Store) -> None:
    assert store._writer is not None
    connection = store._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    start = time.monotonic()
    journal = store.begin("c", [node("q", "A question " * 2000)], node("r", "", "q", "assistant"))
    assert 0.9 < time.monotonic() - start < 8
    assert store.trouble == "Not saved: the disk is full."
    assert journal.commit(BEGINNING) is False
    assert journal.commit([TextDelta(0, "words")]) is False
    done = store.finish("c", node("r", "words", "q", "assistant"))
    assert not done.done()
    connection.execute("PRAGMA max_page_count = 1000000")
    done.result(5)
    until(lambda: store.trouble is None)
    assert text_of(store) == "words"
    assert store.check().result(5) == []


def test_a_limit_on_the_size_of_files(path: Path, child: type[Child]) -> None:
    """What a quota does: the system refuses a write in the middle."""
    script = """
import resource, sys, time
from pathlib import Path
from claude_tui.core.conversation import Node
from claude_tui.core.events import BlockStart, MessageStart, TextDelta
from claude_tui.core.message import TextBlock
from claude_tui.store import Store, writer
writer.RETRY_SECONDS = 0.1
store = Store.open(Path(sys.argv[1]))
journal = store.begin("c", [], Node("r", None, "assistant", (), "model"))
assert journal.commit([MessageStart({}), BlockStart(0, TextBlock(""))])
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (Path(sys.argv[1] + "-wal").stat().st_size + 50_000, hard))
count = 0
while journal.commit([TextDelta(0, f"{count};")]):
    count += 1
assert count > 3
trouble = store.trouble
for more in range(20):
    count += 1
    journal.commit([TextDelta(0, f"{count};")])
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
end = time.monotonic() + 10
while store.trouble and time.monotonic() < end:
    time.sleep(0.01)
assert store.trouble is None, store.trouble
assert journal.commit([TextDelta(0, f"{count + 1};")])
print(count + 1, trouble, flush=True)
sys.stdin.readline()
"""
    one = child(script, path)
    count, _, trouble = one.line().partition(" ")
    assert trouble == "Not saved: the disk cannot be written."
    one.kill()
    store = Store.open(path)
    assert text_of(store) == "".join(f"{number};" for number in range(int(count) + 1))
    assert store.check().result(5) == []
    store.close(2)


def test_another_program_holds_the_lock(store: Store, path: Path) -> None:
    journal = begun(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    assert journal.commit([TextDelta(0, "one ")]) is False
    assert 0.9 < time.monotonic() - start < 8
    assert store.trouble == "Not saved yet: the disk is slow to answer."
    assert journal.commit([TextDelta(0, "two ")]) is False
    other.execute("ROLLBACK")
    other.close()
    until(lambda: store.trouble is None)
    assert journal.commit([TextDelta(0, "three")])
    assert text_of(store) == "one two three"


def test_closing_never_waits_for_a_disk(path: Path) -> None:
    store = Store.open(path)
    begun(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = store.save_draft("c", "x")
    start = time.monotonic()
    store.close()
    assert time.monotonic() - start < 8  # nobody lets go of the lock
    other.execute("ROLLBACK")
    other.close()
    waiting.result(5)


def test_a_sync_that_fails_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(sidesync, "full_sync", fail)
    journal = store.begin("c", [node("q", "hello")], node("r", "", "q", "assistant"))
    assert store.trouble == "Not safe from a power cut: input/output error."
    assert journal.commit(BEGINNING), "the frame is on disk as far as the process goes"
    monkeypatch.undo()
    until(lambda: store.trouble is None)


def test_a_slow_sync_delays_no_frame(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = begun(store)
    monkeypatch.setattr(sidesync, "full_sync", lambda descriptor: time.sleep(0.5))  # pyright: ignore
    start = time.monotonic()
    for number in range(150):
        assert journal.commit([TextDelta(0, str(number))])
    assert time.monotonic() - start < 30  # with a sync each it would be 75


def refusing(code: int) -> Callable[[sqlite3.Connection], None]:
    def refuse(connection: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("refused")
        error.sqlite_errorcode = code
        raise error

    return refuse


def test_a_disk_that_cannot_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(path)
    store.create(Conversation("c", "kept")).result(5)
    store.close(2)
    before = path.read_bytes()
    monkeypatch.setattr(database, "_try_to_write", refusing(sqlite3.SQLITE_READONLY))
    store = Store.open(path)
    assert store.read_only
    assert "nothing is saved" in store.notices[0]
    assert store.trouble is not None
    assert store.latest().result(5) == "c"
    assert store.begin("c", [node("q", "x")], node("r", "", "q", "assistant")).commit(BEGINNING) is False
    store.finish("c", node("r", "x", "q", "assistant")).result(5)
    with pytest.raises(Exception, match="only be read"):
        store.rename("c", "new").result(5)
    store.close(2)
    assert path.read_bytes() == before


def test_a_lock_held_at_the_start(path: Path) -> None:
    store = Store.open(path)
    begun(store)
    store.close(2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    store = Store.open(path)
    assert time.monotonic() - start < 20
    assert "could not be put together yet" in store.notices[0]
    other.execute("ROLLBACK")
    other.close()
    store.close(2)
    store = Store.open(path)
    assert len(store.recovered) == 1
    store.close(2)


def test_a_damaged_index_keeps_nothing_from_being_saved(store: Store) -> None:
    store.add("c", [node("a", "first words")]).result(5)
    assert store._writer is not None
    store._writer._connection.execute("UPDATE slices1_data SET block = X'00112233'")
    store.add("c", [node("b", "second words", "a")], head_id="b").result(5)
    loaded = store.load("c").result(5)
    assert loaded is not None and len(loaded.nodes) == 2
    assert {hit.node_id for hit in store.search("words").result(5)} == {"a", "b"}


def test_on_a_network_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "is_on_network", lambda path: True)  # pyright: ignore
    store = Store.open(path)
    assert any("network disk" in said for said in store.notices)
    journal = begun(store)
    assert journal.commit([TextDelta(0, "slow and safe")])
    assert text_of(store) == "slow and safe"
    assert not path.with_name(path.name + "-wal").exists()
    store.close(2)
    store = Store.open(path)
    assert len(store.recovered) == 1
    store.close(2)


def test_a_place_where_nothing_can_be_made_yet(tmp_path: Path) -> None:
    """The first start on a full or closed disk: all goes on in memory, is said, and is written when it can be."""
    (tmp_path / "place").write_text("a file where the folder should be")
    path = tmp_path / "place" / "data" / "c.db"
    with pytest.raises(StoreError, match="cannot be kept in"):
        Store.open(path)
    store = Store.open(path, or_wait=True)
    assert store.trouble == "Not saved: not a directory."
    assert store.notices == [f"The conversations cannot be kept in {path}: not a directory."]
    assert store.latest().result(5) is None and store.search("x").result(5) == []
    start = time.monotonic()
    journal = store.begin("c", [node("q", "A question")], node("r", "", "q", "assistant"))
    assert journal.commit(BEGINNING) is False
    assert journal.commit([TextDelta(0, "words")]) is False
    assert time.monotonic() - start < 8, "nobody waits for what is not there"
    draft = store.save_draft("c", "typed")
    (tmp_path / "place").unlink()
    draft.result(10)
    until(lambda: store.trouble is None)
    assert text_of(store) == "words"
    assert journal.commit([TextDelta(0, " on the disk")])
    store.finish("c", node("r", "words on the disk", "q", "assistant")).result(5)
    assert store.check().result(5) == []
    store.close(5)
    again = Store.open(path)
    assert text_of(again) == "words on the disk" and again.notices == []
    again.close(2)


def test_what_waited_for_a_disk_that_never_came_is_given_up_in_time(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("a file where the folder should be")
    store = Store.open(tmp_path / "place" / "data" / "c.db", or_wait=True)
    waiting = store.save_draft("c", "typed")
    start = time.monotonic()
    store.close()
    assert time.monotonic() - start < 15
    with pytest.raises(StoreError, match="Not saved"):
        waiting.result(5)


def test_a_disk_that_is_read_only_for_a_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(path)
    store.create(Conversation("c", "kept")).result(5)
    store.close(2)
    with monkeypatch.context() as closed:
        closed.setattr(database, "_try_to_write", refusing(sqlite3.SQLITE_IOERR))
        store = Store.open(path, or_wait=True)
        assert not store.read_only
        assert store.trouble == "Not saved: the disk cannot be written."
        assert store.latest().result(5) == "c", "what is there can be read"
        renamed = store.rename("c", "new")
    renamed.result(10)
    until(lambda: store.trouble is None)
    assert store.recent().result(5)[0].title == "new"
    store.close(2)
