"""What stands between the terminal and Textual: no byte from either side may do harm.

Textual 8.2.8 dies of invalid UTF-8 on stdin and of some malformed key sequences, and passes most control
characters in content through to the terminal.
"""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from rich.segment import Segment
from rich.style import Style
from textual import constants, events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message

from ...core.text import clean, is_safe
from ...giving_way import key_came
from ..looks.cells import settled
from .answers import ASK, LEAVE, Answers
from .pastes import Pastes
from .signals import soon

if TYPE_CHECKING:
    from textual.color import Color

_LONE = round(constants.ESCAPE_DELAY * 1000) + 1
"""Milliseconds after which an ESC was the key."""
_REST = 100
"""Milliseconds after that until nothing that came can still be waited for."""
_ENDLESS = 2_000
"""Milliseconds of silence after which a paste is taken to have ended, whose end was lost."""


_MUTE = ("linux", "dumb")
"""Terminals that answer nothing, and may print what they are asked."""


@dataclass(eq=False, repr=False)
class GroundSeen(Message):
    """The terminal said whether its ground is dark."""

    dark: bool


class SafeDriver(LinuxDriver):
    """The driver of a real terminal, which survives any bytes on stdin and notices when it is gone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType]
        if (sys.__stderr__ is None or not sys.__stderr__.isatty()) and sys.__stdout__ is not None:
            self._file = sys.__stdout__  # where the app is seen when errors go elsewhere
        self._woken, self._wake = os.pipe()
        """Readable once the input is to end: until then, and while nobody types, its thread sleeps."""
        self._answers = Answers(_LONE / 1000)
        self._frame: list[str] = []
        """What came of a frame that is not ended yet."""
        self._asks = os.environ.get("TERM", "") not in _MUTE
        self._resized = False
        """Another size is about to be told."""
        self._held: dict[str, tuple[str, str]] = {}
        """By name what the terminal was told for as long as the app has it, and what takes that back."""

    def _get_terminal_size(self) -> tuple[int, int]:
        """What the terminal says; Textual believes an exported ``COLUMNS`` more, which no resize changes."""
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            columns = lines = 0
        return (columns, lines) if columns and lines else super()._get_terminal_size()

    def write(self, data: str) -> None:
        """Textual's, which waits for room for ever: a terminal that is gone takes no more, and must not hold up the
        end. A frame is handed to the writing thread in one piece: to wake it costs more than to join three."""
        if data == SYNC_START or self._frame:
            self._frame.append(data)
            if data != SYNC_END:
                return
            data = "".join(self._frame)
            self._frame.clear()
        self._hand_over(settled(data))

    def order(self, data: str) -> None:
        """Tell the terminal something that is no text on its screen. It must hold no letter of anybody's that could
        end it: see ``terminal_orders.py``."""
        self._hand_over(data)
        self.flush()

    def hold(self, name: str, now: str, begin: str = "", end: str = "") -> None:
        """Give an order, and ``begin`` before the first of that name; ``end`` takes it back when the terminal is left,
        however it is, and all is given again when it is entered again."""
        begun = name in self._held
        self._held[name] = begin + now, end
        self.order(now if begun else begin + now)

    def let_go(self, name: str) -> None:
        """Take back what is held under that name."""
        if found := self._held.pop(name, None):
            self.order(found[1])

    def _hand_over(self, data: str) -> None:
        """To the writing thread, once it has room."""
        writer: Any = self._writer_thread
        while writer is not None and writer.is_alive():
            if not writer._queue.full():
                super().write(data)
                break
            with writer._queue.not_full:
                writer._queue.not_full.wait(0.2)

    def _window_changed(self, *_: object) -> None:
        """A SIGWINCH: however many come, one size is told for each turn of the loop, and that is the last."""
        if not self._resized and not self._in_band_window_resize:
            self._resized = True
            soon(self._loop, self._tell_size)

    def _tell_size(self) -> None:
        self._resized = False
        size = Size(*self._get_terminal_size())
        self._app.post_message(events.Resize(size, size))

    def _sigtstp_application(self, *_: object) -> None:
        """Being stopped: by the loop, for what this breaks into may be writing. While somebody else has the terminal,
        at once: there is nothing to put away, and the loop waits for them."""
        stop = cast("Any", super()._sigtstp_application)  # pyright: ignore[reportUnknownMemberType]
        soon(self._loop, stop) if self._auto_restart else stop()

    def _sigcont_application(self, *_: object) -> None:
        """Going on, by the loop."""
        soon(self._loop, self._go_on)

    def _go_on(self) -> None:
        """The terminal is entered again as it was left, also after a SIGSTOP, before which it was not."""
        if self._app._exit:  # pyright: ignore[reportPrivateUsage]
            return  # and nobody would leave it again
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return  # a closed window sends this too, and SIGHUP, which ends the app
        if not self._must_signal_resume:
            self.suspend_application_mode()
        super()._sigcont_application()  # pyright: ignore[reportUnknownMemberType]

    def close(self) -> None:
        """End the writing, where it has not ended by itself."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def start_application_mode(self) -> None:
        """Textual's, and the question which ground the terminal has: the answer comes with the keys."""
        super().start_application_mode()
        signal.signal(signal.SIGWINCH, self._window_changed)
        if self._asks:
            self.write(ASK)
            self.flush()
            self._answers.asked(time.monotonic())
        for now, _ in self._held.values():
            self.order(now)

    def stop_application_mode(self) -> None:
        """Textual's, and the terminal tells no more, and forgets what it was told."""
        for _, end in self._held.values():
            self.order(end)
        if self._asks:
            self.write(LEAVE)
        super().stop_application_mode()

    def disable_input(self) -> None:
        """End the input, and its thread."""
        os.write(self._wake, b".")
        super().disable_input()
        os.read(self._woken, 1)

    def run_input_thread(self) -> None:
        """Read keys until the app ends. Undecodable bytes become ``�``; a sequence the parser chokes on is skipped."""
        parser = _Parser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        answers, pastes = self._answers, Pastes()
        waits: list[int] = []
        while not self.exit_event.is_set():
            due = answers.due()
            if due is not None:
                wait = max(round((due - time.monotonic()) * 1000) + 1, 0)
            else:
                wait = waits.pop() if waits else None
            polled = poll.poll(wait)
            ready = [(source, flags) for source, flags in polled if source == self.fileno]
            if any(flags & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, flags in ready):
                return  # the terminal is gone: SIGHUP ends the app, and this thread must not spin until then
            text, late = "", False
            if ready:
                try:
                    data = os.read(self.fileno, 65536)
                except OSError:
                    return
                if not data:
                    return
                key_came()
                text = decode(data)
                waits = [_REST, _LONE]  # a lone ESC at its end is the key when nothing follows so soon
                # An ESC whose time is over is the key, and no part of what is typed after it.
                late = not text.startswith(("[", "O", "]"))
            elif pastes.open and due is None and not waits:
                self.process_message(events.Paste(pastes.give_up()))
            try:
                if (late or not ready) and due is not None and time.monotonic() >= due:
                    waits = [_REST, _LONE]
                    self._parse(parser, answers.release(), hurry=True)
                if late or not ready:
                    for event in parser.tick():
                        self.process_message(event)
                for piece, pasted in pastes.take(text):
                    if pasted:
                        # What was waited for the rest of was the paste's mark.
                        answers.release()
                        parser = _Parser(self._debug)
                        self.process_message(events.Paste(piece))
                    else:
                        self._parse(parser, answers.feed(piece, time.monotonic()))
                if pastes.open:
                    waits = [_ENDLESS]
                if answers.dark is not None:
                    self.process_message(GroundSeen(answers.dark))
                    answers.dark = None
            except Exception:  # whatever the parser makes of it: a thread that ends would leave the app deaf
                parser = _Parser(self._debug)

    def _parse(self, parser: _Parser, text: str, *, hurry: bool = False) -> None:
        """Send what the text means; in a ``hurry`` an ESC at its end has been waited for already."""
        if not text:
            return  # which would end the parser
        for event in parser.feed(text):
            # A size that comes in band is believed of a terminal that said it tells it so.
            if self._in_band_window_resize or not isinstance(event, events.Resize):
                self.process_message(event)
        if hurry:
            for event in parser.now():
                self.process_message(event)


class _Parser(XTermParser):
    """Textual's, which can be told that time is over, and knows Alt+Enter where a terminal says it as ESC and Enter,
    and what xterm says of keys that have no sequence of their own (``modifyOtherKeys``), which tmux says too."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence == "\x1b\r":
            return [events.Key("alt+enter", None)]
        if (other := _OTHER_KEY.fullmatch(sequence)) is not None:
            sequence = as_kitty(int(other[1]), int(other[2]))
        return super()._sequence_to_key_events(sequence, alt)

    def now(self) -> Iterable[Message]:
        """What it waited for more of means what it is."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
        return self.tick()


_OTHER_KEY = re.compile(r"\x1b\[27;(\d{1,3});(\d{1,7})~")
_SHIFT = 1


def as_kitty(modifiers: int, code: int) -> str:
    """What kitty would send for what xterm sends as ``CSI 27;modifiers;code~``.

    xterm tells the character that comes of the key, kitty the key: with Shift a letter is a small one there, and a
    sign is told as what it is, without the Shift that it took.
    """
    held = max(modifiers - 1, 0)
    if code == 8:  # Ctrl+Backspace, where Backspace sends that
        code = 127
    character = chr(code) if code <= sys.maxunicode else ""
    if character and character.isprintable():
        if held <= _SHIFT:
            return character
        if held & _SHIFT and character.isalpha():
            code = ord(character.lower()[0])
        elif held & _SHIFT:
            held -= _SHIFT
    return f"\x1b[{code};{held + 1}u"


class Colourless(LineFilter):
    """Nothing but weight and lines, for ``NO_COLOR``. What stands on a ground of its own, as a cursor or a selection
    does, is reversed."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without a colour."""
        return [Segment(text, _colourless(style), control) for text, style, control in segments]


@lru_cache(1024)
def _colourless(style: Style | None) -> Style | None:
    if style is None:
        return None
    ground = style.bgcolor is not None and not style.bgcolor.is_default
    plain = style.without_color
    return plain + Style(reverse=True) if ground else plain


class ControlFilter(LineFilter):
    """The last guard where lines become bytes: whatever control character got so far goes no further."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, with unsafe text cleaned."""
        if all(segment.control or is_safe(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control or is_safe(segment.text) else Segment(clean(segment.text), segment.style)
            for segment in segments
        ]
