"""The help tells the keys in force, those of where one stands first, and what is typed filters it."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.demo import Faithful
from claude_tui.paths import Paths
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.screens.help import HelpScreen
from claude_tui.ui.screens.library import LibraryScreen
from claude_tui.ui.screens.tree import TreeScreen
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio

ANSWER = Faithful("The answer, in **markdown**.", "A thought.")


async def asks_for_help(someone: Person) -> str:
    """The first line of the help, behind the filter."""
    before = someone.screen
    await someone.press("f1")
    await someone.until(lambda: isinstance(someone.screen, HelpScreen) and "Esc closes" in someone.text)
    first = someone.lines[4].strip()
    await someone.press("f1")
    await someone.until(lambda: someone.screen is before)
    return first


async def test_the_keys_of_where_one_stands_come_first(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        assert await asks_for_help(someone) == "While you write"
        await someone.press("tab")
        assert await asks_for_help(someone) == "While you read (Tab leads there)"
        assert someone.screen.focused is someone.transcript
        await someone.press("ctrl+o")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        assert await asks_for_help(someone) == "In the list of conversations"
        await someone.press("escape")
        await someone.press("f12")
        await someone.until(lambda: isinstance(someone.screen, TreeScreen))
        assert await asks_for_help(someone) == "Here"
        await someone.press("f1")
        await someone.sees("Fork from there")
        await someone.press("escape", "escape")
        await someone.press("f2")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        assert await asks_for_help(someone) == "Here"


async def test_typing_filters_the_help(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("f1", *"kill word")
        await someone.sees("Kill up to the blank before")
        assert "Exchange" not in someone.text and "/quit" not in someone.text
        await someone.press(*"zz")
        await someone.sees("Nothing holds these words.")
        await someone.press("escape")
        assert someone.typed == ""


async def test_the_keys_that_were_changed_are_shown_and_what_the_config_calls_them(home: Path) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True)
    file.write_text('[keys]\nleader = "ctrl+]"\nreceipt = "<leader> 1"\nhelp = "f11"\n')
    async with person(home) as someone:
        await someone.press("f11", *"receipt")
        await someone.sees("Ctrl+] 1", "/receipt")
        await someone.press("escape")
        await someone.commands("/keys")
        await someone.sees("Keys, and how they are changed", "Ctrl+]", "leader")
        await someone.press(*"variant")
        await someone.sees("previous-variant", "Ctrl+] <")


async def test_a_narrow_window_says_in_full_how_a_key_is_changed(home: Path) -> None:
    async with person(home, size=(40, 12)) as someone:
        await someone.commands("/keys")
        await someone.sees("In config.toml, below [keys]:", '"key, key"')
