"""Export and import on the command line."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from claude_tui import cli
from claude_tui.core.conversation import Conversation, Marks
from claude_tui.core.message import visible_text
from claude_tui.exchange import from_json, to_json
from claude_tui.paths import Paths
from claude_tui.store import Store

from .exchange.samples import CLAUDE, EVERY, ours, write_json
from .support.desk import environment
from .support.zygote import Zygote

KILLS = int(os.environ.get("CLAUDE_TUI_KILLS", "300"))
"""Kills in the long form."""


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run_it(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.run(arguments)
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        told = capsys.readouterr()
        return code, told.out, told.err

    return run_it


@pytest.mark.parametrize("kind", EVERY)
def test_import(kind: str, call: Any, tmp_path: Path) -> None:
    path = EVERY[kind](tmp_path)
    code, out, err = call("import", str(path))
    assert (code, err) == (0, "") and out.startswith("Imported ")
    code, out, err = call("import", "--json", str(path))
    (report,) = json.loads(out)
    assert (code, err, report["new"], report["same"]) == (0, "", 0, report["of"])


def test_several_files_and_one_that_cannot_be(call: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad\x1b.json"
    bad.write_text("[")
    code, out, err = call("import", str(EVERY["ChatGPT"](tmp_path)), str(bad), str(EVERY["llm"](tmp_path)))
    assert code == 1 and out.count("Imported") == 2
    assert err == "claude-tui: bad\\x1b.json cannot be imported: it ends in the middle.\n"


def test_all_of_it_out_and_in_again(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("claude.ai", "ChatGPT", "our JSON"):
        call("import", str(EVERY[kind](tmp_path)))
    assert call("export", "--all", "--format", "json", "-o", str(tmp_path / "all.json"))[0] == 0
    assert json.loads(call("export", "--all", "--format", "json", "-o", "-")[1]) == json.loads(
        (tmp_path / "all.json").read_text()
    )
    before = {one["conversation"]["id"]: from_json(one) for one in json.loads((tmp_path / "all.json").read_text())}
    monkeypatch.setenv("CLAUDE_TUI_HOME", str(tmp_path / "laptop"))
    code, out, _ = call("import", str(tmp_path / "all.json"))
    assert code == 0 and out.startswith("Imported 4 conversations from claude-tui")
    with closing(Store.open(Paths.default().database)) as store:
        assert {id: store.load(id).result() for id in before} == before
        assert store.drafts().result() == {"c" * 24: "A draft."}
    for format in ("md", "html"):
        assert call("export", "--all", "--format", format, "-o", str(tmp_path / format))[0] == 0
        assert len(list((tmp_path / format).glob(f"*.{format}"))) == 4
    assert call("export", "--all", "--format", "md", "-o", str(tmp_path / "md"))[0] == 1, "nothing is overwritten"


def test_what_is_archived_goes_out_too_and_how_each_is_kept_comes_back(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("import", str(EVERY["claude.ai"](tmp_path)), str(EVERY["our JSON"](tmp_path)))
    with closing(Store.open(Paths.default().database)) as store:
        one, two, three, *_ = (row.id for row in store.recent().result())
        for change in (store.pin(one), store.archive(two), store.archive(three), store.trash(three)):
            change.result()
        store.create(Conversation("mine", "hello", {}, None)).result()
        assert store.propose_title("mine", "Hello").result() and set(store.all_ids().result()) == {"mine", one, two}
    text = call("export", "--all", "--format", "json")[1]
    told = {made["conversation"]["id"]: made["conversation"] for made in json.loads(text)}
    kept = {id: (about["pinned"], about["archived"], about["titled"]) for id, about in told.items()}
    assert kept == {
        "mine": (False, False, "model"), one: (True, False, "person"), two: (False, True, "person"),
    }  # fmt: skip
    (tmp_path / "all.json").write_text(text)
    monkeypatch.setenv("CLAUDE_TUI_HOME", str(tmp_path / "laptop"))
    assert call("import", str(tmp_path / "all.json"))[0] == 0
    with closing(Store.open(Paths.default().database)) as store:
        assert {id: astuple(store.marks(id).result()) for id in kept} == kept


def test_a_file_of_before_that_says_nothing_of_how_it_was_kept(call: Any, tmp_path: Path) -> None:
    made = to_json(ours())
    strange = {**made["conversation"], "id": "other", "pinned": "yes", "archived": 1, "titled": ["model"]}
    other = {"version": 1, "conversation": {**strange, "head_id": None}, "nodes": []}
    assert call("import", str(write_json(tmp_path / "x.json", [made, other])))[0] == 0
    with closing(Store.open(Paths.default().database)) as store:
        assert [store.marks(id).result() for id in (ours().id, "other")] == [Marks(), Marks()]


def test_nothing_to_export(call: Any) -> None:
    assert call("export", "--all", "--format", "json") == (0, "[]\n", "")
    assert call("export", "--all")[2] == "claude-tui: With --all, Markdown and HTML need a folder: -o FOLDER.\n"
    assert call("export", "x", "--all")[2] == "claude-tui: Either one conversation or --all.\n"


@pytest.mark.parametrize(
    ("format", "options", "there"),
    [
        ("md", (), (False, False)),
        ("md", ("--thinking",), (True, False)),
        ("md", ("--tools",), (False, True)),
        ("md", ("--with-tools",), (False, True)),
        ("html", (), (True, True)),
        ("html", ("--no-thinking",), (False, True)),
        ("html", ("--no-tools", "--thinking"), (True, False)),
        ("json", ("--no-thinking",), (True, True)),
    ],
)
def test_with_and_without(call: Any, tmp_path: Path, format: str, options: list[str], there: tuple[bool, ...]) -> None:
    talk = {**CLAUDE[0], "chat_messages": CLAUDE[0]["chat_messages"][:2]}
    call("import", str(write_json(tmp_path / "x.json", [talk])))
    code, out, err = call("export", "--format", format, *options)
    assert (code, err) == (0, "") and "Seen it all." in out
    assert ("Let me see." in out, "web_search" in out.replace("web_search_result", "")) == there


def test_a_secret_is_masked_in_html_too(call: Any, tmp_path: Path) -> None:
    key = "sk-ant-api03-" + "a1B2" * 20
    code = f"```python\\nkey = {key}\\n```"  # coloured, it would be in pieces
    talk = json.loads(json.dumps(CLAUDE[1]).replace("Older, a list.", f"My key is {key}.\\n\\n{code}"))
    call("import", str(write_json(tmp_path / "x.json", [talk])))
    for format in ("md", "html", "json"):
        _, out, err = call("export", "--format", format)
        assert key not in re.sub("<[^>]*>", "", out) and "2 secrets in it were masked. --keep-secrets" in err
        assert key in call("export", "--format", format, "--keep-secrets")[1]


# In a process of its own


def many(path: Path, count: int) -> Path:
    """An export that takes a while: every third conversation is too long to be indexed at once."""
    talks: list[Any] = []
    for number in range(count):
        said = f"word{number} " * (3000 if number % 3 == 0 else 20)
        talk = json.loads(json.dumps(CLAUDE[0]).replace("First answer.", said))
        talks.append({**talk, "uuid": f"talk {number}", "name": f"Talk {number}"})
    return write_json(path, talks)


def check_whole(home: Path, count: int) -> int:
    """Each conversation is there with all its messages or not at all, and found; how many there are."""
    with closing(Store.open(home / "data" / "conversations.db")) as store:
        assert store.check().result() == []
        rows = store.recent(10_000).result()
        for row in rows:
            talk = store.load(row.id).result()
            assert talk is not None and len(talk.nodes) == 5, row
        for row in rows[:3] + rows[-3:]:
            word = f"word{row.title.removeprefix('Talk ')}"
            assert row.id in {hit.conversation_id for hit in store.search(word + " ").result()}, row
        return len(rows)


def kill_once(zygote: Zygote, folder: Path, export: Path, count: int, chance: random.Random) -> int:
    home = folder / "home"
    process = zygote.start("import", str(export), env=environment(home), cwd=folder, output=folder / "out")
    database = home / "data" / "conversations.db"
    if chance.random() < 0.9:
        until = time.monotonic() + 60
        while not imported(database) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.25))
    process.kill()
    process.wait(30)
    there = check_whole(home, count)
    again = zygote.start("import", str(export), env=environment(home), cwd=folder, output=folder / "again")
    assert again.wait(120) == 0, (folder / "again.err").read_text()
    assert check_whole(home, count) == count
    return there


def imported(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM conversation").fetchone()[0]
    except sqlite3.Error:
        return 0


def kills(zygote: Zygote, folder: Path, number: int, seed: int | None) -> None:
    chance = random.Random(seed)
    count = 60
    export = many(folder / "many.json", count)
    found: list[int] = []
    for turn in range(number):
        place = folder / f"kill{turn}"
        place.mkdir()
        found.append(kill_once(zygote, place, export, count, chance))
    print(f"{number} kills in the middle of an import; there were {found} of {count} conversations, each whole")
    assert any(0 < there < count for there in found)


def test_kill_in_the_middle_of_an_import(zygote: Zygote, tmp_path: Path) -> None:
    kills(zygote, tmp_path, 5, 3)


@pytest.mark.long
def test_many_kills_in_the_middle_of_an_import(zygote: Zygote, tmp_path: Path) -> None:
    kills(zygote, tmp_path, KILLS, None)


def test_ctrl_c_ends_an_import_between_two_conversations(zygote: Zygote, tmp_path: Path) -> None:
    export = many(tmp_path / "many.json", 300)
    home = tmp_path / "home"
    process = zygote.start("import", str(export), env=environment(home), cwd=tmp_path, output=tmp_path / "out")
    until = time.monotonic() + 60
    while not imported(home / "data" / "conversations.db") and time.monotonic() < until:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert (tmp_path / "out.err").read_text() == ""
    there = check_whole(home, 300)
    assert 0 < there < 300
    assert (tmp_path / "out").read_text().startswith(f"Stopped: {there} of 300 are here, each whole;")


def test_what_was_imported_reads_as_it_was(call: Any, tmp_path: Path) -> None:
    call("import", str(EVERY["our Markdown"](tmp_path)))
    assert call("show")[1] == (tmp_path / "ours.md").read_text()
    with closing(Store.open(Paths.default().database)) as store:
        talk = store.load(store.latest().result() or "").result()
    assert talk is not None and [visible_text(node.content) for node in talk.path()] == ["Why?", "Because."]
