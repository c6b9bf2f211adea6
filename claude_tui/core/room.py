"""Room in a context that is nearly full: what of a conversation may go, and how a summary is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .conversation import Node
from .message import JsonObject, OpaqueBlock, visible_text

COMPACT = "compact_20260112"
"""What the API calls its own way of making room: from so many tokens on it goes on from a summary that it made."""
LEAST_TRIGGER = 50_000
"""Tokens from which on at the earliest it does that."""
NEARLY_FULL = 0.8
"""The share of the context from which on it is said to be, and the API is to make room."""

SUMMARY = (
    "Please summarise this whole conversation so that it can be taken up again from the summary alone, without any of "
    "what was said. Keep what was asked for and why, what was decided, what was found out, names, figures, file names "
    "and code that are still needed word for word, and what is still open. Write it in the language we spoke."
)
"""What the model is asked for a summary."""
_KEPT = 0.5
"""The share of the context that is kept when the beginning is dropped."""


def management(context: int) -> JsonObject:
    """The parameter that has the API make room in a context of so many tokens."""
    value = max(LEAST_TRIGGER, int(context * NEARLY_FULL))
    return {"edits": [{"type": COMPACT, "trigger": {"type": "input_tokens", "value": value}}]}


def compacts_at(params: JsonObject) -> int:
    """Tokens from which on the API makes room in a request with these parameters; 0 where it does not."""
    managed: Any = params.get("context_management") or {}
    triggers = [edit["trigger"]["value"] for edit in managed.get("edits", ()) if edit.get("type") == COMPACT]
    return int(triggers[0]) if triggers else 0


def is_compacted(node: Node) -> bool:
    """Whether the API made room before this reply: what stands before it is not read any more."""
    return any(isinstance(block, OpaqueBlock) and block.type == "compaction" for block in node.content)


def without_compaction(node: Node) -> Node:
    """The message without what the API made of those before it, for a request that does not ask for that."""
    if not is_compacted(node):
        return node
    kept = (block for block in node.content if not (isinstance(block, OpaqueBlock) and block.type == "compaction"))
    return replace(node, content=tuple(kept))


def asks_for_summary(node: Node) -> bool:
    """Whether it is the question for a summary."""
    return node.origin == "typed" and visible_text(node.content) == SUMMARY


def last_part(path: Sequence[Node], tokens_of: Callable[[Node], float], context: int) -> str | None:
    """The question from which on a conversation fills at most half of a context of so many tokens, the last one at
    least; None when there is nothing before it that could be dropped."""
    tokens = 0.0
    found: str | None = None
    for node in reversed(path):
        tokens += tokens_of(node)
        if found is not None and tokens > context * _KEPT:
            break
        if node.origin == "typed":
            found = node.id
    first = next((node.id for node in path if node.origin == "typed"), None)
    return found if found != first and path and found != path[0].id else None
