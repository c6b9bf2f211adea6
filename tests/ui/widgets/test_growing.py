"""A card that is open while what is in it still comes: what a frame costs, and that nothing is lost or moved."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.core.growing import Flow, GrowingText, Stretch
from claude_tui.core.message import ContentBlock, ThinkingBlock, ToolUseBlock
from claude_tui.core.view import Part, PartKind
from claude_tui.markdown import Line
from claude_tui.ui.widgets.fitting import wrap
from claude_tui.ui.widgets.groups import RESULT_LINES, Group, group_for
from claude_tui.ui.widgets.reading import Reading
from claude_tui.ui.widgets.rows import Rows
from claude_tui.ui.widgets.units import PlainUnit, Unit

DELTA = "a word or two, "
WAYS = ("cut short", "whole", "thinking")


class Card:
    """A card in rows of 76 cells, of which the last 48 are laid out with each frame."""

    def __init__(self, way: str) -> None:
        reading = Reading(folds={"n:0": True}, whole={"n:0"} if way == "whole" else set())
        self.kind: PartKind = "thinking" if way == "thinking" else "tool"
        self.block: ContentBlock = ThinkingBlock("") if way == "thinking" else ToolUseBlock("t", "write", {})
        self.text = GrowingText()
        self.group: Group = group_for(self.part, reading)
        self.rows = Rows(76)

    @property
    def part(self) -> Part:
        return Part("n:0", self.kind, Flow((Stretch(self.text),)), self.block, open=True, node_id="n")

    def takes(self, text: str) -> None:
        """A frame in which this came."""
        self.text = self.text.append(text)
        self.rows.replace(self.group.update(self.part, ended=False)[:])
        self.rows.exact_at_end(48)

    @property
    def units(self) -> list[Unit]:
        return self.rows.units[1:]

    def lines(self, width: int) -> list[Line]:
        return [line for unit in self.units for line in unit.lines(width)]


def counted(card: Card) -> tuple[int, int]:
    """Calls in a frame that brought a delta, and bytes it had allocated at most: counted, the same on any machine."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sys.setprofile(count)
    try:
        card.takes(DELTA)
    finally:
        sys.setprofile(None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return calls, peak - before


def frames_at(way: str, size: int) -> list[tuple[int, int]]:
    """What each of some frames costs after so many characters on one line."""
    card = Card(way)
    while len(card.text) < size:
        card.takes(DELTA * 100)
    return [counted(card) for _ in range(5)]


@pytest.mark.parametrize("way", WAYS)
def test_a_frame_costs_the_same_however_long_the_line_is(way: str) -> None:
    short, long = frames_at(way, 16_000), frames_at(way, 400_000)
    assert max(calls for calls, _ in long) < 2.5 * max(calls for calls, _ in short) + 300, (short, long)
    assert max(size for _, size in long) < 100_000, "a copy of the line is in it"


def joined(lines: list[Line]) -> Iterator[str]:
    for row, line in enumerate(lines):
        if row:
            yield line.joint if line.wrapped else "\n"
        yield line.text[line.indent :]


@pytest.mark.parametrize("way", WAYS[1:])
@settings(max_examples=25)
@given(st.lists(st.sampled_from((*"ab é漢👍- ", "e\u0301", "👍🏽", "x" * 200, "  ")), min_size=1, max_size=40))
def test_what_grew_reads_as_if_it_had_come_at_once(way: str, words: list[str]) -> None:
    card, text = Card(way), ""
    delta = "w" + "".join(words)
    delta *= 1 + 1_500 // len(delta)
    while len(text) < 20_000:
        text += delta
        card.takes(delta)
    assert len(card.units) > 2
    whole = PlainUnit(text, "", side=None).lines(74)
    assert [line.text[line.indent :] for line in card.lines(76)] == [line.text for line in whole]
    assert "".join(joined(card.lines(40))) == text, "something is lost at another width"
    card.takes("\nanother line")
    assert "".join(joined(card.lines(40))) == f"{text}\nanother line"


def test_an_input_that_is_cut_short_says_how_much_there_is_more() -> None:
    card = Card("cut short")
    card.takes(DELTA * 10_000)
    lines = card.lines(76)
    assert len(lines) == RESULT_LINES
    shown = len("".join(joined(lines[:-1])))
    assert lines[-1].text.strip() == f"… {150_000 - shown:,} more characters"


@given(st.text(st.sampled_from("ab é漢👍🏽\u200d\u0301 "), max_size=300), st.integers(4, 40))
def test_wrapped_text_is_all_there_and_fits(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert "".join(joint + row for row, _, joint in rows) == text
    assert [wrapped for _, wrapped, _ in rows] == [False, *[True] * (len(rows) - 1)]
