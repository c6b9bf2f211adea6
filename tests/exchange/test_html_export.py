"""One HTML file: all of it escaped, nothing in it that does anything, and readable."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import OpaqueBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claude_tui.exchange.html_export import to_page
from claude_tui.exchange.html_style import sheet
from claude_tui.exchange.rendering import counterpart
from claude_tui.markdown.html import to_html
from claude_tui.theme_files import load_themes
from tests.exchange.trees import conversations

THEMES, _ = load_themes(Path(__file__).parents[2] / "themes")
DUSK, PAPER = THEMES["dusk"], THEMES["paper"]
VOID = {"meta", "hr", "br", "img"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "h4", "h5", "h6", "section", "p", "details"),
    *("summary", "div", "pre", "code", "span", "a", "strong", "em", "s", "ul", "ol", "li", "blockquote", "table"),
    *("thead", "tbody", "tr", "th", "td", "hr", "br", "img", "sup"),
}


class Checked(HTMLParser):
    """A page, with every tag of it looked at."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on") and value is not None, (tag, name)
            assert name in ("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "rel", "start",
                            "alt", "src", "style"), (tag, name)  # fmt: skip
            if name == "href":
                assert re.match(r"https?://|#s\d+$", value, re.I), value
                self.links.append(value)
            if name == "src":
                assert re.fullmatch(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}", value)
            if name == "style":
                assert re.fullmatch(r"text-align:(left|right|center)", value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)

    def handle_decl(self, decl: str) -> None:
        assert decl == "doctype html"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def page_of(*blocks: Any, asked: tuple[Any, ...] = (TextBlock("Why?"),), **more: Any) -> str:
    nodes = [
        Node("q", None, "user", asked, "typed", created_at=1_700_000_000_000),
        Node("a", "q", "assistant", blocks, "model", model="a-model"),
    ]
    return to_page(Conversation("c", "A <b>title</b>").with_nodes(nodes), DUSK, PAPER, **more)


def test_a_page() -> None:
    cite = {"url": "https://a.example/x?a=1&b=2", "title": "A source"}
    page = page_of(
        ThinkingBlock("Let me *see*."),
        ToolUseBlock("t", "look", {"at": "salt"}),
        ToolResultBlock("t", "White."),
        TextBlock("It is so.", (cite,)),
        TextBlock("\n\n```python\nx = '<b>'\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |"),
        OpaqueBlock({"type": "hologram"}),
        asked=(
            TextBlock("Why?"),
            OpaqueBlock({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}),
            OpaqueBlock({"type": "document", "title": "a.txt",
                         "source": {"type": "text", "media_type": "text/plain", "data": "In it <i>."}}),
        ),
    )  # fmt: skip
    checked = Checked(page)
    said = " ".join(" ".join(checked.said).split())
    for words in ("A <b>title</b>", "a-model", "You", "Why?", "a.txt In it <i>.", "Thought Let me see .",
                  'look { "at": "salt" }', "White.", "It is so. 1", "A source", "hologram", "x = '<b>'"):  # fmt: skip
        assert words in said or words.replace(" ", "") in said.replace(" ", ""), words
    assert checked.links == ["#s1", "https://a.example/x?a=1&b=2"] and 'id="s1"' in page
    assert page.count("<details") == 3 and 'class="syntax-string"' in page and "text-align:right" in page
    assert "script" not in page and "default-src 'none'" in page


def test_without_thinking_and_tools() -> None:
    blocks = (ThinkingBlock("Hm."), ToolUseBlock("t", "look", {}), ToolResultBlock("t", "White."), TextBlock("So."))
    page = page_of(*blocks, thinking=False, tools=False)
    assert "Hm." not in page and "look" not in page and "White." not in page and "So." in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1)) [y](data:text/html;base64,AAAA) [z](file:///etc/passwd) [v](//a.example)",
        "![x](https://a.example/spy.png) ![y](javascript:alert(1))",
        '[x](https://a.example/"onmouseover="alert(1))',
        "<https://a.example/><javascript:alert(1)>",
        "</style><script>alert(1)</script>",
        "```<script>\n</code></pre><script>alert(1)</script>\n```",
        "```\"><script>\nx\n```",
        "|<b>|\n|:-:|\n|</table><script>|",
        "[^<b>]: <i>x</i>",
        "$<b>$ and\n\n$$\n</div><script>\n$$",
        "&lt;script&gt; &#60;script&#62; &#x3c;",
        "\x1b[2J\u202e\x00\x9b\ud800 \ue0f01\ue0f1",
        "<!-- x --> <![CDATA[ x ]]> <?x?> <!DOCTYPE html>",
        "> " * 3000 + "x",
        "- " * 3000 + "x",
        "[" * 500,
        "*" * 5000 + "x",
    ],
)  # fmt: skip
def test_hostile_text_is_only_text(text: str) -> None:
    named = {"url": "javascript:alert(1)//" + text, "title": text}
    blocks = (TextBlock(text, (named,)), ThinkingBlock(text), ToolUseBlock("t", text, {text: text}),
              ToolResultBlock("t", text), OpaqueBlock({"type": text, "title": text}))  # fmt: skip
    asked = (
        TextBlock(text),
        OpaqueBlock({"type": "document", "title": text, "source": {"type": "text", "data": text}}),
        OpaqueBlock({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": text}}),
    )
    page = page_of(*blocks, asked=asked)
    checked = Checked(page)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page)
    page.encode()
    assert all(link.startswith(("https://a.example", "#s")) for link in checked.links)


@settings(max_examples=10, deadline=None)
@given(conversations())
def test_any_tree_is_a_page(conversation: Conversation) -> None:
    Checked(to_page(conversation, DUSK, PAPER))


@pytest.mark.parametrize("name", THEMES)
def test_a_sheet_of_every_theme(name: str) -> None:
    theme = THEMES[name]
    other = counterpart(theme, THEMES)
    css = sheet(theme, other)
    assert css.count("{") == css.count("}") and "ansi" not in css and "url" not in css and "<" not in css
    assert f"background:{(other or theme if theme.ansi else theme).colors['background']}" in css
    if theme.dark:
        assert "@media print{html" in css.replace("\n", "") or "@media print" in css


def test_the_readers_light_and_dark_are_both_there() -> None:
    css = sheet(DUSK, PAPER)
    assert css.index(DUSK.colors["background"]) < css.index("prefers-color-scheme:light")
    assert css.index("prefers-color-scheme:light") < css.index(PAPER.colors["background"])
    assert "prefers-color-scheme:dark" in sheet(PAPER, DUSK)
    assert "blockquote{font-style:normal;" in css, "what only the other theme says is taken back"


@pytest.mark.parametrize("text", ["[", "![", "[^", "[a][b ", "![a]["])
def test_brackets_that_are_never_closed_cost_the_same_each(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    skip = ParserInline.skipToken

    def counted(self: ParserInline, state: StateInline) -> None:
        nonlocal looks
        looks += 1
        skip(self, state)

    monkeypatch.setattr(ParserInline, "skipToken", counted)
    for size in (1_000, 8_000):
        looks = 0
        to_html(text * (size // len(text)))
        assert looks < 40 * size
