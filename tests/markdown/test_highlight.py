"""Code keeps every character, and colours go on from chunk to chunk."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_tui.markdown import Document
from claude_tui.markdown.code import cut_code
from claude_tui.markdown.highlight import ROOT, highlight

LANGUAGES = ["python", "js", "c", "html", "yaml", "ruby", "bash", "console", "php", "diff", "rust", "json", "sql"]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(LANGUAGES),
    st.lists(st.text(st.sampled_from(list("ab (){}[]<>/*'\"#$%:=\\`-\n\t你=<<EOF")), max_size=60), max_size=5),
)
def test_no_character_is_lost(language: str, pieces: list[str]):
    state = ROOT
    for piece in pieces:
        code = piece + "\n"
        tokens, state = highlight(language, code, state)
        assert "".join(text for _, text in tokens) == code


@pytest.mark.parametrize(
    ("language", "opening", "closing", "role"),
    [
        ("python", 'x = """a', 'b"""', "syntax.string"),
        ("js", "/* a", "b */", "syntax.comment"),
        ("js", "let x = `a", "b`", "syntax.string"),
        ("c", "/* a", "b */", "syntax.comment"),
        ("html", "<!-- a", "b -->", "syntax.comment"),
    ],
)
def test_what_spans_chunks_keeps_its_colour(language: str, opening: str, closing: str, role: str):
    middle = "return 1 + 2\n" * 100
    source = f"```{language}\n{opening}\n{middle}{closing}\nreturn\n```\n"
    document = Document(source, complete=True)
    rows = [row for block in document.blocks for row in block.lines(60, cell_len)]
    inside = [row for row in rows if row.text.strip() == "return 1 + 2"]
    assert len(inside) == 100
    assert all({span.style for span in row.spans if span.text.strip()} == {role} for row in inside)
    assert all(role not in span.style for span in rows[-1].spans)


def test_a_part_seen_first_begins_as_the_parts_before_it_end():
    source = '```python\nx = """\n' + "return\n" * 60 + '"""\n```\n'
    last = Document(source, complete=True).blocks[-2]
    assert {span.style for row in last.lines(60, cell_len) for span in row.spans if span.text.strip()} == {
        "syntax.string"
    }


def test_unknown_languages_are_plain():
    for language in ("nope", "text", "plaintext", ""):
        assert highlight(language, "def f(): pass\n")[0] == [("", "def f(): pass\n")]
    assert highlight("PY", "def\n")[0][0] == ("syntax.keyword", "def")
    assert highlight("jsonc", "[1]\n")[0] != [("", "[1]\n")]


def test_very_long_lines_are_plain():
    code = "a = 1; " * 1_000 + "\n"
    assert highlight("python", code)[0] == [("", code)]


@given(st.text(st.sampled_from("ab\n"), max_size=3_000), st.integers(0, 3_000))
@settings(max_examples=60, deadline=None)
def test_cutting_code_depends_on_what_is_before_alone(code: str, end: int):
    pieces = cut_code(code)
    assert "".join(piece for piece, _, _ in pieces) == code
    some = cut_code(code[:end])
    assert pieces[: len(some) - 1] == some[:-1]
