"""The first minute: without a key, with a bad one, with files that are wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from claude_tui.demo import DemoServer, Faithful
from claude_tui.errors import StoreError
from claude_tui.paths import Paths
from claude_tui.secrets import Key
from claude_tui.ui.app import ClaudeApp
from claude_tui.ui.screens.library import LibraryScreen
from claude_tui.ui.screens.welcome import WelcomeScreen
from claude_tui.ui.start import DEMO
from tests.support.driver import conversation_of, keep, person
from tests.ui.widgets.conftest import soon

pytestmark = pytest.mark.anyio

GOOD = "sk-ant-api03-" + "a" * 40


async def test_without_a_key_one_is_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = DemoServer(pace=0, script=Faithful("It works."), api_key=GOOD).start()
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    async with person(home, server=server, demo=False, settled=False) as someone:
        await someone.until(lambda: isinstance(someone.screen, WelcomeScreen))
        await someone.sees("paste an API key", "try the demo without a key")
        await someone.press(*"two", "space", *"words", "enter")
        await someone.sees("That is not a key")
        await someone.press("ctrl+a", "ctrl+k")
        someone.screen.query_one("LineInput").value = "sk-ant-api03-" + "b" * 40  # type: ignore[attr-defined]
        await someone.press("enter")
        await someone.until(lambda: "Checking" not in someone.text and "not" in someone.text)
        assert isinstance(someone.screen, WelcomeScreen)
        assert "Traceback" not in someone.text and GOOD not in someone.text
        someone.screen.query_one("LineInput").value = GOOD  # type: ignore[attr-defined]
        await someone.press("enter")
        await someone.until(lambda: someone.app.chat_screen.chat is not None)
        await someone.says("Does it?")
        await someone.sees("It works.")
        key_file = next(file for file in home.rglob("*") if file.is_file() and GOOD.encode() in file.read_bytes())
        assert key_file.stat().st_mode & 0o777 == 0o600
        assert GOOD not in someone.text


async def test_the_demo_is_one_key_away(home: Path) -> None:
    async with person(home, demo=False, settled=False) as someone:
        await someone.until(lambda: isinstance(someone.screen, WelcomeScreen))
        await someone.press("ctrl+d")
        await someone.until(lambda: someone.app._exit)
    assert someone.app.return_value == DEMO


async def test_a_key_of_the_environment_is_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = DemoServer(pace=0, script=Faithful("It works."), api_key=GOOD).start()
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", GOOD)
    key = Key(GOOD, "the environment (ANTHROPIC_API_KEY)")
    async with person(home, server=server, demo=False, key=key) as someone:
        await someone.says("Does it?")
        await someone.sees("It works.")
        assert "demo" not in someone.status


async def test_what_is_typed_before_the_desk_is_there_is_not_lost(home: Path) -> None:
    """The first frame takes keys; the store behind it may take its time."""
    with DemoServer(pace=0, script=Faithful("An answer.")) as server:

        def slow(show: object) -> object:
            time.sleep(0.5)
            from tests.support.driver import opened

            return opened(server, home), None

        app = ClaudeApp(Paths.default(), slow)  # type: ignore[arg-type]
        async with app.run_test(size=(80, 24)) as pilot:
            assert app.chat_screen.chat is None
            await pilot.press(*"Early", "enter")
            await pilot.press(*"next")
            assert app.chat_screen.prompt.text == "next"
            await soon(pilot, lambda: server.requests)
            assert server.requests[-1].body["messages"][0]["content"][0]["text"] == "Early"
            assert app.chat_screen.prompt.text == "next"


async def test_a_store_that_cannot_be_opened_is_one_sentence(home: Path) -> None:
    def broken(show: object) -> object:
        raise StoreError("The folder cannot be written.")

    app = ClaudeApp(Paths.default(), broken)  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await soon(pilot, lambda: app.failure)
    assert app.failure == "The folder cannot be written." and app.return_code == 1


async def test_a_bad_config_and_a_bad_theme_are_told_once_and_the_rest_holds(home: Path) -> None:
    paths = Paths.default()
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.write_text('model = "claude-sonnet-5-5"\nnosuch = 1\neffort = 7\n')
    paths.themes_dir.mkdir(parents=True, exist_ok=True)
    (paths.themes_dir / "mine.toml").write_text('name = "mine"\n[colors]\nprimary = "not a colour"\n')
    async with person(home) as someone:
        await someone.hears("nosuch")
        await someone.hears("effort")
        await someone.hears("mine")
        for word in ("nosuch", "effort"):
            assert sum(word in sentence for sentence in someone.told) == 1, someone.told
        assert "sonnet-5.5" in someone.status
        assert "mine" not in someone.app.wardrobe.specs or someone.app.theme != "mine"


async def test_a_config_that_is_no_toml_is_told(home: Path) -> None:
    paths = Paths.default()
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.write_bytes(b"\xff\xfe = = [[[")
    async with person(home) as someone:
        await someone.until(lambda: any("config.toml" in sentence for sentence in someone.told))
        await someone.says("hello")
        await someone.sees("exactly where it was")


async def test_the_list_can_be_first(home: Path) -> None:
    async with person(
        home, pick=True, seed=lambda store: keep(store, conversation_of(2, title="Of apples"))
    ) as someone:
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        await someone.sees("Of apples")
        await someone.press("enter")
        await someone.sees("Question 1?")


async def test_no_sentence_of_a_file_is_read_as_markup(home: Path) -> None:
    paths = Paths.default()
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.write_text('"[@click=app.quit]x[/oops]" = 1\n')
    async with person(home) as someone:
        await someone.until(lambda: someone.told)
        assert "[@click=app.quit]" in someone.told[0]
