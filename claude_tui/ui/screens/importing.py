"""A file of conversations taken in, with how far it has come and a key that stops it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from ...core.text import clean
from ...errors import ClaudeTuiError
from ...exchange.intake import Keep, Progress, take_in
from ...store import Store
from ..widgets.fitted import Said
from .boxed import BoxedScreen

TOLD_SECONDS = 0.1
"""Between two changes of the line of progress."""
GIVE_WAY_SECONDS = 0.0005
"""What the import sleeps now and then, so that a key and a frame need not wait for the interpreter."""


class ImportScreen(BoxedScreen[str]):
    """Imports the file; answers with the id of a conversation to open, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Stop or close", show=False),
        Binding("enter", "open", "Open", show=False),
    ]

    def __init__(self, store: Store, path: Path, keep: Keep, mishap: Callable[[BaseException], str]) -> None:
        super().__init__()
        self._store = store
        self._path = path
        self._keep = keep
        self._mishap = mishap
        self._stop = threading.Event()
        self._done = False
        self._found = ""
        """The conversation that Enter opens."""
        self._told_at = 0.0

    def compose(self) -> ComposeResult:
        """What is imported, how far it is, the keys."""
        with VerticalScroll():
            yield Said(Content(clean(f"Import {self._path.name}")), classes="box--title")
            yield Said(Content("Reading"), classes="box--lines")
            yield Said(Content("Esc stops"), classes="box--hint")

    def on_mount(self) -> None:
        """Begin."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="import", daemon=True).start()

    def on_unmount(self) -> None:
        """Whoever leaves wants no more of it."""
        self._stop.set()

    def _run(self) -> None:
        """On a thread of its own."""
        try:
            report = take_in(self._store, self._path, keep=self._keep, told=self._told, stopped=self._stop.is_set)
            said = "\n\n".join(report.sentences)
            found = report.newest_id
        except ClaudeTuiError as error:
            said, found = str(error), ""
        except Exception as error:
            said, found = self._mishap(error), ""
        self._post(lambda: self._end(said, found))

    def _told(self, progress: Progress) -> None:
        time.sleep(GIVE_WAY_SECONDS)
        now = time.monotonic()
        if now - self._told_at >= TOLD_SECONDS:
            self._told_at = now
            self._post(lambda: self._say(str(progress)))

    def _post(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the app was left meanwhile
            self._loop.call_soon_threadsafe(work)

    def _say(self, text: str) -> None:
        if self.is_mounted and not self._done:
            self.query_one(".box--lines", Said).update(Content(clean(text)))

    def _end(self, said: str, found: str) -> None:
        self._say(said)
        self._done, self._found = True, found
        if self.is_mounted:
            hint = "Enter opens the newest · Esc closes" if found else "Esc closes"
            self.query_one(".box--hint", Said).update(Content(hint))

    def action_leave(self) -> None:
        """Stop what goes on; close what has ended."""
        if self._done:
            self.dismiss("")
        else:
            self._stop.set()
            self._say("Stopping …")

    def action_open(self) -> None:
        """To what was imported."""
        if self._done:
            self.dismiss(self._found)
