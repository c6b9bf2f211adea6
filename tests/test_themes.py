"""The themes that come with the app: complete, readable, each of its own kind; measured, not believed."""

from __future__ import annotations

import itertools
import math
import tomllib

import pytest

from claude_tui.paths import shipped_themes
from claude_tui.theme_files import DEFAULT_THEME, LIGHT_THEME, load_themes
from claude_tui.theme_values import COLORS, ROLES, ThemeSpec, contrast, parse_style
from claude_tui.ui.looks.first_theme import COLOURLESS
from tests.test_theme_files import closed, textual_takes

OURS = sorted(shipped_themes().glob("*.toml"))
THEMES, TROUBLE = load_themes(shipped_themes())
HEX = [theme for theme in THEMES.values() if not theme.ansi]
HIGH = {"contrast", "noon"}
"""The high-contrast ones."""

LINES = {"md.quote.bar", "md.table.rule", "md.rule"}
"""What only divides carries no words."""

TEXT = {
    "md.h1", "md.h2", "md.h3", "md.h4", "md.h5", "md.strong", "md.em", "md.code", "md.fence", "md.link", "md.quote",
    "md.table.head", "md.math", "user", "selection", "status", "tool.title", "error",
    *(role for role in ROLES if role.startswith("syntax.")),
} - {"syntax.comment"}  # fmt: skip
"""What is there to be read, not to be glanced at."""

each = pytest.mark.parametrize("theme", HEX, ids=lambda theme: theme.name)


def test_there_are_enough_of_every_kind() -> None:
    assert TROUBLE == []
    assert len(THEMES) >= 8
    assert sum(theme.dark for theme in HEX) >= 4
    assert sum(not theme.dark for theme in HEX) >= 3
    assert {theme.name for theme in THEMES.values() if theme.ansi} == {"terminal", COLOURLESS}
    assert set(THEMES) >= {*HIGH, "signal"}
    assert THEMES[DEFAULT_THEME].dark and not THEMES[LIGHT_THEME].dark


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_each_says_everything(path) -> None:
    values = tomllib.loads(path.read_text())
    assert set(values["colors"]) == set(COLORS)
    assert set(values["styles"]) == set(ROLES)
    assert values["name"] == path.stem
    assert 8 <= len(values["about"]) <= 36, "it stands beside the name, in a list"
    worn = "\n".join(values["styles"].values())
    assert [name for name in values.get("palette", {}) if f"${name}" not in worn] == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_each_can_be_put_on(theme: ThemeSpec) -> None:
    assert closed(theme)
    textual_takes(theme)


@each
def test_dark_is_what_it_says(theme: ThemeSpec) -> None:
    assert theme.dark == (
        contrast(theme.colors["background"], "#ffffff") > contrast(theme.colors["background"], "#000000")
    )


@each
def test_text_can_be_read_on_its_ground(theme: ThemeSpec) -> None:
    page, code = theme.colors["background"], parse_style(theme.styles["md.fence"]).ground
    assert 1.03 < contrast(page, code) < 1.15, "the ground of code is just off the page"
    for role, text in theme.styles.items():
        parts = parse_style(text)
        grounds = [parts.ground] if parts.ground else [code] if role.startswith("syntax.") else [page]
        if role.startswith(("status", "prompt")):
            grounds.append(theme.colors["surface"])
        if role in LINES:
            least = 3.0 if theme.name in HIGH else 1.5
        else:
            least = 7.0 if role in TEXT or theme.name in HIGH else 4.5
        for ground in grounds:
            reached = contrast(parts.color or theme.colors["foreground"], ground)
            assert reached >= least, f"{role}: {reached:.1f}"


@each
def test_what_is_said_in_the_app_s_own_colours_can_be_read(theme: ThemeSpec) -> None:
    """Lists and notices wear the theme's colours, on the page, on a panel, and where one stands in a list."""
    least = 7.0 if theme.name in HIGH else 4.5
    for color in ("foreground", "accent", "warning", "error"):
        for ground in ("background", "surface", "panel"):
            reached = contrast(theme.colors[color], theme.colors[ground])
            assert reached >= least, f"{color} on {ground}: {reached:.1f}"


@each
def test_what_is_secondary_is_still_readable_where_the_block_cursor_is(theme: ThemeSpec) -> None:
    ground = parse_style(theme.styles["cursor.block"]).ground
    for role, text in theme.styles.items():
        if role not in LINES and not parse_style(text).ground:
            assert contrast(parse_style(text).color or theme.colors["foreground"], ground) >= 4.5, role


@each
def test_a_selection_stands_out_from_the_page_and_from_code(theme: ThemeSpec) -> None:
    chosen = parse_style(theme.styles["selection"]).ground
    for under in (theme.colors["background"], parse_style(theme.styles["md.fence"]).ground):
        assert contrast(chosen, under) >= 1.25


def test_only_one_colour_says_where_one_is() -> None:
    for theme in (*HEX, THEMES["terminal"]):
        wearing = {role for role, text in theme.styles.items() if parse_style(text).color == theme.colors["accent"]}
        assert wearing == {"md.h1", "user.bar", "status.state", "prompt", "new-output"}


def test_the_plain_one_has_no_colour() -> None:
    plain = THEMES[COLOURLESS]
    assert {*plain.colors.values()} == {"ansi_default"}
    assert [role for role, text in plain.styles.items() if parse_style(text).color or parse_style(text).ground] == []


def test_none_is_another_in_another_hue() -> None:
    """Each sets some of its text in its own way, besides its colours."""
    for one, other in itertools.combinations(THEMES.values(), 2):
        differ = [role for role in ROLES if _attributes(one, role) != _attributes(other, role)]
        assert len(differ) >= 5, f"{one.name} and {other.name}: {differ}"


def _attributes(theme: ThemeSpec, role: str) -> tuple[str, ...]:
    return parse_style(theme.styles[role]).attributes


# Kinds of colour sight: Machado, Oliveira and Fernandes (2009), at full severity, on linear light.

SIGHTS = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TOLD_APART = 20.0
"""CIE 1976 colour difference; 2.3 is just noticed beside each other, letters here and there need far more."""


@pytest.mark.parametrize("sight", SIGHTS)
def test_signal_is_told_apart_by_every_kind_of_sight(sight: str) -> None:
    colors = THEMES["signal"].colors
    for one, other in itertools.combinations(("success", "warning", "error", "foreground"), 2):
        apart = math.dist(_seen(colors[one], sight), _seen(colors[other], sight))
        assert apart >= TOLD_APART, f"{one} and {other}: {apart:.0f}"


def test_the_measure_finds_red_and_green_alike_where_they_are() -> None:
    assert math.dist(_seen("#a07a3c", "no green"), _seen("#7d8a3c", "no green")) < TOLD_APART
    assert math.dist(_seen("#ff0000", "all cones"), _seen("#00ff00", "all cones")) > 5 * TOLD_APART


def _seen(color: str, sight: str) -> tuple[float, float, float]:
    """The colour as that sight has it, in CIE L*a*b*."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = (min(max(sum(a * b for a, b in zip(row, light, strict=True)), 0), 1) for row in SIGHTS[sight])
    x = _root((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047)
    y = _root(0.2126729 * red + 0.7151522 * green + 0.0721750 * blue)
    z = _root((0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(value: float) -> float:
    return value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
