"""A conversation of claude.ai's data export (``conversations.json``).

As far as it is publicly known: ``uuid``, ``name``, ``created_at``, ``updated_at`` and ``chat_messages``, each with
``uuid``, ``sender``, ``text``, ``content`` (blocks), ``attachments``, ``files``, and in newer ones
``parent_message_uuid``. What an older export has only as ``text`` is taken from there.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from claude_tui.core.message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claude_tui.exchange.carried import (
    Carried,
    Said,
    arr,
    cited,
    digest,
    file_named,
    grown,
    moment,
    obj,
    text_file,
    text_of,
)

SOURCE = "claude.ai"
_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
_TOLD = frozenset(("uuid", "name", "title", "created_at", "updated_at", "chat_messages", "account", "model"))
_STEPS = frozenset(("type", "text", "citations", "start_timestamp", "stop_timestamp", "uuid", "flags"))
"""Of a block: what is carried otherwise, and the bookkeeping that says nothing to a reader."""


def is_ours(item: JsonObject) -> bool:
    """Whether it looks like one."""
    return isinstance(item.get("chat_messages"), list)


def read(item: JsonObject) -> Carried:
    """The conversation."""
    lost: Counter[str] = Counter()
    said: list[Said] = []
    before: str | None = None
    for number, value in enumerate(arr(item.get("chat_messages"))):
        message = obj(value)
        role = _ROLES.get(text_of(message.get("sender")))
        if role is None:
            lost["messages of nobody known"] += 1
            continue
        id = text_of(message.get("uuid")) or f"#{number}"
        # Its parent is named in newer exports; in older ones a conversation is a list.
        named = message.get("parent_message_uuid")
        said.append(
            Said(
                id=id,
                parent=text_of(named) if isinstance(named, str) else before,
                role="user" if role == "user" else "assistant",
                content=_content(message, id, lost),
                at=moment(message.get("created_at")),
                model=text_of(message.get("model")) or text_of(item.get("model")),
            )
        )
        before = id
    about = {key: value for key, value in item.items() if key not in _TOLD and value not in (None, "", [], {}, False)}
    return grown(
        SOURCE,
        text_of(item.get("uuid")) or digest("claude.ai without an id", *(one.id for one in said)),
        said,
        lost,
        title=text_of(item.get("name")) or text_of(item.get("title")),
        head=text_of(item.get("current_leaf_message_uuid")),
        at=moment(item.get("created_at")),
        changed=moment(item.get("updated_at")),
        about={key: value for key, value in about.items() if key in ("summary", "is_starred", "project_uuid")},
    )


def _content(message: JsonObject, id: str, lost: Counter[str]) -> list[ContentBlock]:
    blocks: list[ContentBlock] = []
    for value in arr(message.get("attachments")):
        attached = obj(value)
        name, text = text_of(attached.get("file_name")), text_of(attached.get("extracted_content"))
        if text.strip():
            blocks.append(text_file(name, text))
        else:
            blocks.append(_file(attached, lost))
    for value in arr(message.get("files")):
        blocks.append(_file(obj(value), lost))
    calls: list[str] = []
    inner: list[ContentBlock] = []
    for place, value in enumerate(arr(message.get("content"))):
        if block := obj(value):
            inner.append(_block(block, f"{id}:{place}", calls, lost))
        elif value is not None:
            lost["pieces of messages that are no objects"] += 1
    if not any(isinstance(block, TextBlock) for block in inner) and (text := text_of(message.get("text"))):
        inner.append(TextBlock(text))
    return blocks + inner


def _file(value: JsonObject, lost: Counter[str]) -> OpaqueBlock:
    lost["files, of which the export has only the names"] += 1
    return file_named(text_of(value.get("file_name")))


def _block(block: JsonObject, place: str, calls: list[str], lost: Counter[str]) -> ContentBlock:
    extra = {key: value for key, value in block.items() if key not in _STEPS and value not in (None, "", [], {}, False)}
    match block.get("type"):
        case "text" if isinstance(block.get("text"), str):
            text = block["text"]
            found = cited(text, (_source(obj(one), text) for one in arr(block.get("citations"))))
            return TextBlock(text, found.citations, extra)
        case "thinking" if isinstance(block.get("thinking"), str):
            # Without its signature: it holds for the account it was written in, if at all.
            return ThinkingBlock(block["thinking"])
        case "tool_use":
            call = text_of(block.get("id")) or f"call_{digest(place)[:20]}"
            calls.append(call)
            given = block.get("input")
            name = text_of(block.get("name")) or "tool"
            return ToolUseBlock(
                call, name, obj(given), "server_tool_use", "" if isinstance(given, dict) else str(given)
            )
        case "tool_result":
            call = text_of(block.get("tool_use_id"))
            call = call if call in calls else (calls[-1] if calls else call)
            return ToolResultBlock(call, block.get("content"), block.get("is_error") is True, "server_tool_result")
        case "voice_note" if isinstance(block.get("text"), str):
            lost["recordings, of which what was said is kept"] += 1
            return TextBlock(block["text"])
        case kind:
            return OpaqueBlock({**block, "type": f"{SOURCE}.{text_of(kind) or 'block'}"})


def _source(citation: JsonObject, text: str) -> tuple[str, str, str]:
    details = obj(citation.get("details"))
    url = text_of(details.get("url")) or text_of(citation.get("url"))
    first, last = citation.get("start_index"), citation.get("end_index")
    words: Any = text[first:last] if type(first) is int and type(last) is int and 0 <= first <= last else ""
    return url, text_of(citation.get("title")) or text_of(details.get("title")), words[:500]
