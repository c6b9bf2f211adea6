"""A text put where other programs paste from, and what is known of whether it is there.

The ways, in this order: the platform's own program (``wl-copy``, ``xclip``, ``xsel``, ``pbcopy``, ``clip.exe``), tmux's
buffer, the terminal by OSC 52, and where none of them took it, a file. A program that says it has the text is asked
for it again: only what comes back as it went in was copied. Whether a terminal took an OSC 52 nobody can see, so that
is what is said.

The text goes through stdin and never into the arguments, which everybody on the machine may read. A program that
hangs is ended by the clock. All of it waits, and belongs on a thread of its own.
"""

from __future__ import annotations

import base64
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ...errors import ClaudeTuiError
from ...files import cause, write_private
from ...paths import make_private

SECONDS = 2.0
"""How long one program may take."""
LONGEST_ORDER = 74_994
"""Bytes of a text that is sent by OSC 52 at most: 100,000 once encoded, beyond which many terminals drop it."""
FILE = "copied.txt"
"""The file's name, in the folder of the app's own state."""

_SLOW = ("powershell.exe",)
"""Programs that take longer to start than others take at all."""
_FROM_WINDOWS = (
    "powershell.exe",
    "-NoProfile",
    "-Command",
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8;[Console]::Out.Write((Get-Clipboard -Raw))",
)
_SECRET = ("ANTHROPIC_", "CLAUDE_TUI_")
"""Of the environment: what a program that stays to serve the clipboard has no need of."""

Known: TypeAlias = Literal["seen", "given", "sent", "kept", "lost"]
"""What is known: it was read back; a program took it, but cannot be asked; a terminal was told; it is in the file;
nowhere."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a text."""

    known: Known
    how: str
    """The program, or the file."""
    failed: tuple[str, ...] = ()
    """Programs that were tried before, and do not have it."""
    more: str = ""
    """Anything else there is to say, as a sentence."""

    def sentence(self, what: str) -> str:
        """What is said of it; ``what`` names the text."""
        before = f"{' and '.join(self.failed)} did not take it. " if self.failed else ""
        match self.known:
            case "seen":
                said = f"Copied with {self.how}: {what}."
            case "given":
                said = f"Given to {self.how}, which could not be asked whether it has it: {what}."
            case "sent":
                said = f"Sent to the terminal by OSC 52, which it may refuse: {what}."
            case "kept":
                said = f"No clipboard took it: {what} is in {self.how}."
            case "lost":
                said = f"Not copied: no clipboard took {what}, and no file could be written ({self.how})."
        return f"{before}{said} {self.more}".rstrip()


@dataclass(frozen=True, slots=True)
class _Way:
    """A program that takes a text, and the one that gives it back."""

    name: str
    write: tuple[str, ...]
    read: tuple[str, ...]
    encoding: str = "utf-8"


def ways(environ: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """The names of the programs that would be tried here."""
    return [way.name for way in _ways(environ, platform)]


def _ways(environ: Mapping[str, str], platform: str) -> list[_Way]:
    far = "SSH_CONNECTION" in environ or "SSH_TTY" in environ
    found: list[_Way] = []
    if not far:  # over a line they would fill the clipboard of a machine that nobody sits at
        if "WSL_DISTRO_NAME" in environ or "WSL_INTEROP" in environ:
            found.append(_Way("clip.exe", ("clip.exe",), _FROM_WINDOWS, "utf-16-le"))
        if platform == "darwin":
            found.append(_Way("pbcopy", ("pbcopy",), ("pbpaste",)))
    if environ.get("WAYLAND_DISPLAY"):
        plain = ("--type", "text/plain;charset=utf-8")
        found.append(_Way("wl-copy", ("wl-copy", *plain), ("wl-paste", "--no-newline", *plain)))
    if environ.get("DISPLAY"):
        chosen = ("xclip", "-selection", "clipboard")
        found.append(_Way("xclip", (*chosen, "-i"), (*chosen, "-o")))
        found.append(_Way("xsel", ("xsel", "--clipboard", "--input"), ("xsel", "--clipboard", "--output")))
    return [way for way in found if shutil.which(way.write[0], path=environ.get("PATH"))]


class _Unheard(Exception):
    """A program that cannot be started, or that does not come to an end."""


class Clipboards:
    """Every place that a text may be copied to from here."""

    def __init__(
        self,
        folder: Path,
        send: Callable[[str], bool],
        environ: Mapping[str, str] = os.environ,
        *,
        seconds: float = SECONDS,
        platform: str = sys.platform,
    ) -> None:
        """``folder`` is for the file; ``send`` gives an order to the terminal, and tells whether there is one."""
        self._folder = folder
        self._send = send
        self._environ = environ
        self._seconds = seconds
        self._platform = platform
        self._running: set[subprocess.Popen[bytes]] = set()

    def copy(self, text: str) -> Copied:
        """Copy a text of which no byte is an order to a terminal. Takes up to ``seconds`` for each program."""
        failed: list[str] = []
        given = ""
        for way in _ways(self._environ, self._platform):
            match self._put(way, text):
                case True:
                    return Copied("seen", way.name, tuple(failed))
                case None:
                    given = given or way.name
                case False:
                    failed.append(way.name)
        if self._environ.get("TMUX") and (found := self._into_tmux(text, failed)):
            return found
        if given:
            return Copied("given", given, tuple(failed))
        return self._to_terminal(text, tuple(failed))

    def close(self) -> None:
        """End what still hangs."""
        for process in list(self._running):
            _end(process)

    # -- programs ----------------------------------------------------------------------------------------------

    def _put(self, way: _Way, text: str) -> bool | None:
        """Whether a program has the text; None if it says so and cannot be asked."""
        if self._say(way.write, text.encode(way.encoding, "replace")) is None:
            return False
        data = text.encode("utf-8", "replace")
        try:
            # Windows ends its lines otherwise, and may add one.
            found = self._run(way.read, None, 2 * len(data) + 4)
        except _Unheard:
            return None
        if found is not None and way.encoding != "utf-8":
            found, data = found.replace(b"\r\n", b"\n").rstrip(b"\n"), data.rstrip(b"\n")
        return found == data

    def _into_tmux(self, text: str, failed: list[str]) -> Copied | None:
        """Into tmux's buffer, which then has it beyond doubt; and on to the terminal, of which nobody knows."""
        data = text.encode("utf-8", "replace")
        if self._say(("tmux", "load-buffer", "-w", "-"), data) is None:  # before 3.2 it knows no -w
            self._say(("tmux", "load-buffer", "-"), data)
        if self._say(("tmux", "show-buffer"), None, len(data) + 1) != data:
            failed.append("tmux")
            return None
        if self._ask("tmux", "show-options", "-sv", "set-clipboard") != "off":
            more = "tmux passes it on to the terminal, which may refuse it."
        elif self.tmux_passes() and len(data) <= LONGEST_ORDER and self._send(through_tmux(_order(data))):
            more = "It was sent to the terminal as well, which may refuse it."
        else:
            more = "tmux keeps it to itself (set-clipboard is off)."
        return Copied("seen", "tmux", tuple(failed), more)

    def tmux_passes(self) -> bool:
        """Whether tmux passes on what it is told to; it does so only if it is set to."""
        return self._ask("tmux", "show-options", "-Apv", "allow-passthrough") in ("on", "all")

    def _ask(self, *command: str) -> str:
        """What a program says, in a word; empty if it fails."""
        return (self._say(command, None, 100) or b"").decode("utf-8", "replace").strip()

    def _say(self, command: tuple[str, ...], given: bytes | None, most: int = 0) -> bytes | None:
        """What a program says; None if it fails or hangs."""
        try:
            return self._run(command, given, most)
        except _Unheard:
            return None

    def _run(self, command: tuple[str, ...], given: bytes | None, most: int = 0) -> bytes | None:
        """What a program says, cut where it is more than so many bytes; None if it fails. Raises ``_Unheard`` if there
        is no such program, or it hangs."""
        until = time.monotonic() + self._seconds * (3 if command[0] in _SLOW else 1)
        environ = {name: value for name, value in self._environ.items() if not name.startswith(_SECRET)}
        environ.setdefault("LC_CTYPE", "UTF-8" if self._platform == "darwin" else "C.UTF-8")
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                # What serves the clipboard from now on would hold a pipe open for ever.
                stdout=subprocess.PIPE if most else subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environ,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise _Unheard from error
        self._running.add(process)
        try:
            if given is not None:
                process.communicate(given, max(until - time.monotonic(), 0.01))
                said = b""
            else:
                said = _read(process, most, until)
            ended = process.wait(max(until - time.monotonic(), 0.01))
        except (OSError, subprocess.TimeoutExpired) as error:
            _end(process)
            raise _Unheard from error
        finally:
            self._running.discard(process)
        return said if ended == 0 or len(said) > most > 0 else None

    # -- the terminal and the file -----------------------------------------------------------------------------

    def _to_terminal(self, text: str, failed: tuple[str, ...]) -> Copied:
        data = text.encode("utf-8", "replace")
        why = refuses(self._environ)
        if not why and len(data) > LONGEST_ORDER:
            why = "It is too long for OSC 52."
        if not why and self._send(_order(data)):
            return Copied("sent", "OSC 52", failed)
        path = self._folder / FILE
        try:
            make_private(self._folder)
            write_private(path, data)
        except ClaudeTuiError as error:
            return Copied("lost", str(error), failed, why)
        except OSError as error:
            return Copied("lost", cause(error), failed, why)
        return Copied("kept", str(path), failed, why)


def refuses(environ: Mapping[str, str]) -> str:
    """Why no OSC 52 comes to a clipboard here, in a sentence; empty where it may."""
    if environ.get("STY"):
        return "GNU screen passes no OSC 52 on."
    if environ.get("TERM") in ("linux", "dumb", ""):
        return "This console has no clipboard."
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "This terminal knows no OSC 52."
    return ""


def _order(data: bytes) -> str:
    return f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"


def passes_through() -> bool:
    """Whether the tmux we are in passes on what it is told to. Takes up to ``SECONDS``."""
    return Clipboards(Path(), lambda order: False).tmux_passes()


def through_tmux(order: str) -> str:
    """An order that tmux hands to the terminal around it."""
    return "\x1bPtmux;" + order.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _read(process: subprocess.Popen[bytes], most: int, until: float) -> bytes:
    """What a program says, which is ended once that is more than so many bytes. Raises ``TimeoutExpired``."""
    assert process.stdout is not None
    said = bytearray()
    with process.stdout as out, selectors.DefaultSelector() as coming:
        coming.register(out, selectors.EVENT_READ)
        while True:
            if not coming.select(max(until - time.monotonic(), 0)):
                raise subprocess.TimeoutExpired(process.args, 0)
            piece = os.read(out.fileno(), 65536)
            if not piece:
                return bytes(said)
            said += piece
            if len(said) > most:
                _end(process)
                return bytes(said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError, subprocess.TimeoutExpired):
        process.wait(1)
