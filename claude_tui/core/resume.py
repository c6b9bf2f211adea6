"""An interrupted reply -> how it goes on.

Text survives an interruption; half a thought or half a tool call does not. Per model: where it takes a
prefill and thinking is off, the partial reply ends the request and the model writes on; everywhere else
a user turn quotes the last words and asks to go on from them; when next to nothing had come, the same
request is sent again. Wire history only grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .conversation import Join, Node
from .history import sendable
from .imported import as_sent
from .message import TextBlock, ToolUseBlock, visible_length
from .request import DEFAULT_MAX_TOKENS, Settings, thinking_is_off
from .seam import FLOOR, anchor_of, ask_text
from .segment import Segment
from .view import standing_texts


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do so that the conversation goes on from its head."""

    join: Join
    """How the next assistant node continues; its ``via`` says whether by prefill or by asking."""
    ask: str | None = None
    """The text of the user node that must be added first, if one must."""
    max_tokens: int | None = None
    """A larger limit than the settings', when the last one was the reason it stopped."""

    @property
    def name(self) -> str:
        """``resend``, ``prefill``, ``ask`` or ``next``."""
        return self.join.via or ("resend" if self.join.replaces else "next")


def plan(path: Sequence[Node], settings: Settings) -> Plan | None:
    """How to go on from the last node of ``path``; None when there is nothing to go on with."""
    if not path:
        return None
    path = as_sent(path)
    head = path[-1]
    if head.role == "assistant" and not head.can_continue and standing_texts(chain(path))[-1].strip():
        return None
    refused = _was_refused(path, settings)
    if refused and settings.model.prefill:
        settings = replace(settings, model=replace(settings.model, prefill=False))
    stubs = _stubs(path)
    if not stubs:
        return _plan(path, settings, refused)
    larger = None
    for node in reversed(path[len(path) - stubs :]):
        larger = larger or _larger(node, settings)
    before = (_plan(path[:-stubs], settings, refused) if stubs < len(path) else None) or Plan(Join())
    return Plan(replace(before.join, replaces=True), before.ask, larger or before.max_tokens)


def _was_refused(path: Sequence[Node], settings: Settings) -> bool:
    """Whether the API said that this model takes no request that ends in its own words."""
    for node in path:
        ending: Any = node.facts.get("ending", {})
        if ending.get("kind") == "invalid" and "prefill" in ending.get("detail", "").lower():
            asked: Any = node.facts.get("request", {})
            if asked.get("model") == settings.model.id:
                return True
    return False


def _plan(path: Sequence[Node], settings: Settings, refused: bool) -> Plan | None:
    head = path[-1]
    if head.role == "user":  # asked, or answered by a tool, and then nothing came
        return Plan(_pending_join(path))
    if head.stop_reason == "refusal":
        return None
    if _was_cut(head):
        return _go_on(path, settings)
    match head.stop_reason:
        case "tool_use" if not any(isinstance(block, ToolUseBlock) for block in head.content):
            return None
        case "pause_turn" if refused:  # it cannot be taken up as it came
            return Plan(Join("ask"), ask_text(""))
        case "tool_use" | "pause_turn":
            return Plan(Join())
        case _:  # it ended and said nothing at all
            return Plan(Join("ask"), ask_text(""))


def _was_cut(node: Node) -> bool:
    if node.role != "assistant" or node.stop_reason == "refusal":
        return False
    return node.status != "complete" or node.stop_reason in ("max_tokens", "model_context_window_exceeded")


def _stubs(path: Sequence[Node]) -> int:
    """How many nodes at the end of the path are cut replies that brought too little to build on."""
    texts = ["", *standing_texts(chain(path))]
    count = 0
    while count < len(path) and _was_cut(path[-1 - count]):
        text = texts[-1 - count]
        if text != texts[-2 - count] and visible_length(text) >= FLOOR:
            break
        count += 1
    return count


def chain(path: Sequence[Node]) -> tuple[Segment, ...]:
    """The segments of the reply at the end of ``path``: back to what the person typed or a tool gave."""
    first = len(path)
    while first > 0 and (path[first - 1].role == "assistant" or path[first - 1].origin == "continue"):
        first -= 1
    return tuple(Segment.of_node(node) for node in path[first:] if node.role == "assistant")


def _pending_join(path: Sequence[Node]) -> Join:
    """The join the reply to the last user node must have: an ask brings its own."""
    last = path[-1]
    return Join(last.join.via, last.join.anchor, last.join.tail) if last.origin == "continue" else Join()


def _go_on(path: Sequence[Node], settings: Settings) -> Plan:
    text = standing_texts(chain(path))[-1]
    head = path[-1]
    larger = _larger(head, settings)
    if settings.model.prefill and thinking_is_off(settings, larger) and _ends_in_text(head):
        return Plan(Join("prefill", "", text[len(text.rstrip()) :]), None, larger)
    anchor, tail = anchor_of(text)
    return Plan(Join("ask", anchor, tail), ask_text(anchor), larger)


def _ends_in_text(node: Node) -> bool:
    blocks = sendable(node, None, thinking=True)
    sent = bool(blocks) and blocks[-1]["type"] == "text"
    return sent and isinstance(node.content[-1], TextBlock)


def _larger(node: Node, settings: Settings) -> int | None:
    if node.stop_reason != "max_tokens":
        return None
    sent = node.facts.get("request", {}).get("max_tokens")
    limit = sent if isinstance(sent, int) else settings.max_tokens or DEFAULT_MAX_TOKENS
    return min(max(limit * 2, settings.max_tokens or 0), settings.model.max_output)
