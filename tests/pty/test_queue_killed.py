"""``kill -9`` while something waits to be sent: it waits there afterwards, and is sent by nobody but a person."""

from __future__ import annotations

from pathlib import Path

from tests.support.terminal import Terminal
from tests.support.zygote import Zygote


def test_what_waits_is_there_after_a_kill(zygote: Zygote, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home, env={"CLAUDE_TUI_DEMO_PACE": "0.5"}, zygote=zygote) as terminal:
        terminal.wait("This is the demo", 60)
        terminal.say("markdown")
        terminal.wait("writing", 60)
        terminal.say("And in French?")
        terminal.wait("… And in French?", 60)
        terminal.kill()
    with Terminal("--demo", "-c", home=home, zygote=zygote) as terminal:
        terminal.wait("as they were left", 60)
        terminal.wait("… And in French?", 60)
        assert "┃ And in French?" not in terminal.text
