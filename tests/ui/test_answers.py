"""A terminal's answer about its colours: whenever and in whatever pieces it comes, it is no key, and keys stay keys."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.ui.terminal.answers import EXPECTED, Answers, is_dark

LONE = 0.026
DARK = "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"
LIGHT = "\x1b]11;rgb:fafa/f4f4/eded\x07"
TURNED = "\x1b[?997;2n"
KEYS = ("a", "\x1b[A", "\x1bOP", "\x1b[1;5H", "\x1bx", "\x1b[200~text\x1b[201~", "\x1b[?2026;2$y", "\r", "é", "\x1b[I")


def come(pieces: list[str], gap: float = 0.005, *, asked: bool = True) -> tuple[str, Answers]:
    """What is left for the parser of pieces that come one after another, and whoever took the rest."""
    answers = Answers(LONE)
    if asked:
        answers.asked(0.0)
    now, left = 0.01, ""
    for piece in pieces:
        due = answers.due()
        if due is not None and due <= now:
            left += answers.release()
        left += answers.feed(piece, now)
        now += gap
    while (due := answers.due()) is not None:
        assert due < now + 2
        left += answers.release()
    return left, answers


@pytest.mark.parametrize("answer", [DARK, LIGHT, TURNED])
def test_an_answer_in_any_two_pieces_among_keys_is_taken_out(answer: str) -> None:
    for before, after in itertools.product(("", *KEYS), repeat=2):
        text = before + answer + after
        for at in range(len(text) + 1):
            left, answers = come([text[:at], text[at:]])
            assert left == before + after, at
            assert answers.dark is (answer == DARK)


@pytest.mark.parametrize("gap", [0.001, 0.05, 0.09])
def test_an_answer_that_comes_byte_by_byte_is_taken_out(gap: float) -> None:
    left, answers = come(list("x" + LIGHT + "y"), gap)
    assert (left, answers.dark) == ("xy", False)


def test_an_answer_long_after_the_question_is_taken_out() -> None:
    for at in range(3, len(DARK)):
        answers = Answers(LONE)
        answers.asked(0.0)
        left = answers.feed(DARK[:at], 1_000.0) + answers.feed(DARK[at:] + "x", 1_000.02)
        assert (left, answers.dark) == ("x", True)


@given(st.lists(st.sampled_from([*KEYS, DARK, LIGHT, TURNED]), max_size=6), st.data())
def test_however_it_is_cut_what_is_left_is_what_was_typed(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in itertools.pairwise([0, *cuts, len(text)])]
    left, _ = come(pieces)
    assert left == "".join(part for part in parts if part in KEYS)


def test_half_an_answer_is_dropped_and_what_is_typed_after_it_stays() -> None:
    for at in range(6, len(DARK) - 1):
        answers = Answers(LONE)
        answers.asked(0.0)
        assert answers.feed(DARK[:at], 0.1) == ""
        assert answers.due() is None and answers.release() == ""
        assert answers.feed("ab", 60.0) == "ab"
        assert answers.dark is None
    left, _ = come([DARK[:12], "\r", "hello"])
    assert left == "\rhello"


def test_a_lone_escape_waits_no_longer_than_before_once_it_was_answered_or_never_will_be() -> None:
    for now, answered in ((0.5, True), (EXPECTED + 0.1, False)):
        answers = Answers(LONE)
        answers.asked(0.0)
        if answered:
            answers.feed(DARK, 0.1)
        assert answers.feed("\x1b", now) == ""
        assert answers.due() == now + LONE
        assert answers.release() == "\x1b"
    answers = Answers(LONE)
    answers.asked(0.0)
    answers.feed("\x1b", 0.5)
    assert (answers.due() or 9.0) <= 0.6, "Esc is answered within a tenth of a second"


def test_alt_and_a_bracket_are_still_keys() -> None:
    for keys in ("\x1b]", "\x1b[", "\x1b]1"):
        assert come([keys])[0] == keys
        assert come([keys], asked=False)[0] == keys


@pytest.mark.parametrize(
    ("color", "dark"),
    [
        ("rgb:0000/0000/0000", True),
        ("rgb:ffff/ffff/ffff", False),
        ("rgb:ff/ff/ff", False),
        ("rgb:f/f/f", False),
        ("rgba:1818/1818/1818/ffff", True),
        ("#ffffff", False),
        ("#000", True),
        ("rgb:2828/2c2c/3434", True),
        ("rgb:fdfd/f6f6/e3e3", False),
        ("rgb:0000/7777/0000", True),
        ("?", None),
        ("rgb:12/34", None),
        ("#12345", None),
        ("", None),
    ],
)
def test_dark_is_where_white_reads_better(color: str, dark: bool | None) -> None:
    assert is_dark(color) is dark
