"""A new conversation from a point of another: the path to it, or from it on, copied, with where it came from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .conversation import Conversation, Node
from .history import calls_us, is_paused, thinks
from .message import ContentBlock, RedactedThinkingBlock, ThinkingBlock, ToolUseBlock, Usage

_FORKED = re.compile(r" \(fork(?: (\d+))?\)$")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a copied message came from."""

    conversation_id: str
    node_id: str
    title: str = ""
    """What the conversation was called then; only the last message of the copied path says it."""


def fork(conversation: Conversation, node_id: str, new_id: Callable[[], str], now: int) -> Conversation:
    """The path to ``node_id`` as a conversation of its own, which stands at its end.

    Content, facts and settings are the same to the byte, so what may be sent from there is what could be sent
    from here. A copy costs nothing: its fact ``copied`` says where it came from. A reply that is being written is
    not copied, nor what stands on it.
    """
    copies: dict[str, Node] = {}
    parent: str | None = None
    for node in conversation.path(node_id):
        if node.status == "streaming":
            break
        facts = {**node.facts, "copied": {"conversation": conversation.id, "node": node.id}}
        copy = replace(node, id=new_id(), parent_id=parent, facts=facts)
        copies[copy.id] = copy
        parent = copy.id
    if parent is not None:
        last = copies[parent]
        copied = {**last.facts["copied"], "title": conversation.title}
        copies[parent] = replace(last, facts={**last.facts, "copied": copied})
    return Conversation(new_id(), fork_title(conversation.title), copies, parent, now, now)


def shortened(
    conversation: Conversation, from_id: str, new_id: Callable[[], str], now: int, title: str
) -> Conversation | None:
    """The path from the question ``from_id`` on as a conversation of its own; None where that may not be sent.

    What stood before it is not there, so what was thought on it is left out: it is bound to that. A call of ours may
    not go without what was thought before it, so it goes too, and what the tool gave is sent in words. A turn that
    still waits for a tool cannot be shortened. Counts are left out: they were of all.
    """
    path = conversation.path()
    at = next((place for place, node in enumerate(path) if node.id == from_id), -1)
    head = path[-1] if path else None
    if at < 0 or head is None or path[at].origin != "typed" or any(node.status == "streaming" for node in path):
        return None
    if any(calls_us(node) or is_paused(node) for node in path[-1:]) or head.origin == "tool":
        return None
    copies: dict[str, Node] = {}
    parent: str | None = None
    for node in path[at:]:
        source = {"conversation": conversation.id, "node": node.id}
        if node is head:
            source["title"] = conversation.title
        called = thinks(node) and calls_us(node)
        content = tuple(block for block in node.content if not _is_bound(block, called))
        reason = "end_turn" if called else node.stop_reason
        facts = {**node.facts, "copied": source}
        copy = replace(
            node, id=new_id(), parent_id=parent, content=content, usage=Usage(), facts=facts, stop_reason=reason
        )
        copies[copy.id] = copy
        parent = copy.id
    return Conversation(new_id(), title, copies, parent, now, now)


def _is_bound(block: ContentBlock, called: bool) -> bool:
    if isinstance(block, ToolUseBlock):
        return called and block.type == "tool_use"
    return isinstance(block, ThinkingBlock | RedactedThinkingBlock)


def fork_title(title: str) -> str:
    """``Salt (fork)``, ``Salt (fork 2)``."""
    before = _FORKED.search(title)
    if before is None:
        return f"{title} (fork)".lstrip()
    return f"{title[: before.start()]} (fork {int(before[1] or 1) + 1})"


def source_of(node: Node) -> Source | None:
    """Where a message was copied from; None for one that was made here."""
    copied: Any = node.facts.get("copied")
    if not isinstance(copied, dict):
        return None
    known: dict[str, Any] = copied  # pyright: ignore[reportUnknownVariableType]
    return Source(*(str(known.get(name, "")) for name in ("conversation", "node", "title")))
