"""What is written in the prompt and not sent: drafts, and questions that are asked otherwise. Nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...core.pasted import whole
from ..keys.commands import Command
from ..keys.typed import as_typed

if TYPE_CHECKING:
    from .desk import Desk


@dataclass(frozen=True, slots=True)
class Edit:
    """A question that is asked otherwise: it stands in the prompt."""

    conversation_id: str
    question_id: str
    shown: str
    """The question as it came into the prompt."""
    aside: str
    """What was typed before, and comes back."""

    @property
    def key(self) -> str:
        """The key of its draft."""
        return f"{self.conversation_id}:edit:{self.question_id}"


class Drafting:
    """The prompt of the open conversation, and what becomes of the text in it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.sent: dict[str, tuple[str, str]] = {}
        """Questions that are not in the tree on disk yet, by conversation: the key of their draft, and the text."""
        self._set_aside = ""
        """What was typed before the palette put a command into the prompt."""
        self.editing: Edit | None = None
        """The question in the prompt that is to be asked otherwise."""
        self.edited: dict[str, Edit] = {}
        """Edits that are on their way, by conversation."""
        self.history: list[str] = []
        """What was sent or typed before, the last at the end."""
        self._drafts: dict[str, str] = {}
        """What was last typed under each key: where the disk takes nothing it is here."""
        self._here: str | None = None
        """The key whose draft came into the prompt, or was typed there: only that is known to be empty when it is."""

    @property
    def key(self) -> str:
        """Under which the draft in the prompt is kept."""
        if self.editing is not None:
            return self.editing.key
        if self._desk.conversation is None or not self._desk.saved:
            return ""
        return self._desk.conversation.id + (":along" if self._desk.follows is not None else "")

    def on_its_way(self, conversation_id: str, key: str, text: str) -> None:
        """A question is on its way: its draft, under ``key``, stays until it is on disk."""
        self.sent[conversation_id] = (key, text)

    def remember(self, text: str) -> None:
        """It was sent, or is in the prompt no more: it comes back with Up."""
        self.history.append(text)
        self._desk.prompt.set_history(self.history)

    def recall(self, texts: Iterable[str]) -> None:
        """What was sent before this run, the last at the end."""
        self.history = list(texts)
        self._desk.prompt.set_history(self.history)

    # -- drafts ---------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """The conversation was opened: what was typed there is in the prompt again."""
        key = self.key
        on_its_way = {text for at, text in self.sent.values() if at == key}
        draft = await self._draft(key)
        sent = whole(draft, self._desk.session.contents.read) in on_its_way
        if draft and not sent and key == self.key and not self._desk.prompt.text:
            self._desk.prompt.set_text(draft)
        elif not draft and key and key == self.key and not self._desk.prompt.text:
            await self._restore_along(f"{key}:along")
        if key == self.key:
            self._here = key

    async def _draft(self, key: str) -> str:
        """What is kept under this key, if not on the disk then here."""
        draft = await self._desk.wait(self._desk.session.store.draft(key))
        return self._drafts.get(key, draft) if self._desk.session.store.trouble else draft

    async def _restore_along(self, key: str) -> None:
        """What was typed while this conversation was only read along."""
        draft = await self._desk.wait(self._desk.session.store.draft(key))
        if draft and key == f"{self.key}:along" and not self._desk.prompt.text:
            self._desk.prompt.set_text(draft)
            self.keep()
            self._desk.session.store.save_draft(key, "")

    def changed(self, text: str) -> None:
        """Keep what is typed, if it still is: another conversation may have been opened since."""
        if text == self._desk.prompt.draft:
            self._save_draft(self._set_aside or text)

    def begin_typing(self, command: Command) -> None:
        """The command in the prompt; what stood there comes back when it is done."""
        typed = self._desk.prompt.text
        if typed and not typed.startswith("/"):
            self._set_aside = typed
        self._desk.prompt.complete(command)
        self._desk.prompt.focus()

    def keep(self) -> None:
        """Keep what is typed now: the conversation is left, or the app."""
        self._save_draft(self._set_aside or self._desk.prompt.draft)

    def leave(self) -> None:
        """Another conversation is opened: what is typed here is kept, and nothing is asked otherwise any more."""
        self.keep()
        self._set_aside, self.editing = "", None

    def _save_draft(self, text: str) -> None:
        """A question on its way to the disk keeps its draft until it is there, or until there is a newer one."""
        key = self.key
        if self.editing is not None and self._desk.prompt.pasted.full(text) == self.editing.shown:
            return
        if text or self.editing is not None:
            self._here = key
        elif key != self._here:
            return  # what was typed there is still on its way into the prompt
        waiting = [id for id, (at, _) in self.sent.items() if at == key]
        if text or not waiting:
            for id in waiting:
                self.sent[id] = ("-", self.sent[id][1])
            self._drafts[key] = self._desk.prompt.pasted.stored(text)
            self._desk.session.store.save_draft(key, self._drafts[key], sent=bool(waiting))

    def serve(self, key: str) -> None:
        """The question that was this draft is on disk."""
        if key != "-":
            here = key == self.key
            self._drafts[key] = self._desk.prompt.pasted.stored(self._desk.prompt.draft) if here else ""
            self._desk.session.store.save_draft(key, self._drafts[key], sent=True)
            self._desk.session.store.save_draft(
                f"{key}:files", self._desk.attaching.as_draft() if here else "", sent=True
            )

    def settle(self) -> None:
        """At the end: drafts of questions that reached the disk have served."""
        for id, (key, _) in list(self.sent.items()):
            running = self._desk.turns.get(id)
            if running is not None and running.turn is not None and running.turn.phase != "connecting":
                del self.sent[id]
                self.serve(key)

    # -- questions asked otherwise ----------------------------------------------------------------------------

    def give_back(self, conversation_id: str, text: str) -> None:
        """A question that was not asked is in the prompt again, as the edit it was if it was one."""
        self._desk.attaching.give_back(conversation_id)
        text = as_typed(text)
        edit = self.edited.pop(conversation_id, None)
        if edit is None or self.editing is not None or self._desk.conversation is None:
            self._desk.prompt.restore(text)
            return
        self.editing = replace(edit, aside=self._desk.prompt.draft)
        self._desk.prompt.set_text(text)
        self._desk.show_elsewhere()

    def leave_edit(self) -> None:
        """Ask nothing otherwise: what was typed before is back, what was changed is in the history."""
        edit = self.editing
        if edit is None:
            return
        text = self.take_aside() or self._desk.prompt.draft
        text = self._desk.prompt.pasted.full(text)
        if text.strip() and text != edit.shown:
            self.remember(text)
        self.end_edit(edit)
        self._desk.session.store.save_draft(edit.key, "")

    def end_edit(self, edit: Edit) -> None:
        """The prompt is as it was before the edit."""
        self.editing = None
        self._desk.prompt.set_text(edit.aside)
        self._desk.show_elsewhere()

    def take_aside(self) -> str:
        """What was typed before the palette put a command into the prompt; only once."""
        aside, self._set_aside = self._set_aside, ""
        return aside
