"""The user's file and the app's own: what is wrong in either costs the least it can."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from claude_tui import config as room
from claude_tui.config import Config, State, load_config, load_state, save_state
from claude_tui.core.models import FACTS


@pytest.fixture
def load(tmp_path):
    def load(text: str) -> tuple[Config, list[str]]:
        path = tmp_path / "config.toml"
        path.write_text(text)
        config, problems = load_config(path)
        return config, [str(problem) for problem in problems]

    return load


GOOD = """
# mine
model = "claude-opus-5"
max_tokens = 4096
effort = "high"
cache = "1h"
thinking = "off"
system = '''
Be brief.
'''
theme = "paper"
theme_dark = "fjord"
theme_light = "sepia"
tools = ["calculate", "current_time"]
auto_continue = 0
timestamps = true
count_tokens = false
titles = true
reduced_motion = true
screen_reader = true
notify = "bell"
notify_after = 30
progress = false
window_title = false
editing = "Vim"
http_hosts = ["gateway.internal"]
api_key_command = ["pass", "show", "anthropic"]

[keys]
"turn.stop" = "f2"

[models."claude-next"]
context = 300_000
prices = { input = 3.5, output = 7 }
"""


def test_no_file_is_the_defaults_and_no_problem(tmp_path):
    assert load_config(tmp_path / "none" / "config.toml") == (Config(), [])


def test_an_empty_file_too(load):
    assert load("") == (Config(), [])


def test_everything_can_be_set(load):
    config, problems = load(GOOD)
    assert problems == []
    assert config == Config(
        model="claude-opus-5",
        max_tokens=4096,
        effort="high",
        thinking="off",
        system="Be brief.\n",
        cache="1h",
        theme="paper",
        theme_dark="fjord",
        theme_light="sepia",
        tools=("calculate", "current_time"),
        auto_continue=0,
        timestamps=True,
        count_tokens=False,
        titles=True,
        reduced_motion=True,
        screen_reader=True,
        notify="bell",
        notify_after=30,
        progress=False,
        window_title=False,
        editing="vim",
        keys={"turn.stop": "f2"},
        http_hosts=("gateway.internal",),
        models={"claude-next": {"context": 300_000, "prices": {"input": 3.5, "output": 7}}},
        api_key_command=("pass", "show", "anthropic"),
    )
    assert all(getattr(config, each.name) != each.default for each in fields(Config))


def test_every_field_is_read_and_every_reader_has_a_field():
    assert set(room._CONFIG) == {each.name for each in fields(Config)} - {"unsure", "keys_at"}
    assert set(room._STATE) == {each.name for each in fields(State)} - {"others"}


BAD = {
    "model = 3": '"model" must be a name in quotation marks.',
    'model = ""': '"model" must be a name',
    'model = "a\\u001b[2Jb"': '"model" must be a name',
    "max_tokens = 0": '"max_tokens" must be a whole number from 1 to',
    "max_tokens = true": "whole number",
    "max_tokens = 1.5": "whole number",
    'effort = "hihg"': 'one of low, medium, high, xhigh, max; did you mean "high"?',
    "effort = 3": "one of low",
    'thinking = "maybe"': '"on" or "off"',
    "system = ['a']": "text in quotation marks",
    "theme = 2026-01-01": "a name",
    'cache = "2h"': '"cache" must be "5m" or "1h"',
    "cache = 5": '"5m" or "1h"',
    'tools = "calculate"': 'must be a list; write ["calculate"].',
    "auto_continue = -1": "from 0 to 100",
    'timestamps = "yes"': "true or false",
    "reduced_motion = 1": "true or false",
    "editing = 'vi'": '"plain" or "vim"; did you mean "vim"?',
    "http_hosts = {a = 1}": "must be a list",
    "keys = 1": "a table of commands",
    "models = []": "a table of models",
    'api_key_command = "pass show x"': 'write ["program", "argument"]',
    "api_key_command = []": "the program and its arguments",
    'api_key_command = ["a", 1]': "the program and its arguments",
    'api_key_command = ["a\\u0000"]': "the program and its arguments",
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_value_costs_only_its_key(load, line):
    config, problems = load(f"\n{line}\n")
    assert config == Config()
    assert len(problems) == 1
    assert problems[0].startswith("config.toml, line 2: ")
    assert BAD[line] in problems[0]
    assert problems[0].isprintable()


def test_a_bad_value_leaves_the_good_ones(load):
    config, problems = load('model = "m"\neffort = "no"\ntimestamps = true\n')
    assert (config.model, config.effort, config.timestamps) == ("m", None, True)
    assert len(problems) == 1


def test_a_bad_price_costs_the_prices_and_no_other_fact(load):
    config, problems = load(
        '[models.a]\ncontext = 5\nprices = { input = "much", output = 1 }\n'
        "[models.b]\nprices = { input = 1, output = 2 }\n"
        "[[models.c.prices]]\ninput = 1\noutput = 2\nup_to = 100_000\n"
        "[[models.c.prices]]\ninput = 3\noutput = 4\nsince = 2026-12-01\n"
    )
    assert dict(config.models["a"]) == {"context": 5}
    assert [dict(config.models[name]) for name in "bc"] == [
        {"prices": {"input": 1, "output": 2}},
        {
            "prices": [
                {"input": 1, "output": 2, "up_to": 100_000},
                {"input": 3, "output": 4, "since": date(2026, 12, 1)},
            ]
        },
    ]
    [problem] = problems
    assert problem.startswith('config.toml, line 3: "models.a.prices" must be one price or several')
    assert problem.endswith("input is a number of dollars.")


NEW_MODEL = """
name = "Claude Next"
context = 2_000_000
max_output = 256_000
thinking = ["adaptive", "disabled"]
thinks_by_default = true
efforts = ["low", "high"]
default_effort = "high"
prefill = false
compacts = true
retires = 2028-01-31
prices = { input = 1, output = 2 }
"""


def test_all_that_a_new_model_takes_can_be_told(load):
    config, problems = load(f"[models.new]{NEW_MODEL}")
    assert problems == [] and set(config.models["new"]) == set(FACTS)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("name = 3", "a name in quotation marks."),
        ("context = 0", "a whole number of tokens."),
        ("context = true", "a whole number of tokens."),
        ("max_output = '64k'", "a whole number of tokens."),
        ("thinking = ['adaptive', 'deep']", "a list of adaptive, enabled, disabled, between_tools."),
        ("thinking = 'adaptive'", "a list of adaptive"),
        ("thinks_by_default = 1", "true or false."),
        ("efforts = ['huge']", "a list of low, medium, high, xhigh, max."),
        ("default_effort = []", "one of low, medium, high, xhigh, max."),
        ("prefill = 'no'", "true or false."),
        ("compacts = 0", "true or false."),
        ("retires = '2028-01-31'", "a day: 2026-12-01, without quotation marks."),
        ("retires = 2028-01-31T10:00:00", "a day: 2026-12-01, without quotation marks."),
        ("contxt = 5", 'is not a setting; did you mean "context"?'),
    ],
)
def test_a_bad_fact_of_a_model_costs_that_fact(load, line, said):
    config, problems = load(f"[models.new]\nprices = {{ input = 1, output = 2 }}\n{line}\n")
    assert set(config.models["new"]) == {"prices"}
    [problem] = problems
    assert problem.startswith('config.toml, line 3: "models.new.') and said in problem and problem.isprintable()


def test_a_bad_entry_costs_only_itself(load):
    config, problems = load(
        'tools = ["a", 3, "b", "a"]\n[keys]\none = "f2"\ntwo = 2\n[models]\n"x" = 1\n[models.y]\ncontext = 1\n'
    )
    assert config.tools == ("a", "b")
    assert dict(config.keys) == {"one": "f2"}
    assert dict(config.models) == {"y": {"context": 1}}
    assert [problem.partition(":")[0] for problem in problems] == [
        "config.toml, line 1",
        "config.toml, line 4",
        "config.toml, line 6",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("efort", "effort"), ("max-tokens", "max_tokens"), ("Model", "model"), ("auto_continu", "auto_continue")],
)
def test_an_unknown_key_is_told_the_nearest(load, written, meant):
    config, problems = load(f'{written} = "x"\n')
    assert config == Config()
    assert problems == [f'config.toml, line 1: "{written}" is not a setting; did you mean "{meant}"?']


def test_an_unknown_key_without_a_neighbour_is_said_too(load):
    assert load("zzzz = 1\n")[1] == ['config.toml, line 1: "zzzz" is not a setting; it is left out.']


def test_an_unknown_key_cannot_write_to_the_terminal(load):
    problem = load('"a\\u001b]0;x\\u0007" = 1\n')[1][0]
    assert "\x1b" not in problem and problem.isprintable()


def test_a_file_of_mistakes_only_is_read_at_once_and_told_in_a_few(load):
    begun = time.monotonic()
    config, problems = load("".join(f"mdel{number} = {number}\n" for number in range(40_000)) + 'model = "m"\n')
    assert time.monotonic() - begun < 15
    assert config == Config(model="m")
    assert len(problems) == 31
    assert problems[-1] == "config.toml: there are 39,970 more mistakes."


def test_problems_come_in_the_order_of_the_file(load):
    problems = load("zzzz = 1\nmodel = 1\nyyyy = 1\ntheme = 1\n")[1]
    assert [problem[:19] for problem in problems] == [f"config.toml, line {n}" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "raw", [b"model = ", b"\xff\xfe", b"a = " + b"[" * 9999, b"x" * 1_000_001, b"\0"], ids=range(5)
)
def test_a_file_that_is_no_toml_is_the_defaults_and_one_problem(tmp_path, raw):
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    config, problems = load_config(path)
    assert replace(config, unsure={}) == Config()
    assert bool(config.unsure) == (len(raw) > 1_000_000), "only what was read is known to set no budget"
    assert len(problems) == 1
    assert path.read_bytes() == raw


def test_neither_a_folder_nor_a_pipe_nor_a_bad_path_stops_the_start(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / "a\0b", Path("/dev/zero")):
        config, problems = load_config(path)
        assert config == Config()
        assert "cannot be read" in str(problems[0])
        assert str(problems[0]).isprintable()

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "config.toml").write_text("")
    monkeypatch.setattr(os, "open", refuse)
    assert "permission denied" in str(load_config(tmp_path / "config.toml")[1][0])


ALL = ["conversation", "day", "month"]


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ('[budget]\nday = "five"\nmonth = 5', ["day"]),
        ("[budget]\nday = -1", ["day"]),
        ("[budget]\nday = nan", ["day"]),
        ("budget = 5", ALL),
        ("[budget]\ndayly = 5\nmonth = 5", ["conversation", "day"]),
        ("[Budget]\nday = 5", ALL),
        ("[budgets]\nday = 5", ALL),
        ("day = 5", ["day"]),
        ("[budget]\nday = 5\nday = 6", ALL),
        ("[budget]\nday = 5.0.1", ALL),
        ("budget.day = 5\nmodel = ", ALL),
        ("\n".join(f"zzz{number} = 1" for number in range(99)) + '\n[budget]\nday = "x"', ["day"]),
        ("\n".join(f"zzz{number} = 1" for number in range(99)) + "\n[budgets]\nday = 1", ALL),
        ("model = 3\n[budget]\nday = 5", []),
        ("# no budget\nmodel = ", []),
        ('[budget]\nday = "none"\n', []),
    ],
)  # fmt: skip
def test_a_budget_that_cannot_be_read_is_known_to_be_none_that_holds(load, text, periods):
    config, problems = load(text)
    assert sorted(config.unsure) == periods and all(config.unsure[period] in problems for period in periods)


def test_a_config_that_may_not_be_read_may_have_budgets(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text("[budget]\nday = 5")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert set(load_config(tmp_path / "config.toml")[0].unsure) == {*ALL}


def test_budgets_in_a_damaged_state_are_lost_until_they_are_set_anew(tmp_path):
    path = tmp_path / "state.toml"
    path.write_text("theme = \n[budget]\nday = 5\n")
    state, problems = load_state(path)
    assert set(state.lost) == {*ALL} and state.lost["day"] == str(problems[0])
    assert load_state(path) == (state, []), "the next start knows it too"
    path.write_text('[budget]\nday = "x"\nmonth = 5\n')
    state, problems = load_state(path)
    assert state.lost == {"day": str(problems[0])} and state.budget == {"month": 5}
    assert save_state(path, state) is None and load_state(path) == (state, [])


# What the app remembers

CHOSEN = State(
    theme="paper",
    ground="light",
    model="m",
    effort="max",
    thinking="on",
    tools=("calculate",),
    folds={"thinking": True, "tool": False},
)


@pytest.mark.parametrize("state", [State(), CHOSEN, State(tools=()), State(theme='a"b')])
def test_what_is_saved_is_loaded(tmp_path, state):
    path = tmp_path / "new" / "state.toml"
    assert save_state(path, state) is None
    assert load_state(path) == (state, [])
    assert save_state(path, load_state(path)[0]) is None
    assert load_state(path) == (state, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_another_version_remembers_is_carried_along(tmp_path):
    path = tmp_path / "state.toml"
    path.write_text('theme = "paper"\nhats = 3\n[later]\nwhen = 2026-11-20\n')
    state, problems = load_state(path)
    assert problems == []
    save_state(path, replace(state, theme="dusk"))
    again, _ = load_state(path)
    assert again.theme == "dusk"
    assert again.others == state.others
    assert set(again.others) == {"hats", "later"}


def test_a_damaged_state_is_set_aside_and_the_next_one_is_kept(tmp_path):
    path = tmp_path / "state.toml"
    path.write_text("theme = ")
    state, problems = load_state(path)
    assert state == State()
    assert "set aside as state.toml.damaged" in str(problems[0])
    assert (tmp_path / "state.toml.damaged").read_text() == "theme = "
    assert save_state(path, CHOSEN) is None
    assert load_state(path) == (CHOSEN, [])


def test_a_bad_choice_costs_only_itself(tmp_path):
    path = tmp_path / "state.toml"
    path.write_text('theme = 3\nmodel = "m"\n[folds]\nthinking = "x"\ntool = true\n')
    state, problems = load_state(path)
    assert state == State(model="m", folds={"tool": True})
    assert len(problems) == 2


def test_no_state_is_no_problem_and_a_folder_is_one(tmp_path):
    assert load_state(tmp_path / "none") == (State(), [])
    (tmp_path / "state.toml").mkdir()
    state, problems = load_state(tmp_path / "state.toml")
    assert state == State()
    assert len(problems) == 1
    assert (tmp_path / "state.toml").is_dir()


def test_a_state_that_cannot_be_saved_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert "cannot be kept" in str(save_state(tmp_path / "file" / "state.toml", CHOSEN))
    assert "cannot be kept" in str(save_state(tmp_path / "state.toml", State(others={"x": object()})))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "no space left" in str(save_state(tmp_path / "state.toml", CHOSEN))
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
