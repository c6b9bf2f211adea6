"""Reading on one's own: the view stands still while a reply goes on, and what was not read is marked and gone to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claude_tui.demo import Fault, Faulty, Reply
from claude_tui.store import Store
from tests.support.driver import LONG, WORDS, Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio

RULE = re.compile(r"── unread ─+")


def page(someone: Person) -> list[str]:
    """The transcript's rows but for the last, without the scroll bar."""
    return [line[:78].rstrip() for line in someone.lines[: someone.transcript.size.height - 1]]


def mark(someone: Person) -> str:
    return someone.lines[someone.transcript.size.height - 1]


def new(someone: Person) -> int:
    found = re.search(r"reading · ([\d,]+) new line", mark(someone))
    return int(found[1].replace(",", "")) if found else 0


def first_unread(someone: Person) -> str:
    """The first row below the rule that says something."""
    rows = page(someone)
    at = next(at for at, row in enumerate(rows) if RULE.search(row))
    return next(row.strip() for row in rows[at + 1 :] if row.strip())


async def begins(someone: Person, text: str = LONG, sees: str = "Sentence 22 ", at: int = 1200) -> None:
    someone.server.then(held(text, at))
    await someone.says("Go.", wait=False)
    await someone.sees(sees)


def written(someone: Person) -> float:
    """Characters of the reply so far; no end to them once it has ended."""
    turn = someone.chat.turn
    return turn.reply.characters if turn is not None and turn.reply is not None else float("inf")


async def goes_on(someone: Person, characters: int, at: int = 1200) -> None:
    """Let the reply grow by so much, up to where it is held again."""
    wanted = written(someone) + characters
    while (before := written(someone)) < wanted:
        someone.server.let_go()
        await someone.until(lambda before=before: written(someone) >= before + at or not someone.busy)


async def test_nothing_moves_until_the_reader_goes_on_with_what_is_unread(home: Path) -> None:
    async with person(home) as someone:
        await begins(someone)
        await someone.press("ctrl+s")
        before = page(someone)
        assert "reading · Ctrl+S" in mark(someone)
        last = [row for row in before if "Sentence" in row][-1]
        await goes_on(someone, 2400)
        assert page(someone) == before
        rows = someone.transcript.rows
        counted = new(someone)
        await someone.press("ctrl+s")
        assert abs(someone.transcript.rows - rows - counted) <= 2, "the lines that came were miscounted"
        assert any(row.startswith(last) for row in page(someone)), "it goes on somewhere else"
        number = int(re.findall(r"Sentence (\d+)", last)[-1])
        assert f"Sentence {number} " in first_unread(someone) or f"Sentence {number + 1} " in first_unread(someone)
        await someone.sees("new line", "· End")
        await someone.press("ctrl+end")
        assert someone.transcript.following and not any(RULE.search(row) for row in page(someone))
        await someone.press("escape")
        await someone.done()


async def test_thinking_that_would_fold_and_an_end_move_nothing(home: Path) -> None:
    thought = "\n".join(f"Thought {number}, of some length." for number in range(30))
    blocks = [{"type": "thinking", "thinking": thought, "signature": "s"}, {"type": "text", "text": LONG}]
    async with person(home) as someone:
        someone.server.then(Faulty(Reply(blocks), Fault("hold", after_thinking=600)))
        await someone.says("Go.", wait=False)
        await someone.sees("Thought 19")
        await someone.press("ctrl+s")
        before = page(someone)
        someone.server.let_go(2)
        await someone.done()
        assert page(someone) == before, "it moved"
        await someone.press("ctrl+s")
        await someone.sees("Thought 20", "Thought 29", "Sentence 0 ")


async def test_the_reader_turns_the_page_and_it_stands_still_again(home: Path) -> None:
    async with person(home) as someone:
        await begins(someone)
        await someone.press("ctrl+s")
        before = page(someone)
        await goes_on(someone, 3600)
        await someone.press("pagedown")
        turned = page(someone)
        assert turned[0] and turned[0] in before and RULE.search(turned[1]) and turned[4] not in before
        assert someone.transcript.frozen
        await goes_on(someone, 1200)
        assert page(someone) == turned and new(someone) > 0
        await someone.press("ctrl+end")
        assert not someone.transcript.frozen and someone.transcript.following
        await someone.press("escape")
        await someone.done()


async def test_folds_themes_sizes_and_searches_still_work_while_it_is_held(home: Path) -> None:
    async with person(home, seed=lambda store: keep(store, conversation_of(5)), last=True) as someone:
        await begins(someone, sees="Sentence 22 ")
        await someone.press("ctrl+s")
        before = page(someone)
        await goes_on(someone, 1200)
        await someone.pilot.resize_terminal(60, 20)
        await someone.pilot.resize_terminal(80, 24)
        await someone.pilot.pause()
        assert page(someone) == before
        await someone.press("pageup", "pageup", "ctrl+home")
        await someone.sees("Question 0?", "reading ·")
        await someone.commands("/read")
        await someone.until(lambda: not someone.transcript.frozen)
        await someone.sees("── unread ──")
        await someone.press("escape")
        await someone.done()


async def test_what_one_asks_or_opens_is_shown(home: Path) -> None:
    async with person(home) as someone:
        await begins(someone)
        await someone.press("ctrl+s", "escape")
        await someone.done()
        assert "Stopped after" not in someone.text
        someone.server.then(held("Another answer.", 5))
        await someone.says("And this?", wait=False)
        await someone.sees("And this?", "Anoth")
        assert not someone.transcript.frozen
        await someone.press("ctrl+s", "ctrl+n")
        await someone.sees("claude-tui")
        assert not someone.transcript.frozen and "reading" not in someone.text
        await someone.press("ctrl+s")
        await someone.hears("nothing here to read yet")


async def test_scrolling_up_marks_where_what_came_since_begins(home: Path) -> None:
    async with person(home) as someone:
        await begins(someone)
        last = [row for row in page(someone) if "Sentence" in row][-1]
        await someone.press("pageup")
        await goes_on(someone, 1500)
        await someone.press("pagedown")
        assert any(row.startswith(last) for row in page(someone))
        assert any(RULE.search(row) for row in page(someone))
        await someone.press("escape")
        await someone.done()


async def test_a_paragraph_that_was_half_read_is_marked_in_its_middle(home: Path) -> None:
    text = f"{WORDS * 30}\n\n{LONG}"
    async with person(home, size=(60, 24)) as someone:
        await begins(someone, text, "brown fox", 400)
        before = [row for row in page(someone) if row]
        await someone.press("ctrl+s")
        await goes_on(someone, 1200, 400)
        await someone.press("ctrl+s")
        assert not any(RULE.search(row) for row in page(someone))
        strips = someone.app.screen._compositor.render_strips()[: someone.transcript.size.height]
        under = [row for row, strip in enumerate(strips) if any(each.style and each.style.underline for each in strip)]
        assert len(under) == 1
        assert page(someone)[under[0]] == before[-2], "the last row that was whole is ruled off"
        await someone.press("ctrl+end", "escape")
        await someone.done()


@pytest.mark.parametrize("width", [200, 40, 24, 10])
async def test_it_is_said_at_any_width(home: Path, width: int) -> None:
    async with person(home, size=(width, 20)) as someone:
        someone.server.then(held(LONG))
        await someone.says("Go.", wait=False)
        await someone.until(lambda: someone.transcript.rows > 30)
        await someone.press("ctrl+s")
        await goes_on(someone, 1500)
        assert ("reading" in mark(someone)) == (width >= 24)
        assert (new(someone) > 0) == (width >= 40)
        assert len(mark(someone)) <= width
        await someone.press("ctrl+s", "escape")
        await someone.done()


async def test_long_after_it_costs_no_more(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came is counted from the new text alone."""

    def seed(store: Store) -> None:
        keep(store, conversation_of(50))

    async with person(home, seed=seed, last=True) as someone:
        await begins(someone, LONG * 6)
        await someone.press("ctrl+s")
        counted: list[int] = []
        from claude_tui.core.growing import Flow

        since = Flow.since
        monkeypatch.setattr(
            Flow, "since", lambda flow, offset: counted.append(len(flow) - offset) or since(flow, offset)
        )
        await goes_on(someone, 12_000)
        assert sum(counted) < 40_000, "the same text was counted again and again"
        await someone.press("ctrl+s")
        await someone.sees("unread")
        await someone.press("ctrl+end", "escape")
        await someone.done()
