"""What terminals send for the keys of the shell's editor and vi's, byte for byte."""

from __future__ import annotations

from pathlib import Path

from tests.support.terminal import Terminal

PIECES = [
    ("one two three", "❯ one two three"),
    ("\x1bbX", "❯ one two Xthree"),  # Alt+B as ESC and the letter
    ("\x1b\x7f", "❯ one two three"),  # Alt+Backspace
    ("\x1b[98;3uY", "❯ one Ytwo three"),  # Alt+B as kitty says it
    ("\x17\x1bd", "❯ one  three"),  # Ctrl+W, Alt+D
    ("\x19", "❯ one Ytwo three"),  # Ctrl+Y: what both killed
    ("\x1f", "❯ one  three"),  # Ctrl+_
    ("\x1bz", "❯ one Ytwo three"),  # Alt+Z
    ("\x1a", "❯ one  three"),  # Ctrl+Z
    ("\x1b[122;6u", "❯ one Ytwo three"),  # Ctrl+Shift+Z as kitty says it
    ("\x1bfZ", "❯ one Ytwo threeZ"),  # Alt+F
    ("\x14", "❯ one Ytwo threZe"),  # Ctrl+T
    ("\x15\x0b", "❯ Ask anything"),  # Ctrl+U, Ctrl+K
]
VI = [
    ("one two", "❯ one two"),
    ("\x1b", "❮ one two"),
    ("bcwX", "❯ one X"),
    ("\x1b", "❮ one X"),
    ("u", "❮ one two"),
]


def test_the_keys_of_the_shell_as_terminals_send_them(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path / "home") as terminal:
        terminal.wait("This is the demo")
        for piece, shown in PIECES:
            terminal.send(piece)
            terminal.wait(shown)
        terminal.press("ctrl+q")
        assert terminal.ended() == 0


def test_vis_keys_as_a_terminal_sends_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    (home / "config.toml").write_text('editing = "vim"\n')
    with Terminal("--demo", home=home) as terminal:
        terminal.wait("This is the demo")
        for piece, shown in VI:
            terminal.send(piece)
            terminal.wait(shown)
        terminal.press("ctrl+q")
        assert terminal.ended() == 0


def test_the_persons_own_editor_has_the_terminal_meanwhile(tmp_path: Path) -> None:
    script = tmp_path / "editor"
    script.write_text(
        '#!/bin/sh\necho EDITING > /dev/tty\nread line < /dev/tty\nprintf "%s, and $line" "$(cat "$1")" > "$1"\n'
    )
    script.chmod(0o700)
    with Terminal("--demo", home=tmp_path / "home", env={"VISUAL": str(script)}) as terminal:
        terminal.wait("This is the demo")
        terminal.send("half a thought")
        terminal.wait("❯ half a thought")
        terminal.send("\x18\x05")
        terminal.wait("EDITING")
        terminal.send("\x03")  # the terminal sends it to the editor, and to us
        terminal.wait("SIGINT")
        terminal.wait(lambda screen: "❯ half a thought" in screen and "EDITING" not in screen)
        terminal.send("\x18\x05")
        terminal.wait("EDITING")
        terminal.send("the rest\r")
        terminal.wait("❯ half a thought, and the rest")
        terminal.send("\x1a")
        terminal.wait(lambda screen: "and the rest" not in screen)
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []
