"""A stream and a whole parse come to the same lines; what a delta costs does not grow.

Exceptions before `finish`, and why they are none after it: definitions of reference links that come late,
setext underlines of paragraphs that were already divided, the width of a list's numbers (9. and 10.).
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.markdown import Document, code, document, parts
from tests.benchmarks.markdown_flatness import KINDS, PIECE
from tests.benchmarks.markdown_flatness import text_of as benchmark_text

from .helpers import item, lines_of, quoted, stream

SENTENCE = "Some *words* and `code` in a sentence. Another one, **bold and long. Yes.** with [a link](/to) here;\n"
PYTHON = (
    "```python\n" + "".join(f"def f{n}(x):\n    '''doc\n    {n}'''\n    return x  # c\n\n" for n in range(40)) + "```\n"
)
JS = "```js\n" + "".join(f"/* block {n}\n * more\n */\nlet a{n} = `t ${{n}}`;\n" for n in range(40)) + "```\n"
TABLE = "| a | b |\n|--:|---|\n" + "".join(f"| r{n} | some *text* {n * n} |\n" for n in range(60))
LIST = "".join(f"- item {n} {SENTENCE}  - sub {n}\n  - sub\n\n    para {n}\n" for n in range(30))
NUMBERS = "".join(f"{n}. item {n} {SENTENCE}" for n in range(100, 140))
PARAGRAPH = SENTENCE.strip() + " " + (SENTENCE.strip() + " ") * 70 + "\n"
LINES = SENTENCE * 80
WORD = "x" * 10_000 + "\n"

GIANTS = {
    "fence": PYTHON,
    "comments": JS,
    "one line of code": "```js\n" + "let a=1;" * 2_000 + "\n```\n",
    "table": TABLE,
    "list": LIST,
    "numbers": NUMBERS,
    "paragraph": PARAGRAPH,
    "lines": LINES,
    "word": WORD,
    "quoted fence": quoted(PYTHON),
    "quoted paragraph": quoted(PARAGRAPH),
    "quoted lines": quoted(LINES),
    "lazy lines": "> " + LINES,
    "quoted table": quoted(TABLE),
    "quoted list": quoted(LIST),
    "fence in item": item("text\n\n" + PYTHON),
    "item is fence": item(PYTHON, "1.  "),
    "table in item": item("text\n\n" + TABLE),
    "paragraph in item": item(LINES, "12) "),
    "code line in item": item("```\n" + "word " * 3_000 + "\n```\n"),
    "quotes in quotes": quoted(quoted(LINES[:500] + "\n" + LIST + "\n" + PYTHON)),
    "quote in item": item("a\n\n" + quoted(item(PYTHON + "\n" + PARAGRAPH))),
    "nested lists": item("a\n" + item("b\n" + item("c\n" + LIST))),
    "item of quotes": item(quoted("\n".join(f"paragraph {n}\n" for n in range(300)))),
    "footnote": "[^1]: " + LINES + "\n    " + "\n    ".join((LIST + "\n" + PYTHON + "\n" + TABLE).split("\n")) + "\n",
    "quoted footnote": quoted("[^1]: a\n\n    " + "\n    ".join((PYTHON + "\n" + LIST).split("\n")) + "\n"),
    "footnotes": "".join(f"[^{n}]: {SENTENCE}" for n in range(100)),
    "formulas": "".join(f"so\n$$\nx_{n}\n+ \\alpha^{n}\n$$\nand $y_{n} = {n}$ for $5 each.\n\n" for n in range(60)),
    "long formula": "$$\n" + "- a + b\n" * 200 + "$$\n\n" + SENTENCE,
    "prices": "It costs $5 and $10, or $x_1$ more; " * 300 + "\n",
    "tabs": "-\ta\n\n\tb\n\n" + "".join(f"\t- item {n} {SENTENCE}" for n in range(30)),
}


@pytest.mark.parametrize("name", GIANTS)
@pytest.mark.parametrize("after", ["", "\nAfter *it*.\n", "- item\n"], ids=["end", "text", "item"])
@pytest.mark.parametrize("step", [331, 2_900])
def test_a_giant_comes_out_the_same(name: str, after: str, step: int):
    source = GIANTS[name] + after
    streamed = stream(source, list(range(0, len(source), step)))
    whole = lines_of(Document(source, complete=True))
    assert lines_of(streamed) == whole
    assert streamed.frozen >= 1
    streamed.finish()
    assert lines_of(streamed) == whole


inline = st.lists(
    st.sampled_from(
        [
            *(
                "word",
                "*em*",
                "**strong**",
                "`code`",
                "[link](/a)",
                "~~no~~",
                "a*b",
                "_x_",
                "1.",
                "-",
                "你好",
                "\\*",
                "<b>",
            ),
            *("$x^2$", "$5", r"\(a\)", "$$", r"\[", r"\]", "[^1]", "https://a.b/c", "$"),
        ]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)
paragraph = st.lists(inline, min_size=1, max_size=3).map(lambda rows: "\n".join(rows) + "\n")
heading = inline.map(lambda text: f"## {text}\n")
fence = st.tuples(st.sampled_from(["```", "~~~~"]), st.sampled_from(["", "python", "js", "nope"]), paragraph).map(
    lambda parts: f"{parts[0]}{parts[1]}\n{parts[2]}\n  x = '''\n{parts[0]}\n"
)
table = st.lists(inline, min_size=1, max_size=25).map(
    lambda rows: "| a | b |\n|---|:-:|\n" + "".join(f"| {row} | x |\n" for row in rows)
)
formula = st.tuples(
    st.sampled_from(["$$", "\\[\n", "$$\n", "\\["]), paragraph, st.sampled_from(["$$\n", "\\]\n", "$$.\n", "\n"])
).map("".join)
leaf = st.one_of(
    paragraph, paragraph, heading, fence, table, formula, st.just("***\n"), st.just("    code\n\n    more\n")
)


def _list(parts: tuple[list[str], str, bool]) -> str:
    bodies, marker, loose = parts
    return ("\n" if loose else "").join(item(body, marker) for body in bodies)


def _containers(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(children, min_size=1, max_size=3).map("\n".join)
    return st.one_of(
        body.map(quoted),
        st.tuples(st.sampled_from(["[^1]: ", "[^a]:\n    "]), body).map(
            lambda parts: parts[0] + "\n    ".join(parts[1].removesuffix("\n").split("\n")) + "\n"
        ),
        st.tuples(
            st.lists(body, min_size=1, max_size=5), st.sampled_from(["- ", "* ", "7. ", "1)   "]), st.booleans()
        ).map(_list),
    )


block = st.recursive(leaf, _containers, max_leaves=12)
documents = st.tuples(st.lists(block, min_size=1, max_size=6), st.sampled_from(["\n", "\n", "\n\n", ""])).map(
    lambda parts: parts[1].join(parts[0])
)


@settings(max_examples=70, deadline=None)
@given(documents, st.lists(st.integers(0, 2_000), max_size=20))
def test_a_stream_is_a_whole_parse(source: str, cuts: list[int]):
    streamed = stream(source, cuts)
    whole = lines_of(Document(source, complete=True))
    if not any(underline in source for underline in ("\n-\n", "\n- \n")):
        assert lines_of(streamed) == whole
    streamed.finish()
    assert lines_of(streamed) == whole


@settings(max_examples=40, deadline=None)
@given(documents, st.integers(1, 200), st.data())
def test_small_parts_are_resumed_anywhere(source: str, step: int, data: st.DataObject):
    """With parts of a few characters every construct is resumed in its middle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART_SIZE", 24)
        patch.setattr(code, "CHUNK_LINES", 2)
        patch.setattr(parts, "TABLE_ROWS", 2)
        streamed = stream(source, list(range(0, len(source), step)))
        whole = lines_of(Document(source, complete=True))
        assert lines_of(streamed) == whole


@pytest.mark.parametrize(
    "source",
    [
        "a\na| \n| - - ",  # a table until its second line goes on
        "1)   word\n1)       code\n\n         more\n\n     ```\n     word\n\n     x\n     ```\n\n         code\n",
        "- a\n-b\n",
        "> a\n#b\n",
        "> word\n>\n> > word\n> >\n>\n> word\n",  # the marks of a quote's last blank line open no quote again
        "- ```\n  code\n  ```\n  text after a fence\n- more and more text\n",
        "-\n  the marker stands on a line of its own\n\n1.\n   as here\n",
        "*    \n    [^a]:\n        1)   #\n               code in an item in a footnote in an item\n",
        "[^1]:\n    so does a label\n",
    ],
)
def test_half_a_line_settles_nothing(source: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "PART_SIZE", 24)
    monkeypatch.setattr(code, "CHUNK_LINES", 2)
    streamed = stream(source, list(range(len(source))))
    assert lines_of(streamed) == lines_of(Document(source, complete=True))


def test_what_finish_puts_right():
    source = "[a] and [b]\n\n" + "text\n\n" * 40 + "[a]: /one\n[b]: /two\n"
    streamed = stream(source, list(range(0, len(source), 50)))
    assert lines_of(streamed)[0].text == "[a] and [b]"
    before = list(streamed.blocks)
    streamed.finish()
    assert lines_of(streamed)[0].text == "a and b"
    assert streamed.blocks[0] is not before[0]
    assert streamed.blocks[5] is before[5], "a block that did not change keeps its identity"


def test_half_a_definition_is_forgotten_at_the_end():
    source = "[a] text\n\nmore\n\n[a]: /one 'no end of this title\n\nend\n"
    streamed = stream(source, [source.index("ne ")])
    assert lines_of(streamed)[0].text == "a text"
    streamed.finish()
    assert lines_of(streamed) == lines_of(Document(source, complete=True))


def test_a_definition_serves_what_follows_it():
    source = "[a]: /one\n\n" + f"{SENTENCE}\n" * 20 + "see [a]\n\nend\n"
    assert lines_of(stream(source, list(range(0, len(source), 40))))[-3].text == "see a"


def test_all_parts_of_a_fence_give_the_whole_code():
    streamed = stream(PYTHON, list(range(0, len(PYTHON), 100)))
    code = PYTHON.removeprefix("```python\n").removesuffix("\n```\n")
    assert len(streamed.blocks) > 3
    assert {block.code for block in streamed.blocks} == {code}
    assert [block.gap for block in streamed.blocks] == [0] * len(streamed.blocks)
    assert streamed.blocks[0].codes == (code,)


def test_blocks_follow_one_another_in_the_source():
    for source in GIANTS.values():
        position = 0
        for block in stream(source, list(range(0, len(source), 500))).blocks:
            assert position <= block.start <= block.end <= len(source)
            assert not source[position : block.start].strip("> \n\t")
            position = block.end


@pytest.mark.parametrize("name", KINDS)
def test_a_delta_costs_the_same_at_the_end(name: str, monkeypatch: pytest.MonkeyPatch):
    """Counted in characters parsed, which no other load on the machine can change."""
    parsed: list[int] = []

    def counting(source: str, env: Any) -> Any:
        parsed.append(len(source))
        return parse(source, env)

    parse = document.parse
    monkeypatch.setattr(document, "parse", counting)
    text = benchmark_text(KINDS[name], 60_000)
    grown = Document()
    halves: list[float] = []
    for begin, end in ((0, 30_000), (30_000, len(text))):
        parsed.clear()
        for start in range(begin, end, PIECE):
            grown.append(text[start : min(end, start + PIECE)])
            assert len(grown.blocks) >= grown.frozen
        halves.append(sum(parsed) / len(parsed))
        assert max(parsed) < 9_000
    assert halves[1] < 1.3 * halves[0] + 100
