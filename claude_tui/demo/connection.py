"""One connection: requests read, answers written, faults acted out on the socket."""

from __future__ import annotations

import fcntl
import hashlib
import json
import select
import socket
import struct
import sys
import termios
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from . import capabilities, compaction, faults, sse, usage
from .answers import Answer, Failure, Fault, Faulty, Hang, Json, RawStream, Received, Reply
from .server import BODY_LIMIT, DemoServer, parsed_body
from .signing import sealed
from .wire import obj

if TYPE_CHECKING:
    from .faults import Ending

_PING_GAP = 10.0
"""Seconds of silence after which the API sends a ping."""
_BATCH = 16_384
"""Bytes written at once when nothing has to wait."""
_EVENT_STREAM = "text/event-stream; charset=utf-8"


class Connection(BaseHTTPRequestHandler):
    """Serves one client until it leaves, keep-alive included."""

    protocol_version = "HTTP/1.1"
    server_version = "claude-tui-demo"
    sys_version = ""
    disable_nagle_algorithm = True

    def __init__(self, request: socket.socket, address: object, demo: DemoServer) -> None:
        self.demo = demo
        self.request_id = ""
        super().__init__(request, cast(Any, address), cast(Any, demo))

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the terminal belongs to the app."""

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def _handle(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        raw = self._read(size)
        if len(raw) < size <= BODY_LIMIT:  # the client left while it asked
            raise ConnectionAbortedError
        self.request_id = f"req_demo{self.demo.number():08d}"
        request = Received(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, parsed_body(raw))
        self.demo.received(request)
        route = urlsplit(self.path).path.rstrip("/") or "/"
        if route == "/":
            self._json(request, 200, {"type": "demo", "message": "The demo server of claude-tui."})
        elif refusal := self.demo.refusal(request, size):
            request.problem = refusal.message
            self._fail(request, refusal)
        elif self.command == "POST" and route == "/v1/messages":
            self._answer(request, self.demo.answer(obj(request.body)))
        elif self.command == "POST" and route == "/v1/messages/count_tokens":
            self._count(request)
        elif self.command == "GET" and route == "/v1/models":
            self._json(request, 200, _page(parse_qs(urlsplit(self.path).query)))
        elif self.command == "GET" and route.startswith("/v1/models/"):
            self._model(request, route.removeprefix("/v1/models/"))
        else:
            self._fail(request, Failure(404, "not_found_error", "Not found"))

    def _read(self, size: int) -> bytes:
        """The body; one beyond the limit is read to its end and forgotten, so that the client gets its 413."""
        if size <= BODY_LIMIT:
            return self.rfile.read(size)
        while size > 0 and (piece := self.rfile.read(min(size, 1 << 20))):
            size -= len(piece)
        return b""

    def _model(self, request: Received, model_id: str) -> None:
        model = capabilities.find(model_id)
        if model is None or model.line == "unknown":
            self._fail(request, Failure(404, "not_found_error", f"model: {model_id}"))
        else:
            self._json(request, 200, capabilities.described(model))

    # Answers

    def _count(self, request: Received) -> None:
        match self.demo.count_tokens(obj(request.body)):
            case Failure() as failure:
                self._fail(request, failure)
            case Hang(seconds):
                if self._wait(seconds):
                    self._count(request)
                else:
                    self._leave()
            case counted:
                self._json(request, 200, counted)

    def _answer(self, request: Received, answer: Answer) -> None:
        body = obj(request.body)
        match answer:
            case Hang(seconds, then):
                if self._wait(seconds) and then is not None:
                    self._answer(request, then)
                else:
                    self._leave()
            case Failure():
                self._fail(request, answer)
            case Faulty(whole, fault):
                if not isinstance(whole, RawStream) and body.get("stream") is not True:
                    self._cut_json(request, whole, fault)
                    return
                records = self._records(whole, body, fault)
                self._stream(request, whole, faults.broken(records, fault), fault)
            case RawStream():
                self._stream(request, answer, self._records(answer, body, None), None)
            case Reply():
                if body.get("stream") is True:
                    self._stream(request, answer, self._records(answer, body, None), None)
                else:
                    self._json(request, 200, self._whole(answer, body))

    def _prepared(self, reply: Reply, body: Json) -> tuple[Reply, Json, Json]:
        """The reply with its thinking signed and remembered, and the usage of its beginning and of its end."""
        done = sealed([dict(block) for block in reply.blocks], body)
        self.demo.issued.remember(done)
        tokens = usage.input_tokens(body, self.demo.cache.scale)
        made = compaction.summary(body) if compaction.is_due(body, tokens) else None
        said = [made, *done] if made is not None else done
        reply = Reply(
            said, reply.stop_reason, reply.usage, reply.chunk, reply.events, reply.stop_sequence, reply.stop_details
        )
        if made is None:
            return reply, *usage.of(reply, body, self.demo.cache)
        first, final = usage.of(reply, compaction.after(body, made), self.demo.cache)
        return reply, first, compaction.counted(final, made, tokens)

    def _whole(self, reply: Reply, body: Json) -> Json:
        reply, _, final = self._prepared(reply, body)
        return sse.message(reply, self._message_id(), str(body.get("model")), final, self._diagnosed(body))

    def _diagnosed(self, body: Json) -> Json:
        tokens = usage.input_tokens(body, self.demo.cache.scale)
        return self.demo.diagnosis.of(self._message_id(), body, tokens)

    def _message_id(self) -> str:
        return "msg_demo" + hashlib.sha256(self.request_id.encode()).hexdigest()[:16]

    def _records(self, answer: Reply | RawStream, body: Json, fault: Fault | None) -> Iterator[sse.Record]:
        if isinstance(answer, RawStream):
            self.demo.issued.remember_stream(answer.body)
            if fault is not None and fault.after_bytes is None:
                return faults.parsed(answer.body)
            if fault is not None and fault.kind in ("error", "garbage", "ping-only"):
                return faults.parsed(answer.body)
            return _cut_up(answer)
        reply, first, final = self._prepared(answer, body)
        said = self._diagnosed(body)
        events = sse.events_of(reply, self._message_id(), str(body.get("model")), first, final, said)
        return sse.records_of(events, self.demo.pace)

    def _stream(
        self, request: Received, answer: Reply | RawStream, records: Iterable[sse.Record], fault: Fault | None
    ) -> None:
        given: Mapping[str, str] = answer.headers if isinstance(answer, RawStream) else {}
        status = answer.status if isinstance(answer, RawStream) else 200
        self._head(request, status, {"content-type": _EVENT_STREAM, "cache-control": "no-cache", **given})
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        ending = self._send(records)
        if ending == "end":
            self.wfile.write(b"0\r\n\r\n")
        elif ending == "fin":
            self._leave()
        elif ending == "rst":
            self._reset()
        elif ending == "stall":
            self._wait(float("inf"))
            self._leave()
        else:
            self._ping_for_ever(fault)

    def _send(self, records: Iterable[sse.Record]) -> Ending:
        """Write the records at their pace, gathering those that need not wait."""
        batch = bytearray()
        source = _with_ending(records)
        for record in source:
            if record.held:
                self._chunk(batch)
                while not self.demo.let_go_of():
                    if not self._wait(0.02):
                        raise ConnectionAbortedError
            elif record.wait > 0:
                self._chunk(batch)
                left = record.wait
                while left > _PING_GAP:
                    self._pause(_PING_GAP)
                    self._chunk(bytearray(sse.PING))
                    left -= _PING_GAP
                self._pause(left)
            batch += record.data
            if len(batch) >= _BATCH:
                self._chunk(batch)
        self._chunk(batch)
        return source.ending

    def _chunk(self, batch: bytearray) -> None:
        if batch:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(batch), bytes(batch)))
            batch.clear()

    def _ping_for_ever(self, fault: Fault | None) -> None:
        every = fault.every if fault and fault.every is not None else None
        if every is None:
            every = max(0.05, _PING_GAP * self.demo.pace)
        while self._wait(every):
            self._chunk(bytearray(sse.PING))
        self._leave()

    # Waiting and leaving

    def _pause(self, seconds: float) -> None:
        if self.demo.stopping.wait(seconds):
            raise ConnectionAbortedError

    def _wait(self, seconds: float) -> bool:
        """Wait; False when the client left or the server stops."""
        until = time.monotonic() + seconds
        listening = select.poll()
        listening.register(self.connection, select.POLLIN)
        while (left := until - time.monotonic()) > 0:
            readable = listening.poll(1000 * min(left, 0.5))
            if self.demo.stopping.is_set():
                return False
            if readable and not self._peek():
                return False
            if readable:
                # A client that talks on is still there.
                self._pause(min(left, 0.05))
        return True

    def _peek(self) -> bytes:
        try:
            return self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""

    def _leave(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _reset(self) -> None:
        """End with a RST, after what was written has reached the client: a reset drops what is still on the way."""
        until = time.monotonic() + 2.0
        while _unsent(self.connection) and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(0.02)
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The socket closes with the last file made of it.
        self.rfile.close()
        self.connection.close()
        raise ConnectionAbortedError

    # Plain answers

    def _head(self, request: Received, status: int, headers: Mapping[str, str]) -> None:
        request.status = status
        self.send_response(status)
        given = {name.lower() for name in headers}
        for name, value in {**_limits(), "request-id": self.request_id}.items():
            if name not in given:
                self.send_header(name, value)
        for name, value in headers.items():
            self.send_header(name, value)

    def _json(self, request: Received, status: int, value: Json, headers: Mapping[str, str] | None = None) -> None:
        raw = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        self._head(request, status, {"content-type": "application/json", **(headers or {})})
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def _fail(self, request: Received, failure: Failure) -> None:
        error: Json = {"type": failure.type, "message": failure.message}
        if failure.error_code:
            error["details"] = {"error_code": failure.error_code}
        value = {"type": "error", "error": error, "request_id": self.request_id}
        self._json(request, failure.status, value, failure.headers)

    def _cut_json(self, request: Received, reply: Reply, fault: Fault) -> None:
        """A fault in an answer that does not stream: it can only be cut."""
        raw = json.dumps(self._whole(reply, obj(request.body)), ensure_ascii=False).encode()
        self._head(request, 200, {"content-type": "application/json", "content-length": str(len(raw))})
        self.end_headers()
        self.wfile.write(raw[: fault.after_bytes if fault.after_bytes is not None else len(raw) // 2])
        if fault.kind == "rst":
            self._reset()
        if fault.kind in ("stall", "ping-only"):
            self._wait(float("inf"))
        self._leave()


class _with_ending:
    """Iterates records and keeps what a generator of them returned."""

    def __init__(self, records: Iterable[sse.Record]) -> None:
        self._records = records
        self.ending: Ending = "end"

    def __iter__(self) -> Iterator[sse.Record]:
        records = cast("Iterable[sse.Record] | Generator[sse.Record, None, Ending]", self._records)
        self.ending = (yield from records) or "end"


def _unsent(connection: socket.socket) -> int:
    """Bytes that the other side has not acknowledged; 0 where the system does not tell."""
    try:
        told = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    return int.from_bytes(told, sys.byteorder)


def _cut_up(answer: RawStream) -> Iterator[sse.Record]:
    size = answer.piece or max(1, len(answer.body))
    for start in range(0, len(answer.body), size):
        yield sse.Record(answer.body[start : start + size], wait=answer.delay if start else 0.0)


def _limits() -> dict[str, str]:
    """The rate limits of an account that is far from them."""
    reset = (datetime.now(UTC) + timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {"anthropic-organization-id": "00000000-0000-4000-8000-00000000demo"}
    for what, limit in (
        ("requests", 4000),
        ("tokens", 2_400_000),
        ("input-tokens", 2_000_000),
        ("output-tokens", 400_000),
    ):
        said[f"anthropic-ratelimit-{what}-limit"] = str(limit)
        said[f"anthropic-ratelimit-{what}-remaining"] = str(limit - 1 if what == "requests" else limit)
        said[f"anthropic-ratelimit-{what}-reset"] = reset
    return said


def _page(query: dict[str, list[str]]) -> Json:
    """The list of models, newest first, a page at a time; the retired only when they are asked for."""
    wanted = query.get("lifecycle") or query.get("lifecycle[]") or ["active", "deprecated"]
    rows = [capabilities.described(model) for model in capabilities.MODELS if model.lifecycle in wanted]
    ids = [row["id"] for row in rows]
    if (after := query.get("after_id", [""])[0]) in ids:
        rows = rows[ids.index(after) + 1 :]
    if (before := query.get("before_id", [""])[0]) in ids:
        rows = rows[: ids.index(before)]
    limit = query.get("limit", ["20"])[0]
    size = min(1000, max(1, int(limit))) if limit.isdigit() else 20
    page = rows[:size]
    return {
        "data": page,
        "has_more": len(rows) > len(page),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }
