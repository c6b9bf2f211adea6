"""Every command of the table does what its line in the help says."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from rich.style import Style
from textual.command import CommandList, CommandPalette
from textual.events import Click
from textual.screen import Screen

from claude_tui.cli import run
from claude_tui.demo import Faithful, Reply
from claude_tui.paths import Paths
from claude_tui.ui.keys.commands import COMMANDS
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.screens.help import HelpScreen
from claude_tui.ui.screens.info import InfoScreen
from claude_tui.ui.screens.library import LibraryScreen
from tests.support.driver import LONG, Person, held, person

pytestmark = pytest.mark.anyio

ANSWER = Faithful("The answer, in **markdown**.", "A thought.")


def thinking(someone: Person) -> object:
    return someone.requests[-1].get("thinking")


async def test_every_command_is_a_method_of_one_part_and_every_such_method_a_command(home: Path) -> None:
    async with person(home) as someone:
        methods = [name for part in someone.chat.parts for name in dir(part) if name.startswith("command_")]
        assert sorted(methods) == sorted(command.method for command in COMMANDS)


async def test_model(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/model sonnet")
        await someone.hears("Model: claude-sonnet")
        await someone.says("Go.")
        assert someone.requests[-1]["model"].startswith("claude-sonnet")
        await someone.commands("/model")
        assert isinstance(someone.screen, ChooseScreen)
        await someone.press(*"opus 5.5", "enter")
        await someone.until(lambda: "opus-5.5" in someone.status)
        await someone.commands("/model no such one")
        await someone.hears("There is no model called")
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        assert someone.requests[-1]["model"] == "claude-opus-5-5"  # it was remembered


async def test_effort(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/effort high")
        await someone.says("Go.")
        assert someone.requests[-1]["output_config"] == {"effort": "high"}
        assert "high" in someone.status
        await someone.commands("/effort enormous")
        await someone.hears("takes auto, low, medium, high, xhigh, max")
        await someone.commands("/effort")
        assert isinstance(someone.screen, ChooseScreen)
        await someone.press(*"low", "enter")
        await someone.until(lambda: "low" in someone.status)


async def test_thinking(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/model claude-opus-4-8")
        await someone.commands("/thinking off")
        await someone.hears("Thinking: off")
        await someone.says("Go.")
        before = thinking(someone)
        await someone.commands("/thinking on")
        await someone.says("Go.")
        assert thinking(someone) != before
        await someone.commands("/thinking")
        assert isinstance(someone.screen, ChooseScreen)
        await someone.press("escape")


async def test_system_prompt(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/system")
        await someone.hears("There is no system prompt")
        await someone.commands("/system Answer in rhyme.")
        await someone.says("Go.")
        assert "Answer in rhyme." in json.dumps(someone.requests[-1]["system"])
        await someone.commands("/system none")
        await someone.says("Go.")
        assert not someone.requests[-1].get("system")


async def test_max_tokens(home: Path) -> None:
    script = Faithful("word " * 400, obey_max_tokens=True)
    async with person(home, script=script) as someone:
        await someone.commands("/max-tokens none")
        await someone.hears("A number from 1")
        await someone.commands("/max-tokens 1,200")
        await someone.hears("1,200 tokens")
        await someone.says("Go.")
        assert someone.requests[-1]["max_tokens"] == 1200


async def test_the_limit_is_told_and_gone_on_from(home: Path) -> None:
    text = LONG[:3000]
    async with person(home, script=Faithful(text, obey_max_tokens=True)) as someone:
        await someone.commands("/thinking off")
        await someone.commands("/max-tokens 100")
        await someone.says("Go.")
        await someone.sees("Stopped at 100 tokens", "Ctrl+G goes on")
        before = 0
        while len(someone.reply) > before and len(someone.reply) < len(text):
            before = len(someone.reply)
            await someone.press("ctrl+g")
            await someone.done()
        assert someone.reply == text


async def test_tools(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/tools")
        await someone.sees("○ web_search", "○ calculate")
        await someone.press(*"calc", "enter")
        await someone.sees("● calculate", "○ web_search")
        await someone.press("escape")
        await someone.says("Go.")
        assert {tool["name"] for tool in someone.requests[-1]["tools"]} == {"calculate"}
        await someone.commands("/tools web_search, calculate")
        await someone.says("Go.")
        assert {tool["name"] for tool in someone.requests[-1]["tools"]} == {"web_search", "calculate"}
        await someone.commands("/tools hammer")
        await someone.hears("hammer")
        await someone.commands("/tools none")
        await someone.says("Go.")
        assert not someone.requests[-1].get("tools")


async def test_theme(home: Path) -> None:
    async with person(home) as someone:
        before = someone.app.theme
        others = [name for name in someone.app.wardrobe.specs if name != before]
        assert len(others) >= 2
        await someone.commands(f"/theme {others[0]}")
        assert someone.app.theme == others[0]
        await someone.commands("/theme")
        assert isinstance(someone.screen, ChooseScreen)
        await someone.press("down")
        looked_at = someone.app.theme
        assert looked_at != others[0]
        await someone.press("escape")
        await someone.until(lambda: someone.app.theme == others[0])
        await someone.commands("/theme nosuch")
        await someone.hears("There is no theme")
    async with person(home) as someone:
        assert someone.app.theme == others[0]


async def test_new_open_and_search(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("Of apples")
        first = someone.conversation.id
        await someone.commands("/new")
        assert someone.chat.conversation is None
        await someone.says("Of pears")
        await someone.commands("/open")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        await someone.sees("Of apples", "Of pears")
        await someone.press("down", "enter")
        await someone.until(lambda: someone.chat.conversation is not None and someone.conversation.id == first)
        await someone.sees("┃ Of apples")
        await someone.commands("/search pears")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen))
        await someone.until(lambda: "Of pears" in someone.text and "Of apples" not in someone.text)
        await someone.press("enter")
        await someone.sees("┃ Of pears")


async def test_rename_and_delete(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/rename nothing")
        await someone.hears("A title is needed")
        await someone.says("Go.")
        await someone.commands("/rename Better \x1b[31mtitle")
        await someone.hears("Better")
        rows = await someone.chat.wait(someone.session.store.recent())
        assert rows[0].title.startswith("Better") and "\x1b" not in rows[0].title
        await someone.commands("/delete")
        await someone.hears("is in the trash")
        assert someone.chat.conversation is None
        assert await someone.chat.wait(someone.session.store.recent()) == []
        assert len(await someone.chat.wait(someone.session.store.trashed())) == 1


async def test_deleting_while_it_writes(home: Path) -> None:
    async with person(home, script=Faithful("word " * 2000)) as someone:
        someone.server.then(held("word " * 2000))
        await someone.says("Go.", wait=False)
        await someone.until(lambda: "writing" in someone.status)
        await someone.commands("/delete")
        await someone.until(lambda: someone.app.turns is not None and not someone.app.turns.ids)
        assert someone.chat.conversation is None
        assert await someone.chat.wait(someone.session.store.recent()) == []


async def test_retry_keeps_the_first_answer(home: Path) -> None:
    async with person(home) as someone:
        answers = [Reply([{"type": "text", "text": text}]) for text in ("The first.", "The second.")]
        someone.server.then(*answers)
        await someone.says("Go.")
        await someone.sees("The first.")
        await someone.commands("/retry")
        await someone.done()
        await someone.until(lambda: "The second." in someone.text and "The first." not in someone.text)
        assert len(someone.conversation.nodes) == 3
        assert [m["role"] for m in someone.requests[-1]["messages"]] == ["user"]


async def test_copy(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/copy")
        await someone.hears("There is no reply to copy")
        await someone.says("Go.")
        await someone.commands("/copy")
        assert someone.app.clipboard == "The answer, in **markdown**."


async def test_fold(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        await someone.sees("▸ Thought")
        assert "A thought." not in someone.text
        await someone.commands("/fold")
        await someone.sees("▾ Thought", "A thought.")
        await someone.commands("/fold")
        await someone.until(lambda: "A thought." not in someone.text)


async def test_receipt_and_cost(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/receipt")
        await someone.hears("There is no reply yet")
        await someone.says("Go.")
        await someone.commands("/receipt")
        assert isinstance(someone.screen, InfoScreen)
        await someone.sees("claude-opus-5-5", "complete, end_turn", "output", "cost")
        await someone.press("escape")
        await someone.commands("/cost")
        await someone.until(lambda: isinstance(someone.screen, InfoScreen))
        await someone.sees("Cost 1 of 4", "this conversation", "today", "this month", "ever", "$", "tokens in")
        for title, seen in (("time", f"{date.today()}  █"), ("model", "opus-5.5  █"), ("conversation", "Go.  █")):
            await someone.press("right")
            await someone.sees(f"Cost by {title}", seen, "$")
        await someone.pilot.resize_terminal(40, 24)
        await someone.until(lambda: "█" in someone.text and all(len(line.rstrip()) <= 40 for line in someone.lines))
        await someone.press("escape")
        assert not isinstance(someone.screen, InfoScreen)


async def test_timestamps(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        assert "claude-opus-5-5" not in someone.text
        await someone.commands("/timestamps")
        await someone.sees("claude-opus-5-5", "↓")
        assert any(line.rstrip()[-3:-2] == ":" for line in someone.lines if "┃ Go." in line)
        await someone.press("shift+f5")
        await someone.until(lambda: "claude-opus-5-5" not in someone.text)


async def test_export(home: Path, tmp_path: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/export x.md")
        await someone.hears("There is no conversation to export")
        await someone.says("Go.")
        for name in ("talk.md", "talk.json"):
            await someone.commands(f"/export {tmp_path / name}")
            await someone.until(lambda name=name: (tmp_path / name).exists())
        assert "The answer, in **markdown**." in (tmp_path / "talk.md").read_text()
        assert json.loads((tmp_path / "talk.json").read_text())["nodes"]
        await someone.chat.wait(someone.session.store.pin(someone.conversation.id))
        await someone.commands(f"/export {tmp_path / 'pinned.json'}")
        await someone.until((tmp_path / "pinned.json").exists)
        await someone.until(lambda: not someone.session.store.draft(someone.conversation.id).result(5))
        await asyncio.to_thread(run, ["export", "--format", "json", "-o", str(tmp_path / "told.json")])
        ours, theirs = (json.loads((tmp_path / name).read_text()) for name in ("pinned.json", "told.json"))
        assert ours["conversation"].pop("updated_at") <= theirs["conversation"].pop("updated_at")
        assert ours == theirs and ours["conversation"]["pinned"] is True
        assert (tmp_path / "talk.md").stat().st_mode & 0o777 == 0o600
        await someone.commands(f"/export {tmp_path / 'talk.md'}")
        await someone.hears("is there already")
        await someone.commands(f"/export {tmp_path / 'talk.pdf'}")
        await someone.hears("An export is .md")
        await someone.commands(f"/export {tmp_path / 'no' / 'such' / 'talk.md'}")
        await someone.hears("cannot be written")


async def test_help_and_quit(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/help")
        assert isinstance(someone.screen, HelpScreen)
        await someone.press("escape")
        await someone.press("f1")
        assert isinstance(someone.screen, HelpScreen)
        await someone.press("escape")
        await someone.types("kept")
        await someone.press("ctrl+a")
        await someone.press("ctrl+k")
        await someone.commands("/quit")
        await someone.until(lambda: someone.app._exit)


async def test_an_unknown_command_is_kept_and_told(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/modle sonnet")
        await someone.hears("did you mean /model?")
        assert someone.typed == "/modle sonnet"
        assert not someone.requests


async def test_what_only_looks_like_a_command_is_sent(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("/etc/hosts is what?")
        await someone.says("//help is not wanted")
        assert someone.requests[-1]["messages"][0]["content"][0]["text"] == "/etc/hosts is what?"
        assert someone.requests[-1]["messages"][-1]["content"][0]["text"] == "/help is not wanted"


async def test_the_slash_menu_completes(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("slash", *"rec")
        await someone.sees("❯ /receipt")
        await someone.press("tab")
        assert someone.typed == "/receipt"
        await someone.press("escape")
        await someone.press("enter")
        await someone.hears("There is no reply yet")


async def test_the_palette_has_them_all(home: Path) -> None:
    async with person(home, size=(100, 200)) as someone:
        listed = {command.title for command in someone.app.get_system_commands(someone.app.chat_screen)}
        assert listed == {command.title for command in COMMANDS}
        await someone.press("ctrl+p")
        await someone.until(lambda: isinstance(someone.screen, CommandPalette))
        await someone.sees("Receipt", "Theme")
        await someone.press(*"timest")
        await someone.sees("Timestamps")
        await someone.press("enter")
        await someone.until(lambda: not isinstance(someone.screen, CommandPalette))
        await someone.until(lambda: someone.transcript.reading.timestamps)


async def test_the_palette_may_be_closed_twice_at_once(home: Path) -> None:
    async with person(home) as someone:
        await someone.press("ctrl+p")
        await someone.until(lambda: isinstance(someone.screen, CommandPalette))
        palette = someone.screen
        palette.dismiss()
        palette.dismiss()
        await someone.until(lambda: someone.screen is someone.app.chat_screen)
        await someone.press(*"on")
        assert someone.typed == "on"


@pytest.mark.parametrize(("key", "kind"), [("f1", HelpScreen), ("ctrl+p", CommandPalette)])
async def test_a_screen_that_is_gone_may_still_be_painted(home: Path, key: str, kind: type[Screen[None]]) -> None:
    async with person(home) as someone:
        await someone.press(key)
        await someone.until(lambda: isinstance(someone.screen, kind))
        gone = someone.screen
        await someone.press("escape")
        await someone.until(lambda: not gone._component_styles)
        gone.get_component_styles("screen--selection")  # as its last frame would


async def test_nothing_chosen_is_nothing_copied(home: Path) -> None:
    async with person(home) as someone:
        before = someone.app.clipboard
        someone.app.copy_to_clipboard("")
        await someone.pilot.pause(0.2)
        assert someone.app.clipboard == before and not someone.app._copier


async def test_a_click_on_a_row_that_went_chooses_nothing(home: Path) -> None:
    async with person(home, size=(100, 60)) as someone:
        await someone.press("ctrl+p")
        await someone.until(lambda: isinstance(someone.screen, CommandPalette))
        listed = someone.screen.query_one(CommandList)
        await someone.until(lambda: listed.option_count)
        gone = Style(meta={"option": listed.option_count})
        x, y = listed.region.offset
        listed.post_message(Click(listed, 1, 1, 0, 0, 1, False, False, False, x + 1, y + 1, style=gone))
        await someone.pilot.pause()
        assert isinstance(someone.screen, CommandPalette) and not someone.app._exit


async def test_keys_can_be_given_to_others(home: Path) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True)
    file.write_text('[keys]\nreceipt = "f9"\nnosuch = "f10"\n')
    async with person(home, script=ANSWER) as someone:
        await someone.hears('"nosuch" is not a command')
        await someone.press("f9")
        await someone.hears("There is no reply yet")


async def test_no_reply_is_asked_for_twice_at_once(home: Path) -> None:
    async with person(home, script=Faithful("word " * 3000)) as someone:
        someone.server.then(held("word " * 3000))
        await someone.says("Go.", wait=False)
        await someone.until(lambda: "writing" in someone.status)
        await someone.press("ctrl+g")
        await someone.hears("being written already")
        await someone.press("shift+f7")
        assert len(someone.requests) == 1
        await someone.press("escape")
        await someone.done()
