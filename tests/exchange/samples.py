"""Files as other programs export them, made small: what is publicly known of their shapes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.exchange import to_json, to_markdown

NO_PARENT = "00000000-0000-4000-8000-000000000000"


def claude_message(id: str, sender: str, text: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    message = {
        "uuid": id,
        "text": text,
        "content": [{"type": "text", "text": text, "citations": []}],
        "sender": sender,
        "created_at": "2025-03-01T10:00:00.123456Z",
        "attachments": [],
        "files": [],
        **more,
    }
    return message if parent is None else {**message, "parent_message_uuid": parent}


def claude_conversation(id: str, *messages: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "uuid": id,
        "name": f"Talk {id}",
        "summary": "",
        "created_at": "2025-03-01T10:00:00.000000Z",
        "updated_at": "2025-03-02T10:00:00.000000Z",
        "account": {"uuid": "somebody"},
        "chat_messages": list(messages),
        **more,
    }


CITED = {"start_index": 0, "end_index": 4, "details": {"type": "web_search_citation", "url": "https://a.example/x"}}
CLAUDE = [
    claude_conversation(
        "one",
        claude_message(
            "q1", "human", "Look at these.", NO_PARENT,
            attachments=[
                {"file_name": "a.txt", "file_type": "txt", "file_size": 5, "extracted_content": "What is in it."},
                {"file_name": "b.bin", "file_type": "bin", "file_size": 5, "extracted_content": ""},
            ],
            files=[{"file_name": "photo.png"}],
        ),
        claude_message(
            "a1", "assistant", "Seen it all.", "q1",
            content=[
                {"type": "thinking", "thinking": "Let me see.", "signature": "forged", "summaries": [{"summary": "s"}]},
                {"type": "tool_use", "name": "web_search", "input": {"query": "photo"}},
                {"type": "tool_result", "name": "web_search", "content": [{"type": "text", "text": "Found."}]},
                {"type": "text", "text": "Seen it all.", "citations": [CITED]},
                {"type": "token_budget"},
            ],
        ),
        claude_message("q2", "human", "And now?", "a1"),
        claude_message("a2", "assistant", "First answer.", "q2"),
        claude_message("a3", "assistant", "Second answer.", "q2"),
        current_leaf_message_uuid="a2",
    ),
    claude_conversation(
        "two", claude_message("x", "human", "Older, a list."), claude_message("y", "assistant", "Yes.")
    ),
    claude_conversation("empty"),
]  # fmt: skip


def gpt_node(
    id: str, parent: str | None, role: str, content: object, *, recipient: str = "all", name: str | None = None,
    **meta: Any,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    said = {"content_type": "text", "parts": [content]} if isinstance(content, str) else content
    message = {
        "id": id,
        "author": {"role": role, "name": name, "metadata": {}},
        "create_time": 1_700_000_000.5,
        "content": said,
        "status": "finished_successfully",
        "recipient": recipient,
        "metadata": meta,
    }
    return id, {"id": id, "message": message, "parent": parent, "children": []}


CITE = "\ue200cite\ue202turn0search1\ue201"
GPT = [
    {
        "title": "A talk",
        "create_time": 1_700_000_000.1,
        "update_time": 1_700_000_100.1,
        "conversation_id": "gpt-one",
        "current_node": "answer",
        "mapping": dict(
            [
                ("root", {"id": "root", "message": None, "parent": None, "children": ["system"]}),
                gpt_node("system", "root", "system", ""),
                gpt_node("custom", "system", "user", {"content_type": "user_editable_context", "user_profile": "Me."}),
                gpt_node(
                    "question", "custom", "user",
                    {
                        "content_type": "multimodal_text",
                        "parts": [
                            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"},
                            {"content_type": "audio_transcription", "text": "Spoken."},
                            "Typed.",
                        ],
                    },
                    attachments=[{"id": "file-2", "name": "paper.pdf"}],
                ),
                gpt_node("thought", "question", "assistant",
                         {"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "Hm."}]}),
                gpt_node("recap", "thought", "assistant", {"content_type": "reasoning_recap", "content": "Thought."}),
                gpt_node("call", "recap", "assistant", {"content_type": "code", "language": "json", "text": '{"q": 1}'},
                         recipient="web", model_slug="gpt-5"),
                gpt_node("result", "call", "tool", {"content_type": "execution_output", "text": "Output."}, name="web"),
                gpt_node("answer", "result", "assistant", f"It is so.{CITE} Or \ue200x\ue201not.", model_slug="gpt-5",
                         content_references=[
                             {"matched_text": CITE, "items": [{"url": "https://b.example", "title": "B"}]}
                         ]),
                gpt_node("other", "question", "assistant", "Another answer.", model_slug="gpt-4o"),
                gpt_node("canvas", "other", "assistant", {"content_type": "hologram", "depth": 3}),
                gpt_node("alone", "gone", "tool", {"content_type": "tether_quote", "title": "T", "text": "Quoted."}),
            ]
        ),
    }
]  # fmt: skip

LLM_OLD = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT,
    response TEXT, response_json TEXT, conversation_id TEXT REFERENCES conversations (id), duration_ms INTEGER,
    datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, schema_id TEXT,
    resolved_model TEXT, reasoning TEXT);
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT, source TEXT);
CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
CREATE TABLE system_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, tool_id INTEGER, name TEXT, arguments TEXT,
    tool_call_id TEXT);
CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, tool_id INTEGER, name TEXT, output TEXT,
    tool_call_id TEXT, exception TEXT);
INSERT INTO conversations VALUES ('c1', 'About salt', 'm');
INSERT INTO responses (id, model, prompt, system, response, conversation_id, datetime_utc, input_tokens, output_tokens,
    reasoning) VALUES
    ('r1', 'm-1', 'Why salt?', 'Be brief.', 'I look.', 'c1', '2025-01-01T10:00:00.123', 3, 4, 'Hm.'),
    ('r2', 'm-1', '', NULL, 'Because.', 'c1', '2025-01-01T10:00:05', NULL, NULL, NULL),
    ('r3', 'm-2', 'Alone?', NULL, 'Yes.', NULL, '2025-01-02T10:00:00', NULL, NULL, NULL);
INSERT INTO attachments VALUES ('f1', 'image/png', '/home/me/salt.png', NULL, x'00');
INSERT INTO prompt_attachments VALUES ('r1', 'f1', 0);
INSERT INTO fragments VALUES (1, 'h', 'A long fragment.', NULL, NULL);
INSERT INTO prompt_fragments VALUES ('r1', 1, 0);
INSERT INTO tool_calls VALUES (1, 'r1', NULL, 'look', '{"at": "salt"}', 'tc1');
INSERT INTO tool_results VALUES (1, 'r2', NULL, 'look', 'It is white.', 'tc1', NULL);
"""
LLM_NEW = """
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT, text TEXT,
    payload TEXT);
CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT, datetime_utc TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT, model TEXT,
    resolved_model TEXT, options_json TEXT, input_tokens INTEGER, output_tokens INTEGER, datetime_utc TEXT);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT, source TEXT);
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
INSERT INTO messages VALUES ('s', NULL, 'system', NULL), ('q', 's', 'user', NULL), ('a', 'q', 'assistant', NULL),
    ('t', 'a', 'tool', NULL), ('b', 't', 'assistant', NULL), ('c', 'q', 'assistant', NULL);
INSERT INTO fragments VALUES (7, 'h', 'borrowed', NULL, NULL);
INSERT INTO attachments VALUES ('f', 'image/png', NULL, 'https://a.example/x.png', NULL);
INSERT INTO parts (message_hash, position, type, text, payload) VALUES
    ('s', 0, 'text', 'Be brief.', NULL),
    ('q', 0, 'text', NULL, '{"text_ref": [{"literal": "Some "}, {"fragment": 7}, {"fragment": 8}]}'),
    ('q', 1, 'attachment', NULL, '{"attachment": {"id": "f"}}'),
    ('a', 0, 'reasoning', 'Hm.', NULL),
    ('a', 1, 'tool_call', NULL, '{"name": "look", "arguments": {"at": "salt"}, "tool_call_id": "tc"}'),
    ('t', 0, 'tool_result', NULL, '{"name": "look", "output": "White.", "tool_call_id": "tc"}'),
    ('b', 0, 'text', 'It is white.', NULL),
    ('c', 0, 'text', 'Another answer.', NULL),
    ('c', 1, 'hologram', NULL, '{"depth": 3}');
INSERT INTO threads VALUES ('t1', 'About salt', 'b', NULL, '2025-01-01');
INSERT INTO turns (id, thread_id, tip_message_hash, model, input_tokens, datetime_utc) VALUES
    ('1', 't1', 'c', 'm-1', 3, '2025-01-01T10:00:00'), ('2', 't1', 'b', 'm-1', 4, '2025-01-01T10:01:00');
"""


def ours() -> Conversation:
    question = Node("a" * 24, None, "user", (TextBlock("Why?"),), "typed", created_at=5)
    answer = Node("b" * 24, "a" * 24, "assistant", (TextBlock("Because."),), "model", created_at=6, model="a-model",
                  stop_reason="end_turn")  # fmt: skip
    return Conversation("c" * 24, "Ours", created_at=5, updated_at=6).with_nodes([question, answer])


def write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def write_zip(path: Path, **files: object) -> Path:
    with ZipFile(path, "w") as archive:
        for name, value in files.items():
            archive.writestr(name.replace("__", "/") + ".json", json.dumps(value))
    return path


def write_database(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


EVERY: Mapping[str, Callable[[Path], Path]] = {
    "claude.ai": lambda folder: write_json(folder / "conversations.json", CLAUDE),
    "claude.ai's archive": lambda folder: write_zip(
        folder / "data.zip", export__conversations=CLAUDE, export__users=[{"uuid": "somebody"}]
    ),
    "ChatGPT": lambda folder: write_json(folder / "gpt.json", GPT),
    "ChatGPT's archive in parts": lambda folder: write_zip(
        folder / "gpt.zip", **{"conversations-000": GPT, "conversations-001": [{**GPT[0], "conversation_id": "other"}]}
    ),
    "llm": lambda folder: write_database(folder / "logs.db", LLM_OLD),
    "llm since 0.32": lambda folder: write_database(folder / "new.db", LLM_NEW),
    "our JSON": lambda folder: write_json(folder / "ours.json", to_json(ours(), "A draft.")),
    "all of our JSON": lambda folder: write_json(folder / "all.json", [to_json(ours())]),
    "our Markdown": lambda folder: _text(folder / "ours.md", to_markdown(ours())),
}
"""A sound file of every kind."""


def _text(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
