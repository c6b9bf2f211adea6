"""What a Markdown text leaves open at its end: a code fence, an HTML comment.

A reply that was cut inside one would take in all that follows it. Only blocks at a line's own place are
looked at, containers as far as they decide it: a fence in a list item or a quote ends with that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_ITEM = re.compile(r" {0,3}(?:[-+*]|(\d{1,9})[.)])( +(?=\S)| *$)")
_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+) *$")
_QUOTE = re.compile(r" {0,3}> ?")
_DEPTH = 16
"""Quotes in quotes and items in items that are looked into: a hostile line has thousands."""
_HEADING = re.compile(r" {0,3}#{1,6}(?: |$)")
_RAW = (
    (re.compile(r" {0,3}<(script|pre|style|textarea)(?=[\s>]|$)", re.I), r"</(?:script|pre|style|textarea)>", "</{}>"),
    (re.compile(r" {0,3}<!--"), r"-->", "-->"),
    (re.compile(r" {0,3}<\?"), r"\?>", "?>"),
    (re.compile(r" {0,3}<![A-Za-z]"), r">", ">"),
    (re.compile(r" {0,3}<!\[CDATA\["), r"\]\]>", "]]>"),
)
"""HTML that goes on over blank lines: how it begins, what ends it, and what to end it with."""
_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
_BLOCK_TAG = re.compile(rf" {{0,3}}</?(?:{_TAGS})(?=\s|/?>|$)", re.I)
_VALUE = r"""(?:[^\s"'=<>`]+|'[^']*'|"[^"]*")"""
_LONE_TAG = re.compile(
    rf" {{0,3}}(?:<[A-Za-z][\w-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*{_VALUE})?)*\s*/?>|</[A-Za-z][\w-]*\s*>)\s*$",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _Open:
    """A block whose lines are not Markdown."""

    ends: re.Pattern[str]
    closing: str
    """The line that ends it; empty when a blank line does."""
    within: int
    """How far its container's lines are indented."""
    by_line: bool = False
    """Whether the line that begins it may end it."""


class Lines:
    """Reads a text line by line."""

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._quote: Lines | None = None
        self._open: _Open | None = None
        self._items: list[int] = []
        self._paragraph = False

    @property
    def closing(self) -> str:
        """The line that ends what is open; empty when nothing is."""
        return self._open.closing if self._open is not None else ""

    @property
    def _indent(self) -> int:
        return self._items[-1] if self._items else 0

    def read(self, line: str) -> bool:
        """Whether the next line stands in code or raw HTML, fences themselves included."""
        line = line.expandtabs(4)
        blank = not line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if self._open is not None:
            if blank or indent >= self._open.within:
                if self._open.ends.search(line[self._open.within :]):
                    self._open = None
                return True
            self._open = None
        if blank:
            self._paragraph, self._quote = False, None
            return False
        self._leave_containers(line, indent)
        return self._begin(line)

    def _leave_containers(self, line: str, indent: int) -> None:
        """A line less indented ends a list item, one without a mark a quote, unless it is lazy: more of a paragraph."""
        outside = line.lstrip(" ") if indent < 4 else ""
        lazy = self._paragraph and not any(
            pattern.match(outside) for pattern in (_FENCE, _ITEM, _RULE, _QUOTE, _HEADING, _BLOCK_TAG, *_BEGINNINGS)
        )
        while self._items and indent < self._items[-1] and not lazy:
            self._items.pop()
            self._paragraph = False
        if self._quote is not None and not lazy and not _QUOTE.match(line[self._indent :]):
            self._paragraph, self._quote = False, None

    def _enter_items(self, line: str) -> str:
        """Begins the list items whose marks the line begins with, and gives it with blanks in their place."""
        while len(self._items) < _DEPTH:
            at = self._indent
            rest = self._inside(line)
            item = None if _RULE.match(rest) else _ITEM.match(rest)
            if item is None:
                break
            if self._paragraph and (not item[2] or item[1] not in (None, "1")):
                break  # these begin no list in the middle of a paragraph
            at += item.end() if 0 < len(item[2]) <= 4 else item.end() - len(item[2]) + 1
            self._items.append(at)
            self._paragraph = False
            line = " " * at + line[at:]
        return line

    def _inside(self, line: str) -> str:
        """The line without its container's indent; a lazy one has less of it."""
        return line.lstrip(" ") if self._outdented(line) else line[self._indent :]

    def _outdented(self, line: str) -> bool:
        return bool(line[: self._indent].strip(" "))

    def _begin(self, line: str) -> bool:
        line = self._enter_items(line)
        rest = self._inside(line)
        if (quote := _QUOTE.match(rest)) and self._depth < _DEPTH:
            self._quote = self._quote or Lines(self._depth + 1)
            self._quote.read(rest[quote.end() :])
            self._paragraph = self._quote._paragraph
            return False
        opened = self._opened(rest, self._indent)
        lazy = self._quote is not None or self._outdented(line)
        ends = _HEADING.match(rest) or _RULE.match(rest) or (not lazy and self._paragraph and _UNDERLINE.match(rest))
        code = rest.startswith("    ") and not self._paragraph
        self._paragraph = opened is None and not ends and not code and bool(rest.strip())
        if not self._paragraph:
            self._quote = None
        if opened is not None and not (opened.by_line and opened.ends.search(rest)):
            self._open = opened
        return opened is not None

    def _opened(self, rest: str, at: int) -> _Open | None:
        if fence := _FENCE.match(rest):
            mark = fence[1]
            return _Open(re.compile(rf"^ {{0,3}}{mark}{mark[0]}* *$"), " " * (at + fence.start(1)) + mark, at)
        for begins, ends, closing in _RAW:
            if raw := begins.match(rest):
                tag = raw[1].lower() if raw.groups() else ""
                return _Open(re.compile(ends, re.I), " " * at + closing.format(tag), at, by_line=True)
        if _BLOCK_TAG.match(rest) or (not self._paragraph and _LONE_TAG.match(rest)):
            return _Open(re.compile(r"^\s*$"), "", at)
        return None


_BEGINNINGS = tuple(begins for begins, _, _ in _RAW)
