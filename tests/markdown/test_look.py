"""How markdown looks: rows of text, and the roles in them."""

import pytest
from rich.cells import cell_len

from claude_tui.markdown import ROLES, Document, Line

from .helpers import lines_of, text_of

EVERYTHING = """\
# Title with `code` and *em*

Text **bold *both*** ~~gone~~ [label](https://example.com) ![alt](x.png) <https://auto.link> [](http://bare)
<b>raw</b> note[^1] 你好世界你好世界你好世界 👩‍👩‍👧‍👦 e\u0301

1. one
   - [x] done
   - [ ] open

> quote
> - in it

```python
@decorated
class A(B):
    def f(self, x: int) -> str:
        return f"{x}" + 'a' * 2  # comment
```

```diff
+ in
- out
```

| a | b |
|:-:|--:|
| 1 | *2* |

    indented

Math $x^2$ and https://bare.link

$$
\\frac{a}{b} = \\alpha
$$

[^1]: note
    - in it

***
"""


def spans(source: str, width: int = 80) -> list[tuple[str, str, str | None]]:
    found = lines_of(Document(source, complete=True), width)
    return [(span.text, span.style, span.link) for line in found for span in line.spans]


def test_blocks_and_their_gaps():
    document = Document("# One\ntext\n\n- a\n- b\n\n---\n", complete=True)
    assert [(block.kind, block.gap) for block in document.blocks] == [
        ("heading", 0),
        ("paragraph", 1),
        ("list", 1),
        ("rule", 1),
    ]
    source = document.source
    assert [source[block.start : block.end] for block in document.blocks] == [
        "# One",
        "text",
        "- a\n- b",
        "---",
    ]


def test_lists():
    source = "9. nine\n10. ten\n    - a\n      - b\n        - c\n          - d\n\n- [x] done\n- [ ] open\n"
    assert text_of(source) == [
        " 9. nine",
        "10. ten",
        "    • a",
        "      ◦ b",
        "        ▪ c",
        "          ▪ d",
        "",
        "☑ done",
        "☐ open",
    ]


def test_an_item_shows_the_blank_lines_that_were_written():
    assert text_of("- a\n- b\n\n- c\n\n  d\n") == ["• a", "• b", "", "• c", "", "  d"]


def test_quotes():
    assert text_of("> a\n> b\n>\n> > c\n") == ["▎ a b", "▎", "▎ ▎ c"]


def test_breaks():
    assert text_of("soft\nbreak  \nhard\\\nbreak") == ["soft break", "hard", "break"]


def test_a_fence_has_a_label_a_ground_and_its_code():
    document = Document("```Python title\nx = 1\n\n\ty\n```\n", complete=True)
    block = document.blocks[0]
    assert (block.kind, block.language, block.code) == ("fence", "python", "x = 1\n\n\ty")
    rows = block.lines(40, cell_len)
    assert [row.text for row in rows] == ["  Python title ⧉1", "  x = 1", "  ", "      y"]
    assert {row.ground for row in rows} == {"md.fence"}
    assert [row.indent for row in rows] == [17, 2, 2, 2]
    assert text_of("```\nx\n```") == ["  ⧉1", "  x"]
    assert text_of("    x\n    y") == ["  ⧉1", "  x", "  y"]


def test_long_code_lines_wrap_and_are_never_cut():
    rows = Document("```\n" + "x" * 25 + "\n```", complete=True).blocks[0].lines(12, cell_len)[1:]
    assert [(row.text, row.wrapped, row.joint) for row in rows] == [
        ("  " + "x" * 10, False, " "),
        ("  " + "x" * 10, True, ""),
        ("  " + "x" * 5, True, ""),
    ]


def test_codes_are_those_of_nested_fences_too():
    source = "- a\n  ```\n  one\n  ```\n  ```\n  two\n  ```\n"
    assert Document(source, complete=True).blocks[0].codes == ("one", "two")


def test_wrapped_lines_join_to_what_was_written():
    rows = lines_of(Document("- one two three four 你好世界你好世界", complete=True), 12)
    text = ""
    for row in rows:
        text += (row.joint if row.wrapped else "\n") + row.text[row.indent :]
    assert text == "\none two three four 你好世界你好世界"
    assert len(rows) > 3


def test_tables():
    source = "| Name | Size |\n|:--|--:|\n| a | 1 |\n| bb | 200 |\n"
    assert text_of(source) == ["Name  Size", "──────────", "a        1", "bb     200"]


def test_a_wide_table_wraps_its_cells():
    source = "| Name | Note |\n|---|---|\n| a | one two three four five |\n"
    assert text_of(source, 20) == [
        "Name  Note",
        "────────────────────",
        "a     one two three",
        "      four five",
    ]


def test_a_table_without_room_becomes_records():
    source = "| Name | Note | More |\n|---|---|---|\n| a b c d e f | one two | x |\n| b | c | d |\n"
    rows = text_of(source, 14)
    assert rows[:3] == ["Name: a b c d", "e f", "Note: one two"]
    assert "─" * 14 in rows


def test_links_show_their_label_and_no_address_unless_there_is_no_label():
    assert ("label", "md.link", "a b") in spans("[label](<a b>)")
    assert ("http://bare", "md.link md.link.url", "http://bare") in spans("[](http://bare)")
    assert ("🖼 alt", "md.image", "x.png") in spans("![alt](x.png)")
    assert ("label", "md.link", "/late") in spans("[label]\n\n[label]: /late")


def test_footnotes_are_raised_numbers_and_stand_where_they_were_written():
    assert text_of("text[^1][^12] and[^note]\n\n[^1]: word\n    going on\n[^note]:\n    named\n\n    - list") == [
        *("text¹ ¹² and[^note]", "", "¹ word going on", "[^note] named", "", "        • list")
    ]
    assert ("¹", "md.footnote", None) in spans("text[^1]")
    assert ("¹ ", "md.footnote", None) in spans("[^1]: word")
    source = "[^1]: one\n[^2]: two\n\n[^3]: ```\n    code\n    ```\n\nafter\n"
    document = Document(source, complete=True)
    assert [(block.kind, block.gap) for block in document.blocks] == [
        ("footnote", 0),
        ("footnote", 0),
        ("footnote", 1),
        ("paragraph", 1),
    ]
    assert document.blocks[2].codes == ("code",)
    assert text_of("[^a-rather-long-label]: word") == ["[^a-rather-long-label]", "  word"]
    assert text_of("> a\n[^1]: b\n\n- a\n[^2]: b\n") == ["▎ a", "", "¹ b", "", "• a", "", "² b"]


def test_addresses_in_plain_text_are_links():
    found = spans(
        "See https://a.b/c_d?x=1&y=(2). (http://a.b) www.a.b, 见https://a.b/你。好 `http://code` x://a.b", 200
    )
    assert [(text, link) for text, style, link in found if style == "md.link"] == [
        ("https://a.b/c_d?x=1&y=(2)", "https://a.b/c_d?x=1&y=(2)"),
        ("http://a.b", "http://a.b"),
        ("www.a.b", "http://www.a.b"),
        ("https://a.b/你", "https://a.b/你"),
    ]
    assert ("https://a.b", "md.link", "https://c.d") in spans("[https://a.b](https://c.d)")


def test_right_to_left_text_wraps_by_cells_and_keeps_its_order():
    source = "| שלום | عدد |\n|--:|:-:|\n| עוֹלָם | مَرْحَبًا |\n\nשָׁלוֹם עולם and English, مرحبا بالعالم 123.\n"
    for width in (5, 12, 40):
        rows = lines_of(Document(source, complete=True), width)
        assert all(cell_len(row.text) <= width for row in rows)
    assert text_of("שָׁלוֹם עולם and English", 12) == ["שָׁלוֹם עולם", "and English"]
    assert text_of("a&#x202e;b&lrm;c&#x2066;") == ["a�b�c�"], "no entity becomes an order to the terminal"


def test_html_is_text():
    assert text_of("<div>\n<b>x</b>\n</div>") == ["<div> <b>x</b> </div>"]
    assert ("<b>", "md.html", None) in spans("a <b>x</b>")


def test_styles_nest():
    assert ("both", "md.h2 md.strong md.em", None) in spans("## **a *both***")
    assert ("x", "md.quote md.code", None) in spans("> `x`")


def test_every_role_is_known():
    found = {role for _, style, _ in spans(EVERYTHING) for role in style.split()}
    assert found <= set(ROLES)
    assert {"md.strong", "md.task.done", "syntax.decorator", "syntax.inserted", "md.table.head"} <= found


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13, 30, 200])
def test_no_line_is_wider_than_it_may_be(width: int):
    rows = lines_of(Document(EVERYTHING, complete=True), width)
    wide = [row for row in rows if cell_len(row.text) > max(width, 2)]
    assert not wide
    assert all(0 <= row.indent <= cell_len(row.text) for row in rows)


def test_lines_are_kept_for_the_last_width():
    block = Document("some text", complete=True).blocks[0]
    assert block.lines(20, cell_len) is block.lines(20, cell_len)
    assert block.lines(30, cell_len) == (Line(block.lines(30, cell_len)[0].spans),)
