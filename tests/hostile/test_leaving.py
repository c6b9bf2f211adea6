"""The terminal is left as it was found: at any size, however it ends, and whatever the streams are."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from claude_tui.core.text import is_safe
from claude_tui.demo import DemoServer
from tests.support.desk import environment
from tests.support.driver import LONG, held
from tests.support.strict import Watched
from tests.support.zygote import Zygote

GREETING = "Enter sends"


@contextmanager
def served(zygote: Zygote, folder: Path, pace: float = 0.0) -> Iterator[tuple[Watched, DemoServer]]:
    """The app, against a server of the test's."""
    with DemoServer(pace=pace) as server:
        # An editor that cannot be had: while one runs, what comes from the terminal is its.
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "demo", "VISUAL": "'"}
        with Watched(home=folder / "home", zygote=zygote, env=env) as terminal:
            terminal.wait(GREETING)
            yield terminal, server


# Sizes

SIZES = ((10, 3), (1, 1), (40, 10), (400, 120))
OPENERS = ("\x1bOP", "\x1bOQ", "\x0f", "\x06", "\x1bOS", "\x1b[17~", "\x10", "/", "\x0c")
"""Help, the models, the list, the search, a receipt, the pieces, the palette, the slash menu, finding."""
ESCAPE = "\x1b[27u"
"""Esc as kitty sends it: whatever comes behind it is something else."""


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_screen_opens_at_every_size(zygote: Zygote, tmp_path: Path, size: tuple[int, int]) -> None:
    with Watched("--demo", home=tmp_path / "home", zygote=zygote, env={"CLAUDE_TUI_DEMO_PACE": "0"}) as terminal:
        terminal.wait(GREETING)
        terminal.say("tour")
        terminal.wait("exactly where it was.")
        terminal.resize(*size)
        terminal.settle(0.3)
        terminal.record.ends.clear()
        for opener in OPENERS:
            terminal.send(opener)
            terminal.settle(0.05)
            terminal.send("a\x1b[B")
            terminal.settle(0.02)
            too_wide = [row for end, row in terminal.record.ends if end > size[0]]
            assert not too_wide, too_wide
            terminal.send(ESCAPE)
            terminal.settle(0.02)
            terminal.send(opener + ESCAPE)  # and closed as it opens
            terminal.send("\x15" + ESCAPE)
        terminal.resize(80, 24)
        terminal.send(ESCAPE + ESCAPE + "\x15")
        terminal.settle()
        terminal.send("still here")
        terminal.wait("still here")
        terminal.check()
        terminal.press("ctrl+q")
        terminal.left()
    assert not list((tmp_path / "home").rglob("crash-*"))


def storm(zygote: Zygote, folder: Path, seed: int | None, sizes: int) -> None:
    """Sizes at random, and signals besides, while a reply is written and something lies over it."""
    chance = random.Random(seed)
    with served(zygote, folder, 0.2) as (terminal, _):
        terminal.say("markdown")
        terminal.wait("writing")
        for number in range(sizes):
            if number % 40 == 10:
                terminal.send(chance.choice(OPENERS))
            terminal.resize(chance.choice((1, 2, 10, 40, 80, 200, 400)), chance.choice((1, 2, 3, 10, 24, 60, 120)))
            terminal.signal(signal.SIGWINCH)
            if number % 40 == 39:
                terminal.settle(0.01, 1)
                terminal.send(ESCAPE)
        terminal.resize(100, 30)
        terminal.send(ESCAPE * 3 + "\x15")
        terminal.settle()
        terminal.send("still here")
        terminal.wait("still here")
        terminal.check()
        terminal.press("ctrl+q")
        terminal.left()
    assert not list((folder / "home").rglob("crash-*"))


def test_a_storm_of_sizes(zygote: Zygote, tmp_path: Path) -> None:
    storm(zygote, tmp_path, 3, 200)


@pytest.mark.long
def test_many_storms_of_sizes(zygote: Zygote, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).mkdir()
        storm(zygote, tmp_path / str(number), None, 600)


# Any bytes on stdin

LONG_FUZZ = int(os.environ.get("CLAUDE_TUI_FUZZ", "40"))  # read now: a test has no such variable
QUIT = frozenset("\x03\x04\x11\x1a\x1c")
"""What ends it, or, where a key is asked for, begins the demo instead."""
ODD = (
    b"\x1b", b"\x1b[", b"\x1bO", b"\x1b]", b"\x1bP", b"\x1b[<", b"\x1b[<35;1", b"\x1b[M", b"\x1b[M\xff\xff",
    b"\x1b[200~", b"\x1b[201~", b"\x1b[48;1;1;1;1t", b"\x1b[?2026;2$y", b"\x1b[1;1R", b"\x1b[I",
    b"\x1b[999999999999u", b"\x1b[55555555;5u", b"\x1b[97;1:3u", b"\x1b[;;;;;u", b"\x1b[-1;-1M", b"\x1b[<0;99999;9M",
    b"\xc3", b"\xe2\x80", b"\xf0\x9f", b"\xff\xfe", b"\x80\x9b\x90", b"\xed\xa0\x80", b"\0", b"\x7f", b"\x08", b"\t",
    b"/", b"\x1b[<0;20;20M\x1b[<0;20;20m", b"\x1b[<64;20;5M", b"\x1bOP", b"\x1b[27u", b"\x0f", b"\x10", b"\r",
    "é漢👩\u200d👩".encode(),
)  # fmt: skip


def noise(chance: random.Random, size: int) -> bytes:
    """Bytes at random, sequences, halves of them; nothing that quits or sends."""
    pieces = [
        chance.choice(ODD) if chance.random() < 0.6 else chance.randbytes(chance.randrange(6)) for _ in range(size)
    ]
    return bytes(byte for byte in b"".join(pieces) if chr(byte) not in QUIT)


def fuzz(zygote: Zygote, folder: Path, seed: int | None, rounds: int) -> None:
    chance = random.Random(seed)
    with served(zygote, folder) as (terminal, _):
        sent: list[bytes] = []
        for _ in range(rounds):
            sent.append(noise(chance, 60))
            terminal.send(sent[-1])
            terminal.settle(0.03, 2)
        assert terminal.process.poll() is None, (sent, terminal.text)
        terminal.send("\x1b\\\x1b[201~")
        time.sleep(0.3)  # an ESC at the end of it all is a key by then
        for _ in range(20):  # it may be seconds behind, and among what it has not read is what begins the demo
            terminal.send((ESCAPE + "\x05\x15\x7f") * 8)
            terminal.settle(0.5)
            if "Ask anything" in terminal.text:
                break
        terminal.send("\x1b[200~/new\x1b[201~\r")
        terminal.send("still here")
        terminal.wait("still here")
        terminal.check()
        terminal.press("ctrl+q")
        terminal.left()
    reports = [path.read_text() for path in (folder / "home").rglob("crash-*")]
    assert not reports, reports[0]


def test_any_bytes_from_the_terminal(zygote: Zygote, tmp_path: Path) -> None:
    fuzz(zygote, tmp_path, 5, 20)


@pytest.mark.long
def test_any_bytes_for_long(zygote: Zygote, tmp_path: Path) -> None:
    for number in range(LONG_FUZZ):
        (tmp_path / str(number)).mkdir()
        fuzz(zygote, tmp_path / str(number), None, 100)


# Ends

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)


def end_early(zygote: Zygote, folder: Path, number: signal.Signals, after: float) -> None:
    """A signal while it is still being started."""
    folder.mkdir()
    with Watched("--demo", home=folder / "home", zygote=zygote) as terminal:
        with terminal._came:
            terminal._came.wait_for(lambda: terminal.raw, 30)
        time.sleep(after)
        terminal.signal(number)
        terminal.ended()
        assert terminal.unrestored() == [], (number, after)
        assert b"Traceback" not in terminal.raw


def test_a_signal_at_the_start_leaves_the_terminal(zygote: Zygote, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        jobs = [(number, after) for number in SIGNALS for after in (0.0, 0.03)]
        list(pool.map(lambda job: end_early(zygote, tmp_path / f"{job[0]}-{job[1]}", *job), jobs))


def test_stopped_by_whatever_it_goes_on_and_leaves_the_terminal(zygote: Zygote, tmp_path: Path) -> None:
    """By SIGTSTP, which it can answer, by SIGSTOP, which it cannot, and told to go on when it never stopped."""
    with served(zygote, tmp_path) as (terminal, server):
        server.then(held(LONG, 400))
        terminal.say("Go.")
        terminal.wait("Sentence 5 ")
        terminal.signal(signal.SIGTSTP)
        terminal.settle()
        assert terminal.unrestored() == [], "the shell gets its terminal back"
        server.let_go(2)
        terminal.signal(signal.SIGCONT)
        terminal.wait("Sentence 15 ")
        for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGCONT):
            terminal.signal(number)
            terminal.settle(0.1, 1)
        server.let_go(100)
        terminal.wait("Sentence 149 ")
        terminal.send("still here")
        terminal.wait("❯ still here")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []


STREAMS = [
    (streams, kept) for kept in range(8) for streams in [[name for bit, name in enumerate("012") if kept >> bit & 1]]
]


def test_streams_that_are_no_terminal(tmp_path: Path) -> None:
    """Each combination of stdin, stdout and stderr: the app, where it can be seen and typed into; else a sentence."""

    def one(kept: int) -> None:
        folder = tmp_path / str(kept)
        folder.mkdir()
        redirections = "".join(
            f" {way}" for bit, way in enumerate(("</dev/null", ">out", "2>err")) if not kept >> bit & 1
        )
        command = ("/bin/sh", "-c", f'exec "{sys.executable}" -m claude_tui --demo{redirections}')
        with Watched(home=folder / "home", command=command) as terminal:
            if kept & 3 == 3:
                terminal.wait("This is the demo")
                terminal.press("ctrl+q")
                terminal.left()
                assert not kept & 4 or not (folder / "err").exists()
                return
            assert terminal.ended() == 2
            said = bytes(terminal.raw) if kept & 4 else (folder / "err").read_bytes()
            assert said.count(b"\n") == 1 and said.startswith(b"claude-tui: ") and b"-p" in said and b"\x1b" not in said
            assert terminal.unrestored() == []

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(8)))


@pytest.mark.parametrize("term", ["dumb", "", "nobody-knows-this", "linux", "vt100"])
def test_any_name_of_a_terminal(zygote: Zygote, tmp_path: Path, term: str) -> None:
    with Watched("--demo", home=tmp_path / "home", zygote=zygote, env={"TERM": term}) as terminal:
        if term in ("dumb", ""):
            assert terminal.ended() == 2
            assert terminal.raw.count(b"\n") == 1 and b"TERM" in terminal.raw and b"\x1b" not in terminal.raw
        else:
            terminal.wait("This is the demo")
            terminal.press("ctrl+q")
            terminal.left(mute=term == "linux")
        assert terminal.unrestored() == []


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not here")
def test_in_tmux(tmp_path: Path) -> None:
    """A real terminal's own screen, title and clipboard, with everything hostile in a paste."""
    from tests.support.hostile import EVERYTHING, before

    home, env = tmp_path / "home", environment(tmp_path / "home", TERM="xterm-256color", TMUX_TMPDIR=str(tmp_path))
    env.pop("TMUX", None)

    def tmux(*arguments: str) -> str:
        done = subprocess.run(["tmux", "-f", "/dev/null", *arguments], env=env, capture_output=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode(errors="replace")

    def wait(wanted: str) -> str:
        until = time.monotonic() + 40
        while wanted not in (screen := tmux("capture-pane", "-p")):
            assert time.monotonic() < until, screen
            time.sleep(0.1)
        return screen

    tmux("new-session", "-d", "-x", "120", "-y", "40", "-c", str(tmp_path), "sh")
    try:
        title = tmux("display-message", "-p", "#{pane_title}")
        tmux("send-keys", f"printf ready; {sys.executable} -m claude_tui --demo; echo left $?", "Enter")
        wait("This is the demo")
        assert home.exists()
        (tmp_path / "paste").write_bytes(EVERYTHING.replace("\0", "").encode("utf-8", "replace"))
        tmux("load-buffer", "-b", "mine", str(tmp_path / "paste"))
        tmux("paste-buffer", "-p", "-b", "mine")
        wait("① pasted text")  # what holds control characters is no text in the prompt
        tmux("send-keys", "Enter")
        assert before("addresses") in wait("You said")
        named = tmux("display-message", "-p", "#{pane_title}").strip()
        assert named.endswith("· claude-tui") and is_safe(named) and len(named) < 90, named
        assert tmux("list-buffers", "-F", "#{buffer_name}").split() == ["mine"], "something was put into the clipboard"
        assert tmux("display-message", "-p", "#{alternate_on}#{mouse_any_flag}").strip() == "11"
        tmux("send-keys", "C-q")
        wait("left 0")
        assert tmux("display-message", "-p", "#{alternate_on}#{mouse_any_flag}#{cursor_flag}").strip() == "001"
        assert tmux("display-message", "-p", "#{pane_title}") == title
    finally:
        tmux("kill-server")
