"""A path of the tree as a reader sees it: one reply, however many segments it took.

A reply cut and continued is several nodes; here they become one list of parts, its text joined at the
seams. The same function draws the screen, prints the last reply and writes an export, for a finished
path and for one whose last reply is still growing; it copies no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, cast

from .conversation import Node
from .growing import Flow, GrowingText, Stretch
from .message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from .reply import Reply
from .seam import Manner, Seam, manner_note
from .segment import BlockView, Segment

PartKind: TypeAlias = Literal["text", "thinking", "tool", "other"]


@dataclass(frozen=True, slots=True)
class SeamMark:
    """A place in a part's text where one segment ends and the next goes on."""

    offset: int
    before_id: str
    after_id: str
    manner: Manner

    def note(self, why: str, when: str) -> str:
        """What is said of it; ``why`` the reply was cut, and ``when`` it went on."""
        return f"{manner_note(self.manner)}{why} after {self.offset:,} characters · {when}"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to show: a text, a thinking pane, a tool card, or a block known only by name."""

    key: str
    """Stable from one snapshot to the next: ``node id:index``."""
    kind: PartKind
    flow: Flow = field(default_factory=Flow)
    """The text, the thinking, or a tool's input as JSON text while it is no object: see ``block`` for that."""
    block: ContentBlock | None = None
    """The block itself, for a tool's call and for what is known only by name."""
    result: ToolResultBlock | None = None
    seams: tuple[SeamMark, ...] = ()
    open: bool = False
    """Whether it is still growing."""
    node_id: str = ""
    index: int = 0
    message: str = ""
    """The first node of the message it belongs to: a message cut and continued is several nodes."""

    @property
    def said(self) -> str:
        """Its text, without source numbers."""
        return self.flow.said


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered source that the text cites."""

    number: int
    title: str
    url: str
    cited: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and all that was answered to it."""

    question: Node | None
    parts: tuple[Part, ...] = ()
    sources: tuple[Source, ...] = ()
    nodes: tuple[Node, ...] = ()
    """The assistant nodes of the answer, in order."""

    @property
    def text(self) -> str:
        """The answer's joined text: segments at their seams, messages of a tool turn as paragraphs."""
        return _paragraphs(self.parts)


def exchanges(path: Iterable[Node], live: Mapping[str, Reply] | None = None) -> tuple[Exchange, ...]:
    """The path as questions and answers; ``live`` holds the replies still coming, by node id."""
    groups: list[tuple[Node | None, list[Node]]] = []
    for node in path:
        if node.origin == "typed" and node.role == "user":
            groups.append((node, []))
        elif groups:
            groups[-1][1].append(node)
        else:
            groups.append((None, [node]))
    return tuple(exchange(question, nodes, live or {}) for question, nodes in groups)


def exchange(question: Node | None, nodes: Sequence[Node], live: Mapping[str, Reply]) -> Exchange:
    """One question and the nodes that answer it."""
    assembly = _assembled(nodes, live)
    answers = tuple(node for node in nodes if node.role == "assistant")
    return Exchange(question, tuple(assembly.parts), tuple(assembly.sources.values()), answers)


def _assembled(nodes: Iterable[Node], live: Mapping[str, Reply]) -> _Assembly:
    assembly = _Assembly()
    for node in nodes:
        if node.role == "assistant":
            reply = live.get(node.id)
            assembly.add(Segment.of_node(node) if reply is None else Segment.of_reply(node, reply))
        else:
            assembly.add_results(node)
    return assembly


def parts_of(segments: Iterable[Segment]) -> Sequence[Part]:
    """What these segments show; the texts of a part are theirs, not copies."""
    assembly = _Assembly()
    for segment in segments:
        assembly.add(segment)
    return assembly.parts


def standing_texts(segments: Iterable[Segment]) -> list[str]:
    """The text of the message that each of the segments belongs to, after it: what the next may go on from.

    Where one began anew, what was shown before it is not part of that.
    """
    assembly = _Assembly()
    texts: list[str] = []
    size = 0
    for segment in segments:
        assembly.add(segment)
        grown = sum(len(part.flow) for part in assembly.parts if part.kind == "text")
        texts.append(assembly.standing if grown != size or not texts else texts[-1])
        size = grown
    return texts


def seams(nodes: Iterable[Node], live: Mapping[str, Reply] | None = None) -> Mapping[str, Seam]:
    """Where each of these nodes that goes on from another does so, by its id; not while that cannot be told."""
    return _assembled(nodes, live or {}).seams


def _paragraphs(parts: Iterable[Part]) -> str:
    """Texts of one message follow each other as they are; those of another begin a paragraph."""
    texts: list[str] = []
    message = ""
    for part in parts:
        text = part.said if part.kind == "text" else ""
        if not text:
            continue
        if texts and message != part.message and not texts[-1].endswith("\n\n"):
            texts.append("\n\n")
        texts.append(text)
        message = part.message
    return "".join(texts)


class _Assembly:
    """Parts as they are put together, segment by segment."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.sources: dict[str, Source] = {}
        self.seams: dict[str, Seam] = {}
        """By node id, as far as they are decided."""
        self._calls: dict[str, int] = {}
        self._previous = ""
        self._message = ""
        self._text: int | None = None
        """Where the text of the segment before this one went."""

    @property
    def standing(self) -> str:
        """The text of the message that is being said."""
        return _paragraphs(part for part in self.parts if part.message == self._message)

    def add(self, segment: Segment) -> None:
        """All parts of a segment; its text goes on in the text before it where it continues one."""
        continues = segment.join.continues
        if not continues:
            self._message, self._text = segment.node_id, None
        target, skip, mark = self._continued(segment) if continues else (None, 0, None)
        held_back = skip is None
        skip = skip or 0
        said = growing = False
        for view in segment.blocks:
            match view.block:
                case TextBlock():
                    if held_back or growing:
                        continue
                    start = min(skip, len(view.text))
                    skip -= start
                    target = self._add_text(segment, view, start, target, mark)
                    if start < len(view.text):
                        mark = None
                    said, self._text = True, target
                    growing = view.open  # a block that grows beside it would be written into the middle
                case ThinkingBlock() | RedactedThinkingBlock():
                    self._append(segment, view, "thinking")
                    # Thinking before a continuation's first text stands after the text it goes on in.
                    target = None if said else target
                case ToolUseBlock():
                    self._append(segment, view, "tool")
                    self._calls[view.block.id] = len(self.parts) - 1
                    target = None
                case ToolResultBlock():
                    self._add_result(segment, view)
                    target = None
                case OpaqueBlock():
                    self._append(segment, view, "other")
                    target = None
        self._previous = segment.node_id

    def _continued(self, segment: Segment) -> tuple[int | None, int | None, SeamMark | None]:
        """The text part the segment goes on in, how much of its text to skip (None: not known yet), its mark."""
        last = self._text
        if last is None:
            return None, 0, None
        texts = (part.flow for part in self.parts if part.kind == "text" and part.message == self._message)
        seam = segment.seam(Flow(tuple(stretch for flow in texts for stretch in flow.stretches)).unmarked)
        if seam is None:
            return None, None, None
        self.seams[segment.node_id] = seam
        if seam.manner in ("anew", "again"):
            self._mark_end(last, segment, seam.manner)
            self._message = segment.node_id
            return None, seam.cut, None
        if any(part.kind in ("tool", "other") for part in self.parts[last + 1 :]):
            return None, seam.cut, None  # a card stands between: what goes on begins after it
        if segment.begins_again:  # it says what it said: nothing there to be told of
            return last, seam.cut, None
        mark = SeamMark(len(self.parts[last].flow), self._previous, segment.node_id, seam.manner)
        return last, seam.cut, mark

    def _mark_end(self, last: int, segment: Segment, manner: Manner) -> None:
        """What was said stays, what follows is no part of it: the mark stands behind its last visible character."""
        held = self.parts[last]
        size = len(held.flow)
        end = held.flow.since(size - 200)
        mark = SeamMark(size - len(end) + len(end.rstrip()), self._previous, segment.node_id, manner)
        self.parts[last] = replace(held, seams=(*held.seams, mark))

    def _add_text(
        self, segment: Segment, view: BlockView, start: int, target: int | None, mark: SeamMark | None
    ) -> int:
        stretch = Stretch(view.text, start)
        repeated = 0 < start == len(view.text)
        marks = () if view.open or repeated else self._citation_marks(view)
        if target is None:
            self._append(segment, view, "text", Flow((stretch, *marks)))
            return len(self.parts) - 1
        held = self.parts[target]
        new = (stretch, *marks) if len(stretch) else marks
        self.parts[target] = replace(
            held,
            flow=Flow((*held.flow.stretches, *new)),
            seams=(*held.seams, mark) if mark is not None and len(stretch) else held.seams,
            open=view.open,
        )
        return target

    def _citation_marks(self, view: BlockView) -> tuple[Stretch, ...]:
        numbers: list[int] = []
        for citation in cast("TextBlock", view.block).citations:
            source = self._source(citation)
            if source is not None and source.number not in numbers:
                numbers.append(source.number)
        # Escaped, so that a number is never read as the label of a link.
        marks = "".join(f"\\[{number}\\]" for number in numbers)
        return (Stretch(GrowingText(marks), 0, added=True),) if marks else ()

    def _source(self, citation: JsonObject) -> Source | None:
        url, title = citation.get("url"), citation.get("title") or citation.get("document_title")
        key = str(url or title or "")
        if not key:
            return None
        if key not in self.sources:
            cited = str(citation.get("cited_text") or "")
            self.sources[key] = Source(len(self.sources) + 1, str(title or url), str(url or ""), cited)
        return self.sources[key]

    def _append(self, segment: Segment, view: BlockView, kind: PartKind, flow: Flow | None = None) -> None:
        self.parts.append(
            Part(
                key=f"{segment.node_id}:{view.index}",
                kind=kind,
                flow=flow if flow is not None else Flow((Stretch(view.text),)),
                block=view.block,
                open=view.open,
                node_id=segment.node_id,
                index=view.index,
                message=self._message,
            )
        )

    def _add_result(self, segment: Segment, view: BlockView) -> None:
        result = cast("ToolResultBlock", view.block)
        place = self._calls.get(result.tool_use_id)
        if place is None:
            self._append(segment, view, "other")
        else:
            self.parts[place] = replace(self.parts[place], result=result)

    def add_results(self, node: Node) -> None:
        """The results a tool node holds, each at its call."""
        for block in node.content:
            if isinstance(block, ToolResultBlock):
                place = self._calls.get(block.tool_use_id)
                if place is not None:
                    self.parts[place] = replace(self.parts[place], result=block)


def result_text(result: ToolResultBlock | None) -> str:
    """What a tool gave, as text: its text blocks, a search's titles and addresses, else its JSON's words."""
    if result is None:
        return ""
    return _plain(result.content)


def _plain(value: Any) -> str:
    match value:
        case str():
            return value
        case list():
            lines = (_plain(item) for item in cast("list[Any]", value))
            return "\n".join(line for line in lines if line)
        case Mapping():
            data = cast("JsonObject", value)
            if isinstance(data.get("text"), str):
                return data["text"]
            if isinstance(data.get("url"), str):
                return f"{data.get('title') or ''}\n{data['url']}".strip()
            if isinstance(data.get("error_code"), str):
                return f"error: {data['error_code']}"
            shown = (data[key] for key in ("stdout", "stderr", "content", "title", "data") if data.get(key))
            return "\n".join(line for line in map(_plain, shown) if line)
        case _:
            return ""
