"""Folders and files: private, whole, and nowhere unless asked."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claude_tui.errors import ConfigError, StoreError
from claude_tui.files import Problem, TomlFile, quoted, read_limited, read_toml, write_private
from claude_tui.paths import Paths, make_private, shipped_themes

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


# Paths


def test_the_home_variable_puts_everything_under_one_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAUDE_TUI_HOME", str(tmp_path / "home"))
    paths = Paths.default()
    everything = [
        paths.config_file, paths.themes_dir, paths.key_file, paths.database,
        paths.state_file, paths.crash_dir,
    ]  # fmt: skip
    assert all(path.is_relative_to(tmp_path / "home") for path in everything)
    assert len(set(everything)) == len(everything)
    assert not (tmp_path / "home").exists()


def test_without_it_the_folders_are_the_systems(tmp_path, monkeypatch):
    monkeypatch.delenv("CLAUDE_TUI_HOME", raising=False)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("HOME", str(tmp_path))
    paths = Paths.default()
    assert paths.database.is_relative_to(tmp_path)
    assert paths.database.name == "conversations.db"
    assert list(tmp_path.iterdir()) == []


def test_the_demo_keeps_its_conversations_to_itself(tmp_path):
    real, demo = Paths.under(tmp_path), Paths.under(tmp_path, demo=True)
    assert demo.database == real.data_dir / "demo" / "conversations.db"
    assert demo.state_file != real.state_file
    assert demo.config_file == real.config_file


@pytest.mark.parametrize("home", ["here", "./here", "~nobody-of-that-name/x"])
def test_a_home_that_depends_on_the_current_folder_is_refused(home, monkeypatch):
    monkeypatch.setenv("CLAUDE_TUI_HOME", home)
    with pytest.raises(ConfigError, match="HOME"):
        Paths.default()


def test_a_tilde_is_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLAUDE_TUI_HOME", "~/chat")
    assert Paths.default().config_file == tmp_path / "chat" / "config.toml"


def test_themes_are_found_in_the_checkout_and_the_users_come_last(tmp_path):
    folders = Paths.under(tmp_path).theme_folders()
    assert folders == (shipped_themes(), tmp_path / "themes")
    assert list(folders[0].glob("*.toml"))


def test_importing_paths_does_not_import_platformdirs():
    code = "import sys, claude_tui.paths; sys.exit('platformdirs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Private folders


def test_a_new_folder_and_those_above_it_are_the_users_alone(tmp_path, no_umask):
    make_private(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / part) for part in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_an_open_folder_is_closed_and_a_read_only_one_stays_so(tmp_path):
    for before, after in ((0o755, 0o700), (0o777, 0o700), (0o550, 0o500), (0o700, 0o700)):
        folder = tmp_path / oct(before)
        folder.mkdir()
        folder.chmod(before)
        make_private(folder)
        assert mode(folder) == after


def test_a_strange_umask_does_not_lock_us_out(tmp_path):
    before = os.umask(0o777)
    try:
        make_private(tmp_path / "a" / "b")
        write_private(tmp_path / "a" / "b" / "file", b"text")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a" / "b") == 0o700
    assert mode(tmp_path / "a" / "b" / "file") == 0o600


def test_what_cannot_be_a_folder_of_ours_is_refused_with_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for folder, sentence in (
        (tmp_path / "file", "it is a file"),
        (tmp_path / "file" / "below", "cannot be made: not a directory"),
        (tmp_path / "a\0b", "NUL"),
        (tmp_path / ("x" * 300), "too long"),
    ):
        with pytest.raises(StoreError, match=sentence):
            make_private(folder, StoreError)
    monkeypatch.setattr(os, "geteuid", lambda: 987_654)
    with pytest.raises(ConfigError, match="another user"):
        make_private(tmp_path)


@as_root
def test_a_folder_that_may_not_be_made_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigError, match="permission denied"):
        make_private(tmp_path / "new")


# Files


def test_a_file_is_written_privately_and_leaves_nothing_beside_it(tmp_path, no_umask):
    target = tmp_path / "file"
    write_private(target, b"one")
    write_private(target, b"two")
    assert (target.read_bytes(), mode(target)) == (b"two", 0o600)
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "file").symlink_to(victim)
    write_private(tmp_path / "file", b"mine")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "file").is_symlink()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch, step):
    target = tmp_path / "file"
    write_private(target, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OSError, match="No space"):
        write_private(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_reading_stops_at_the_limit_and_never_waits(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 10)
    assert read_limited(tmp_path / "file", 10) == b"x" * 10
    with pytest.raises(OSError, match="larger than 9 bytes"):
        read_limited(tmp_path / "file", 9)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), tmp_path / "none"):
        with pytest.raises(OSError):
            read_limited(path, 9)


# TOML


def test_toml_knows_where_its_values_are(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('x = 1\n[keys]\n"turn.stop" = "f2"\n\n[models."a.b"]\nprice = 1\nkeys.y = 2\n')
    file = read_toml(path)
    assert isinstance(file, TomlFile)
    assert file.where() == "a.toml"
    assert file.where("x") == "a.toml, line 1"
    assert file.where("keys") == "a.toml, line 2"
    assert file.where("keys", "turn.stop") == "a.toml, line 3"
    assert file.where("models", "a.b") == "a.toml, line 5"
    assert file.where("models", "a.b", "price") == "a.toml, line 6"
    assert file.where("nowhere") == "a.toml"


HOSTILE = {
    "not TOML": b"a = \n",
    "cut": b'a = """',
    "twice": b"a = 1\na = 2\n",
    "Latin-1": b"a = 1\nb = '\xe9'\n",
    "UTF-16": "a = 1".encode("utf-16"),
    "NUL": b"a = '\0'",
    "escape": b"a = \x1b]0;title\x07",
    "deep array": b"a = " + b"[" * 100_000,
    "deep table": b"a = " + b"{a=" * 50_000,
    "endless key": b".".join([b"a"] * 32_000) + b" = 1",
    "endless quoted key": b'["a"' + b'. "a"' * 32_000 + b"]",
    "huge number": b"a = " + b"9" * 100_000,
    "too large": b"#" * (1_000_001),
    "not a date": b"a = 2026-13-45",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_not_toml_is_one_sentence(tmp_path, raw):
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    found = read_toml(path)
    assert isinstance(found, Problem)
    assert str(found).startswith("config.toml")
    assert str(found).isprintable()
    assert len(str(found)) < 400


def test_the_line_of_a_mistake_is_said(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("a = 1\nb = oops\n")
    found = read_toml(path)
    assert isinstance(found, Problem)
    assert found.where == "config.toml, line 2"


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    found = read_toml(path)
    assert isinstance(found, TomlFile)
    assert found.values == {"a": 1}


def test_text_is_quoted_without_controls():
    assert quoted('it\'s "so"\x1b[2J‮') == '"it\'s "so"\\x1b[2J\\u202e"'
    assert len(quoted("x" * 1000)) == 42


def test_a_problem_is_one_sentence():
    assert str(Problem("a.toml, line 2", "it is wrong")) == "a.toml, line 2: it is wrong."
    assert str(Problem("a.toml", "no", 'did you mean "b"?')) == 'a.toml: no; did you mean "b"?'
