"""What was typed is neither lost nor found where it does not belong."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.command import CommandPalette

from claude_tui.demo import Faithful, Hang
from claude_tui.ui.keys.commands import BY_ID
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
        chat.drafts.keep()
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
        someone.chat.do(BY_ID["delete"])
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


async def test_ctrl_c_twice_leaves_the_text_for_the_next_time(home: Path) -> None:
    async with person(home) as someone:
        await someone.types("half a thought")
        await someone.press("ctrl+c")
        assert someone.typed == ""
        await someone.pilot.press("ctrl+c")
        await someone.until(lambda: someone.app._exit)
    async with person(home) as someone:
        await someone.until(lambda: someone.typed == "half a thought")


async def test_quitting_another_conversation_and_escape_keep_the_text(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.says("Go.")
        await someone.types("half a thought")
        await someone.press("escape")
        assert someone.typed == "half a thought"
        first = someone.conversation.id
        await someone.press("ctrl+n")
        assert someone.typed == ""
        await someone.types("of another")
        await someone.press("ctrl+q")
    async with person(home) as someone:
        await someone.until(lambda: someone.typed == "of another")
        someone.chat.open_conversation(await someone.chat.wait(someone.session.store.load(first)))
        await someone.until(lambda: someone.typed == "half a thought")


async def test_an_editor_that_fails_leaves_the_text(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with person(home) as someone:
        await someone.types("half a thought")
        await someone.press("ctrl+x", "ctrl+e")
        await someone.hears("cannot be lent")  # there is no terminal here
        monkeypatch.setattr(type(someone.app), "suspend", lambda app: nullcontext())
        for name, said in (("false", "ended with 1"), ("no-such-editor", "no program called"), ("a'b", "quotation")):
            monkeypatch.setenv("VISUAL", name)
            await someone.press("ctrl+x", "ctrl+e")
            await someone.hears(said)
            assert someone.typed == "half a thought"
        monkeypatch.setenv("VISUAL", "sed -i s/half/whole/")
        await someone.press("ctrl+x", "ctrl+e")
        assert someone.typed == "whole a thought"
        await someone.press("ctrl+z")
        assert someone.typed == "half a thought"
        await someone.press("ctrl+a", "ctrl+k")
        monkeypatch.setenv("VISUAL", "sh -c 'echo new > \"$1\"' sh")
        await someone.commands("/editor")
        assert someone.typed == "new"


async def test_what_was_ever_sent_is_found_by_a_word(home: Path) -> None:
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.press("ctrl+r")
        await someone.hears("Nothing was sent yet")
        for text in ("Pears and apples", "Plums\nand their stones", "Pears again"):
            await someone.says(text)
        await someone.press("ctrl+n")
    async with person(home) as someone:
        await someone.types("half a thought")
        await someone.press("ctrl+r")
        await someone.sees("Sent before", "Pears again", "Plums", "Pears and apples")
        await someone.press(*"pears", "ctrl+r", "enter")
        assert someone.typed == "Pears and apples"
        await someone.press("ctrl+z")
        assert someone.typed == "half a thought"
        await someone.press("ctrl+r", *"stones", "escape")
        assert someone.typed == "half a thought"
        await someone.press("ctrl+r", *"stones", "enter")
        assert someone.typed == "Plums\nand their stones"
        await someone.press("ctrl+r", *"half", "enter")
        assert someone.typed == "half a thought"
