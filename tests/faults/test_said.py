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

from ..support.driver import opened, person
from .meeting import asked, check, kept, meet, meets, on_the_way, plain
from .rows import ELSEWHERE, GROUPS, TEXT, Row, body_of, heavy

pytestmark = pytest.mark.anyio
TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def server() -> Iterator[DemoServer]:
    with DemoServer(pace=0, script=Faithful(TEXT)) as running:
        yield running


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
