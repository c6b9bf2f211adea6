"""A conversation of ChatGPT's data export (``conversations.json``).

As far as it is publicly known: ``title``, ``create_time``, ``current_node`` and ``mapping``, in which each node has
its ``parent`` and a ``message`` with ``author.role``, ``content.content_type``, ``recipient`` and ``metadata``. Nodes
that say nothing are left out of the tree; a tool's call and what it gave become a call and its result.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from claude_tui.core.message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claude_tui.exchange.carried import Carried, Said, arr, cited, digest, file_named, grown, moment, obj, text_of

SOURCE = "ChatGPT"
_MARK = re.compile("\ue200[^\ue200\ue201]*\ue201")
"""A citation in the text itself, in signs for private use."""
_RECORDINGS = frozenset(
    ("audio_asset_pointer", "real_time_user_audio_video_asset_pointer", "video_container_asset_pointer")
)


def is_ours(item: JsonObject) -> bool:
    """Whether it looks like one."""
    return isinstance(item.get("mapping"), Mapping)


def read(item: JsonObject) -> Carried:
    """The conversation."""
    return _Reading(item).carried()


class _Reading:
    def __init__(self, item: JsonObject) -> None:
        self._item = item
        self._mapping = cast("JsonObject", item["mapping"])
        self._lost: Counter[str] = Counter()
        self._said: dict[str, Said] = {}
        self._calls: dict[str, str] = {}
        """The call that a node makes, by the node's id."""
        self._stands: dict[str, str | None] = {}
        """For each node itself, or the nearest above it that says something."""

    def carried(self) -> Carried:
        for name in self._in_order():
            node = obj(self._mapping[name])
            parent = self._stands.get(text_of(node.get("parent")))
            message = obj(node.get("message"))
            kept = bool(message) and self._add(name, parent, message)
            self._stands[name] = name if kept else parent
        item = self._item
        head = self._stands.get(text_of(item.get("current_node")))
        return grown(
            SOURCE,
            text_of(item.get("conversation_id")) or text_of(item.get("id")) or digest(SOURCE, *self._mapping),
            list(self._said.values()),
            self._lost,
            title=text_of(item.get("title")),
            head=head,
            at=moment(item.get("create_time")),
            changed=moment(item.get("update_time")),
        )

    def _in_order(self) -> list[str]:
        """Parents first; what stands in a circle or under nothing comes where the file has it."""
        order: dict[str, None] = {}
        for name in self._mapping:
            branch: dict[str, None] = {}
            at: Any = name
            while isinstance(at, str) and at in self._mapping and at not in order and at not in branch:
                branch[at] = None
                at = obj(self._mapping[at]).get("parent")
            self._lost["links that led in a circle"] += isinstance(at, str) and at in branch
            order.update(dict.fromkeys(reversed(branch)))
        return list(order)

    def _add(self, name: str, parent: str | None, message: JsonObject) -> bool:
        """Keep the message, if it says anything."""
        role = text_of(obj(message.get("author")).get("role"))
        content = obj(message.get("content"))
        kind = text_of(content.get("content_type")) or "text"
        meta = obj(message.get("metadata"))
        if role == "system" or kind in ("user_editable_context", "model_editable_context"):
            if _words(content).strip() or kind != "text":
                self._lost["instructions of the person or of ChatGPT"] += 1
            return False
        blocks: list[ContentBlock]
        match role:
            case "user":
                blocks = [*self._files(meta), *self._blocks(kind, content, meta)]
            case "assistant":
                blocks = self._assistant(name, message, kind, content, meta)
            case "tool":
                blocks = self._result(name, parent, message, kind, content)
            case _:
                self._lost["messages of nobody known"] += 1
                return False
        if not blocks:
            return False
        ended = obj(meta.get("finish_details")).get("type")
        self._said[name] = Said(
            id=name,
            parent=parent,
            role="user" if role == "user" else "assistant",
            content=blocks,
            at=moment(message.get("create_time")),
            model=text_of(meta.get("model_slug")),
            stop_reason="max_tokens" if ended == "max_tokens" else None,
            status="interrupted" if ended == "interrupted" or message.get("status") == "in_progress" else "complete",
        )
        return True

    def _assistant(
        self, name: str, message: JsonObject, kind: str, content: JsonObject, meta: JsonObject
    ) -> list[ContentBlock]:
        recipient = text_of(message.get("recipient")) or "all"
        if recipient == "all":
            return self._blocks(kind, content, meta)
        call = f"call_{digest(name)[:20]}"
        self._calls[name] = call
        words = _words(content)
        given: Any = None
        try:
            given = json.loads(words)
        except (ValueError, RecursionError):
            pass
        return [ToolUseBlock(call, recipient, obj(given) or {"code": words}, "server_tool_use")]

    def _result(
        self, name: str, parent: str | None, message: JsonObject, kind: str, content: JsonObject
    ) -> list[ContentBlock]:
        words = _words(content)
        shown = [block for block in self._blocks(kind, content, {}) if isinstance(block, OpaqueBlock)]
        call = self._calls.pop(parent or "", "")
        blocks: list[ContentBlock] = []
        if not call:
            if not words.strip():
                return [*shown]
            call = f"call_{digest(name)[:20]}"
            tool = text_of(obj(message.get("author")).get("name")) or "tool"
            blocks.append(ToolUseBlock(call, tool, {}, "server_tool_use"))
        return [*blocks, ToolResultBlock(call, words, kind == "system_error", "server_tool_result"), *shown]

    def _blocks(self, kind: str, content: JsonObject, meta: JsonObject) -> list[ContentBlock]:
        match kind:
            case "text" | "multimodal_text":
                return [block for part in arr(content.get("parts")) if (block := self._part(part, meta)) is not None]
            case "code" | "execution_output":
                words = _words(content)
                language = text_of(content.get("language"))
                fence = "`" * max(3, max(map(len, re.findall("`+", words)), default=0) + 1)
                named = language if re.fullmatch(r"[\w+#.-]{1,20}", language) and language != "unknown" else ""
                return [TextBlock(f"{fence}{named}\n{words}\n{fence}")] if words.strip() else []
            case "thoughts" | "reasoning_recap":
                words = _words(content)
                return [ThinkingBlock(words)] if words.strip() else []
            case _:
                return [OpaqueBlock({**content, "type": f"{SOURCE}.{kind}"})]

    def _part(self, part: object, meta: JsonObject) -> ContentBlock | None:
        if isinstance(part, str):
            return self._text(part, meta) if part.strip() else None
        data = obj(part)
        kind = text_of(data.get("content_type"))
        if kind == "audio_transcription":
            self._lost["recordings, of which what was said is kept"] += 1
            return TextBlock(text_of(data.get("text")))
        if kind in _RECORDINGS:
            return None  # beside its transcription
        if kind == "image_asset_pointer":
            self._lost["images, of which only the names are taken"] += 1
            return file_named(text_of(data.get("asset_pointer")) or "image")
        if not data:
            self._lost["pieces of messages that are no objects"] += part is not None
            return None
        return OpaqueBlock({**data, "type": f"{SOURCE}.{kind or 'part'}"})

    def _files(self, meta: JsonObject) -> list[ContentBlock]:
        names = [text_of(obj(one).get("name")) for one in arr(meta.get("attachments"))]
        if names:
            self._lost["files, of which the export has only the names"] += len(names)
        return [file_named(name) for name in names]

    def _text(self, text: str, meta: JsonObject) -> TextBlock:
        """The text without the marks of its sources, which stand in signs that nobody can read."""
        sources: list[tuple[str, str, str]] = []
        for value in arr(meta.get("content_references")):
            reference = obj(value)
            mark = text_of(reference.get("matched_text"))
            if not _MARK.fullmatch(mark) or mark not in text:
                continue
            found = [obj(one) for one in (reference, *arr(reference.get("items")), *arr(reference.get("sources")))]
            links = [(text_of(one.get("url")), text_of(one.get("title")), "") for one in found]
            sources += [link for link in links if link[0]]
            text = text.replace(mark, "")
        text, left = _MARK.subn("", text)
        if left:
            self._lost["marks of sources that are not named"] += left
        return cited(text, sources)


def _words(content: JsonObject) -> str:
    """What a content says, whatever kind it is of."""
    found: list[str] = [text_of(content.get(key)) for key in ("title", "url", "text", "result", "content")]
    found += [part for part in arr(content.get("parts")) if isinstance(part, str)]
    for value in arr(content.get("thoughts")):
        thought = obj(value)
        found += [
            f"**{summary}**" if (summary := text_of(thought.get("summary"))) else "",
            text_of(thought.get("content")),
        ]
    return "\n\n".join(part for part in found if part)
