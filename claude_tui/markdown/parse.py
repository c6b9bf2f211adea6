"""Markdown to nodes, with markdown-it's block rules. Inline markdown is parsed when it is laid out.

The parser is loaded with the first parse, not with the package.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from ..core.text import clean
from .code import CodeText
from .nodes import Code, Env, Footnote, Formula, Item, ListNode, Node, Quote, Row, Rule, Sample, Table, Text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

DEEPEST = 96
"""Containers within containers that are parsed; what is deeper is shown as it was written."""

BRACKETS = 20
"""Brackets within brackets that are looked into for a link: as many looks does each of a row of them cost."""

SAMPLE_ROWS = 16
"""Rows of a table that decide the widths of its columns, so that later rows can stream."""

_FOOTNOTE = re.compile(r"\[\^([^\]\s]{1,60})\]:([ \t]*)")
_TASK = re.compile(r"\[([ xX])\](?:[ \t]|\n)(?=\S)")


@cache
def parser() -> "MarkdownIt":
    """The one markdown-it instance."""
    from markdown_it import MarkdownIt
    from markdown_it.parser_block import ParserBlock
    from markdown_it.parser_inline import ParserInline
    from markdown_it.rules_block import reference

    from .formulas import block_formula, inline_formula

    class DeepParser(ParserBlock):
        """Keeps what is nested too deep as text; markdown-it drops it without a word."""

        def tokenize(self, state: "StateBlock", startLine: int, endLine: int) -> None:
            if state.level < DEEPEST:
                super().tokenize(state, startLine, endLine)
                return
            line = startLine
            while line < endLine and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
                line += 1
            token = state.push("too_deep", "", 0)
            token.content = state.getLines(startLine, line, state.blkIndent, False)
            token.map = [startLine, line]
            state.line = line

    class InlineParser(ParserInline):
        """Has a limit of its own for what is within what."""

        def skipToken(self, state: "StateInline") -> None:
            if state.level >= BRACKETS:
                state.cache.setdefault(state.pos, state.posMax)
            super().skipToken(state)

    def definition(state: "StateBlock", startLine: int, endLine: int, silent: bool) -> bool:
        """A link definition; never of a footnote's label, which would vanish."""
        begin = state.bMarks[startLine] + state.tShift[startLine]
        if state.src.startswith("[^", begin):
            return False
        return reference(state, startLine, endLine, silent)

    options: Any = {"html": False, "maxNesting": DEEPEST + 24}
    markdown = MarkdownIt("commonmark", options)
    markdown.enable(["table", "strikethrough"])
    block = DeepParser()
    block.ruler.enableOnly(markdown.block.ruler.get_active_rules())
    block.ruler.at("reference", definition)
    anywhere: Any = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    block.ruler.before("reference", "footnote", _footnote, anywhere)
    block.ruler.before("fence", "formula", block_formula, anywhere)
    markdown.block = block
    inline = InlineParser()
    inline.ruler.enableOnly(markdown.inline.ruler.get_active_rules())
    inline.ruler2.enableOnly(markdown.inline.ruler2.get_active_rules())
    markdown.inline = inline
    markdown.inline.ruler.before("escape", "formula", inline_formula)
    # Targets are kept as they were written: the reader is shown what would be opened.
    untouched: Callable[[str], str] = str
    markdown.normalizeLink = untouched  # type: ignore[method-assign]
    markdown.normalizeLinkText = untouched  # type: ignore[method-assign]
    return markdown


def _footnote(state: "StateBlock", startLine: int, endLine: int, silent: bool) -> bool:
    """`[^label]: ` and what is indented by four under it. It stays where it was written: put at the end, as
    the parser's own plugin does, it would move with every line that follows."""
    if state.is_code_block(startLine):
        return False
    begin = state.bMarks[startLine] + state.tShift[startLine]
    found = _FOOTNOTE.match(state.src, begin, state.eMarks[startLine])
    if found is None:
        return False
    if silent:
        return True
    opening = state.push("footnote_open", "", 1)
    opening.info = found[1]
    before = state.bMarks[startLine], state.tShift[startLine], state.sCount[startLine], state.parentType
    state.blkIndent += 4
    # The first line is as if it were indented too, and by what stands there beyond one blank.
    beyond = len(found[2]) - 1 if found[2] in ("  ", "   ", "    ") else 0
    state.bMarks[startLine], state.tShift[startLine] = found.end(), 0
    state.sCount[startLine] = state.blkIndent + beyond
    state.parentType = "footnote"
    state.md.block.tokenize(state, startLine, endLine)
    state.blkIndent -= 4
    state.bMarks[startLine], state.tShift[startLine], state.sCount[startLine], state.parentType = before
    state.push("footnote_close", "", -1)
    opening.map = [startLine, max(state.line, startLine + 1)]
    state.line = opening.map[1]
    return True


def clean_for_parser(source: str) -> str:
    """The source with every line ending and every offset where our own count has them."""
    if "\r" in source or "\0" in source:
        return source.replace("\r", " ").replace("\0", "\ufffd")
    return source


def parse(source: str, env: Env) -> list[Node]:
    """The top-level nodes of a source. Never raises; what the parser cannot do is shown as it is."""
    markdown = parser()
    tokens: list[Token] = []
    try:
        if source:
            markdown.block.parse(source, markdown, cast("dict[str, Any]", env), tokens)
        return _Builder(source, tokens, env).build()
    except Exception:  # a parser's bug, or recursion on hostile text, must not cost the reader the text
        return [Text(0, source.count("\n") + 1, source, env, raw=True)]


class _Builder:
    """Tokens to nodes."""

    def __init__(self, source: str, tokens: "list[Token]", env: Env) -> None:
        self.lines = source.split("\n")
        self.tokens = tokens
        self.env = env
        self.at = 0

    def build(self) -> list[Node]:
        return self._children("")

    def _children(self, closing: str) -> list[Node]:
        """Nodes up to the token that closes them."""
        found: list[Node] = []
        tokens = self.tokens
        while self.at < len(tokens):
            token = tokens[self.at]
            self.at += 1
            if token.type == closing:
                break
            node = self._node(token)
            if node is not None:
                found.append(node)
        return found

    def _node(self, token: "Token") -> Node | None:
        first, last = token.map or (0, 0)
        match token.type:
            case "paragraph_open" | "heading_open":
                inline = self.tokens[self.at]
                self.at += 2
                level = int(token.tag[1]) if token.type == "heading_open" else 0
                return Text(first, last, inline.content, self.env, level)
            case "fence":
                info = clean(token.info)
                words = info.split()
                language = words[0].strip("{}.").lower() if words else ""
                return self._code(token, language, info)
            case "code_block":
                return self._code(token, "", "")
            case "hr":
                return Rule(first, last)
            case "too_deep":
                return Text(first, last, token.content, self.env, raw=True)
            case "formula_block":
                return Formula(first, last, token.content, token.markup)
            case "formula_open":
                return Text(first, last, token.content, self.env, raw=True)
            case "blockquote_open":
                children = self._children("blockquote_close")
                for before, child in pairwise(children):
                    child.gap = child.first > before.last or not isinstance(before, Footnote)
                return Quote(first, _end(children, first), children)
            case "footnote_open":
                children = self._children("footnote_close")
                _mark_gaps(children)
                return Footnote(first, _end(children, first), children, token.info)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token, first)
            case "table_open":
                return self._table(first, last)
            case _:
                if token.content:  # nothing is enabled that would come here; if it does, it is shown
                    return Text(first, last, token.content, self.env, raw=True)
                return None

    def _code(self, token: "Token", language: str, info: str) -> Code:
        first, last = token.map or (0, 0)
        while last - 1 > first and not self.lines[last - 1].strip() and token.type == "code_block":
            last -= 1
        return Code(first, last, token.content, language, token.markup, info, CodeText())

    def _list(self, token: "Token", first: int) -> ListNode:
        ordered = token.type == "ordered_list_open"
        closing = "ordered_list_close" if ordered else "bullet_list_close"
        items: list[Node] = []
        pad = 0
        while self.tokens[self.at].type != closing:
            opening = self.tokens[self.at]
            self.at += 1
            start = (opening.map or (first, first))[0]
            number = opening.info + opening.markup if ordered else ""
            pad = max(pad, len(number))
            children = self._children("list_item_close")
            item = Item(start, _end(children, start), children, number)
            _mark_gaps(children)
            if children and isinstance(children[0], Text):
                _take_task(item, children[0])
            if items:
                item.gap = item.first > items[-1].last
            items.append(item)
        self.at += 1
        return ListNode(first, _end(items, first), items, ordered, pad)

    def _table(self, first: int, last: int) -> Table:
        rows: list[Row] = []
        aligns: list[str] = []
        cells: list[str] = []
        line = first
        while (token := self.tokens[self.at]).type != "table_close":
            self.at += 1
            if token.type == "tr_open":
                cells = []
                line = (token.map or (first, first))[0]
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_close":
                rows.append(Row(line, tuple(cells), self.env))
        self.at += 1
        head, body = rows[0], rows[1:]
        sample = Sample((head, *body[:SAMPLE_ROWS]))
        return Table(first, last, head, body, tuple(aligns), sample)


def _end(children: list[Node], first: int) -> int:
    return children[-1].last if children else first + 1


def _mark_gaps(children: list[Node]) -> None:
    """Inside an item a blank line is shown where one was written, and around code and tables.

    A local rule on purpose: "loose" as CommonMark has it changes the whole list with its last item.
    """
    for before, node in pairwise(children):
        apart = isinstance(node, Code | Table) or isinstance(before, Code | Table)
        node.gap = apart or node.first > before.last


def _take_task(item: Item, text: Text) -> None:
    """`[x] ` at the beginning of an item is its check box."""
    found = None if text.level or text.raw else _TASK.match(text.content)
    if found:
        item.task = "open" if found[1] == " " else "done"
        text.content = text.content[found.end() :]
