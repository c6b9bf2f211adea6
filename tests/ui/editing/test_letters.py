"""What a reader takes for one letter is one to every key, however many characters it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_tui.ui.editing.emacs import transpose, transpose_words, word_left, word_right
from claude_tui.ui.editing.letters import after, before, count, joins, start_of, taken_back
from tests.ui.editing.test_vim import Editor

FAMILY, RAINBOW = "👩\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈"
WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
LETTERS = [
    "a", "é", "e\u0301", "o\u0302\u0323", FAMILY, RAINBOW, WALES, "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "🇩🇪", "🇫🇷",
    "\u1112\u1161\u11ab", "한", "क्षि", "நி", "ก็", "นำ", "か\u3099", "東", "ﾊﾟ", "(", "_",
]  # fmt: skip
"""One of each sort."""


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("around", ["", "x", "🇮🇹", "\n", " "])
def test_a_letter_is_one(letter: str, around: str) -> None:
    text = f"{around}{letter}{around}"
    start, end = len(around), len(around) + len(letter)
    assert after(text, start) == end and before(text, end) == start
    assert [joins(text, at) for at in range(start, end)] == [False] + [True] * (len(letter) - 1)
    assert not joins(text, end)
    for inside in range(start, end):
        assert start_of(text, inside) == start and after(text, inside) == end
        assert before(text, inside + 1) == start


def test_flags_are_counted_from_the_first() -> None:
    assert [at for at in range(9) if not joins("🇩🇪🇫🇷🇮🇹🇪🇸🇵", at)] == [0, 2, 4, 6, 8]


@given(st.lists(st.sampled_from(LETTERS), max_size=12))
def test_of_any_letters_in_a_row_each_is_gone_past(letters: list[str]) -> None:
    text = "".join(letters)
    starts, at = [0], 0
    while at < len(text):
        at = after(text, at)
        starts.append(at)
    back, at = [len(text)], len(text)
    while at:
        at = before(text, at)
        back.append(at)
    assert starts == back[::-1] and count(text, 0, len(text)) == len(starts) - 1 == len(letters)


def test_backspace_takes_a_letter_but_one_sign_of_those_that_are_typed_sign_by_sign() -> None:
    for letter in ("e\u0301", FAMILY, "🇩🇪", "❤\ufe0f", "\u1112\u1161\u11ab", "か\u3099"):
        assert taken_back(f"x{letter}", 1 + len(letter)) == 1, letter
    assert taken_back("கநி", 3) == 2 and taken_back("ก็", 2) == 1
    assert taken_back("", 0) == 0


VIM = [
    ("{a}{b}{c}|{d}", "h", "{a}{b}|{c}{d}"),
    ("|{a}{b}{c}{d}", "l", "{a}|{b}{c}{d}"),
    ("|{a}{b}{c}{d}", "2l", "{a}{b}|{c}{d}"),
    ("{a}{b}|{c}{d}", "9h", "|{a}{b}{c}{d}"),
    ("|{a}{b}{c}{d}", "9l", "{a}{b}{c}|{d}"),
    ("|{a}{b}{c}{d}", "$", "{a}{b}{c}|{d}"),
    ("{a}|{b}{c}{d}", "x", "{a}|{c}{d}"),
    ("{a}|{b}{c}{d}", "2x", "{a}|{d}"),
    ("{a}{b}{c}|{d}", "x", "{a}{b}|{c}"),
    ("{a}{b}|{c}{d}", "X", "{a}|{c}{d}"),
    ("{a}{b}|{c}{d}", "2X", "|{c}{d}"),
    ("{a}|{b}{c}{d}", "rz", "{a}|z{c}{d}"),
    ("{a}|{b}{c}{d}", "2rz", "{a}z|z{d}"),
    ("{a}|{b}{c}{d}", "4rz", "{a}|{b}{c}{d}"),
    ("{a}|{b}{c}{d}", "sz<esc>", "{a}|z{c}{d}"),
    ("{a}|{b}{c}{d}", "2sz<esc>", "{a}|z{d}"),
    ("{a}|{b}{c}{d}", "az<esc>", "{a}{b}|z{c}{d}"),
    ("{a}|{b}{c}{d}", "i<esc>", "|{a}{b}{c}{d}"),
    ("{a}|{b}{c}{d}", "A<esc>", "{a}{b}{c}|{d}"),
    ("{a}|{b}{c}{d}", "xp", "{a}{c}|{b}{d}"),
    ("{a}|{b}{c}{d}", "ylp", "{a}{b}|{b}{c}{d}"),
    ("{a}|{b}{c}{d}", "vld", "{a}|{d}"),
    ("{a}{b}|{c}{d}", "vhd", "{a}|{d}"),
    ("{a}|{b}{c}{d}", "vlrz", "{a}|zz{d}"),
    ("{a}|{b}{c}{d}", "vld.", "|{a}"),
    ("{a}|{b}{c}{d}", "Rzy<esc>", "{a}z|y{d}"),
    ("{a}|{b}{c}{d}", "Rzy<bs><bs><esc>", "|{a}{b}{c}{d}"),
    ("|{a}{b}{c}{d} {a}", "wx", "{a}{b}{c}{d}| "),
    ("{a}{b}{c}|{d}!{a}", "f!x", "{a}{b}{c}{d}|{a}"),
    ("|{a}{b}{c}{d}!", "t!", "{a}{b}{c}|{d}!"),
    ("!{a}{b}|{c}", "T!", "!|{a}{b}{c}"),
    ("|{a}{b}{c}{d}", "d$", "|"),
    ("{a}|{b}{c}{d}", "D", "|{a}"),
    ("{a}{b}|{c}{d}", "d0", "|{c}{d}"),
]
SETS = [
    ("e\u0301", "o\u0302\u0323", "a\u030a", "n\u0303"),
    (FAMILY, RAINBOW, "👍🏽", WALES),
    ("🇩🇪", "🇫🇷", "🇮🇹", "🇪🇸"),
    ("\u1112\u1161\u11ab", "\u1100\u1173\u11af", "\u110b\u116e", "한"),
    ("❤\ufe0f", "♥\ufe0f", "☝🏻", "☀\ufe0f"),
    ("क्षि", "நி", "ก็", "か\u3099"),
]


@pytest.mark.parametrize("letters", SETS)
def test_vi_goes_by_letters(letters: tuple[str, ...]) -> None:
    named = dict(zip("abcd", letters, strict=True))
    for text, keys, expected in VIM:
        if text.endswith("{a}") and keys == "wx":
            expected = f"{text.replace('|', '')[:-3].rstrip()}| "
        editor = Editor(text.format(**named))
        editor.press(keys)
        assert editor.marked == expected.format(**named), (text, keys)


def test_vi_changes_the_case_of_letters_and_finds_the_ends_of_words_with_accents() -> None:
    for text, keys, expected in (
        ("|e\u0301a", "~", "E\u0301|a"),
        ("|e\u0301ab", "2~", "E\u0301A|b"),
        ("|cafe\u0301s un", "w", "cafe\u0301s |un"),
        ("|cafe\u0301 un", "e", "caf|e\u0301 un"),
        ("|cafe\u0301 un", "dw", "|un"),
        ("|cafe\u0301 un", "de", "| un"),
        ("|cafe\u0301 un", "cex<esc>", "|x un"),
        ("|cafe\u0301 un", "cwx<esc>", "|x un"),
        ("cafe\u0301 |un", "b", "|cafe\u0301 un"),
        ("cafe\u0301 |un", "ge", "caf|e\u0301 un"),
        ("c|afe\u0301 un", "diw", "| un"),
        ("c|afe\u0301 un", "viwd", "| un"),
        ("東京|x\nabcdef", "j", "東京x\nabcd|ef"),
        ("🇩🇪|x\ne\u0301abc", "j", "🇩🇪x\ne\u0301a|bc"),
    ):
        editor = Editor(text)
        editor.press(keys)
        assert editor.marked == expected, (text, keys)


@given(
    st.lists(st.sampled_from([*LETTERS, " ", "\n"]), max_size=10).map("".join),
    st.lists(st.sampled_from([*"hljkwbeWBE0^$G{}xXsDpP~rJuvVoiaARz.2", "ge", "<esc>", "<bs>", "dw"]), max_size=20),
)
def test_no_key_of_vi_stands_inside_a_letter(text: str, keys: list[str]) -> None:
    editor = Editor(f"§{text}", mark="§")
    for key in keys:
        editor.press(key)
        if editor.vim.mode == "normal" and not editor.vim._keys:
            assert not joins(editor.text, editor.cursor), (editor.marked, key)


def test_the_shells_keys_go_by_letters() -> None:
    assert word_right("cafe\u0301s un", 0) == 6 and word_left("cafe\u0301s", 6) == 0
    assert word_right("❤\ufe0f ab", 0) == 5 and word_left("ab ❤\ufe0f", 5) == 0
    swapped = transpose("e\u0301🇩🇪", 2)
    assert swapped is not None and swapped.of("e\u0301🇩🇪") == "🇩🇪e\u0301" and swapped.cursor == 4
    at_end = transpose("ae\u0301", 3)
    assert at_end is not None and at_end.of("ae\u0301") == "e\u0301a"
    words = transpose_words("e\u0301 ab", 5)
    assert words is not None and words.of("e\u0301 ab") == "ab e\u0301"
