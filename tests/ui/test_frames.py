"""What a frame of a reply costs: what changed in it, however long the conversation before it is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.driver import LONG, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio


async def calls_of_a_frame(home: Path, turns: int) -> int:
    """How many functions are called, or generators gone on with, to show one snapshot of a reply after so many turns.

    Counted, not timed: the same on every machine.
    """
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    async with person(home, seed=lambda store: keep(store, conversation_of(turns)), last=True) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        running = someone.app.turns.get(someone.conversation.id) if someone.app.turns else None
        assert running is not None and running.turn is not None
        someone.chat.show_turn(someone.conversation.id, running.turn)
        sys.setprofile(count)
        try:
            someone.chat.show_turn(someone.conversation.id, running.turn)
        finally:
            sys.setprofile(None)
    return counted


async def test_a_frame_costs_the_same_after_a_long_conversation(home: Path) -> None:
    short = await calls_of_a_frame(home, 3)
    shutil.rmtree(home / "data")
    long = await calls_of_a_frame(home, 600)
    assert long <= short * 1.3, f"{long} calls after 600 turns, {short} after 3"


async def test_rows_that_read_as_before_are_not_painted_again(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 22 ")
        transcript = someone.transcript
        transcript.move(-5)
        await someone.pilot.pause()
        view = transcript.size.region
        before, rows = transcript.render_lines(view), transcript.rows
        someone.server.let_go()
        await someone.until(lambda: transcript.rows > rows)
        after = transcript.render_lines(view)
        assert all(now is then for now, then in zip(after[:-1], before[:-1], strict=True))
        assert after[-1].text != before[-1].text, "the mark in the last row counts on"


async def test_another_theme_is_worn_by_all_of_the_window(home: Path) -> None:
    async with person(home) as someone:
        await someone.says("tour")
        for name in ("paper", "dusk"):
            someone.app.wardrobe.try_on(name)
            await someone.pilot.pause()
            grounds = {
                segment.style.bgcolor.get_truecolor() if segment.style and segment.style.bgcolor else None
                for strip in someone.app.screen._compositor.render_strips()
                for segment in strip
                if len(segment.text) > 1  # no cursor
            }
            light = {ground is not None and sum(ground) > 384 for ground in grounds}
            assert light == {name == "paper"}, f"{name}: {grounds}"
