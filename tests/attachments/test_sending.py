"""Files that are kept beside a conversation, and go to the API in the shape it takes."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest

from claude_tui.attachments.keeping import Contents
from claude_tui.attachments.sending import blocks, gather, keep, missing, refusal
from claude_tui.core.attached import FILE, Kept, filled, kept_of, text_block, too_much
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import EMPTY, OpaqueBlock, TextBlock, block_to_wire
from claude_tui.demo import DemoServer, Faithful
from claude_tui.ids import new_id
from tests.support.desk import Desk, environment, last, run, settings

from .samples import gif, jpeg, pdf, png, webp

FILES = {
    "a.png": png(),
    "b.jpg": jpeg(),
    "c.gif": gif(),
    "d.webp": webp(),
    "e.pdf": pdf(),
    "f.txt": "Grüße\n".encode(),
    "g.txt": "Grüße\n".encode("utf-16"),
}


def _write(folder: Path) -> list[str]:
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return list(FILES)


def _question(files: list[Kept], contents: Contents, after: str | None = None) -> Node:
    content = (*blocks(files, contents), TextBlock("What is in these?"))
    return Node(new_id(), after, "user", content, "typed", created_at=1)


def test_every_kind_goes_in_the_shape_the_api_takes_and_again_with_the_next_question(tmp_path: Path) -> None:
    contents = Contents(tmp_path / "kept")
    found, refused = gather(_write(tmp_path), tmp_path)
    assert not refused
    with Desk(tmp_path) as desk:
        desk.api._read_file = contents.read  # pyright: ignore[reportPrivateUsage]
        conversation = Conversation(new_id(), "Files", created_at=1, updated_at=1)
        desk.store.create(conversation).result()
        turn = last(desk.turn(conversation, settings(), _question(keep(found, contents), contents)))
        assert turn.failure is None and desk.problems == []
        sent = desk.asked[-1]["messages"][0]["content"]
        shapes = [(block["type"], block.get("source", EMPTY).get("media_type", block.get("text"))) for block in sent]
        assert shapes == [
            ("text", "a.png:"),
            ("image", "image/png"),
            ("text", "b.jpg:"),
            ("image", "image/jpeg"),
            ("text", "c.gif:"),
            ("image", "image/gif"),
            ("text", "d.webp:"),
            ("image", "image/webp"),
            ("document", "application/pdf"),
            ("document", "text/plain"),
            ("document", "text/plain"),
            ("text", "What is in these?"),
        ]
        assert base64.b64decode(sent[1]["source"]["data"]) == FILES["a.png"]
        assert sent[9]["source"]["data"] == sent[10]["source"]["data"] == "Grüße\n" and sent[10]["title"] == "g.txt"
        # The tree holds hashes, and what is asked next sends the very same again.
        kept = desk.kept(conversation.id)
        assert len(json.dumps([block_to_wire(block) for block in kept.path()[0].content])) < 2_500
        turn = last(desk.turn(kept, settings(), Node(new_id(), kept.head_id, "user", (TextBlock("And?"),), "typed")))
        assert turn.failure is None and desk.problems == [] and desk.asked[-1]["messages"][0]["content"] == sent


def test_a_file_that_is_lost_or_damaged_is_named_and_nothing_is_refused(tmp_path: Path) -> None:
    contents = Contents(tmp_path / "kept")
    found, _ = gather(_write(tmp_path)[:5], tmp_path)
    kept = keep(found, contents)
    question = _question(kept, contents)
    (gone, bent), rest = kept[:2], kept[2:]
    (contents.folder / gone.sha256[:2] / gone.sha256).unlink()
    (contents.folder / bent.sha256[:2] / bent.sha256).write_bytes(b"x" * bent.size)
    assert missing([question], contents) == ["a.png"]
    with Desk(tmp_path) as desk:
        desk.api._read_file = contents.read  # pyright: ignore[reportPrivateUsage]
        conversation = Conversation(new_id(), "Files", created_at=1, updated_at=1)
        desk.store.create(conversation).result()
        turn = last(desk.turn(conversation, settings(), question))
        assert turn.failure is None and desk.problems == []
        texts = [block.get("text") for block in desk.asked[-1]["messages"][0]["content"] if block["type"] == "text"]
        assert texts[:2] == ["(The attached file a.png is lost.)", "(The attached file b.jpg is lost.)"]
        assert len(rest) == 3


def test_a_content_is_kept_once_for_its_owner_alone_and_written_anew_where_it_was_damaged(tmp_path: Path) -> None:
    contents = Contents(tmp_path / "data" / "kept")
    (tmp_path / "data").mkdir(mode=0o700)
    sha256 = contents.keep(b"words")
    assert contents.keep(b"words") == sha256 and contents.read(sha256) == b"words"
    path = contents.folder / sha256[:2] / sha256
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, contents.folder)] == [0o600, 0o700, 0o700]
    path.write_bytes(b"wards")
    assert contents.read(sha256) is None
    assert contents.keep(b"words") == sha256 and contents.read(sha256) == b"words"
    assert contents.read("../../etc/passwd") is None and not contents.has("../x", 5)


def test_a_block_that_is_not_ours_in_every_field_is_never_sent(tmp_path: Path) -> None:
    good = Kept("a" * 64, "image/png", 10, "a.png", 3, 2)
    assert kept_of(good.block().data) == good
    for bad in ({"sha256": "../x"}, {"sha256": 5}, {"media_type": "text/html"}, {"type": "image"}):
        assert kept_of({**good.block().data, **bad}) is None
    odd = {**good.block().data, "size": -1, "width": "3", "title": None}
    assert kept_of(odd) == Kept("a" * 64, "image/png", 0, "", 0, 2)
    params = {"messages": [{"role": "user", "content": [{"type": FILE, "sha256": "x"}]}]}
    assert filled(params, lambda sha256: b"")["messages"][0]["content"] == [
        {"type": "text", "text": "(A file that is lost.)"}
    ]


def test_more_than_a_request_takes_is_said_before_it_is_sent() -> None:
    image = Kept("a" * 64, "image/png", 3_000_000, "a.png", 100, 100)
    small = Kept("a" * 64, "image/png", 3_000, "a.png", 100, 100)
    long = Kept("a" * 64, "application/pdf", 3_000, "a.pdf", pages=101)
    before = [Node("n", None, "user", (image.block(),) * 7, "typed")]
    assert "MB as they are sent" in refusal(before, [image], 1_000_000)
    assert refusal(before, [small], 1_000_000) == ""
    assert too_much([small] * 101, 200_000).startswith("There are 101 images in this conversation")
    assert too_much([small] * 101, 1_000_000) == ""
    assert too_much([long], 200_000).startswith("There are 101 pages") and not too_much([long], 1_000_000)


def test_a_text_without_a_name_has_one_for_the_api() -> None:
    assert text_block("", "words").data["title"] == "text"
    assert isinstance(text_block("a", "words"), OpaqueBlock)


@pytest.mark.parametrize("others", [[], ["--output-format", "json"]])
def test_a_question_in_a_script_takes_files(home: Path, tmp_path: Path, others: list[str]) -> None:
    _write(tmp_path)
    with DemoServer(pace=0, script=Faithful("Seen.", "")) as server:
        env = environment(home, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="demo")
        paths = [str(tmp_path / "*.png"), str(tmp_path / "e.pdf"), str(tmp_path / "g.txt")]
        flags = [word for path in paths for word in ("--attach", path)]
        code, out, told = run("-p", "What is this?", *flags, *others, env=env)
        assert code == 0 and "Seen." in out and "g.txt is read as UTF-16." in told
        (asked,) = [one for one in server.requests if one.path == "/v1/messages"]
        assert [block["type"] for block in asked.body["messages"][0]["content"]] == [
            "text", "image", "document", "document", "text",
        ]  # fmt: skip
        assert not asked.problem
        code, out, told = run("-p", "And this?", "--attach", str(tmp_path / "none.png"), env=env)
        assert (code, out) == (2, "") and told == ("claude-tui: none.png is not there: check the path.\n")
