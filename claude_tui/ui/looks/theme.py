"""A theme file's values become Textual's theme and Rich's styles."""

from __future__ import annotations

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.theme import Theme

from ...theme_values import ThemeSpec, parse_style


def textual_theme(spec: ThemeSpec) -> Theme:
    """The part of a theme that Textual's own widgets wear."""
    colors = spec.colors
    chosen, muted, line = (parse_style(spec.styles[role]) for role in ("selection", "meta", "md.rule"))
    return Theme(
        name=spec.name,
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        foreground=colors["foreground"],
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["panel"],
        boost=colors["boost"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        dark=spec.dark,
        ansi=spec.ansi,
        variables={
            "block-cursor-foreground": colors["background"] if not spec.ansi else "ansi_default",
            **(
                {
                    "input-selection-background": chosen.ground,
                    "input-selection-foreground": chosen.color or colors["foreground"],
                }
                if chosen.ground
                else {}
            ),
            "line": line.color or colors["foreground"],
            "line-style": " ".join(line.attributes) or "none",
            "scrollbar": line.color or "ansi_bright_black",
            # Its own is a share of the text's colour, which nobody measured.
            **({"text-muted": muted.color} if muted.color else {}),
            # Asked for by Textual's own styles of an ansi theme, and not defined there.
            "ansi-background": colors["background"],
            "ansi-foreground": colors["foreground"],
        },
    )


UNTHEMED = {"line": "grey", "line-style": "none"}
"""The variables that are ours alone, for Textual's own themes, which nobody sees."""


class Styles:
    """Rich styles by role, over the theme's own ground."""

    def __init__(self, spec: ThemeSpec) -> None:
        self.spec = spec
        self._cache: dict[str, Style] = {}
        self.base = _parse(f"{spec.colors['foreground']} on {spec.colors['background']}")
        """Plain text on the page."""
        self.page = _parse(f"on {spec.colors['background']}")

    def __getitem__(self, roles: str) -> Style:
        """The style of one role or of several joined by a space, without the ground of the page."""
        style = self._cache.get(roles)
        if style is None:
            style = Style()
            for role in roles.split():
                style = style + _parse(self.spec.styles.get(role, ""))
            self._cache[roles] = style
        return style


def _parse(text: str) -> Style:
    words = text.replace("ansi_", "").split()
    try:
        return Style.parse(" ".join(words)) if words else Style()
    except StyleSyntaxError:  # the file was checked; a hand-made spec costs its style, never the app
        return Style()
