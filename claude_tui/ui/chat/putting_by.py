"""What is typed, put by for another moment; and large pastes of the prompt taken in hand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from ...attachments.naming import one_path
from ...core.pasted import named
from ...core.text import clean, clean_line
from ...errors import ClaudeTuiError
from ...files import cause, write_private
from ...session import now_ms
from ..editing.pasted import is_raw

if TYPE_CHECKING:
    from .desk import Desk

_STASH = "stash:"
"""The keys of drafts that were put by; the time in milliseconds follows."""
MOST_OPENED = 100_000
"""Characters of a paste that the prompt takes as text without a moment's wait."""
SAVED_SECONDS = 2.0
"""How long keys wait until what is put by is on the disk."""


class PuttingBy:
    """The text of one desk's prompt: put by and brought back, written in the person's own editor, pastes opened."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # -- the stash

    def command_stash(self, argument: str) -> None:
        """Put what is typed by, with its files; with nothing typed, choose from what was put by."""
        aside = self._desk.drafts.take_aside()
        if aside:
            self._desk.prompt.restore(aside)
        if self._desk.prompt.text.strip() or self._desk.attaching.files:
            self._desk.open(self._stash())
        else:
            self._desk.open(self._choose_stashed())

    async def _stash(self) -> None:
        store, key = self._desk.session.store, f"{_STASH}{now_ms()}"
        text, files = self._desk.prompt.pasted.stored(self._desk.prompt.draft), self._desk.attaching.as_draft()
        why = store.trouble
        if why is None:
            try:
                saved = [store.save_draft(f"{key}:files", files, sent=True), store.save_draft(key, text, sent=True)]
                await asyncio.wait_for(asyncio.gather(*map(self._desk.wait, saved)), SAVED_SECONDS)
            except (ClaudeTuiError, TimeoutError) as error:
                why = str(error) or store.trouble or "the disk does not answer."
                for part in (key, f"{key}:files"):
                    store.save_draft(part, "", sent=True)
        if why is not None:
            self._desk.say(f"It cannot be put by, and stays here: {why}", severity="error")
            return
        if self._desk.drafts.editing is not None:
            self._desk.drafts.leave_edit()
        else:
            store.save_draft(self._desk.drafts.key, "", sent=True)
            self._desk.prompt.set_text("")
        self._desk.attaching.leave_all()
        self._desk.say(f"Put by: {self._desk.helps.get('unstash', '/unstash')} brings it back, here or elsewhere.")

    async def _stashed(self) -> list[tuple[str, str]]:
        """Keys and texts, what was put by last first."""
        drafts = await self._desk.wait(self._desk.session.store.drafts())
        keys = {key.removesuffix(":files") for key in drafts if key.startswith(_STASH)}
        return [(key, drafts.get(key, "")) for key in sorted(keys, reverse=True)]

    def command_unstash(self, argument: str) -> None:
        """Bring back what was put by last."""
        self._desk.open(self._bring_back())

    async def _bring_back(self, key: str = "") -> None:
        store = self._desk.session.store
        found = dict(await self._stashed())
        key = key or next(iter(found), "")
        if key not in found:
            self._desk.say("Nothing is put by.")
            return
        if found[key]:
            self._desk.prompt.restore(found[key])
        await self._desk.attaching.take_over(f"{key}:files")
        self._desk.drafts.keep()
        await self._desk.wait(
            store.save_draft(self._desk.drafts.key, self._desk.prompt.pasted.stored(self._desk.prompt.draft))
        )
        for one in (key, f"{key}:files"):
            store.save_draft(one, "", sent=True)  # it is in the prompt's own draft now
        self._desk.prompt.focus()

    async def _choose_stashed(self) -> None:
        from ..screens.choose import ChooseScreen, Option

        found = await self._stashed()
        if not found:
            self._desk.say("Nothing is typed, and nothing is put by.")
            return
        options = [Option(key, clean_line(named(text), 60) or "(files alone)") for key, text in found]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self._desk.open(self._bring_back(answer))

        self._desk.window.push_screen(ChooseScreen("Put by", options), chosen)

    # -- the person's own editor

    def write_outside(self, text: str) -> str | None:
        """What came of a text there, while the app waits; None, and said why, where there is no editor."""
        from textual.app import SuspendNotSupported

        from ..terminal.outside import editor, write_outside

        command = editor()
        if not command:
            said = "No editor was found; $VISUAL or $EDITOR names one." if command is not None else (
                "$VISUAL or $EDITOR cannot be read: a quotation mark is missing."
            )  # fmt: skip
            self._desk.say(f"{said} Your text is as it was.", severity="warning")
            return None
        self._desk.drafts.keep()  # nobody knows what becomes of us meanwhile
        try:
            with self._desk.window.suspend():
                written = write_outside(text, command)
        except SuspendNotSupported:
            self._desk.say("The terminal cannot be lent to an editor here. Your text is as it was.", severity="warning")
            return None
        if written.said:
            self._desk.say(written.said, severity="warning")
        return written.text

    def command_editor(self, argument: str) -> None:
        """The text in the person's own editor; the app waits."""
        written = self.write_outside(argument or self._desk.prompt.full)
        if written is not None:
            if written != self._desk.prompt.full:
                self._desk.prompt.exchange(written)
            self._desk.drafts.keep()

    # -- large pastes

    def command_paste_open(self, argument: str) -> None:
        """The large paste at hand as text, in its place."""
        mark = self._paste_at_hand(argument)
        if not mark:
            return
        text = self._desk.prompt.pasted[mark].text
        if len(text) > MOST_OPENED:
            how = self._desk.helps.get("paste-edit", "/paste-edit")
            self._desk.say(f"Its {len(text):,} characters are too many for the prompt; {how} opens it in your editor.")
            return
        self._desk.prompt.pasted[mark].opened = True
        self._desk.prompt.put_in_place(mark, clean(text))
        if is_raw(text):
            undo = "Its control characters are shown as signs, and would be sent so. Ctrl+Z makes it a paste again."
            self._desk.say(undo, severity="warning")

    def command_paste_edit(self, argument: str) -> None:
        """The large paste at hand in the person's own editor."""
        mark = self._paste_at_hand(argument)
        if mark:
            text = self._desk.prompt.pasted[mark].text
            written = self.write_outside(text)
            if written is not None and written != text:
                self._desk.prompt.put_in_place(mark, self._desk.prompt.pasted.add(written))
                self._desk.drafts.keep()

    def command_paste_save(self, argument: str) -> None:
        """The large paste at hand, written to a file."""
        mark = self._desk.prompt.chip_at_hand or self._desk.attaching.pasted_last
        if not mark:
            self._desk.say("No large paste is in the prompt.")
            return
        try:
            target = Path(one_path(argument) or _free_name()).expanduser()
            if target.exists():
                self._desk.say(f"{target} is there already; it is not overwritten.", severity="warning")
                return
            write_private(target.resolve(), self._desk.prompt.pasted[mark].text.encode())
        except OSError as error:
            self._desk.say(f"{argument} cannot be written: {cause(error)}.", severity="error")
        except (RuntimeError, ValueError):
            self._desk.say(f"{argument} is no place to write to.", severity="warning")
        else:
            self._desk.say(f"Written to {target.resolve()}.")

    def _paste_at_hand(self, argument: str) -> str:
        """The one of that number, else the one at the cursor, else the last; empty, and said so, if there is none."""
        marks = self._desk.prompt.pasted.marks(self._desk.prompt.text)
        if argument.isdecimal() and 0 < int(argument) <= len(marks):
            return marks[int(argument) - 1]
        mark = self._desk.prompt.chip_at_hand
        if not mark:
            self._desk.say("No large paste is in the prompt.")
        return mark


def _free_name() -> str:
    """Of a file that is not there yet."""
    names = (f"pasted-{number}.txt" for number in range(1, 10_000))
    return next((name for name in names if not Path(name).exists()), "pasted.txt")
