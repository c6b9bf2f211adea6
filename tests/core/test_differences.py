"""What changed between two texts: nothing is left out, words are the measure, and no text takes for ever."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.core.differences import Change, differences

TEXT = st.text(st.sampled_from("ab \n.,é東京x"), max_size=60)


def told(before: str, after: str) -> str:
    """In short: what is gone in braces, what is new in brackets."""
    marks = {"same": "{}", "gone": "{{{}}}", "new": "[{}]"}
    return "".join(marks[change.kind].format(change.text) for change in differences(before, after))


@given(TEXT, TEXT)
def test_both_texts_can_be_told_from_it(before: str, after: str) -> None:
    found = differences(before, after)
    assert "".join(change.text for change in found if change.kind != "new") == before
    assert "".join(change.text for change in found if change.kind != "gone") == after
    assert all(change.text for change in found)
    assert (before == after) == all(change.kind == "same" for change in found)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "", ""),
        ("Salt.", "Salt.", "Salt."),
        ("", "Salt.", "[Salt.]"),
        ("The sea is salt.", "The sea is very salt.", "The sea is [very ]salt."),
        ("Rain takes it down.", "Rivers carry it down.", "{Rain takes}[Rivers carry] it down."),
        ("One.\n\nTwo.\n", "One.\n\nThree.\n", "One.\n\n{Two}[Three].\n"),
        ("東京へ行く", "京都へ行く", "{東}京[都]へ行く"),
    ],
)
def test_words_are_the_measure(before: str, after: str, said: str) -> None:
    assert told(before, after) == said


def test_giant_texts_that_repeat_themselves_take_no_time() -> None:
    """What `difflib` alone needs minutes for."""
    began = time.process_time()
    for before, after in (
        ("the sea " * 40_000, "the salt sea " * 40_000),
        ("one\ntwo\n" * 20_000, "two\none\n" * 20_000 + "end"),
        (
            "".join(f"word{number % 150} " for number in range(30_000)),
            "".join(f"word{number * 7 % 150} " for number in range(30_000)),
        ),
    ):
        found = differences(before, after)
        assert "".join(change.text for change in found if change.kind != "gone") == after
    assert time.process_time() - began < 20


def test_a_word_changed_in_a_long_text_is_found_alone() -> None:
    lines = [f"Sentence {number} of a long answer, to be read at leisure.\n\n" for number in range(5_000)]
    after = [*lines]
    after[2_500] = after[2_500].replace("leisure", "once")
    assert [change for change in differences("".join(lines), "".join(after)) if change.kind != "same"] == [
        Change("gone", "leisure"),
        Change("new", "once"),
    ]
