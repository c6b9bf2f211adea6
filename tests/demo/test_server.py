"""The server as the real SDK sees it: every kind of answer, every fault, and how it ends."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import anthropic
import httpx2
import pytest

from claude_tui.demo import DemoServer, Failure, Faithful, Fault, Faulty, Hang, RawStream, Reply

MODEL = "claude-opus-5-5"
TEXT = "The quick brown fox jumps over the lazy dog. " * 20
ASK: dict[str, Any] = {"model": MODEL, "max_tokens": 4096, "messages": [{"role": "user", "content": "hello"}]}


SHARED = anthropic.Anthropic(api_key="demo", max_retries=0)
"""A client takes 40 ms to make; its copies share the connections."""


def said(text: str) -> Reply:
    return Reply([{"type": "text", "text": text}])


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(pace=0, script=Faithful(TEXT)) as running:
        yield running


def client(server: DemoServer, **options: Any) -> anthropic.Anthropic:
    return SHARED.with_options(base_url=server.url, **options)


def streamed(server: DemoServer, **more: Any) -> tuple[Any, Exception | None, list[str]]:
    """The snapshot after a stream, what it raised, and the kinds of raw events."""
    kinds: list[str] = []
    with client(server).messages.stream(**{**ASK, **more}) as stream:
        try:
            kinds.extend(event.type for event in stream)
        except Exception as error:
            return stream.current_message_snapshot, error, kinds
        return stream.current_message_snapshot, None, kinds


def test_a_text_reply(server: DemoServer) -> None:
    message, error, kinds = streamed(server)
    assert error is None
    assert message.content[0].text == TEXT
    assert message.stop_reason == "end_turn"
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop"
    assert message.usage.output_tokens == len(TEXT) // 4 and message.usage.input_tokens > 0


def test_without_streaming(server: DemoServer) -> None:
    message = client(server).messages.create(**ASK)
    assert message.content[0].text == TEXT  # type: ignore[union-attr]
    assert message._request_id == "req_demo00000001"


def test_every_block_arrives_whole(server: DemoServer) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "Let me see … 彼は", "signature": ""},
        {"type": "text", "text": "I look 👀 it up."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "fox"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [
                {"type": "web_search_result", "title": "t", "url": "https://example.com", "encrypted_content": "e"}
            ],
        },
        {
            "type": "text",
            "text": "A fox.",
            "citations": [
                {
                    "type": "web_search_result_location",
                    "cited_text": "fox",
                    "url": "https://example.com",
                    "title": "t",
                    "encrypted_index": "i",
                }
            ],
        },
        {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "Europe/Berlin", "list": [1, 2]}},
        {"type": "future_block", "anything": {"kept": True}},
    ]
    server.then(Reply(blocks, "tool_use", chunk=3))
    message, error, kinds = streamed(server)
    assert error is None
    assert [block.type for block in message.content] == [block["type"] for block in blocks]
    assert message.content[0].thinking == "Let me see … 彼は" and len(message.content[0].signature) > 60
    assert message.content[1].text == "I look 👀 it up."
    assert message.content[2].input == {"query": "fox"}
    assert message.content[4].citations[0].cited_text == "fox"
    assert message.content[5].input == {"zone": "Europe/Berlin", "list": [1, 2]}
    assert message.stop_reason == "tool_use"
    assert message.usage.server_tool_use.web_search_requests == 1
    assert message.usage.output_tokens_details.thinking_tokens > 0
    assert kinds.count("signature") == 1 and "citation" in kinds


def test_given_events_and_usage(server: DemoServer) -> None:
    server.then(Reply([{"type": "text", "text": "x"}], usage={"output_tokens": 77}))
    message, _, _ = streamed(server)
    assert message.usage.output_tokens == 77
    server.then(Reply(events=[{"type": "brand_new", "n": 1}]))
    assert streamed_kinds_raw(server) == ["brand_new"]


def streamed_kinds_raw(server: DemoServer) -> list[str]:
    return [event.type for event in client(server).messages.create(**ASK, stream=True)]


def test_the_wire_is_as_recorded(server: DemoServer) -> None:
    body = {**ASK, "stream": True}
    headers = {"anthropic-version": "2026-10-21", "authorization": "Bearer demo"}
    answer = httpx2.post(f"{server.url}/v1/messages", json=body, headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["anthropic-ratelimit-requests-limit"]
    records = [record.split("\n") for record in answer.text.removesuffix("\n\n").split("\n\n")]
    assert all(len(lines) == 2 for lines in records)
    names = [name.removeprefix("event: ") for name, _ in records]
    assert [json.loads(data.removeprefix("data: "))["type"] for _, data in records] == names
    assert names[:3] == ["message_start", "content_block_start", "ping"] and names[-1] == "message_stop"
    assert names.count("message_delta") == 1


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("fin", httpx2.RemoteProtocolError),
        ("rst", httpx2.ReadError),
        ("error", anthropic.APIStatusError),
        ("eof", type(None)),
        ("garbage", json.JSONDecodeError),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 100, 107])
def test_faults_strike_after_exactly_so_many_characters(
    server: DemoServer, kind: Any, raised: type, after: int
) -> None:
    server.then(Faulty(said(TEXT), Fault(kind, after_text=after)))
    message, error, kinds = streamed(server)
    assert type(error) is raised
    assert (message.content[0].text if message.content else "") == TEXT[:after]
    assert "message_stop" not in kinds and message.stop_reason is None
    if isinstance(error, anthropic.APIStatusError):
        assert (error.status_code, error.type) == (200, "overloaded_error")
    assert streamed(server)[0].content[0].text == TEXT, "the next request works"


def test_a_fault_after_bytes_cuts_the_event(server: DemoServer) -> None:
    body = b"event: message_start\ndata: {}\n\nevent: ping\ndata: {}\n\n"
    for cut in range(0, len(body), 7):
        server.then(Faulty(RawStream(body), Fault("eof", after_bytes=cut)))
        answer = httpx2.post(f"{server.url}/v1/messages", json=ASK, headers={"anthropic-version": "2026-10-21"})
        assert answer.content == body[:cut]


def test_a_fault_in_thinking(server: DemoServer) -> None:
    server.then(
        Faulty(
            Reply([{"type": "thinking", "thinking": "abcdefgh" * 5}, {"type": "text", "text": TEXT}]),
            Fault("fin", after_thinking=21),
        )
    )
    message, error, _ = streamed(server)
    assert error is not None
    assert message.content[0].thinking == ("abcdefgh" * 5)[:21] and message.content[0].signature == ""


def test_garbage_goes_on_after_the_damage(server: DemoServer) -> None:
    server.then(Faulty(said(TEXT), Fault("garbage", after_text=50)))
    headers = {"anthropic-version": "2026-10-21"}
    answer = httpx2.post(f"{server.url}/v1/messages", json={**ASK, "stream": True}, headers=headers)
    text, damaged = "", 0
    for record in answer.text.split("\n\n"):
        try:
            data = json.loads(record.partition("data: ")[2])
        except ValueError:
            damaged += bool(record)
            continue
        text += data.get("delta", {}).get("text", "")
    assert (text, damaged) == (TEXT, 1)


@pytest.mark.parametrize("kind", ["stall", "ping-only"])
def test_silence(server: DemoServer, kind: Any) -> None:
    server.then(Faulty(said(TEXT), Fault(kind, after_text=30, every=0.05)))
    quick = client(server).with_options(timeout=0.3)
    got, pings = "", 0
    with pytest.raises(httpx2.ReadTimeout) if kind == "stall" else pytest.raises(TimeoutError):
        raw = quick.messages.with_streaming_response.create(**ASK, stream=True)
        with raw as response:
            for line in response.iter_lines():
                pings += line == "event: ping"
                if line.startswith("data: ") and "text_delta" in line:
                    got += json.loads(line[6:])["delta"]["text"]
                if pings > 8:
                    raise TimeoutError
    assert got == TEXT[:30]
    assert pings == 1 if kind == "stall" else pings > 5, "pings keep a read timeout from striking"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 429, 500, 504, 529])
def test_failures(server: DemoServer, status: int) -> None:
    server.then(Failure(status, "some_error", "said so", {"retry-after": "3"}, "some_code"))
    with pytest.raises(anthropic.APIStatusError) as caught:
        streamed(server)
    error = caught.value
    assert (error.status_code, error.api_message, error.error_code) == (status, "said so", "some_code")
    assert error.request_id and error.response.headers["retry-after"] == "3"
    assert json.loads(error.response.text)["request_id"] == error.request_id
    assert server.requests[0].status == status


def test_hang_then_answer_and_hang_alone(server: DemoServer) -> None:
    started = time.monotonic()
    server.then(Hang(0.15), Hang(0.15, said("later")), Hang(60))
    assert streamed(server)[0].content[0].text == TEXT
    assert streamed(server)[0].content[0].text == "later"
    assert time.monotonic() - started > 0.3
    with pytest.raises(anthropic.APITimeoutError):
        client(server).with_options(timeout=0.1).messages.create(**ASK)


def test_a_recording_goes_out_byte_for_byte(server: DemoServer) -> None:
    body = 'event: x\ndata: {"a":"ü…"}  \n\n'.encode() * 50
    server.then(RawStream(body, piece=1), RawStream(body, piece=100, delay=0.001), RawStream(b"<html>", 200))
    for expected in (body, body, b"<html>"):
        answer = httpx2.post(f"{server.url}/v1/messages", json=ASK, headers={"anthropic-version": "2026-10-21"})
        assert answer.content == expected


def test_credentials() -> None:
    with DemoServer(pace=0, script=Faithful("x"), api_key="right") as server:
        for headers, status in (
            ({"authorization": "Bearer right"}, 200),
            ({"x-api-key": "right"}, 200),
            ({"authorization": "Bearer wrong"}, 401),
            ({"x-api-key": "wrong"}, 401),
            ({}, 401),
        ):
            said_headers = {**headers, "anthropic-version": "2026-10-21"}
            answer = httpx2.post(f"{server.url}/v1/messages", json=ASK, headers=said_headers)
            assert answer.status_code == status
            assert status == 200 or answer.json()["error"]["type"] == "authentication_error"


def test_models(server: DemoServer) -> None:
    api = client(server)
    ids = [model.id for model in api.models.list(limit=5)]
    assert len(ids) == len(set(ids)) > 15 and ids[0] == "claude-fable-5-2"
    haiku = api.models.retrieve("claude-haiku-4-5")
    assert haiku.id == "claude-haiku-4-5-20251001" and haiku.max_tokens == 64_000
    assert haiku.capabilities is not None and not haiku.capabilities.effort.supported
    assert api.models.retrieve("claude-opus-5-5").capabilities.thinking.types.adaptive.supported  # type: ignore[union-attr]
    with pytest.raises(anthropic.NotFoundError):
        api.models.retrieve("gpt-4")


def test_count_tokens_and_other_paths(server: DemoServer) -> None:
    api = client(server)
    assert api.messages.count_tokens(model=MODEL, messages=ASK["messages"]).input_tokens > 8
    assert httpx2.get(server.url).status_code == 200 and httpx2.head(server.url).status_code == 200
    answer = httpx2.get(f"{server.url}/v1/nothing")
    assert answer.status_code == 404 and answer.json()["error"]["type"] == "not_found_error"


def test_requests_are_remembered(server: DemoServer) -> None:
    streamed(server)
    (request,) = server.requests
    assert (request.method, request.path, request.status, request.problem) == ("POST", "/v1/messages", 200, None)
    assert request.headers["authorization"] == "Bearer demo" and request.body["model"] == MODEL


def test_the_cache_is_simulated(server: DemoServer) -> None:
    long = "Some words that fill the prompt. " * 400
    cached = {"cache_control": {"type": "ephemeral"}, "system": long}
    first = streamed(server, **cached)[0].usage
    second = streamed(server, **cached)[0].usage
    other = streamed(server, **{**cached, "model": "claude-opus-5"})[0].usage
    plain = streamed(server, system=long)[0].usage
    small = streamed(server, cache_control={"type": "ephemeral"})[0].usage
    assert first.cache_creation_input_tokens > 3000 and first.cache_read_input_tokens == 0
    assert first.cache_creation.ephemeral_5m_input_tokens == first.cache_creation_input_tokens
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
    assert second.cache_creation_input_tokens == 0 and second.input_tokens == first.input_tokens
    assert other.cache_read_input_tokens == 0 and plain.cache_read_input_tokens == 0
    assert plain.input_tokens == first.input_tokens + first.cache_creation_input_tokens
    assert small.cache_creation_input_tokens == 0
    grown = [*ASK["messages"], {"role": "assistant", "content": long}, {"role": "user", "content": "and now?"}]
    third = streamed(server, **cached, messages=grown)[0].usage
    assert third.cache_read_input_tokens == first.cache_creation_input_tokens
    assert third.cache_creation_input_tokens > 3000


def test_many_at_once(server: DemoServer) -> None:
    api = client(server)
    texts: list[str] = []

    def ask() -> None:
        with api.messages.stream(**ASK) as stream:
            texts.append(stream.get_final_text())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [TEXT] * 16


def test_a_human_pace() -> None:
    with DemoServer(pace=0.2, script=Faithful(TEXT)) as server:
        started, times = time.monotonic(), []
        with client(server).messages.stream(**ASK) as stream:
            for _ in stream.text_stream:
                times.append(time.monotonic() - started)
    assert times[0] > 0.05 and times[-1] > 0.3
    assert len([b for a, b in pairwise(times) if b - a > 0.001]) > 30, "it trickles"


def test_stop_is_at_once_and_silent(capfd: pytest.CaptureFixture[str]) -> None:
    server = DemoServer(pace=1, script=Faithful(TEXT * 50)).start()
    errors: list[Exception] = []

    def listen() -> None:
        try:
            streamed(server)
        except Exception as error:
            errors.append(error)

    reader = threading.Thread(target=listen)
    reader.start()
    while not server.requests:
        time.sleep(0.01)
    for _ in range(3):  # clients that leave without a word
        with client(server).messages.stream(**ASK) as stream:
            next(iter(stream))
    started = time.monotonic()
    server.stop()
    server.stop()
    assert time.monotonic() - started < 5
    reader.join(2)
    assert not reader.is_alive()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url)
    time.sleep(0.05)
    assert capfd.readouterr() == ("", "")


def test_an_oversized_body_is_413(server: DemoServer) -> None:
    body = b'{"model":"' + b"x" * (33 * 1024 * 1024)
    answer = httpx2.post(f"{server.url}/v1/messages", content=body, headers={"anthropic-version": "2026-10-21"})
    assert answer.status_code == 413 and answer.json()["error"]["type"] == "request_too_large"


def test_a_prompt_beyond_the_context_is_refused(server: DemoServer) -> None:
    with pytest.raises(anthropic.BadRequestError, match=r"prompt is too long: 2[0-9]+ tokens > 200000 maximum"):
        streamed(server, model="claude-haiku-4-5", system="word " * 161_000)
    assert streamed(server, system="word " * 161_000)[1] is None


def test_a_reset_loses_nothing_that_was_sent(server: DemoServer) -> None:
    long = TEXT * 1000
    server.then(Faulty(Reply([{"type": "text", "text": long}], chunk=250), Fault("rst", after_text=80_000)))
    message, error, _ = streamed(server)
    assert type(error) is httpx2.ReadError and len(message.content[0].text) == 80_000


class Broken:
    def answer(self, request: dict[str, Any]) -> Reply:
        raise KeyError("nothing")


def test_a_broken_script_and_bad_http_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with DemoServer(pace=0, script=Broken()) as server:
        with pytest.raises(anthropic.InternalServerError, match="KeyError"):
            streamed(server)
        for raw in (b"\x16\x03\x01 nonsense\r\n\r\n", b"POST /v1/messages HTTP/1.1\r\ncontent-length: x\r\n\r\n", b""):
            with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=1) as plain:
                plain.sendall(raw)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(4096):
                    pass
        answer = httpx2.post(f"{server.url}/v1/messages", content=b"[1", headers={"anthropic-version": "2026-10-21"})
        assert answer.status_code == 400
        with pytest.raises(anthropic.InternalServerError):
            streamed(server)
    assert capfd.readouterr() == ("", "")


def test_a_diagnosis_names_the_first_thing_that_changed(server: DemoServer) -> None:
    def ask(previous: str | None, **more: Any) -> tuple[str, Any]:
        message, error, _ = streamed(server, diagnostics={"previous_message_id": previous}, **more)
        assert error is None
        return message.id, message.diagnostics and message.diagnostics.cache_miss_reason

    first, reason = ask(None)
    assert reason is None
    said = [*ASK["messages"], {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Again."}]
    assert ask(first, messages=said)[1] is None, "it only grew"
    for kind, more in {
        "model_changed": {"model": "claude-sonnet-5-5"},
        "system_changed": {"system": "Be brief."},
        "tools_changed": {"tools": [{"name": "t", "input_schema": {"type": "object"}}]},
        "messages_changed": {"messages": [{"role": "user", "content": "hello?"}]},
        "unavailable": {"output_config": {"effort": "low"}},
    }.items():
        reason = ask(first, **more)[1]
        assert reason.type == kind
        assert kind == "unavailable" or reason.cache_missed_input_tokens > 0
    assert ask("msg_nowhere")[1].type == "previous_message_not_found"
    message, error, _ = streamed(server)
    assert error is None and message.diagnostics is None
    with pytest.raises(anthropic.BadRequestError, match=r"diagnostics\.previous_message_id"):
        ask("elsewhere")
