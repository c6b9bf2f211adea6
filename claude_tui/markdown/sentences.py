"""Where long text may be cut so that each side means by itself what it means in the whole."""

import re
from functools import lru_cache

from .inline import inline
from .model import Span
from .nodes import Env

SECTION = 1_024
"""Long paragraphs are parsed in sections of this size, so that only the last is parsed again as it grows."""

TRIES = 12

_SENTENCE = re.compile(r"[.!?…:;,][)\"'”’\]*_`]*(?:\n| +(?=[^ \n]))|[。！？](?=[^\n])")
_SPACE = re.compile(r"\n| +(?=[^ \n])")
_LEFTOVER = re.compile(r"[`\[\]<]|~~|\*(?=\S)|(?<=\S)\*|(?<!\w)_|_(?!\w)")
_VERBATIM = {"md.code", "md.math"}
"""Signs that stay in the text when their partner is missing."""


def sections(content: str, env: Env, base: str) -> tuple[Span, ...]:
    """The spans of a paragraph of any length."""
    if len(content) <= 2 * SECTION:
        return inline(content, env, base)
    spans: list[Span] = []
    begin = 0
    while len(content) - begin > 2 * SECTION:
        end = cut_before(content, begin, begin + SECTION)
        if end is None:
            break
        text = content[begin:end]
        spans += inline(text.rstrip(" \n"), env, base)
        if spans and text[-1:] in " \n":
            last = spans[-1]
            spans[-1] = Span(last.text + " ", last.style, last.link)
        begin = end
    spans += inline(content[begin:], env, base)
    return tuple(spans)


def cut_before(content: str, begin: int, limit: int) -> int | None:
    """The last place up to `limit` where nothing is open, at the end of a clause or else at a space."""
    least = begin + (limit - begin) // 4
    for pattern in (_SENTENCE, _SPACE):
        found = [match.end() for match in pattern.finditer(content, least, limit)]
        for end in reversed(found[-TRIES:]):
            if not _ends_hard(content, end) and _balanced(content[begin:end].rstrip(" \n")):
                return end
    return None


def space_before(content: str, begin: int, limit: int) -> int | None:
    """The last space up to `limit`, whatever is open there."""
    found = [match.end() for match in _SPACE.finditer(content, begin + (limit - begin) // 4, limit)]
    return found[-1] if found else None


def _ends_hard(content: str, end: int) -> bool:
    """Whether a hard break is there, which would be lost."""
    return content[end - 1] == "\n" and content[max(0, end - 3) : end - 1].endswith(("  ", "\\"))


@lru_cache(maxsize=64)
def _balanced(text: str) -> bool:
    """Whether nothing was left open: every sign that could open something found its partner."""
    from .formulas import is_open  # loaded with the first parse

    if is_open(text):
        return False
    return not any(_LEFTOVER.search(span.text) for span in inline(text, {}) if not _VERBATIM & {*span.style.split()})
