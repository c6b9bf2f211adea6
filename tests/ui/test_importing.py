"""A file of conversations taken in from the app, with its progress, and stopped."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from claude_tui.demo import Faithful
from claude_tui.ui.screens.importing import ImportScreen
from tests.exchange.samples import CLAUDE, EVERY, write_json
from tests.support.driver import person

pytestmark = pytest.mark.anyio


async def test_a_file_comes_in_and_is_opened(home: Path, tmp_path: Path) -> None:
    path = write_json(tmp_path / "export.json", CLAUDE[:1])
    async with person(home, script=Faithful("An answer.")) as someone:
        await someone.commands(f"/import {path}")
        await someone.sees("Import export.json", "Imported 1 conversation from claude.ai: 5 messages.", "Enter opens")
        await someone.sees("Not carried: files, of which the export has only the names (2).")
        await someone.press("enter")
        await someone.sees("Look at these.", "First answer.")
        assert someone.conversation.title == "Talk one"
        await someone.says("And now?")
        assert someone.reply.endswith("An answer.")
        (request,) = someone.requests
        assert "thinking" not in {block["type"] for message in request["messages"] for block in message["content"]}


async def test_the_same_again_and_a_file_that_cannot_be(home: Path, tmp_path: Path) -> None:
    path = EVERY["ChatGPT"](tmp_path)
    async with person(home) as someone:
        for said in ("Imported 1 conversation", "1 conversation was here already."):
            await someone.commands(f"/import {path}")
            await someone.sees(said)
            await someone.press("escape")
            assert not isinstance(someone.screen, ImportScreen)
        await someone.commands(f"/import {tmp_path / 'nothing.json'}")
        await someone.sees("nothing.json cannot be read: no such file or directory.", "Esc closes")
        await someone.press("enter")
        assert someone.chat.conversation is None
        await someone.commands("/import ")
        await someone.hears("A file is needed")
        await someone.commands("/import ~nosuch/x.json")
        await someone.hears("There is no ~nosuch/x.json")


async def test_esc_stops_it(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_json(tmp_path / "many.json", [{**CLAUDE[0], "uuid": f"talk {number}"} for number in range(40)])
    go_on = threading.Event()
    told = ImportScreen._told

    def held(self: ImportScreen, progress: Any) -> None:
        told(self, progress)
        if progress.conversations == 7:
            go_on.wait(30)

    monkeypatch.setattr("claude_tui.ui.screens.importing.TOLD_SECONDS", 0)
    monkeypatch.setattr(ImportScreen, "_told", held)
    async with person(home) as someone:
        await someone.commands(f"/import {path}")
        await someone.sees("Importing 7 of 40 conversations", "Esc stops")
        await someone.press("escape")
        await someone.sees("Stopping")
        go_on.set()
        await someone.sees("of 40 are here, each whole; importing again", "Esc closes")
        rows = await someone.chat.wait(someone.chat.session.store.recent())
        assert 7 <= len(rows) < 40


async def test_html_is_exported_in_the_colours_that_are_worn(home: Path, tmp_path: Path) -> None:
    async with person(home, script=Faithful("The **answer**.")) as someone:
        await someone.says("Why?")
        await someone.types("not sent yet")
        someone.chat.run_command("command_export", str(tmp_path / "talk.html"))
        await someone.until((tmp_path / "talk.html").exists)
        page = (tmp_path / "talk.html").read_text()
        assert "The <strong>answer</strong>." in page
        assert someone.app.wardrobe.worn.colors["background"] in page
        someone.chat.run_command("command_export", str(tmp_path / "talk.json"))
        await someone.until((tmp_path / "talk.json").exists)
        assert json.loads((tmp_path / "talk.json").read_text())["draft"] == "not sent yet"
