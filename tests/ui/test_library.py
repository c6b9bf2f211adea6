"""The library with a real store behind it: what is found is gone to, and nothing is lost by accident."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.core.message import TextBlock, ThinkingBlock
from claude_tui.demo import Faithful, Reply
from claude_tui.ui.screens.ask import AskScreen
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.screens.library import LibraryScreen
from tests.support.driver import Person, conversation_of, held, keep, person

pytestmark = pytest.mark.anyio


def garden() -> Conversation:
    """Long, with a word twice in it, far apart, the second time in folded thinking."""

    def answer(number: int) -> str:
        said = "The quick brown fox jumps over the lazy dog.\n\n" * 12
        return f"{said}A zinnia, at number {number}.\n\n{said}" if number in (4, 9) else said

    conversation = conversation_of(12, answer, id="garden", title="Of gardens")
    nodes = dict(conversation.nodes)
    for node in conversation.path():
        if node.role == "assistant" and "number 9" in str(node.content):
            nodes[node.id] = replace(node, content=(ThinkingBlock("Is it a zinnia?", "c2ln"), TextBlock("It is.")))
    return replace(conversation, nodes=nodes)


async def listed(someone: Person, *keys: str) -> None:
    await someone.press(*(keys or ("ctrl+o",)))
    await someone.until(lambda: isinstance(someone.screen, LibraryScreen))


async def test_enter_lands_where_it_was_said_and_n_goes_on(home: Path) -> None:
    async with person(home) as someone:
        keep(someone.session.store, garden())
        keep(someone.session.store, conversation_of(2, id="other", title="Other things"))
        await listed(someone)
        await someone.sees("Of gardens", "Other things")
        await someone.press(*"zinnia")
        await someone.sees("↳", "0 of 2 titles · 1 by what was said")
        await someone.press("enter")
        await someone.until(lambda: someone.chat.conversation is not None and someone.conversation.id == "garden")
        await someone.sees("Is it a zinnia?", "2 of 2")
        assert someone.app.chat_screen.focused is someone.transcript
        await someone.press("n")
        await someone.sees("A zinnia, at number 4.", "1 of 2")
        await someone.press("N")
        await someone.sees("Is it a zinnia?")


async def test_a_word_in_an_answer_that_is_not_shown_brings_that_answer(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(Reply([{"type": "text", "text": "First a marigold."}]))
        await someone.says("Name one.")
        someone.server.then(Reply([{"type": "text", "text": "Then a peony."}]))
        await someone.commands("/retry")
        await someone.sees("Then a peony.")
        await listed(someone)
        await someone.press(*"marigold")
        await someone.sees("↳")
        await someone.press("enter")
        await someone.sees("First a marigold.")


async def test_what_lies_open_is_renamed_thrown_away_and_brought_back(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Of apples")
        conversation = someone.conversation.id
        await listed(someone)
        await someone.press("f2")
        await someone.until(lambda: isinstance(someone.screen, AskScreen))
        await someone.press("ctrl+u", *"Fruit", "enter")
        await someone.sees("❯ Fruit")
        assert someone.conversation.title == "Fruit"
        await someone.press("f8")
        await someone.until(lambda: someone.chat.conversation is None)
        await someone.sees("is in the trash", "No conversations yet")
        await someone.press("ctrl+z")
        await someone.sees("❯ Fruit")
        await someone.press("f8")
        await someone.sees("No conversations yet")
        await someone.press("escape")
        await someone.commands("/restore")
        await someone.until(lambda: someone.chat.conversation is not None and someone.conversation.id == conversation)
        await someone.commands("/pin")
        await someone.hears("is pinned")
        await someone.commands("/archive")
        await someone.hears("in the archive")
        await listed(someone)
        await someone.sees("No conversations yet")
        await someone.press("tab")
        await someone.sees("Archive  1", "pinned")


async def test_what_was_said_is_found_in_the_trash_and_brought_back(home: Path) -> None:
    async with person(home, script=Faithful("A marigold.")) as someone:
        await someone.says("Name a flower")
        conversation = someone.conversation.id
        await someone.commands("/delete")
        await someone.commands("/trash marigold")
        await someone.sees("Trash", "0 of 1 titles", "↳")
        await someone.press("enter")
        await someone.sees("is back")
        store = someone.session.store
        assert [row.id for row in store.recent().result(5)] == [conversation]


async def test_the_trash_is_emptied_when_that_is_chosen(home: Path) -> None:
    async with person(home) as someone:
        store = someone.session.store
        for number in range(3):
            keep(store, conversation_of(1, id=f"c{number}", title=f"Talk {number}"))
            store.trash(f"c{number}").result(5)
        await someone.commands("/trash")
        await someone.sees("Trash  3", "❯ Talk 2")
        await someone.press("f9")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.press("enter")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        assert store.count("trash").result(5) == 3, "Enter alone keeps it"
        await someone.press("f9")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.press("down", "enter")
        await someone.sees("3 are deleted for good", "The trash is empty")
        assert store.count("trash").result(5) == 0
        await someone.press("escape")
        await someone.commands("/restore")
        await someone.hears("nothing in the trash")


async def test_what_is_thrown_away_while_it_is_written_is_stopped(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held("Words of an answer. " * 200, 200))
        await someone.says("Go.", wait=False)
        await someone.sees("Words of an answer.")
        conversation = someone.conversation.id
        await listed(someone)
        await someone.press("f8")
        await someone.until(lambda: someone.chat.turns.get(conversation) is None)
        assert [row.id for row in someone.session.store.trashed().result(5)] == [conversation]


async def test_what_was_typed_and_not_sent_is_found_again(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.types("a thought that was given up")
        await someone.until(lambda: someone.session.store.draft("").result(2))
        await someone.press("ctrl+c")
        await someone.until(lambda: not someone.session.store.draft("").result(2))
        await someone.says("A question.")
        await someone.commands("/drafts")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.sees("❯ a thought that was given up")
        assert "A question." not in someone.screen.query_one("LineList").render_line(1).text  # type: ignore[attr-defined]
        await someone.press("enter")
        await someone.until(lambda: someone.typed == "a thought that was given up")


async def test_what_was_typed_while_reading_along_is_gone_to(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Of apples")
        store, conversation = someone.session.store, someone.conversation.id
        store.save_draft(f"{conversation}:along", "beside the other window").result(5)
        await someone.types("half a sentence")
        await someone.press("ctrl+n")
        await someone.commands("/drafts")
        await someone.sees("beside the other window", "half a sentence")
        drafts = store.typed().result(5)
        await someone.press(*("down" for draft in drafts[: [d.text for d in drafts].index("beside the other window")]))
        await someone.press("enter")
        await someone.until(lambda: someone.typed == "beside the other window")
        assert someone.conversation.id == conversation
        await someone.until(lambda: store.drafts().result(5) == {conversation: "beside the other window"})
        assert store.draft_history().result(5)[0] == "half a sentence"


async def test_a_draft_whose_conversation_is_gone_comes_into_the_prompt(home: Path) -> None:
    async with person(home) as someone:
        store = someone.session.store
        store.save_draft("gone:edit:nothing", "all that is left").result(5)
        await someone.commands("/drafts")
        await someone.sees("❯ all that is left")
        await someone.press("enter")
        await someone.until(lambda: someone.typed == "all that is left")
        await someone.until(lambda: store.drafts().result(5) == {"": "all that is left"})


async def test_a_prompt_that_is_still_empty_as_a_conversation_opens_takes_no_draft_away(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Of apples")
        conversation = someone.conversation.id
        await someone.types("half a sentence")
        await someone.press("ctrl+n")
        await someone.until(lambda: someone.chat.conversation is None)
        drafts = someone.chat.drafts
        restore = drafts.restore

        async def late() -> None:
            drafts.changed("")  # as the prompt tells, a moment late, that it was emptied
            drafts.keep()  # as when one goes on at once
            await restore()

        monkeypatch.setattr(drafts, "restore", late)
        await someone.chat.keeping.load(conversation)
        await someone.until(lambda: someone.typed == "half a sentence")


async def test_a_draft_that_waits_elsewhere_is_gone_to(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Of apples")
        conversation = someone.conversation.id
        await someone.types("half a sentence")
        await someone.press("ctrl+n")
        await someone.until(lambda: someone.chat.conversation is None)
        await someone.commands("/drafts")
        await someone.sees("half a sentence", "waits in Of apples")
        await someone.press("enter")
        await someone.until(lambda: someone.chat.conversation is not None and someone.conversation.id == conversation)
        await someone.until(lambda: someone.typed == "half a sentence")
