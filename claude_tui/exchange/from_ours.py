"""A conversation of our own JSON, taken in as anybody's: the file may have been changed since it was written.

Its content stays byte for byte. Ids stay where they are fit to be ids; facts that a reader of ours could stumble
over are left out and counted. What may be sent of it is ``core.imported``'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from claude_tui.core.conversation import Conversation, Marks, Node, Origin
from claude_tui.core.imported import IMPORTED
from claude_tui.core.message import JsonObject
from claude_tui.core.pricing import dollars_of
from claude_tui.exchange.carried import Carried, digest, obj, text_of
from claude_tui.exchange.carried_files import take_out
from claude_tui.exchange.json_export import from_json

SOURCE = "claude-tui"
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def is_ours(item: JsonObject) -> bool:
    """Whether it looks like one."""
    return "version" in item and "nodes" in item


def read(item: JsonObject) -> Carried:
    """The conversation. Raises ``ExchangeError`` with one sentence when it has not our shape."""
    conversation = from_json(item)
    lost: Counter[str] = Counter()
    whole = conversation.id if _ID.fullmatch(conversation.id) else digest(SOURCE, conversation.id)[:24]
    ids = {id: id if _ID.fullmatch(id) else digest(SOURCE, conversation.id, id)[:32] for id in conversation.nodes}
    if len(set(ids.values())) < len(ids):  # made to collide
        ids = {id: digest(SOURCE, conversation.id, id)[:32] for id in conversation.nodes}
    files: dict[str, bytes] = {}
    nodes = {ids[node.id]: take_out(_judged(node, ids, lost), files, lost) for node in conversation.nodes.values()}
    head = ids[conversation.head_id] if conversation.head_id is not None else None
    kept = Conversation(whole, conversation.title[:1000], nodes, head, conversation.created_at, conversation.updated_at)
    return Carried(kept, dict(lost), text_of(item.get("draft")), _marks(obj(item.get("conversation"))), files)


def _marks(about: JsonObject) -> Marks:
    """Older files have none."""
    by = next((who for who in ("", "model") if about.get("titled") == who), "person")
    return Marks(about.get("pinned") is True, about.get("archived") is True, by)


def with_other_ids(carried: Carried) -> Carried:
    """The same as a conversation of its own, beside one that has its ids: the same ids each time."""
    old = carried.conversation
    seed = digest(*(f"{node.id} {node.content!r}" for node in old.nodes.values()))
    ids = {id: digest("copy", seed, id)[:32] for id in old.nodes}
    nodes = {
        ids[node.id]: replace(node, id=ids[node.id], parent_id=ids.get(node.parent_id or ""))
        for node in old.nodes.values()
    }
    head = ids[old.head_id] if old.head_id is not None else None
    copy = replace(old, id=digest("copy", seed, old.id)[:24], nodes=nodes, head_id=head)
    return replace(carried, conversation=copy)


def _judged(node: Node, ids: Mapping[str, str], lost: Counter[str]) -> Node:
    status = node.status
    if status in ("waiting", "streaming"):
        lost["endings of replies that were still being written"] += 1
        status = "interrupted"
    origin: Origin = node.origin
    if (node.role == "assistant") != (origin == "model"):
        origin = "model" if node.role == "assistant" else "typed"
    facts: dict[str, Any] = {}
    for name, value in node.facts.items():
        if (fits := _FACTS.get(name)) is None or fits(value):
            facts[name] = value
        else:
            lost["facts of replies that cannot be read"] += 1
    facts.setdefault(IMPORTED, {"from": SOURCE})
    return replace(
        node,
        id=ids[node.id],
        parent_id=ids[node.parent_id] if node.parent_id is not None else None,
        origin=origin,
        status=status,
        facts=facts,
    )


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_number(value: object) -> bool:
    return type(value) is int and -(2**53) < value < 2**53


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_amount(value: object) -> bool:
    return isinstance(value, str) and dollars_of(value) is not None


def _is_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in cast("list[Any]", value))


def _fields(**fits: Callable[[object], bool]) -> Callable[[object], bool]:
    """An object in which these fields, where they are, are what they should be."""

    def check(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        given = cast("dict[str, Any]", value)
        return all(name not in given or fit(given[name]) for name, fit in fits.items())

    return check


_FACTS: Mapping[str, Callable[[object], bool]] = {
    IMPORTED: _is_object,
    "request": _fields(
        model=_is_text,
        system=_is_text,
        max_tokens=_is_number,
        tools=_is_objects,
        thinking=_is_object,
        output_config=_is_object,
    ),
    "ending": _fields(cause=_is_text, detail=_is_text, kind=_is_text),
    "cost": _fields(usd=_is_amount, exactness=_is_text),
    "timings": _is_object,
    "ran": _is_object,
    "extra": _is_object,
    "unknown": _is_objects,
    "characters": _is_number,
    "ttft_ms": _is_number,
    "elapsed_ms": _is_number,
    "dropped": _is_number,
    "message_id": _is_text,
    "request_id": _is_text,
}
"""What readers of ours take for granted of facts they know; all others are only ever shown."""
