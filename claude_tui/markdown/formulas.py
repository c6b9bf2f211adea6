r"""Where a formula is, in markdown: `$…$`, `\(…\)`, and on lines of their own `$$…$$` and `\[…\]`.

A dollar is a price far more often than mathematics, and `\(` may be an escaped bracket; so what stands between
must look like a formula. Every rule here decides by what is before it and in it, never by what comes later in the
document, so that a stream and a whole parse decide alike.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST_INLINE = 400
LONGEST_BLOCK = 4_000
MOST_LINES = 64

CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}

_GROUP = re.compile(r"\\(?:text[a-z]*|math[a-z]+|operatorname\*?|mbox|label|tag\*?|begin|end)\s*\{[^{}]*(?:\}|$)")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_PROSE = re.compile(
    r"[^\W\d_]{3,}[,;:.!?)]* +\(?[^\W\d_]{2,}|(?<![^\W\d_])[^\W\d_]{2}[,;:.!?)]* +\(?[^\W\d_]{3,}"
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af€£¥₹₽₩¢`]"
)
"""Two words one after the other, other people's writing, other people's money, and code."""
_PRICE = re.compile(r"\s*[-−+]?[.,]?\d.*?\s[^\W\d_]{2}", re.DOTALL)
"""A number and, later, a word."""
_AMOUNTS = re.compile(r"\d[\d.,%/−–—kKmMbBn-]*\s[\d\s.,;:%/−–—kKmMbBn-]*")
"""Numbers with a blank between: several prices. One number alone is a number."""
_SIGN = re.compile(r"\\[A-Za-z]|[\^_=<>≤≥≠≈∈⊂∪∩×·→√∑∏∫]")
_VARIABLE = re.compile(r"[A-Za-z]{2,}_[A-Za-z]{2,}|__")
_WORD = re.compile(r"[^\W\d_]{2,}")


def is_no_formula(body: str, *, price: bool = False) -> bool:
    """Whether a beginning can be no formula's, whatever follows. ``price`` when it stands behind one dollar."""
    bare = _COMMAND.sub(" · ", _GROUP.sub(" · ", body))
    return _PROSE.search(bare) is not None or (price and _PRICE.match(bare) is not None)


def is_formula(body: str, mark: str) -> bool:
    """Whether what stands between two signs looks like a formula."""
    price = mark == "$"
    if not body.strip() or is_no_formula(body, price=price) or not _is_balanced(body, price):
        return False
    bare = _COMMAND.sub(" · ", _GROUP.sub(" · ", body))
    if _SIGN.search(body):
        return _VARIABLE.search(bare) is None
    if not any(map(str.isalnum, body)) or (price and _AMOUNTS.fullmatch(body)):
        return False
    if mark == "\\[" or (mark == "\\(" and body.strip().isdigit()):
        return False  # a source's number, an item's, a box that was ticked: brackets that were escaped
    words = _WORD.findall(bare)
    return not words or (max(map(len, words)) <= 3 and not any(map(str.isspace, body.strip())))


def _is_balanced(body: str, price: bool) -> bool:
    """Whether every brace is closed; and every bracket too, where a price might be meant."""
    pairs = ("{}", "()") if price and body[:1].isdigit() else ("{}",)
    return all(body.count(opening) == body.count(closing) for opening, closing in pairs)


def is_open(text: str) -> bool:
    """Whether a formula may have begun near the end of a text, and not have ended yet."""
    found = _OPEN.search(text[-LONGEST_INLINE - 2 :])
    return found is not None and not is_no_formula(found["body"], price=found["mark"] == "$")


_OPEN = re.compile(r"(?<![\w$\\])(?P<mark>\$\$?(?=[^\s$])|\\[(\[])(?P<body>(?:(?!\\[)\]])[^$\n])*)\Z")


def inline_formula(state: "StateInline", silent: bool) -> bool:
    """A formula within a line."""
    source, begin = state.src, state.pos
    if source[begin] == "$":
        mark = "$$" if source.startswith("$$", begin) else "$"
        before = source[begin - 1] if begin else " "
        if before in "$\\" or before.isalnum():
            return False
    elif source[begin : begin + 2] in CLOSING:
        mark = source[begin : begin + 2]
    else:
        return False
    inside = begin + len(mark)
    end = source.find(CLOSING[mark], inside, min(state.posMax, inside + LONGEST_INLINE))
    if end < 0:
        return False
    body = source[inside:end]
    after = source[end + len(mark) : end + len(mark) + 1]
    if "\n" in body or (mark[0] == "$" and (body.endswith("\\") or after.isalnum() or after in ("$", "{", "_"))):
        return False
    if mark == "$" and (body[:1].isspace() or body[-1:].isspace()):
        return False
    if not is_formula(body, mark):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.info = body, source[begin : end + len(mark)]
    state.pos = end + len(mark)
    return True


def block_formula(state: "StateBlock", startLine: int, endLine: int, silent: bool) -> bool:
    """A formula on lines of its own, up to its closing sign or, as a formula still being written, a blank line."""
    if state.is_code_block(startLine):
        return False
    begin = state.bMarks[startLine] + state.tShift[startLine]
    mark = state.src[begin : begin + 2]
    if mark not in ("$$", "\\["):
        return False
    closing = CLOSING[mark]
    first = state.src[begin + 2 : state.eMarks[startLine]].rstrip()
    if len(first) > LONGEST_BLOCK:
        return False
    if closing in first:
        body, _, rest = first.partition(closing)
        if not _is_point(rest) or not is_formula(body, mark):
            return False
        last, closed = startLine + 1, True
    else:
        signed = not first.strip() or _SIGN.search(first) or (mark == "$$" and not _WORD.search(first))
        if not signed or is_no_formula(first):
            return False
        last, closed = _close(state, startLine, endLine, closing, len(first))
    if silent:
        return True
    token = state.push("formula_block" if closed else "formula_open", "", 0)
    token.content = state.getLines(startLine, last, state.blkIndent, False).strip("\n")
    token.markup = mark
    token.map = [startLine, last]
    state.line = last
    return True


def _close(state: "StateBlock", startLine: int, endLine: int, closing: str, size: int) -> tuple[int, bool]:
    """The line after the one that closes a formula; or after the last that may be its own, not closed."""
    line = startLine + 1
    while line < min(endLine, startLine + MOST_LINES) and not state.isEmpty(line):
        if state.sCount[line] < state.blkIndent:
            break
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        size += len(text)
        if size > LONGEST_BLOCK:
            break
        if closing in text:
            return line + 1, _is_point(text.partition(closing)[2])
        line += 1
    return line, False


def _is_point(rest: str) -> bool:
    """Whether nothing but a full stop or its like follows."""
    return rest.strip() in ("", ".", ",", ";", ":", "!", "?")


def body_of(source: str, mark: str) -> tuple[str, str]:
    """What stands between the signs of a block, and the point behind them."""
    inside, _, rest = source.strip()[len(mark) :].partition(CLOSING[mark])
    return inside.strip(), rest.strip()
