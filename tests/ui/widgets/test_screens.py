"""The library, the welcome, the help, the choice: each in an app that holds nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from claude_tui.core.text import is_safe
from claude_tui.errors import StoreError
from claude_tui.store.values import Hit, Summary
from claude_tui.ui.commands import COMMANDS
from claude_tui.ui.screens.choose import ChooseScreen, Option
from claude_tui.ui.screens.help import HelpScreen
from claude_tui.ui.screens.library import LibraryScreen, Place
from claude_tui.ui.screens.welcome import WelcomeScreen
from claude_tui.ui.widgets.line_list import LineList
from tests.ui.widgets.conftest import HOSTILE, Host, lines_with, paste, press, shown, soon, text_of

pytestmark = pytest.mark.anyio

NOW = time.time_ns() // 1_000_000


def summary(place: int, title: str = "", **more: object) -> Summary:
    values: dict[str, object] = {
        "id": f"c{place}", "title": title or f"Conversation {place}", "model": "claude-opus-5-5", "created_at": NOW,
        "updated_at": NOW - place * 60_000, "messages": 4, "cost_usd": "0.38", "interrupted": False, "draft": False,
    }  # fmt: skip
    return Summary(**{**values, **more})  # type: ignore[arg-type]


MANY = [summary(place) for place in range(5_000)]


async def test_the_library_opens_what_is_chosen() -> None:
    app = Host(screen=lambda: LibraryScreen(MANY))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "5,000" in shown(app)
        assert lines_with(text_of(app), "❯")[0].split()[:3] == ["❯", "Conversation", "0"]
        await press(pilot, "down", "down", "up", "pagedown", "pageup", "enter")
    assert app.answers == [Place("c1")]


async def test_thousands_of_rows_are_walked_and_not_mounted() -> None:
    app = Host(screen=lambda: LibraryScreen(MANY, current="c7"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert len(list(app.screen.query("*"))) < 12
        assert "❯ Conversation 7 " in shown(app)
        await press(pilot, "ctrl+end")
        assert "Conversation 4999" in shown(app)
        await press(pilot, "ctrl+home")
        assert "Conversation 0 " in shown(app)
        await press(pilot, "pagedown", "pagedown")
        assert lines_with(text_of(app), "❯ ")
        await press(pilot, "escape")
    assert app.answers == [None]


async def test_the_library_filters_titles_and_finds_text() -> None:
    asked: list[str] = []

    async def search(query: str) -> Sequence[Hit]:
        asked.append(query)
        return [
            Hit("c9", "n3", "Garden", NOW, "text", "the ros\nes\x1b[2J are [/oops] red", ((4, 10),)),
            Hit("c9", "", "Garden", NOW, "title", "Garden", ()),
            Hit("c8", "n4", HOSTILE, NOW, "thinking", "x", ((5, 99), (-3, 1), (1, 0))),
        ]

    library = [summary(0, "Roses"), summary(1, "Bread"), summary(2, "[/oops] roses \x1b]0;x\x07")]
    app = Host(screen=lambda: LibraryScreen(library, search))
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, *"ROSES")
        assert "Bread" not in shown(app)
        assert "2 of 3 titles" in shown(app)
        await press(pilot, "down")
        await soon(pilot, lambda: "the ros es" in shown(app))
        assert asked[-1] == "ROSES" and len(asked) < 5, "a search for every letter"
        assert "the ros es␛[2J are [/oops] red" in shown(app)
        assert "❯ [/oops] roses" in shown(app)
        assert is_safe(shown(app))
        await press(pilot, "down", "enter")
    assert app.answers == [Place("c9", "n3")]


async def test_a_search_that_fails_says_so() -> None:
    async def search(query: str) -> Sequence[Hit]:
        raise StoreError("The index cannot be read.")

    app = Host(screen=lambda: LibraryScreen(MANY[:3], search, query="conv"))
    async with app.run_test(size=(80, 24)) as pilot:
        await soon(pilot, lambda: "The index cannot be read." in shown(app))
        await press(pilot, *"zzz", "enter", "down", "pageup")
        assert app.answers == []


async def test_the_library_marks_what_matters_at_any_width() -> None:
    rows = [
        summary(0, HOSTILE, interrupted=True, draft=True, cost_usd="what", model=HOSTILE),
        summary(1, "日本語のタイトル" * 9, interrupted=True),
        summary(2, "Answering"),
        summary(3, ""),
        summary(4, cost_usd=None, updated_at=10**18),
    ]
    app = Host(screen=lambda: LibraryScreen(rows, marks={"c2": ("writing", "accent")}))
    async with app.run_test(size=(120, 24)) as pilot:
        for width in (120, 80, 40, 20, 5):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            assert is_safe(shown(app))
            if width >= 40:
                for mark in ("cut", "draft", "writing"):
                    assert mark in shown(app)
    app = Host(screen=lambda: LibraryScreen([]))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "No conversations yet" in shown(app)
        await press(pilot, "down", "enter", "escape")
    assert app.answers == [None]


async def test_a_row_can_be_clicked() -> None:
    app = Host(screen=lambda: LibraryScreen(MANY))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click(LineList, offset=(10, 3))
        await pilot.pause()
    assert app.answers == [Place("c3")]


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
    app = Host(screen=lambda: HelpScreen({"retry": "f9", "new": ""}))
    async with app.run_test(size=(width, 400)) as pilot:
        await pilot.pause()
        text = shown(app)
        for command in COMMANDS:
            assert (command.slash or "Esc") in text
        assert "F9" in text
        assert "Ctrl+R" not in text
        assert "Ctrl+N" not in text
        assert "…" not in text
        assert "quits" in text


async def test_help_scrolls_and_closes() -> None:
    app = Host(screen=lambda: HelpScreen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Ctrl+Q" not in shown(app)
        await press(pilot, "down", "pagedown", "ctrl+end")
        assert "Ctrl+Q" in shown(app)
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


async def test_choosing_nothing() -> None:
    app = Host(screen=lambda: ChooseScreen("Model", [Option("a", "a")]))
    async with app.run_test(size=(40, 24)) as pilot:
        await press(pilot, *"zz", "enter", "down")
        assert app.answers == []
        await press(pilot, "escape")
    assert app.answers == [None]
