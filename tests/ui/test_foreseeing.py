"""What a question costs before it is sent: told at every key, counted when nobody types, and never in the way."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.attached import Kept
from claude_tui.core.catalogue import read_listing
from claude_tui.core.conversation import Conversation
from claude_tui.core.message import Usage
from claude_tui.demo import DemoServer, Failure, Faithful, Hang
from claude_tui.listing import Listing
from claude_tui.paths import Paths
from claude_tui.session import now_ms
from claude_tui.store import Store
from claude_tui.ui.chat import foreseeing
from claude_tui.ui.widgets.rule import Foretold, rule_line
from claude_tui.ui.words.cache_words import life_left, next_change
from claude_tui.wishes import Wishes
from tests.support.driver import Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio

QUESTION = "Why is the sea salt, and the lakes are not? "


def tokens(said: str) -> int:
    """The first figure of what is foretold."""
    found = re.search(r"≈?([\d.]+)(k|M)?( tokens)?\b", said)
    assert found, said
    return round(float(found[1]) * {"k": 1_000, "M": 1_000_000}.get(found[2], 1))


def warm(turns: int = 3, size: int = 400_000, ago: int = 60_000, **asked: Any) -> Conversation:
    """A conversation whose last request was so long ago, and so large."""
    conversation = conversation_of(turns)
    head = conversation.head
    assert head is not None
    request = {
        "model": "claude-opus-5-5",
        "max_tokens": 32_000,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "cache_control": {"type": "ephemeral"},
        **asked,
    }
    counts = {"input_tokens": 8, "cache_read_input_tokens": size - 500, "cache_creation_input_tokens": 500}
    usage = Usage({**counts, "output_tokens": 90})
    return conversation.with_node(replace(head, usage=usage, facts={"request": request}, created_at=now_ms() - ago))


def seeded(conversation: Conversation) -> Any:
    def seed(store: Store) -> None:
        keep(store, conversation)

    return seed


async def missed_by(someone: Person) -> float:
    """By what share of what is read the figure before Enter is wrong, once it is sent."""
    told = tokens(someone.foretold)
    await someone.press("enter")
    await someone.done()
    head = someone.conversation.head
    assert head is not None
    return abs(told - head.usage.context_tokens) / head.usage.context_tokens


async def test_every_key_tells_what_would_be_sent(home: Path) -> None:
    async with person(home) as someone:
        assert someone.foretold == ""
        await someone.press("h", "i")
        first = someone.foretold
        assert re.match(r"≈\d+ tokens ·\s+≈\$0\.0000\d$", first), first
        await someone.types(QUESTION * 100)
        assert tokens(someone.foretold) > 1_000 and "≈$0.00" in someone.foretold
        await someone.press("ctrl+c")
        assert someone.foretold == "", "nothing is typed"
        await someone.types("/model")
        assert someone.foretold == "", "a command is not sent"


async def test_the_next_figure_is_right_after_one_usage_whatever_the_tokenizer(home: Path) -> None:
    for scale in (0.7, 1.0, 1.6):
        server = DemoServer(pace=0, script=Faithful("The rivers carry it there. " * 60), scale=scale)
        async with person(home / str(scale), server=server, size=(100, 24)) as someone:
            await someone.types(QUESTION * 60)
            assert someone.foretold.startswith("≈"), "nothing was counted yet"
            await someone.press("enter")
            await someone.done()
            await someone.types(QUESTION * 40)
            assert await missed_by(someone) < 0.10, scale


async def test_what_was_learned_of_a_model_holds_after_a_restart(home: Path) -> None:
    """In a new conversation, and in the one that goes on."""
    server = DemoServer(pace=0, script=Faithful("The rivers carry it there. " * 60), scale=1.6)
    async with person(home, server=server, size=(100, 24)) as someone:
        await someone.says(QUESTION * 60)
        await someone.types("And")
        kept = Paths.default(demo=False).state_file
        await someone.until(lambda: kept.exists() and "factors" in kept.read_text())
        await someone.press("ctrl+c")
    for again in ({}, {"last": True}):
        server = DemoServer(pace=0, script=Faithful("The rivers carry it there. " * 60), scale=1.6)
        async with person(home, server=server, size=(100, 24), **again) as someone:
            await someone.types(QUESTION * 40)
            assert await missed_by(someone) < 0.10, again


async def test_what_the_cache_saves_and_how_long_it_lives_is_told(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm()), size=(80, 24)) as someone:
        assert "cache 4 m" in someone.status or "cache 5 m" in someone.status
        assert someone.foretold == "", "quiet while nothing is typed"
        await someone.press("h")
        assert re.search(r"≈400k tokens ·\s+≈\$0\.08\d · the cache saves ≈\$1\.5", someone.foretold), someone.foretold
        assert all(len(line) <= 80 for line in someone.lines)


async def test_a_cold_cache_is_told_in_money_before_anything_is_typed(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm(ago=6 * 60_000))) as someone:
        assert "cache" not in someone.status
        assert someone.foretold == "the cache is cold: ≈$1.92 more"
        await someone.press("h")
        assert someone.foretold.endswith("the cache is cold: ≈$1.92 more") and "≈400k tokens" in someone.foretold
        assert "≈$2.00" in someone.foretold


async def test_a_cold_cache_of_a_short_conversation_is_not_worth_a_word(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm(size=2_000, ago=6 * 60_000))) as someone:
        assert someone.foretold == ""


async def test_a_setting_that_loses_the_cache_says_so_and_what_that_costs(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm()), size=(100, 24)) as someone:
        await someone.commands("/effort low")
        assert "the cache is lost (another effort): ≈$1.92 more" in someone.foretold
        assert "cache 5 m" not in someone.status and "cache 4 m" not in someone.status
        await someone.commands("/system Be brief.")
        assert "lost (another system prompt, another effort)" in someone.foretold


async def test_the_clock_runs_out_by_itself(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm(ago=299_000))) as someone:
        await someone.until(lambda: "the cache is cold" in someone.foretold)
        assert "cache" not in someone.status


async def test_a_large_context_is_told_with_a_way_out(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm(size=830_000))) as someone:
        assert someone.foretold.startswith("context 83 % full")


async def test_a_question_asked_otherwise_costs_what_stands_before_it(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm(turns=40))) as someone:
        await someone.press("f7")
        await someone.until(lambda: someone.chat.drafts.editing is not None)
        assert tokens(someone.foretold) < 10_000, "not the answer that it had"


async def test_nothing_is_foretold_while_a_reply_is_written(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held("word " * 100, 100))
        await someone.says("Go.", wait=False)
        await someone.sees("word word")
        await someone.press("h", "i")
        assert someone.foretold == ""
        someone.server.let_go(99)
        await someone.done()
        assert "tokens" in someone.foretold, "what was typed meanwhile"


# counted by the API


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseeing, "IDLE", 0.05)
    monkeypatch.setattr(foreseeing, "_PATIENCE", 300.0)  # the SDK is to be loaded, on a busy machine


async def test_it_is_counted_when_nobody_types_and_then_needs_no_mark(home: Path, soon: None) -> None:
    async with person(home, counts=True, server=DemoServer(pace=0, scale=1.5), size=(100, 24)) as someone:
        await someone.types(QUESTION * 50)
        await someone.until(lambda: someone.foretold and not someone.foretold.startswith("≈"))
        [asked] = someone.counts
        assert asked["messages"][-1]["content"][0]["text"] == QUESTION * 50 and "max_tokens" not in asked
        counted = tokens(someone.foretold)
        await someone.press("!")
        assert someone.foretold.startswith("≈") and abs(tokens(someone.foretold) - counted) <= 10
        await asyncio.sleep(0.3)
        assert len(someone.counts) == 1, "one more letter is not worth a request"
        await someone.press("enter")
        await someone.done()
        head = someone.conversation.head
        assert head is not None and abs(head.usage.context_tokens - counted) <= 10
        assert [one.problem for one in someone.server.requests if one.problem] == []


async def test_a_count_is_dropped_when_the_text_changes_and_there_is_never_more_than_one(
    home: Path, soon: None
) -> None:
    async with person(home, counts=True, server=DemoServer(pace=0)) as someone:
        someone.server.then_count(Hang(600))
        await someone.types(QUESTION)
        await someone.until(lambda: len(someone.counts) == 1)
        await someone.types(QUESTION * 30)
        await someone.until(lambda: someone.foretold and not someone.foretold.startswith("≈"))
        assert len(someone.counts) == 2 and someone.counts[1]["messages"][-1]["content"][0]["text"] == QUESTION * 31
        assert someone.chat.foresight._counting is None and someone.told == []


@pytest.mark.parametrize("status", [429, 500, 401, 529])
async def test_a_count_that_fails_is_silent_and_not_asked_for_again_at_once(
    home: Path, soon: None, status: int
) -> None:
    async with person(home, counts=True, server=DemoServer(pace=0)) as someone:
        someone.server.then_count(*[Failure(status, "api_error", "No.")] * 50)
        await someone.types(QUESTION)
        await someone.until(lambda: someone.chat.foresight._failures == 1)
        for _ in range(3):
            await someone.types(QUESTION)
            await asyncio.sleep(0.1)
        assert len(someone.counts) == 1 and someone.told == [] and someone.foretold.startswith("≈")
        await someone.press("enter")
        await someone.done()
        assert someone.reply


async def test_counts_that_always_fail_end(home: Path, soon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseeing, "_REST", 0.0)
    async with person(home, counts=True, server=DemoServer(pace=0)) as someone:
        someone.server.then_count(*[Failure(429, "rate_limit_error", "No.")] * 50)
        for _ in range(8):
            failed = someone.chat.foresight._failures
            await someone.types(QUESTION)
            if failed < foreseeing._FAILURES:
                await someone.until(lambda failed=failed: someone.chat.foresight._failures == failed + 1)
        await asyncio.sleep(0.2)
        assert len(someone.counts) == foreseeing._FAILURES


async def test_a_count_that_hangs_holds_nothing_up(home: Path, soon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseeing, "_PATIENCE", 0.2)
    async with person(home, counts=True, server=DemoServer(pace=0)) as someone:
        someone.server.then_count(Hang(600))
        await someone.types(QUESTION)
        await someone.until(lambda: someone.chat.foresight._failures == 1)
        await someone.says("Go.")
        assert someone.reply and someone.told == []


async def test_where_the_config_forbids_it_nothing_typed_is_told_to_the_api(home: Path, soon: None) -> None:
    async with person(home, counts=False) as someone:
        await someone.types(QUESTION)
        await asyncio.sleep(0.3)
        assert someone.counts == []


# the line, and the words


def shown(*foretold: Foretold, said: str = "", width: int = 80) -> str:
    line = "".join(text for text, _ in rule_line(foretold, said, width))
    assert len(line) == width
    return line


FIGURES = (
    Foretold("≈12.4k tokens", "≈12.4k"),
    Foretold(" ≈$0.041", " ≈$0.041"),
    Foretold("the cache is cold: ≈$0.40 more", warns=True),
)


@pytest.mark.parametrize(("size", "asked"), [(30_000_000, 0), (100, 1)])
async def test_large_files_of_a_conversation_are_not_sent_for_a_count_alone(
    home: Path, size: int, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = conversation_of(1)
    [question] = [node for node in conversation.path() if node.origin == "typed"]
    block = Kept("a" * 64, "image/png", size, "sea.png", 300, 200).block()
    conversation = conversation.with_node(replace(question, content=(*question.content, block)))
    tried: list[object] = []

    async def ask(*given: object) -> None:
        tried.append(given)

    monkeypatch.setattr(foreseeing.Foresight, "_ask", ask)
    async with person(home, counts=True, seed=seeded(conversation), last=True) as someone:
        foresight = someone.chat.foresight
        await someone.types(QUESTION * 500)
        await someone.until(lambda: foresight._typed.text == QUESTION * 500)
        foresight._count()
        await asyncio.sleep(0)
        assert len(tried) == asked


async def test_another_list_of_models_is_another_forecast(home: Path) -> None:
    async with person(home) as someone:
        await someone.types(QUESTION * 20)
        foresight, stand = someone.chat.foresight, someone.chat.foresight._stand
        given = (None, None, Wishes(), QUESTION)
        foresight.of(*given)
        assert foresight._stand is not None and foresight._stand.settings.model.context == 1_000_000
        said = {"id": "claude-opus-5-5", "max_input_tokens": 200_000}
        someone.session.listing = Listing(read_listing([said]), now_ms())
        foresight.of(*given)
        assert foresight._stand is not stand and foresight._stand.settings.model.context == 200_000


def test_the_line_gives_way_from_the_right() -> None:
    assert shown(*FIGURES).startswith("── ≈12.4k tokens ·  ≈$0.041 · the cache is cold: ≈$0.40 more ──")
    assert shown(*FIGURES, width=50).startswith("── ≈12.4k tokens ·  ≈$0.041 ──")
    assert shown(*FIGURES, width=26).startswith("── ≈12.4k ·  ≈$0.041 ──")
    assert shown(*FIGURES, width=20) == "─" * 20
    both = shown(*FIGURES, said="“Salt” is being written · Ctrl+O")
    assert both.startswith("── ≈12.4k tokens ·  ≈$0.041 ──") and both.endswith(" “Salt” is being written · Ctrl+O ──")
    assert shown(said="x" * 90) == "── " + "x" * 71 + "… ──" or shown(said="x" * 90).endswith("… ──")


@pytest.mark.parametrize(
    ("left", "words", "wait"),
    [
        (300_000, "cache 5 m", 60_000),
        (241_000, "cache 5 m", 1_000),
        (60_000, "cache 60 s", 10_000),
        (11_000, "cache 20 s", 1_000),
        (1, "cache 10 s", 1),
        (0, "", None),
        (3_600_000, "cache 60 m", 60_000),
    ],
)
def test_the_clock_and_when_it_reads_otherwise(left: int, words: str, wait: int | None) -> None:
    assert life_left(left, 0) == words and next_change(left, 0) == wait


async def test_after_a_dear_miss_the_rule_says_why_while_nothing_is_typed(home: Path) -> None:
    async with person(home, last=True, seed=seeded(warm()), size=(100, 24)) as someone:
        await someone.commands("/effort low")
        await someone.says("And the lakes?")
        head = someone.conversation.head
        assert head is not None
        missed = replace(head, usage=Usage({"cache_creation_input_tokens": 400_500, "output_tokens": 5}))
        someone.chat.conversation = someone.conversation.with_node(missed)
        someone.chat.show_status()
        await someone.until(lambda: someone.foretold == "the last reply missed the cache: another effort, ≈$1.92 more")
        await someone.press("h")
        assert "missed" not in someone.foretold, "then the figures are what matters"
