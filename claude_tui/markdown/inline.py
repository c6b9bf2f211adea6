"""Inline markdown to spans."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from ..core.text import clean
from .model import Span
from .nodes import Env
from .parse import parser

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST = 16_384
"""Longer text (a heading or a cell: paragraphs are cut before) is not searched for markup."""

_SPECIAL = re.compile(
    r"(?P<footnote>\[\^[^\]\s]{1,60}\])|(?P<html></?[A-Za-z][^<>\n]*>|<!--[^\n]*?-->)"
    r"|(?<![A-Za-z0-9_/])(?P<url>(?:https?://[\w\[]|www\.[\w-]+\.\w)[^\s<>`\u3000-\u303f\uff01-\uff5e]*)"
)
_MAY_BE_SPECIAL = ("<", "[^", "://", "www.")
_AFTER_URL = "?!.,:;*_~'\"”’»]}"
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_OPENING = {"em_open": "md.em", "strong_open": "md.strong", "s_open": "md.strike"}
_CLOSING = {"em_close", "strong_close", "s_close"}


def inline(content: str, env: Env, base: str = "") -> tuple[Span, ...]:
    """The spans of a paragraph, heading or cell; a newline in one is a hard break."""
    if not content:
        return ()
    if len(content) > LONGEST:
        return (Span(content.replace("\t", " "), base),)
    if "[" in content and env.get("references"):
        return _parse(content, env, base)
    return _parse_alone(content, base)


def footnote_sign(label: str) -> str:
    """How a footnote is called, in the text and before what it says: a raised number, or its label as written."""
    return label.translate(_RAISED) if label.isascii() and label.isdigit() and len(label) < 4 else f"[^{label}]"


@lru_cache(maxsize=256)
def _parse_alone(content: str, base: str) -> tuple[Span, ...]:
    """Text that no definition can change. Most of a tail is what it was before the last delta."""
    return _parse(content, {}, base)


def _parse(content: str, env: Env, base: str) -> tuple[Span, ...]:
    markdown = parser()
    children: list[Token] = []
    try:
        markdown.inline.parse(content, markdown, cast("dict[str, Any]", env), children)
        return tuple(_Flattener(base).run(children))
    except Exception:  # as in `parse`: shown as it was written
        return (Span(content.replace("\t", " "), base),)


class _Flattener:
    """Nested tokens to a flat run of spans."""

    def __init__(self, base: str, *, within_image: bool = False) -> None:
        self.within_image = within_image
        self.styles = [base] if base else []
        self.links: list[tuple[str, int]] = []
        self.spans: list[Span] = []

    def run(self, tokens: "list[Token]") -> list[Span]:
        for token in tokens:
            self._token(token)
        if any(token.type == "text_special" and token.info == "entity" for token in tokens):
            # `&#x202e;` is harmless when text is cleaned, and a character now.
            return [Span(clean(span.text), span.style, span.link) for span in self.spans]
        return self.spans

    def _token(self, token: "Token") -> None:
        kind = token.type
        if kind in ("text", "text_special"):
            self._text(token.content)
        elif kind == "formula":
            from .latex import to_unicode  # with the first formula: not every run has one

            self._add("; ".join((to_unicode(token.content) or token.info).split("\n")), "md.math")
        elif kind == "softbreak":
            self._add(" ")
        elif kind == "hardbreak":
            self._add("\n")
        elif kind == "code_inline":
            self._add(token.content, "md.code")
        elif kind in _OPENING:
            self.styles.append(_OPENING[kind])
        elif kind in _CLOSING:
            self.styles.pop()
        elif kind == "link_open":
            self.links.append((clean(str(token.attrs.get("href", ""))), len(self.spans)))
            self.styles.append("md.link")
        elif kind == "link_close":
            target, begin = self.links[-1]
            if not any(span.text.strip() for span in self.spans[begin:]) and target:
                self._add(target, "md.link.url")
            self.links.pop()
            self.styles.pop()
        elif kind == "image":
            self._image(token)
        elif token.content:
            self._add(token.content)

    def _text(self, text: str) -> None:
        if not text:
            return
        if not any(sign in text for sign in _MAY_BE_SPECIAL):
            self._add(text)
            return
        position = 0
        for found in _SPECIAL.finditer(text):
            self._add(text[position : found.start()])
            position = found.end()
            if found["url"]:
                position = found.start() + self._url(found["url"])
            elif found["footnote"]:
                apart = " " if self.spans and self.spans[-1].style.endswith("md.footnote") else ""
                self._add(apart + footnote_sign(found.group()[2:-1]), "md.footnote")
            else:
                self._add(found.group(), "md.html")
        self._add(text[position:])

    def _url(self, found: str) -> int:
        """An address in plain text is a link; the signs after it are the sentence's. How long it is."""
        url = found
        while url[-1] in _AFTER_URL or (url[-1] == ")" and url.count("(") < url.count(")")):
            url = url[:-1]
        if self.links:
            self._add(url)
        else:
            self.links.append((url if "://" in url else f"http://{url}", len(self.spans)))
            self._add(url, "md.link")
            self.links.pop()
        return len(url)

    def _image(self, token: "Token") -> None:
        """Named, not fetched."""
        target = clean(str(token.attrs.get("src", "")))
        alt = "".join(span.text for span in _Flattener("", within_image=True).run(token.children or []))
        label = " ".join(alt.split()) or target
        self.links.append((target, len(self.spans)))
        mark = "" if self.within_image else "🖼 "
        self._add(f"{mark}{label}" if label else mark.strip(), "md.image")
        self.links.pop()

    def _add(self, text: str, style: str = "") -> None:
        if not text:
            return
        if "\t" in text:
            text = text.replace("\t", " ")
        styles = " ".join([*self.styles, style] if style else self.styles)
        link = self.links[-1][0] if self.links else None
        if self.spans:
            before = self.spans[-1]
            if before.style == styles and before.link == link:
                self.spans[-1] = Span(before.text + text, styles, link)
                return
        self.spans.append(Span(text, styles, link))
