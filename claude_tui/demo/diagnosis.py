"""Why the cache could not read what it held: two requests compared, as the API does it when it is told the last one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from .answers import Json
from .wire import bare, blocks, compact, obj

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class _Print:
    model: str
    system: str
    tools: str
    rest: str
    messages: tuple[str, ...]


class Diagnosis:
    """Fingerprints of the requests that asked for a diagnosis, by the id of their message."""

    def __init__(self) -> None:
        self._prints: dict[str, tuple[_Print, int]] = {}
        self._lock = threading.Lock()

    def of(self, message_id: str, body: Json, tokens: int) -> Json:
        """What the message says beside the rest, for a request of so many input tokens; nothing if it did not ask."""
        if "diagnostics" not in body:
            return {}
        ours = _print(body)
        previous = obj(body["diagnostics"]).get("previous_message_id")
        with self._lock:
            before = self._prints.get(str(previous))
            self._prints[message_id] = ours, tokens
            if len(self._prints) > _REMEMBERED:
                del self._prints[next(iter(self._prints))]
        if previous is None:
            return {"diagnostics": None}
        if before is None:
            return {"diagnostics": {"cache_miss_reason": {"type": "previous_message_not_found"}}}
        reason = _reason(*before, ours)
        return {"diagnostics": {"cache_miss_reason": reason} if reason is not None else None}


def _print(body: Json) -> _Print:
    rest = [body.get("thinking"), body.get("tool_choice"), body.get("output_config")]
    return _Print(
        _hash([body.get("model"), body.get("speed")]),
        _hash(bare(blocks(body.get("system")))),
        _hash(bare(body.get("tools"))),
        _hash(bare(rest)),
        tuple(_said(body)),
    )


def _said(body: Json) -> Iterator[str]:
    """Block by block: a message that grows at its end is not another."""
    for message in map(obj, body.get("messages") or ()):
        for block in blocks(message.get("content")):
            yield _hash([message.get("role"), bare(block)])


def _hash(value: object) -> str:
    return hashlib.sha256(compact(value).encode("utf-8", "surrogatepass")).hexdigest()


def _reason(before: _Print, tokens: int, ours: _Print) -> Json | None:
    for name in ("model", "system", "tools"):
        if getattr(before, name) != getattr(ours, name):
            return {"type": f"{name}_changed", "cache_missed_input_tokens": tokens}
    if before.messages != ours.messages[: len(before.messages)]:
        return {"type": "messages_changed", "cache_missed_input_tokens": tokens}
    return {"type": "unavailable"} if before.rest != ours.rest else None
