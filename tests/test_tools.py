"""The tools, and the box that never lets one of them stop a turn."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from claude_tui.tools import Tool, Toolbox, ToolError, ToolOutcome, default_toolbox
from claude_tui.tools import calculate as room
from claude_tui.tools.schema import mismatch

MOMENT = datetime(2026, 11, 20, 14, 3, 5, 678, tzinfo=timezone(timedelta(hours=1), "CET"))
BOX = default_toolbox(now=lambda: MOMENT)


class Fake:
    """A tool that does what a test says."""

    name = "fake"
    description = "For tests."
    consent = True
    input_schema: Mapping[str, object] = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "unit": {"type": "string", "enum": ["m", "km"]}},
        "required": ["n"],
    }

    def __init__(self, does: Callable[[], object]) -> None:
        self.does = does
        self.runs = 0

    def run(self, input: Mapping[str, object], cancel: Callable[[], bool]) -> str:
        self.runs += 1
        return self.does()  # type: ignore[return-value]


def fails_with(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


# The box


def test_definitions_have_the_shape_of_the_wire():
    for definition in BOX.definitions():
        assert set(definition) == {"name", "description", "input_schema"}
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(definition["name"]))
        assert definition["input_schema"]["type"] == "object"  # type: ignore[index]
    assert BOX.names == ("current_time", "calculate")
    assert BOX.get("calculate") and not BOX.get("calculate").consent
    assert BOX.get("rm") is None


def test_tools_are_switched_on_by_name():
    assert BOX.only(["calculate", "nothing", "current_time"]).names == BOX.names
    assert BOX.only(["calculate"]).names == ("calculate",)
    assert not BOX.only([])


def test_two_tools_of_one_name_are_a_mistake():
    with pytest.raises(ValueError, match="fake"):
        Toolbox([Fake(str), Fake(str)])


def test_a_result_is_handed_on_as_it_is():
    assert Toolbox([Fake(lambda: " text\n")]).run("fake", {"n": 1}) == ToolOutcome(" text\n")


@pytest.mark.parametrize(
    ("does", "content"),
    [
        (fails_with(ToolError("the lake is frozen")), "the lake is frozen."),
        (fails_with(ValueError("line\n" * 500)), "fake failed: ValueError: line line"),
        (fails_with(RecursionError()), "fake failed: RecursionError."),
        (fails_with(MemoryError()), "fake failed: MemoryError"),
        (lambda: None, "it gave no text"),
        (lambda: b"x", "it gave no text"),
    ],
)
def test_whatever_a_tool_does_is_an_outcome(does, content):
    outcome = Toolbox([Fake(does)]).run("fake", {"n": 1})
    assert outcome.is_error
    assert content in outcome.content
    assert len(outcome.content) <= 300
    assert "\n" not in outcome.content


def test_only_a_program_that_ends_is_not_caught():
    with pytest.raises(KeyboardInterrupt):
        Toolbox([Fake(fails_with(KeyboardInterrupt()))]).run("fake", {"n": 1})


def test_what_is_unknown_stopped_or_does_not_fit_is_not_run():
    fake = Fake(lambda: "ran")
    box = Toolbox([fake])
    assert box.run("fkae", {"n": 1}) == ToolOutcome("There is no tool called 'fkae'; the tools are: fake.", True)
    assert box.run("fake", {"n": 1}, lambda: True) == ToolOutcome("Stopped before it began.", True)
    for wrong in (None, [], "n", {}, {"n": "1"}, {"n": True}, {"n": 1, "unit": "mile"}):
        outcome = box.run("fake", wrong)
        assert outcome.is_error
        assert outcome.content.startswith("The input does not fit: ")
    assert fake.runs == 0


@pytest.mark.parametrize(
    ("value", "schema", "reason"),
    [
        ({}, {"type": "object"}, None),
        ({"more": 1}, {"type": "object", "properties": {}}, None),
        (1.0, {"type": "integer"}, None),
        (1.5, {"type": "integer"}, "the input must be an integer, and is a number"),
        (True, {"type": "number"}, "must be a number, and is a boolean"),
        (None, {"type": ["string", "null"]}, None),
        (1, {"type": ["string", "null"]}, "must be a string or null, and is an integer"),
        (True, {"enum": [1]}, "must be one of 1"),
        ({"a": {"b": []}}, {"properties": {"a": {"properties": {"b": {"type": "string"}}}}}, '"b" must be a string'),
        ({"a": [1, "x"]}, {"properties": {"a": {"items": {"type": "integer"}}}}, '"a"[1] must be an integer'),
        ({}, {"required": ["a"]}, '"a" is missing'),
        (object(), {}, None),
    ],
)
def test_the_schema_is_asked(value, schema, reason):
    found = mismatch(value, schema)
    assert (found is None) if reason is None else (reason in str(found))


# current_time


@pytest.mark.parametrize(
    ("input", "said"),
    [
        ({}, "2026-11-20T14:03:05+01:00 (Friday, CET)"),
        ({"timezone": ""}, "2026-11-20T14:03:05+01:00 (Friday, CET)"),
        ({"timezone": "UTC"}, "2026-11-20T13:03:05+00:00 (Friday, UTC)"),
        ({"timezone": "Asia/Tokyo"}, "2026-11-20T22:03:05+09:00 (Friday, Asia/Tokyo)"),
        ({"timezone": "Pacific/Auckland"}, "2026-11-21T02:03:05+13:00 (Saturday, Pacific/Auckland)"),
    ],
)
def test_the_time_is_told(input, said):
    assert BOX.run("current_time", input) == ToolOutcome(said)


@pytest.mark.parametrize(
    "zone",
    [
        *("Berlin", "Europe/Berlim", "europe berlin", "Mars/Olympus", "Europe"),
        *("../../etc/passwd", "/etc/passwd", "a\0b", "x" * 10_000, "\x1b[2J"),
    ],
)
def test_a_zone_that_is_none_is_a_sentence(zone):
    outcome = BOX.run("current_time", {"timezone": zone})
    assert outcome.is_error
    assert outcome.content.startswith("There is no time zone called")
    assert outcome.content.isprintable()
    if "erli" in zone:
        assert "did you mean 'Europe/Berlin'?" in outcome.content


def test_the_clock_is_the_computers_unless_another_is_given():
    said = default_toolbox().run("current_time", {"timezone": "UTC"}).content
    assert abs(datetime.fromisoformat(said.split()[0]) - datetime.now(UTC)) < timedelta(seconds=5)


# calculate


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1 + 2 * 3", "7"),
        (" (1 + 2) * 3 ", "9"),
        ("-2 ** 2", "-4"),
        ("7 // 2 + 7 % 2", "4"),
        ("-7 // 2", "-4"),
        ("6 / 3", "2"),
        ("1 / 3", "0.333333333333333"),
        ("0.1 + 0.2", "0.3"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("2 ** 100 / 2 ** 98", "4"),
        ("2 ** -1", "0.5"),
        ("1 ** 10000000000", "1"),
        ("(-1) ** 4001", "-1"),
        ("0 ** 0", "1"),
        ("2 ** 0.5", "1.4142135623731"),
        ("1e20", "1e+20"),
        ("1_000 + 0x10", "1016"),
        ("sqrt(16)", "4"),
        ("sqrt(2)", "1.4142135623731"),
        ("sqrt(10 ** 400) / 10 ** 199", "10"),
        ("sin(pi / 2) + cos(0)", "2"),
        ("log(e)", "1"),
        ("log(8, 2)", "3"),
        ("abs(-3) + min(4, 5) + max(1, 2, 3)", "10"),
        ("round(2.567, 2)", "2.57"),
        ("round(2.5)", "2"),
        ("round(1234, -2)", "1200"),
        ("factorial(20)", "2432902008176640000"),
        ("gcd(12, 18)", "6"),
        ("floor(2.9) + ceil(2.1) + trunc(-2.9)", "3"),
        ("degrees(tau)", "360"),
        ("hypot(3, 4)", "5"),
        ("-" * 100 + "1", "1"),
    ],
)
def test_sums_are_done(expression, result):
    assert BOX.run("calculate", {"expression": expression}) == ToolOutcome(result)


BAD = {
    "": "nothing to calculate",
    "1 / 0": "divides by zero",
    "1 % 0": "divides by zero",
    "0 ** -1": "divides by zero",
    "2 ^ 3": "written **",
    "1 +": "not an arithmetic expression",
    "1 2": "not an arithmetic expression",
    "x": "no 'x'",
    "foo(1)": "no 'foo'",
    "__import__('os').system('true')": "Only numbers",
    "__import__": "no '__import__'",
    "(1).__class__": "Only numbers",
    "'a' * 10": "Only numbers",
    "[1] * 10": "Only numbers",
    "lambda: 1": "Only numbers",
    "(x := 1)": "Only numbers",
    "True + 1": "Only numbers",
    "3j": "Only numbers",
    "1 if 1 else 2": "Only numbers",
    "max(*[1])": "Only numbers",
    "max()": "has no value",
    "max(1)": "has no value",
    "sin(1, 2)": "has no value",
    "round(1, digits=2)": "no 'round'",
    "log(0)": "has no value",
    "log(-1)": "has no value",
    "asin(2)": "has no value",
    "sqrt(-1)": "no real root",
    "(-8) ** 0.5": "not a real number",
    "1e999": "too large",
    "1e308 * 10": "too large",
    "10.0 ** 400": "too large",
    "9 ** 9 ** 9": "too large",
    "9 ** 9 ** 9 ** 9 ** 9": "too large",
    "2 ** 4097": "too large",
    "(-2) ** 99999999999": "too large",
    "factorial(100000)": "too large",
    "factorial(1e300)": "too large",
    "factorial(1.5)": "whole number",
    "factorial(-1)": "whole number",
    "round(1, -10 ** 9)": "digits",
    "round(1.5, 0.5)": "digits",
    "exp(1000)": "too large",
    "10 ** 1000 / 3": "too large",
    "*".join(["10 ** 400"] * 20): "too large",
    "1 << 10 ** 9": "Only numbers",
    "1\0": "null",
    "1\n2": "not an arithmetic",
    "(" * 250 + "1" + ")" * 249: "",
    "-" * 499 + "1": "",
    "1" + "+1" * 250: "longer than 500",
}


@pytest.mark.parametrize("expression", BAD)
def test_what_cannot_be_calculated_is_a_sentence_at_once(expression):
    begun = time.monotonic()
    outcome = BOX.run("calculate", {"expression": expression})
    assert time.monotonic() - begun < 5
    assert BAD[expression].lower() in outcome.content.lower()
    assert outcome.is_error or not BAD[expression]
    assert outcome.content.isprintable()
    assert "failed:" not in outcome.content


def test_every_function_is_named_in_the_description_and_no_other():
    said = set(re.findall(r"\b[a-z]+\d*\b", BOX.get("calculate").description.partition("functions ")[2].split(".")[0]))
    assert said - {"x", "base"} == set(room._FUNCTIONS)


def test_nothing_is_evaluated():
    source = ast.parse(Path(room.__file__).read_text())
    called = {node.func.id for node in ast.walk(source) if isinstance(node, ast.Call) and hasattr(node.func, "id")}
    assert not called & {"eval", "exec", "compile", "getattr", "__import__"}


def test_our_tools_are_tools():
    tools: list[Tool] = [tool for name in BOX.names if (tool := BOX.get(name))]
    assert len(tools) == 2
