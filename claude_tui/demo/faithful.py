"""A script for tests: a model that continues a cut answer exactly as it was asked to."""

from __future__ import annotations

from typing import Literal, TypeAlias

from . import capabilities, limits
from .answers import Json, Reply
from .reading import Reading, read
from .wire import arr

Manner: TypeAlias = Literal["anchor", "preamble", "overlap", "none"]

PREAMBLE = "Of course, here is the rest of it:\n\n"
_OVERLAP = 40


class Faithful:
    """Answers any question with `text`, and continues it from wherever the conversation stopped."""

    def __init__(
        self,
        text: str,
        thinking: str = "",
        *,
        manner: Manner = "anchor",
        chunk: int = 12,
        stop_reason: str = "end_turn",
        obey_max_tokens: bool = False,
    ) -> None:
        """`manner` is how a rest begins after an ask: with the quote, with words and then the quote, with a
        shorter repetition than was asked for, or with nothing repeated. `thinking` comes first whenever the
        request has thinking on."""
        self._text = text
        self._thinking = thinking
        self._manner: Manner = manner
        self._chunk = chunk
        self._stop_reason = stop_reason
        self._obey = obey_max_tokens

    def answer(self, request: Json) -> Reply:
        reading = read(request.get("messages"), lambda _: self._text, plain_first=self._manner == "none")
        said = continuation(reading, self._manner)
        blocks = [*thinking_blocks(request, self._thinking), *text_blocks(said)]
        reply = Reply(blocks, self._stop_reason, chunk=self._chunk)
        return limits.kept(reply, request) if self._obey else reply


def continuation(reading: Reading, manner: Manner = "anchor") -> str:
    """What is said next: the whole answer, or its rest in the way that was asked for."""
    if not reading.ask:
        return reading.rest
    match manner:
        case "anchor":
            return reading.ask + reading.rest
        case "preamble":
            return PREAMBLE + reading.ask + reading.rest
        case "overlap":
            size = min(_OVERLAP, len(reading.ask) - 1)
            return reading.so_far[-size:] + reading.rest
        case "none":
            return reading.rest


def text_blocks(text: str) -> list[Json]:
    return [{"type": "text", "text": text}] if text else []


def thinking_blocks(request: Json, thinking: str) -> list[Json]:
    """A thinking block as this request wants to see it; none when it does not think or there is nothing to say."""
    shown = capabilities.thinking_shown(request)
    if shown is None or not thinking or not arr(request.get("messages")):
        return []
    return [{"type": "thinking", "thinking": thinking if shown == "summarized" else "", "signature": ""}]
