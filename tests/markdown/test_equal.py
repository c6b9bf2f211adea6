"""Incremental equals whole, compared before the exact pass at the end, wherever a text is split.

The listed exceptions are late definitions of reference links, setext underlines, and what a list's later items
change in its earlier ones; texts that hold them are compared after `finish` alone.
"""

import json
import os
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_tui.markdown import Document, code, parts

from .helpers import item, lines_of, quoted, stream
from .test_complete import EXAMPLES, shown, visible
from .test_stream import block, documents

DOCUMENTS = int(os.environ.get("CLAUDE_TUI_DOCUMENTS", "500"))  # read now: a test has no such variable

# The examples of GitHub's extensions: tables, tasks, strikethrough, addresses.
GFM = [
    "| foo | bar |\n| --- | --- |\n| baz | bim |\n",
    "| abc | defghi |\n:-: | -----------:\nbar | baz\n",
    "| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |\n",
    "| abc | def |\n| --- | --- |\n| bar | baz |\n> bar\n",
    "| abc | def |\n| --- | --- |\n| bar | baz |\nbar\n\nbar\n",
    "| abc | def |\n| --- |\n| bar |\n",
    "| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |\n",
    "| abc | def |\n| --- | --- |\n",
    "- [ ] foo\n- [x] bar\n",
    "- [x] foo\n  - [ ] bar\n  - [x] baz\n- [ ] bim\n",
    "~~Hi~~ Hello, ~there~ world!\n",
    "This ~~has a\n\nnew paragraph~~.\n",
    "This will ~~~not~~~ strike.\n",
    "www.commonmark.org\n",
    "Visit www.commonmark.org/help for more information.\n",
    "Visit www.commonmark.org.\n\nVisit www.commonmark.org/a.b.\n",
    "www.google.com/search?q=Markup+(business)\n\n(www.google.com/search?q=Markup+(business))\n",
    "www.google.com/search?q=(business))+ok\n",
    "www.commonmark.org/he<lp\n",
    "http://commonmark.org\n\n(Visit https://encrypted.google.com/search?q=Markup+(business))\n",
    "Here is one[^1], another[^@#$%].\n\n[^1]: One.\n[^@#$%]:\n    Two,\n    too.\n\n    ```\n    code\n    ```\n",
]


def commonmark() -> list[str]:
    return [example["markdown"] for example in json.loads(EXAMPLES.read_text())] if EXAMPLES.exists() else []


def check(source: str, cuts: list[int], *, exact: bool = True) -> None:
    """The stream's lines, before and after `finish`, are the whole's."""
    streamed = stream(source, cuts)
    whole = lines_of(Document(source, complete=True))
    if exact:
        assert lines_of(streamed) == whole
    streamed.finish()
    assert lines_of(streamed) == whole


_IN = r"^(?:[ \t>*+-]|\[\^\w+\]:|\d[.)](?= ))*"
_EXCEPTION = re.compile(rf"^[ \t>]*(?:=+|-+)[ \t]*$|{_IN}\[[^^\n][^\n]*\]:|{_IN}\d\d+[.)]", re.MULTILINE)


def has_exception(source: str) -> bool:
    """Whether there is in it what only the last pass can put right."""
    return _EXCEPTION.search(source) is not None


@pytest.mark.parametrize("source", GFM)
def test_every_gfm_example_streams_and_is_shown_completely(source: str):
    check(source, list(range(len(source))))
    for place in (quoted, item, lambda text: item(quoted(text), "1. ")):
        check(place(source), list(range(len(place(source)))))
    if "[" not in source:  # footnotes and boxes are drawn
        assert visible(source) in shown(source)


def test_every_commonmark_example_streams():
    if not commonmark():
        pytest.skip("The CommonMark examples are not beside this checkout.")
    for source in commonmark():
        check(source, list(range(len(source))))


WRAPPERS = st.lists(st.sampled_from(["> ", "- ", "7. ", "*   ", "[^1]: "]), min_size=3, max_size=14)


def wrapped(source: str, wrappers: list[str]) -> str:
    """A text in containers, the first one outermost."""
    for wrapper in reversed(wrappers):
        if wrapper == "> ":
            source = quoted(source)
        elif wrapper.startswith("["):
            source = wrapper + "\n    ".join(source.removesuffix("\n").split("\n")) + "\n"
        else:
            source = item(source, wrapper)
    return source


def check_small(source: str, step: int, size: int) -> None:
    """With parts of a few characters, so that every construct is resumed in its middle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART_SIZE", size)
        patch.setattr(code, "CHUNK_LINES", 2)
        patch.setattr(parts, "TABLE_ROWS", 2)
        check(source, list(range(0, len(source), step)), exact=not has_exception(source))


@settings(max_examples=60, deadline=None)
@given(block, WRAPPERS, st.integers(1, 60))
def test_deeply_nested_texts_stream(source: str, wrappers: list[str], step: int):
    check_small(wrapped(source, wrappers), step, 48)


@pytest.mark.long
@settings(max_examples=DOCUMENTS, deadline=None)
@given(documents, WRAPPERS, st.integers(1, 90), st.sampled_from([24, 48, 200]))
def test_any_document_at_any_depth_streams(source: str, wrappers: list[str], step: int, size: int):
    check_small(source, step, size)
    check_small(wrapped(source, wrappers), step, size)


@pytest.mark.long
def test_examples_one_after_the_other_stream():
    """Some of all the examples in a row, split at random points, as they are and with small parts."""
    examples = [*GFM, *commonmark()]
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(DOCUMENTS):
        source = "\n".join(chance.sample(examples, 6))
        cuts = [chance.randrange(len(source)) for _ in range(30)]
        check(source, cuts, exact=not has_exception(source))
        check_small(source, chance.randint(1, 40), 48)
