"""The one table: what is typed finds its command, and no key means two things."""

from __future__ import annotations

import pytest

from claude_tui.ui.keys.commands import BY_ID, COMMANDS, PROMPT_KEYS
from claude_tui.ui.keys.in_force import bindings, keys_in_force, problems
from claude_tui.ui.keys.names import label, split_keys
from claude_tui.ui.keys.typed import Choice, Choices, Suggestion, find, fits, found, matching
from claude_tui.ui.widgets.prompt import Prompt


def test_ids_slashes_and_keys_are_unique() -> None:
    for values in (
        [command.id for command in COMMANDS],
        [command.slash for command in COMMANDS if command.slash],
        [key for command in COMMANDS for key in command.keys],
    ):
        assert len(values) == len(set(values))
    assert BY_ID["max-tokens"].method == "command_max_tokens"


def test_no_key_is_one_that_the_prompt_uses() -> None:
    theirs = {key for binding in Prompt.BINDINGS for key in split_keys(binding.key)}  # type: ignore[union-attr]
    theirs |= {key for keys, _ in PROMPT_KEYS for key in split_keys(keys)}
    assert not theirs & {key for command in COMMANDS for key in command.keys}


@pytest.mark.parametrize(
    ("line", "id", "argument"),
    [("/model opus-5.5", "model", "opus-5.5"), ("/MODEL  x ", "model", "x"), ("/new", "new", ""),
     ("/system You are\nbrief.", "system", "You are\nbrief."), ("/system\nYou are", "system", "You are")],
)  # fmt: skip
def test_find(line: str, id: str, argument: str) -> None:
    assert find(line) == (BY_ID[id], argument)


@pytest.mark.parametrize("line", ["hello", "/", "/etc/hosts is mine", "// a comment", "/ model", "", "/3", " /model"])
def test_what_is_no_command(line: str) -> None:
    assert find(line) is None


def test_a_slip_is_met_with_the_nearest() -> None:
    slip = find("/modle opus")
    assert isinstance(slip, Suggestion)
    assert slip.nearest is BY_ID["model"]
    assert str(slip) == "There is no command /modle; did you mean /model?"
    assert "lists" in str(find("/zzzzqqqq"))


def test_matching_is_best_first() -> None:
    assert {command.id for command in matching("/")} == {command.id for command in COMMANDS if command.slash}
    assert [command.id for command in matching("/th")][:2] == ["thinking", "theme"]
    assert matching("/tokens")[0].id == "max-tokens"
    assert matching("/mdl")[0].id == "model"
    assert [command.id for command in matching("/model op")] == ["model"]
    assert matching("/new thing") == []
    assert matching("/[/oops]") == []


MODELS = (
    Choice("claude-opus-5-5", "the default", ("Claude Opus 5.5", "opus-5.5")),
    Choice("claude-opus-4-8", "", ("Claude Opus 4.8", "opus-4.8")),
    Choice("claude-sonnet-5", "", ("Claude Sonnet 5", "sonnet-5")),
    Choice("claude-sonnet-5-5", "", ("Claude Sonnet 5.5", "sonnet-5.5")),
    Choice("claude-haiku-5-5", "", ("Claude Haiku 5.5", "haiku-5.5")),
)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("", ["opus-5-5", "opus-4-8", "sonnet-5", "sonnet-5-5", "haiku-5-5"]), ("opus", ["opus-5-5", "opus-4-8"]),
     ("OPUS 4.8", ["opus-4-8"]), ("sonnet-5", ["sonnet-5", "sonnet-5-5"]), ("hk", ["haiku-5-5"]),
     ("son55", ["sonnet-5-5"]), ("claude-s", ["sonnet-5", "sonnet-5-5"]), ("gpt", []), ("[/oops]", [])],
)  # fmt: skip
def test_what_may_follow_a_command_is_found_by_a_few_letters(typed: str, wanted: list[str]) -> None:
    assert [choice.value for choice in fits(typed, MODELS)] == [f"claude-{model}" for model in wanted]


@pytest.mark.parametrize(
    ("typed", "choices", "line", "meant"),
    [
        ("/mod", Choices(MODELS), "/model ", True),
        ("/model ", Choices(MODELS), "/model claude-opus-5-5", False),
        ("/model sonnet", Choices(MODELS), "/model claude-sonnet-5", False),
        ("/model mine", Choices(MODELS), "/model mine", False),
        ("/theme ", Choices((Choice("paper"),), only=True), "/theme paper", False),
        ("/theme pa", Choices((Choice("paper"),), only=True), "/theme paper", True),
        ("/theme per", Choices((Choice("paper"),), only=True), "/theme paper", False),
        ("/tools web_search co", Choices((Choice("code"),), several=True), "/tools web_search code", False),
        ("/budget d", Choices((Choice("day"),), more=True), "/budget day ", False),
    ],
)
def test_a_row_of_the_menu_is_a_line_that_enter_may_mean(typed: str, choices: Choices, line: str, meant: bool) -> None:
    row = found(typed, choices)[0]
    assert (row.line, row.meant) == (line, meant)


def test_bindings_have_ids() -> None:
    made = {binding.id: binding for binding in bindings({})}
    assert made["continue"].key == "ctrl+g"
    assert made["continue"].action == "command('continue')"
    assert made["bottom"].key == "ctrl+end"
    assert "rename" not in made


def test_overrides() -> None:
    mine = {
        "retry": "ctrl+n, F8",
        "open": "",
        "nwe": "f9",
        "copy": "enter",
        "cost": "f8",
        "fold": "x",
        "help": "banana+",
    }
    keys = keys_in_force(mine)
    assert keys["retry"] == ("ctrl+n", "f8")
    assert keys["new"] == keys["open"] == ()
    assert keys["copy"] == ("f5",) and keys["fold"] == ("f3",) and keys["cost"] == ("ctrl+x dollar_sign",)
    said = "\n".join(problems(mine))
    assert 'did you mean "new"' in said
    assert '"enter" cannot be a key for "copy": the prompt needs it' in said
    assert '"x" cannot be a key for "fold": it is needed for typing' in said
    assert '"banana+" cannot be a key' in said
    assert '"f8" is given to "retry" and "cost"' in said
    assert '"ctrl+n" now means "retry", no longer "new"' in said
    assert problems({}) == []


def test_labels() -> None:
    assert [label(key) for key in ("ctrl+g", "pageup", "escape", "ctrl+home", "f1")] == [
        "Ctrl+G", "PgUp", "Esc", "Ctrl+Home", "F1",
    ]  # fmt: skip
