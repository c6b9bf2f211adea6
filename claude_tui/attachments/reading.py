"""A file into what goes with a question, or into one sentence that says why not and what would help.

It is read once, in whole, from a regular file: nothing here waits for a pipe, or opens a device.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from claude_tui.core.attached import IMAGES, PDF, TEXT, Kept, text_block
from claude_tui.core.measure import UNIT, measure
from claude_tui.core.message import OpaqueBlock
from claude_tui.core.text import clean_line
from claude_tui.files import cause

from .kinds import Damaged, Image, Other, Pdf, Text, kind_of
from .pdf import pages_of
from .scaling import EXTRA, scaled

LARGEST = 64_000_000
"""Bytes of a file that is looked at: an image may become much smaller."""
LARGEST_TEXT = 4_000_000
LARGEST_PDF = 22_000_000
LARGEST_IMAGE = 3_900_000
"""Bytes of an image as it is: the API takes 5 MiB of its base64."""
WIDEST = 8_000
"""Pixels of an edge that the API takes."""
USEFUL = 2_000
"""Pixels of the long edge beyond which a model sees no more, and which the API takes of every one of many images."""

_IMAGE_NAMES = {f".{name}": f"image/{name}" for name in ("png", "jpeg", "gif", "webp")} | {".jpg": "image/jpeg"}


class Refusal(Exception):
    """Why a file does not go with the question: one sentence, with its name and what would help."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it will go with the question; its content is in ``data`` until it is kept."""

    name: str
    media_type: str
    data: bytes
    width: int = 0
    height: int = 0
    pages: int = 0
    text: str = ""
    """Of a text, all of it."""
    note: str = ""
    """A sentence the person is to be told."""
    path: str = ""
    """Where it came from, empty for the clipboard."""

    @property
    def size(self) -> int:
        """Bytes as they go."""
        return len(self.data)

    def kept(self, sha256: str) -> Kept:
        """What stands for it once its content is kept under that hash."""
        return Kept(sha256, self.media_type, self.size, self.name, self.width, self.height, self.pages)


def block_of(kept: Kept, read: bytes) -> OpaqueBlock:
    """The block of a message: a text stands in it itself."""
    if kept.media_type != TEXT:
        return kept.block()
    found = kind_of(read)
    return text_block(kept.name, found.text if isinstance(found, Text) else read.decode("utf-8", "replace"))


def tokens_of(attachment: Attachment) -> int:
    """About how many tokens it has."""
    if attachment.media_type == TEXT:
        return max(1, measure(attachment.text) // UNIT)
    return attachment.kept("0" * 64).tokens


def attach_path(given: str | Path, folder: Path | None = None) -> Attachment:
    """The file at a path; one that is not absolute is looked for in ``folder``, and must lie there. Raises
    ``Refusal``."""
    folder = folder or Path.cwd()
    name = _name(str(given))
    try:
        path = Path(given).expanduser()
    except RuntimeError:
        raise Refusal(f"{name} names a home folder that is not there; write the whole path.") from None
    try:
        if not path.is_absolute():
            _check_inside(name, path, folder)
            path = folder / path
        data = _read(name, path)
    except ValueError:  # a NUL
        raise Refusal(f"{name} is no name a file can have; check it.") from None
    return replace(attach_bytes(data, path.name), path=str(path))


def attach_bytes(data: bytes, name: str) -> Attachment:
    """A content under a name. Raises ``Refusal``."""
    name = _name(name)
    if not data:
        raise Refusal(f"{name} is empty: there is nothing to send.")
    try:
        found = kind_of(data)
        promised = _IMAGE_NAMES.get(Path(name).suffix.lower(), PDF if name.lower().endswith(".pdf") else "")
        match found:
            case Image():
                return _image(data, name, found, promised)
            case Pdf():
                if len(data) > LARGEST_PDF:
                    raise Refusal(
                        f"{name} has {_mb(len(data))}, and a PDF may have {_mb(LARGEST_PDF)}: send a part of it."
                    )
                note = "" if promised in ("", PDF) else f"{name} is a PDF by its content, and goes as one."
                return Attachment(name, PDF, data, pages=_pages(name, data), note=note)
            case Text() if promised:
                what = "PDF" if promised == PDF else "image"
                raise Refusal(f"{name} is no {what} but a text by its content: look into it, or give it another name.")
            case Text():
                return _text(data, name, found)
            case Other():
                raise Refusal(f"{name} is {found.what}, which cannot be sent: {found.help}.")
    except Damaged as error:
        raise Refusal(f"{name} {error}: save it anew, or send another.") from None


def _pages(name: str, data: bytes) -> int:
    pages = pages_of(data)
    if pages > 600:
        raise Refusal(f"{name} has {pages:,} pages, and the API takes 600: send a part of it.")
    return pages


def _text(data: bytes, name: str, found: Text) -> Attachment:
    if len(data) > LARGEST_TEXT:
        raise Refusal(f"{name} has {_mb(len(data))}, and a text may have {_mb(LARGEST_TEXT)}: send a part of it.")
    if not found.text.strip():
        raise Refusal(f"{name} has nothing in it but white space: there is nothing to send.")
    note = "" if found.encoding == "UTF-8" else f"{name} is read as {found.encoding}."
    return Attachment(name, TEXT, data, text=found.text, note=note)


def _image(data: bytes, name: str, found: Image, promised: str) -> Attachment:
    note = (
        ""
        if promised in ("", found.media_type)
        else f"{name} is a {found.label} image by its content, and goes as one."
    )
    whole = Attachment(name, found.media_type, data, found.width, found.height, note=note)
    edge = max(found.width, found.height)
    if edge <= USEFUL and len(data) <= LARGEST_IMAGE:
        return whole
    size = f"{found.width:,} × {found.height:,} pixels"
    smaller = scaled(data, found.media_type, USEFUL, LARGEST_IMAGE)
    if smaller is not None:
        seen = kind_of(smaller)
        if isinstance(seen, Image) and len(smaller) <= LARGEST_IMAGE:
            told = f"{name} was scaled down from {size} to {seen.width:,} × {seen.height:,}: a model sees no more."
            return Attachment(name, seen.media_type, smaller, seen.width, seen.height, note=told)
    if edge > WIDEST:
        raise Refusal(f"{name} has {size}, and the API takes {WIDEST:,} an edge: scale it down{EXTRA}.")
    if len(data) > LARGEST_IMAGE:
        raise Refusal(f"{name} has {_mb(len(data))}, and an image may have {_mb(LARGEST_IMAGE)}: scale it down{EXTRA}.")
    return whole


def _check_inside(name: str, path: Path, folder: Path) -> None:
    """A path that seems to lie in the folder does: a link in it may lead anywhere."""
    if ".." in path.parts:
        return
    real, root = Path(os.path.realpath(folder / path)), Path(os.path.realpath(folder))
    if not real.is_relative_to(root):
        there = clean_line(str(real), 200)
        raise Refusal(f"{name} is a link that leads out of this folder, to {there}: give that path if you mean it.")


def _read(name: str, path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Refusal(_why_not(name, path, error)) from None
    try:
        before = os.fstat(descriptor)
        _check_regular(name, before)
        if before.st_size > LARGEST:
            raise Refusal(f"{name} has {_mb(before.st_size)}, and a file may have {_mb(LARGEST)}: send a part of it.")
        data = _all(descriptor)
        after = os.fstat(descriptor)
    except OSError as error:
        raise Refusal(f"{name} cannot be read: {cause(error)}; try again, or copy it elsewhere first.") from None
    finally:
        os.close(descriptor)
    # What the system makes up while it is read has no size of its own.
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if changed or (before.st_size and len(data) != before.st_size):
        raise Refusal(f"{name} changed while it was read: attach it again when it is written.")
    if len(data) > LARGEST:
        raise Refusal(f"{name} has more than {_mb(LARGEST)}: send a part of it.")
    return data


def _all(descriptor: int) -> bytes:
    pieces: list[bytes] = []
    left = LARGEST + 1
    while left and (piece := os.read(descriptor, min(left, 1 << 20))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _check_regular(name: str, found: os.stat_result) -> None:
    mode = found.st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise Refusal(f"{name} is a folder: attach the files in it, one by one or with a pattern such as {name}/*.")
    what = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    raise Refusal(f"{name} is {what}, not a file: write what comes of it to a file first.")


def _why_not(name: str, path: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        if path.is_symlink():
            return f"{name} is a link to what is not there: attach the file itself."
        return f"{name} is not there: check the path, or type @ to look for it."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{name} may not be read by you: change its permissions, or copy it."
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return f"{name} is a socket or a device, not a file: write what comes of it to a file first."
    return f"{name} cannot be opened: {cause(error)}; check the path."


def _name(given: str) -> str:
    """The last of a path, harmless and not too long."""
    sound = given.encode("utf-8", "replace").decode("utf-8")
    return clean_line(sound.rstrip("/").rpartition("/")[2] or sound, 120).strip() or "The file"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


__all__ = ["IMAGES", "Attachment", "Refusal", "attach_bytes", "attach_path", "block_of", "tokens_of"]
