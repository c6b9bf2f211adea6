"""What is worn: chosen, as the terminal is, as files change, without colour, and standing still."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from rich.color import ColorType

from claude_tui.demo import replies
from claude_tui.paths import Paths, shipped_themes
from claude_tui.store import Store
from claude_tui.ui.looks.wardrobe import LOOK_EVERY
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.terminal.driver import GroundSeen
from tests.support.driver import Person, conversation_of, keep, person

pytestmark = pytest.mark.anyio

MINE = 'name = "mine"\n[colors]\nbackground = "{}"\nforeground = "#ffffff"\naccent = "#ffaa00"\n'


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked at more often than they are for a person."""
    monkeypatch.setattr("claude_tui.ui.looks.wardrobe.LOOK_EVERY", 0.05)


def own(name: str, text: str) -> Path:
    """A theme of one's own, saved as an editor does."""
    folder = Paths.default().themes_dir
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.write_text(text)
    return part.rename(folder / name)


def remembered() -> dict[str, object]:
    file = Paths.default().state_file
    return tomllib.loads(file.read_text()) if file.exists() else {}


def config(text: str) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def page(someone: Person) -> str:
    """The ground that is painted under the conversation."""
    strip = someone.app.screen._compositor.render_strips()[1]
    style = next(iter(strip)).style
    assert style is not None and style.bgcolor is not None
    return style.bgcolor.name


# The picker


async def test_a_theme_is_tried_on_over_the_conversation_and_kept_or_taken_back(home: Path) -> None:
    async with person(home) as someone:
        before = page(someone)
        await someone.commands("/theme")
        assert isinstance(someone.screen, ChooseScreen)
        seen = {before}
        for _ in range(4):
            await someone.press("down")
            seen.add(page(someone))
            assert remembered().get("theme") is None, "looking is not choosing"
        assert len(seen) >= 4
        await someone.press("escape")
        await someone.until(lambda: page(someone) == before)
        assert "theme" not in remembered()

        await someone.commands("/theme")
        await someone.types("sepia")
        await someone.press("s", "e", "p", "i", "a", "enter")
        await someone.until(lambda: page(someone) == "#f0e3ca")
        assert remembered()["theme"] == "sepia"
        assert not Paths.default().config_file.exists(), "the person's own file is never written"
    async with person(home) as someone:
        assert page(someone) == "#f0e3ca"


async def test_the_picker_leaves_the_conversation_in_sight(home: Path) -> None:
    async with person(home, last=True, seed=lambda store: keep(store, conversation_of(9))) as someone:
        await someone.commands("/theme")
        await someone.sees("Theme", "auto")
        covered = [line for line in someone.lines if "· dark" in line or "· light" in line or "auto" in line]
        assert covered and all(line.index("  ") < 40 or line[:26].strip() for line in covered)
        assert "❯" in someone.lines[-2] and someone.status.strip(), "the prompt and the status line show it too"
        assert sum("│" in line or bool(line[:26].strip()) for line in someone.lines) >= 8


# As the terminal is


def answered(someone: Person, *, dark: bool) -> None:
    someone.app.post_message(GroundSeen(dark))


async def test_the_default_goes_with_the_terminal_and_is_remembered_for_the_first_frame(home: Path) -> None:
    async with person(home) as someone:
        assert someone.app.theme == "dusk"
        answered(someone, dark=False)
        await someone.until(lambda: someone.app.theme == "paper")
        assert remembered() == {"ground": "light"}
    async with person(home, settled=False) as someone:
        assert someone.app.theme == "paper", "from the first frame on"
        answered(someone, dark=True)
        await someone.until(lambda: someone.app.theme == "dusk")
        await someone.until(lambda: remembered() == {"ground": "dark"})


async def test_an_answer_before_anything_is_open_is_remembered_too(home: Path) -> None:
    async with person(home, settled=False) as someone:
        someone.app.on_ground_seen(GroundSeen(False))
        assert someone.app.theme == "paper"
        await someone.until(lambda: remembered() == {"ground": "light"})


async def test_a_chosen_theme_stays_whatever_the_terminal_says(home: Path) -> None:
    config('theme = "moss"\n')
    async with person(home) as someone:
        answered(someone, dark=False)
        await someone.until(lambda: remembered() == {"ground": "light"})
        assert someone.app.theme == "moss"
        await someone.commands("/theme auto")
        assert someone.app.theme == "paper"
        await someone.commands("/theme velvet")
        answered(someone, dark=True)
        await someone.until(lambda: remembered().get("ground") == "dark")
        assert someone.app.theme == "velvet"
    async with person(home) as someone:
        assert someone.app.theme == "velvet"
        await someone.commands("/theme auto")
    async with person(home) as someone:
        assert someone.app.theme == "dusk", "chosen in the app, auto wins over the config's name"


async def test_the_config_names_the_pair(home: Path) -> None:
    config('theme_dark = "fjord"\ntheme_light = "porcelain"\n')
    async with person(home) as someone:
        assert someone.app.theme == "fjord"
        answered(someone, dark=False)
        await someone.until(lambda: someone.app.theme == "porcelain")


async def test_an_answer_does_not_disturb_who_is_trying_on(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/theme")
        await someone.press("down")
        tried = someone.app.theme
        answered(someone, dark=False)
        await someone.until(lambda: not someone.app.wardrobe.dark)
        assert someone.app.theme == tried
        await someone.press("escape")
        await someone.until(lambda: someone.app.theme == "paper")


async def test_without_an_answer_the_environment_may_tell(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for said, theme in (("0;15", "paper"), ("15;0", "dusk"), ("default;default", "dusk"), ("", "dusk")):
        monkeypatch.setenv("COLORFGBG", said)
        async with person(home, settled=False) as someone:
            assert someone.app.theme == theme


# Files that change


async def test_a_theme_of_one_s_own_is_worn_anew_while_it_is_edited(home: Path, soon: None) -> None:
    file = own("mine.toml", MINE.format("#101010"))
    async with person(home) as someone:
        await someone.commands("/theme mine")
        await someone.until(lambda: page(someone) == "#101010")
        own("mine.toml", MINE.format("#202020"))
        await someone.until(lambda: page(someone) == "#202020")
        assert someone.told == []

        for _ in range(2):  # saved twice with the same mistake, it is told once
            own("mine.toml", MINE.format("#30303"))
            os.utime(file)
            await someone.hears("is not a colour")
            assert page(someone) == "#202020", "a mistake leaves the theme as it was"
        assert len(someone.told) == 1 and "stays as it was" in someone.told[0]

        own("mine.toml", MINE.format("#404040"))
        await someone.until(lambda: page(someone) == "#404040")
        own("mine.toml", "name = ")
        await someone.hears("not TOML")
        assert page(someone) == "#404040"
        file.unlink()
        own("other.toml", MINE.format("#505050"))
        await someone.until(lambda: page(someone) == "#505050")


async def test_a_file_of_the_same_name_wins_over_ours_while_it_is_there(home: Path, soon: None) -> None:
    folder = Paths.default().themes_dir
    folder.mkdir(parents=True)
    async with person(home) as someone:
        assert someone.app.theme == "dusk"
        ours = page(someone)
        own("dusk.toml", MINE.format("#222222").replace("mine", "dusk"))
        await someone.until(lambda: page(someone) == "#222222")
        (folder / "dusk.toml").unlink()
        await someone.until(lambda: page(someone) == ours)


async def test_a_folder_made_while_it_runs_is_found_when_one_comes_back_to_the_window(home: Path, soon: None) -> None:
    async with person(home) as someone:
        assert someone.app.wardrobe._watching is None, "no folder, no looking"
        own("mine.toml", MINE.format("#232323"))
        someone.app.on_app_focus()
        await someone.until(lambda: "mine" in someone.app.wardrobe.specs)
        await someone.commands("/theme mine")
        await someone.until(lambda: page(someone) == "#232323")
        watching = someone.app.wardrobe._watching
        assert watching is not None and LOOK_EVERY >= 1
        shutil.rmtree(Paths.default().themes_dir)
        await someone.until(lambda: not watching.is_alive())
        assert page(someone) == "#232323", "what is worn stays"


# Without colour, and still


async def test_no_color_leaves_no_colour_and_all_of_the_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    def seed(store: Store) -> None:
        keep(store, conversation_of(1, lambda number: replies.MARKDOWN))

    async with person(home, size=(80, 40), last=True, seed=seed) as someone:
        for keys in (("ctrl+home",), ("tab", "right"), ("slash", "t"), ("ctrl+o",), ("escape", "f1"), ("escape", "f2")):
            await someone.press(*keys)
            app = someone.app
            for strip in app.screen._compositor.render_strips():
                for line_filter in app.get_line_filters():
                    strip = strip.apply_filter(line_filter, app.screen.styles.background)
                for segment in strip:
                    style = segment.style
                    for color in (style.color, style.bgcolor) if style else ():
                        assert color is None or color.type is ColorType.DEFAULT, (keys, segment)
        await someone.press("escape", "ctrl+u")
        await someone.commands("/theme fjord")
        await someone.hears("NO_COLOR")
        assert someone.app.theme == "plain"


async def test_still_is_still(home: Path) -> None:
    config("reduced_motion = true\n")
    async with person(home) as someone:
        assert someone.app.still
        assert not someone.app.chat_screen.prompt.cursor_blink
        for keys in (("ctrl+o",), ("escape", "ctrl+l"), ("escape", "f2")):
            await someone.press(*keys)
            await someone.until(lambda: someone.screen.focused is not None)
            assert not someone.screen.focused.cursor_blink, keys


async def test_nothing_is_animated_in_any_case(home: Path) -> None:
    async with person(home) as someone:
        assert someone.app.animation_level == "none"
        assert not someone.app.still


# Only the theme has colours


def test_no_colour_is_written_in_the_interface() -> None:
    """Colours come from `themes/`: neither digits nor names of any stand in the interface's own files."""
    names = "red|green|blue|white|black|yellow|cyan|magenta|purple|orange|pink|brown|gr[ae]y|gold|navy|teal|violet"
    digits = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}\b|\b(?:rgb|rgba|hsl|hsla)\(|\bcolor\(\d")
    styled = re.compile(
        rf"(?:color|background|border|outline|tint)[\w-]*:[^;]*\b(?:bright_)?(?:{names}|ansi_\w+)\b|bgcolor=[\"']"
    )
    folder = shipped_themes().parent / "claude_tui" / "ui"
    files = [path for path in folder.rglob("*") if path.suffix in (".py", ".tcss")]
    assert len(files) > 40
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            assert not digits.search(line) and not styled.search(line), f"{file.name}, line {number}: {line}"
    assert digits.search('color="#fff"') and styled.search("  color: red;") and styled.search("border: tall ansi_blue;")
