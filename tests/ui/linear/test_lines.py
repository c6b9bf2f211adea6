"""The mode for screen readers, in a real terminal: lines that are only ever added to, and all that can be done."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from claude_tui.demo import DemoServer, Faithful, Fault, Faulty, Reply
from tests.support.desk import environment, run
from tests.support.hostile import EVERYTHING
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

ANSWER = "The *first* paragraph.\n\n```sh\nls\n```\n\nThe last one.\n"
PROMPT = "\nYou:"


class Listener(Terminal):
    """A terminal of which only what is newly written is heard."""

    def heard(self) -> str:
        return bytes(self.raw).decode("utf-8", "replace").replace("\r\n", "\n")

    def hear(self, words: str, after: int = 0, seconds: float = 40.0) -> int:
        """Wait for words, behind a place; the place behind them."""
        until = time.monotonic() + seconds
        while (at := self.heard().find(words, after)) < 0:
            assert time.monotonic() < until, f"no {words!r} after {self.heard()[after:]!r}"
            time.sleep(0.01)
        return at + len(words)

    def type(self, text: str) -> str:
        """A line, and all that is said until the next prompt."""
        start = len(self.heard())
        self.send(f"{text}\r")
        until = time.monotonic() + 40
        while not (said := self.heard()[start:]).endswith(f"{PROMPT} "):
            assert time.monotonic() < until, said
            time.sleep(0.01)
        time.sleep(0.06)  # what is typed within less is taken for one paste
        return said.rstrip()


@contextmanager
def listening(
    zygote: Zygote | None, folder: Path, *flags: str, script: Any = None, **more: str
) -> Iterator[tuple[Listener, DemoServer]]:
    env = {**more}
    with DemoServer(pace=0, script=script or Faithful(ANSWER)) as server:
        env |= {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "demo"}
        with Listener("--screen-reader", *flags, home=folder / "home", zygote=zygote, env=env) as terminal:
            terminal.hear(PROMPT)
            yield terminal, server


def test_a_conversation_in_lines(zygote: Zygote, tmp_path: Path) -> None:
    with listening(zygote, tmp_path) as (terminal, server):
        said = terminal.type("Tell me.")
        assert said.split("\n")[1:] == [
            "Claude: The first paragraph.",
            "Code 1, sh:",
            "ls",
            "End of code.",
            "The last one.",
            "Claude has finished. 9 words, less than a cent.",
            "You:",
        ]
        assert "Renamed to A talk." in terminal.type("/rename A talk")
        assert "did you mean /model" in terminal.type("/modle x")
        assert "needs the whole screen" in terminal.type("/tree")
        assert "There is nothing to continue." in terminal.type("")
        assert "1: A talk." in terminal.type("/open")
        assert "Effort: low." in terminal.type("/effort low")
        assert "Tools on: calculate." in terminal.type("/tools calculate")
        assert "Model: " in terminal.type("/model sonnet")
        assert "request id: " in terminal.type("/receipt")
        assert "today: $" in terminal.type("/cost")
        assert "Written to " in terminal.type(f"/export {tmp_path}/talk.md")
        assert "There is no code 2" in terminal.type("/copy-code 2")
        assert "/export FILE: " in terminal.type("/help")
        assert "A new conversation." in terminal.type("/new")
        assert "Claude: The first paragraph." in terminal.type("/open 1")
        terminal.send("/quit\r")
        assert terminal.ended() == 0
        raw = bytes(terminal.raw)
        assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]", raw), "text and line ends alone"
        assert b"\r\n" in raw and b"\r" not in raw.replace(b"\r\n", b""), "no line is written over"
        assert terminal.unrestored() == []
        assert not server.requests[-1].problem
    assert "The *first* paragraph." in run("show", "last", env=environment(tmp_path / "home"))[1]


def test_a_paragraph_is_said_once_it_is_whole_and_ctrl_c_stops(zygote: Zygote, tmp_path: Path) -> None:
    held = Faulty(
        Reply([{"type": "text", "text": f"One whole.\n\nTwo. {'more ' * 100}"}]), Fault("hold", after_text=60)
    )
    with listening(zygote, tmp_path) as (terminal, server):
        server.then(held)
        terminal.send("Go.\r")
        at = terminal.hear("Claude: One whole.\n")
        assert "Two" not in terminal.heard()[at:]
        terminal.send("\x03")
        at = terminal.hear("Two. more", at)
        at = terminal.hear("Stopped after", at)
        at = terminal.hear("An empty line goes on.", at)
        terminal.hear(PROMPT, at)
        time.sleep(0.06)
        said = terminal.type("")
        assert "Claude has finished." in said
        terminal.send("\x03")
        at = terminal.hear("Control C again leaves.")
        terminal.send("\x03")
        assert terminal.ended() == 0


def test_what_is_typed_meanwhile_is_sent_next_and_a_paste_is_one_question(zygote: Zygote, tmp_path: Path) -> None:
    held = Faulty(Reply([{"type": "text", "text": "One whole.\n\n" + "a " * 40}]), Fault("hold", after_text=60))
    with listening(zygote, tmp_path) as (terminal, server):
        server.then(held)
        terminal.send("Go.\r")
        terminal.hear("Claude: One whole.")
        terminal.send("And then?\r")
        server.let_go()
        at = terminal.hear("You: And then?\n")
        terminal.hear(PROMPT, at)
        time.sleep(0.06)
        terminal.send("two\rlines\r")
        at = terminal.hear("Claude has finished", at)
        terminal.hear(PROMPT, terminal.hear("Claude has finished", at))
        asked = [one.body["messages"][-1]["content"] for one in server.requests if one.path == "/v1/messages"]
        assert [text if isinstance(text, str) else text[0]["text"] for text in asked] == [
            "Go.",
            "And then?",
            "two\nlines",
        ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("writing", [False, True])
def test_signals_end_it_and_what_came_is_kept(
    zygote: Zygote, tmp_path: Path, number: signal.Signals, writing: bool
) -> None:
    held = Faulty(
        Reply([{"type": "text", "text": f"One whole.\n\nTwo. {'more ' * 100}"}]), Fault("hold", after_text=60)
    )
    with listening(zygote, tmp_path) as (terminal, server):
        if writing:
            server.then(held)
            terminal.send("Go.\r")
            terminal.hear("Claude: One whole.")
        terminal.signal(number)
        if number == signal.SIGINT:
            terminal.hear("Stopped" if writing else "Control C again")
            terminal.send("\x04")
        assert terminal.ended() == (0 if number == signal.SIGINT else 128 + number)
        assert b"Traceback" not in terminal.raw
    if writing:
        assert "One whole." in run("show", "last", "--last-reply", env=environment(tmp_path / "home"))[1]


def test_what_is_hostile_is_inert(zygote: Zygote, tmp_path: Path) -> None:
    text = EVERYTHING.encode("utf-8", "replace").decode()
    with listening(zygote, tmp_path, script=Faithful(text)) as (terminal, _):
        terminal.send("Say it.\r")
        terminal.hear("Claude has finished")
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]", terminal.raw)


def test_a_long_answer_is_read_out_only_when_asked_for(zygote: Zygote, tmp_path: Path) -> None:
    with listening(zygote, tmp_path, script=Faithful("word " * 200)) as (terminal, _):
        terminal.type("Say it.")
        said = terminal.type("/open last")
        assert "Claude answered in 200 words. /read reads them." in said and "word word" not in said
        assert "Claude: word word" in terminal.type("/read")


def test_a_line_the_terminal_cut_is_not_sent(zygote: Zygote, tmp_path: Path) -> None:
    with listening(zygote, tmp_path) as (terminal, server):
        terminal.send("x" * 5000)
        terminal.send("\r")
        terminal.hear("It was not sent.")
        assert not server.requests


def test_one_goes_from_the_lines_to_the_screen_and_back(zygote: Zygote, tmp_path: Path) -> None:
    with listening(zygote, tmp_path) as (terminal, _):
        terminal.type("Tell me.")
        terminal.send("/screen-reader off\r")
        terminal.wait(lambda screen: "❯ Ask anything" in screen and "The last one." in screen)
        assert b"\x1b[?1049h" in terminal.raw
        terminal.say("/screen-reader")
        at = terminal.heard().rfind("\x1b[?1049l")
        terminal.hear("Claude: The first paragraph.", terminal.hear("Open: Tell me.", max(at, 0)))
        terminal.send("\x04")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []


def test_the_config_and_a_dumb_terminal(zygote: Zygote, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("screen_reader = true\n")
    with DemoServer(pace=0, script=Faithful(ANSWER)) as server:
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "demo", "TERM": "dumb"}
        with Listener(home=home, zygote=zygote, env=env) as terminal:
            terminal.hear(PROMPT)
            assert "Claude has finished" in terminal.type("Go.")
            terminal.send("\x04")
            assert terminal.ended() == 0
            assert b"\x1b" not in terminal.raw


def test_a_tool_that_asks_is_allowed_by_a_word_alone(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['claude-tui', '--screen-reader', '--tools', 'calculate'];"
        "from claude_tui.tools.calculate import Calculate; Calculate.consent = True;"
        "from claude_tui.__main__ import main; main()"
    )

    def call(id: str) -> Reply:
        use = {"type": "tool_use", "id": f"toolu_{id}", "name": "calculate", "input": {"expression": "6 * 7"}}
        return Reply([use], stop_reason="tool_use")

    with DemoServer(pace=0, script=Faithful(ANSWER)) as server:
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "demo"}
        with Listener(home=tmp_path / "home", command=(sys.executable, "-c", code), env=env) as terminal:
            terminal.hear(PROMPT)
            time.sleep(0.06)
            for typed, gave in (("y", "It gave: 42"), ("n", "It failed: The person said no."), ("", "It failed")):
                server.then(call(typed or "none"))
                start = len(terminal.heard())
                terminal.send("Go.\r")
                at = terminal.hear("May it? y or n: ", terminal.hear("expression: 6 * 7", start))
                terminal.send(f"{typed}\r")
                terminal.hear(PROMPT, terminal.hear("Claude has finished", terminal.hear(gave, at)))
                time.sleep(0.06)
