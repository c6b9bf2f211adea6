"""The codes of a reply, as they are numbered on the screen: from 1 in each reply, through all its texts."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.text import clean
from ...core.view import Exchange
from ...markdown.document import Document


def codes_in(text: str) -> list[str]:
    """Every code in a text of Markdown, in order, each without its last line end. Takes as long as parsing it."""
    return [code for block in Document(clean(text), complete=True).blocks for code in block.codes]


def codes_of(exchange: Exchange) -> list[str]:
    """Every code of an answer, in order: the first is number 1."""
    return [code for part in exchange.parts if part.kind == "text" for code in codes_in(str(part.flow))]


def first_codes(exchanges: Sequence[Exchange]) -> list[str]:
    """The codes of the first answer that has any."""
    for exchange in exchanges:
        if found := codes_of(exchange):
            return found
    return []
