"""Passages of a reply are quoted in the prompt, commented on beneath, and sent together."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from claude_tui.core.message import visible_text
from claude_tui.demo import Faithful
from claude_tui.paths import Paths
from claude_tui.ui.chat.quoting import quoted
from tests.support.driver import person

pytestmark = pytest.mark.anyio
ANSWER = "The **first** thing.\n\n```python\nx = 1\n\ny = 2\n```\n\nThe last thing."


async def test_passages_are_quoted_as_they_came_and_sent_with_what_is_said_of_each(home: Path) -> None:
    async with person(home, script=Faithful(ANSWER)) as someone:
        await someone.says("Go.")
        await someone.press("tab", "left", "left")
        await someone.press("left", "q")
        await someone.until(lambda: someone.typed == "> The **first** thing.\n")
        await someone.press(*"why")
        await someone.press("tab", "right", "q")
        await someone.press(*"and")
        assert someone.typed == "> The **first** thing.\nwhy\n\n> x = 1\n>\n> y = 2\nand"
        await someone.press("enter")
        await someone.done()
        asked = [node for node in someone.conversation.path() if node.origin == "typed"][-1]
        assert visible_text(asked.content) == "> The **first** thing.\nwhy\n\n> x = 1\n>\n> y = 2\nand"


async def test_it_is_one_step_of_undo_and_goes_behind_what_is_typed(home: Path) -> None:
    async with person(home, script=Faithful(ANSWER)) as someone:
        await someone.says("Go.")
        await someone.types("so far")
        await someone.press("ctrl+x", "q")
        assert someone.typed == "so far\n\n> The last thing.\n"
        prompt = someone.app.chat_screen.prompt
        assert prompt.cursor_location == prompt.document.end
        await someone.press("ctrl+z")
        assert someone.typed == "so far"


async def test_what_the_mouse_chose_goes_before_the_block(home: Path) -> None:
    async with person(home, script=Faithful(ANSWER)) as someone:
        await someone.says("Go.")
        row = next(row for row, line in enumerate(someone.lines) if "The first thing." in line)
        column = someone.lines[row].index("first")
        top = row + int(someone.transcript.scroll_y) - someone.transcript.region.y
        chosen = Selection(Offset(column, top), Offset(column + 5, top))
        someone.app.chat_screen.selections = {someone.transcript: chosen}
        await someone.press("ctrl+x", "q")
        assert someone.typed == "> first\n"
        assert not someone.app.chat_screen.get_selected_text()


async def test_whole_lines_that_the_mouse_chose_keep_their_marks(home: Path) -> None:
    async with person(home, script=Faithful(ANSWER), size=(40, 30)) as someone:
        await someone.says("Go.")
        top = int(someone.transcript.scroll_y) - someone.transcript.region.y
        first = next(row for row, line in enumerate(someone.lines) if "The first thing." in line)
        last = next(row for row, line in enumerate(someone.lines) if "y = 2" in line)
        chosen = Selection(Offset(0, first + top), Offset(len(someone.lines[last].rstrip()), last + top))
        someone.app.chat_screen.selections = {someone.transcript: chosen}
        await someone.press("ctrl+x", "q")
        assert someone.typed == "> The **first** thing.\n>\n> ```python\n> x = 1\n>\n> y = 2\n> ```\n"


async def test_a_long_passage_is_one_chip_and_is_sent_in_full(home: Path) -> None:
    code = "\n".join(f"line {number}" for number in range(60))
    async with person(home, script=Faithful(f"```\n{code}\n```")) as someone:
        await someone.says("Go.")
        await someone.press("ctrl+x", "q")
        assert len(someone.typed) == 2 and someone.app.chat_screen.prompt.full == quoted(code) + "\n"


async def test_nothing_to_quote_is_said_and_under_vis_keys_one_writes_on(home: Path) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('editing = "vim"\n')
    async with person(home, script=Faithful(ANSWER)) as someone:
        await someone.press("ctrl+x", "q")
        await someone.hears("nothing here to quote")
        await someone.says("Go.")
        await someone.press("escape")
        await someone.press("ctrl+x", "q", *"dd")
        assert someone.typed == "> The last thing.\ndd"
