"""Files on their way into a message: read, kept, and made its blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from claude_tui.core.attached import Kept, files_in, too_much
from claude_tui.core.conversation import Node
from claude_tui.core.message import OpaqueBlock

from .keeping import Contents
from .naming import expanded
from .reading import Attachment, Refusal, attach_path, block_of


def gather(paths: Iterable[str], folder: Path, *, exactly: bool = False) -> tuple[list[Attachment], list[str]]:
    """The files at these paths, and patterns unless ``exactly``, and a sentence for each that does not go."""
    found: list[Attachment] = []
    refused: list[str] = []
    for path in paths:
        for one in [path] if exactly else expanded(path, folder):
            try:
                found.append(attach_path(one, folder))
            except Refusal as error:
                refused.append(str(error))
    return found, refused


def keep(files: Iterable[Attachment], contents: Contents) -> list[Kept]:
    """Their contents on the disk. Raises ``OSError`` or ``ConfigError``."""
    return [file.kept(contents.keep(file.data)) for file in files]


def blocks(files: Sequence[Kept], contents: Contents) -> list[OpaqueBlock]:
    """Their blocks for a message. Raises ``Refusal`` where a content was lost meanwhile."""
    made: list[OpaqueBlock] = []
    for kept in files:
        data = contents.read(kept.sha256)
        if data is None:
            raise Refusal(f"The copy of {kept.name} that was kept is lost: attach it again.")
        made.append(block_of(kept, data))
    return made


def refusal(path: Sequence[Node], files: Sequence[Kept], context: int) -> str:
    """Why these files cannot go after what was said, to a model of that context; empty if they can."""
    return too_much([*(kept for node in path for kept in files_in(node.content)), *files], context)


def missing(path: Sequence[Node], contents: Contents) -> list[str]:
    """The names of files that were said in a conversation and are not kept any more."""
    every = (kept for node in path for kept in files_in(node.content))
    return list(dict.fromkeys(kept.name for kept in every if not contents.has(kept.sha256, kept.size)))
