"""What is as high as it needs to be, whenever it is told: words above all."""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static


class Fitted(Widget):
    """A widget of automatic height.

    Textual keeps the height of a widget until its count of layouts changes, and does not count a second change that
    comes before the first is worked off: if the screen was laid out between the two, the second was cut at the height
    of the first. To be named after what else a class derives from: Textual takes styles along the first.
    """

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Show what has changed; with ``layout`` in the room that it needs now."""
        if layout:
            self._layout_updates += 1
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Said(Static, Fitted):
    """A few words."""
