"""The five laws, over every prefix of every stream: recorded, invented, and made at random."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.core.events import (
    DamagedEvent,
    StreamEnded,
    StreamEvent,
    UnknownDelta,
    UnknownEvent,
    coalesce,
    decode,
    encode,
    sound,
)
from claude_tui.core.growing import GrowingText
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolUseBlock, block_from_wire, block_to_wire, visible_text
from claude_tui.core.reply import Reply, fold, fold_all

from ..support.streams import (
    NO_RECORDINGS,
    accumulated,
    any_order,
    delta,
    grammatical,
    json_values,
    read_events,
    recordings,
    reply_events,
    started,
    synthetic,
)

OURS = synthetic()
THEIRS = recordings()
EOF = StreamEnded("eof")
LONG = int(os.environ.get("CLAUDE_TUI_CASES", "20000"))  # read now: a test has no such variable
"""Streams made at random in the long form."""
ENDINGS = [EOF, StreamEnded("cancelled"), StreamEnded("error"), StreamEnded("stall"), StreamEnded("gone")]


def name(path: Path) -> str:
    return path.stem


every_stream = pytest.mark.parametrize("path", [*OURS, *THEIRS], ids=name)


def test_there_are_streams() -> None:
    assert len(OURS) >= 40


def test_there_are_recordings() -> None:
    if not THEIRS:
        pytest.skip(NO_RECORDINGS)
    assert len(THEIRS) >= 40


def decoded(path: Path) -> list[StreamEvent]:
    return [decode(data) for data in read_events(path)]


# The laws


@every_stream
def test_the_laws_hold_over_every_prefix(path: Path) -> None:
    check_laws(read_events(path))


@given(any_order)
@settings(max_examples=120, deadline=None)
def test_the_laws_hold_in_any_order(events: list[Any]) -> None:
    check_laws(events)


@given(grammatical())
@settings(max_examples=100, deadline=None)
def test_the_laws_hold_for_what_the_grammar_makes(events: list[Any]) -> None:
    check_laws(events)


@pytest.mark.long
@given(st.one_of(any_order, grammatical()))
@settings(max_examples=LONG, deadline=None)
def test_the_laws_hold_for_long(events: list[Any]) -> None:
    check_laws(events)


def check_laws(data: Sequence[Any]) -> None:
    events = [decode(one) for one in data]
    # Round trip.
    assert [decode(encode(event)) for event in events] == events
    replies = [Reply()]
    for event in events:
        replies.append(fold(replies[-1], event))
    for size in range(len(events) + 1):
        check_prefix(data[:size], events[:size], replies[size])


def check_prefix(data: Sequence[Any], events: Sequence[StreamEvent], reply: Reply) -> None:
    # Replay: what a journal holds folds to what was shown.
    journalled = [decode(encode(event)) for event in events]
    assert fold_all(journalled) == reply
    # Coalescing.
    joined = coalesce(events)
    assert fold_all(joined) == reply or _only_dropped_differ(fold_all(joined), reply)
    assert coalesce(joined) == joined
    assert fold_all([*coalesce(events[: len(events) // 2]), *coalesce(events[len(events) // 2 :])]).content == (
        reply.content
    )
    # Order: what came is there, or counted.
    expected = accumulated(data)
    assert says(reply, expected)
    kept = [event for event in events if isinstance(event, UnknownEvent)]
    assert [held for held in reply.unknown if "index" not in held and held in [one.data for one in kept]] == [
        event.data for event in kept
    ]
    assert reply.damaged <= reply.dropped <= len(events) + 4
    # Ending: judged once, and by nothing else.
    for ending in ENDINGS:
        over = fold(reply, ending)
        assert over.ended and over.content == reply.content and over.usage == reply.usage
        assert all(fold(over, event) is over for event in [*events[:3], EOF])
    assert (fold(reply, EOF).status == "complete") == expected.complete
    if reply.content and reply.closed and not expected.complete:
        assert fold(reply, EOF).status == "interrupted"
    if not reply.content and not expected.complete:
        assert fold(reply, EOF).status == "failed"


def _only_dropped_differ(joined: Reply, single: Reply) -> bool:
    """Deltas that had no place are counted one by one, or once when they had been joined."""
    same = ("content", "usage", "stop_reason", "stopped", "torn", "unknown", "characters", "extra", "status", "error")
    return joined.dropped < single.dropped and all(getattr(joined, key) == getattr(single, key) for key in same)


def says(reply: Reply, expected: Any) -> bool:
    assert visible_text(reply.content) == fit(expected.text)
    thinking = [block for block in reply.content if isinstance(block, ThinkingBlock)]
    assert "".join(block.thinking for block in thinking) == fit(expected.thinking)
    assert reply.stop_reason == expected.stop_reason
    assert dict(reply.usage.counts) == expected.usage
    assert len(reply.content) == len(expected.blocks)
    for index, block in zip(sorted(expected.blocks), reply.content, strict=True):
        check_block(block, expected.blocks[index], closed=index in expected.closed)
    return True


def check_block(block: Any, expected: dict[str, Any], *, closed: bool) -> None:
    match block:
        case ToolUseBlock():
            text = expected["partial_json"]
            if closed and isinstance(expected["input"], dict):
                assert block.input == expected["input"] and not block.partial_json
            else:
                assert block.partial_json == text
        case ThinkingBlock():
            # Until its block is closed a signature may not be used.
            assert block.signature == (expected.get("signature", "") if closed else "")
        case TextBlock():
            assert list(block.citations) == (expected.get("citations") or [])
        case _:
            assert block_to_wire(block)["type"] == expected["type"]


def fit(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode()


def test_neighbours_of_one_kind_and_block_are_joined() -> None:
    def grown(kind: str, key: str, index: int, *parts: str) -> list[StreamEvent]:
        return [decode(delta(index, kind, **{key: part})) for part in parts]

    kinds = [("text_delta", "text"), ("thinking_delta", "thinking"), ("input_json_delta", "partial_json")]
    for kind, key in kinds:
        assert coalesce(grown(kind, key, 0, "a", "b", "c")) == grown(kind, key, 0, "abc")
        assert coalesce(grown(kind, key, 0, "a", "b") + grown(kind, key, 1, "c", "d")) == (
            grown(kind, key, 0, "ab") + grown(kind, key, 1, "cd")
        )
    mixed = [event for kind, key in kinds for event in grown(kind, key, 0, "a", "b")]
    assert coalesce(mixed) == [event for kind, key in kinds for event in grown(kind, key, 0, "ab")]
    ping = decode({"type": "ping"})
    assert coalesce([*mixed[:2], ping, *mixed[:2]]) == [*coalesce(mixed[:2]), ping, *coalesce(mixed[:2])]
    assert coalesce([]) == []


# Old snapshots


@given(st.one_of(any_order, grammatical()), st.data())
@settings(max_examples=100, deadline=None)
def test_an_old_snapshot_never_changes(data: list[Any], draw: st.DataObject) -> None:
    events = [decode(one) for one in data]
    snapshots = [Reply()]
    for event in events:
        snapshots.append(fold(snapshots[-1], event))
    seen = [written(reply) for reply in snapshots]
    # From any of them a story may go on another way, and neither disturbs the other.
    for _ in range(3):
        at = draw.draw(st.integers(0, len(events)))
        fork = snapshots[at]
        for event in draw.draw(st.permutations(events)):
            fork = fold(fork, event)
        again = snapshots[at]
        for event in events[at:]:
            again = fold(again, event)
        assert written(again) == seen[-1]
    assert [written(reply) for reply in snapshots] == seen


def written(reply: Reply) -> str:
    return repr((reply, reply.content))


@given(st.lists(st.text(max_size=5), max_size=20), st.integers(0, 60), st.data())
@settings(deadline=None)
def test_growing_text_is_the_text_it_grew_from(parts: list[str], offset: int, draw: st.DataObject) -> None:
    texts = [GrowingText("first ")]
    for part in parts:
        texts.append(texts[-1].append(part))
    fork = draw.draw(st.sampled_from(texts)).append("another way")
    whole = ["first " + "".join(parts[:size]) for size in range(len(parts) + 1)]
    assert [str(text) for text in texts] == whole
    assert str(fork).endswith("another way")
    for text, plain in zip(texts, whole, strict=True):
        assert len(text) == len(plain) and text == GrowingText(plain) and hash(text) == hash(GrowingText(plain))
        assert text.since(offset) == plain[offset:]
        assert text.head(offset) == plain[:offset]


# Whatever comes


@given(json_values)
@settings(deadline=None)
def test_decode_takes_any_json(value: Any) -> None:
    event = decode(value)
    assert decode(encode(event)) == event
    fold(Reply(), event)


_pieces = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "error"]
)
_delta_types = st.sampled_from(
    ["text_delta", "thinking_delta", "signature_delta", "input_json_delta", "citations_delta", "x"]
)
_block_types = st.sampled_from(["text", "thinking", "redacted_thinking", "tool_use", "web_search_tool_result", "x"])


_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.text(max_size=4),
    st.sampled_from([[], {}, ["x"], [{}], [{"type": "text"}], {"type": "text", "text": 1}, {"a": {"b": [1.5]}}]),
)


@st.composite
def nearly_events(draw: st.DrawFn) -> dict[str, Any]:
    """An event with a known name and anything in its fields."""
    event: dict[str, Any] = {"type": draw(_pieces), "extra": draw(_values), "usage": draw(_values)}
    event["index"] = draw(st.one_of(st.integers(-1, 3), _values))
    inner = draw(st.dictionaries(st.sampled_from(_FIELDS), _values, max_size=5))
    block = {**inner, "type": draw(_block_types)}
    event["delta"] = draw(st.one_of(st.just({**inner, "type": draw(_delta_types)}), _values))
    event["content_block"] = draw(st.one_of(st.just(block), _values))
    event["message"] = draw(st.one_of(st.just({**inner, "content": [block, inner.get("content")]}), _values))
    return event


_FIELDS = [
    "text", "thinking", "signature", "data", "id", "name", "input", "partial_json", "citation", "citations",
    "tool_use_id", "content", "is_error", "usage", "stop_reason", "model",
]  # fmt: skip


@given(st.lists(nearly_events(), max_size=6))
@settings(max_examples=150, deadline=None)
def test_fold_takes_any_fields(data: list[Any]) -> None:
    events = [decode(one) for one in data]
    assert [decode(encode(event)) for event in events] == events
    reply = fold_all([*events, EOF])
    assert reply.ended
    repr(reply.content)


@given(st.dictionaries(st.sampled_from(["type", *_FIELDS]), _values, max_size=6), _block_types)
@settings(max_examples=150, deadline=None)
def test_a_block_goes_back_as_it_came(fields: dict[str, Any], kind: str) -> None:
    data = {**fields, "type": kind}
    expected = {"signature": "", **data} if kind == "thinking" and isinstance(data.get("thinking"), str) else data
    assert block_to_wire(block_from_wire(data)) == expected


def test_what_is_nested_too_deeply_is_a_damaged_event() -> None:
    deep: Any = "end"
    for _ in range(900):
        deep = [deep]
    for event in (
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "x": deep}},
        {"type": "message_delta", "delta": {}, "usage": {"x": deep}},
        {"type": "x", "deep": deep},
    ):
        assert isinstance(decode(event), DamagedEvent)
    assert isinstance(decode(deep), DamagedEvent)


def test_no_event_carries_what_utf8_cannot_hold() -> None:
    bad = "\ud800"
    for event in (
        delta(0, "text_delta", text=bad),
        delta(0, "thinking_delta", thinking=bad),
        delta(0, "signature_delta", signature=bad),
        delta(0, "input_json_delta", partial_json=bad),
        delta(0, "citations_delta", citation={bad: [bad]}),
        delta(0, bad),
        started(id=bad),
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": bad}},
        {"type": "message_delta", "delta": {"x": bad}, "usage": {bad: bad}, bad: 1},
        {"type": "error", "error": {"message": bad}},
        {"type": "error", "error": bad},
        {"type": bad},
        {"type": "claude_tui.damaged", "raw": bad},
        bad,
    ):
        repr(encode(decode(event))).encode()
        assert bad not in repr(encode(decode(event))).encode().decode()


def test_sound_leaves_good_text_alone() -> None:
    text = "naïve 漢字 👩‍👧"
    assert sound(text) is text


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("text_delta", {"text": None}),
        ("thinking_delta", {}),
        ("signature_delta", {"signature": 1}),
        ("input_json_delta", {"partial_json": {}}),
        ("citations_delta", {"citation": "x"}),
    ],
)
def test_a_known_delta_without_its_field_is_damaged(kind: str, fields: dict[str, Any]) -> None:
    assert isinstance(decode(delta(0, kind, **fields)), DamagedEvent)


def test_an_unknown_delta_is_kept() -> None:
    assert decode(delta(1, "scent_delta", scent="pine")) == UnknownDelta(1, {"type": "scent_delta", "scent": "pine"})


def test_a_delta_leaves_every_other_field_as_it_was() -> None:
    """The fold's shortest path copies fields by place: one forgotten would fall back to its default."""
    events = [
        started(container={"id": "container_01"}),
        {"type": "weather"},
        *reply_events([{"type": "text", "text": "one "}])[1:4],
        {"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "error", "error": {"type": "overloaded_error"}},
        None,
    ]
    before = fold_all(map(decode, events))
    defaults = Reply()
    same = [field for field in Reply.__dataclass_fields__ if getattr(before, field) == getattr(defaults, field)]
    assert same == ["stopped", "ending"]
    after = fold(before, decode(delta(2, "text_delta", text="more")))
    changed = [field for field in Reply.__dataclass_fields__ if getattr(before, field) != getattr(after, field)]
    assert changed == ["open", "characters"]
