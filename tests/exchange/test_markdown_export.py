"""Markdown to be read: what is in it, what is not, and that its sections can be found again."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from claude_tui.core.conversation import Conversation, Join, Node
from claude_tui.core.message import (
    ContentBlock,
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claude_tui.core.text import clean, is_safe
from claude_tui.core.view import exchanges
from claude_tui.exchange import to_markdown
from claude_tui.exchange.verbatim import Lines
from tests.exchange.test_verbatim import LINES
from tests.exchange.trees import conversations


def asked(text: str, id: str = "q", parent: str | None = None) -> Node:
    return Node(id, parent, "user", (TextBlock(text),), "typed")


def answered(*blocks: ContentBlock | str, id: str = "a", parent: str | None = "q", **fields: Any) -> Node:
    content = tuple(TextBlock(block) if isinstance(block, str) else block for block in blocks)
    return Node(id, parent, "assistant", content, "model", **fields)


def talk(*nodes: Node, title: str = "") -> Conversation:
    return Conversation("c", title).with_nodes(nodes)


def answer_of(*blocks: ContentBlock | str, **options: Any) -> str:
    """What stands under ``## Claude``."""
    document = to_markdown(talk(asked("Q"), answered(*blocks)), **options)
    return document.removeprefix("## You\n\nQ\n\n## Claude\n").strip("\n")


def cited(text: str, *urls: str, title: str | None = "A title") -> TextBlock:
    return TextBlock(text, tuple({"url": url, "title": title, "cited_text": "x"} for url in urls))


def read_back(document: str) -> list[tuple[str, str]]:
    """The sections of a document without a title, as an importer would find them."""
    sections: list[tuple[str, list[str]]] = []
    reader = Lines()
    for line in document.split("\n"):
        verbatim = reader.read(line)
        if not verbatim and line in ("## You", "## Claude"):
            sections.append((line[3:], []))
            continue
        if not verbatim and re.fullmatch(r"## (You|Claude) #+", line):
            line = line[:-1].rstrip()
        sections[-1][1].append(line)
    return [(who, "\n".join(lines).strip("\n")) for who, lines in sections]


# What is in it


def test_a_conversation() -> None:
    conversation = talk(
        asked("Why?"),
        answered("Because.\n\n- one\n- two"),
        asked("And then?", "q2", "a"),
        answered("Nothing.", id="a2", parent="q2"),
        title="A *title*\nof two lines",
    )
    assert to_markdown(conversation) == (
        "# A *title* of two lines\n\n## You\n\nWhy?\n\n## Claude\n\nBecause.\n\n- one\n- two\n\n"
        "## You\n\nAnd then?\n\n## Claude\n\nNothing.\n"
    )
    assert to_markdown(conversation, titles=False).startswith("## You\n")


def test_only_the_path_to_the_head() -> None:
    conversation = talk(asked("Q"), answered("first"), answered("second", id="b")).with_head("a")
    assert "first" in to_markdown(conversation) and "second" not in to_markdown(conversation)


def test_an_empty_conversation_and_an_unanswered_question() -> None:
    assert to_markdown(Conversation("c")) == "\n"
    assert to_markdown(talk(asked("Q"))) == "## You\n\nQ\n"


def cut_and_continued(before: str, after: str, anchor: str) -> Conversation:
    ask = Node("k", "a", "user", (TextBlock("Go on from there."),), "continue")
    rest = answered(after, id="b", parent="k", join=Join("ask", anchor))
    return talk(asked("Q"), answered(before, status="interrupted"), ask, rest)


def test_a_continued_reply_is_one() -> None:
    conversation = cut_and_continued("The quick brown fox ju", "brown fox jumps.", "brown fox ju")
    assert to_markdown(conversation) == "## You\n\nQ\n\n## Claude\n\nThe quick brown fox jumps.\n"
    assert "brown fox ju⟨continued⟩mps." in to_markdown(conversation, seams=True)


def test_what_began_differently_when_asked_again_is_a_paragraph_behind_its_seam() -> None:
    again = answered("Another way.", id="b", parent="a", join=Join(replaces=True))
    conversation = talk(asked("Q"), answered("One way ", status="interrupted"), again)
    assert to_markdown(conversation).endswith("One way\n\nAnother way.\n")
    assert to_markdown(conversation, seams=True).endswith("One way \n\n⟨asked again⟩\n\nAnother way.\n")


def test_a_seam_after_a_source() -> None:
    ask = Node("k", "a", "user", (TextBlock("Go on."),), "continue")
    conversation = talk(
        asked("Q"),
        answered(cited("It is so.", "https://a.example"), status="interrupted"),
        ask,
        answered("It is so. Or not.", id="b", parent="k", join=Join("ask", "It is so.")),
    )
    assert "It is so.[^1]⟨continued⟩ Or not.\n\n[^1]:" in to_markdown(conversation, seams=True)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"status": "interrupted"}, "*This reply was interrupted.*"),
        ({"status": "streaming"}, "*This reply was still being written.*"),
        ({"status": "failed"}, "*This reply failed.*"),
        ({"stop_reason": "max_tokens"}, "*This reply was cut off at its limit of tokens.*"),
        ({"stop_reason": "model_context_window_exceeded"}, "*This reply was cut off: the context was full.*"),
        ({"stop_reason": "refusal"}, "*Claude declined to go on.*"),
    ],
)
def test_a_reply_that_did_not_end_says_so(fields: dict[str, Any], line: str) -> None:
    document = to_markdown(talk(asked("Q"), answered("Half an ans", **fields)))
    assert document == f"## You\n\nQ\n\n## Claude\n\nHalf an ans\n\n{line}\n"
    nothing = to_markdown(talk(asked("Q"), answered(**{**fields, "status": "failed"})))
    assert nothing == "## You\n\nQ\n\n## Claude\n\n*No reply came.*\n"


def test_a_fence_left_open_is_closed() -> None:
    cut = answered("See:\n\n```py\nprint(", status="interrupted")
    document = to_markdown(talk(asked("```\nmine"), cut))
    assert "## You\n\n```\nmine\n```\n\n## Claude" in document
    assert document.endswith("```py\nprint(\n```\n\n*This reply was interrupted.*\n")


def test_attachments_and_what_is_unknown_are_named() -> None:
    image = OpaqueBlock({"type": "image", "source": {}})
    paper = OpaqueBlock({"type": "document", "title": "a`b\x1b.pdf"})
    question = replace(asked("Look"), content=(image, paper, TextBlock("Look")))
    document = to_markdown(talk(question, answered("I see.", OpaqueBlock({"type": "hologram"}))))
    assert document.startswith("## You\n\n*`image`*\n\n*``document: a`b␛.pdf``*\n\nLook\n")
    assert document.endswith("I see.\n\n*`hologram`*\n")


# Thinking and tools

THOUGHT = ThinkingBlock("First.\n\n## Claude", "s")
CALL = ToolUseBlock("t", "clock", {"zone": "UTC"})


def test_thinking_only_on_request() -> None:
    blocks = (THOUGHT, RedactedThinkingBlock("x"), ThinkingBlock("", "s"), "Said.")
    assert answer_of(*blocks) == "\nSaid.".strip("\n")
    assert answer_of(*blocks, thinking=True) == "> *Thinking*\n>\n> First.\n>\n> ## Claude\n\nSaid."


def turn(result: Any, **fields: Any) -> Conversation:
    results = Node("r", "a", "user", (ToolResultBlock("t", result, **fields),), "tool")
    return talk(asked("Q"), answered("I look.", CALL), results, answered("Noon.", id="b", parent="r"))


def test_tools_only_on_request() -> None:
    assert to_markdown(turn("12:00")).endswith("## Claude\n\nI look.\n\nNoon.\n")
    quote = '> **`clock`** `{"zone": "UTC"}`\n>\n> ```\n> 12:00\n> ```\n'
    assert to_markdown(turn("12:00"), tools=True).endswith(f"I look.\n\n{quote}\nNoon.\n")


def test_results_long_failed_empty_and_missing() -> None:
    long = to_markdown(turn("\n".join(f"line {i}" for i in range(1_030))), tools=True)
    assert "> line 19\n> ```\n>\n> *1,010 more lines*\n" in long and "line 20\n" not in long
    assert ">\n> *failed*\n>\n> ```\n> no such zone\n" in to_markdown(turn("no such zone", is_error=True), tools=True)
    assert ">\n> *nothing*\n" in to_markdown(turn(""), tools=True)
    assert ">\n> *failed*\n\n" in to_markdown(turn("", is_error=True), tools=True)
    assert "> ````\n> ```\n> ````\n" in to_markdown(turn("```"), tools=True)
    assert answer_of(ToolUseBlock("t", "c", {}, partial_json='{"a`'), tools=True) == '> **`c`** `` {"a` `` *no result*'
    orphan = ToolResultBlock("other", "x", type="web_search_tool_result")
    assert answer_of(orphan) == ""
    assert answer_of(orphan, tools=True) == "> **`web_search_tool_result`**\n>\n> ```\n> x\n> ```"


# Sources


def test_sources_are_footnotes() -> None:
    one, two = "https://a.example/x", "https://b.example"
    assert answer_of(cited("One,", one), cited(" two", two, one), ".") == (
        "One,[^1] two[^2][^1].\n\n[^1]: [A title](<https://a.example/x>)\n[^2]: [A title](<https://b.example>)"
    )


def test_a_text_that_was_attached_is_there() -> None:
    given = "The zebrafish protocol.\n\n## Claude\n\n```\ncode\n```"
    source = {"type": "text", "media_type": "text/plain", "data": given}
    attached = OpaqueBlock({"type": "document", "source": source, "title": "a.txt"})
    document = to_markdown(talk(replace(asked("Look"), content=(attached, TextBlock("Look"))), answered("I see.")))
    assert f"*`document: a.txt`*\n\n````\n{given}\n````\n\nLook" in document
    assert [who for who, _ in read_back(document)] == ["You", "Claude"]
    picture = OpaqueBlock({"type": "image", "source": {"type": "base64", "data": "QUJD"}})
    assert "QUJD" not in to_markdown(talk(replace(asked("Look"), content=(picture,))))


def test_footnotes_of_the_whole_document_differ() -> None:
    own = "I count myself.[^2]\n\n[^2]: Mine."
    document = to_markdown(
        talk(
            asked("Q"),
            answered(cited("One", "https://a.example")),
            asked("R", "q2", "a"),
            answered(cited("Two", "https://a.example"), own, id="b", parent="q2"),
        )
    )
    assert "One[^1]\n\n[^1]: [" in document
    assert "Two[^3]I count myself.[^2]\n\n[^2]: Mine.\n\n[^3]: [" in document


def test_a_source_leads_nowhere_but_to_the_web() -> None:
    assert answer_of(cited("x", "javascript:alert(1)")).endswith("[^1]: A title `javascript:alert(1)`")
    assert answer_of(cited("x", "", title="A [book]")).endswith("[^1]: A \\[book\\]")
    hostile = answer_of(cited("x", "https://a.example/> <b>\n\x1b[2J", title="](evil) `*"))
    assert hostile.endswith("[^1]: [\\](evil) \\`\\*](<https://a.example/%3E%20%3Cb%3E%0A␛[2J>)")


def test_what_looks_like_a_mark_and_is_said_stays() -> None:
    assert answer_of("A \\[1\\] of my own", cited(".", "https://a.example")).startswith("A \\[1\\] of my own.[^1]")


def test_a_mark_never_stands_behind_a_fence() -> None:
    assert answer_of(cited("```\ncode\n```", "https://a.example")).startswith("```\ncode\n```\n[^1]\n")


# Hostile text


def test_controls_are_gone_and_all_else_is_as_it_was() -> None:
    assert answer_of("a\x1b]0;b\x07\x9b\u202ec\r\nd\td <b>*e*</b> &amp; \\*") == "a␛]0;b␇��c\nd\td <b>*e*</b> &amp; \\*"


@settings(max_examples=60, deadline=None)
@given(conversations(), st.booleans(), st.booleans(), st.booleans())
def test_any_tree_is_inert(conversation: Conversation, thinking: bool, tools: bool, seams: bool) -> None:
    document = to_markdown(conversation, thinking=thinking, tools=tools, seams=seams)
    assert is_safe(document) and document.endswith("\n")
    document.encode()


TEXTS = st.lists(st.sampled_from([*LINES, "## You #", "## Claude ###", "## Youth"]), max_size=10)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
def test_sections_can_be_found_again(said: list[tuple[list[str], list[str]]]) -> None:
    nodes: list[Node] = []
    for number, (question, reply) in enumerate(said):
        nodes.append(asked("\n".join(question), f"q{number}", nodes[-1].id if nodes else None))
        nodes.append(answered("\n".join(reply), id=f"a{number}", parent=f"q{number}"))
    document = to_markdown(talk(*nodes))
    sections = read_back(document)
    assert [who for who, _ in sections] == ["You", "Claude"] * len(said)
    for (_, text), node in zip(sections, nodes, strict=True):
        block = node.content[0]
        assert isinstance(block, TextBlock)
        before = block.text.strip("\n").rstrip()
        assert text.startswith(before) and text.removeprefix(before).strip("\n").count("\n") == 0
    parsed = MarkdownIt("commonmark").enable("table").parse(document)
    starts = {token.map[0] for token in parsed if token.type == "heading_open" and token.level == 0 and token.map}
    at = [number for number, line in enumerate(document.split("\n")) if line in ("## You", "## Claude")]
    assert len([number for number in at if number in starts]) == 2 * len(said)


def test_the_last_text_is_the_same_as_on_screen() -> None:
    conversation = cut_and_continued("The quick brown fox ju", "brown fox jumps.", "brown fox ju")
    assert clean(exchanges(conversation.path())[-1].text) in to_markdown(conversation)


def test_a_long_conversation_costs_little() -> None:
    nodes: list[Node] = []
    for number in range(500):
        nodes.append(asked("Why? " * 50, f"q{number}", nodes[-1].id if nodes else None))
        nodes.append(answered("Because of this.\n\n- a\n- b\n\n" * 100, id=f"a{number}", parent=f"q{number}"))
    begun = time.process_time()
    document = to_markdown(talk(*nodes))
    assert len(document) > 1_400_000
    assert time.process_time() - begun < 10


HOSTILE = {
    "quotes": "> " * 50_000,
    "items": "- " * 50_000 + "x",
    "rules": "- " * 50_000,
    "fence": "`" * 200_000,
    "fences": "```\n" * 50_001,
    "tags": "<a " * 50_000,
    "attributes": "<b " + "x='y' " * 30_000,
    "nested": "\n".join("  " * i + "- x" for i in range(500)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_line_made_to_be_slow(text: str) -> None:
    begun = time.process_time()
    answer_of(text)
    assert time.process_time() - begun < 2
