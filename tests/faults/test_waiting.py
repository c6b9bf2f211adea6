"""What waits to be sent, when a reply meets a row of the matrix: visible, in order, changeable, sent exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.message import visible_text
from claude_tui.demo import DemoServer, Faithful
from claude_tui.store import writer
from claude_tui.ui.chat.waiting import found_in
from claude_tui.ui.screens.queue import QueueScreen

from ..support.driver import Person, held, person
from .meeting import Unhurried, asked, looks_so, meets, on_the_way, plain
from .rows import GROUPS, TEXT, Row

pytestmark = pytest.mark.anyio

ROWS = {row.name: row for group in GROUPS.values() for row in group if not row.way}
"""All that can befall a reply which the server was asked for."""
SHORT = (
    "closed", "closed inside a line", "silence in the middle", "529", "529 for ever", "overloaded in the middle",
    "another error in the middle", "reset, and it goes on by itself", "400", "a spend limit", "declined", "the limit",
    "a new reason", "an error of ours", "Esc before the answer", "Esc while it waits to try again", "Esc in the text",
)  # fmt: skip
WORDS = "word " * 100


@pytest.fixture(autouse=True)
def server() -> Iterator[DemoServer]:
    with DemoServer(pace=0, script=Faithful(TEXT)) as running:
        yield running


def questions(someone: Person) -> list[str]:
    return [visible_text(node.content) for node in someone.conversation.path() if node.origin == "typed"]


def waiting(someone: Person) -> list[str]:
    return [item.text for item in someone.chat.queue.waiting.items] if someone.chat.queue.waiting is not None else []


def is_held(someone: Person) -> bool:
    return someone.chat.queue.waiting is not None and bool(someone.chat.queue.waiting.held)


def on_disk(someone: Person) -> list[str]:
    return [item.text for item in found_in(someone.session.store.drafts().result(5), someone.conversation.id)]


def sent(someone: Person, text: str) -> int:
    """How many requests ended with this question."""
    said = [body["messages"][-1]["content"] for body in someone.requests if body["messages"][-1]["role"] == "user"]
    return sum(part["text"] == text for parts in said for part in parts[-1:] if part["type"] == "text")


async def while_written(someone: Person, *texts: str) -> None:
    """A reply is held, and these wait for it."""
    someone.server.then(held(WORDS, 300))
    await someone.says("First", wait=False)
    await someone.sees("word word")
    await waits(someone, *texts)


async def waits(someone: Person, *texts: str) -> None:
    for text in texts:
        await someone.says(text, wait=False)
    assert waiting(someone) == list(texts)


async def befalls(someone: Person, row: Row, server: DemoServer, monkeypatch: Any) -> str:
    """The second of four meets the row; what is said of the others. Then they are put in another order, one of them
    is written otherwise, and they go."""
    app, usual, flags = someone.app, someone.session.means, someone.session.flags
    app.clear_notifications()
    someone.chat.open_conversation(None)
    await while_written(someone)
    with on_the_way(row, server, monkeypatch) as api:
        patience = Unhurried(row.patience) if row.waits else None
        meets(someone.session, row, api, patience)
        someone.chat.set_wish()
        await waits(someone, "Second", "Third", "Fourth")
        await someone.sees("… Second", "… Third", "… Fourth")
        before = asked(server)
        server.let_go()
        if row.waits:
            await someone.until(lambda: waiting(someone) == ["Third", "Fourth"] and asked(server) > before)
            await someone.until(lambda: looks_so(someone, row, []))
            if patience is not None:
                patience.looked()
            await someone.press(*row.keys)
        await someone.until(lambda: not someone.busy and (questions(someone)[-1:] == ["Fourth"] or is_held(someone)))
        assert asked(server) - before == row.attempts + (0 if waiting(someone) else 2)
        api.close()
    someone.session.means, someone.session.flags = usual, flags  # type: ignore[method-assign]
    someone.chat.set_wish()
    said = f"{row.name}: all went"
    if waiting(someone):
        assert waiting(someone) == ["Third", "Fourth"]
        said = "\n  ".join([f"{row.name}:", *await held_back(someone)])
        await goes_on(someone, stopped=row.status == "interrupted" or not row.code)
    assert waiting(someone) == [] and "… " not in "\n".join(someone.lines[-6:-1])
    await someone.until(lambda: on_disk(someone) == [])
    return said


async def held_back(someone: Person) -> Sequence[str]:
    """Two wait for a person, who sees them and why."""
    await someone.sees("… Third", "… Fourth", "sends it · ")
    await someone.until(lambda: on_disk(someone) == ["Third", "Fourth"])
    return [line.strip() for line in someone.lines if "sends it · " in line or line.startswith(" … ")]


async def goes_on(someone: Person, *, stopped: bool) -> None:
    """In another order, one of them written otherwise; the others as they were."""
    if someone.typed:  # nothing had come, and it was given back: sent again, it is as if there had been no Esc
        assert someone.typed == "Second"
        await someone.press("enter")
        await someone.until(lambda: len(questions(someone)) == 4 and not someone.busy)
        assert questions(someone) == ["First", "Second", "Third", "Fourth"]
        return
    before, third, fourth = len(someone.requests), sent(someone, "Third again"), sent(someone, "Fourth")
    await someone.commands("/queue")
    await someone.until(lambda: isinstance(someone.screen, QueueScreen))
    await someone.press("left_square_bracket", "escape")
    await someone.until(lambda: not isinstance(someone.screen, QueueScreen))
    assert waiting(someone) == ["Fourth", "Third"]
    await someone.until(lambda: on_disk(someone) == ["Fourth", "Third"])
    if stopped and someone.conversation.head is not None and someone.conversation.head.status == "interrupted":
        await someone.press("ctrl+g")
        await someone.until(lambda: len(questions(someone)) == 4 and not someone.busy)
        assert questions(someone) == ["First", "Second", "Fourth", "Third"]
        assert sent(someone, "Fourth") == fourth + 1
        return
    someone.server.then(held(WORDS, 300))
    await someone.commands("/send-now")
    await someone.sees("word word")
    await someone.press("up")
    await someone.until(lambda: waiting(someone) == [])
    await someone.says(" again", wait=False)
    assert waiting(someone) == ["Third again"]
    someone.server.let_go()
    await someone.until(lambda: len(questions(someone)) == 4 and not someone.busy)
    assert questions(someone) == ["First", "Second", "Fourth", "Third again"]
    assert len(someone.requests) == before + 2
    assert (sent(someone, "Fourth"), sent(someone, "Third again")) == (fourth + 1, third + 1)


@pytest.mark.parametrize("rows", [SHORT[::2], SHORT[1::2]], ids=["one half", "the other"])
async def test_whatever_befalls_the_reply(
    rows: Sequence[str], home: Path, server: DemoServer, monkeypatch: Any, snapshot: Any
) -> None:
    async with person(home, server=server) as someone:
        said = [await befalls(someone, ROWS[name], server, monkeypatch) for name in rows]
    assert plain("\n".join(said)) == snapshot


@pytest.mark.long
@pytest.mark.parametrize("name", ROWS)
async def test_every_row(name: str, home: Path, server: DemoServer, monkeypatch: Any) -> None:
    async with person(home, server=server) as someone:
        await befalls(someone, ROWS[name], server, monkeypatch)


async def test_a_budget_that_is_in_the_way(home: Path, server: DemoServer) -> None:
    async with person(home, server=server) as someone:
        await while_written(someone, "Second", "Third", "Fourth")
        usual, someone.session.budgets._run = someone.session.budgets._run, Decimal("0.0001")
        server.let_go()
        await someone.hears("2 messages wait: a budget is in the way")
        assert "sends it · a budget is in the way" in (await held_back(someone))[0]
        assert len(someone.requests) == 1 and questions(someone) == ["First", "Second"]
        await someone.commands("/send-now")
        await someone.done()
        assert len(someone.requests) == 1, "and a key alone does not send it past the budget"
        assert questions(someone)[-1] == "Third" and waiting(someone) == ["Fourth"]
        someone.session.budgets._run = usual
        await someone.commands("/send-now")
        await someone.until(lambda: sent(someone, "Fourth") == 1 and not someone.busy)
        assert waiting(someone) == [] and len(someone.requests) == 2


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_disk_that_is_full_while_they_wait(
    stopped: bool, home: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.1)
    long = ("Third " * 2_000).strip()
    async with person(home, server=server) as someone:
        await while_written(someone, "Second")
        store = someone.session.store
        assert store._writer is not None
        disk = store._writer._connection
        (pages,) = disk.execute("PRAGMA page_count").fetchone()
        disk.execute(f"PRAGMA max_page_count = {pages}")
        await someone.says(long, wait=False)
        await someone.says("Fourth", wait=False)
        await someone.until(lambda: store.trouble == "Not saved: the disk is full.")
        assert waiting(someone) == ["Second", long, "Fourth"]
        await someone.sees("… Second", "… Third Third", "… Fourth")
        if stopped:
            await someone.press("escape")
            await someone.until(lambda: is_held(someone) and not someone.busy)
            await someone.commands("/queue")
            await someone.until(lambda: isinstance(someone.screen, QueueScreen))
            await someone.press("left_square_bracket", "escape")
        else:
            server.let_go()
            await someone.until(lambda: questions(someone) == ["First", "Second", long, "Fourth"] and not someone.busy)
            assert waiting(someone) == []
        disk.execute("PRAGMA max_page_count = 1000000")
        await someone.until(lambda: store.trouble is None)
        await someone.until(lambda: on_disk(someone) == (["Second", "Fourth", long] if stopped else []))
        assert len(someone.requests) == (1 if stopped else 4)
    with DemoServer(pace=0, script=Faithful(TEXT)) as another:
        async with person(home, server=another, last=True) as someone:
            if stopped:
                await someone.until(lambda: waiting(someone) == ["Second", "Fourth", long])
                await someone.commands("/send-now")
                await someone.until(lambda: len(questions(someone)) == 4 and not someone.busy)
                assert waiting(someone) == [] and len(someone.requests) == 3
            assert questions(someone) == ["First", "Second", *(("Fourth", long) if stopped else (long, "Fourth"))]
            await someone.until(lambda: on_disk(someone) == [])
