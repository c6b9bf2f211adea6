"""Every row of the fault matrix, without a screen and in the app: how it ends, what is kept, what is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.demo import DemoServer, Faithful
from claude_tui.headless import print_turn
from claude_tui.ids import new_id
from claude_tui.session import Session

from ..support.driver import Person, opened, person
from .meeting import kept, meets, on_the_way, plain, status_of
from .rows import ELSEWHERE, GROUPS, TEXT, Row, body_of, heavy

NOTE = " ╌ "
pytestmark = pytest.mark.anyio
TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def server() -> Iterator[DemoServer]:
    with DemoServer(pace=0, script=Faithful(TEXT)) as running:
        yield running


def asked(server: DemoServer) -> int:
    return sum(one.path.startswith("/v1/messages") for one in server.requests)


def check(row: Row, server: DemoServer, before: int, conversation: Conversation | None) -> None:
    status, text = kept(conversation)
    assert asked(server) - before == row.attempts, row.name
    assert status == row.status, row.name
    if row.text is not None:
        assert text == row.text, row.name


def printed(session: Session, row: Row, server: DemoServer, monkeypatch: Any) -> tuple[int, Conversation | None]:
    """The row without a screen: the exit code, and the conversation as it is on the disk."""
    with on_the_way(row, server, monkeypatch) as api:
        meets(session, row, api)
        conversation = Conversation(new_id(), row.name, created_at=1, updated_at=1)
        session.store.create(conversation).result(20)
        question = Node(new_id(), None, "user", (TextBlock("Go."),), "typed", created_at=1)
        code = print_turn(session, conversation, [question], "text")
        api.close()
    session.store.rename(conversation.id, "Later.").result(20)  # all that was to be written before it is
    return code, session.store.load(conversation.id).result(20)


@pytest.mark.parametrize("group", [name for name in GROUPS if name != "person"])
def test_headless(group: str, home: Path, server: DemoServer, monkeypatch: Any, capsys: Any, snapshot: Any) -> None:
    session = opened(server, home)
    said: list[str] = []
    for row in GROUPS[group]:
        before = asked(server)
        code, conversation = printed(session, row, server, monkeypatch)
        out, err = capsys.readouterr()
        check(row, server, before, conversation)
        assert code == row.code, (row.name, err)
        if row.text:
            assert out.strip("\n") == row.text
        said.append(f"{row.name}: {code}\n  {plain(err).rstrip() or '-'}")
    session.close()
    assert "\n".join(said) == snapshot


async def meet(someone: Person, row: Row, server: DemoServer, monkeypatch: Any) -> str:
    """The row in an empty conversation: what is painted while it waits, and at its end."""
    app, before = someone.app, asked(server)
    app.clear_notifications()
    someone.chat.open_conversation(None)
    said = [f"## {row.name}"]
    with on_the_way(row, server, monkeypatch) as api:
        meets(someone.session, row, api)
        someone.chat.set_wish()
        await someone.says("Go.", wait=False)
        if row.waits:
            await someone.until(lambda: looks_so(someone, row), 20)
            if row.waits in ("retrying", "stalled"):
                said += ["while it waits:", *painted(someone)]
            await someone.press(*row.keys)
        await someone.done(30)
        api.close()
    check(row, server, before, someone.chat.conversation)
    told = [f"told: {sentence}" for sentence in someone.told]
    typed = [f"in the prompt: {someone.typed}"] if someone.typed else []
    someone.app.chat_screen.prompt.set_text("")
    return plain("\n".join([*said, "at the end:", *painted(someone), *told, *typed]))


def looks_so(someone: Person, row: Row) -> bool:
    """Whether the moment has come that the row waits for."""
    turn = someone.chat.turn
    if turn is None or turn.phase != row.waits:
        return False
    if turn.phase in ("retrying", "stalled"):
        return turn.may_hurry or "escape" in row.keys
    if turn.phase == "waiting":
        return bool(someone.server.requests)
    return turn.reply is not None and turn.reply.characters >= 40 and "…" not in status_of(someone.status)


def painted(someone: Person) -> list[str]:
    """The last lines of the conversation, and what the status line says."""
    lines = someone.lines
    rule = max(at for at, line in enumerate(lines) if line.startswith("───"))
    shown = [line for line in lines[:rule] if line.strip()]
    whole: list[str] = []
    for line in shown:
        if whole and whole[-1].startswith(NOTE) and line.startswith(NOTE):  # one sentence, wherever it was broken
            whole[-1] += line.removeprefix(NOTE.rstrip())
        else:
            whole.append(line)
    return [*(f"  {line}" for line in whole[-6:]), f"  [{status_of(someone.status)}]"]


@pytest.mark.parametrize("group", GROUPS)
async def test_in_the_app(group: str, home: Path, server: DemoServer, monkeypatch: Any, snapshot: Any) -> None:
    async with person(home, server=server) as someone:
        said = [await meet(someone, row, server, monkeypatch) for row in GROUPS[group]]
    assert "\n".join(said) == snapshot


def test_what_is_proved_elsewhere_is_there() -> None:
    for place in ELSEWHERE.values():
        file, name = place.split("::")
        assert f"def {name}(" in (TESTS / file).read_text(), place


def test_heavy_answers_headless(home: Path, server: DemoServer, capsys: Any, monkeypatch: Any) -> None:
    session = opened(server, home)
    for name, answer in heavy(0.1).items():
        code, conversation = printed(session, Row(name, [answer]), server, monkeypatch)
        assert code == 0 and capsys.readouterr().out.strip("\n") == body_of(answer).strip("\n"), name
        assert kept(conversation) == ("complete", body_of(answer)), name
    session.close()


async def test_heavy_answers_in_the_app(home: Path, server: DemoServer, monkeypatch: Any) -> None:
    async with person(home, server=server) as someone:
        for name, answer in heavy(0.1).items():
            row = Row(name, [answer], text=body_of(answer))
            said = await meet(someone, row, server, monkeypatch)
            assert body_of(answer).split()[-1] in said, name
