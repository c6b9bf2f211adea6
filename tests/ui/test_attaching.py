"""Files that go with a question: attached, shown, taken back, sent, and kept with the draft."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

import pytest
from textual import events

from claude_tui.attachments import clipboard
from claude_tui.attachments.naming import dropped, expanded, paths_in
from claude_tui.attachments.reading import Refusal
from claude_tui.demo import Faithful, Hang
from tests.attachments.samples import pdf, png
from tests.support.desk import environment, run
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a b.png").write_bytes(png(300, 200))
    (folder / "c.pdf").write_bytes(pdf(3))
    (folder / "d.txt").write_text("Some words.\n")
    monkeypatch.chdir(folder)
    return folder


def names(someone: Person) -> list[str]:
    return [kept.name for kept in someone.chat.attaching.files]


def kinds(body: dict[str, object]) -> list[str]:
    messages: object = body["messages"]
    assert isinstance(messages, list)
    return [block["type"] for block in messages[-1]["content"]]


async def attach(someone: Person, line: str, *expected: str) -> None:
    await someone.commands(f"/attach {line}")
    await someone.until(lambda: names(someone) == list(expected))


async def test_files_are_shown_with_what_they_cost_and_go_with_the_question(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Seen.", "")) as someone:
        await attach(someone, '"a b.png" c.pdf d.txt', "a b.png", "c.pdf", "d.txt")
        await someone.sees("a b.png", "300×200", "≈80 tokens", "3 pages", "≈$0.0")
        await someone.says("What are these?")
        assert kinds(someone.requests[-1]) == ["text", "image", "document", "document", "text"]
        assert names(someone) == [] and not someone.app.chat_screen.chips.display
        await someone.sees("[a b.png, c.pdf, d.txt]")
        await someone.says("And again?")
        first = someone.requests[-1]["messages"][0]["content"]
        assert [block["type"] for block in first] == ["text", "image", "document", "document", "text"]
        for kept in someone.session.contents.folder.glob("*/*"):
            kept.unlink()
        await someone.says("And now?")
        await someone.hears("Lost, and so sent by name alone: a b.png, c.pdf.")
        assert not [one.problem for one in someone.server.requests if one.problem]


async def test_what_cannot_go_is_one_sentence_and_the_text_stays(home: Path, files: Path) -> None:
    (files / "e.png").write_bytes(png()[:-3])
    async with person(home) as someone:
        await someone.commands("/attach e.png nowhere d.txt")
        await someone.hears("e.png is a PNG image that is cut off: save it anew, or send another.")
        await someone.hears("nowhere is not there")
        assert names(someone) == ["d.txt"]
        kept = someone.chat.attaching.files[0]
        (someone.session.contents.folder / kept.sha256[:2] / kept.sha256).unlink()
        await someone.types("My words")
        await someone.press("enter")
        await someone.hears("The copy of d.txt that was kept is lost")
        assert someone.typed == "My words" and not someone.requests and names(someone) == ["d.txt"]


async def test_blanks_in_a_name_need_no_quotes_and_little_files_are_told_as_they_are(home: Path, files: Path) -> None:
    (files / "tiny.png").write_bytes(png(20, 10))
    async with person(home) as someone:
        await attach(someone, "a b.png", "a b.png")
        await attach(someone, f"{files}/tiny.png", "a b.png", "tiny.png")
        await someone.sees("20×10 · ≈1 token ", "≈$0.000004")
        await attach(someone, "d.txt", "a b.png", "tiny.png", "d.txt")
        await someone.sees("d.txt  12 bytes")


async def test_a_key_leaves_the_last_one_out_and_a_name_any(home: Path, files: Path) -> None:
    async with person(home) as someone:
        await attach(someone, "c.pdf d.txt *.png", "c.pdf", "d.txt", "a b.png")
        await someone.press("shift+f8")
        assert names(someone) == ["c.pdf", "d.txt"]
        await someone.commands("/detach c.pdf")
        assert names(someone) == ["d.txt"]
        await someone.commands("/detach 1")
        await someone.commands("/detach")
        await someone.hears("No file is attached.")


async def test_files_wait_with_the_draft_through_other_conversations_and_a_restart(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Yes.", "")) as someone:
        await someone.says("First.")
        await attach(someone, "c.pdf d.txt", "c.pdf", "d.txt")
        await someone.commands("/new")
        assert names(someone) == []
        await attach(someone, '"a b.png"', "a b.png")
        assert not [draft for draft in someone.session.store.typed().result(5) if "sha256" in draft.text]
    async with person(home, last=True, script=Faithful("Yes.", "")) as someone:
        await someone.until(lambda: names(someone) == ["c.pdf", "d.txt"])
        (files / "d.txt").write_text("Others.")  # what was attached goes, whatever became of the file
        await someone.says("What is in it?")
        assert someone.requests[-1]["messages"][-1]["content"][1]["source"]["data"] == "Some words.\n"
        await someone.commands("/new")
        await someone.until(lambda: names(someone) == ["a b.png"])
    async with person(home, last=True) as someone:
        await someone.pilot.pause(0.1)
        assert names(someone) == []


async def test_a_question_that_is_stopped_gives_its_files_back(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Yes.", "")) as someone:
        await attach(someone, "c.pdf", "c.pdf")
        someone.server.then(Hang(20))
        await someone.says("Wait", wait=False)
        await someone.until(lambda: len(someone.requests) == 1)
        await someone.press("escape")
        await someone.until(lambda: someone.typed == "Wait" and names(someone) == ["c.pdf"])
        await someone.press("enter")
        await someone.done()
        assert kinds(someone.requests[-1]) == ["document", "text"] and names(someone) == []


async def test_a_file_that_is_dropped_offers_itself(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Yes.", "")) as someone:
        someone.app.chat_screen.prompt.post_message(events.Paste(f"'{files}/a b.png' "))
        await someone.sees("▫ a b.png")
        assert names(someone) == [] and "a b.png" in someone.typed
        await someone.press("shift+f3")
        await someone.until(lambda: names(someone) == ["a b.png"])
        assert someone.typed == ""
        someone.app.chat_screen.prompt.post_message(events.Paste(f"{files}/c.pdf"))
        await someone.sees("▫ c.pdf")
        await someone.press("ctrl+u")
        await someone.until(lambda: "▫" not in someone.text)


def test_paths_are_read_as_terminals_write_them(files: Path) -> None:
    odd = files / "it's.txt"
    odd.write_text("x")
    forms = [f"'{files}/a b.png'", f"{files}/a\\ b.png", f'"{files}/a b.png"', f"file://{files}/a%20b.png",
             f"{files}/a b.png", f"file://localhost{files}/a%20b.png\n"]  # fmt: skip
    assert [dropped(form) for form in forms] == [[f"{files}/a b.png"]] * 6
    assert dropped(f"{files}/c.pdf {files}/d.txt") == [f"{files}/c.pdf", f"{files}/d.txt"]
    assert dropped(str(odd)) == [str(odd)]
    for other in ("d.txt", f"look at {files}/d.txt", f"{files}/none", "file://elsewhere/etc/passwd", "", str(files)):
        assert dropped(other) == []
    assert paths_in('a "b c" d\\ e') == ["a", "b c", "d e"] and paths_in("x" * 30_000) == []
    assert expanded("*.p*", files) == ["a b.png", "c.pdf"] and expanded("*.zip", files) == ["*.zip"]


def test_the_clipboard_gives_an_image_or_a_sentence(tmp_path: Path) -> None:
    def program(name: str, does: str) -> dict[str, str]:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DISPLAY": ":0", "WAYLAND_DISPLAY": ""}

    (tmp_path / "image").write_bytes(png())
    with pytest.raises(Refusal, match="No program here"):
        clipboard.image_from_clipboard({"PATH": str(tmp_path)})
    assert clipboard.image_from_clipboard(program("xclip", f"cat {tmp_path}/image")) == png()
    for does in ("exit 1", "exit 0", "sleep 30"):
        with pytest.raises(Refusal, match="There is no image in the clipboard"):
            clipboard.image_from_clipboard(program("xclip", does), seconds=0.3)


async def test_an_image_from_the_clipboard_is_attached(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "image_from_clipboard", lambda: png(5, 5))
    async with person(home) as someone:
        await someone.press("shift+f6")
        await someone.until(lambda: names(someone) == ["clipboard-1"])


async def test_an_at_finds_a_file_and_attaches_it(home: Path, files: Path) -> None:
    (files / "src").mkdir()
    (files / "src" / "deep.py").write_text("print()\n")
    async with person(home, script=Faithful("Yes.", "")) as someone:
        await someone.press(*"see @dp")
        await someone.until(lambda: someone.app.chat_screen.file_menu.chosen == "src/deep.py")
        await someone.sees("❯ deep.py  src")
        await someone.press("enter")
        await someone.until(lambda: names(someone) == ["deep.py"])
        assert someone.typed == "see @src/deep.py " and not someone.app.chat_screen.file_menu.is_open
        await someone.press(*"@d")
        await someone.until(lambda: someone.app.chat_screen.file_menu.chosen == "d.txt")
        await someone.press("down")
        assert someone.app.chat_screen.file_menu.chosen == "src/deep.py"
        await someone.press("escape")
        assert not someone.app.chat_screen.file_menu.is_open
        await someone.press("enter")
        await someone.done()
        assert kinds(someone.requests[-1]) == ["document", "text"]
        assert someone.requests[-1]["messages"][-1]["content"][1]["text"] == "see @src/deep.py @d"


async def test_an_address_is_no_file(home: Path, files: Path) -> None:
    async with person(home) as someone:
        await someone.press(*"me@d")
        await someone.pilot.pause(0.1)
        assert not someone.app.chat_screen.file_menu.is_open


def there(someone: Person) -> set[str]:
    """What is kept, by the beginning of it."""
    return {path.read_bytes()[:4].decode("latin-1") for path in someone.session.contents.folder.glob("*/*")}


async def test_what_is_deleted_for_good_takes_its_files_along_and_nobody_elses(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Seen.", "")) as someone:
        await attach(someone, '"a b.png" c.pdf d.txt', "a b.png", "c.pdf", "d.txt")
        await someone.says("What are these?")
        first = someone.conversation.id
        await someone.press("ctrl+n")
        await attach(someone, "c.pdf", "c.pdf")
        await someone.says("And this?")
        await someone.press("ctrl+n")
        await someone.types("Why " + "is it so? " * 300)
        await someone.types("x" * 3_000)
        await someone.until(lambda: there(someone) == {"\x89PNG", "%PDF", "Some", "xxxx", "Why "})
        store, contents = someone.session.store, someone.session.contents
        # All but the text, which went as text: the draft has come to the disk.
        await someone.until(lambda: len(store.named_contents().result(5)) == 4)
        store.trash(first).result(5)
        assert store.purge(first).result(5) == 1
        assert contents.sweep(store.named_contents().result(5)) == 0, "another window may have just kept them"
        for kept in contents.folder.glob("*/*"):
            os.utime(kept, (1, 1))
        contents.keep((files / "d.txt").read_bytes())  # as another window does that attaches it now
        assert contents.sweep(store.named_contents().result(5)) == 1
        assert there(someone) == {"%PDF", "Some", "xxxx", "Why "}
        (text,) = (kept for kept in contents.folder.glob("*/*") if kept.read_bytes().startswith(b"Some"))
        os.utime(text, (1, 1))
        second = store.latest().result(5)
        assert second is not None
        store.trash(second).result(5)
        store.purge(second).result(5)
        await someone.chat.attaching.sweep()
        assert there(someone) == {"xxxx", "Why "}, "what is typed and not sent is nobody's to delete"


async def test_an_export_names_the_files_and_takes_them_along_on_request(home: Path, files: Path) -> None:
    async with person(home, script=Faithful("Seen.", "")) as someone:
        await attach(someone, '"a b.png" c.pdf d.txt', "a b.png", "c.pdf", "d.txt")
        await someone.says("What are these?")
        for name in ("a.md", "a.html", "b.md --with-files", "b.html --with-files"):
            await someone.commands(f"/export {name}")
            await someone.until((files / name.split()[0]).exists)
        await someone.until((files / "b-files" / "2-c.pdf").exists)
        plain, page = (files / "a.md").read_text(), (files / "a.html").read_text()
        assert "*`a b.png`*" in plain and "*`c.pdf`*" in plain and "Some words." in plain
        assert ">a b.png<" in page and "<img" not in page and "claude_tui.file" not in plain + page
        plain, page = (files / "b.md").read_text(), (files / "b.html").read_text()
        assert "![a b.png](<b-files/1-a-b.png>)" in plain and "[c.pdf](<b-files/2-c.pdf>)" in plain
        assert (files / "b-files" / "1-a-b.png").read_bytes() == (files / "a b.png").read_bytes()
        assert f'src="data:image/png;base64,{b64encode((files / "a b.png").read_bytes()).decode()}"' in page
        assert f'href="data:application/pdf;base64,{b64encode((files / "c.pdf").read_bytes()).decode()}"' in page
        (files / "b.md").unlink()
        await someone.commands("/export b.md --with-files")
        await someone.hears("b-files is there already; it is not overwritten.")
    options = ["export", "last", "--with-files"]
    code, _, said = run(*options, env=environment(home))
    assert code and "a file to stand beside" in said
    code, _, said = run(*options, "-o", str(files / "c.md"), env=environment(home))
    assert code == 0, said
    assert (files / "c-files" / "2-c.pdf").read_bytes() == (files / "c.pdf").read_bytes()
    code, _, said = run("export", "--all", "--with-files", "-o", str(files / "all"), env=environment(home))
    assert code == 0, said
    assert len(list((files / "all").glob("*-files/*"))) == 2
