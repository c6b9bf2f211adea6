"""Several answers to one question: none is ever out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.demo import Failure, Hang, Reply
from claude_tui.store import Store
from claude_tui.ui.words.about import end_of
from tests.support.driver import Person, keep, person

pytestmark = pytest.mark.anyio


def saying(text: str) -> Reply:
    return Reply([{"type": "text", "text": text}])


async def two_answers(someone: Person) -> None:
    someone.server.then(saying("The first."), saying("The second."))
    await someone.says("Go.")
    await someone.commands("/retry")
    await someone.done()
    await someone.sees("The second.")


async def test_the_other_answer_is_a_command_away(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/previous")
        await someone.hears("There is no finished reply")
        await two_answers(someone)
        await someone.commands("/previous")
        await someone.sees("The first.")
        await someone.hears("Answer 1 of 2")
        kept = await someone.chat.wait(someone.session.store.load(someone.conversation.id))
        assert kept is not None and kept.head_id == someone.conversation.head_id
        await someone.commands("/next")
        await someone.sees("The second.")
        await someone.hears("Answer 2 of 2")


async def test_which_answer_is_shown_stands_at_its_question(home: Path) -> None:
    async with person(home) as someone:
        await two_answers(someone)
        question = next(line for line in someone.lines if "Go." in line)
        assert question.split() == ["┃", "Go.", "‹", "2/2", "›"]
        someone.server.then(saying("A third."))
        await someone.commands("/retry")
        await someone.done()
        await someone.sees("‹ 3/3 ›")
        await someone.commands("/previous")
        await someone.sees("‹ 2/3 ›", "The second.")


async def test_a_long_question_has_room_for_it_too(home: Path) -> None:
    async with person(home, size=(40, 24)) as someone:
        someone.server.then(saying("The first."), saying("The second."))
        await someone.says("word " * 6 + "ends.")  # to the last cell of its only line
        await someone.commands("/retry")
        await someone.done()
        assert [line.split() for line in someone.lines if "2/2" in line] == [["┃", "‹", "2/2", "›"]]
        await someone.pilot.resize_terminal(12, 24)
        await someone.pilot.resize_terminal(9, 24)
        await someone.pilot.pause()


async def test_the_answer_to_an_earlier_question_is_changed_by_keyboard_and_by_click(home: Path) -> None:
    async with person(home) as someone:
        await two_answers(someone)
        someone.server.then(saying("What follows."))
        await someone.says("And then?")
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "<")
        await someone.sees("‹ 1/2 ›", "The first.")
        assert "What follows." not in someone.text
        await someone.hears("Answer 1 of 2")
        await someone.press(">")
        await someone.sees("‹ 2/2 ›", "The second.", "What follows.")
        row = next(row for row, line in enumerate(someone.lines) if "‹ 2/2 ›" in line)
        column = someone.lines[row].index("‹")
        await someone.pilot.click("#transcript", offset=(column, row))
        await someone.sees("‹ 1/2 ›", "The first.")
        await someone.pilot.click("#transcript", offset=(column + 6, row))
        await someone.sees("‹ 2/2 ›", "What follows.")


async def test_a_retry_stopped_before_its_first_word_gives_the_answer_back(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(saying("The good answer."), Hang(20))
        await someone.says("Go.")
        await someone.commands("/retry")
        await someone.until(lambda: len(someone.requests) == 2)
        await someone.press("escape")
        await someone.done()
        await someone.sees("The good answer.")
        assert someone.typed == ""
        kept = await someone.chat.wait(someone.session.store.load(someone.conversation.id))
        assert kept is not None and kept.head_id == someone.conversation.head_id


async def test_a_retry_that_fails_gives_the_answer_back_and_says_why(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(saying("The good answer."), Failure(400, "invalid_request_error", "No such thing."))
        await someone.says("Go.")
        await someone.commands("/retry")
        await someone.done()
        await someone.sees("The good answer.")
        await someone.hears("No such thing")


async def test_what_a_search_found_on_another_branch_is_shown(home: Path) -> None:
    async with person(home) as someone:
        await two_answers(someone)
        first = next(node.id for node in someone.conversation.nodes.values() if node.role == "assistant")
        await someone.chat.keeping.load(someone.conversation.id, first)
        await someone.sees("The first.")


def test_a_question_taken_back_is_no_end_of_a_branch() -> None:
    def node(id: str, parent: str | None, role: str, origin: str, text: str) -> Node:
        return Node(id, parent, role, (TextBlock(text),) if text else (), origin)  # type: ignore[arg-type]

    conversation = Conversation("c").with_nodes(
        [
            node("q", None, "user", "typed", "Go."),
            node("a", "q", "assistant", "model", "An answer."),
            node("q2", "a", "user", "typed", "Regretted"),
            node("a2", "q2", "assistant", "model", ""),
        ]
    )
    assert end_of(conversation, "a") == "a"


async def test_stored_facts_of_another_kind_break_nothing(home: Path) -> None:
    def seed(store: Store) -> None:
        facts = {"cost": "much", "timings": [1], "ending": "soon"}
        question = Node("q", None, "user", (TextBlock("Go."),), "typed")
        reply = Node("a", "q", "assistant", (TextBlock("An old answer."),), "model", facts=facts)  # type: ignore[arg-type]
        keep(store, Conversation("c", "Old", created_at=1).with_nodes([question, reply]))

    async with person(home, seed=seed, last=True) as someone:
        await someone.sees("An old answer.")
        await someone.commands("/receipt")
        await someone.sees("status")
