"""Theme files of other people: whatever is in them, nothing breaks."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from textual.style import Style
from textual.theme import Theme

from claude_tui.theme_files import FOLDER_LIMIT, load_themes
from claude_tui.theme_values import (
    ANSI,
    ATTRIBUTES,
    COLORS,
    ROLES,
    BadStyle,
    ThemeSpec,
    contrast,
    parse_style,
)


def write(folder, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def textual_takes(theme: ThemeSpec) -> None:
    """What the screen will do with it."""
    for ansi in (True, False):
        made = Theme(name=theme.name, dark=theme.dark, ansi=ansi, **theme.colors)
        made.to_color_system().generate()
    for text in theme.styles.values():
        Style.parse(text)


def closed(theme: ThemeSpec) -> bool:
    def color(text: str) -> bool:
        return text in ANSI or re.fullmatch("#[0-9a-f]{6}", text) is not None

    words = {word for text in theme.styles.values() for word in text.split()} - {*ATTRIBUTES, "on"}
    return (
        list(theme.colors) == list(COLORS)
        and set(theme.styles) == set(ROLES)
        and all(map(color, itertools.chain(words, theme.colors.values())))
    )


# Other people's


def test_a_theme_may_say_almost_nothing(tmp_path):
    write(tmp_path, "mine.toml", '[colors]\nbackground = "#fff"\nforeground = "#000"\naccent = "#00f"\n')
    themes, problems = load_themes(tmp_path)
    mine = themes["mine"]
    assert problems == []
    assert not mine.dark
    assert mine.colors["background"] == "#ffffff"
    assert mine.colors["primary"] == "#0000ff"
    assert mine.styles["user.bar"] == "#0000ff"
    assert contrast(parse_style(mine.styles["meta"]).color, "#ffffff") >= 4.5
    assert closed(mine)


def test_a_later_folder_wins_by_name_and_a_broken_file_replaces_nothing(tmp_path):
    write(tmp_path / "a", "x.toml", 'name = "one"\n[colors]\naccent = "#111111"\n')
    write(tmp_path / "a", "y.toml", 'name = "two"\n[colors]\naccent = "#222222"\n')
    write(tmp_path / "b", "z.toml", 'name = "one"\n[colors]\naccent = "#333333"\n')
    write(tmp_path / "b", "y.toml", 'name = "two\n')
    themes, problems = load_themes(tmp_path / "a", tmp_path / "none", tmp_path / "b")
    assert {name: theme.colors["accent"] for name, theme in themes.items()} == {"one": "#333333", "two": "#222222"}
    assert themes["one"].source.endswith("z.toml")
    assert len(problems) == 1
    assert str(problems[0]).startswith("y.toml, line 1: this is not TOML")


BAD = {
    'hats = "x"\n': "means nothing in a theme",
    'about = "a\\u001bb"\n': '"about" must be text',
    'color = "x"\n': 'did you mean "colors"?',
    "dark = 1\n": '"dark" must be true or false',
    "colors = 3\n": "must be a table",
    "[colors]\naccent = 3\n": "must be text",
    '[colors]\nacent = "#fff"\n': 'did you mean "accent"?',
    '[colors]\naccent = "red"\n': 'line 2: "accent": "red" is not a colour',
    '[colors]\naccent = "ansi_yelllow"\n': 'did you mean "ansi_yellow"?',
    '[colors]\naccent = "#12345"\n': "is not a colour",
    '[colors]\naccent = "#１２３"\n': "is not a colour",
    '[colors]\naccent = "#fff\\n"\n': "is not a colour",
    '[colors]\naccent = "#fff; color: red"\n': "is not a colour",
    '[colors]\naccent = "$primary"\n': "is not a colour",
    '[colors]\naccent = "auto"\n': "is not a colour",
    '[colors]\naccent = "\\u001b[31m"\n': "is not a colour",
    '[palette]\n"a b" = "#fff"\n': "cannot be a name",
    '[palette]\nink = "blue"\n': "is not a colour",
    '[styles]\n"md.h7" = "bold"\n': 'did you mean "md.h',
    '[styles]\n"md.h1" = "blod"\n': 'line 2: "md.h1": "blod" is neither a colour nor one of bold, dim',
    '[styles]\n"md.h1" = "blink"\n': "neither a colour",
    '[styles]\n"md.h1" = "$ink"\n': "is not a colour of this theme",
    '[styles]\n"md.h1" = "#fff #000"\n': "is a second colour",
    '[styles]\n"md.h1" = "on #fff on #000"\n': "is a second ground",
    '[styles]\n"md.h1" = "bold on"\n': 'missing after "on"',
    '[styles]\n"md.h1" = "on bold"\n': "neither a colour",
    '[styles]\n"md.h1" = "on auto"\n': "is for text",
    '[styles]\n"md.h1" = "link=file:///x"\n': "neither a colour",
    '[styles]\n"md.h1" = "[@click=app.quit]"\n': "neither a colour",
    '[styles]\n"md.h1" = ["bold"]\n': "must be text",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_entry_costs_only_itself(tmp_path, text):
    write(tmp_path, "mine.toml", text)
    themes, problems = load_themes(tmp_path)
    assert len(problems) == 1
    assert BAD[text] in str(problems[0])
    assert str(problems[0]).startswith("mine.toml, line ")
    assert str(problems[0]).isprintable()
    assert closed(themes["mine"])
    textual_takes(themes["mine"])


@pytest.mark.parametrize("name", ['""', "3", '" x"', '"a\\u001b"', '"a\\n"', '"' + "x" * 41 + '"', '"../x"'])
def test_a_theme_without_a_usable_name_is_left_out(tmp_path, name):
    write(tmp_path, "mine.toml", f"name = {name}\n")
    themes, problems = load_themes(tmp_path)
    assert themes == {}
    assert "no usable name" in str(problems[0])


def test_a_file_that_is_none_costs_only_itself(tmp_path):
    write(tmp_path, "good.toml", "")
    write(tmp_path, "large.toml", "#" * 64_001)
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    write(tmp_path, ".hidden.toml", "x")
    write(tmp_path, "evil\x1b[2J.toml", "x")
    themes, problems = load_themes(tmp_path)
    assert set(themes) == {"good"}
    assert len(problems) == 4
    assert all(str(problem).isprintable() for problem in problems)


def test_a_file_of_mistakes_only_is_read_at_once_and_told_in_a_few(tmp_path):
    lines = "".join(f'a{number} = "#fff; x"\n' for number in range(3_000))
    write(tmp_path, "mine.toml", f"[palette]\n{lines}")
    begun = time.monotonic()
    themes, problems = load_themes(tmp_path)
    assert time.monotonic() - begun < 10
    assert len(problems) == 31
    assert str(problems[-1]) == "mine.toml: there are 2,970 more mistakes."
    assert closed(themes["mine"])


def test_a_folder_full_of_files_is_read_up_to_a_limit(tmp_path):
    for number in range(FOLDER_LIMIT + 1):
        (tmp_path / f"{number:03}.toml").write_text("x")
    themes, problems = load_themes(tmp_path)
    assert themes == {}
    assert len(problems) == FOLDER_LIMIT + 1
    assert "only the first" in str(problems[0])


def test_every_colour_that_is_let_in_can_be_put_on(tmp_path):
    for number, color in enumerate([*ANSI, "#abc", "#ABCDEF", "default"]):
        colors = "\n".join(f'{name} = "{color}"' for name in COLORS)
        styles = "\n".join(f'"{role}" = "{" ".join(ATTRIBUTES)} {color} on {color}"' for role in ROLES)
        write(tmp_path, f"t{number}.toml", f"[colors]\n{colors}\n[styles]\n{styles}\n")
    themes, problems = load_themes(tmp_path)
    assert problems == []
    for theme in themes.values():
        assert closed(theme)
        textual_takes(theme)


def test_unquoted_roles_are_understood(tmp_path):
    write(tmp_path, "mine.toml", '[styles]\nmd.strong = "italic"\nstatus.state = "bold"\n')
    themes, problems = load_themes(tmp_path)
    assert problems == []
    assert themes["mine"].styles["md.strong"] == "italic"


# Styles


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("", ""),
        ("none", ""),
        ("default", ""),
        ("default on default", ""),
        ("italic bold", "bold italic"),
        ("#FFF", "#ffffff"),
        ("on $ink bold", "bold on #f4f0e8"),
        ("bold $ink on #222", "bold #f4f0e8 on #222222"),
        ("auto on #000", "#ffffff on #000000"),
        ("auto on #eee", "#000000 on #eeeeee"),
        ("auto on ansi_bright_cyan", "ansi_black on ansi_bright_cyan"),
        ("auto on ansi_blue", "ansi_bright_white on ansi_blue"),
        ("auto", ""),
    ],
)
def test_styles_are_made_plain(written, plain):
    made = str(parse_style(written, {"ink": "#f4f0e8"}))
    assert made == plain
    assert str(parse_style(made)) == made


def test_a_name_that_is_no_colour_is_no_style():
    with pytest.raises(BadStyle):
        parse_style("$ink")


def test_contrast_is_the_known_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
