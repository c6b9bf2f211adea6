"""What can be told of a PDF without reading it as one: whether it is whole, locked, and how many pages it has."""

from __future__ import annotations

import re
import zlib

from .kinds import Damaged

_LOCKED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R|/Encrypt\s*<<")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,7})(?!\d)")
_PACKED = re.compile(rb"/ObjStm\b[^>]{0,400}?>>\s*stream\r?\n")
_MOST_PACKED = 5_000
_MOST_UNPACKED = 64_000_000
"""Objects are packed in streams; so much of them is looked at."""


def pages_of(data: bytes) -> int:
    """How many pages; 0 when that cannot be told. Raises ``Damaged`` for a PDF the API would not take."""
    if b"%%EOF" not in data[-2048:]:
        raise Damaged("is a PDF that is cut off")
    if _LOCKED.search(data):
        raise Damaged("is a PDF that is locked with a password")
    count = _pages(data)
    left, whole = _MOST_UNPACKED, memoryview(data)
    for number, found in enumerate(_PACKED.finditer(data)):
        if number == _MOST_PACKED or left <= 0:
            return 0
        try:
            unpacked = zlib.decompressobj().decompress(whole[found.end() :], left)
        except zlib.error:
            continue
        left -= len(unpacked)
        count += _pages(unpacked)
    if count:
        return count
    counts = [int(number) for number in _COUNT.findall(data)]
    return max(counts, default=0)


def _pages(data: bytes) -> int:
    return len(_PAGE.findall(data))
