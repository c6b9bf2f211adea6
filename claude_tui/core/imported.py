"""What of an imported message may be sent: its words, and the files that are whole.

A file may say anything: thinking nobody signed, calls of tools that were never made, blocks that only look
right. None of that is replayed. What a person and the model said goes, and what tools gave goes in words.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from .conversation import Node
from .message import EMPTY, ContentBlock, JsonObject, OpaqueBlock, TextBlock, ToolResultBlock
from .repair import result_in_words
from .sound import sound

IMPORTED = "imported"
"""The fact that marks a message that came from a file."""
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")


def as_sent(path: Sequence[Node]) -> Sequence[Node]:
    """The path with the imported messages reduced to what may be sent; the path itself when there are none."""
    return [_words(node) for node in path] if any(IMPORTED in node.facts for node in path) else path


def _words(node: Node) -> Node:
    if IMPORTED not in node.facts:
        return node
    kept = [sent for block in node.content if (sent := _block(block, node.role == "user")) is not None]
    reason = "end_turn" if node.stop_reason in ("tool_use", "pause_turn") else node.stop_reason
    return replace(node, content=tuple(kept), stop_reason=reason, facts=EMPTY)


def _block(block: ContentBlock, asked: bool) -> ContentBlock | None:
    match block:
        case TextBlock():
            return TextBlock(sound(block.text))
        case ToolResultBlock() if asked:
            return TextBlock(sound(str(result_in_words(block.content)["text"])))
        case OpaqueBlock() if asked:
            return _file(block.data)
        case _:
            return None


def _file(data: JsonObject) -> OpaqueBlock | None:
    """An image or a document made anew of what the API takes of one."""
    source: Any = data.get("source")
    if data.get("type") not in ("image", "document") or not isinstance(source, Mapping):
        return None
    given = cast("JsonObject", source)
    kind, media, content = given.get("type"), given.get("media_type"), given.get("data")
    if not isinstance(content, str) or not content.strip():
        return None
    if data["type"] == "image":
        if kind != "base64" or media not in _IMAGES or not _is_base64(content):
            return None
        return OpaqueBlock({"type": "image", "source": {"type": kind, "media_type": media, "data": content}})
    if kind == "text" and media == "text/plain":
        content = sound(content)
    elif kind != "base64" or media != "application/pdf" or not _is_base64(content):
        return None
    made: dict[str, Any] = {"type": "document", "source": {"type": kind, "media_type": media, "data": content}}
    title = data.get("title")
    if isinstance(title, str) and title.strip():
        made["title"] = sound(title)[:200]
    return OpaqueBlock(made)


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
