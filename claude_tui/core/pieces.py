"""The raw pieces that a reply was put together from, as values for a screen: what came, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .conversation import Node
from .message import ThinkingBlock, visible_text
from .reply import Reply, Status
from .seam import Manner
from .view import seams

PieceVia: TypeAlias = Literal["first", "next", "resend", "prefill", "ask"]
"""How it was asked for: the question itself; after a tool's result or a pause; the same request again;
by a prefill; by a turn that asks to go on."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One segment of a reply, as it came."""

    node_id: str
    model: str
    via: PieceVia
    anchor: str
    """The words it was asked to begin with."""
    manner: Manner | None
    """How it meets what stands before it; None where it meets nothing, or that cannot be told yet."""
    cut: int
    """Characters at the beginning of ``text`` that are not in the joined reply: they stand there already, or
    are no part of it."""
    status: Status
    stop_reason: str | None
    text: str
    """All its text, exactly as it came."""
    thinking: str
    """The thinking that can be read, panes apart by an empty line."""
    created_at: int
    """Milliseconds since 1970."""


def pieces(path: Sequence[Node], live: Mapping[str, Reply] | None = None) -> tuple[Piece, ...]:
    """The pieces of the reply at the end of ``path``: all that answers the last question of a person, in order.

    ``live`` holds the replies still coming, by node id.
    """
    live = live or {}
    first = next((place + 1 for place in range(len(path) - 1, -1, -1) if path[place].origin == "typed"), 0)
    nodes = path[first:]
    found = seams(nodes, live)
    made: list[Piece] = []
    for node in nodes:
        if node.role != "assistant":
            continue
        reply = live.get(node.id)
        content = node.content if reply is None else reply.content
        seam = found.get(node.id)
        made.append(
            Piece(
                node_id=node.id,
                model=(reply.model if reply is not None else "") or node.model,
                via=_via(node, first=not made),
                anchor=node.join.anchor,
                manner=seam.manner if seam is not None else None,
                cut=seam.cut if seam is not None else 0,
                status=node.status if reply is None else reply.status,
                stop_reason=node.stop_reason if reply is None else reply.stop_reason,
                text=visible_text(content),
                thinking="\n\n".join(
                    block.thinking for block in content if isinstance(block, ThinkingBlock) and block.thinking
                ),
                created_at=node.created_at,
            )
        )
    return tuple(made)


def _via(node: Node, *, first: bool) -> PieceVia:
    if node.join.via:
        return node.join.via
    if first:
        return "first"
    return "resend" if node.join.replaces else "next"
