"""What is sent while a reply is written waits for its end, and is neither lost nor sent where it should not be."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.attached import files_in
from claude_tui.core.message import visible_text
from claude_tui.demo import Failure, Reply
from claude_tui.session import Session
from claude_tui.store import Store
from claude_tui.tools import Toolbox
from claude_tui.ui.chat.waiting import Line, found_in
from claude_tui.ui.screens.queue import QueueScreen
from tests.support.driver import Person, held, person

pytestmark = pytest.mark.anyio


def saying(*texts: str) -> list[Reply]:
    return [Reply([{"type": "text", "text": text}]) for text in texts]


def asked(someone: Person) -> list[str]:
    """The questions of the open conversation."""
    return [visible_text(node.content) for node in someone.conversation.path() if node.origin == "typed"]


def waiting(someone: Person) -> list[str]:
    line = someone.chat.queue.waiting
    return [item.text for item in line.items] if line is not None else []


def on_disk(store: Store, conversation_id: str) -> list[str]:
    return [item.text for item in found_in(store.drafts().result(5), conversation_id)]


async def while_written(someone: Person, *texts: str, of: str = "word " * 100) -> None:
    """A reply is being written, and these are sent meanwhile."""
    someone.server.then(held(of, 300))
    await someone.says("First", wait=False)
    await someone.sees("word word")
    for text in texts:
        await someone.says(text, wait=False)


async def test_what_is_sent_meanwhile_goes_one_after_another_when_the_reply_is_complete(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second", "Third")
        someone.server.then(*saying("An answer.", "Another."))
        assert waiting(someone) == ["Second", "Third"] and someone.typed == "" and len(someone.requests) == 1
        await someone.sees("… Second", "… Third")
        someone.server.let_go()
        await someone.until(lambda: len(someone.requests) == 3 and not someone.busy)
        assert asked(someone) == ["First", "Second", "Third"] and waiting(someone) == []
        assert [one.problem for one in someone.server.requests if one.problem] == []
        assert "…" not in "\n".join(someone.lines[-6:-1])
        here = someone.conversation.id
        await someone.until(lambda: on_disk(someone.session.store, here) == [])
        assert await someone.chat.wait(someone.session.store.typed()) == [], "neither drafts nor taken out of one"


async def test_its_files_go_with_it(home: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("Salt.")
    async with person(home) as someone:
        await while_written(someone)
        await someone.commands(f"/attach {note}")
        await someone.sees("note.md")
        await someone.says("What is in it?", wait=False)
        await someone.sees("… ▪ note.md · What is in it?")
        assert someone.chat.attaching.files == []
        await someone.press("up")
        await someone.until(lambda: [kept.name for kept in someone.chat.attaching.files] == ["note.md"])
        assert someone.typed == "What is in it?"
        await someone.press("enter")
        someone.server.let_go()
        await someone.until(lambda: len(someone.requests) == 2 and not someone.busy)
        assert "Salt." in str(someone.requests[-1]["messages"][-1])
        assert files_in(someone.conversation.path()[2].content) == () or someone.chat.attaching.files == []


async def test_a_long_message_hides_no_file_that_goes_with_it(home: Path, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("Salt.")
    async with person(home, size=(40, 12)) as someone:
        await while_written(someone)
        await someone.commands(f"/attach {tmp_path / 'note.md'}")
        await someone.says("What is in it? " * 40, wait=False)
        await someone.sees("… ▪ note.md · What")


ENDS: Mapping[str, tuple[Any, str]] = {
    "refused": (Reply([{"type": "text", "text": "No."}], "refusal"), "the model declined"),
    "failed": (Failure(400, "invalid_request_error", "No."), "the reply was cut"),
    "too long": (Reply([{"type": "text", "text": "So far"}], "max_tokens"), "the reply is not whole"),
    "wordless": (Reply([], "end_turn"), "the reply is not whole"),
}


@pytest.mark.parametrize("end", ENDS)
async def test_after_an_end_that_is_none_it_waits_for_a_key(home: Path, end: str) -> None:
    answer, why = ENDS[end]
    async with person(home) as someone:
        await while_written(someone, "Second", "Third")
        someone.server.then(answer, *saying("An answer."))
        someone.server.let_go()
        await someone.hears(f"Your next message waits: {why}")
        await someone.until(lambda: not someone.busy)
        assert waiting(someone) == ["Third"] and len(someone.requests) == 2
        await someone.sees(f"sends it · {why}")
        await someone.commands("/send-now")
        await someone.until(lambda: len(someone.requests) == 3 and not someone.busy)
        assert asked(someone)[-1] == "Third" and waiting(someone) == []


async def test_after_esc_it_waits_and_goes_when_the_reply_goes_on(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second")
        await someone.press("escape")
        await someone.done()
        await someone.hears("Your next message waits: the reply was stopped")
        assert waiting(someone) == ["Second"] and len(someone.requests) == 1
        someone.server.let_go()
        await someone.press("ctrl+g")
        await someone.until(lambda: asked(someone) == ["First", "Second"] and not someone.busy)
        assert waiting(someone) == []


async def test_after_a_budget_it_waits(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second", "Third")
        someone.session.budgets._run = Decimal("0.0001")
        someone.server.let_go()
        await someone.hears("Your next message waits: a budget is in the way")
        assert waiting(someone) == ["Third"] and len(someone.requests) == 1
        assert someone.conversation.head is not None and someone.conversation.head.status == "failed"


async def test_a_key_stops_the_reply_and_sends_at_once(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second")
        someone.server.then(*saying("At once.", "Later."))
        await someone.types("Now")
        someone.chat.run_command("command_send_now")
        await someone.until(lambda: len(someone.requests) == 3 and not someone.busy)
        assert asked(someone) == ["First", "Now", "Second"]
        assert someone.conversation.path()[1].status == "interrupted"


async def test_what_is_sent_once_the_reply_was_told_to_stop_goes_as_soon_as_it_has(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone)
        running = someone.app.turns.get(someone.conversation.id) if someone.app.turns else None
        assert running is not None
        running.stopping = True  # and its end is not here yet
        await someone.says("Instead", wait=False)
        running.cancel.cancel()
        await someone.until(lambda: asked(someone) == ["First", "Instead"] and not someone.busy)


async def test_nothing_came_yet_and_the_next_is_sent_at_once(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held("word " * 400, 0), *saying("An answer."))
        await someone.says("First", wait=False)
        await someone.until(lambda: len(someone.requests) == 1)
        await someone.says("/send-now Second", wait=False)
        await someone.until(lambda: len(someone.requests) == 2 and not someone.busy)
        assert asked(someone) == ["First", "Second"] and someone.typed == ""


async def test_up_in_an_empty_prompt_brings_the_last_back(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second", "//not a command")
        await someone.press("up")
        await someone.until(lambda: waiting(someone) == ["Second"])
        assert someone.typed == "//not a command", "as it must be typed to be sent"
        here = someone.conversation.id
        assert someone.session.store.draft(here).result(5) == "//not a command"
        assert on_disk(someone.session.store, here) == ["Second"]
        await someone.press("up")
        assert someone.typed != "Second", "with text in the prompt it is the history, as ever"


async def test_the_list_edits_moves_and_drops(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second", "Third", "Fourth", "Fifth")
        await someone.sees("4 wait")
        await someone.commands("/queue")
        await someone.until(lambda: isinstance(someone.screen, QueueScreen))
        await someone.sees("4 messages wait", "❯  4  Fifth")
        await someone.press("left_square_bracket")
        await someone.sees("❯  3  Fifth")
        await someone.press("up", "d")
        assert waiting(someone) == ["Second", "Fifth", "Fourth"]
        here = someone.conversation.id
        assert on_disk(someone.session.store, here) == ["Second", "Fifth", "Fourth"]
        await someone.press("ctrl+home", "enter")
        await someone.until(lambda: someone.typed == "Second")
        assert waiting(someone) == ["Fifth", "Fourth"]
        assert "Third" in [draft.text for draft in someone.session.store.typed().result(5)], "it can be had again"


async def test_another_conversation_is_opened_and_what_waits_is_sent_all_the_same(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second", "Third")
        first = someone.conversation.id
        someone.server.then(*saying("An answer.", "Another."))
        await someone.commands("/new")
        assert waiting(someone) == [] and "… Second" not in someone.text
        someone.server.let_go()
        turns = someone.app.turns
        assert turns is not None
        await someone.until(lambda: len(someone.requests) == 3 and not turns.ids)
        assert await someone.chat.keeping.load(first)
        assert asked(someone) == ["First", "Second", "Third"] and waiting(someone) == []
        assert [node.status for node in someone.conversation.path() if node.role == "assistant"] == ["complete"] * 3


async def test_what_waits_outlives_quitting_and_is_not_sent_by_itself(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second", "Third")
    async with person(home, last=True) as someone:
        await someone.until(lambda: waiting(someone) == ["Second", "Third"])
        await someone.sees("… Second", "as they were left")
        assert someone.requests == []
        someone.server.then(*saying("An answer.", "Another."))
        await someone.commands("/send-now")
        await someone.until(lambda: len(someone.requests) == 2 and not someone.busy)
        assert asked(someone) == ["First", "Second", "Third"]
    async with person(home, last=True) as someone:
        await someone.pilot.pause(0.1)
        assert waiting(someone) == []


async def test_what_was_sent_as_the_process_died_is_not_sent_twice(home: Path) -> None:
    async with person(home) as someone:
        await while_written(someone, "Second")
        line = someone.chat.queue.waiting
        assert line is not None
        row, text = line.items[0].key, line.items[0].text
        someone.server.let_go()
        await someone.until(lambda: len(someone.requests) == 2 and not someone.busy)
        here = someone.conversation.id
        someone.session.store.save_draft(row, text, sent=True).result(5)  # as if it had died before the row went
    async with person(home, last=True) as someone:
        await someone.until(lambda: on_disk(someone.session.store, here) == [])
        assert waiting(someone) == [] and asked(someone) == ["First", "Second"]


async def test_two_windows_do_not_send_it_twice(home: Path) -> None:
    async with person(home) as one:
        await while_written(one, "Second")
        here = one.conversation.id
        async with person(home, server=one.server, last=True) as other:
            await other.until(lambda: other.chat.follows is not None)
            assert other.chat.queue.waiting is None
            await other.chat.sharing._take_over(here, cut=True)
            await other.until(lambda: other.chat.follows is None and waiting(other) == ["Second"])
            await one.until(lambda: one.chat.follows is not None and not one.busy)
            assert one.chat.queue.waiting is None
            one.chat.run_command("command_send_now")
            assert not one.busy
            one.server.then(*saying("An answer."))
            await other.commands("/send-now")
            await other.until(lambda: asked(other) == ["First", "Second"] and not other.busy)
            sent = [body for body in one.requests if "Second" in str(body["messages"])]
            assert len(sent) == 1


async def test_it_never_answers_whether_a_tool_may_run(home: Path) -> None:
    ran: list[object] = []

    class Guarded:
        name, description, consent = "guarded", "Asks.", True
        input_schema: Mapping[str, object] = {"type": "object"}

        def run(self, input: Mapping[str, object], cancel: Any) -> str:
            ran.append(input)
            return "done"

    answer, asks = threading.Event(), threading.Event()

    def approve(use: Any, cancel: Any) -> str | None:
        asks.set()
        answer.wait(20)
        return "No."

    async with person(home) as someone:
        someone.session.toolbox = Toolbox([Guarded()])
        made = Session.means
        someone.session.means = lambda: replace(made(someone.session), approve=approve)  # type: ignore[method-assign]
        someone.chat.set_wish(tools=("guarded",))
        call = {"type": "tool_use", "id": "t1", "name": "guarded", "input": {}}
        someone.server.then(Reply([call], "tool_use"), *saying("Then not.", "An answer."))
        await someone.says("First", wait=False)
        await someone.until(asks.is_set)
        await someone.says("yes", wait=False)
        assert waiting(someone) == ["yes"] and not answer.is_set() and ran == [] and len(someone.requests) == 1
        answer.set()
        await someone.until(lambda: asked(someone) == ["First", "yes"] and not someone.busy)
        assert ran == []


async def test_in_a_low_window_it_takes_one_line(home: Path) -> None:
    async with person(home, size=(40, 12)) as someone:
        await while_written(someone, "Second", "Third")
        await someone.sees("2 wait")
        await someone.press("escape")
        await someone.done()
        await someone.sees("2 wait", "sends it")


def test_the_order_outlives_a_death_in_the_middle_of_a_move() -> None:
    class Rows(dict[str, str]):
        def save_draft(self, conversation_id: str, text: str, *, sent: bool = False) -> None:
            self.pop(conversation_id, None)
            if text:
                self[conversation_id] = text

    rows = Rows()
    line = Line("c", rows)
    for id in "abc":
        line.add(id, id.upper())
    before = dict(rows)
    assert line.move(2, -1) == 1 and line.move(0, -1) == 0
    after = dict(rows)
    assert [item.id for item in line.items] == ["a", "c", "b"]
    rows.update(before)  # the old rows had not gone
    again = Line("c", rows)
    again.read(dict(rows), {})
    assert sorted(item.id for item in again.items) == ["a", "b", "c"]
    assert len(found := list(found_in(rows, "c"))) == 3 and {item.id for item in found} == {"a", "b", "c"}
    again = Line("c", Rows(after))
    again.read(after, {"a": object()})
    assert [item.id for item in again.items] == ["c", "b"]
    line.add("d", "D", first=True)
    assert [item.id for item in sorted(line.items, key=lambda item: item.key)] == ["d", "a", "c", "b"]
