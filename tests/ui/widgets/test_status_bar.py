"""The status line: what is on it at each width, and that nothing on it moves."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_tui.core.pricing import Cost
from claude_tui.ui.widgets.status_bar import StatusBar, StatusView, status_line
from tests.ui.widgets.conftest import HOSTILE, Host, shown, text_of

BUSY = StatusView(
    "opus-5.5", "medium", "writing", "busy", 12_400, 1_900, 0.79, Cost(Decimal("0.041")), Cost(Decimal("0.38")), 0.21,
    83.2, 800, 23_000,
)  # fmt: skip


def line(view: StatusView, width: int) -> str:
    return "".join(text for text, _ in status_line(view, width))


def test_the_line_at_each_width() -> None:
    assert line(BUSY, 80) == (" opus-5.5·medium  writing 83 t/s  ↑12.4k ↓1.9k ↻79 %    $0.041 · $0.38    ◔ 21 %")
    assert line(BUSY, 40) == " writing 83 t/s         $0.041 · $0.38  "
    assert line(BUSY, 104) == (
        " opus-5.5·medium  writing 83 t/s  23 s       first 0.8 s  ↑12.4k ↓1.9k ↻79 %    $0.041 · $0.38    ◔ 21 %"
    )
    assert "cached 79 %" in line(BUSY, 200)
    assert "first 0.8 s" in line(BUSY, 200)
    assert "writing 83 t/s" in line(BUSY, 24)
    assert "$0.38" in line(BUSY, 24)


def test_at_rest_the_model_stands_where_the_state_stood() -> None:
    idle = replace(BUSY, state="", tokens_per_second=None)
    assert line(idle, 40) == " opus-5.5               $0.041 · $0.38  "
    rests = replace(BUSY, state="", state_kind="idle")
    assert "medium  83 t/s          23 s  " in line(rests, 104)
    assert "medium  first 0.8 s     ↑12.4k" in line(rests, 80), "there it has no place while the state needs it"


@given(
    st.integers(0, 10**7), st.integers(0, 128_000), st.floats(0, 1), st.decimals(0, 9, places=4), st.floats(0, 999),
    st.sampled_from(("exact", "estimate", "lower")), st.integers(40, 200),
)  # fmt: skip
def test_nothing_moves_when_figures_change(
    read: int, written: int, share: float, dollars: Decimal, speed: float, exactness: str, width: int
) -> None:
    price = Cost(dollars, exactness)  # type: ignore[arg-type]
    view = replace(BUSY, tokens_in=read, tokens_out=written, cached_share=share, context_share=share,
                   reply_cost=price, conversation_cost=price, tokens_per_second=speed)  # fmt: skip
    before, after = line(BUSY, width), line(view, width)
    for mark in ("↑", "↓", " · ", "writing", "first"):
        if mark in before and mark in after:
            assert before.index(mark) == after.index(mark)
    assert cell_len(after) == width


@given(st.integers(0, 220), st.text(max_size=60), st.text(max_size=20), st.booleans(), st.booleans())
def test_any_text_in_any_width(width: int, state: str, notice: str, demo: bool, tools: bool) -> None:
    view = replace(BUSY, model=state, effort=notice, state=state, notice=notice, demo=demo, tools=tools)
    assert cell_len(line(view, width)) == width


def test_a_long_state_covers_and_moves_nothing() -> None:
    waiting = replace(BUSY, state="retrying in 12 s", state_kind="waiting", tokens_per_second=None, elapsed_ms=None)
    assert "retrying in 12 s" in line(waiting, 80)
    assert line(waiting, 80)[56:] == line(BUSY, 80)[56:]


def test_a_notice_and_the_demo_are_always_seen() -> None:
    for width in (40, 80, 200):
        assert "not saved" in line(replace(BUSY, notice="not saved"), width)
        assert "demo" in line(replace(BUSY, demo=True), width)
    assert "opus-5.5·medium+tools" in line(replace(BUSY, tools=True), 200)


def test_what_is_unknown_is_blank() -> None:
    assert line(StatusView("opus-5.5"), 80).strip() == "opus-5.5"


@pytest.mark.anyio
@pytest.mark.parametrize("width", [40, 80, 200])
async def test_it_is_painted_only_when_it_changes(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bar = StatusBar()
    app = Host(bar)
    async with app.run_test(size=(width, 5)) as pilot:
        painted: list[int] = []
        monkeypatch.setattr(bar, "refresh", lambda *_: painted.append(1) or StatusBar.refresh(bar))
        bar.show(BUSY)
        await pilot.pause()
        assert text_of(app)[0] == line(BUSY, width)
        bar.show(replace(BUSY, tokens_per_second=83.3))
        assert len(painted) == 1
        bar.show(replace(BUSY, state=HOSTILE, model=HOSTILE, notice=HOSTILE, effort=HOSTILE))
        await pilot.pause()
        assert "\x1b" not in shown(app)
        assert len(painted) == 2


def test_a_fast_reply_leaves_the_tokens_where_they_are() -> None:
    assert line(replace(BUSY, tokens_per_second=183.0), 80)[34:] == line(BUSY, 80)[34:]


WAITS = replace(BUSY, state_kind="waiting", tokens_per_second=None)
NOTHING = StatusView("opus-5.5", "medium")
BEGINS = replace(NOTHING, conversation_cost=Cost(Decimal(0)), state_kind="busy")
TURN = {
    "empty": NOTHING,
    "connecting": replace(BEGINS, state="connecting", elapsed_ms=100),
    "waiting": replace(BEGINS, state="waiting", elapsed_ms=4_000),
    "thinking": replace(BUSY, state="thinking", tokens_out=9, tokens_per_second=None, elapsed_ms=5_100),
    "writing": BUSY,
    "writing fast": replace(BUSY, tokens_per_second=1_183.0, elapsed_ms=83_000, tokens_out=12_345),
    "a tool": replace(BUSY, state="tool: current_time", state_short="current_time", tokens_per_second=None),
    "retrying": replace(WAITS, state="retry in 12 s", state_short="retry 12 s", elapsed_ms=599_000),
    "offline": replace(WAITS, state="offline, retry in 12 s", state_short="offline 12 s", elapsed_ms=3_725_000),
    "stalled": replace(BUSY, state="no data for 20 s", state_short="no data 20 s", state_kind="problem"),
    "stopping": replace(WAITS, state="stopping"),
    "not saved": replace(BUSY, notice="not saved"),
    "not saved, offline": replace(
        WAITS, state="offline, retry in 12 s", state_short="offline 12 s", notice="not saved"
    ),
    "ended": replace(BUSY, state="", state_kind="idle", reply_cost=Cost(Decimal("12.34"), "estimate")),
}
"""A turn from before the first question to its end, and all that may happen in it."""
WIDTHS = (40, 60, 80, 102, 104, 120, 200)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("demo", [False, True])
def test_over_a_whole_turn_every_figure_stays_in_its_columns(width: int, demo: bool) -> None:
    stood: dict[str, int] = {}
    for name, view in TURN.items():
        said = line(replace(view, demo=demo), width)
        assert cell_len(said) == width
        assert said.count("first") <= 1, f"told twice when {name}: {said!r}"
        places = {
            mark: said.rindex(mark) for mark in ("opus", "·medium", "↑", "↓", "↻", "cached", " · ", "%") if mark in said
        }
        if "first" in said and view.state:
            places["first"] = said.index("first")
        if view.state and "opus" in said:
            word = view.state_short if view.state not in said else view.state
            places["state"] = said.index(word)
        elapsed = re.search(r" (23 s|4 s|5 s|1 m 23 s|9 m 59 s|1 h 2 m)  ", said)
        if elapsed and width >= 120 and view.state:
            places["elapsed"] = elapsed.start(1)
        for mark, at in places.items():
            assert stood.setdefault(mark, at) == at, f"{mark!r} moved when {name}: {said!r}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("demo", [False, True])
def test_state_and_cost_are_there_whatever_else_has_no_room(width: int, demo: bool) -> None:
    for name, view in TURN.items():
        said = line(replace(view, demo=demo), width)
        assert view.state in said or (view.state_short and view.state_short in said), f"{name}: {said!r}"
        assert view.notice in said, f"{name}: {said!r}"
        assert "$" in said or view is NOTHING, f"{name}: {said!r}"
        # What was known stays to be read: only a notice, which must not be missed, covers a figure.
        if view.tokens_in and not view.notice:
            shown = {mark for mark in "↑↓%" if mark in line(replace(BUSY, demo=demo), width)}
            assert all(mark in said for mark in shown), f"{name}: {said!r}"
