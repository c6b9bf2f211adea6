"""Breaking an answer at an exact place: which bytes still go out, and how the connection ends."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import Literal, TypeAlias

from .answers import Fault, Json
from .sse import GARBAGE, OVERLOADED, Record, encode
from .wire import obj, text_of

Ending: TypeAlias = Literal["end", "fin", "rst", "stall", "ping-only"]
"""What follows the last record; `end` is the clean end of the body."""

_AT_ANY_BYTE = ("fin", "rst", "stall", "eof")
_RECORD_END = re.compile(rb"(?:\r\n|\n|\r){2}")


def parsed(body: bytes) -> Iterator[Record]:
    """A recorded body as records; what cannot be read is carried as bytes."""
    start = 0
    for match in [*_RECORD_END.finditer(body), None]:
        raw = body[start : match.end() if match else len(body)]
        start += len(raw)
        if raw:
            yield Record(raw, _event_in(raw))


def _event_in(raw: bytes) -> Json | None:
    lines = [line[5:] for line in raw.splitlines() if line.startswith(b"data:")]
    try:
        return obj(json.loads(b"\n".join(lines))) or None
    except ValueError:
        return None


def broken(records: Iterable[Record], fault: Fault) -> Generator[Record, None, Ending]:
    """The records up to the fault, and after it for `garbage`; returns how the body ends."""
    strike = _by_bytes if fault.after_bytes is not None else _by_characters
    source = iter(records)
    struck, rest = yield from strike(source, fault)
    while struck and fault.kind == "hold":
        yield Record(b"", held=True)
        source = chain(rest, source)
        struck, rest = yield from strike(source, fault)
    if not struck:
        return "end"
    match fault.kind:
        case "garbage":
            yield Record(GARBAGE)
            yield from rest
            yield from source
            return "end"
        case "error":
            yield Record(encode(OVERLOADED), OVERLOADED)
            return "end"
        case "eof" | "hold":
            return "end"
        case "fin" | "rst" | "stall" | "ping-only":
            return fault.kind


_Struck: TypeAlias = tuple[bool, list[Record]]
"""Whether the place was reached, and what of the record it fell in was not sent."""


def _by_bytes(source: Iterator[Record], fault: Fault) -> Generator[Record, None, _Struck]:
    left = fault.after_bytes or 0
    exact = fault.kind in _AT_ANY_BYTE
    for record in source:
        if left == 0:
            return True, [record]
        if len(record.data) < left:
            left -= len(record.data)
            yield record
        elif exact:
            yield Record(record.data[:left], wait=record.wait)
            return True, []
        else:
            yield record
            return True, []
    return False, []


def _by_characters(source: Iterator[Record], fault: Fault) -> Generator[Record, None, _Struck]:
    if fault.after_text is not None:
        field, left = "text", fault.after_text
    elif fault.after_thinking is not None:
        field, left = "thinking", fault.after_thinking
    else:
        return True, []
    for record in source:
        said = text_of(obj((record.event or {}).get("delta")).get(field))
        if not said or len(said) < left:
            left -= len(said)
            yield record
            continue
        head, tail = said[:left], said[left:]
        if head:
            yield _with(record, field, head) if tail else record
        return True, [_with(record, field, tail)] if tail else []
    return False, []


def _with(record: Record, field: str, said: str) -> Record:
    """The same delta saying only a part."""
    event = record.event or {}
    split = {**event, "delta": {**obj(event.get("delta")), field: said}}
    return Record(encode(split), split, record.wait)
