"""What is written in the prompt and not sent: drafts, and questions that are asked otherwise. Nothing typed is lost."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TypeVar

from ...core.conversation import Conversation
from ...core.pasted import whole
from ...session import Session, now_ms
from ...store import Holder
from ...wishes import Wishes, pending, read_wishes
from ..keys.commands import Command
from ..keys.typed import as_typed
from ..screens.chat import ChatScreen
from ..turns import Turns
from ..widgets.prompt import Prompt
from ..words import format

_T = TypeVar("_T")


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

    def __init__(self, screen: ChatScreen, session: Session, turns: Turns) -> None:
        self.screen = screen
        self.session = session
        self.turns = turns
        self.conversation: Conversation | None = None
        self.saved = False
        """Whether the store knows the conversation."""
        self.wishes = Wishes()
        """What was chosen here for the open conversation."""
        self.follows: Holder | None = None
        """The other window that writes in the open conversation; it is only read here then."""
        self._sent: dict[str, tuple[str, str]] = {}
        """Questions that are not in the tree on disk yet, by conversation: the key of their draft, and the text."""
        self._set_aside = ""
        """What was typed before the palette put a command into the prompt."""
        self._cleared = ""
        """What Ctrl+C cleared last."""
        self.editing: Edit | None = None
        """The question in the prompt that is to be asked otherwise."""
        self._edited: dict[str, Edit] = {}
        """Edits that are on their way, by conversation."""
        self.history: list[str] = []
        """What was sent or typed before, the last at the end."""
        self._drafts: dict[str, str] = {}
        """What was last typed under each key: where the disk takes nothing it is here."""

    @property
    def prompt(self) -> Prompt:
        """Where one writes."""
        return self.screen.prompt

    async def wait(self, future: Future[_T]) -> _T:
        """A store's answer, without holding the screen up."""
        return await asyncio.wrap_future(future)

    def show_elsewhere(self) -> None:
        """Tell the rule what is done here that is not plain to see."""

    @property
    def draft_key(self) -> str:
        """Under which the draft in the prompt is kept."""
        if self.editing is not None:
            return self.editing.key
        if self.conversation is None or not self.saved:
            return ""
        return self.conversation.id + (":along" if self.follows is not None else "")

    def on_its_way(self, conversation_id: str, key: str, text: str) -> None:
        """A question is on its way: its draft, under ``key``, stays until it is on disk."""
        self._sent[conversation_id] = (key, text)

    def remember(self, text: str) -> None:
        """It was sent, or is in the prompt no more: it comes back with Up."""
        self.history.append(text)
        self.prompt.set_history(self.history)

    # -- drafts ---------------------------------------------------------------------------------------------

    async def _restore_draft(self) -> None:
        key = self.draft_key
        on_its_way = {text for at, text in self._sent.values() if at == key}
        draft = await self._draft(key)
        sent = whole(draft, self.session.contents.read) in on_its_way
        if draft and not sent and key == self.draft_key and not self.prompt.text:
            self.prompt.set_text(draft)
        elif not draft and key and key == self.draft_key and not self.prompt.text:
            await self._restore_along(f"{key}:along")

    async def _draft(self, key: str) -> str:
        """What is kept under this key, if not on the disk then here."""
        draft = await self.wait(self.session.store.draft(key))
        return self._drafts.get(key, draft) if self.session.store.trouble else draft

    async def _restore_along(self, key: str) -> None:
        """What was typed while this conversation was only read along."""
        draft = await self.wait(self.session.store.draft(key))
        if draft and key == f"{self.draft_key}:along" and not self.prompt.text:
            self.prompt.set_text(draft)
            self.keep_draft()
            self.session.store.save_draft(key, "")

    def draft_changed(self, text: str) -> None:
        """Keep what is typed, if it still is: another conversation may have been opened since."""
        if text == self.prompt.draft:
            self._save_draft(self._set_aside or text)

    def begin_typing(self, command: Command) -> None:
        """The command in the prompt; what stood there comes back when it is done."""
        typed = self.prompt.text
        if typed and not typed.startswith("/"):
            self._set_aside = typed
        self.prompt.complete(command)
        self.prompt.focus()

    def keep_draft(self) -> None:
        """Keep what is typed now: the conversation is left, or the app."""
        self._save_draft(self._set_aside or self.prompt.draft)

    def _save_draft(self, text: str) -> None:
        """A question on its way to the disk keeps its draft until it is there, or until there is a newer one."""
        key = self.draft_key
        if self.editing is not None and self.prompt.pasted.full(text) == self.editing.shown:
            return
        waiting = [id for id, (at, _) in self._sent.items() if at == key]
        if text or not waiting:
            for id in waiting:
                self._sent[id] = ("-", self._sent[id][1])
            self._drafts[key] = self.prompt.pasted.stored(text)
            self.session.store.save_draft(key, self._drafts[key], sent=bool(waiting))

    def serve_draft(self, key: str) -> None:
        """The question that was this draft is on disk."""
        if key != "-":
            here = key == self.draft_key
            self._drafts[key] = self.prompt.pasted.stored(self.prompt.draft) if here else ""
            self.session.store.save_draft(key, self._drafts[key], sent=True)
            self.session.store.save_draft(f"{key}:files", self.files_draft() if here else "", sent=True)

    def files_draft(self) -> str:
        """The files that are attached, as they are kept with the draft."""
        return ""

    def settle_drafts(self) -> None:
        """At the end: drafts of questions that reached the disk have served."""
        for id, (key, _) in list(self._sent.items()):
            running = self.turns.get(id)
            if running is not None and running.turn is not None and running.turn.phase != "connecting":
                del self._sent[id]
                self.serve_draft(key)

    # -- questions asked otherwise ----------------------------------------------------------------------------

    def give_back(self, conversation_id: str, text: str) -> None:
        """A question that was not asked is in the prompt again, as the edit it was if it was one."""
        self.take_files_back(conversation_id)
        text = as_typed(text)
        edit = self._edited.pop(conversation_id, None)
        if edit is None or self.editing is not None or self.conversation is None:
            self.prompt.restore(text)
            return
        self.editing = replace(edit, aside=self.prompt.draft)
        self.prompt.set_text(text)
        self.show_elsewhere()

    def take_files_back(self, conversation_id: str) -> None:
        """The files of the question sent there last are attached again."""

    def leave_edit(self) -> None:
        """Ask nothing otherwise: what was typed before is back, what was changed is in the history."""
        edit = self.editing
        if edit is None:
            return
        text = self.take_aside() or self.prompt.draft
        text = self.prompt.pasted.full(text)
        if text.strip() and text != edit.shown:
            self.remember(text)
        self.end_edit(edit)
        self.session.store.save_draft(edit.key, "")

    def end_edit(self, edit: Edit) -> None:
        """The prompt is as it was before the edit."""
        self.editing = None
        self.prompt.set_text(edit.aside)
        self.show_elsewhere()

    def take_aside(self) -> str:
        """What was typed before the palette put a command into the prompt; only once."""
        aside, self._set_aside = self._set_aside, ""
        return aside

    # -- what the next question is asked with

    def keep_wishes(self) -> None:
        """Keep what was chosen for the next question until it is asked with; the window that writes does."""
        if self.conversation is None:
            # What holds for conversations to come too is in the state; of a persona nothing is.
            mine = self.wishes
            kept = mine if mine.persona else Wishes(system=mine.system, max_tokens=mine.max_tokens)
            self.session.store.save_choice("", kept.kept(now_ms()))
        elif self.saved and self.follows is None:
            kept = self.wishes.over(pending(self.conversation))
            self.session.store.save_choice(self.conversation.id, kept.kept(now_ms()))

    async def restore_wishes(self) -> None:
        """What was chosen for a conversation that was not begun, here or in a window that was closed."""
        kept = read_wishes(await self.wait(self.session.store.choice("")))
        kept = kept.without(self.wishes).without(self.session.flags)
        if self.conversation is not None or kept == Wishes():
            return
        self.wishes = self.wishes.over(kept)
        self.show_status()
        said = [f"the persona {kept.persona}"] if kept.persona else []
        if kept.system:
            said.append(f"a system prompt of {len(kept.system):,} characters")
        if kept.max_tokens:
            said.append(f"a longest reply of {format.tokens(kept.max_tokens)} tokens")
        if said:
            self.say(f"As chosen here before: {', '.join(said)}.")

    def say(self, sentence: str) -> None:
        """One sentence in the corner."""

    def show_status(self) -> None:
        """Tell the status line what there is."""
