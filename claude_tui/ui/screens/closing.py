"""Screens that are closed once."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from textual import screen
from textual.app import App
from textual.await_complete import AwaitComplete

_T = TypeVar("_T")


class OnceScreen(screen.Screen[_T]):
    """Textual's, but that closing what is closed already closes nothing more.

    Textual takes whatever screen is on top: two keys that close, come together, would end the app.
    """

    def dismiss(self, result: _T | None = None) -> AwaitComplete:
        """Close it, with an answer."""
        app = cast("App[Any]", self.app)  # pyright: ignore[reportUnknownMemberType]
        return super().dismiss(result) if app.screen is self else AwaitComplete()


class ModalScreen(OnceScreen[_T], screen.ModalScreen[_T]):
    """The same over the conversation."""
