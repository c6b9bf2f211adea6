"""A conversation is a tree: asked otherwise, answered by another model, forked, compared, seen whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, visible_text
from claude_tui.demo import Failure, Hang, Reply
from claude_tui.store import Store
from claude_tui.ui.screens.diff import DiffScreen
from claude_tui.ui.screens.tree import TreeScreen
from tests.support.driver import Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio


def saying(*texts: str) -> list[Reply]:
    return [Reply([{"type": "text", "text": text}]) for text in texts]


def asked(someone: Person) -> list[str]:
    """The questions of the path."""
    return [visible_text(node.content) for node in someone.conversation.path() if node.origin == "typed"]


async def talks(someone: Person, *exchanges: tuple[str, str]) -> None:
    for question, answer in exchanges:
        someone.server.then(*saying(answer))
        await someone.says(question)


async def kept(someone: Person) -> Conversation:
    found = await someone.chat.wait(someone.session.store.load(someone.conversation.id))
    assert found is not None
    return found


# -- asked otherwise


async def test_the_last_question_is_asked_otherwise_beside_the_first(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why is the sea salt?", "From the rocks."), ("And sweet lakes?", "They have outlets."))
        await someone.press("f7")
        assert someone.typed == "And sweet lakes?"
        await someone.sees("Enter asks it, Esc leaves it")
        someone.server.then(*saying("It has no outlet."))
        await someone.types(" And the Dead Sea?")
        await someone.press("enter")
        await someone.done()
        await someone.sees("asked ‹ 2/2 ›", "It has no outlet.")
        assert asked(someone) == ["Why is the sea salt?", "And sweet lakes? And the Dead Sea?"]
        assert "Enter asks it" not in someone.text and someone.typed == ""
        await someone.commands("/previous")
        await someone.hears("Question 1 of 2")
        await someone.sees("asked ‹ 1/2 ›", "They have outlets.")
        assert [each["role"] for each in someone.requests[-1]["messages"]] == ["user", "assistant", "user"]


async def test_the_first_question_too_and_the_choice_is_there_after_a_restart(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("First?", "One."), ("Second?", "Two."))
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "ctrl+up", "f7")
        assert someone.typed == "First?"
        await someone.press("ctrl+u")
        someone.server.then(*saying("Another one."))
        await someone.says("Otherwise?")
        await someone.sees("asked ‹ 2/2 ›", "Another one.")
        assert asked(someone) == ["Otherwise?"] and "Two." not in someone.text
        assert len(someone.requests[-1]["messages"]) == 1
        await someone.press("ctrl+up", "ctrl+up", "<")
        await someone.sees("asked ‹ 1/2 ›", "Two.")
        assert asked(someone) == ["First?", "Second?"]
    async with person(home, last=True) as someone:
        await someone.sees("asked ‹ 1/2 ›", "Two.")
        await someone.press("ctrl+home", "ctrl+up", "ctrl+up", "ctrl+up", "ctrl+up", ">")
        await someone.sees("asked ‹ 2/2 ›", "Another one.")
    async with person(home, last=True) as someone:
        await someone.sees("asked ‹ 2/2 ›", "Another one.")


async def test_esc_leaves_everything_as_it_was_the_draft_too(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        await someone.types("A draft of mine")
        before = someone.conversation
        await someone.press("f7")
        assert someone.typed == "Why?"
        await someone.types(" And how?")
        await someone.press("escape")
        assert someone.typed == "A draft of mine" and someone.conversation is before
        assert "Esc leaves it" not in someone.text
        await someone.press("ctrl+u", "up")
        assert someone.typed == "Why? And how?", "what was changed is in the history"
        assert len(someone.requests) == 1


async def test_a_draft_is_back_when_the_other_question_was_asked(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        await someone.types("A draft of mine")
        await someone.press("f7")
        someone.server.then(*saying("Thus."))
        await someone.types(" And how?")
        await someone.press("enter")
        await someone.done()
        assert someone.typed == "A draft of mine" and asked(someone) == ["Why? And how?"]
        await someone.until(lambda: someone.session.store.draft(someone.conversation.id).result(5) == "A draft of mine")


async def test_another_conversation_is_opened_over_an_edit(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        await someone.types("A draft of mine")
        first = someone.conversation.id
        await someone.press("f7")
        await someone.types(" And how?")
        await someone.press("ctrl+n")
        await someone.until(lambda: someone.typed == "")
        await someone.chat.keeping.load(first)
        await someone.until(lambda: someone.typed == "A draft of mine")
        await someone.press("f7")
        await someone.until(lambda: someone.typed == "Why? And how?")


async def test_what_was_changed_when_the_program_died_comes_back(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        await someone.press("f7")
        await someone.types(" And how?")
    async with person(home, last=True) as someone:
        await someone.sees("Because.")
        assert someone.typed == ""
        await someone.press("f7")
        await someone.until(lambda: someone.typed == "Why? And how?")


async def test_an_edit_that_waits_is_found_among_the_drafts(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."), ("And?", "So."))
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "ctrl+up", "f7")
        await someone.types(" And how?")
        await someone.press("ctrl+n")
        await someone.commands("/drafts")
        await someone.sees("Why? And how?", "waits in Why?")
        await someone.press("enter")
        await someone.until(lambda: someone.typed == "Why? And how?")
        await someone.sees("Esc leaves it")


async def test_the_same_words_ask_the_same_question_again(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        await someone.press("f7")
        someone.server.then(*saying("Therefore."))
        await someone.press("enter")
        await someone.done()
        await someone.sees("‹ 2/2 ›", "Therefore.")
        assert "asked ‹" not in someone.text and len(someone.conversation.nodes) == 3


async def test_a_question_that_reads_like_a_command_stays_a_question(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("//help me", "Gladly."))
        await someone.commands("/edit")
        assert someone.typed == "//help me"
        someone.server.then(*saying("At once."))
        await someone.types(" now")
        await someone.press("enter")
        await someone.done()
        assert asked(someone) == ["/help me now"]


async def test_esc_before_the_first_word_gives_the_edit_back_and_the_answer_there_was(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        someone.server.then(Hang(20))
        await someone.press("f7")
        await someone.types(" And how?")
        await someone.press("enter")
        await someone.until(lambda: len(someone.requests) == 2)
        await someone.press("escape")
        await someone.done()
        await someone.sees("Because.", "Esc leaves it")
        assert someone.typed == "Why? And how?" and asked(someone) == ["Why?"]
        assert "asked ‹" not in someone.text, "a question taken back is no variant"
        someone.server.then(*saying("Thus."))
        await someone.press("enter")
        await someone.done()
        await someone.sees("Thus.", "asked ‹ 2/2 ›")
        assert asked(someone) == ["Why? And how?"] and len(someone.conversation.nodes) == 5


async def test_there_must_be_a_question_and_no_reply_under_way(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("f7")
        await someone.hears("There is no conversation yet")
        someone.server.then(held("Word " * 400))
        await someone.says("Go.", wait=False)
        await someone.sees("Word Word")
        await someone.press("f7")
        await someone.hears("A reply is being written")
        assert someone.typed == ""
        await someone.press("escape")
        await someone.done()


async def test_what_else_is_in_a_question_stays_in_it(home: Path) -> None:
    def seed(store: Store) -> None:
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
        from claude_tui.core.message import OpaqueBlock

        question = Node("q", None, "user", (OpaqueBlock(image), TextBlock("What is it?")), "typed")
        reply = Node("a", "q", "assistant", (TextBlock("A sea."),), "model", stop_reason="end_turn")
        keep(store, Conversation("c", "Old", created_at=1).with_nodes([question, reply]))

    async with person(home, seed=seed, last=True) as someone:
        await someone.sees("A sea.")
        await someone.press("f7")
        someone.server.then(*saying("A lake."))
        await someone.types(" Really?")
        await someone.press("enter")
        await someone.done()
        kinds = [block["type"] for block in someone.requests[-1]["messages"][0]["content"]]
        assert kinds == ["image", "text"]


# -- answered again


async def test_any_answer_is_asked_for_again_at_the_mark_with_another_model(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("First?", "One."), ("Second?", "Two."))
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "/")
        someone.server.then(*saying("Uno."))
        assert someone.typed == "/"
        for key in "retry":
            await someone.press(key)
        await someone.types(" haiku")
        await someone.press("enter")
        await someone.done()
        await someone.sees("‹ 2/2 ›", "Uno.")
        assert asked(someone) == ["First?"] and someone.requests[-1]["model"] == "claude-haiku-5-5"
        assert "haiku-5.5" in someone.status
        await someone.commands("/previous")
        await someone.sees("‹ 1/2 ›", "Two.")
        assert "opus-5.5" in someone.status, "each branch goes on with its own model"
        someone.server.then(*saying("Dos."))
        await someone.press("shift+f7")
        await someone.done()
        assert someone.requests[-1]["model"] == "claude-opus-5-5" and asked(someone) == ["First?", "Second?"]
        await someone.commands("/retry a model of no name")
        await someone.hears("There is no model called")


async def test_the_mark_is_let_go_when_the_command_is(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("First?", "One."), ("Second?", "Two."))
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "/", "backspace")
        someone.server.then(*saying("Dos."))
        await someone.commands("/retry")
        await someone.done()
        assert asked(someone) == ["First?", "Second?"]


async def test_a_branch_is_found_where_it_was_left(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("First?", "One."), ("Second?", "Two."))
        someone.server.then(*saying("Dos."))
        await someone.press("shift+f7")
        await someone.done()
        await someone.commands("/previous")
        await someone.sees("Two.")
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "shift+f7")
        await someone.done()
        await someone.commands("/previous")
        await someone.sees("Two.", "‹ 1/2 ›")
        assert "Dos." not in someone.text


async def test_an_edit_that_fails_is_a_variant_all_the_same(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        someone.server.then(Failure(400, "invalid_request_error", "No such thing."))
        await someone.press("f7")
        await someone.types(" And how?")
        await someone.press("enter")
        await someone.done()
        await someone.sees("asked ‹ 2/2 ›", "No such thing")
        await someone.commands("/previous")
        await someone.sees("asked ‹ 1/2 ›", "Because.")
        await someone.commands("/next")
        await someone.sees("asked ‹ 2/2 ›")


async def test_variants_of_questions_and_answers_are_changed_by_click(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        await someone.press("f7")
        someone.server.then(*saying("Thus.", "So."))
        await someone.types(" And how?")
        await someone.press("enter")
        await someone.done()
        await someone.press("shift+f7")
        await someone.done()
        await someone.sees("asked ‹ 2/2 › · answered ‹ 2/2 ›")

        async def click(words: str, side: int) -> None:
            row = next(row for row, line in enumerate(someone.lines) if words in line)
            column = someone.lines[row].index(words) + words.index("‹") + side
            await someone.pilot.click("#transcript", offset=(column, row))

        await click("answered ‹", 0)
        await someone.sees("asked ‹ 2/2 › · answered ‹ 1/2 ›", "Thus.")
        await click("asked ‹", 0)
        await someone.sees("asked ‹ 1/2 ›", "Because.")
        await click("asked ‹", 6)
        await someone.sees("asked ‹ 2/2 › · answered ‹ 1/2 ›", "Thus.")


# -- the tree


def branched() -> Conversation:
    made = replace(conversation_of(3, lambda number: f"Answer {number}.", id="c", title="Salt"), head_id=None)
    path = list(made.nodes.values())
    other = Node("o", path[1].id, "user", (TextBlock("Something else?"),), "typed", created_at=9)
    reply = Node("p", "o", "assistant", (TextBlock("Else it is."),), "model", "interrupted", model="claude-haiku-5-5")
    return made.with_nodes([other, reply]).with_head(path[-1].id)


async def put(store: Store, conversation: Conversation) -> None:
    store.put_whole(conversation).result(20)


def with_tree(conversation: Conversation) -> Callable[[Store], object]:
    return lambda store: store.put_whole(conversation).result(20)


async def test_the_tree_shows_every_branch_and_leads_there(home: Path) -> None:
    async with person(home, seed=with_tree(branched()), last=True) as someone:
        await someone.sees("Answer 2.")
        await someone.press("f12")
        await someone.until(lambda: isinstance(someone.screen, TreeScreen))
        await someone.sees("Salt · 2 branches", "├╴  ┃ Something else?", "│     Else it is.  cut", "●   Answer 2.")
        assert "haiku-5.5" in someone.text
        await someone.press("left", "down", "enter")
        await someone.until(lambda: someone.screen is someone.app.chat_screen)
        await someone.sees("Else it is.")
        assert someone.conversation.head_id == "p" and asked(someone)[-1] == "Something else?"
        await someone.until(lambda: someone.session.store.load("c").result(5).head_id == "p")  # type: ignore[union-attr]
        await someone.press("f12")
        await someone.sees("●   Else it is.")
        await someone.press("escape")
        await someone.until(lambda: someone.screen is someone.app.chat_screen)


async def test_a_message_of_the_own_branch_is_gone_to_without_leaving_it(home: Path) -> None:
    made = conversation_of(30, lambda number: f"Answer {number}.\n\n" * 5, id="c", title="Salt")
    async with person(home, seed=with_tree(made), last=True) as someone:
        await someone.sees("Answer 29.")
        await someone.press("f12", "ctrl+home", "down", "down")
        await someone.press("enter")
        await someone.sees("Question 1?")
        assert someone.conversation.head_id == made.head_id


async def test_a_tree_of_two_thousand_messages_opens_at_once(home: Path) -> None:
    made = conversation_of(500, lambda number: f"Answer {number}.", id="c", title="Salt")
    path = list(made.nodes.values())
    for number in range(0, 1_000, 2):
        made = made.with_node(replace(path[number], id=f"q{number}"), head=False) if number < 500 else made
    nodes = dict(made.nodes)
    for number in range(1_000 - len(nodes) % 2):
        at = path[number % len(path)]
        nodes[f"x{number}"] = replace(at, id=f"x{number}")
    made = replace(made, nodes=nodes)
    assert len(made.nodes) > 2_000
    async with person(home, seed=with_tree(made), last=True) as someone:
        await someone.sees("Answer 499.")
        began = time.process_time()
        await someone.press("f12")
        await someone.until(lambda: isinstance(someone.screen, TreeScreen))
        await someone.sees("branches", "●   Answer 499.")
        assert time.process_time() - began < 5
        await someone.press("pageup", "ctrl+home", "ctrl+end", "escape")


async def test_the_tree_needs_a_conversation(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("f12")
        await someone.hears("There is no conversation yet")
        await someone.commands("/fork")
        await someone.hears("no conversation to fork")
        await someone.commands("/diff")


# -- forks


async def test_a_fork_holds_all_up_to_what_one_stands_on_and_says_where_it_came_from(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why is the sea salt?", "From the rocks."), ("And lakes?", "They have outlets."))
        first, spent = someone.conversation, someone.status
        assert "$0.00 " not in spent
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up", "/")
        for key in "fork":
            await someone.press(key)
        await someone.press("enter")
        await someone.until(lambda: someone.conversation.id != first.id)
        await someone.sees("From the rocks.", "forked from “Why is the sea salt?”")
        assert asked(someone) == ["Why is the sea salt?"] and "outlets" not in someone.text
        assert someone.conversation.title == "Why is the sea salt? (fork)"
        someone.server.then(*saying("With time."))
        await someone.says("How?")
        assert not [one.problem for one in someone.server.requests if one.problem]
        assert [each["role"] for each in someone.requests[-1]["messages"]] == ["user", "assistant", "user"]
        there = await someone.chat.wait(someone.session.store.load(first.id))
        assert there is not None and there.nodes == first.nodes and there.head_id == first.head_id
        ledger = await someone.chat.wait(someone.session.store.spent())
        assert [each.conversation_id for each in ledger] == [first.id, first.id, someone.conversation.id]
        from claude_tui.ui.words.about import spent as sum_of

        assert str(sum_of(someone.conversation).dollars) == ledger[-1].cost_usd, "copies are paid where they were made"
        forked = someone.conversation.id
    async with person(home, last=True) as someone:
        await someone.sees("forked from “Why is the sea salt?”", "With time.")
        assert someone.conversation.id == forked


async def test_a_fork_of_a_question_waits_for_its_answer(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."), ("And?", "So."))
        await someone.press("ctrl+up", "ctrl+up", "/")
        for key in "fork":
            await someone.press(key)
        await someone.press("enter")
        await someone.sees("forked from “Why?”", "Not answered yet")
        assert asked(someone) == ["Why?", "And?"]
        someone.server.then(*saying("Otherwise."))
        await someone.press("ctrl+g")
        await someone.done()
        await someone.sees("Otherwise.")


async def test_a_fork_leaves_a_reply_that_is_being_written_alone(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "Because."))
        someone.server.then(held("Word " * 400))
        await someone.says("Go.", wait=False)
        await someone.sees("Word Word")
        await someone.commands("/fork")
        await someone.hears("That reply is being written")
        first = someone.conversation.id
        await someone.press("f12", "ctrl+home", "down", "f")
        await someone.until(lambda: someone.conversation.id != first)
        assert asked(someone) == ["Why?"]
        await someone.chat.keeping.load(first)
        await someone.press("escape")
        await someone.done()


# -- differences


async def test_what_differs_between_two_answers_is_shown(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why?", "The rain takes salt from the rocks.\n\nThat is all.\n\n" + "Same.\n\n" * 30))
        await someone.commands("/diff")
        await someone.hears("There is only one answer here")
        more = "The rain takes salt from old rocks.\n\nThat is all.\n\n" + "Same.\n\n" * 30
        someone.server.then(*saying(more, "Nothing alike"))
        await someone.press("shift+f7")
        await someone.done()
        await someone.commands("/diff")
        await someone.until(lambda: isinstance(someone.screen, DiffScreen))
        await someone.sees(
            "answer 1 of 2 · opus-5.5 → answer 2 of 2 · opus-5.5", "from theold rocks.", "lines the same"
        )
        styles = {
            segment.text.strip(): segment.style
            for strip in someone.app.screen._compositor.render_strips()
            for segment in strip
            if segment.text.strip() in ("the", "old")
        }
        assert styles["the"] is not None and styles["the"].strike
        assert styles["old"] is not None and styles["old"].underline
        await someone.press("n", "n", "p", "down", "pagedown", "escape")
        await someone.press("shift+f7")
        await someone.done()
        await someone.commands("/diff")
        await someone.sees("answer 2 of 3", "→ answer 3 of 3", "← → another pair")
        await someone.press("left", "left")
        await someone.sees("answer 1 of 3", "→ answer 2 of 3")
        await someone.pilot.resize_terminal(30, 12)
        await someone.sees("old")
        await someone.press("q")
        await someone.until(lambda: someone.screen is someone.app.chat_screen)


async def test_questions_are_compared_where_one_stands_on_one(home: Path) -> None:
    async with person(home) as someone:
        await talks(someone, ("Why is it salt?", "Because."))
        await someone.press("f7")
        someone.server.then(*saying("Thus."))
        await someone.types(" And sweet?")
        await someone.press("enter")
        await someone.done()
        await someone.commands("/diff")
        await someone.sees("question 1 of 2 → question 2 of 2", "Why is it salt? And sweet?")
