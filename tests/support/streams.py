"""Streams for tests: reading them, what they must say, and making new ones.

``accumulated`` is written from the documentation of the wire alone and shares nothing with
``claude_tui.core``: it is what the fold is measured against.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Event = dict[str, Any]

STREAMS = Path(__file__).parents[1] / "streams"
RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
"""Recordings of the live API. They are not part of the project: tests say so where they are missing."""
NO_RECORDINGS = "the folder of recordings is not here (../shared/recordings): only our own streams were tried"


def synthetic() -> list[Path]:
    """Our own streams."""
    return sorted(STREAMS.glob("*.sse"))


def recordings() -> list[Path]:
    """The recordings, where they are."""
    return sorted(RECORDINGS.glob("*/*.sse"))


def read_events(source: Path | bytes) -> list[Any]:
    """The parsed ``data:`` of each record; text that is no JSON as it is, for nobody to understand."""
    body = source.read_bytes() if isinstance(source, Path) else source
    found: list[Any] = []
    data: list[str] = []
    # Only CR and LF end a line: JSON may hold U+2028 as it is.
    for line in [*body.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            text, data = "\n".join(data), []
            try:
                found.append(json.loads(text))
            except ValueError:
                found.append(text)
    return found


def write_sse(events: Iterable[Event]) -> str:
    """Events in the wire's form."""
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events)


# What a stream says


@dataclass
class Accumulated:
    """What a stream says, by the rules of the documentation."""

    blocks: dict[int, Event] = field(default_factory=dict[int, Event])
    """By index; text, thinking and ``json`` (the input's text) grown by the deltas."""
    closed: set[int] = field(default_factory=set[int])
    stop_reason: str | None = None
    usage: Event = field(default_factory=dict[str, Any])
    stopped: bool = False
    torn: bool = False

    @property
    def ordered(self) -> list[Event]:
        return [self.blocks[index] for index in sorted(self.blocks)]

    @property
    def text(self) -> str:
        return "".join(block["text"] for block in self.ordered if block["type"] == "text")

    @property
    def thinking(self) -> str:
        return "".join(block["thinking"] for block in self.ordered if block["type"] == "thinking")

    @property
    def tool_inputs(self) -> list[Any]:
        """Each call's input; for one that never became an object, its text."""
        return [block["input"] for block in self.ordered if block["type"].endswith("tool_use")]

    @property
    def complete(self) -> bool:
        return self.stop_reason is not None and self.closed == set(self.blocks) and not self.torn


_GROWN = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "input_json_delta": ("tool_use", "partial_json"),
}
_KNOWN = ("text", "thinking", "redacted_thinking")


def accumulated(events: Iterable[Any]) -> Accumulated:
    """Fold a stream the plain way: dictionaries, changed in place."""
    said = Accumulated()
    started = False
    damaged = 0
    for event in events:
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str):
            damaged += not isinstance(event, dict)
            said.torn = said.torn or (damaged > 3 and not said.stopped)
            continue
        if said.stopped:
            continue
        if kind == "message_start":
            if started:
                said.torn = not said.complete
                said.stopped = True
                continue
            started = True
            message = event["message"]
            content = message.get("content") or []
            if said.blocks:
                said.torn = said.torn or bool(content)
                content = []
            for index, block in enumerate(content):
                said.blocks[index] = _opened(block)
                said.closed.add(index)
            said.stop_reason = message.get("stop_reason") or said.stop_reason
            _count(said, message.get("usage"))
        elif kind == "content_block_start":
            index = event["index"]
            if index in said.blocks:
                said.torn = True
                said.stopped = index not in said.closed
                continue
            said.torn = said.torn or index > len(said.blocks)
            said.blocks[index] = _opened(event["content_block"])
        elif kind == "content_block_delta":
            _delta(said, event["index"], event["delta"])
        elif kind == "content_block_stop":
            index = event["index"]
            if index in said.blocks and index not in said.closed:
                said.closed.add(index)
                _close(said.blocks[index])
        elif kind == "message_delta":
            said.stop_reason = event["delta"].get("stop_reason") or said.stop_reason
            _count(said, event.get("usage"))
        elif kind == "message_stop":
            said.stopped = True
    return said


def _opened(block: Event) -> Event:
    held = dict(block)
    if str(held.get("type")).endswith("tool_use"):
        held["partial_json"] = ""
    return held


def _close(block: Event) -> None:
    if str(block["type"]).endswith("tool_use") and block["partial_json"]:
        try:
            value = json.loads(block["partial_json"], parse_constant=_not_json)
        except ValueError:
            value = None
        block["input"] = value if isinstance(value, dict) else block["partial_json"]


def _not_json(name: str) -> Any:
    raise ValueError(f"{name} is Python's, not JSON's")


def _delta(said: Accumulated, index: int, delta: Event) -> None:
    block = said.blocks.get(index)
    kind = delta["type"]
    lives = block is not None and index not in said.closed
    if kind in _GROWN:
        family, key = _GROWN[kind]
        if lives and (block["type"] == family or (family == "tool_use" and str(block["type"]).endswith(family))):
            block[key] += delta[key]
        elif lives and _is_unknown(block["type"]) and block.setdefault("into", key) == key:
            block[key] = (block.get(key) or "") + delta[key]
        elif delta[key]:
            said.torn = True
    elif lives and kind == "signature_delta" and block["type"] == "thinking":
        block["signature"] = block.get("signature", "") + delta["signature"]
    elif lives and kind == "citations_delta" and block["type"] == "text":
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]


def _is_unknown(kind: str) -> bool:
    return kind not in _KNOWN and not kind.endswith(("tool_use", "tool_result"))


def _count(said: Accumulated, usage: Any) -> None:
    said.usage.update({key: value for key, value in (usage or {}).items() if value is not None})


# Making streams

USAGE: Event = {
    "input_tokens": 25,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 1,
}


def started(**more: Any) -> Event:
    """A ``message_start``."""
    message = {
        "id": "msg_test01",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": dict(USAGE),
    }
    return {"type": "message_start", "message": {**message, **more}}


def ended(stop_reason: str = "end_turn", output_tokens: int = 100, **more: Any) -> list[Event]:
    """``message_delta`` and ``message_stop``."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None, **more}
    return [
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": output_tokens}},
        {"type": "message_stop"},
    ]


def delta(index: int, kind: str, **fields: Any) -> Event:
    """A ``content_block_delta``."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def block_events(index: int, block: Event, size: int = 8) -> Iterator[Event]:
    """A block of a message as its stream: what grows comes in pieces of ``size`` characters."""
    held = dict(block)
    deltas: list[Event] = []
    match block["type"]:
        case "text":
            held = {"type": "text", "text": ""}
            deltas = [delta(index, "text_delta", text=piece) for piece in pieces(block["text"], size)]
            deltas += [delta(index, "citations_delta", citation=one) for one in block.get("citations", [])]
        case "thinking":
            held = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [delta(index, "thinking_delta", thinking=piece) for piece in pieces(block["thinking"], size)]
            deltas.append(delta(index, "signature_delta", signature=block["signature"]))
        case "tool_use" | "server_tool_use":
            held = {**block, "input": {}}
            text = json.dumps(block["input"])
            deltas = [delta(index, "input_json_delta", partial_json=piece) for piece in ["", *pieces(text, size)]]
        case _:
            pass
    yield {"type": "content_block_start", "index": index, "content_block": held}
    yield from deltas
    yield {"type": "content_block_stop", "index": index}


def pieces(text: str, size: int) -> list[str]:
    """The text cut every ``size`` characters."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def reply_events(blocks: Iterable[Event], stop_reason: str = "end_turn", size: int = 8, **more: Any) -> list[Event]:
    """A whole reply."""
    inner = [event for index, block in enumerate(blocks) for event in block_events(index, block, size)]
    return [started(**more), *inner, *ended(stop_reason)]


# Streams at random

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any text that UTF-8 can hold."""
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)

_blocks = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, st.just("") | words),
    st.just({"type": "thinking", "thinking": "", "signature": ""}),
    st.just({"type": "redacted_thinking", "data": "b3BhcXVl"}),
    st.builds(
        lambda kind, one: {"type": kind, "id": f"toolu_{one}", "name": "calculate", "input": {}},
        st.sampled_from(["tool_use", "server_tool_use"]),
        st.integers(0, 9),
    ),
    st.just({"type": "web_search_tool_result", "tool_use_id": "toolu_1", "content": []}),
    st.just({"type": "hologram", "depth": 3}),
)
_deltas = st.one_of(
    st.builds(lambda text: {"type": "text_delta", "text": text}, words),
    st.builds(lambda text: {"type": "thinking_delta", "thinking": text}, words),
    st.builds(
        lambda text: {"type": "input_json_delta", "partial_json": text},
        st.sampled_from(["", "{", "}", '{"a"', ": 1}", '{"b": [2]}', "[1]", "nonsense"]),
    ),
    st.just({"type": "signature_delta", "signature": "c2lnbmVk"}),
    st.just({"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "so"}}),
    st.just({"type": "scent_delta", "scent": "pine"}),
)
_indices = st.integers(0, 3)
any_event = st.one_of(
    st.builds(lambda index, held: {"type": "content_block_delta", "index": index, "delta": held}, _indices, _deltas),
    st.builds(
        lambda index, held: {"type": "content_block_start", "index": index, "content_block": held}, _indices, _blocks
    ),
    st.builds(lambda index: {"type": "content_block_stop", "index": index}, _indices),
    st.builds(lambda held: started(content=held), st.just([]) | st.lists(_blocks, max_size=2)),
    st.sampled_from([*ended(), ended("tool_use", 7)[0], {"type": "ping"}]),
    st.just({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    st.builds(lambda value: {"type": "weather", "value": value}, json_values),
    st.just("not an event"),
)
any_order = st.lists(any_event, max_size=30)
"""Events of the right shape in no order at all."""


@st.composite
def grammatical(draw: st.DrawFn) -> list[Event]:
    """A stream as the grammar has it, with pings and unknown things in it."""
    events: list[Event] = [started()]
    for index, block in enumerate(draw(st.lists(_blocks, max_size=4))):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        fitting = {
            "text": ["text_delta", "citations_delta"],
            "thinking": ["thinking_delta"],
            "tool_use": ["input_json_delta"],
            "server_tool_use": ["input_json_delta"],
        }.get(block["type"], [])
        for held in draw(st.lists(_deltas, max_size=8)):
            if held["type"] in fitting:
                events.append({"type": "content_block_delta", "index": index, "delta": held})
        if block["type"] == "thinking":
            events.append(delta(index, "signature_delta", signature="c2lnbmVk"))
        events.append({"type": "content_block_stop", "index": index})
    events += ended(draw(st.sampled_from(["end_turn", "tool_use", "max_tokens", "refusal", "a_new_reason"])))
    for _ in range(draw(st.integers(0, 3))):
        extra = draw(st.sampled_from([{"type": "ping"}, {"type": "weather", "value": "mild"}]))
        events.insert(draw(st.integers(0, len(events))), extra)
    return events
