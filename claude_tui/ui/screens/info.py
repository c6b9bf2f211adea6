"""A few lines to read over the conversation: a receipt, what was spent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from ...core.text import clean_line
from ..widgets.fitted import Said
from .boxed import BoxedScreen

Lines = Sequence[tuple[str, str]]
"""What it is, and how much."""


class InfoScreen(BoxedScreen[None]):
    """Names and values, of one thing or of several to turn over; any of the closing keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,space", "close", "Close", show=False),
        # Before the box that scrolls, which takes these keys for itself.
        Binding("left", "turn(-1)", "Previous", show=False, priority=True),
        Binding("right", "turn(1)", "Next", show=False, priority=True),
        Binding("c", "copy", "Copy", show=False),
    ]

    def __init__(
        self,
        page: Callable[[int], tuple[str, Lines]],
        *,
        count: int = 1,
        at: int = 0,
        copy: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self._page = page
        self._count = count
        self._at = at
        self._copy = copy

    def compose(self) -> ComposeResult:
        """The title, the lines, the keys."""
        with VerticalScroll():
            for name, text in self._texts():
                yield Said(Content(text), classes=f"box--{name}")

    def _texts(self) -> Iterator[tuple[str, str]]:
        title, lines = self._page(self._at)
        several = self._count > 1
        yield "title", f"{title} {self._at + 1} of {self._count}" if several else title
        yield "lines", _text(lines)
        keys = ["← → another"] * several + ["c copies"] * (self._copy is not None) + ["Esc closes"]
        yield "hint", " · ".join(keys)

    @staticmethod
    def room(width: int) -> int:
        """Cells of a line in a window that is so wide."""
        return max(min(72, width * 96 // 100) - 6, 12)

    def action_turn(self, by: int) -> None:
        """Another page."""
        at = min(max(self._at + by, 0), self._count - 1)
        if at != self._at:
            self._at = at
            self._tell()

    def on_resize(self) -> None:
        """What is drawn to the width is drawn anew."""
        self._tell()

    def _tell(self) -> None:
        for name, text in self._texts():
            self.query_one(f".box--{name}", Said).update(Content(text))

    def action_copy(self) -> None:
        """Copy what is here."""
        if self._copy is not None:
            self._copy(_text(self._page(self._at)[1]))

    def action_close(self) -> None:
        """Back to the conversation."""
        self.dismiss(None)


def _text(lines: Lines) -> str:
    width = max((len(name) for name, _ in lines), default=0) + 2
    return "\n".join(f"{name:<{width}}{clean_line(value, 200)}".rstrip() for name, value in lines)
