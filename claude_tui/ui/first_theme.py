"""The theme of the first frame, found without loading all of the config.

Whatever is wrong with a file is told later, by those who read it whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from ..paths import Paths
from ..theme_files import DEFAULT_THEME, load_themes, read_theme
from ..theme_values import ThemeSpec

_LIMIT = 100_000


def first_theme(paths: Paths) -> ThemeSpec:
    """The theme last chosen in the app, else the config's, else the default."""
    folders = list(reversed(paths.theme_folders()))
    for name in _wanted(paths):
        for folder in folders:
            spec = _read(folder / f"{name}.toml")
            if spec is not None and spec.name == name:
                return spec
    themes, _ = load_themes(*reversed(folders))  # a file may be called otherwise than its theme
    names = [name for name in _wanted(paths) if name in themes]
    return themes[names[0]] if names else next(iter(themes.values()))


def _wanted(paths: Paths) -> Iterator[str]:
    for file in (paths.state_file, paths.config_file):
        try:
            with file.open("rb") as opened:
                name = tomllib.loads(opened.read(_LIMIT).decode()).get("theme")
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(name, str) and name.replace("-", "").replace("_", "").isalnum():
            yield name
    yield DEFAULT_THEME


def _read(file: Path) -> ThemeSpec | None:
    return read_theme(file)[0] if file.is_file() else None
