"""One attempt of one request -> events; what else is asked of the API.

The SDK costs 0.9 s and 69 MB to import, so it is imported inside functions, on the thread that runs its
event loop, and only when asked to (``warm``, or the first request). That loop lives on a daemon thread of
its own: a cancel there is immediate in every phase, and quitting never waits for the network.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import logging
import os
import queue
import threading
import time
import warnings
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from ..core.attached import ReadFile, filled
from ..core.events import DamagedEvent, StreamEnded, StreamError, StreamEvent, decode
from ..core.message import JsonObject
from ..core.retry import Failure
from ..core.text import clean_line
from ..errors import ApiError, ConfigError
from ..giving_way import loading
from ..redaction import conceal, redact
from ..sleep import LONG_SLEEP, asleep
from .addresses import Endpoint, check_base_url, is_loopback
from .failures import closed, failure_of, not_a_stream
from .loop import end, ended, keep, soon, start

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

Phase: TypeAlias = Literal["connecting", "waiting", "streaming"]
_T = TypeVar("_T")

_CONNECT_TIMEOUT = 10.0
_READ_TIMEOUT = 600.0
"""Seconds. A stall is noticed by whoever polls, by the age of the last byte; this is only the last resort."""
_ANSWER_TIMEOUT = 60.0
_LIST_TIMEOUT = 20.0
_PAGES, _PAGE_BYTES = 10, 4_000_000
"""Of a list of models no more is asked for, and no more of a page is read."""
_AT_HAND, _GATHERED = 0.001, 0.02
"""Seconds: what was waited for less was there already; what comes sooner than the other after what came before is
gathered for so long. To take up a piece by itself costs more than all that is done with it."""


_BETAS = {"context_management": "compact-2026-01-12"}
"""Parameters that the SDK does not know by name, and the header that opens each."""


class Attempt:
    """One attempt of one request: poll it until it gives a ``Failure`` or ``StreamEnded``."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[StreamEvent | Failure] = queue.SimpleQueue()
        self._stop: Callable[[], None] = lambda: None
        self.started = time.monotonic()
        self.last_byte = self.started
        """Monotonic seconds of the last byte that came, pings included."""
        self.phase: Phase = "connecting"
        self.request_id = ""
        self.headers: JsonObject = {}

    def poll(self, timeout: float) -> StreamEvent | Failure | None:
        """The next event, or None after ``timeout`` seconds. The last thing it ever gives is a ``Failure``
        or ``StreamEnded("eof")``."""
        try:
            return self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    @property
    def silence(self) -> float:
        """Seconds since the last byte."""
        return time.monotonic() - self.last_byte

    def cancel(self) -> None:
        """Drop the connection at once; from any thread, never blocks. What was received stays to be polled."""
        self._stop()
        # Not left to the loop: it may be busy importing the SDK.
        self._queue.put(Failure("cancelled", "Stopped.", request_id=self.request_id))


class Api:
    """The API behind one endpoint. Thread-safe; nothing is imported or connected before it is needed."""

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        allowed_hosts: Sequence[str] = (),
        asleep: Callable[[], float] = asleep,
        read_file: ReadFile = lambda sha256: None,
    ) -> None:
        self._read_file = read_file
        self.endpoint = endpoint or Endpoint()
        conceal(self.endpoint.api_key or "")
        self._allowed_hosts = tuple(allowed_hosts)
        self._check(self.endpoint.base_url or os.environ.get("ANTHROPIC_BASE_URL"))
        self._attempts: weakref.WeakSet[Attempt] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: AsyncAnthropic | None = None
        self._asleep = asleep
        self._slept = 0.0
        """How long the machine had slept when the client was made."""

    def warm(self) -> Future[bool]:
        """Import the SDK and make the client, in the background."""

        async def work() -> bool:
            await self._warm()
            return True

        return self._run(work())

    def ask(self, params: JsonObject) -> Attempt:
        """Send a request and stream its answer. Returns at once."""
        attempt = Attempt()
        params = filled(params, self._read_file)
        with self._lock:
            loop = self._started()
            self._attempts.add(attempt)
            task = asyncio.run_coroutine_threadsafe(self._stream(params, attempt), loop)
        attempt._stop = lambda: soon(loop, task.cancel)  # pyright: ignore[reportPrivateUsage]
        return attempt

    def models(self) -> list[JsonObject]:
        """The models the API offers, as it describes them. Raises ``ApiError``."""

        async def ask(client: AsyncAnthropic) -> list[JsonObject]:
            found: list[JsonObject] = []
            after: dict[str, Any] = {}
            for _ in range(_PAGES):
                page = await _page_of_models(client, after)
                found += page["data"]
                if page.get("has_more") is not True or not isinstance(page.get("last_id"), str):
                    break
                after = {"after_id": page["last_id"]}
            return found

        return self._answer(ask)

    def count_tokens(self, params: JsonObject) -> Future[int]:
        """Input tokens of a request, as the API estimates them: a future, which may be cancelled at any moment and
        fails as the SDK does."""
        taken = ("model", "messages", "system", "tools", "thinking", "output_config")
        named = {**{key: value for key, value in params.items() if key in taken}, **_in_beta(params)}

        async def work() -> int:
            client = await self._warm()
            given: Any = await asyncio.to_thread(filled, named, self._read_file)
            return (await client.messages.count_tokens(**given)).input_tokens

        return self._run(work())

    def check(self) -> None:
        """Whether the key works, by asking for one model. Raises ``ApiError`` with the reason."""

        async def ask(client: AsyncAnthropic) -> None:
            await client.models.list(limit=1)

        self._answer(ask)

    def close(self) -> None:
        """Drop every connection. Never blocks."""
        with self._lock:
            loop, client, self._loop, self._client = self._loop, self._client, None, None
            attempts = list(self._attempts)
        for attempt in attempts:
            attempt.cancel()
        if loop is not None:
            end(loop, client.close if client is not None else _nothing)

    def _started(self) -> asyncio.AbstractEventLoop:
        """The loop. Under the lock, under which something is given to it too: it has not ended before that."""
        if self._loop is None:
            self._loop, self._client = start(), None
        return self._loop

    def _run(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        with self._lock:
            return asyncio.run_coroutine_threadsafe(work, self._started())

    def _answer(self, ask: Callable[[AsyncAnthropic], Coroutine[Any, Any, _T]]) -> _T:
        async def work() -> _T:
            return await ask(await self._warm())

        waiting = self._run(work())
        try:
            return waiting.result(_ANSWER_TIMEOUT)
        except TimeoutError as error:
            waiting.cancel()
            raise ApiError(f"The API did not answer within {_ANSWER_TIMEOUT:.0f} s.") from error
        except ApiError:
            raise
        except CancelledError as error:  # closed meanwhile
            raise ApiError("The API was not asked to the end.") from error
        except Exception as error:
            raise ApiError(self._failure(error).sentence) from error

    async def _warm(self) -> AsyncAnthropic:
        if self._asleep() - self._slept > LONG_SLEEP:
            self._let_go()  # with its pool: the other side has forgotten those connections
        if self._client is None:
            _keep_quiet()
            with loading():
                import anthropic
                import httpx2

                url = self.endpoint.base_url or os.environ.get("ANTHROPIC_BASE_URL") or ""
                timeout = httpx2.Timeout(_READ_TIMEOUT, connect=_CONNECT_TIMEOUT)
                http: httpx2.AsyncClient
                if is_loopback(urlsplit(url).hostname or ""):
                    # No proxy of the environment leads to this machine, but its certificates count.
                    http = httpx2.AsyncClient(
                        timeout=timeout, trust_env=False, transport=httpx2.AsyncHTTPTransport(trust_env=True)
                    )
                else:
                    http = anthropic.DefaultAsyncHttpxClient(timeout=timeout, follow_redirects=False)
                client = anthropic.AsyncAnthropic(
                    api_key=self.endpoint.api_key,
                    base_url=self.endpoint.base_url,
                    max_retries=0,
                    open_telemetry=False,
                    http_client=http,
                )
            self._check(str(client.base_url))  # a profile of the SDK's may name another
            self._client, self._slept = client, self._asleep()
        return self._client

    def _let_go(self) -> None:
        """Close the client's connections once nothing uses it any more: nobody else ever would."""
        if self._client is not None:
            users = asyncio.all_tasks() - {asyncio.current_task()}
            keep(asyncio.create_task(_closed_behind(self._client, users)))
        self._client = None

    def _check(self, url: str | None) -> None:
        problem = check_base_url(url, self._allowed_hosts) if url else None
        if problem:
            raise ConfigError(problem)

    def _failure(self, error: BaseException, request_id: str = "") -> Failure:
        failure = _redacted(failure_of(error, request_id))
        if failure.status != 401 or not self.endpoint.key_source:
            return failure
        sentence = f"The API does not accept the key from {self.endpoint.key_source} (401): {failure.detail}"
        return replace(failure, sentence=closed(sentence))

    async def _stream(self, params: JsonObject, attempt: Attempt) -> None:
        put = attempt._queue.put  # pyright: ignore[reportPrivateUsage]
        try:
            client = await self._warm()
            from anthropic import AsyncStream

            attempt.phase = "waiting"
            attempt.last_byte = time.monotonic()
            given: Any = {**{key: value for key, value in params.items() if key not in _BETAS}, **_in_beta(params)}
            stream: Any = await client.messages.create(**given, stream=True)
            response = stream.response
            attempt.headers = {key.lower(): value for key, value in response.headers.items()}
            attempt.request_id = clean_line(str(attempt.headers.get("request-id", "")), 80)
            attempt.last_byte = time.monotonic()
            try:
                problem = not_a_stream(attempt.headers)
                if problem is not None:
                    put(problem)
                    return
                attempt.phase = "streaming"
                watched: Any = _Watched(response, attempt)
                asked = time.monotonic()
                async for sse in AsyncStream.raw_events(watched):
                    waited = time.monotonic() - asked
                    if sse.data:
                        put(_event(sse.data))
                    if _AT_HAND < waited < _GATHERED:
                        await asyncio.sleep(_GATHERED)
                    asked = time.monotonic()
            finally:
                await response.aclose()
            put(StreamEnded("eof"))
        except asyncio.CancelledError:
            pass  # whoever cancelled has been told
        except Exception as error:
            put(self._failure(error, attempt.request_id))


async def _page_of_models(client: AsyncAnthropic, after: JsonObject) -> JsonObject:
    """A page as it came: the SDK's own reading would fail at what it does not expect."""
    given: Any = {"lifecycle": ["active", "deprecated", "retired"], **after}
    body = bytearray()
    async with client.models.with_streaming_response.list(limit=1000, timeout=_LIST_TIMEOUT, **given) as answer:
        async for piece in answer.iter_bytes():
            body += piece
            if len(body) > _PAGE_BYTES:
                break
    try:
        page: Any = json.loads(body)
        if isinstance(page["data"], list):
            return page
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise ApiError("What the API answers is no list of models.")


async def _closed_behind(client: AsyncAnthropic, users: Iterable[asyncio.Task[Any]]) -> None:
    await ended(users)
    await client.close()


async def _nothing() -> None:
    """There is nothing to let go of."""


class _Watched:
    """A response that notes when its last byte came, and in which a damaged byte costs one character."""

    def __init__(self, response: Any, attempt: Attempt) -> None:
        self._response = response
        self._attempt = attempt

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        # The SDK's reader would end the stream at a byte that is not UTF-8.
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        async for chunk in self._response.aiter_bytes():
            self._attempt.last_byte = time.monotonic()
            yield decode(chunk).encode()


def _in_beta(params: JsonObject) -> dict[str, Any]:
    """What of a request goes beside the SDK's own parameters."""
    body = {key: params[key] for key in _BETAS if key in params}
    if not body:
        return {}
    return {"extra_body": body, "extra_headers": {"anthropic-beta": ",".join(_BETAS[key] for key in body)}}


def _redacted(failure: Failure) -> Failure:
    """A server, or a library, may repeat the key to us; it is shown and kept nowhere."""
    return replace(failure, sentence=redact(failure.sentence), detail=redact(failure.detail))


def _event(data: str) -> StreamEvent:
    try:
        event = decode(json.loads(data))
        if isinstance(event, StreamError):
            said = {name: redact(value) if isinstance(value, str) else value for name, value in event.error.items()}
            return StreamError(said)
        return event
    except (ValueError, RecursionError):
        return DamagedEvent(data[:200])


def _keep_quiet() -> None:
    """The SDK's log and warnings would go to stderr, over the screen, with what was asked in them."""
    os.environ.pop("ANTHROPIC_LOG", None)
    for name in ("anthropic", "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    for said in ("The model '.*' is deprecated", "Using Claude with"):
        warnings.filterwarnings("ignore", message=said)
