"""A model that does, one after another, what it was told to, with whatever request comes."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from claude_tui.demo import Answer, Failure, Fault, Faulty, Hang, Reply
from claude_tui.demo.answers import FaultKind, Json
from claude_tui.demo.capabilities import thinking_shown

from .talk import last_words, result_of, text, waiting_calls

LONG = "Salt comes from the rocks, and rain takes it to the sea, a little every year. "
REFUSALS = {
    "busy": Failure(529, "overloaded_error", "Overloaded"),
    "signature": Failure(400, "invalid_request_error", "Invalid `signature` in `thinking` block."),
    "prefill": Failure(400, "invalid_request_error", "This model does not support assistant message prefill."),
    "invalid": Failure(400, "invalid_request_error", "Something is wrong with this."),
    "slow down": Failure(429, "rate_limit_error", "Slow down", {"retry-after": "30"}),
}  # fmt: skip
KINDS = (
    "text", "long", "call", "calls", "bad json", "no such tool", "search", "pause", "mixed", "refusal",
    "max_tokens", "max_tokens in a call", "context", "empty", "only thinking", "ends in thinking", "redacted",
    "unknown", "blank", "blanks", "cut call", "hang", *REFUSALS,
)  # fmt: skip
_STOPS = {
    "call": "tool_use", "calls": "tool_use", "bad json": "tool_use", "no such tool": "tool_use", "mixed": "tool_use",
    "pause": "pause_turn", "refusal": "refusal", "max_tokens": "max_tokens",
    "max_tokens in a call": "max_tokens", "context": "model_context_window_exceeded",
}  # fmt: skip
Place: TypeAlias = Literal["text", "thinking", "bytes"]


@dataclass(frozen=True)
class Told:
    """One answer."""

    kind: str = "text"
    thinks: bool = False
    manner: Literal["anchor", "preamble", "none"] = "anchor"
    short: bool = False
    fault: FaultKind | None = None
    where: Place = "text"
    place: int = 0
    tool: str = "count"


class Improviser:
    """Answers with what was told, in order; then with words."""

    def __init__(self) -> None:
        self.told: deque[Told] = deque()
        self._ids = itertools.count(1)

    def answer(self, request: Json) -> Answer:
        told = self.told.popleft() if self.told else Told()
        if told.kind in REFUSALS:
            return REFUSALS[told.kind]
        if told.kind == "hang":
            return Hang(30)
        blocks = [*map(result_of, waiting_calls(request)), *self._thought(request, told), *self._said(request, told)]
        reply = Reply(blocks, _STOPS.get(told.kind, "end_turn"), chunk=15)
        if told.fault is None:
            return reply
        return Faulty(reply, Fault(told.fault, **{f"after_{told.where}": told.place}, every=0.02))

    def _thought(self, request: Json, told: Told) -> list[Json]:
        shown = thinking_shown(request)
        if shown is None or not (told.thinks or told.kind in ("only thinking", "redacted")):
            return []
        thought = {"type": "thinking", "thinking": LONG if shown == "summarized" else "", "signature": ""}
        return [thought, {"type": "redacted_thinking", "data": ""}] if told.kind == "redacted" else [thought]

    def _said(self, request: Json, told: Told) -> list[Json]:
        anchor = last_words(request)
        before = {"anchor": anchor, "preamble": f"Sure.\n{anchor}", "none": ""}[told.manner]
        words = text(before + ("ok" if told.short else LONG))
        match told.kind:
            case "empty" | "only thinking":
                return []
            case "blank":
                return [text(" \n")]
            case "blanks":
                return [text(" "), words, text("\n"), text("more"), text(" ")]
            case "call" | "cut call" | "max_tokens in a call":
                call = self._call(told.tool)
                if told.kind == "max_tokens in a call":
                    call["input"] = '{"by": '
                return [call] if told.short else [words, call]
            case "calls":
                return [words, self._call("count"), self._call(told.tool)]
            case "bad json":
                return [{**self._call("count"), "input": '{"by": }'}, self._call("count")]
            case "no such tool":
                return [self._call("nothing")]
            case "search":
                call = self._server_call()
                return [words, call, result_of(call), text(LONG)]
            case "pause":
                return [words, self._server_call()]
            case "mixed":
                return [self._server_call(), self._call(told.tool)]
            case "ends in thinking" if thinking_shown(request) is not None:
                return [words, {"type": "thinking", "thinking": "", "signature": ""}]
            case "unknown":
                return [words, {"type": "hologram", "depth": 3}]
            case _:
                return [words]

    def _call(self, name: str) -> dict[str, Any]:
        number = next(self._ids)
        return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {"by": number}}

    def _server_call(self) -> dict[str, Any]:
        one = f"srvtoolu_{next(self._ids)}"
        return {"type": "server_tool_use", "id": one, "name": "web_search", "input": {"query": "salt"}}
