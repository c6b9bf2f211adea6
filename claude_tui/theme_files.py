"""Themes: TOML files of colours and styles, checked here so that no theme can break the screen.

    name = "mine"
    about = "like mother's kitchen"   # told where it is chosen
    dark = true

    [colors]                      # any of COLORS; the rest is derived
    accent = "#e0926b"

    [palette]                     # names of one's own, for the styles below
    ink = "#f4f0e8"

    [styles]                      # any of ROLES; the rest follows from the colours
    "md.strong" = "bold $ink"
    "user.bar" = "$accent"

What a file leaves out is made from what it says; anything wrong in it costs its entry and is a `Problem`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import cast

from claude_tui.files import Findings, Problem, TomlFile, cause, printable, quoted, read_toml, suggest
from claude_tui.theme_values import (
    ANSI,
    COLORS,
    ROLES,
    BadStyle,
    ThemeSpec,
    contrast,
    is_hex,
    luminance,
    mix,
    parse_style,
    plain_color,
)

DEFAULT_THEME = "dusk"
LIGHT_THEME = "paper"
"""The themes of someone who chose none, on a dark terminal and on a light one."""

THEME_LIMIT = 64_000
"""The largest theme file that is read, in bytes."""

FOLDER_LIMIT = 200
"""The most theme files that are read of one folder."""

_DARK = {
    "foreground": "#e4dfd6", "background": "#191817", "accent": "#e0926b",
    "success": "#a8bf8a", "warning": "#dcb96e", "error": "#f28b9d",
}  # fmt: skip
_LIGHT = {
    "foreground": "#2b2824", "background": "#fbf9f5", "accent": "#923718",
    "success": "#375a19", "warning": "#6a4a00", "error": "#951a38",
}  # fmt: skip

_NAME = re.compile(r"[\w][\w .-]{0,39}\Z")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_TABLES = {"name": "", "about": "", "dark": "", "colors": "", "palette": "", "styles": ""}


def load_themes(*folders: Path) -> tuple[dict[str, ThemeSpec], list[Problem]]:
    """The themes of some folders by name, a later one in the place of an earlier one.

    A file that cannot be used leaves the theme it would have replaced.
    """
    read = [each for folder in folders for each in read_themes(folder).values()]
    return {theme.name: theme for theme, _ in read if theme}, [problem for _, found in read for problem in found]


def read_themes(folder: Path) -> dict[Path, tuple[ThemeSpec | None, list[Problem]]]:
    """The themes of a folder by file, and what is wrong with each; with the folder itself, by its own path."""
    problems: list[Problem] = []
    read = {path: read_theme(path) for path in _files(folder, problems)}
    return {folder: (None, problems), **read} if problems else dict(read)


def read_theme(path: Path) -> tuple[ThemeSpec | None, list[Problem]]:
    """One theme, and what in its file could not be used."""
    file = read_toml(path, THEME_LIMIT)
    if file is None:
        return None, []
    if isinstance(file, Problem):
        return None, [file]
    return _Reading(file).theme()


class _Reading:
    """One pass over a theme's file, gathering what is wrong in it."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.findings = Findings(file)

    def theme(self) -> tuple[ThemeSpec | None, list[Problem]]:
        values = self.file.values
        for key in (key for key in values if key not in _TABLES):
            self.findings.add((key,), f"{quoted(key)} means nothing in a theme", _nearest(key, _TABLES))
        name = values.get("name", self.file.path.stem)
        if not isinstance(name, str) or not _NAME.match(name) or name != name.strip():
            self.findings.add(
                ("name",), "the theme has no usable name", 'write name = "my theme", of at most 40 letters'
            )
            return None, self.findings.problems()
        given = self.colors("colors", COLORS)
        palette = self.colors("palette", None)
        dark = self.dark(given.get("background"))
        colors = _complete(given, dark)
        names = {**_shades(colors), **palette, **colors}
        styles = {**{role: str(parse_style(style, names)) for role, style in ROLES.items()}, **self.styles(names)}
        source = printable(self.file.path, 200)
        about = self.about()
        spec = ThemeSpec(name, dark, MappingProxyType(colors), MappingProxyType(styles), source, about)
        return spec, self.findings.problems()

    def about(self) -> str:
        value = self.file.values.get("about", "")
        if isinstance(value, str) and value.isprintable() and len(value) <= 60:
            return value.strip()
        self.findings.add(("about",), '"about" must be text of at most 60 letters', "it is left out")
        return ""

    def dark(self, background: str | None) -> bool:
        value = self.file.values.get("dark")
        if isinstance(value, bool):
            return value
        if value is not None:
            self.findings.add(("dark",), '"dark" must be true or false', "it is taken from the background")
        return background is None or not is_hex(background) or luminance(background) < 0.18

    def colors(self, table: str, known: tuple[str, ...] | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in self.entries(table):
            if known and key not in known:
                self.findings.add((table, key), f"{quoted(key)} is not a colour of a theme", _nearest(key, known))
            elif not known and not _WORD.match(key):
                self.findings.add(
                    (table, key), f"{quoted(key)} cannot be a name", "use small letters, digits and hyphens"
                )
            elif value != "default":
                try:
                    found[key] = plain_color(value)
                except BadStyle as wrong:
                    self.findings.add((table, key), f"{quoted(key)}: {wrong}", _color_hint(value))
        return found

    def styles(self, names: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for role, text in self.entries("styles"):
            if role not in ROLES:
                self.findings.add(("styles", role), f"{quoted(role)} is not a role", _nearest(role, ROLES))
                continue
            try:
                found[role] = str(parse_style(text, names))
            except BadStyle as wrong:
                self.findings.add(
                    ("styles", role), f"{quoted(role)}: {wrong}", 'a style is like "bold #e0926b on #222222"'
                )
        return found

    def entries(self, table: str) -> Iterable[tuple[str, str]]:
        """The texts of a table. ``md.strong = …`` without quotation marks is a table in TOML; it is meant as a key."""
        value = self.file.values.get(table, {})
        if not isinstance(value, dict):
            self.findings.add((table,), f"{quoted(table)} must be a table", f"write its entries below a line [{table}]")
            return
        yield from self.texts(table, "", cast("dict[str, object]", value))

    def texts(self, table: str, before: str, values: dict[str, object]) -> Iterable[tuple[str, str]]:
        for key, value in values.items():
            name = before + key
            if isinstance(value, str):
                yield name, value
            elif isinstance(value, dict):
                yield from self.texts(table, f"{name}.", cast("dict[str, object]", value))
            else:
                self.findings.add((table, name), f"{quoted(name)} must be text in quotation marks")


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        problems.append(Problem(printable(folder, 200), f"the themes cannot be listed: {cause(error)}"))
        return []
    if len(found) > FOLDER_LIMIT:
        problems.append(
            Problem(printable(folder, 200), f"only the first {FOLDER_LIMIT} of {len(found)} themes are read")
        )
    return found[:FOLDER_LIMIT]


def _complete(given: Mapping[str, str], dark: bool) -> dict[str, str]:
    """All of `COLORS`, what was not given made from what was."""
    base = _DARK if dark else _LIGHT
    main = given.get("accent") or given.get("primary") or base["accent"]
    colors = {**base, "accent": main, "primary": main, **given}
    ground, text = colors["background"], colors["foreground"]
    colors.setdefault("secondary", colors["primary"])
    colors.setdefault("surface", mix(ground, text, 0.03))
    colors.setdefault("panel", mix(ground, text, 0.08))
    colors.setdefault("boost", mix(ground, text, 0.05))
    return {name: colors[name] for name in COLORS}


def _shades(colors: Mapping[str, str]) -> dict[str, str]:
    """The names styles may use without a palette: what is secondary, what only divides, the ground of code."""
    ground, text = colors["background"], colors["foreground"]
    muted = next(
        (shade for part in range(55, 100, 5) if _reads(shade := mix(ground, text, part / 100), ground)),
        text,
    )
    return {
        # A terminal's bright black is invisible in some schemes; its plain text never is.
        "muted": muted,
        "faint": mix(ground, text, 0.25),
        "code": mix(ground, text, 0.04),
    }


def _reads(color: str, ground: str) -> bool:
    return not is_hex(color) or not is_hex(ground) or contrast(color, ground) >= 4.5


def _color_hint(text: str) -> Callable[[], str]:
    return lambda: suggest(text, ANSI) or "use #rgb, #rrggbb or a name like ansi_red"


def _nearest(word: str, known: Iterable[str]) -> Callable[[], str]:
    return lambda: suggest(word, known) or "it is left out"
