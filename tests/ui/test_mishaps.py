"""What goes wrong is one sentence, and nobody is left before a dead window."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from claude_tui.demo import DemoServer, Faithful
from claude_tui.paths import Paths
from claude_tui.secrets import store_key
from claude_tui.store import Recovered, Store
from claude_tui.ui.app import ClaudeApp
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.screens.welcome import WelcomeScreen
from tests.support.driver import LONG, conversation_of, held, keep, opened, person
from tests.ui.widgets.conftest import soon

pytestmark = pytest.mark.anyio


async def fails(opening: Any) -> ClaudeApp:
    app = ClaudeApp(Paths.default(), opening)
    async with app.run_test(size=(80, 24)) as pilot:
        await soon(pilot, lambda: app.failure)
    assert app.return_code == 1
    assert "Something went wrong here" in app.failure
    assert list(Paths.default().crash_dir.glob("crash-*.txt"))
    return app


async def test_an_error_of_ours_while_opening_ends_it(home: Path) -> None:
    def broken(show: object) -> Any:
        raise ZeroDivisionError

    await fails(broken)


async def test_an_error_of_ours_at_the_first_conversation_ends_it(home: Path) -> None:
    with DemoServer() as server:
        await fails(lambda show: (opened(server, home), "no conversation"))


async def test_an_error_behind_a_command_is_said_and_reported(home: Path) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    async with person(home) as someone:
        someone.chat.run(broken())
        await someone.hears("Something went wrong here (ZeroDivisionError)")
        assert list(Paths.default().crash_dir.glob("crash-*.txt"))


@pytest.mark.parametrize("name", ["~nosuch/x.md", "n" * 300 + ".md", "a\0b.md"])
async def test_a_file_that_cannot_be_is_a_sentence(home: Path, name: str) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Go.")
        someone.chat.run_command("command_export", name)
        await someone.until(lambda: any("cannot be written" in one or "no place" in one for one in someone.told))
        assert not any("went wrong" in one for one in someone.told)


async def test_what_is_on_the_screen_is_copied_and_exported(home: Path, tmp_path: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.commands("/copy")
        assert "Sentence 20 " in someone.app.clipboard
        await someone.commands(f"/export {tmp_path / 'talk.md'}")
        await someone.until((tmp_path / "talk.md").exists)
        assert "Sentence 20 " in (tmp_path / "talk.md").read_text()


@pytest.mark.parametrize("number", ["²", "9" * 5000])
async def test_a_number_that_is_none(home: Path, number: str) -> None:
    async with person(home) as someone:
        someone.chat.run_command("command_max_tokens", number)
        await someone.hears("A number from 1")


async def test_two_windows_do_not_write_in_one_conversation(home: Path) -> None:
    with DemoServer(pace=0, script=Faithful("An answer.")) as server:
        async with person(
            home, server=server, seed=lambda store: keep(store, conversation_of(1)), last=True
        ) as someone:
            from concurrent.futures import Future

            def elsewhere(conversation_id: str) -> Future[bool]:
                taken: Future[bool] = Future()
                taken.set_result(True)
                return taken

            someone.session.store.written_elsewhere = elsewhere  # type: ignore[method-assign]
            await someone.says("Me too")
            await someone.hears("Another window is writing")
            assert someone.typed == "Me too"
            assert not someone.requests


async def test_an_address_is_copied_in_full(home: Path) -> None:
    address = "https://example.org/" + "a" * 1500
    async with person(home) as someone:
        someone.chat.reader.link_chosen(address)
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.press("down", "enter")
        await someone.until(lambda: someone.app.clipboard == address)


async def test_a_crash_is_offered_until_it_was_looked_at(home: Path) -> None:
    def seed(store: Store) -> None:
        for name in ("one", "two"):
            keep(store, conversation_of(1, id=name, title=f"Talk {name}"))
            store.recovered.append(Recovered(name, "none", f"Talk {name}", 7))

    async with person(home, seed=seed) as someone:
        await someone.sees("Talk two", "and 1 more")
        await someone.chat.keeping.load("two")
        await someone.commands("/new")
        await someone.sees("Talk one")
        assert "more (" not in someone.text
        await someone.commands("/keep")
        await someone.until(lambda: "Talk one" not in "\n".join(someone.lines[:12]))


GOOD = "sk-ant-api03-" + "a" * 40


async def test_what_was_asked_for_is_open_once_there_is_a_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = DemoServer(pace=0, api_key=GOOD).start()
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    seed = lambda store: keep(store, conversation_of(1))  # noqa: E731
    async with person(home, server=server, demo=False, settled=False, last=True, seed=seed) as someone:
        await someone.until(lambda: isinstance(someone.screen, WelcomeScreen))
        await someone.press("ctrl+p")
        assert isinstance(someone.screen, WelcomeScreen)
        someone.screen.query_one("LineInput").value = GOOD  # type: ignore[attr-defined]
        await someone.press("enter")
        await someone.sees("Question 0?")
        await someone.commands("/key")
        await someone.sees("paste an API key", "go back")
        someone.screen.query_one("LineInput").value = GOOD  # type: ignore[attr-defined]
        await someone.press("enter")
        await someone.hears("The new key is used")
        await someone.sees("Question 0?")


async def test_ctrl_c_leaves_the_welcome(home: Path) -> None:
    async with person(home, demo=False, settled=False) as someone:
        await someone.until(lambda: isinstance(someone.screen, WelcomeScreen))
        await someone.press("ctrl+c")
        await someone.until(lambda: someone.app._exit)


async def test_a_stored_key_is_forgotten(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/key forget")
        await someone.hears("There is no stored key.")
        store_key(GOOD, Paths.default())
        await someone.commands("/key forget")
        await someone.hears(f"The key in the key file ({Paths.default().key_file}) is removed.")
        assert not Paths.default().key_file.exists()
        await someone.commands(f"/key {GOOD}")
        await someone.hears("/key asks for a key where nobody sees it")
        assert not Paths.default().key_file.exists()


async def test_a_turn_that_dies_ends_and_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("what somebody said")

    monkeypatch.setattr("claude_tui.ui.turns.run_turn", broken)
    async with person(home) as someone:
        await someone.says("Go.")
        assert not someone.busy
        await someone.hears("Something went wrong here (ZeroDivisionError)")
        assert someone.typed == "Go."
        [report] = Paths.default().crash_dir.glob("crash-*.txt")
        assert "somebody said" not in report.read_text()
