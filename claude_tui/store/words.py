"""What can be read in a message, and what was typed to find it: both folded in the same way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from claude_tui.core.message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

WORDS = 32
WORD_LENGTH = 200
AROUND = 60
SNIPPET = 180

_NOT_FOR_READING = frozenset(
    {
        "encrypted_content",
        "encrypted_index",
        "data",
        "signature",
        "id",
        "tool_use_id",
        "type",
        "media_type",
        "cache_control",
    }
)
_SPACE = re.compile(r"\s+")
_BARE = 0x530
"""Letters below it (Latin, Greek, Cyrillic) are looked for without their accents."""


def searchable(content: tuple[ContentBlock, ...]) -> tuple[str, str, str]:
    """What can be found in a message: its text, its thinking, and what its tools said."""
    text: list[str] = []
    thinking: list[str] = []
    tool: list[str] = []
    joined = False
    for block in content:
        match block:
            case TextBlock():
                if text and not joined:
                    text.append("\n")
                text.append(block.text)
                for citation in block.citations:
                    tool += _strings({key: citation.get(key) for key in ("title", "url")})
            case ThinkingBlock():
                thinking.append(block.thinking)
            case ToolUseBlock():
                tool += [block.name, *_strings(block.input), block.partial_json]
            case ToolResultBlock():
                tool += _strings(block.content)
            case OpaqueBlock():
                tool += _strings(block.data)
            case _:
                pass
        joined = isinstance(block, TextBlock)
    return composed("".join(text)), composed("\n".join(thinking)), composed("\n".join(filter(None, tool)))


def _strings(value: Any) -> Iterator[str]:
    """The strings of a JSON value that a person could have read."""
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            named = cast("JsonObject", item)
            # A text that was attached stands under the name that others give to bytes.
            hidden = _NOT_FOR_READING - {"data"} if named.get("type") == "text" else _NOT_FOR_READING
            waiting += [named[key] for key in reversed(list(named)) if key not in hidden]
        elif isinstance(item, list):
            waiting += reversed(cast("list[Any]", item))


def composed(text: str) -> str:
    """With each accent in its letter: some systems write them apart."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def words_of(query: str) -> list[str]:
    """What to look for, folded, each once: at most 32 words of at most 200 characters."""
    sound = composed(query.encode("utf-8", "ignore").decode("utf-8").replace("\0", " "))
    return list(dict.fromkeys(fold(word[:WORD_LENGTH]) for word in sound.split()[:WORDS]))


def fold(text: str) -> str:
    """In small letters without accents, and as long as it was; each character by itself, so that parts stay parts."""
    if text.isascii():
        return text.lower()
    marked, bare = _tables()
    return marked.sub(lambda found: bare[found[0]], text.replace("İ", "i").lower())


@cache
def _tables() -> tuple[re.Pattern[str], dict[str, str]]:
    bare = {"ς": "σ"}
    for number in range(0xC0, 0x2000):
        letter = chr(number).lower()
        first, *marks = unicodedata.normalize("NFD", letter)
        if marks and len(letter) == 1 and ord(first) < _BARE and all(map(unicodedata.combining, marks)):
            bare[letter] = first
    return re.compile("[" + "".join(bare) + "]"), bare


def snippet_of(text: str, words: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One line around the first of the words, and where they are in it."""
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    first = pattern.search(fold(text))
    at = first.start() if first else 0
    start = max(0, at - AROUND)
    if start:
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else start
    cut = _SPACE.sub(" ", text[start : start + SNIPPET])
    line = ("…" if start else "") + cut.strip() + ("…" if start + SNIPPET < len(text) else "")
    return line, tuple((found.start(), found.end()) for found in pattern.finditer(fold(line)))
