"""The same conversation in two windows: one writes, the other is told, reads along, and takes over when asked."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

from ...core.conversation import Conversation
from ...errors import ClaudeTuiError
from ...store import Follower, Holder, Seen
from ...turn import Turn
from .hearing import Hearing

PLACE_SECONDS = 2.0
"""How long is waited, before anything is written, for the answer whether another window writes in a conversation."""
LOOK_SECONDS = 1.0
"""How often the file is looked at from outside, for another window that took over."""
FOLLOW_SECONDS, QUIET_FOLLOW_SECONDS = 0.2, 1.0
"""How often a reader along looks for more, while there is any and while there is none."""
QUIET_AFTER = 20.0
"""Seconds without anything new after which there is none."""
ENDING_SECONDS = 5.0
"""How long the other window gets to end the reply that was taken from it."""


class Sharing(Hearing):
    """The desk, and who writes in the conversation on it."""

    def watch_windows(self) -> None:
        """From now on notice when another window takes a conversation from this one."""
        self.window.set_interval(LOOK_SECONDS, self._look_about)

    # -- holding ---------------------------------------------------------------------------------------------

    async def take_place(self) -> None:
        """The conversation was opened: write there, or read along when another window does."""
        conversation = self.conversation
        if conversation is None or not self.saved:
            return
        try:
            other = await asyncio.wait_for(self.wait(self.session.store.hold(conversation.id)), PLACE_SECONDS)
        except TimeoutError:  # the disk does not answer: that is said elsewhere
            return
        if not self.is_open(conversation.id):
            self.leave_place(conversation.id)
        elif other is not None:
            self._follow(conversation, other)
            self.say(f"Another window ({other.where}) writes in this conversation. It is read along here.")

    def leave_place(self, conversation_id: str) -> None:
        """The conversation was left: another window may write there, unless a reply goes on."""
        if not self.is_open(conversation_id) and self.turns.get(conversation_id) is None:
            self.session.store.let_go(conversation_id)

    def _look_about(self) -> None:
        """Whether another window took one of ours over; asked only when anything was written."""
        if (self.conversation is None or self.follows is not None) and not self.turns.ids:
            return
        if self.session.store.stirred():
            self.run(self._find_taken())

    async def _find_taken(self) -> None:
        opened = self.conversation.id if self.conversation is not None and self.saved else None
        for id in {*self.turns.ids, opened} - {None}:
            assert id is not None
            other = await self.wait(self.session.store.held_elsewhere(id))
            if other is None:
                continue
            running = self.turns.get(id)
            if running is not None and not running.stopping:
                running.stopping = True
                running.cancel.cancel()
            if self.conversation is not None and self.is_open(id) and self.follows is None:
                self._follow(self.conversation, other)
                self.say(f"Another window ({other.where}) took this conversation over. It is read along here.")

    # -- reading along ---------------------------------------------------------------------------------------

    def _follow(self, conversation: Conversation, other: Holder) -> None:
        self.leave_edit()
        self.follows = other
        if self.prompt.draft:  # the other window has its own in the place where ours was kept
            self.keep_draft()
        self.lost_place(conversation.id)
        self.show_elsewhere()
        self.run(self._read_along(Follower(conversation)))

    async def _read_along(self, follower: Follower) -> None:
        """Show what the other window writes, until this one writes, or another conversation is opened."""
        id, head, news, began = follower.conversation.id, follower.conversation.head_id, time.monotonic(), 0.0
        first = True
        while self._reads_along(id):
            seen = None
            if self.turns.get(id) is None:  # a reply that was taken from us is being ended
                with suppress(ClaudeTuiError):
                    seen = await self.wait(self.session.store.read_along(follower))
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

    def lost_place(self, conversation_id: str) -> None:
        """Another window writes there, and it alone."""

    def _reads_along(self, conversation_id: str) -> bool:
        return self.follows is not None and self.is_open(conversation_id)

    def _show_along(self, seen: Seen, head: str | None, began: float) -> None:
        """The other's words; a reader who went to another branch stays there."""
        self.follows = seen.holder
        stays = self.conversation is not None and self.conversation.head_id != head
        if stays and self.conversation is not None and self.conversation.head_id in seen.conversation.nodes:
            self.conversation = replace(seen.conversation, head_id=self.conversation.head_id)
        else:
            self.conversation = seen.conversation
        on_path = {node.id for node in self.conversation.path()}
        live = {id: reply for id, reply in seen.live.items() if id in on_path}
        self.turn = (
            Turn(self.conversation, "writing", live, started=began, sent=began, first_delta=began) if live else None
        )
        self._show()

    async def _regain(self, conversation_id: str) -> None:
        """The other window is gone: write here."""
        other = await self.wait(self.session.store.hold(conversation_id))
        if other is None:
            await self._write_here(conversation_id, "The other window is gone: you write here now.")

    async def _write_here(self, conversation_id: str, sentence: str) -> None:
        conversation = await self.wait(self.session.store.load(conversation_id))
        if conversation is None or not self.is_open(conversation_id):
            return
        self.follows, self.turn = None, None
        self.conversation = conversation
        self.show_conversation()
        self.keep_draft()
        self.session.store.save_draft(f"{conversation_id}:along", "")
        self.say(sentence)
        await self.restore_waiting()

    # -- taking over -----------------------------------------------------------------------------------------

    def command_take_over(self, argument: str) -> None:
        """Write here; a reply that the other window is writing is stopped only if that is asked for."""
        conversation = self.conversation
        if conversation is None or self.follows is None:
            self.say("No other window writes in this conversation.")
        else:
            self.run(self._take_over(conversation.id, cut=False))

    async def _take_over(self, conversation_id: str, *, cut: bool) -> None:
        other = await self.wait(self.session.store.hold(conversation_id, take=True, cut=cut))
        if not self._reads_along(conversation_id):
            return
        if other is not None:
            self._ask_to_cut(conversation_id, other)
            return
        end = time.monotonic() + ENDING_SECONDS
        while await self.wait(self.session.store.written_elsewhere(conversation_id)) and time.monotonic() < end:
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
                self.run(self._take_over(conversation_id, cut=True))

        self.window.push_screen(ChooseScreen(f"A reply is being written in {other.where}", options, "wait"), chosen)

    def refused(self, turn: Turn, sent: tuple[str, str] | None, stood: str | None) -> None:
        """Nothing was asked: perhaps another window writes here, and that was not noticed yet."""
        super().refused(turn, sent, stood)
        self.run(self._find_taken())

    def may_write(self) -> bool:
        """Whether this window writes in the open conversation; if not, that is said."""
        if self.follows is None:
            return True
        how = self.helps.get("take-over", "/take-over")
        self.say(f"Another window ({self.follows.where}) writes in this conversation; {how} takes over.")
        return False

    def taken(self, conversation_id: str, seconds: float) -> bool:
        """On a turn's thread: whether another window writes there, or is still ending a reply."""
        store = self.session.store
        try:
            if store.hold(conversation_id).result(seconds) is not None:
                return True
        except (TimeoutError, ClaudeTuiError):
            pass  # a slow disk: what is asked is worth more
        return store.written_elsewhere(conversation_id).result(seconds)
