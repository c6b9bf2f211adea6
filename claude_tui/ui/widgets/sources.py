"""What an answer cites and what a search found: numbered lines, each a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...core.message import ToolResultBlock
from ...core.text import clean_line
from ...core.view import Part, Source
from ...markdown import Line, Span
from .units import LinesUnit, Unit


def source_units(sources: tuple[Source, ...], key: str) -> list[Unit]:
    """The numbered sources, one line each, each a link; ``key`` names them all together."""
    units: list[Unit] = []
    at = 0
    for source, said in zip(sources, source_texts(sources), strict=True):
        line = link_line(f"[{source.number}] ", source.title, source.url)
        unit = LinesUnit([line], 0 if units else 1, text_key=key)
        unit.start = at
        units.append(unit)
        at += len(said) + 1
    return units


def source_texts(sources: tuple[Source, ...]) -> list[str]:
    """Each source on a line, as it is searched and copied."""
    return [f"[{source.number}] {clean_line(source.title, 200)}  {clean_line(source.url, 300)}" for source in sources]


def search_results(result: ToolResultBlock) -> list[tuple[str, str]]:
    """Titles and addresses of what a search found; nothing for any other result."""
    given: Any = result.content
    if result.type != "web_search_tool_result" or not isinstance(given, list):
        return []
    content = cast("list[Any]", given)
    entries = [cast("Mapping[str, Any]", entry) for entry in content if isinstance(entry, Mapping)]
    return [(str(entry.get("title") or entry["url"]), str(entry["url"])) for entry in entries if entry.get("url")]


def result_units(found: list[tuple[str, str]], part: Part) -> list[Unit]:
    """What a search found, numbered, one line each, each a link."""
    units: list[Unit] = []
    at = 0
    for number, (title, url) in enumerate(found, 1):
        line = link_line(f"  {number:>{len(str(len(found)))}} ", title, url)
        key = f"{part.key}:result"
        unit = LinesUnit([line], 0 if units else 1, node_id=part.node_id, text_key=key)
        unit.start = at
        units.append(unit)
        at += len(f"{title}\n{url}") + 1
    return units


def link_line(mark: str, title: str, url: str) -> Line:
    """A title that is a link, and where it goes."""
    title, url = clean_line(title, 80), clean_line(url, 300)
    spans = [Span(mark, "md.footnote"), Span(title, "md.link", url or None)]
    if url and url != title:
        spans.append(Span(f"  {url}", "md.link.url"))
    return Line(tuple(spans), indent=len(mark))
