"""The conversation in lines: what is typed is a question or a command, and what comes of it is said."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ...cancel import Cancel
from ...core.conversation import Conversation, Node, title_from
from ...core.message import TextBlock, ToolUseBlock, visible_text
from ...core.resume import plan
from ...core.text import clean_line
from ...errors import ClaudeTuiError
from ...ids import new_id
from ...session import Session, now_ms
from ...turn import Turn
from ...wishes import Wishes
from ..turns import Turns
from ..words.endings import stopped_by_money
from .lines import Interrupted, Left, Lines
from .telling import Teller, current, read_again

HOLD_SECONDS = 2.0
"""How long is waited to hear whether another window writes in a conversation."""
SAVE_SECONDS = 1.0
"""How long a turn may take to save what came, once the program is to end."""
LOOK_SECONDS = 0.1
"""How often it is looked whether Ctrl+C came, while a reply is written."""
SHORT = 150
"""Words of an answer that is read out when its conversation is opened."""
WAITING_SECONDS = 20.0
"""After which it is said that nothing came yet."""


class Room:
    """One reader's conversation."""

    def __init__(self, session: Session, lines: Lines, conversation: Conversation | None) -> None:
        self.session = session
        self.lines = lines
        self.say = lines.say
        self.conversation = conversation
        self.wishes = Wishes()
        self._came: queue.SimpleQueue[Turn | _Question] = queue.SimpleQueue()
        self._turns = Turns(lambda id, turn: self._came.put(turn))

    # -- turns ---------------------------------------------------------------------------------------------

    def ask(self, text: str) -> None:
        """Send a question, and read the answer out."""
        now = now_ms()
        conversation = self.conversation
        if conversation is None:
            conversation = Conversation(new_id(), title_from(text), created_at=now, updated_at=now)
            self.session.store.create(conversation)
            self.conversation = conversation
        self._turn([Node(new_id(), conversation.head_id, "user", (TextBlock(text),), "typed", created_at=now)])

    def go_on(self) -> None:
        """Continue the last reply; what an empty line does."""
        head = self.conversation.head if self.conversation is not None else None
        if not self.can_continue():
            self.say("There is nothing to continue. Type a question.")
        else:
            self._turn([], raising=stopped_by_money(head))

    def can_continue(self) -> bool:
        """Whether there is something to go on with."""
        here = self.conversation
        return here is not None and plan(here.path(), self.session.settings(here, self.wishes)) is not None

    def ask_again(self, question: Node, model: str | None) -> None:
        """Another answer to a question."""
        if self.conversation is not None:
            self.conversation = self.conversation.with_head(question.id)
            self._turn([], model=model)

    def _turn(self, question: Sequence[Node], *, raising: bool = False, model: str | None = None) -> None:
        conversation = self.conversation
        if conversation is None:
            return
        if self._elsewhere(conversation.id):
            self.say("Another window writes in this conversation. Your text was not sent.")
            return
        wishes = self.wishes if model is None else replace(self.wishes, model=model)
        try:
            means = replace(self.session.means(), approve=self._approve)
        except ClaudeTuiError as error:
            self.say(str(error))
            return
        settings = self.session.settings(conversation, wishes)
        running = self._turns.start(conversation, settings, means, question, raising=raising)
        if running is None:
            return
        self.lines.interrupted = False
        teller = Teller(self.say, conversation)
        turn, heard, stopped = None, time.monotonic(), False
        while turn is None or turn.phase != "done":
            if (self.lines.interrupted or self.lines.ending) and not stopped:
                self.lines.interrupted, stopped = False, True
                running.cancel.cancel()
            came = self._next()
            if isinstance(came, Turn):
                if came.phase not in ("connecting", "waiting"):
                    heard = float("inf")
                turn = came
                if turn.phase != "done":
                    teller.show(turn)
            elif came is not None:
                came.answer("Stopped by the person." if stopped else self._allowed(came.use))
            elif time.monotonic() - heard > WAITING_SECONDS:
                heard = time.monotonic()
                self.say("Still waiting for Claude.")
        self._turns.ended(conversation.id)
        self.conversation = turn.conversation
        teller.end(turn)
        if self.lines.ending:
            raise Left(self.lines.ending)

    def _next(self) -> Turn | _Question | None:
        """What came, of several snapshots the newest; None for a moment without anything."""
        try:
            found = self._came.get(timeout=LOOK_SECONDS)
            while isinstance(found, Turn) and found.phase != "done" and not self._came.empty():
                found = self._came.get()
        except queue.Empty:
            return None
        return found

    def _elsewhere(self, conversation_id: str) -> bool:
        with suppress(TimeoutError, ClaudeTuiError):  # a disk that does not answer keeps nobody from asking
            return self.session.store.hold(conversation_id).result(HOLD_SECONDS) is not None
        return False

    def leave(self) -> None:
        """The conversation is left: another window may write there."""
        if self.conversation is not None:
            self.session.store.let_go(self.conversation.id)

    def close(self) -> None:
        """The program ends: what is being written gets a moment to save what came."""
        self._turns.stop_all(SAVE_SECONDS)
        self.leave()

    # -- consent -------------------------------------------------------------------------------------------

    def _approve(self, use: ToolUseBlock, cancel: Cancel) -> str | None:
        """On the tool's thread."""
        question = _Question(use)
        cancel.on_cancel(lambda: question.answer("Stopped by the person."))
        self._came.put(question)
        return question.wait()

    def _allowed(self, use: ToolUseBlock) -> str | None:
        self.say(f"Claude asks to use {clean_line(use.name, 60)}, with:")
        for name, value in use.input.items():
            self.say(f"{name}: {value}")
        try:
            typed = self.lines.ask("May it? y or n", fresh=True)
        except Interrupted:
            typed = None
        return None if typed is not None and typed.strip().lower() in ("y", "yes") else "The person said no."

    # -- conversations -------------------------------------------------------------------------------------

    def open(self, conversation: Conversation) -> None:
        """Another conversation; where it stands is said."""
        self.leave()
        self.conversation = conversation
        self.wishes = Wishes()
        self.tell_where()

    def tell_where(self) -> None:
        """Which conversation is open, and its last question and answer."""
        here = self.conversation
        if here is None:
            return
        self.say(f"Open: {clean_line(here.title)}.")
        question = next((node for node in reversed(here.path()) if node.origin == "typed"), None)
        if question is not None:
            self.say(f"You: {visible_text(question.content)}")
            words = len(current(here, {}).text.split())
            if words > SHORT:
                self.say(f"Claude answered in {words:,} words. /read reads them.")
            else:
                self.read_again()
        if self.can_continue():
            self.say("The last reply is not complete. An empty line goes on.")

    def read_again(self) -> None:
        """The last answer once more."""
        lines = read_again(self.conversation) if self.conversation is not None else []
        for place, line in enumerate(lines):
            self.say(line if place else f"Claude: {line}")
        if not lines:
            self.say("There is no answer yet.")


class _Question:
    """Whether a tool may run; asked on its thread, answered by the reader."""

    def __init__(self, use: ToolUseBlock) -> None:
        self.use = use
        self._answered = threading.Event()
        self._refusal: str | None = None

    def answer(self, refusal: str | None) -> None:
        """The first answer holds."""
        if not self._answered.is_set():
            self._refusal = refusal
            self._answered.set()

    def wait(self) -> str | None:
        """Why it may not, once that is known; None where it may."""
        self._answered.wait()
        return self._refusal
