"""What comes from the other side of the terminal: signals, closed windows, and bytes that mean harm."""

from __future__ import annotations

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.desk import environment, run
from tests.support.terminal import Terminal

HOSTILE = "before\x1b]0;stolen\x07\x1b]52;c;c3RvbGVu\x07\x1b[2J\x1b[31m\x9b32m\u202egnp.exe\x08\x08\x00\x7fafter"
"""A title, a clipboard, an erased screen, colours, C1, a reversed name, deleted letters."""
FORBIDDEN = (b"\x1b]0;stolen", b"\x1b]52;", b"\x1b[2J\x1b[31m", b"\x9b32m", "\u202e".encode(), b"\xc2\x9b", b"\x08\x08")

_KNOWN = re.compile(
    rb"\x1b\[(?:[0-9;:]*m|[0-9;]*H|[0-9]*[ABCDGJK]|\?[0-9;]*[hlu]|[<>=]?[0-9;]*u|\?2026\$p|[0-9]*t)"
    rb"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse
    rb"|\x1b\]2;[^\x00-\x1f\x7f]*\x07|\x1b\[2[23];0t"  # the title
)


SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)


def test_signals_end_it_cleanly(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        ends = [
            pool.submit(end_by, tmp_path / f"{number.name}-{writing}" / "home", number, writing)
            for number in SIGNALS
            for writing in (False, True)
        ]
    for end in ends:
        end.result()


def end_by(home: Path, number: signal.Signals, writing: bool) -> None:
    home.parent.mkdir()
    with Terminal("--demo", home=home) as terminal:
        terminal.wait("This is the demo")
        if writing:
            terminal.say("tour")
            terminal.wait("Welcome")
        terminal.signal(number)
        code = terminal.ended()
        assert code in (128 + number, 0), number
        assert terminal.unrestored() == [], number
        assert b"Traceback" not in terminal.raw, number
    if writing:
        assert "Welcome" in run("show", "last", "--demo", "--last-reply", env=environment(home))[1]


def test_it_can_be_stopped_and_go_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home, env={"CLAUDE_TUI_DEMO_PACE": "2"}) as terminal:
        terminal.wait("This is the demo")
        terminal.say("tour")
        terminal.wait("Welcome")
        terminal.signal(signal.SIGTSTP)
        terminal.settle()
        assert terminal.unrestored() == [], "the shell gets its terminal back"
        terminal.signal(signal.SIGCONT)
        terminal.wait("exactly where it was.")
        terminal.send("still here")
        terminal.wait("❯ still here")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []


def test_a_closed_window_ends_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Terminal("--demo", home=home) as terminal:
        terminal.wait("This is the demo")
        terminal.say("tour")
        terminal.wait("Welcome")
        terminal.hang_up()
        terminal.process.wait(20)
    assert "Welcome" in run("show", "last", "--demo", "--last-reply", env=environment(home))[1]


def test_a_hostile_paste_is_text(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path / "home") as terminal:
        terminal.wait("This is the demo")
        start = len(terminal.raw)
        terminal.paste(HOSTILE)
        terminal.wait("① pasted text")  # what holds control characters is no text in the prompt
        terminal.press("enter")
        terminal.wait("┃")
        terminal.wait("You said")
        terminal.press("escape")
        terminal.wait("Stopped")
        terminal.send("/rename " + "x")
        terminal.paste(HOSTILE)
        terminal.press("enter")
        terminal.wait("Renamed")
        terminal.press("ctrl+o")
        terminal.wait("Enter opens")
        terminal.press("escape")
        terminal.settle()
        came = bytes(terminal.raw[start:])
        for bytes_ in FORBIDDEN:
            assert bytes_ not in came, bytes_
        _only_known_sequences(came)
        terminal.press("ctrl+q")
        assert terminal.ended() == 0


def _only_known_sequences(came: bytes) -> None:
    """Colours, places, modes and kitty's keys, and nothing else that begins with ESC; no other control byte."""
    rest = _KNOWN.sub(b"", came)
    left = re.findall(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f].{0,12}", rest)
    assert not left, left


BYTES = (
    b"\xff\xfe\x80",
    b"\xc3",
    b"\x1b[97;1:3u",
    b"\x1b[99999999999u",
    b"\x1b[<0;-1;-1M",
    b"\x1b[<99999999999999999999;1;1M",
    b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
    b"\x1b[?1;2c",
    b"\x1bP>|xterm(1)\x1b\\",
    b"\x1b[200~no end of this",
)


def test_no_bytes_from_the_terminal_end_it(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path / "home") as terminal:
        terminal.wait("This is the demo")
        for number, bytes_ in enumerate(BYTES):
            terminal.send(bytes_)
            time.sleep(0.15)
            if b"200~" in bytes_:
                terminal.send("\x1b[201~")
            terminal.press("escape", "ctrl+e", "ctrl+u")
            terminal.send(f"still here {number}")
            terminal.wait(f"still here {number}")
            terminal.press("ctrl+u")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []


def test_keys_that_come_in_one_piece_are_done_in_their_order(tmp_path: Path) -> None:
    """As over a slow line, where a word and the key behind it arrive together."""
    with Terminal("--demo", home=tmp_path / "home") as terminal:
        terminal.wait("This is the demo")
        for sent, wanted in (
            ("abc\x7fd", "abd"),
            ("helo\x1b[Dl\x1b[C!", "hello!"),
            ("one two\x17three", "one three"),
            ("b\x01a\x05c", "abc"),
            ("wrong\x15right", "right"),
            ("first\nsecond\x1b[A\x05!", "first!"),
            ("alt\x1b\renter\x1b[A\x05!", "alt!"),
            ("kitty's\x1b[13;3ualt\x1b[A\x05!", "kitty's!"),
            ("shift\x1b[13;2uenter\x1b[A\x05!", "shift!"),
        ):
            terminal.send(sent)
            terminal.wait(f"❯ {wanted}\n")
            terminal.press("ctrl+c")
            terminal.wait("❯ Ask anything")  # or what is pressed next empties the prompt before it does, and it quits


LINE, BACK_WORD, LEFT_AND_RIGHT = "one\ntwo~", "one ~", "one !two?~"
IN_DIALECT = {
    "xterm": {
        "Alt+Enter": ("one\x1b\rtwo", LINE),
        "Ctrl+J": ("one\ntwo", LINE),
        "Ctrl+Left, Ctrl+Right": ("one two\x1b[1;5D!\x1b[1;5C?", LEFT_AND_RIGHT),
        "Backspace, where it is 0x08": ("ones\x08 two", "one two~"),
        "Alt+Backspace": ("one two\x1b\x7f", BACK_WORD),
        "Ctrl+Z": ("one two\x17\x1a", "one two~"),
    },
    "xterm, modifyOtherKeys": {
        "Shift+Enter": ("one\x1b[27;2;13~two", LINE),
        "Alt+Enter": ("one\x1b[27;3;13~two", LINE),
        "Ctrl+Enter": ("one\x1b[27;5;13~two", LINE),
        "Ctrl+Left, Ctrl+Right": ("one two\x1b[1;5D!\x1b[1;5C?", LEFT_AND_RIGHT),
        "Ctrl+Backspace": ("one two\x1b[27;5;127~", BACK_WORD),
        "Ctrl+Backspace, where it is 0x08": ("one two\x1b[27;5;8~", BACK_WORD),
        "Alt+Backspace": ("one two\x1b[27;3;127~", BACK_WORD),
        "Alt+B": ("one two\x1b[27;3;98~!", "one !~two"),
        "Ctrl+W, Ctrl+Z, Ctrl+Shift+Z": ("one two\x1b[27;5;119~\x1b[27;5;122~\x1b[27;6;90~", BACK_WORD),
        "Shift and a letter, a sign, a blank": ("\x1b[27;2;79~ne\x1b[27;2;32~\x1b[27;2;63~", "One ?~"),
    },
    "kitty": {
        "Shift+Enter": ("one\x1b[13;2utwo", LINE),
        "Alt+Enter": ("one\x1b[13;3utwo", LINE),
        "Ctrl+Enter": ("one\x1b[13;5utwo", LINE),
        "Ctrl+Left, Ctrl+Right": ("one two\x1b[1;5D!\x1b[1;5C?", LEFT_AND_RIGHT),
        "Ctrl+Backspace": ("one two\x1b[127;5u", BACK_WORD),
        "Alt+Backspace": ("one two\x1b[127;3u", BACK_WORD),
        "Alt+B": ("one two\x1b[98;3u!", "one !~two"),
        "Ctrl+W, Ctrl+Z, Ctrl+Shift+Z": ("one two\x1b[119;5u\x1b[122;5u\x1b[122;6u", BACK_WORD),
    },
}
"""By terminal: a key, the bytes it sends among what is typed, and what is in the prompt then, a ~ at the cursor."""


def test_each_terminals_dialect_does_the_same_in_the_prompt(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path / "home") as terminal:
        terminal.wait("This is the demo")
        for keys in IN_DIALECT.values():
            for sent, wanted in keys.values():
                terminal.send(f"{sent}~")
                shown = f"❯ {wanted}\n".replace("\ntwo", "\n   two")
                terminal.wait(shown)
                terminal.press("ctrl+c")
                terminal.wait("❯ Ask anything")


OPENERS = ("\x1bOP", "\x1bOQ", "\x0f", "\x06", "\x10")
"""Help, the models, the list, the search, the palette."""


def test_what_is_typed_behind_keys_goes_where_they_lead(tmp_path: Path) -> None:
    """Nothing goes into what an Esc before it closes, and no Esc is lost before what it is to close is open."""
    closed = "".join(f"{opener}a\x1b[27u" for opener in OPENERS)
    with Terminal("--demo", home=tmp_path / "home") as terminal:
        terminal.wait("This is the demo")
        for number in range(3):
            terminal.send(f"{closed}still here {number}")
            terminal.wait(f"❯ still here {number}\n")
            terminal.press("ctrl+c")
            terminal.wait("❯ Ask anything")
        terminal.send("\x0fsomething to look for")
        terminal.wait("by what was said")
        assert "something to look for" in terminal.text


def test_a_dumb_terminal_is_told(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path / "home", env={"TERM": "dumb"}) as terminal:
        assert terminal.ended(10) == 2
        told = bytes(terminal.raw).decode()
        assert told.count("\n") == 1 and "TERM=dumb" in told and "-p" in told and "\x1b" not in told


def test_no_terminal_is_told(tmp_path: Path) -> None:
    code, out, told = run("--demo", env=environment(tmp_path / "home"))
    assert (code, out) == (2, "")
    assert told.count("\n") == 1 and told.startswith("claude-tui: ") and "-p" in told


def test_any_size_of_window(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path / "home", env={"CLAUDE_TUI_DEMO_PACE": "4"}) as terminal:
        terminal.wait("This is the demo")
        terminal.say("tour")
        terminal.wait("Thinking")
        for size in ((20, 5), (10, 3), (1, 1), (300, 100)):
            terminal.resize(*size)
            time.sleep(0.3)
            assert terminal.process.poll() is None
        terminal.resize(80, 24)
        terminal.wait("writing")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0
        assert terminal.unrestored() == []
