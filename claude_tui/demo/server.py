"""The server: a listener on 127.0.0.1, a daemon thread for each connection, answers as the API gives them.

It never writes to stderr: a client may leave at any moment, and the terminal belongs to somebody else.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Self

from . import capabilities
from .answers import Answer, Failure, Hang, Json, Received, Script
from .diagnosis import Diagnosis
from .usage import Cache, input_tokens
from .validator import Issued, problems
from .wire import obj

BODY_LIMIT = 32 * 1024 * 1024
PACE = "CLAUDE_TUI_DEMO_PACE"
"""The variable that says how slow `--demo` is: 1 is human, 0.1 ten times as fast."""


def pace_of(environ: Mapping[str, str]) -> float:
    """The pace the environment asks for; the human one where it names none."""
    try:
        return min(max(float(environ.get(PACE, "")), 0.0), 100.0)
    except ValueError:
        return 1.0


class DemoServer:
    """A Messages API server on 127.0.0.1 and a free port, in daemon threads."""

    def __init__(
        self, *, pace: float = 1.0, script: Script | None = None, api_key: str | None = None, scale: float = 1.0
    ) -> None:
        """`pace` 1.0 is human and 0 as fast as it can; with `api_key` any other credential gets a 401; `scale` is
        how many tokens everything has for one by its length: what who estimates must find out."""
        if script is None:
            from .script import DemoScript

            script = DemoScript()
        self.pace = pace
        self.requests: list[Received] = []
        self.stopping = threading.Event()
        self.cache = Cache(scale)
        self.issued = Issued()
        self.diagnosis = Diagnosis()
        self._script = script
        self._api_key = api_key
        self._queue: deque[Answer] = deque()
        self._counts: deque[Failure | Hang] = deque()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._port = 0
        self._count = 0
        self._released = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Listen; returns the server itself."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener, self._port = listener, listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), name="demo-server", daemon=True).start()
        return self

    def stop(self) -> None:
        """End every connection at once; waits for nobody."""
        if self.stopping.is_set() or self._listener is None:
            self.stopping.set()
            return
        self.stopping.set()
        # Closing a listener does not wake its accept; a connection does, on every system.
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=0.1).close()
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def then(self, *answers: Answer) -> None:
        """Queue answers for the next accepted requests for a message, before the script decides.

        A request that is refused (400, 401, 404, 413) takes none.
        """
        with self._lock:
            self._queue.extend(answers)

    def then_count(self, *answers: Failure | Hang) -> None:
        """Queue answers for the next requests to count tokens, before they are counted."""
        with self._lock:
            self._counts.extend(answers)

    def let_go(self, times: int = 1) -> None:
        """Let answers that `hold` go on to their next place, so many times."""
        self._released.release(times)

    # What follows is for the threads of the connections (connection.py).

    def let_go_of(self) -> bool:
        """Whether a `let_go` was there to be taken."""
        return self._released.acquire(blocking=False)

    def received(self, request: Received) -> None:
        with self._lock:
            self.requests.append(request)

    def number(self) -> int:
        """A new number for ids; counted, so that a run can be repeated."""
        with self._lock:
            self._count += 1
            return self._count

    def refusal(self, request: Received, size: int) -> Failure | None:
        """Why a request is not served, or None."""
        offered = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._api_key is not None and self._api_key not in (offered, request.headers.get("x-api-key")):
            said = "invalid x-api-key" if "x-api-key" in request.headers else "invalid bearer token"
            return Failure(401, "authentication_error", said)
        if size > BODY_LIMIT:
            return Failure(413, "request_too_large", "Request exceeds the maximum size")
        if request.method != "POST":
            return None
        body = obj(request.body)
        if not body:
            return Failure(400, "invalid_request_error", "The request body is not valid JSON")
        model = body.get("model")
        if isinstance(model, str) and capabilities.find(model) is None:
            return Failure(404, "not_found_error", f"model: {model}")
        counting = request.path.partition("?")[0].endswith("/count_tokens")
        found = problems(body, request.headers, counting=counting, issued=self.issued)
        if found:
            return Failure(400, "invalid_request_error", found[0])
        return _too_long(body, size, self.cache.scale)

    def answer(self, body: Json) -> Answer:
        """The queue's next answer, or the script's."""
        with self._lock:
            queued = self._queue.popleft() if self._queue else None
        if queued is None:
            return self._scripted(body)
        if isinstance(queued, Hang) and queued.then is None:
            return Hang(queued.seconds, self._scripted(body))
        return queued

    def _scripted(self, body: Json) -> Answer:
        try:
            return self._script.answer(body)
        except Exception as error:
            # A script of somebody else's may fail in any way; it is told to the client, not to stderr.
            return Failure(500, "api_error", f"The script failed: {error!r}")

    def count_tokens(self, body: Json) -> Failure | Hang | Json:
        """What a request to count is answered with; after a silence without an answer of its own, the count."""
        with self._lock:
            queued = self._counts.popleft() if self._counts else None
        return queued if queued is not None else {"input_tokens": input_tokens(body, self.cache.scale)}

    def _accept(self, listener: socket.socket) -> None:
        from .connection import Connection

        while not self.stopping.is_set():
            try:
                connection, address = listener.accept()
            except OSError:
                return
            if self.stopping.is_set():
                connection.close()
                return
            threading.Thread(
                target=self._serve, args=(Connection, connection, address), name="demo-connection", daemon=True
            ).start()

    def _serve(self, handler: Any, connection: socket.socket, address: object) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            handler(connection, address, self)
        except Exception:
            # The client left, or sent what is no HTTP. Whatever it was, stderr is not ours.
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _too_long(body: Json, size: int, scale: float) -> Failure | None:
    """The refusal of a prompt beyond the model's context; counted only when the body is large enough for one."""
    model = capabilities.find(str(body.get("model")))
    if model is None or size * max(scale, 1.0) < model.context:
        return None
    count = input_tokens(body, scale)
    if count <= model.context:
        return None
    return Failure(400, "invalid_request_error", f"prompt is too long: {count} tokens > {model.context} maximum")


def parsed_body(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None
