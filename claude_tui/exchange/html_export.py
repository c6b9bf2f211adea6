"""A conversation as one HTML file to be read, passed on and printed: no scripts, nothing loaded, all escaped.

It stands for itself: the style is in it, and a policy that lets a browser do nothing but show it, should
anything in it ever pass for markup.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType

from claude_tui.core.attached import IMAGES, Kept, kept_of
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import ContentBlock, JsonObject, OpaqueBlock, TextBlock, ToolResultBlock, ToolUseBlock
from claude_tui.core.text import clean, clean_line
from claude_tui.core.view import Exchange, Part, Source, exchanges, result_text
from claude_tui.exchange.carried import obj, text_of
from claude_tui.exchange.html_style import sheet
from claude_tui.exchange.markdown_export import last_line
from claude_tui.markdown.html import code_html, to_html, web_link
from claude_tui.theme_values import ThemeSpec

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_MARK = re.compile(r"\\\[(\d+)\\\]")
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
"""Round a source's number, on its way through the parser."""
_NUMBER = re.compile(f"{_OPEN}(\\d{{1,9}}){_CLOSE}")
_RESULT = 100_000
"""Characters of a tool's result; the whole is in the JSON export."""


def to_page(
    conversation: Conversation,
    theme: ThemeSpec,
    other: ThemeSpec | None = None,
    *,
    thinking: bool = True,
    tools: bool = True,
    files: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The path to the head; thinking and tools are folded, or left out. ``files``: where attached ones are, by hash."""
    title = escape(clean_line(conversation.title) or "Conversation")
    body = "".join(_Page(conversation, thinking, tools, files).pieces())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="{"dark light" if theme.dark else "light dark"}">\n'
        f"<title>{title}</title>\n<style>\n{sheet(theme, other)}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )


class _Page:
    def __init__(self, conversation: Conversation, thinking: bool, tools: bool, files: Mapping[str, str]) -> None:
        self._files = files
        self._path = conversation.path()
        self._thinking = thinking
        self._tools = tools
        self._first = 0
        """Sources of the answers before this one."""

    def pieces(self) -> Iterator[str]:
        if about := _about(self._path):
            yield f'<p class="meta">{about}</p>\n'
        for exchange in exchanges(self._path):
            if exchange.question is not None:
                yield '<section class="you">\n<h2>You</h2>\n'
                for block in exchange.question.content:
                    yield _asked(block, self._files)
                yield "</section>\n"
            if exchange.nodes:
                yield '<section class="claude">\n<h2>Claude</h2>\n'
                yield from self._answer(exchange)
                yield "</section>\n"

    def _answer(self, exchange: Exchange) -> Iterator[str]:
        count = len(exchange.sources)
        said = "".join(self._part(part, count) for part in exchange.parts)
        yield said
        if line := last_line(exchange, bool(said)):
            yield f'<p class="note">{escape(line.strip("*"))}</p>\n'
        if exchange.sources:
            listed = "".join(self._listed(source) for source in exchange.sources)
            yield f'<ol class="sources">\n{listed}</ol>\n'
        self._first += count

    def _part(self, part: Part, count: int) -> str:
        match part.kind, part.block:
            case "text", _:
                return self._text(part, count)
            case "thinking", _:
                said = part.said.strip("\n")
                if not self._thinking or not said.strip():
                    return ""
                return f'<details class="thinking"><summary>Thought</summary><div>{to_html(said)}</div></details>\n'
            case _, ToolUseBlock() as call:
                return _call(call, part.result) if self._tools else ""
            case _, ToolResultBlock() as result:
                return _folded(result.type, "", _result(result)) if self._tools else ""
            case _, OpaqueBlock() as block:
                return _named(block)
            case _:
                return ""

    def _text(self, part: Part, count: int) -> str:
        written: list[str] = []
        for piece in part.flow.stretches:
            text = piece.text.since(piece.start)
            text = text.replace(_OPEN, "").replace(_CLOSE, "")
            written.append(_MARK.sub(rf"{_OPEN}\1{_CLOSE}", text) if piece.added else text)
        return _NUMBER.sub(lambda found: self._mark(int(found[1]), count), to_html("".join(written)))

    def _mark(self, number: int, count: int) -> str:
        return f'<sup><a href="#s{self._first + number}">{number}</a></sup>' if 0 < number <= count else ""

    def _listed(self, source: Source) -> str:
        title = escape(clean_line(source.title) or "source")
        url = web_link(source.url)
        link = f'<a href="{url}" rel="noopener noreferrer nofollow">{title}</a>' if url else title
        where = "" if url or not source.url or source.url == source.title else f" <code>{_line(source.url)}</code>"
        return f'<li id="s{self._first + source.number}">{link}{where}</li>\n'


def _about(path: tuple[Node, ...]) -> str:
    models = dict.fromkeys(clean_line(node.model, 60) for node in path if node.model)
    began = next((node.created_at for node in path if node.created_at), 0)
    try:
        day = time.strftime("%Y-%m-%d", time.localtime(began / 1000)) if began else ""
    except (OverflowError, ValueError, OSError):
        day = ""
    return escape(" · ".join(filter(None, [day, *models])))


def _asked(block: ContentBlock, files: Mapping[str, str]) -> str:
    match block:
        case TextBlock():
            return to_html(block.text)
        case OpaqueBlock():
            kept = kept_of(block.data)
            return _kept(kept, files) if kept is not None else _attached(block.data) or _named(block)
        case _:
            return ""


def _kept(kept: Kept, files: Mapping[str, str]) -> str:
    """A file that is kept beside the conversation."""
    name, place = _line(kept.name), files.get(kept.sha256)
    if place is None:
        return f'<p class="note">{name}</p>\n'
    if kept.media_type in IMAGES:
        return f'<p><img alt="{name}" src="{place}"></p>\n'
    return f'<p><a download="{name}" href="{place}">{name}</a></p>\n'


def _attached(data: JsonObject) -> str:
    """An image that is in the conversation itself, or a text that was attached; else nothing."""
    source = obj(data.get("source"))
    media, content = text_of(source.get("media_type")), text_of(source.get("data"))
    if data.get("type") == "image" and source.get("type") == "base64" and media in IMAGES:
        return f'<p><img alt="image" src="data:{media};base64,{content}"></p>\n' if _BASE64.fullmatch(content) else ""
    if data.get("type") == "document" and source.get("type") == "text" and content:
        return _folded(text_of(data.get("title")) or "document", "", f"<pre>{escape(clean(content))}</pre>")
    return ""


def _named(block: OpaqueBlock) -> str:
    """An attachment that cannot be shown, or what this version does not know."""
    title = text_of(block.data.get("title"))
    return f'<p class="note">{_line(f"{block.type}: {title}" if title else block.type)}</p>\n'


def _call(call: ToolUseBlock, result: ToolResultBlock | None) -> str:
    given = call.partial_json or (
        json.dumps(call.input, ensure_ascii=False, default=str, indent=2) if call.input else ""
    )
    body = f"<pre><code>{code_html('json', clean(given))}</code></pre>" if given else ""
    shown = _result(result) if result is not None else '<p class="note">no result</p>'
    one_line = clean_line(" ".join(given.split()), 100)
    return _folded(call.name, one_line, body + shown)


def _result(result: ToolResultBlock) -> str:
    text = clean(result_text(result)).strip("\n")
    failed = '<p class="failed">failed</p>' if result.is_error else ""
    if not text.strip():
        return failed or '<p class="note">nothing</p>'
    more = f'<p class="note">{len(text) - _RESULT:,} more characters</p>' if len(text) > _RESULT else ""
    return f"{failed}<pre>{escape(text[:_RESULT])}</pre>{more}"


def _folded(name: str, said: str, body: str) -> str:
    summary = f"{_line(name)} <code>{escape(said)}</code>" if said else _line(name)
    return f'<details class="tool"><summary>{summary}</summary><div>{body}</div></details>\n'


def _line(text: str) -> str:
    return escape(clean_line(text) or "?")
