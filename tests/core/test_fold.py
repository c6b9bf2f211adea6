"""What each of our streams folds to: a table, and what needs more words than a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from claude_tui.core.events import Cause, StreamEnded, decode
from claude_tui.core.message import (
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    visible_text,
)
from claude_tui.core.reply import Reply, fold, fold_all

from ..support.streams import STREAMS, delta, read_events, reply_events, started, synthetic

TIDES = "The tide turns twice a day, because the Earth turns under two bulges of water."


def folded(name: str, cause: Cause = "eof") -> Reply:
    events = [decode(data) for data in read_events(STREAMS / f"{name}.sse")]
    return fold_all([*events, StreamEnded(cause)])


@dataclass(frozen=True)
class Row:
    status: str
    stop_reason: str | None
    blocks: str
    """The kinds of its blocks, one letter each: text, Thinking, redacted, call, Server call, result, other."""
    text: str = ""
    dropped: int = 0
    unknown: int = 0
    usage_final: bool = True
    cause: Cause = "eof"


def cut(blocks: str, text: str = "", **more: Any) -> Row:
    return Row("interrupted", None, blocks, text, usage_final=False, **more)


ROWS = {
    "text": Row("complete", "end_turn", "t", TIDES),
    "thinking_summarized": Row("complete", "end_turn", "Tt", TIDES),
    "thinking_omitted": Row("complete", "end_turn", "Tt", TIDES),
    "old_thinking": Row("complete", "end_turn", "Tt", "Said."),
    "redacted_thinking": Row("complete", "end_turn", "rt", TIDES),
    "between_tools": Row("complete", "tool_use", "TcTc"),
    "error_in_text": cut("t", TIDES[:32], cause="error"),
    "error_in_thinking": cut("T", cause="error"),
    "error_first": Row("failed", None, "", usage_final=False, cause="error"),
    "whole_in_message_start": Row("complete", "tool_use", "tc", "All at once."),
    "unknown_everything": Row("complete", "tea_time", "tot", "Known words. More known words.", 0, 4),
    "parallel_tools": Row("complete", "tool_use", "tccc", "I look at both."),
    "tool_json_invalid": Row("complete", "tool_use", "tc", "Let me see."),
    "tool_json_cut": Row("complete", "max_tokens", "tc", "Let me see."),
    "tool_json_not_a_number": Row("complete", "tool_use", "tc", "Let me see."),
    "web_search": Row(
        "complete",
        "end_turn",
        "tSstttt",
        "I look it up.There are two bulges, and the Earth turns under them.",
    ),
    "search_failed": Row("complete", "end_turn", "Sst", "I could not look it up."),
    "code_execution": Row("complete", "end_turn", "tSst", "I run it.It says 42."),
    "pause_turn": Row("complete", "pause_turn", "tSsS", "I look it up."),
    "refusal_at_once": Row("complete", "refusal", ""),
    "refusal_midway": Row("complete", "refusal", "t", "First you take"),
    "max_tokens": Row("complete", "max_tokens", "t", "One, two, three, fo"),
    "context_full": Row("complete", "model_context_window_exceeded", "t", TIDES),
    "stop_sequence": Row("complete", "stop_sequence", "t", "one two "),
    "empty_end_turn": Row("complete", "end_turn", ""),
    "empty_text_block": Row("complete", "end_turn", "t"),
    "crlf_and_comments": Row("complete", "end_turn", "t", "Lines\r\nand\nlines."),
    "line_separators": Row("complete", "end_turn", "t", "One\u2028two\u2029three\u0085four\u200bfive"),
    "emoji_split": Row("complete", "end_turn", "t", "A family 👩\u200d👩\u200d👧, a flag 🇸🇪, 漢字 and e\u0301."),
    "lone_surrogate": Row("complete", "end_turn", "t", "Half of a surrogate pair: ?."),
    "damaged_line": Row("complete", "end_turn", "t", "Some ese words are lost.", 1),
    "damaged_lines": Row("interrupted", "end_turn", "t", "are lost.", 4),
    "second_turn_after_stop": Row("complete", "end_turn", "t", "The first turn.", 7),
    "second_turn_without_stop": Row("complete", "end_turn", "t", "The first turn.", 7),
    "second_turn_midway": cut("t", "The first turn.", dropped=7),
    "after_the_end": Row("complete", "end_turn", "t", "The first turn.", 3),
    "missing_index": Row("interrupted", "end_turn", "t", "The first turn.", 3),
    "closed_index": Row("interrupted", "end_turn", "t", "The first turn.", 1),
    "wrong_kind": Row("interrupted", "end_turn", "t", "The first turn.", 2),
    "index_gap": Row("interrupted", "end_turn", "tt", "First. Third."),
    "index_twice": Row("interrupted", "end_turn", "t", "First. ", 4),
    "index_twice_open": cut("t", "The first turn.", dropped=4),
    "interleaved": Row("complete", "end_turn", "tt", "Left and left. Right and right."),
    "no_message_stop": Row("complete", "end_turn", "t", "The first turn.", usage_final=False),
    "no_message_start": Row("complete", "end_turn", "t", "The first turn."),
    "not_closed": Row("interrupted", "end_turn", "t", "The first turn."),
    "late_usage": Row("complete", "end_turn", "t", "Ten searches later."),
    "compaction": Row("complete", "end_turn", "ot", "Going on.", 0, 2),
    "compaction_tool_changes": Row("complete", "compaction", "ot", "Going on.", 0, 1),
    "every_server_tool": Row(
        "complete",
        "end_turn",
        "tSsSsSsSsoSsSsoSsSst",
        "I look in several places.High water is at 06:12 and 18:37.",
    ),
    "every_citation": Row(
        "complete", "end_turn", "ttttt", "The moon pulls. The Earth turns. Twice a day the sea rises. It falls, too."
    ),
    "fallback": Row("complete", "end_turn", "oTt", "The tide turns."),
}


def test_every_stream_has_its_row() -> None:
    assert {path.stem for path in synthetic()} == set(ROWS)


BLOCKS = (
    "text thinking redacted_thinking tool_use server_tool_use web_search_tool_result web_fetch_tool_result "
    "code_execution_tool_result bash_code_execution_tool_result text_editor_code_execution_tool_result "
    "tool_search_tool_result container_upload mcp_tool_use mcp_tool_result mcp_tool_listing compaction fallback "
    "advisor_tool_result tool_addition tool_removal"
)
DELTAS = "text_delta input_json_delta citations_delta thinking_delta signature_delta compaction_delta"
CITATIONS = "char_location page_location content_block_location web_search_result_location search_result_location"
STOPS = "end_turn max_tokens stop_sequence tool_use pause_turn refusal model_context_window_exceeded compaction"


def test_our_streams_hold_every_kind_there_is() -> None:
    """Of blocks, deltas and citations, and every reason to stop: the proofs over them need nothing else."""
    bodies = "".join(path.read_text() for path in synthetic())
    for kind in f"{BLOCKS} {DELTAS} {CITATIONS}".split():
        assert f'"type": "{kind}"' in bodies, kind
    for reason in STOPS.split():
        assert f'"stop_reason": "{reason}"' in bodies, reason


@pytest.mark.parametrize("name", ROWS)
def test_a_stream_folds_to_its_row(name: str) -> None:
    row = ROWS[name]
    reply = folded(name, row.cause)
    found = Row(
        reply.status,
        reply.stop_reason,
        "".join(map(letter, reply.content)),
        visible_text(reply.content),
        reply.dropped,
        len(reply.unknown),
        reply.usage_final,
        row.cause,
    )
    assert found == row


def letter(block: Any) -> str:
    match block:
        case TextBlock():
            return "t"
        case ThinkingBlock():
            return "T"
        case RedactedThinkingBlock():
            return "r"
        case ToolUseBlock(type="tool_use"):
            return "c"
        case ToolUseBlock():
            return "S"
        case ToolResultBlock():
            return "s"
        case _:
            return "o"


# Words


def test_omitted_thinking_keeps_its_signature() -> None:
    block = folded("thinking_omitted").content[0]
    assert isinstance(block, ThinkingBlock) and block.thinking == "" and block.signature


def test_an_open_thinking_block_has_no_signature() -> None:
    events = [decode(data) for data in read_events(STREAMS / "thinking_summarized.sse")]
    signed = next(at for at, event in enumerate(events) if type(event).__name__ == "SignatureDelta")
    reply = fold_all(events[: signed + 1])
    block = reply.content[0]
    assert isinstance(block, ThinkingBlock) and block.thinking and not block.signature
    assert fold(reply, events[signed + 1]).content[0] != block


def test_parallel_calls_have_each_their_input() -> None:
    calls = [block for block in folded("parallel_tools").content if isinstance(block, ToolUseBlock)]
    assert [call.input for call in calls] == [
        {"expression": "2 ** 10"},
        {},
        {"expression": "sqrt(2)", "note": "naïve “quotes” \\ and \n breaks"},
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tool_json_invalid", '{"expression": 1 plus}'),
        ("tool_json_cut", '{"expression": "12 *'),
        ("tool_json_not_a_number", '{"expression": NaN}'),
    ],
)
def test_an_input_that_is_no_object_is_kept_as_text(name: str, text: str) -> None:
    call = folded(name).content[1]
    assert isinstance(call, ToolUseBlock) and call.partial_json == text and call.input == {}


@pytest.mark.parametrize("text", ['{"a": 1e999}', '{"a": -Infinity}', '[{"a": 1}]', "null", '{"a": 1} 2', "[" * 5000])
def test_other_inputs_that_are_no_object(text: str) -> None:
    call = whole_call(text)
    assert call.partial_json == text and call.input == {}


def test_an_input_holds_nothing_that_utf8_cannot() -> None:
    assert whole_call('{"a": "\\ud800", "b": 1.5e3}').input == {"a": "?", "b": 1500.0}


def whole_call(text: str) -> ToolUseBlock:
    events = reply_events([{"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {}}], "tool_use")
    events[2:4] = [delta(0, "input_json_delta", partial_json=text)]
    call = fold_all([*map(decode, events), StreamEnded("eof")]).content[0]
    assert isinstance(call, ToolUseBlock)
    return call


def test_unknown_things_are_kept_by_name() -> None:
    reply = folded("unknown_everything")
    block = reply.content[1]
    assert block == OpaqueBlock({"type": "hologram", "depth": 3, "layers": [1, 2], "text": "spoken light"})
    assert [held.get("type") for held in reply.unknown] == ["weather", "scent_delta", "layer_delta", "weather"]
    assert reply.extra == {"container": {"id": "container_01"}, "mood": "calm", "tide": "high"}
    assert reply.usage.count("lunar_tokens") == 4 and reply.usage.output_tokens == 100


def test_deltas_of_an_unknown_block_are_laid_over_it() -> None:
    assert folded("compaction").content[0] == OpaqueBlock(
        {"type": "compaction", "content": "What was said before, in short.", "encrypted_content": "b3A"}
    )


def test_an_unknown_delta_disturbs_no_known_block() -> None:
    for block in (
        {"type": "redacted_thinking", "data": "b3A"},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {"type": "text", "text": ""},
    ):
        events = reply_events([block])
        events.insert(2, delta(0, "scent_delta", scent="pine", data="x"))
        reply = fold_all([*map(decode, events), StreamEnded("eof")])
        assert reply.status == "complete" and not isinstance(reply.content[0], OpaqueBlock)
        assert len(reply.unknown) == 1


def test_a_search_has_its_results_and_sources() -> None:
    reply = folded("web_search")
    call, result, cited = reply.content[1:4]
    assert isinstance(call, ToolUseBlock) and call.input == {"query": "tides twice a day"}
    assert isinstance(result, ToolResultBlock) and result.tool_use_id == call.id and len(result.content) == 2
    assert isinstance(cited, TextBlock) and [one["title"] for one in cited.citations] == [
        "Tide tables",
        "Why two a day",
    ]
    assert reply.usage.detail("server_tool_use", "web_search_requests") == 1


def test_newer_counts_replace_older_ones() -> None:
    usage = folded("late_usage").usage
    assert usage.input_tokens == 404_500 and usage.output_tokens == 900
    assert usage.cache_creation_input_tokens == 3_337 and usage.cache_read_input_tokens == 0
    assert usage.detail("cache_creation", "ephemeral_5m_input_tokens") == 3_068  # stale: it comes only once
    assert usage.context_tokens == 404_500 + 3_337


def test_why_it_was_refused_is_kept() -> None:
    assert folded("refusal_at_once").extra["stop_details"]["category"] == "bio"


def test_an_error_event_is_kept_and_text_before_it_too() -> None:
    reply = folded("error_in_text", "error")
    assert reply.error["type"] == "overloaded_error" and not reply.usage_final


def test_an_error_after_all_was_said_does_not_undo_it() -> None:
    events = [*reply_events([{"type": "text", "text": "All."}]), {"type": "error", "error": {"type": "api_error"}}]
    assert fold_all([*map(decode, events), StreamEnded("error")]).status == "complete"
    before_stop = [*events[:-2], events[-1]]
    assert fold_all([*map(decode, before_stop), StreamEnded("error")]).status == "interrupted"


@pytest.mark.parametrize("cause", ["cancelled", "gone"])
def test_nothing_yet_and_stopped_is_no_failure(cause: Cause) -> None:
    assert fold(Reply(), StreamEnded(cause)).status == "interrupted"
    assert fold(Reply(), StreamEnded("eof")).status == "failed"
    assert fold_all([decode(started()), StreamEnded("stall")]).status == "failed"


@pytest.mark.parametrize(
    ("block", "status"),
    [
        ({"type": "text", "text": ""}, "failed"),
        ({"type": "text", "text": "said in its start"}, "interrupted"),
        ({"type": "thinking", "thinking": ""}, "failed"),
        ({"type": "tool_use", "id": "toolu_1", "name": "x", "input": {}}, "failed"),
        ({"type": "redacted_thinking", "data": "b3A"}, "interrupted"),
        ({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}, "interrupted"),
    ],
)
def test_an_open_block_counts_when_it_holds_something(block: dict[str, Any], status: str) -> None:
    events = [started(), {"type": "content_block_start", "index": 0, "content_block": block}]
    assert fold_all([*map(decode, events), StreamEnded("eof")]).status == status


def test_text_in_a_block_start_comes_before_its_deltas() -> None:
    events = reply_events([{"type": "text", "text": "world"}])
    events[1]["content_block"]["text"] = "Hello "
    assert visible_text(fold_all(map(decode, events)).content) == "Hello world"
    assert visible_text(fold_all(map(decode, events[:3])).content) == "Hello world"


def test_content_that_came_before_its_message_start_stays() -> None:
    events = reply_events([{"type": "text", "text": "Early."}])
    reply = fold_all([*map(decode, [*events[1:4], events[0], *events[4:]]), StreamEnded("eof")])
    assert visible_text(reply.content) == "Early." and reply.status == "complete" and reply.id == "msg_test01"
    twice = [*events[1:4], started(content=[{"type": "text", "text": "Late."}]), *events[4:]]
    reply = fold_all([*map(decode, twice), StreamEnded("eof")])
    assert visible_text(reply.content) == "Early." and reply.status == "interrupted" and reply.dropped == 1


def test_content_of_a_message_start_that_is_no_block_is_counted() -> None:
    reply = fold_all([decode(started(content=["words", {"type": "text", "text": "Hm."}], stop_reason="end_turn"))])
    assert visible_text(reply.content) == "Hm." and reply.dropped == 1
    assert fold(reply, StreamEnded("eof")).status == "interrupted"
