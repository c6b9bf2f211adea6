"""What an answer cites and what a search found can be opened, after it was shown where it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.demo import Fault, Faulty, Reply
from claude_tui.store import Store
from claude_tui.ui.screens.choose import ChooseScreen
from tests.support.driver import Person, keep, person

pytestmark = pytest.mark.anyio

FOUND = [
    {"type": "web_search_result", "url": "https://example.com/vt100", "title": "The VT100", "encrypted_content": "x"},
    {"type": "web_search_result", "url": "https://example.org/vt220", "title": "The VT220", "encrypted_content": "x"},
]


def cites(number: int) -> dict[str, object]:
    entry = FOUND[number]
    return {
        "type": "web_search_result_location",
        "cited_text": "words",
        **{key: entry[key] for key in ("url", "title")},
    }


def seed(store: Store) -> None:
    question = Node("q", None, "user", (TextBlock("Which terminals?"),), "typed", created_at=1)
    content = (
        ToolUseBlock("s1", "web_search", {"query": "terminals"}, type="server_tool_use"),
        ToolResultBlock("s1", FOUND, type="web_search_tool_result"),
        TextBlock("The first one", citations=(cites(0),)),
        TextBlock(" and the second", citations=(cites(1), cites(0))),
    )
    reply = Node(
        "a", "q", "assistant", content, "model", "complete", stop_reason="end_turn", created_at=2,
        facts={"ran": {"s1": 2400}},
    )  # fmt: skip
    keep(store, Conversation("c", "Terminals", created_at=1).with_nodes([question, reply]))


def place(someone: Person, words: str) -> tuple[int, int]:
    row = next(row for row, line in enumerate(someone.lines) if words in line)
    return someone.lines[row].index(words), row


async def asks(someone: Person, url: str) -> None:
    """It is shown where it goes, and nothing was opened."""
    await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
    await someone.sees(url, "Open it in the browser")
    await someone.press("escape")


async def test_sources_are_numbered_and_opened_by_keyboard(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.sees("[1] The VT100", "[2] The VT220", "The first one[1] and the second[2][1]")
        someone.transcript.focus()
        await someone.press("left", "enter")
        await asks(someone, "https://example.org/vt220")
        await someone.press("left", "enter")
        await asks(someone, "https://example.com/vt100")
        await someone.press("c")
        assert someone.app.clipboard == "[1] The VT100  https://example.com/vt100"
        await someone.press("left", "enter")
        await someone.sees("Links", "[1] The VT100", "[2] The VT220")
        await someone.press("down", "enter")
        await asks(someone, "https://example.org/vt220")


async def test_the_command_lists_them(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.commands("/sources")
        await someone.sees("Sources", "[1] The VT100", "example.com/vt100", "[2] The VT220")
        await someone.press("enter")
        await asks(someone, "https://example.com/vt100")
        await someone.commands("/new")
        await someone.commands("/sources")
        await someone.hears("No answer here cites a source")


async def test_a_mark_in_the_text_is_clicked(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        column, row = place(someone, "[2][1]")
        await someone.pilot.click("#transcript", offset=(column + 1, row))
        await asks(someone, "https://example.org/vt220")
        await someone.pilot.click("#transcript", offset=(column + 4, row))
        await asks(someone, "https://example.com/vt100")


async def test_what_a_search_found_is_listed_in_its_card(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.sees('▸ web_search "terminals" · 2 results · 2 s')
        someone.transcript.focus()
        await someone.press("[", "[", "]", "enter")
        await someone.sees("1 The VT100  https://example.com/vt100", "2 The VT220")
        await someone.press("right", "right", "enter")
        await asks(someone, "https://example.org/vt220")
        await someone.commands("/find vt220")
        await someone.until(lambda: "of 4" in someone.text)  # title and address, in the card and among the sources


async def test_a_tool_tells_what_it_is_given_while_that_comes(home: Path) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "calculate", "input": {"expression": "1 + " * 40 + "1"}}
    async with person(home) as someone:
        await someone.commands("/tools all")
        someone.server.then(Faulty(Reply([call], stop_reason="tool_use"), Fault("hold", after_bytes=900)))
        await someone.says("Go.", wait=False)
        await someone.sees('▸ calculate {"expr')
        someone.server.let_go(100)
        await someone.done()
        await someone.sees("▸ calculate", "41")


async def test_a_readers_fold_of_thinking_wins(home: Path) -> None:
    thought = "A thought. " * 40
    blocks = [{"type": "thinking", "thinking": thought}, {"type": "text", "text": "The answer."}]
    async with person(home) as someone:
        someone.server.then(Faulty(Reply(blocks), Fault("hold", after_thinking=250)))
        await someone.says("Go.", wait=False)
        await someone.sees("▾ Thinking", "A thought.")
        someone.transcript.focus()
        await someone.press("left", "enter")  # folded while it thinks, it stays so
        await someone.sees("▸ Thinking")
        assert "A thought." not in someone.text
        await someone.press("enter", "enter", "enter")
        await someone.sees("▾ Thinking", "A thought.")  # unfolded, it stays so when the answer begins
        someone.server.let_go(9)
        await someone.done()
        await someone.sees("▾ Thought", "A thought.", "The answer.")
