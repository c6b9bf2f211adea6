"""Room that the server makes by itself: a summary in the place of what was said, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .answers import Json
from .capabilities import Model
from .wire import arr, blocks, obj, text_of, visible_text

BETA = "compact-2026-01-12"
EDIT = "compact_20260112"
_LEAST = 50_000
_DEFAULT = 150_000
_SUMMED = 400
"""Characters of a summary."""


def problems(body: Json, headers: Mapping[str, str], model: Model) -> Iterator[str]:
    """Why the server would not do it."""
    opened = BETA in headers.get("anthropic-beta", "")
    for index, message in enumerate(map(obj, arr(body.get("messages")))):
        if any(block.get("type") == "compaction" for block in blocks(message.get("content"))) and not opened:
            yield f"messages.{index}: `compaction` blocks need the beta header {BETA}"
    for index, edit in enumerate(map(obj, arr(obj(body.get("context_management")).get("edits")))):
        where = f"context_management.edits.{index}"
        if edit.get("type") != EDIT:
            continue
        if not opened:
            yield f"{where}: it needs the beta header {BETA}"
        if model.generation < 46:
            yield f"{where}: {model.id} does not support compaction"
        value = obj(edit.get("trigger")).get("value", _DEFAULT)
        if not isinstance(value, int) or value < _LEAST:
            yield f"{where}.trigger.value: Input should be greater than or equal to {_LEAST}"


def standing(messages: Any) -> list[Json]:
    """The messages that are read: from the last summary on."""
    said = [obj(message) for message in arr(messages)]
    for at in range(len(said) - 1, -1, -1):
        content = blocks(said[at].get("content"))
        for place in range(len(content) - 1, -1, -1):
            if content[place].get("type") == "compaction" and content[place].get("content"):
                return [{**said[at], "content": content[place:]}, *said[at + 1 :]]
    return said


def is_due(body: Json, tokens: int) -> bool:
    """Whether a prompt of so many tokens is to be compacted first."""
    edits = map(obj, arr(obj(body.get("context_management")).get("edits")))
    return any(edit.get("type") == EDIT and tokens > obj(edit.get("trigger")).get("value", _DEFAULT) for edit in edits)


def summary(body: Json) -> Json:
    """The block that takes the place of all but the last message."""
    asked = [visible_text(message.get("content"))[:60] for message in standing(body.get("messages"))[:-1]]
    text = "What was said before, in short: " + " … ".join(filter(None, asked))
    return {"type": "compaction", "content": text[:_SUMMED], "encrypted_content": "ZGVtbw"}


def after(body: Json, block: Json) -> Json:
    """The request as it is read once that block stands for what was said."""
    last = arr(body.get("messages"))[-1]
    return {**body, "messages": [{"role": "assistant", "content": [block]}, last]}


def counted(usage: Json, block: Json, tokens: int) -> Json:
    """The counts with the passes that made them: that of the summary is in none of the others."""
    made: Json = {"type": "compaction", "input_tokens": tokens, "output_tokens": len(text_of(block["content"])) // 4}
    passed = {key: value for key, value in usage.items() if isinstance(value, int)}
    return {**usage, "iterations": [made, {"type": "message", **passed}]}
