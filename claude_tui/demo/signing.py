"""Signatures of thinking blocks, checkable by any later server because the secret is built in.

A signature says which model wrote the block, what its text is, which conversation stood before it and which
thinking block came before it. So an edited history, an edited block and a block taken out of the middle are
told apart, and thinking dropped from the front is allowed, as the API documents it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from . import capabilities
from .answers import Json
from .wire import arr, bare, blocks, combined, compact, obj, text_of

_SECRET = b"claude-tui demo: not a secret, only a seal"
_MARK = b"demo1"
_NO_PREVIOUS = "-"
THINKING = ("thinking", "redacted_thinking")


@dataclass(frozen=True, slots=True)
class Seal:
    """What a signature says."""

    family: str
    text: str
    before: str
    previous: str


def digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def write(seal: Seal) -> str:
    """The signature for a seal: base64, as opaque as the API's own."""
    said = "\n".join((seal.family, seal.text, seal.before, seal.previous)).encode()
    mac = hmac.new(_SECRET, said, hashlib.sha256).digest()[:16]
    return base64.b64encode(_MARK + mac + said).decode()


def read(signature: str) -> Seal | None:
    """What a signature says; None when no server of this kind wrote it."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return None
    mac, said = raw[len(_MARK) : len(_MARK) + 16], raw[len(_MARK) + 16 :]
    if not raw.startswith(_MARK) or not hmac.compare_digest(mac, hmac.new(_SECRET, said, hashlib.sha256).digest()[:16]):
        return None
    parts = said.decode("utf-8", "replace").split("\n")
    return Seal(*parts) if len(parts) == 4 else None


def signature_of(block: Json) -> str:
    """The sealed part of a thinking block, whichever of the two kinds it is."""
    return text_of(block.get("signature" if block.get("type") == "thinking" else "data"))


class Prefix:
    """The conversation before each turn as a digest, grown turn by turn so that a long history is read once.

    Thinking is left out: what may happen to it is in the chain of `previous`.
    """

    def __init__(self, body: Json) -> None:
        system = blocks(body["system"]) if body.get("system") else []
        self._hash = hashlib.sha256(compact(bare([system, arr(body.get("tools"))])).encode("utf-8", "surrogatepass"))

    def digest(self) -> str:
        return self._hash.hexdigest()[:24]

    def grow(self, turn: Json) -> None:
        kept = [block for block in turn["content"] if block.get("type") not in THINKING]
        said = compact(bare([turn["role"], kept]))
        self._hash.update(said.encode("utf-8", "surrogatepass"))


def read_by(block: Json, family: str) -> bool:
    """Whether a model of this family reads the block; blocks of another are passed over."""
    seal = read(signature_of(block))
    return seal is None or seal.family == family


class Signer:
    """Signs the thinking of the reply to one request."""

    def __init__(self, body: Json) -> None:
        self._family = capabilities.family(str(body.get("model")))
        turns = combined(body.get("messages"))
        prefix = Prefix(body)
        self._previous = _NO_PREVIOUS
        for index, turn in enumerate(turns):
            for block in map(obj, turn["content"]):
                if block.get("type") in THINKING and read_by(block, self._family):
                    self._previous = digest(signature_of(block))
            # A reply to a trailing assistant turn belongs to that turn.
            if index < len(turns) - 1 or turn["role"] != "assistant":
                prefix.grow(turn)
        self._before = prefix.digest()

    def sign(self, thinking: str) -> str:
        signature = write(Seal(self._family, digest(thinking), self._before, self._previous))
        self._previous = digest(signature)
        return signature

    def passed(self, signature: str) -> None:
        """A block with a signature of its own went out: the next one follows it."""
        self._previous = digest(signature)


def sealed(reply_blocks: list[Json], body: Json) -> list[Json]:
    """The blocks with every missing signature filled in."""
    if not any(block.get("type") in THINKING for block in reply_blocks):
        return reply_blocks
    signer = Signer(body)
    done: list[Json] = []
    for block in reply_blocks:
        key: str = "signature" if block.get("type") == "thinking" else "data"
        if block.get("type") in THINKING and not block.get(key):
            block = {**block, key: signer.sign(text_of(block.get("thinking")))}
        elif block.get("type") in THINKING:
            signer.passed(signature_of(block))
        done.append(block)
    return done


def follows(seal: Seal, previous: str | None, before: str) -> bool:
    """Whether a block stands where it was written; `previous` is None for the first block of a request."""
    return seal.before == before and (previous is None or seal.previous == digest(previous))


def same_text(seal: Seal, block: dict[str, Any]) -> bool:
    return block.get("type") == "redacted_thinking" or seal.text == digest(text_of(block.get("thinking")))
