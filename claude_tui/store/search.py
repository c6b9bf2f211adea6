"""Finding words again, whatever is typed.

Words go through the FTS5 index, each in quotes. What the index cannot find (a part of a word, Chinese,
Japanese and Korean, signs) is looked for in the text itself, the newest messages first, for a limited time.
"""

from __future__ import annotations

import re
import sqlite3
import time
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

from claude_tui.core.conversation import Node
from claude_tui.core.events import sound
from claude_tui.core.message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

from .faults import passing
from .rows import NODE_COLUMNS, content_from_text, dumps, node_from_row
from .values import Hit

WORDS = 32
WORD_LENGTH = 200
SCAN_SECONDS = 0.6
SCAN_ROWS = 256
GIVE_WAY_SECONDS = 0.0002
AROUND = 60
SNIPPET = 180

# Written without spaces, so that the tokenizer takes a whole sentence for one word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\uff00-\uffef\U0001b000-\U0001b2ff\U00020000-\U0003ffff]"
)
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
    return "".join(text), "\n".join(thinking), "\n".join(filter(None, tool))


def _strings(value: Any) -> Iterator[str]:
    """The strings of a JSON value that a person could have read."""
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            named = cast("JsonObject", item)
            waiting += [named[key] for key in reversed(list(named)) if key not in _NOT_FOR_READING]
        elif isinstance(item, list):
            waiting += reversed(cast("list[Any]", item))


def index_node(connection: sqlite3.Connection, node: Node) -> None:
    """Make the node's words findable, inside a transaction. A damaged index never keeps a message from being saved."""
    columns = tuple(sound(column) for column in searchable(node.content))
    if not any(columns):
        connection.execute("UPDATE node SET search_id = NULL WHERE id = ?", (node.id,))
        return
    connection.execute("SAVEPOINT searching")
    try:
        # Numbers are never given twice, or a new message would be found by the words of an old one.
        (number,) = connection.execute(
            """INSERT INTO meta VALUES ('search_id', '1')
                ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING CAST(value AS INTEGER)"""
        ).fetchone()
        connection.execute("INSERT INTO search (rowid, text, thinking, tool) VALUES (?, ?, ?, ?)", (number, *columns))
        connection.execute("UPDATE node SET search_id = ? WHERE id = ?", (number, node.id))
        # FTS5 writes at a savepoint or at the commit, where it would take the message down with it.
        connection.execute("SAVEPOINT written")
        connection.execute("RELEASE written")
    except sqlite3.DatabaseError as error:
        if passing(error):
            raise
        connection.execute("ROLLBACK TO searching")
        connection.execute("INSERT INTO meta VALUES ('search_broken', '1') ON CONFLICT DO NOTHING")
    connection.execute("RELEASE searching")


def is_broken(connection: sqlite3.Connection) -> bool:
    """Whether the index refused something: until it is made again the text itself is looked through."""
    return connection.execute("SELECT 1 FROM meta WHERE key = 'search_broken'").fetchone() is not None


def begin_again(connection: sqlite3.Connection) -> int:
    """Empty the index; the last node there is to put into it."""
    connection.execute("INSERT INTO search (search) VALUES ('delete-all')")
    connection.execute("UPDATE node SET search_id = NULL")
    connection.execute("DELETE FROM meta WHERE key = 'search_broken'")
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM node").fetchone()
    return last


def index_range(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Put the nodes of some keys into the index."""
    rows = connection.execute(
        f"""SELECT {NODE_COLUMNS} FROM node
            WHERE seq BETWEEN ? AND ? AND search_id IS NULL AND status <> 'streaming' ORDER BY seq""",
        (first, last),
    ).fetchall()
    for row in rows:
        index_node(connection, node_from_row(row))


def words_of(query: str) -> list[str]:
    """What to look for: at most 32 words of at most 200 characters, without what no text can hold."""
    sound = query.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
    return [word[:WORD_LENGTH] for word in sound.split()[:WORDS]]


def match_expression(words: list[str]) -> str | None:
    """The words for FTS5's MATCH, the last one unfinished; None if it would miss some of them."""
    if not words or any(_UNSPACED.search(word) or not any(map(str.isalnum, word)) for word in words):
        return None
    return " ".join('"' + word.replace('"', '""') + '"' for word in words) + "*"


def search(connection: sqlite3.Connection, query: str, limit: int = 50) -> list[Hit]:
    """Titles, then messages, the newest first. Never raises on a query."""
    words = words_of(query)
    if not words or limit <= 0:
        return []
    hits = _in_titles(connection, words, limit)
    found: set[int] = set()
    expression = match_expression(words)
    if expression is not None and len(hits) < limit:
        for seq, hit in _indexed(connection, expression, words, limit - len(hits)):
            found.add(seq)
            hits.append(hit)
    if len(hits) < limit:
        hits += _scanned(connection, words, limit - len(hits), found)
    return hits


_HIT_COLUMNS = "n.seq, n.conversation_id, n.id, c.title, c.updated_at, n.content"


def _in_titles(connection: sqlite3.Connection, words: list[str], limit: int) -> list[Hit]:
    wanted = [fold(word) for word in words]
    rows = connection.execute(
        "SELECT id, title, updated_at FROM conversation WHERE trashed_at IS NULL AND title <> '' ORDER BY used DESC"
    ).fetchall()
    hits: list[Hit] = []
    for conversation_id, title, updated_at in rows:
        folded = fold(title)
        if all(word in folded for word in wanted):
            snippet, spans = snippet_of(title, words)
            hits.append(Hit(conversation_id, "", title, updated_at, "title", snippet, spans))
            if len(hits) >= limit:
                break
    return hits


def _indexed(
    connection: sqlite3.Connection, expression: str, words: list[str], limit: int
) -> Iterator[tuple[int, Hit]]:
    try:
        rows = connection.execute(
            f"""SELECT {_HIT_COLUMNS} FROM search AS s
                JOIN node AS n ON n.search_id = s.rowid JOIN conversation AS c ON c.id = n.conversation_id
                WHERE search MATCH ? AND c.trashed_at IS NULL ORDER BY s.rowid DESC LIMIT ?""",
            (expression, limit),
        ).fetchall()
    except sqlite3.DatabaseError:  # a damaged index, an interruption: the scan tells
        return
    for row in rows:
        _give_way()
        yield row[0], _hit(row, words)


def _scanned(connection: sqlite3.Connection, words: list[str], limit: int, found: set[int]) -> list[Hit]:
    """Parts of words, in short reads, so that no snapshot is held for long."""
    patterns = ["%" + _escape(dumps(word)[1:-1]) + "%" for word in words]
    clause = " AND ".join(["n.content LIKE ? ESCAPE '\\'"] * len(patterns))
    wanted = [fold(word) for word in words]
    end = time.monotonic() + SCAN_SECONDS
    hits: list[Hit] = []
    (upper,) = connection.execute("SELECT coalesce(max(seq), 0) FROM node").fetchone()
    while upper > 0 and len(hits) < limit and time.monotonic() < end:
        lower = upper - SCAN_ROWS
        rows = connection.execute(
            f"""SELECT {_HIT_COLUMNS} FROM node AS n JOIN conversation AS c ON c.id = n.conversation_id
                WHERE n.seq > ? AND n.seq <= ? AND c.trashed_at IS NULL AND {clause} ORDER BY n.seq DESC""",
            (lower, upper, *patterns),
        ).fetchall()
        for row in rows:
            if row[0] in found or len(hits) >= limit:
                continue
            _give_way()
            folded = fold("\n".join(searchable(content_from_text(row[5]))))
            if all(word in folded for word in wanted):  # not only in a signature, or in a name of JSON's
                hits.append(_hit(row, words))
        upper = lower
    return hits


def _give_way() -> None:
    """Let go of the interpreter between two messages: a frame on its way to the disk would wait 5 ms for it, thrice."""
    time.sleep(GIVE_WAY_SECONDS)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _hit(row: Any, words: list[str]) -> Hit:
    columns = searchable(content_from_text(row[5]))
    kinds: tuple[Literal["text", "thinking", "tool"], ...] = ("text", "thinking", "tool")
    wanted = [fold(word) for word in words]
    counts = [sum(word in folded for word in wanted) for folded in map(fold, columns)]
    best = counts.index(max(counts))
    snippet, spans = snippet_of(columns[best], words)
    return Hit(row[1], row[2], row[3], row[4], kinds[best], snippet, spans)


def snippet_of(text: str, words: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One line around the first of the words, and where they are in it."""
    pattern = re.compile("|".join(re.escape(fold(word)) for word in sorted(words, key=len, reverse=True)))
    first = pattern.search(fold(text))
    at = first.start() if first else 0
    start = max(0, at - AROUND)
    if start:
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else start
    cut = _SPACE.sub(" ", text[start : start + SNIPPET])
    line = ("…" if start else "") + cut.strip() + ("…" if start + SNIPPET < len(text) else "")
    return line, tuple((found.start(), found.end()) for found in pattern.finditer(fold(line)))


def fold(text: str) -> str:
    """The text as the index sees it: small letters without accents, and as long as it was."""
    if text.isascii():
        return text.lower()
    return text.translate({ord(c): unicodedata.normalize("NFD", c)[0] for c in set(text) if c > "\x7f"}).lower()
