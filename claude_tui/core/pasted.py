"""A pasted text in what is typed, as a draft holds it: by the hash of its content, which is kept beside it.

So a draft is as short as what was typed, and as quickly on the disk, however much was pasted into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .attached import ReadFile

_BEGIN, _END = "\U0010fff0", "\U0010fff1"
"""Private characters, which nobody types and no font shows."""
_TOKEN = re.compile(f"{_BEGIN}([0-9a-f]{{64}}){_END}")


def token(sha256: str) -> str:
    """What stands in a draft for the text with this hash."""
    return f"{_BEGIN}{sha256}{_END}"


def replaced(draft: str, by: Callable[[str], str]) -> str:
    """The draft with every pasted text, of which the hash is given, replaced."""
    return _TOKEN.sub(lambda found: by(found[1]), draft) if _BEGIN in draft else draft


def whole(draft: str, read: ReadFile) -> str:
    """The draft with every pasted text in full; without those that are lost."""
    return replaced(draft, lambda sha256: (read(sha256) or b"").decode("utf-8", "replace"))


def named(draft: str) -> str:
    """The draft as a list shows it."""
    return replaced(draft, lambda _: " ▪ pasted text ")


def hashes(draft: str) -> list[str]:
    """Of the texts that were pasted into it."""
    return _TOKEN.findall(draft)
