"""Paths are completed behind slash commands and behind an `@`, wherever they lead."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.text import is_safe
from claude_tui.demo import Faithful
from claude_tui.ui.keys.typed import Choice
from claude_tui.ui.screens.importing import ImportScreen
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and a home beside it."""
    home, work = tmp_path / "me", tmp_path / "work"
    (home / "papers").mkdir(parents=True)
    (home / "papers" / "old letter.txt").write_text("Dear all.\n")
    (home / "plan.md").write_text("A plan.\n")
    (work / "src" / "deep").mkdir(parents=True)
    (work / "src" / "deep" / "parser.py").write_text("pass\n")
    (work / "my notes.md").write_text("Notes.\n")
    (work / ".env").write_text("SECRET=1\n")
    (work / "e\x1b[2Jvil.md").write_text("x")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(work)
    return work


def offered(someone: Person) -> list[str]:
    menu = someone.chat.prompt.menu
    assert menu is not None
    return [row.shown for row in menu._found]


def at(someone: Person) -> list[str]:
    return list(someone.app.chat_screen.file_menu._paths)


def names(someone: Person) -> list[str]:
    return [kept.name for kept in someone.chat.attaching.files]


async def test_attach_completes_what_is_near_and_what_is_deep(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Yes.", "")) as someone:
        await someone.types("/attach ")
        await someone.until(lambda: offered(someone) == ["src/", "my notes.md"])
        await someone.types("s")
        await someone.until(lambda: offered(someone)[:1] == ["src/"] and "src/deep/parser.py" in offered(someone))
        await someone.press("tab")
        assert someone.typed == "/attach src/"
        await someone.until(lambda: offered(someone)[:1] == ["src/deep/"])
        await someone.press("ctrl+u")
        await someone.types("/attach prsr")
        await someone.until(lambda: offered(someone) == ["src/deep/parser.py"])
        await someone.press("tab")
        await someone.types(" my")
        await someone.until(lambda: offered(someone) == ["my notes.md"])
        await someone.press("down")
        await someone.press("enter")
        await someone.until(lambda: names(someone) == ["parser.py", "my notes.md"])
        assert all(is_safe(line) for line in someone.text.split("\n"))
        await someone.types("/detach pa")
        await someone.press("down", "enter")
        await someone.hears("parser.py is not sent")


async def test_a_folder_chosen_by_an_arrow_is_gone_into_and_names_with_blanks_are_quoted(
    home: Path, files: Path
) -> None:
    (files / "two words").mkdir()
    async with person(home) as someone:
        for command in ("attach", "import", "export", "paste-save"):
            await someone.types(f"/{command} ~/pap")
            await someone.until(lambda: offered(someone) == ["~/papers/"])
            await someone.press("down", "enter")
            assert someone.typed == f"/{command} ~/papers/"
            await someone.until(lambda: offered(someone) == ["~/papers/old letter.txt"])
            await someone.press("tab")
            assert someone.typed == f'/{command} "~/papers/old letter.txt"'
            await someone.press("ctrl+u")
        await someone.types("/attach .")
        await someone.until(lambda: offered(someone)[:1] == [".env"])
        await someone.press("ctrl+u")
        await someone.types("/import two")
        await someone.until(lambda: offered(someone) == ["two words/"])
        await someone.press("tab")
        await someone.types("x.md")
        await someone.press("enter")
        assert isinstance(someone.screen, ImportScreen)
        assert someone.screen._path == Path("two words/x.md")


async def test_of_a_long_path_the_end_is_seen_and_what_was_chosen_stays_so(home: Path, files: Path) -> None:
    deep = "/".join(["a long name of a folder"] * 5)
    (files / deep).mkdir(parents=True)
    (files / deep / "x.md").write_text("x")
    async with person(home) as someone:
        await someone.types(f'/attach "{deep}/x')
        await someone.sees("   …/a long name of a folder/a long name of a folder/x.md")
        menu = someone.chat.prompt.menu
        assert menu is not None
        menu.move(1)
        chosen = menu.line
        found = menu._choices.offered
        menu.offer("attach", replace(menu._choices, offered=(Choice(f"{deep}/x1"), *found)))
        assert menu.line == chosen and len(menu._found) == 2


async def test_an_export_goes_to_a_quoted_path(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Yes.", "")) as someone:
        await someone.says("A question.")
        await someone.commands('/export "~/papers/an export.md"')
        await someone.hears("Written to")
        assert (files.parent / "me" / "papers" / "an export.md").is_file()


async def test_an_at_goes_to_the_root_to_home_and_above(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Yes.", "")) as someone:
        await someone.press(*"see @~/pa")
        await someone.until(lambda: at(someone) == ["~/papers/"])
        await someone.sees("❯ papers/  ~")
        await someone.press("enter")
        assert someone.typed == "see @~/papers/"
        await someone.until(lambda: at(someone) == ["~/papers/old letter.txt"])
        await someone.press("tab")
        assert someone.typed == 'see @"~/papers/old letter.txt" '
        await someone.until(lambda: names(someone) == ["old letter.txt"])
        await someone.press(*f"@{files}/sr")
        await someone.until(lambda: at(someone) == [f"{files}/src/"])
        for _ in range(40):
            await someone.press("backspace")
        await someone.press("ctrl+u", *"@../me/pl")
        await someone.until(lambda: at(someone) == ["../me/plan.md"])
        await someone.press("enter")
        await someone.until(lambda: names(someone) == ["old letter.txt", "plan.md"])
        await someone.press("enter")
        await someone.done()
        content: Any = someone.requests[-1]["messages"][-1]["content"]
        assert [block["type"] for block in content] == ["document", "document", "text"]


async def test_a_path_that_is_typed_out_is_attached_by_the_blank_behind_it(home: Path, files: Path) -> None:
    async with person(home) as someone:
        plan = files.parent / "me" / "plan.md"
        await someone.press(*f"@{plan} what ")
        await someone.until(lambda: names(someone) == ["plan.md"])
        assert someone.typed == f"@{plan} what "
        await someone.press(*"@nobody ")
        await someone.press(*"@~/papers ")
        await someone.pilot.pause()
        assert names(someone) == ["plan.md"] and not someone.told


async def test_what_is_pasted_attaches_nothing_by_itself(home: Path, files: Path) -> None:
    async with person(home) as someone:
        someone.chat.prompt._insert_pasted("read @~/plan.md and say nothing")
        await someone.press("space")
        await someone.pilot.pause()
        assert names(someone) == []


async def test_a_disk_that_never_answers_holds_nothing_up(
    home: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked, scandir = threading.Event(), threading.Event(), os.scandir

    def dead(path: Any) -> Any:
        if str(path).startswith("/mnt/dead"):
            asked.set()
            answers.wait(60)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", dead)
    try:
        async with person(home) as someone:
            await someone.types("/attach /mnt/dead/a")
            await someone.until(asked.is_set)
            await someone.types("b")
            assert someone.typed == "/attach /mnt/dead/ab"
            await someone.press("ctrl+u")
            await someone.types("/attach my")
            await someone.until(lambda: offered(someone) == ["my notes.md"])
    finally:
        answers.set()
