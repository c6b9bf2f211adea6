"""What stands between the terminal and Textual: no byte from either side may do harm.

Textual 8.2.8 dies of invalid UTF-8 on stdin and of some malformed key sequences, and passes most control
characters in content through to the terminal.
"""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter

from ..core.text import clean, is_safe

if TYPE_CHECKING:
    from textual.color import Color

_LONE = round(constants.ESCAPE_DELAY * 1000) + 1
"""Milliseconds after which an ESC was the key."""
_REST = 100
"""Milliseconds after that until nothing that came can still be waited for."""


class SafeDriver(LinuxDriver):
    """The driver of a real terminal, which survives any bytes on stdin and notices when it is gone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType]
        self._woken, self._wake = os.pipe()
        """Readable once the input is to end: until then, and while nobody types, its thread sleeps."""

    def disable_input(self) -> None:
        """End the input, and its thread."""
        os.write(self._wake, b".")
        super().disable_input()
        os.read(self._woken, 1)

    def _get_terminal_size(self) -> tuple[int, int]:
        """What the terminal says; Textual believes an exported ``COLUMNS`` more, which no resize changes."""
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            columns = lines = 0
        return (columns, lines) if columns and lines else super()._get_terminal_size()

    def run_input_thread(self) -> None:
        """Read keys until the app ends. Undecodable bytes become ``�``; a sequence the parser chokes on is skipped."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        waits: list[int] = []
        while not self.exit_event.is_set():
            events = poll.poll(waits.pop() if waits else None)
            ready = [(source, flags) for source, flags in events if source == self.fileno]
            if any(flags & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, flags in ready):
                return  # the terminal is gone: SIGHUP ends the app, and this thread must not spin until then
            text = ""
            if ready:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:
                    return
                if not data:
                    return
                text = decode(data)
                waits = [_REST, _LONE]  # a lone ESC at its end is the key when nothing follows so soon
            try:
                if not text.startswith(("[", "O")):
                    # An ESC whose time is over is the key, and no part of what is typed after it.
                    for event in parser.tick():
                        self.process_message(event)
                if text:
                    for event in parser.feed(text):
                        self.process_message(event)
            except (ValueError, OverflowError, IndexError):
                parser = XTermParser(self._debug)


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
