"""Keeps secrets out of texts: by what they look like, and by the values this process has been given.

Whoever takes a secret in says so once, with `conceal`; from then on no text that went through `redact` holds it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

REDACTED = "[redacted]"

_PATTERNS = (
    re.compile(r"()sk-ant-[A-Za-z0-9_\-]{6,}"),
    # A digit, so that prose about bearers and headers stays as it is.
    re.compile(r"(?i)(\bbearer )(?=\S{0,200}\d)[A-Za-z0-9._~+/=\-]{16,}"),
    re.compile(r"""(?i)(x-api-key["']?\s{0,4}[:=,]\s{0,4}b?["']?)(?=\S{0,200}\d)[^\s"',;]{12,}"""),
)
_SHORTEST = 6
_LONG = 20
_concealed: list[str] = []
"""Values that are secret, each once."""


def conceal(value: str) -> str:
    """From now on `redact` takes this value out of every text; the value itself.

    A word that stands for a key, as gateways on the own machine take ("none", "ollama"), is not concealed: it
    would black out half of an innocent text.
    """
    telling = len(value) >= _LONG or (len(value) >= _SHORTEST and any(letter.isdigit() for letter in value))
    if telling and value not in _concealed:
        _concealed.append(value)
    return value


def concealed() -> tuple[str, ...]:
    """What was concealed so far."""
    return tuple(_concealed)


def redact(text: str) -> str:
    """``text`` without what was concealed, in any of its usual spellings, and without what looks like a key."""
    return redacted(text)[0]


def redacted(text: str) -> tuple[str, int]:
    """The text of `redact`, and how many places were taken out."""
    spans = secrets_in(text)
    kept: list[str] = []
    at = 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return REDACTED.join([*kept, text[at:]]), len(spans)


def secrets_in(text: str) -> list[tuple[int, int]]:
    """Where in a text a secret stands: beginning and end of each, in their order, none within another."""
    found: list[tuple[int, int]] = []
    for value in _concealed:
        for spelling in _spellings(value):
            at = text.find(spelling)
            while at >= 0:
                found.append((at, at + len(spelling)))
                at = text.find(spelling, at + len(spelling))
    for pattern in _PATTERNS:
        found += ((match.end(1), match.end()) for match in pattern.finditer(text))
    spans: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if spans and start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans


def _spellings(value: str) -> Iterable[str]:
    raw = value.encode("utf-8", "surrogatepass")
    quoted = quote(value, safe="", errors="replace")
    return {
        value,
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        quoted,
        re.sub("%..", lambda found: found[0].lower(), quoted),
        raw.hex(),
        raw.hex().upper(),
        *_in_base64(raw, base64.b64encode),
        *_in_base64(raw, base64.urlsafe_b64encode),
    }


def _in_base64(raw: bytes, encode: Callable[[bytes], bytes]) -> Iterable[str]:
    """The value as it reads inside a longer text in base64, at each of the three places it can have there."""
    for shift in range(3):
        # Only the letters that depend on nothing but the value.
        letters = encode(b"\0" * shift + raw).decode().rstrip("=")
        first = (shift * 8 + 5) // 6
        last = (shift + len(raw)) * 8 // 6
        if last - first >= _SHORTEST:
            yield letters[first:last]
