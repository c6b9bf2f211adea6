"""What the mouse chose is text without decoration, or its own source, whatever the width."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from textual.geometry import Offset
from textual.selection import Selection

from claude_tui.core.text import clean
from claude_tui.markdown import Document, split_source
from claude_tui.ui.widgets.block_units import BlockUnit, Pieces, PieceUnit
from claude_tui.ui.widgets.rows import Rows
from claude_tui.ui.widgets.selecting import selected_source, selected_text
from claude_tui.ui.widgets.units import Unit
from tests.markdown.test_stream import GIANTS, documents

WIDTHS = 40, 100
ALL = Selection(None, None)


def grown(source: str) -> list[Unit]:
    """A reply that was seen as it was written."""
    document = Document()
    for at in range(0, len(source), 97):
        document.append(source[at : at + 97])
        assert document.blocks is not None
    return [BlockUnit(block, block.gap, text_key="t", source=lambda: document.source) for block in document.blocks]


def opened(source: str) -> list[Unit]:
    """A reply of an old conversation."""
    pieces = Pieces(source, split_source(source, 60), lambda: 0)
    places = enumerate(pieces.places)
    return [PieceUnit(pieces, at, 1, text_key="t") for at, (start, end) in places if source[start:end].strip()]


def rows_of(units: list[Unit], width: int) -> Rows:
    rows = Rows(width)
    rows.replace(units)
    for index in range(len(units)):
        rows.exact_at(index)
    return rows


def row(rows: Rows, words: str) -> int:
    found = (at for at in range(rows.count) if (line := rows.line_at(at)[0]) is not None and words in line.text)
    return next(found)


def chosen(rows: Rows, first: str, last: str) -> Selection:
    """From the beginning of one row to the end of another."""
    end = row(rows, last)
    line = rows.line_at(end)[0]
    assert line is not None
    return Selection(Offset(0, row(rows, first)), Offset(len(line.text), end))


def read(source: str) -> tuple[str, str]:
    """All of it as text and as source, the same at each width and for each way it came."""
    found = {
        (selected_text(rows, ALL), selected_source(rows, ALL))
        for width in WIDTHS
        for units in (grown(source), opened(source))
        for rows in (rows_of(units, width),)
    }
    assert len(found) == 1, found
    return found.pop()


@settings(max_examples=60, deadline=None)
@given(documents)
def test_all_of_a_reply_is_its_source(source: str) -> None:
    source = clean(source)
    for width in WIDTHS:
        for units in (grown(source), opened(source)):
            rows = rows_of(units, width)
            if selected_text(rows, ALL):
                assert selected_source(rows, ALL) == source.strip("\n")


@pytest.mark.parametrize("name", GIANTS)
def test_all_of_a_giant_is_its_source(name: str) -> None:
    source = GIANTS[name]
    for units in (grown(source), opened(source)):
        assert selected_source(rows_of(units, 60), ALL) == source.strip("\n")


EVERYTHING = """# Head *line*

A **bold** sentence that is long enough to be broken on every screen that is not as wide as the one of a king, `code`.

1. one
2. two with `code` and
   a second line
   - [x] done
   - nested

> quoted **words**
> and more

```python
def f():
\tif x:

    return 1
```

| a | b |
|---|---|
| **r1** | c1 |
| r2 | c2 |

---

The end."""
TEXT = """Head line

A bold sentence that is long enough to be broken on every screen that is not as wide as the one of a king, code.

1. one
2. two with code and a second line
   - [x] done
   - nested

quoted words and more

def f():
\tif x:

    return 1

a\tb
r1\tc1
r2\tc2

---

The end."""


def test_everything_is_read_without_decoration_or_is_its_source() -> None:
    assert read(EVERYTHING) == (TEXT, EVERYTHING)


@settings(max_examples=60, deadline=None)
@given(documents)
def test_a_text_reads_alike_at_every_width(source: str) -> None:
    source = clean(source)
    assert len({selected_text(rows_of(opened(source), width), ALL) for width in (60, 100, 400)}) == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("first", "last", "source", "text"),
    [
        ("Head", "Head", "# Head *line*", "Head line"),
        ("A bold", "king", EVERYTHING.split("\n\n")[1], TEXT.split("\n\n")[1]),
        ("1.", "nested", EVERYTHING[EVERYTHING.index("1. ") : EVERYTHING.index("\n\n> ")], None),
        ("☑ done", "nested", "- [x] done\n- nested", None),
        ("quoted", "more", "> quoted **words**\n> and more", "quoted words and more"),
        ("def f", "return", "```python\ndef f():\n\tif x:\n\n    return 1\n```", "def f():\n\tif x:\n\n    return 1"),
        ("def f", "if x", "```python\ndef f():\n\tif x:\n```", "def f():\n\tif x:"),
        ("if x", "return", "```python\n\tif x:\n\n    return 1\n```", "\tif x:\n\n    return 1"),
        ("if x", "The end", EVERYTHING[EVERYTHING.index("| a") :], None),
        ("r2", "r2", "| r2 | c2 |", "r2\tc2"),
    ],
)
def test_whole_lines_are_their_source(width: int, first: str, last: str, source: str, text: str | None) -> None:
    for units in (grown(EVERYTHING), opened(EVERYTHING)):
        rows = rows_of(units, width)
        selection = chosen(rows, first, last)
        found = selected_source(rows, selection)
        assert found == source or (first == "if x" and found.endswith("```\n\n" + source))
        if text is not None:
            assert selected_text(rows, selection) == text


@pytest.mark.parametrize("width", WIDTHS)
def test_a_part_of_a_line_is_its_words_on_one_line(width: int) -> None:
    for units in (grown(EVERYTHING), opened(EVERYTHING)):
        rows = rows_of(units, width)
        begin, end = row(rows, "A bold"), row(rows, "king")
        line = rows.line_at(end)[0]
        assert line is not None
        selection = Selection(Offset(2, begin), Offset(line.text.index("king"), end))
        words = TEXT.split("\n\n")[1][2:].partition("king")[0].rstrip()
        assert selected_source(rows, selection) == selected_text(rows, selection) == words


def test_a_word_of_an_item_is_that_word() -> None:
    rows = rows_of(opened(EVERYTHING), 60)
    at = row(rows, "1. one")
    assert selected_text(rows, Selection(Offset(3, at), Offset(6, at))) == "one"


def test_code_with_a_fence_in_it_is_quoted_in_a_longer_one() -> None:
    rows = rows_of(opened("````md\n```\nx\n```\nlast\n````\n"), 60)
    found = selected_source(rows, Selection(Offset(0, row(rows, "```")), Offset(9, row(rows, "x") + 1)))
    assert found == "````md\n```\nx\n```\n````"
