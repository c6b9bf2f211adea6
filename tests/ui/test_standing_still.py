"""The line under the reader's eyes stays there, whatever comes and goes around it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.store import Store
from tests.support.driver import LONG, WORDS, Person, held, keep, person

pytestmark = pytest.mark.anyio

ROUNDS = 12


def seed(store: Store) -> None:
    """Twelve questions, each with thinking, a tool's card and an answer of its own length."""
    nodes: list[Node] = []
    for number in range(ROUNDS):
        thought = "\n".join(f"Thought {line} of {number}" for line in range(5 + number))
        result = "\n".join(f"Result {line} of {number}" for line in range(3 + 2 * number))
        text = f"Answer {number} begins.\n\n" + "\n\n".join(f"Part {part} of {number}. {WORDS}" for part in range(9))
        before = nodes[-1].id if nodes else None
        typed, asks, gives, says = (f"{name}{number}" for name in "qart")
        call = ToolUseBlock(typed, "calculate", {"expression": str(number)})
        nodes += [
            Node(typed, before, "user", (TextBlock(f"Question {number}?"),), "typed", created_at=number),
            Node(asks, typed, "assistant", (ThinkingBlock(thought, "s"), call), "model", "complete",
                 stop_reason="tool_use", created_at=number),
            Node(gives, asks, "user", (ToolResultBlock(typed, result),), "tool", created_at=number),
            Node(says, gives, "assistant", (TextBlock(text),), "model", "complete", stop_reason="end_turn",
                 created_at=number),
        ]  # fmt: skip
    keep(store, Conversation("c", "Many cards", created_at=1).with_nodes(nodes))


def row(someone: Person, at: int) -> str:
    return someone.lines[at][:78].rstrip()


def first_told(someone: Person) -> tuple[int, str]:
    """The first row of the view that says something, and what it says."""
    return next((at, row(someone, at)) for at in range(someone.transcript.size.height) if row(someone, at).strip())


@pytest.mark.parametrize("number", range(3))
async def test_cards_that_fold_and_unfold_anywhere_do_not_move_the_line_at_the_top(home: Path, number: int) -> None:
    chance = random.Random(number)
    async with person(home, seed=seed, last=True) as someone:
        transcript = someone.transcript
        cards = [f"a{at}:{index}" for at in range(ROUNDS) for index in (0, 1)]
        for _ in range(25):
            transcript._arrive(chance.randrange(transcript.rows), down=False)
            await someone.pilot.pause()
            at, before = first_told(someone)
            unit = transcript._rows.line_at(int(transcript.scroll_y) + at)[1]
            assert unit is not None
            for key in chance.sample(cards, 4):
                if not unit.text_key.startswith(key):
                    transcript.toggle(key)
            await someone.pilot.pause()
            assert not transcript.following or transcript.scroll_y == transcript.max_scroll_y
            if transcript.scroll_y < transcript.max_scroll_y:  # at the end there may be too little left to fill it
                assert row(someone, at) == before


async def test_the_mark_counts_the_lines_that_came_and_nothing_else(home: Path) -> None:
    def new(someone: Person) -> int:
        found = re.search(r"↓ ([\d,]+) new line", someone.text)
        return int(found[1].replace(",", "")) if found else 0

    async with person(home, seed=seed, last=True) as someone:
        someone.server.then(held(LONG, 1500))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 20 ")
        await someone.press("pageup", "pageup", "pageup")
        rows = someone.transcript.rows
        someone.server.let_go()
        await someone.until(lambda: someone.transcript.rows > rows + 10)
        came = someone.transcript.rows - rows
        assert new(someone) == came
        someone.transcript.toggle_all()
        await someone.pilot.pause()
        assert new(someone) == came, "what was unfolded is not new"
        await someone.pilot.resize_terminal(60, 20)
        await someone.pilot.pause()
        assert abs(new(someone) - came) <= 1, "another width makes nothing new"
        await someone.press("ctrl+home")
        assert abs(new(someone) - came) <= 1, "a guess put right is nothing new"
        await someone.press("ctrl+end")
        assert new(someone) == 0
        await someone.press("escape")
        await someone.done()


async def test_the_exact_pass_at_the_end_does_not_move_the_view(home: Path) -> None:
    """Links whose definitions come last are words in brackets until then, and wrapped otherwise."""
    parts = [f"Part {number}: {WORDS}see [the notes {number}][ref] for it. {WORDS}" for number in range(40)]
    text = "\n\n".join(parts) + "\n\n[ref]: https://example.com/a-long-address\n"
    async with person(home) as someone:
        someone.server.then(held(text, len(text) - 60))
        await someone.says("Go.", wait=False)
        await someone.sees("Part 39")
        await someone.press("pageup", "pageup", "pageup")
        at, before = first_told(someone)
        assert "[ref]" in someone.text
        someone.server.let_go(9)
        await someone.done()
        await someone.until(lambda: "[ref]" not in someone.text)
        assert row(someone, at).split()[:3] == before.split()[:3]
