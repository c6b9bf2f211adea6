"""The items of a large JSON array, one after another, without holding the file.

What is no JSON is told in one phrase. Besides what JSON forbids, a name that stands twice in one object is
refused, for one of the two would be lost in silence, and so is an item larger than any conversation.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

CHUNK = 1 << 18
LARGEST = 64_000_000
"""Characters of one item; more is no conversation, and would have to be held in memory whole."""

_SPACE = re.compile(r"[ \t\n\r]*")
_GOES_ON = ("", *".eE+-0123456789")
"""What may stand behind the beginning of a number."""
_NEAR_END = 16
"""A literal, an escape or a number that is cut is refused by the parser at most so far from its end."""


class Damaged(Exception):
    """It is no JSON: the reason is a phrase that goes after a colon."""


class Readable(Protocol):
    """A file that is read from its beginning."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""
        ...


def items(file: Readable) -> Iterator[Any]:
    """The items of the array in ``file``, or the one value there is in it. Raises `Damaged`."""
    return _Items(file).read()


class _Repeated(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


def _constant(name: str) -> Any:
    raise Damaged(f"{name} is no JSON")


class _Items:
    def __init__(self, file: Readable) -> None:
        self._file = file
        self._decode: Callable[[bytes, bool], str] = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._ended = False
        self._json = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)

    def read(self) -> Iterator[Any]:
        first = self._next()
        if not first:
            raise Damaged("it is empty")
        if first != "[":
            yield self._value()
            if self._next():
                raise Damaged("something follows where it should end")
            return
        self._at += 1
        if self._next() != "]":
            yield self._value()
            while (sign := self._next()) == ",":
                self._at += 1
                yield self._value()
            if sign != "]":
                raise Damaged("it ends in the middle" if not sign else "there is no comma between two of its items")
        self._at += 1
        if self._next():
            raise Damaged("something follows where it should end")

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(CHUNK):
                return ""

    def _value(self) -> Any:
        """The value that begins here. As long as it is cut off, twice as much is read before the next try."""
        wanted = CHUNK
        if not self._next():
            raise Damaged("it ends in the middle")
        while True:
            size = len(self._text) - self._at
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR_END
                if not cut:
                    raise Damaged(f"{_said(error)}") from None
                if self._ended:
                    raise Damaged("it ends in the middle") from None
            except RecursionError:
                raise Damaged("it is nested too deeply") from None
            except _Repeated:
                raise Damaged("an object in it has the same name twice") from None
            except ValueError:  # a number of thousands of digits
                raise Damaged("a number in it is too long") from None
            else:
                if self._ended or self._text[end : end + 1] not in _GOES_ON:
                    self._at = end
                    return value
            if size > LARGEST:
                raise Damaged(f"one item of it is larger than {LARGEST // 1_000_000} MB")
            self._more(wanted)
            wanted *= 2

    def _more(self, size: int) -> bool:
        """Read so many bytes; whether there may be something new."""
        parts = [self._text[self._at :]]
        self._at = 0
        left = size
        while left > 0 and not self._ended:
            data = self._file.read(min(left, CHUNK))
            left -= len(data)
            self._ended = not data
            try:
                parts.append(self._decode(data, self._ended))
            except UnicodeDecodeError:
                raise Damaged("it is not UTF-8 text") from None
        text = "".join(parts)
        grown = len(text) > len(parts[0])
        self._text = text
        return grown or not self._ended


def _said(error: json.JSONDecodeError) -> str:
    return f"{error.msg[0].lower()}{error.msg[1:]}".partition(":")[0].removesuffix(" at")
