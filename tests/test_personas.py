"""Personas as files, and the flag that takes one; models without a screen."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from claude_tui import personas
from claude_tui.files import TOML_LIMIT, Problem
from claude_tui.paths import Paths
from claude_tui.personas import Persona
from claude_tui.wishes import Wishes

from .test_cli import call

__all__ = ["call"]


@pytest.fixture
def folder(home: Path) -> Path:
    folder = Paths.default().personas_dir
    folder.mkdir(parents=True)
    return folder


def test_a_persona_says_what_it_says_and_nothing_else(folder: Path) -> None:
    (folder / "poet.toml").write_text(
        'about = "Rhymes\\u001b[31m"\nsystem = "Rhyme."\nthinking = false\ntools = ["calculate"]\n'
    )
    found = personas.load(folder, "POET")
    assert isinstance(found, Persona) and found.problems == () and "\x1b" not in found.about
    assert found.wishes == Wishes(system="Rhyme.", thinking="off", tools=("calculate",), persona="poet")


@pytest.mark.parametrize("text", ["system = ", "\x00", "[" * 10_000, 'system = "' + "x" * TOML_LIMIT + '"'])
def test_a_broken_file_is_one_sentence(folder: Path, text: str) -> None:
    (folder / "bad.toml").write_text(text)
    (folder / "good.toml").write_text("")
    bad, good = personas.load_all(folder)
    assert isinstance(bad, Problem) and str(bad).startswith("bad.toml") and isinstance(good, Persona)


def test_what_cannot_be_read_harms_nothing(folder: Path) -> None:
    (folder / "dir.toml").mkdir()
    os.mkfifo(folder / "pipe.toml")
    (folder / "\x1b[31mred.toml").write_text("")
    (folder / "none.toml").write_text("")
    (folder / ".hidden.toml").write_text("")
    (folder / "notes.txt").write_text("")
    assert personas.names(folder) == ["dir", "pipe"]
    assert all(isinstance(each, Problem) for each in personas.load_all(folder))
    assert "did you mean" in str(personas.load(folder, "dirr"))
    assert "there is none yet" in str(personas.load(folder / "nowhere", "../../etc/passwd"))


def test_many_are_not_all_read(folder: Path) -> None:
    for number in range(personas.MOST + 20):
        (folder / f"p{number}.toml").write_text("")
    assert len(personas.load_all(folder)) == personas.MOST


def test_the_flag_takes_one_and_the_conversation_keeps_it(call: Any, folder: Path) -> None:
    (folder / "poet.toml").write_text('system = "Rhyme."\nmodel = "haiku"\neffort = "low"\nefort = 1\n')
    told = call("--demo", "-p", "tour", "--persona", "poet", "--output-format", "json")
    assert told.code == 0 and json.loads(told.out)["model"] == "claude-haiku-5-5"
    assert call("--demo", "-p", "x", "--persona", "poe").code == 2
    assert 'did you mean "poet"?' in call("--demo", "-p", "x", "--persona", "poe").err


def test_models_without_a_screen(call: Any, home: Path) -> None:
    told = call("models")
    assert told.code == 0 and "claude-opus-5-5" in told.out and "the default" in told.out
    rows = json.loads(call("models", "--json").out)
    (old,) = [row for row in rows if row["id"] == "claude-sonnet-4-5"]
    assert old["retires"] == "2026-11-30" and old["successor"] == "claude-sonnet-5-5"
