"""What every test of a widget needs: one event loop, and an app that holds nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

HOSTILE = "a\x1b]52;c;cm0=\x07\x1b[2J\x9b31m\u202e[/oops] [@click=app.quit]x[/]\x00\ud800"
"""Bytes that must not reach a terminal, and markup that must not be read."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Host(App[None]):
    """An app with the widgets under test, or a screen; it keeps what they say."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, screen: Callable[[], Screen[Any]] | None = None) -> None:
        super().__init__()
        self.widgets = widgets
        self.make = screen
        self.answers: list[Any] = []
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield from self.widgets

    def on_mount(self) -> None:
        if self.make is not None:
            self.push_screen(self.make(), self.answers.append)

    def heard(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    def listen(self, message: Message) -> None:
        self.said.append(message)


def text_of(app: App[Any]) -> list[str]:
    """The screen's lines as text, as they would be painted."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def shown(app: App[Any]) -> str:
    return "\n".join(text_of(app))


async def paste(pilot: Pilot[Any], text: str) -> None:
    focused = pilot.app.focused
    assert focused is not None
    focused.post_message(events.Paste(text))
    await pilot.pause()


async def soon(pilot: Pilot[Any], what: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"it did not come about; the screen:\n{shown(pilot.app)}"
        await pilot.pause(0.01)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


def lines_with(lines: Sequence[str], text: str) -> list[str]:
    return [line for line in lines if text in line]
