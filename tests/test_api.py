"""One attempt at a time, over HTTP and the real SDK: what comes of it, and how fast it can be dropped."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_tui.api import Api, Attempt, Endpoint, check_base_url
from claude_tui.core.events import DamagedEvent, MessageStart, MessageStop, Ping, StreamEnded, StreamEvent, TextDelta
from claude_tui.core.retry import Failure
from claude_tui.demo import DemoServer, Faithful, Fault, Faulty, Hang, RawStream, Reply
from claude_tui.demo import Failure as Refusal
from claude_tui.errors import ApiError, ConfigError

from .support.desk import environment
from .support.streams import reply_events, write_sse

ASK: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "Tell me."}]}],
}
TEXT = "One two three four five six seven."


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(pace=0, script=Faithful(TEXT)) as running:
        yield running


@pytest.fixture
def api(server: DemoServer) -> Iterator[Api]:
    made = Api(Endpoint(server.url, "a-key"))
    yield made
    made.close()


WHOLE = Reply([{"type": "text", "text": TEXT}])


def eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.005)


def heard(attempt: Attempt, seconds: float = 20) -> list[StreamEvent | Failure]:
    """All that an attempt gives, to its end."""
    events: list[StreamEvent | Failure] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        event = attempt.poll(0.1)
        if event is not None:
            events.append(event)
        if isinstance(event, Failure | StreamEnded):
            return events
    raise AssertionError(f"it did not end: {events}")


def failure(api: Api, params: dict[str, Any] = ASK) -> Failure:
    events = heard(api.ask(params))
    assert isinstance(events[-1], Failure), events
    return events[-1]


def test_an_answer(server: DemoServer, api: Api) -> None:
    attempt = api.ask(ASK)
    events = heard(attempt)
    assert isinstance(events[0], MessageStart) and isinstance(events[-2], MessageStop)
    assert events[-1] == StreamEnded("eof")
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == TEXT
    assert any(isinstance(event, Ping) for event in events)
    assert attempt.request_id == "req_demo00000001" and attempt.phase == "streaming"
    request = server.requests[0]
    assert request.body == {**ASK, "stream": True}
    assert request.headers["authorization"] == "Bearer a-key" and "x-api-key" not in request.headers
    assert request.headers["anthropic-version"] == "2026-10-21"


def refused(**more: Any) -> Refusal:
    return Refusal(**{"status": 500, "type": "api_error", "message": "Internal server error", **more})


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (refused(), "server", "The API failed (500): Internal server error."),
        (refused(status=529, type="overloaded_error", message="Overloaded"), "overloaded", "The API is overloaded."),
        (
            refused(status=403, type="permission_error", message="Not allowed."),
            "auth",
            "The API does not accept the key (403): Not allowed.",
        ),
        (
            refused(status=402, type="billing_error", message="No credit"),
            "billing",
            "The API refuses for billing reasons: No credit.",
        ),
        (
            refused(
                status=400, type="invalid_request_error", message="You have reached your specified API usage limits"
            ),
            "billing",
            "The API refuses for billing reasons: You have reached your specified API usage limits.",
        ),
        (
            refused(status=404, type="not_found_error", message="model: x"),
            "not_found",
            "The API does not know this: model: x.",
        ),
        (
            refused(status=413, type="request_too_large", message="Request exceeds the maximum size"),
            "too_large",
            "The request is too large for the API: Request exceeds the maximum size.",
        ),
        (
            refused(status=400, type="invalid_request_error", message="\x1b[31mred\nlines"),
            "invalid",
            "The API refused the request (400): ␛[31mred lines.",
        ),
        (
            refused(status=504, type="timeout_error", message="Timed out"),
            "server",
            "The API failed (504): Timed out.",
        ),
        (
            RawStream(b"<html>Bad gateway</html>", 502, {"content-type": "text/html"}),
            "server",
            "The API failed (502): Bad Gateway.",
        ),
        (
            RawStream(b"<html>Log in</html>", 200, {"content-type": "text/html"}),
            "not_api",
            "The answer is not the API's (it is text/html); a proxy or login page may be in between.",
        ),
        (
            RawStream(b"", 302, {"location": "http://127.0.0.1:9/"}),
            "not_api",
            "The server answers with a redirect (302), which is not followed; a login page may be in between.",
        ),
    ],
)
def test_a_refusal_is_one_sentence(server: DemoServer, api: Api, answer: Any, kind: str, said: str) -> None:
    server.then(answer)
    got = failure(api)
    assert (got.kind, got.sentence) == (kind, said)
    assert len(server.requests) == 1


def test_a_wrong_key_is_named_by_its_source() -> None:
    with DemoServer(pace=0, script=Faithful(TEXT), api_key="right") as server:
        got = failure(Api(Endpoint(server.url, "wrong-secret", "the environment (ANTHROPIC_API_KEY)")))
        assert got.kind == "auth" and got.status == 401 and "wrong-secret" not in repr(got)
        said = "The API does not accept the key from the environment (ANTHROPIC_API_KEY) (401): invalid bearer token."
        assert got.sentence == said
    assert "wrong-secret" not in repr(Endpoint(None, "wrong-secret"))


def test_no_key_at_all(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    got = failure(Api(Endpoint(server.url)))
    assert got.kind == "auth" and "ANTHROPIC_API_KEY" in got.sentence and not server.requests


def test_what_the_server_says_of_trying_again(server: DemoServer, api: Api) -> None:
    limited = {"status": 429, "type": "rate_limit_error", "message": "Slow down"}
    for headers, seconds in (
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ):
        server.then(refused(**limited, headers=headers))
        got = failure(api)
        assert got.kind == "rate_limit"
        if "2100" in headers.get("retry-after", ""):
            assert got.retry_after is not None and got.retry_after > 1e9
        else:
            assert got.retry_after == seconds
    server.then(refused(**limited, headers={"retry-after": "3600"}))
    said = failure(api).sentence
    assert re.fullmatch(r"Rate limited by the API: Slow down\. It asks to wait until (.*, )?\d\d:\d\d\.", said), said
    server.then(refused(headers={"x-should-retry": "false"}))
    assert failure(api).should_retry is False


def test_nobody_answers() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        got = failure(Api(Endpoint(f"http://127.0.0.1:{unused.getsockname()[1]}", "key")))
    assert got.kind == "network"
    assert re.fullmatch(r"The connection was refused: nothing answers at 127\.0\.0\.1:\d+\.", got.sentence)
    got = failure(Api(Endpoint("https://api.nowhere.invalid", "key")))
    assert (got.kind, got.sentence) == ("offline", "No network: the name api.nowhere.invalid was not found.")


@pytest.mark.parametrize(("kind", "place"), [("fin", 300), ("rst", 300), ("fin", 0), ("rst", 0)])
def test_a_lost_connection(server: DemoServer, api: Api, kind: Any, place: int) -> None:
    server.then(
        Faulty(RawStream(write_sse(reply_events([{"type": "text", "text": TEXT}])).encode()), Fault(kind, place))
    )
    got = failure(api)
    assert (got.kind, got.sentence) == ("network", "The connection was lost.")


def test_a_damaged_line_costs_one_event(server: DemoServer, api: Api) -> None:
    records = write_sse(reply_events([{"type": "text", "text": "héllo"}])).encode().split(b"\n\n")
    records[2:2] = [b"event: x\ndata: {not json", b"event: x\ndata: null", b'data: {"type": "weather"}', b": a comment"]
    body = b"\n\n".join(records).replace("é".encode(), b"\xff")
    server.then(RawStream(body))
    events = heard(api.ask(ASK))
    assert sum(isinstance(event, DamagedEvent) for event in events) == 2
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "h\N{REPLACEMENT CHARACTER}llo"
    assert events[-1] == StreamEnded("eof")


def test_a_byte_tells_that_the_line_lives(server: DemoServer, api: Api) -> None:
    server.then(Faulty(WHOLE, Fault("ping-only", after_text=3, every=0.02)))
    attempt = api.ask(ASK)
    eventually(lambda: isinstance(attempt.poll(1), TextDelta))
    eventually(lambda: isinstance(attempt.poll(1), Ping))
    time.sleep(0.3)
    assert attempt.silence < 0.25
    attempt.cancel()


@pytest.mark.parametrize("where", ["waiting", "streaming"])
def test_a_cancel_is_at_once(server: DemoServer, api: Api, where: str) -> None:
    api.warm().result()
    server.then(Hang(30) if where == "waiting" else Faulty(WHOLE, Fault("stall", after_text=10)))
    attempt = api.ask(ASK)
    eventually(lambda: attempt.phase == where and bool(server.requests))
    time.sleep(0.2)
    began = time.monotonic()
    attempt.cancel()
    events = heard(attempt)
    assert time.monotonic() - began < 10
    assert isinstance(events[-1], Failure) and events[-1].kind == "cancelled"
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == (TEXT[:10] if where == "streaming" else "")  # what had come is not lost
    # The next one is not held up by it.
    assert heard(api.ask(ASK))[-1] == StreamEnded("eof")


def test_a_closed_api_ends_what_it_asked(server: DemoServer, api: Api) -> None:
    server.then(Hang(30))
    attempt = api.ask(ASK)
    eventually(lambda: bool(server.requests))
    api.close()
    assert isinstance(heard(attempt, 2)[-1], Failure)
    assert heard(api.ask(ASK))[-1] == StreamEnded("eof")  # it begins again when it is needed


def connections(server: DemoServer) -> int:
    """How many are open."""
    with server._lock:
        return len(server._open)


def test_a_closed_api_leaves_no_file_open(server: DemoServer, api: Api) -> None:
    assert heard(api.ask(ASK))[-1] == StreamEnded("eof")
    server.then(Faulty(WHOLE, Fault("stall", after_text=10)))
    attempt = api.ask(ASK)
    eventually(lambda: attempt.phase == "streaming")
    loop = api._loop
    assert loop is not None and connections(server) > 0
    api.close()
    eventually(loop.is_closed)
    eventually(lambda: connections(server) == 0)


def test_after_a_long_sleep_the_old_connections_are_closed(server: DemoServer) -> None:
    slept = 0.0
    api = Api(Endpoint(server.url, "a-key"), asleep=lambda: slept)
    server.then(WHOLE, Faulty(WHOLE, Fault("hold", after_text=10)))
    assert heard(api.ask(ASK))[-1] == StreamEnded("eof")
    busy = api.ask(ASK)
    eventually(lambda: busy.phase == "streaming")
    slept = 3600.0
    assert heard(api.ask(ASK))[-1] == StreamEnded("eof")
    server.let_go(100)
    assert heard(busy)[-1] == StreamEnded("eof"), "what still comes over one of them comes to its end"
    eventually(lambda: connections(server) == 1)
    assert heard(api.ask(ASK))[-1] == StreamEnded("eof")
    api.close()
    eventually(lambda: connections(server) == 0)


def test_questions_beside_the_stream(server: DemoServer, api: Api) -> None:
    assert "claude-opus-5-5" in [model["id"] for model in api.models()]
    assert api.count_tokens({**ASK, "cache_control": {"type": "ephemeral"}}).result(30) > 0
    api.check()
    with DemoServer(pace=0, api_key="right") as strict, pytest.raises(ApiError, match="does not accept the key"):
        Api(Endpoint(strict.url, "wrong")).check()


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://api.anthropic.com", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("http://gateway.lan", True),
        ("http://api.anthropic.com", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://user:pass@host", False),
        ("ftp://host", False),
        ("not a url", False),
        ("", False),
        ("https://", False),
        ("http://[::1", False),
        ("https://host:port", False),
    ],
)
def test_where_the_key_may_go(url: str, fine: bool) -> None:
    assert (check_base_url(url, ["gateway.lan"]) is None) == fine
    if not fine and url:
        with pytest.raises(ConfigError):
            Api(Endpoint(url, "key"), ["gateway.lan"])


NOISY = """
import json, sys, time
from claude_tui.api import Api, Endpoint
api = Api(Endpoint(sys.argv[1], sys.argv[2] or None))
began = time.monotonic()
attempt = api.ask(json.loads(sys.argv[3]))
if sys.argv[4:] == ["cancel"]:
    attempt.cancel()
while True:
    event = attempt.poll(1)
    if type(event).__name__ in ("Failure", "StreamEnded"):
        break
print(type(event).__name__, time.monotonic() - began)
"""


def in_a_process(home: Path, *arguments: str, **env: str) -> tuple[str, str]:
    command = [sys.executable, "-W", "always::DeprecationWarning", "-W", "always::UserWarning", "-c", NOISY, *arguments]
    done = subprocess.run(command, env=environment(home, **env), capture_output=True, text=True, timeout=120)
    return done.stdout, done.stderr


def test_nothing_of_the_sdk_reaches_the_screen(server: DemoServer, home: Path) -> None:
    """Its log, its warnings, its shadowed credentials; and no proxy stands between us and this machine."""
    asked = json.dumps({**ASK, "model": "claude-sonnet-4-5-20250929"})
    nowhere = "http://127.0.0.1:9"
    env = {"ANTHROPIC_LOG": "debug", "ANTHROPIC_AUTH_TOKEN": "other", "HTTP_PROXY": nowhere, "ALL_PROXY": nowhere}
    for key, more in (("a-key", env), ("", {**env, "ANTHROPIC_API_KEY": "a-key", "ANTHROPIC_PROFILE": "work"})):
        out, err = in_a_process(home, server.url, key, asked, **more)
        assert out.startswith("StreamEnded") and err == ""
        assert server.requests[-1].headers["authorization"] == "Bearer a-key"


def test_a_cancel_while_the_sdk_is_loaded(server: DemoServer, home: Path) -> None:
    out, err = in_a_process(home, server.url, "a-key", json.dumps(ASK), "cancel")
    kind, seconds = out.split()
    assert kind == "Failure" and float(seconds) < 0.3 and err == "" and not server.requests


def test_the_folder_one_stands_in_is_not_read(server: DemoServer, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=from-here")
    assert failure(Api(Endpoint(server.url))).kind == "auth"
    assert "from-here" not in str(os.environ)


SLOW_NAMES = """
import socket, sys, time
from claude_tui.api import Api, Endpoint
socket.getaddrinfo = lambda *given, **more: time.sleep(60)
api = Api(Endpoint("https://api.anthropic.com", "a-key"))
attempt = api.ask({"model": "claude-opus-5-5", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]})
while attempt.phase == "connecting":
    time.sleep(0.01)
time.sleep(0.3)
attempt.cancel()
print(attempt.poll(1).kind, flush=True)
"""


def test_a_name_that_is_looked_up_for_ever_does_not_keep_the_program(home: Path) -> None:
    command = [sys.executable, "-c", SLOW_NAMES]  # it would look for 60 s
    done = subprocess.run(
        command, env=environment(home), capture_output=True, text=True, timeout=50
    )  # it would be looked up for 60 s
    assert (done.stdout, done.stderr) == ("cancelled\n", "")
