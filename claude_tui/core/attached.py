"""Files that stand in a message and are kept beside it, by what is in them.

In the tree an image or a PDF is a block of ours with the hash of its content; a request has it in full only on its way
to the API. A text that is attached stands in the message itself.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from .message import ContentBlock, JsonObject, OpaqueBlock
from .text import clean_line

FILE = "claude_tui.file"
"""The type of such a block; no API knows it."""
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
PDF = "application/pdf"
TEXT = "text/plain"

ReadFile: TypeAlias = Callable[[str], bytes | None]
"""The content with this hash; None when it is not there, or is another."""

# The limits are the platform's (docs: vision, PDF support, errors; 2026-08).
REQUEST_BYTES = 32_000_000
"""A request may be so large; what stands around the files takes of it."""
AROUND_BYTES = 1_000_000
MANY = 200_000
"""Tokens of context up to which a model takes few images and pages."""
FEW_PARTS, MANY_PARTS = 100, 600
"""Images, and pages, in one request: for a model of such a context, and of a larger one."""
IMAGE_TOKENS = 4_784
"""What an image has at most, however large."""
PAGE_TOKENS = 2_000
_PAGE_BYTES = 45_000
"""Bytes that a page of a document takes, where its pages could not be counted."""
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose content is kept: what is known of it without reading it."""

    sha256: str
    media_type: str
    size: int
    """Bytes."""
    name: str
    width: int = 0
    height: int = 0
    pages: int = 0
    """Of a document; 0 when they could not be counted."""

    def block(self) -> OpaqueBlock:
        """As it stands in a message."""
        data: dict[str, Any] = {
            "type": FILE,
            "title": self.name,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "size": self.size,
        }
        more = {"width": self.width, "height": self.height, "pages": self.pages}
        return OpaqueBlock({**data, **{key: value for key, value in more.items() if value}})

    @property
    def parts(self) -> int:
        """Images and pages that the model reads."""
        return 1 if self.media_type in IMAGES else self.pages or 1 + self.size // _PAGE_BYTES

    @property
    def tokens(self) -> int:
        """About how many tokens it has."""
        if self.media_type not in IMAGES:
            return self.parts * PAGE_TOKENS
        pixels = self.width * self.height
        return max(1, min(pixels // 750, IMAGE_TOKENS)) if pixels else IMAGE_TOKENS

    @property
    def sent_bytes(self) -> int:
        """What it takes of a request."""
        return (self.size + 2) // 3 * 4


def kept_of(data: JsonObject) -> Kept | None:
    """The file a block of ours stands for; None for any other, and for one that is damaged."""
    if data.get("type") != FILE:
        return None
    sha256, media, name = data.get("sha256"), data.get("media_type"), data.get("title")
    size, *more = (data.get(key, 0) for key in ("size", "width", "height", "pages"))
    numbers = [number if type(number) is int and 0 <= number < 2**40 else 0 for number in (size, *more)]
    if not isinstance(sha256, str) or not _HASH.fullmatch(sha256) or media not in (*IMAGES, PDF):
        return None
    return Kept(sha256, str(media), numbers[0], name if isinstance(name, str) else "", *numbers[1:])


def files_in(content: Iterable[ContentBlock]) -> list[Kept]:
    """The kept files of a message."""
    found = (kept_of(block.data) for block in content if isinstance(block, OpaqueBlock))
    return [kept for kept in found if kept is not None]


def text_block(name: str, text: str) -> OpaqueBlock:
    """A text that is attached: a document of its own, under its name."""
    source = {"type": "text", "media_type": TEXT, "data": text}
    return OpaqueBlock({"type": "document", "source": source, "title": name[:200] or "text"})


def too_much(files: Sequence[Kept], context: int) -> str:
    """Why a model of that context takes no request with all these files; empty if it does."""
    most = FEW_PARTS if context <= MANY else MANY_PARTS
    total, room = sum(file.sent_bytes for file in files), REQUEST_BYTES - AROUND_BYTES
    images = sum(file.media_type in IMAGES for file in files)
    pages = sum(file.pages for file in files)
    if total > room:
        sizes = f"{total / 1e6:.1f} MB as they are sent, and the API takes {room / 1e6:.0f} MB"
        return f"The files of this conversation have {sizes}: leave some out, or begin a new conversation."
    for count, what, help in ((images, "images", "leave some out"), (pages, "pages", "send a part of them")):
        if count > most:
            return f"There are {count:,} {what} in this conversation, and this model takes {most} at a time: {help}."
    return ""


def as_wire(kept: Kept, content: bytes) -> dict[str, Any]:
    """The block the API takes."""
    encoded = base64.b64encode(content).decode("ascii")
    source = {"type": "base64", "media_type": kept.media_type, "data": encoded}
    if kept.media_type in IMAGES:
        return {"type": "image", "source": source}
    return {"type": "document", "source": source, **({"title": kept.name[:200]} if kept.name.strip() else {})}


def lost(kept: Kept) -> str:
    """What stands in a request in the place of a file that is not there any more."""
    return f"(The attached file {clean_line(kept.name, 200) or 'without a name'} is lost.)"


def filled(params: JsonObject, read: ReadFile) -> JsonObject:
    """The request with its files in full, each image under its name; the request itself where it has none."""
    messages = cast("Sequence[JsonObject]", params.get("messages", ()))
    if not any(block.get("type") == FILE for message in messages for block in _blocks(message)):
        return params
    return {**params, "messages": [_filled(message, read) for message in messages]}


def _blocks(message: JsonObject) -> Sequence[JsonObject]:
    content: Any = message.get("content")
    if not isinstance(content, list):
        return ()
    return [cast("JsonObject", item) for item in cast("list[Any]", content) if isinstance(item, Mapping)]


def _filled(message: JsonObject, read: ReadFile) -> JsonObject:
    blocks = _blocks(message)
    if not any(block.get("type") == FILE for block in blocks):
        return message
    content: list[JsonObject] = []
    for block in blocks:
        if block.get("type") != FILE:
            content.append(block)
        elif (kept := kept_of(block)) is not None:
            held = read(kept.sha256)
            if held is None:
                content.append({"type": "text", "text": lost(kept)})
                continue
            if kept.media_type in IMAGES and kept.name.strip():
                content.append({"type": "text", "text": f"{kept.name[:200]}:"})
            content.append(as_wire(kept, held))
    return {**message, "content": content or [{"type": "text", "text": "(A file that is lost.)"}]}
