"""`max_tokens` and `stop_sequences`: where a reply must stop before its end."""

from __future__ import annotations

import json
from dataclasses import replace

from .answers import Json, Reply
from .usage import CHARACTERS_PER_TOKEN
from .wire import arr, text_of

_TOLD_IN = {"text": "text", "thinking": "thinking"}


def kept(reply: Reply, request: Json) -> Reply:
    """The reply cut where the request says so; unchanged when it fits."""
    return _within(_stopped(reply, [text_of(s) for s in arr(request.get("stop_sequences"))]), request)


def _stopped(reply: Reply, sequences: list[str]) -> Reply:
    blocks: list[Json] = []
    for block in map(dict, reply.blocks):
        text = text_of(block.get("text")) if block.get("type") == "text" else ""
        found = [(place, s) for s in sequences if s and (place := text.find(s)) >= 0]
        if found:
            place, sequence = min(found)
            if place:
                blocks.append({**block, "text": text[:place]})
            return replace(reply, blocks=blocks, stop_reason="stop_sequence", stop_sequence=sequence)
        blocks.append(block)
    return reply


def _within(reply: Reply, request: Json) -> Reply:
    limit = request.get("max_tokens")
    if not isinstance(limit, int):
        return reply
    left = limit * CHARACTERS_PER_TOKEN
    blocks: list[Json] = []
    for block in map(dict, reply.blocks):
        if left <= 0:
            return replace(reply, blocks=blocks, stop_reason="max_tokens")
        kind = text_of(block.get("type"))
        if key := _TOLD_IN.get(kind):
            said = text_of(block.get(key))
            if len(said) > left:
                # Thinking that is cut has no end and no signature: it is not sent at all.
                blocks += [{**block, key: said[:left]}] if kind == "text" else []
                return replace(reply, blocks=blocks, stop_reason="max_tokens")
            left -= len(said)
        elif kind == "tool_use":
            raw = json.dumps(block.get("input"), ensure_ascii=False)
            if len(raw) > left:
                blocks.append({**block, "input": raw[:left]})
                return replace(reply, blocks=blocks, stop_reason="max_tokens")
            left -= len(raw)
        blocks.append(block)
    return reply
