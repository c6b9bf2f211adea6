"""What a folder holds is offered as it is read; a folder that never answers keeps nobody waiting."""

from __future__ import annotations

import os
import shlex
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.attachments import folders
from claude_tui.attachments.folders import Folders, Listing, is_rooted, parted
from claude_tui.attachments.naming import last_path, one_path, paths_in, quoted


def read(folders: Folders, typed: str, base: Path) -> list[str]:
    found = folders.of(typed, base)
    assert found is not None and found.wait(20)
    return [name + "/" * is_folder for name, is_folder in found.find(parted(typed)[1], 50)]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / "work" / "Notes and more").mkdir(parents=True)
    (home / "work" / ".hidden").mkdir()
    for name in ("b.md", "A.md", ".env", "note.txt", "my notes.md", "e\x1b[2Jvil", "two\nlines"):
        (home / "work" / name).write_text("x")
    os.mkfifo(home / "work" / "notpipe")
    (home / "work" / "nolink").symlink_to("nowhere")
    (home / "work" / "uplink").symlink_to(home)
    monkeypatch.setenv("HOME", str(home))
    return home / "work"


def test_folders_come_first_and_what_is_hidden_only_for_a_dot(tree: Path) -> None:
    every = Folders()
    assert read(every, "", tree) == ["Notes and more/", "uplink/", "A.md", "b.md", "my notes.md", "nolink", "note.txt"]
    assert read(every, "no", tree) == ["Notes and more/", "nolink", "note.txt", "my notes.md"]
    assert read(every, ".", tree) == [".hidden/", ".env", "A.md", "b.md", "my notes.md", "note.txt"]
    assert read(every, ".e", tree) == [".env"]


def test_a_path_may_begin_at_the_root_at_home_or_above(tree: Path) -> None:
    every = Folders()
    for typed in (f"{tree}/b", "~/work/b", "./b", "../work/b", "Notes and more/../b"):
        assert read(every, typed, tree)[0] == "b.md", typed
    assert read(every, "..", tree) == ["work/"] and read(every, "~", tree) == ["work/"]
    assert read(every, "nowhere/x", tree) == [] and read(every, "b.md/x", tree) == []
    assert read(every, "~nobodyatall/x", tree) == [] and read(every, "a\0b/x", tree) == []
    assert [is_rooted(typed) for typed in ("..", "../x", "~x", "/", "./a")] == [True] * 5
    assert not is_rooted("a/b") and not is_rooted("..x") and not is_rooted(".env")


def test_a_folder_is_read_anew_once_that_may_have_changed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = Folders()
    assert "late.md" not in read(every, "", tree)
    (tree / "late.md").write_text("x")
    now = time.monotonic()
    monkeypatch.setattr(folders.time, "monotonic", lambda: now + 60)
    assert "late.md" in read(every, "", tree)


def test_a_folder_that_never_answers_takes_one_thread_and_eight_take_no_more(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, scandir = threading.Event(), os.scandir

    def dead(path: Any) -> Any:
        if "dead" in str(path):
            answers.wait(60)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", dead)
    every = Folders()
    before = threading.active_count()
    for typed in ("/dead/", "/dead/a", "/dead/ab"):
        found = every.of(typed, tree)
        assert found is not None and not found.is_read and found.find("", 9) == []
    assert threading.active_count() == before + 1
    assert read(every, "b", tree)[0] == "b.md"
    for number in range(20):
        every.of(f"/dead{number}/", tree)
    assert threading.active_count() == before + 8
    answers.set()
    assert every.of("/dead/", tree) is not None


def test_what_is_read_so_far_is_there_and_a_huge_folder_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(60):
        (many / f"f{number:03}").write_text("")
    monkeypatch.setattr(folders, "CHUNK", 20)
    seen: list[int] = []
    listing = Listing("", many)
    monkeypatch.setattr(folders, "give_way", lambda: seen.append(sum(map(len, listing._chunks))))
    listing.start()
    assert listing.wait(20)
    assert seen == [0, 20, 40] and listing.find("f05", 2) == [("f050", False), ("f051", False)]


names = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="/"), min_size=1)


@given(names.filter(lambda name: not name.startswith("file:")), names)
def test_a_quoted_path_is_read_as_it_was(path: str, other: str) -> None:
    assert shlex.split(quoted(path)) == [path]
    assert one_path(quoted(path)) == path or path[0] in "\"'" or "\\" in path
    assert last_path(f"{quoted(other)} {quoted(path)}") == (f"{quoted(other)} ", path)
    if path.strip() == path:
        assert paths_in(quoted(path)) == [path]


@pytest.mark.parametrize(
    ("typed", "before", "path"),
    [
        ("", "", ""),
        ("a b", "a ", "b"),
        ("a ", "a ", ""),
        ('"a b', "", "a b"),
        ('"a b/"c d', '"a b/"c ', "d"),
        ('x "a b/"c', "x ", "a b/c"),
        ("it's here", "", "its here"),
        ("a\\ b", "", "a b"),
        ('"a\\"b', "", 'a"b'),
        ("'a\\", "", "a\\"),
    ],
)
def test_the_last_of_several_paths_is_what_is_being_typed(typed: str, before: str, path: str) -> None:
    assert last_path(typed) == (before, path)
