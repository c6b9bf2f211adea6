"""The codes of a reply, as they are numbered."""

from __future__ import annotations

from collections.abc import Iterable

from ...markdown.document import Document


def codes_in(text: str) -> list[str]:
    """Every code in a text of Markdown, in order, each without its last line end. Takes as long as parsing it."""
    found: list[str] = []
    for block in Document(text, complete=True).blocks:
        # A long one comes in parts, of which each has the whole.
        plain = block.code if not block.continued else None
        found += block.codes or ((plain,) if plain is not None else ())
    return found


def first_codes(texts: Iterable[str]) -> list[str]:
    """The codes of the first text that has any."""
    for text in texts:
        if found := codes_in(text):
            return found
    return []
