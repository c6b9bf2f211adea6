"""A conversation from the first question to the last: asked, stopped, gone on with, left and found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.demo import DemoServer, Failure, Faithful, Fault, Faulty, Hang, Reply
from claude_tui.store import Store
from tests.support.driver import LONG, WORDS, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio


async def test_a_question_is_answered_and_kept(home: Path) -> None:
    async with person(home, script=Faithful("An answer with **bold** words.", "First a thought.")) as someone:
        await someone.sees("This is the demo")
        await someone.says("Why?")
        await someone.sees("┃ Why?", "An answer with bold words.", "▸ Thought")
        assert someone.typed == ""
        assert someone.reply == "An answer with **bold** words."
        kept = await someone.chat.wait(someone.session.store.load(someone.conversation.id))
        assert kept is not None and kept.path()[-1].status == "complete"
        assert "$" in someone.status and "writing" not in someone.status


async def test_esc_stops_and_a_key_goes_on_to_the_uncut_text(home: Path) -> None:
    async with person(home, script=Faithful(LONG)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.press("escape")
        await someone.done()
        await someone.sees("Stopped after", "Ctrl+G goes on")
        before = someone.reply
        assert 0 < len(before) < len(LONG) and LONG.startswith(before)
        await someone.press("ctrl+g")
        await someone.done(30)
        assert someone.reply == LONG
        assert not [one.problem for one in someone.server.requests if one.problem]


async def test_a_cut_reply_goes_on_by_itself(home: Path) -> None:
    text = WORDS * 20
    async with person(home, script=Faithful(text)) as someone:
        someone.server.then(Faulty(Reply([{"type": "text", "text": text}]), Fault("rst", after_text=300)))
        await someone.says("Go.")
        assert someone.reply == text
        await someone.sees("continued")


async def test_a_question_comes_back_when_esc_was_quicker_than_the_first_word(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(Hang(20))
        await someone.says("A question I regret", wait=False)
        await someone.until(lambda: someone.requests)
        await someone.press("escape")
        await someone.done()
        await someone.until(lambda: someone.typed == "A question I regret")
        await someone.hears("back in the prompt")
        await someone.sees("claude-tui")  # the conversation is as empty as it was


async def test_typing_on_while_it_writes(home: Path) -> None:
    async with person(home, script=Faithful(LONG)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.press(*"and then")
        assert someone.typed == "and then"
        await someone.press("enter")
        await someone.sees("… and then")
        assert someone.typed == "" and len(someone.requests) == 1
        await someone.press("up")
        await someone.until(lambda: someone.typed == "and then")
        await someone.press("escape")
        await someone.done()
        assert someone.typed == "and then"


async def test_drafts_belong_to_their_conversations(home: Path) -> None:
    async with person(home) as someone:
        await someone.says("hello")
        first = someone.conversation.id
        await someone.types("draft of the first")
        await someone.press("ctrl+n")
        await someone.until(lambda: someone.typed == "")
        await someone.types("draft of none")
        await someone.press("ctrl+o")
        await someone.sees("Enter opens")
        await someone.press("enter")
        await someone.until(lambda: someone.typed == "draft of the first")
        assert someone.conversation.id == first
    async with person(home) as someone:
        await someone.until(lambda: someone.typed == "draft of none")
    async with person(home, last=True) as someone:
        await someone.until(lambda: someone.typed == "draft of the first")


async def test_a_draft_is_kept_while_it_is_typed(home: Path) -> None:
    """Not only at the end, which a crash has not."""
    async with person(home) as someone:
        await someone.types("half a thought")
        store = someone.session.store
        await someone.until(lambda: store.draft("").result(2) == "half a thought")


async def test_an_error_is_a_sentence_and_a_key(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*[Failure(400, "invalid_request_error", "Something is wrong with it.")] * 2)
        await someone.says("Go.")
        await someone.sees("Something is wrong with it", "Ctrl+G")
        await someone.press("ctrl+g")
        await someone.done()
        await someone.press("ctrl+g")
        await someone.done()
        await someone.sees("exactly where it was")


async def test_a_wait_is_counted_down_and_can_be_stopped(home: Path) -> None:
    async with person(home) as someone:
        later = {"retry-after": "30"}
        someone.server.then(Failure(429, "rate_limit_error", "Too many requests.", later))
        await someone.says("Go.", wait=False)
        await someone.until(lambda: "retry in" in someone.status)
        await someone.press("escape")
        await someone.done(2)


async def test_tools_run_and_fold(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/tools all")
        await someone.says("calculate 17 * 4")
        await someone.sees("▸ calculate", "68")
        assert [tool["name"] for tool in someone.requests[-1]["tools"]].count("calculate") == 1
        await someone.press("f3")
        await someone.sees("▾ calculate", '"expression"')
        await someone.press("f3")
        await someone.until(lambda: "▾" not in someone.text)


async def test_ctrl_c_clears_stops_and_twice_quits(home: Path) -> None:
    async with person(home, script=Faithful(LONG)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.types("to be cleared")
        await someone.press("ctrl+c")
        assert someone.typed == "" and someone.busy
        await someone.press("ctrl+c")
        await someone.done()
        await someone.press("up")
        assert someone.typed == "to be cleared"
        await someone.press("ctrl+c")
        await someone.press("ctrl+c")
        await someone.until(lambda: someone.app._exit)


async def test_history_is_that_of_all_conversations(home: Path) -> None:
    async with person(home) as someone:
        await someone.says("hello")
        await someone.says("why")
    async with person(home) as someone:
        await someone.press("up", "up")
        assert someone.typed == "hello"
        await someone.press("down", "down")
        assert someone.typed == ""


async def test_a_long_conversation_lays_out_only_what_is_near(home: Path) -> None:
    def seed(store: Store) -> None:
        keep(store, conversation_of(150, lambda number: f"# Answer {number}\n\n" + (WORDS * 4 + "\n\n") * 3))

    async with person(home, seed=seed, last=True) as someone:
        await someone.sees("Answer 149")
        units = someone.transcript._rows.units
        near = sum(unit.exact(someone.transcript._rows.width) for unit in units)
        assert len(units) >= 300
        assert near <= 12, f"{near} of {len(units)} units were laid out"
        await someone.press("ctrl+home")
        await someone.sees("Question 0?")
        assert sum(unit.exact(someone.transcript._rows.width) for unit in units) <= 40


async def test_leaving_while_it_writes_keeps_it(home: Path) -> None:
    async with person(home, script=Faithful(LONG)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        await someone.types("next")
        await someone.press("ctrl+q")
    server = DemoServer(pace=0, script=Faithful(LONG))
    async with person(home, server=server, last=True) as someone:
        await someone.sees("Stopped after")
        await someone.until(lambda: someone.typed == "next")
        assert "Sentence 20 " in someone.reply
        await someone.press("ctrl+g")
        await someone.done(30)
        assert someone.reply == LONG
