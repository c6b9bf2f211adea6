"""What may follow the first key of a chord: a few lines above the prompt, as the slash menu is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from claude_tui.ui.words.format import fit

from .fitted import Fitted

if TYPE_CHECKING:
    from claude_tui.ui.keys.chords import Offered

_COLUMN = 19
"""Cells of a key and its command, and of what is between columns."""


class WhichKey(Fitted, can_focus=False):
    """Keys and commands in columns; it lies over what is above the prompt and moves nothing."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"which-key--title", "which-key--key", "which-key--command"}
    DEFAULT_CSS = """
    WhichKey {
        width: 100%;
        height: auto;
        display: none;
        overlay: screen;
        background: $surface;
        & .which-key--title { color: $text-muted; }
        & .which-key--key { color: $accent; }
        & .which-key--command { color: $foreground; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offered: Offered | None = None
        self._rows = 0

    def show(self, offered: Offered | None) -> None:
        """Say this; None closes it."""
        self._offered = offered
        if offered is not None:
            room = max(self.app.size.height - 6, 1)  # pyright: ignore[reportUnknownMemberType]
            across = self._across(min(self.app.size.width, 102))  # pyright: ignore[reportUnknownMemberType]
            self._rows = min(-(-len(offered.follows) // across), room)
            self.styles.height = self._rows + 1
            self.styles.offset = (0, -self._rows - 1)
        self.display = offered is not None
        self.refresh()

    @staticmethod
    def _across(width: int) -> int:
        return max((width - 2) // _COLUMN, 1)

    def render_line(self, y: int) -> Strip:
        """What was pressed, or one line of what may follow; of more than there is room for, what comes first."""
        width = self.size.width
        if self._offered is None or not width:
            return Strip.blank(width, self.rich_style)
        title, key, command = (
            self.get_component_rich_style(f"which-key--{role}") for role in ("title", "key", "command")
        )
        if y == 0:
            closing = "   Esc drops it" if self._offered.follows else ""
            said = [Segment(fit(f" {self._offered.title}{closing}", width), title)]
        else:
            said = [Segment(" ", command)]
            for place in range(y - 1, self._rows * self._across(width), self._rows):
                for name, called in self._offered.follows[place : place + 1]:
                    name = f"{name} ".rjust(4)
                    said.append(Segment(name, key))
                    room = max(_COLUMN - 1 - cell_len(name), 1)
                    said.append(Segment(f"{fit(called, room):{room + 1}}", command))
        return Strip(said).crop(0, width).extend_cell_length(width, self.rich_style)
