"""JSON loses nothing, and takes in nothing that is not its own."""

from __future__ import annotations

import copy
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.attachments.keeping import Contents
from claude_tui.core.attached import PDF, Kept
from claude_tui.core.conversation import Conversation, Join, Node
from claude_tui.core.message import TextBlock, ToolUseBlock, Usage
from claude_tui.core.text import is_safe
from claude_tui.errors import ClaudeTuiError
from claude_tui.exchange import ExchangeError, from_json, to_json
from claude_tui.exchange.intake import take_in
from claude_tui.exchange.rendering import Wanted, rendered
from claude_tui.store import Store
from tests.exchange.trees import JSON, conversations

QUESTION = Node("a", None, "user", (TextBlock("Why?"),), "typed", created_at=1)
ANSWER = Node(
    "b",
    "a",
    "assistant",
    (TextBlock("Because"), ToolUseBlock("t1", "clock", {}, partial_json='{"zo')),
    "model",
    "interrupted",
    created_at=2,
    model="a-model",
    stop_reason=None,
    usage=Usage({"output_tokens": 3}),
    join=Join("ask", "Because", " ", replaces=True),
    facts={"cost": {"usd": "0.0123", "exactness": "estimate"}, "request_id": "r1"},
)
SMALL = Conversation("c", "Title").with_nodes([QUESTION, ANSWER])


@settings(max_examples=80, deadline=None)
@given(conversations())
def test_any_tree_comes_back(conversation: Conversation) -> None:
    back = from_json(json.loads(json.dumps(to_json(conversation))))
    assert back == conversation
    assert list(back.nodes) == list(conversation.nodes)


def test_the_shape() -> None:
    data = to_json(SMALL)
    about = {"id": "c", "title": "Title", "head_id": "b", "created_at": 0, "updated_at": 0}
    assert {**data, "nodes": None} == {"version": 1, "conversation": about, "nodes": None}
    assert data["nodes"][1] == {
        "id": "b",
        "parent_id": "a",
        "role": "assistant",
        "origin": "model",
        "status": "interrupted",
        "model": "a-model",
        "stop_reason": None,
        "usage": {"output_tokens": 3},
        "cost_usd": 0.0123,
        "created_at": 2,
        "content": [
            {"type": "text", "text": "Because"},
            {"type": "tool_use", "id": "t1", "name": "clock", "input": {}, "partial_json": '{"zo'},
        ],
        "join": {"via": "ask", "anchor": "Because", "tail": " ", "replaces": True},
        "facts": {"cost": {"usd": "0.0123", "exactness": "estimate"}, "request_id": "r1"},
    }
    assert data["nodes"][0]["cost_usd"] is None


@pytest.mark.parametrize("cost", [None, "x", {"usd": None}, {"usd": "much"}, {"usd": []}, {}])
def test_no_cost_is_null(cost: object) -> None:
    node = Node("a", None, "user", (), "typed", facts={"cost": cost})
    assert to_json(Conversation("c").with_node(node))["nodes"][0]["cost_usd"] is None


def test_it_shares_nothing_with_the_conversation() -> None:
    inner = {"a": [1]}
    node = Node("a", None, "assistant", (ToolUseBlock("t", "n", inner),), "model", facts={"x": inner})
    data = to_json(Conversation("c").with_node(node))
    data["nodes"][0]["content"][0]["input"]["a"].append(2)
    data["nodes"][0]["facts"]["x"]["a"].append(2)
    assert inner == {"a": [1]}


def test_what_may_be_left_out() -> None:
    data = {
        "version": 1,
        "conversation": {"id": "c", "later": 1},
        "nodes": [{"id": "a", "role": "user", "origin": "typed", "status": "complete", "content": [], "later": 1}],
    }
    assert from_json(data) == Conversation("c", nodes={"a": Node("a", None, "user", (), "typed")})


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


REMOVED = object()


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ((), [], "it is no object"),
        (("version",), 2, "version 2"),
        (("version",), 0, "version 0"),
        (("version",), True, "whole number"),
        (("version",), REMOVED, 'no "version"'),
        (("conversation",), REMOVED, "its conversation is no object"),
        (("conversation", "id"), 3, '"id" of its conversation is not a text'),
        (("conversation", "head_id"), "z", 'its head "z"'),
        (("conversation", "created_at"), 1.5, "whole number"),
        (("conversation", "created_at"), 2**63, "no time"),
        (("nodes",), {}, "not a list"),
        (("nodes", 0), "x", "node 1 is no object"),
        (("nodes", 1, "id"), "a", 'two nodes have the id "a"'),
        (("nodes", 1, "id"), REMOVED, 'node 2 has no "id"'),
        (("nodes", 1, "parent_id"), "z", 'the parent "z"'),
        (("nodes", 1, "parent_id"), "b", "its own ancestor"),
        (("nodes", 0, "parent_id"), "b", "its own ancestor"),
        (("nodes", 1, "role"), "system", '"role" of node 2 cannot be "system"'),
        (("nodes", 1, "origin"), "\x1b[2J", '"origin" of node 2 cannot be'),
        (("nodes", 1, "status"), [], "not a text"),
        (("nodes", 1, "content"), "x", "not a list"),
        (("nodes", 1, "content", 0), "x", "a block that is no object"),
        (("nodes", 1, "content", 0), deep(100), "nested too deeply"),
        (("nodes", 1, "facts"), deep(100), "nested too deeply"),
        (("nodes", 1, "facts"), [1], "not an object"),
        (("nodes", 1, "usage"), "x", "not an object"),
        (("nodes", 1, "stop_reason"), 1, "not a text"),
        (("nodes", 1, "join"), 1, "no object"),
        (("nodes", 1, "join", "via"), "x", "cannot be"),
        (("nodes", 1, "join", "replaces"), 1, "not true or false"),
    ],
)
def test_what_is_malformed_is_refused_in_one_sentence(where: tuple[Any, ...], value: Any, said: str) -> None:
    data: Any = copy.deepcopy(to_json(SMALL))
    if not where:
        data = value
    else:
        place = data
        for step in where[:-1]:
            place = place[step]
        if value is REMOVED:
            del place[where[-1]]
        else:
            place[where[-1]] = value
    with pytest.raises(ExchangeError) as refused:
        from_json(data)
    sentence = str(refused.value)
    assert said in sentence
    assert sentence.endswith(".") and "\n" not in sentence and is_safe(sentence) and len(sentence) < 200
    assert isinstance(refused.value, ClaudeTuiError)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_damage_is_refused_or_taken(data: st.DataObject) -> None:
    export: Any = to_json(SMALL)
    place, keys = export, list(export)
    for _ in range(data.draw(st.integers(0, 4))):
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key]:
            break
        place = place[key]
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    place[data.draw(st.sampled_from(keys))] = data.draw(JSON)
    try:
        from_json(export)
    except ExchangeError as error:
        assert str(error).endswith(".")


def test_a_block_without_a_bottom_is_no_crash() -> None:
    node = Node("a", None, "assistant", (ToolUseBlock("t", "n", deep(5_000)),), "model")
    with pytest.raises(ExchangeError, match="nested too deeply"):
        to_json(Conversation("c").with_node(node))


def test_a_long_chain() -> None:
    nodes = [Node(f"n{i}", f"n{i - 1}" if i else None, "user", (), "typed") for i in range(5_000)]
    conversation = Conversation("c").with_nodes(nodes)
    assert from_json(to_json(conversation)) == conversation


def test_the_json_carries_what_was_attached(tmp_path: Path) -> None:
    """From one machine to another, byte for byte, and as small in the tree as before."""
    here, there = Contents(tmp_path / "here"), Contents(tmp_path / "there")
    kept = [
        Kept(here.keep(data), media, len(data), name)
        for name, media, data in (
            ("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
            ("b.pdf", PDF, b"%PDF-1.7"),
        )
    ]
    lost = Kept("0" * 64, "image/png", 5, "lost.png")
    content = (*(file.block() for file in (*kept, lost)), TextBlock("What is this?"))
    node = Node("q", None, "user", content, "typed", created_at=1)
    talk = Conversation("talk", "Files", {"q": node}, "q", 1, 1)
    text, _ = rendered(talk, Wanted("json", files=here.read))
    (file := tmp_path / "talk.json").write_text(text)
    with closing(Store.open(tmp_path / "data" / "c.db")) as store:
        report = take_in(store, file, keep=there.keep)
        taken = store.load("talk").result(5)
    assert report.new == 1 and not report.lost
    assert taken is not None and taken.nodes["q"].content == content
    assert [there.read(file.sha256) for file in (*kept, lost)] == [here.read(file.sha256) for file in (*kept, lost)]
    assert there.read(kept[0].sha256) is not None
    # What is not what its hash says, and where nothing can be kept.
    bent = json.loads(text)
    bent["nodes"][0]["content"][0]["data"] = "AAAA"
    (file := tmp_path / "bent.json").write_text(json.dumps(bent))
    with closing(Store.open(tmp_path / "other" / "c.db")) as store:
        report = take_in(store, file)
        assert report.lost == {"contents of attached files that are not what was attached": 1,
                               "contents of attached files": 1}  # fmt: skip
        assert store.load("talk").result(5) == taken

    def full(data: bytes) -> None:
        raise OSError(28, "No space left on device")

    (file := tmp_path / "again.json").write_text(text)
    with closing(Store.open(tmp_path / "third" / "c.db")) as store:
        with pytest.raises(ExchangeError, match=r"cannot be kept: no space left on device\."):
            take_in(store, file, keep=full)
        assert store.load("talk").result(5) is None
