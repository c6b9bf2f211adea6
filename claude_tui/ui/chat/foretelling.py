"""What is told of the next question before it is sent: its cost, and how long the prompt cache still lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.caching import LIVES
from ...session import now_ms, today
from ..keys.typed import find
from ..words.cache_words import foretold, life_left, missed_shortly, next_change

if TYPE_CHECKING:
    from textual.timer import Timer

    from ...core.conversation import Node
    from .desk import Desk


class Foretelling:
    """What the rule and the status line of one desk say of what comes next."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock: Timer | None = None
        """Till what is said of the prompt cache's life reads otherwise."""
        self._miss: tuple[Node | None, str] = None, ""
        """A reply, and why the cache had nothing for it."""

    def show(self) -> None:
        """Tell the rule what the question in the prompt would cost if it were sent now."""
        conversation, typed = self._desk.conversation, self._desk.prompt.text
        self._desk.attaching.typed(typed)
        text = "" if typed.startswith("/") and find(typed) is not None else self._desk.prompt.full
        running = conversation is not None and self._desk.turns.get(conversation.id) is not None
        if running or self._desk.follows is not None or (conversation is None and not text.strip()):
            self._desk.foresight.rest()
            self._desk.screen.rule.foretell(())
            return
        edited = self._desk.drafts.editing.question_id if self._desk.drafts.editing is not None else None
        seen = self._desk.foresight.of(conversation, edited, self._desk.wishes, text)
        way_out = self._desk.helps.get("context", "")
        self._desk.screen.rule.foretell(foretold(seen, self._missed(), typed=bool(text.strip()), way_out=way_out))

    def _missed(self) -> str:
        """Why the prompt cache had nothing for the last reply, where that was dear."""
        last, conversation = self._desk.last_reply, self._desk.conversation
        if last is None or conversation is None:
            return ""
        if self._miss[0] is not last:
            model = self._desk.session.catalogue.find(last.model)
            self._miss = last, missed_shortly(conversation, last, model, today())
        return self._miss[1]

    def life(self) -> str:
        """What is said of the prompt cache's life, and again when that is over."""
        if self._clock is not None:
            self._clock.stop()
            self._clock = None
        held, now = self._desk.foresight.held, now_ms()
        if held is None or held.changed or self._desk.turn is not None or self._desk.conversation is None:
            return ""
        until = min(held.until, now + LIVES[held.life])  # the machine's clock may have been another
        wait = next_change(until, now)
        if wait is not None:
            self._clock = self._desk.screen.set_timer(wait / 1000 + 0.01, self._desk.show_status)
        return life_left(until, now)
