"""The files of a draft, as they are kept with it: what is known of each, without its content."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from ...core.attached import TEXT, Kept, kept_of


def as_held(files: Sequence[Kept]) -> str:
    """The text that stands for these files; empty for none."""
    return json.dumps([_data(kept) for kept in files]) if files else ""


def held_files(held: str) -> tuple[Kept, ...]:
    """The files that such a text stands for; what is damaged is none."""
    try:
        found: Any = json.loads(held) if held else []
    except ValueError:
        return ()
    items = cast("list[Any]", found) if isinstance(found, list) else []
    return tuple(kept for item in items if isinstance(item, dict) and (kept := _kept(cast("dict[str, Any]", item))))


def _data(kept: Kept) -> dict[str, Any]:
    return {**kept.block().data, "media_type": kept.media_type}


def _kept(data: dict[str, Any]) -> Kept | None:
    """A file of a draft: a text too, which no message holds as a file."""
    if data.get("media_type") != TEXT:
        return kept_of(data)
    found = kept_of({**data, "media_type": "image/png"})
    return replace(found, media_type=TEXT) if found is not None else None
