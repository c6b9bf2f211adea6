"""One conversation in two windows: one writes, the other is told, reads along, takes over when asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.message import visible_text
from claude_tui.demo import DemoServer, Reply
from claude_tui.errors import StoreError
from claude_tui.ui.screens.choose import ChooseScreen
from tests.support.driver import LONG, Person, held, person

pytestmark = pytest.mark.anyio


def saying(*texts: str) -> list[Reply]:
    return [Reply([{"type": "text", "text": text}]) for text in texts]


@asynccontextmanager
async def two_windows(home: Path, question: str = "Why?") -> AsyncIterator[tuple[Person, Person]]:
    """The first has asked something; the second has just opened it too."""
    async with person(home, server=DemoServer(pace=0)) as first:
        first.server.then(*saying("Because."))
        await first.says(question)
        async with person(home, last=True, server=DemoServer(pace=0)) as second:
            await second.sees("Because.", "writes here · F10 takes over")
            yield first, second


async def kept(someone: Person) -> list[str]:
    """What is on the disk of the path, in words."""
    found = await someone.chat.wait(someone.session.store.load(someone.conversation.id))
    assert found is not None
    return [visible_text(node.content) for node in found.path()]


async def test_the_second_window_is_told_and_shows_what_the_first_one_writes(home: Path) -> None:
    async with two_windows(home) as (first, second):
        await second.hears("writes in this conversation")
        first.server.then(held(LONG[:2500]))
        await first.says("Go.", wait=False)
        await first.sees("Sentence 22 ")
        await second.sees("Sentence 22 ")
        assert "writing" in second.status
        first.server.let_go(2)
        await first.done()
        await second.until(lambda: second.conversation.path()[-1].status == "complete")
        await second.until(lambda: "writing" not in second.status)
        assert second.conversation.nodes == first.conversation.nodes
        assert not second.server.requests


async def test_what_is_asked_while_reading_along_is_kept_and_not_sent(home: Path) -> None:
    async with two_windows(home) as (first, second):
        await second.says("And I?")
        await second.hears("takes over")
        assert second.typed == "And I?" and len(second.conversation.nodes) == 2
        await second.press("shift+f7", "f7")
        await second.until(lambda: len(second.told) >= 3)
        assert not second.server.requests and second.typed == "And I?"
        await second.press("ctrl+u")
        await second.commands("/delete")
        await second.until(lambda: len(second.told) >= 4)
        assert await kept(first) == ["Why?", "Because."]
        shelf = await second.chat.wait(second.session.store.recent())
        assert len(shelf) == 1


async def test_taking_over_makes_the_first_one_read_along(home: Path) -> None:
    async with two_windows(home) as (first, second):
        await first.types("What I was about to say")
        await second.types("What he says")
        await second.press("f10")
        await second.hears("You write here now")
        assert second.typed == "What he says"
        await first.hears("took this conversation over")
        await first.sees("takes over")
        assert first.typed == "What I was about to say"
        second.server.then(*saying("So it is."))
        await second.press("enter")
        await second.done()
        await first.sees("┃ What he says", "So it is.")
        await first.press("enter")
        await first.hears("takes over")
        assert len(first.requests) == 1 and first.typed == "What I was about to say"
        await first.press("f10")
        await first.hears("You write here now")
        await second.hears("took this conversation over")
        first.server.then(*saying("Indeed."))
        await first.press("enter")
        await first.done()
        await second.sees("Indeed.")
        assert await kept(first) == [
            "Why?", "Because.", "What he says", "So it is.", "What I was about to say", "Indeed."
        ]  # fmt: skip
        assert first.conversation.nodes == second.conversation.nodes


async def test_a_reply_that_is_being_written_is_stopped_only_when_asked(home: Path) -> None:
    async with two_windows(home) as (first, second):
        first.server.then(held(LONG))
        await first.says("Go.", wait=False)
        await second.sees("Sentence 22 ")
        await second.press("f10")
        await second.until(lambda: isinstance(second.screen, ChooseScreen))
        await second.sees("A reply is being written in", "Go on reading along")
        await second.press("enter")
        await second.until(lambda: second.screen is second.app.chat_screen)
        assert first.busy and "takes over" in second.text
        await second.press("f10")
        await second.until(lambda: isinstance(second.screen, ChooseScreen))
        await second.press("down", "enter")
        await second.hears("You write here now")
        await first.done()
        await first.hears("took this conversation over")
        came = first.conversation.path()[-1]
        assert came.status == "interrupted" and LONG.startswith(visible_text(came.content)) and came.content
        assert second.conversation.nodes[came.id] == came
        await second.sees("Ctrl+G goes on")
        second.server.then(*saying("And now?"))
        await second.says("Something else.")
        await first.sees("Something else.")
        assert second.conversation.path()[-3].id == came.id


async def test_who_lands_on_another_branch_reading_along_stays_there_and_moves_nobody(home: Path) -> None:
    async with two_windows(home) as (first, second):
        other = first.conversation.head_id
        first.server.then(*saying("Therefore."))
        await first.commands("/retry")
        await first.sees("Therefore.")
        await first.done()
        await second.sees("Therefore.")
        second.chat.open_conversation(None)
        assert await second.chat.keeping.load(first.conversation.id, other)
        await second.sees("Because.", "takes over")
        first.server.then(*saying("Indeed."))
        await first.says("And now?")
        await second.until(lambda: len(second.conversation.nodes) == 5)
        assert second.conversation.head_id == other and await kept(first) == [
            "Why?", "Therefore.", "And now?", "Indeed."
        ]  # fmt: skip
        second.chat.open_conversation(None)
        before = first.conversation.head_id
        assert await second.chat.keeping.load(first.conversation.id, other)
        await second.until(lambda: second.chat.follows is not None)
        await second.chat.wait(second.session.store.draft(""))
        stored = await second.chat.wait(second.session.store.load(first.conversation.id))
        assert stored is not None and stored.head_id == before


async def test_a_store_that_fails_while_a_window_takes_its_place_does_not_end_the_reading_along(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_windows(home) as (first, second):
        store = second.session.store
        hold, load = store.hold, store.load
        fails = [store.hold, store.load]

        def failing(which: Callable[..., Any]) -> Callable[..., Any]:
            def once(*given: Any, **more: Any) -> Any:
                if which in fails:
                    fails.remove(which)
                    raise StoreError("The disk is away.")
                return which(*given, **more)

            return once

        monkeypatch.setattr(store, "hold", failing(hold))
        monkeypatch.setattr(store, "load", failing(load))
        first.chat.open_conversation(None)
        await second.hears("you write here now")
        assert not fails and "takes over" not in second.text


async def test_the_second_window_writes_when_the_first_one_leaves(home: Path) -> None:
    async with two_windows(home) as (first, second):
        await first.press("ctrl+n")
        await second.hears("you write here now")
        await second.until(lambda: "takes over" not in second.text)
        second.server.then(*saying("Yes."))
        await second.says("Mine?")
        assert await kept(second) == ["Why?", "Because.", "Mine?", "Yes."]
        await first.press("ctrl+o")
        await first.sees("Enter opens", "Why?")
        await first.press("enter")
        await first.sees("Yes.", "takes over")


async def test_a_reply_that_goes_on_behind_another_conversation_keeps_its_place(home: Path) -> None:
    async with person(home, server=DemoServer(pace=0)) as first:
        first.server.then(held(LONG[:2500]))
        await first.says("Go.", wait=False)
        await first.sees("Sentence 22 ")
        writing = first.conversation.id
        await first.press("ctrl+n")
        async with person(home, last=True, server=DemoServer(pace=0)) as second:
            await second.sees("Sentence 22 ", "takes over")
            first.server.let_go(2)
            await first.until(lambda: first.app.turns.get(writing) is None)  # type: ignore[union-attr]
            await second.hears("you write here now")
            assert second.conversation.path()[-1].status == "complete"


async def test_one_may_look_at_other_branches_while_reading_along(home: Path) -> None:
    async with two_windows(home) as (first, second):
        first.server.then(*saying("Therefore."))
        await first.press("shift+f7")
        await first.done()
        await second.sees("‹ 2/2 ›", "Therefore.")
        await second.commands("/previous")
        await second.sees("‹ 1/2 ›", "Because.")
        first.server.then(*saying("On and on."))
        await first.says("Go on.")
        await second.until(lambda: len(second.conversation.nodes) == 5)
        await second.sees("‹ 1/2 ›", "Because.")
        assert (await kept(first))[-1] == "On and on."
        await second.commands("/next")
        await second.sees("On and on.")
        await second.commands("/fork")
        await second.sees("forked from")
        assert "takes over" not in second.text


async def test_a_window_that_was_overtaken_and_has_not_noticed_asks_nothing(home: Path) -> None:
    async with two_windows(home) as (first, second):
        first.session.store.stirred = lambda: False  # type: ignore[method-assign]
        await second.press("f10")
        await second.hears("You write here now")
        await first.says("Still mine?")
        await first.until(lambda: first.typed == "Still mine?")
        await first.sees("takes over")
        assert len(first.requests) == 1 and await kept(second) == ["Why?", "Because."]
        await first.press("ctrl+u")
        await first.commands("/take-over")
        await first.hears("You write here now")


async def test_there_is_nothing_to_take_over_from_nobody(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("f10")
        await someone.hears("No other window")
