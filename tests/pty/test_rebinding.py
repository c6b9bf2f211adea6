"""A key that was rebound and a chord, byte for byte as terminals send them."""

from __future__ import annotations

from pathlib import Path

from tests.support.terminal import Terminal

CONFIG = '[keys]\nkeys = "shift+f11, ctrl+]"\nsettings = "<leader> 1"\nbudget = "<leader> S"\n'
REBOUND, CHORD, CAPITAL = "Keys, and how they are changed", "Keys of the prompt", "A conversation"

SENT = {
    "xterm": [("\x1b[23;2~", REBOUND), ("\x1d", REBOUND), ("\x181", CHORD), ("\x18S", CAPITAL)],
    "tmux": [("\x1b[23;2~", REBOUND), ("\x1d", REBOUND), ("\x181", CHORD), ("\x18S", CAPITAL)],
    "tmux, extended-keys csi-u": [("\x1b[93;5u", REBOUND), ("\x1b[120;5u1", CHORD)],
    "xterm, modifyOtherKeys": [
        ("\x1b[27;5;93~", REBOUND), ("\x1b[27;5;120~1", CHORD), ("\x1b[27;5;120~\x1b[27;2;83~", CAPITAL),
    ],
    "kitty": [("\x1b[23;2~", REBOUND), ("\x1b[93;5u", REBOUND), ("\x1b[120;5u1", CHORD), ("\x1b[120;5uS", CAPITAL)],
    "kitty, every key as an escape": [("\x1b[120;5u\x1b[49u", CHORD)],
    "VS Code": [("\x1b[23;2~", REBOUND), ("\x1d", REBOUND), ("\x181", CHORD), ("\x18S", CAPITAL)],
}  # fmt: skip
"""By terminal: what it sends, and what is then on the screen."""


def test_a_rebound_key_and_a_chord_in_each_terminals_dialect(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    (home / "config.toml").write_text(CONFIG)
    with Terminal("--demo", home=home) as terminal:
        terminal.wait("This is the demo")
        terminal.send("kept")
        terminal.wait("❯ kept")
        for dialect, pieces in SENT.items():
            for sent, shown in pieces:
                terminal.send(sent)
                assert shown in terminal.wait(shown, 20), dialect
                terminal.press("escape")
                terminal.wait(lambda text, shown=shown: shown not in text and "❯ kept" in text)
        terminal.send("\x18")  # nothing of a chord is typed, neither of one that there is not
        terminal.wait("Ctrl+X …")
        terminal.send("9")
        terminal.wait("Ctrl+X 9 is no command")
        terminal.send("!")
        terminal.wait("❯ kept!")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
