"""How conversations are kept: the list of them, titles, pins, the archive, the trash; and drafts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ...core.pasted import named, whole
from ...core.text import clean_line
from ...errors import StoreError
from ..keys.typed import as_typed
from .branching import Branching
from .standing import Standing

if TYPE_CHECKING:
    from ...core.conversation import Conversation, Node
    from ...store import Draft, Hit, HitKind, Shelf, Summary
    from ..screens.library import Place

EVER = 5_000
"""Questions that are looked through, the newest; more would be felt at every key."""
AROUND = 6
"""Messages of a preview."""


class Keeping(Branching):
    """The desk, and the shelves beside it."""

    # -- the list

    def command_open(self, argument: str) -> None:
        """The list of conversations."""
        self.open(self._choose_conversation(argument))

    def command_search(self, argument: str) -> None:
        """The list, filtered by what was said."""
        self.open(self._choose_conversation(argument))

    def command_trash(self, argument: str) -> None:
        """What was deleted."""
        self.open(self._choose_conversation(argument, "trash"))

    async def _choose_conversation(self, query: str, shelf: Shelf = "open") -> None:
        from ..screens.library import FIRST_PAGE, LibraryScreen

        first = await self.wait(self.session.store.recent(FIRST_PAGE, 0, shelf))
        current = self.conversation.id if self.conversation else None

        def chosen(place: Place | None) -> None:
            self.library = None
            if place is not None:
                self.open(self._load(place.conversation_id, place.node_id, place.words))

        self.library = LibraryScreen(
            StoreKeeper(self), first, shelf=shelf, query=query, marks=self.elsewhere.marks(), current=current
        )
        self.window.push_screen(self.library, chosen)

    async def _load(self, conversation_id: str, node_id: str | None = None, words: str = "") -> bool:
        running = self.turns.get(conversation_id)
        conversation: Conversation | None
        if running is not None and running.turn is not None:
            conversation = running.turn.conversation
        else:
            conversation = await self.wait(self.session.store.load(conversation_id))
        if conversation is None:
            self.say("That conversation cannot be read.", severity="error")
            return False
        on_path = any(node.id == node_id for node in conversation.path())
        elsewhere = bool(node_id) and node_id in conversation.nodes and running is None and not on_path
        if node_id and elsewhere:
            conversation = conversation.with_head(conversation.leaf(node_id))
        standing = None
        if running is None:  # a reply that is being written would end meanwhile
            standing = await asyncio.to_thread(Standing().of, conversation)
        self.open_conversation(conversation, node_id, standing)
        if elsewhere and self._arriving is not None:
            self.run(self._keep_place(conversation, self._arriving))
        if words:
            self.screen.land(words)
        return True

    async def _keep_place(self, conversation: Conversation, arriving: asyncio.Task[Any]) -> None:
        """Another branch was opened: that is kept when it is known that no other window writes here."""
        await asyncio.wait([arriving])
        here = self.conversation
        if here is None or here.id != conversation.id or self.follows is not None:
            return
        if here.head_id == conversation.head_id:
            self.session.store.set_head(conversation.id, conversation.head_id)

    # -- one of them

    def command_rename(self, argument: str) -> None:
        """Another title."""
        if self.conversation is None or not argument:
            self.say("A title is needed: /rename TITLE, in a conversation that has begun.")
            return
        title = clean_line(argument, 120)
        self.session.store.rename(self.conversation.id, title)
        self.wear_title(self.conversation.id, title)
        self.say(f"Renamed to “{title}”.")

    def command_delete(self, argument: str) -> None:
        """To the trash; nothing is lost."""
        if self.conversation is None:
            self.say("There is no conversation to delete.")
        elif self.may_write():
            title = self.conversation.title
            self.run(self.throw_away(self.conversation.id))
            self.say(f"“{title}” is in the trash; /restore brings it back.")

    async def throw_away(self, conversation_id: str) -> None:
        """Into the trash; what is written there is stopped, and if it lies open it is put away."""
        running = self.turns.get(conversation_id)
        if running is not None:
            running.cancel.cancel()
        if self.conversation is not None and self.conversation.id == conversation_id:
            self.open_conversation(None)
        self.removed.append((conversation_id, ""))
        await self.wait(self.session.store.trash(conversation_id))

    def command_restore(self, argument: str) -> None:
        """Back from the trash, the last one first; or a cut reply that was discarded."""
        self.run(self._restore())

    async def _restore(self) -> None:
        store = self.session.store
        end = ""
        if self.removed:
            last, end = self.removed[-1]
        else:
            trashed = await self.wait(store.trashed(1))
            if not trashed:
                self.say("There is nothing in the trash.")
                return
            last = trashed[0].id
        if not end:
            await self.wait(store.restore(last))
        self.removed = [one for one in self.removed if one != (last, end)]
        if await self._load(last, end or None) and self.conversation is not None:
            self.say(f"{'The reply in ' if end else ''}“{self.conversation.title}” is back.")

    def command_pin(self, argument: str) -> None:
        """Before the others in the list, or among them again."""
        self.run(self._mark("pinned"))

    def command_archive(self, argument: str) -> None:
        """Out of the list, or into it again."""
        self.run(self._mark("archived"))

    async def _mark(self, what: str) -> None:
        if self.conversation is None or not self.saved:
            self.say("There is no conversation here yet.")
            return
        store, conversation = self.session.store, self.conversation
        about = await self.wait(store.summary(conversation.id))
        if about is None:
            return
        title = f"“{conversation.title}”"
        if what == "pinned":
            await self.wait(store.pin(conversation.id, not about.pinned))
            self.say(
                f"{title} is pinned no more." if about.pinned else f"{title} is pinned: it comes first in the list."
            )
        else:
            await self.wait(store.archive(conversation.id, not about.archived))
            there = "in the list again" if about.archived else "in the archive; search finds it, /archive takes it out"
            self.say(f"{title} is {there}.")

    # -- what was sent, and drafts

    def command_history(self, argument: str) -> None:
        """What was ever sent, to be found by a word and written again."""
        self.open(self._choose_sent())

    async def _choose_sent(self) -> None:
        from ..screens.history import HistoryScreen

        store = self.session.store
        here, read = self.prompt.pasted.full(self.prompt.draft), self.session.contents.read
        drafts = [text for draft in await self.wait(store.typed()) if (text := whole(draft.text, read)) != here]
        sent = [*reversed(self._history), *drafts, *await self.wait(store.questions(EVER))]
        if not any(text.strip() for text in sent):
            self.say("Nothing was sent yet.")
            return

        def chosen(answer: str | None) -> None:
            typed = self.prompt.full
            if answer is None or answer == typed:
                return
            if typed.strip():
                self._history.append(typed)
                self.prompt.set_history(self._history)
            self.prompt.exchange(as_typed(answer))

        self.window.push_screen(HistoryScreen(sent), chosen)

    def command_drafts(self, argument: str) -> None:
        """What was typed and not sent, to be chosen from."""
        self.open(self._choose_draft())

    async def _choose_draft(self) -> None:
        from ..screens.choose import ChooseScreen, Option

        here = self._draft_key
        drafts = [
            draft
            for draft in await self.wait(self.session.store.typed())
            if not (draft.waiting and draft.conversation_id == here)
        ]
        if not drafts:
            self.say("Nothing was typed that was not sent.")
            return
        options = [Option(str(at), clean_line(named(draft.text), 60), _where(draft)) for at, draft in enumerate(drafts)]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self.open(self._take_up(drafts[int(answer)]))

        self.window.push_screen(ChooseScreen("Typed and not sent", options), chosen)

    async def _take_up(self, draft: Draft) -> None:
        """A draft that waits is gone to; any other comes into this prompt, and what stands there is kept."""
        store = self.session.store
        if draft.waiting and await self._go_to_draft(draft):
            return
        if self.prompt.text.strip():
            await self.wait(store.save_draft(self._draft_key, ""))
        self.prompt.set_text(draft.text)
        self.keep_draft()
        if draft.waiting and draft.conversation_id != self._draft_key:
            store.save_draft(draft.conversation_id, "", sent=True)  # it waits in this prompt from now on

    async def _go_to_draft(self, draft: Draft) -> bool:
        """Open what it was typed in; whether it came into the prompt with that."""
        conversation_id, _, more = draft.conversation_id.partition(":")
        if not conversation_id:
            self.open_conversation(None)
        elif not await self._load(conversation_id):
            return False
        if not more or more.startswith("queue:"):  # it is seen there above the prompt
            return True
        if more == "aside":
            self.run_command("command_btw")
            return True
        if self._arriving is not None:
            await asyncio.wait([self._arriving])
        if not self._is_open(conversation_id):
            return True  # one went on meanwhile; it waits where it was
        return self.prompt.full == whole(draft.text, self.session.contents.read) or (
            more.startswith("edit:") and self.edit_again(more.removeprefix("edit:"))
        )


def _where(draft: Draft) -> str:
    title = clean_line(draft.title, 40) or "a conversation not begun"
    return f"waits in {title}" if draft.waiting else f"from {title}" if draft.conversation_id else ""


class StoreKeeper:
    """What the list asks for, from the store, and what it does there that touches what lies open."""

    def __init__(self, desk: Keeping) -> None:
        self._desk = desk
        self._store = desk.session.store

    async def page(self, shelf: Shelf, limit: int, offset: int) -> Sequence[Summary]:
        """Some rows of a shelf."""
        return await self._desk.wait(self._store.recent(limit, offset, shelf))

    async def look(
        self, query: str, kinds: Collection[HitKind], tell: Callable[[Sequence[Hit]], object], trashed: bool
    ) -> bool:
        """Tell what is found as it is found; whether that is all."""
        told = partial(asyncio.get_running_loop().call_soon_threadsafe, tell)
        return await self._desk.wait(self._store.look(query, told, kinds=kinds, trashed=trashed))

    async def peek(self, conversation_id: str, node_id: str | None) -> Sequence[Node]:
        """The last messages, or those up to one."""
        return await self._desk.wait(self._store.around(conversation_id, node_id, AROUND))

    async def rename(self, conversation: Summary, title: str) -> None:
        """Another title."""
        await self._desk.wait(self._store.rename(conversation.id, title))
        self._desk.wear_title(conversation.id, title)

    async def pin(self, conversation: Summary, pinned: bool) -> None:
        """Before the others, or among them."""
        await self._desk.wait(self._store.pin(conversation.id, pinned))

    async def archive(self, conversation: Summary, archived: bool) -> None:
        """Out of the list, or into it."""
        await self._desk.wait(self._store.archive(conversation.id, archived))

    async def trash(self, conversation: Summary, trashed: bool) -> None:
        """Into the trash, or out of it."""
        if trashed:
            await self._desk.throw_away(conversation.id)
        else:
            await self._desk.wait(self._store.restore(conversation.id))
            self._desk.removed = [one for one in self._desk.removed if one != (conversation.id, "")]

    async def purge(self, conversation: Summary | None) -> int:
        """For good, one or all that is in the trash."""
        count = await self._desk.wait(self._store.purge(*[conversation.id] if conversation else []))
        if conversation is not None and not count:
            raise StoreError("It is open in a window, where it may be written in: it stays in the trash")
        self._desk.run(self._desk.attaching.sweep())
        gone = {id for id, _ in self._desk.removed} if conversation is None else {conversation.id}
        self._desk.removed = [one for one in self._desk.removed if one[1] or one[0] not in gone]
        return count

    def mishap(self, error: BaseException) -> str:
        """Keep a report; where it is."""
        return cast("Any", self._desk.window).mishap(error)

    def ask_title(self, title: str, answer: Callable[[str | None], None]) -> None:
        """Have a title typed."""
        from ..screens.ask import AskScreen

        self._desk.window.push_screen(AskScreen("Another title", title), answer)

    def ask_purge(self, question: str, answer: Callable[[bool], None]) -> None:
        """Have it said whether something is to be deleted for good."""
        from ..screens.choose import ChooseScreen, Option

        options = [Option("no", "Keep it"), Option("yes", "Delete for good", "nothing brings it back")]
        self._desk.window.push_screen(ChooseScreen(question, options), lambda said: answer(said == "yes"))
