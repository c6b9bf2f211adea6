"""How conversations are kept: the list of them, titles, pins, the archive, the trash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ...core.text import clean_line
from ...errors import StoreError
from .standing import Standing

if TYPE_CHECKING:
    from ...core.conversation import Conversation, Node
    from ...store import Hit, HitKind, Shelf, Summary
    from ..screens.library import LibraryScreen, Place
    from .desk import Desk

AROUND = 6
"""Messages of a preview."""


class Keeping:
    """The shelves beside one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.removed: list[tuple[str, str]] = []
        """What was taken away here, the last at the end: a conversation, and where it ended if only that was discarded.
        """
        self._library: LibraryScreen | None = None
        """The list of conversations, while one looks at it."""

    def mark(self) -> None:
        """Tell the list, if it is open, what goes on in the conversations it shows."""
        if self._library is not None:
            self._library.mark(self._desk.elsewhere.marks())

    def command_new(self, argument: str) -> None:
        """An empty conversation; a reply in this one goes on."""
        self._desk.open_conversation(None)

    # -- the list

    def command_open(self, argument: str) -> None:
        """The list of conversations."""
        self._desk.open(self._choose_conversation(argument))

    def command_search(self, argument: str) -> None:
        """The list, filtered by what was said."""
        self._desk.open(self._choose_conversation(argument))

    def command_trash(self, argument: str) -> None:
        """What was deleted."""
        self._desk.open(self._choose_conversation(argument, "trash"))

    async def _choose_conversation(self, query: str, shelf: Shelf = "open") -> None:
        from ..screens.library import FIRST_PAGE, LibraryScreen

        first = await self._desk.wait(self._desk.session.store.recent(FIRST_PAGE, 0, shelf))
        current = self._desk.conversation.id if self._desk.conversation else None

        def chosen(place: Place | None) -> None:
            self._library = None
            if place is not None:
                self._desk.open(self.load(place.conversation_id, place.node_id, place.words))

        self._library = LibraryScreen(
            StoreKeeper(self._desk, self),
            first,
            shelf=shelf,
            query=query,
            marks=self._desk.elsewhere.marks(),
            current=current,
        )
        self._desk.window.push_screen(self._library, chosen)

    async def load(self, conversation_id: str, node_id: str | None = None, words: str = "") -> bool:
        """Open a conversation, at a message, with words to look for in it; whether it could be read."""
        running = self._desk.turns.get(conversation_id)
        conversation: Conversation | None
        if running is not None and running.turn is not None:
            conversation = running.turn.conversation
        else:
            conversation = await self._desk.wait(self._desk.session.store.load(conversation_id))
        if conversation is None:
            self._desk.say("That conversation cannot be read.", severity="error")
            return False
        on_path = any(node.id == node_id for node in conversation.path())
        elsewhere = bool(node_id) and node_id in conversation.nodes and running is None and not on_path
        if node_id and elsewhere:
            conversation = conversation.with_head(conversation.leaf(node_id))
        standing = None
        if running is None:  # a reply that is being written would end meanwhile
            standing = await asyncio.to_thread(Standing().of, conversation)
        self._desk.open_conversation(conversation, node_id, standing)
        if elsewhere and self._desk.arriving is not None:
            self._desk.run(self._keep_place(conversation, self._desk.arriving))
        if words:
            self._desk.screen.land(words)
        return True

    async def _keep_place(self, conversation: Conversation, arriving: asyncio.Task[Any]) -> None:
        """Another branch was opened: that is kept when it is known that no other window writes here."""
        await asyncio.wait([arriving])
        here = self._desk.conversation
        if here is None or here.id != conversation.id or self._desk.follows is not None:
            return
        if here.head_id == conversation.head_id:
            self._desk.session.store.set_head(conversation.id, conversation.head_id)

    # -- one of them

    def command_rename(self, argument: str) -> None:
        """Another title."""
        if self._desk.conversation is None or not argument:
            self._desk.say("A title is needed: /rename TITLE, in a conversation that has begun.")
            return
        title = clean_line(argument, 120)
        self._desk.session.store.rename(self._desk.conversation.id, title)
        self._desk.wear_title(self._desk.conversation.id, title)
        self._desk.say(f"Renamed to “{title}”.")

    def command_delete(self, argument: str) -> None:
        """To the trash; nothing is lost."""
        if self._desk.conversation is None:
            self._desk.say("There is no conversation to delete.")
        elif self._desk.sharing.may_write():
            title = self._desk.conversation.title
            self._desk.run(self.throw_away(self._desk.conversation.id))
            self._desk.say(f"“{title}” is in the trash; /restore brings it back.")

    async def throw_away(self, conversation_id: str) -> None:
        """Into the trash; what is written there is stopped, and if it lies open it is put away."""
        running = self._desk.turns.get(conversation_id)
        if running is not None:
            running.cancel.cancel()
        if self._desk.conversation is not None and self._desk.conversation.id == conversation_id:
            self._desk.open_conversation(None)
        self.removed.append((conversation_id, ""))
        await self._desk.wait(self._desk.session.store.trash(conversation_id))

    def command_restore(self, argument: str) -> None:
        """Back from the trash, the last one first; or a cut reply that was discarded."""
        self._desk.run(self._restore())

    async def _restore(self) -> None:
        store = self._desk.session.store
        end = ""
        if self.removed:
            last, end = self.removed[-1]
        else:
            trashed = await self._desk.wait(store.trashed(1))
            if not trashed:
                self._desk.say("There is nothing in the trash.")
                return
            last = trashed[0].id
        if not end:
            await self._desk.wait(store.restore(last))
        self.removed = [one for one in self.removed if one != (last, end)]
        if await self.load(last, end or None) and self._desk.conversation is not None:
            self._desk.say(f"{'The reply in ' if end else ''}“{self._desk.conversation.title}” is back.")

    def command_pin(self, argument: str) -> None:
        """Before the others in the list, or among them again."""
        self._desk.run(self._mark("pinned"))

    def command_archive(self, argument: str) -> None:
        """Out of the list, or into it again."""
        self._desk.run(self._mark("archived"))

    async def _mark(self, what: str) -> None:
        if self._desk.conversation is None or not self._desk.saved:
            self._desk.say("There is no conversation here yet.")
            return
        store, conversation = self._desk.session.store, self._desk.conversation
        about = await self._desk.wait(store.summary(conversation.id))
        if about is None:
            return
        title = f"“{conversation.title}”"
        if what == "pinned":
            await self._desk.wait(store.pin(conversation.id, not about.pinned))
            self._desk.say(
                f"{title} is pinned no more." if about.pinned else f"{title} is pinned: it comes first in the list."
            )
        else:
            await self._desk.wait(store.archive(conversation.id, not about.archived))
            there = "in the list again" if about.archived else "in the archive; search finds it, /archive takes it out"
            self._desk.say(f"{title} is {there}.")


class StoreKeeper:
    """What the list asks for, from the store, and what it does there that touches what lies open."""

    def __init__(self, desk: Desk, keeping: Keeping) -> None:
        self._desk = desk
        self._keeping = keeping
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
            await self._keeping.throw_away(conversation.id)
        else:
            await self._desk.wait(self._store.restore(conversation.id))
            self._keeping.removed = [one for one in self._keeping.removed if one != (conversation.id, "")]

    async def purge(self, conversation: Summary | None) -> int:
        """For good, one or all that is in the trash."""
        count = await self._desk.wait(self._store.purge(*[conversation.id] if conversation else []))
        if conversation is not None and not count:
            raise StoreError("It is open in a window, where it may be written in: it stays in the trash")
        self._desk.run(self._desk.attaching.sweep())
        gone = {id for id, _ in self._keeping.removed} if conversation is None else {conversation.id}
        self._keeping.removed = [one for one in self._keeping.removed if one[1] or one[0] not in gone]
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
