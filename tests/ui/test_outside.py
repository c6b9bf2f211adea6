"""The person's own editor: what it makes of the text, and the many ways in which it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.ui.terminal.outside import editor, write_outside

TEXT = "What I wrote.\nIn two lines: größe 東京"

FAILS = {
    "it ends with a fault": ("exit 3", "ended with 3"),
    "it is killed": ("kill -9 $$", "ended by SIGKILL"),
    "an empty file": (': > "$1"', "left nothing"),
    "no file any more": ('rm "$1"', "left no file"),
    "a folder in its place": ('rm "$1"; mkdir "$1"', "left no file"),
}
SAVED = {
    "no UTF-8": ("printf 'caf\\351' > \"$1\"", "no UTF-8", b"caf\xe9"),
    "saved, and a fault": ('echo more >> "$1"; exit 1', "ended with 1", f"{TEXT}more\n".encode()),
    "too long": ('head -c 4000001 /dev/zero | tr "\\0" x > "$1"', "too long", b"x" * 4_000_001),
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def sh(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "sh")


def test_what_comes_back_is_the_text(temporary: Path) -> None:
    kept = temporary / "seen"
    script = f'stat -c %a "$1" "${{1%/*}}" > {kept}; echo "$1" >> {kept}; echo " and more" >> "$1"'
    written = write_outside(TEXT, sh(script))
    assert (written.text, written.said) == (f"{TEXT} and more", "")
    modes = kept.read_text().splitlines()
    assert modes[:2] == ["600", "700"]
    assert modes[2].endswith(".md")
    assert list(temporary.iterdir()) == [kept]


def test_a_file_as_it_was_is_no_change() -> None:
    assert write_outside(TEXT, sh("true")).text == TEXT
    assert write_outside("", sh("true")).said == ""


def test_what_another_system_writes_is_read() -> None:
    assert write_outside("", sh("printf '\\357\\273\\277a\\r\\nb\\r\\n' > \"$1\"")).text == "a\nb"


@pytest.mark.parametrize("how", FAILS)
def test_a_failure_is_a_sentence_and_the_text_is_unharmed(how: str, temporary: Path) -> None:
    script, said = FAILS[how]
    written = write_outside(TEXT, sh(script))
    assert written.text == TEXT
    assert said in written.said
    assert written.said.endswith("your text is as it was.")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("how", SAVED)
def test_what_was_saved_and_cannot_be_taken_is_kept(how: str, temporary: Path) -> None:
    script, said, saved = SAVED[how]
    written = write_outside(TEXT, sh(script))
    assert written.text == TEXT
    assert said in written.said
    (file,) = temporary.glob("*/message.md")
    assert str(file) in written.said
    assert file.read_bytes() == saved


def test_an_editor_that_is_not_there(temporary: Path) -> None:
    assert "no program called nothing-of-that-name" in write_outside(TEXT, ("nothing-of-that-name",)).said
    plain = temporary / "plain.txt"
    plain.touch()
    assert "cannot be started" in write_outside(TEXT, (str(plain),)).said


def test_which_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "one")
    monkeypatch.setenv("VISUAL", "two --wait 'a b'")
    assert editor() == ("two", "--wait", "a b")
    monkeypatch.setenv("VISUAL", " ")
    assert editor() == ("one",)
    monkeypatch.setenv("EDITOR", "it's")
    assert editor() is None
    monkeypatch.delenv("EDITOR")
    monkeypatch.setenv("PATH", "")
    assert editor() == ()
