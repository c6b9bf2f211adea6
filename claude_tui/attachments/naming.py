"""Paths as people and terminals write them: in quotes, with escaped spaces, as addresses of files."""

from __future__ import annotations

import glob
import os
import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

MOST = 50
"""More in one go are none that a terminal would drop."""
_LONGEST = 20_000
_PLAIN = re.compile(r"[^\s\"'\\]+")
"""What no quotes are needed for."""


def paths_in(text: str) -> list[str]:
    """The paths a text consists of; none when it is anything but paths. Nothing is looked up on the disk."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return []
    try:
        words = shlex.split(text, posix=True)
    except ValueError:  # an apostrophe in a name
        words = [text] if "\n" not in text else text.splitlines()
    found = [_of_address(word) for word in words]
    return [path for path in found if path] if len(found) <= MOST and all(found) else []


def dropped(text: str) -> list[str]:
    """The files that a paste names and nothing else: each must begin at a root or a home, and be there."""
    whole = text.strip()
    for paths in ([whole], paths_in(whole)):  # a name with bare spaces first
        if paths and all(_is_rooted(path) and _is_file(path) for path in paths):
            return paths
    return []


def written(argument: str) -> list[str]:
    """The files that a line behind a command names: the one whose name it is, blanks and all, else as a shell would."""
    whole = argument.strip()
    return [whole] if " " in whole and _is_file(whole) else paths_in(whole)


def expanded(path: str, folder: Path) -> list[str]:
    """The path, or what fits it where it is a pattern; the path itself when nothing does."""
    if not any(mark in path for mark in "*?[") or (folder / path).exists():
        return [path]
    found = sorted(glob.glob(os.path.expanduser(path), root_dir=folder))  # noqa: PTH111, PTH207
    return [one for one in found if (folder / one).is_file()][:MOST] or [path]


def one_path(argument: str) -> str:
    """The one path that an argument is: bare, blanks and all, or in quotes."""
    if argument[:1] not in ("'", '"'):
        return argument
    try:
        words = shlex.split(argument)
    except ValueError:
        words = [argument[1:]] if argument.count(argument[0]) == 1 else []
    return words[0] if len(words) == 1 else argument


def quoted(path: str) -> str:
    """The path as one writes it among others: in quotes where it holds what would part it."""
    if path and _PLAIN.fullmatch(path):
        return path
    return f'"{path}"' if '"' not in path and "\\" not in path else shlex.quote(path)


def last_path(argument: str) -> tuple[str, str]:
    """What stands before the last of several paths, as it is typed, and that path without its quotes."""
    start, path, mark, at = 0, "", "", 0
    while at < len(argument):
        one = argument[at]
        if one == mark:
            mark = ""
        elif one == "\\" and mark != "'" and at + 1 < len(argument):
            at += 1
            path += argument[at] if not mark or argument[at] in '"\\' else f"\\{argument[at]}"
        elif not mark and one in "\"'":
            mark = one
        elif not mark and one.isspace():
            start, path = at + 1, ""
        else:
            path += one
        at += 1
    return argument[:start], path


def _of_address(word: str) -> str:
    if not word.startswith("file:"):
        return word
    parts = urlsplit(word)
    return unquote(parts.path) if parts.netloc in ("", "localhost") else ""


def _is_rooted(path: str) -> bool:
    return path.startswith(("/", "~/")) and "\n" not in path and len(path) < 4096


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):
        return False
