"""How a reply ended that did not simply end: one sentence, and the key that helps.

Facts were stored by some version of this program, or came with an import: they are read leniently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

from ...core.conversation import Node
from ...core.message import EMPTY, JsonObject, ToolUseBlock
from ...core.text import closed

Told: TypeAlias = tuple[str, Literal["note", "error"]]
"""A sentence, and its role."""

_HELP = {
    "not_found": ("model", "chooses another"),
    "too_large": ("new", "begins a new conversation"),
    "auth": ("key", "enters another"),
}
"""What helps where asking again as it is would end the same way."""
_RAISED = {"budget": "raises it and goes on", "unbounded": "asks all the same", "misread": "goes on without"}
"""What going on does where money stands in the way."""
_NEXT = " — start again with a larger --budget"
"""What helps where the budget of one call stands in the way: nothing in that call."""


def key_that(keys: Mapping[str, str], *helps: tuple[str, str]) -> str:
    """`` — Ctrl+G goes on · F2 chooses another``: commands by id and what they do, those that there are."""
    does = [f"{keys[name]} {words}" for name, words in helps if name in keys]
    return f" — {' · '.join(does)}" if does else ""


def how_it_ended(node: Node, keys: Mapping[str, str], characters: int) -> Told | None:
    """A sentence for a reply that did not simply end; the key that helps is named in it.

    ``keys`` are labels by command; ``characters`` is how much of the answer there is, all its segments together.
    """
    if node.status in ("interrupted", "failed"):
        return _cut(_object(node.facts.get("ending")), keys, characters)
    match node.stop_reason:
        case "max_tokens":
            return _limit(node, keys), "note"
        case "model_context_window_exceeded":
            return f"The model's context is full{key_that(keys, ('new', 'begins a new conversation'))}", "note"
        case "refusal":
            return _declined(node, keys, characters), "error"
        case "pause_turn":
            return f"Paused by the server{key_that(keys, ('continue', 'goes on'))}", "note"
        case "tool_use" if "continue" in keys:
            return f"Its tools' results were not sent yet{key_that(keys, ('continue', 'goes on'))}", "note"
        case "end_turn" | "stop_sequence" if not characters:
            return f"The model ended without a word{key_that(keys, ('continue', 'asks it to go on'))}", "note"
        case "end_turn" | "stop_sequence" | "tool_use" | None:
            return None
        case other:
            return f"Stopped: {other}", "note"


def stopped_by_money(node: Node | None) -> bool:
    """Whether going on from this reply means to raise a budget, or to do without one."""
    if node is None or node.role != "assistant":
        return False
    if node.status == "complete":
        return node.stop_reason == "max_tokens" and node.facts.get("lowered", "call") != "call"
    return _object(node.facts.get("ending")).get("kind") in _RAISED


def _limit(node: Node, keys: Mapping[str, str]) -> str:
    limit = _object(node.facts.get("request")).get("max_tokens")
    stopped = f"Stopped at {limit:,} tokens" if isinstance(limit, int) else "Stopped at the limit"
    if isinstance(limit, int) and node.facts.get("lowered") == "call":
        return f"{stopped}, all that the budget of that call allowed{_NEXT}"
    if isinstance(limit, int) and "lowered" in node.facts:
        return f"{stopped}, all that the budget allowed{key_that(keys, ('continue', 'raises it and goes on'))}"
    if node.content and isinstance(node.content[-1], ToolUseBlock):
        return f"{stopped}, inside a tool call{key_that(keys, ('continue', 'asks again for more'))}"
    return f"{stopped}{key_that(keys, ('continue', 'goes on'), ('max-tokens', 'raises the limit'))}"


def _declined(node: Node, keys: Mapping[str, str], characters: int) -> str:
    category = _object(_object(node.facts.get("extra")).get("stop_details")).get("category")
    why = f" ({category})" if isinstance(category, str) else ""
    kept = ". What it wrote is kept, and not sent again" if characters else ""
    does = key_that(keys, ("model", "chooses another"), ("retry", "asks it"))
    return f"The model declined to answer{why}{kept}{does or '.'}"


def _cut(ending: JsonObject, keys: Mapping[str, str], characters: int) -> Told:
    after = f" after {characters:,} characters" if characters else ""
    goes_on = ("continue", "goes on" if characters else "asks again")
    match ending.get("cause"):
        case "cancelled":
            return f"Stopped{after or ' before the first word'}{key_that(keys, goes_on)}", "note"
        case "gone":
            return f"Cut{after} when the program ended{key_that(keys, goes_on, ('discard', 'discards'))}", "note"
        case _:
            sentence = str(ending.get("detail") or "The reply was cut.").rstrip()
            if characters:
                sentence = f"{closed(sentence)} {characters:,} characters are kept."
            kind = str(ending.get("kind"))
            if kind == "call_budget":
                return f"{sentence.rstrip('.')}{_NEXT}", "note"
            if kind in _RAISED:
                helps = [("continue", _RAISED[kind]), *([("budget", "sets it")] if kind != "unbounded" else [])]
                return f"{sentence.rstrip('.')}{key_that(keys, *helps)}", "note"
            helps = [_HELP[kind]] if kind in _HELP and not characters else []
            does = key_that(keys, *helps, *([] if kind == "too_large" and helps else [goes_on]))
            return f"{sentence.rstrip('.') if does else sentence}{does}", "error"


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, Mapping) else EMPTY
