"""A screen that is one list of lines under a heading, with its keys at the foot: a tree, a comparison, raw pieces."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType

from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.widgets.line_list import LineList

_T = TypeVar("_T")


class PagedScreen(ModalScreen[_T]):
    """``#head``, a `LineList`, ``#foot``; it is moved in as in a pager and closed without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES, Binding("q", "close", "Close", show=False)]
    DEFAULT_CSS = """
    PagedScreen {
        background: $background;
        & #head { height: auto; margin: 1 1; padding: 0 3; color: $foreground; text-style: bold; }
        & #foot { height: 1; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
        & LineList { margin: 0 1; }
        &.-low #head, &.-low #foot { margin: 0 1; }
    }
    """

    def action_move(self, by: int) -> None:
        """By lines."""
        self.query_one(LineList).move(by)

    def action_page(self, by: int) -> None:
        """By pages."""
        self.query_one(LineList).page(by)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)
