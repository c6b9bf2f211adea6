"""The bytes a terminal is told besides its screen: titles, progress, notices; and that all is taken back at the end."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path

import pytest

from claude_tui.demo import DemoServer, Faithful, Fault, Faulty, Reply
from tests.support.hostile import EVERYTHING
from tests.support.strict import Watched
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

GHOSTTY = {"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0"}
AWAY, BACK = "\x1b[O", "\x1b[I"
"""What a terminal says when it is left, and when it is looked at again."""
ANSWER = "You are answered."
HELD = Faulty(Reply([{"type": "text", "text": "word " * 400}]), Fault("hold", after_text=1900))

PASTE = EVERYTHING.replace("\0", "").encode("utf-8", "replace").decode()


def served(server: DemoServer, **more: str) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "demo", **more}


def at_rest(screen: str) -> bool:
    return re.search("writing|waiting|connecting", screen.rstrip().rpartition("\n")[2]) is None


def came(terminal: Terminal, order: bytes, seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while order not in terminal.raw:
        assert time.monotonic() < until, f"no {order!r} came"
        time.sleep(0.01)


def test_the_title_and_the_progress_and_the_end_are_told(zygote: Zygote, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("notify_after = 0\n")
    with (
        DemoServer(pace=0, script=Faithful(ANSWER)) as server,
        Terminal(home=home, zygote=zygote, env=served(server, **GHOSTTY)) as terminal,
    ):
        came(terminal, b"\x1b[22;0t\x1b]2;claude-tui\x07")
        terminal.wait("Enter sends")
        server.then(HELD)
        terminal.say("Why does it jump?")
        came(terminal, "\x1b]2;● Why does it jump? · claude-tui\x07".encode())
        came(terminal, b"\x1b]9;4;3\x07")
        terminal.send(AWAY)
        server.let_go()
        came(terminal, b"\x1b]777;notify;Claude has answered;Why does it jump?\x07")
        came(terminal, "\x07\x1b]2;Why does it jump? · claude-tui\x07".encode()[1:])
        came(terminal, b"\x1b]9;4;0\x07")
        terminal.send(BACK)
        at = len(terminal.raw)
        terminal.say("And now?")
        terminal.wait(ANSWER)
        terminal.wait(at_rest)
        assert b"]777;" not in terminal.raw[at:], "it was looked at"
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []
        assert terminal.raw.count(b"\x1b[22;0t") == 1


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, "crash"], ids=str)
def test_all_of_it_is_taken_back_whatever_ends_it(tmp_path: Path, end: signal.Signals | str) -> None:
    broken = (
        "import sys; sys.argv = ['claude-tui']; from claude_tui.ui.terminal import herald;"
        "herald.Herald.ended = lambda self, turn: 1 / 0;"
        "from claude_tui.__main__ import main; main()"
    )
    command = (sys.executable, "-c", broken) if end == "crash" else None
    with (
        DemoServer(pace=0, script=Faithful(ANSWER)) as server,
        Terminal(home=tmp_path / "home", command=command, env=served(server, **GHOSTTY)) as terminal,
    ):
        terminal.wait("Enter sends")
        server.then(HELD)
        terminal.say("Go.")
        came(terminal, b"\x1b]9;4;3\x07")
        if isinstance(end, signal.Signals):
            terminal.signal(end)
            assert terminal.ended() == 128 + end
        else:
            server.let_go()
            assert terminal.ended() == 1
            assert "Something went wrong" in terminal.text
        assert terminal.unrestored() == []
        assert b"\x1b]2;\x07\x1b[23;0t" in terminal.raw


def test_a_stopped_program_leaves_the_title_to_the_shell(tmp_path: Path) -> None:
    with (
        DemoServer(pace=0, script=Faithful(ANSWER)) as server,
        Terminal(home=tmp_path / "home", env=served(server, **GHOSTTY)) as terminal,
    ):
        terminal.wait("Enter sends")
        server.then(HELD)
        terminal.say("Go.")
        came(terminal, b"\x1b]9;4;3\x07")
        terminal.signal(signal.SIGTSTP)
        terminal.settle()
        assert terminal.unrestored() == []
        at = len(terminal.raw)
        terminal.signal(signal.SIGCONT)
        terminal.wait("word")
        until = time.monotonic() + 20
        while not re.search(rb"\x1b\[22;0t\x1b\]2;[^\x07]*Go\. ", terminal.raw[at:]):
            assert time.monotonic() < until
            time.sleep(0.01)
        server.let_go()
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []


def test_a_hostile_title_breaks_out_of_nothing(zygote: Zygote, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with (
        DemoServer(pace=0, script=Faithful(ANSWER)) as server,
        Watched(home=home, zygote=zygote, env=served(server)) as terminal,
    ):
        terminal.wait("Enter sends")
        for text in (PASTE, "\x1b]0;stolen\x07\x1b\\", "\x1b]2;stolen\x07", "\u202ea\x9d0;stolen\x9c"):
            terminal.paste(text)
            terminal.press("enter")
            terminal.wait(ANSWER)
            terminal.wait(at_rest)
            if text != PASTE:  # as text it may be told
                terminal.wait(lambda _: any("stolen" in one for one in terminal.record.titles))
            terminal.press("ctrl+n")
            terminal.wait("Enter sends")
            terminal.check()
        assert b"\x1b]0;" not in terminal.raw and b"\x1b]2;stolen" not in terminal.raw
        terminal.press("ctrl+q")
        terminal.left()


def test_nothing_of_it_where_it_is_turned_off(zygote: Zygote, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text('notify = "off"\nnotify_after = 0\nprogress = false\nwindow_title = false\n')
    with (
        DemoServer(pace=0, script=Faithful(ANSWER)) as server,
        Terminal(home=home, zygote=zygote, env=served(server, **GHOSTTY)) as terminal,
    ):
        terminal.wait("Enter sends")
        terminal.send(AWAY)
        terminal.say("Go.")
        terminal.wait(ANSWER)
        terminal.wait(at_rest)
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        rest = re.sub(rb"\x1b\]22;[a-z-]*\x07", b"", terminal.raw)  # the shape of the mouse
        assert not re.search(rb"\x1b\](?!11;)|\x1b\[22;0t|\x07", rest)
