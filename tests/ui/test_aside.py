"""A question aside sees the conversation, is answered over it, and leaves nothing in it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from claude_tui.demo import Failure, Hang, Reply
from claude_tui.ui.screens.aside import AsideScreen
from claude_tui.ui.widgets.line_input import LineInput
from tests.support.driver import Person, held, person

pytestmark = pytest.mark.anyio


def saying(*texts: str) -> list[Reply]:
    return [Reply([{"type": "text", "text": text}]) for text in texts]


def pane(someone: Person) -> AsideScreen:
    assert isinstance(someone.screen, AsideScreen)
    return someone.screen


async def opened(someone: Person, line: str) -> None:
    await someone.commands(line)
    await someone.until(lambda: isinstance(someone.screen, AsideScreen))


async def test_a_narrow_window_has_room_for_what_the_pane_is(home: Path) -> None:
    async with person(home, size=(40, 12)) as someone:
        await someone.says("Why is the sea salt?")
        await opened(someone, "/btw")
        await someone.until(lambda: any(line.endswith("Aside: it leaves no trace") for line in someone.lines))


async def test_it_is_answered_and_asked_on_and_nothing_of_it_stays(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks.", "Water with *salt*.", "And lye is not."), *saying("So."))
        await someone.says("Why is the sea salt?")
        before = someone.conversation
        await opened(someone, "/btw What is brine?")
        await someone.sees("Aside", "What is brine?", "Water with salt.", "$0.00", "Esc closes")
        await someone.press(*"Lye?", "enter")
        await someone.sees("Lye?", "And lye is not.")
        asked = someone.requests[-1]["messages"]
        assert "From the rocks." in str(asked) and "Water with *salt*." in str(asked) and "Lye?" in str(asked[-1])
        assert [someone.requests[n].get("system") for n in (1, 2)] == [someone.requests[0].get("system")] * 2
        assert someone.conversation is before
        await someone.press("escape")
        await someone.until(lambda: not isinstance(someone.screen, AsideScreen))
        ledger = await someone.chat.wait(someone.session.store.spent())
        assert [each.kind for each in ledger] == ["reply", "aside", "aside"]
        await someone.says("And then?")
        assert "brine" not in str(someone.requests[-1]["messages"])
        assert "brine" not in str(await someone.chat.wait(someone.session.store.questions(50)))
        assert [one.problem for one in someone.server.requests if one.problem] == []


async def test_it_is_asked_while_a_reply_is_written_which_goes_on(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held("word " * 100, 300), *saying("It says word."))
        await someone.says("First", wait=False)
        await someone.sees("word word")
        await opened(someone, "/btw What does it say?")
        await someone.sees("It says word.")
        assert "word word" in str(someone.requests[-1]["messages"]) and someone.busy
        await someone.press("escape")
        assert someone.busy, "the key stopped the question aside, and not the reply"
        someone.server.let_go()
        await someone.done()
        assert someone.reply.strip() == ("word " * 100).strip() and len(someone.conversation.nodes) == 2


async def test_esc_stops_it_and_the_question_can_be_had_again(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks."), Hang(20), *saying("Water with salt."))
        await someone.says("Why is the sea salt?")
        await opened(someone, "/btw What is brine?")
        await someone.sees("asking")
        await someone.until(lambda: len(someone.requests) == 2)
        await someone.press("escape")
        await someone.until(lambda: not isinstance(someone.screen, AsideScreen))
        talk = someone.chat.asides.talk
        assert talk is not None and talk.thread is not None
        await someone.until(lambda: not talk.thread.is_alive())  # type: ignore[union-attr]
        await opened(someone, "/btw")
        await someone.until(lambda: pane(someone).query_one(LineInput).value == "What is brine?")
        await someone.press("enter")
        await someone.sees("Water with salt.")


async def test_what_is_typed_there_outlives_the_window(home: Path) -> None:
    async with person(home) as someone:
        await someone.says("Why is the sea salt?")
        await opened(someone, "/btw")
        await someone.press(*"half")
        here = someone.conversation.id
        await someone.until(lambda: someone.session.store.draft(f"{here}:aside").result(5) == "half")
    async with person(home, last=True) as someone:
        await opened(someone, "/btw")
        await someone.until(lambda: pane(someone).query_one(LineInput).value == "half")


async def test_what_goes_wrong_is_said_and_the_question_is_in_the_line_again(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks."), Failure(400, "invalid_request_error", "No."), *saying("Salt."))
        await someone.says("Why is the sea salt?")
        await opened(someone, "/btw What is brine?")
        await someone.until(lambda: pane(someone).query_one(LineInput).value == "What is brine?")
        await someone.press("enter")
        await someone.sees("Salt.")


async def test_why_a_budget_does_not_allow_it_is_said_to_its_end_in_a_narrow_pane(home: Path) -> None:
    async with person(home, size=(80, 24)) as someone:
        someone.server.then(*saying("From the rocks."))
        await someone.says("Why is the sea salt?")
        someone.session.budgets.set("day", Decimal("0.03"))  # unsaid: what is said would lie over the pane
        await opened(someone, "/btw What is brine?")
        await someone.sees("This may pass today's budget of $0.030", "may cost $", "Esc closes")


async def test_one_key_raises_the_budget_that_is_in_its_way_and_asks(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks.", "Water with salt."))
        await someone.says("Why is the sea salt?")
        someone.session.budgets.set("day", Decimal("0.03"))
        await opened(someone, "/btw What is brine?")
        await someone.sees("This may pass today's budget of $0.030", "Ctrl+G raises it and asks")
        assert len(someone.requests) == 1
        await someone.press("ctrl+g")
        await someone.sees("Water with salt.", "What is brine?")
        await someone.hears("Today's budget is now $")
        assert len(someone.requests) == 2 and "raises it" not in someone.text
        await someone.press("ctrl+g")
        assert len(someone.requests) == 2, "there is nothing in the way"


async def test_the_answer_is_copied_by_the_key_of_copying(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks.", "Water with *salt*."))
        await someone.says("Why is the sea salt?")
        await opened(someone, "/btw What is brine?")
        await someone.sees("Water with salt.", "copies")
        copied: list[str] = []
        pane(someone)._copy = lambda text, what: copied.append(text)
        await someone.press("f5")
        assert copied == ["Water with *salt*."]


async def test_without_a_conversation_it_is_a_question_for_the_prompt(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/btw What is brine?")
        await someone.hears("There is no conversation yet")
        assert someone.typed == "What is brine?" and not someone.requests
