"""A conversation as Markdown to be read, from the root to where the reader stands.

::

    # Title

    ## You

    The question, as it was typed.

    ## Claude

    The answer, joined where it was cut.[^1]

    [^1]: [A source](<https://example.org>)

Nothing of what was said is escaped. A line ``## You`` of the text itself, which would read as a new
section, becomes ``## You #``, the same heading to Markdown; one with closing marks gets one more. So a
section begins at a line that is exactly ``## You`` or ``## Claude``, outside of code and raw HTML, and
the text can be had back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from claude_tui.core.attached import IMAGES, Kept, kept_of
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import OpaqueBlock, TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.reply import Status
from claude_tui.core.text import clean, clean_line
from claude_tui.core.view import Exchange, Part, Source, exchanges, result_text
from claude_tui.exchange.carried import obj, text_of
from claude_tui.exchange.verbatim import Lines

YOU = "## You"
CLAUDE = "## Claude"
RESULT_LINES = 20
"""Lines of a tool's result; the whole is in the JSON export."""

_NOTHING = "*No reply came.*"
ENDINGS: Mapping[str, tuple[Status, str | None]] = {
    "*This reply was still being written.*": ("streaming", None),
    "*This reply failed.*": ("failed", None),
    _NOTHING: ("failed", None),
    "*This reply was interrupted.*": ("interrupted", None),
    "*This reply was cut off at its limit of tokens.*": ("complete", "max_tokens"),
    "*This reply was cut off: the context was full.*": ("complete", "model_context_window_exceeded"),
    "*Claude declined to go on.*": ("complete", "refusal"),
}
"""The last line of an answer that did not end by itself, and what it says: status and stop reason."""

_SECTION = re.compile(r"## (?:You|Claude)(?: #+)?[ \t]*")
_OWN_NOTE = re.compile(r"\[\^(\d{1,6})\]")
_MARK = re.compile(r"\\\[(\d+)\\\]")
_FENCE_AT_END = re.compile(r"(?:^|\n) *(?:`{3,}|~{3,}) *$")


def to_markdown(
    conversation: Conversation,
    *,
    thinking: bool = False,
    tools: bool = False,
    titles: bool = True,
    seams: bool = False,
    files: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The path to the head: ``thinking`` as quotes, ``tools`` as short quotes of call and result.

    ``titles=False`` leaves the first heading out; ``seams`` marks where a cut reply was continued;
    ``files`` says where attached ones are, by their hashes.
    """
    return "\n\n".join(_blocks(conversation, thinking, tools, titles, seams, files)) + "\n"


def _blocks(
    conversation: Conversation, thinking: bool, tools: bool, titles: bool, seams: bool, files: Mapping[str, str]
) -> Iterator[str]:
    title = clean_line(conversation.title)
    if titles and title:
        yield f"# {title}"
    path = conversation.path()
    notes = _Notes(path)
    for exchange in exchanges(path):
        if exchange.question is not None:
            yield YOU
            yield from _question(exchange.question, files)
        if exchange.nodes:
            yield CLAUDE
            notes.begin(exchange.sources)
            said = [text for part in exchange.parts for text in _part(part, notes, thinking, tools, seams)]
            yield from said
            if exchange.sources:
                yield "\n".join(notes.definition(source) for source in exchange.sources)
            if last := last_line(exchange, bool(said)):  # the last indeed, or a reader would take it for words of it
                yield last


def _question(node: Node, files: Mapping[str, str]) -> Iterator[str]:
    for block in node.content:
        match block:
            case TextBlock():
                yield from _body(block.text)
            case OpaqueBlock():
                kept = kept_of(block.data)
                yield _kept(kept, files) if kept is not None else _by_name(block)
                source = obj(block.data.get("source"))
                if source.get("type") == "text" and (text := clean(text_of(source.get("data"))).strip("\n")).strip():
                    yield _fenced(text)
            case _:
                pass


def _kept(kept: Kept, files: Mapping[str, str]) -> str:
    """A file that is kept beside the conversation."""
    place = files.get(kept.sha256)
    if place is None:
        return f"*{_code(kept.name)}*"
    name = re.sub(r"([\\`*_\[\]<>!])", r"\\\1", clean_line(kept.name) or "file")
    return f"{'!' if kept.media_type in IMAGES else ''}[{name}](<{place}>)"


def _by_name(block: OpaqueBlock) -> str:
    """An attachment, or what this version does not know."""
    title: Any = block.data.get("title")
    return f"*{_code(f'{block.type}: {title}' if isinstance(title, str) and title else block.type)}*"


def _part(part: Part, notes: _Notes, thinking: bool, tools: bool, seams: bool) -> Iterator[str]:
    match part.kind, part.block:
        case "text", _:
            yield from _body(_flowing(part, notes, seams))
        case "thinking", _:
            said = clean(part.said).strip("\n")
            if thinking and said.strip():
                yield _quote(f"*Thinking*\n\n{said}")
        case _, ToolUseBlock() as call:
            if tools:
                yield _quote(_call(call, part.result))
        case _, ToolResultBlock() as result:
            if tools:
                yield _quote(f"**{_code(result.type)}**\n\n{_result(result)}")
        case _, OpaqueBlock() as block:
            yield _by_name(block)
        case _:
            pass


def _flowing(part: Part, notes: _Notes, seams: bool) -> str:
    """The part's text with footnotes in the place of our source numbers, and its seams if they are wanted."""
    marks = {mark.offset for mark in part.seams} if seams else set[int]()
    written: list[str] = []
    at = 0
    for piece in part.flow.stretches:
        if at in marks:
            written.append("⟨continued⟩")
            marks.discard(at)
        text = piece.text.since(piece.start)
        at += len(text)
        if piece.added:
            # A fence's last line takes nothing after it.
            written.append("\n" if written and _FENCE_AT_END.search(written[-1]) else "")
            text = _MARK.sub(lambda mark: notes.label(int(mark[1])), text)
        written.append(text)
    if marks:  # what follows began anew and is a text of its own
        written.append("\n\n⟨asked again⟩")
    return "".join(written)


def _body(text: str) -> Iterator[str]:
    """A text of the conversation as it is, but unable to end its section early or late."""
    lines = Lines()
    written: list[str] = []
    for line in clean(text).lstrip("\n").rstrip().split("\n"):
        verbatim = lines.read(line)
        if not verbatim and _SECTION.fullmatch(line):
            line = line.rstrip()
            line += "#" if line.endswith("#") else " #"
        written.append(line)
    if lines.closing:
        written.append(lines.closing)
    if body := "\n".join(written):
        yield body


def _call(call: ToolUseBlock, result: ToolResultBlock | None) -> str:
    given = call.partial_json or (json.dumps(call.input, ensure_ascii=False, default=str) if call.input else "")
    line = f"**{_code(call.name)}**" + (f" {_code(given)}" if given else "")
    return f"{line}\n\n{_result(result)}" if result is not None else f"{line} *no result*"


def _result(result: ToolResultBlock) -> str:
    lines = clean(result_text(result)).strip("\n").split("\n")
    text = "\n".join(line if len(line) <= 500 else line[:499] + "…" for line in lines[:RESULT_LINES])
    failed = "*failed*\n\n" if result.is_error else ""
    if not text.strip():
        return failed + "*nothing*" if not failed else failed.rstrip()
    more = f"\n\n*{len(lines) - RESULT_LINES:,} more lines*" if len(lines) > RESULT_LINES else ""
    return f"{failed}{_fenced(text)}{more}"


def _fenced(text: str) -> str:
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}\n{text}\n{fence}"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _code(text: str) -> str:
    """One line in a code span."""
    line = clean_line(text) or "?"
    ticks = "`" * (_longest(line) + 1)
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _longest(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def last_line(exchange: Exchange, said: bool) -> str:
    """How an answer ended that did not end by itself; ``said`` whether anything of it is given out."""
    last = exchange.nodes[-1]
    if last.status == "failed" and not said:
        return _NOTHING
    status = "streaming" if last.status == "waiting" else last.status
    how = (status, None) if status != "complete" else (status, last.stop_reason)
    return next((line for line, ended in ENDINGS.items() if ended == how), "")


class _Notes:
    """The footnotes of the whole document: each answer counts its sources from one."""

    def __init__(self, path: Iterable[Node]) -> None:
        self._own = {
            int(number)
            for node in path
            for block in node.content
            if isinstance(block, TextBlock)
            for number in _OWN_NOTE.findall(block.text)
        }
        """Numbers that the conversation uses itself."""
        self._last = 0
        self._numbers: Mapping[int, int] = {}

    def begin(self, sources: Iterable[Source]) -> None:
        """The sources of the next answer."""
        self._numbers = {source.number: self._next() for source in sources}

    def _next(self) -> int:
        self._last += 1
        while self._last in self._own:
            self._last += 1
        return self._last

    def label(self, number: int) -> str:
        """The mark of one of this answer's sources."""
        return f"[^{self._numbers[number]}]"

    def definition(self, source: Source) -> str:
        """The note itself; only the web is linked."""
        title = re.sub(r"([\\`*_\[\]<>])", r"\\\1", clean_line(source.title))
        if re.match("https?://", source.url, re.IGNORECASE):
            url = re.sub(r"[\s<>\\]", lambda found: f"%{ord(found[0]):02X}", clean(source.url).strip())
            return f"{self.label(source.number)}: [{title}](<{url}>)"
        where = f" {_code(source.url)}" if source.url and source.url != source.title else ""
        return f"{self.label(source.number)}: {title}{where}"
