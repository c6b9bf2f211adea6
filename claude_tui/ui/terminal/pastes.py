"""Bracketed pastes, taken out of what a terminal sends.

Textual 8.2.8 reads key sequences inside a paste too: an ESC in it loses up to 32 characters, and turns them into
keys that nobody pressed.
"""

from __future__ import annotations

from collections.abc import Iterator

START, END = "\x1b[200~", "\x1b[201~"


class Pastes:
    """Parts what is typed from what is pasted; either may come in pieces."""

    def __init__(self) -> None:
        self._held: list[str] | None = None
        """What came of a paste so far; its last piece may hold the beginning of its end."""
        self._tail = ""
        """The beginning of a paste's mark that was given out as typed."""

    @property
    def open(self) -> bool:
        """Whether a paste has begun and not ended."""
        return self._held is not None

    def take(self, text: str) -> Iterator[tuple[str, bool]]:
        """Pieces in their order, and whether each is a whole paste. Before one, a sequence half read is none."""
        while text:
            if self._held is not None:
                text = self._held.pop() + text
                end = text.find(END)
                if end < 0:
                    self._held += (text[: 1 - len(END)], text[1 - len(END) :])
                    return
                # A mark of an end inside the paste does not end it: behind it somebody else would be typing.
                following = text.find(START, end)
                end = text.rfind(END, end, following if following >= 0 else len(text))
                pasted = "".join([*self._held, text[:end]])
                self._held, text = None, text[end + len(END) :]
                yield pasted, True
                continue
            whole = self._tail + text
            start = 0 if whole.startswith(START) else text.find(START)
            typed = "" if whole.startswith(START) else text if start < 0 else text[:start]
            if typed:
                yield typed, False
            if start < 0:
                self._tail = next((START[:size] for size in range(5, 0, -1) if whole.endswith(START[:size])), "")
                return
            text = whole.partition(START)[2]
            self._held, self._tail = [""], ""

    def give_up(self) -> str:
        """What came of a paste whose end does not come."""
        pasted, self._held = "".join(self._held or ()), None
        return pasted
