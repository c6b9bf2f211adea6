"""Images made smaller, where Pillow is installed (the extra ``images``)."""

from __future__ import annotations

import importlib
import io
from typing import Any

EXTRA = " (the extra claude-tui[images] does that by itself)"
MOST_PIXELS = 200_000_000
"""More are never unpacked: a small file may claim any size."""
_QUALITIES = (90, 75, 50)


def scaled(data: bytes, media_type: str, edge: int, most: int) -> bytes | None:
    """The image with a long edge of at most so many pixels and so many bytes, a JPEG where it has no transparency
    that a PNG must keep; None where that cannot be done."""
    try:
        pillow: Any = importlib.import_module("PIL.Image")
        turning: Any = importlib.import_module("PIL.ImageOps")
    except ImportError:
        return None
    try:
        with pillow.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            clear = "A" in opened.getbands() or "transparency" in opened.info
            image = turning.exif_transpose(opened).convert("RGBA" if clear else "RGB")
        image.thumbnail((edge, edge))
        if clear or media_type == "image/png":
            out = _saved(image, "PNG", optimize=False)
            if len(out) <= most:
                return out
        image = image.convert("RGB")
        for quality in _QUALITIES:
            out = _saved(image, "JPEG", quality=quality)
            if len(out) <= most:
                return out
    except Exception:  # a damaged image fails in any way it likes; it then goes as it is, or is refused
        return None
    return None


def _saved(image: Any, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()
