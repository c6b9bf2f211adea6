"""What was sent before, and what was typed and not sent: found again, and taken up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...core.pasted import named, whole
from ...core.text import clean_line
from ..keys.typed import as_typed

if TYPE_CHECKING:
    from ...store import Draft
    from .aside import Asiding
    from .branching import Branching
    from .desk import Desk
    from .keeping import Keeping

EVER = 5_000
"""Questions that are looked through, the newest; more would be felt at every key."""


class Recalling:
    """What comes back into the prompt of one desk."""

    def __init__(self, desk: Desk, keeping: Keeping, branching: Branching, asides: Asiding) -> None:
        self._desk = desk
        self._keeping = keeping
        self._branching = branching
        self._asides = asides

    def command_history(self, argument: str) -> None:
        """What was ever sent, to be found by a word and written again."""
        self._desk.open(self._choose_sent())

    async def _choose_sent(self) -> None:
        from ..screens.history import HistoryScreen

        store = self._desk.session.store
        here, read = self._desk.prompt.pasted.full(self._desk.prompt.draft), self._desk.session.contents.read
        drafts = [text for draft in await self._desk.wait(store.typed()) if (text := whole(draft.text, read)) != here]
        sent = [*reversed(self._desk.drafts.history), *drafts, *await self._desk.wait(store.questions(EVER))]
        if not any(text.strip() for text in sent):
            self._desk.say("Nothing was sent yet.")
            return

        def chosen(answer: str | None) -> None:
            typed = self._desk.prompt.full
            if answer is None or answer == typed:
                return
            if typed.strip():
                self._desk.drafts.remember(typed)
            self._desk.prompt.exchange(as_typed(answer))

        self._desk.window.push_screen(HistoryScreen(sent), chosen)

    def command_drafts(self, argument: str) -> None:
        """What was typed and not sent, to be chosen from."""
        self._desk.open(self._choose_draft())

    async def _choose_draft(self) -> None:
        from ..screens.choose import ChooseScreen, Option

        here = self._desk.drafts.key
        drafts = [
            draft
            for draft in await self._desk.wait(self._desk.session.store.typed())
            if not (draft.waiting and draft.conversation_id == here)
        ]
        if not drafts:
            self._desk.say("Nothing was typed that was not sent.")
            return
        options = [Option(str(at), clean_line(named(draft.text), 60), _where(draft)) for at, draft in enumerate(drafts)]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self._desk.open(self._take_up(drafts[int(answer)]))

        self._desk.window.push_screen(ChooseScreen("Typed and not sent", options), chosen)

    async def _take_up(self, draft: Draft) -> None:
        """A draft that waits is gone to; any other comes into this prompt, and what stands there is kept."""
        store = self._desk.session.store
        if draft.waiting and await self._go_to_draft(draft):
            return
        if self._desk.prompt.text.strip():
            await self._desk.wait(store.save_draft(self._desk.drafts.key, ""))
        self._desk.prompt.set_text(draft.text)
        self._desk.drafts.keep()
        if draft.waiting and draft.conversation_id != self._desk.drafts.key:
            store.save_draft(draft.conversation_id, "", sent=True)  # it waits in this prompt from now on

    async def _go_to_draft(self, draft: Draft) -> bool:
        """Open what it was typed in; whether it came into the prompt with that."""
        conversation_id, _, more = draft.conversation_id.partition(":")
        if not conversation_id:
            self._desk.open_conversation(None)
        elif not await self._keeping.load(conversation_id):
            return False
        if not more or more.startswith("queue:"):  # it is seen there above the prompt
            return True
        if more == "aside":
            self._asides.command_btw("")
            return True
        if self._desk.arriving is not None:
            await asyncio.wait([self._desk.arriving])
        if not self._desk.is_open(conversation_id):
            return True  # one went on meanwhile; it waits where it was
        return self._desk.prompt.full == whole(draft.text, self._desk.session.contents.read) or (
            more.startswith("edit:") and self._branching.edit_again(more.removeprefix("edit:"))
        )


def _where(draft: Draft) -> str:
    title = clean_line(draft.title, 40) or "a conversation not begun"
    return f"waits in {title}" if draft.waiting else f"from {title}" if draft.conversation_id else ""
