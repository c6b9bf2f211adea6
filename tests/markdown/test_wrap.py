"""Lines break by cells and never inside a cluster."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_tui.markdown.wrap import clusters, wrap

FAMILY = "👩\u200d👩\u200d👧"
TEXT = st.lists(
    st.sampled_from(
        ["word", " ", "  ", "你好", "。", "（", "e\u0301", FAMILY, "🇩🇪", "👍🏽", "—", "é", "❤\ufe0f", "x" * 30]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXT, st.integers(2, 25), st.booleans())
def test_slices_fit_and_lose_nothing(text: str, width: int, words: bool):
    slices = wrap(text, width, cell_len, words=words)
    position = 0
    for number, (start, end, joint) in enumerate(slices):
        assert cell_len(text[start:end]) <= width
        skipped = text[position:start]
        assert not skipped.strip() and (bool(skipped) == (joint == " ") if number else not skipped)
        assert not unicodedata.category(text[start : start + 1] or "x").startswith("M")
        assert "\u200d" not in (text[start : start + 1], text[end - 1 : end])
        position = end
    assert not text[position:].strip()
    if not words:
        assert "".join(text[start:end] for start, end, _ in slices) == text


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one two", 7, ["one two"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("你好世界。再", 8, ["你好世", "界。再"]),
        ("a" + FAMILY + "b", 2, ["a", FAMILY, "b"]),
        ("🇩🇪🇫🇷", 2, ["🇩🇪", "🇫🇷"]),
        ("", 5, [""]),
    ],
)
def test_examples(text: str, width: int, rows: list[str]):
    assert [text[start:end] for start, end, _ in wrap(text, width, cell_len)] == rows


def test_clusters_stay_together():
    text = "e\u0301\u0302" + FAMILY + "👍🏽" + "🇩🇪🇫🇷"
    starts = [start for start, _ in clusters(text, cell_len)]
    assert [text[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)] == [
        "e\u0301\u0302",
        FAMILY,
        "👍🏽",
        "🇩🇪",
        "🇫🇷",
    ]


def test_a_measure_that_knows_no_width_does_no_harm():
    assert wrap("a\x07b", 10, lambda text: -1)
    assert wrap("你好", 1, cell_len) == [(0, 1, ""), (1, 2, "")]
