"""Whatever the source: nothing raises, and every visible character is on some line."""

import html.parser
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from claude_tui.markdown import Document

from .helpers import item, lines_of, quoted, stream

EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "commonmark-examples.json"
WIDE = 10_000


class _Visible(html.parser.HTMLParser):
    """The text a browser would show, and the alternatives of images."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += [value or "" for name, value in attrs if tag == "img" and name == "alt"]


def visible(source: str) -> str:
    """What must be seen, by markdown-it's own renderer; white space left out."""
    options: Any = {"html": False, "maxNesting": 1_000}
    parser = _Visible()
    parser.feed(MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).render(source))
    parser.close()
    return "".join("".join(parser.text).split())


def shown(source: str) -> str:
    """What our lines show, decoration left out."""
    text: list[str] = []
    for line in lines_of(Document(source, complete=True), WIDE):
        skip = line.indent
        for span in line.spans:
            piece = span.text[skip:] if skip < len(span.text) else ""
            skip = max(0, skip - len(span.text))
            if "md.link.url" in span.style:
                continue
            text.append(piece.removeprefix("🖼") if "md.image" in span.style else piece)
    return "".join("".join(text).split())


def test_every_commonmark_example_is_shown_completely():
    if not EXAMPLES.exists():
        pytest.skip("The CommonMark examples are not beside this checkout.")
    examples = json.loads(EXAMPLES.read_text())
    assert len(examples) > 600
    missing: list[int] = []
    for example in examples:
        source = example["markdown"]
        if visible(source).replace("[", "") not in shown(source).replace("[", ""):
            missing.append(example["example"])
        for width in (8, 33):
            lines_of(Document(source, complete=True), width)
    # An image without an alternative shows its target instead.
    assert missing == []


@pytest.mark.parametrize(
    "source",
    [
        "> " * 300 + "deep word",
        "".join("  " * depth + f"- level{depth}\n" for depth in range(250)),
        "- " * 300 + "deep word",
        "1. > " * 120 + "deep word",
        "*" * 3_000 + "deep word" + "*" * 3_000,
        "[" * 3_000 + "deep word" + "]" * 3_000,
        "![" * 500 + "deep word" + "](x)" * 500,
        "`" * 999 + "deep word",
        "| " * 400 + "\n" + "|-" * 400 + "|\n" + "| deep word " * 400,
    ],
    ids=["quotes", "list", "items", "both", "stars", "brackets", "images", "ticks", "table"],
)
def test_deep_nesting_loses_nothing(source: str):
    for width in (8, 80):
        rows = "".join("".join(line.text for line in lines_of(Document(source, complete=True), width)).split())
        for word in ("deepword", *(f"level{depth}" for depth in range(250) if "level1\n" in source)):
            assert word in rows.replace("▎", "") or word not in "".join(source.split())
        stream(source, list(range(0, len(source), 400)))


@pytest.mark.parametrize("source", [">" * 60_000, "> " * 30_000, "> - " * 15_000, "[^1]: " * 10_000])
def test_what_is_nested_too_deep_is_in_pieces_that_a_frame_has_time_for(source: str):
    text = f"{source}the end\n"
    for document in (Document(text, complete=True), stream(text, list(range(0, len(text), 20_000)))):
        assert max(len(block.lines(80, len)) for block in document.blocks) < 2_000  # four cells wide
        rows = "".join(line.text for block in document.blocks for line in block.lines(80, len))
        assert "theend" in "".join(rows.replace("▎", "").split())
        assert rows.count(source[0]) >= source.count(source[0]) - 97, "what is deeper is shown as it was written"


HOSTILE = st.text(
    st.sampled_from(list("ab \n\n\t`*_~[]()<>!#-+=|:>1.\\&;\"'\r\0\x0b\x85\u2028\u200d\ufe0f\u0301你👩🇩🇪\ue000\ud800")),
    max_size=200,
)


@settings(max_examples=150, deadline=None)
@given(HOSTILE, st.integers(1, 30), st.lists(st.integers(0, 200), max_size=8))
def test_no_text_raises(source: str, width: int, cuts: list[int]):
    document = stream(source, cuts)
    lines_of(document, width)
    document.finish()
    lines_of(document, width)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["", "quote", "item", "fence"]))
def test_any_text_anywhere(text: str, place: str):
    source = {"quote": quoted, "item": item, "fence": lambda text: f"```python\n{text}\n```"}.get(place, str)(text)
    lines_of(Document(source, complete=True), 9)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40), st.integers(2, 12))
def test_words_survive_wrapping(word: str, width: int):
    rows = lines_of(Document(f"> - {word} {word}\n", complete=True), width)
    text = "".join(line.text for line in rows)
    assert "".join(text.replace("▎", "").replace("•", "").split()) == "".join((word + word).split())
