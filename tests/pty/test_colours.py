"""What the terminal says of its colours, and what it is sent when none are wanted, in a real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

ASKED = b"\x1b]11;?\x1b\\"
LIGHT = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\"
DUSK, PAPER = b"48;2;25;24;23", b"48;2;251;249;245"
"""The grounds of the two, as they are painted."""
_SGR = re.compile(rb"\x1b\[([0-9;]*)m")
_COLOURS = {str(number).encode() for number in (*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108))}


def asked(terminal: Terminal) -> None:
    terminal.wait(lambda _: ASKED in terminal.raw)


@pytest.mark.parametrize("pieces", [1, len(LIGHT)], ids=["whole", "bytes"])
def test_a_light_terminal_gets_the_light_theme_and_no_byte_of_its_answer_is_typed(
    tmp_path: Path, zygote: Zygote, pieces: int
) -> None:
    home = tmp_path / "home"
    size = -(-len(LIGHT) // pieces)
    with Terminal("--demo", home=home, zygote=zygote) as terminal:
        asked(terminal)
        for start in range(0, len(LIGHT), size):
            terminal.send(LIGHT[start : start + size])
            terminal.settle(0.01, 0.02)
        terminal.wait("This is the demo")
        terminal.send("hello")
        terminal.wait("❯ hello\n")
        terminal.wait(lambda _: PAPER in terminal.raw)
        terminal.send("\x1b[?997;1n")  # the terminal turned dark
        before = len(terminal.raw)
        terminal.wait(lambda _: DUSK in terminal.raw[before:])
        assert "❯ hello\n" in terminal.text
        terminal.send("\x1b[?997;2n")
        terminal.wait(lambda _: PAPER in terminal.raw[before:])
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert b"\x1b[?2031l" in terminal.raw and terminal.unrestored() == []
    with Terminal("--demo", home=home, zygote=zygote) as terminal:
        terminal.wait("❯ hello")
        assert PAPER in terminal.raw and DUSK not in terminal.raw, "the first frame is right without an answer"
        terminal.send(LIGHT[:20])  # and the rest never comes
        terminal.send("\r")
        terminal.wait("┃ hello")


def test_a_late_answer_is_no_key_either_and_escape_is_as_quick_as_ever(tmp_path: Path, zygote: Zygote) -> None:
    with Terminal("--demo", home=tmp_path / "home", zygote=zygote) as terminal:
        terminal.wait("This is the demo")
        terminal.press("ctrl+o")
        terminal.wait("Enter opens")
        terminal.press("escape")
        terminal.wait("This is the demo")
        terminal.send(b"ab" + LIGHT + b"cd")
        terminal.wait("❯ abcd\n")
        terminal.wait(lambda _: PAPER in terminal.raw)


def test_a_terminal_that_prints_what_it_is_asked_is_not_asked(tmp_path: Path, zygote: Zygote) -> None:
    with Terminal("--demo", home=tmp_path / "home", zygote=zygote, env={"TERM": "linux"}) as terminal:
        terminal.wait("This is the demo")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert b"]11;" not in terminal.raw and b"2031" not in terminal.raw


def test_no_color_sends_no_colour(tmp_path: Path, zygote: Zygote) -> None:
    with Terminal("--demo", home=tmp_path / "home", zygote=zygote, env={"NO_COLOR": "1"}) as terminal:
        terminal.wait("This is the demo")
        terminal.say("/theme")
        terminal.wait("NO_COLOR is set")
        terminal.send("/t")
        terminal.wait("/tools")
        sent = [part for codes in _SGR.findall(bytes(terminal.raw)) for part in codes.split(b";")]
        assert sent and not _COLOURS & set(sent)
        assert b"1" in sent and b"7" in sent, "weight and reversal are left"


def test_nothing_moves_where_nothing_is_to_move(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home, env={"TEXTUAL_ANIMATIONS": "none"}) as terminal:
        terminal.wait("This is the demo")
        terminal.settle(0.4)
        before = len(terminal.raw)
        terminal.settle(1.3, 1.3)
        assert len(terminal.raw) == before, "no cursor blinks"
        terminal.send("x")
        terminal.wait("❯ x")
