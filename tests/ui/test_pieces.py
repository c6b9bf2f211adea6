"""What came of an unfaithful continuation is shown as it can be told; the raw pieces are one key away."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.demo import Faithful, Fault, Faulty, Reply
from tests.support.driver import LONG, WORDS, person

pytestmark = pytest.mark.anyio

FIRST = WORDS * 4 + "And so it was that"
REST = "Certainly! Let me carry on.\n\nthe dog, at last, woke up."


def answer(text: str) -> Reply:
    return Reply([{"type": "text", "text": text}])


async def test_a_key_shows_the_pieces_word_for_word(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(Faulty(answer(FIRST + " never said"), Fault("rst", after_text=len(FIRST))), answer(REST))
        await someone.says("Go.")
        await someone.sees("did not repeat its last words")
        await someone.press("f6")
        await someone.sees("in 2 pieces", "Piece 1 of 2", "And so it was that", "interrupted")
        await someone.press("n")
        await someone.sees("Piece 2 of 2", "did not repeat its last words", "Certainly! Let me carry on.", "woke up.")
        await someone.press("c")
        assert someone.app.clipboard == REST
        await someone.press("escape")
        await someone.sees("❯")


async def test_what_a_seam_left_out_is_there(home: Path) -> None:
    async with person(home, script=Faithful(LONG[:1500])) as someone:
        someone.server.then(Faulty(answer(LONG[:1500]), Fault("rst", after_text=700)))
        await someone.says("Go.")
        assert someone.reply == LONG[:1500]
        await someone.commands("/pieces")
        await someone.press("n")
        await someone.sees("Piece 2 of 2", "went on exactly there", "left out", "last words:")


async def test_a_reply_in_one_piece_and_none(home: Path) -> None:
    async with person(home, script=Faithful("All of it.", "A thought.")) as someone:
        await someone.press("f6")
        await someone.hears("no reply yet")
        await someone.says("Go.")
        await someone.press("f6")
        await someone.sees("in one piece", "the answer to the question", "thinking", "A thought.", "All of it.")
        await someone.press("n", "p", "pagedown", "pageup", "q")
        await someone.sees("❯")
