"""The codes of a reply carry numbers at their heads, and whatever copies one by its number means the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.demo import Faithful
from claude_tui.ids import new_id
from claude_tui.store import Store
from claude_tui.ui.words.codes import codes_of
from tests.support.driver import Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio

NESTED = """First:

```python title="a.py"
one()
```

1. an item

   ```
   two
   ```

       three, indented

> ~~~ sh
> four
> ~~~

    five

The end."""
CODES = ["one()", "two", "three, indented", "four", "five"]
HEADS = ['python title="a.py" ⧉1', "⧉2", "⧉3", "sh ⧉4", "⧉5"]


def heads(someone: Person) -> list[str]:
    """What stands at the heads of the codes in view."""
    return [line.strip(" ▎▌") for line in someone.lines if "⧉" in line]


def place(someone: Person, words: str) -> tuple[int, int]:
    row = next(row for row, line in enumerate(someone.lines) if words in line)
    return cell_len(someone.lines[row][: someone.lines[row].index(words)]), row


@pytest.mark.parametrize("columns", [40, 100])
async def test_every_code_has_a_number_and_is_copied_by_it(home: Path, columns: int) -> None:
    async with person(home, script=Faithful(NESTED), size=(columns, 50)) as someone:
        await someone.says("Go.")
        assert heads(someone) == HEADS
        assert codes_of(someone.transcript.replies_at_hand()[0]) == CODES
        for number, code in enumerate(CODES, 1):
            await someone.commands(f"/copy-code {number}")
            await someone.until(lambda code=code: someone.app.clipboard == code)
            await someone.hears(f"code {number} (")
        await someone.commands("/copy-code ⧉2")
        await someone.until(lambda: someone.app.clipboard == "two")
        await someone.press("f9")  # nothing is stood on: the last
        await someone.until(lambda: someone.app.clipboard == "five")
        for number, code in enumerate(CODES, 1):
            await someone.pilot.click("#transcript", offset=place(someone, f"⧉{number}"))
            await someone.until(lambda code=code: someone.app.clipboard == code)
            await someone.hears(f"code {number} (")
        await someone.commands("/codes")
        await someone.sees("Copy which code?", "1 one()", "5 five")


async def test_a_long_head_is_clicked_in_any_of_its_lines(home: Path) -> None:
    text = "```python " + "a_word_of_the_head " * 6 + "\none\n```\n\n```\ntwo\n```\n"
    async with person(home, script=Faithful(text), size=(40, 40)) as someone:
        await someone.says("Go.")
        await someone.pilot.click("#transcript", offset=place(someone, "⧉2"))
        await someone.until(lambda: someone.app.clipboard == "two")
        await someone.pilot.click("#transcript", offset=place(someone, "⧉1"))
        await someone.until(lambda: someone.app.clipboard == "one")
        await someone.pilot.click("#transcript", offset=place(someone, "⧉2"))
        await someone.until(lambda: someone.app.clipboard == "two")
        await someone.pilot.click("#transcript", offset=place(someone, "python"))
        await someone.until(lambda: someone.app.clipboard == "one")


async def test_the_reading_keys_copy_the_code_one_stands_on_and_name_its_number(home: Path) -> None:
    async with person(home, script=Faithful("```\none\n```\n\n```\ntwo\n```\n\nThe end."), size=(60, 30)) as someone:
        await someone.says("Go.")
        await someone.press("tab", "left", "left", "left", "c")
        await someone.hears("code 1 (")
        assert someone.app.clipboard == "one"
        await someone.press("right", "f9")
        await someone.hears("code 2 (")


async def test_an_empty_code_is_said_to_be_empty(home: Path) -> None:
    async with person(home, script=Faithful("```\none\n```\n\n```\n```\n\nThe end."), size=(60, 30)) as someone:
        await someone.says("Go.")
        await someone.press("f9")
        await someone.hears("Code 2 is empty.")
        await someone.pilot.click("#transcript", offset=place(someone, "⧉2"))
        await someone.hears("There is no code to copy here.")
        assert not someone.app.clipboard


async def test_a_number_means_the_reply_in_view(home: Path) -> None:
    def seed(store: Store) -> None:
        keep(store, conversation_of(4, lambda number: f"```\ncode of {number}\n```\n\n" + "Words.\n\n" * 30))

    async with person(home, seed=seed, last=True) as someone:
        await someone.commands("/copy-code 1")
        await someone.until(lambda: someone.app.clipboard == "code of 3")
        await someone.press("ctrl+home")
        await someone.sees("⧉1")
        await someone.commands("/copy-code 1")
        await someone.until(lambda: someone.app.clipboard == "code of 0")
        await someone.press("ctrl+end")
        await someone.press("ctrl+up", "ctrl+up", "ctrl+up")
        await someone.commands("/copy-code 1")
        await someone.until(lambda: someone.app.clipboard == "code of 2")


async def test_numbers_go_on_behind_a_tool_and_are_the_same_when_it_is_opened_again(home: Path) -> None:
    filler = "\n\n".join(f"Words {number}. " * 40 for number in range(12))
    first = f"```\none\n```\n\n{filler}\n\n```\ntwo\n```\n"
    second = f"```\nthree\n```\n\n{filler}\n\n- item\n\n  ```\n  four\n  ```\n\n{filler}\n\n    five\n\nThe end."

    def seed(store: Store) -> None:
        conversation = Conversation(new_id(), "t", created_at=1)
        question = Node(new_id(), None, "user", (TextBlock("Go."),), "typed", created_at=1)
        call = Node(
            new_id(), question.id, "assistant", (TextBlock(first), ToolUseBlock("toolu_1", "calculate", {})), "model",
            "complete", model="claude-opus-5-5", stop_reason="tool_use", created_at=1,
        )  # fmt: skip
        result = Node(new_id(), call.id, "user", (ToolResultBlock("toolu_1", "4"),), "tool", created_at=1)
        rest = Node(
            new_id(), result.id, "assistant", (TextBlock(second),), "model",
            "complete", model="claude-opus-5-5", stop_reason="end_turn", created_at=1,
        )  # fmt: skip
        for node in (question, call, result, rest):
            conversation = conversation.with_node(node)
        keep(store, conversation)

    async with person(home, seed=seed, last=True, size=(60, 30)) as someone:
        await someone.sees("The end.", "⧉5")
        seen = set(heads(someone))
        while int(someone.transcript.scroll_y):
            await someone.press("pageup")
            seen |= set(heads(someone))
        assert seen == {"⧉1", "⧉2", "⧉3", "⧉4", "⧉5"}
        for number, code in enumerate(("one", "two", "three", "four", "five"), 1):
            await someone.commands(f"/copy-code {number}")
            await someone.until(lambda code=code: someone.app.clipboard == code)


async def test_numbers_stay_while_it_is_written(home: Path) -> None:
    more = "more\n" * 20
    text = "\n\n".join(f"```\ncode {number}\n{more}```\n\n- item\n\n      nested {number}" for number in range(6))
    async with person(home, size=(60, 200)) as someone:
        someone.server.then(held(text, 170))
        await someone.says("Go.", wait=False)
        seen: list[str] = []
        while someone.busy:
            await someone.until(lambda seen=seen: len(heads(someone)) > len(seen) or not someone.busy)
            now = heads(someone)
            assert now[: len(seen)] == seen
            seen = now
            someone.server.let_go()
        assert seen and heads(someone) == [f"⧉{number}" for number in range(1, 13)]


@pytest.mark.parametrize("theme", ["dusk", "paper", "plain"])
async def test_the_number_is_as_dim_as_the_language(home: Path, theme: str) -> None:
    async with person(home, script=Faithful("```python\nx = 1\n```"), size=(40, 20)) as someone:
        await someone.commands(f"/theme {theme}")
        await someone.says("Go.")
        _, row = place(someone, "python ⧉1")
        label = {
            (segment.style.color, segment.style.bold)
            for segment in someone.transcript.render_lines(someone.transcript.size.region)[row]
            if segment.style is not None and re.search(r"python|⧉", segment.text)
        }
        assert len(label) == 1
