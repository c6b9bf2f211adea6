"""What was typed is neither lost nor found where it does not belong."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

from claude_tui.demo import Faithful, Hang
from claude_tui.ui.commands import BY_ID
from tests.support.driver import held, person

pytestmark = pytest.mark.anyio


async def test_the_palette_gives_a_draft_back(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Go.")
        await someone.types("half a thought")
        await someone.press("ctrl+p")
        await someone.until(lambda: isinstance(someone.screen, CommandPalette))
        await someone.press(*"rename", "enter")
        await someone.until(lambda: someone.typed == "/rename ")
        await someone.press(*"Pears", "enter")
        await someone.hears("Renamed")
        assert someone.typed == "half a thought"


async def test_a_question_under_way_is_not_in_the_next_prompt(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(Hang(20))
        await someone.types("Under way")
        await someone.until(lambda: someone.session.store.draft("").result(2) == "Under way")
        prompt, chat = someone.app.chat_screen.prompt, someone.chat
        prompt.set_text("")
        chat.submitted("Under way")
        chat.run_command("command_new")
        for _ in range(10):
            await someone.pilot.pause(0.02)
            assert someone.typed == ""
        await someone.until(lambda: someone.session.store.draft("").result(2) == "")
        assert someone.typed == ""


async def test_what_is_typed_behind_a_question_outlives_quitting(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(Hang(20))
        chat = someone.chat
        chat.submitted("A question")
        someone.app.chat_screen.prompt.set_text("typed ahead")
        conversation = someone.conversation.id
        chat.keep_draft()
        assert someone.session.store.draft(conversation).result(2) == "typed ahead"
    async with person(home) as someone:
        await someone.pilot.pause(0.1)
        assert someone.typed == ""


async def test_deleting_takes_the_whole_word(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Go.")
        await someone.press("slash", *"del", "enter")
        await someone.until(lambda: someone.typed == "/delete")
        assert someone.chat.conversation is not None
        await someone.press("enter")
        await someone.until(lambda: someone.chat.conversation is None)
        await someone.commands("/restore")
        await someone.sees("An answer.")
        await someone.hears("is back")


async def test_the_palette_does_not_delete_either(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Go.")
        someone.chat.palette_action(BY_ID["delete"])()
        assert someone.typed == "/delete" and someone.chat.conversation is not None


async def test_a_deleted_reply_is_not_called_done(home: Path) -> None:
    async with person(home) as someone:
        someone.server.then(held("word " * 2000), held("word " * 2000))
        for command in ("/delete", "/new"):
            await someone.says("Go.", wait=False)
            await someone.until(lambda: "writing" in someone.status)
            turns = someone.app.turns
            assert turns is not None
            running = turns.get(someone.conversation.id)
            assert running is not None
            await someone.commands(command)
            running.cancel.cancel()
            await someone.until(lambda turns=turns: not turns.ids)
        await someone.hears("was stopped")
        assert not any("is done" in sentence for sentence in someone.told)
        assert sum("was stopped" in sentence for sentence in someone.told) == 1
