"""What is said is shown to its end, whenever it is told."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from claude_tui.ui.widgets.fitted import Said

pytestmark = pytest.mark.anyio


class Window(App[None]):
    CSS = "Said { height: auto; }"

    def compose(self) -> ComposeResult:
        yield Said("", markup=False)


async def test_what_is_told_twice_with_a_layout_between_is_as_high_as_it_needs_to_be() -> None:
    window = Window()
    async with window.run_test(size=(20, 10)) as pilot:
        said = window.query_one(Said)
        await pilot.pause()
        said.update("one")
        window.screen._clear_arrangement_cache()  # as for a sibling whose size changed
        window.screen._refresh_layout(window.size)
        said.update("one two three four five six seven eight nine ten")
        await pilot.pause()
        assert said.size.height == 3
