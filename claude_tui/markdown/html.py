"""Markdown as HTML for a page that anybody may open: every character of it escaped, no markup of its own let
through, nothing loaded from anywhere, and links only to the web.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from ..core.text import clean
from .highlight import highlight
from .parse import clean_for_parser, parser

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST_CODE = 200_000
"""Characters of one piece of code that are coloured; more of it stays plain."""

_WEB = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_ALIGNED = re.compile(r"text-align:(?:left|right|center)")
_TAGS: Mapping[str, str] = {
    "paragraph": "p",
    "blockquote": "blockquote",
    "bullet_list": "ul",
    "list_item": "li",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "strong": "strong",
    "em": "em",
    "s": "s",
}


def to_html(source: str) -> str:
    """The source as HTML. Never raises: what the parser cannot do is shown as it was written."""
    text = clean_for_parser(clean(source))
    try:
        return "".join(_Page(parser().parse(text)).pieces())
    except Exception:  # a parser's bug, or recursion on hostile text, must not cost the reader the text
        return f"<pre>{escape(text)}</pre>\n"


def code_html(language: str, code: str) -> str:
    """Code as spans of its roles."""
    if len(code) > LONGEST_CODE:
        return escape(code)
    tokens, _ = highlight(language, code)
    return "".join(
        f'<span class="{role.replace(".", "-")}">{escape(text)}</span>' if role else escape(text)
        for role, text in tokens
    )


def web_link(url: str) -> str | None:
    """An address that leads to the web, escaped for an attribute; None for every other."""
    found = _WEB.fullmatch(clean(url).strip())
    return escape(found[0]) if found else None


class _Page:
    """Tokens to HTML."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._links: list[str] = []
        """What closes each open link."""

    def pieces(self) -> Iterator[str]:
        for token in self._tokens:
            yield self._piece(token)

    def _piece(self, token: Token) -> str:
        kind, _, end = token.type.rpartition("_")
        if kind in _TAGS and end in ("open", "close"):
            return self._tag(_TAGS[kind], token)
        match token.type:
            case "inline":
                return "".join(self._piece(child) for child in token.children or ())
            case "heading_open" | "heading_close":
                return self._heading(token)
            case "ordered_list_open" | "ordered_list_close":
                return self._ordered(token)
            case "th_open" | "th_close" | "td_open" | "td_close":
                return self._cell(token)
            case "fence" | "code_block":
                return self._fence(token)
            case "code_inline":
                return f"<code>{escape(token.content)}</code>"
            case "formula" | "formula_block":
                tag = "div" if token.block else "span"
                return f'<{tag} class="math">{escape(token.content)}</{tag}>'
            case "too_deep" | "formula_open":
                return f"<pre>{escape(token.content)}</pre>\n"
            case "footnote_open":
                return f'<div class="footnote"><span class="mark">[{escape(token.info)}]</span>\n'
            case "footnote_close":
                return "</div>\n"
            case "link_open" | "link_close":
                return self._link(token)
            case "image":
                return _image(token)
            case "hr":
                return "<hr>\n"
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>\n"
            case _:
                return escape(token.content)

    def _tag(self, tag: str, token: Token) -> str:
        if token.hidden:
            return "\n" if token.nesting < 0 else ""
        line = "\n" if token.block and (token.nesting < 0 or tag in ("ul", "table", "blockquote", "tr")) else ""
        return f"<{'/' if token.nesting < 0 else ''}{tag}>{line}"

    def _heading(self, token: Token) -> str:
        # The page's own headings are the first two.
        level = min(int(token.tag[1]) + 2, 6)
        return f"<h{level}>" if token.nesting > 0 else f"</h{level}>\n"

    def _ordered(self, token: Token) -> str:
        if token.nesting < 0:
            return "</ol>\n"
        start: Any = token.attrs.get("start")
        return f'<ol start="{start}">\n' if isinstance(start, int) else "<ol>\n"

    def _cell(self, token: Token) -> str:
        tag = "th" if token.type.startswith("th") else "td"
        if token.nesting < 0:
            return f"</{tag}>"
        style = str(token.attrs.get("style", ""))
        return f'<{tag} style="{style}">' if _ALIGNED.fullmatch(style) else f"<{tag}>"

    def _fence(self, token: Token) -> str:
        words = token.info.split()
        language = words[0].strip("{}.").lower() if words else ""
        label = f'<div class="label">{escape(language)}</div>' if language else ""
        return f'<div class="code">{label}<pre><code>{code_html(language, token.content)}</code></pre></div>\n'

    def _link(self, token: Token) -> str:
        if token.nesting < 0:
            return self._links.pop() if self._links else ""
        target = str(token.attrs.get("href", ""))
        if url := web_link(target):
            self._links.append("</a>")
            return f'<a href="{url}" rel="noopener noreferrer nofollow">'
        self._links.append(f" ({escape(target)})" if target else "")
        return ""


def _image(token: Token) -> str:
    """Named and linked, never loaded: an image tells its server who reads."""
    name = escape("".join(child.content for child in token.children or ()) or "image")
    url = web_link(str(token.attrs.get("src", "")))
    return f'<a class="image" href="{url}" rel="noopener noreferrer nofollow">{name}</a>' if url else name
