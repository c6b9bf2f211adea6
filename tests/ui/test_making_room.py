"""A context that is nearly full is said early, and each way on from it works, through the strict server."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Node
from claude_tui.core.estimate import weigh
from claude_tui.core.forking import shortened
from claude_tui.core.message import TextBlock, ToolUseBlock, visible_text
from claude_tui.core.room import SUMMARY, is_compacted, last_part
from claude_tui.demo import Faithful, Reply
from claude_tui.paths import Paths
from tests.support.driver import Person, conversation_of, held, person

pytestmark = pytest.mark.anyio

LONG_QUESTION = "Why is the sea salt, and the lakes are not? " * 30
"""About 430 tokens."""


def small_context(tokens: int) -> None:
    """A model with room for little."""
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'[models."claude-opus-5-5"]\ncontext = {tokens}\n')


def sent(someone: Person) -> list[tuple[str, str]]:
    """The messages of the last request: who, and how the text begins."""
    messages: list[Any] = someone.requests[-1]["messages"]
    return [(message["role"], message["content"][-1]["text"][:24]) for message in messages]


def problems(someone: Person) -> list[str]:
    return [one.problem for one in someone.server.requests if one.problem]


async def talk(someone: Person, turns: int = 3) -> None:
    for number in range(turns):
        await someone.says(f"Question {number}. {LONG_QUESTION}")


async def test_it_is_said_from_eighty_percent_on_with_the_way_out(home: Path) -> None:
    small_context(1_400)
    async with person(home, script=Faithful("Rivers.", "Salt, I think.")) as someone:
        await talk(someone, 2)
        assert "full" not in someone.foretold
        await talk(someone, 1)
        await someone.until(lambda: "% full: /context" in someone.foretold)
        await someone.commands("/context")
        await someone.sees("Context: ", "% full", "Go on from a summary", "Go on without the beginning")
        await someone.press("escape")


async def test_a_new_conversation_begins_with_the_summary_the_model_made(home: Path) -> None:
    async with person(home, script=Faithful("Rivers carry it.", "Salt, I think.")) as someone:
        await talk(someone)
        before = someone.conversation
        someone.server.then(Reply([{"type": "text", "text": "We spoke of salt; it comes by the rivers."}]))
        await someone.commands("/context")
        await someone.sees("Go on from a summary")
        await someone.press("enter")
        await someone.until(lambda: someone.conversation.id != before.id)
        await someone.hears("which stays as it is")
        assert someone.conversation.title == f"{before.title} (summary)"
        await someone.says("And now?")
        assert sent(someone) == [
            ("user", SUMMARY[:24]),
            ("assistant", "We spoke of salt; it com"),
            ("user", "And now?"),
        ]
        assert problems(someone) == []
        old = await someone.chat.wait(someone.session.store.load(before.id))
        assert old is not None and len(old.path()) == 8, "the summary is its last answer"
        assert {node.id for node in before.path()} < set(old.nodes)
        spent = await someone.chat.wait(someone.session.store.spent())
        assert len(spent) == 5, "what was copied is not paid again"


async def test_what_the_conversation_was_asked_with_goes_with_it(home: Path) -> None:
    async with person(home, script=Faithful("Rivers carry it.")) as someone:
        await someone.commands("/system Be brief.")
        await someone.commands("/model sonnet")
        await talk(someone, 2)
        before = someone.conversation.id
        await someone.commands("/context summary")
        await someone.until(lambda: someone.conversation.id != before)
        await someone.says("And now?")
        assert someone.requests[-1]["system"] == "Be brief." and someone.requests[-1]["model"] == "claude-sonnet-5-5"


async def test_a_summary_that_is_stopped_opens_nothing_and_one_that_is_there_is_used(home: Path) -> None:
    async with person(home, script=Faithful("Rivers carry it.")) as someone:
        await talk(someone, 2)
        before = someone.conversation.id
        someone.server.then(held("A summary. " * 300, 300))
        await someone.commands("/context summary")
        await someone.sees("A summary. A summary.")
        await someone.press("escape")
        await someone.done()
        assert someone.conversation.id == before
        someone.server.then(held("A summary. " * 30, 100))
        await someone.commands("/context summary")
        await someone.sees("A summary. A summary.")
        someone.chat.open_conversation(None)
        someone.server.let_go(99)
        await someone.hears("is done.")
        asked = len(someone.requests)
        await someone.chat.keeping.load(before)
        await someone.commands("/context summary")
        await someone.until(lambda: someone.chat.conversation is not None and someone.conversation.id != before)
        assert len(someone.requests) == asked and someone.reply.startswith("A summary.")


async def test_the_beginning_is_dropped_where_that_may_be_sent(home: Path) -> None:
    small_context(4_000)
    async with person(home, script=Faithful("Rivers carry it.", "Salt, I think.")) as someone:
        await talk(someone, 6)
        before = someone.conversation
        assert [node for node in before.path() if len(node.content) == 2], "thinking, bound to what stands before it"
        await someone.commands("/context drop")
        await someone.until(lambda: someone.conversation.id != before.id)
        kept = someone.conversation.path()
        assert 2 <= len(kept) < len(before.path()) and visible_text(kept[-2].content).startswith("Question 5.")
        assert "full" not in someone.foretold
        await someone.says("And now?")
        assert len(sent(someone)) == len(kept) + 1 and sent(someone)[0][1].startswith("Question ")
        assert problems(someone) == []
        spent = await someone.chat.wait(someone.session.store.spent())
        assert len(spent) == 7


async def listed(someone: Person) -> None:
    """The API said what its models can do."""
    await asyncio.to_thread(someone.session.list_models, 0)


def compactions(body: dict[str, Any]) -> int:
    """How many summaries of the API's own a request carries back."""
    return sum(block["type"] == "compaction" for message in body["messages"] for block in message["content"])


async def test_the_api_makes_room_by_itself_once_that_is_allowed(home: Path) -> None:
    small_context(60_000)
    async with person(home, script=Faithful("Rivers carry it.", "Salt, I think.")) as someone:
        await listed(someone)
        await someone.says("Why? " * 44_000)
        head = someone.conversation.head
        assert head is not None and head.usage.context_tokens > 50_000 and "full: /context" in someone.foretold
        await someone.commands("/context")
        await someone.sees("Let the API make room by itself")
        await someone.press("escape")
        await someone.commands("/context compact")
        await someone.says("And now?")
        assert "context_management" in someone.requests[-1]
        assert someone.server.requests[-1].headers["anthropic-beta"] == "compact-2026-01-12"
        head = someone.conversation.head
        assert head is not None and is_compacted(head) and head.usage.context_tokens < 1_000
        assert "full" not in someone.foretold, "what the API does not read fills nothing"
        await someone.press("h")
        assert re.match(r"≈\d\d\d? tokens", someone.foretold), someone.foretold
        await someone.press("ctrl+c")
        await someone.press("f4")
        await someone.sees("Receipt 2 of 2", "compaction")
        await someone.press("escape")
        await someone.says("And then?")
        assert compactions(someone.requests[-1]) == 1 and problems(someone) == []
        head = someone.conversation.head
        assert head is not None and head.usage.context_tokens < 1_000
        await someone.commands("/context compact")
        await someone.says("With all of it?")
        assert compactions(someone.requests[-1]) == 0 and "context_management" not in someone.requests[-1]
        assert problems(someone) == [], "what the API made of it is not sent where it is not asked for"
        head = someone.conversation.head
        assert head is not None and head.usage.context_tokens > 50_000


async def test_it_is_offered_only_where_the_api_says_so(home: Path) -> None:
    async with person(home, script=Faithful("Rivers carry it.")) as someone:
        await someone.says("Why?")
        await someone.commands("/context compact")
        await someone.hears("The API does not say that it can do that for Claude Opus 5.5.")
        await listed(someone)
        await someone.commands("/model claude-haiku-4-5")
        await someone.commands("/context")
        await someone.sees("Go on from a summary")
        assert "Let the API make room" not in someone.text


async def test_another_model_that_cannot_do_it_gets_all_of_it(home: Path) -> None:
    async with person(home, script=Faithful("Rivers carry it.")) as someone:
        await listed(someone)
        await someone.says("Why?")
        await someone.commands("/context compact")
        someone.server.then(Reply([{"type": "compaction", "content": "Salt."}, {"type": "text", "text": "Rivers."}]))
        await someone.says("And now?")
        await someone.commands("/model claude-haiku-4-5")
        await someone.says("And then?")
        assert compactions(someone.requests[-1]) == 0 and "context_management" not in someone.requests[-1]
        await someone.commands("/model claude-opus-5-5")
        await someone.says("And once more?")
        assert problems(someone) == []


async def test_a_single_question_has_no_beginning_to_drop(home: Path) -> None:
    async with person(home, script=Faithful("Rivers carry it.")) as someone:
        await talk(someone, 1)
        await someone.commands("/context drop")
        await someone.hears("nothing before the last question")
        await someone.commands("/context nonsense")
        await someone.hears("/context summary, drop or compact")
        await someone.commands("/new")
        await someone.commands("/context")
        await someone.hears("There is no conversation yet.")


def test_at_most_half_of_the_context_is_kept_and_at_least_the_last_question() -> None:
    def tokens(node: Node) -> float:
        return weigh(node).said * 1.3 / 1000

    path = conversation_of(10, lambda number: "word " * 800).path()  # about 1,300 tokens each

    def kept(context: int) -> int:
        from_id = last_part(path, tokens, context)
        return sum(node.origin == "typed" for node in path[[node.id for node in path].index(from_id or path[0].id) :])

    assert kept(1_000) == 1 and kept(100_000) == 10
    assert 3 <= kept(10_000) <= 5
    assert last_part(path[:2], tokens, 100) is None and last_part((), tokens, 100) is None


def test_a_turn_that_waits_for_a_tool_is_not_shortened() -> None:
    conversation = conversation_of(2)
    last = conversation.path()[-2]
    call = Node(
        "t", last.id, "assistant", (TextBlock("Let me see."), ToolUseBlock("u", "count", {})), "model",
        stop_reason="tool_use",
    )  # fmt: skip
    assert shortened(conversation.with_node(call), last.id, lambda: "n", 1, "Short") is None
    assert shortened(conversation, conversation.path()[-1].id, lambda: "n", 1, "Short") is None, "an answer"
