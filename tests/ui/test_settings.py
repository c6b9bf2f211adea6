"""What people change, on one screen: it holds at once, is kept in the app's own file, and says where it is from."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from claude_tui.config import CHOSEN, Config, State, load_state, save_state, with_choices
from claude_tui.paths import Paths
from claude_tui.ui.keys.commands import BY_ID
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.screens.settings import SettingsScreen
from claude_tui.ui.settings import SETTINGS
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio


def configure(text: str) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


async def opens(someone: Person, title: str) -> None:
    """The settings, and the row of that title."""
    await someone.press("ctrl+x", "comma")
    await someone.until(lambda: isinstance(someone.screen, SettingsScreen) and "Esc closes" in someone.text)
    await someone.press(*["down"] * [setting.title for setting in SETTINGS].index(title))
    await someone.until(lambda: f"❯ {title}" in someone.text)


def test_each_row_is_a_setting_of_the_config_or_has_a_command_and_all_that_is_kept_has_a_row() -> None:
    known = {field.name for field in fields(Config)}
    for setting in SETTINGS:
        assert setting.name in known
        assert bool(setting.values) != bool(setting.command)
        assert not setting.command or setting.command in BY_ID
        assert not setting.values or setting.name in CHOSEN
    assert {setting.name for setting in SETTINGS if setting.values} == set(CHOSEN)


def test_what_was_chosen_holds_instead_of_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    state = State(settings={"editing": "vim", "timestamps": False, "from_tomorrow": [1]})
    assert save_state(path, state) is None
    kept, problems = load_state(path)
    assert kept == state and problems == []
    assert with_choices(Config(editing="plain", timestamps=True, titles=True), kept) == Config(
        editing="vim", titles=True
    )


def test_a_bad_choice_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    path.write_text('[settings]\nediting = "vi"\ntitles = true\n')
    state, [problem] = load_state(path)
    assert dict(state.settings) == {"titles": True}
    assert 'did you mean "vim"?' in str(problem)


async def test_a_choice_holds_at_once_and_at_the_next_start_and_config_toml_is_not_touched(home: Path) -> None:
    configure('editing = "plain"\ntimestamps = true\n# mine\n')
    before = Paths.default().config_file.read_text()
    async with person(home) as someone:
        await opens(someone, "Keys of the prompt")
        await someone.press("enter")
        await someone.sees("vim", "here")
        await someone.press("escape")
        await someone.press("escape")
        await someone.sees("❮")
        assert Paths.default().config_file.read_text() == before
    async with person(home) as someone:
        await someone.press("escape")
        await someone.sees("❮")


async def test_where_a_value_is_from_and_which_of_two_holds_is_said(home: Path) -> None:
    configure("timestamps = true\n")
    async with person(home) as someone:
        await opens(someone, "Timestamps")
        await someone.sees("config.toml says on; another choice here would hold")
        assert someone.transcript.reading.timestamps
        await someone.press("right")
        await someone.sees("config.toml says on; what is chosen here holds")
        assert not someone.transcript.reading.timestamps
        await someone.press("delete")
        await someone.sees("config.toml says on; another choice here would hold")
        assert someone.transcript.reading.timestamps
        assert dict(someone.session.state.settings) == {}


async def test_every_value_of_every_row_can_be_had_and_is_kept(home: Path) -> None:
    async with person(home) as someone:
        await opens(someone, SETTINGS[0].title)
        for place, setting in enumerate(SETTINGS):
            if setting.values:
                seen = {getattr(someone.session.config, setting.name)}
                for _ in setting.values:
                    await someone.press("right")
                    seen.add(getattr(someone.session.config, setting.name))
                assert seen == {value for value, _ in setting.values}, setting.name
                await someone.press("left", "backspace")
            if place + 1 < len(SETTINGS):
                await someone.press("down")
        assert dict(someone.session.state.settings) == {}
        assert someone.told == []


async def test_a_row_with_a_list_opens_it_and_shows_what_was_chosen(home: Path) -> None:
    async with person(home) as someone:
        await opens(someone, "Effort")
        await someone.press("enter")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.press(*"low", "enter")
        await someone.until(lambda: isinstance(someone.screen, SettingsScreen))
        await someone.sees("low …")
        await someone.press("delete")
        await someone.until(lambda: someone.session.state.effort is None)


async def test_it_is_complete_in_forty_columns(home: Path) -> None:
    async with person(home, size=(40, 30)) as someone:
        await opens(someone, "Timestamps")
        for setting in SETTINGS:
            assert setting.title in someone.text
        await someone.press("enter")
        await someone.sees("on", "●", "Chosen here")


async def test_settings_that_cannot_be_kept_hold_and_that_is_said(home: Path) -> None:
    async with person(home) as someone:
        await opens(someone, "Timestamps")
        someone.session.paths.state_file.unlink(missing_ok=True)
        someone.session.paths.state_file.mkdir(parents=True)
        await someone.press("enter")
        await someone.hears("cannot be kept")
        assert someone.session.config.timestamps
