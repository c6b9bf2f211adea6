"""The library in an app that holds nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from claude_tui.core.conversation import Node
from claude_tui.core.message import TextBlock
from claude_tui.core.text import is_safe
from claude_tui.errors import StoreError
from claude_tui.store.values import Hit, HitKind, Shelf, Summary
from claude_tui.ui.screens.library import FIRST_PAGE, LibraryScreen, Place
from claude_tui.ui.screens.library_rows import spelled
from tests.ui.widgets.conftest import HOSTILE, Host, lines_with, press, shown, soon, text_of

pytestmark = pytest.mark.anyio

NOW = time.time_ns() // 1_000_000


def summary(place: int, title: str = "", **more: object) -> Summary:
    values: dict[str, object] = {
        "id": f"c{place}", "title": title or f"Conversation {place}", "model": "claude-opus-5-5", "created_at": NOW,
        "updated_at": NOW - place * 60_000, "messages": 4, "cost_usd": "0.38", "interrupted": False, "draft": False,
    }  # fmt: skip
    return Summary(**{**values, **more})  # type: ignore[arg-type]


MANY = [summary(place) for place in range(5_000)]


class Shelves:
    """Somebody who keeps conversations, for a screen alone."""

    def __init__(self, rows: Sequence[Summary] = (), hits: Sequence[Hit] = ()) -> None:
        self.rows = {"open": list(rows), "archived": list[Summary](), "trash": list[Summary]()}
        self.hits = list(hits)
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.did: list[tuple[object, ...]] = []
        self.pages = 0
        self.fails: Exception | None = None
        self.held: asyncio.Event | None = None
        """What a search waits for."""
        self.mishaps: list[BaseException] = []
        self.answers: list[object] = []

    async def page(self, shelf: Shelf, limit: int, offset: int) -> Sequence[Summary]:
        self.pages += 1
        return self.rows[shelf][offset : offset + limit]

    async def look(
        self, query: str, kinds: Collection[HitKind], tell: Callable[[Sequence[Hit]], object], trashed: bool
    ) -> bool:
        self.asked.append((query, tuple(sorted(kinds))))
        if self.held is not None:
            await self.held.wait()
        if self.fails is not None:
            raise self.fails
        for hit in self.hits:
            await asyncio.sleep(0)
            tell([hit])
        return True

    async def peek(self, conversation_id: str, node_id: str | None) -> Sequence[Node]:
        texts = ("A first question", f"Said in {conversation_id}", "long " * 2_000 + "a needle" + " long" * 2_000)
        return [Node(f"n{at}", None, "user", (TextBlock(text),), "typed") for at, text in enumerate(texts)]

    async def rename(self, conversation: Summary, title: str) -> None:
        self.did.append(("rename", conversation.id, title))

    async def pin(self, conversation: Summary, pinned: bool) -> None:
        self.did.append(("pin", conversation.id, pinned))

    async def archive(self, conversation: Summary, archived: bool) -> None:
        self._move(conversation, "archived" if archived else "open")

    async def trash(self, conversation: Summary, trashed: bool) -> None:
        self._move(conversation, "trash" if trashed else "open")

    def _move(self, conversation: Summary, shelf: Shelf) -> None:
        self.did.append((shelf, conversation.id))
        for rows in self.rows.values():
            rows[:] = [row for row in rows if row.id != conversation.id]
        self.rows[shelf].insert(0, conversation)

    async def purge(self, conversation: Summary | None) -> int:
        gone = [row for row in self.rows["trash"] if conversation is None or row.id == conversation.id]
        self.rows["trash"] = [row for row in self.rows["trash"] if row not in gone]
        self.did.append(("purge", *(row.id for row in gone)))
        return len(gone)

    def mishap(self, error: BaseException) -> str:
        self.mishaps.append(error)
        return "A report is kept."

    def ask_title(self, title: str, answer: Callable[[str | None], None]) -> None:
        answer(str(self.answers.pop(0)))

    def ask_purge(self, question: str, answer: Callable[[bool], None]) -> None:
        self.did.append(("asked", question))
        answer(bool(self.answers.pop(0)))


def library(keeper: Shelves, **more: Any) -> LibraryScreen:
    return LibraryScreen(keeper, keeper.rows["open"][:FIRST_PAGE], **more)


async def test_the_library_opens_what_is_chosen() -> None:
    keeper = Shelves(MANY)
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(80, 24)) as pilot:
        assert lines_with(text_of(app), "❯")[0].split()[:3] == ["❯", "Conversation", "0"]
        await soon(pilot, lambda: "Conversations  5,000 " in shown(app))
        await press(pilot, "down", "down", "up", "pagedown", "pageup", "enter")
    assert app.answers == [Place("c1")]


async def test_the_first_rows_are_there_before_the_others_are_asked_for() -> None:
    keeper = Shelves(MANY)
    screen = library(keeper)
    assert keeper.pages == 0 and len(screen._rows) == FIRST_PAGE
    app = Host(screen=lambda: screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "down", "down")
        await soon(pilot, lambda: len(screen._rows) == len(MANY))
        assert "❯ Conversation 2 " in shown(app), "one stays where one had gone to"


async def test_thousands_of_rows_are_walked_and_not_mounted() -> None:
    keeper = Shelves(MANY)
    app = Host(screen=lambda: library(keeper, current="c7"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert len(list(app.screen.query("*"))) < 16
        assert "❯ Conversation 7 " in shown(app)
        await soon(pilot, lambda: "5,000 " in shown(app))
        await press(pilot, "ctrl+end")
        assert "Conversation 4999" in shown(app)
        await press(pilot, "ctrl+home")
        assert "Conversation 0 " in shown(app)
        await press(pilot, "pagedown", "pagedown")
        assert lines_with(text_of(app), "❯ ")
        await press(pilot, "escape")
    assert app.answers == [None]


async def test_the_library_filters_titles_and_finds_text() -> None:
    hits = [
        Hit("c9", "n3", "Garden", NOW, "text", "the ros\nes\x1b[2J are [/oops] red", ((4, 10),)),
        Hit("c8", "n4", HOSTILE, NOW, "thinking", "x", ((5, 99), (-3, 1), (1, 0))),
    ]
    keeper = Shelves([summary(0, "Roses"), summary(1, "Bread"), summary(2, "[/oops] roses \x1b]0;x\x07")], hits)
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, *"ROSES")
        assert "Bread" not in shown(app)
        assert "2 of 3 titles" in shown(app)
        await press(pilot, "down")
        await soon(pilot, lambda: "the ros es" in shown(app))
        assert keeper.asked[-1][0] == "ROSES"
        assert "the ros es␛[2J are [/oops] red" in shown(app)
        assert "❯ [/oops] roses" in shown(app)
        assert "2 by what was said" in shown(app)
        assert is_safe(shown(app))
        await press(pilot, "down", "enter")
    assert app.answers == [Place("c9", "n3", "ros\nes")]


async def test_what_is_found_bit_by_bit_stands_below_what_was() -> None:
    hits = [Hit(f"h{number}", "n", "Garden", NOW, "text", f"rose {number}.", ((0, 4),)) for number in range(60)]
    app = Host(screen=lambda: library(Shelves([summary(0, "Roses"), summary(1, "Bread")], hits)))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *"rose")
        await soon(pilot, lambda: "60 by what was said" in shown(app))
        seen = [line for line in text_of(app) if "↳" in line]
        assert [line.split()[2] for line in seen] == [f"{number}." for number in range(len(seen))] and len(seen) > 10
        assert "❯ Roses" in shown(app)
        await press(pilot, "ctrl+end")
        assert "rose 59." in shown(app)


async def test_titles_are_found_without_their_accents_as_what_was_said_is() -> None:
    rows = [summary(0, "Un Café"), summary(1, "Cafe\u0301 noir"), summary(2, "Tea")]
    app = Host(screen=lambda: library(Shelves(rows)))
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, *"CAFE")
        assert "2 of 3 titles" in shown(app)
        await press(pilot, "backspace", "é")
        assert "2 of 3 titles" in shown(app)


async def test_each_kind_of_text_can_be_left_out() -> None:
    keeper = Shelves(MANY[:3])
    app = Host(screen=lambda: library(keeper, query="x"))
    async with app.run_test(size=(100, 24)) as pilot:
        await soon(pilot, lambda: keeper.asked)
        await press(pilot, "f7")
        assert "without thinking" in shown(app)
        await soon(pilot, lambda: keeper.asked[-1] == ("x", ("text", "tool")))
        await press(pilot, "f6")
        await soon(pilot, lambda: keeper.asked[-1] == ("x", ("tool",)))
        await press(pilot, "ctrl+t")
        assert "without text and thinking and tool" in shown(app)
        await press(pilot, "f6", "f7", "ctrl+t")
        await soon(pilot, lambda: keeper.asked[-1] == ("x", ("text", "thinking", "tool")))


async def test_conversations_are_kept_in_order_and_everything_is_taken_back() -> None:
    keeper = Shelves(MANY[:4])
    keeper.answers = ["Another name"]
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f4")
        await soon(pilot, lambda: "pinned" in lines_with(text_of(app), "Conversation 0 ")[0])
        await press(pilot, "down", "f2")
        await soon(pilot, lambda: "❯ Another name" in shown(app))
        await press(pilot, "down", "f5")
        await soon(pilot, lambda: not lines_with(text_of(app), "Conversation 2 "))
        assert "❯ Conversation 3" in shown(app), "the row that came into its place"
        await press(pilot, "f8")
        await soon(pilot, lambda: "is in the trash" in shown(app))
        assert keeper.did == [
            ("pin", "c0", True),
            ("rename", "c1", "Another name"),
            ("archived", "c2"),
            ("trash", "c3"),
        ]
        for _ in range(4):
            before = len(keeper.did)
            await press(pilot, "ctrl+z")
            await soon(pilot, lambda before=before: len(keeper.did) > before and "Undone" in shown(app))
        assert keeper.did[4:] == [
            ("open", "c3"),
            ("open", "c2"),
            ("rename", "c1", "Conversation 1"),
            ("pin", "c0", False),
        ]
        await press(pilot, "ctrl+z")
        assert "nothing to undo" in shown(app)


async def test_what_ends_when_another_shelf_is_shown_is_done_all_the_same() -> None:
    go = asyncio.Event()

    class Slow(Shelves):
        async def pin(self, conversation: Summary, pinned: bool) -> None:
            await go.wait()
            await super().pin(conversation, pinned)

        async def archive(self, conversation: Summary, archived: bool) -> None:
            await go.wait()
            await super().archive(conversation, archived)

    keeper = Slow(MANY[:3])
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f4", "down", "f5", "tab")
        await soon(pilot, lambda: "Nothing is archived" in shown(app))
        go.set()
        await soon(pilot, lambda: "Archive  1" in shown(app) and "❯ Conversation 1 " in shown(app))
        assert keeper.did == [("pin", "c0", True), ("archived", "c1")]


async def test_what_moves_up_while_the_rows_are_read_is_not_missed() -> None:
    class Shrinking(Shelves):
        async def page(self, shelf: Shelf, limit: int, offset: int) -> Sequence[Summary]:
            if self.pages in (1, 3):  # thrown away in another window
                del self.rows[shelf][:50]
            return await super().page(shelf, limit, offset)

    keeper = Shrinking(MANY[:2_000])
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, LibraryScreen)
        await soon(pilot, lambda: screen._whole)
        assert [row.id for row in screen._rows] == [row.id for row in MANY[:2_000]], "one row was jumped over"


async def test_the_trash_is_emptied_only_when_that_is_said_again() -> None:
    keeper = Shelves(MANY[:3])
    keeper.rows["trash"] = [summary(7, "Thrown"), summary(8, "Cast"), summary(9, "Tossed")]
    keeper.answers = [False, True, True]
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f9")
        assert keeper.did == [], "there is nothing to empty here"
        await press(pilot, "tab", "tab")
        await soon(pilot, lambda: "Trash  3" in shown(app) and "❯ Thrown" in shown(app))
        await press(pilot, "enter")
        await soon(pilot, lambda: "“Thrown” is back" in shown(app))
        await press(pilot, "f8")
        assert keeper.did == [("open", "c7"), ("asked", "Delete “Cast” for good?")]
        await press(pilot, "f8")
        await soon(pilot, lambda: keeper.did[-1] == ("purge", "c8"))
        await press(pilot, "f9")
        await soon(pilot, lambda: keeper.did[-1] == ("purge", "c9") and "The trash is empty" in shown(app))
        assert ("asked", "Delete all that is in the trash for good?") in keeper.did
        await press(pilot, "tab")
        await soon(pilot, lambda: "❯ Thrown" in shown(app))


async def test_a_preview_stands_beside_the_list_where_there_is_room() -> None:
    keeper = Shelves(MANY[:3], [Hit("c9", "n3", "Garden", NOW, "text", "…a needle…", ((3, 9),))])
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(120, 24)) as pilot:
        await soon(pilot, lambda: "long long" in shown(app))
        await press(pilot, *"zzz")
        await soon(pilot, lambda: "by what was said" in shown(app) and "↳" in shown(app))
        await soon(pilot, lambda: "a needle long" in shown(app))
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "needle long" not in shown(app)


async def test_a_search_that_fails_says_so() -> None:
    keeper = Shelves(MANY[:3])
    keeper.fails = StoreError("The index cannot be read.")
    app = Host(screen=lambda: library(keeper, query="conv"))
    async with app.run_test(size=(80, 24)) as pilot:
        await soon(pilot, lambda: "The index cannot be read." in shown(app))
        await press(pilot, *"zzz", "enter", "down", "pageup")
        assert app.answers == []


async def test_the_library_marks_what_matters_at_any_width() -> None:
    rows = [
        summary(0, HOSTILE, interrupted=True, draft=True, cost_usd="what", model=HOSTILE),
        summary(1, "日本語のタイトル" * 9, interrupted=True, pinned=True),
        summary(2, "Answering"),
        summary(3, ""),
        summary(4, cost_usd=None, updated_at=10**18),
    ]
    app = Host(screen=lambda: library(Shelves(rows), marks={"c2": ("writing", "accent")}))
    async with app.run_test(size=(120, 24)) as pilot:
        for width in (120, 80, 40, 20, 5):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            assert is_safe(shown(app))
            if width >= 40:
                for mark in ("cut", "draft", "writing", "pinned"):
                    assert mark in shown(app)
    app = Host(screen=lambda: library(Shelves()))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "No conversations yet" in shown(app)
        await press(pilot, "down", "f2", "f4", "f5", "f8", "f9", "enter", "escape")
    assert app.answers == [None]


async def test_a_row_can_be_clicked() -> None:
    app = Host(screen=lambda: library(Shelves(MANY)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#rows", offset=(10, 3))
        await pilot.pause()
    assert app.answers == [Place("c3")]


def test_what_was_found_is_looked_for_as_it_is_written_there() -> None:
    def hit(snippet: str, *spans: tuple[int, int]) -> Hit:
        return Hit("c", "n", "t", 0, "text", snippet, spans)

    assert spelled(hit("un Café noir", (3, 7)), "cafe") == ["Café"]
    assert spelled(hit("un Café noir", (3, 7), (8, 12)), "cafe noir") == ["Café noir"]
    assert spelled(hit("noir est le café", (0, 4), (12, 16)), "cafe noir") == ["noir", "café"]
    assert (
        spelled(
            hit(
                "…",
            ),
            "x",
        )
        == []
    )


@pytest.mark.parametrize("fails", [None, StoreError("It cannot be read")])
async def test_a_search_that_ends_when_the_list_is_half_closed_harms_nothing(fails: StoreError | None) -> None:
    keeper = Shelves(MANY, [])
    keeper.held, keeper.fails = asyncio.Event(), fails
    screen = library(keeper)
    app = Host(screen=lambda: screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "w")
        await soon(pilot, lambda: keeper.asked)
        await screen.query("#head, #filter, #shelf, #foot").remove()  # as closing does, before the screen itself goes
        (search,) = [worker for worker in app.workers if worker.group == "look"]
        keeper.held.set()
        await search.wait()
    assert keeper.mishaps == []


async def test_what_nobody_expected_of_a_search_is_reported_and_ends_nothing() -> None:
    keeper = Shelves(MANY, [])
    keeper.fails = RuntimeError("odd")
    app = Host(screen=lambda: library(keeper))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "w")
        await soon(pilot, lambda: "A report is kept." in shown(app))
        await press(pilot, "escape")
    assert keeper.mishaps == [keeper.fails] and app.answers == [None]
