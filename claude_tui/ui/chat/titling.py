"""Titles that a small model thinks of, in the background, where the config allows it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ...cancel import Cancel
from ...core.conversation import Conversation
from ...core.message import visible_text
from ...core.models import cheapest_model
from ...core.view import exchanges
from ...session import Session, today
from ...turn.title import suggest_title
from ..words import format


class Titling:
    """At most one question a conversation and run, on a daemon thread; whatever goes wrong with it is only noted."""

    def __init__(self, session: Session, titled: Callable[[str, str], object]) -> None:
        """``titled`` is told, from any thread, the id of a conversation and the title it has now."""
        self._session = session
        self._titled = titled
        self._asked: dict[str, tuple[Cancel, threading.Thread]] = {}
        self.notes: dict[str, str] = {}
        """What came of it, in words, by conversation."""

    def consider(self, conversation: Conversation) -> None:
        """A reply ended: ask for a title if it is the first answer, and whole."""
        if not self._session.config.titles or conversation.id in self._asked:
            return
        path = conversation.path()
        typed = [node for node in path if node.origin == "typed"]
        last = path[-1] if path else None
        if (
            len(typed) != 1
            or last is None
            or last.role != "assistant"
            or last.status != "complete"
            or last.can_continue
        ):
            return
        if any("copied" in node.facts for node in path):  # a fork has its name
            return
        question, answer = visible_text(typed[0].content), exchanges(path)[-1].text
        if answer.strip() and self._session.allowance.take() == 0.0:
            cancel = Cancel()
            thread = threading.Thread(
                target=self._ask, args=(conversation.id, question, answer, cancel), name="title", daemon=True
            )
            self._asked[conversation.id] = cancel, thread
            thread.start()

    def _ask(self, conversation_id: str, question: str, answer: str, cancel: Cancel) -> None:
        try:
            self.notes[conversation_id] = self._improve(conversation_id, question, answer, cancel)
        except Exception as error:  # the conversation is worth more than its title
            self.notes[conversation_id] = f"not improved: {type(error).__name__}"

    def _improve(self, conversation_id: str, question: str, answer: str, cancel: Cancel) -> str:
        store = self._session.store
        model = cheapest_model(today(), self._session.catalogue.models)
        if model is None:
            return "not improved: no model there is has a known price"
        if store.titled(conversation_id).result() == "person":
            return ""
        found = suggest_title(question, answer, model, self._session.means(), cancel, conversation_id)
        if not found.title:
            return f"not improved by {model.label}: {found.why}"
        if not store.propose_title(conversation_id, found.title).result():
            return "as you gave it"
        self._titled(conversation_id, found.title)
        return f"by {model.label}, {format.dollars(found.cost)}"

    def stop(self, seconds: float) -> None:
        """The program ends: drop what is asked, and let what it cost be entered."""
        for cancel, _ in self._asked.values():
            cancel.cancel()
        for _, thread in self._asked.values():
            thread.join(seconds)
