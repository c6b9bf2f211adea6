"""Large pastes in the prompt: one character stands for each, and is edited as a character is.

So a chip is deleted by one key, moved, killed and put back, and undone, by whatever edits text. Outside the prompt
there is only the text in full; a text that comes in again has its chips again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claude_tui.core.measure import measure
from claude_tui.core.pasted import replaced, token
from claude_tui.core.sound import sound

if TYPE_CHECKING:
    from claude_tui.core.attached import ReadFile

LARGE, LINES = 2_000, 30
"""Characters, and line breaks, from which on a paste is a chip."""
LONGEST = 20_000
"""Characters from which on any other text is one: the widget is slow with more."""
_FIRST = 0x108000
_MARKS = "[\U00108000-\U0010efff]"
"""Private characters: as many as anybody pastes into one window."""
_MARK = re.compile(_MARKS)
_PARTS = re.compile(f"({_MARKS})")
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters: they are shown as pictures, and would be sent as these."""
NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
BEYOND = "▣"


def as_pasted(text: str) -> str:
    """A paste as it is meant: terminals end lines as Enter does. Only what no UTF-8 can hold is not kept."""
    return sound(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text)


def is_large(text: str) -> bool:
    """Whether a paste is too large to stand in the prompt as text, or would not be sent as it is."""
    return len(text) > LARGE or text.count("\n") >= LINES or is_raw(text)


def number(place: int) -> str:
    """The sign of the chip at that place of the prompt, in one cell."""
    return NUMBERS[place] if place < len(NUMBERS) else BEYOND


def is_raw(text: str) -> bool:
    """Whether it holds what the prompt can only show another way."""
    return _RAW.search(text) is not None or (not text.isascii() and _MARK.search(text) is not None)


@dataclass(slots=True)
class Chip:
    """What a character of the prompt stands for."""

    text: str
    weight: int
    """In thousandths of a token."""
    sha256: str = ""
    """Under which it is kept; empty while it is not."""
    opened: bool = False
    """It is text again, and stays so."""


class Pasted:
    """The chips of one prompt, for as long as it is there: what is undone or sent may come back."""

    def __init__(self) -> None:
        self.read: ReadFile = lambda _: None
        """Where kept contents are found."""
        self.lost = 0
        """How many were not found since this was last looked at."""
        self._chips: dict[str, Chip] = {}
        self._marks: dict[str, str] = {}

    def __getitem__(self, mark: str) -> Chip:
        return self._chips[mark]

    def add(self, text: str) -> str:
        """The character that stands for this text from now on."""
        mark = self._marks.get(text)
        if mark is None:
            mark = self._marks[text] = chr(_FIRST + len(self._chips))
            self._chips[mark] = Chip(text, measure(text))
        self._chips[mark].opened = False
        return mark

    def marks(self, typed: str) -> list[str]:
        """Those that stand there, each once, in their order."""
        if not self._chips or typed.isascii():
            return []
        return [mark for mark in dict.fromkeys(_MARK.findall(typed)) if mark in self._chips]

    def full(self, typed: str) -> str:
        """The text as it is sent."""
        return self._with(typed, lambda chip: chip.text)

    def _with(self, typed: str, put: Callable[[Chip], str]) -> str:
        if not self._chips or typed.isascii():
            return typed
        return _MARK.sub(lambda found: put(self._chips[found[0]]) if found[0] in self._chips else found[0], typed)

    def folded(self, text: str) -> str:
        """A text on its way into the prompt: as it is typed there, with its chips."""
        text = replaced(text, self._recalled)
        for chip_text, mark in sorted(self._marks.items(), key=lambda item: -len(item[0])):
            if not self._chips[mark].opened and len(chip_text) <= len(text):
                text = text.replace(chip_text, mark)
        if len(text) <= LONGEST and not is_raw(text):
            return text
        ours = set(self._chips)  # of those that come now, one may be as another was elsewhere
        return "".join(part if part in ours else self._folded(part) for part in _PARTS.split(text))

    def _folded(self, part: str) -> str:
        return self.add(part) if len(part) > LONGEST or is_raw(part) else part

    def _recalled(self, sha256: str) -> str:
        held = self.read(sha256)
        if held is None:
            self.lost += 1
            return ""
        mark = self.add(held.decode("utf-8", "replace"))
        self._chips[mark].sha256 = sha256
        return mark

    def stored(self, typed: str) -> str:
        """What is typed, for the disk: chips that are kept there by their hashes, any other in full."""
        return self._with(typed, lambda chip: token(chip.sha256) if chip.sha256 else chip.text)

    def stored_whole(self, text: str) -> str:
        """A text in full, for the disk."""
        return self.stored(self.folded(text))

    def at(self, typed: str, cursor: int) -> str:
        """The chip before or under the cursor, else the last one; empty if there is none."""
        for place in (cursor - 1, cursor):
            if 0 <= place < len(typed) and typed[place] in self._chips:
                return typed[place]
        return next(reversed(self.marks(typed)), "")
