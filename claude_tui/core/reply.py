"""A reply is what you get when you fold its events.

Five laws, over every prefix of every stream: *replay* (folding what was journalled gives what was
shown), *coalescing* (joined deltas fold to the same reply), *round trip* (of events), *order* (what
cannot be placed is dropped and counted, what is unknown is kept, nothing raises) and *ending* (only
``fold`` judges whether a reply is complete).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Literal, TypeAlias, assert_never, cast

from .events import (
    BlockStart,
    BlockStop,
    CitationDelta,
    DamagedEvent,
    InputJsonDelta,
    MessageDelta,
    MessageStart,
    MessageStop,
    Ping,
    SignatureDelta,
    StreamEnded,
    StreamError,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
    UnknownEvent,
    sound_json,
)
from .growing import GrowingText
from .message import (
    EMPTY,
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolUseBlock,
    Usage,
    block_from_wire,
)

Status: TypeAlias = Literal["waiting", "streaming", "complete", "interrupted", "failed"]
"""``failed``: it ended before anything came. The others say what they are."""
Kind: TypeAlias = Literal["text", "thinking", "tool", "other"]

DAMAGED = 3
"""Damaged events that a reply survives: any of them may have held words of it."""
_FIELDS: Mapping[Kind, str] = {"text": "text", "thinking": "thinking", "tool": "partial_json"}


@dataclass(frozen=True, slots=True)
class OpenBlock:
    """A block that is still growing."""

    index: int
    start: ContentBlock
    """As ``content_block_start`` gave it."""
    text: GrowingText = field(default_factory=GrowingText)
    """What its deltas brought: text, thinking, or a tool input's JSON."""
    signature: str = ""
    citations: tuple[JsonObject, ...] = ()
    unknown: tuple[JsonObject, ...] = ()
    into: str = ""
    """The field of an unknown block that deltas of a known kind fill."""

    def content(self, *, closed: bool = False) -> ContentBlock:
        """The block as it stands. A tool's input is parsed only when the block is ``closed``."""
        match self.start:
            case TextBlock() as block:
                text = block.text + str(self.text)
                if not self.citations:
                    return replace(block, text=text)
                # An empty list at the start gives way to what the deltas brought.
                extra = {key: value for key, value in block.extra.items() if key != "citations"} or EMPTY
                return TextBlock(text, block.citations + self.citations, extra)
            case ThinkingBlock() as block:
                # An open block has no signature that may be used: it belongs to the whole block.
                signature = (self.signature or block.signature) if closed else ""
                return replace(block, thinking=block.thinking + str(self.text), signature=signature)
            case ToolUseBlock() as block if len(self.text):
                parsed = _json_object(str(self.text)) if closed else None
                if parsed is None:
                    return replace(block, partial_json=str(self.text))
                return replace(block, input=parsed)
            case OpaqueBlock() as block:
                grown = ({self.into: str(self.text)},) if self.into else ()
                return _with_unknown(block, (*self.unknown, *grown))
            case _:
                return self.start

    @property
    def kind(self) -> Kind:
        """What its deltas bring."""
        match self.start:
            case TextBlock():
                return "text"
            case ThinkingBlock():
                return "thinking"
            case ToolUseBlock():
                return "tool"
            case _:
                return "other"

    @property
    def empty(self) -> bool:
        """Whether nothing of it came but its name."""
        match self.start:
            case TextBlock(text=text) | ThinkingBlock(thinking=text):
                return not text and not len(self.text)
            case ToolUseBlock():
                return not len(self.text)
            case _:
                return False

    def takes(self, kind: Kind) -> bool:
        """Whether a delta of this kind belongs to it; an unknown block takes the first kind that comes."""
        if self.kind == kind:
            return True
        return isinstance(self.start, OpaqueBlock) and self.into in ("", _FIELDS[kind])


def _json_object(text: str) -> JsonObject | None:
    try:
        # Python reads and writes NaN and Infinity; JSON has neither, and no request may carry them.
        value = sound_json(json.loads(text, parse_constant=_refuse, parse_float=_finite))
    except (ValueError, RecursionError):
        return None
    return cast("JsonObject", value) if isinstance(value, dict) else None


def _refuse(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _refuse(digits)


def _with_unknown(block: OpaqueBlock, deltas: tuple[JsonObject, ...]) -> ContentBlock:
    """An opaque block with its deltas' fields laid over it (``compaction_delta`` brings ``content``)."""
    if not deltas:
        return block
    data: dict[str, Any] = dict(block.data)
    for delta in deltas:
        for key, value in delta.items():
            if key != "type" and value is not None:
                held = data.get(key)
                data[key] = held + value if isinstance(held, str) and isinstance(value, str) else value
    return block_from_wire(data)


@dataclass(frozen=True, slots=True)
class Reply:
    """One assistant message as far as it came. A snapshot: cheap to take, never changes."""

    id: str = ""
    model: str = ""
    closed: tuple[tuple[int, ContentBlock], ...] = ()
    open: tuple[OpenBlock, ...] = ()
    usage: Usage = field(default_factory=Usage)
    stop_reason: str | None = None
    status: Status = "waiting"
    started: bool = False
    """``message_start`` came."""
    stopped: bool = False
    """``message_stop`` came: nothing after it counts."""
    torn: bool = False
    """Something that belonged to the content could not be placed, so it cannot be complete."""
    ending: StreamEnded | None = None
    error: JsonObject = field(default_factory=lambda: EMPTY)
    """The ``error`` event that broke the stream, if one did."""
    extra: JsonObject = field(default_factory=lambda: EMPTY)
    """Every other field of ``message_start`` and ``message_delta`` (``stop_details``, ``container``, ...)."""
    unknown: tuple[JsonObject, ...] = ()
    """Events and deltas of unknown kinds, as they came."""
    dropped: int = 0
    """Events that had no place, and damaged ones."""
    characters: int = 0
    """Characters of text, thinking and tool input received: the measure of an unfinished output."""
    damaged: int = 0
    """Those of the dropped that could not be read at all."""

    @property
    def content(self) -> tuple[ContentBlock, ...]:
        """All blocks so far, in order."""
        if not self.open:
            return tuple(block for _, block in self.closed)
        both = [*self.closed, *((block.index, block.content()) for block in self.open)]
        return tuple(block for _, block in sorted(both, key=lambda pair: pair[0]))

    @property
    def ended(self) -> bool:
        """Whether the fold has judged it."""
        return self.status in ("complete", "interrupted", "failed")

    @property
    def usage_final(self) -> bool:
        """Whether the counts are the API's last word: only ``message_stop`` says so."""
        return self.stopped and self.stop_reason is not None


def fold(reply: Reply, event: StreamEvent) -> Reply:
    """The reply after ``event``. Never raises; after the end nothing changes it."""
    if reply.ended:
        return reply
    if reply.stopped and not isinstance(event, StreamEnded | Ping | UnknownEvent):
        return replace(reply, dropped=reply.dropped + 1)
    match event:
        case TextDelta(index, text):
            return _grow(reply, index, "text", text)
        case ThinkingDelta(index, text):
            return _grow(reply, index, "thinking", text)
        case InputJsonDelta(index, text):
            return _grow(reply, index, "tool", text)
        case SignatureDelta(index, signature):
            return _on_open(
                reply, index, lambda block: replace(block, signature=block.signature + signature), "thinking"
            )
        case CitationDelta(index, citation):
            return _on_open(reply, index, lambda block: replace(block, citations=(*block.citations, citation)), "text")
        case UnknownDelta(index, delta):
            kept = replace(reply, unknown=(*reply.unknown, delta))
            return _on_open(kept, index, lambda block: replace(block, unknown=(*block.unknown, delta)))
        case BlockStart(index, block):
            return _start_block(reply, index, block)
        case BlockStop(index):
            return _stop_block(reply, index)
        case MessageStart(message):
            return _start(reply, message)
        case MessageDelta(delta, usage, rest):
            stop_reason: Any = delta.get("stop_reason")
            others = {key: value for key, value in delta.items() if key != "stop_reason" and value is not None}
            return replace(
                reply,
                stop_reason=stop_reason if isinstance(stop_reason, str) else reply.stop_reason,
                usage=reply.usage.updated(usage),
                extra={**reply.extra, **others, **rest} if others or rest else reply.extra,
            )
        case MessageStop():
            return replace(reply, stopped=True)
        case Ping():
            return reply
        case StreamError(error):
            return replace(reply, error=error)
        case UnknownEvent(data):
            return replace(reply, unknown=(*reply.unknown, data))
        case DamagedEvent():
            damaged = reply.damaged + 1
            torn = reply.torn or damaged > DAMAGED
            return replace(reply, dropped=reply.dropped + 1, damaged=damaged, torn=torn)
        case StreamEnded():
            return _end(reply, event)
        case _:
            assert_never(event)


def fold_all(events: Iterable[StreamEvent], reply: Reply | None = None) -> Reply:
    """The reply after all of ``events``."""
    reply = reply or Reply()
    for event in events:
        reply = fold(reply, event)
    return reply


def _start(reply: Reply, message: JsonObject) -> Reply:
    if reply.started:  # a second turn in one body: what follows would be mixed into this one
        return _broken_off(reply)
    blocks: Any = message.get("content")
    content = cast("list[Any]", blocks) if isinstance(blocks, list) else []
    readable = [cast("JsonObject", block) for block in content if isinstance(block, Mapping)]
    lost = len(content) - len(readable)
    if reply.closed or reply.open:  # blocks came before it: they stay, its own have no place
        readable, lost = [], len(content)
    usage: Any = message.get("usage")
    stop_reason: Any = message.get("stop_reason")
    modelled = ("id", "model", "content", "usage", "stop_reason", "type", "role")
    return replace(
        reply,
        id=str(message.get("id") or ""),
        model=str(message.get("model") or ""),
        closed=reply.closed + tuple(enumerate(map(block_from_wire, readable))),
        usage=reply.usage.updated(cast("JsonObject", usage)) if isinstance(usage, Mapping) else reply.usage,
        stop_reason=stop_reason if isinstance(stop_reason, str) else reply.stop_reason,
        status="streaming",
        started=True,
        torn=reply.torn or lost > 0,
        extra={
            **reply.extra,
            **{key: value for key, value in message.items() if key not in modelled and value is not None},
        },
        dropped=reply.dropped + lost,
    )


def _broken_off(reply: Reply) -> Reply:
    """Something came after which no delta can be trusted to mean the block it names: nothing more counts."""
    return replace(reply, dropped=reply.dropped + 1, stopped=True, torn=reply.torn or not _whole(reply))


def _start_block(reply: Reply, index: int, block: ContentBlock) -> Reply:
    if any(index == held.index for held in reply.open):  # its deltas would run into another block's text
        return _broken_off(reply)
    if any(index == held for held, _ in reply.closed):
        return replace(reply, dropped=reply.dropped + 1, torn=True)
    gap = index > len(reply.closed) + len(reply.open)
    return replace(reply, open=(*reply.open, OpenBlock(index, block)), status="streaming", torn=reply.torn or gap)


def _stop_block(reply: Reply, index: int) -> Reply:
    for place, block in enumerate(reply.open):
        if block.index == index:
            closed = (*reply.closed, (index, block.content(closed=True)))
            if len(closed) > 1 and closed[-2][0] > index:
                closed = tuple(sorted(closed, key=lambda pair: pair[0]))
            return replace(reply, closed=closed, open=reply.open[:place] + reply.open[place + 1 :])
    return replace(reply, dropped=reply.dropped + 1)


def _grow(reply: Reply, index: int, kind: Kind, text: str) -> Reply:
    for place, block in enumerate(reply.open):
        if block.index == index and block.takes(kind):
            into = "" if block.kind == kind else _FIELDS[kind]
            grown = OpenBlock(
                index, block.start, block.text.append(text), block.signature, block.citations, block.unknown, into
            )
            others = reply.open
            still_open = (grown,) if len(others) == 1 else (*others[:place], grown, *others[place + 1 :])
            return _grown(reply, still_open, reply.characters + len(text))
    return replace(reply, dropped=reply.dropped + 1, torn=reply.torn or bool(text))


def _grown(reply: Reply, still_open: tuple[OpenBlock, ...], characters: int) -> Reply:
    """``replace`` at half its price, by place instead of by name: every delta comes through here."""
    return Reply(
        reply.id,
        reply.model,
        reply.closed,
        still_open,
        reply.usage,
        reply.stop_reason,
        reply.status,
        reply.started,
        reply.stopped,
        reply.torn,
        reply.ending,
        reply.error,
        reply.extra,
        reply.unknown,
        reply.dropped,
        characters,
        reply.damaged,
    )


def _on_open(reply: Reply, index: int, change: Callable[[OpenBlock], OpenBlock], kind: Kind | None = None) -> Reply:
    for place, block in enumerate(reply.open):
        if block.index == index and kind in (None, block.kind):
            return replace(reply, open=(*reply.open[:place], change(block), *reply.open[place + 1 :]))
    return replace(reply, dropped=reply.dropped + 1)


def _whole(reply: Reply) -> bool:
    """A stop_reason and every block closed; a lost ``message_stop`` alone loses no text."""
    return reply.stop_reason is not None and not reply.open and not reply.torn


def _end(reply: Reply, event: StreamEnded) -> Reply:
    if _whole(reply) and (reply.stopped or event.cause != "error" or not reply.error):
        status: Status = "complete"
    elif reply.closed or not all(block.empty for block in reply.open):
        status = "interrupted"
    else:
        status = "interrupted" if event.cause in ("cancelled", "gone") else "failed"
    return replace(reply, status=status, ending=event)
