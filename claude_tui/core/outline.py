"""The tree at a glance: questions and answers as lines, the branch the reader is on straight down, others beside it."""

from __future__ import annotations

from dataclasses import dataclass

from .conversation import Conversation


@dataclass(frozen=True, slots=True)
class Stop:
    """One line: a question, or an answer with all its pieces."""

    first_id: str
    last_id: str
    """The last node of its pieces; of a question the same."""
    typed: bool
    """A question of the person's."""
    depth: int
    """How many branches it is off the one the reader is on."""
    opens: bool
    """Another variant begins here."""
    on_path: bool
    here: bool
    """The reader stands on it."""


def outline(conversation: Conversation) -> tuple[Stop, ...]:
    """Every branch, in one pass over the tree.

    Where it parts, the other variants come first, indented, the oldest first; then goes on, as deep as before,
    the one that leads to the reader, or the newest.
    """
    nodes = conversation.nodes
    children: dict[str | None, list[str]] = {}
    for node in nodes.values():
        parent = node.parent_id if node.parent_id in nodes else None
        children.setdefault(parent, []).append(node.id)
    on_path = {node.id for node in conversation.path()}

    def parted(parent: str | None, depth: int) -> list[tuple[str, int, bool]]:
        """What comes after ``parent``, the last first."""
        below = children.get(parent, [])
        if not below:
            return []
        trunk = next((id for id in below if id in on_path), below[-1])
        return [(trunk, depth, False), *((id, depth + 1, True) for id in reversed(below) if id != trunk)]

    stops: list[Stop] = []
    waiting = parted(None, 0)
    while waiting:
        first, depth, opens = waiting.pop()
        last = first
        typed = nodes[first].origin == "typed"
        here = first == conversation.head_id
        while not typed and len(below := children.get(last, [])) == 1 and nodes[below[0]].origin != "typed":
            last = below[0]
            here = here or last == conversation.head_id
        stops.append(Stop(first, last, typed, depth, opens, first in on_path, here))
        waiting += parted(last, depth)
    return tuple(stops)
