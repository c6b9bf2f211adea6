"""A request whose thinking was refused, mended: the same without any."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from .message import JsonObject
from .seam import ask_text

THINKING = ("thinking", "redacted_thinking")


def without_thinking(messages: Sequence[JsonObject]) -> tuple[list[JsonObject], bool]:
    """The messages with no thinking among them, and whether the tool turn at the end became words for it.

    A tool turn that is still open may not lose its thinking, so of such a turn only what was said goes back,
    and what its tools gave as text.
    """
    stripped = [_only(message, lambda block: block["type"] not in THINKING) for message in messages]
    opened = _open_from(messages)
    if stripped[opened:] != list(messages[opened:]):
        return in_words(stripped), True
    return [message for message in stripped if message["content"]], False


def in_words(messages: Sequence[JsonObject]) -> list[JsonObject]:
    """The messages with nothing but text in the turn at the end: results of calls become some."""
    opened = _open_from(messages)
    said = [*messages[:opened], *map(_as_said, messages[opened:])]
    said = [message for message in said if message["content"]]
    if said and said[-1]["role"] == "assistant":  # a paused turn cannot be taken up without its calls
        said.append({"role": "user", "content": [{"type": "text", "text": ask_text("")}]})
    return said


def result_in_words(content: object) -> JsonObject:
    """The result of a call that is not sent, as text."""
    return {"type": "text", "text": f"What a tool gave: {json.dumps(content, ensure_ascii=False, default=str)}"}


def _only(message: JsonObject, wanted: Callable[[JsonObject], bool]) -> JsonObject:
    return {**message, "content": [block for block in message["content"] if wanted(block)]}


def _as_said(message: JsonObject) -> JsonObject:
    if message["role"] == "assistant":
        return _only(message, lambda block: block["type"] == "text")
    content = [
        result_in_words(block.get("content")) if block["type"] == "tool_result" else block
        for block in message["content"]
    ]
    return {**message, "content": content}


def _open_from(messages: Sequence[JsonObject]) -> int:
    """Where the turn at the end begins: after the last message of a person that answers no call."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message["role"] == "user" and not any(block["type"] == "tool_result" for block in message["content"]):
            return place + 1
    return 0
