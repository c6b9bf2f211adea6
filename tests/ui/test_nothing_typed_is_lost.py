"""Whatever ends what was begun, the words, the large paste and the file are there afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import TypeAlias

import pytest

from claude_tui.core.message import OpaqueBlock, visible_text
from claude_tui.demo import Failure
from claude_tui.errors import ApiError
from claude_tui.paths import Paths
from claude_tui.store import Store, writer
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio

LOG = "".join(f"line {number} \x1b[1mof a log\x1b[0m\n" for number in range(50))
WHOLE = f"What is wrong in {LOG} here?"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "d.txt").write_text("Some words.\n")
    monkeypatch.chdir(folder)
    return folder


async def write(someone: Person) -> None:
    """A file, and a question with a large paste in it, unsent."""
    await someone.commands("/attach d.txt")
    await someone.until(lambda: someone.chat.attaching.files)
    await someone.types("What is wrong in ")
    await someone.types(LOG)
    await someone.types(" here?")
    assert someone.app.chat_screen.prompt.full == WHOLE


async def is_there(someone: Person) -> None:
    """In the prompt, with its chips, or asked in the open conversation."""

    def found() -> bool:
        chat, prompt = someone.chat, someone.app.chat_screen.prompt
        if prompt.full == WHOLE:
            return "①" in someone.text and [kept.name for kept in chat.attaching.files] == ["d.txt"]
        nodes = chat.conversation.path() if chat.conversation is not None else ()
        return any(
            visible_text(node.content) == WHOLE and any(isinstance(block, OpaqueBlock) for block in node.content)
            for node in nodes
        )

    await someone.until(found)


# -- ways to leave what is being typed

Way: TypeAlias = Callable[[Person, pytest.MonkeyPatch], Awaitable[object]]


async def escape(someone: Person, _: pytest.MonkeyPatch) -> None:
    await someone.press("escape", "escape")


async def clear_and_undo(someone: Person, _: pytest.MonkeyPatch) -> None:
    await someone.press("ctrl+c")
    assert someone.typed == ""
    await someone.press("up")


async def kill_the_line(someone: Person, _: pytest.MonkeyPatch) -> None:
    await someone.press("ctrl+a", "ctrl+k", "ctrl+y")


def editor(script: str) -> Way:
    async def fail(someone: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(someone.app), "suspend", lambda app: nullcontext())
        monkeypatch.setenv("VISUAL", script)
        await someone.press("ctrl+x", "ctrl+e")
        await someone.hears("your text is as it was")

    return fail


WAYS: dict[str, Way] = {
    "Esc": escape,
    "Ctrl+C": clear_and_undo,
    "Ctrl+K": kill_the_line,
    "no such editor": editor("no-such-editor"),
    "the editor fails": editor("false"),
    "the editor is killed": editor("sh -c 'kill -9 $$'"),
    "the editor removes the file": editor("sh -c 'rm \"$1\"' sh"),
    "the editor leaves no UTF-8": editor('sh -c \'printf "\\351" > "$1"\' sh'),
}


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_there_after(way: str, home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with person(home) as someone:
        await write(someone)
        await WAYS[way](someone, monkeypatch)
        await is_there(someone)


async def test_it_is_there_after_another_conversation(home: Path, work: Path) -> None:
    async with person(home) as someone:
        await someone.says("Go.")
        first = someone.conversation.id
        await write(someone)
        await someone.press("ctrl+n")
        assert someone.typed == "" and not someone.chat.attaching.files
        someone.chat.open_conversation(await someone.chat.wait(someone.session.store.load(first)))
        await is_there(someone)


async def quit_now(someone: Person) -> None:
    await someone.press("ctrl+q")


async def ctrl_c_twice(someone: Person) -> None:
    await someone.pilot.press("ctrl+c", "ctrl+c")
    await someone.until(lambda: someone.app._exit)


async def end_of_the_terminal(someone: Person) -> None:
    someone.app._leave_by_signal(129)


@pytest.mark.parametrize("leave", [quit_now, ctrl_c_twice, end_of_the_terminal])
async def test_it_is_there_after_leaving(leave: Callable[[Person], Awaitable[None]], home: Path, work: Path) -> None:
    async with person(home) as someone:
        await write(someone)
        await leave(someone)
    async with person(home) as someone:
        await is_there(someone)


async def test_it_is_there_after_a_crash(home: Path, work: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with person(home) as someone:
            await write(someone)

            def broken() -> None:
                raise ZeroDivisionError

            someone.app.call_later(broken)
            await someone.until(lambda: someone.app.failure)
    async with person(home) as someone:
        await is_there(someone)


# -- what is sent and does not arrive


@asynccontextmanager
async def sending(home: Path) -> AsyncIterator[Person]:
    async with person(home) as someone:
        await write(someone)
        yield someone


async def test_an_error_before_the_first_byte_keeps_it(home: Path, work: Path) -> None:
    for failure in (Failure(400, "invalid_request_error", "No."), Failure(401, "authentication_error", "Who?")):
        async with sending(home) as someone:
            someone.server.then(failure)
            await someone.press("enter")
            await someone.done()
            await is_there(someone)
            first = someone.conversation.id
        async with person(home) as someone:
            someone.chat.open_conversation(await someone.chat.wait(someone.session.store.load(first)))
            await is_there(someone)


async def test_a_budget_that_refuses_keeps_it(home: Path, work: Path) -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[budget]\nday = 0.001\n")
    async with sending(home) as someone:
        await someone.press("enter")
        await someone.sees("budget")
        await is_there(someone)
        assert someone.requests == []


async def test_a_key_that_is_missing_keeps_it(home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sending(home) as someone:

        def missing() -> None:
            raise ApiError("No API key is set.")

        monkeypatch.setattr(someone.session, "means", missing)
        await someone.press("enter")
        await someone.hears("No API key")
        await is_there(someone)
    async with person(home) as someone:
        assert someone.typed == ""
    async with person(home, last=True) as someone:
        await is_there(someone)


async def test_a_store_that_can_only_be_read_keeps_it_while_it_can(home: Path, work: Path) -> None:
    paths = Paths.default(demo=False)
    paths.database.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    Store.open(paths.database).close(2)
    with closing(sqlite3.connect(paths.database)) as newer:
        newer.execute("PRAGMA user_version = 999")
    async with person(home) as someone:
        assert someone.session.store.read_only
        await write(someone)
        await someone.press("ctrl+x", "s")
        await someone.hears("stays here: Not saved")
        await is_there(someone)
        await someone.press("enter")
        await someone.done()
        await is_there(someone)
        await someone.types("typed on")
        await someone.press("ctrl+n")
        assert someone.typed == ""
        await someone.types("something new")
        await someone.press("ctrl+n")
        await someone.until(lambda: someone.typed == "something new")


async def test_a_full_disk_keeps_it_until_there_is_room(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.1)
    async with sending(home) as someone:
        store = someone.session.store
        assert store._writer is not None
        disk = store._writer._connection
        (pages,) = disk.execute("PRAGMA page_count").fetchone()
        disk.execute(f"PRAGMA max_page_count = {pages}")
        store.save_draft("another", "x" * 100_000)
        await someone.until(lambda: store.trouble == "Not saved: the disk is full.")
        await someone.press("ctrl+x", "s")
        await someone.hears("stays here: Not saved")
        await is_there(someone)
        await someone.press("enter")
        await someone.done()
        await is_there(someone)
        disk.execute("PRAGMA max_page_count = 1000000")
        await someone.until(lambda: store.trouble is None)
    async with person(home, last=True) as someone:
        await is_there(someone)
