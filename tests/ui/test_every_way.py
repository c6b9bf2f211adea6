"""Every command of the table begins by its keys, by its slash and from the palette; and nothing else names keys."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.command import CommandList, CommandPalette
from textual.keys import key_to_character

import claude_tui
from claude_tui.paths import Paths
from claude_tui.ui.keys.commands import BY_ID, COMMANDS, Command
from claude_tui.ui.keys.names import label
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio


def watched(someone: Person) -> list[tuple[str, str]]:
    """From now on no command does anything: each only says that it was begun, and with what."""
    begun: list[tuple[str, str]] = []
    doer = SimpleNamespace()
    for command in COMMANDS:

        def begin(argument: str, id: str = command.id) -> None:
            begun.append((id, argument))

        setattr(doer, command.method, begin)
    someone.chat.parts = [doer]
    return begun


def strike(someone: Person, *keys: str) -> None:
    """Keys as the terminal sends them, all at once and without a pause for each: there are hundreds."""
    for key in keys:
        someone.app.post_message(events.Key(key, key if len(key) == 1 else key_to_character(key)))


async def soon(what: Callable[[], object]) -> None:
    """Wait for something to be so, looking often."""
    async with asyncio.timeout(30):
        while not what():
            await asyncio.sleep(0.001)


async def begins(someone: Person, begun: list[tuple[str, str]], command: Command, *, argument: str = "") -> None:
    """It has begun; or it stands in the prompt, and begins when what it asks for was typed."""
    if command.asks or command.whole_word:
        await soon(lambda: someone.typed.strip() == command.slash)
        argument = "it" if command.asks else ""
        strike(someone, *argument, "enter")
    await soon(lambda: begun)
    assert begun == [(command.id, argument)]
    await soon(lambda: someone.app.keys.idle)
    assert someone.typed == ""
    begun.clear()


async def test_every_command_begins_by_each_of_its_keys(home: Path) -> None:
    async with person(home) as someone:
        begun = watched(someone)
        for command in COMMANDS:
            assert command.keys, f"{command.id} has no key"
            for key in command.keys:
                if key in BY_ID["quit"].keys:
                    continue  # of the whole app, below
                strike(someone, *key.split())
                await begins(someone, begun, command)


async def test_the_key_of_quitting_is_the_tables_on_every_screen(home: Path) -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True)
    file.write_text('[keys]\nquit = "f11"\nreceipt = "ctrl+q"\n')
    async with person(home) as someone:
        await someone.press("ctrl+q")
        await someone.hears("There is no reply yet")
        await someone.press("f1")
        await someone.press("f11")
        await someone.until(lambda: someone.app._exit)


async def test_every_command_begins_by_its_slash(home: Path) -> None:
    async with person(home) as someone:
        begun = watched(someone)
        for command in COMMANDS:
            argument = "it" if command.argument else ""
            someone.app.chat_screen.prompt.set_text(f"{command.slash} {argument}".strip())
            strike(someone, "enter")
            await soon(lambda: begun)
            assert begun == [(command.id, argument)]
            begun.clear()


async def test_every_command_begins_from_what_the_palette_lists(home: Path) -> None:
    async with person(home) as someone:
        begun = watched(someone)
        listed = {each.title: each for each in someone.app.get_system_commands(someone.app.chat_screen)}
        assert set(listed) == {command.title for command in COMMANDS}
        for command in COMMANDS:
            assert listed[command.title].help == f"{label(command.keys[0])} · {command.help}"
            listed[command.title].callback()
            await begins(someone, begun, command)


@pytest.mark.long
async def test_every_command_begins_from_the_palette_itself(home: Path) -> None:
    async with person(home) as someone:
        begun = watched(someone)
        for command in COMMANDS:
            await someone.press("ctrl+p")
            await someone.until(lambda: isinstance(someone.screen, CommandPalette))
            await someone.press(*("space" if letter == " " else letter for letter in command.title))
            rows = someone.screen.query_one(CommandList)
            await someone.until(
                lambda rows=rows, title=command.title: (
                    rows.option_count and title in str(rows.get_option_at_index(0).prompt)
                )
            )
            await someone.press("enter")
            await someone.until(lambda: not isinstance(someone.screen, CommandPalette))
            await begins(someone, begun, command)


ROOM = Path(claude_tui.__file__).parent
OTHERS = {
    "ui/screens/history.py": {"ctrl+r", "ctrl+s"},
    "ui/screens/choose.py": {"ctrl+home", "ctrl+end"},
    "ui/editing/vim_keys.py": {"ctrl+r"},
}
"""Where a key of the table means something else: in a dialog, under vi's keys."""


def literals(path: Path) -> Iterator[str]:
    """The texts in a file that are no docstrings."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def test_nothing_but_the_table_names_the_keys_of_commands() -> None:
    keys = {key for command in COMMANDS for key in command.keys if re.search(r"\+|^f\d", key)}
    spelled = re.compile("|".join(rf"(?<![\w+]){re.escape(key)}(?!\w)" for key in {*keys, *map(label, keys)}))
    for path in sorted((ROOM / "ui").rglob("*.py")):
        name = str(path.relative_to(ROOM))
        if name in ("ui/keys/commands.py", "ui/keys/names.py"):
            continue
        found = {match for text in literals(path) for match in spelled.findall(text)}
        assert found <= OTHERS.get(name, set()), name


def test_the_apps_own_bindings_are_the_tables(home: Path) -> None:
    """Whatever Textual binds by itself is known: what it adds one day is not bound unseen."""
    theirs: Any = App.BINDINGS
    assert {key for binding in theirs for key in binding.key.split(",")} <= {"ctrl+q", "ctrl+c"}
