"""Whatever a file is, it comes in or is refused in one sentence; refused, it changed nothing."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.core.text import is_safe
from claude_tui.exchange import ExchangeError, json_stream, to_json
from claude_tui.exchange.intake import Progress, take_in
from claude_tui.store import Store
from tests.exchange.samples import (
    CLAUDE,
    EVERY,
    GPT,
    LLM_NEW,
    LLM_OLD,
    claude_conversation,
    claude_message,
    gpt_node,
    ours,
    write_database,
    write_json,
    write_zip,
)
from tests.exchange.test_intake import everything, refusals
from tests.exchange.trees import JSON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "data" / "conversations.db")
    yield store
    store.close(2)


def state(store: Store) -> list[Any]:
    with sqlite3.connect(f"file:{store._database.path}?mode=ro", uri=True) as connection:
        tables = ("conversation", "node", "draft", "draft_history", "meta")
        return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def check_refused(store: Store, path: Path, *words: str) -> None:
    before = state(store)
    with pytest.raises(ExchangeError) as refused:
        take_in(store, path)
    sentence = str(refused.value)
    assert all(word in sentence for word in words), sentence
    assert sentence.endswith(".") and "\n" not in sentence and is_safe(sentence) and len(sentence) < 400
    assert state(store) == before


def written(data: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "file.json").write_bytes(data)
        return folder / "file.json"

    return write


def damaged_database(folder: Path) -> Path:
    path = write_database(folder / "logs.db", LLM_OLD)
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 7):
        data[at] = 0xA5
    path.write_bytes(data)
    return path


def cut_database(folder: Path) -> Path:
    path = write_database(folder / "logs.db", LLM_OLD)
    path.write_bytes(path.read_bytes()[:6000])
    return path


def endless_view(folder: Path) -> Path:
    return write_database(
        folder / "logs.db",
        """CREATE VIEW responses AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
            SELECT id, id AS prompt, id AS response, id AS conversation_id FROM n""",
    )


def cut_zip(folder: Path) -> Path:
    path = write_zip(folder / "data.zip", conversations=CLAUDE)
    path.write_bytes(path.read_bytes()[:-30])
    return path


def spoilt_zip(folder: Path) -> Path:
    path = write_zip(folder / "data.zip", conversations=CLAUDE)
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    return path


def locked_zip(folder: Path) -> Path:
    path = write_zip(folder / "data.zip", conversations=CLAUDE)
    data = bytearray(path.read_bytes())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + flags] |= 1
    path.write_bytes(data)
    return path


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


WHOLE = json.dumps(CLAUDE).encode()
DEEP: Any = "bottom"
for _ in range(300):
    DEEP = {"in": DEEP}

REFUSED: Mapping[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    "not there": (lambda folder: folder / "nothing.json", ("cannot be read", "no such file")),
    "a folder": (lambda folder: folder, ("it is a folder",)),
    "a pipe": (pipe, ("not a regular file",)),
    "empty": (written(b""), ("it is empty",)),
    "an empty list": (written(b"[]"), ("no conversation in it",)),
    "cut": (written(WHOLE[:-40]), ("ends in the middle",)),
    "cut in a character": (written(json.dumps(["\u00e9"], ensure_ascii=False).encode()[:3]), ("cannot be imported",)),
    "damaged at its end": (written(WHOLE[:-1] + b"}"), ("no comma",)),
    "NaN": (written(b'[{"uuid": NaN, "chat_messages": []}]'), ("NaN is no JSON",)),
    "a name twice": (written(b'[{"chat_messages": [], "chat_messages": []}]'), ("the same name twice",)),
    "Latin-1": (written('[{"name": "\u00e9"}]'.encode("latin-1")), ("not UTF-8",)),
    "UTF-16": (written("[1]".encode("utf-16")), ("cannot be imported",)),
    "noise": (written(random.Random(1).randbytes(5000)), ("cannot be imported",)),
    "text": (written(b"Dear diary,\n## You\nhello"), ("nothing that is known",)),
    "nested without a bottom": (written(b"[" * 500_000), ("nested too deeply",)),
    "objects without a bottom": (written(b'{"a":' * 300_000), ("nested too deeply",)),
    "other JSON": (written(b'[{"a": 1}, 3, null]'), ("cannot be imported: it is no conversation that is known",)),
    "ours of another day": (written(b'{"version": 99, "nodes": [], "conversation": {}}'), ("version 99",)),
    "ours with a circle": (
        lambda folder: write_json(folder / "x.json", {**to_json(ours()), "nodes": [
            {**node, "parent_id": "b" * 24} for node in to_json(ours())["nodes"]]}),
        ("its own ancestor",),
    ),
    "no archive at all": (written(b"PK\x03\x04 and nothing else"), ("archive is damaged",)),
    "a cut archive": (cut_zip, ("archive is damaged",)),
    "a spoilt archive": (spoilt_zip, ("cannot be imported",)),
    "a locked archive": (locked_zip, ("cannot be imported: the archive has a password.",)),
    "another archive": (lambda folder: write_zip(folder / "x.zip", pictures=[]), ("no conversations.json",)),
    "no database at all": (written(b"SQLite format 3\0 and nothing else"), ("damaged, or no SQLite",)),
    "a damaged database": (damaged_database, ("damaged",)),
    "a cut database": (cut_database, ("damaged",)),
    "another database": (
        lambda folder: write_database(folder / "x.db", "CREATE TABLE t (a)"), ("it is a database, and not llm's",)
    ),
    "a view that never ends": (endless_view, ("it is a database, and not llm's",)),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_imported(kind: str, store: Store, tmp_path: Path) -> None:
    take_in(store, EVERY["our JSON"](tmp_path))
    folder = tmp_path / "files"
    folder.mkdir()
    make, words = REFUSED[kind]
    check_refused(store, make(folder), *words)


def test_an_item_larger_than_any_conversation(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST", 1_000_000)
    talk = claude_conversation("x", claude_message("q", "human", "x" * 5_000_000))
    check_refused(store, write_json(tmp_path / "x.json", [CLAUDE[0], talk]), "larger than 1 MB")


def test_a_file_that_changes_between_its_readings(store: Store, tmp_path: Path) -> None:
    path = EVERY["claude.ai"](tmp_path)

    def spoil(progress: Progress) -> None:
        if progress.phase == "checking" and progress.read == progress.size:
            path.write_bytes(WHOLE[:-30])

    with pytest.raises(ExchangeError, match="ends in the middle"):
        take_in(store, path, told=spoil)
    assert all(refusals(one) == [] for one in everything(store)), "what came before is whole"


def test_items_that_are_no_conversations_are_counted(store: Store, tmp_path: Path) -> None:
    bad = {**to_json(ours()), "nodes": [3]}
    report = take_in(store, write_json(tmp_path / "x.json", [CLAUDE[0], 3, None, {"a": 1}, bad, GPT[0]]))
    assert (report.new, report.unread) == (2, 4)
    assert "could not be taken" in report.sentences[1]


STRANGE: Mapping[str, Any] = {
    "wrong types everywhere": [
        {"uuid": 3, "name": [], "created_at": {}, "chat_messages": [
            None, 3, "x", {}, {"sender": 3}, {"sender": "human"}, {"sender": "robot", "text": "x"},
            {"sender": "human", "uuid": [], "content": {"a": 1}, "attachments": 3, "files": [3, None, {"name": 3}]},
            {"sender": "assistant", "content": [3, None, {"type": []}, {"type": "text", "text": 3},
                {"type": "thinking"},
                {"type": "tool_use", "input": "x", "name": 4, "id": 5}, {"type": "tool_result", "tool_use_id": {}},
                {"type": "text", "text": "x", "citations": [3, {"details": 3, "start_index": "a"}]}]},
        ]},
        {"mapping": {"a": 3, "b": {"message": 3}, "c": {"message": {"author": 3, "content": 3}, "parent": []},
            "d": {"message": {"author": {"role": "user"}, "content": {"content_type": [], "parts": [3, None, {}, []]}}},
            "e": {"parent": "e", "message": {"author": {"role": "assistant"}, "recipient": 3, "metadata": 3,
                "content": {"content_type": "thoughts", "thoughts": [3, {"content": 3}]}}}},
         "current_node": 3, "title": 3, "create_time": "x", "update_time": 1e300},
    ],
    "a circle": [
        {"mapping": dict([gpt_node("a", "c", "user", "A"), gpt_node("b", "a", "assistant", "B"),
                          gpt_node("c", "b", "user", "C"), gpt_node("self", "self", "user", "S")])},
        claude_conversation("x", claude_message("a", "human", "A", "b"), claude_message("b", "assistant", "B", "a")),
    ],
    "ids that are not ids": [
        claude_conversation("\ud800", claude_message("", "human", "A", ""), claude_message("", "human", "B", "")),
        {"mapping": dict([gpt_node("", None, "user", "A"), gpt_node("\x1b[2J" * 9000, "", "assistant", "B")])},
    ],
    "texts that are no text": [
        claude_conversation("x", claude_message("a", "human", "\ud83d \x00\x1b]0;\x07\u202e"), name="\x1b[2J\n\ud800"),
    ],
    "deep inside": [claude_conversation("x", claude_message("a", "assistant", "", content=[
        {"type": "tool_use", "name": "t", "input": DEEP}, {"type": "tool_result", "content": DEEP},
        {"type": "x", "y": DEEP}]))],
    "only an answer": [claude_conversation("x", claude_message("a", "assistant", "Yes."))],
}  # fmt: skip


@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_strange_comes_in_and_can_be_asked_on(kind: str, store: Store, tmp_path: Path) -> None:
    path = write_json(tmp_path / "x.json", STRANGE[kind])
    report = take_in(store, path)
    assert report.new == len(STRANGE[kind]) - report.lost["conversations without a message"] > 0
    assert take_in(store, path).same == report.new
    for conversation in everything(store):
        assert refusals(conversation) == []
        assert len(conversation.path()) <= len(conversation.nodes)
        json.dumps(to_json(conversation))


@pytest.mark.parametrize("usd", ["1e30", "1e400000", "-3", "much", 1e300])
def test_a_cost_that_nobody_paid_is_left_out(usd: Any, store: Store, tmp_path: Path) -> None:
    given = to_json(ours())
    given["nodes"][1]["facts"] = {"cost": {"usd": usd, "exactness": "exact"}}
    assert take_in(store, write_json(tmp_path / "x.json", given)).lost["facts of replies that cannot be read"] == 1
    (kept,) = everything(store)
    assert "cost" not in kept.path()[-1].facts and to_json(kept)["nodes"][1]["cost_usd"] is None


def test_a_database_with_wrong_types_everywhere(store: Store, tmp_path: Path) -> None:
    wrong = (
        LLM_NEW.replace(" TEXT", "").replace(" INTEGER PRIMARY KEY", "")
        + """
        UPDATE parts SET payload = x'ff00', text = 3 WHERE type = 'tool_call';
        UPDATE parts SET payload = '[[[' WHERE type = 'attachment';
        UPDATE turns SET datetime_utc = x'ff', model = 3, input_tokens = 'x';
        UPDATE messages SET parent_hash = 'b' WHERE hash = 'q';
        INSERT INTO threads VALUES (NULL, NULL, 'gone', NULL, NULL), (3, x'00', 7, NULL, NULL);
    """
    )
    report = take_in(store, write_database(tmp_path / "x.db", wrong))
    assert report.new == 1 and all(refusals(one) == [] for one in everything(store))


BASES = {"claude.ai": CLAUDE, "ChatGPT": GPT, "ours": [to_json(ours())]}


def damaged(value: Any, data: st.DataObject) -> Any:
    """The value with something else somewhere in it."""
    value = json.loads(json.dumps(value))
    place, keys = value, list(range(len(value)))
    for _ in range(data.draw(st.integers(0, 8))):
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key]:
            break
        place = place[key]
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    place[data.draw(st.sampled_from(keys))] = data.draw(JSON)
    return value


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(list(BASES)), st.data())
def test_any_damage_is_refused_or_comes_in_and_can_be_asked_on(kind: str, data: st.DataObject) -> None:
    from claude_tui.exchange.file_reader import Found, _read
    from claude_tui.store import parcel

    for item in damaged(BASES[kind], data):
        found = _read(item)
        if isinstance(found, Found):
            assert refusals(found.carried.conversation) == []
            parcel(found.carried.conversation)
        else:
            assert found.why.endswith(".") and "\n" not in found.why
