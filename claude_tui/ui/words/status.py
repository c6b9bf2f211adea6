"""What the status line says of a turn and its conversation."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from ...core.conversation import Node
from ...core.pricing import CHARACTERS_A_TOKEN, NOTHING, Cost
from ...core.request import Settings, effective_effort
from ...turn import Turn
from ..widgets.status_bar import StateKind, StatusView
from . import format

_WORDS = {
    "connecting": "connecting",
    "waiting": "waiting",
    "thinking": "thinking",
    "writing": "writing",
}


def status_of(
    *,
    settings: Settings,
    last: Node | None,
    answer: Cost | None = None,
    turn: Turn | None,
    stopping: bool,
    spent: Cost,
    demo: bool,
    trouble: str | None,
    now: float,
    life: str = "",
    budget: float = 0.0,
) -> StatusView:
    """The view of this moment; ``last`` is the last reply that was counted, ``answer`` what it and the others to its
    question cost, while a turn goes on those to its own; ``now`` monotonic seconds, ``life`` how
    long the prompt cache lives on, ``budget`` how much of a budget is spent."""
    model = settings.model
    effort = effective_effort(settings) or model.default_effort or ""
    state, short, kind = _state(turn, stopping)
    reply = turn.reply if turn is not None else None
    usage = reply.usage if reply is not None and reply.started else last.usage if last is not None else None
    facts: Mapping[str, object] = last.facts if last is not None and turn is None else {}
    written = usage.output_tokens if usage is not None else 0
    if reply is None and last is not None and last.status != "complete":
        written = max(written, int(last.facts.get("characters", 0)) // CHARACTERS_A_TOKEN)
    first, took = _whole(facts.get("ttft_ms")), _whole(facts.get("elapsed_ms"))
    speed: float | None = None
    if first is not None and took is not None and took - first > 500:
        speed = written / (took - first) * 1000
    if reply is not None and turn is not None and turn.first_delta is not None:
        written = max(written, reply.characters // CHARACTERS_A_TOKEN)
        since = now - turn.first_delta
        speed = written / since if since > 0.5 else None
        first = int((turn.first_delta - turn.sent) * 1000)
    if turn is not None:
        took = int((now - turn.started) * 1000)
    context = usage.context_tokens if usage is not None else None
    coming = turn.coming if turn is not None and reply is not None else NOTHING
    return StatusView(
        model=model.label,
        effort=effort,
        state=state,
        state_short=short,
        state_kind=kind,
        tokens_in=context,
        tokens_out=written if usage is not None else None,
        cached_share=usage.cache_read_input_tokens / context if usage is not None and context else None,
        reply_cost=(answer or NOTHING) + coming if turn is not None else answer,
        conversation_cost=spent + coming,
        context_share=(context + written) / model.context if context else None,
        tokens_per_second=speed,
        ttft_ms=first,
        elapsed_ms=took,
        demo=demo,
        notice="not saved" if trouble is not None or (turn is not None and not turn.saved) else "",
        life=life if turn is None else "",
        budget=budget,
        tools=bool(settings.server_tools or settings.local_tools),
    )


def _state(turn: Turn | None, stopping: bool) -> tuple[str, str, StateKind]:
    """What goes on, in words and in few words, and what kind of thing that is."""
    if turn is None or turn.phase == "done":
        return "", "", "idle"
    if stopping:
        return "stopping", "", "waiting"
    match turn.phase:
        case "retrying":
            wait = ceil(turn.wait)
            why, short = ("offline, ", "offline") if _is_offline(turn) else ("", "retry")
            left = f"{wait} s" if wait < 100 else f"{wait // 60} m"
            return f"{why}retry in {format.duration(wait * 1000)}", f"{short} {left}", "waiting"
        case "stalled":
            said = turn.sentence.rstrip(".").lower()
            return said, said.replace(" for ", " "), "problem"
        case "tool":
            return f"tool: {turn.tool}", format.fit(turn.tool, 14), "busy"
        case phase:
            return _WORDS.get(phase, phase), "", "busy"


def _is_offline(turn: Turn) -> bool:
    return turn.failure is not None and turn.failure.kind == "offline"


def waiting_for(turn: Turn | None, keys: Mapping[str, str]) -> str:
    """What a turn waits for, how long, and what a key does now; empty while it does not wait."""
    if turn is None or turn.phase not in ("retrying", "stalled"):
        return ""
    sentence = turn.sentence.rstrip(".")
    if turn.phase == "retrying":
        sentence = f"{sentence} in {format.duration(ceil(turn.wait) * 1000)}"
    does = [f"{keys['stop']} stops"] if "stop" in keys else []
    if turn.may_hurry and "continue" in keys:
        does.insert(0, f"{keys['continue']} {'tries now' if turn.phase == 'retrying' else 'asks anew'}")
    return f"{sentence} — {' · '.join(does)}" if does else sentence


def _whole(fact: object) -> int | None:
    """A count that some version stored, or an import brought."""
    return fact if isinstance(fact, int) else None
