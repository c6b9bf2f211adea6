"""Large pastes: a chip in the prompt, the whole text in the message."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from claude_tui.demo import Faithful
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio

LOG = "".join(f"12:00:{number:02} \x1b[31merror\x1b[0m number {number}\n" for number in range(60))
CODE = "".join(f"def function_{number}(): return {number}\n" for number in range(100))


def asked(someone: Person) -> str:
    return someone.requests[-1]["messages"][-1]["content"][-1]["text"]


async def test_a_large_paste_is_a_chip_and_goes_where_it_stood(home: Path) -> None:
    async with person(home, script=Faithful("Seen.", "Again.")) as someone:
        await someone.types("What is wrong in ")
        await someone.types(LOG.replace("\n", "\r"))
        await someone.types(", and does ")
        await someone.types(CODE)
        await someone.types(" help?")
        await someone.sees("What is wrong in ①, and does ② help?", "① pasted text", "61 lines", "② pasted text")
        assert "≈" in someone.foretold and "k" in someone.foretold
        assert "\x1b" not in someone.text and len(someone.typed) < 60
        await someone.press("enter")
        await someone.done()
        assert asked(someone) == f"What is wrong in {LOG}, and does {CODE} help?"
        assert not someone.app.chat_screen.chips.display
        await someone.press("up")
        await someone.sees("What is wrong in ①, and does ② help?", "② pasted text")
        await someone.press("enter")
        await someone.done()
        assert asked(someone) == f"What is wrong in {LOG}, and does {CODE} help?"


async def test_one_key_removes_it_and_undo_brings_it_back(home: Path) -> None:
    async with person(home) as someone:
        await someone.types(CODE)
        await someone.types(LOG)
        await someone.sees("❯ ①②")
        await someone.press("backspace")
        await someone.until(lambda: "② pasted text" not in someone.text)
        await someone.press("ctrl+z")
        await someone.sees("❯ ①②", "② pasted text")
        await someone.press("left", "left", "delete", "end", "ctrl+w", "ctrl+y", "ctrl+y")
        await someone.sees("❯ ①①")
        assert someone.app.chat_screen.prompt.full == LOG * 2


async def test_a_pasted_command_is_no_command_and_one_that_is_typed_takes_it(home: Path) -> None:
    async with person(home) as someone:
        someone.app.chat_screen.prompt.set_text(someone.app.chat_screen.prompt.pasted.add("/quit"))
        await someone.press("enter")
        await someone.done()
        assert asked(someone) == "/quit"
        someone.app.chat_screen.prompt.set_text(someone.app.chat_screen.prompt.pasted.add("//x"))
        await someone.press("enter")
        await someone.done()
        assert asked(someone) == "//x"
        await someone.press(*"/system ")
        await someone.types(CODE)
        await someone.press("enter")
        await someone.says("And?")
        assert CODE.strip() in str(someone.requests[-1]["system"])


async def test_it_is_opened_edited_and_saved(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with person(home) as someone:
        someone.chat.run_command("command_paste_open")
        await someone.hears("No large paste is in the prompt")
        await someone.types("a ")
        await someone.types(LOG)
        someone.chat.run_command("command_paste_save")
        await someone.hears("pasted-1.txt")
        assert (tmp_path / "pasted-1.txt").read_bytes() == LOG.encode()
        someone.chat.run_command("command_paste_save", "pasted-1.txt")
        await someone.hears("not overwritten")
        monkeypatch.setattr(type(someone.app), "suspend", lambda app: nullcontext())
        monkeypatch.setenv("VISUAL", "sed -i s/error/mistake/")
        someone.chat.run_command("command_paste_edit", "1")
        await someone.sees("❯ a ①")
        changed = LOG.replace("error", "mistake")
        assert someone.app.chat_screen.prompt.full == f"a {changed.removesuffix('x')}"
        await someone.press("ctrl+z")
        assert someone.app.chat_screen.prompt.full == f"a {LOG}"
        someone.chat.run_command("command_paste_open")
        await someone.hears("shown as signs")
        assert someone.typed.startswith("a 12:00:00 ␛[31merror") and "① pasted" not in someone.text
        await someone.press("ctrl+z")
        assert someone.app.chat_screen.prompt.full == f"a {LOG}"
        await someone.press("ctrl+a", "ctrl+k")
        await someone.types("x" * 200_000)
        someone.chat.run_command("command_paste_open")
        await someone.hears("200,000 characters are too many")
        await someone.press("ctrl+x", "ctrl+e")  # the editor has it in full
        assert someone.app.chat_screen.prompt.full == "x" * 200_000 and len(someone.typed) == 1


async def test_a_draft_keeps_it_and_so_does_the_stash(home: Path) -> None:
    async with person(home) as someone:
        await someone.types("Why ")
        await someone.types(LOG)
        store = someone.session.store
        await someone.until(lambda: len(store.draft("").result(2)) in range(10, 100))
        assert "▪ pasted text" not in someone.text
    async with person(home) as someone:
        await someone.sees("Why ①", "① pasted text")
        assert someone.app.chat_screen.prompt.full == f"Why {LOG}"
        someone.chat.run_command("command_stash")
        await someone.hears("Put by")
        assert someone.typed == "" and not someone.app.chat_screen.chips.display
        await someone.types("something else")
        someone.chat.run_command("command_stash")
        await someone.until(lambda: someone.typed == "")
    async with person(home) as someone:
        assert someone.typed == ""
        await someone.commands("/stash")
        await someone.sees("Put by", "something else", "Why ▪ pasted text")
        await someone.press("down", "enter")
        await someone.sees("Why ①", "① pasted text")
        assert someone.app.chat_screen.prompt.full == f"Why {LOG}"
        someone.chat.run_command("command_unstash")
        await someone.until(lambda: someone.typed.startswith("something else\nWhy "))
        someone.chat.run_command("command_unstash")
        await someone.hears("Nothing is put by")
        for kept in someone.session.contents.folder.glob("*/*"):
            kept.unlink()
    async with person(home) as someone:
        await someone.hears("was lost from the disk")
        assert someone.typed == "something else\nWhy "


async def test_the_stash_takes_the_files_along(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.txt").write_text("Some words.\n")
    async with person(home) as someone:
        await someone.commands("/attach d.txt")
        await someone.sees("▪ d.txt")
        await someone.commands("/stash")
        await someone.until(lambda: "▪ d.txt" not in someone.text)
        assert someone.session.store.draft(":files").result(2) == ""
        await someone.commands("/unstash")
        await someone.sees("▪ d.txt")
        assert [kept.name for kept in someone.chat.attaching.files] == ["d.txt"]


async def test_what_cannot_be_put_by_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import Future

    from claude_tui.errors import StoreError

    async with person(home) as someone:
        await someone.types("half a thought")

        def failing(*_: object, **__: object) -> Future[None]:
            failed: Future[None] = Future()
            failed.set_exception(StoreError("The disk is full."))
            return failed

        with monkeypatch.context() as patched:
            patched.setattr(someone.session.store, "save_draft", failing)
            someone.chat.run_command("command_stash")
            await someone.hears("stays here: The disk is full")
            assert someone.typed == "half a thought"


async def test_a_paste_that_is_kept_late_empties_no_other_draft(home: Path) -> None:
    async with person(home) as someone:
        await someone.types(LOG)
        await someone.sees("❯ ①")
        mark, store = someone.typed, someone.session.store
        await someone.press("backspace")
        await someone.until(lambda: store.draft("").result(2) == "")
        store.save_draft("", "on its way into the prompt").result(2)
        await someone.chat.attaching._keep_pasted(mark)
        assert store.draft("").result(2) == "on its way into the prompt"
