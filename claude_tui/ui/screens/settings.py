"""What people change, on one screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from claude_tui.ui.screens.choose import MOVES
from claude_tui.ui.screens.closing import ModalScreen
from claude_tui.ui.settings import Row, Setting
from claude_tui.ui.widgets.fitted import Said
from claude_tui.ui.widgets.line_list import LineList, Piece, row

_WIDE = 60
"""Cells from which on it is said in every row where its value is from; else a dot says that it was chosen."""


class SettingsScreen(ModalScreen[None]):
    """A row for each setting; what is looked at is explained below. It stays open while lists are opened over it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVES,
        Binding("enter,right,space", "change(1)", "Change, or open its list", show=False),
        Binding("left", "change(-1)", "Change back", show=False),
        Binding("delete,backspace", "forget", "Back to what config.toml says, or to how it comes", show=False),
    ]
    DEFAULT_CSS = """
    SettingsScreen {
        background: $background;
        & #head { height: 1; margin: 1 1; padding: 0 3; color: $foreground; text-style: bold; }
        & LineList { margin: 0 1; }
        & #about { height: 5; margin: 1 1 0 1; padding: 0 3; color: $text-muted; }
        & #foot { height: 1; margin: 0 1; padding: 0 3; color: $text-muted; }
        &.-low #head { margin: 0 1; }
        &.-low #about { height: auto; max-height: 4; margin: 0 1; }
    }
    """

    def __init__(
        self,
        rows: Callable[[], Sequence[Row]],
        change: Callable[[Setting, int], object],
        forget: Callable[[Setting], object],
    ) -> None:
        super().__init__()
        self._read, self._change, self._forget = rows, change, forget
        self._rows = list(rows())

    def compose(self) -> ComposeResult:
        """A title, the settings, what is to be said of one, the keys."""
        yield Said("Settings", id="head", markup=False)
        yield LineList(self._paint)
        yield Said("", id="about", markup=False)
        yield Said("←→ set · Del back · Esc closes", id="foot", markup=False)

    def on_mount(self) -> None:
        for rows in self.query(LineList):  # there is none if it was closed as it opened
            rows.show(len(self._rows))
            self._tell(0)

    def on_screen_resume(self) -> None:
        """A list over it was closed: something may have been chosen."""
        self.refresh_rows()

    def refresh_rows(self) -> None:
        """Read everything again."""
        self._rows = list(self._read())
        for rows in self.query(LineList):
            rows.refresh()
            self._tell(rows.chosen or 0)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        event.stop()
        self._tell(event.index)

    def on_line_list_picked(self, event: LineList.Picked) -> None:
        event.stop()
        self.action_change(1)

    def action_move(self, by: int) -> None:
        """Another row."""
        self.query_one(LineList).move(by)

    def action_page(self, by: int) -> None:
        """Another page."""
        self.query_one(LineList).page(by)

    def action_change(self, by: int) -> None:
        """Another value of what is looked at."""
        found = self._looked_at
        if found is not None:
            self._change(found.setting, by)
            self.refresh_rows()

    def action_forget(self) -> None:
        """No choice any more."""
        found = self._looked_at
        if found is not None:
            self._forget(found.setting)
            self.refresh_rows()

    def action_close(self) -> None:
        """Back to the conversation."""
        self.dismiss(None)

    @property
    def _looked_at(self) -> Row | None:
        at = self.query_one(LineList).chosen
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def _tell(self, index: int) -> None:
        if index < len(self._rows):
            found = self._rows[index]
            self.query_one("#about", Said).update(Content(f"{found.setting.help}.\n{found.why}"))

    def _paint(self, index: int, width: int, chosen: bool) -> list[Piece]:
        found = self._rows[index]
        opens = " …" if found.setting.command else ""
        source = found.source if width >= _WIDE else "●" if found.source == "here" else ""
        name: Piece = (f"{found.setting.title:<22}", "accent" if chosen else "plain")
        return row(
            [name, (f"{found.value}{opens}", "plain" if found.source else "dim")], [(f" {source}", "dim")], width
        )
