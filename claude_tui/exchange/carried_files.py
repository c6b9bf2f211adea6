"""The contents of attached files, which the tree only names: in a JSON that carries them, and out of it again."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claude_tui.core.attached import ReadFile, kept_of
from claude_tui.core.conversation import Node
from claude_tui.core.message import ContentBlock, OpaqueBlock

DATA = "data"
"""Where a file's block has its content, in base64; only in a file of ours, never in the tree."""


def put_in(data: Mapping[str, Any], read: ReadFile) -> None:
    """Add to ``to_json``'s blocks the contents that are still there."""
    for node in data["nodes"]:
        for block in node["content"]:
            kept = kept_of(block)
            content = read(kept.sha256) if kept is not None else None
            if content is not None:
                block[DATA] = base64.b64encode(content).decode("ascii")


def take_out(node: Node, files: dict[str, bytes], lost: Counter[str]) -> Node:
    """The message as it stands in the tree; what it carried is added to ``files`` by its hash, or counted as lost."""
    if not any(isinstance(block, OpaqueBlock) and DATA in block.data and kept_of(block.data) for block in node.content):
        return node
    return replace(node, content=tuple(_without(block, files, lost) for block in node.content))


def _without(block: ContentBlock, files: dict[str, bytes], lost: Counter[str]) -> ContentBlock:
    kept = kept_of(block.data) if isinstance(block, OpaqueBlock) else None
    if kept is None or not isinstance(block, OpaqueBlock) or DATA not in block.data:
        return block
    content = _decoded(block.data[DATA])
    if content is not None and hashlib.sha256(content).hexdigest() == kept.sha256:
        files[kept.sha256] = content
    else:
        lost["contents of attached files that are not what was attached"] += 1
    return OpaqueBlock({key: value for key, value in block.data.items() if key != DATA})


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except ValueError:
        return None
