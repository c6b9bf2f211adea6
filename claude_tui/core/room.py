"""Room in a context that is nearly full: what of a conversation may go, and how a summary is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from .conversation import Node
from .estimate import Weight, WeightOf, first_factor
from .message import visible_text

SUMMARY = (
    "Please summarise this whole conversation so that it can be taken up again from the summary alone, without any of "
    "what was said. Keep what was asked for and why, what was decided, what was found out, names, figures, file names "
    "and code that are still needed word for word, and what is still open. Write it in the language we spoke."
)
"""What the model is asked for a summary."""
_KEPT = 0.5
"""The share of the context that is kept when the beginning is dropped."""


def asks_for_summary(node: Node) -> bool:
    """Whether it is the question for a summary."""
    return node.origin == "typed" and visible_text(node.content) == SUMMARY


def last_part(path: Sequence[Node], weight_of: WeightOf, context: int, factor: float | None = None) -> str | None:
    """The question from which on a conversation fills at most half of a context of so many tokens, the last one at
    least; None when there is nothing before it that could be dropped."""
    tokens = 0.0
    found: str | None = None
    for place in range(len(path) - 1, -1, -1):
        node = path[place]
        weight = weight_of(node) or Weight()
        tokens += weight.said / 1000 * (factor if factor is not None else first_factor(node.model))
        if found is not None and tokens > context * _KEPT:
            break
        if node.origin == "typed":
            found = node.id
    first = next((node.id for node in path if node.origin == "typed"), None)
    return found if found != first and path and found != path[0].id else None
