"""Conversations into a file the person named, and out of one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...errors import ClaudeTuiError
from ..words import about

if TYPE_CHECKING:
    from ...core.conversation import Conversation
    from .desk import Desk
    from .keeping import Keeping


MARKS_SECONDS = 2.0
"""How long an export waits to hear how the conversation is kept."""


class Porting:
    """What leaves one desk as a file, and what comes to it from one."""

    def __init__(self, desk: Desk, keeping: Keeping) -> None:
        self._desk = desk
        self._keeping = keeping

    def command_export(self, argument: str) -> None:
        """Write the conversation, as it is on the screen, to a file."""
        if self._desk.conversation is None:
            self._desk.say("There is no conversation to export.")
            return
        self._desk.run(self._export(about.as_shown(self._desk.conversation, self._desk.turn), argument))

    async def _export(self, conversation: Conversation, argument: str) -> None:
        from .exporting import export

        themes = cast("Any", self._desk.window).wardrobe
        typed = self._desk.prompt.full
        draft = "" if typed.startswith("/") else typed
        marks = None
        with suppress(TimeoutError, ClaudeTuiError):  # a disk that does not answer keeps nobody from exporting
            marks = await asyncio.wait_for(
                self._desk.wait(self._desk.session.store.marks(conversation.id)), MARKS_SECONDS
            )
        given = (conversation, argument, themes.worn, themes.specs, draft, marks, self._desk.session.contents.read)
        self._desk.say(await asyncio.to_thread(export, *given))

    def command_import(self, argument: str) -> None:
        """Take in the conversations of a file."""
        if not argument:
            self._desk.say("A file is needed: /import conversations.json, a .zip, .md or logs.db.")
            return
        from ...attachments.naming import one_path
        from ..screens.importing import ImportScreen

        def answered(found: str | None) -> None:
            if found:
                self._desk.open(self._keeping.load(found))

        try:
            path = Path(one_path(argument)).expanduser()
        except RuntimeError:  # nobody's home folder
            self._desk.say(f"There is no {argument}.", severity="warning")
            return
        self._desk.window.push_screen(
            ImportScreen(
                self._desk.session.store, path, self._desk.session.contents.keep, cast("Any", self._desk.window).mishap
            ),
            answered,
        )
