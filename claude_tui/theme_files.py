"""Themes: TOML files of colours and styles, checked here so that no theme can break the screen.

    name = "mine"
    dark = true

    [colors]                      # any of COLORS; the rest is derived
    accent = "#e0926b"

    [palette]                     # names of one's own, for the styles below
    ink = "#f4f0e8"

    [styles]                      # any of ROLES; the rest follows from the colours
    "md.strong" = "bold $ink"
    "user.bar" = "$accent"

What comes out is complete and closed: a `ThemeSpec` has every colour and every role, a colour in it is
``#rrggbb`` or ``ansi_…``, and a style is words of `ATTRIBUTES`, a colour, and ``on`` a colour. Anything
else in a file costs its entry and is a `Problem`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

from claude_tui.files import Findings, Problem, TomlFile, cause, printable, quoted, read_toml, suggest

DEFAULT_THEME = "dusk"
"""The theme of someone who chose none."""

THEME_LIMIT = 64_000
"""The largest theme file that is read, in bytes."""

FOLDER_LIMIT = 200
"""The most theme files that are read of one folder."""

COLORS = (
    "primary", "secondary", "accent", "foreground", "background", "surface", "panel", "boost",
    "success", "warning", "error",
)  # fmt: skip
"""The colours of a theme, by the names the toolkit has for them."""

ANSI = (
    *(f"ansi_{name}" for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")),
    *(f"ansi_bright_{name}" for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")),
    "ansi_default",
)
"""The terminal's own colours."""

ATTRIBUTES = ("bold", "dim", "italic", "underline", "strike", "reverse")
"""What text can be besides coloured. Nothing blinks."""

ROLES: Mapping[str, str] = MappingProxyType(
    {
        # Markdown
        "md.h1": "bold $accent",
        "md.h2": "bold $foreground",
        "md.h3": "bold $foreground",
        "md.h4": "bold italic $foreground",
        "md.h5": "italic $foreground",
        "md.h6": "italic $muted",
        "md.strong": "bold",
        "md.em": "italic",
        "md.strike": "strike $muted",
        "md.code": "$foreground on $code",
        "md.fence": "$foreground on $code",
        "md.fence.label": "$muted on $code",
        "md.link": "underline",
        "md.link.url": "$muted",
        "md.image": "italic $muted",
        "md.quote": "italic",
        "md.quote.bar": "$faint",
        "md.list.marker": "$muted",
        "md.task.done": "$success",
        "md.task.open": "$muted",
        "md.table.head": "bold",
        "md.table.rule": "$faint",
        "md.rule": "$faint",
        "md.footnote": "$muted",
        "md.html": "$muted",
        "md.math": "italic",
        # Code
        "syntax.keyword": "bold",
        "syntax.name": "",
        "syntax.function": "",
        "syntax.class": "",
        "syntax.string": "$success",
        "syntax.number": "$warning",
        "syntax.comment": "italic $muted",
        "syntax.operator": "",
        "syntax.builtin": "",
        "syntax.decorator": "$warning",
        "syntax.tag": "bold",
        "syntax.attribute": "",
        "syntax.punctuation": "",
        "syntax.error": "underline $error",
        "syntax.inserted": "$success",
        "syntax.deleted": "$error",
        "syntax.heading": "bold",
        # The transcript
        "user": "$foreground",
        "user.bar": "$accent",
        "user.time": "$muted",
        "thinking": "italic $muted",
        "thinking.title": "$muted",
        "tool": "$muted",
        "tool.title": "$foreground",
        "tool.error": "$error",
        "seam": "$muted",
        "error": "$error",
        "note": "$muted",
        "meta": "$muted",
        # Round it
        "status": "$foreground",
        "status.state": "bold $accent",
        "status.dim": "$muted",
        "status.warn": "$warning",
        "prompt": "bold $accent",
        "cursor.block": "on $panel",
        "selection": "reverse",
        "new-output": "bold $accent",
    }
)
"""Every role a piece of text can play, and what it wears in a theme that does not say."""

_DARK = {
    "foreground": "#e4dfd6", "background": "#191817", "accent": "#e0926b",
    "success": "#a8bf8a", "warning": "#dcb96e", "error": "#f28b9d",
}  # fmt: skip
_LIGHT = {
    "foreground": "#2b2824", "background": "#fbf9f5", "accent": "#923718",
    "success": "#375a19", "warning": "#6a4a00", "error": "#951a38",
}  # fmt: skip

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
_NAME = re.compile(r"[\w][\w .-]{0,39}\Z")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_TABLES = {"name": "", "dark": "", "colors": "", "palette": "", "styles": ""}


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """One theme, complete and checked."""

    name: str
    """What it is chosen by."""

    dark: bool
    """Whether text is lighter than its ground."""

    colors: Mapping[str, str]
    """All of `COLORS`, each ``#rrggbb`` or one of `ANSI`."""

    styles: Mapping[str, str]
    """All of `ROLES`; an empty style changes nothing."""

    source: str
    """The file it was read from."""

    @property
    def ansi(self) -> bool:
        """Whether it stands on the terminal's own ground."""
        return self.colors["background"] in ANSI


class BadStyle(ValueError):
    """Words that are not a style, with the reason."""


@dataclass(frozen=True, slots=True)
class StyleParts:
    """A style, taken apart."""

    color: str = ""
    """The colour of the text; empty to leave it."""

    ground: str = ""
    """The colour behind the text; empty to leave it."""

    attributes: tuple[str, ...] = ()
    """Some of `ATTRIBUTES`, in their order."""

    def __str__(self) -> str:
        return " ".join([*self.attributes, *([self.color] if self.color else []), *self._ground()])

    def _ground(self) -> list[str]:
        return ["on", self.ground] if self.ground else []


def load_themes(*folders: Path) -> tuple[dict[str, ThemeSpec], list[Problem]]:
    """The themes of some folders by name, a later one in the place of an earlier one.

    A file that cannot be used leaves the theme it would have replaced.
    """
    themes: dict[str, ThemeSpec] = {}
    problems: list[Problem] = []
    for folder in folders:
        for path in _files(folder, problems):
            theme, found = read_theme(path)
            problems += found
            if theme:
                themes[theme.name] = theme
    return themes, problems


def read_theme(path: Path) -> tuple[ThemeSpec | None, list[Problem]]:
    """One theme, and what in its file could not be used."""
    file = read_toml(path, THEME_LIMIT)
    if file is None:
        return None, []
    if isinstance(file, Problem):
        return None, [file]
    return _Reading(file).theme()


def parse_style(text: str, names: Mapping[str, str] = MappingProxyType({})) -> StyleParts:
    """``bold $ink on #222`` taken apart, with its names and short forms made plain.

    ``default`` leaves a colour as it is; ``auto`` is black or white, whichever reads better on its ground.
    """
    colors: dict[bool, str] = {}
    attributes: set[str] = set()
    on = False
    for word in text.split():
        if word == "on" and not on:
            on = True
        elif word in ATTRIBUTES and not on:
            attributes.add(word)
        elif word == "none" and not on:
            continue
        else:
            color = _style_color(word, names)
            if on in colors:
                raise BadStyle(f"{quoted(word)} is a second {'ground' if on else 'colour'}")
            if color == "auto" and on:
                raise BadStyle('"auto" is for text, not for its ground')
            colors[on] = color
            on = False
    if on:
        raise BadStyle('a colour is missing after "on"')
    ground = colors.get(True, "")
    color = colors.get(False, "")
    if color == "auto":
        color = _readable_on(ground) if ground else ""
    return StyleParts(color, ground, tuple(word for word in ATTRIBUTES if word in attributes))


def contrast(one: str, other: str) -> float:
    """How well two ``#rrggbb`` colours are told apart, from 1 to 21, by the formula of WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


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
        return ThemeSpec(
            name, dark, MappingProxyType(colors), MappingProxyType(styles), source
        ), self.findings.problems()

    def dark(self, background: str | None) -> bool:
        value = self.file.values.get("dark")
        if isinstance(value, bool):
            return value
        if value is not None:
            self.findings.add(("dark",), '"dark" must be true or false', "it is taken from the background")
        return background is None or not _HEX.match(background) or _luminance(background) < 0.18

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
                    found[key] = _color(value)
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


def _color(text: str) -> str:
    if _HEX.match(text):
        digits = text[1:].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    if text in ANSI:
        return text
    raise BadStyle(f"{quoted(text)} is not a colour")


def _style_color(word: str, names: Mapping[str, str]) -> str:
    if word == "default":
        return ""
    if word == "auto":
        return word
    if word.startswith("$"):
        if word[1:] in names:
            return names[word[1:]]
        raise BadStyle(f"{quoted(word)} is not a colour of this theme")
    try:
        return _color(word)
    except BadStyle:
        raise BadStyle(f"{quoted(word)} is neither a colour nor one of " + ", ".join(ATTRIBUTES)) from None


def _complete(given: Mapping[str, str], dark: bool) -> dict[str, str]:
    """All of `COLORS`, what was not given made from what was."""
    base = _DARK if dark else _LIGHT
    main = given.get("accent") or given.get("primary") or base["accent"]
    colors = {**base, "accent": main, "primary": main, **given}
    ground, text = colors["background"], colors["foreground"]
    colors.setdefault("secondary", colors["primary"])
    colors.setdefault("surface", _mix(ground, text, 0.03))
    colors.setdefault("panel", _mix(ground, text, 0.08))
    colors.setdefault("boost", _mix(ground, text, 0.05))
    return {name: colors[name] for name in COLORS}


def _shades(colors: Mapping[str, str]) -> dict[str, str]:
    """The names styles may use without a palette: what is secondary, what only divides, the ground of code."""
    ground, text = colors["background"], colors["foreground"]
    muted = next(
        (shade for part in range(55, 100, 5) if _reads(shade := _mix(ground, text, part / 100), ground)),
        text,
    )
    return {
        # A terminal's bright black is invisible in some schemes; its plain text never is.
        "muted": muted,
        "faint": _mix(ground, text, 0.25),
        "code": _mix(ground, text, 0.04),
    }


def _reads(color: str, ground: str) -> bool:
    return not _HEX.match(color) or not _HEX.match(ground) or contrast(color, ground) >= 4.5


def _mix(ground: str, text: str, part: float) -> str:
    """A colour on the way from one to the other; where it cannot be known, the end that is nearer."""
    if not (_HEX.match(ground) and _HEX.match(text)):
        return text if part >= 0.2 else ground
    mixed = (round(a + (b - a) * part) for a, b in zip(_rgb(ground), _rgb(text), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _readable_on(ground: str) -> str:
    if _HEX.match(ground):
        return max("#000000", "#ffffff", key=lambda color: contrast(color, ground))
    if ground == "ansi_default":
        return "ansi_default"
    return "ansi_bright_white" if ground in ANSI[:8] and ground != "ansi_white" else "ansi_black"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (part / 255 for part in _rgb(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _color_hint(text: str) -> Callable[[], str]:
    return lambda: suggest(text, ANSI) or "use #rgb, #rrggbb or a name like ansi_red"


def _nearest(word: str, known: Iterable[str]) -> Callable[[], str]:
    return lambda: suggest(word, known) or "it is left out"
