"""Where a continuation meets the text before it, by hand; ``test_resume.py`` has it at length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from claude_tui.core.conversation import Join
from claude_tui.core.message import visible_length
from claude_tui.core.seam import (
    ANCHOR,
    FLOOR,
    LIMIT,
    PREAMBLE,
    Seam,
    anchor_of,
    ask_text,
    find_seam,
    reach,
)

BEFORE = "Salt comes from the rocks. Rain is a little sour, so it takes a little of every hill with it to the sea,\n"
ANCHORED, TAIL = anchor_of(BEFORE)
REST = "and the sea gives back only the water. "
MORE = REST * 20


def seam(
    text: str, *, ended: bool = True, complete: bool = True, before: str = BEFORE, via: str = "ask"
) -> Seam | None:
    anchor, tail = anchor_of(before)
    return find_seam(before, Join(via, anchor if via == "ask" else "", tail), text, ended=ended, complete=complete)  # type: ignore[arg-type]


def joined(text: str, **more: object) -> tuple[str, str]:
    found = seam(text, **more)  # type: ignore[arg-type]
    assert found is not None
    return str(more.get("before", BEFORE)) + text[found.cut :], found.manner


@pytest.mark.parametrize(
    ("text", "manner", "new"),
    [
        (ANCHORED + "\n" + REST, "exact", REST),
        # White space: the tail is said once; what differs gives way to ours.
        (ANCHORED + REST, "exact", REST),
        (ANCHORED + "  \n " + REST, "exact", REST),
        (ANCHORED + "\n\n" + REST, "exact", "\n" + REST),
        (" \n" + ANCHORED + "\n" + REST, "exact", REST),
        ("Of course, here it is:\n\n" + ANCHORED + "\n" + REST, "preamble", REST),
        ("```text\n" + ANCHORED + "\n" + REST, "preamble", REST),
        ("x" * PREAMBLE + ANCHORED + "\n" + REST, "preamble", REST),
        # Without the anchor: an end that is said again, else as it comes.
        ("takes a little of every hill with it to the sea,\n" + REST, "overlap", REST),
        (REST, "joined", REST),
        ("the sea,\n" + REST, "joined", "the sea,\n" + REST),  # too short to be sure of
        ("", "joined", ""),
    ],
)
def test_where_it_goes_on(text: str, manner: str, new: str) -> None:
    assert joined(text) == (BEFORE + new, manner)


def test_an_anchor_that_comes_too_late_is_none() -> None:
    text = "x" * (PREAMBLE + 1) + ANCHORED + REST
    assert joined(text)[1] == "joined"


def test_repeated_words_are_told_by_the_anchor() -> None:
    before = "ha " * 100
    anchor, tail = anchor_of(before)
    assert joined(anchor + " ha ha!", before=before) == (before + "ha ha!", "exact")
    assert len(anchor) <= ANCHOR and tail == " "


def test_a_fence_that_is_opened_again_is_closed_up() -> None:
    before = BEFORE + "```python\nfor year in range(10):\n    sea += 1\n"
    assert joined("```python\n    print(sea)\n```\n", before=before) == (before + "    print(sea)\n```\n", "fence")
    assert joined("~~~\n    print(sea)\n", before=before)[1] == "fence"
    # Not where none is open.
    assert joined("```python\n    print(sea)\n```\n", before=before + "```\n")[1] == "joined"
    # Nor without its newline: it may be a code span.
    assert joined("```print(sea)``` and so on", before=before)[1] == "joined"


def test_cut_again_before_it_was_decided() -> None:
    for text in ("", "Of cou", ANCHORED[:-1], "Of course.\n" + ANCHORED[:20]):
        assert seam(text, complete=False) == Seam(len(text), "aside")
        assert seam(text, ended=False) is None
    # With all that a seam may be decided from, it is.
    assert seam("x" * LIMIT, complete=False) == seam("x" * LIMIT, ended=False) == Seam(0, "joined")


def test_a_prefill_goes_on_at_once() -> None:
    assert seam(REST, ended=False, via="prefill") == Seam(0, "exact")
    assert seam("\n" + REST, ended=False, via="prefill") == Seam(1, "exact")
    assert seam("", ended=False, via="prefill") is None
    assert seam(" ", ended=False, via="prefill") is None
    assert seam(" \t" + REST, ended=False, via="prefill") == Seam(2, "exact")


def test_what_continues_nothing_has_no_seam_to_wait_for() -> None:
    assert find_seam("", Join(), "x", ended=False) == Seam(0, "exact")
    assert find_seam("", Join("ask"), "", ended=False) == Seam(0, "exact")


_white = st.sampled_from(["", " ", "\n", "\n\n", "  \n", " " * 530, "\n" * 600, " " * 1500])
_words = st.sampled_from(["", "a", "Of course.\n", REST, "```\n", ANCHORED, ANCHORED[:30], "x" * 399, "y" * 130, MORE])


@given(
    st.lists(st.one_of(_white, _words), max_size=4).map("".join),
    st.lists(st.one_of(_white, _words, st.text(max_size=9)), max_size=6).map("".join),
    st.sampled_from(["ask", "prefill"]),
    st.integers(1, 40),
)
@effort(max_examples=200, deadline=None)
def test_once_decided_more_text_never_changes_it(before: str, text: str, via: str, size: int) -> None:
    anchor, tail = anchor_of(before)
    join = Join(via, anchor if via == "ask" else "", tail)  # type: ignore[arg-type]
    decided: Seam | None = None
    for end in range(0, len(text) + size, size):
        found = find_seam(before, join, text[:end], ended=False)
        if decided is not None:
            assert found == decided
        decided = found
        # As much as ``reach`` says is all that is needed.
        assert find_seam(before, join, text[: min(end, reach(join))], ended=False) == found
    if decided is not None:
        for complete in (True, False):
            assert find_seam(before, join, text, ended=True, complete=complete) == decided
    if len(text) >= reach(join):
        assert decided is not None


@given(st.text(max_size=60), st.lists(st.one_of(_white, _words), max_size=5).map("".join))
@effort(deadline=None)
def test_an_anchor_is_the_end_of_the_text(start: str, end: str) -> None:
    text = start + end
    anchor, tail = anchor_of(text)
    assert text.endswith(anchor + tail) and not tail.strip()
    assert anchor == anchor.strip()
    assert len(anchor) <= PREAMBLE
    if len(anchor) > ANCHOR:
        assert visible_length(anchor[40:]) < FLOOR
    if visible_length(text.rstrip()[-PREAMBLE:]) >= FLOOR:
        assert visible_length(anchor) >= FLOOR


def test_an_anchor_begins_with_a_whole_word() -> None:
    anchor, _ = anchor_of("Salt comes from the rocks, and rain takes it to the sea. " * 4)
    assert anchor.split()[0] in ("Salt", "comes", "from", "the", "rocks,", "and", "rain", "takes", "it", "to", "sea.")
    assert anchor_of("漢" * 300)[0] == "漢" * ANCHOR


def test_few_words_in_much_white_space_are_no_anchor_in_a_preamble() -> None:
    """With so little to look for, a preamble might hold it by chance: only the very beginning counts."""
    join = Join("ask", "a")
    assert find_seam("", join, "a and so on", ended=True, complete=True) == Seam(1, "exact")
    assert find_seam("", join, "Certainly: a and so on", ended=True, complete=True) == Seam(0, "joined")


def test_the_ask_quotes_the_anchor() -> None:
    assert f"<last_words>\n{ANCHORED}\n</last_words>" in ask_text(ANCHORED)
    assert "<last_words>" not in ask_text("")
