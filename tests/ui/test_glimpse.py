"""The end of a conversation is on the screen before the rest of it is loaded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.demo import DemoServer
from claude_tui.paths import Paths
from claude_tui.store import Store
from claude_tui.ui.app import ClaudeApp
from tests.support.driver import Person, conversation_of, keep, opened

pytestmark = pytest.mark.anyio


async def test_the_end_is_shown_first_and_stays_as_it_is(home: Path) -> None:
    conversation = conversation_of(300, lambda number: f"Answer {number}.\n\n- one\n- two")
    with DemoServer(pace=0) as server:
        go_on = threading.Event()

        def opening(show: Callable[[Conversation], object]) -> Any:
            session = opened(server, home)
            keep(session.store, conversation)
            end = session.store.load_end(conversation.id).result(5)
            assert end is not None and 4 < len(end.nodes) < 200
            show(end)
            go_on.wait(20)
            return session, session.store.load(conversation.id).result(5)

        app = ClaudeApp(Paths.default(demo=False), opening)
        async with app.run_test(size=(80, 24)) as pilot:
            someone = Person(app, pilot, server)
            await someone.sees("Answer 299.", "Question 298?")
            assert app.chat_screen.chat is None
            await someone.types("typed meanwhile")
            before = [line[:70].rstrip() for line in someone.lines[:-3]]  # without the scroll bar
            units = list(someone.transcript._rows.units)
            go_on.set()
            await someone.until(lambda: app.chat_screen.chat is not None)
            assert [line[:70].rstrip() for line in someone.lines[:-3]] == before and someone.typed == "typed meanwhile"
            now = someone.transcript._rows.units
            assert len(now) >= 600 and [id(unit) for unit in now[-len(units) :]] == [id(unit) for unit in units]


async def test_a_reader_who_scrolled_meanwhile_stays_where_they_are(home: Path) -> None:
    conversation = conversation_of(300, lambda number: f"Answer {number}.\n\n- one\n- two")
    with DemoServer(pace=0) as server:
        go_on = threading.Event()

        def opening(show: Callable[[Conversation], object]) -> Any:
            session = opened(server, home)
            keep(session.store, conversation)
            show(session.store.load_end(conversation.id).result(5))  # type: ignore[arg-type]
            go_on.wait(20)
            return session, session.store.load(conversation.id).result(5)

        app = ClaudeApp(Paths.default(demo=False), opening)
        async with app.run_test(size=(80, 24)) as pilot:
            someone = Person(app, pilot, server)
            await someone.sees("Answer 299.")
            someone.transcript.move(-20)
            await pilot.pause()
            before = [line[:70].rstrip() for line in someone.lines[:18]]  # without the scroll bar
            go_on.set()
            await someone.until(lambda: app.chat_screen.chat is not None)
            await asyncio.sleep(0.05)
            assert [line[:70].rstrip() for line in someone.lines[:18]] == before


def test_the_end_of_a_conversation_has_what_stands_beside_it(home: Path) -> None:
    store = Store.open(Paths.default(demo=False).database)
    whole = conversation_of(40, lambda number: "Words of an answer. " * 40)
    keep(store, whole)
    end = store.load_end(whole.id).result(5)
    assert end is not None and end.head_id == whole.head_id
    path = end.path()
    assert path[0].origin == "typed" and path == whole.path()[-len(path) :] and len(path) < 80
    short = conversation_of(2, id="short")
    keep(store, short)
    other = next(iter(conversation_of(1).nodes.values()))
    store.add(short.id, [other]).result(5)
    found = store.load_end("short").result(5)
    assert found is not None and other.id in found.nodes and found.path() == short.path()
    assert store.load_end("nobody").result(5) is None
    store.close()
