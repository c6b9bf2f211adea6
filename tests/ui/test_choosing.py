"""What a conversation is asked with: chosen, explained where it cannot be had, kept with it, and what it costs."""

from __future__ import annotations

import json
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.changes import Change, change
from claude_tui.demo import DemoServer, Faithful
from claude_tui.listing import load_listing
from claude_tui.paths import Paths
from claude_tui.ui.chat import choices
from claude_tui.ui.screens.choose import ChooseScreen
from claude_tui.wishes import Wishes
from tests.support.driver import Person, person

pytestmark = pytest.mark.anyio
ANSWER = Faithful("The answer, in markdown.")
DAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("claude_tui.session", "claude_tui.ui.chat.choices"):
        monkeypatch.setattr(f"{room}.today", lambda: DAY)


def persona(name: str, text: str) -> None:
    folder = Paths.default().personas_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text)


def models_asked(someone: Person) -> int:
    return sum(one.path.startswith("/v1/models") for one in someone.server.requests)


# -- the model


async def test_the_picker_lists_what_the_api_lists_and_keeps_it(home: Path) -> None:
    async with person(home, script=ANSWER, size=(80, 30)) as someone:
        assert models_asked(someone) == 0  # nothing is asked before somebody looks, here where nothing is warmed
        await someone.commands("/model")
        await someone.sees("as the API lists them", "Claude Opus 5.5", "1M · 128k out · $4/$20 · the default")
        assert models_asked(someone) == 1
        await someone.press(*"sonnet 4.5")
        await someone.sees("$3/$15 · retires 30 Nov", "in 9 days; Claude Sonnet 5.5 comes", "effort none")
        await someone.press("escape")
        await someone.commands("/model")
        await someone.sees("as the API lists them")
        assert models_asked(someone) == 1  # it is still new
    kept = load_listing(Paths.default().models_file, "demo")
    assert kept.at and any(entry["id"] == "claude-opus-4-20250514" for entry in kept.entries)


async def test_without_an_answer_the_table_is_there(home: Path) -> None:
    server = DemoServer(pace=0, api_key="another")
    async with person(home, server=server) as someone:
        await someone.commands("/model")
        await someone.sees("known on 20 Nov 2026", "Claude Opus 5.5")
        await someone.until(lambda: models_asked(someone) == 1)
        await someone.press("down", "enter")
        await someone.hears("Model: ")


async def test_a_model_in_no_list_is_used_as_it_is_typed(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/model")
        await someone.press(*"claude-next-9")
        await someone.sees("in no list; used as it is typed")
        await someone.press("enter")
        await someone.hears("its prices are not known")
        await someone.says("Go.")
        assert someone.requests[-1]["model"] == "claude-next-9" and someone.reply == "The answer, in markdown."
        await someone.commands("/model \x1b[31mred")
        await someone.hears("There is no model called")


async def test_an_old_conversation_says_that_its_model_goes_and_a_key_takes_the_next(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/model claude-sonnet-4-5")
        await someone.says("Go.")
    async with person(home, script=ANSWER, last=True, size=(100, 24)) as someone:
        await someone.sees("sonnet-4.5 retires on 30 Nov 2026, in 9 days: Shift+F2 takes sonnet-5.5")
        await someone.press("shift+f2")
        await someone.hears("Model: claude-sonnet-5-5.")
        assert "retires" not in "\n".join(someone.lines[-3:])
        await someone.says("Go on.")
        assert someone.requests[-1]["model"] == "claude-sonnet-5-5" and not someone.requests[-1].get("problem")
        await someone.commands("/successor")
        await someone.hears("Claude Sonnet 5.5 stays; F2 chooses another model")


async def test_the_picker_begins_at_the_successor(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/model claude-opus-4-5")
        await someone.press("f2", "enter")
        await someone.hears("Model: claude-opus-5-5.")


# -- effort, thinking, tools, length, system prompt


async def test_what_the_model_does_not_take_is_greyed_and_explained(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/model claude-sonnet-4-6")
        await someone.commands("/effort")
        await someone.sees("Effort · Claude Sonnet 4.6", "xhigh   not taken; high is the nearest")
        await someone.press(*"xhigh", "enter")
        assert isinstance(someone.screen, ChooseScreen)  # it cannot be had
        await someone.press("escape")
        await someone.commands("/model sonnet 5.5")
        await someone.commands("/thinking off")
        await someone.commands("/effort")
        await someone.sees("only with thinking; without, up to high")
        await someone.press("escape")
        await someone.commands("/effort max")
        await someone.hears("Effort: high (only with thinking")
        await someone.commands("/model opus")
        await someone.commands("/thinking")
        await someone.sees("Thinking · Claude Opus 5.5", "it always thinks")
        await someone.press("escape")
        await someone.commands("/thinking sideways")
        await someone.hears("Thinking is on, off or auto")
        await someone.press("escape")
        await someone.commands("/model haiku 4.5")
        await someone.commands("/effort low")
        await someone.hears("Claude Haiku 4.5 takes no effort.")
        await someone.says("Go.")
    assert [one.problem for one in someone.server.requests if one.problem] == []


async def test_a_length_out_of_range_is_answered_with_the_nearest(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        for typed, said in [
            ("9999999", "Claude Opus 5.5 writes from 1 to 128,000 tokens: /max-tokens 128000"),
            ("", "Longest reply: 32,000 tokens. /max-tokens N changes it, from 1 to 128,000."),
            ("0", "/max-tokens 1"),
            ("-5", "A number from 1 to 128,000 is needed: /max-tokens 32000"),
            ("lots", "A number from 1"),
            ("9" * 400, "A number from 1"),
            ("12k", "Longest reply: 12,000 tokens."),
            ("auto", "Longest reply: 32,000 tokens."),
        ]:
            await someone.commands(f"/max-tokens {typed}")
            await someone.hears(said)
            someone.app.clear_notifications()


async def test_a_system_prompt_of_a_megabyte_is_taken_where_it_fits_and_else_given_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = "Be terse. " * 100_000
    async with person(home, script=ANSWER) as someone:
        someone.chat.run_command("command_system", prompt.strip())
        await someone.hears("with each question that no cache holds")
        await someone.says("Go.")
        assert someone.requests[-1]["system"] == prompt.strip()
        await someone.commands("/model haiku 4.5")
        said: list[str] = []  # a megabyte in the prompt may take longer than a sentence stays in the corner
        monkeypatch.setattr(someone.chat, "say", lambda sentence, severity="": said.append(sentence))
        someone.chat.run_command("command_system", prompt.strip() + "!")
        assert "has room for about 720,000 characters" in said[-1]
        assert someone.chat.settings.system == prompt.strip()
        assert prompt.strip() in someone.chat.prompt.full


async def test_the_system_prompt_is_shown_and_edited(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/system Answer in rhyme.")
        await someone.commands("/system")
        await someone.hears("System prompt, 16 characters: Answer in rhyme. · /system edit changes it")
        await someone.commands("/system edit")
        assert someone.typed == "/system Answer in rhyme."
        await someone.press("backspace", *", and short.", "enter")
        await someone.says("Go.")
        assert someone.requests[-1]["system"] == "Answer in rhyme, and short."


# -- what it costs


async def test_what_invalidates_the_cache_says_what_it_costs(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("word " * 3_000)
        await someone.says("Again.")
        await someone.commands("/system Answer in rhyme.")
        await someone.hears("tokens to the cache anew, ≈$0.0")
        someone.app.clear_notifications()
        await someone.commands("/max-tokens 1000")
        await someone.hears("Longest reply: 1,000 tokens.")
        assert not any("anew" in said for said in someone.told)
        await someone.commands("/model")
        await someone.sees("Claude Opus 5.5")
        await someone.press(*"fable 5.2")
        await someone.sees("The next question writes ≈", "to the cache anew")


async def test_what_it_costs_is_worked_out_beside_the_screen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def watched(*given: Any) -> Change:
        threads.append(threading.current_thread())
        return change(*given)

    monkeypatch.setattr(choices, "change", watched)
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        await someone.commands("/system Answer in rhyme.")
        await someone.hears("The next question is asked with this system prompt.")
    assert threads and threading.main_thread() not in threads


# -- kept with the conversation


async def test_what_was_chosen_and_not_asked_with_survives_a_restart(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("First.")
        await someone.commands("/system Answer in rhyme.")
        await someone.commands("/max-tokens 4321")
        await someone.commands("/effort max")
        await someone.commands("/thinking on")
        await someone.commands("/tools calculate")
    async with person(home, script=ANSWER, last=True) as someone:
        settings = someone.chat.settings
        assert (settings.system, settings.max_tokens, settings.effort) == ("Answer in rhyme.", 4321, "max")
        assert (settings.thinking, settings.tools) == ("on", ("calculate",))
        await someone.says("Second.")
        asked = someone.requests[-1]
        assert asked["system"] == "Answer in rhyme." and asked["max_tokens"] == 4321
    async with person(home, script=ANSWER, last=True) as someone:  # now it is with the reply
        settings = someone.chat.settings
        assert (settings.system, settings.max_tokens, settings.effort) == ("Answer in rhyme.", 4321, "max")
        assert (settings.thinking, settings.tools) == ("on", ("calculate",))
        await someone.press("ctrl+n")
        assert someone.chat.settings.system == "" and someone.chat.settings.max_tokens is None


async def test_an_effort_that_the_model_does_not_take_is_kept_for_one_that_does(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/effort xhigh")
        await someone.commands("/model claude-opus-4-6")
        await someone.says("Go.")
        assert someone.requests[-1]["output_config"] == {"effort": "high"}
    async with person(home, script=ANSWER, last=True) as someone:
        await someone.commands("/model opus 5.5")
        await someone.says("Go.")
        assert someone.requests[-1]["output_config"] == {"effort": "xhigh"}


async def test_what_was_chosen_before_anything_was_asked_is_there_again(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.commands("/system Answer in rhyme.")
    async with person(home, script=ANSWER) as someone:
        await someone.hears("As chosen here before: a system prompt of 16 characters.")
        await someone.says("Go.")
        assert someone.requests[-1]["system"] == "Answer in rhyme."
    async with person(home, script=ANSWER) as someone:
        await someone.says("Go.")
        assert "system" not in someone.requests[-1]  # it was asked with


async def test_a_fork_goes_on_with_what_was_chosen(home: Path) -> None:
    async with person(home, script=ANSWER) as someone:
        await someone.says("First.")
        await someone.commands("/system Answer in rhyme.")
        before = someone.conversation.id
        await someone.commands("/fork")
        await someone.until(lambda: someone.conversation.id != before)
        await someone.until(lambda: someone.chat.settings.system == "Answer in rhyme.")


# -- personas


async def test_a_persona_is_a_prompt_a_model_and_settings(home: Path) -> None:
    persona(
        "reviewer",
        'about = "Reviews code"\nmodel = "sonnet"\nsystem = "Review it."\neffort = "low"\nmax_tokens = 900\n',
    )
    persona("broken", "system = ")
    persona(
        "odd", 'system = "Hm."\nefort = "low"\nmax_tokens = -1\ntools = ["hammer", "calculate"]\nmodel = "no such"\n'
    )
    async with person(home, script=ANSWER, size=(100, 30)) as someone:
        await someone.commands("/persona")
        await someone.sees("Reviews code · sonnet · effort low", "broken", "this is not TOML")
        await someone.press(*"review", "enter")
        await someone.hears("Persona: reviewer.")
        await someone.says("Go.")
        asked = someone.requests[-1]
        assert (asked["model"], asked["system"], asked["max_tokens"]) == ("claude-sonnet-5-5", "Review it.", 900)
        assert asked["output_config"] == {"effort": "low"}
        persona("reviewer", 'system = "Edited."\n')
        await someone.says("Again.")
        assert someone.requests[-1]["system"] == "Review it."  # a conversation keeps what it was begun with
    async with person(home, script=ANSWER, last=True, size=(100, 30)) as someone:
        assert someone.chat.settings.persona == "reviewer" and someone.session.state.model is None
        await someone.commands("/persona odd")
        await someone.hears('"efort" is not a setting; did you mean "effort"?')
        await someone.hears("must be a whole number from 1")
        await someone.hears("There is no tool called 'hammer'")
        await someone.hears("There is no model called 'no such'")
        settings = someone.chat.settings
        assert (settings.system, settings.tools, settings.persona) == ("Hm.", ("calculate",), "odd")
        await someone.commands("/persona broken")
        await someone.hears("broken.toml")
        await someone.commands("/persona revewer")
        await someone.hears('did you mean "reviewer"?')
        await someone.commands("/persona none")
        await someone.hears("No persona.")
        assert someone.chat.settings.system == "" and someone.chat.settings.persona == ""


async def test_without_personas_it_says_where_to_write_one(home: Path) -> None:
    async with person(home) as someone:
        await someone.commands("/persona")
        await someone.hears("NAME.toml")


def test_what_was_kept_is_read_leniently() -> None:
    from claude_tui.wishes import read_wishes

    junk: dict[str, Any] = {
        "model": 5,
        "system": None,
        "max_tokens": True,
        "effort": "huge",
        "thinking": [],
        "tools": "x",
    }
    assert read_wishes(junk) == Wishes()
    kept = Wishes("m", "s", 5, "max", "off", ("a",), persona="p").kept(7)
    assert json.loads(json.dumps(kept))["at"] == 7
    assert read_wishes(json.loads(json.dumps(kept))) == Wishes("m", "s", 5, "max", "off", ("a",), persona="p")


async def test_an_hour_of_cache_is_asked_for_from_the_next_question_on_and_stays_chosen(home: Path) -> None:
    async with person(home, script=ANSWER, size=(100, 24)) as someone:
        await someone.says("word " * 3_000)
        await someone.sees("cache 5 m")
        await someone.commands("/cache")
        await someone.sees(
            "Cache · Claude Opus 5.5", "kept five minutes, written at $5.00 a million", "$8.00 a million"
        )
        await someone.press("down", "enter")
        await someone.hears("Cache: kept an hour, written at $8.00 a million, from the next question on.")
        await someone.says("Again.")
        assert someone.requests[-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
        await someone.sees("cache 60 m")
        await someone.press("f4")
        await someone.sees("cache write, 1 hour", " at $8.00 a million")
    async with person(home, script=ANSWER, last=True) as someone:
        assert someone.chat.settings.life == "1h"
        await someone.commands("/cache forever")
        await someone.hears("The cache is kept 5m or 1h")
        await someone.press("escape")
        await someone.commands("/cache 5m")
        await someone.says("And again.")
        assert someone.requests[-1]["cache_control"] == {"type": "ephemeral"}


async def test_what_must_be_known_of_a_model_is_readable_in_a_narrow_list(home: Path) -> None:
    async with person(home, script=ANSWER, size=(80, 24)) as someone:
        await someone.commands("/model")
        await someone.sees("as the API lists them")
        await someone.press(*"mythos preview")
        await someone.sees("1M · 128k out · price ? · was to retire 30 Jun", "comes after it")
        for _ in "preview":
            await someone.press("backspace")
        await someone.press(*"5.2")
        await someone.sees("its price is not known here")
