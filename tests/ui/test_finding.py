"""Words are found in the open conversation, wherever they stand, and shown where they were found."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Node
from claude_tui.core.growing import Flow, GrowingText, Stretch
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.view import Part
from claude_tui.demo import Faithful
from claude_tui.store import Store
from claude_tui.ui.widgets.passage import Passage, small
from tests.support.driver import LONG, WORDS, Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio

LETTERS = ["a", "b", "aba", " ", "\n\n", "**", "he", "llo", "*", "- "]
FILLER = (WORDS * 6 + "\n\n") * 5
HIDDEN = "".join(f"line {number} of the result\n" for number in range(200)) + "the needle in the result\n"


def seed(store: Store) -> None:
    talk = conversation_of(40, lambda number: f"{FILLER}Answer {number} has a **needle** here.\n\n{FILLER}")
    question = Node("q", talk.head_id, "user", (TextBlock("Use the tool, with a needle."),), "typed", created_at=99)
    thought = ThinkingBlock("I look about.\nThere is a NEEDLE in what I think.\nSo it is.", "sig")
    call = ToolUseBlock("t1", "calculate", {"expression": "needle + 1"})
    asks = Node("a", "q", "assistant", (thought, call), "model", "complete", stop_reason="tool_use", created_at=99)
    gives = Node("r", "a", "user", (ToolResultBlock("t1", HIDDEN),), "tool", created_at=99)
    end = Node("e", "r", "assistant", (TextBlock("Done."),), "model", "complete", stop_reason="end_turn", created_at=99)
    keep(store, talk.with_nodes([question, asks, gives, end]))


def flow(text: str) -> Flow:
    return Flow((Stretch(GrowingText(text)),))


def count(someone: Person) -> str:
    return next((line for line in someone.lines if line.lstrip().startswith("find ")), "")


def lit(someone: Person) -> list[tuple[int, str]]:
    """Rows and words that are painted as the place that is shown."""
    strips = someone.app.screen._compositor.render_strips()[: someone.transcript.size.height]
    return [
        (row, segment.text)
        for row, strip in enumerate(strips)
        for segment in strip
        if segment.style is not None and segment.style.reverse and segment.text.strip(" ▁▂▃▄▅▆▇█")
    ]


async def look(someone: Person, words: str) -> None:
    await someone.press("ctrl+l")
    await someone.press(*[{" ": "space"}.get(letter, letter) for letter in words])
    await someone.pilot.pause()


def line_of(someone: Person) -> str:
    """The line in which the place that is shown begins, without the mark and the scroll bar."""
    return someone.lines[lit(someone)[0][0]][:78].lstrip(" ▌┃").rstrip()


async def test_every_place_is_found_and_shown_in_thinking_and_folded_cards_too(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await look(someone, "needle")
        # Forty answers, the question, the thinking, the tool's input and its result.
        assert "44 · n N" in count(someone)
        await someone.press("enter")
        assert someone.screen.focused is someone.transcript
        seen: list[str] = []
        places: set[str] = set()
        for _ in range(44):
            await someone.press("n")
            places.add(count(someone).split("·")[0].split("find")[1].split()[-3])
            [(row, words)] = lit(someone)
            assert words.lower() == "needle"
            assert row < someone.transcript.size.height - 1
            seen.append(line_of(someone))
        assert len(places) == 44
        assert {f"Answer {number} has a needle here." for number in range(40)} < set(seen)
        assert any("NEEDLE in what I think" in line for line in seen)
        assert any("the needle in the result" in line for line in seen), "what was cut short is shown whole"
        assert any('"expression": "needle + 1"' in line for line in seen)
        again: list[str] = []
        for _ in range(44):
            again.append(line_of(someone))
            await someone.press("N")
        assert [again[0], *reversed(again[1:])] == [seen[-1], *seen[:-1]]


async def test_it_begins_where_the_reader_is(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        for _ in range(12):
            await someone.press("ctrl+up")
        top = next(line for line in someone.lines if "Question" in line or "fox" in line)
        await look(someone, "answer")
        shown = line_of(someone)
        number = int(shown.split("Answer ")[1].split()[0])
        assert 32 <= number <= 36, (top, shown)


async def test_words_are_found_across_marks_of_markdown_and_line_ends(home: Path) -> None:
    text = f"{FILLER}Here is **bold\ntext** that goes on, so that these words are broken by the end of the window."
    async with person(home, script=Faithful(text)) as someone:
        await someone.says("Go.")
        await look(someone, "BOLD text that")
        assert "1 of 1" in count(someone)
        assert "".join(words for _, words in lit(someone)).replace(" ", "") == "boldtextthat"
        await someone.press("escape")
        await look(someone, "no such words")
        assert "not here" in count(someone) and not lit(someone)


async def test_escape_leaves_and_the_prompt_is_as_it_was(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.types("half a question")
        await look(someone, "needle")
        await someone.press("enter", "n", "escape")
        assert someone.screen.focused is someone.app.chat_screen.prompt
        assert someone.typed == "half a question"
        assert not lit(someone) and not count(someone)
        await someone.press("ctrl+u")
        await someone.commands("/find needle")
        await someone.until(lambda: "of 44" in count(someone))
        await someone.press("down", "down")
        await someone.until(lambda: lit(someone))
        await someone.press("escape")
        await someone.commands("/new")
        await someone.commands("/find needle")
        await someone.hears("There is nothing here to look for words in")


async def test_another_conversation_is_not_searched_for_the_same_words(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await look(someone, "needle")
        await someone.press("enter", "ctrl+n")
        assert not count(someone)


async def test_what_is_still_being_written_is_found_and_does_not_move(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG, 2400))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 44 ")
        await look(someone, "sentence 1")
        await someone.press("enter")
        assert "of 11" in count(someone)
        line = line_of(someone)
        someone.server.let_go()
        await someone.until(lambda: someone.transcript.rows > 150)
        await someone.press("N", "n")
        assert line_of(someone) == line
        await someone.press("escape")
        await someone.done()
        assert count(someone), "Escape stopped the reply and nothing else"
        await someone.press("escape")
        assert not count(someone)


@pytest.mark.parametrize("words", ["(", "[a", "\\", "*", "İ", "ß", "  ", "a" * 400, "日本"])
async def test_whatever_is_typed_is_only_words(home: Path, words: str) -> None:
    async with person(home, script=Faithful("Some (odd [a] \\ text * with İstanbul, Straße, 日本語 in it.")) as someone:
        await someone.says("Go.")
        someone.app.chat_screen.open_find(words)
        await someone.pilot.pause()
        await someone.until(lambda: count(someone))
        assert ("1 of 1" in count(someone)) == (words.strip() != "" and len(words) < 100)


def test_small_letters_are_as_many() -> None:
    for text in ("İstanbul", "STRASSE", "Ǆ", "ΣΑΣ", ""):
        assert len(small(text)) == len(text)
    assert small("ABC İ") == "abc İ"


async def test_a_word_is_found_that_has_marks_of_markdown_in_it(home: Path) -> None:
    text = "First **he**llo, then h*ell*o, `he`llo and plain hello.\n\n```\nx**y and x * y\n```\n\nThe end: 2*3*4."
    async with person(home, script=Faithful(text)) as someone:
        await someone.says("Go.")
        await look(someone, "hello")
        assert "1 of 4" in count(someone)
        await someone.press("enter")
        for _ in range(4):
            assert "".join(words for _, words in lit(someone)) == "hello"
            await someone.press("n")
        await someone.press("escape")
        await look(someone, "xy")
        assert "not here" in count(someone), "that is not how it reads"


async def test_the_count_goes_on_while_a_reply_is_written(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG, 2400))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 44 ")
        await look(someone, "leisure")
        assert "of 44" in count(someone)
        line = line_of(someone)
        someone.server.let_go()
        await someone.until(lambda: re.search(r"of (8\d|9\d)", count(someone)))
        assert line_of(someone) == line
        await someone.press("escape", "escape")
        await someone.done()


@pytest.mark.parametrize("words", ["aba", "a b", "hello", "b*a", "aa", "a", "*"])
def test_what_grows_is_found_as_if_it_were_whole(words: str) -> None:
    chance = random.Random(words)
    pattern = re.compile(r"[*_`~\\]*\s+[*_`~\\>]*\s*".join(map(re.escape, words.split())))
    for _ in range(60):
        source = "".join(chance.choice(LETTERS) for _ in range(300))
        whole = Passage("k", source)
        whole.look(words, pattern)
        grown = Passage("k", "")
        while grown.read < len(source):
            grown.grow(Part("k", "thinking", flow(source[: grown.read + chance.randrange(1, 40)]), open=True))
            grown.look(words, pattern)
        assert (grown.text, grown.offsets) == (source, whole.offsets)
        assert whole.offsets == [each.start() for each in pattern.finditer(source)]
        assert grown.count == whole.count == len(whole.offsets)


def test_what_grows_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    class Pattern:
        def finditer(self, text: str, begin: int = 0) -> list[Any]:
            looked.append(len(text) - begin)
            return []

    text, pattern = Passage("k", "", marked=True), Pattern()
    for _ in range(500):
        text.grow(Part("k", "text", flow("word " * 20 * (1 + text.read // 100)), open=True))
        text.look("needle", pattern)  # type: ignore[arg-type]
    assert text.read == 50_000 and sum(looked) < 200_000
