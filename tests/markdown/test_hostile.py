"""Hostile text in every place markdown has: nothing in a line is an order, nothing is lost, no line is too wide.

As the transcript does it, text is cleaned and then parsed. What cleaning cannot see is what the parser makes
afterwards: an entity is seven harmless letters before, and a character that turns the line round after.
"""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_tui.core.text import clean, is_safe
from claude_tui.markdown import Document, Line

from .helpers import item, lines_of, quoted

PAYLOADS = {
    "colours": "\x1b[31mred\x1b[0m",
    "erased screen": "\x1b[2J\x1b[H\x1b[3J",
    "title": "\x1b]0;stolen\x07",
    "clipboard": "\x1b]52;c;c3RvbGVu\x1b\\",
    "hyperlink": "\x1b]8;;https://evil.example\x1b\\label\x1b]8;;\x1b\\",
    "device": '\x1bP$q"p\x1b\\ \x1b_G\x1b\\ \x1b^x\x1b\\ \x1bc',
    "C1": "\x9b31m \x9d0;stolen\x9c \x90q\x9c \x84\x85\x8d",
    "lone": "\x1b",
    "NULs": "a\0b\0\0c",
    "C0": "".join(map(chr, range(32))) + "\x7f",
    "bidi": "\u202egnp.exe\u202c \u2066\u2067\u2068\u2069 \u200e\u200f\u061c \u202a\u202b\u202d",
    "separators": "a\u2028b\u2029c\x0bd\x0ce\x85f\x1cg\x1dh\x1ei",
    "markup": "[/oops] [@click=app.quit]press[/] [bold red]x[/] [link=https://evil.example]y[/link]",
    "zalgo": "Z" + "\u0300\u0315\u0489\u20dd\u0e49" * 8 + "algo " + "\u0301" * 30,
    "tags": "x" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all previous") + "\U000e007f",
    "selectors": "x" + "\ufe0f\ufe0e" * 20 + "\U000e0100\U000e01ef" * 20,
    "zero width": "a\u200b\u200c\u200d\u2060\ufeffb\u00adc\u034fd",
    "surrogates": "a\ud800b\udc00c",
    "returns": "honest\rEVIL\r\nnext",
    "backspaces": "safe\x08\x08\x08\x08evil",
    "wide": "你好" * 20 + "👩\u200d👩\u200d👧\u200d👦" * 10 + "🇩🇪" * 10 + "﷽" * 3,
    "private": "\ue000\uf8ff\U000f0000",
}

PLACES = {
    "paragraph": "before {} after\n",
    "emphasis": "*{0}* **{0}** ~~{0}~~ `{0}`\n",
    "heading": "# {}\n\n{}\n===\n",
    "quote": "> {}\n",
    "item": "- {}\n  1. {}\n",
    "task": "- [x] {}\n",
    "table": "| {0} | b |\n|:-:|--:|\n| {0} | {0} |\n",
    "fence": "```python\n{}\n```\n",
    "label": "```{}\nx\n```\n",
    "indented": "    {}\n",
    "link": '[{0}](https://a.example/{0} "{0}") [{0}](<{0}>) <https://a.example/{0}>\n',
    "address": "https://a.example/{0} www.a.example/{0}\n",
    "reference": "[{0}]: https://a.example/{0}\n\n[{0}]\n",
    "image": "![{0}](https://a.example/{0}.png)\n",
    "html": "<b title='{0}'>{0}</b> <!-- {0} -->\n\n<div>{0}</div>\n",
    "footnote": "x[^{0}]\n\n[^{0}]: {0}\n[^1]: {0}\n",
    "formula": "$x_{{{0}}}$ \\(a^{0}\\) $$\\text{{{0}}} = 1$$\n",
    "block formula": "$$\nx = \\frac{{{0}}}{{2}}\n$$\n\n\\[\n{0} = \\hat{{{0}}}\n\\]\n",
}

INVISIBLE = re.compile("[\u2028\u2029\U000e0000-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}")
MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{9}")


def check_lines(lines: list[Line], width: int) -> None:
    """Nothing in them that a terminal would obey, and none too wide."""
    for line in lines:
        text = line.text
        assert is_safe(text) and "\t" not in text and "\n" not in text, ascii(text)
        assert not INVISIBLE.search(text) and not MARKS.search(text), ascii(text)
        text.encode("utf-8")
        assert cell_len(text) <= width, ascii(text)
        assert cell_len(text) == sum(cell_len(span.text) for span in line.spans)
        for span in line.spans:
            assert is_safe(span.link or ""), ascii(span.link)


def as_entities(text: str) -> str:
    """The same, as a parser writes it: `&#x1b;`."""
    return "".join(f"&#x{ord(letter):x};" if not letter.isalnum() or letter > "~" else letter for letter in text)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_is_an_order_anywhere(name: str, place: str) -> None:
    for payload in (PAYLOADS[name], as_entities(PAYLOADS[name])):
        source = clean(PLACES[place].format(payload, payload))
        for width in (4, 200):
            check_lines(lines_of(Document(source, complete=True), width), width)
        text = item(quoted(source))
        streamed = Document()
        for begin in range(0, len(text), len(text) // 9 + 1):
            streamed.append(text[begin : begin + len(text) // 9 + 1])
            check_lines(lines_of(streamed, 30), 30)


def test_split_between_deltas_it_is_no_order_either() -> None:
    """Each piece is cleaned by itself, as pieces come; none has to know the one before."""
    for payload in PAYLOADS.values():
        streamed = Document()
        for letter in PLACES["paragraph"].format(payload):
            streamed.append(clean(letter))
        lines = lines_of(streamed, 40)
        assert all(is_safe(line.text) for line in lines)
        assert "before" in lines[0].text and "after" in lines[-1].text


def test_markup_is_shown_as_it_was_written() -> None:
    payload = "[/oops] [@click=app.quit]press[/]"
    for place in ("paragraph", "quote", "item", "table", "fence", "indented"):
        text = "".join(
            line.text for line in lines_of(Document(PLACES[place].format(payload, payload), complete=True), 200)
        )
        assert payload in text


def test_a_link_says_where_it_goes_whatever_its_label_says() -> None:
    rows = lines_of(Document("[https://bank.example](https://evil.example/?x=%1b&#x202e;c) [b](javascript:x)"), 200)
    assert [(span.text, span.link) for row in rows for span in row.spans if span.link] == [
        ("https://bank.example", "https://evil.example/?x=%1b�c"),
    ]


MEGABYTE = 1_000_000
LONG_LINES = {
    "letters": "x" * MEGABYTE,
    "words": "word " * (MEGABYTE // 5),
    "escapes": "\x1b[31m" * (MEGABYTE // 5),
    "NULs": "\0" * MEGABYTE,
    "dollars": "$x " * (MEGABYTE // 3),
    "prices": "$5 and " * (MEGABYTE // 7),
    "openings": "\\(" * (MEGABYTE // 2),
    "displays": "$$" * (MEGABYTE // 2),
    "labels": "[^" * (MEGABYTE // 2),
    "footnotes": "[^1]: " * (MEGABYTE // 6),
    "brackets": "[" * MEGABYTE,
    "stars": "*a" * (MEGABYTE // 2),
    "quotes": ">" * MEGABYTE,
    "items": "- " * (MEGABYTE // 2),
    "ticks": "`" * MEGABYTE,
    "addresses": "https://" * (MEGABYTE // 8),
    "entities": "&#x202e;" * (MEGABYTE // 8),
    "marks": "a" + "\u0301" * MEGABYTE,
    "wide": "你" * (MEGABYTE // 3),
    "fence": "```\n" + "x" * MEGABYTE,
    "formula": "$$\n" + "x_" * (MEGABYTE // 2),
    "cells": "| a |\n|---|\n| " + "x" * MEGABYTE,
    "columns": "|a" * (MEGABYTE // 2),
}


def check_long(source: str) -> None:
    """Whole, and its end as it streams. What a delta costs is measured by tests.benchmarks.markdown_flatness."""
    whole = Document(source, complete=True)
    for block in (*whole.blocks[:3], *whole.blocks[-3:]):
        check_lines(list(block.lines(80, cell_len)), 80)
    streamed = Document(source[: len(source) - len(source) // 10])
    for start in range(len(source) - len(source) // 10, len(source), len(source) // 30 + 1):
        streamed.append(source[start : start + len(source) // 30 + 1])
        check_lines(list(streamed.blocks[-1].lines(80, cell_len)), 80)


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_long_line_is_shown(name: str) -> None:
    check_long(clean(LONG_LINES[name][:50_000]))


@pytest.mark.long
@pytest.mark.parametrize("name", LONG_LINES)
def test_a_line_of_a_megabyte_is_shown(name: str) -> None:
    check_long(clean(LONG_LINES[name]))


LETTERS = st.one_of(
    st.characters(),
    st.sampled_from(list(" \n\t*_`~[]()<>!#|:>-+.\\&;$^{}0123\x1b\x9b\u202e\0\u0301\ufe0f")),
    st.sampled_from(list(PAYLOADS.values())),
    st.sampled_from(
        ["&#x202e;", "&#27;", "&lrm;", "&#769;", "&#xe0041;", "&Tab;", "&NewLine;", "&#x85;", "[^1]: ", "$$"]
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LETTERS, max_size=60).map("".join), st.integers(2, 60), st.integers(1, 40))
def test_any_hostile_text_is_harmless(text: str, width: int, step: int) -> None:
    source = clean(text)
    check_lines(lines_of(Document(source, complete=True), width), width)
    streamed = Document()
    for begin in range(0, len(source), step):
        streamed.append(source[begin : begin + step])
        check_lines(lines_of(streamed, width), width)


def test_the_parser_itself_makes_no_letter_that_cleaning_would_take() -> None:
    """Named entities, all of them."""
    from html.entities import html5

    source = clean(" ".join(f"&{name}" for name in html5 if name.endswith(";")))
    lines = lines_of(Document(source, complete=True), 200)
    check_lines(lines, 200)
    assert not any(unicodedata.category(letter) == "Cc" for line in lines for letter in line.text)
