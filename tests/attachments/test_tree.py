"""Files are found by a few letters, what git ignores is not, and no link is followed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.attachments.ignoring import ignored, parse
from claude_tui.attachments.tree import Tree


def _make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


def _walked(root: Path) -> Tree:
    tree = Tree(root)
    tree.start()
    assert tree.wait(20)
    return tree


def test_what_fits_best_comes_first(tmp_path: Path) -> None:
    _make(tmp_path, "src/main.py", "docs/domain.md", "maintain/list.txt", "other/m_a_i_n.rs", "zzz", "src/remain/x.c")
    tree = _walked(tmp_path)
    assert tree.find("main") == ["src/main.py", "docs/domain.md", "src/remain/x.c", "maintain/list.txt",
                                 "other/m_a_i_n.rs"]  # fmt: skip
    assert tree.find("SRC/MA")[0] == "src/main.py" and tree.find("smp")[0] == "src/main.py"
    assert tree.find("q") == [] and tree.find("mainz.") == [] and len(tree.find("")) == 6
    assert tree.find(".*") == [] and tree.find("[m") == []


def test_git_ignores_and_links_are_left_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _make(root, "a.py", "a.log", "keep.log", "build/x", "sub/build/y", "sub/a.tmp", "sub/deep/b.tmp", ".git/config",
          "node_modules/z/i.js")  # fmt: skip
    (root / ".gitignore").write_text("# no\n*.log\n!keep.log\n/build/\n")
    (root / "sub" / ".gitignore").write_text("*.tmp\n!deep/b.tmp\n")
    _make(tmp_path, "outside/secret")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "outside" / "secret")
    (root / "round").symlink_to(root)
    found = set(_walked(root).find("", 100))
    assert found == {".gitignore", "a.py", "keep.log", "sub/.gitignore", "sub/build/y", "sub/deep/b.tmp"}


def test_a_folder_that_changed_is_walked_anew_and_one_that_is_gone_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(tmp_path, "one")
    tree = _walked(tmp_path)
    _make(tmp_path, "two")
    monkeypatch.setattr("claude_tui.attachments.tree.STALE", 0)
    tree.start()
    assert tree.wait(20) and tree.find("two") == ["two"]
    assert _walked(tmp_path / "nowhere").find("a") == []


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")
def test_rules_are_those_of_git(tmp_path: Path) -> None:
    rules = ["*.log", "!keep.log", "/top", "build/", "a/**/z", "**/deep", "docs/*.txt", "x?y", "[ab].c", "[!ab].d",
             "foo/**", "\\#odd", "\\!odd", "sp\\ ", "mid/dle", "**/p/q"]  # fmt: skip
    (tmp_path / ".gitignore").write_text("\n".join(rules))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    paths = ["x.log", "keep.log", "s/keep.log", "top", "s/top", "a/z", "a/b/c/z", "b/a/z", "s/deep", "docs/a.txt",
             "docs/s/a.txt", "xay", "x/y", "a.c", "c.c", "a.d", "c.d", "foo", "foo/x", "foo/x/y", "#odd", "!odd", "sp ",
             "mid/dle", "s/mid/dle", "p/q", "s/p/q", "plain"]  # fmt: skip
    said = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", "-z", "--stdin", "--no-index"],
        input="\0".join(paths).encode(), stdout=subprocess.PIPE, check=False,
    ).stdout.decode()  # fmt: skip
    read = parse("\n".join(rules))
    assert read is not None
    assert [path for path in paths if ignored(path, False, (read,))] == [path for path in said.split("\0") if path]


@given(st.text(max_size=60), st.text(min_size=1, max_size=30))
def test_any_rule_is_read(text: str, path: str) -> None:
    read = parse(text)
    assert read is None or ignored(path, False, (read,)) in (True, False)


def test_what_was_found_in_time_is_answered_and_the_rest_after(tmp_path: Path) -> None:
    _make(tmp_path, "alpha.py", "sub/beta.py")
    tree = _walked(tmp_path)
    assert tree.find("a", within=-1) == []
    assert tree.find("a", within=60) == tree.find("a") == ["alpha.py", "sub/beta.py"]
    assert tree.find("bap") == ["sub/beta.py"] and tree.find("bzp") == []
