"""Every stream, over HTTP and the real SDK, is in the store and in ``show`` what an independent reader makes of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from claude_tui import cli
from claude_tui.core.conversation import Node
from claude_tui.core.message import block_to_wire
from claude_tui.demo import RawStream, Reply

from .support.desk import Desk, environment, last, run, settings
from .support.streams import NO_RECORDINGS, Accumulated, accumulated, read_events, recordings, synthetic

FILES = [*recordings(), *synthetic()]
NAMES = [f"{path.parent.name}/{path.stem}" for path in FILES]
AGAIN = "This is what is said next."


class Again:
    """Says the same to whatever is asked after the stream."""

    def answer(self, request: dict[str, Any]) -> Reply:
        return Reply([{"type": "text", "text": AGAIN}])


def stops_with(said: Accumulated) -> bool:
    """Whether nothing is asked after it by itself."""
    if not said.complete:
        return bool(said.ordered)
    calls = any(block["type"] == "tool_use" for block in said.ordered)
    return not (said.stop_reason == "pause_turn" or (said.stop_reason == "tool_use" and calls))


def expected_reply(said: Accumulated) -> str:
    """The text of the whole turn: what is said after a tool's call or a pause is a paragraph of its own."""
    if stops_with(said):
        return said.text
    if not said.complete:  # nothing came, and it was asked for again
        return AGAIN
    parts = [block["text"] for block in said.ordered if block["type"] == "text" and block["text"]]
    return said.text + ("\n\n" if parts and not parts[-1].endswith("\n\n") else "") + AGAIN


def check(node: Node, said: Accumulated, events: list[Any]) -> None:
    """That a node of the store is what the stream said."""
    # What deltas of unknown kinds bring, the independent reader does not know where to put.
    brought = {key for event in events if isinstance(event, dict) for key in event.get("delta", {})}
    blocks = [block_to_wire(block) for block in node.content]
    assert [block["type"] for block in blocks] == [block["type"] for block in said.ordered]
    assert "".join(block["text"] for block in blocks if block["type"] == "text") == said.text
    for have, want in zip(blocks, said.ordered, strict=True):
        closed = next(index for index, block in said.blocks.items() if block is want) in said.closed
        match want["type"]:
            case "text":
                assert have["text"] == want["text"]
                assert (have.get("citations") or []) == (want.get("citations") or [])
            case "thinking":
                assert have["thinking"] == want["thinking"]
                assert have.get("signature", "") == (want.get("signature", "") if closed else "")
            case "tool_use" | "server_tool_use" if closed and isinstance(want["input"], dict):
                assert have["input"] == want["input"] and not have.get("partial_json")
            case "tool_use" | "server_tool_use":
                assert have["partial_json"] == want["partial_json"]
            case _:
                given = {key: value for key, value in want.items() if key not in {"into", *brought} or key == "type"}
                assert {key: have.get(key) for key in given} == given
    assert node.stop_reason == said.stop_reason
    assert dict(node.usage.counts) == said.usage
    if said.complete and not any(_breaks(event) for event in events):
        assert node.status == "complete"
    else:
        assert node.status == ("interrupted" if said.ordered else "failed")


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_stream_is_kept_as_it_was_said(path: Path, home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    body = path.read_bytes()
    # Half of a surrogate pair is no character: it is a question mark to everybody.
    events = json.loads(json.dumps(read_events(path), ensure_ascii=False).encode("utf-8", "replace"))
    said = accumulated(events)
    rng = random.Random(path.name)
    size = max(rng.randrange(1, 120), len(body) // 300)
    model = next((event["message"].get("model") for event in events if _starts(event)), None) or "claude-opus-5-5"
    with Desk(home, Again()) as desk:
        for raw in (RawStream(body), RawStream(body, piece=size, delay=0.0001)):
            desk.server.then(raw)
            turns = desk.ask("What do you say?", settings(model))
            conversation = desk.kept(turns[-1].conversation.id)
            first = next(node for node in conversation.path() if node.role == "assistant")
            if any(_starts(event) for event in events) or said.ordered:
                check(first, said, events)
            assert last(turns).conversation.path() == conversation.path()
            assert not desk.problems
            if stops_with(said):
                assert len(desk.asked) == 1
            else:
                assert len(desk.asked) == 2 and conversation.head is not None
                assert conversation.head.status == "complete"
            desk.server.requests.clear()
    capfdbinary.readouterr()
    assert cli.run(["show", "last", "--last-reply"]) == 0
    assert capfdbinary.readouterr().out == expected_reply(said).encode("utf-8", "backslashreplace")


def _starts(event: Any) -> bool:
    return isinstance(event, dict) and event.get("type") == "message_start"


def _breaks(event: Any) -> bool:
    return isinstance(event, dict) and event.get("type") == "error"


@pytest.mark.parametrize(
    "name", ["live/url_prompt-2", "live/web_search-0", "streams/emoji_split", "streams/max_tokens"]
)
def test_in_a_process_of_its_own(name: str, home: Path) -> None:
    if name not in NAMES:
        pytest.skip(NO_RECORDINGS)
    path = FILES[NAMES.index(name)]
    said = accumulated(read_events(path))
    with Desk(home, Again()) as desk:
        desk.server.then(RawStream(path.read_bytes(), piece=97, delay=0.0001))
        env = environment(home, ANTHROPIC_BASE_URL=desk.server.url, ANTHROPIC_API_KEY="demo")
        code, out, _ = run("-p", "What do you say?", env=env)
        assert code == (3 if said.stop_reason == "max_tokens" else 0)
        assert out == said.text + "\n"
        assert run("show", "last", "--last-reply", env=env) == (0, said.text, "")


@pytest.mark.skipif(bool(recordings()), reason="the recordings are here")
def test_the_recordings_are_missing() -> None:
    pytest.skip(NO_RECORDINGS)
