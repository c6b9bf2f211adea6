"""A box over the conversation: a title, what it says, its keys at the foot."""

from __future__ import annotations

from typing import TypeVar

from claude_tui.ui.screens.closing import ModalScreen

_T = TypeVar("_T")


class BoxedScreen(ModalScreen[_T]):
    """A ``VerticalScroll`` with ``Said`` of the classes ``box--title``, ``box--lines`` and ``box--hint``."""

    DEFAULT_CSS = """
    BoxedScreen {
        align: center middle;
        background: transparent;
        & > VerticalScroll {
            width: 72; max-width: 96%; height: auto; max-height: 80%;
            background: $surface; padding: 1 2;
        }
        & .box--title { color: $accent; text-style: bold; margin-bottom: 1; }
        & .box--lines { margin-bottom: 2; }
        &.-low > VerticalScroll { max-height: 100%; padding: 0 2; }
        &.-low .box--title { margin-bottom: 0; }
        &.-low .box--lines { margin-bottom: 1; }
        & .box--hint { dock: bottom; color: $text-muted; background: $surface; padding-top: 1; }
        &.-low .box--hint { padding-top: 0; }
    }
    """
