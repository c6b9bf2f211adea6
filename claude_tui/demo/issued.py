"""What this server has sent out: signatures it did not write itself, and the thinking before each tool call."""

from __future__ import annotations

from . import faults
from .answers import Json
from .signing import THINKING, signature_of
from .wire import obj, text_of


class Issued:
    """Memory of one process. A restarted server knows only what a signature proves."""

    def __init__(self) -> None:
        self.thinking: dict[str, str] = {}
        """Signature to the text it came with: recordings carry signatures of other makers."""
        self.before_tools: dict[str, tuple[str, ...]] = {}
        """Tool use id to the signatures that stood before it in the same message."""
        self.keys: dict[str, frozenset[str]] = {}
        """Keys that blocks of a type went out with: what the server says, it takes back."""

    def remember(self, blocks: list[Json]) -> None:
        seen: list[str] = []
        for block in blocks:
            kind = text_of(block.get("type"))
            self.keys[kind] = self.keys.get(kind, frozenset()) | block.keys()
            if kind in THINKING:
                seen.append(signature_of(block))
                self.thinking[seen[-1]] = text_of(block.get("thinking"))
            elif kind == "tool_use":
                self.before_tools[text_of(block.get("id"))] = tuple(seen)

    def remember_stream(self, body: bytes) -> None:
        """The same for a recorded body. Only whole blocks count: a signature is nothing without its stop."""
        if b"thinking" not in body:
            return
        open_blocks: dict[int, Json] = {}
        done: list[Json] = []
        for record in faults.parsed(body):
            event = record.event or {}
            index = event.get("index")
            if not isinstance(index, int):
                continue
            match event.get("type"):
                case "content_block_start":
                    open_blocks[index] = dict(obj(event.get("content_block")))
                case "content_block_delta" if index in open_blocks:
                    delta, block = obj(event.get("delta")), open_blocks[index]
                    for key in ("thinking", "signature"):
                        if said := text_of(delta.get(key)):
                            block[key] = text_of(block.get(key)) + said
                case "content_block_stop" if index in open_blocks:
                    done.append(open_blocks.pop(index))
                case _:
                    pass
        self.remember(done)
