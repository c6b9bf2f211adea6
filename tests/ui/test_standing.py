"""The keyboard stands on a block of the conversation: it is marked, brought into view, and copied as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_tui.demo import Faithful, Fault, Faulty, Reply
from claude_tui.store import Store
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.widgets.painter import MARK
from tests.support.driver import LONG, WORDS, Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio

PARAGRAPH = (
    "A paragraph with **bold** words so long that it has to be wrapped at eighty columns, and once more at fifty."
)
LIST = "- one\n- two\n  - a [link](https://example.com/a?b=c) and [more](https://example.com/more)\n- three"
CODE = "def twice(number):\n\treturn 2 * number\n\n\nprint(twice(21))\n"
TABLE = "| one | two |\n|---|---|\n| a | b |"
BLOCKS = [PARAGRAPH, "## Heading", LIST, f"```python\n{CODE}```", "> A quote\n> of two lines", TABLE, "The end."]
PAGE = "\n\n".join(BLOCKS)


ANSWER = f"Answer {{0}}.\n\n{WORDS * 5}\n\n```sh\nls {{0}}\n```\n\nDone."


def seed(store: Store) -> None:
    keep(
        store,
        conversation_of(30, lambda number: ANSWER.format(number)),
    )


def marked(someone: Person) -> list[str]:
    """The lines that are marked, without the mark."""
    return [line.lstrip()[1:].strip() for line in someone.lines if line.lstrip().startswith(MARK)]


def view(someone: Person) -> list[str]:
    """The lines of the transcript without the scroll bar, and without the last, which may tell of new ones."""
    return [line[:78].rstrip() for line in someone.lines[: someone.transcript.size.height - 1]]


def copied(someone: Person) -> str:
    return someone.app.clipboard


@pytest.mark.parametrize("again", [False, True], ids=["as it came", "opened again"])
async def test_each_block_is_stood_on_and_copied_as_it_was_written(home: Path, again: bool) -> None:
    async with person(home, script=Faithful(PAGE), size=(80, 60)) as someone:
        await someone.says("Go.")
        if again:
            await someone.commands("/new")
            conversation = someone.session.store.latest().result(5)
            assert conversation is not None
            await someone.chat.keeping.load(conversation)
        someone.transcript.focus()
        await someone.press("right")
        assert marked(someone) == ["┃ Go."]
        for block in BLOCKS:
            await someone.press("right", "c")
            expected = CODE.rstrip("\n") if block.startswith("```") else block
            assert copied(someone).rstrip("\n") == expected
            assert marked(someone), block
        await someone.press("right")
        assert marked(someone) == ["The end."], "the last block is the last"
        await someone.press("left", "left")
        assert ("A quote" in marked(someone)[0] and len(marked(someone)) == 1) or len(marked(someone)) == 2


async def test_what_was_copied_is_said(home: Path) -> None:
    async with person(home, script=Faithful(PAGE), size=(80, 60)) as someone:
        await someone.commands("/copy-block")
        await someone.hears("There is no block to copy here")
        await someone.says("Go.")
        await someone.commands("/copy-block")
        assert copied(someone) == "The end."
        await someone.hears("the paragraph (8 characters)")
        await someone.press("f9")
        assert copied(someone) == CODE.rstrip()
        await someone.hears("code 1 (")
        await someone.press("f5")
        assert copied(someone) == PAGE
        await someone.hears("the reply (")
        await someone.press("ctrl+up", "ctrl+up", "f5")
        assert copied(someone) == "Go."
        await someone.hears("the question (")
        await someone.press("ctrl+down", "C")
        assert copied(someone) == PAGE
        await someone.hears("the answer (")
        await someone.commands("/copy-code")
        await someone.hears("code 1 (")


async def test_a_card_is_copied_whole_and_folded_by_enter(home: Path) -> None:
    thought = "First this.\nThen that, which is long enough to be wrapped when the window is as narrow as it is here."
    async with person(home, script=Faithful("An answer.", thought)) as someone:
        await someone.says("Go.")
        someone.transcript.focus()
        await someone.press("right", "right")
        assert "Thought" in marked(someone)[0]
        await someone.press("c")
        assert copied(someone) == thought
        await someone.press("enter")
        await someone.sees("First this.")
        assert len(marked(someone)) > 2, "what is unfolded belongs to the card"
        await someone.press("right")
        assert marked(someone) == ["An answer."]


async def test_a_long_conversation_is_gone_through_by_message(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.press("ctrl+up")
        await someone.sees("Answer 29.")
        assert someone.screen.focused is someone.transcript
        for number in range(29, 25, -1):
            await someone.press("ctrl+up")
            assert marked(someone) == [f"┃ Question {number}?"]
            await someone.press("ctrl+up")
            assert marked(someone) == [f"Answer {number - 1}."]
        for number in range(26, 30):
            await someone.press("]")
            assert marked(someone) == [f"┃ Question {number}?"]
            await someone.press("]")
            assert marked(someone) == [f"Answer {number}."]


async def test_every_block_is_met_on_the_way_up_and_back(home: Path) -> None:
    """Most of it was never laid out: what is guessed must not make it miss one, or lose the mark from view."""
    async with person(home, seed=seed, last=True) as someone:
        someone.transcript.focus()
        met: list[str] = []
        for _ in range(60):
            await someone.press("left", "c")
            assert marked(someone), "the mark is out of view"
            met.append(copied(someone).strip())
        expected = []
        for number in range(29, 15, -1):
            expected += ["Done.", f"ls {number}", (WORDS * 5).strip(), f"Answer {number}.", f"Question {number}?"]
        assert met == expected[:60]
        for number in range(58, -1, -1):
            await someone.press("right", "c")
            assert copied(someone).strip() == met[number]


async def test_reading_while_it_is_written_is_not_disturbed(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG, 2400))
        await someone.says("Go.", wait=False)
        await someone.sees("Sentence 44 ")
        someone.transcript.focus()
        await someone.press("left", "left", "left")
        assert not someone.transcript.following
        before, rows = marked(someone), someone.transcript.rows
        page = view(someone)[:-1]  # the last sentence is still being written
        someone.server.let_go()
        await someone.until(lambda: someone.transcript.rows > rows + 8)
        assert marked(someone) == before
        assert ["" if "── unread ──" in row else row for row in view(someone)[:-1]] == page
        await someone.press("G")
        assert someone.transcript.following
        await someone.press("escape")
        await someone.done()


async def test_the_block_that_is_being_written_is_stood_on_as_it_grows(home: Path) -> None:
    async with person(home) as someone:
        text = WORDS * 12
        someone.server.then(Faulty(Reply([{"type": "text", "text": text}]), Fault("hold", after_text=100)))
        await someone.says("Go.", wait=False)
        await someone.sees("lazy dog")
        someone.transcript.focus()
        await someone.press("left")
        assert someone.transcript.following
        someone.server.let_go()
        await someone.until(lambda: len(marked(someone)) > 2)
        someone.server.let_go(9)
        await someone.done()
        await someone.press("c")
        assert copied(someone).strip() == text.strip()


async def test_the_mark_stays_on_its_block_through_a_resize_and_a_fold(home: Path) -> None:
    async with person(home, script=Faithful(PAGE, "A thought.\n" * 9), size=(80, 40)) as someone:
        await someone.says("Go.")
        someone.transcript.focus()
        await someone.press("right", "right", "right")
        assert "A paragraph" in marked(someone)[0]
        await someone.press("f3")  # the card is not at hand: nothing else is folded by a key that stands elsewhere
        await someone.pilot.resize_terminal(50, 50)
        await someone.pilot.pause()
        assert "A paragraph" in marked(someone)[0] and len(marked(someone)) >= 3
        await someone.press("c")
        assert copied(someone) == PARAGRAPH


async def test_the_links_of_a_block_are_opened_by_keyboard_after_it_was_shown_where_they_go(home: Path) -> None:
    async with person(home, script=Faithful(PAGE), size=(80, 60)) as someone:
        await someone.says("Go.")
        someone.transcript.focus()
        await someone.press("right", "right", "right", "right", "enter")
        assert isinstance(someone.screen, ChooseScreen)
        await someone.sees("link", "example.com/a?b=c", "example.com/more")
        await someone.press("down", "enter")
        await someone.sees("https://example.com/more", "Open it in the browser", "Copy the address")
        await someone.press("down", "enter")
        await someone.until(lambda: copied(someone) == "https://example.com/more")


async def test_standing_where_there_is_nothing_does_nothing(home: Path) -> None:
    async with person(home) as someone:
        someone.transcript.focus()
        await someone.press("left", "right", "[", "]", "enter", "c", "C", "<", ">", "ctrl+up", "ctrl+down")
        assert someone.typed == "" and not marked(someone)
        await someone.hears("There is no block to copy here")
