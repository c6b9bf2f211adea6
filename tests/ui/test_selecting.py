"""The mouse chooses text of the conversation, across blocks, and what is copied is the text and not its look."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.demo import Faithful
from claude_tui.store import Store
from tests.support.driver import LONG, WORDS, Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio

SENTENCE = (
    "This sentence is so long that it has to be broken at the end of the line, and then once more before it ends."
)
CODE = "def f():\n    return '日本語 ✨'"
TEXT = f"{SENTENCE}\n\n- eins\n- 日本語 and ✨ here\n\n```python\n{CODE}\n```\n\n> quoted words\n\nThe end."


def place(someone: Person, words: str) -> tuple[int, int]:
    """The cell and row where some words begin."""
    from rich.cells import cell_len

    for row, line in enumerate(someone.lines[: someone.transcript.size.height]):
        if words in line:
            return cell_len(line[: line.index(words)]), row
    raise AssertionError(f"{words!r} is not on the screen:\n{someone.text}")


async def drag(someone: Person, start: tuple[int, int], end: tuple[int, int]) -> None:
    await someone.pilot.mouse_down("#transcript", offset=start)
    await someone.pilot.hover("#transcript", offset=end)
    await someone.pilot.mouse_up("#transcript", offset=end)
    await someone.pilot.pause()


def copied(someone: Person) -> str:
    return someone.app.clipboard


async def test_a_drag_across_blocks_is_copied_as_text(home: Path) -> None:
    async with person(home, script=Faithful(TEXT), size=(60, 40)) as someone:
        await someone.says("Go.")
        x, y = place(someone, "quoted words")
        await drag(someone, place(someone, "sentence is so"), (x + len("quote"), y))
        await someone.press("ctrl+c")
        await someone.hears("the selection (")
        assert copied(someone) == (
            f"{SENTENCE.removeprefix('This ')}\n\n- eins\n- 日本語 and ✨ here\n\n{CODE}\n\nquoted"
        )
        assert not someone.screen.selections


async def test_wide_characters_are_chosen_by_the_cells_they_take(home: Path) -> None:
    async with person(home, script=Faithful(TEXT), size=(60, 40)) as someone:
        await someone.says("Go.")
        x, y = place(someone, "本語 and")
        await drag(someone, (x, y), (x + 4 + len(" an"), y))
        await someone.press("ctrl+c")
        assert copied(someone) == "本語 and"


async def test_backwards_is_the_same(home: Path) -> None:
    async with person(home, script=Faithful(TEXT), size=(60, 40)) as someone:
        await someone.says("Go.")
        x, y = place(someone, "quoted words")
        await drag(someone, (x + len("quote"), y), place(someone, "eins"))
        await someone.press("ctrl+c")
        assert copied(someone).startswith("eins\n- 日本語") and copied(someone).endswith("quoted")


async def test_two_clicks_choose_a_word_and_three_a_block(home: Path) -> None:
    async with person(home, script=Faithful(TEXT), size=(60, 40)) as someone:
        await someone.says("Go.")
        at = place(someone, "sentence")
        await someone.pilot.click("#transcript", offset=(at[0] + 2, at[1]), times=2)
        await someone.press("ctrl+c")
        assert copied(someone) == "sentence"
        await someone.pilot.click("#transcript", offset=(at[0] + 2, at[1]), times=3)
        await someone.press("ctrl+c")
        assert copied(someone) == SENTENCE


async def test_a_drag_that_ends_on_a_card_leaves_it_folded(home: Path) -> None:
    async with person(home, script=Faithful(TEXT, "A thought."), size=(60, 40)) as someone:
        await someone.says("Go.")
        x, y = place(someone, "▸ Thought")
        await drag(someone, place(someone, "Go."), (x + 9, y))
        await someone.sees("▸ Thought")
        await someone.press("ctrl+c")
        assert copied(someone) == "Go.\n\n▸ Thought"


async def test_what_was_chosen_stays_chosen_when_lines_come_and_go_above_it(home: Path) -> None:
    thought = "\n".join(f"Thought {number}" for number in range(12))
    async with person(home, script=Faithful(TEXT, thought), size=(60, 60)) as someone:
        await someone.says("Go.")
        await drag(someone, place(someone, "eins"), place(someone, "quoted"))
        someone.transcript.toggle_all()
        await someone.sees("Thought 3")
        await someone.press("ctrl+c")
        assert copied(someone).startswith("eins\n- 日本語")


async def test_what_was_chosen_is_copied_from_beyond_the_view(home: Path) -> None:
    def seed(store: Store) -> None:
        keep(store, conversation_of(30, lambda number: f"Answer {number}.\n\n{WORDS * 5}"))

    async with person(home, seed=seed, last=True) as someone:
        top = place(someone, "Answer 29.")
        await drag(someone, top, (top[0] + 8, top[1]))
        for _ in range(4):  # guesses above it are put right
            await someone.press("pageup")
        await someone.press("ctrl+c")
        assert copied(someone) == "Answer 29"


async def test_choosing_while_it_is_written_chooses_what_was_pointed_at(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG, 600))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 11 ")
        x, y = place(someone, "Sentence 9 ")
        await drag(someone, (x, y), (x + 9, y))
        rows = someone.transcript.rows
        someone.server.let_go()
        await someone.until(lambda: someone.transcript.rows > rows + 8)
        assert someone.screen.get_selected_text() == "Sentence 9"
        await someone.press("ctrl+c")
        assert someone.busy, "Ctrl+C copied, and did not stop the reply"
        await someone.press("escape")
        await someone.done()


async def test_another_width_chooses_nothing(home: Path) -> None:
    async with person(home, script=Faithful(TEXT), size=(60, 40)) as someone:
        await someone.says("Go.")
        await drag(someone, place(someone, "eins"), place(someone, "quoted"))
        await someone.pilot.resize_terminal(60, 38)
        await someone.pilot.pause()
        assert someone.screen.get_selected_text(), "another height is no other width"
        await someone.pilot.resize_terminal(50, 38)
        await someone.pilot.pause()
        assert not someone.screen.selections
