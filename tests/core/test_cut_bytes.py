"""Every stream cut at every byte, through the SDK's own reader: what came is a beginning of the whole, and goes on."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.conversation import Node
from claude_tui.core.events import StreamEnded, StreamEvent
from claude_tui.core.message import ToolUseBlock
from claude_tui.core.reply import Reply, fold
from claude_tui.core.request import build
from claude_tui.core.resume import plan
from claude_tui.core.view import exchanges

from ..support.streams import accumulated, read_events, recordings, reply_events, synthetic
from ..support.talk import Talk, refused, settings, user

FILES = [*synthetic(), *recordings()]
MODELS = ("claude-haiku-4-5", "claude-opus-5-5", "claude-unknown-9")
EOF = StreamEnded("eof")
_RECORD_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


class _Body:
    """A response that is over after these bytes."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def read(body: bytes, size: int = 0) -> list[StreamEvent]:
    """The events of a body, as ``api`` reads it; it comes in pieces of ``size`` bytes."""
    from anthropic import AsyncStream

    from claude_tui.api import client as api

    pieces = [body[at : at + size] for at in range(0, len(body), size)] if size else [body]

    async def events() -> list[StreamEvent]:
        watched: Any = api._Watched(_Body(pieces), api.Attempt())
        return [api._event(sse.data) async for sse in AsyncStream.raw_events(watched) if sse.data]

    work = events()
    try:
        work.send(None)  # it waits for nothing
    except StopIteration as over:
        return over.value
    raise AssertionError("it waits")


class Stream:
    """A stream, what every beginning of it folds to, and what an independent reader makes of it."""

    def __init__(self, path: Path) -> None:
        self.body = path.read_bytes()
        self.ends = [match.end() for match in _RECORD_END.finditer(self.body)]
        self.events = read(self.body)
        self.replies = [Reply()]
        for event in self.events:
            self.replies.append(fold(self.replies[-1], event))
        data = read_events(self.body[: self.ends[-1]])  # a record that nothing ends is none
        self.complete = [accumulated(data[:size]).complete for size in range(len(data) + 1)]
        assert len(data) == len(self.events)
        self._passed = {0: 0}
        """How many events stand before a record that begins at this byte."""

    def at(self, cut: int, *, from_the_start: bool, size: int = 0) -> int:
        """How many events come when the stream ends at this byte; that they are its first ones is checked."""
        start = 0
        if not from_the_start:  # what a reader knows it forgets at the end of a record
            before = [end for end in self.ends if end <= cut][-2:]
            start = before[0] if len(before) == 2 else 0
        if start not in self._passed:
            self._passed[start] = len(read(self.body[:start]))
        passed = self._passed[start]
        came = read(self.body[start:cut], size)
        count = passed + len(came)
        assert came == self.events[passed:count], cut
        return count


def check_cut(stream: Stream, count: int) -> None:
    """That so many events make a beginning of the whole, complete only where the law says so, and go on to it."""
    reply = fold(stream.replies[count], EOF)
    assert (reply.status == "complete") == stream.complete[count]
    whole = fold(stream.replies[-1], EOF)
    uncut, came = text_of(whole), text_of(reply)
    assert uncut.startswith(came) or whole.torn or out_of_order(stream.replies[count])
    for model in MODELS:
        check_goes_on(reply, came, model)


def out_of_order(reply: Reply) -> bool:
    """Whether several blocks grow at once: the text of the first is then not yet followed by the second's."""
    return len(reply.open) > 1 or [index for index, _ in reply.closed] != list(range(len(reply.closed)))


REST = " And what comes next is the rest of it, said by a model that goes on faithfully."


def check_goes_on(reply: Reply, came: str, model: str) -> None:
    """That a model which says the rest as it was asked to makes the uncut text of it."""
    chosen = settings(model)
    talk = Talk([user("u")])
    talk.sent(build(talk.path, chosen))
    node = talk.answered(reply)
    step = plan(talk.path, chosen)
    calls = any(isinstance(block, ToolUseBlock) and block.type == "tool_use" for block in reply.content)
    if reply.stop_reason == "refusal" or (reply.status == "complete" and not node.can_continue and came.strip()):
        assert step is None
        return
    if step is None:
        assert reply.status == "complete" and reply.stop_reason == "tool_use" and not calls
        return
    if step.name == "next" and calls:
        return  # its tools are run first: tests/core/test_request.py
    request = talk.step(step, chosen)
    # Those of a recording were not issued by our validator.
    assert [one for one in refused(request) if "Invalid `signature`" not in one] == []
    body = came.rstrip()
    uncut = came + (REST if came == body else REST.lstrip())
    match step.name:
        case "next":
            said, expected = REST, None
        case "resend":
            said, expected = uncut, uncut
        case "prefill":
            said, expected = uncut[len(body) :], uncut
        case _ if not step.join.anchor:
            said, expected = REST, came + ("\n\n" if came and not came.endswith("\n\n") else "") + REST
        case _:
            said, expected = step.join.anchor + uncut[len(body) :], uncut
    talk.answer(reply_events([{"type": "text", "text": said}], size=50))
    shown = exchanges(talk.path)[-1].text
    assert expected is None or shown == expected, (model, step)
    assert shown.startswith(came)


def text_of(reply: Reply) -> str:
    node = Node("a", "u", "assistant", reply.content, "model", reply.status)
    return exchanges([user("u"), replace(node, stop_reason=reply.stop_reason)])[-1].text


def check_stream(path: Path, cuts: Sequence[int] | None, *, from_the_start: bool, seed: int = 0) -> int:
    """Cut it at these bytes, or at each; how many that were."""
    stream = Stream(path)
    rng = random.Random(f"{path.name} {seed}")
    places = range(len(stream.body) + 1) if cuts is None else cuts
    seen: set[int] = set()
    last = 0
    for cut in places:
        size = rng.choice((0, 0, 1, 3, 17))
        count = stream.at(cut, from_the_start=from_the_start, size=size)
        assert cuts is not None or last <= count <= last + 1
        last = count
        if count not in seen:
            seen.add(count)
            check_cut(stream, count)
    return len(places)


def sampled(path: Path, number: int) -> Iterator[int]:
    size = path.stat().st_size
    rng = random.Random(path.name)
    yield from (0, 1, size - 1, size)
    yield from sorted(rng.randrange(size) for _ in range(number))


def test_every_stream_can_be_cut_anywhere() -> None:
    """A sample of the bytes of every stream; the long form takes each."""
    for path in FILES:
        check_stream(path, list(sampled(path, 12)), from_the_start=True)


@pytest.mark.long
def test_every_stream_can_be_cut_at_every_byte(record_property: Any) -> None:
    cuts = sum(check_stream(path, None, from_the_start=False) for path in FILES)
    print(f"{cuts:,} cuts of {len(FILES)} streams")
    record_property("cuts", cuts)
