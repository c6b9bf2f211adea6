"""What the Models API last said, on the disk, so that a start knows of new models without asking anybody.

It is foreign input twice over, from a server and from a file: what is unsound in it is as if it were not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claude_tui.core.catalogue import read_listing
from claude_tui.core.message import JsonObject
from claude_tui.errors import ConfigError
from claude_tui.files import read_limited, write_private
from claude_tui.paths import make_private

LIMIT = 2_000_000
"""Bytes of the file; five hundred models fill half of that."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of models, and when it was told, in milliseconds since 1970; 0 for never."""

    entries: tuple[JsonObject, ...] = ()
    at: int = 0


OURS = ("demo", "the API")
"""The sources that speak all of the Messages API; what stands between may not."""


def source_of(demo: bool, environ: Mapping[str, str]) -> str:
    """Whose list it is: of another address, or of the demo, it says nothing."""
    return "demo" if demo else environ.get("ANTHROPIC_BASE_URL") or "the API"


def load_listing(path: Path, source: str) -> Listing:
    """What the API at ``source`` last said; an empty list if that is not known."""
    try:
        kept: Any = json.loads(read_limited(path, LIMIT))
        if kept["version"] != _VERSION or kept["source"] != source or not 0 < int(kept["at"]) < 10**14:
            return Listing()
        return Listing(read_listing(kept["models"]), int(kept["at"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Listing()


def save_listing(path: Path, source: str, listing: Listing) -> None:
    """Keep it for the next start. That it cannot be kept is no reason for anything: it is asked for again."""
    said = {"version": _VERSION, "source": source, "at": listing.at, "models": listing.entries}
    try:
        make_private(path.parent)
        write_private(path, json.dumps(said).encode())
    except (OSError, ValueError, ConfigError):
        pass
