"""A conversation is a tree with a head: retry, edit and regenerate make siblings, nothing is forgotten.

The screen shows the path from the root to the head. ``Message`` is a pure value; identity, parent,
time, model, usage and status are the node's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeAlias

from .message import EMPTY, ContentBlock, JsonObject, Role, Usage
from .reply import Status

Origin: TypeAlias = Literal["typed", "model", "tool", "continue"]
"""Who made a node: the person, the model, our tools, or the ask that continues a cut reply."""

Via: TypeAlias = Literal["", "prefill", "ask"]
"""How a segment's text goes on from the text before it, if it does: see ``core/seam.py``."""


@dataclass(frozen=True, slots=True)
class Join:
    """How a segment continues the segment before it: saved with it, so that the seam can be found again."""

    via: Via = ""
    anchor: str = ""
    """The last words before the cut, which the continuation was asked to begin with."""
    tail: str = ""
    """White space after the anchor, or cut off a prefill: sent by nobody, kept here."""
    replaces: bool = False
    """The node before this one was too little to build on: it is set aside, and not sent."""

    @property
    def continues(self) -> bool:
        """Whether the segment is more of the one before it."""
        return self.via == "prefill" or bool(self.anchor) or self.replaces


@dataclass(frozen=True, slots=True)
class Node:
    """One message of the tree."""

    id: str
    parent_id: str | None
    role: Role
    content: tuple[ContentBlock, ...]
    origin: Origin
    status: Status = "complete"
    created_at: int = 0
    """Milliseconds since 1970, for display only: order is the tree's."""
    model: str = ""
    stop_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    join: Join = field(default_factory=Join)
    facts: JsonObject = field(default_factory=lambda: EMPTY)
    """What else is known, in JSON: ``request`` (the parameters sent, without messages), ``message_id``,
    ``request_id``, ``ending``, ``ttft_ms``, ``elapsed_ms``, ``dropped``, ``unknown``, ``extra``."""

    @property
    def can_continue(self) -> bool:
        """Whether a key may make this reply go on."""
        if self.role != "assistant" or self.stop_reason == "refusal":
            return False
        if self.status in ("interrupted", "failed"):
            return True
        return self.stop_reason in ("max_tokens", "model_context_window_exceeded", "tool_use", "pause_turn")


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person made of a conversation in the library: beside it, not in it."""

    pinned: bool = False
    archived: bool = False
    titled: str = "person"
    """Who gave the title: a person, a "model", or nobody, which is empty."""


UNMARKED = Marks()


@dataclass(frozen=True)
class Conversation:
    """All nodes of one conversation and where the reader stands."""

    id: str
    title: str = ""
    nodes: Mapping[str, Node] = field(default_factory=dict[str, Node])
    """By id, in the order they were made."""
    head_id: str | None = None
    created_at: int = 0
    updated_at: int = 0
    chosen: JsonObject = field(default_factory=lambda: EMPTY)
    """What was chosen for its next question, as the store had it when this was read."""

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[str, ...]]:
        children: dict[str | None, tuple[str, ...]] = {}
        for node in self.nodes.values():
            children[node.parent_id] = (*children.get(node.parent_id, ()), node.id)
        return children

    @property
    def head(self) -> Node | None:
        """The node the reader stands on."""
        return self.nodes.get(self.head_id) if self.head_id else None

    def path(self, node_id: str | None = None) -> tuple[Node, ...]:
        """From the root to ``node_id``, or to the head."""
        return self._head_path if node_id in (None, self.head_id) else self._path_to(node_id)

    @cached_property
    def _head_path(self) -> tuple[Node, ...]:
        """Asked for several times a frame, and as long as the conversation."""
        return self._path_to(self.head_id)

    def _path_to(self, node_id: str | None) -> tuple[Node, ...]:
        steps: list[Node] = []
        seen: set[str] = set()
        at = node_id
        while at is not None and at in self.nodes and at not in seen:
            seen.add(at)
            steps.append(self.nodes[at])
            at = self.nodes[at].parent_id
        return tuple(reversed(steps))

    def siblings(self, node_id: str) -> tuple[str, ...]:
        """The variants of a node, itself among them, oldest first."""
        node = self.nodes.get(node_id)
        return self._children.get(node.parent_id, ()) if node else ()

    def children(self, node_id: str | None) -> tuple[str, ...]:
        """What comes directly after a node, oldest first; after None, what the conversation begins with."""
        return self._children.get(node_id, ())

    def leaf(self, node_id: str) -> str:
        """The newest end of the branch that ``node_id`` begins."""
        at = node_id
        seen = {at}
        while (children := self._children.get(at)) and children[-1] not in seen:
            at = children[-1]
            seen.add(at)
        return at

    def with_node(self, node: Node, *, head: bool = True) -> Conversation:
        """With ``node`` added, or put in the place of the one of its id."""
        nodes = {**self.nodes, node.id: node}
        return replace(self, nodes=nodes, head_id=node.id if head else self.head_id)

    def with_nodes(self, nodes: Iterable[Node]) -> Conversation:
        """With each of ``nodes`` added; the last becomes the head."""
        added = {node.id: node for node in nodes}
        if not added:
            return self
        return replace(self, nodes={**self.nodes, **added}, head_id=next(reversed(added)))

    def with_head(self, node_id: str | None) -> Conversation:
        """With the reader at ``node_id``, or before the first message."""
        return replace(self, head_id=node_id)


def title_from(text: str, limit: int = 60) -> str:
    """A title from a first question: its first line, cut at a word."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= limit:
        return line
    cut = line[:limit].rsplit(" ", 1)[0] if " " in line[:limit] else line[:limit]
    return cut.rstrip(" ,;:.-") + "…"
