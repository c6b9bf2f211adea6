"""The README's section on keys is what the table says."""

from __future__ import annotations

from claude_tui.ui.keys.commands import COMMANDS
from tests.support.readme_keys import README, parts, section


def test_the_readme_tells_the_keys_of_the_table() -> None:
    assert parts(README.read_text())[1] == section(), "python -m tests.support.readme_keys writes it anew"


def test_every_command_is_in_it() -> None:
    told = section()
    assert [command.slash for command in COMMANDS if f" {command.slash} " not in told] == []
