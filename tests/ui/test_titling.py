"""Titles that a small model thinks of: only where the config allows it, never over a person's, paid and told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.catalogue import Catalogue, read_listing
from claude_tui.core.models import cheapest_model
from claude_tui.core.pricing import Cost
from claude_tui.demo import Failure, Hang, Reply
from claude_tui.paths import Paths
from claude_tui.turn.title import LONGEST, title_in
from tests.support.driver import Person, held, person

pytestmark = pytest.mark.anyio


def allow(home: Path) -> None:
    config = Paths.default(demo=False).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("titles = true\n")


def saying(*texts: str) -> list[Reply]:
    return [Reply([{"type": "text", "text": text}]) for text in texts]


async def title(someone: Person) -> str:
    rows = await someone.chat.wait(someone.session.store.recent())
    return rows[0].title


async def noted(someone: Person, words: str) -> None:
    """Wait until the title's note says this."""
    await someone.until(lambda: words in someone.chat.titling.notes.get(someone.conversation.id, ""))


async def test_no_title_is_asked_for_unless_it_is_allowed(home: Path) -> None:
    async with person(home) as someone:
        await someone.says("Why is the sea salt?")
        assert not someone.session.config.titles and not someone.chat.titling._asked
        assert len(someone.requests) == 1 and await title(someone) == "Why is the sea salt?"


async def test_the_cheapest_model_thinks_of_one_after_the_first_answer(home: Path) -> None:
    allow(home)
    async with person(home, size=(80, 50)) as someone:
        someone.server.then(*saying("From the rocks.", "“Salt of the sea.”", "And so on."))
        await someone.says("Why is the sea salt?")
        await noted(someone, "by haiku-5.5, $0.0")
        assert await title(someone) == someone.conversation.title == "Salt of the sea"
        asked = someone.requests[1]
        assert asked["model"] == "claude-haiku-5-5" and asked["thinking"] == {"type": "disabled"}
        assert "From the rocks." in asked["messages"][0]["content"][0]["text"] and "cache_control" not in asked
        assert [one.problem for one in someone.server.requests if one.problem] == []
        assert len(someone.conversation.nodes) == 2, "it is no part of the tree"
        await someone.says("And then?")
        assert len(someone.requests) == 3 and "title" not in str(someone.requests[2]["messages"])
        ledger = await someone.chat.wait(someone.session.store.spent())
        assert [each.kind for each in ledger] == ["reply", "title", "reply"]
        assert ledger[1].model == "claude-haiku-5-5" and ledger[1].node_id == "" and float(ledger[1].cost_usd or 0) > 0
        paid = sum(Decimal(each.cost_usd or 0) for each in ledger)
        await someone.until(lambda: someone.chat.screen.status._view.conversation_cost == Cost(paid))
        await someone.commands("/cost")
        await someone.sees("of it titles")
        await someone.press("escape")
        await someone.commands("/receipt")
        await someone.press("left")
        await someone.sees("by haiku-5.5")


async def test_a_title_given_while_a_reply_is_written_is_the_title_on_the_screen_too(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks."), held("word " * 100, 300))
        await someone.says("Why is the sea salt?")
        await someone.says("And the lakes?", wait=False)
        await someone.sees("word word")
        await someone.commands("/rename Mine")
        asked = someone.conversation.id
        someone.chat.open_conversation(None)
        assert "“Mine” is being written" in someone.chat.elsewhere.sentence(None, "")
        assert await someone.chat.keeping.load(asked) and someone.conversation.title == "Mine"
        someone.server.let_go()
        await someone.done()
        assert await title(someone) == someone.conversation.title == "Mine"


async def test_a_title_that_a_person_gave_stays(home: Path) -> None:
    allow(home)
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks."), Hang(0.3), *saying("Another"))
        await someone.says("Why is the sea salt?", wait=False)
        await someone.until(lambda: len(someone.requests) == 2)
        await someone.commands("/rename Mine")
        await someone.until(lambda: someone.conversation.id in someone.chat.titling.notes)
        assert await title(someone) == someone.conversation.title == "Mine"
    async with person(home) as someone:
        someone.server.then(*saying("Because."))
        await someone.types("Why?")
        await someone.press("enter")
        await someone.commands("/rename Before it was asked")
        await someone.done()
        await someone.until(lambda: someone.conversation.id in someone.chat.titling.notes or len(someone.requests) == 2)
        await someone.until(lambda: someone.conversation.id in someone.chat.titling.notes)
        assert await title(someone) == "Before it was asked"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Failure(529, "overloaded_error", "Overloaded"), "verloaded"),
        (Reply([{"type": "text", "text": "Here is one:\nSalt"}]), "no title"),
        (Reply([{"type": "text", "text": "x" * 300}], "max_tokens"), "no title"),
        (Reply([], "refusal"), "no title"),
    ],
)
async def test_what_goes_wrong_is_noted_and_disturbs_nobody(home: Path, answer: Reply | Failure, why: str) -> None:
    allow(home)
    async with person(home, size=(80, 50)) as someone:
        someone.server.then(*saying("From the rocks."), answer)
        await someone.says("Why is the sea salt?")
        await noted(someone, why)
        assert someone.told == [] and await title(someone) == "Why is the sea salt?"
        assert len(someone.requests) == 2, "it is asked once"
        await someone.commands("/receipt")
        await someone.sees("not improved by haiku-5.5")


async def test_quitting_while_it_is_thought_of_loses_nothing(home: Path) -> None:
    allow(home)
    async with person(home) as someone:
        someone.server.then(*saying("From the rocks."), Hang(20))
        await someone.says("Why is the sea salt?")
        await someone.until(lambda: len(someone.requests) == 2)
    async with person(home, last=True) as someone:
        await someone.sees("From the rocks.")
        assert await title(someone) == "Why is the sea salt?" and not someone.session.store.recovered


async def test_neither_a_cut_answer_nor_a_second_one_nor_a_fork_gets_one(home: Path) -> None:
    allow(home)
    async with person(home) as someone:
        someone.server.then(Reply([{"type": "text", "text": "Half"}], "max_tokens"))
        await someone.says("Why?")
        assert not someone.chat.titling._asked
        someone.server.then(*saying("Half", "Whole and all, from the beginning to the end of it.", "A title"))
        await someone.press("shift+f7")
        await someone.done()
        await someone.until(lambda: someone.chat.titling._asked)
        await noted(someone, "")
        asked = len(someone.chat.titling._asked)
        await someone.commands("/fork")
        await someone.sees("forked from")
        someone.server.then(*saying("Anew."))
        await someone.press("shift+f7")
        await someone.done()
        assert len(someone.chat.titling._asked) == asked


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Salt of the sea", "Salt of the sea"),
        ("  “Salt of the sea.”\n", "Salt of the sea"),
        ("Title: **Salt**", "Salt"),
        ("# Salt", "Salt"),
        ("海はなぜ塩辛いのか", "海はなぜ塩辛いのか"),
        ("C# or C++?", "C# or C++?"),
        ("Salt\x1b]0;stolen\x07", ""),
        ("One\nTwo", ""),
        ("", ""),
        ("...", ""),
        ("x" * (LONGEST + 1), ""),
    ],
)
async def test_what_is_a_title(said: str, found: str) -> None:
    assert title_in(said) == found


async def test_the_cheapest_model_is_one_in_service() -> None:
    day = date(2026, 11, 21)

    def cheapest(*listed: str, **own: Any) -> str | None:
        found = cheapest_model(day, Catalogue(read_listing([{"id": id} for id in listed]), own).models)
        return found and found.id

    assert cheapest() == "claude-haiku-5-5" == cheapest("claude-haiku-5-5", "claude-opus-5")
    assert cheapest("claude-opus-5", "claude-opus-4-8", "claude-sonnet-5") == "claude-sonnet-5"
    cheap = {"claude-opus-5": {"prices": {"input": 0, "output": 0}}}
    assert cheapest("claude-opus-5", "claude-sonnet-5", **cheap) == "claude-opus-5"
    assert cheapest("somebodys-own") is None
    gone = read_listing([{"id": "claude-haiku-5-5", "lifecycle": "retired"}, {"id": "claude-opus-5"}])
    found = cheapest_model(day, Catalogue(gone).models)
    assert found is not None and found.id == "claude-opus-5"
