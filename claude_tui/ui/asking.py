"""What is sent: a line is a question or a command, a question begins a turn; and what Ctrl+C does."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from ..core.conversation import Conversation, Node, title_from
from ..core.message import TextBlock
from ..core.resume import plan
from ..ids import new_id
from ..session import now_ms
from .commands import Suggestion, find
from .desk import Desk

QUIT_TWICE = 1.0
"""Seconds within which a second Ctrl+C quits."""
TAKEN_SECONDS = 2.0
"""How long a question waits for the store to say whether another window writes there."""


class Asking(Desk):
    """The desk, and what is sent from it."""

    def submitted(self, text: str, typed: str = "") -> None:
        """A question, or a slash command; ``typed`` is what there was before the menu completed it."""
        found = find(text)
        if isinstance(found, Suggestion):
            self.say(str(found), severity="warning")
            self.prompt.restore(text)
            return
        if found is not None:
            command, argument = found
            if command.whole_word and typed and not typed.lower().startswith(str(command.slash)):
                if not self.prompt.text:
                    self.prompt.complete(command)
                self.say(f"Enter on the whole word does it: {command.slash}")
                return
            aside = self._take_aside()
            opened = self.conversation.id if self.conversation else None
            self.run_command(command.method, argument)
            if aside and (self.conversation.id if self.conversation else None) == opened:
                self.prompt.restore(aside)
        else:
            aside = self._take_aside()
            self.ask(text.removeprefix("/") if text.startswith("//") else text)
            if aside:
                self.prompt.restore(aside)

    def _take_aside(self) -> str:
        aside, self._set_aside = self._set_aside, ""
        return aside

    def palette_action(self, command: Any) -> Callable[[], Awaitable[None] | Any]:
        """What the palette does for a command: run it, or begin typing it where it needs an argument."""

        def run() -> None:
            asks = command.id in ("search", "rename", "export", "system", "max-tokens", "tools")
            if asks or command.whole_word:
                typed = self.prompt.text
                if typed and not typed.startswith("/"):
                    self._set_aside = typed
                self.prompt.complete(command)
                self.prompt.focus()
            else:
                self.run_command(command.method)

        return run

    def ask(self, text: str) -> None:
        """Send a question in the open conversation, or begin one with it."""
        if self.conversation is not None and self.turns.get(self.conversation.id) is not None:
            self.prompt.restore(text)
            self.say(f"A reply is being written; {self.keys.get('stop', 'Esc')} stops it. Your text is kept.")
            return
        if self.send_anew(text):
            return
        now = now_ms()
        if self.conversation is None:
            self.conversation = Conversation(new_id(), title_from(text), created_at=now, updated_at=now)
        key = self._draft_key
        if not self.saved:
            self.session.store.create(self.conversation)
            self.saved = True
        head = self.conversation.head_id
        question = Node(new_id(), head, "user", (TextBlock(text),), "typed", created_at=now)
        self._sent[self.conversation.id] = (key, text)
        self._history.append(text)
        self.prompt.set_history(self._history)
        self.begin_turn([question])

    def send_anew(self, text: str) -> bool:
        """Ask the question that an Esc took back, as if it had not; False for any other text."""
        conversation = self.conversation
        end, question = self._taken_back.get(conversation.id, ("", "")) if conversation else ("", "")
        if conversation is None or end not in conversation.nodes or text.strip() != question.strip():
            return False
        if self.prompt.text == text:
            self.prompt.set_text("")
        self._stood[conversation.id] = conversation.head_id or ""
        self._sent[conversation.id] = (self._draft_key, text)
        self.conversation = conversation.with_head(end)
        self.begin_turn([])
        return True

    def begin_turn(self, question: list[Node]) -> None:
        """Run a turn in the open conversation."""
        conversation = self.conversation
        if conversation is None:
            return
        try:
            means = self.session.means()
        except Exception as error:
            self.say(str(error), severity="error")
            sent = self._sent.pop(conversation.id, None)
            if sent is not None:
                self.prompt.restore(sent[1])
            stood = self._stood.pop(conversation.id, conversation.head_id)
            self.conversation = conversation.with_head(stood or None)
            return
        self._taken_back.pop(conversation.id, None)
        self.transcript.action_bottom()
        settings = self.session.settings(conversation, self.wishes)
        taken = self.session.store.written_elsewhere
        running = self.turns.start(
            conversation, settings, means, question, lambda: taken(conversation.id).result(TAKEN_SECONDS)
        )
        if running is None:
            self.say("A reply is being written in this conversation already.")

    def can_continue(self) -> bool:
        """Whether there is something to go on with."""
        if self.conversation is None:
            return False
        return plan(self.conversation.path(), self.session.settings(self.conversation, self.wishes)) is not None

    def interrupt(self) -> None:
        """What Ctrl+C does here."""
        chosen = self.screen.get_selected_text()
        now = time.monotonic()
        if chosen:
            self.run_command("copy_selection", chosen)
            self.screen.clear_selection()
        elif self.prompt.text:
            self._history.append(self.prompt.text)
            self.prompt.set_history(self._history)
            self.prompt.set_text(self._take_aside())
            self.session.store.save_draft(self._draft_key, self.prompt.text)
        elif self.conversation is not None and self.turns.get(self.conversation.id) is not None:
            self.run_command("command_stop")
        elif now - self._interrupted_at < QUIT_TWICE:
            self.window.exit()
            return
        else:
            self.say("Ctrl+C again quits.")
        self._interrupted_at = now
