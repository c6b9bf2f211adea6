"""What a stream says, one value an event; ``decode`` and ``encode`` alone know the wire's form.

Nothing here raises on what the wire may send: what has no known shape becomes ``UnknownEvent`` and
is kept; what has the name of a known event but not its shape becomes ``DamagedEvent``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, assert_never, cast

from .message import ContentBlock, JsonObject, block_from_wire, block_to_wire
from .sound import sound, sound_json

Cause: TypeAlias = Literal["eof", "cancelled", "error", "stall", "gone"]


@dataclass(frozen=True, slots=True)
class MessageStart:
    """The reply begins; ``message`` is as the wire gave it and may already carry content."""

    message: JsonObject


@dataclass(frozen=True, slots=True)
class BlockStart:
    """A content block opens at ``index``; a server tool's result is whole in it."""

    index: int
    block: ContentBlock


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text for the block at ``index``."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More thinking for the block at ``index``."""

    index: int
    thinking: str


@dataclass(frozen=True, slots=True)
class SignatureDelta:
    """The signature of the thinking block at ``index``: the last delta before its stop."""

    index: int
    signature: str


@dataclass(frozen=True, slots=True)
class InputJsonDelta:
    """More of a tool call's input, as JSON text."""

    index: int
    partial_json: str


@dataclass(frozen=True, slots=True)
class CitationDelta:
    """A source of the text block at ``index``."""

    index: int
    citation: JsonObject


@dataclass(frozen=True, slots=True)
class UnknownDelta:
    """A delta of a kind this version does not know."""

    index: int
    delta: JsonObject


@dataclass(frozen=True, slots=True)
class BlockStop:
    """The block at ``index`` is whole."""

    index: int


@dataclass(frozen=True, slots=True)
class MessageDelta:
    """Why the reply stopped, and cumulative counts; ``delta`` and ``rest`` as the wire gave them."""

    delta: JsonObject
    usage: JsonObject
    rest: JsonObject


@dataclass(frozen=True, slots=True)
class MessageStop:
    """The reply is over."""


@dataclass(frozen=True, slots=True)
class Ping:
    """The server is alive."""


@dataclass(frozen=True, slots=True)
class StreamError:
    """An ``error`` event in the middle of a stream."""

    error: JsonObject


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event this version does not know, kept as it came."""

    data: JsonObject

    @property
    def type(self) -> str:
        """Its name on the wire; ``?`` when it has none."""
        kind = self.data.get("type")
        return kind if isinstance(kind, str) else "?"


@dataclass(frozen=True, slots=True)
class DamagedEvent:
    """Something that should have been an event and is not."""

    raw: str


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """Ours, never the wire's: no more will come, and why."""

    cause: Cause
    detail: str = ""
    kind: str = ""


StreamEvent: TypeAlias = (
    MessageStart
    | BlockStart
    | TextDelta
    | ThinkingDelta
    | SignatureDelta
    | InputJsonDelta
    | CitationDelta
    | UnknownDelta
    | BlockStop
    | MessageDelta
    | MessageStop
    | Ping
    | StreamError
    | UnknownEvent
    | DamagedEvent
    | StreamEnded
)


def decode(data: Any) -> StreamEvent:
    """The event in a parsed ``data:`` line. Never raises."""
    try:
        return _decode(data)
    except RecursionError:
        return DamagedEvent("nested too deeply")


def _decode(data: Any) -> StreamEvent:
    if not isinstance(data, Mapping):
        return DamagedEvent(repr(data)[:200])
    data = cast("JsonObject", data)
    kind = data.get("type")
    index: Any = data.get("index")
    placed = type(index) is int and index >= 0
    match kind:
        case "content_block_delta" if placed and isinstance(data.get("delta"), Mapping):
            return _decode_delta(index, data["delta"])
        case "content_block_start" if placed and isinstance(data.get("content_block"), Mapping):
            return BlockStart(index, block_from_wire(sound_json(data["content_block"])))
        case "content_block_stop" if placed:
            return BlockStop(index)
        case "message_start" if isinstance(data.get("message"), Mapping):
            return MessageStart(sound_json(data["message"]))
        case "message_delta" if isinstance(data.get("delta"), Mapping):
            usage: Any = data.get("usage")
            rest = {key: value for key, value in data.items() if key not in ("type", "delta", "usage")}
            counts: JsonObject = cast("JsonObject", usage) if isinstance(usage, Mapping) else {}
            return MessageDelta(sound_json(data["delta"]), sound_json(counts), sound_json(rest))
        case "message_stop":
            return MessageStop()
        case "ping":
            return Ping()
        case "error":
            error = data.get("error")
            return StreamError(sound_json(error) if isinstance(error, Mapping) else {"message": sound(str(error))})
        case "content_block_delta" | "content_block_start" | "content_block_stop" | "message_start" | "message_delta":
            return DamagedEvent(repr(data)[:200])
        case "claude_tui.damaged":  # from our own journal
            return DamagedEvent(sound(str(data.get("raw"))))
        case _:
            return UnknownEvent(sound_json(data))


def _decode_delta(index: int, delta: JsonObject) -> StreamEvent:
    match delta.get("type"):
        case "text_delta" if isinstance(delta.get("text"), str):
            return TextDelta(index, sound(delta["text"]))
        case "thinking_delta" if isinstance(delta.get("thinking"), str):
            return ThinkingDelta(index, sound(delta["thinking"]))
        case "signature_delta" if isinstance(delta.get("signature"), str):
            return SignatureDelta(index, sound(delta["signature"]))
        case "input_json_delta" if isinstance(delta.get("partial_json"), str):
            return InputJsonDelta(index, sound(delta["partial_json"]))
        case "citations_delta" if isinstance(delta.get("citation"), Mapping):
            return CitationDelta(index, sound_json(delta["citation"]))
        case "text_delta" | "thinking_delta" | "signature_delta" | "input_json_delta" | "citations_delta":
            return DamagedEvent(repr(delta)[:200])
        case _:
            return UnknownDelta(index, sound_json(delta))


def encode(event: StreamEvent) -> dict[str, Any]:
    """The event in the wire's form, such that ``decode(encode(event)) == event``."""
    match event:
        case TextDelta():
            return _delta(event.index, {"type": "text_delta", "text": event.text})
        case ThinkingDelta():
            return _delta(event.index, {"type": "thinking_delta", "thinking": event.thinking})
        case SignatureDelta():
            return _delta(event.index, {"type": "signature_delta", "signature": event.signature})
        case InputJsonDelta():
            return _delta(event.index, {"type": "input_json_delta", "partial_json": event.partial_json})
        case CitationDelta():
            return _delta(event.index, {"type": "citations_delta", "citation": dict(event.citation)})
        case UnknownDelta():
            return _delta(event.index, dict(event.delta))
        case BlockStart():
            return {"type": "content_block_start", "index": event.index, "content_block": block_to_wire(event.block)}
        case BlockStop():
            return {"type": "content_block_stop", "index": event.index}
        case MessageStart():
            return {"type": "message_start", "message": dict(event.message)}
        case MessageDelta():
            return {"type": "message_delta", "delta": dict(event.delta), "usage": dict(event.usage), **event.rest}
        case MessageStop():
            return {"type": "message_stop"}
        case Ping():
            return {"type": "ping"}
        case StreamError():
            return {"type": "error", "error": dict(event.error)}
        case UnknownEvent():
            return dict(event.data)
        case DamagedEvent():
            return {"type": "claude_tui.damaged", "raw": event.raw}
        case StreamEnded():
            # For reading only: an ending is never journalled, it is judged anew from what came.
            return {"type": "claude_tui.ended", "cause": event.cause, "detail": event.detail, "kind": event.kind}
        case _:
            assert_never(event)


def _delta(index: int, delta: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def coalesce(events: Iterable[StreamEvent]) -> list[StreamEvent]:
    """The same events with neighbouring deltas of one kind and block joined."""
    joined: list[StreamEvent] = []
    run: list[str] = []

    def settle() -> None:
        if len(run) > 1:
            match joined[-1]:
                case TextDelta() as last:
                    joined[-1] = replace(last, text="".join(run))
                case ThinkingDelta() as last:
                    joined[-1] = replace(last, thinking="".join(run))
                case InputJsonDelta() as last:
                    joined[-1] = replace(last, partial_json="".join(run))
                case _:
                    pass
        run.clear()

    for event in events:
        match event:
            case TextDelta(_, piece) | ThinkingDelta(_, piece) | InputJsonDelta(_, piece):
                last = joined[-1] if joined else None
                if run and type(last) is type(event) and cast("TextDelta", last).index == event.index:
                    run.append(piece)
                    continue
                settle()
                run.append(piece)
            case _:
                settle()
        joined.append(event)
    settle()
    return joined
