"""Conversations to be exported: trees with every kind of block."""

from __future__ import annotations

from base64 import b64encode
from typing import get_args

from hypothesis import strategies as st

from claude_tui.core.conversation import Conversation, Join, Node
from claude_tui.core.message import (
    ContentBlock,
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    Usage,
    block_from_wire,
)
from claude_tui.core.reply import Status

TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\n\r\t\x1b\x9b`#[^]<>\\| \u202e\ud800")), max_size=30)
WORD = st.text("abc_", min_size=1, max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=3)
EXTRA = st.dictionaries(st.sampled_from(["cache_control", "future", "caller"]), JSON, max_size=2)
CITATION = st.fixed_dictionaries(
    {"type": st.just("web_search_result_location"), "url": TEXT, "title": st.none() | TEXT, "cited_text": TEXT}
)
CALL_ID = st.sampled_from(["call_1", "call_2", "call_3"])
CALL = st.sampled_from(["tool_use", "server_tool_use", "mcp_tool_use"])
RESULT = st.sampled_from(["tool_result", "web_search_tool_result"])
BLOCKS: st.SearchStrategy[ContentBlock] = st.one_of(
    st.builds(TextBlock, TEXT, st.lists(CITATION, max_size=2).map(tuple), EXTRA),
    st.builds(ThinkingBlock, TEXT, TEXT, EXTRA),
    st.builds(RedactedThinkingBlock, TEXT, EXTRA),
    st.builds(ToolUseBlock, CALL_ID, TEXT, OBJECT, CALL, TEXT, EXTRA),
    st.builds(ToolResultBlock, CALL_ID, JSON, st.booleans(), RESULT, EXTRA),
    st.builds(lambda name, rest: OpaqueBlock({**rest, "type": f"new_{name}"}), WORD, OBJECT),
    OBJECT.map(block_from_wire),
    st.builds(
        lambda data, title: OpaqueBlock(
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": data}, "title": title}
        ),
        TEXT,
        TEXT,
    ),
    st.binary(min_size=1, max_size=9).map(
        lambda data: OpaqueBlock(
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": b64encode(data).decode()},
            }
        )
    ),
)
KINDS = [("user", "typed"), ("assistant", "model"), ("user", "tool"), ("user", "continue")]
TIMES = st.integers(0, 2**62)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Any tree, of the kind that only a damaged store would hold too."""
    nodes: dict[str, Node] = {}
    for number in range(draw(st.integers(0, 6))):
        role, origin = draw(st.sampled_from(KINDS))
        made = Node(
            id=f"n{number}",
            parent_id=draw(st.sampled_from([None, *nodes])),
            role=role,
            content=tuple(draw(st.lists(BLOCKS, max_size=4))),
            origin=origin,
            status=draw(st.sampled_from(get_args(Status))),
            created_at=draw(TIMES),
            model=draw(TEXT),
            stop_reason=draw(st.none() | st.sampled_from(["end_turn", "max_tokens", "refusal", "brand_new"])),
            usage=Usage(draw(OBJECT)),
            join=draw(st.builds(Join, st.sampled_from(["", "prefill", "ask"]), TEXT, TEXT, st.booleans())),
            facts=draw(OBJECT),
        )
        nodes[made.id] = made
    return Conversation(
        id=draw(WORD),
        title=draw(TEXT),
        nodes=nodes,
        head_id=draw(st.sampled_from([None, *nodes])),
        created_at=draw(TIMES),
        updated_at=draw(TIMES),
    )
