"""What a reader sees of a path: parts, seams, sources, results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import StreamEnded, decode
from claude_tui.core.growing import Flow, GrowingText, Stretch
from claude_tui.core.message import (
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claude_tui.core.reply import Reply, fold, fold_all
from claude_tui.core.seam import anchor_of
from claude_tui.core.segment import Segment
from claude_tui.core.view import (
    Exchange,
    exchange,
    exchanges,
    result_text,
    standing_texts,
)

from ..support.streams import STREAMS, read_events, reply_events
from ..support.talk import assistant, user

LONG = "Salt comes from the rocks, and rain takes it to the sea, a little every year. "
ANCHOR, TAIL = anchor_of(LONG)
GOES_ON = Join("ask", ANCHOR, TAIL)
CALL = ToolUseBlock("toolu_1", "calculate", {"expression": "6 * 7"})
QUESTION = user("u")


def seen(*nodes: Node, live: dict[str, Reply] | None = None) -> Exchange:
    return exchange(QUESTION, nodes, live or {})


def kinds(found: Exchange) -> list[str]:
    return [part.kind for part in found.parts]


def ask(id: str) -> Node:
    return Node(id, None, "user", (TextBlock("Go on."),), "continue", join=GOES_ON)


def results(id: str, *blocks: Any) -> Node:
    return Node(id, None, "user", blocks, "tool")


# Flows


def test_a_flow_reads_as_one_text() -> None:
    flow = Flow(
        (Stretch(GrowingText("one "), 0), Stretch(GrowingText("xxtwo "), 2), Stretch(GrowingText("[1]"), 0, True))
    )
    assert str(flow) == "one two [1]" and len(flow) == 11 and flow.said == "one two "
    assert [flow.since(at) for at in (0, 2, 4, 5, 8, 11, 99)] == [
        "one two [1]", "e two [1]", "two [1]", "wo [1]", "[1]", "", "",
    ]  # fmt: skip
    assert str(flow.unmarked) == "one two " and str(Flow()) == ""


def test_a_piece_that_is_all_skipped_is_empty() -> None:
    assert len(Stretch(GrowingText("ab"), 5)) == 0 and Flow((Stretch(GrowingText("ab"), 5),)).since(0) == ""


# One reply


def test_a_reply_in_parts() -> None:
    found = seen(assistant("a", ThinkingBlock("Hm.", "s"), "So. ", CALL, OpaqueBlock({"type": "hologram"}), "End."))
    assert kinds(found) == ["thinking", "text", "tool", "other", "text"]
    assert [part.key for part in found.parts] == [f"a:{index}" for index in range(5)]
    assert found.text == "So. End." and str(found.parts[0].flow) == "Hm."
    assert not any(part.open or part.seams for part in found.parts)


def test_thinking_between_words_stands_between_them() -> None:
    found = seen(assistant("a", "So. ", ThinkingBlock("Hm.", "s"), "End."))
    assert kinds(found) == ["text", "thinking", "text"] and found.text == "So. End."


def test_redacted_thinking_is_a_part_without_words() -> None:
    part = seen(assistant("a", RedactedThinkingBlock("b3A"))).parts[0]
    assert part.kind == "thinking" and not str(part.flow) and isinstance(part.block, RedactedThinkingBlock)


def test_a_result_stands_with_its_call() -> None:
    answer = ToolResultBlock("toolu_1", "42")
    found = seen(assistant("a", "I count.", CALL, stop_reason="tool_use"), results("r", answer), assistant("b", "42."))
    assert kinds(found) == ["text", "tool", "text"] and found.parts[1].result == answer
    assert found.text == "I count.\n\n42."
    assert [part.message for part in found.parts] == ["a", "a", "b"]


def test_a_result_without_a_call_is_shown_by_name() -> None:
    found = seen(assistant("a", ToolResultBlock("srvtoolu_9", [], type="web_search_tool_result")))
    assert kinds(found) == ["other"]
    assert kinds(seen(results("r", ToolResultBlock("toolu_9", "?")))) == []


def test_a_tool_that_is_still_being_called_shows_its_input() -> None:
    events = reply_events([{"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {"a": 1}}], size=3)
    reply = fold_all(map(decode, events[:4]))
    part = seen(replace(assistant("a"), status="streaming"), live={"a": reply}).parts[0]
    assert part.open and str(part.flow) == '{"a' and part.kind == "tool"


def test_sources_are_numbered_as_they_are_cited() -> None:
    events = [decode(data) for data in read_events(STREAMS / "web_search.sse")]
    reply = fold_all([*events, StreamEnded("eof")])
    found = seen(replace(assistant("a"), content=reply.content))
    assert [(source.number, source.url) for source in found.sources] == [
        (1, "https://tides.example/tables"),
        (2, "https://sea.example/why"),
    ]
    assert found.sources[0].cited == "two bulges"
    shown = "".join(str(part.flow) for part in found.parts if part.kind == "text")
    assert shown == r"I look it up.There are two bulges\[1\]\[2\], and the Earth turns under them\[2\]."
    assert found.text == "I look it up.There are two bulges, and the Earth turns under them."
    assert found.parts[1].result is not None


def test_while_it_grows_it_is_the_same_as_when_it_is_whole() -> None:
    """Parts and text only grow, and the last snapshot is what the node shows."""
    for name in (
        "web_search",
        "between_tools",
        "parallel_tools",
        "code_execution",
        "unknown_everything",
        "interleaved",
    ):
        reply, node = Reply(), replace(assistant("a"), status="streaming")
        flows: dict[str, str] = {}
        for data in read_events(STREAMS / f"{name}.sse"):
            reply = fold(reply, decode(data))
            parts = seen(node, live={"a": reply}).parts
            shown = {part.key: str(part.flow) for part in parts}
            calls = [part.key for part in parts if part.kind == "tool"]
            assert flows.keys() <= shown.keys()
            assert all(shown[key].startswith(text) for key, text in flows.items() if key not in calls)
            flows = shown
        whole = replace(node, content=reply.content, status="complete")
        assert {part.key: str(part.flow) for part in seen(whole).parts if part.kind != "tool"} == {
            part.key: str(part.flow) for part in seen(node, live={"a": reply}).parts if part.kind != "tool"
        }


# Seams


def test_a_continuation_is_one_text_with_a_mark() -> None:
    found = seen(
        assistant("a", LONG, stop_reason=None), ask("c"), assistant("b", ANCHOR + TAIL + "The end.", join=GOES_ON)
    )
    assert kinds(found) == ["text"] and found.text == LONG + "The end."
    (mark,) = found.parts[0].seams
    assert (mark.offset, mark.before_id, mark.after_id, mark.manner) == (len(LONG), "a", "b", "exact")
    assert [node.id for node in found.nodes] == ["a", "b"]


def test_nothing_is_shown_before_the_seam_is_decided() -> None:
    cut = assistant("a", LONG, stop_reason=None)
    node = replace(assistant("b", join=GOES_ON), status="streaming")
    events = reply_events([{"type": "text", "text": f"Sure.\n{ANCHOR}{TAIL}The end."}], size=4)
    reply = Reply()
    lengths: set[int] = set()
    for data in events:
        reply = fold(reply, decode(data))
        found = seen(cut, ask("c"), node, live={"b": reply})
        lengths.add(len(found.text))
        assert (LONG + "The end.").startswith(found.text)
        assert bool(found.parts[0].seams) == (found.text != LONG)
    assert len(lengths) > 2


def test_a_continuation_that_was_set_aside_leaves_no_mark() -> None:
    cut, stub = assistant("a", LONG, stop_reason=None), assistant("b", "Sure, he", stop_reason=None, join=GOES_ON)
    found = seen(cut, ask("c"), stub)
    assert found.text == LONG and not found.parts[0].seams


def test_thinking_before_a_continuation_stands_after_the_text() -> None:
    found = seen(
        assistant("a", LONG, stop_reason=None),
        assistant("b", ThinkingBlock("Where was I?", "s"), ANCHOR + " The end.", join=GOES_ON),
    )
    assert kinds(found) == ["text", "thinking"] and found.text == LONG + "The end."


def test_what_follows_a_card_begins_after_it() -> None:
    found = seen(
        assistant("a", LONG, CALL, stop_reason=None),
        assistant("b", ANCHOR + TAIL + "The end.", join=GOES_ON),
    )
    assert kinds(found) == ["text", "tool", "text"] and found.text == LONG + "The end."


def test_source_numbers_do_not_hide_an_overlap() -> None:
    """The number is ours; the model repeats its own words without it."""
    cited = TextBlock(LONG.strip(), ({"url": "https://sea.example", "title": "Sea"},))
    again = "rain takes it to the sea, a little every year."
    found = seen(assistant("a", cited, stop_reason=None), assistant("b", again + " The end.", join=GOES_ON))
    assert found.text == LONG + "The end." and found.parts[0].seams[0].manner == "overlap"


def test_sources_of_words_said_again_are_not_marked_twice() -> None:
    cited = TextBlock(LONG.strip(), ({"url": "https://sea.example", "title": "Sea"},))
    found = seen(
        assistant("a", cited, stop_reason=None),
        assistant("b", replace(cited, text=ANCHOR), " The end.", join=replace(GOES_ON, tail="")),
    )
    assert str(found.parts[0].flow) == LONG.strip() + r"\[1\] The end."


def test_a_seam_after_several_pieces() -> None:
    second = Join("ask", *anchor_of(LONG + "More and more of it. "))
    nodes = [
        assistant("a", LONG, stop_reason=None),
        assistant("b", ANCHOR + TAIL, "More and ", "more of it. ", stop_reason=None, join=GOES_ON),
        assistant("c", second.anchor + " The end.", join=second),
    ]
    found = seen(*nodes)
    assert found.text == LONG + "More and more of it. The end."
    assert [(mark.offset, mark.after_id) for mark in found.parts[0].seams] == [(78, "b"), (99, "c")]
    segments = [Segment.of_node(node) for node in nodes]
    assert standing_texts(segments) == [LONG, LONG + "More and more of it. ", found.text]


@pytest.mark.parametrize(
    ("before", "text", "ended", "shown"),
    [
        ("Hello", "Hello world", True, "Hello world"),
        ("Hello", "Hel", True, "Hello"),
        ("Hello", "Hel", False, "Hello"),
        ("Hello", "", False, "Hello"),
        ("Hello", "Good day", True, "Hello\n\nGood day"),
        ("\n", "", False, "\n"),
        ("\n\n", "\n", False, "\n\n"),
        ("\n\n", "\n\nHello", False, "\n\nHello"),
        (" " * 3000, " " * 2999, False, " " * 3000),
        (" " * 3000 + "a", " " * 3000 + "ab", False, " " * 3000 + "ab"),
    ],
)
def test_asked_again_the_same_beginning_is_not_said_twice(before: str, text: str, ended: bool, shown: str) -> None:
    stub = assistant("a", before, stop_reason=None)
    again = assistant("b", text, join=Join(replaces=True))
    found = seen(stub, again if ended else replace(again, status="streaming"))
    assert found.text == shown


def test_asked_again_after_words_in_several_blocks() -> None:
    stub = assistant("a", "T", ThinkingBlock("Hm.", "s"), "he sea", stop_reason=None)
    found = seen(stub, assistant("b", ThinkingBlock("Hm.", "s"), "The sea", " is salt.", join=Join(replaces=True)))
    assert found.text == "The sea is salt."


# Paths


def test_a_path_is_questions_and_answers() -> None:
    path = [
        assistant("w", "Welcome."),
        user("u"),
        assistant("a", CALL, stop_reason="tool_use"),
        results("r", ToolResultBlock("toolu_1", "42")),
        assistant("b", LONG, stop_reason=None),
        ask("c"),
        assistant("d", ANCHOR + " The end.", join=GOES_ON),
        user("v"),
    ]
    found = exchanges(path)
    assert [one.question.id if one.question else None for one in found] == [None, "u", "v"]
    assert [[node.id for node in one.nodes] for one in found] == [["w"], ["a", "b", "d"], []]
    assert found[1].text == LONG + "The end." and found[2].text == ""
    assert exchanges([]) == ()


def test_what_a_tool_gave_as_text() -> None:
    def gave(content: Any) -> str:
        return result_text(ToolResultBlock("t", content))

    assert result_text(None) == "" and gave("42") == "42" and gave(None) == "" and gave(3) == ""
    assert gave([{"type": "text", "text": "a"}, {"type": "text", "text": ""}, {"type": "text", "text": "b"}]) == "a\nb"
    assert gave([{"type": "web_search_result", "url": "https://x", "title": "X"}]) == "X\nhttps://x"
    assert gave({"type": "web_search_tool_result_error", "error_code": "unavailable"}) == "error: unavailable"
    assert gave({"stdout": "42\n", "stderr": "", "return_code": 0}) == "42\n"
    assert gave({"content": {"title": "X", "content": [{"text": "in"}]}}) == "in\nX"
