"""What a frame of a reply costs: what changed in it, however long the conversation before it is."""

from __future__ import annotations

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
    for path in (home / "data").iterdir():
        path.unlink()
    long = await calls_of_a_frame(home, 600)
    assert long <= short * 1.3, f"{long} calls after 600 turns, {short} after 3"
