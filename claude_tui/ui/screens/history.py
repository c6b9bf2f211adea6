"""All that was ever sent, newest first, to be found by a word of it and put into the prompt again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import ClassVar

from textual.binding import Binding, BindingType

from claude_tui.core.text import clean_line
from claude_tui.ui.screens.choose import ChooseScreen, Option

_LINES = 3
"""Lines of a text that are shown of what is looked at."""


class HistoryScreen(ChooseScreen):
    """It returns the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "move(1)", "Older", show=False),
        Binding("ctrl+s", "move(-1)", "Newer", show=False),
    ]

    def __init__(self, texts: Iterable[str]) -> None:
        options = [Option(text, clean_line(text, 60)) for text in dict.fromkeys(texts) if text.strip()]
        super().__init__("Sent before", options, about=_beginning, rows=10)


def _beginning(text: str) -> list[str]:
    lines = [line for line in islice(text[:2000].split("\n"), _LINES + 1) if line.strip()]
    return (lines + [""] * _LINES)[:_LINES]
