"""Screens that are closed once."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from textual import command, events, screen
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.css.styles import RenderStyles, Styles
from textual.worker import Worker, WorkerState

_T = TypeVar("_T")


class OnceScreen(screen.Screen[_T]):
    """Textual's, but that closing what is closed already closes nothing more.

    Textual takes whatever screen is on top: two keys that close, come together, would end the app.
    """

    def dismiss(self, result: _T | None = None) -> AwaitComplete:
        """Close it, with an answer."""
        return super().dismiss(result) if _is_open(self) else AwaitComplete()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Those of its parts; none once it is gone, when a timer may still have it painted."""
        return super().get_component_styles(*names) if self._component_styles else _plain(self)


class ModalScreen(OnceScreen[_T], screen.ModalScreen[_T]):
    """The same over the conversation."""


class Palette(command.CommandPalette):
    """Textual's palette, which two clicks beside it close once, too."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close it."""
        return super().dismiss(result) if _is_open(self) else AwaitComplete()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """The same of it."""
        return super().get_component_styles(*names) if self._component_styles else _plain(self)

    def run_worker(self, work: Any, *args: Any, **options: Any) -> Worker[Any]:
        """What gathers commands fails when the palette is closed as that begins: that ends nothing."""
        return super().run_worker(work, *args, **{**options, "exit_on_error": False})

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """While it is open, nothing is to fail: then there is a report."""
        error = failed(event)
        if error is not None and _is_open(self):
            self.notify(cast("Any", self).app.mishap(error), severity="error", markup=False)


class _Commands(command.CommandList, can_focus=False):
    """Textual's list, in which a click may come for a row that went as more was typed: it chooses nothing."""

    async def _on_click(self, event: events.Click) -> None:
        option = event.style.meta.get("option")
        if option is not None and option >= self.option_count:
            event.prevent_default()


setattr(command, "CommandList", _Commands)  # noqa: B010  # the palette takes it from there


def failed(event: Worker.StateChanged) -> BaseException | None:
    """What a worker has failed of, when it just has."""
    worker = cast("Worker[Any]", event.worker)  # pyright: ignore[reportUnknownMemberType]
    return worker.error if event.state is WorkerState.ERROR else None


def _is_open(screen: screen.Screen[Any]) -> bool:
    app = cast("App[Any]", screen.app)  # pyright: ignore[reportUnknownMemberType]
    return app.screen is screen


def _plain(of: screen.Screen[Any]) -> RenderStyles:
    return RenderStyles(of, Styles(), Styles())
