"""A conversation as JSON and back: every branch, every block in the wire's shape, nothing lost.

``from_json(to_json(conversation)) == conversation``. The file it is read from may be anybody's: what has
not this shape is refused with one sentence, never half read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any, TypeVar, cast, get_args

from claude_tui.core.conversation import Conversation, Join, Marks, Node, Origin, Via
from claude_tui.core.message import EMPTY, JsonObject, Role, Usage, block_from_wire, block_to_wire
from claude_tui.core.pricing import dollars_of
from claude_tui.core.reply import Status
from claude_tui.core.text import clean_line
from claude_tui.errors import ClaudeTuiError
from claude_tui.exchange.carried import is_shallow

VERSION = 1

T = TypeVar("T")


class ExchangeError(ClaudeTuiError):
    """A file that cannot be taken in, or a conversation that cannot be given out."""


def to_json(conversation: Conversation, draft: str = "", marks: Marks | None = None) -> dict[str, Any]:
    """All of it, what was typed and not sent, and how it is kept where that is known, ready for ``json.dumps``.

    It shares nothing with the conversation.
    """
    try:
        data: dict[str, Any] = {
            "version": VERSION,
            "conversation": {
                "id": conversation.id,
                "title": conversation.title,
                "head_id": conversation.head_id,
                "created_at": conversation.created_at,
                "updated_at": conversation.updated_at,
                **(asdict(marks) if marks is not None else {}),
            },
            "nodes": [_node_to_json(node) for node in conversation.nodes.values()],
        }
        return {**data, "draft": draft} if draft else data
    except RecursionError:
        raise ExchangeError("This conversation cannot be exported: a block in it is nested too deeply.") from None


def _node_to_json(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "parent_id": node.parent_id,
        "role": node.role,
        "origin": node.origin,
        "status": node.status,
        "model": node.model,
        "stop_reason": node.stop_reason,
        "usage": _copy(node.usage.counts),
        "cost_usd": _cost(node.facts),
        "created_at": node.created_at,
        "content": [_copy(block_to_wire(block)) for block in node.content],
        "join": {
            "via": node.join.via,
            "anchor": node.join.anchor,
            "tail": node.join.tail,
            "replaces": node.join.replaces,
        },
        "facts": _copy(node.facts),
    }


def _cost(facts: JsonObject) -> float | None:
    """Dollars as a number, to be summed by scripts; the exact digits and how sure they are stay in the facts."""
    cost: Any = facts.get("cost")
    dollars = dollars_of(cast("JsonObject", cost).get("usd")) if isinstance(cost, Mapping) else None
    return float(dollars) if dollars is not None else None


def _copy(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(key): _copy(item) for key, item in cast("JsonObject", value).items()}
        case list() | tuple():
            return [_copy(item) for item in cast("list[Any]", value)]
        case float() if not isfinite(value):  # no number of JSON's
            return str(value)
        case None | str() | int() | float():
            return value
        case _:
            return str(value)


def from_json(data: object) -> Conversation:
    """The conversation in what ``to_json`` gave; anything else is an ``ExchangeError``.

    Ids stay as they are, and so do fields that only a later import may judge, such as a status.
    """
    top = _Fields(data, "it")
    version = top.take("version", int)
    if version > VERSION:
        raise ExchangeError(f"This export is of version {version}; this claude-tui reads versions up to {VERSION}.")
    if version < 1:
        raise _malformed(f"there is no version {version}")
    about = _Fields(top.get("conversation"), "its conversation")
    nodes: dict[str, Node] = {}
    for number, item in enumerate(cast("list[object]", top.take("nodes", list)), 1):
        node = _node_from_json(_Fields(item, f"node {number}"))
        if node.id in nodes:
            raise _malformed(f"two nodes have the id {_shown(node.id)}")
        nodes[node.id] = node
    _check_tree(nodes)
    head_id = about.take_or_null("head_id", str)
    if head_id is not None and head_id not in nodes:
        raise _malformed(f"its head {_shown(head_id)} is not among the nodes")
    return Conversation(
        id=about.take("id", str),
        title=about.take("title", str, ""),
        nodes=nodes,
        head_id=head_id,
        created_at=about.time("created_at"),
        updated_at=about.time("updated_at"),
    )


def _node_from_json(fields: _Fields) -> Node:
    blocks: list[JsonObject] = []
    for item in cast("list[object]", fields.take("content", list)):
        if not isinstance(item, dict):
            raise _malformed(f"{fields.name} holds a block that is no object")
        blocks.append(fields.shallow("content", cast("JsonObject", item)))
    join = _Fields(fields.get("join", {}), f'"join" of {fields.name}')
    counts = fields.object("usage")
    return Node(
        id=fields.take("id", str),
        parent_id=fields.take_or_null("parent_id", str),
        role=fields.one_of("role", cast("tuple[Role, ...]", get_args(Role))),
        content=tuple(map(block_from_wire, blocks)),
        origin=fields.one_of("origin", cast("tuple[Origin, ...]", get_args(Origin))),
        status=fields.one_of("status", cast("tuple[Status, ...]", get_args(Status))),
        created_at=fields.time("created_at"),
        model=fields.take("model", str, ""),
        stop_reason=fields.take_or_null("stop_reason", str),
        usage=Usage(counts) if counts else Usage(),
        join=Join(
            via=join.one_of("via", cast("tuple[Via, ...]", get_args(Via)), ""),
            anchor=join.take("anchor", str, ""),
            tail=join.take("tail", str, ""),
            replaces=join.take("replaces", bool, False),
        ),
        facts=fields.object("facts"),
    )


def _check_tree(nodes: Mapping[str, Node]) -> None:
    rooted: set[str] = set()
    for node in nodes.values():
        at: Node | None = node
        branch: dict[str, None] = {}
        while at is not None and at.id not in rooted:
            if at.id in branch:
                raise _malformed(f"the node {_shown(at.id)} is its own ancestor")
            branch[at.id] = None
            if at.parent_id is not None and at.parent_id not in nodes:
                raise _malformed(f"the parent {_shown(at.parent_id)} of a node is missing")
            at = nodes[at.parent_id] if at.parent_id is not None else None
        rooted.update(branch)


class _Fields:
    """An object of the file, and what to call it in a sentence."""

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, Mapping):
            raise _malformed(f"{name} is no object")
        self._values = cast("JsonObject", value)
        self.name = name

    def get(self, key: str, default: object = None) -> object:
        """The field as it is."""
        return self._values.get(key, default)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The field, which must be of this kind; without a default it must be there."""
        value = self.get(key, default)
        if value is None:
            raise _malformed(f'{self.name} has no "{key}"')
        # True is an int to Python, not to JSON.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _malformed(f'"{key}" of {self.name} is not {_KINDS[kind]}')
        return value

    def take_or_null(self, key: str, kind: type[T]) -> T | None:
        """The field, or None when it is null or not there."""
        return None if self.get(key) is None else self.take(key, kind)

    def one_of(self, key: str, words: tuple[T, ...], default: str | None = None) -> T:
        """The field, which must be one of these words."""
        value = self.take(key, str, default)
        for word in words:
            if word == value:
                return word
        raise _malformed(f'"{key}" of {self.name} cannot be {_shown(value)}')

    def time(self, key: str) -> int:
        """Milliseconds since 1970, 0 when it is not there."""
        value = self.take(key, int, 0)
        if not -(2**63) <= value < 2**63:
            raise _malformed(f'"{key}" of {self.name} is no time')
        return value

    def object(self, key: str) -> JsonObject:
        """An object with anything in it; empty when it is null or not there."""
        value = cast("JsonObject | None", self.take_or_null(key, dict))
        return self.shallow(key, value) if value else EMPTY

    def shallow(self, key: str, value: JsonObject) -> JsonObject:
        """The object, which must not be nested too deeply."""
        if is_shallow(value):
            return value
        raise _malformed(f'"{key}" of {self.name} is nested too deeply')


_KINDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def _shown(value: str) -> str:
    return f'"{clean_line(value, 40)}"'


def _malformed(reason: str) -> ExchangeError:
    return ExchangeError(f"This is not a conversation exported by claude-tui: {reason}.")
