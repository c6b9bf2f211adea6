"""Screens that are closed once."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from textual import screen
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette

_T = TypeVar("_T")


class OnceScreen(screen.Screen[_T]):
    """Textual's, but that closing what is closed already closes nothing more.

    Textual takes whatever screen is on top: two keys that close, come together, would end the app.
    """

    def dismiss(self, result: _T | None = None) -> AwaitComplete:
        """Close it, with an answer."""
        return super().dismiss(result) if _is_open(self) else AwaitComplete()


class ModalScreen(OnceScreen[_T], screen.ModalScreen[_T]):
    """The same over the conversation."""


class Palette(CommandPalette):
    """Textual's palette, which two clicks beside it close once, too."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close it."""
        return super().dismiss(result) if _is_open(self) else AwaitComplete()


def _is_open(screen: screen.Screen[Any]) -> bool:
    app = cast("App[Any]", screen.app)  # pyright: ignore[reportUnknownMemberType]
    return app.screen is screen
