"""Every byte that came out of the program, read as a terminal that knows only what the program itself may say.

A `Record` is the whole of it: the orders in their sequence, and a screen. What is none of the known forms is kept
in `strange`, with what stands around it. A bell is: the program rings none, so one that is heard is somebody else's.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wcwidth import iter_graphemes, wcswidth, wcwidth

from tests.support.terminal import Terminal

_ORDER = re.compile(
    r"\x1b\[(?P<row>[0-9]{1,4});(?P<column>[0-9]{1,4})H"
    r"|\x1b\[(?P<style>(?:[0-9;]*))m"
    r"|\x1b\[(?P<mode>\?[0-9]{1,4}(?:[hl]|\$p)|>25u|<u)"
    r"|\x1b\](?P<asked>11;\?)\x1b\\"
    r"|\x1b\]22;(?P<pointer>default|pointer|text|grab|grabbing|ew-resize|ns-resize)\x07"
    r"|\x1b7(?P<cleared> +)\x1b8(?P<letter>[^\x00-\x1f\x7f]{1,400})\x1b8\x1b\[(?P<cells>[0-9]{1,3})C"
    r"|\x1b\]2;(?P<title>[^\x00-\x1f\x7f]{0,100})\x07"
    r"|\x1b\[(?P<stack>2[23]);0t"
    r"|\x1b\]52;c;(?P<copied>[A-Za-z0-9+/=]*)\x07"
)
_OPEN = re.compile(
    r"(?:\x1b(?:\[[0-9;?<>]*|\][^\x07\x1b]{0,200}\x1b?|7 *(?:\x1b(?:8[^\x1b]*(?:\x1b(?:8(?:\x1b\[?[0-9]*)?)?)?)?)?)?|\r)$"  # noqa: E501
)
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_PART = f"(?:[0123479]|[34]8;2;{_BYTE};{_BYTE};{_BYTE})"
_STYLE = re.compile(f"(?:{_PART}(?:;{_PART})*)?")
_GROUND = re.compile(r"48;2;([0-9]+;[0-9]+;[0-9]+)")
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)

_MOUSE_ON, _MOUSE_OFF = (tuple(f"?{mode}{do}" for mode in (1000, 1003, 1015, 1006)) for do in "hl")
BEGINNING = [
    "?1049h", *_MOUSE_ON, "?25l", "?1004h", ">25u", "?2026$p", "?2048$p", "?2004h", "?7l", *_MOUSE_ON, "11;?",
    "?2031h",
]  # fmt: skip
"""The modes in the order in which the program sets them."""
END = ["?2031l", "?2004l", "?7h", *_MOUSE_OFF, "<u", "?1049l", "?25h", "?1004l", *_MOUSE_OFF]
"""And in which it takes them back."""

ASKED = ("11;?", "?2031h", "?2031l")
"""Of those, what asks for the terminal's ground."""


def each_letter(text: str) -> list[tuple[str, int]]:
    """Letters and their widths as a terminal counts that knows no clusters (xterm, most others)."""
    return [(letter, max(wcwidth(letter), 0)) for letter in text]


def each_cluster(text: str) -> list[tuple[str, int]]:
    """The same where a cluster has one width (kitty, ghostty, mode 2027)."""
    return [(cluster, max(wcswidth(cluster), 0)) for cluster in iter_graphemes(text)]


@dataclass
class Record:
    """What was said to a terminal of so many columns and lines."""

    columns: int
    lines: int
    widths: Callable[[str], list[tuple[str, int]]] = each_letter
    strange: list[str] = field(default_factory=list[str])
    modes: list[str] = field(default_factory=list[str])
    copied: list[str] = field(default_factory=list[str])
    """What was put into the clipboard, as it was sent."""
    titles: list[str] = field(default_factory=list[str])
    """What the window was called."""

    def __post_init__(self) -> None:
        self.cells: list[list[str]] = [[" "] * self.columns for _ in range(self.lines)]
        self.grounds: list[list[str]] = [[""] * self.columns for _ in range(self.lines)]
        self.ends: list[tuple[int, str]] = []
        """Of each row painted from its first column: where that ended, and what then stood there."""
        self._row = self._column = self._begun = 0
        self._ground = ""
        self._rest = ""
        self._decoder = getincrementaldecoder("utf-8")("surrogateescape")

    def feed(self, raw: bytes) -> None:
        """Read on; what may be the beginning of more is kept. Bytes that are no UTF-8 are strange."""
        text = self._rest + self._decoder.decode(raw)
        unfinished = _OPEN.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._rest = text[end:]
        self._read(text[:end])

    def done(self) -> None:
        """Read what was kept, for no more will come."""
        text, self._rest = self._rest + self._decoder.decode(b"", True), ""
        self._read(text)

    def _read(self, text: str) -> None:
        at = 0
        for match in _ORDER.finditer(text):
            self._print(text[at : match.start()])
            at = match.end()
            self._obey(match)
        self._print(text[at:])

    def _obey(self, match: re.Match[str]) -> None:
        if match["row"] is not None:
            self._leave_row()
            self._row, self._column = int(match["row"]) - 1, int(match["column"]) - 1
            self._begun = self._column
            if not (0 <= self._row < 1000 and 0 <= self._column < 1000):
                self.strange.append(f"a place that is nowhere: {match[0]!r}")
        elif match["letter"] is not None:
            begun = self._column
            self._print(match["cleared"])
            self._column = begun
            self._print(match["letter"])
            self._column = min(begun + int(match["cells"]), self.columns - 1)
            if len(match["cleared"]) != int(match["cells"]):
                self.strange.append(f"another number of cells: {match[0]!r}")
        elif match["style"] is not None:
            self._style(match["style"])
        elif match["mode"] is not None:
            if match["mode"] not in ("?2026h", "?2026l"):
                self.modes.append(match["mode"])
        elif match["asked"] is not None:
            self.modes.append(match["asked"])
        elif match["copied"] is not None:
            self.copied.append(match["copied"])
        elif match["title"] is not None:
            self.titles.append(match["title"])
            if found := _FORBIDDEN.search(match["title"]):
                self.strange.append(f"{found[0]!r} in a title")

    def _style(self, style: str) -> None:
        if not _STYLE.fullmatch(style):
            self.strange.append(f"a style of nobody's: {style!r}")
        ground = _GROUND.search(style)
        self._ground = ground[1] if ground else "" if style in ("", "0") else self._ground

    def _print(self, text: str) -> None:
        for piece in re.split(r"(\r\n)", text):
            if piece == "\r\n":
                self._leave_row()
                self._begun = 0
                self._row, self._column = self._row + 1, 0
                continue
            if found := _FORBIDDEN.search(piece):
                around = piece[max(found.start() - 20, 0) : found.end() + 40]
                self.strange.append(f"{found[0]!r} in {around!r}")
            if piece.isascii() and 0 <= self._row < self.lines and self._column + len(piece) <= self.columns:
                end = self._column + len(piece)
                self.cells[self._row][self._column : end] = piece
                self.grounds[self._row][self._column : end] = [self._ground] * len(piece)
                self._column = end
                continue
            for letter, width in self.widths(piece):
                self._put(letter, width)

    def _leave_row(self) -> None:
        if self._begun == 0 and self._column and 0 <= self._row < self.lines:
            self.ends.append((self._column, "".join(self.cells[self._row])))

    def _put(self, letter: str, width: int) -> None:
        if not 0 <= self._row < self.lines:
            return
        row = self.cells[self._row]
        # Lines do not wrap: what is too long is painted over the last column.
        at = min(self._column, self.columns - max(width, 1))
        if at < 0:
            return
        if width == 0:
            row[max(at - 1, 0)] += letter
            return
        row[at] = letter
        for more in range(at + 1, at + width):
            row[more] = ""
        for cell in range(at, at + width):
            self.grounds[self._row][cell] = self._ground
        self._column += width

    def resize(self, columns: int, lines: int) -> None:
        """Another size; what stood there is gone."""
        self.columns, self.lines = columns, lines
        decoder, rest = self._decoder, self._rest  # a letter, or an order, may have come by half
        self.__post_init__()
        self._decoder, self._rest = decoder, rest

    @property
    def rows(self) -> list[str]:
        """The lines of the screen."""
        return ["".join(row).rstrip() for row in self.cells]


class Watched(Terminal):
    """A terminal every byte of which is read strictly; it shows what a `Record` shows."""

    def __init__(self, *arguments: str, **more: Any) -> None:
        self.record = Record(*more.get("size", (80, 24)), more.pop("widths", each_letter))
        super().__init__(*arguments, **more)

    def _feed(self) -> None:
        with self._came:
            new = bytes(self.raw[self._fed :])
            self._fed = len(self.raw)
        self.record.feed(new)

    def rows(self) -> list[str]:
        """The lines on the screen now."""
        self._feed()
        return self.record.rows

    def resize(self, columns: int, lines: int) -> None:
        """Another size of the window; what stood there is gone."""
        self._feed()
        self.columns, self.lines = columns, lines
        self.record.resize(columns, lines)
        self._set_size()

    def check(self) -> None:
        """Nothing came that the program does not say itself, and it is still in its window."""
        self._feed()
        assert not self.record.strange, self.record.strange[:5]
        assert self._modes() == BEGINNING, self.record.modes
        assert self.process.poll() is None

    def _modes(self) -> list[str]:
        """The modes since the program began; it begins anew where the demo is chosen in place of a key."""
        whole, modes = BEGINNING + END, self.record.modes
        while modes[: len(whole) + 1] == [*whole, BEGINNING[0]]:
            modes = modes[len(whole) :]
        return modes

    def left(self, code: int = 0, *, mute: bool = False) -> None:
        """It ended, and took back all that it had set; one that is ``mute`` was not asked what it cannot answer."""
        assert self.ended() == code
        self._feed()
        self.record.done()
        assert not self.record.strange, self.record.strange[:5]
        wanted = [mode for mode in BEGINNING + END if not (mute and mode in ASKED)]
        assert self._modes() == wanted, self.record.modes
        assert not self.unrestored(), self.unrestored()
