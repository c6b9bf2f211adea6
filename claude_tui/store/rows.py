"""A node as a row, and JSON as text: the one place that knows both forms."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import DamagedEvent, StreamEvent, decode, encode
from claude_tui.core.message import EMPTY, ContentBlock, JsonObject, OpaqueBlock, Usage, block_from_wire, block_to_wire
from claude_tui.core.sound import sound

NODE_COLUMNS = (
    "id, conversation_id, parent_id, role, origin, status, created_at, model, stop_reason, "
    "usage, via, seam, facts, content, checksum"
)

# What Join will say one day must not need another column.
_SEAM = tuple(field.name for field in fields(Join) if field.name != "via")
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: Any) -> str:
    """JSON that any database can hold: a lone surrogate is escaped, everything else is as it reads."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text if text.isascii() else _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: Any) -> Any:
    return dict(cast("JsonObject", value)) if isinstance(value, Mapping) else str(value)


def loads_object(text: str) -> JsonObject:
    """An object, or the empty one when the text is something else."""
    if text == "{}":
        return EMPTY
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return EMPTY
    return cast("JsonObject", value) if isinstance(value, dict) else EMPTY


def checksum(content: str) -> str:
    """SQLite does not notice a flipped bit inside a text; this does."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def content_to_text(content: Sequence[ContentBlock]) -> str:
    """The blocks in the wire's shape."""
    return dumps([block_to_wire(block) for block in content])


def content_from_text(text: str) -> tuple[ContentBlock, ...]:
    """The blocks of a row; what cannot be read is kept whole in a block of our own."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        return (OpaqueBlock({"type": "claude_tui.damaged", "raw": text}),)
    return tuple(map(_block, cast("list[Any]", value)))


def _block(item: Any) -> ContentBlock:
    if isinstance(item, dict):
        return block_from_wire(cast("JsonObject", item))
    return OpaqueBlock({"type": "claude_tui.damaged", "raw": item})


def node_to_row(conversation_id: str, node: Node) -> tuple[Any, ...]:
    """The values of ``NODE_COLUMNS``."""
    content = content_to_text(node.content)
    return (
        node.id,
        conversation_id,
        node.parent_id,
        node.role,
        node.origin,
        node.status,
        node.created_at,
        sound(node.model),
        sound(node.stop_reason) if node.stop_reason is not None else None,
        dumps(node.usage.counts),
        node.join.via,
        _seam_to_text(node.join),
        dumps(node.facts),
        content,
        checksum(content),
    )


def _seam_to_text(join: Join) -> str:
    """What a join says besides ``via``, without what it says by default."""
    plain = Join()
    seam = {name: getattr(join, name) for name in _SEAM}
    return dumps({name: value for name, value in seam.items() if value != getattr(plain, name)})


def _join_from(via: Any, seam: str) -> Join:
    kept = loads_object(seam)
    return Join(via, **{name: kept[name] for name in _SEAM if name in kept})


def node_from_row(row: Sequence[Any]) -> Node:
    """The node in the values of ``NODE_COLUMNS``. Never raises on what a row may hold."""
    counts = loads_object(row[9])
    return Node(
        id=row[0],
        parent_id=row[2],
        role=row[3],
        content=content_from_text(row[13]),
        origin=row[4],
        status=row[5],
        created_at=row[6],
        model=row[7],
        stop_reason=row[8],
        usage=Usage(counts) if counts else Usage(),
        join=_join_from(row[10], row[11]),
        facts=loads_object(row[12]),
    )


def is_sound(row: Sequence[Any]) -> bool:
    """Whether the content is what was written."""
    return checksum(row[13]) == row[14]


def events_to_text(events: Sequence[StreamEvent]) -> str:
    """A row of the journal. Never raises: what has no JSON is kept as a damaged event."""
    try:
        return dumps([encode(event) for event in events])
    except (ValueError, TypeError, RecursionError):
        return dumps([_encode_anyhow(event) for event in events])


def _encode_anyhow(event: StreamEvent) -> JsonObject:
    try:
        wire = encode(event)
        dumps(wire)
        return wire
    except (ValueError, TypeError, RecursionError):
        return encode(DamagedEvent(f"{type(event).__name__}: it cannot be written as JSON"))


def events_from_text(text: str) -> list[StreamEvent]:
    """The events of a row of the journal; a row that cannot be read is one damaged event."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return [DamagedEvent(text[:200])]
    if not isinstance(value, list):
        return [DamagedEvent(text[:200])]
    return [decode(item) for item in cast("list[Any]", value)]
