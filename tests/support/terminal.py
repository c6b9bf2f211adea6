"""A terminal to try the program in: a real pseudo-terminal, and a screen that shows what came out of it."""

from __future__ import annotations

import fcntl
import os
import re
import selectors
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyte

from tests.support.desk import environment
from tests.support.zygote import Forked, Zygote

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "backspace": "\x7f", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~", "ctrl+home": "\x1b[1;5H", "ctrl+end": "\x1b[1;5F", "delete": "\x1b[3~",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~",
    "f6": "\x1b[17~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
}  # fmt: skip
"""What a terminal sends for keys that are no character; ``ctrl+letter`` is worked out."""

_WHOLE = re.compile(
    r"\x1b(?:\[[<=>][0-9;:]*[ -/]*[@-~]|\[\?[0-9;]*\$p|[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\))"
)  # fmt: skip
"""Sequences that this screen does not know and would print: kitty's keys, queries, OSC and DCS."""
_OPEN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]P^_X][^\x07\x1b]*\x1b?)?$")
"""The beginning of a sequence at the end of what came."""
_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_MOUSE = frozenset({9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016})

_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "NO_COLOR", "TMUX", "TEXTUAL", "COLUMNS", "LINES", "LC_TERMINAL", "STY")
_PROGRAMS = ("TERM_PROGRAM", "KITTY_", "GHOSTTY_", "WEZTERM_", "WT_", "ConEmu")
"""What would say that it is another terminal."""


def key(name: str) -> str:
    """What a terminal sends for a key."""
    if name in KEYS:
        return KEYS[name]
    if name.startswith("ctrl+") and len(name) == 6:
        return chr(ord(name[-1].lower()) & 0x1F)
    assert len(name) == 1, name
    return name


class _Screen(pyte.Screen):
    """pyte's, but that a saved cursor may be gone back to more than once, as in every terminal."""

    def save_cursor(self) -> None:
        self.savepoints.clear()
        super().save_cursor()

    def restore_cursor(self) -> None:
        saved = bool(self.savepoints)
        super().restore_cursor()
        if saved:
            self.save_cursor()


class Terminal:
    """The program in a terminal of so many columns and lines, read until it ends."""

    def __init__(
        self,
        *arguments: str,
        home: Path,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        zygote: Zygote | None = None,
        slow_tool: tuple[Path, float] | None = None,
    ) -> None:
        self.columns, self.lines = size
        self.started = time.monotonic()
        self.raw = bytearray()
        """Everything it wrote."""
        self._screen = _Screen(self.columns, self.lines)
        self._stream = pyte.Stream(self._screen)
        self._fed = 0
        self._rest = ""
        self._decode = _decoder()
        self._came = threading.Condition()
        self._closed = False
        self._master, slave = os.openpty()
        self._set_size()
        self._cooked = termios.tcgetattr(slave)
        given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
        child_env = environment(home, **given)
        for unwanted in (*_UNWANTED, *(name for name in child_env if name.startswith(_PROGRAMS))):
            if unwanted not in given:
                child_env.pop(unwanted, None)
        self.process: subprocess.Popen[bytes] | Forked
        if zygote is not None:
            given = {"terminal": os.ttyname(slave), "slow_tool": slow_tool}
            self.process = zygote.start(*arguments, env=child_env, cwd=home.parent, **given)
        else:
            self.process = subprocess.Popen(
                [*(command or (sys.executable, "-m", "claude_tui")), *arguments],
                env=child_env,
                cwd=home.parent,
                preexec_fn=lambda: os.login_tty(slave),
            )
        self._slave = slave  # held open, so that what was written last is still read, and the modes can be asked
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- reading --------------------------------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                data = b""
            with self._came:
                self.raw += data
                self._closed = not data
                self._came.notify_all()
            if not data:
                return

    def _feed(self) -> None:
        """Bring the screen up to what came. Not thread-safe: one test looks at one terminal."""
        with self._came:
            new = bytes(self.raw[self._fed :])
            self._fed = len(self.raw)
        text = _WHOLE.sub("", self._rest + self._decode(new))
        unfinished = _OPEN.search(text)
        at = unfinished.start() if unfinished else len(text)
        self._rest = text[at:]
        self._stream.feed(text[:at])

    def rows(self) -> list[str]:
        """The lines on the screen now, without blanks at their ends."""
        self._feed()
        screen = self._screen  # its own display fails on half of a wide character
        return ["".join(screen.buffer[y][x].data for x in range(screen.columns)).rstrip() for y in range(screen.lines)]

    @property
    def text(self) -> str:
        """The screen now."""
        return "\n".join(self.rows())

    def wait(self, wanted: str | Callable[[str], object], seconds: float = 120.0) -> str:
        """Until the screen holds a text, or satisfies a function; what it says then."""
        until = time.monotonic() + seconds
        while True:
            text = self.text
            if wanted in text if isinstance(wanted, str) else wanted(text):
                return text
            with self._came:
                if self._fed == len(self.raw):
                    if self._closed or (self.process.poll() is not None and not self._came.wait(0.2)):
                        raise AssertionError(f"it ended without {wanted!r}:\n{text}")
                    self._came.wait(min(0.1, max(until - time.monotonic(), 0.001)))
            if time.monotonic() > until:
                raise AssertionError(f"no {wanted!r} within {seconds} s:\n{text}")

    def settle(self, quiet: float = 0.15, seconds: float = 10.0) -> str:
        """Until nothing was painted for a moment; what the screen says then."""
        until = time.monotonic() + seconds
        with self._came:
            while time.monotonic() < until and self._came.wait(quiet):
                pass
        return self.text

    # -- acting ---------------------------------------------------------------------------------------------

    def send(self, data: str | bytes) -> None:
        """Exactly these bytes, as if typed."""
        os.write(self._master, data.encode() if isinstance(data, str) else data)

    def press(self, *names: str) -> None:
        """Keys, one after another."""
        for name in names:
            self.send(key(name))
            if name == "escape":
                time.sleep(0.06)  # or it is the beginning of what comes after it

    def say(self, text: str) -> None:
        """Type a line and press Enter."""
        self.send(text)
        self.wait(lambda screen: text[-20:] in screen)
        self.send("\r")

    def paste(self, text: str) -> None:
        """A bracketed paste."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, lines: int) -> None:
        """Another size of the window."""
        self._feed()
        self.columns, self.lines = columns, lines
        self._screen.resize(lines, columns)
        self._set_size()

    def _set_size(self) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))

    # -- the end ----------------------------------------------------------------------------------------------

    def kill(self) -> str:
        """``kill -9``; what then stands on the screen for ever."""
        self.process.kill()
        self.process.wait(10)
        return self.settle(0.1)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ended(self, seconds: float = 120.0) -> int:
        """Wait until it ended by itself; its exit code."""
        code = self.process.wait(seconds)
        with selectors.DefaultSelector() as coming:
            if self._master >= 0:
                coming.register(self._master, selectors.EVENT_READ)
            while coming.get_map() and coming.select(0) and not self._closed:
                time.sleep(0.005)  # its last bytes are there, and not read yet
        self.settle(0.05)
        return code

    def hang_up(self) -> None:
        """Close the terminal under it, as a window is closed."""
        os.close(self._slave)
        self._slave = -1
        # The reader holds the master while it waits; what it reads last ends it.
        master, self._master = self._master, -1
        os.close(master)

    def unrestored(self) -> list[str]:
        """What of the terminal is not as it was found; empty when all is."""
        state: dict[int, bool] = {}
        for numbers, what in _MODES.findall(bytes(self.raw)):
            for number in numbers.split(b";"):
                state[int(number)] = what == b"h"
        found = [f"mouse mode {number} is on" for number in sorted(_MOUSE) if state.get(number)]
        for number, name in ((1049, "the alternate screen"), (2004, "bracketed paste"), (1004, "focus reports")):
            if state.get(number):
                found.append(f"{name} is on")
        if not state.get(25, True):
            found.append("the cursor is hidden")
        pushed = len(re.findall(rb"\x1b\[>[0-9]+u", self.raw))
        popped = len(re.findall(rb"\x1b\[<[0-9]*u", self.raw))
        if popped < pushed:
            found.append("kitty's keys are on")
        if self.raw.count(b"\x1b[22;0t") != self.raw.count(b"\x1b[23;0t"):
            found.append("the title is not the one there was")
        if self.raw.rfind(b"\x1b]9;4;0\x07") < self.raw.rfind(b"\x1b]9;4;"):
            found.append("progress is shown")
        if self._slave >= 0:
            now = termios.tcgetattr(self._slave)
            if now[:4] != self._cooked[:4]:
                found.append("the line is raw")
        return found

    def close(self) -> None:
        """End it if it has not ended, and let go."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1
        self._reader.join(2)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


def _decoder() -> Callable[[bytes], str]:
    from codecs import getincrementaldecoder

    decode: Any = getincrementaldecoder("utf-8")("replace").decode
    return decode
