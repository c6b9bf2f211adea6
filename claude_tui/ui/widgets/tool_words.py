"""Tools in words: the line of a card, what a tool was called with, and what it gave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...core.message import ToolResultBlock, ToolUseBlock
from ...core.text import clean, clean_line
from ...core.view import Part, result_text
from ...markdown import Line, Span
from ..words import format


def tool_title(part: Part, block: ToolUseBlock | None, open_: bool, ended: bool, ran: int | None) -> Line:
    """The one line of a card: which tool, with what, and what it gave; ``ran`` is in milliseconds."""
    mark = "▾" if open_ else "▸"
    name = tool_name(part)
    words = f" {_brief(block.input)}" if block is not None and block.input else ""
    if part.open and len(part.flow):
        words = f" {clean_line(part.flow.head(240), 60)}"
    spans = [Span(f"{mark} ", "tool"), Span(name, "tool.title"), Span(words, "tool")]
    if part.result is not None:
        wrong = failed(part.result)
        spans.append(Span(f" · {_gave(part.result)}", "tool.error" if wrong else "tool"))
        if ran is not None and ran >= 1000:
            spans.append(Span(f" · {format.duration(ran)}", "tool"))
    elif part.open:
        spans.append(Span(" …", "tool"))
    else:
        spans.append(Span(" · no result" if ended else " · running …", "tool"))
    return Line(tuple(spans))


def failed(result: ToolResultBlock) -> bool:
    """Whether what it gave is an error."""
    content: Any = result.content
    return result.is_error or (isinstance(content, Mapping) and "error_code" in content)


def _gave(result: ToolResultBlock) -> str:
    content: Any = result.content
    if isinstance(content, list) and result.type == "web_search_tool_result":
        count = len(content)  # pyright: ignore[reportUnknownArgumentType]
        return f"{count} result{'' if count == 1 else 's'}"
    return clean_line(result_text(result), 60) or "done"


def _brief(data: Mapping[str, Any]) -> str:
    """The input on one line: its only text, or its fields."""
    if len(data) == 1:
        value = next(iter(data.values()))
        if isinstance(value, str):
            return f'"{clean_line(value, 60)}"'
    return clean_line(", ".join(f"{key}: {value}" for key, value in data.items()), 60)


def tool_name(part: Part) -> str:
    """What a tool is called."""
    return clean_line(part.block.name if isinstance(part.block, ToolUseBlock) else "tool", 60)


def tool_result(part: Part) -> str:
    """What a tool gave, as it is shown."""
    return clean(result_text(part.result) or "(nothing)") if part.result is not None else ""


def other_text(part: Part) -> str:
    """A block this version does not know, as it is shown."""
    data: Any = getattr(part.block, "data", None) or getattr(part.block, "content", None)
    return clean(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def tool_input(part: Part) -> str:
    """What a tool was called with, as it is shown."""
    if isinstance(part.block, ToolUseBlock) and not len(part.flow):
        return _pretty(part.block.input)
    return clean(str(part.flow))


def _pretty(data: Mapping[str, Any]) -> str:
    return json.dumps(dict(data), ensure_ascii=False, indent=2) if data else "(no input)"
