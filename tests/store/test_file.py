"""What may lie where the database should be, and who may read what is made."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.errors import StoreError
from claude_tui.store import Store, migrations

from .conftest import ROOT
from .samples import everything, node


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.lstat().st_mode) for each in (folder, *folder.iterdir())}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277])
def test_everything_is_the_users_alone(path: Path, tmp_path: Path, mask: int) -> None:
    old = os.umask(mask)
    try:
        store = Store.open(path)
        store.create(everything()).result(5)
        store.begin("c1", [], node("r", "", "n1", "assistant"))
        found = modes(path.parent)
        store.backup(tmp_path / "copy.db").result(5)
        store.close(2)
    finally:
        os.umask(old)
    assert found.pop("data") == 0o700
    assert set(found) == {"conversations.db" + end for end in ("", "-wal", "-shm", ".ckpt", ".open")}
    assert set(found.values()) == {0o600}
    assert set(modes(path.parent).values()) == {0o700, 0o600}
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


def test_rights_that_are_too_wide_are_taken_back(path: Path) -> None:
    Store.open(path).close(2)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    Store.open(path).close(2)
    assert set(modes(path.parent).values()) == {0o700, 0o600}


@pytest.mark.parametrize("name", ["a b?.db", "100%.db", "#1.db", "é東.db", os.fsdecode(b"\xff\xfe.db"), "%41.db"])
def test_strange_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / "d" / name
    store = Store.open(path)
    store.create(Conversation("c")).result(5)
    store.close(2)
    assert path.exists()
    assert len(list((tmp_path / "d").iterdir())) == 3


def test_a_link_is_refused_and_its_target_untouched(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    path.parent.mkdir()
    path.symlink_to(target)
    with pytest.raises(StoreError, match="is a link"):
        Store.open(path)
    assert target.read_text() == "precious"
    target.unlink()
    with pytest.raises(StoreError, match="is a link"):
        Store.open(path)
    assert not target.exists()


def test_other_kinds_of_files_are_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="not a file"):
        Store.open(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(StoreError, match="not a file"):
        Store.open(path)


def test_places_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        Store.open(tmp_path / "file" / "c.db")
    with pytest.raises(StoreError, match="NUL"):
        Store.open(tmp_path / "a\0b" / "c.db")


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_an_empty_file_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    store = Store.open(path)
    assert "0 bytes" in store.notices[0]
    store.create(Conversation("c")).result(5)
    store.close(2)


def test_a_newer_schema_is_read_and_never_written(path: Path) -> None:
    store = Store.open(path)
    store.create(everything()).result(5)
    store.close(2)
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    store = Store.open(path)
    assert store.read_only
    assert "newer version" in store.notices[0]
    assert store.load("c1").result(5) == everything()
    store.save_draft("c1", "x").result(5)
    assert store.search("question").result(5)
    store.close(2)
    assert path.read_bytes() == before


def test_a_migration_is_whole_or_not_at_all_and_keeps_a_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(path)
    store.create(everything()).result(5)
    store.close(2)
    good = ("ALTER TABLE conversation ADD COLUMN future INTEGER NOT NULL DEFAULT 0",)
    bad = ("CREATE TABLE more (x INTEGER) STRICT", "CREATE TABLE more (x INTEGER) STRICT")
    steps = (*migrations.STEPS, good, bad)
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection, steps)
    now = len(migrations.STEPS)
    assert migrations.version(connection) == now + 1
    assert connection.execute("SELECT future FROM conversation").fetchall() == [(0,)]
    assert not connection.execute("SELECT * FROM sqlite_schema WHERE name = 'more'").fetchall()
    connection.execute(f"PRAGMA user_version = {now}")
    connection.close()
    from claude_tui.store import database

    monkeypatch.setattr(database, "STEPS", steps[: now + 1])
    monkeypatch.setattr(database, "migrate", lambda connection: connection.execute(f"PRAGMA user_version = {now + 1}"))
    store = Store.open(path)
    assert store.load("c1").result(5) == everything()
    store.close(2)
    copy = path.with_name(f"{path.name}.schema-{now}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_importing_the_room_is_cheap() -> None:
    script = "import sys; import claude_tui.store; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    ).stdout.split()
    for heavy in ("textual", "rich", "anthropic", "asyncio", "subprocess", "decimal", "socket"):
        assert heavy not in loaded
