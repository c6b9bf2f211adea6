"""Conversations and streams to store."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from claude_tui.core.conversation import Conversation, Join, Node
from claude_tui.core.events import StreamEvent, coalesce, decode
from claude_tui.core.message import TextBlock, Usage, block_from_wire

BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "Plain."},
    {"type": "text", "text": "", "citations": []},
    {"type": "text", "text": "é 東京 👩‍👩‍👧 \u202e\x1b[31m\x00 end", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "Cited.", "citations": [{"type": "web_search_result_location", "url": "https://a.b"}]},
    {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCkgIA=="},
    {"type": "redacted_thinking", "data": "EmwKAhgBEgy"},
    {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "Europe/Rome", "deep": [{"a": None}]}},
    {"type": "tool_use", "id": "toolu_2", "name": "cut", "input": {}, "partial_json": '{"zo'},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}, "caller": {"a": 1}},
    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "12:00"},
    {"type": "tool_result", "tool_use_id": "toolu_2", "content": [{"type": "text", "text": "no"}], "is_error": True},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result"}]},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
    {"type": "document", "source": {"type": "url", "url": "https://a.b/c.pdf"}},
    {"type": "one_day", "field": {"nested": [1, 2.5, True, None, "ü"]}, "big": 2**80},
    {"no_type": 1},
    {"type": 7},
]


def node(node_id: str, text: str = "", parent: str | None = None, role: Any = "user", **more: Any) -> Node:
    origin = "typed" if role == "user" else "model"
    return Node(node_id, parent, role, (TextBlock(text),) if text else (), more.pop("origin", origin), **more)


def everything() -> Conversation:
    """One node of every kind there is."""
    asked = node("n1", "A question", created_at=-5)
    answered = Node(
        "n2",
        "n1",
        "assistant",
        tuple(block_from_wire(block) for block in BLOCKS),
        "model",
        status="interrupted",
        created_at=2**52,
        model="claude-x",
        stop_reason="one_day",
        usage=Usage({"input_tokens": 5, "cache_creation": {"ephemeral_1h_input_tokens": 3}, "new": "kept"}),
        join=Join("ask", "the last words", " \n"),
        facts={"request": {"max_tokens": 5, "tools": [{"name": "clock"}]}, "ending": {"cause": "eof"}},
    )
    sibling = node("n3", "", "n1", "assistant", status="failed")
    return Conversation(
        "c1", "A title", {each.id: each for each in (asked, answered, sibling)}, "n2", created_at=1, updated_at=2
    )


_TEXT = st.text(max_size=12)
_INDEX = st.integers(0, 3)
_WIRE = st.one_of(
    st.builds(
        lambda index, block: {"type": "content_block_start", "index": index, "content_block": block},
        _INDEX,
        st.sampled_from([*BLOCKS, {"type": "thinking", "thinking": "", "signature": ""}]),
    ),
    st.builds(
        lambda index, text: {
            "type": "content_block_delta",
            "index": index,
            "delta": {"type": "text_delta", "text": text},
        },
        _INDEX,
        _TEXT,
    ),
    st.builds(
        lambda index, delta: {"type": "content_block_delta", "index": index, "delta": delta},
        _INDEX,
        st.sampled_from(
            [
                {"type": "thinking_delta", "thinking": "so"},
                {"type": "signature_delta", "signature": "abc"},
                {"type": "input_json_delta", "partial_json": '{"a": 1}'},
                {"type": "citations_delta", "citation": {"url": "u"}},
                {"type": "new_delta", "x": [1]},
                {"type": "text_delta"},
            ]
        ),
    ),
    st.builds(lambda index: {"type": "content_block_stop", "index": index}, _INDEX),
    st.sampled_from(
        [
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
            {"type": "message_stop"},
            {"type": "ping"},
            {"type": "error", "error": {"type": "overloaded_error", "message": "full"}},
            {"type": "from_tomorrow", "x": "y"},
            "nonsense",
        ]
    ),
)

_START = {"type": "message_start", "message": {"id": "msg_1", "model": "claude-y", "usage": {"input_tokens": 3}}}


@st.composite
def streams(draw: st.DrawFn) -> list[list[StreamEvent]]:
    """What a server might send, in frames."""
    frames = draw(st.lists(st.lists(_WIRE, min_size=1, max_size=5), max_size=6))
    events = [[decode(wire) for wire in frame] for frame in frames]
    return [coalesce(frame) for frame in [[decode(_START)], *events]]
