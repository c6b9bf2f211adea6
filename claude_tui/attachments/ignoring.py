"""What `.gitignore` files leave out, in the words of gitignore(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from claude_tui.files import read_limited

_LARGEST = 200_000
_MOST = 2_000
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one folder, the last first: what fits one first is decided."""

    depth: int
    """How many characters of a path, relative to the root, stand before those the rules are about."""
    rules: tuple[tuple[bool, bool, re.Pattern[str]], ...]
    """Whether it leaves out (or takes in again), whether it is about folders alone, and what it fits."""


def rules_of(folder: Path, depth: int) -> Rules | None:
    """The rules in a folder; None when it has none that can be read."""
    try:
        text = read_limited(folder / ".gitignore", _LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
    return parse(text, depth)


def parse(text: str, depth: int = 0) -> Rules | None:
    """The rules in a text; neighbours of one sort are one pattern, so that a file is tried against few."""
    found: list[tuple[bool, bool, list[str]]] = []
    for line in text.splitlines()[:_MOST]:
        line = line.rstrip("\r")
        line = line if line.endswith("\\ ") else line.rstrip(" ")
        if not line or line.startswith("#"):
            continue
        negated = line.startswith("!")
        line = line.removeprefix("!").removeprefix("\\") if line[:2] in ("\\#", "\\!") else line.removeprefix("!")
        folders = line.endswith("/")
        pattern = _pattern(line.rstrip("/"))
        if pattern is None:
            continue
        if found and found[-1][:2] == (not negated, folders) and len(found[-1][2]) < _CHUNK:
            found[-1][2].append(pattern)
        else:
            found.append((not negated, folders, [pattern]))
    rules: list[tuple[bool, bool, re.Pattern[str]]] = []
    for out, folders, patterns in reversed(found):
        rules.append((out, folders, re.compile("|".join(patterns), re.DOTALL)))
    return Rules(depth, tuple(rules)) if rules else None


def ignored(path: str, is_folder: bool, every: tuple[Rules, ...]) -> bool:
    """Whether a path, relative to the root, is left out: the rules of the deepest folder decide first."""
    for rules in reversed(every):
        own = path[rules.depth :]
        for out, folders, pattern in rules.rules:
            if (is_folder or not folders) and pattern.fullmatch(own):
                return out
    return False


def _pattern(glob: str) -> str | None:
    """A regular expression for the path of what the pattern is about."""
    if not glob or glob.strip("/") == "":
        return None
    rooted = "/" in glob
    glob = glob.removeprefix("/")
    made = "" if rooted else "(?:.*/)?"
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/"):
            made, at = made + "(?:.*/)?", at + 3
        elif glob.startswith("**", at) and at + 2 == len(glob) and (at == 0 or glob[at - 1] == "/"):
            made, at = made + ".+", at + 2
        elif glob[at] == "*":
            made, at = made + ("[^/]*+" if at + 1 == len(glob) else "[^/]*"), at + 1
            while at < len(glob) and glob[at] == "*":
                at += 1
        elif glob[at] == "?":
            made, at = made + "[^/]", at + 1
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            inner = glob[at + 1 : end]
            sign = "^/" if inner[:1] in ("!", "^") else ""
            inner = inner[1:] if sign else inner
            made, at = made + f"[{sign}{re.escape(inner).replace(chr(92) + '-', '-')}]", end + 1
        elif glob[at] == "\\" and at + 1 < len(glob):
            made, at = made + re.escape(glob[at + 1]), at + 2
        else:
            made, at = made + re.escape(glob[at]), at + 1
    try:
        re.compile(made)
    except re.error:
        return None
    return made
