"""Plausible figures: tokens by length, and a prompt cache that remembers what this process was sent."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from typing import Any

from . import capabilities
from .answers import Json, Reply
from .compaction import standing
from .wire import arr, bare, blocks, cache_marks, compact, obj, text_of

CHARACTERS_PER_TOKEN = 4
_OVERHEAD = 8
"""Tokens that a request costs before it says anything."""
_SECONDS = {"5m": 300.0, "1h": 3600.0}


def tokens(text: str, scale: float = 1.0) -> int:
    return math.ceil(len(text) * scale / CHARACTERS_PER_TOKEN)


def output_tokens(reply_blocks: list[Json], scale: float = 1.0) -> tuple[int, int]:
    """All tokens of a reply, and those of them that were thinking."""
    thinking = said = 0
    for block in reply_blocks:
        match block.get("type"):
            case "thinking" | "redacted_thinking":
                # Omitted thinking was thought all the same.
                thinking += tokens(text_of(block.get("thinking")), scale) or 160
            case "text":
                said += tokens(text_of(block.get("text")), scale)
            case "tool_use" | "server_tool_use":
                said += 12 + tokens(compact(block.get("input")), scale)
            case _:
                pass
    return thinking + said, thinking


def _parts(body: Json) -> list[str]:
    """The request in the order of the cache: tools and system, then message by message."""
    head = compact(bare([arr(body.get("tools")), blocks(body.get("system"))]))
    return [
        head,
        *(compact(bare([m.get("role"), blocks(m.get("content"))])) for m in standing(body.get("messages"))),
    ]


def input_tokens(body: Json, scale: float = 1.0) -> int:
    return _OVERHEAD + sum(tokens(part, scale) for part in _parts(body))


class Cache:
    """Prefixes that were written, by a hash that grows message by message."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        """What a tokenizer nobody knows makes of one token by length."""
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def usage(self, body: Json) -> Json:
        """The input side of `usage` for a request, remembering what it writes."""
        parts = _parts(body)
        sizes = [tokens(part, self.scale) for part in parts]
        total = _OVERHEAD + sum(sizes)
        marks = list(cache_marks(body))
        if not marks:
            return _figures(total, 0, 0, "5m")
        model = capabilities.find(str(body.get("model")))
        minimum = model.cache_minimum if model else 1024
        ttl = str(marks[-1][1].get("ttl") or "5m")
        last = max(_part_of(path, len(parts)) for path, _ in marks)
        settings = compact([body.get("model"), body.get("thinking"), obj(body.get("output_config")).get("effort")])
        running = hashlib.sha256(settings.encode())
        read = size = 0
        now = time.monotonic()
        with self._lock:
            written: list[str] = []
            for part, grown in zip(parts[: last + 1], sizes, strict=False):
                running.update(part.encode("utf-8", "surrogatepass"))
                size += grown
                key = running.hexdigest()
                written.append(key)
                if size >= minimum and self._until.get(key, 0.0) > now:
                    read = size
            if size < minimum:
                return _figures(total, 0, 0, ttl)
            for key in written:
                self._until[key] = now + _SECONDS.get(ttl, 300.0)
        return _figures(total - size, read, size - read, ttl)


def _part_of(path: str, count: int) -> int:
    """Which part a breakpoint closes; the automatic one closes the last."""
    if path == "cache_control":
        return count - 1
    return int(path.split(".")[1]) + 1 if path.startswith("messages.") else 0


def _figures(fresh: int, read: int, written: int, ttl: str) -> Json:
    return {
        "input_tokens": fresh,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written if ttl != "1h" else 0,
            "ephemeral_1h_input_tokens": written if ttl == "1h" else 0,
        },
    }


def of(reply: Reply, body: Json, cache: Cache) -> tuple[Json, Json]:
    """The usage that `message_start` tells, and the final, cumulative one."""
    said = [dict(block) for block in reply.blocks]
    total, thinking = output_tokens(said, cache.scale)
    first: dict[str, Any] = {**cache.usage(body), "service_tier": "standard"}
    final: dict[str, Any] = {**first, "output_tokens": total}
    if thinking:
        final["output_tokens_details"] = {"thinking_tokens": thinking}
    searches = sum(1 for block in said if block.get("type") == "web_search_tool_result")
    fetches = sum(1 for block in said if block.get("type") == "web_fetch_tool_result")
    if searches or fetches:
        final["server_tool_use"] = {"web_search_requests": searches, "web_fetch_requests": fetches}
        # What was found is read again as input: the first figure is never the last.
        found = (compact(block) for block in said if text_of(block.get("type")).endswith("_tool_result"))
        final["input_tokens"] += sum(tokens(each, cache.scale) for each in found)
    laid_over = dict(reply.usage or {})
    return first | {"output_tokens": min(total, 1)} | laid_over, final | laid_over
