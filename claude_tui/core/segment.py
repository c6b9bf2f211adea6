"""One segment of a reply: an assistant node, finished or growing, and where its text goes on."""

from __future__ import annotations

from dataclasses import dataclass

from .conversation import Join, Node
from .growing import Flow, GrowingText
from .message import ContentBlock, TextBlock, ThinkingBlock, ToolUseBlock
from .reply import OpenBlock, Reply
from .seam import Seam, again_reach, find_seam, find_seam_again, reach


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block of a segment, open or closed, without copying its text."""

    index: int
    block: ContentBlock
    text: GrowingText
    open: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """One assistant node, finished or growing."""

    node_id: str
    join: Join
    blocks: tuple[BlockView, ...]
    ended: bool = True
    complete: bool = True

    @classmethod
    def of_node(cls, node: Node) -> Segment:
        """A node as it is in the tree."""
        blocks = tuple(BlockView(index, block, GrowingText(_text(block))) for index, block in enumerate(node.content))
        ended = node.status not in ("waiting", "streaming")
        return cls(node.id, node.join, blocks, ended, node.status == "complete")

    @classmethod
    def of_reply(cls, node: Node, reply: Reply) -> Segment:
        """A node whose reply is still coming."""
        closed = [BlockView(index, block, GrowingText(_text(block))) for index, block in reply.closed]
        growing = [BlockView(held.index, held.start, _open_text(held), open=not reply.ended) for held in reply.open]
        blocks = tuple(sorted([*closed, *growing], key=lambda view: view.index))
        return cls(node.id, node.join, blocks, reply.ended, reply.status == "complete")

    def head(self, wanted: int) -> str:
        """The first ``wanted`` characters of its text."""
        found = ""
        for view in self.blocks:
            if isinstance(view.block, TextBlock) and len(found) < wanted:
                found += view.text.head(wanted - len(found))
        return found

    @property
    def begins_again(self) -> bool:
        """Whether it answers the question anew, in the place of a few words that were cut."""
        return self.join.replaces and not self.join.anchor and self.join.via != "prefill"

    def seam(self, before: Flow | str) -> Seam | None:
        """Where its text goes on from ``before``; None while it cannot be told."""
        if self.begins_again:
            return find_seam_again(str(before), self.head(again_reach(len(before))), ended=self.ended)
        head = self.head(reach(self.join))
        return find_seam(before, self.join, head, ended=self.ended, complete=self.complete)


def _text(block: ContentBlock) -> str:
    match block:
        case TextBlock():
            return block.text
        case ThinkingBlock():
            return block.thinking
        case ToolUseBlock():
            return block.partial_json
        case _:
            return ""


def _open_text(held: OpenBlock) -> GrowingText:
    if held.kind == "other":  # known only by name
        return GrowingText()
    start = _text(held.start)
    return GrowingText(start + str(held.text)) if start else held.text
