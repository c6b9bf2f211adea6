"""Recorded streams through the server and the SDK: the bytes arrive as they are, and their thinking may go back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from claude_tui.demo import DemoServer, Faithful, Fault, Faulty, RawStream
from claude_tui.demo.faults import broken, parsed

RECORDINGS = sorted((Path(__file__).parents[3] / "shared" / "recordings").glob("*/*.sse"))
ASK: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 4096,
    "messages": [{"role": "user", "content": "hello"}],
}

pytestmark = pytest.mark.skipif(not RECORDINGS, reason="no recordings beside the repository")


def texts(body: bytes, field: str = "text") -> str:
    deltas = ((record.event or {}).get("delta", {}) for record in parsed(body))
    return "".join(delta.get(field) or "" for delta in deltas if delta)


def test_bytes_are_kept() -> None:
    with DemoServer(pace=0, script=Faithful("x")) as server, httpx2.Client() as http:
        for path in RECORDINGS:
            body = path.read_bytes()
            server.then(RawStream(body, piece=997))
            answer = http.post(f"{server.url}/v1/messages", json=ASK, headers={"anthropic-version": "2026-10-21"})
            assert answer.content == body, path.name


def test_faults_cut_recordings_at_characters() -> None:
    for path in RECORDINGS:
        body = path.read_bytes()
        assert b"".join(record.data for record in parsed(body)) == body
        whole = texts(body)
        for after in {0, 1, len(whole) // 2, max(0, len(whole) - 1), len(whole)}:
            if whole:
                sent = b"".join(record.data for record in broken(parsed(body), Fault("eof", after_text=after)))
                assert texts(sent) == whole[:after], path.name
        assert b"".join(r.data for r in broken(parsed(body), Fault("rst", after_text=10**9))) == body


def test_recorded_thinking_may_go_back() -> None:
    with DemoServer(pace=0, script=Faithful("x")) as server:
        api = anthropic.Anthropic(base_url=server.url, api_key="demo", max_retries=0)
        tried = 0
        for path in RECORDINGS:
            body = path.read_bytes()
            if b'"signature_delta"' not in body or path.parent.name != "live":
                continue
            server.then(RawStream(body))
            with api.messages.stream(**ASK) as stream:
                message = stream.get_final_message()
            if message.stop_reason != "end_turn":
                continue
            content = [json.loads(block.to_json(exclude_none=True)) for block in message.content]
            # Models say white space before they think, and do not take it back.
            content = [block for block in content if block["type"] != "text" or block["text"].strip()]
            more = [*ASK["messages"], {"role": "assistant", "content": content}, {"role": "user", "content": "more"}]
            with api.messages.stream(**{**ASK, "messages": more}) as stream:
                assert stream.get_final_text() == "x"
            tried += 1
        assert tried


def test_a_cut_recording_raises_and_keeps_the_text() -> None:
    body = next(path for path in RECORDINGS if path.name == "url_prompt-2.sse").read_bytes()
    whole = texts(body)
    with DemoServer(pace=0, script=Faithful("x")) as server:
        api = anthropic.Anthropic(base_url=server.url, api_key="demo", max_retries=0)
        for cut in range(800, len(body), len(body) // 20):
            server.then(Faulty(RawStream(body), Fault("rst", after_bytes=cut)))
            with api.messages.stream(**ASK) as stream, pytest.raises(httpx2.ReadError):
                stream.until_done()
            got = "".join(getattr(block, "text", "") for block in stream.current_message_snapshot.content)
            assert whole.startswith(got)
