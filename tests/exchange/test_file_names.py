"""Names that no file system and no shell can stumble over."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.exchange import file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Why does it jump?", "Why-does-it-jump.md"),
        ("Éclair à la crème", "Eclair-a-la-creme.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("a..b", "a.b.md"),
        ("-rf *", "rf.md"),
        (".bashrc", "bashrc.md"),
        ("", "conversation.md"),
        ("???", "conversation.md"),
        ("日本語", "conversation.md"),
        ("CON", "CON_.md"),
        ("nul.txt", "nul_.txt.md"),
        ("com¹", "com1_.md"),
        ("console", "console.md"),
        ("a\x1b]0;b\x07\nc", "a-0-b-c.md"),
        ("v1.2 notes", "v1.2-notes.md"),
        ("x" * 300, "x" * 97 + ".md"),
    ],
)
def test_names(title: str, name: str) -> None:
    assert file_name(title, "md") == name


def test_endings() -> None:
    assert file_name("a", ".json") == "a.json"
    assert file_name("a", "../sh") == "a.sh"
    assert file_name("a", "") == "a"


@given(st.text(max_size=300), st.sampled_from(["md", ".json", "html", ""]))
def test_any_title_gives_a_safe_name(title: str, ext: str) -> None:
    name = file_name(title, ext)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) and ".." not in name
    assert len(name.encode()) <= 100 and not name.endswith((".", "-"))
    assert not re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", name.partition(".")[0])
