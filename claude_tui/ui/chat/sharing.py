"""The same conversation in two windows: one writes, the other is told, reads along, and takes over when asked."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ...core.conversation import Conversation
from ...errors import ClaudeTuiError
from ...store import Follower, Holder, Seen
from ...turn import Turn

if TYPE_CHECKING:
    from .desk import Desk

PLACE_SECONDS = 2.0
"""How long is waited, before anything is written, for the answer whether another window writes in a conversation."""
LOOK_SECONDS = 1.0
"""How often the file is looked at from outside, for another window that took over."""
FOLLOW_SECONDS, QUIET_FOLLOW_SECONDS = 0.2, 1.0
"""How often a reader along looks for more, while there is any and while there is none."""
QUIET_AFTER = 20.0
"""Seconds without anything new after which there is none."""
TAKEN_SECONDS = 1.0
"""How long a question waits for the store to say whether another window writes there."""
ENDING_SECONDS = 5.0
"""How long the other window gets to end the reply that was taken from it."""


class Sharing:
    """Who writes in the conversation on one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def watch_windows(self) -> None:
        """From now on notice when another window takes a conversation from this one."""
        self._desk.window.set_interval(LOOK_SECONDS, self._look_about)

    # -- holding ---------------------------------------------------------------------------------------------

    async def take_place(self) -> None:
        """The conversation was opened: write there, or read along when another window does."""
        conversation = self._desk.conversation
        if conversation is None or not self._desk.saved:
            return
        try:
            other = await asyncio.wait_for(
                self._desk.wait(self._desk.session.store.hold(conversation.id)), PLACE_SECONDS
            )
        except TimeoutError:  # the disk does not answer: that is said elsewhere
            return
        if not self._desk.is_open(conversation.id):
            self._desk.leave_place(conversation.id)
        elif other is not None:
            self._follow(conversation, other)
            self._desk.say(f"Another window ({other.where}) writes in this conversation. It is read along here.")

    def _look_about(self) -> None:
        """Whether another window took one of ours over; asked only when anything was written."""
        if (self._desk.conversation is None or self._desk.follows is not None) and not self._desk.turns.ids:
            return
        if self._desk.session.store.stirred():
            self._desk.run(self.find_taken())

    async def find_taken(self) -> None:
        """Whether another window took one of ours over: then it is read along, and what we write there is stopped."""
        opened = self._desk.conversation.id if self._desk.conversation is not None and self._desk.saved else None
        for id in {*self._desk.turns.ids, opened} - {None}:
            assert id is not None
            other = await self._desk.wait(self._desk.session.store.held_elsewhere(id))
            if other is None:
                continue
            running = self._desk.turns.get(id)
            if running is not None and not running.stopping:
                running.stopping = True
                running.cancel.cancel()
            if self._desk.conversation is not None and self._desk.is_open(id) and self._desk.follows is None:
                self._follow(self._desk.conversation, other)
                self._desk.say(f"Another window ({other.where}) took this conversation over. It is read along here.")

    # -- reading along ---------------------------------------------------------------------------------------

    def _follow(self, conversation: Conversation, other: Holder) -> None:
        self._desk.drafts.leave_edit()
        self._desk.follows = other
        if self._desk.prompt.draft:  # the other window has its own in the place where ours was kept
            self._desk.drafts.keep()
        self._desk.queue.lost_place(conversation.id)
        self._desk.show_elsewhere()
        self._desk.run(self._read_along(Follower(conversation)))

    async def _read_along(self, follower: Follower) -> None:
        """Show what the other window writes, until this one writes, or another conversation is opened."""
        id, head, news, began = follower.conversation.id, follower.conversation.head_id, time.monotonic(), 0.0
        first = True
        while self._reads_along(id):
            seen = None
            if self._desk.turns.get(id) is None:  # a reply that was taken from us is being ended
                with suppress(ClaudeTuiError):
                    seen = await self._desk.wait(self._desk.session.store.read_along(follower))
            if not self._reads_along(id):
                return
            if seen is not None and seen.holder is None:
                with suppress(ClaudeTuiError):  # a later look finds nobody either
                    await self._regain(id)
            elif seen is not None:
                if first and all(node.id != head for node in seen.conversation.path()):
                    head = seen.conversation.head_id  # another branch was opened, and one stays there
                first = False
                news = time.monotonic()
                began = (began or news) if seen.live else 0.0
                self._show_along(seen, head, began)
                head = seen.conversation.head_id
            quiet = time.monotonic() - news > QUIET_AFTER
            await asyncio.sleep(QUIET_FOLLOW_SECONDS if quiet else FOLLOW_SECONDS)

    def _reads_along(self, conversation_id: str) -> bool:
        return self._desk.follows is not None and self._desk.is_open(conversation_id)

    def _show_along(self, seen: Seen, head: str | None, began: float) -> None:
        """The other's words; a reader who went to another branch stays there."""
        self._desk.follows = seen.holder
        stays = self._desk.conversation is not None and self._desk.conversation.head_id != head
        if stays and self._desk.conversation is not None and self._desk.conversation.head_id in seen.conversation.nodes:
            self._desk.conversation = replace(seen.conversation, head_id=self._desk.conversation.head_id)
        else:
            self._desk.conversation = seen.conversation
        on_path = {node.id for node in self._desk.conversation.path()}
        live = {id: reply for id, reply in seen.live.items() if id in on_path}
        self._desk.turn = (
            Turn(self._desk.conversation, "writing", live, started=began, sent=began, first_delta=began)
            if live
            else None
        )
        self._desk.show()

    async def _regain(self, conversation_id: str) -> None:
        """The other window is gone: write here."""
        other = await self._desk.wait(self._desk.session.store.hold(conversation_id))
        if other is None:
            await self._write_here(conversation_id, "The other window is gone: you write here now.")

    async def _write_here(self, conversation_id: str, sentence: str) -> None:
        conversation = await self._desk.wait(self._desk.session.store.load(conversation_id))
        if conversation is None or not self._desk.is_open(conversation_id):
            return
        self._desk.follows, self._desk.turn = None, None
        self._desk.conversation = conversation
        self._desk.show_conversation()
        self._desk.drafts.keep()
        self._desk.session.store.save_draft(f"{conversation_id}:along", "")
        self._desk.say(sentence)
        await self._desk.queue.restore()

    # -- taking over -----------------------------------------------------------------------------------------

    def command_take_over(self, argument: str) -> None:
        """Write here; a reply that the other window is writing is stopped only if that is asked for."""
        conversation = self._desk.conversation
        if conversation is None or self._desk.follows is None:
            self._desk.say("No other window writes in this conversation.")
        else:
            self._desk.run(self._take_over(conversation.id, cut=False))

    async def _take_over(self, conversation_id: str, *, cut: bool) -> None:
        other = await self._desk.wait(self._desk.session.store.hold(conversation_id, take=True, cut=cut))
        if not self._reads_along(conversation_id):
            return
        if other is not None:
            self._ask_to_cut(conversation_id, other)
            return
        end = time.monotonic() + ENDING_SECONDS
        while (
            await self._desk.wait(self._desk.session.store.written_elsewhere(conversation_id))
            and time.monotonic() < end
        ):
            await asyncio.sleep(0.1)
        await self._write_here(conversation_id, "You write here now; the other window reads along.")

    def _ask_to_cut(self, conversation_id: str, other: Holder) -> None:
        from ..screens.choose import ChooseScreen, Option

        options = [
            Option("wait", "Go on reading along"),
            Option("cut", "Stop that reply and take over", "what came stays"),
        ]

        def chosen(answer: str | None) -> None:
            if answer == "cut":
                self._desk.run(self._take_over(conversation_id, cut=True))

        self._desk.window.push_screen(
            ChooseScreen(f"A reply is being written in {other.where}", options, "wait"), chosen
        )

    def may_write(self) -> bool:
        """Whether this window writes in the open conversation; if not, that is said."""
        if self._desk.follows is None:
            return True
        how = self._desk.helps.get("take-over", "/take-over")
        self._desk.say(f"Another window ({self._desk.follows.where}) writes in this conversation; {how} takes over.")
        return False

    def taken(self, conversation_id: str) -> bool:
        """On a turn's thread: whether another window writes there, or is still ending a reply."""
        store = self._desk.session.store
        try:
            if store.hold(conversation_id).result(TAKEN_SECONDS) is not None:
                return True
        except (TimeoutError, ClaudeTuiError):
            pass  # a slow disk: what is asked is worth more
        return store.written_elsewhere(conversation_id).result(TAKEN_SECONDS)
