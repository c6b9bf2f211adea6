"""A receipt: everything known about one reply, request id included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from ...core.caching import why_missed
from ...core.conversation import Conversation, Node
from ...core.message import EMPTY, JsonObject, RedactedThinkingBlock, TextBlock, ThinkingBlock, visible_text
from ...core.text import clean_line
from . import about, format
from .about import fact, why_cut
from .billed import Models, bill_of, billed
from .cache_words import missed_because

Line = tuple[str, str]

_KINDS: Mapping[type, str] = {TextBlock: "text", ThinkingBlock: "thinking", RedactedThinkingBlock: "redacted_thinking"}
"""Types of blocks that do not name it themselves."""
_JOINED = {"prefill": "the text before it, as its beginning", "ask": "the text before it, when asked to"}
_TOKENS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")


def replies(path: Sequence[Node]) -> tuple[Node, ...]:
    """What receipts there are: each answer of the API, the pieces of a reply that went on among them."""
    return tuple(node for node in path if node.role == "assistant")


def reply_at(path: Sequence[Node], question_id: str | None) -> int:
    """The place among the replies of the last one to a question; of the last of all where there is none."""
    count, found, within = 0, -1, False
    for node in path:
        if node.origin == "typed":
            within = node.id == question_id
        elif node.role == "assistant":
            found = count if within else found
            count += 1
    return found if found >= 0 else count - 1


def receipt(conversation: Conversation, node: Node, models: Models | None = None) -> tuple[Line, ...]:
    """Names and values, what is not known left out; ``models`` are the person's own prices."""
    return tuple((name, value) for name, value in _lines(conversation, node, models) if value)


def _lines(conversation: Conversation, node: Node, models: Models | None) -> Iterator[Line]:
    request = fact(node, "request")
    extra = fact(node, "extra")
    asked = str(request.get("model") or "")
    yield "question", _question(conversation, node)
    yield "model", node.model
    yield "asked for", asked if asked != node.model else ""
    status = "being written" if node.status == "streaming" else node.status
    yield "status", ", ".join(filter(None, (status, node.stop_reason)))
    yield "ended by", _ended(node)
    yield "why", _plain(extra.get("stop_details"))
    yield "went on from", "what was sent again" if node.join.replaces else _JOINED.get(node.join.via, "")
    yield "request id", _plain(node.facts.get("request_id"))
    yield "at", _moment(node.created_at)
    yield from _took(node)
    cost, *of_it = billed(node, models)
    yield cost
    yield "the whole answer", _together(conversation, node)
    yield from of_it
    yield from _counts(node, models)
    yield "cache missed", _missed(conversation, node)
    yield "content", _content(node)
    yield from _request(request)
    yield "message id", _plain(node.facts.get("message_id"))
    yield "kept as", node.id
    yield "dropped events", _plain(node.facts.get("dropped"))
    yield "unknown events", _unknown(node)
    for key, value in extra.items():
        if key not in ("stop_details", "diagnostics"):
            yield clean_line(key, 24), _plain(value)


def _question(conversation: Conversation, node: Node) -> str:
    asked = next((one for one in reversed(conversation.path(node.id)) if one.origin == "typed"), None)
    return format.fit(clean_line(visible_text(asked.content), 200), 50) if asked is not None else ""


def _ended(node: Node) -> str:
    ending = fact(node, "ending")
    if not ending:
        return ""
    detail = str(ending.get("detail") or "")
    return (
        f"{why_cut(node)} ({ending.get('cause')}): {detail}" if detail else f"{why_cut(node)} ({ending.get('cause')})"
    )


def _took(node: Node) -> Iterator[Line]:
    first, took = (_number(node.facts.get(name)) for name in ("ttft_ms", "elapsed_ms"))
    timings = fact(node, "timings")
    thought = sum(
        _number(timings.get(str(place))) or 0
        for place, block in enumerate(node.content)
        if isinstance(block, ThinkingBlock)
    )
    yield "first word", f"{first / 1000:.1f} s" if first is not None else ""
    yield "of it thinking", f"{thought / 1000:.1f} s" if thought else ""
    yield "took", f"{took / 1000:.1f} s" if took is not None else ""
    if first is not None and took is not None and took > first and node.usage.output_tokens:
        yield "speed", f"{node.usage.output_tokens / (took - first) * 1000:.0f} tokens a second"


def _missed(conversation: Conversation, node: Node) -> str:
    miss = why_missed(conversation, node)
    return missed_because(miss) if miss is not None else ""


def _together(conversation: Conversation, node: Node) -> str:
    """What all requests of an answer cost, where it took several."""
    replies = [each for each in about.requests_of(conversation.path(), node) if each.usage.counts]
    return f"{format.dollars(about.cost_together(replies))} in {len(replies)} requests" if len(replies) > 1 else ""


def _content(node: Node) -> str:
    kinds: dict[str, int] = {}
    for block in node.content:
        kind = _KINDS.get(type(block)) or str(getattr(block, "type", "?"))
        kinds[kind] = kinds.get(kind, 0) + 1
    said = len(visible_text(node.content))
    blocks = ", ".join(clean_line(kind, 40) + (f" × {count}" if count > 1 else "") for kind, count in kinds.items())
    return f"{said:,} characters of text; {blocks}" if blocks else ""


def _counts(node: Node, models: Models | None) -> Iterator[Line]:
    usage = node.usage
    bill = bill_of(node, models)
    if bill is None or not bill.items:  # else they are told with their prices
        yield "input", _count(usage.input_tokens)
        yield "cache read", _count(usage.cache_read_input_tokens)
        yield "cache written", _count(usage.cache_creation_input_tokens)
        yield "output", _count(usage.output_tokens)
    values: object
    for group, values in usage.counts.items():
        if _is_object(values):
            yield from ((_name(name), _plain(value or None)) for name, value in _fields(values).items())
        elif group not in _TOKENS:
            yield _name(group), _plain(values)


def _request(request: JsonObject) -> Iterator[Line]:
    limit = request.get("max_tokens")
    yield "longest reply", f"{limit:,} tokens" if isinstance(limit, int) else ""
    yield "effort", _plain(_fields(request.get("output_config")).get("effort"))
    yield "thinking", _plain(_fields(request.get("thinking")).get("type"))
    yield "tools", ", ".join(str(tool.get("name")) for tool in _objects(request.get("tools")))
    yield "system prompt", f"{len(str(request['system'])):,} characters" if request.get("system") else ""
    yield "history", "without thinking" if request.get("without_thinking") else ""


def _unknown(node: Node) -> str:
    return ", ".join(str(event.get("type")) for event in _objects(node.facts.get("unknown")))


def _moment(ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(ms / 1000).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return ""


def _fields(value: object) -> JsonObject:
    """A value as an object; empty for anything else."""
    return cast("JsonObject", value) if _is_object(value) else EMPTY


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _objects(value: object) -> list[JsonObject]:
    """The objects in a list; none for anything else."""
    return [_fields(one) for one in cast("list[object]", value)] if isinstance(value, list | tuple) else []


def _name(key: str) -> str:
    """``ephemeral_5m_input_tokens`` as words."""
    return clean_line(key.replace("_", " "), 28)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _count(value: int) -> str:
    return f"{value:,}" if value else ""


def _plain(value: object) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case _ if _is_object(value):
            return ", ".join(f"{key}: {inner}" for key, inner in _fields(value).items() if inner is not None)
        case _:
            return clean_line(str(value), 200)
