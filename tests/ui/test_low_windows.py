"""In a window of forty by twelve every list shows enough to choose from, and what is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.demo import Faithful
from claude_tui.store import Store
from claude_tui.ui.widgets.line_list import LineList
from tests.support.driver import Person, conversation_of, keep, person

pytestmark = pytest.mark.anyio

CODES = "\n\n".join(f"```py\na = {number}\n```" for number in range(12))
ROWS = {
    "/settings": 6, "/model": 5, "/theme": 4, "/codes": 6, "/open": 8, "/history": 6, "/help": 8, "/keys": 7,
    "/budget": 4, "/context": 2, "/effort": 4,
}  # fmt: skip
"""Rows that are to be seen of each, at least."""


@pytest.mark.parametrize("size", [(40, 12), (60, 15), (80, 24)])
async def test_lists_are_of_use_in_a_low_window(home: Path, size: tuple[int, int]) -> None:
    def seed(store: Store) -> None:
        for number in range(12):
            keep(store, conversation_of(1, id=f"talk{number}"))

    async with person(home, size=size, script=Faithful(CODES, ""), seed=seed) as someone:
        await someone.says("A question.")
        for line, least in ROWS.items():
            await someone.commands(line)
            await _looked_through(someone, line, least)
            await someone.press("escape")
            await someone.until(lambda: someone.screen is someone.app.chat_screen)
            await someone.press("ctrl+u")


async def _looked_through(someone: Person, line: str, least: int) -> None:
    await someone.until(lambda: list(someone.screen.query(LineList)))
    rows = someone.screen.query_one(LineList)
    await someone.until(lambda: rows._count and rows.region.height >= min(least, rows._count))
    for key in ("down", "up"):
        for _ in range(min(rows._count, 20)):
            await someone.press(key)
            assert not rows._choosing or "❯ " in _painted(rows), (line, key)


def _painted(rows: LineList) -> str:
    """What of a list is to be seen on the screen."""
    lines = rows.screen._compositor.render_strips()
    region = rows.region
    return "\n".join(strip.crop(region.x, region.right).text for strip in lines[region.y : region.bottom])
