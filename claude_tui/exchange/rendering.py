"""A conversation in the format asked for, ready to be written, with the secrets in it masked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from claude_tui.core.attached import ReadFile
from claude_tui.core.conversation import Conversation, Marks, Node
from claude_tui.core.message import block_from_wire, block_to_wire
from claude_tui.core.pasted import named, whole
from claude_tui.exchange.carried_files import put_in
from claude_tui.exchange.cut_secrets import mask_cut
from claude_tui.exchange.files_along import places, put_in_page
from claude_tui.exchange.json_export import to_json
from claude_tui.exchange.markdown_export import to_markdown
from claude_tui.exchange.masking import masked
from claude_tui.theme_values import ThemeSpec

Format: TypeAlias = Literal["md", "html", "json"]
_ESCAPED = re.compile("[\x7f\ud800-\udfff]")
"""What UTF-8 cannot hold, and the one control character that JSON does not escape."""
FORMATS: tuple[Format, ...] = ("md", "html", "json")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it is to be given out."""

    format: Format = "md"
    thinking: bool | None = None
    """None for what the format does by itself: HTML has thinking and tools folded, Markdown leaves them out."""
    tools: bool | None = None
    keep_secrets: bool = False
    ascii: bool = False
    """JSON for a terminal: with every character escaped that could do harm there."""
    themes: tuple[ThemeSpec, ThemeSpec | None] | None = None
    """For HTML: the theme, and one of the other kind."""
    files: ReadFile | None = None
    """The contents of attached files: JSON carries them."""
    with_files: bool = False
    """HTML carries them too; of Markdown they stand `beside` it."""
    beside: Mapping[str, str] = field(default_factory=dict[str, str])
    """For Markdown: where they are, by their hashes."""


def rendered(
    conversation: Conversation, wanted: Wanted, draft: str = "", marks: Marks | None = None
) -> tuple[str, int]:
    """The text of the file, and how many secrets were masked in it. Raises ``ExchangeError``."""
    before = 0
    if not wanted.keep_secrets:
        conversation, before = _without_cut(conversation, wanted.format != "json")
    if wanted.format == "json":
        typed = whole(draft, wanted.files) if wanted.files is not None else named(draft)
        data = to_json(conversation, typed, marks)
        count = 0
        if not wanted.keep_secrets:
            data, count = masked(data)
        if wanted.files is not None:
            put_in(data, wanted.files)
        text = json.dumps(data, ensure_ascii=wanted.ascii, indent=2) + "\n"
        return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text), before + count
    if wanted.format == "html":
        from claude_tui.exchange.html_export import to_page  # the parser and the highlighter come with it

        assert wanted.themes is not None
        if not wanted.keep_secrets:
            conversation, count = _masked(conversation)
            before += count
        folded = {"thinking": wanted.thinking is not False, "tools": wanted.tools is not False}
        text = to_page(conversation, *wanted.themes, **folded, files=places(conversation) if wanted.with_files else {})
    else:
        shown = {"thinking": bool(wanted.thinking), "tools": bool(wanted.tools)}
        text = to_markdown(conversation, **shown, files=wanted.beside)
    count = 0
    if not wanted.keep_secrets:
        text, count = masked(text)
    if wanted.format == "html" and wanted.with_files and wanted.files is not None:
        text = put_in_page(text, conversation, wanted.files)
    return text, before + count


def _without_cut(conversation: Conversation, path: bool) -> tuple[Conversation, int]:
    """The conversation, or the path to its head, without the keys that a seam divides."""
    nodes, count = mask_cut(conversation.path() if path else conversation.nodes.values())
    return replace(conversation, nodes=nodes), count


def _masked(conversation: Conversation) -> tuple[Conversation, int]:
    """The path without secrets: in HTML a key may stand in pieces, coloured or escaped."""
    title, count = masked(conversation.title)
    nodes: dict[str, Node] = {}
    for node in conversation.path():
        content, found = masked([block_to_wire(block) for block in node.content])
        # Repeated words are found again only if they are masked wherever they stand.
        join = replace(node.join, anchor=masked(node.join.anchor)[0])
        nodes[node.id] = replace(node, content=tuple(map(block_from_wire, content)), join=join)
        count += found
    return replace(conversation, title=title, nodes=nodes), count


def counterpart(theme: ThemeSpec, themes: dict[str, ThemeSpec]) -> ThemeSpec | None:
    """A theme of the other kind for the same page: the shipped one first."""
    others = [spec for spec in themes.values() if spec.dark != theme.dark and not spec.ansi]
    shipped = [spec for spec in others if spec.name in ("dusk", "paper")]
    return next(iter(shipped or others), None)
