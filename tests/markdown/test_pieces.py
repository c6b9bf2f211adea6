"""Old text is cut into pieces that mean by themselves what they mean together."""

import time

import pytest
from hypothesis import given, settings

from claude_tui.markdown import Document, count_codes, estimate_height, split_source
from tests.benchmarks.markdown_flatness import KINDS
from tests.benchmarks.markdown_flatness import text_of as benchmark_text

from .helpers import lines_of
from .test_stream import GIANTS, documents


def piecewise(source: str, size: int) -> list[str]:
    rows: list[str] = []
    codes = 0
    for begin, end in split_source(source, size):
        piece = Document(source[begin:end], complete=True, codes_before=codes)
        found = [line.text.rstrip() for line in lines_of(piece)]
        codes += count_codes(source[begin:end])
        assert codes == piece.codes
        rows += ([""] if rows and found else []) + found
    return rows


@settings(max_examples=30, deadline=None)
@given(documents)
def test_pieces_look_like_the_whole(source: str):
    pieces = split_source(source, 40)
    assert "".join(source[begin:end] for begin, end in pieces) == source
    assert all(begin < end for begin, end in pieces)
    whole = [line.text.rstrip() for line in lines_of(Document(source, complete=True))]
    assert piecewise(source, 40) == whole


def test_pieces_have_about_the_size_wanted():
    source = benchmark_text(KINDS["mixed"], 100_000)
    sizes = [end - begin for begin, end in split_source(source, 4_000)]
    assert 15 <= len(sizes) <= 25 and max(sizes) < 6_000
    assert split_source("") == [] and split_source("short") == [(0, 5)]


@pytest.mark.parametrize("name", ["fence", "quoted list", "nested lists"])
def test_nothing_is_cut_where_it_is_not_safe(name: str):
    assert len(split_source(GIANTS[name], 100)) == 1


@settings(max_examples=150, deadline=None)
@given(documents)
def test_codes_are_counted_as_they_are_parsed(source: str):
    assert count_codes(source) == Document(source, complete=True).codes


@pytest.mark.parametrize(
    "source",
    [
        "```\na\n```\n",
        "~~~ x\n```\n~~~\n```\nopen",
        "````\n```\n````\n    code\n",
        "- a\n\n      code\n\n  ```\n  x\n  ```\n",
        "> ```\n> x\n\n```\ny\n   ```\n",
        "text\n    no code\n\n    code\n",
        "``` no ` fence\n\n```\nx\n    ```\n```\n",
        "$$\n```\n$$\n",
        "1. a\n```\nb\n```\n2. ```\n   c\n   ```\n",
        "[a]:\n```\nb\n```\n",
        "-\tx\n\n\t\tcode\n",
    ],
)
def test_codes_that_are_hard_to_tell_are_counted(source: str):
    assert count_codes(source) == Document(source, complete=True).codes


def test_counting_codes_is_cheap():
    source = benchmark_text(KINDS["mixed"], 1_000_000)
    begin = time.process_time()
    assert count_codes(source) > 100
    assert time.process_time() - begin < 0.5


def test_heights_are_about_right():
    for kind, tolerance in (("mixed", 0.3), ("fence", 0.3), ("paragraph", 0.3)):
        source = benchmark_text(KINDS[kind], 40_000)
        for width in (40, 80, 120):
            exact = len(lines_of(Document(source, complete=True), width))
            assert abs(estimate_height(source, width) - exact) <= tolerance * exact
    assert estimate_height("", 80) == 0 and estimate_height("你好" * 40, 80) == 2


def test_splitting_is_cheap():
    source = benchmark_text(KINDS["mixed"], 1_000_000)
    begin = time.process_time()
    for start, end in split_source(source):
        estimate_height(source[start:end], 80)
    assert time.process_time() - begin < 0.5
