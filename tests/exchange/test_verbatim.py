"""What a text leaves open, against a real Markdown parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from claude_tui.exchange.verbatim import Lines

LINES = (
    "", "", "text", "  text", "    code", "\tcode", "```", "```py", "````", "~~~", "~~~ md", "  ```",
    "   ```py", "    ```", "``` a`b", "- item", "-", "* * *", "- ```", "- ```py", "1. one", "2. two", "1) x",
    "10. ten", "   ~~~~", "  - inner", "    - ```", "     ```", "      ```", "> quote", "> ```", ">", "# head",
    "## You", "## Claude", "---", "===", "<!--", "-->", "<!-- a -->", "<script>", "</script>", "<pre>",
    "</pre> x", "<div>", "</div>", "<details><summary>", "<?php", "?>", "<b>", "<b>x", "</b>", "<![CDATA[",
    "]]>", "<!DOCTYPE", "|a|b|", "|-|-|", "  <!--", "- <!--", "-     wide", "- \tx", "```  ", "  continued",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(LINES), max_size=12)
PARSER = MarkdownIt("commonmark").enable("table")


def read(lines: list[str]) -> tuple[list[bool], str]:
    reader = Lines()
    return [reader.read(line) for line in lines], reader.closing


def headings(text: str) -> set[int]:
    """The lines that are headings outside of any list or quote."""
    found = PARSER.parse(text)
    return {token.map[0] for token in found if token.type == "heading_open" and token.level == 0 and token.map}


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_what_follows_a_closed_text_is_outside_of_it(lines: list[str]) -> None:
    _, closing = read(lines)
    text = "\n".join([*lines, *([closing] if closing else []), "", "## Claude"])
    assert text.count("\n") in headings(text)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_a_line_of_its_own_is_a_heading_where_nothing_is_open(lines: list[str]) -> None:
    verbatim, _ = read(lines)
    mine = {at for at, line in enumerate(lines) if line in ("## You", "## Claude") and not verbatim[at]}
    assert mine == {at for at in headings("\n".join(lines)) if lines[at] in ("## You", "## Claude")}


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("```py\ncode", "```"),
        ("```py\ncode\n```", ""),
        ("~~~~\n~~~\n```", "~~~~"),
        ("1. step\n   ```sh\n   ls", "   ```"),
        ("- ```\n  code", "  ```"),
        ("- ```\n  code\nafter", ""),
        ("> ```\n> code", ""),
        ("<!-- cut", "-->"),
        ("<script>\n\nlet a", "</script>"),
        ("<div>\n```", ""),
        ("    ```", ""),
    ],
)
def test_the_line_that_ends_what_is_open(text: str, closing: str) -> None:
    assert read(text.split("\n"))[1] == closing
