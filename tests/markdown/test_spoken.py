"""Markdown as it is read out: whole things, once, without marks or lines that are drawn."""

from __future__ import annotations

import pytest

from claude_tui.markdown.spoken import Spoken

MARKDOWN = "".join(
    f"## Part {number}\n\nA paragraph of *some* words,\nin two lines.\n\n- one\n- two\n  1. three\n\n"
    "> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n"
    "```python\n" + "print(1)\n" * 40 + "```\n\n"
    for number in range(20)
)
CASES = {
    "A *plain* `word` and\n[a link](https://example.org/x).": ["A plain word and a link (link to example.org)."],
    "## Two": ["Heading 2: Two"],
    "- a\n- b\n  - c\n": ["• a", "• b", "  • c"],
    "3. a\n4. b": ["3. a", "4. b"],
    "- [ ] a\n- [x] b": ["• to do: a", "• done: b"],
    "> said": ["Quote: said"],
    "```py\nx = 1\n```\nthen": ["Code 1, py:", "x = 1", "End of code.", "then"],
    "    x\n": ["Code 1:", "x", "End of code."],
    "| a | b |\n|---|---|\n| 1 | 2 |\n| | 3 |": ["Table: a, b.", "a: 1; b: 2.", "b: 3."],
    "***": [],
    "$$\nx^2\n$$": ["Formula: $$ x^2 $$"],
    "[x](http://[broken)": ["x"],
}


@pytest.mark.parametrize("source", CASES)
def test_every_kind_of_block_in_words(source: str) -> None:
    spoken = Spoken()
    assert [*spoken.append(source), *spoken.finish()] == CASES[source]


@pytest.mark.parametrize("step", [1, 7, 64, 1000])
def test_as_it_grows_everything_is_given_once_and_in_order(step: int) -> None:
    whole = Spoken()
    expected = [*whole.append(MARKDOWN), *whole.finish()]
    growing, found, early = Spoken(), [], 0
    for at in range(0, len(MARKDOWN), step):
        found += growing.append(MARKDOWN[at : at + step])
        early = early or (at if found else 0)
    found += growing.finish()
    # A list that was read out item by item, or a code by its parts, has the same words.
    assert " ".join(found).split() == " ".join(expected).split()
    assert early < len(MARKDOWN) / 4, "a paragraph is read out once it is whole"
    assert growing.codes == whole.codes > 3


def test_what_was_said_is_passed_over_but_for_the_paragraph_that_goes_on() -> None:
    spoken = Spoken()
    spoken.pass_over("One.\n\nTwo.\n\nThree is cut in the")
    assert [*spoken.append(" middle.\n\nFour."), *spoken.finish()] == ["Three is cut in the middle.", "Four."]


def test_nothing_is_drawn() -> None:
    spoken = Spoken()
    assert not set("".join([*spoken.append(MARKDOWN), *spoken.finish()])) & set("▎─│├┤▸☐☑⧉|")
