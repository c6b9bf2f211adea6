"""A `Reply` as the events of the wire, and events as records of bytes with the time to wait before each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .answers import Json, Reply
from .wire import arr, obj, text_of

# The human pace, in seconds: about 80 tokens of text a second at four characters a token, thinking at half that.
_TEXT_CHARACTER = 1 / 320
_THINKING_CHARACTER = 1 / 160
_JSON_CHARACTER = 1 / 200
_FIRST_WORD = 0.45
_NEXT_BLOCK = 0.25
_SEARCHING = 1.2
_HIDDEN_THOUGHT = 1.6

_PADDING = 13
"""The API pads its JSON with up to a dozen spaces, so that nobody compares bytes."""


@dataclass(frozen=True, slots=True)
class Record:
    """One server-sent event: bytes for the wire, and the event they say when a fault may have to split it."""

    data: bytes
    event: Json | None = None
    wait: float = 0.0
    held: bool = False
    """Not before `DemoServer.let_go`."""


def encode(event: Json, padding: int = 0) -> bytes:
    """`event: NAME`, `data: JSON`, an empty line."""
    said = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    raw = said[:-1] + " " * padding + said[-1]
    return f"event: {event['type']}\ndata: {raw}\n\n".encode("utf-8", "replace")


PING = b'event: ping\ndata: {"type": "ping"}\n\n'
OVERLOADED: Json = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
GARBAGE = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_de\n\n'


def pieces(text: str, size: int) -> Iterator[str]:
    size = max(1, size)
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _delta(index: int, kind: str, **fields: Any) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def _start_and_deltas(index: int, block: Json, chunk: int) -> Iterator[Json]:
    """One block: text, thinking and tool input are emptied at the start and arrive as deltas; others are whole."""

    def start(shown: Json) -> Json:
        return {"type": "content_block_start", "index": index, "content_block": shown}

    match block.get("type"):
        case "text":
            cited = arr(block.get("citations"))
            yield start({**block, "text": "", **({"citations": []} if cited else {})})
            for citation in cited:
                yield _delta(index, "citations_delta", citation=citation)
            for piece in pieces(text_of(block.get("text")), chunk):
                yield _delta(index, "text_delta", text=piece)
        case "thinking":
            yield start({**block, "thinking": "", "signature": ""})
            for piece in pieces(text_of(block.get("thinking")), chunk):
                yield _delta(index, "thinking_delta", thinking=piece)
            if signature := text_of(block.get("signature")):
                yield _delta(index, "signature_delta", signature=signature)
        case "tool_use" | "server_tool_use":
            yield start({**block, "input": {}})
            # An input that is a string is sent as it stands: that is how invalid JSON can be shown.
            said = block.get("input")
            raw = said if isinstance(said, str) else json.dumps(said or {}, ensure_ascii=False)
            yield _delta(index, "input_json_delta", partial_json="")
            for piece in pieces("" if raw == "{}" else raw, chunk):
                yield _delta(index, "input_json_delta", partial_json=piece)
        case _:
            yield start(block)
    yield {"type": "content_block_stop", "index": index}


def message(
    reply: Reply, message_id: str, model: str, usage: Mapping[str, Any], beside: Mapping[str, Any] | None = None
) -> Json:
    """The whole message, as a request without `stream` gets it; with what was asked for ``beside`` the rest."""
    return {
        "model": model,
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "content": list(reply.blocks),
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
        "usage": dict(usage),
        **(beside or {}),
    }


def events_of(
    reply: Reply,
    message_id: str,
    model: str,
    first: Mapping[str, Any],
    final: Mapping[str, Any],
    beside: Mapping[str, Any] | None = None,
) -> Iterator[Json]:
    """The events of a reply, in the order of the wire, with the usage of its beginning and of its end."""
    if reply.events is not None:
        yield from reply.events
        return
    opening = message(reply, message_id, model, first, beside)
    opening |= {"content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None}
    yield {"type": "message_start", "message": opening}
    for index, block in enumerate(reply.blocks):
        yield from _start_and_deltas(index, dict(block), reply.chunk)
    # The breakdown by lifetime and the tier are told at the beginning only.
    told = {key: value for key, value in final.items() if key not in ("cache_creation", "service_tier")}
    yield {
        "type": "message_delta",
        "delta": {
            "stop_reason": reply.stop_reason,
            "stop_sequence": reply.stop_sequence,
            "stop_details": reply.stop_details,
        },
        "usage": told,
    }
    yield {"type": "message_stop"}


def _wait(event: Json) -> float:
    """How long a person would see nothing before this event."""
    match event.get("type"):
        case "content_block_start" if text_of(obj(event.get("content_block")).get("type")).endswith("_tool_result"):
            return _SEARCHING
        case "content_block_start":
            return _FIRST_WORD if event.get("index") == 0 else _NEXT_BLOCK
        case "content_block_delta":
            delta = obj(event.get("delta"))
            return (
                len(text_of(delta.get("text"))) * _TEXT_CHARACTER
                + len(text_of(delta.get("thinking"))) * _THINKING_CHARACTER
                + len(text_of(delta.get("partial_json"))) * _JSON_CHARACTER
            )
        case _:
            return 0.0


def records_of(events: Iterable[Json], pace: float) -> Iterator[Record]:
    """Events as bytes at a pace, with the ping that follows the first block's start.

    The wait of one delta varies by its place, so that the stream breathes and is still the same each time.
    """
    pinged = silent = False
    for number, event in enumerate(events):
        breath = 0.55 + 0.9 * (number * 7919 % 101) / 100
        wait = _wait(event) * breath
        kind = event.get("type")
        delta = obj(event.get("delta")).get("type")
        if silent and delta == "signature_delta":
            wait = _HIDDEN_THOUGHT
        silent = kind == "content_block_start"
        yield Record(encode(event, number * 5 % _PADDING), event, wait * pace)
        if not pinged and kind == "content_block_start":
            pinged = True
            yield Record(PING)
