"""File names made of titles, safe on any file system and in any shell."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 100
"""Bytes of a whole name; a ``-2`` still fits into what any file system takes."""
UNTITLED = "conversation"

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
"""Devices of Windows, whatever follows their first dot."""


def file_name(title: str, ext: str) -> str:
    """A name of letters, digits, ``.``, ``_`` and ``-`` for a title, with the extension ``ext``.

    Accents are dropped, all else becomes ``-``. It is a name only: whoever writes must not overwrite.
    """
    ending = re.sub("[^A-Za-z0-9]", "", ext)[:16]
    room = LIMIT - len(ending) - 1
    letters = unicodedata.normalize("NFKD", title[: 4 * LIMIT])
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", letters)
    slug = re.sub(r"\.{2,}", ".", re.sub("-{2,}", "-", slug)).strip(".-")[:room].rstrip(".-")
    if not slug.strip("_"):
        slug = UNTITLED
    device, dot, rest = slug.partition(".")
    if _RESERVED.fullmatch(device):
        slug = f"{device}_{dot}{rest}"[:room].rstrip(".-")
    return f"{slug}.{ending}" if ending else slug
