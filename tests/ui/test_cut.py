"""A reply that was cut, by Esc or by a crash: one key goes on, one keeps what came, one sets it aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.demo import Faithful, Hang
from claude_tui.store import Recovered, Store
from tests.support.driver import WORDS, Person, conversation_of, person

pytestmark = pytest.mark.anyio

TEXT = WORDS * 20


async def regrets(someone: Person, question: str) -> None:
    """Ask, and press Esc before the first word."""
    someone.server.then(Hang(20))
    sent = len(someone.requests)
    if not someone.typed:
        await someone.types(question)
    await someone.press("enter")
    await someone.until(lambda: len(someone.requests) > sent)
    await someone.press("escape")
    await someone.done()
    await someone.until(lambda: someone.typed == question)


@pytest.mark.parametrize("key", ["ctrl+g", "enter"])
async def test_an_esc_before_the_first_word_is_undone_by_one_key(home: Path, key: str) -> None:
    async with person(home, script=Faithful(TEXT)) as someone:
        await regrets(someone, "A question")
        assert "┃ A question" not in someone.text, "it clutters the conversation"
        await regrets(someone, "A question")
        await someone.press(key)
        await someone.done()
        assert someone.reply == TEXT and someone.typed == ""
        assert someone.text.count("┃ A question") <= 1
        asked = [node for node in someone.conversation.nodes.values() if node.origin == "typed"]
        assert len(asked) == 1, "each try left a question in the tree"
        assert not [one.problem for one in someone.server.requests if one.problem]


async def test_a_question_that_came_back_and_was_changed_is_another(home: Path) -> None:
    async with person(home, script=Faithful(TEXT)) as someone:
        await someone.says("The first")
        await regrets(someone, "A question")
        await someone.press("!")
        await someone.press("ctrl+g")
        await someone.hears("nothing to continue")
        await someone.press("enter")
        await someone.done()
        assert [node.content[0].text for node in someone.conversation.path() if node.origin == "typed"] == [  # type: ignore[union-attr]
            "The first",
            "A question!",
        ]
        assert not [one.problem for one in someone.server.requests if one.problem]


def cut(name: str, *, answers: int = 0) -> Conversation:
    """A conversation whose last reply a crash cut, with so many whole answers beside it."""
    conversation = conversation_of(2, id=name, title=f"Talk {name}")
    question = Node(f"q-{name}", conversation.head_id, "user", (TextBlock("And then?"),), "typed", created_at=8)
    conversation = conversation.with_node(question)
    for number in range(answers):
        whole = Node(f"a{number}-{name}", question.id, "assistant", (TextBlock(f"Whole {number}."),), "model",
                     model="claude-opus-5-5", stop_reason="end_turn", created_at=9)  # fmt: skip
        conversation = conversation.with_node(whole)
    ending = {"ending": {"cause": "gone", "detail": "", "kind": ""}}
    reply = Node(f"r-{name}", question.id, "assistant", (TextBlock(TEXT[:300]),), "model", "interrupted",
                 model="claude-opus-5-5", created_at=9, facts=ending)  # fmt: skip
    return conversation.with_node(reply)


def crashed(*conversations: Conversation) -> object:
    """What a store holds that was opened after a crash."""

    def seed(store: Store) -> None:
        for one in conversations:
            store.create(one).result(5)
            store.add(one.id, list(one.nodes.values()), head_id=one.head_id).result(5)
            store.recovered.append(Recovered(one.id, str(one.head_id), one.title, 300))

    return seed


async def test_after_a_crash_one_key_goes_on(home: Path) -> None:
    async with person(home, script=Faithful(TEXT), seed=crashed(cut("one"))) as someone:  # type: ignore[arg-type]
        await someone.sees("A reply was cut", "Talk one", "300 characters", "Ctrl+G", "Esc", "F8")
        await someone.press("ctrl+g")
        await someone.until(lambda: someone.chat.conversation is not None and not someone.busy)
        assert someone.reply == TEXT
        assert not [one.problem for one in someone.server.requests if one.problem]


async def test_after_a_crash_one_key_keeps_what_came(home: Path) -> None:
    async with person(home, seed=crashed(cut("one"), cut("two"))) as someone:  # type: ignore[arg-type]
        await someone.sees("Talk two", "and 1 more")
        await someone.press("escape")
        await someone.hears("Kept: “Talk two”")
        await someone.sees("Talk one")
        await someone.commands("/keep")
        await someone.until(lambda: "was cut" not in "\n".join(someone.lines[:12]))
        await someone.press("ctrl+o")
        await someone.sees("Talk one", "cut")
        kept = await someone.chat.wait(someone.session.store.load("two"))
        assert kept is not None and kept.head_id == "r-two"


async def test_after_a_crash_one_key_discards_it_and_it_comes_back(home: Path) -> None:
    async with person(home, script=Faithful("A fresh answer."), seed=crashed(cut("one"))) as someone:  # type: ignore[arg-type]
        await someone.sees("F8 discards it")
        await someone.press("f8")
        await someone.hears("set aside; /restore")
        await someone.until(lambda: "was cut" not in "\n".join(someone.lines[:12]))
        await someone.chat.keeping.load("one")
        await someone.sees("And then?", "Not answered yet — Ctrl+G asks")
        await someone.commands("/restore")
        await someone.sees("Cut after 300 characters when the program ended", "F8")
        await someone.press("f8")
        await someone.sees("Not answered yet")
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply == "A fresh answer."
        await someone.commands("/previous")
        await someone.sees("Cut after 300 characters")
        assert not [one.problem for one in someone.server.requests if one.problem]


async def test_a_discarded_reply_gives_way_to_the_answer_there_was(home: Path) -> None:
    seed = crashed(cut("one", answers=2))
    async with person(home, seed=seed, last=True) as someone:  # type: ignore[arg-type]
        await someone.sees("Cut after 300 characters")
        await someone.commands("/discard")
        await someone.sees("Whole 1.")
        await someone.commands("/discard")
        await someone.hears("There is no cut reply here.")


async def test_a_discarded_continuation_leaves_what_it_went_on_from(home: Path) -> None:
    conversation = cut("one")
    ask = Node("ask", conversation.head_id, "user", (TextBlock("Go on."),), "continue", created_at=10)
    head = conversation.head
    assert head is not None
    more = replace(head, id="more", parent_id="ask", content=(TextBlock(TEXT[300:400]),))
    async with person(home, seed=crashed(conversation.with_node(ask).with_node(more)), last=True) as someone:  # type: ignore[arg-type]
        await someone.press("f8")
        await someone.until(lambda: someone.conversation.head_id == "r-one")
        await someone.sees("Cut after 300 characters")


async def test_where_nothing_was_answered_no_reply_is_called_complete(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("ctrl+g")
        await someone.hears("There is no reply yet: there is nothing to continue.")
