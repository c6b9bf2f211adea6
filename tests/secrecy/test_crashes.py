"""A key and words that must not get out, looked for everywhere after the program was made to crash.

The key may be in the one file where somebody asked to keep it; what was said in the database, in what was
exported, and on the screen; neither in a crash report, on stderr, in a process list or in any other file.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from claude_tui.demo import DemoServer
from claude_tui.demo.answers import Reply
from tests.secrecy.looking import Onlooker, files, hits, shapes
from tests.support.desk import ROOT, environment
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

HOOK = Path(__file__).with_name("hook")
KEY = "sk-ant-api03-CaNaRy0123456789_-abcdefghij"
SAID = ("Quetzalquestion", "Quetzalreply", "Quetzaldraft", "Quetzalthought", "63504063504")
"""What was asked, answered, typed and not sent, thought, and what a tool gave."""
SUM = "63504063504 + 0"
SOURCES = ("the environment", "a command", "a file", "a bearer token")
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where it crashes, what runs then, and whether there is a report of it."""

    where: str
    app: bool = False
    reported: bool = True
    cold: bool = False
    """Whether the program must be loaded for it."""

    def __str__(self) -> str:
        return f"{'app' if self.app else '-p'} {self.where}"


def headless(*places: str) -> list[Place]:
    return [Place(place) for place in places]


def app(*places: str) -> list[Place]:
    return [Place(place, app=True) for place in places]


PLACES = [
    *headless(
        "claude_tui.core.reply:fold@5",
        "claude_tui.api.client:_event@4",
        "claude_tui.tools.calculate:Calculate.run",
    ),
    Place("claude_tui.store.store:!", cold=True),
    *app(
        "claude_tui.ui.widgets.transcript:Transcript.render_lines@3",
        "claude_tui.ui.words.status:status_of@2#task",
        "claude_tui.turn.run:_Loop._ask#thread",
    ),
    Place("claude_tui.store.store:Store.begin claude_tui.crash:_write", reported=False),
    Place("claude_tui.turn.course:Course.turn@3#SIGSEGV", reported=False),
    Place("claude_tui.ui.screens.chat:ChatScreen.compose#SIGTERM", app=True, reported=False),
    *headless(
        "claude_tui.core.request:build",
        "claude_tui.core.resume:plan",
        "claude_tui.core.pricing:reply_cost",
        "claude_tui.core.view:exchange@2",
        "claude_tui.core.events:encode",
        "claude_tui.store.store:Store.create",
        "claude_tui.store.store:Store.open",
        "claude_tui.store.store:Store.begin",
        "claude_tui.store.store:Store.finish",
        "claude_tui.turn.spending:spend_of",
        "claude_tui.store.sidesync:SideSync._run",
        "claude_tui.store.care:Care._run",
        "claude_tui.api.client:Api.ask",
        "claude_tui.api.client:Api._warm@2",
        "claude_tui.headless:_Printer.show@2",
        "claude_tui.headless:_Printer.end",
        "claude_tui.headless:current_exchange@3#unraisable",
        "claude_tui.headless:current_exchange@2#group",
        "claude_tui.turn.reply:Coming._flush@2",
        "claude_tui.turn.course:Course.add",
        "claude_tui.turn.calls:run_call#thread",
        "claude_tui.cli:!",
        "claude_tui.session:open_session",
        "claude_tui.secrets:find_key",
        "claude_tui.config:load_config",
    ),
    *app(
        "claude_tui.ui.app:!",
        "claude_tui.ui.screens.chat:ChatScreen.compose",
        "claude_tui.ui.screens.chat:ChatScreen.compose#callback",
        "claude_tui.ui.screens.chat:ChatScreen.compose#unraisable",
        "claude_tui.ui.widgets.prompt:Prompt._submit",
        "claude_tui.ui.widgets.prompt_looks:PromptLooks.render_lines@4",
        "claude_tui.ui.widgets.status_bar:StatusBar.show@2",
        "claude_tui.ui.widgets.painter:Painter.paint@9",
        "claude_tui.ui.chat.exporting:export",
        "claude_tui.ui.chat.reader:Reader.command_copy",
        "claude_tui.ui.chat.hearing:Hearing.show_turn@2",
        "claude_tui.ui.turns:run_turn",
    ),
    Place("claude_tui.api.failures:!", cold=True),
    Place("claude_tui.crash:_lines claude_tui.core.reply:fold@3", reported=False),
    Place("claude_tui.redaction:redact claude_tui.core.reply:fold@3", reported=False),
    Place("claude_tui.turn.course:Course.turn@3#SIGABRT", reported=False),
    Place("claude_tui.turn.course:Course.turn@3#SIGQUIT", reported=False),
    Place("claude_tui.ui.words.status:status_of@3#SIGSEGV", app=True, reported=False),
]
LONG = int(os.environ.get("CLAUDE_TUI_CRASHES", "4"))  # read now: a test has no such variable
"""Rounds in the long form: as many as there are sources give each place each of them."""


def answers() -> list[Reply]:
    return [
        Reply(
            [
                {"type": "thinking", "thinking": f"I think of {SAID[3]}."},
                {"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {"expression": SUM}},
            ],
            stop_reason="tool_use",
        ),
        Reply([{"type": "text", "text": f"The word is {SAID[1]}, and {SAID[4]} is the sum."}]),
    ]


class Run:
    """One run of the program, made to crash; what it said, and where it left what."""

    def __init__(self, folder: Path, place: Place, source: str) -> None:
        folder.mkdir()
        self.place, self.source = place, source
        self.home = folder / "home"
        self.home.mkdir(0o700)
        self.hit = folder / "hit"
        self.exported = folder / "talk.md"
        self.secret = folder / "secret.txt"
        """Somebody's password store."""
        self.folder = folder
        self.said = b""

    def environment(self, url: str) -> dict[str, str]:
        env = environment(self.home, ANTHROPIC_BASE_URL=url, PYTHONFAULTHANDLER="1", ANTHROPIC_LOG="debug")
        env |= {"PROVOKE": self.place.where, "PROVOKE_HIT": str(self.hit), "PROVOKE_WORDS": f"{KEY} {' '.join(SAID)}"}
        config = 'thinking = "on"\ntools = ["calculate"]\n'
        if self.source == "the environment":
            env["ANTHROPIC_API_KEY"] = KEY
        elif self.source == "a bearer token":
            env["ANTHROPIC_AUTH_TOKEN"] = KEY
        elif self.source == "a command":
            self.secret.write_text(KEY)
            config += f"api_key_command = {json.dumps(['cat', str(self.secret)])}\n"
        else:
            key_file = self.home / "api-key"
            key_file.touch(0o600)
            key_file.write_text(KEY)
        (self.home / "config.toml").write_text(config)
        return env

    def go(self, zygote: Zygote) -> None:
        with DemoServer(pace=0, api_key=KEY) as server:
            server.then(*answers())
            env = self.environment(server.url)
            if self.place.app:
                self._in_terminal(zygote, env)
            elif self.place.cold:
                self._anew(env)
            else:
                self._without_one(zygote, env)

    def _anew(self, env: dict[str, str]) -> None:
        env["PYTHONPATH"] = f"{HOOK}{os.pathsep}{ROOT}"
        done = subprocess.run(
            [sys.executable, "-P", "-m", "claude_tui", "-p"],
            env=env, cwd=self.folder, input=SAID[0].encode(), capture_output=True, timeout=90,
        )  # fmt: skip
        self.said = done.stderr
        assert not hits(done.stdout, KEY), "the key is on stdout"

    def _without_one(self, zygote: Zygote, env: dict[str, str]) -> None:
        with tempfile.TemporaryDirectory() as elsewhere:
            out = Path(elsewhere) / "out"
            process = zygote.start("-p", SAID[0], env=env, cwd=self.folder, output=out)
            try:
                process.wait(60)
            finally:
                process.kill()
            self.said = Path(f"{out}.err").read_bytes()
            assert not hits(out.read_bytes(), KEY), "the key is on stdout"

    def _in_terminal(self, zygote: Zygote, env: dict[str, str]) -> None:
        with Terminal(home=self.home, env=env, zygote=zygote, size=(140, 40)) as terminal:

            def crashed() -> bool:
                return terminal.process.poll() is not None or (self.hit.exists() and bool(self._reports()))

            def wait(wanted: str) -> None:
                with suppress(AssertionError):
                    terminal.wait(lambda screen: wanted in screen or crashed(), 20)

            for wanted, typed in (
                ("❯", SAID[0]),
                (SAID[0], "\r"),
                (f"The word is {SAID[1]}", "/copy\r"),
                ("opied", f"/export {self.exported}\r"),
                ("talk.md", SAID[2]),
                (SAID[2], ""),
            ):
                wait(wanted)
                if crashed():
                    break
                with suppress(OSError):
                    terminal.send(typed)
            wait("a report is in")  # by a notice, or where the terminal is the shell's again
            terminal.settle(0.2, 2)
            with suppress(subprocess.TimeoutExpired, OSError):
                if terminal.process.poll() is None:
                    terminal.press("ctrl+q")
                terminal.process.wait(10)
            terminal.kill()
            self.said = bytes(terminal.raw)

    def _reports(self) -> list[Path]:
        return sorted((self.home / "state" / "crashes").glob("*"))

    def judge(self) -> None:
        """Whether anything got out."""
        assert self.hit.exists(), f"{self.place}: the place was never reached:\n{self.said.decode(errors='replace')}"
        allowed_key = {self.home / "api-key", self.secret}
        database = self.home / "data"
        for path, data in files(self.folder):
            name = path.name
            if path not in allowed_key:
                assert not hits(data, KEY), f"{self.place}: the key is in {name}: {hits(data, KEY)}"
            if not path.is_relative_to(database) and path != self.exported:
                found = [word for word in SAID if hits(data, word)]
                assert not found, f"{self.place}: {found} in {name}"
            if path.is_relative_to(self.home) and name != "config.toml":
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path} is {oct(path.stat().st_mode)}"
        assert not hits(self.said, KEY), f"{self.place}: the key was shown"
        assert b"Traceback" not in self.said and b"Provoked: " not in self.said, self.said.decode(errors="replace")
        if not self.place.app:
            found = [word for word in SAID if hits(self.said, word)]
            assert not found, f"{self.place}: {found} on stderr"
        reports = self._reports()
        assert bool(reports) or not self.place.reported, (
            f"{self.place}: no report:\n{self.said.decode(errors='replace')}"
        )
        if self.place.reported:
            if "tools." not in self.place.where:  # a failed tool is an answer, and the turn goes on
                assert any(is_shown(self.said, report.name) for report in reports), f"{self.place}: no path was shown"
            text = reports[0].read_text()
            assert text.startswith("claude-tui ")
            assert ("sitecustomize.Provoked" in text and "KeyError" in text) or "ExceptionGroup" in text
            assert "sitecustomize.py:" in text, f"{self.place}: it does not say where\n{text}"


def is_shown(said: bytes, name: str) -> bool:
    """Whether a name was painted, in one row or broken over two, beside which something else may stand."""
    return any(
        all(hits(said, part) for part in filter(None, (name[:place], name[place:])))
        for place in range(8, len(name) + 1)
    )


def crash(zygote: Zygote, folder: Path, places: Sequence[Place], first: int = 0) -> None:
    jobs = [
        Run(folder / f"run{number}", place, SOURCES[(first + number) % len(SOURCES)])
        for number, place in enumerate(places)
    ]
    with Onlooker([KEY, *SAID]) as onlooker, ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(job.go, zygote) for job in jobs]:
            done.result()
    assert onlooker.looks > 5 and not onlooker.seen
    wrong: list[str] = []
    for job in jobs:
        try:
            job.judge()
        except AssertionError as error:
            wrong.append(f"{job.source}: {error}")
    assert not wrong, f"{len(wrong)} of {len(jobs)}:\n" + "\n\n".join(wrong)
    reports = sum(len(job._reports()) for job in jobs)
    print(f"{len(jobs)} crashes, {reports} reports, {onlooker.looks} looks at the process list: nothing got out")


def test_crashes_give_nothing_away(zygote: Zygote, tmp_path: Path) -> None:
    crash(zygote, tmp_path, PLACES)


@pytest.mark.long
def test_many_crashes_give_nothing_away(zygote: Zygote, tmp_path: Path) -> None:
    """From every source of a key."""
    for number in range(LONG):
        (tmp_path / str(number)).mkdir()
        crash(zygote, tmp_path / str(number), PLACES, first=number)


def test_the_looking_finds_what_is_there() -> None:
    """Or nothing above proves anything."""
    import base64
    import textwrap

    for name, shape in shapes(KEY).items():
        assert name in hits(b"before " + shape + b" after", KEY)
    wrapped = "\n".join(textwrap.wrap(f"some words and {KEY} and more", 17, break_on_hyphens=False)).encode()
    assert KEY.encode() not in wrapped and "plain" in hits(wrapped, KEY)
    assert hits(KEY[:9].encode() + b"\x1b[0m\x1b[12;1H\x1b[38;2;1;2;3m" + KEY[9:].encode(), KEY)
    assert hits(base64.b64encode(f"ab{KEY} and more".encode()), KEY)
    assert not hits(b"sk-ant-api03-another", KEY)
