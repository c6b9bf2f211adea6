"""What an import makes of one conversation of a file, and how the readers of other people's formats make it.

Nothing of a file is trusted: ids are made anew from those of the file, the same each time, so that an import
that comes twice is known; links that lead nowhere or in a circle are cut. What cannot be carried is counted
under a phrase that a person can read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from claude_tui.core.conversation import UNMARKED, Conversation, Marks, Node, Origin, title_from
from claude_tui.core.imported import IMPORTED
from claude_tui.core.message import (
    EMPTY,
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    Role,
    TextBlock,
    Usage,
    block_to_wire,
    visible_text,
)
from claude_tui.core.reply import Status

FILE = "claude_tui.file"
"""A block that stands for a file of which only the name came."""
DEPTH = 64
"""Levels inside a block; deeper is nobody's conversation."""
_LATEST = 253_402_300_800_000
"""The year 10000, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One conversation as it can be kept here."""

    conversation: Conversation
    lost: Mapping[str, int] = field(default_factory=dict[str, int])
    """What could not be carried, and how often."""
    draft: str = ""
    marks: Marks = UNMARKED
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Contents of attached files, by their hash."""


@dataclass(slots=True)
class Said:
    """One message of a file, with the ids it has there."""

    id: str
    parent: str | None
    role: Role
    content: list[ContentBlock]
    at: int = 0
    model: str = ""
    stop_reason: str | None = None
    status: Status = "complete"
    usage: JsonObject = field(default_factory=lambda: EMPTY)
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def grown(
    source: str,
    id: str,
    said: Sequence[Said],
    lost: Counter[str],
    *,
    title: str = "",
    head: str | None = None,
    at: int = 0,
    changed: int = 0,
    about: JsonObject = EMPTY,
) -> Carried:
    """The tree of these messages; ``head`` is the one the reader stood on, else it is the last.

    A message that begins a branch keeps its place; ``about`` is what else the file says of the conversation.
    """
    by_id: dict[str, Said] = {}
    for one in said:
        if one.id in by_id:
            lost["messages that have the id of another"] += 1
        else:
            by_id[one.id] = one
    parents = _parents(by_id, lost)
    began = at or min((one.at for one in by_id.values() if one.at), default=0)
    ended = changed or max((one.at for one in by_id.values()), default=0) or began
    whole = f"{began:012x}{digest(source, id)[:12]}"
    ids = {name: f"{one.at or began:012x}{digest(source, id, name)[:20]}" for name, one in by_id.items()}
    nodes: dict[str, Node] = {}
    for name, one in by_id.items():
        parent = parents[name]
        came: dict[str, Any] = {"from": source, "id": name}
        if parent is None and about:
            came["about"] = about
        origin: Origin = "typed" if one.role == "user" else "model"
        nodes[ids[name]] = Node(
            id=ids[name],
            parent_id=ids[parent] if parent is not None else None,
            role=one.role,
            content=tuple(_shallow(block, lost) for block in one.content),
            origin=origin,
            status=one.status,
            created_at=one.at or began,
            model=one.model if one.role == "assistant" else "",
            stop_reason=(one.stop_reason or "end_turn") if one.role == "assistant" else None,
            usage=Usage(one.usage) if one.usage else Usage(),
            facts={**one.facts, IMPORTED: came},
        )
    if not title.strip():
        first = next((node for node in nodes.values() if node.role == "user"), None)
        title = title_from(visible_text(first.content)) if first is not None else ""
    last = ids[head] if head in ids else next(reversed(nodes), None)
    return Carried(Conversation(whole, title.strip()[:1000], nodes, last, began, ended), dict(lost))


def _parents(by_id: Mapping[str, Said], lost: Counter[str]) -> dict[str, str | None]:
    """The parent of each; one that is missing is None, and a circle is cut where it is entered."""
    parents: dict[str, str | None] = {}
    for name, one in by_id.items():
        parents[name] = one.parent if one.parent in by_id else None
    rooted: set[str] = set()
    for name in by_id:
        branch: dict[str, None] = {}
        at: str | None = name
        while at is not None and at not in rooted:
            branch[at] = None
            above = parents[at]
            if above in branch:
                lost["links that led in a circle"] += 1
                parents[at] = above = None
            at = above
        rooted.update(branch)
    return parents


def _shallow(block: ContentBlock, lost: Counter[str]) -> ContentBlock:
    if isinstance(block, TextBlock) and not block.extra:
        return block
    if is_shallow(block_to_wire(block)):
        return block
    lost["pieces of messages that are nested too deeply"] += 1
    return file_named("something nested too deeply")


def is_shallow(value: object, depth: int = DEPTH) -> bool:
    """Whether a JSON value has no more levels than that."""
    level: list[object] = [value]
    for _ in range(depth):
        level = [item for parent in level for item in _inside(parent)]
        if not level:
            return True
    return False


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def digest(*parts: str) -> str:
    """Hexadecimal digits for these texts, the same each time."""
    # With their lengths, or ("a", "bc") would be ("ab", "c").
    told = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def file_named(name: str, **more: object) -> OpaqueBlock:
    """A file of which only the name came."""
    return OpaqueBlock({"type": FILE, "title": name or "a file without a name", **more})


def text_file(name: str, text: str) -> OpaqueBlock:
    """A text that was attached, as a document."""
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return OpaqueBlock({"type": "document", "source": source, "title": name or "attachment"})


def cited(text: str, sources: Iterable[tuple[str, str, str]]) -> TextBlock:
    """A text and what it cites: addresses, titles, and the words that stand there."""
    found = {url: {"type": "web_search_result_location", "url": url, "title": title or url, "cited_text": words}
             for url, title, words in sources if url}  # fmt: skip
    return TextBlock(text, tuple(found.values()))


# What may be anything


def obj(value: object) -> JsonObject:
    """The value if it is an object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, Mapping) else EMPTY


def arr(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text_of(value: object) -> str:
    """The value if it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def moment(value: object) -> int:
    """Milliseconds since 1970 of a time, however it is written; 0 when it cannot be read."""
    try:
        if isinstance(value, str):
            when = datetime.fromisoformat(value)
            found = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found = float(value)
        else:
            return 0
        ms = int(found * 1000)
    except (ValueError, OverflowError, OSError):
        return 0
    return ms if 0 < ms < _LATEST else 0
