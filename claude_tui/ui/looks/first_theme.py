"""The theme of the first frame, found without loading all of the config.

Whatever is wrong with a file is told later, by those who read it whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...paths import Paths
from ...theme_files import DEFAULT_THEME, LIGHT_THEME, load_themes, read_theme
from ...theme_values import ThemeSpec

AUTO = "auto"
"""The name under which one chooses what suits the terminal."""
COLOURLESS = "plain"
"""The theme for who wants no colour at all."""

_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Wish:
    """Which theme is to be worn."""

    chosen: str = ""
    """The one that a person chose by name; empty for what suits the terminal."""

    dark: str = DEFAULT_THEME
    """What suits a dark terminal."""

    light: str = LIGHT_THEME
    """What suits a light one."""

    @staticmethod
    def read(paths: Paths) -> Wish:
        """The choice made in the app, else the config's, else none."""
        config, state = _read_toml(paths.config_file), _read_toml(paths.state_file)
        chosen = _name(state, "theme") or _name(config, "theme")
        return Wish(
            "" if chosen == AUTO else chosen,
            _name(config, "theme_dark") or DEFAULT_THEME,
            _name(config, "theme_light") or LIGHT_THEME,
        )

    def on(self, dark: bool) -> str:
        """The name of what is worn on a dark or a light terminal."""
        return self.chosen or (self.dark if dark else self.light)


def first_ground(paths: Paths, environ: Mapping[str, str]) -> bool:
    """Whether the terminal is dark, as it said at the last run, or as its environment says; else yes."""
    said = _name(_read_toml(paths.state_file), "ground")
    if said in ("dark", "light"):
        return said == "dark"
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return ground not in ("7", *map(str, range(9, 16)))


def first_theme(paths: Paths, name: str) -> ThemeSpec:
    """The theme of that name, else the default."""
    folders = list(reversed(paths.theme_folders()))
    for wanted in (name, DEFAULT_THEME):
        for spec in _by_file(folders, wanted):
            return spec
    themes, _ = load_themes(*reversed(folders))  # a file may be called otherwise than its theme
    return themes[name] if name in themes else next(iter(themes.values()))


def _by_file(folders: list[Path], name: str) -> Iterator[ThemeSpec]:
    if not name.replace("-", "").replace("_", "").isalnum():
        return
    for folder in folders:
        file = folder / f"{name}.toml"
        spec = read_theme(file)[0] if file.is_file() else None
        if spec is not None and spec.name == name:
            yield spec


def _read_toml(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as opened:
            return tomllib.loads(opened.read(_LIMIT).decode())
    except (OSError, ValueError, RecursionError):
        return {}


def _name(values: Mapping[str, object], key: str) -> str:
    name = values.get(key)
    return name.strip() if isinstance(name, str) and name.isprintable() else ""
