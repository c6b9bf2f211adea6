"""A conversation in the format asked for, ready to be written, with the secrets in it masked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from claude_tui.core.conversation import Conversation
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


def rendered(conversation: Conversation, wanted: Wanted, draft: str = "") -> tuple[str, int]:
    """The text of the file, and how many secrets were masked in it. Raises ``ExchangeError``."""
    if wanted.format == "json":
        data = to_json(conversation, draft)
        count = 0
        if not wanted.keep_secrets:
            data, count = masked(data)
        text = json.dumps(data, ensure_ascii=wanted.ascii, indent=2) + "\n"
        return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text), count
    if wanted.format == "html":
        from claude_tui.exchange.html_export import to_page  # the parser and the highlighter come with it

        assert wanted.themes is not None
        folded = {"thinking": wanted.thinking is not False, "tools": wanted.tools is not False}
        text = to_page(conversation, *wanted.themes, **folded)
    else:
        text = to_markdown(conversation, thinking=bool(wanted.thinking), tools=bool(wanted.tools))
    return (text, 0) if wanted.keep_secrets else masked(text)


def counterpart(theme: ThemeSpec, themes: dict[str, ThemeSpec]) -> ThemeSpec | None:
    """A theme of the other kind for the same page: the shipped one first."""
    others = [spec for spec in themes.values() if spec.dark != theme.dark and not spec.ansi]
    shipped = [spec for spec in others if spec.name in ("dusk", "paper")]
    return next(iter(shipped or others), None)
