"""Which keys are in force, and what is said of those that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from claude_tui.config import load_config
from claude_tui.ui.keys.commands import COMMANDS
from claude_tui.ui.keys.in_force import in_force, problems
from claude_tui.ui.keys.names import LEADER, TAKEN, fault, label, one_key, split_keys
from claude_tui.ui.widgets.prompt import Prompt


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("ctrl+g, F2", ("ctrl+g", "f2")),
        ("ctrl+x m", ("ctrl+x m",)),
        ("Ctrl+X  m , f2", ("ctrl+x m", "f2")),
        ("ctrl+x ,", ("ctrl+x comma",)),
        ("ctrl+x ,, f2", ("ctrl+x comma", "f2")),
        ("ctrl+x , , f2", ("ctrl+x comma", "f2")),
        ("<leader> M", ("ctrl+x M",)),
        ("<Leader> shift+m", ("ctrl+x M",)),
        ("ctrl+]", ("ctrl+right_square_bracket",)),
        ("shift+ctrl+Up", ("ctrl+shift+up",)),
        ("control+pgdn", ("ctrl+pagedown",)),
        ("ctrl++", ("ctrl+plus",)),
        ("f2,f2", ("f2",)),
        ("", ()),
    ],
)
def test_keys_are_known_however_they_are_written(written: str, known: tuple[str, ...]) -> None:
    assert split_keys(written) == known


def test_the_leader_stands_for_the_one_in_force() -> None:
    assert split_keys("<leader> m", "f11") == ("f11 m",)


@pytest.mark.parametrize(
    ("key", "shown"),
    [("ctrl+g", "Ctrl+G"), ("ctrl+x m", "Ctrl+X m"), ("ctrl+x M", "Ctrl+X M"), ("ctrl+x comma", "Ctrl+X ,"),
     ("ctrl+x ctrl+e", "Ctrl+X Ctrl+E"), ("ctrl+shift+up", "Ctrl+Shift+↑"), ("pageup", "PgUp"), ("C", "C")],
)  # fmt: skip
def test_keys_are_shown_as_people_write_them(key: str, shown: str) -> None:
    assert label(key) == shown


def test_nothing_the_prompt_does_by_itself_can_be_given_away() -> None:
    theirs = {one_key(key) for binding in Prompt.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert {key for key in theirs if fault(key, "") is None} == set()


def test_the_table_itself_has_no_conflict() -> None:
    assert problems({}) == []
    force = in_force({})
    assert force.leader == LEADER
    assert all(force.keys[command.id] == command.keys for command in COMMANDS)
    assert [key for command in COMMANDS for key in command.keys if fault(key) is not None] == []


CONFLICTS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "equal keys": ({"cost": "f11", "fork": "f11"}, '"f11" is given to "fork" and "cost"; "fork" has it; "ctrl+x '),
    "equal chords": ({"cost": "ctrl+x 1", "fork": "<leader> 1"}, '"ctrl+x 1" is given to "fork" and "cost"'),
    "a chord behind a key": (
        {"fork": "f11", "cost": "f11 c"},
        '"f11 c" cannot be a key for "cost": "f11" alone is given to "fork"; "ctrl+x ',
    ),
    "a key before a chord": (
        {"fork": "f11 c", "cost": "f11"},
        '"f11" cannot be a key for "cost": "f11 c" begins with it; "ctrl+x ',
    ),
    "the leader alone": ({"cost": "ctrl+x"}, '"ctrl+x" cannot be a key for "cost": chords begin with it'),
    "the prompt's": ({"cost": "ctrl+k"}, '"ctrl+k" cannot be a key for "cost": the prompt needs it; "ctrl+x '),
    "the prompt's, first of a chord": ({"cost": "ctrl+k c"}, '"ctrl+k c" cannot be a key for "cost": the prompt needs'),
    "ctrl+i": ({"cost": "ctrl+i"}, '"ctrl+i" cannot be a key for "cost": terminals send it as Tab; "ctrl+x '),
    "ctrl+m": ({"cost": "Ctrl+M"}, '"ctrl+m" cannot be a key for "cost": terminals send it as Enter'),
    "ctrl+h": ({"cost": "ctrl+h"}, "terminals send it as Backspace"),
    "ctrl+[": ({"cost": "ctrl+["}, "terminals send it as Esc"),
    "ctrl+i behind the leader": ({"cost": "ctrl+x ctrl+i"}, "terminals send it as Tab"),
    "Esc behind the leader": ({"cost": "ctrl+x escape"}, "it gives a chord up"),
    "typing": ({"cost": "x"}, '"x" cannot be a key for "cost": it is needed for typing; "ctrl+x '),
    "typing punctuation": ({"cost": "?"}, "it is needed for typing"),
    "three keys": ({"cost": "ctrl+x a b"}, "a chord is of two keys"),
    "no key": ({"page-up": "pagup"}, 'it is not the name of a key; did you mean "pageup"?'),
    "a slip in a modifier": ({"new": "ctl+n"}, 'it is not the name of a key; did you mean "ctrl+n"?'),
    "a hyphen": ({"cost": "alt-f11"}, 'it is not the name of a key; did you mean "alt+f11"?'),
    "a slip in a chord": ({"cost": "ctrl+x backspac"}, 'it is not the name of a key; did you mean "ctrl+x backspace"?'),
    "no command": ({"modle": "f11"}, '"modle" is not a command; did you mean "model"?'),
    "a leader that is typed": ({"leader": "m"}, '"m" cannot be the leader: it is needed for typing; "ctrl+x" could'),
    "a leader that is the prompt's": ({"leader": "ctrl+k"}, "the prompt needs it"),
    "a leader of two keys": ({"leader": "f11 f11"}, "it is one key"),
    "a leader that takes a key of the table": ({"leader": "f5"}, '"f5" now begins chords ("f5 …")'),
    "a chord that takes a key of the table": ({"cost": "f5 c"}, '"f5" now begins chords ("f5 c")'),
    "a key of the table given away": ({"cost": "f5"}, '"f5" now means "cost", no longer "copy"'),
}  # fmt: skip


@pytest.mark.parametrize("which", CONFLICTS)
def test_each_conflict_is_found_and_said_once(which: str) -> None:
    overrides, expected = CONFLICTS[which]
    found = problems(overrides)
    assert len(found) == 1 and expected in found[0], found
    assert found[0].startswith("config.toml, [keys]: ")


@pytest.mark.parametrize("which", CONFLICTS)
def test_each_is_said_with_the_line_it_stands_on(which: str, tmp_path: Path) -> None:
    overrides, _ = CONFLICTS[which]
    file = tmp_path / "config.toml"
    file.write_text("# mine\n\n[keys]\n" + "".join(f'\n{id} = "{key}"\n' for id, key in overrides.items()))
    config, wrong = load_config(file)
    assert not wrong and config.keys == overrides
    [said] = in_force(config.keys, config.keys_at).problems
    wronged = "cost" if "cost" in overrides else next(iter(overrides))
    assert said.startswith(f"config.toml, line {5 + 2 * list(overrides).index(wronged)}, [keys]: "), said


def test_mistakes_are_said_in_the_order_of_the_file_however_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('keys.modle = "f11"\nkeys."cost" = "ctrl+i"\nkeys.fork = "pagup"\n')
    config, _ = load_config(file)
    said = in_force(config.keys, config.keys_at).problems
    assert [each.split(",")[1] for each in said] == [" line 1", " line 2", " line 3"]
    assert 'mean "model"' in said[0]
    file.write_text('\nkeys = { modle = "f11" }\n')
    config, _ = load_config(file)
    assert in_force(config.keys, config.keys_at).problems[0].startswith("config.toml, line 2, [keys]: ")


@pytest.mark.parametrize("which", CONFLICTS)
def test_after_a_conflict_no_key_means_two_things(which: str) -> None:
    keys = in_force(CONFLICTS[which][0]).keys
    all_keys = [key for each in keys.values() for key in each]
    assert len(all_keys) == len(set(all_keys))
    first = {key.split()[0] for key in all_keys if " " in key}
    assert not first & {key for key in all_keys if " " not in key}


@pytest.mark.parametrize("which", CONFLICTS)
def test_the_key_that_is_offered_instead_can_be_had(which: str) -> None:
    overrides, _ = CONFLICTS[which]
    [said] = problems(overrides)
    if " is free" not in said:
        return
    free = said.split('"')[-2]
    wronged = "cost"
    assert problems({**overrides, wronged: free}) == []


def test_a_command_whose_own_key_cannot_be_keeps_that_of_the_table() -> None:
    force = in_force({"continue": "ctrl+y", "copy": "ctrl+nonesuch, f11", "cost": "", "fork": "f11 f11 f11"})
    assert force.keys["continue"] == ("ctrl+g",)
    assert force.keys["copy"] == ("f11",)
    assert force.keys["cost"] == ()
    assert force.keys["fork"] == ("ctrl+x f",)
    assert in_force({"continue": "ctrl+y", "copy": "ctrl+g"}).keys["continue"] == (), "it was given away"


def test_another_leader_leads_the_chords_of_the_table() -> None:
    force = in_force({"leader": "ctrl+]", "cost": "<leader> 1"})
    assert force.problems == ()
    assert force.leader == "ctrl+right_square_bracket"
    assert force.keys["editor"] == ("ctrl+right_square_bracket ctrl+e",)
    assert force.keys["cost"] == ("ctrl+right_square_bracket 1",)
    assert LEADER not in force.chords


def test_what_the_prompt_needs_is_written_as_keys_are_known() -> None:
    assert {key for key in TAKEN if one_key(key) != key} == set()
