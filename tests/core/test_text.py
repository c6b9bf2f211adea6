"""Hostile text is inert: what may come, and what is left of it."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from claude_tui.core.text import clean, clean_line, is_safe

ESC = "\x1b"
PAYLOADS = [
    f"{ESC}[2J{ESC}[H",
    f"{ESC}[?1049h",
    f"{ESC}]0;title\x07",
    f"{ESC}]0;title{ESC}\\",
    f"{ESC}]8;;https://evil.example\x07text{ESC}]8;;\x07",
    f"{ESC}]52;c;cm0gLXJmIC8=\x07",
    f"{ESC}]1337;File=inline=1:AAAA\x07",
    f"{ESC}P$q\"p{ESC}\\",
    f"{ESC}Ptmux;{ESC}{ESC}]52;c;x\x07{ESC}\\",
    f"{ESC}_Gi=1;AAAA{ESC}\\",
    f"{ESC}^private{ESC}\\",
    f"{ESC}Xstring{ESC}\\",
    f"{ESC}c",
    f"{ESC}(0",
    f"{ESC}[6n{ESC}[c",
    f"{ESC}]633;P;x\x07",
    ESC,
    "\x9b31mred",
    "\x9d0;title\x9c",
    "\x90q\x9c",
    "a\bb\x7f",
    "\x00\x01\x02\x0e\x0f\x05\x07\x0b\x0c",
    "safe\rhidden",
    "one\r\ntwo\rthree",
    "a\u2028b\u2029c\u0085d",
    "\u202egnp.exe",
    "\u2066a\u2069\u2067b\u2069\u2068c\u2069\u061c\u200e\u200f\u202a\u202b\u202c\u202d",
    "hi\U000e0068\U000e0069\U000e007f",
    "\U000e0001\U000e0020",
    "x" + "\ufe0f" * 40,
    "x" + "".join(chr(0xE0100 + one) for one in range(200)),
    "Z" + "\u0301\u0488\u20dd" * 300,
    "ก" + "\u0e49" * 300,
    "ا" + "\u064b" * 300,
    "\ud800 and \udfff",
    "👩\ud83d",
]  # fmt: skip


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_payload_is_harmless(text: str) -> None:
    for said in (text, f"naïve {text}", f"{text}\U0001f600", text * 3):
        cleaned = clean(said)
        assert is_safe(cleaned) and clean(cleaned) == cleaned
        assert not any(is_order(char) for char in cleaned)
        cleaned.encode()
    assert all(is_safe(clean(part)) for part in text)  # wherever a delta ends


def is_order(char: str) -> bool:
    """Written from the Unicode database, not from the expressions under test."""
    if char in "\n\t":
        return False
    bidi = unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return bidi or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in "\u061c\u200e\u200f"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("plain\n\ttext", "plain\n\ttext"),
        (
            "naïve 漢字 👩\u200d👧 🏳\ufe0f\u200d🌈 e\u0301 नि สวัสดี",
            "naïve 漢字 👩\u200d👧 🏳\ufe0f\u200d🌈 e\u0301 नि สวัสดี",
        ),
        ("שלום עליכם, مرحبا", "שלום עליכם, مرحبا"),
        (f"{ESC}[31m", "␛[31m"),
        ("a\bb\x7f", "a␈b␡"),
        ("\x00", "␀"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("é\r\n\r\r\n", "é\n\n\n"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("\x9b31m\u202e", "\ufffd31m\ufffd"),
        ("a\U000e0068\U000e0069b", "ab"),
        ("x\ufe0f\ufe0f\ufe0e", "x\ufe0f"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("葛\U000e0100\U000e0101\ufe00", "葛\U000e0100"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 8),
        ("\ud800x", "\ufffdx"),
    ],
)
def test_what_is_left(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


_nasty = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            [*"\x1b\x07\x9b\r\n\t\u2028\u202e\u200d\ufe0f\u0301\u0e49", "\U000e0041", "\U000e0100", "\ud83d"]
        ),
    ),
    max_size=60,
)


@given(st.one_of(st.text(), _nasty))
@effort(max_examples=400, deadline=None)
def test_any_text_is_safe_and_stays_as_it_is_cleaned(text: str) -> None:
    cleaned = clean(text)
    assert is_safe(cleaned) and clean(cleaned) == cleaned
    assert not any(is_order(char) for char in cleaned)
    if not any(is_order(char) for char in text) and text.isascii():
        assert cleaned is text
    line = clean_line(text)
    assert is_safe(line) and "\n" not in line and len(line) <= 200


@pytest.mark.long
@given(_nasty)
@effort(max_examples=100_000, deadline=None)
def test_any_text_is_safe_for_long(text: str) -> None:
    cleaned = clean(text)
    assert is_safe(cleaned) and clean(cleaned) == cleaned and not any(is_order(char) for char in cleaned)


def test_is_safe_says_what_it_means() -> None:
    assert is_safe("plain\n\ttext é 漢") and not any(map(is_safe, ["\x1b", "\x7f", "\r", "\x9b", "\u202e", "\ud800"]))


def test_plain_text_comes_back_as_it_is_and_at_once() -> None:
    plain = "A line of plain text, as most are.\n" * 30_000
    assert clean(plain) is plain
    foreign = "Ein Satz mit Umlauten: äöü, 漢字 und 👩‍👧.\n" * 10_000
    begun = time.perf_counter()
    assert clean(foreign) == foreign
    assert time.perf_counter() - begun < 10  # 400 kB; it takes about 20 ms


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n lines\t", "two lines"),
        (f"{ESC}]0;x\x07", "␛]0;x␇"),
        ("x" * 300, "x" * 199 + "…"),
        ("x" * 200, "x" * 200),
        ("", ""),
    ],
)
def test_a_line(text: str, line: str) -> None:
    assert clean_line(text) == line
    assert clean_line("abcdef", 4) == "abc…"
