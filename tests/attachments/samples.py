"""Small files of every kind, made here."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int = 7, height: int = 5) -> bytes:
    """A JPEG as far as its head tells; its picture is none."""
    app = b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\1\1\x11\0"
    return b"\xff\xd8" + app + frame + b"\xff\xda\x00\x08\1\1\0\0\x3f\0" + b"\x12\x34" * 20 + b"\xff\xd9"


def gif(width: int = 4, height: int = 9) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0" + b"\x3b"


def webp(kind: str = "VP8X", width: int = 640, height: int = 480) -> bytes:
    if kind == "VP8X":
        body = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == "VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 8
    else:
        body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 4
    chunk = kind.ljust(4).encode() + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def pdf(pages: int = 2, *, packed: bool = False, locked: bool = False) -> bytes:
    """A PDF with so many pages, its objects in a compressed stream if asked for."""
    held = b"\n".join(b"<< /Type /Page /Parent 2 0 R >>" for _ in range(pages))
    tree = b"<< /Type /Pages /Kids [] /Count %d >>" % pages
    if packed:
        stream = zlib.compress(tree + held)
        body = b"5 0 obj << /Type /ObjStm /N 3 /Filter /FlateDecode /Length %d >>\nstream\n" % len(stream)
        body += stream + b"\nendstream endobj\n"
    else:
        body = b"2 0 obj " + tree + b" endobj\n3 0 obj " + held + b" endobj\n"
    trailer = b"trailer << /Root 1 0 R" + (b" /Encrypt 9 0 R" if locked else b"") + b" >>\n"
    return b"%PDF-1.5\n" + body + trailer + b"startxref\n0\n%%EOF\n"
