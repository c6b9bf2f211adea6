"""The transcript under the reader's eyes: what stands still, what follows, what is laid out at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.geometry import Offset
from textual.keys import _character_to_key
from textual.selection import Selection

from claude_tui.demo import Faithful, Fault, Faulty, Reply
from claude_tui.store import Store
from tests.support.driver import LONG, WORDS, Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio


def seed(store: Store) -> None:
    keep(store, conversation_of(40, lambda number: f"Answer {number}.\n\n" + WORDS * 5))


def page(someone: Person) -> list[str]:
    """The transcript's lines without the last one, which may hold the mark, and without the bar."""
    height = someone.transcript.size.height
    return [line[:78].rstrip() for line in someone.lines[: height - 1]]


async def test_it_follows_its_end_until_the_reader_scrolls(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.until(lambda: someone.transcript.rows > 30)
        assert someone.transcript.following
        await someone.press("pageup")
        assert not someone.transcript.following
        before = page(someone)
        rows = someone.transcript.rows
        someone.server.let_go()
        await someone.until(lambda: someone.transcript.rows > rows + 4)
        assert page(someone) == before, "the view moved while it was read"
        await someone.sees("new line", "End")
        await someone.press("ctrl+end")
        assert someone.transcript.following
        assert "new line" not in someone.text
        await someone.press("escape")
        await someone.done()
        assert someone.transcript.following
        await someone.sees("Stopped after")


async def test_reaching_the_end_follows_again(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.press("pageup", "pageup")
        assert not someone.transcript.following
        await someone.press("pagedown", "pagedown", "pagedown")
        assert someone.transcript.following


async def test_pages_lead_back_to_the_same_line(home: Path) -> None:
    """Heights far away are guessed; walking there and back must not show it."""
    async with person(home, seed=seed, last=True) as someone:
        seen = [page(someone)]
        for _ in range(12):
            await someone.press("pageup")
            seen.append(page(someone))
        for number in range(11, 0, -1):
            await someone.press("pagedown")
            assert page(someone) == seen[number], f"page {number} is another"


async def test_consecutive_pages_share_two_lines(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.press("pageup", "pageup")
        for _ in range(6):
            before = page(someone)
            await someone.press("pageup")
            after = page(someone)
            assert after[-1] == before[0], "a line was jumped over, or the pages do not overlap"


async def test_the_line_stays_through_a_resize(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.press("pageup", "pageup", "pageup")
        top = page(someone)
        first = next(line for line in top if line.strip())
        word = first.split()[0]
        await someone.pilot.resize_terminal(50, 30)
        await someone.pilot.pause()
        shown = [line for line in page(someone)[:4] if line.strip()]
        assert any(word in line for line in shown), (first, shown)
        await someone.pilot.resize_terminal(80, 24)
        await someone.pilot.pause()
        assert any(first == line for line in page(someone)[:4])
        await someone.press("ctrl+end")
        await someone.pilot.resize_terminal(120, 40)
        await someone.pilot.pause()
        await someone.sees("Answer 39.")
        assert someone.transcript.following


async def test_the_line_stays_through_a_fold(home: Path) -> None:
    thought = "\n".join(f"Thought {number}" for number in range(30))
    async with person(home, script=Faithful(" ".join(map(str, range(900))), thought)) as someone:
        await someone.says("One.")
        await someone.says("Two.")
        await someone.press("pageup")
        before = page(someone)
        await someone.press("f3")
        after = page(someone)
        common = [line for line in before if line.strip() and line in after]
        assert len(common) >= 3, "the fold threw the reader somewhere else"
        await someone.press("f3")
        assert page(someone) == before


async def test_a_guess_put_right_is_no_new_line(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        for _ in range(15):
            await someone.press("pageup")
            assert "new line" not in someone.text
        await someone.pilot.resize_terminal(60, 20)
        await someone.pilot.pause()
        assert "new line" not in someone.text and "↓ End" in someone.text


async def test_the_wheel(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        someone.transcript._on_mouse_scroll_up(_wheel(someone))
        await someone.pilot.pause()
        assert not someone.transcript.following
        for _ in range(2):
            someone.transcript._on_mouse_scroll_down(_wheel(someone))
        await someone.pilot.pause()
        assert someone.transcript.following


def _wheel(someone: Person) -> object:
    from textual import events

    return events.MouseScrollUp(someone.transcript, 5, 5, 0, -1, 0, False, False, False, 5, 5, None)


async def test_wheel_where_nothing_scrolls_does_not_let_go_of_the_end(home: Path) -> None:
    async with person(home, script=Faithful("Short.")) as someone:
        await someone.says("Go.")
        someone.transcript._on_mouse_scroll_up(_wheel(someone))
        await someone.press("pageup")
        assert someone.transcript.following
        await someone.says("And?")
        await someone.says("And then?")
        assert someone.transcript.scroll_y >= 0
        assert "new line" not in someone.text


async def test_what_is_selected_is_the_text_and_not_its_look(home: Path) -> None:
    said = "A bold line that is long enough to be wrapped at eighty columns, more than once if need be, or so."
    text = said.replace("bold", "**bold**") + "\n\n- item"
    async with person(home, script=Faithful(text)) as someone:
        await someone.says("Go.")
        rows = [place for place, line in enumerate(someone.lines) if "A bold line" in line or "item" in line]
        top = int(someone.transcript.scroll_y)
        selection = Selection(Offset(0, top + rows[0]), Offset(79, top + rows[-1]))
        chosen = someone.transcript.get_selection(selection)
        assert chosen is not None
        lines = chosen[0].split("\n")
        assert lines[0] == said
        assert lines[-1].endswith("item")


async def test_a_hundred_thousand_characters_open_at_once(home: Path) -> None:
    def big(store: Store) -> None:
        keep(store, conversation_of(100, lambda number: (f"## Part {number}\n\n" + WORDS * 8 + "\n\n") * 4))

    async with person(home, seed=big, last=True) as someone:
        transcript = someone.transcript
        units = transcript._rows.units
        exact = sum(unit.exact(transcript._rows.width) for unit in units)
        assert exact <= 10, f"{exact} of {len(units)} units were laid out"


async def test_thinking_is_open_while_it_is_thought_and_folds_after(home: Path) -> None:
    blocks = [{"type": "thinking", "thinking": "A thought. " * 40}, {"type": "text", "text": LONG[:200]}]
    async with person(home) as someone:
        someone.server.then(Faulty(Reply(blocks), Fault("hold", after_thinking=250)))
        await someone.says("Go.", wait=False)
        await someone.sees("▾ Thinking", "A thought.")
        someone.server.let_go(2)
        await someone.sees("▸ Thought", "Sentence 1 ")
        assert "A thought." not in someone.text
        await someone.done()


async def test_a_card_folds_by_keyboard_and_by_click(home: Path) -> None:
    async with person(home, script=Faithful("An answer.", "A thought.")) as someone:
        await someone.says("Go.")
        someone.transcript.focus()
        await someone.press("right", "right", "enter")
        await someone.sees("▾ Thought", "A thought.")
        await someone.press("enter")
        await someone.until(lambda: "A thought." not in someone.text)
        row = next(place for place, line in enumerate(someone.lines) if "▸ Thought" in line)
        await someone.pilot.click("#transcript", offset=(4, row))
        await someone.sees("A thought.")


async def test_typing_while_reading_goes_to_the_prompt(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Go.")
        someone.transcript.focus()
        await someone.press("w", "h", "y")
        assert someone.typed == "why"


async def test_a_reply_cut_in_a_table_goes_on_as_one_table(home: Path) -> None:
    head = "Here it is:\n\n| one | two |\n|---|---|\n"
    text = head + "".join(f"| left {number} | right {number} |\n" for number in range(60)) + "\nThe end.\n"
    async with person(home, script=Faithful(text)) as someone:
        someone.server.then(held(text, 300))
        await someone.says("Go.", wait=False)
        await someone.sees("right 8")
        await someone.press("escape")
        await someone.done()
        assert someone.reply != text
        await someone.press("ctrl+g")
        await someone.done()
        assert someone.reply == text
        await someone.sees("The end.")
        assert "|" not in someone.text, "the rest was drawn as a paragraph of bars"


async def test_what_is_typed_behind_the_key_that_leaves_the_transcript_is_typed(home: Path) -> None:
    """As over a slow line: a word in one piece, signs in it that mean something in the transcript."""
    async with person(home) as someone:
        await someone.says("Go.")
        await someone.press("tab")
        await someone.until(lambda: someone.app.focused is someone.transcript)
        for sign in "/find c [n] > a":
            someone.app.post_message(events.Key(_character_to_key(sign), sign))
        await someone.until(lambda: someone.typed == "/find c [n] > a")
        someone.app.post_message(events.Key("enter", "\r"))
        await someone.until(lambda: someone.app.chat_screen.find_bar.display)


async def test_the_end_that_the_mark_names_is_reached_from_the_prompt(home: Path) -> None:
    async with person(home, seed=seed, last=True) as someone:
        await someone.press("pageup")
        await someone.sees("↓ End")
        await someone.press("end")
        assert someone.transcript.following
        await someone.press(*"two words", "pageup", "home", "end")
        assert not someone.transcript.following, "End goes to the line's end first"
        await someone.press("end")
        assert someone.transcript.following
        assert someone.typed == "two words"
