"""The library, the welcome, the help, the choice: each in an app that holds nothing else."""

from __future__ import annotations

import pytest

from claude_tui.core.text import is_safe
from claude_tui.errors import StoreError
from claude_tui.ui.keys.commands import COMMANDS
from claude_tui.ui.screens.choose import ChooseScreen, Option
from claude_tui.ui.screens.help import HelpScreen, sections
from claude_tui.ui.screens.welcome import WelcomeScreen
from tests.ui.widgets.conftest import HOSTILE, Host, paste, press, shown, soon

pytestmark = pytest.mark.anyio


async def _known(value: str) -> str | None:
    if value == "sk-ant-broken":
        raise StoreError("The network cannot be reached.")
    return None if value == "sk-ant-good-key" else f"The API does not know this key. {HOSTILE}"


async def test_a_good_key_is_taken() -> None:
    app = Host(screen=lambda: WelcomeScreen(_known))
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(pilot, "  sk-ant-good-key\r\n")
        assert "sk-ant" not in shown(app)
        await press(pilot, "enter")
        await soon(pilot, lambda: app.answers)
    assert app.answers == [("key", "sk-ant-good-key")]


async def test_a_bad_key_is_answered_with_a_sentence() -> None:
    app = Host(screen=lambda: WelcomeScreen(_known))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter")
        await paste(pilot, "sk-ant-wrong-key")
        await press(pilot, "enter")
        await soon(pilot, lambda: "The API does not know this key." in shown(app))
        assert is_safe(shown(app))
        await press(pilot, "backspace")
        assert "does not know" not in shown(app)
        await press(pilot, "ctrl+u")
        await paste(pilot, "sk-ant-broken")
        await press(pilot, "enter")
        await soon(pilot, lambda: "The network cannot be reached." in shown(app))
        assert app.answers == []


@pytest.mark.parametrize("junk", [HOSTILE, "[/oops]" * 3, "[" * 500 + "1" * 500, "é" * 20, "two words here", "\n" * 40])
async def test_any_paste_is_survived(junk: str) -> None:
    app = Host(screen=lambda: WelcomeScreen(_known))
    async with app.run_test(size=(40, 24)) as pilot:
        await paste(pilot, junk)
        await press(pilot, "enter")
        await pilot.pause(0.1)
        assert is_safe(shown(app))
        assert app.answers == []
        await press(pilot, "escape")
    assert app.answers == [None]


async def test_the_check_shows_that_it_goes_on_and_can_be_left() -> None:
    async def slow(value: str) -> str | None:
        import asyncio

        await asyncio.sleep(30)
        return None

    app = Host(screen=lambda: WelcomeScreen(slow))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *"sk-ant-something", "enter", "enter")
        assert "Checking the key" in shown(app)
        await press(pilot, "escape")
    assert app.answers == [None]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(("ctrl+d",), ("demo", "")), (("down", "d"), ("demo", "")), (("tab", "enter"), ("demo", "")),
     (("tab", "tab", "enter"), None), (("d", "escape"), None)],
)  # fmt: skip
async def test_the_other_ways_on(keys: tuple[str, ...], answer: object) -> None:
    app = Host(screen=lambda: WelcomeScreen(_known))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *keys)
    assert app.answers == [answer]


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_help_lists_every_command_and_the_keys_in_force(width: int) -> None:
    app = Host(screen=lambda: HelpScreen(sections({"retry": "f9", "new": ""})))
    async with app.run_test(size=(width, 400)) as pilot:
        await pilot.pause()
        text = shown(app)
        for command in COMMANDS:
            assert command.slash in text
        assert "F9" in text
        assert "Shift+F7" not in text
        assert "Ctrl+N" not in text
        assert "…" not in text
        assert "quits" in text


async def test_help_scrolls_and_closes() -> None:
    app = Host(screen=lambda: HelpScreen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "what tools said" not in shown(app)
        await press(pilot, "down", "pagedown", "ctrl+end")
        assert "what tools said" in shown(app)
        await press(pilot, "ctrl+home")
        assert "While you write" in shown(app)
        await press(pilot, "escape")
    assert app.answers == [None]


async def test_choosing_previews_filters_and_answers() -> None:
    looked: list[str] = []
    options = [Option("dusk", "dusk", "warm greys"), Option("paper", "paper [/oops]", HOSTILE), Option("t", "terminal")]
    app = Host(screen=lambda: ChooseScreen("Theme [/x]", options, "paper", looked.append))
    async with app.run_test(size=(80, 24)) as pilot:
        assert looked == ["paper"]
        assert "Theme [/x]" in shown(app)
        assert is_safe(shown(app))
        await press(pilot, "down")
        assert looked[-1] == "t"
        await press(pilot, *"GREY")
        assert looked[-1] == "dusk"
        await press(pilot, "enter")
    assert app.answers == ["dusk"]


async def test_a_long_name_stands_apart_from_what_is_said_of_it() -> None:
    options = [
        Option("a", "a name of more than what is kept for names", "where"),
        Option("b", "日本語の長い名前です", "there"),
    ]
    app = Host(screen=lambda: ChooseScreen("Names", options))
    async with app.run_test(size=(80, 24)):
        assert "  where" in shown(app) and "  there" in shown(app)


async def test_choosing_nothing() -> None:
    app = Host(screen=lambda: ChooseScreen("Model", [Option("a", "a")]))
    async with app.run_test(size=(40, 24)) as pilot:
        await press(pilot, *"zz", "enter", "down")
        assert app.answers == []
        await press(pilot, "escape")
    assert app.answers == [None]
