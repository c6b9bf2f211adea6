"""What a file is by its content, whatever its name says."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_SIGNATURES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"BM", "a BMP image", "convert it to PNG"),
    (0, b"II*\0", "a TIFF image", "convert it to PNG"),
    (0, b"MM\0*", "a TIFF image", "convert it to PNG"),
    (0, b"\0\0\1\0", "an icon", "convert it to PNG"),
    (4, b"ftypheic", "a HEIC image", "convert it to JPEG"),
    (4, b"ftypheix", "a HEIC image", "convert it to JPEG"),
    (4, b"ftypmif1", "a HEIF image", "convert it to JPEG"),
    (4, b"ftypavif", "an AVIF image", "convert it to PNG"),
    (4, b"ftyp", "a film or a sound", "say in words what is in it"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL image", "convert it to JPEG"),
    (0, b"\xff\x0a", "a JPEG XL image", "convert it to JPEG"),
    (0, b"PK\3\4", "a zip archive, or an office document", "unpack it, or save it as PDF or text"),
    (0, b"\xd0\xcf\x11\xe0", "an old office document", "save it as PDF or text"),
    (0, b"\x1f\x8b", "packed with gzip", "unpack it"),
    (0, b"BZh", "packed with bzip2", "unpack it"),
    (0, b"\xfd7zXZ\0", "packed with xz", "unpack it"),
    (0, b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (0, b"\x7fELF", "a program", "send its source"),
    (0, b"MZ", "a program", "send its source"),
    (0, b"SQLite format 3\0", "a database", "export what is needed as text"),
    (0, b"ID3", "a sound", "say in words what is in it"),
    (0, b"OggS", "a sound or a film", "say in words what is in it"),
    (0, b"\x1aE\xdf\xa3", "a film", "say in words what is in it"),
)
"""Where in a file what stands that gives away a type the API does not take, what that is, and what would help."""

_NOT_TEXT = frozenset(range(32)) - {9, 10, 12, 13, 27, 8}
_PRINTED = bytes(byte for byte in range(256) if byte not in _NOT_TEXT)


class Damaged(ValueError):
    """A file of a known type that is cut off or otherwise not whole; its words go after the file's name."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image the API takes, as far as its header tells."""

    media_type: str
    width: int
    height: int

    @property
    def label(self) -> str:
        """Its type as people call it."""
        return {"image/jpeg": "JPEG", "image/webp": "WebP"}.get(self.media_type, self.media_type[6:].upper())


@dataclass(frozen=True, slots=True)
class Pdf:
    """A PDF."""

    label: str = "PDF"


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and how it was written."""

    text: str
    encoding: str
    label: str = "text"


@dataclass(frozen=True, slots=True)
class Other:
    """What the API does not take."""

    what: str
    help: str


def kind_of(data: bytes) -> Image | Pdf | Text | Other:
    """What it is. Raises ``Damaged`` for an image that is not whole."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if b"%PDF-" in data[:1024]:
        return Pdf()
    text = _text(data)
    if text is not None and "\0" not in text.text:
        return text
    for at, mark, what, help in _SIGNATURES:
        if data.startswith(mark, at):
            return Other(what, help)
    return Other("neither a text nor an image or PDF that the API takes", "convert it to one of these")


def _png(data: bytes) -> Image:
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise Damaged("is a PNG image that is cut off in its head")
    width, height = struct.unpack(">II", data[16:24])
    at = 8
    while at + 12 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        at += 12 + size
        if name == b"IEND" and at <= len(data):
            return _sized("image/png", width, height)
    raise Damaged("is a PNG image that is cut off")


def _jpeg(data: bytes) -> Image:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        if mark == 0x01 or 0xD0 <= mark <= 0xD8:
            at += 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            if size < 7 or at + 9 > len(data):
                break
            if data.rfind(b"\xff\xd9") < at + 2 + size:
                raise Damaged("is a JPEG image that is cut off")
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return _sized("image/jpeg", width, height)
        if mark in (0xD9, 0xDA) or size < 2:
            break
        at += 2 + size
    raise Damaged("is a JPEG image that is cut off in its head")


def _gif(data: bytes) -> Image:
    if len(data) < 14:
        raise Damaged("is a GIF image that is cut off in its head")
    if not data.rstrip(b"\0").endswith(b"\x3b"):
        raise Damaged("is a GIF image that is cut off")
    width, height = struct.unpack("<HH", data[6:10])
    return _sized("image/gif", width, height)


def _webp(data: bytes) -> Image:
    if len(data) < 30:
        raise Damaged("is a WebP image that is cut off in its head")
    if struct.unpack("<I", data[4:8])[0] + 8 > len(data):
        raise Damaged("is a WebP image that is cut off")
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = (size & 0x3FFF for size in struct.unpack("<HH", data[26:30]))
    elif kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8X":
        width, height = int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    else:
        raise Damaged("is a WebP image of a kind that cannot be read")
    return _sized("image/webp", width, height)


def _sized(media_type: str, width: int, height: int) -> Image:
    if not width or not height:
        raise Damaged("is an image without a size")
    return Image(media_type, width, height)


def _text(data: bytes) -> Text | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return Text(data.decode("utf-16"), "UTF-16")
        except UnicodeDecodeError:
            return None
    if data.translate(None, _PRINTED):
        return None
    try:
        return Text(data.decode("utf-8-sig"), "UTF-8")
    except UnicodeDecodeError:
        pass
    try:  # what Windows writes; its few holes are no text
        return Text(data.decode("cp1252"), "Windows-1252")
    except UnicodeDecodeError:
        return None
