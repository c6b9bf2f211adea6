"""The keys of the shell's line editor: what stands there then, and where the cursor is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.ui.editing.change import Change, between
from claude_tui.ui.editing.emacs import CHANGES, KILLS, KillRing, word_left, word_right

MOVES = [
    ("one two|", "word_left", "one |two"),
    ("one |two", "word_left", "|one two"),
    ("one, t|wo", "word_left", "one, |two"),
    ("a\n\nb|", "word_left", "a\n\n|b"),
    ("a\n\n|b", "word_left", "|a\n\nb"),
    ("|", "word_left", "|"),
    ("|one two", "word_right", "one| two"),
    ("one| two", "word_right", "one two|"),
    ("a|\n\nb_1 c", "word_right", "a\n\nb_1| c"),
    ("größe| 東京", "word_right", "größe 東京|"),
    ("|", "word_right", "|"),
]
KILLED = [
    ("one two-three|", "stretch_left", "one |"),
    ("one two-three|", "word_left", "one two-|"),
    ("one two  |x", "stretch_left", "one |x"),
    ("one\n  |x", "stretch_left", "|x"),
    ("on|e two", "word_right", "on| two"),
    ("one| two", "word_right", "one|"),
    ("one\ntwo |three", "line_left", "one\n|three"),
    ("one\n|two", "line_left", "one|two"),
    ("|two", "line_left", "|two"),
    ("one t|wo\nthree", "line_right", "one t|\nthree"),
    ("one|\ntwo", "line_right", "one|two"),
    ("one|", "line_right", "one|"),
]
CHANGED = [
    ("ab|c", "transpose", "acb|"),
    ("abc|", "transpose", "acb|"),
    ("ab|\nc", "transpose", "ba|\nc"),
    ("|ab", "transpose", None),
    ("a\n|b", "transpose", None),
    ("a|", "transpose", None),
    ("one| two", "transpose_words", "two one|"),
    ("one, t|wo!", "transpose_words", "two, one|!"),
    ("one two|", "transpose_words", "two one|"),
    ("one two|.", "transpose_words", "two one|."),
    ("one|", "transpose_words", None),
    ("|", "transpose_words", None),
    ("|straße ab", "upper", "STRASSE| ab"),
    ("ON|E TWO", "lower", "ONe| TWO"),
    ("|  oNE two", "capital", "  One| two"),
    ("one|", "upper", None),
]


def at(marked: str) -> tuple[str, int]:
    """A text with a ``|`` where the cursor is."""
    return marked.replace("|", ""), marked.index("|")


def marked(text: str, cursor: int) -> str:
    return f"{text[:cursor]}|{text[cursor:]}"


@pytest.mark.parametrize(("before", "move", "after"), MOVES)
def test_words_are_moved_over(before: str, move: str, after: str) -> None:
    text, cursor = at(before)
    assert marked(text, {"word_left": word_left, "word_right": word_right}[move](text, cursor)) == after


@pytest.mark.parametrize(("before", "kill", "after"), KILLED)
def test_what_a_kill_takes(before: str, kill: str, after: str) -> None:
    text, cursor = at(before)
    start, end = sorted((cursor, KILLS[kill](text, cursor)))
    assert marked(text[:start] + text[end:], start) == after


@pytest.mark.parametrize(("before", "what", "after"), CHANGED)
def test_letters_and_words_are_changed(before: str, what: str, after: str | None) -> None:
    text, cursor = at(before)
    change = CHANGES[what](text, cursor)
    assert (change and marked(change.of(text), change.cursor)) == after


def test_kills_in_a_row_are_one_and_older_ones_come_back_in_turn() -> None:
    ring = KillRing()

    def kill(text: str, *, left: bool) -> None:
        ring.key()
        ring.kill(text, left=left)

    assert ring.yank() == ""
    kill("first", left=False)
    ring.key()
    kill("two", left=True)
    kill("one ", left=True)
    kill(" three", left=False)
    ring.key()
    ring.key()
    assert ring.yank() == "one two three"
    ring.key()
    assert ring.turn() == ("one two three", "first")
    ring.key()
    assert ring.turn() == ("first", "one two three")
    ring.key()
    ring.key()
    assert ring.turn() is None


@given(st.text("ab \n東", max_size=12), st.text("ab \n東", max_size=12))
def test_the_shortest_change_makes_one_text_of_the_other(before: str, after: str) -> None:
    change = between(before, after, 0)
    assert change.of(before) == after
    assert change == Change(change.start, change.end, change.put, 0)
    assert not (before[change.start : change.end] and change.put) or before[change.start] != change.put[0]


@given(st.text("ab_, \n東", max_size=12), st.integers(0, 12))
def test_no_key_leaves_the_text(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    assert word_left(text, cursor) <= cursor <= word_right(text, cursor) <= len(text)
    for place in KILLS.values():
        assert 0 <= place(text, cursor) <= len(text)
    for change in CHANGES.values():
        made = change(text, cursor)
        if made is not None:
            assert 0 <= made.start <= made.end <= len(text)
            assert 0 <= made.cursor <= len(made.of(text))
