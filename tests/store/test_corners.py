"""What a store meets seldom: strange rows, other machines, small disks, refusals by the system."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.core.events import (
    BlockStart,
    DamagedEvent,
    MessageDelta,
    MessageStart,
    TextDelta,
    UnknownEvent,
)
from claude_tui.core.message import OpaqueBlock, TextBlock
from claude_tui.errors import StoreError
from claude_tui.store import Lease, Store, care, database, opening, rows, salvage, sidesync
from claude_tui.store.conversations import LOST_TITLE
from claude_tui.store.lease import LATE_MS
from claude_tui.store.locks import FileLock

from .samples import everything, node


def changed(path: Path, *statements: str) -> None:
    """Change the closed file behind the store's back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def kept(path: Path) -> None:
    store = Store.open(path)
    store.create(everything()).result(5)
    store.close(2)


# What the system says before anything is opened


def test_an_old_sqlite_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(StoreError, match=r"SQLite 3\..* is too old"):
        Store.open(path)


def test_a_network_disk_and_a_small_one_are_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "is_on_network", lambda path: True)
    monkeypatch.setattr(database, "free_space", lambda folder: 12_345_678)
    store = Store.open(path)
    assert store.notices == [
        "The data folder is on a network disk: use it from one machine at a time.",
        "Only 12 MB are free on the disk that keeps the conversations.",
    ]
    journal = store.begin("c", [], node("r", "", None, "assistant"))
    assert journal.commit([MessageStart({"id": "m"})]), "and it works, without a sync beside the writer"
    store.close(2)


def test_a_disk_that_does_not_say_how_large_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(folder: object) -> Any:
        raise OSError

    monkeypatch.setattr(os, "statvfs", silent)
    store = Store.open(path)
    assert store.notices == []
    store.close(2)


def test_a_file_that_is_not_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.R_OK)
    with pytest.raises(StoreError, match="may not be read; give yourself the right"):
        Store.open(path)
    monkeypatch.undo()
    there = path.stat()
    monkeypatch.setattr(database.os, "geteuid", lambda: there.st_uid + 1)
    with pytest.raises(StoreError, match="belongs to another user"):
        Store.open(path)
    monkeypatch.undo()
    store = Store.open(path)
    assert store.load("c1").result(5) == everything()
    store.close(2)


def test_a_file_that_cannot_even_be_looked_at(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Store.open(tmp_path / ("long" * 100) / "c.db")
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / ("long" * 100))


# Rows that are not as we write them


def test_rows_that_cannot_be_read_are_kept_whole() -> None:
    assert rows.loads_object("[1]") == {} == rows.loads_object("{no")
    assert rows.content_from_text("{no") == (OpaqueBlock({"type": "claude_tui.damaged", "raw": "{no"}),)
    assert rows.content_from_text("[7]") == (OpaqueBlock({"type": "claude_tui.damaged", "raw": 7}),)
    assert rows.events_from_text("{no") == [DamagedEvent("{no")]
    assert rows.events_from_text('{"type": "ping"}') == [DamagedEvent('{"type": "ping"}')]


def test_an_event_that_has_no_json_costs_itself_alone() -> None:
    endless: dict[str, Any] = {"type": "x"}
    endless["y"] = endless
    events = [TextDelta(0, "before "), UnknownEvent(endless), TextDelta(0, "after")]
    read = rows.events_from_text(rows.events_to_text(events))
    assert read[0] == events[0] and read[2] == events[2]
    assert isinstance(read[1], DamagedEvent) and "UnknownEvent" in read[1].raw


def test_what_the_fold_counted_is_recovered_too(path: Path) -> None:
    store = Store.open(path)
    store.create(Conversation("c")).result(5)
    journal = store.begin("c", [], node("r", "", None, "assistant"))
    journal.commit([MessageStart({"id": "m"}), BlockStart(0, TextBlock("")), TextDelta(0, "words")])
    journal.commit([DamagedEvent("?"), UnknownEvent({"type": "one_day"}), MessageDelta({}, {}, {"new": 1})])
    store.close(2)
    store = Store.open(path)
    (found,) = store.recovered
    facts = store.load(found.conversation_id).result(5).nodes["r"].facts
    assert facts["dropped"] == 1 and facts["unknown"] == [{"type": "one_day"}] and facts["extra"] == {"new": 1}
    assert facts["ending"]["cause"] == "gone"
    store.close(2)


def test_loose_ends_are_told_and_harm_nobody(path: Path) -> None:
    kept(path)
    changed(
        path,
        "INSERT INTO journal (node_id, seq, payload) VALUES ('nobody', 0, '[]')",
        "UPDATE node SET parent_id = 'gone' WHERE id = 'n1'",
        "UPDATE conversation SET head_id = 'gone' WHERE id = 'c1'",
    )
    store = Store.open(path)
    told = store.check().result(5)
    assert "The journal of nobody (1 rows) belongs to no open reply." in told
    assert "The message n1 of conversation c1 has lost the one before it." in told
    assert "The conversation c1 was left at gone, which is not there." in told
    loaded = store.load("c1").result(5)
    assert set(loaded.nodes) >= {"n1", "n2", "n3"} and loaded.nodes["n1"].content == everything().nodes["n1"].content
    store.close(2)


def test_a_cost_that_is_no_number_is_passed_over(path: Path) -> None:
    kept(path)
    row = "INSERT INTO ledger (at, conversation_id, node_id, model, usage, cost_usd, exactness) VALUES"
    changed(path, *(f"{row} (1, 'c1', 'n2', 'm', '{{}}', '{cost}', 'exact')" for cost in ("0.25", "much", "0.5")))
    store = Store.open(path)
    assert [(one.id, one.cost_usd) for one in store.recent().result(5)] == [("c1", "0.75")]
    store.close(2)


def test_a_question_that_cannot_be_read_is_no_history(path: Path) -> None:
    kept(path)
    changed(path, "UPDATE node SET content = '[7]' WHERE id = 'n1'")
    store = Store.open(path)
    assert store.questions(10).result(5) == []
    store.close(2)


# Other processes and machines


def test_leases_of_elsewhere_and_of_nobody() -> None:
    mine = Lease.mine()
    there = replace(mine, host="elsewhere", token="other")
    assert not there.gone(0, LATE_MS, mine) and there.gone(0, LATE_MS + 1, mine)
    assert replace(mine, pid=2**22 + 5, token="other").gone(0, 0, mine)
    assert replace(mine, started="another time", token="other").gone(0, 0, mine)
    quiet = replace(mine, started="", token="other")  # a system that does not say when it began
    assert not quiet.gone(0, LATE_MS, mine) and quiet.gone(0, LATE_MS + 1, mine)


def test_leases_where_the_system_says_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claude_tui.store.lease.sys.platform", "darwin")
    mine = Lease.mine()
    assert mine.started == ""
    other = replace(mine, token="other")
    assert not other.gone(0, 0, mine) and other.gone(0, LATE_MS + 1, mine)
    assert replace(other, pid=2**22 + 5).gone(0, 0, mine)
    assert not replace(other, pid=2**80).gone(0, 0, mine), "what cannot be asked for may be alive"


def test_a_lock_is_waited_for_for_a_while(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.alone()
    assert not other.shared(0.05)
    one.release()
    assert other.shared(0.05)
    other.close()
    assert not other.shared(0.0), "closed for good"
    one.close()


# Refusals by the system while it runs


def test_a_sync_that_fails_is_told_and_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def failing(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) < 3:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sidesync, "full_sync", failing)
    store.create(Conversation("c")).result(5)
    journal = store.begin("c", [], node("r", "", None, "assistant"))
    assert journal.commit([MessageStart({"id": "m"})])
    store.finish("c", node("r", "", None, "assistant", status="interrupted")).result(10)
    while len(calls) < 3:
        pass
    store.close(2)


def test_where_the_full_sync_of_a_drive_is_known_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    asked: list[int] = []
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda descriptor, command: asked.append(command))
    file = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT)
    sidesync.full_sync(file)

    def unknown(descriptor: int, command: int) -> None:
        raise OSError(25, "Inappropriate ioctl")

    monkeypatch.setattr(fcntl, "fcntl", unknown)
    sidesync.full_sync(file)  # falls back to fsync
    os.close(file)
    assert asked == [51]


def test_the_day_s_copy_is_made_once_and_only_where_there_is_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path)
    assert care.copies(path) == []
    monkeypatch.setattr(care, "free_space", lambda folder: 1)
    connection = sqlite3.connect(path)
    store = Store.open(path)
    looked = care.Care.__new__(care.Care)
    looked._database = store._database  # type: ignore[attr-defined]
    looked._copy(connection)
    assert care.copies(path) == []
    monkeypatch.setattr(care, "free_space", lambda folder: None)
    looked._copy(connection)
    (copy,) = care.copies(path)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    connection.close()
    store.close(2)


def test_a_copy_is_never_written_over(store: Store, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        store.backup(tmp_path / "there").result(5)
    with pytest.raises(StoreError, match="could not be written"):
        store.backup(tmp_path / "no folder" / "copy").result(5)
    assert (tmp_path / "there").read_text() == "mine"


# What a repair finds


def test_files_that_were_set_aside_in_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    found: list[Path] = []
    for number in range(3):
        (tmp_path / "c.db").write_text(f"damaged {number}")
        found.append(salvage.set_aside(tmp_path / "c.db", "20260101-000000"))
    assert [one.read_text() for one in found] == ["damaged 0", "damaged 1", "damaged 2"]


def test_a_copy_that_is_none_adds_nothing(path: Path, tmp_path: Path) -> None:
    kept(path)
    into = sqlite3.connect(path, isolation_level=None)
    (tmp_path / "noise.db").write_bytes(b"noise " * 2000)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (y)").connection.close()
    for name in ("noise.db", "other.db", "missing.db"):
        assert salvage.fill(tmp_path / name, into) == ""
        assert not into.in_transaction
    assert into.execute("SELECT count(*) FROM node").fetchone() == (3,)
    into.close()


def test_a_copy_gives_a_lost_title_back_and_the_messages_that_are_missing(path: Path, tmp_path: Path) -> None:
    kept(path)
    store = Store.open(path)
    store.backup(tmp_path / "copy.db").result(5)
    store.close(2)
    changed(
        path,
        "DELETE FROM node WHERE id = 'n3'",
        f"UPDATE conversation SET title = '{LOST_TITLE}', head_id = NULL WHERE id = 'c1'",
    )
    into = sqlite3.connect(path, isolation_level=None)
    assert salvage.fill(tmp_path / "copy.db", into) == " 1 message came from the copy copy.db."
    into.close()
    store = Store.open(path)
    assert store.load("c1").result(5) == everything()
    store.close(2)


def test_a_row_of_the_wrong_kind_is_not_taken_over(path: Path) -> None:
    kept(path)
    into = sqlite3.connect(path)
    columns = salvage._PLAIN["conversation"]
    others = columns.count(",")
    for row in (("x", None, *[None] * (others - 1)), ("x", b"7", 1.5, *["words"] * (others - 2))):
        assert not salvage._insert(into, "conversation", columns, row)
    into.close()


# Doors that do not open, and readers that are left


def refuses_with(error: BaseException) -> Any:
    def refusing(path: Path, presence: object, *, alone: bool) -> Any:
        path.touch()
        raise error

    return refusing


def test_a_disk_that_takes_nothing_leaves_no_empty_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(opening, "open_database", refuses_with(database.NoPlace(path, full)))
    with pytest.raises(StoreError, match=r"cannot be kept in .*: the disk is full"):
        Store.open(path)
    assert not path.exists(), "or the next start would say that something was lost"


def test_what_sqlite_refuses_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "open_database", refuses_with(sqlite3.OperationalError("strange")))
    with pytest.raises(StoreError, match=r"cannot be kept in .*: strange"):
        Store.open(path)


def test_damage_is_not_repaired_under_another_window(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Store.open(path)
    first.create(everything()).result(5)
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(opening, "open_database", refuses_with(database.Damaged("a page is gone")))
    with pytest.raises(StoreError, match="are damaged; close the other windows and start again"):
        Store.open(path)
    assert first.load("c1").result(5) == everything()
    first.close(2)


def test_a_recovery_that_fails_leaves_the_file_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path)

    def failing(*given: object) -> Any:
        raise KeyError

    monkeypatch.setattr(opening, "recover", failing)
    with pytest.raises(KeyError):
        Store.open(path)
    monkeypatch.undo()
    store = Store.open(path)
    assert store.load("c1").result(5) == everything()
    store.close(2)


def test_a_read_that_nobody_waits_for_is_not_made(store: Store) -> None:
    store.create(everything()).result(5)
    begun, going = threading.Event(), threading.Event()

    def wait(connection: sqlite3.Connection) -> None:
        begun.set()
        going.wait(20)

    made: list[str] = []
    first = store._reader.submit(wait, 0)
    assert begun.wait(20)
    left = store._reader.submit(lambda connection: made.append("left"), 0)
    assert left.cancel()
    late = store._reader.submit(lambda connection: made.append("late"), 0)
    store._reader.close()
    going.set()
    first.result(20)
    with pytest.raises(StoreError, match="closed before this was read"):
        late.result(20)
    with pytest.raises(StoreError, match="closed already"):
        store._reader.submit(lambda connection: made.append("after"), 0).result(20)
    assert made == []
