"""What is told for a moment hides nothing one works on."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from claude_tui.demo import Faithful
from claude_tui.store import Store
from claude_tui.ui.screens.library import LibraryScreen
from claude_tui.ui.widgets.line_list import LineList
from tests.support.driver import Person, conversation_of, keep, person

pytestmark = pytest.mark.anyio

LONG = "It was told in a sentence that is so long that it takes more than one row of any window there is. " * 2


async def toast(someone: Person) -> Toast:
    await someone.until(lambda: any(each.region.height for each in someone.screen.query(Toast)))
    return next(iter(someone.screen.query(Toast)))


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (40, 24)])
async def test_over_the_conversation_it_lies_at_the_top(home: Path, size: tuple[int, int]) -> None:
    async with person(home, script=Faithful("Yes.", ""), size=size, notices=True) as someone:
        await someone.says("A question.")
        someone.chat.say(LONG[: size[0] * 2])
        region = (await toast(someone)).region
        assert region.y == 0 and region.right == size[0] - 1 and region.width <= 60
        assert region.bottom < someone.app.chat_screen.rule.region.y - 1, "nor on the line above the rule"


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_over_a_list_it_never_lies_on_the_chosen_row(home: Path, size: tuple[int, int]) -> None:
    def seed(store: Store) -> None:
        for number in range(30):
            keep(store, conversation_of(1, id=f"talk{number:02}"))

    async with person(home, size=size, seed=seed, notices=True) as someone:
        await someone.commands("/open")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        rows = someone.screen.query_one(LineList)
        await someone.until(lambda: rows._count >= 30)
        someone.chat.say("It was told, and lies where nobody works.")
        shown = await toast(someone)
        seen: set[bool] = set()
        for _ in range(29):
            chosen = rows.region.y + (rows.chosen or 0) - round(rows.scroll_y)
            assert not shown.region.y <= chosen < shown.region.bottom, (shown.region, chosen)
            assert shown.region.bottom <= size[1] - 1, "the keys are to be seen"
            seen.add(shown.region.y > chosen)
            await someone.press("down")
            await someone.pilot.pause()
        assert seen == {True, False}, "it went out of the way"
