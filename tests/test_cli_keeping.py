"""The trash, the archive and the doctor's repairs, from the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from claude_tui import reports
from claude_tui.core.conversation import Conversation
from claude_tui.paths import make_private
from claude_tui.store import Store

from .store.samples import node
from .test_cli import call, check_refused

__all__ = ["call"]


@pytest.fixture
def database(home: Path) -> Path:
    """Three conversations, two of them in the trash, one in the archive."""
    path = home / "data" / "conversations.db"
    make_private(path.parent)
    store = Store.open(path)
    for name in ("aa1", "ab2", "cc3"):
        nodes = {
            f"{name}-{at}": node(f"{name}-{at}", f"said {at}", f"{name}-{at - 1}" if at else None) for at in (0, 1)
        }
        store.create(Conversation(name, f"Talk {name}", nodes, f"{name}-1", created_at=1, updated_at=1)).result(10)
    store.trash("aa1").result(10)
    store.trash("ab2").result(10)
    store.archive("cc3").result(10)
    store.close(5)
    return path


def changed(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_trash_is_listed_restored_and_emptied(call: Any, database: Path) -> None:
    told = call("trash")
    assert told.code == 0 and "Talk aa1" in told.out and "Talk ab2" in told.out and "cc3" not in told.out
    assert {row["id"] for row in json.loads(call("trash", "list", "--json").out)} == {"aa1", "ab2"}
    check_refused(call("trash", "restore", "a"), 1, "more than one conversation in the trash")
    check_refused(call("trash", "restore", "cc3"), 1, "no conversation in the trash")
    check_refused(call("trash", "restore"), 2, "Which?")
    assert call("trash", "restore", "aa").out == "aa1 is back.\n"
    assert [row["id"] for row in json.loads(call("list", "--json").out)] == ["aa1"]
    check_refused(call("trash", "empty"), 1, "--yes")
    assert [row["id"] for row in json.loads(call("trash", "--json").out)] == ["ab2"]
    assert json.loads(call("trash", "empty", "--yes", "--json").out) == {"deleted": 1}
    assert call("trash").out == "" and call("trash", "empty").out == "0 deleted for good.\n"
    connection = sqlite3.connect(database)
    assert connection.execute("SELECT count(*) FROM node WHERE conversation_id = 'ab2'").fetchone() == (0,)
    connection.close()


def test_no_more_is_emptied_than_was_asked_about_and_not_what_a_window_has_open(
    call: Any, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Store.open(database)
    window.hold("ab2").result(10)
    asked: list[int] = []

    def agreed(count: int) -> bool:
        window.trash("cc3").result(10)  # in another window, while the question stands there
        asked.append(count)
        return True

    monkeypatch.setattr(reports, "_agreed", agreed)
    assert call("trash", "empty").out == "1 deleted for good; 1 stayed, open in another window.\n"
    assert asked == [2]
    assert {row["id"] for row in json.loads(call("trash", "--json").out)} == {"ab2", "cc3"}
    window.close(5)


def test_the_archive_is_listed_when_asked_for(call: Any, database: Path) -> None:
    assert call("list").out == ""
    assert "Talk cc3" in call("list", "--archived").out
    assert call("search", "said").code == 0


def test_a_conversation_is_shown_as_json(call: Any, database: Path) -> None:
    shown = json.loads(call("show", "cc3", "--json").out)
    assert [node["id"] for node in shown["nodes"]] == ["cc3-0", "cc3-1"]


def test_the_doctor_copies(call: Any, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert call("doctor", "--backup", str(target)).code == 0
    assert target.stat().st_mode & 0o777 == 0o600 and sorted(tmp_path.glob("copy.db*")) == [target]
    copy = Store.open(target)
    assert copy.count("trash").result(5) == 2 and copy.check().result(10) == []
    copy.close(2)
    check_refused(call("doctor", "--backup", str(target)), 1, "is there already")


def test_the_doctor_changes_nothing_where_nothing_is_wrong(call: Any, database: Path) -> None:
    told = call("doctor", "--repair")
    assert told.code == 0 and "nothing was changed" in told.out
    assert list(database.parent.glob("*.db")) == [database]


def test_the_doctor_mends_what_does_not_fit_together(call: Any, database: Path) -> None:
    (database.parent / "copies").mkdir()
    assert call("doctor", "--backup", str(database.parent / "copies" / "conversations-20260101-000000.db")).code == 0
    changed(
        database,
        "UPDATE node SET content = replace(content, 'said', 'paid') WHERE id = 'aa1-1'",
        "DELETE FROM node WHERE id = 'ab2-0'",
        "INSERT INTO node (id, conversation_id, parent_id, role, origin, status, created_at, model, usage, via, seam,"
        " facts, content, checksum) SELECT 'x', 'cc3', 'nowhere', role, origin, status, 1, '', '{}', '', '{}', '{}',"
        " content, checksum FROM node WHERE id = 'cc3-0'",
        "UPDATE conversation SET head_id = 'gone' WHERE id = 'cc3'",
        "INSERT INTO journal VALUES ('nobody', 0, '[]')",
        "INSERT INTO meta VALUES ('search_broken', '1')",
    )
    told = call("doctor", "--repair")
    assert told.code == 0, told.out
    for said in ("aa1-1 came from a copy", "ab2-0 came from a copy", "nowhere is lost", "cc3 is left at", "journals"):
        assert said in told.out
    (copy,) = database.parent.glob("conversations-before-repair-*.db")
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*) FROM node WHERE content LIKE '%paid%'").fetchone() == (1,)
    connection.close()
    store = Store.open(database)
    assert store.check().result(10) == []
    found = store.load("aa1").result(5)
    assert found is not None and "said 1" in str(found.nodes["aa1-1"].content)
    assert store.search("said 1").result(5)
    store.close(2)


def test_the_doctor_repairs_a_damaged_database(call: Any, database: Path) -> None:
    data = bytearray(database.read_bytes())
    connection = sqlite3.connect(database)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger_conversation'").fetchone()
    connection.close()
    data[(page - 1) * 4096 : page * 4096] = bytes(range(256)) * 16
    database.write_bytes(data)
    told = call("doctor", "--repair")
    assert told.code == 0 and "6 messages in 3 conversations could be read" in told.out, told.out
    (copy,) = database.parent.glob("conversations-before-repair-*.db")
    assert copy.stat().st_size == len(data)
    store = Store.open(database)
    assert store.check().result(10) == [] and store.count("trash").result(5) == 2
    store.close(2)
