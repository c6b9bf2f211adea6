"""Personas: a system prompt, a model and settings under a name, each a file of the user's, ``personas/NAME.toml``.

The app only reads them. A conversation keeps what its persona said when it was chosen: an edited file changes none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from claude_tui.config import read_persona
from claude_tui.core.text import clean_line
from claude_tui.files import Problem, cause, suggest
from claude_tui.wishes import Wishes

MOST = 200
"""Of more files the rest, by name, is left out."""
ENDING = ".toml"


@dataclass(frozen=True, slots=True)
class Persona:
    """What one file says."""

    name: str
    about: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    problems: tuple[Problem, ...] = ()
    """What in the file could not be used; the rest of it was."""


def names(folder: Path) -> list[str]:
    """The personas there are, by name; no folder is no persona."""
    try:
        found = [path.name.removesuffix(ENDING) for path in folder.iterdir() if path.name.endswith(ENDING)]
    except OSError:
        return []
    return sorted(name for name in found if _is_name(name))[:MOST]


def load(folder: Path, name: str) -> Persona | Problem:
    """The persona of that name; a problem if there is none."""
    there = names(folder)
    found = next((each for each in there if each.lower() == name.lower()), None)
    if found is None:
        return _none(folder, name, there)
    try:
        read = read_persona(folder / f"{found}{ENDING}")
    except OSError as error:
        return Problem(f"{found}{ENDING}", f"it cannot be read: {cause(error)}")
    if read is None:
        return _none(folder, name, there)
    values, problems = read
    if not values and problems:
        return problems[0]
    about = clean_line(str(values.pop("about", "")), 120).strip()
    return Persona(found, about, Wishes(**values, persona=found), tuple(problems))


def load_all(folder: Path) -> list[Persona | Problem]:
    """All of them, those that cannot be used as their problem."""
    return [load(folder, name) for name in names(folder)]


def _none(folder: Path, name: str, there: list[str]) -> Problem:
    shown = clean_line(name, 40)
    if not there:
        return Problem("personas", f"there is none yet; write {folder / (shown or 'NAME')}{ENDING}")
    return Problem("personas", f"there is no {shown!r}", suggest(name, there) or f"there are {', '.join(there[:12])}")


def _is_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and name == clean_line(name, 60).strip() and name != "none"
