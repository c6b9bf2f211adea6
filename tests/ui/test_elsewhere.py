"""Replies that go on while another conversation is open: marked, told of when they end, shown live on coming back."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.core.message import visible_text
from claude_tui.demo import DemoServer, Faithful
from tests.support.driver import LONG, WORDS, Person, held, person

pytestmark = pytest.mark.anyio


async def goes_on(someone: Person, question: str, text: str = LONG) -> str:
    """Ask, see the answer begin, and leave for an empty conversation; the id of the one left."""
    someone.server.then(held(text))
    await someone.says(question, wait=False)
    await someone.sees("Sentence 22 ")
    writing = someone.conversation.id
    await someone.press("ctrl+n")
    await someone.until(lambda: someone.chat.conversation is None)
    return writing


async def lets_end(someone: Person, conversation_id: str) -> None:
    """Let held replies go on, whichever takes the turn, until that one has ended."""
    turns = someone.app.turns
    assert turns is not None

    def written() -> int:
        return sum(turn.reply.characters for id in turns.ids if (turn := turns.get(id).turn) and turn.reply)  # type: ignore[union-attr]

    while turns.get(conversation_id) is not None:
        before = written()
        someone.server.let_go()
        await someone.until(lambda before=before: turns.get(conversation_id) is None or written() > before)


def marks(someone: Person) -> dict[str, str]:
    """The words behind the titles in the list."""
    rows = [line for line in someone.lines if "…" in line or "?" in line]
    found = {}
    for row in rows:
        for word in ("writing", "new", "cut"):
            if f"  {word} " in row:
                found[row.split("?")[0].strip(" ❯")] = word
    return found


async def test_a_reply_goes_on_while_another_conversation_is_open(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG[:2500]))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        writing = someone.conversation.id
        await someone.press("ctrl+n")
        await someone.until(lambda: someone.chat.conversation is None)
        assert "Sentence" not in someone.text
        await someone.press("ctrl+o")
        await someone.sees("Enter opens", "Go.")
        await someone.press("escape")
        someone.server.let_go(2)
        await someone.hears("is done")
        kept = await someone.chat.wait(someone.session.store.load(writing))
        assert kept is not None and visible_text(kept.path()[-1].content) == LONG[:2500]


async def test_coming_back_to_a_reply_under_way(home: Path) -> None:
    async with person(home, script=Faithful(LONG)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        writing = someone.conversation.id
        await someone.press("ctrl+n")
        await someone.press("ctrl+o")
        await someone.sees("Enter opens")
        await someone.press("enter")
        await someone.until(lambda: someone.chat.conversation is not None and someone.conversation.id == writing)
        await someone.sees("Sentence 22 ")
        await someone.until(lambda: "writing" in someone.status)
        await someone.press("escape")
        await someone.done()
        await someone.sees("Stopped after")


async def test_several_at_once_are_marked_and_told_of(home: Path) -> None:
    async with person(home, size=(100, 24)) as someone:
        first = await goes_on(someone, "One?", LONG[:2500])
        await someone.sees("“One?” is being written · Ctrl+O")
        second = await goes_on(someone, "Two?", LONG * 20)
        await someone.sees("2 replies are being written · Ctrl+O")
        await someone.press("ctrl+o")
        await someone.sees("Enter opens")
        await someone.until(lambda: marks(someone) == {"One": "writing", "Two": "writing"})
        assert someone.app.turns is not None and set(someone.app.turns.ids) == {first, second}
        await lets_end(someone, first)
        await someone.until(lambda: marks(someone) == {"One": "new", "Two": "writing"})
        await someone.press("escape")
        await someone.hears("The reply in “One?” is done.")
        await someone.sees("“Two?” is being written · “One?” has ended · Ctrl+O")
        await someone.chat.keeping.load(first)
        await someone.until(lambda: "has ended" not in someone.text)
        assert someone.reply == LONG[:2500]
        await someone.sees("“Two?” is being written")


async def test_esc_stops_the_reply_on_the_screen_and_no_other(home: Path) -> None:
    async with person(home, size=(100, 24)) as someone:
        first = await goes_on(someone, "One?")
        someone.server.then(held(LONG))
        await someone.says("Two?", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.press("escape")
        await someone.done()
        await someone.sees("Stopped after", "“One?” is being written")
        assert someone.app.turns is not None and someone.app.turns.ids == (first,)


async def test_what_was_cut_unseen_is_marked_as_cut(home: Path) -> None:
    async with person(home, size=(100, 24)) as someone:
        await goes_on(someone, "One?")
        [running] = someone.app.turns.ids if someone.app.turns else []
        someone.app.turns.get(running).cancel.cancel()  # type: ignore[union-attr]
        await someone.hears("was stopped")
        await someone.sees("“One?” has ended")
        await someone.press("ctrl+o")
        await someone.until(lambda: marks(someone) == {"One": "cut"})


async def test_one_comes_back_to_what_was_not_read(home: Path) -> None:
    async with person(home) as someone:
        first = await goes_on(someone, "One?", LONG[:6000])
        someone.server.let_go()
        await someone.until(lambda: someone.app.turns.get(first).turn.reply.characters > 2000)  # type: ignore[union-attr]
        await someone.chat.keeping.load(first)
        await someone.sees("── unread ──", "Sentence 22 ", "new lines")
        assert not someone.transcript.following
        await someone.press("ctrl+end")
        assert "unread" not in someone.text
        await someone.press("ctrl+n")
        await lets_end(someone, first)
        await someone.hears("is done")
        await someone.press("ctrl+q")
    async with person(home, last=True) as someone:
        await someone.sees("── unread ──", "Sentence 44 ")
        assert "Sentence 41 " in someone.text and "Sentence 60 " not in someone.text
        await someone.press("ctrl+n")
        await someone.chat.keeping.load(first)
        assert "unread" not in someone.text and someone.transcript.following


async def test_what_ended_unseen_is_marked_in_a_later_run_too(home: Path) -> None:
    async with person(home, size=(100, 24)) as someone:
        first = await goes_on(someone, "One?", LONG[:2500])
        await lets_end(someone, first)
        await someone.hears("is done")
        await someone.press("ctrl+q")
    async with person(home, size=(100, 24)) as someone:
        await someone.press("ctrl+o")
        await someone.until(lambda: marks(someone) == {"One": "new"})
        await someone.press("enter")
        await someone.sees("── unread ──")
        await someone.press("ctrl+q")
    async with person(home, size=(100, 24)) as someone:
        await someone.press("ctrl+o")
        await someone.sees("Enter opens", "One?")
        assert marks(someone) == {}


async def test_leaving_stops_and_keeps_all_of_them(home: Path) -> None:
    async with person(home) as someone:
        ids = [await goes_on(someone, question) for question in ("One?", "Two?", "Three?")]
        await someone.press("ctrl+q")
    async with person(home, server=DemoServer(pace=0, script=Faithful(LONG))) as someone:
        for conversation_id in ids:
            assert await someone.chat.keeping.load(conversation_id)
            await someone.sees("Stopped after")
            assert "Sentence 20 " in someone.reply and LONG.startswith(someone.reply)
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply == LONG


async def test_what_goes_on_elsewhere_is_said_at_any_width(home: Path) -> None:
    async with person(home) as someone:
        await goes_on(someone, WORDS)
        for width in (200, 80, 40, 20, 10):
            await someone.pilot.resize_terminal(width, 24)
            await someone.pilot.pause()
            rule = next(line for line in someone.lines if "──" in line)
            assert len(rule) <= width
            assert ("being written" in rule) == (width >= 80), rule
