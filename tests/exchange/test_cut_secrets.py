"""A key that a reply was cut in is masked on both sides of the seam, in every format."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from typing import Any

import pytest

from claude_tui.core.conversation import Conversation, Join, Node
from claude_tui.core.message import TextBlock, ToolUseBlock
from claude_tui.core.seam import anchor_of, ask_text
from claude_tui.exchange import from_json
from claude_tui.exchange.cut_secrets import mask_cut
from claude_tui.exchange.rendering import FORMATS, Format, Wanted, rendered
from claude_tui.paths import Paths
from claude_tui.redaction import conceal
from claude_tui.theme_files import load_themes
from claude_tui.theme_values import ThemeSpec

KEY = "sk-ant-api03-_AbC1-_dEf2_-PqR6_StU7_vWx8-_"
OURS = "gateway+token/0123456789=="
BEFORE = "As I said to you a moment ago, the key to use there is "
TEXT = f"{BEFORE}<key>. Never paste it anywhere."


def typed(text: str) -> Node:
    return Node("q", None, "user", (TextBlock(text),), "typed")


def answer(id: str, parent: str, text: str, join: Join | None = None, **more: Any) -> Node:
    return Node(id, parent, "assistant", (TextBlock(text),), "model", join=join or Join(), **more)


def prefilled(text: str, at: int) -> list[Node]:
    cut = answer("a", "q", text[:at], status="interrupted")
    return [typed("Hi"), cut, answer("b", "a", text[at:], Join("prefill"))]


def asked(text: str, at: int) -> list[Node]:
    """The continuation says the last words again, as it was asked to."""
    anchor, tail = anchor_of(text[:at])
    cut = answer("a", "q", text[:at], status="interrupted")
    ask = Node("c", "a", "user", (TextBlock(ask_text(anchor)),), "continue")
    said = f"{anchor}{tail}{text[at:]}"
    return [typed("Hi"), cut, ask, answer("b", "c", said, Join("ask", anchor, tail))]


def again(text: str, at: int) -> list[Node]:
    cut = answer("a", "q", text[:at], status="interrupted")
    return [typed("Hi"), cut, answer("b", "a", text, Join(replaces=True))]


def twice(text: str, at: int) -> list[Node]:
    """Cut once more, five characters on."""
    first, second = answer("a", "q", text[:at]), answer("b", "a", text[at : at + 5], Join("prefill"))
    return [typed("Hi"), first, second, answer("d", "b", text[at + 5 :], Join("prefill"))]


def in_blocks(text: str, at: int) -> list[Node]:
    """A text that cites comes in several blocks."""
    cites = ({"type": "web_search_result_location", "url": "https://a.example", "title": "A", "cited_text": "x"},)
    blocks = TextBlock(text[:at], cites), TextBlock(text[at:])
    return [typed("Hi"), Node("a", "q", "assistant", blocks, "model")]


def given(nodes: list[Node], form: Format) -> tuple[str, int]:
    return rendered(Conversation("c", "Talk").with_nodes(nodes), Wanted(form, themes=(worn(), None)))


@cache
def worn() -> ThemeSpec:
    return load_themes(*Paths.default().theme_folders())[0]["dusk"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("cut", [prefilled, asked, again, twice, in_blocks])
def test_wherever_it_is_cut_nothing_of_the_key_stands(form: Format, cut: Any) -> None:
    for key in (KEY, conceal(OURS)):
        text = TEXT.replace("<key>", key)
        first = 13 if key == KEY else 0  # what every key begins with tells nothing
        for at in range(len(BEFORE) + 1, len(BEFORE) + len(key), 4):
            out, count = given(cut(text, at), form)
            read = html.unescape(re.sub("<[^>]*>", "", out)) if form == "html" else out
            left = [key[at : at + 6] for at in range(first, len(key) - 5) if key[at : at + 6] in read]
            assert not left and count, f"{key} cut at {at - len(BEFORE)}"
            # Once where it is read, and the words before it are not said twice.
            if form != "json" and cut is not in_blocks:
                assert read.count("[redacted]") == read.count(BEFORE.strip()) == 1 and "Never paste it" in read


@pytest.mark.parametrize("cut", [prefilled, asked, twice])
def test_what_was_masked_in_json_is_joined_as_it_was(cut: Any) -> None:
    text = TEXT.replace("<key>", KEY)
    for at in range(len(BEFORE) + 1, len(BEFORE) + len(KEY), 5):
        back = from_json(json.loads(given(cut(text, at), "json")[0]))
        assert TEXT.replace("<key>", "[redacted]") in given(list(back.nodes.values()), "md")[0]


def test_a_whole_key_among_the_repeated_words_leaves_the_seam_where_it_was() -> None:
    said = f"The key is {KEY} and it is to be kept secret by all of you at all times, and so"
    nodes = asked(f"{said} on it goes.", len(said))
    for form in FORMATS[:2]:
        out, _ = given(nodes, form)
        assert "[redacted] and it is to be kept secret by all of you at all times, and so on it goes." in out
        assert out.count("kept secret") == 1


def test_two_continuations_of_one_text_are_both_masked() -> None:
    first, rest, on = KEY[:20], KEY[20:], Join("prefill")
    nodes = [typed("Hi"), answer("a", "q", f"It is {first}"),
             answer("b", "a", f"{rest} here", on), answer("c", "a", f"{rest} there", on)]  # fmt: skip
    masked, count = mask_cut(nodes)
    said = [node.content[0].text for node in masked.values() if isinstance(node.content[0], TextBlock)]
    assert (said, count) == (["Hi", "It is [redacted]", " here", " there"], 1)


def test_a_reply_of_a_hundred_segments_is_masked_as_any_other() -> None:
    text = f"{'Well, ' * 30}{KEY} it is{', well' * 30}"
    nodes = [typed("Hi")]
    for at in range(0, len(text), 4):
        nodes.append(answer(f"a{at}", nodes[-1].id, text[at : at + 4], Join("prefill") if at else None))
    assert len(nodes) > 100
    for form in FORMATS:
        out, _ = given(nodes, form)
        assert not any(KEY[at : at + 4] in out for at in range(13, len(KEY) - 3))
        assert out.count("[redacted]") == 1 and (form == "json" or "[redacted] it is, well" in out)


def test_texts_that_are_not_read_as_one_stay_as_they_are() -> None:
    call = ToolUseBlock("call", "read", {})
    between = Node("a", "q", "assistant", (TextBlock(f"It is {KEY}"), call, TextBlock("Now then.")), "model")
    nodes = [typed("Hi"), between, answer("b", "a", "And then.")]
    assert mask_cut(nodes) == ({node.id: node for node in nodes}, 0)
