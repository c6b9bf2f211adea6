"""Chords: two keys for one command, in the prompt, in the transcript and under vi's keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from claude_tui.demo import Faithful
from claude_tui.paths import Paths
from claude_tui.ui.keys import chords
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.ui.screens.info import InfoScreen
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio

ANSWER = Faithful("The answer, in **markdown**.", "A thought.")


def configure(text: str) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def pending(someone: Person) -> str:
    return someone.app.chat_screen.chords.pending


KEYS = '[keys]\nmodel = "ctrl+x 1"\nreceipt = "<leader> R"\nfork = "f11 f"\ncost = "ctrl+x $"\n'


async def test_a_chord_does_its_command_and_types_nothing(home: Path) -> None:
    configure(KEYS)
    async with person(home) as someone:
        await someone.types("kept")
        await someone.press("ctrl+x", "1")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.press("escape")
        await someone.press("ctrl+x", "R")
        await someone.hears("There is no reply yet")
        await someone.press("f11", "f")
        await someone.until(lambda: len(someone.told) >= 2)
        await someone.press("ctrl+x", "dollar_sign")
        await someone.until(lambda: isinstance(someone.screen, InfoScreen))
        await someone.press("escape")
        assert someone.typed == "kept"
        await someone.press("1")
        assert someone.typed == "kept1"


async def test_a_chord_works_in_the_transcript(home: Path) -> None:
    configure(KEYS)
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        await someone.press("tab")
        assert someone.screen.focused is someone.transcript
        await someone.press("ctrl+x", "R")
        await someone.until(lambda: isinstance(someone.screen, InfoScreen))
        await someone.press("escape")
        assert someone.screen.focused is someone.transcript


@pytest.mark.parametrize("mode", ["normal", "insert"])
async def test_a_chord_works_under_vis_keys(home: Path, mode: str) -> None:
    configure('editing = "vim"\n' + KEYS)
    async with person(home) as someone:
        await someone.press(*"ab")
        if mode == "normal":
            await someone.press("escape")
        await someone.press("ctrl+x", "R")
        await someone.hears("There is no reply yet")
        assert someone.typed == "ab"


async def test_what_may_follow_is_listed_when_one_waits(home: Path) -> None:
    configure(KEYS)
    async with person(home) as someone:
        await someone.press("ctrl+x")
        await someone.sees("Ctrl+X …", "1 model", "R receipt", "$ cost", "Ctrl+E editor")
        await someone.press("1")
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen))
        await someone.press("escape")
        assert "Ctrl+X …" not in someone.text


async def test_an_unknown_second_key_says_so_in_one_line_and_types_nothing(home: Path) -> None:
    configure(KEYS)
    async with person(home) as someone:
        await someone.types("kept")
        await someone.press("ctrl+x", "9")
        await someone.sees("Ctrl+X 9 is no command")
        assert someone.typed == "kept" and not pending(someone)
        await someone.press("!")
        assert someone.typed == "kept!"
        assert "is no command" not in someone.text


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_a_chord_is_given_up(home: Path, key: str) -> None:
    configure(KEYS)
    async with person(home, script=ANSWER) as someone:
        await someone.types("kept")
        await someone.press("ctrl+x")
        await someone.sees("Ctrl+X …")
        await someone.press(key)
        assert "Ctrl+X" not in someone.text
        await someone.press("1")
        assert someone.typed == "kept1"


async def test_a_pause_gives_a_chord_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chords, "PATIENCE", 0.05)
    configure(KEYS)
    async with person(home) as someone:
        await someone.press("ctrl+x")
        await someone.until(lambda: not pending(someone))
        assert "Ctrl+X …" not in someone.text
        await someone.press("1")
        assert someone.typed == "1"


async def test_what_is_typed_around_a_chord_in_one_piece_goes_where_it_was_meant(home: Path) -> None:
    configure(KEYS)
    async with person(home) as someone:
        for key, character in (
            ("a", "a"),
            ("b", "b"),
            ("ctrl+x", "\x18"),
            ("1", "1"),
            ("s", "s"),
            ("o", "o"),
            ("n", "n"),
        ):
            someone.app.post_message(events.Key(key, character))
        await someone.until(lambda: isinstance(someone.screen, ChooseScreen) and someone.app.keys.idle)
        await someone.sees("sonnet")
        assert someone.typed == "ab"
        await someone.press("escape")
        if isinstance(someone.screen, ChooseScreen):  # the first leaves the words
            await someone.press("escape")
        assert someone.typed == "ab"


async def test_ctrl_x_cuts_what_is_selected(home: Path) -> None:
    configure(KEYS)
    async with person(home) as someone:
        await someone.types("abc")
        await someone.press("shift+left", "ctrl+x")
        assert someone.typed == "ab" and not pending(someone)
        await someone.press("ctrl+x")
        assert pending(someone) == "ctrl+x"


async def test_another_leader(home: Path) -> None:
    configure('[keys]\nleader = "ctrl+]"\nreceipt = "<leader> r"\n')
    async with person(home) as someone:
        await someone.press("ctrl+right_square_bracket", "r")
        await someone.hears("There is no reply yet")
        await someone.press("ctrl+x", "r")
        assert someone.typed == "r"


async def test_all_that_is_wrong_is_said_in_one_notice(home: Path) -> None:
    configure('modle = "sonnet"\n[keys]\nnosuch = "f10"\ncost = "ctrl+i"\nfork = "f11"\npin = "f11"\n')
    async with person(home) as someone:
        await someone.hears('"modle" is not a setting; did you mean "model"?')
        [said] = [sentence for sentence in someone.told if "config.toml" in sentence]
        assert [line.partition(":")[0] for line in said.splitlines()] == [
            "config.toml, line 1", *[f"config.toml, line {line}, [keys]" for line in (3, 4, 6)],
        ]  # fmt: skip
        assert "terminals send it as Tab" in said


async def test_of_many_mistakes_the_first_are_said_and_how_many_more(home: Path) -> None:
    configure("".join(f"wrong{number} = 1\n" for number in range(9)))
    async with person(home) as someone:
        await someone.hears('"wrong5"')
        [said] = [sentence for sentence in someone.told if "config.toml" in sentence]
        assert said.endswith("… and 3 more.") and "wrong6" not in said
