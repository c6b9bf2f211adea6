"""What a theme is: colours by name, styles by the role a piece of text plays, and the arithmetic of both.

A `ThemeSpec` is complete and closed: it has every colour and every role, a colour in it is ``#rrggbb`` or
``ansi_…``, and a style is words of `ATTRIBUTES`, a colour, and ``on`` a colour.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from claude_tui.files import quoted

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

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")


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

    about: str = ""
    """What it is like, in a few words."""

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
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_hex(color: str) -> bool:
    """Whether it is written in digits, and not one of `ANSI`."""
    return _HEX.match(color) is not None


def plain_color(text: str) -> str:
    """``#rrggbb`` or one of `ANSI`; raises `BadStyle` for what is neither."""
    if is_hex(text):
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
        return plain_color(word)
    except BadStyle:
        raise BadStyle(f"{quoted(word)} is neither a colour nor one of " + ", ".join(ATTRIBUTES)) from None


def _readable_on(ground: str) -> str:
    if is_hex(ground):
        return max("#000000", "#ffffff", key=lambda color: contrast(color, ground))
    if ground == "ansi_default":
        return "ansi_default"
    return "ansi_bright_white" if ground in ANSI[:8] and ground != "ansi_white" else "ansi_black"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def luminance(color: str) -> float:
    """How light a ``#rrggbb`` colour is, from 0 to 1, by the formula of WCAG 2."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (part / 255 for part in _rgb(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mix(ground: str, text: str, part: float) -> str:
    """A colour on the way from one to the other; where it cannot be known, the end that is nearer."""
    if not (is_hex(ground) and is_hex(text)):
        return text if part >= 0.2 else ground
    mixed = (round(a + (b - a) * part) for a, b in zip(_rgb(ground), _rgb(text), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)
