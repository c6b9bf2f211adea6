"""Messages in the API's words: content blocks, usage, stop reasons.

Every block keeps the fields it does not model in ``extra`` and goes back to the wire as it came:
``block_to_wire(block_from_wire(data)) == data`` for any object, but that thinking without a
signature gets an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

JsonObject: TypeAlias = Mapping[str, Any]
Role: TypeAlias = Literal["user", "assistant"]

EMPTY: JsonObject = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TextBlock:
    """What is said."""

    text: str
    citations: tuple[JsonObject, ...] = ()
    extra: JsonObject = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class ThinkingBlock:
    """Thinking, or its summary. Unusable on the wire without its signature."""

    thinking: str
    signature: str = ""
    extra: JsonObject = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class RedactedThinkingBlock:
    """Thinking that only the API can read."""

    data: str
    extra: JsonObject = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class ToolUseBlock:
    """A call: ``tool_use`` is ours to run, ``server_tool_use`` and others are the server's."""

    id: str
    name: str
    input: JsonObject
    type: str = "tool_use"
    partial_json: str = ""
    """The input as it arrived when it did not become an object: cut off, or invalid."""
    extra: JsonObject = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class ToolResultBlock:
    """What a call gave: ``tool_result`` from us, ``web_search_tool_result`` and others from the server."""

    tool_use_id: str
    content: Any
    is_error: bool = False
    type: str = "tool_result"
    extra: JsonObject = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class OpaqueBlock:
    """A block this version does not know: kept whole, shown by name, sent back as it came."""

    data: JsonObject

    @property
    def type(self) -> str:
        """Its name on the wire; ``?`` when it has none."""
        kind = self.data.get("type")
        return kind if isinstance(kind, str) else "?"


ContentBlock: TypeAlias = (
    TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock | OpaqueBlock
)

_TOOL_USES = ("tool_use", "server_tool_use", "mcp_tool_use")


def _without(data: JsonObject, *known: str) -> JsonObject:
    rest = {key: value for key, value in data.items() if key not in known}
    return rest or EMPTY


def block_from_wire(data: JsonObject) -> ContentBlock:
    """A block from its wire form; what does not have the shape of its type becomes opaque."""
    kind = data.get("type")
    match kind:
        case "text" if isinstance(data.get("text"), str):
            citations = _objects(data.get("citations"))
            if citations:
                return TextBlock(data["text"], citations, _without(data, "type", "text", "citations"))
            return TextBlock(data["text"], (), _without(data, "type", "text"))
        case "thinking" if isinstance(data.get("thinking"), str) and isinstance(data.get("signature", ""), str):
            rest = _without(data, "type", "thinking", "signature")
            return ThinkingBlock(data["thinking"], data.get("signature", ""), rest)
        case "redacted_thinking" if isinstance(data.get("data"), str):
            return RedactedThinkingBlock(data["data"], _without(data, "type", "data"))
        case str() if kind in _TOOL_USES and _is_call(data):
            partial = data.get("partial_json")
            if not isinstance(partial, str) or not partial:
                rest = _without(data, "type", "id", "name", "input")
                return ToolUseBlock(data["id"], data["name"], data["input"], kind, "", rest)
            rest = _without(data, "type", "id", "name", "input", "partial_json")
            return ToolUseBlock(data["id"], data["name"], data["input"], kind, partial, rest)
        case str() if kind.endswith("tool_result") and isinstance(data.get("tool_use_id"), str) and "content" in data:
            failed = data.get("is_error") is True
            known = ("type", "tool_use_id", "content", *(("is_error",) if failed else ()))
            return ToolResultBlock(data["tool_use_id"], data["content"], failed, kind, _without(data, *known))
        case _:
            return OpaqueBlock(data)


def _objects(value: Any) -> tuple[JsonObject, ...]:
    """The objects of a list that holds nothing else; else none."""
    if not isinstance(value, list):
        return ()
    items = cast("list[Any]", value)
    return tuple(cast("list[JsonObject]", items)) if all(isinstance(item, Mapping) for item in items) else ()


def _is_call(data: JsonObject) -> bool:
    return (
        isinstance(data.get("id"), str) and isinstance(data.get("name"), str) and isinstance(data.get("input"), Mapping)
    )


def block_to_wire(block: ContentBlock) -> dict[str, Any]:
    """The block as the API sent it, or would take it."""
    match block:
        case TextBlock():
            wire: dict[str, Any] = {"type": "text", "text": block.text}
            if block.citations:
                wire["citations"] = [dict(citation) for citation in block.citations]
        case ThinkingBlock():
            wire = {"type": "thinking", "thinking": block.thinking, "signature": block.signature}
        case RedactedThinkingBlock():
            wire = {"type": "redacted_thinking", "data": block.data}
        case ToolUseBlock():
            wire = {"type": block.type, "id": block.id, "name": block.name, "input": dict(block.input)}
            if block.partial_json:  # ours, for the store: a request never carries such a block as it is
                wire["partial_json"] = block.partial_json
        case ToolResultBlock():
            wire = {"type": block.type, "tool_use_id": block.tool_use_id, "content": block.content}
            if block.is_error:
                wire["is_error"] = True
        case OpaqueBlock():
            return dict(block.data)
    return {**wire, **block.extra}


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the API gave them: cumulative, so a newer count replaces an older one."""

    counts: JsonObject = field(default_factory=lambda: EMPTY)

    def updated(self, counts: JsonObject) -> Usage:
        """These counts with the newer ones in their place; a null leaves the older one."""
        newer = {key: value for key, value in counts.items() if value is not None}
        return Usage({**self.counts, **newer}) if newer else self

    def count(self, name: str) -> int:
        """A top-level count, 0 when it was not given."""
        return _count(self.counts.get(name))

    @property
    def input_tokens(self) -> int:
        """Uncached input tokens: neither read from the cache nor written to it."""
        return self.count("input_tokens")

    @property
    def output_tokens(self) -> int:
        """Output tokens, thinking included."""
        return self.count("output_tokens")

    @property
    def cache_read_input_tokens(self) -> int:
        """Input tokens read from the cache."""
        return self.count("cache_read_input_tokens")

    @property
    def cache_creation_input_tokens(self) -> int:
        """Input tokens written to the cache."""
        return self.count("cache_creation_input_tokens")

    @property
    def context_tokens(self) -> int:
        """All the input the model read."""
        return self.input_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens

    def detail(self, group: str, name: str) -> int:
        """A count inside a group, such as ``detail("server_tool_use", "web_search_requests")``."""
        inner: Any = self.counts.get(group)
        return _count(cast("JsonObject", inner).get(name)) if isinstance(inner, Mapping) else 0


def _count(value: Any) -> int:
    return value if type(value) is int and 0 < value < 2**53 else 0


@dataclass(frozen=True, slots=True)
class Message:
    """Who said what; identity, time and price belong to the node that holds it."""

    role: Role
    content: tuple[ContentBlock, ...]


def visible_text(content: tuple[ContentBlock, ...]) -> str:
    """What a reader reads of these blocks: the text, in order, with nothing between."""
    return "".join(block.text for block in content if isinstance(block, TextBlock))


def visible_length(text: str) -> int:
    """How many characters of it show: white space does not count."""
    return sum(map(len, text.split()))
