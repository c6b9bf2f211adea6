"""Conversations of Simon Willison's ``llm``: its ``logs.db``, in the tables before 0.32 and in those since.

``Rows`` is how the file is read; this module knows only what the tables mean.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from claude_tui.core.message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claude_tui.exchange.carried import Carried, Said, arr, digest, file_named, grown, moment, obj, text_file, text_of

SOURCE = "llm"
_FILES = "attached files, of which only the names are taken"


class Rows(Protocol):
    """A database of which tables can be read."""

    columns: dict[str, tuple[str, ...]]

    def rows(
        self, table: str, columns: Sequence[str], where: str = "", value: object = None, order: str = "rowid"
    ) -> Iterator[dict[str, Any]]:
        """Rows by the names asked for; what is not there is None."""
        ...


def is_ours(columns: Mapping[str, Sequence[str]]) -> bool:
    """Whether these are its tables."""
    old = {"prompt", "response", "conversation_id"} <= set(columns.get("responses", ()))
    return old or ("turns" in columns and "messages" in columns and "parts" in columns)


def read(rows: Rows) -> Iterator[Carried]:
    """All conversations, those of the older tables first."""
    for about in list(rows.rows("conversations", ("id", "name"))):
        if carried := _Old(rows, about["id"], text_of(about["name"])).carried():
            yield carried
    known = {row["id"] for row in rows.rows("conversations", ("id",))}
    for response in list(rows.rows("responses", ("id", "conversation_id"))):
        if response["conversation_id"] not in known:  # of no conversation, or of one that was deleted
            known.add(response["conversation_id"])
            if carried := _Old(rows, response["conversation_id"], "").carried():
                yield carried
    for about in list(rows.rows("threads", ("id", "name", "tip_message_hash"))):
        if carried := _New(rows, about).carried():
            yield carried


class _Old:
    """A conversation of the tables ``conversations`` and ``responses``: each response is a question and its answer."""

    def __init__(self, rows: Rows, id: object, name: str) -> None:
        self._rows = rows
        self._id = id
        self._name = name
        self._lost: Counter[str] = Counter()

    def carried(self) -> Carried | None:
        said: list[Said] = []
        columns = ("id", "model", "prompt", "system", "response", "datetime_utc", "input_tokens", "output_tokens")
        for row in self._rows.rows(
            "responses", (*columns, "reasoning", "schema_id"), "conversation_id", self._id, order="datetime_utc"
        ):
            said += self._turn(row, said[-1].id if said else None)
        if not said:
            return None
        id = text_of(self._id) or digest("responses of no conversation", *(one.id for one in said))
        return grown(SOURCE, id, said, self._lost, title=self._name)

    def _turn(self, row: Mapping[str, Any], before: str | None) -> list[Said]:
        id = text_of(row["id"]) or f"#{before}"
        at = moment(row["datetime_utc"])
        asked: list[ContentBlock] = [text_file("fragment", text) for text in self._fragments("prompt_fragments", id)]
        asked += self._attachments("prompt_attachments", "response_id", id)
        for given in self._rows.rows("tool_results", ("name", "output", "tool_call_id"), "response_id", id):
            asked.append(ToolResultBlock(text_of(given["tool_call_id"]), text_of(given["output"])))
        prompt = text_of(row["prompt"])
        asked += [TextBlock(prompt)] if prompt else []
        system = "\n\n".join([*self._fragments("system_fragments", id), *filter(None, [text_of(row["system"])])])
        facts: dict[str, Any] = {"request": {"system": system}} if system else {}
        if row["schema_id"]:
            self._lost["schemas of replies"] += 1
        found: list[Said] = []
        if asked:
            found.append(Said(f"{id}:asked", before, "user", asked, at, facts=facts))
            before = found[-1].id
        answer: list[ContentBlock] = []
        if thought := text_of(row["reasoning"]):
            answer.append(ThinkingBlock(thought))
        if text := text_of(row["response"]):
            answer.append(TextBlock(text))
        for number, call in enumerate(
            self._rows.rows("tool_calls", ("name", "arguments", "tool_call_id"), "response_id", id)
        ):
            answer.append(_call(call, text_of(call["arguments"]), f"{id}:{number}"))
        counts = {name: row[name] for name in ("input_tokens", "output_tokens") if isinstance(row[name], int)}
        found.append(Said(id, before, "assistant", answer, at, text_of(row["model"]), usage=counts))
        return found

    def _fragments(self, table: str, id: str) -> list[str]:
        numbers = [row["fragment_id"] for row in self._rows.rows(table, ("fragment_id",), "response_id", id, "order")]
        return [
            text
            for number in numbers
            for row in self._rows.rows("fragments", ("content",), "id", number)
            if (text := text_of(row["content"]))
        ]

    def _attachments(self, table: str, key: str, id: object) -> list[ContentBlock]:
        found = [row["attachment_id"] for row in self._rows.rows(table, ("attachment_id",), key, id, "order")]
        self._lost[_FILES] += len(found)
        return [_file(self._rows, one) for one in found]


class _New:
    """A thread of the content-addressed store: messages in a tree, and turns that say where each call ended."""

    def __init__(self, rows: Rows, about: Mapping[str, Any]) -> None:
        self._rows = rows
        self._about = about
        self._lost: Counter[str] = Counter()
        self._said: dict[str, Said] = {}
        self._system: list[str] = []

    def carried(self) -> Carried | None:
        thread = self._about["id"]
        columns = ("tip_message_hash", "model", "datetime_utc", "input_tokens", "output_tokens")
        turns = list(self._rows.rows("turns", columns, "thread_id", thread, order="datetime_utc"))
        for turn in turns:
            self._climb(turn["tip_message_hash"], turn)
        tip = self._about["tip_message_hash"]
        self._climb(tip, {})
        if not self._said:
            return None
        if self._system:
            first = next(iter(self._said.values()))
            first.facts["request"] = {"system": "\n\n".join(self._system)}
        id = text_of(thread) or digest(SOURCE, *self._said)
        head = tip if isinstance(tip, str) and tip in self._said else None
        return grown(SOURCE, id, list(self._said.values()), self._lost, title=text_of(self._about["name"]), head=head)

    def _climb(self, tip: object, turn: Mapping[str, Any]) -> None:
        """Keep what leads to a message, the oldest first."""
        branch: list[tuple[str, str | None, str]] = []
        seen: set[object] = set()
        while isinstance(tip, str) and tip not in self._said and tip not in seen:
            seen.add(tip)
            row = next(self._rows.rows("messages", ("parent_hash", "role"), "hash", tip), None)
            if row is None:
                self._lost["messages that are missing"] += 1
                break
            parent = row["parent_hash"] if isinstance(row["parent_hash"], str) else None
            branch.append((tip, parent, text_of(row["role"])))
            tip = parent
        for name, parent, role in reversed(branch):
            blocks = self._parts(name)
            if role == "system":
                self._system += [block.text for block in blocks if isinstance(block, TextBlock)]
                continue
            last = name == branch[0][0] and role == "assistant"
            counts = {key: turn[key] for key in ("input_tokens", "output_tokens") if isinstance(turn.get(key), int)}
            self._said[name] = Said(
                id=name,
                parent=parent,
                role="assistant" if role == "assistant" else "user",
                content=blocks,
                at=moment(turn.get("datetime_utc")),
                model=text_of(turn.get("model")),
                usage=counts if last else {},
            )

    def _parts(self, message: str) -> list[ContentBlock]:
        blocks: list[ContentBlock] = []
        for number, row in enumerate(
            self._rows.rows("parts", ("type", "text", "payload"), "message_hash", message, order="position")
        ):
            payload = _json(row["payload"])
            text = row["text"] if isinstance(row["text"], str) else self._text(payload)
            match row["type"]:
                case "text":
                    blocks.append(TextBlock(text))
                case "reasoning":
                    blocks += [ThinkingBlock(text)] if text else []
                case "tool_call":
                    blocks.append(_call(payload, payload.get("arguments"), f"{message}:{number}"))
                case "tool_result":
                    given = text_of(payload.get("output"))
                    blocks.append(ToolResultBlock(text_of(payload.get("tool_call_id")), given))
                    blocks += [self._file(obj(one).get("id")) for one in arr(payload.get("attachments"))]
                case "attachment":
                    blocks.append(self._file(obj(payload.get("attachment")).get("id")))
                case kind:
                    blocks.append(OpaqueBlock({**payload, "type": f"{SOURCE}.{text_of(kind) or 'part'}", "text": text}))
        return blocks

    def _text(self, payload: JsonObject) -> str:
        """A text that is put together of fragments."""
        found: list[str] = []
        for value in arr(payload.get("text_ref")):
            piece = obj(value)
            if "literal" in piece:
                found.append(text_of(piece["literal"]))
                continue
            row = next(self._rows.rows("fragments", ("content",), "id", piece.get("fragment")), None)
            if row is None:
                self._lost["fragments that are missing"] += 1
            else:
                found.append(text_of(row["content"]))
        return "".join(found) or text_of(payload.get("text"))

    def _file(self, id: object) -> OpaqueBlock:
        self._lost[_FILES] += 1
        return _file(self._rows, id)


def _call(call: Mapping[str, Any], arguments: object, place: str) -> ToolUseBlock:
    given = _json(arguments) if isinstance(arguments, str) else obj(arguments)
    left = arguments if isinstance(arguments, str) and not given and arguments.strip() not in ("", "{}") else ""
    id = text_of(call.get("tool_call_id")) or f"call_{digest(place)[:20]}"
    return ToolUseBlock(id, text_of(call.get("name")) or "tool", given, "server_tool_use", left)


def _file(rows: Rows, id: object) -> OpaqueBlock:
    """What is known of an attachment besides its bytes."""
    row = next(rows.rows("attachments", ("type", "path", "url"), "id", id), None) or {}
    return file_named(text_of(row.get("path")) or text_of(row.get("url")) or text_of(row.get("type")))


def _json(text: object) -> JsonObject:
    try:
        return obj(json.loads(text)) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
