"""Keys and tokens in what is given out: masked, and counted.

A key that somebody pasted into a conversation is their own word and stays in the database; an export is
made to be passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from claude_tui.redaction import redacted


def masked(value: Any) -> tuple[Any, int]:
    """A text, or JSON with every text in it, without secrets; and how many there were."""
    match value:
        case str():
            return redacted(value)
        case Mapping():
            pairs = [(masked(name), masked(item)) for name, item in cast("Mapping[Any, Any]", value).items()]
            count = sum(name[1] + item[1] for name, item in pairs)
            return {name[0]: item[0] for name, item in pairs}, count
        case list() | tuple():
            items = [masked(item) for item in cast("list[Any]", value)]
            return [item[0] for item in items], sum(item[1] for item in items)
        case _:
            return value, 0


def told(count: int) -> str:
    """The sentence that says so; empty when nothing was masked."""
    if not count:
        return ""
    return "1 secret in it was masked." if count == 1 else f"{count} secrets in it were masked."
