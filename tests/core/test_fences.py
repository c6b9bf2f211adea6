"""The code fence that a text ends inside of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from claude_tui.core.fences import Fence, open_fence


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        ("", None),
        ("no fence", None),
        ("```\ncode", Fence("```", "")),
        ("```\ncode\n```", None),
        ("````\n```\n", Fence("````", "")),
        ("~~~ `x`\n```\n", Fence("~~~", "`x`")),
        ("```\n~~~\n", Fence("```", "")),
        ("```\n``` x\n", Fence("```", "")),
        ("    ```\n", None),
        ("``` a`b\n", None),
        ("   ```js\n", Fence("```", "js")),
        ("> ```js\n> code\n", None),  # its last line has no mark any more
        ("> ```js\n> code", Fence("```", "js", 1)),
        ("> > ```\n> > > code", Fence("```", "", 2)),
        ("> ```\n> code\n> ```\n", None),
        ("> ```\ntext", None),
        ("- ```js\n  code\n\n  more", Fence("```", "js", 0, 2)),
        ("- item\n\n  ```js\n  code", Fence("```", "js", 0, 2)),
        ("- item\n  1. inner\n\n     ```\n     code", Fence("```", "", 0, 5)),
        ("10. item\n\n    ```sh\n    code\n    ```\n", None),
        ("- ```js\n  code\ntext", None),
        ("- item\n\ntext\n\n    ```\n", None),
        ("> - ```\n>   code", Fence("```", "", 1, 2)),
    ],
)
def test_open_fences(text: str, fence: Fence | None) -> None:
    assert open_fence(text) == fence


_code = ["```", "```py", "````", "~~~", "~~~ x", "  ```", "> ```", "> ```js", "- ```"]
_lines = st.sampled_from([*_code, "\ncode", "", "> a", "- a", "\n  b", "\n   c"])


@given(st.lists(_lines, min_size=1, max_size=7))
def test_a_parser_of_markdown_says_the_same(lines: list[str]) -> None:
    """Whether what is written next stands in a code block: a word is put there, as the fence has it."""
    text = "\n".join(lines)
    held = open_fence(text)
    if held is None:
        word = "\nzzz"
    else:
        word = "\n" + "> " * held.quotes + " " * held.indent + "zzz"
    tokens = MarkdownIt().parse(text + word)
    inside = any(token.type == "fence" and "zzz" in token.content for token in tokens)
    assert inside == (held is not None)


@pytest.mark.parametrize(
    ("held", "line", "again"),
    [
        (Fence("```", "python"), ("```", "python"), True),
        (Fence("```", "python"), ("```", "py"), True),
        (Fence("```", "python"), ("```", ""), False),  # that closes it
        (Fence("```", ""), ("```", " "), False),
        (Fence("```", "python"), ("~~~", ""), True),
        (Fence("````", "markdown"), ("```", "python"), False),  # an example inside of it
        (Fence("````", "markdown"), ("````", "markdown"), True),
        (Fence("````", "markdown"), ("`````", "md"), True),
        (Fence("~~~~", ""), ("```", ""), False),
    ],
)
def test_a_rest_may_open_it_again(held: Fence, line: tuple[str, str], again: bool) -> None:
    assert held.reopened_by(*line) is again
