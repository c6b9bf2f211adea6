"""Attached files in what is given out to be read: beside Markdown in a folder, inside an HTML page."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from claude_tui.core.attached import Kept, ReadFile, files_in
from claude_tui.core.conversation import Conversation
from claude_tui.exchange.file_names import file_name
from claude_tui.files import write_private
from claude_tui.paths import make_private

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "application/pdf": "pdf"}
_PLACE = re.compile(r'"attached:(\d{1,6})"')


def attached(conversation: Conversation) -> list[Kept]:
    """The files of the path to the head, each content once."""
    return list({kept.sha256: kept for node in conversation.path() for kept in files_in(node.content)}.values())


def beside(conversation: Conversation, name: str) -> dict[str, str]:
    """By hash: the path, from beside a file of that name, under which a content is to be found."""
    stem = Path(name).stem
    return {
        kept.sha256: f"{stem}-files/{number}-{file_name(Path(kept.name).stem, _ENDINGS.get(kept.media_type, ''))}"
        for number, kept in enumerate(attached(conversation), 1)
    }


def write_beside(paths: Mapping[str, str], folder: Path, read: ReadFile) -> list[str]:
    """Write the contents there; the paths of those that are lost. Raises ``OSError`` or ``ConfigError``."""
    missing: list[str] = []
    for sha256, path in paths.items():
        content = read(sha256)
        if content is None:
            missing.append(path)
            continue
        target = folder / path
        make_private(target.parent)
        write_private(target, content)
    return missing


def places(conversation: Conversation) -> dict[str, str]:
    """By hash: what stands in a page where `put_in_page` puts the content, when nothing is masked in it any more."""
    return {kept.sha256: f"attached:{number}" for number, kept in enumerate(attached(conversation))}


def put_in_page(page: str, conversation: Conversation, read: ReadFile) -> str:
    """The page with the contents that are still there."""
    kept = attached(conversation)

    def put(found: re.Match[str]) -> str:
        one = kept[int(found[1])] if int(found[1]) < len(kept) else None
        content = read(one.sha256) if one is not None else None
        if one is None or content is None:
            return '"#"'
        return f'"data:{one.media_type};base64,{base64.b64encode(content).decode("ascii")}"'

    return _PLACE.sub(put, page)
