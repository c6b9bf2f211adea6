"""What a reply is said to cost while it comes: it only grows, and ends near the true figure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claude_tui.core.events import BlockStart, TextDelta, ThinkingDelta, decode
from claude_tui.core.live import Heard, Pace, heard_of, likely, taught
from claude_tui.core.message import TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage
from claude_tui.core.models import find_model
from claude_tui.core.pricing import reply_cost
from claude_tui.core.reply import Reply, fold
from tests.support.streams import NO_RECORDINGS, read_events, recordings, synthetic

DAY = date(2026, 11, 21)
FILES = [*recordings(), *synthetic()]


def shown(path: Path, pace: Pace | None = None) -> tuple[list[Decimal], Decimal, Pace, Usage]:
    """What is shown after each event while the reply comes, what it cost, and what is learned from it."""
    reply, heard, first = Reply(), Heard(), Usage()
    live: list[Decimal] = []
    for event in map(decode, (event for event in read_events(path) if isinstance(event, dict))):
        began = reply.started
        reply, heard = fold(reply, event), heard.plus([event])
        first = first if began else reply.usage
        if reply.started and reply.stop_reason is None:
            guess = likely(first, reply.usage, heard, pace or Pace.first(reply.model))
            live.append(priced(reply, guess))
    return live, priced(reply, None), taught(pace or Pace.first(reply.model), reply.usage, heard), reply.usage


def priced(reply: Reply, guess: Usage | None) -> Decimal:
    final = reply.usage_final or reply.stop_reason is not None
    model = find_model(reply.model)
    cost = reply_cost(
        reply.usage, model, DAY, final=final, started=True, likely=guess, stop_reason=reply.stop_reason
    )  # fmt: skip
    return cost.dollars or Decimal(0)


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_it_never_runs_backwards_while_the_reply_comes(path: Path) -> None:
    live, _, _, _ = shown(path)
    assert live == sorted(live)


def test_it_ends_near_the_true_figure_and_nearer_once_a_reply_was_counted() -> None:
    """Over the recordings of the live API that say at least 80 tokens: how far the last word moves the figure."""
    if not recordings():
        pytest.skip(NO_RECORDINGS)
    before: list[float] = []
    after: list[float] = []
    for path in recordings():
        live, true, pace, usage = shown(path)
        if path.parent.name != "live" or usage.output_tokens < 80 or not true:
            continue
        for moved, last in ((before, live[-1]), (after, shown(path, pace)[0][-1])):
            moved.append(float((true - last) / true))
    assert len(before) > 10
    assert min(before) > -0.10 and max(before) < 0.30, before
    assert min(after) > -0.10 and max(after) < 0.20, after
    assert sum(map(abs, after)) < sum(map(abs, before))


def test_what_is_measured() -> None:
    heard = Heard().plus([TextDelta(0, "word " * 100), ThinkingDelta(1, "thought " * 10)])
    assert heard.text == 106_000 and heard.thinking > 0 and heard.calls == 0
    use = ToolUseBlock("s", "web_search", {"query": "salt"}, "server_tool_use")
    found = ToolResultBlock("s", [{"title": "Salt", "encrypted_content": "x" * 4_000}], False, "web_search_tool_result")
    searched = heard.plus([BlockStart(2, use), BlockStart(3, found)])
    assert (searched.calls, searched.searches, searched.passes) == (1, 1, 0)
    assert searched.plus([BlockStart(4, TextBlock(""))]).passes == 1
    failed = ToolResultBlock("s", {"error_code": "unavailable"}, False, "web_search_tool_result")
    assert Heard().with_block(failed).searches == 0
    whole = [TextBlock("word " * 100), ThinkingBlock("thought " * 10), use, found, TextBlock("")]
    assert heard_of(whole) == searched.plus([BlockStart(4, TextBlock(""))])


def test_what_tools_found_is_read_by_the_passes_after_them() -> None:
    first = Usage({"input_tokens": 2_000, "output_tokens": 1})
    heard = Heard(text=100_000, calls=1, found=20_000, passes=1, searches=1)
    guess = likely(first, first, heard, Pace(1.0, 1.0))
    assert guess.input_tokens == 2_000 + 2_000 + 5_000 and guess.output_tokens == 116
    assert guess.detail("server_tool_use", "web_search_requests") == 1
    cached = Usage({"input_tokens": 10, "cache_read_input_tokens": 1_990})
    again = likely(cached, cached, heard, Pace(1.0, 1.0))
    assert (again.input_tokens, again.cache_read_input_tokens) == (10 + 5_000, 1_990 + 2_000)
    told = Usage({"input_tokens": 50_000, "output_tokens": 900, "server_tool_use": {"web_search_requests": 2}})
    assert likely(first, told, heard, Pace(1.0, 1.0)) is told, "what the API said is never taken back"


def test_a_pace_is_learned_from_what_was_counted() -> None:
    pace = Pace(1.3, 1.3)
    usage = Usage({"output_tokens": 1_004 + 500, "output_tokens_details": {"thinking_tokens": 500}})
    learned = taught(pace, usage, Heard(text=1_000_000, thinking=100_000))
    assert 1.0 < learned.text < 1.05 and 3.0 < learned.thinking < 3.3
    both = taught(pace, Usage({"output_tokens": 1_004}), Heard(text=500_000, thinking=500_000))
    assert both.text == both.thinking and 1.0 < both.text < 1.05
    assert taught(pace, Usage({"output_tokens": 0}), Heard()) == pace
    assert taught(pace, Usage({"output_tokens": 10**6}), Heard(text=1)).text == 20.0
    assert Pace.first("claude-haiku-4-5").text < Pace.first("claude-opus-5-5").text
