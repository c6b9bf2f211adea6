"""The rules for `messages`: roles, blocks, and every tool call with its result."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import shapes
from .answers import Json
from .issued import Issued
from .shapes import missing_and_extra
from .wire import arr, blocks, obj, text_of

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_SERVER_ID = re.compile(r"srvtoolu_[a-zA-Z0-9_]+")
_MOST_MESSAGES = 100_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Neighbouring messages of one role: the API reads them as one turn."""

    role: str
    path: str
    blocks: list[tuple[str, Json]]
    """Each with its path."""

    def of(self, *types: str) -> Iterator[tuple[str, Json]]:
        return ((path, block) for path, block in self.blocks if block.get("type") in types)


def turns(body: Json) -> list[Turn]:
    """The messages of a request by turns."""
    found: list[Turn] = []
    for index, message in enumerate(map(obj, arr(body.get("messages")))):
        content = [(f"messages.{index}.content.{i}", b) for i, b in enumerate(blocks(message.get("content")))]
        if found and found[-1].role == message.get("role"):
            found[-1].blocks.extend(content)
        else:
            found.append(Turn(text_of(message.get("role")), f"messages.{index}", content))
    return found


def content_problems(body: Json, issued: Issued) -> Iterator[str]:
    """Every problem of the messages, but for thinking and the rules of the model."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        if "messages" in body:
            yield "messages: Input should be a valid list"
        return
    said = arr(messages)
    if not said:
        yield "messages: at least one message is required"
        return
    if len(said) > _MOST_MESSAGES:
        yield f"messages: Too many messages. The limit is {_MOST_MESSAGES}."
    if obj(said[0]).get("role") != "user":
        yield 'messages: first message must use the "user" role'
    for index, message in enumerate(said):
        yield from _message(f"messages.{index}", message, issued)
    yield from _client_tools(turns(body))
    yield from _server_tools(turns(body))


def _message(path: str, message: Any, issued: Issued) -> Iterator[str]:
    value = obj(message)
    yield from missing_and_extra(path, value, shapes.MESSAGE)
    role, content = value.get("role"), value.get("content")
    if role not in ("user", "assistant", "system"):
        yield f"{path}.role: Input should be 'user', 'assistant' or 'system'"
        return
    if "content" not in value:
        return
    if not isinstance(content, (str, list)):
        yield f"{path}.content: Input should be a valid list"
    elif not content:
        yield f"{path}: {role} messages must have non-empty content"
    elif role == "system":
        yield from text_problems(f"{path}.content", content)
    else:
        for index, block in enumerate(blocks(content)):
            yield from _block(f"{path}.content.{index}", block, role, issued)


def text_problems(path: str, content: Any) -> Iterator[str]:
    """Content that may only be text: the system prompt, a system message."""
    if not isinstance(content, (str, list)):
        yield f"{path}: Input should be a valid list"
    elif not content:
        yield f"{path}: text content blocks must be non-empty"
    for index, block in enumerate(blocks(content)):
        where = f"{path}.{index}"
        if block.get("type") != "text":
            yield f"{where}.type: Input should be 'text'"
        else:
            yield from missing_and_extra(where, block, shapes.BLOCKS["text"])
            yield from _text(where, block)


def _text(path: str, block: Json) -> Iterator[str]:
    text = block.get("text")
    if "text" in block and not isinstance(text, str):
        yield f"{path}.text: Input should be a valid string"
    elif text == "":
        yield f"{path}: text content blocks must be non-empty"
    elif isinstance(text, str) and not text.strip():
        yield f"{path}: text content blocks must contain non-whitespace text"


def _block(path: str, block: Json, role: str, issued: Issued) -> Iterator[str]:
    kind = block.get("type")
    if not isinstance(kind, str):
        yield f"{path}.type: Field required"
        return
    shape = shapes.BLOCKS.get(kind)
    if shape is None:
        # A model newer than this table may have said it; a user cannot have.
        if role == "user":
            yield f"{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags"
        return
    if kind not in (shapes.IN_USER if role == "user" else shapes.IN_ASSISTANT):
        other = "assistant" if role == "user" else "user"
        yield f"{path}: `{kind}` blocks can only be in `{other}` messages"
        return
    allowed = shapes.Shape(shape.required, shape.optional | issued.keys.get(kind, frozenset()))
    yield from missing_and_extra(f"{path}.{kind}", block, allowed)
    match kind:
        case "text":
            yield from _text(path, block)
            yield from _citations(path, block, role)
        case "image":
            yield from _image(path, block)
        case "document":
            yield from _document(path, block)
        case "tool_result":
            yield from _tool_result(path, block)
        case "tool_use" | "server_tool_use":
            yield from _tool_use(path, block)
        case _:
            pass


def _citations(path: str, block: Json, role: str) -> Iterator[str]:
    if role == "user" and block.get("citations") is not None:
        yield f"{path}.citations: `citations` are not permitted on text blocks inside user messages"
        return
    for index, citation in enumerate(map(obj, arr(block.get("citations")))):
        where, kind = f"{path}.text.citations.{index}", text_of(citation.get("type"))
        if shape := shapes.CITATIONS.get(kind):
            yield from missing_and_extra(f"{where}.{kind}", citation, shape)
        else:
            yield f"{where}: Input tag '{kind}' found using 'type' does not match any of the expected tags"


def _tool_use(path: str, block: Json) -> Iterator[str]:
    kind, name = text_of(block.get("type")), text_of(block.get("name"))
    pattern = _SERVER_ID if kind == "server_tool_use" else _ID
    if "id" in block and not pattern.fullmatch(text_of(block["id"])):
        yield f"{path}.{kind}.id: String should match pattern '^{pattern.pattern}$'"
    if "input" in block and not isinstance(block["input"], dict):
        yield f"{path}.{kind}.input: Input should be a valid dictionary"
    if not name:
        yield f"{path}.{kind}.name: String should have at least 1 character"
    elif kind == "server_tool_use" and name not in shapes.SERVER_RESULTS:
        yield f"{path}.{kind}.name: '{name}' is not a server tool"


def _tool_result(path: str, block: Json) -> Iterator[str]:
    content = block.get("content")
    if content is not None and not isinstance(content, (str, list)):
        yield f"{path}.tool_result.content: Input should be a valid list"
    if not isinstance(block.get("is_error", False), bool):
        yield f"{path}.tool_result.is_error: Input should be a valid boolean"
    for index, inner in enumerate(map(obj, arr(content))):
        where, kind = f"{path}.tool_result.content.{index}", text_of(inner.get("type"))
        if kind not in shapes.IN_TOOL_RESULT:
            yield f"{where}: Input tag '{kind}' found using 'type' does not match any of the expected tags"
        elif shape := shapes.BLOCKS.get(kind):
            yield from missing_and_extra(f"{where}.{kind}", inner, shape)
            if kind == "text":
                yield from _text(where, inner)
                yield from _citations(where, inner, "user")
            elif kind == "image":
                yield from _image(where, inner)
            elif kind == "document":
                yield from _document(where, inner)


def _image(path: str, block: Json) -> Iterator[str]:
    source = obj(block.get("source"))
    yield from _source(f"{path}.image.source", source, shapes.IMAGE_SOURCES)
    if source.get("type") == "base64" and source.get("media_type") not in shapes.IMAGE_TYPES:
        types = ", ".join(f"'{name}'" for name in sorted(shapes.IMAGE_TYPES))
        yield f"{path}.image.source.base64.media_type: Input should be one of {types}"


def _document(path: str, block: Json) -> Iterator[str]:
    source = obj(block.get("source"))
    kind = text_of(source.get("type"))
    yield from _source(f"{path}.document.source", source, shapes.DOCUMENT_SOURCES)
    expected = shapes.DOCUMENT_TYPES.get(kind)
    if expected and source.get("media_type") != expected:
        yield f"{path}.document.source.{kind}.media_type: Input should be '{expected}'"
    if kind == "text" and not text_of(source.get("data")).strip():
        yield f"{path}.document.source.text.data: text must be non-empty"


def _source(path: str, source: Json, known: dict[str, shapes.Shape]) -> Iterator[str]:
    kind = text_of(source.get("type"))
    if kind not in known:
        yield f"{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags"
        return
    yield from missing_and_extra(f"{path}.{kind}", source, known[kind])
    if kind == "base64":
        try:
            decoded = base64.b64decode(text_of(source.get("data")), validate=True)
        except (binascii.Error, ValueError):
            yield f"{path}.base64.data: invalid base64 data"
        else:
            if not decoded:
                yield f"{path}.base64.data: must be non-empty"
    if kind == "url" and not text_of(source.get("url")).startswith(("http://", "https://")):
        yield f"{path}.url.url: Only HTTP and HTTPS URLs are supported"


def _client_tools(said: list[Turn]) -> Iterator[str]:
    seen: set[str] = set()
    for index, turn in enumerate(said):
        called = [text_of(block.get("id")) for _, block in turn.of("tool_use")]
        for one in called:
            if one in seen:
                yield f"{turn.path}: `tool_use` ids must be unique"
            seen.add(one)
        if turn.role == "user":
            continue
        after = said[index + 1] if index + 1 < len(said) else Turn("user", "", [])
        answered = _results_at_the_start(after)
        if lost := [one for one in called if one not in answered]:
            yield (
                f"{turn.path}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(lost)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
                "next message."
            )
    for index, turn in enumerate(said):
        before = said[index - 1] if index else Turn("assistant", "", [])
        calls = {text_of(block.get("id")) for _, block in before.of("tool_use")}
        answered: set[str] = set()
        for path, block in turn.of("tool_result"):
            one = text_of(block.get("tool_use_id"))
            if one not in calls:
                yield (
                    f"{path}: unexpected `tool_use_id` found in `tool_result` blocks: {one}. Each `tool_result` "
                    "block must have a corresponding `tool_use` block in the previous message."
                )
            elif one in answered:
                yield (
                    f"{path}: each tool_use must have a single result. Found multiple `tool_result` blocks "
                    f"with id: {one}"
                )
            answered.add(one)


def _results_at_the_start(turn: Turn) -> set[str]:
    """The results that stand before anything else: only these count as immediately after the call."""
    found: set[str] = set()
    for _, block in turn.blocks if turn.role == "user" else []:
        if block.get("type") != "tool_result":
            break
        found.add(text_of(block.get("tool_use_id")))
    return found


def _server_tools(said: list[Turn]) -> Iterator[str]:
    pending: dict[str, str] = {}
    for index, turn in enumerate(said):
        if turn.role != "assistant":
            continue
        for path, block in turn.blocks:
            kind = text_of(block.get("type"))
            if kind == "server_tool_use":
                pending[text_of(block.get("id"))] = text_of(block.get("name"))
            elif kind in shapes.SERVER_RESULTS.values():
                one = text_of(block.get("tool_use_id"))
                if shapes.SERVER_RESULTS.get(pending.pop(one, "")) != kind:
                    yield (
                        f"{path}: unexpected `tool_use_id` found in `{kind}` blocks: {one}. Each `{kind}` block "
                        "must have a corresponding `server_tool_use` block before it."
                    )
        # A paused turn is finished in its next request; code that calls a client tool after the tool's result.
        paused = index == len(said) - 1
        if not paused and not any(turn.of("tool_use")):
            for one, name in pending.items():
                yield (
                    f"{turn.path}: `{name}` tool use with id `{one}` was found without a corresponding "
                    f"`{shapes.SERVER_RESULTS.get(name, name)}` block"
                )
            pending.clear()
