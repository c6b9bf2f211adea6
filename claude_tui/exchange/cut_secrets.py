"""Keys that a reply was cut in: half of one is hardly a key to whoever looks for keys, and the other half is none.

Where a cut reply goes on its text is read as one, as a reader does. What of a key stands on either side of the seam
is masked there, and where the continuation repeats it, and in what asked for the continuation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from claude_tui.core.conversation import Node
from claude_tui.core.growing import Stretch
from claude_tui.core.message import TextBlock
from claude_tui.core.segment import Segment
from claude_tui.core.view import parts_of
from claude_tui.redaction import REDACTED, secrets_in

SEGMENTS = 32
"""Of a reply, that are read as one: a person has cut none as often, and a file that was made to be slow has."""


def mask_cut(nodes: Iterable[Node]) -> tuple[dict[str, Node], int]:
    """The nodes by id, without the keys that stand across two texts; and how many those were."""
    by_id = {node.id: node for node in nodes}
    found = _Found()
    for reply in _replies(by_id):
        segments = [Segment.of_node(node) for node in reply]
        places = {id(view.text): (segment.node_id, view.index) for segment in segments for view in segment.blocks}
        for part in parts_of(segments):
            if part.kind == "text":
                found.look([stretch for stretch in part.flow.stretches if not stretch.added], places)
    for (id_, index), cuts in found.cuts.items():
        by_id[id_] = _without(by_id[id_], index, cuts)
    for id_, half in found.halves.items():
        _ask_without(by_id, id_, half)
    return by_id, len(found.keys)


def _replies(by_id: Mapping[str, Node]) -> Iterator[list[Node]]:
    """Each reply of more than one segment, or of more than one block, in its order; a long one by parts."""
    seen: set[str] = set()
    for node in reversed([*by_id.values()]):
        if node.role != "assistant" or node.id in seen:
            continue
        reply = {node.id: node}
        while node.join.continues and (before := _before(node, by_id)) is not None and before.id not in reply:
            if len(reply) == SEGMENTS:
                break
            reply[before.id] = node = before
        # Of one that is longer the earlier ones are looked at again, with what stands before them.
        seen.update([*reply][: SEGMENTS // 2] if len(reply) == SEGMENTS else reply)
        if len(reply) > 1 or len(node.content) > 1:
            yield list(reply.values())[::-1]


def _before(node: Node, by_id: Mapping[str, Node]) -> Node | None:
    """The segment that a node goes on from."""
    parent = by_id.get(node.parent_id or "")
    if parent is not None and parent.origin == "continue":
        parent = by_id.get(parent.parent_id or "")
    return parent if parent is not None and parent.role == "assistant" else None


@dataclass(slots=True)
class _Found:
    """What is to be taken out of the texts, which go by node and index."""

    cuts: defaultdict[tuple[str, int], set[tuple[int, int, bool]]] = field(default_factory=lambda: defaultdict(set))
    """From where to where, and whether a key begins there."""
    halves: dict[str, str] = field(default_factory=dict[str, str])
    """By a continuation, what of a key stood before it."""
    keys: set[tuple[str, int, int]] = field(default_factory=set[tuple[str, int, int]])
    """Where each begins: two continuations of one text share it."""

    def look(self, stretches: list[Stretch], places: Mapping[int, tuple[str, int]]) -> None:
        """At a text that is made of these."""
        if len(stretches) < 2:
            return
        whole = "".join(stretch.text.since(stretch.start) for stretch in stretches)
        pieces: list[tuple[int, int, Stretch]] = []
        for stretch in stretches:
            begin = pieces[-1][1] if pieces else 0
            pieces.append((begin, begin + len(stretch), stretch))
        for start, end in secrets_in(whole):
            parts = [piece for piece in pieces if piece[0] < end and start < piece[1]]
            for begin, until, stretch in parts if len(parts) > 1 else ():
                place = places[id(stretch.text)]
                # From the joined text's offsets to its own.
                first, last = (stretch.start + at - begin for at in (max(start, begin), min(end, until)))
                self.cuts[place].add((first, last, begin <= start))
                if begin <= start:
                    self.keys.add((*place, first))
                    continue
                half = whole[start:begin]
                self.halves[place[0]] = half
                if stretch.text.head(stretch.start).endswith(half):  # it repeats the words before it
                    self.cuts[place].add((stretch.start - len(half), stretch.start, True))


def _without(node: Node, index: int, cuts: Iterable[tuple[int, int, bool]]) -> Node:
    block = node.content[index]
    assert isinstance(block, TextBlock)
    written: list[str] = []
    at = 0
    for start, end, begins in sorted(cuts):
        if start >= at:
            written += (block.text[at:start], REDACTED if begins else "")
        at = max(at, end)
    changed = replace(block, text="".join(written) + block.text[at:])
    return replace(node, content=(*node.content[:index], changed, *node.content[index + 1 :]))


def _ask_without(by_id: dict[str, Node], id: str, half: str) -> None:
    """The words that a continuation was asked to begin with, in it and in what asked for it."""
    node = by_id[id]
    anchor = node.join.anchor
    if not anchor.endswith(half):
        return
    masked = anchor.removesuffix(half) + REDACTED
    by_id[id] = replace(node, join=replace(node.join, anchor=masked))
    ask = by_id.get(node.parent_id or "")
    if ask is not None and ask.origin == "continue":
        content = (
            replace(block, text=block.text.replace(anchor, masked)) if isinstance(block, TextBlock) else block
            for block in ask.content
        )
        by_id[ask.id] = replace(ask, content=tuple(content))
