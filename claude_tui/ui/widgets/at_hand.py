"""The source of what the keyboard stands on: a block, its code, a message, as they came and not as they are drawn."""

from __future__ import annotations

from ...core.view import Part, result_text
from .block_units import BlockUnit
from .exchange_view import asked, sources_key
from .rows import Rows
from .sources import source_texts
from .told import Told
from .tool_words import tool_input

_KINDS = {
    "": "the text",
    "rule": "the line",
    "list": "the list",
    "quote": "the quote",
    "table": "the table",
    "heading": "the heading",
    "paragraph": "the paragraph",
}


def source_of(told: Told, rows: Rows, index: int, place: int) -> tuple[str, str] | None:
    """The source of a block, and what it is; None where there is nothing to copy."""
    unit = rows.units[index]
    start, exchange = told.exchange_at(index)
    if exchange is None:
        return None
    if exchange.question is not None and index == start:
        return asked(exchange.question), "the question"
    if unit.fold_key:
        part = next((part for part in exchange.parts if part.key == unit.fold_key), None)
        text = _card_text(part) if part is not None else ""
        return (text, "the thinking" if part is not None and part.kind == "thinking" else "the card") if text else None
    if unit.text_key == sources_key(exchange):
        return source_texts(exchange.sources)[index - _first_of(rows, index)], "the source"
    portions = unit.portions(rows.width)
    portion = portions[place]
    if portion.kind in ("fence", "code") and portion.codes:
        return portion.codes[0].code, f"code {portion.codes[0].number}"
    until = portion.until
    if place == len(portions) - 1:
        for other in rows.units[index + 1 :]:
            if other.standing != "with" or not isinstance(other, BlockUnit):
                break
            until = other.block.end
    return unit.source(portion.start, until).strip("\n"), _KINDS.get(portion.kind, "the block")


def code_of(rows: Rows, index: int, place: int) -> tuple[str, str] | None:
    """The code in a block, the first where there are several; None where it has none."""
    codes = rows.units[index].portions(rows.width)[place].codes
    return (codes[0].code, f"code {codes[0].number}") if codes else None


def message_of(told: Told, index: int) -> tuple[str, str] | None:
    """The question or the answer that a unit belongs to."""
    start, exchange = told.exchange_at(index)
    if exchange is None:
        return None
    if exchange.question is not None and index == start:
        return asked(exchange.question), "the question"
    return (exchange.text, "the answer") if exchange.text else None


def _card_text(part: Part) -> str:
    if part.kind == "thinking":
        return part.said
    return "\n".join(filter(None, (tool_input(part) if part.kind == "tool" else "", result_text(part.result))))


def _first_of(rows: Rows, index: int) -> int:
    """The first unit of the text that the one at ``index`` shows."""
    key = rows.units[index].text_key
    while index and rows.units[index - 1].text_key == key:
        index -= 1
    return index
