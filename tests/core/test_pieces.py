"""The raw pieces of a reply, exactly as they came, beside what became of them."""

from __future__ import annotations

from dataclasses import replace

from claude_tui.core.conversation import Join, Node
from claude_tui.core.events import decode
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.pieces import Piece, pieces
from claude_tui.core.reply import fold_all
from claude_tui.core.seam import anchor_of, ask_text
from claude_tui.core.view import exchanges

from ..support.streams import reply_events
from ..support.talk import assistant, user

LONG = "Salt comes from the rocks, and rain takes it to the sea, a little every year. "
ANCHOR, TAIL = anchor_of(LONG)
GOES_ON = Join("ask", ANCHOR, TAIL)


def ask(id: str) -> Node:
    return Node(id, None, "user", (TextBlock(ask_text(ANCHOR)),), "continue", join=GOES_ON)


def short(piece: Piece) -> tuple[object, ...]:
    return (piece.node_id, piece.via, piece.manner, piece.cut, piece.text[piece.cut :])


def test_every_piece_of_a_reply_is_there_as_it_came() -> None:
    path = [
        user("u"),
        assistant("old", "An earlier answer."),
        user("v"),
        assistant("a", "Sal", stop_reason=None, model="one", created_at=7),
        assistant("b", ThinkingBlock("Hm."), "Salt", " comes", stop_reason=None, model="one", join=Join(replaces=True)),
        assistant("c", LONG, stop_reason=None, model="one", join=Join(replaces=True)),
        ask("d"),
        assistant("e", "Sure, her", stop_reason=None, model="two", join=GOES_ON),
        ask("f"),
        assistant("g", "Sure.\n" + ANCHOR + TAIL + "More of it, ", stop_reason="max_tokens", model="two", join=GOES_ON),
        assistant("h", " and the end.", model="three", join=Join("prefill", "", " ")),
    ]
    found = pieces(path)
    assert [short(piece) for piece in found] == [
        ("a", "first", None, 0, "Sal"),
        ("b", "resend", "exact", 3, "t comes"),
        ("c", "resend", "exact", 10, LONG[10:]),
        ("e", "ask", "aside", 9, ""),
        ("g", "ask", "preamble", 6 + len(LONG), "More of it, "),
        ("h", "prefill", "exact", 1, "and the end."),
    ]
    assert [piece.model for piece in found] == ["one", "one", "one", "two", "two", "three"]
    assert [piece.anchor for piece in found] == ["", "", "", ANCHOR, ANCHOR, ""]
    assert [piece.status for piece in found] == ["interrupted"] * 4 + ["complete"] * 2
    assert [piece.stop_reason for piece in found][-3:] == [None, "max_tokens", "end_turn"]
    assert found[1].thinking == "Hm." and found[0].created_at == 7
    assert "".join(piece.text[piece.cut :] for piece in found) == exchanges(path)[-1].text


def test_a_message_after_a_tool_is_the_next_and_meets_nothing() -> None:
    call = ToolUseBlock("toolu_1", "calculate", {})
    path = [
        user("u"),
        assistant("a", "I count.", call, stop_reason="tool_use"),
        Node("r", None, "user", (ToolResultBlock("toolu_1", "42"),), "tool"),
        assistant("b", "42."),
    ]
    assert [short(piece) for piece in pieces(path)] == [
        ("a", "first", None, 0, "I count."),
        ("b", "next", None, 0, "42."),
    ]
    assert pieces([]) == () and pieces(path[:1]) == ()


def test_a_piece_still_coming_has_no_manner_before_its_seam_is_decided() -> None:
    growing = replace(assistant("b", join=GOES_ON, model="asked"), status="streaming")
    path = [user("u"), assistant("a", LONG, stop_reason=None), ask("c"), growing]
    events = reply_events([{"type": "text", "text": ANCHOR + TAIL + "The end."}], size=len(ANCHOR))
    before, after = (fold_all(map(decode, events[:size])) for size in (2, 5))
    last = pieces(path, {"b": before})[-1]
    assert (last.manner, last.cut, last.status, last.model) == (None, 0, "streaming", "claude-opus-5-5")
    last = pieces(path, {"b": after})[-1]
    assert (last.manner, last.cut, last.text) == ("exact", len(ANCHOR + TAIL), ANCHOR + TAIL + "The end.")
