"""What is sent while a reply is written: it waits above the prompt, and goes when the reply is complete.

It goes after a reply that simply ended, one message after another; after any other end it waits for a person.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ...attachments.reading import Refusal
from ...core.conversation import Conversation, Node
from ...core.message import TextBlock
from ...core.request import Settings
from ...core.retry import MONEY
from ...core.view import exchanges
from ...ids import new_id
from ...session import now_ms
from ...turn import Turn
from ..keys.typed import as_typed, find
from .asking import as_meant
from .waiting import Line, Waiting

if TYPE_CHECKING:
    from ..screens.queue import QueueScreen
    from ..turns import Running
    from .asking import Asking

LEFT = "as they were left"
"""Why what an earlier run, or another window, left waiting is not sent by itself."""


class Queueing:
    """What waits to be sent from one desk."""

    def __init__(self, desk: Asking) -> None:
        self._desk = desk
        self._lines: dict[str, Line] = {}
        """What waits, by conversation: in the open one, and where a reply goes on."""
        self._at_once: set[str] = set()
        """Conversations in which a reply was stopped so that something is sent now."""
        self._list: QueueScreen | None = None
        """The list of what waits, while one looks at it."""

    # -- what waits ------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> Line | None:
        """What waits in the open conversation, if anything does."""
        line = self._lines.get(self._desk.conversation.id) if self._desk.conversation is not None else None
        return line if line is not None and line.items else None

    def _line(self, conversation_id: str) -> Line:
        return self._lines.setdefault(conversation_id, Line(conversation_id, self._desk.session.store))

    def _running(self) -> Running | None:
        """The turn under way in the open conversation, where this window writes."""
        conversation = self._desk.conversation
        return (
            self._desk.turns.get(conversation.id) if conversation is not None and self._desk.follows is None else None
        )

    async def restore(self) -> None:
        """The conversation was opened: what was left there to be sent is shown again, and waits for a person."""
        conversation = self._desk.conversation
        if conversation is None or self._desk.follows is not None or conversation.id in self._lines:
            return
        drafts = await self._desk.wait(self._desk.session.store.drafts())
        if not self._desk.is_open(conversation.id) or conversation.id in self._lines:
            return
        line = Line(conversation.id, self._desk.session.store, held=LEFT)
        line.read(drafts, self._desk.conversation.nodes if self._desk.conversation is not None else {})
        if line.items:
            self._lines[conversation.id] = line
            self.show()

    def forget(self, conversation_id: str) -> None:
        """What waits there is on the disk; where that takes nothing now, it is kept in mind."""
        if self._desk.session.store.trouble is None:
            self._lines.pop(conversation_id, None)

    def lost_place(self, conversation_id: str) -> None:
        """Another window took the conversation over, and what waits in it."""
        self.forget(conversation_id)
        self.show()

    def show(self) -> None:
        """Tell the lines above the prompt what waits."""
        line = self.waiting
        self._desk.prompt.waiting = line is not None
        if line is None:
            self._desk.screen.waiting.show((), "")
            return
        sends, lists = self._desk.key_of("send-now"), self._desk.key_of("queue")
        hint = f"{sends} sends it · {line.held}" if line.held else f"{sends} sends it now"
        self._desk.screen.waiting.show([item.line for item in line.items], f"{hint} · {lists} lists", bool(line.held))

    # -- waiting -----------------------------------------------------------------------------------------------

    def took(self, text: str) -> bool:
        """Whether a question waits from now on for the end of the reply that is written."""
        running = self._running()
        if running is None or self._desk.drafts.editing is not None:
            return False
        if self._wait_with(text, first=running.stopping) and running.stopping:
            self._at_once.add(running.conversation_id)  # it was stopped for this, or before it was thought of
        return True

    def _wait_with(self, text: str, *, first: bool = False) -> bool:
        """Put a message, with what is attached, into the line; whether it is there."""
        conversation = self._desk.conversation
        assert conversation is not None
        if why := self._desk.attaching.refused(self._desk.session.settings(conversation, self._desk.wishes).model):
            self._desk.prompt.restore(as_typed(text))
            self._desk.say(why, severity="warning")
            return False
        line = self._line(conversation.id)
        line.held = ""
        line.add(new_id(), text, self._desk.attaching.set_aside(), first=first)
        # Its row is written before the draft that it was goes.
        self._desk.drafts.serve(self._desk.drafts.key)
        self.show()
        return True

    # -- sending -----------------------------------------------------------------------------------------------

    def goes_on_at_once(self, conversation_id: str) -> bool:
        """Whether the turn there was stopped so that something else is sent."""
        return conversation_id in self._at_once

    def turn_ended(self, conversation_id: str, turn: Turn, *, refused: bool = False) -> bool:
        """A turn ended, or was not begun: whether what waits for that is sent now."""
        line = self._lines.get(conversation_id)
        at_once = conversation_id in self._at_once
        self._at_once.discard(conversation_id)
        if line is None:
            return False
        if refused:
            line.put_back()
        line.under_way = None
        if not line.items:
            self._lines.pop(conversation_id)
            return False
        why = "it could not be sent" if refused else "" if at_once else why_not_now(turn)
        if why or line.held:
            line.held = line.held or why
            self._say_held(line, turn)
            self.show()
            return False
        if self._desk.is_open(conversation_id):
            return self._send_first(line)
        self._desk.run(self._send_behind(line, turn.conversation))
        return True

    def wait_again(self, conversation_id: str) -> None:
        """A message that had waited was not sent."""
        line = self._line(conversation_id)
        line.put_back()
        line.held = line.held or "it could not be sent"
        self.show()

    def _say_held(self, line: Line, turn: Turn) -> None:
        count = len(line.items)
        what = "Your next message waits" if count == 1 else f"{count} messages wait"
        if self._desk.is_open(line.conversation_id):
            self._desk.say(
                f"{what}: {line.held}. {self._desk.key_of('send-now')} sends {'it' if count == 1 else 'them'}."
            )
        else:
            self._desk.say(f"{what} in “{turn.conversation.title}”: {line.held}.")

    def _send_first(self, line: Line) -> bool:
        """Send the first of what waits in the open conversation; whether it is on its way."""
        conversation = self._desk.conversation
        if conversation is None or not line.items or not self._desk.sharing.may_write():
            return False
        question = self._question(line, conversation, self._desk.session.settings(conversation, self._desk.wishes))
        if question is not None and line.under_way is not None:
            self._desk.attaching.warn()
            self._desk.drafts.on_its_way(conversation.id, line.under_way.key, line.under_way.text)
            self._desk.drafts.remember(line.under_way.text)
            self._desk.begin_turn([question], follow=False)
        self.show()
        return self._desk.turns.get(conversation.id) is not None

    async def _send_behind(self, line: Line, conversation: Conversation) -> None:
        """Send the first of what waits in a conversation that was left while a reply was written there."""
        id = conversation.id
        chosen = await self._desk.wait(self._desk.session.store.choice(id))
        if self._lines.get(id) is not line or not line.items or self._desk.turns.get(id) is not None:
            return
        if self._desk.is_open(id):
            self._send_first(line)
            return
        conversation = replace(conversation, chosen=chosen)
        settings = self._desk.session.settings(conversation)
        try:
            means = self._desk.session.means()
        except Exception as error:
            self._desk.say(str(error), severity="error")
            self._desk.leave_place(id)
            return
        question = self._question(line, conversation, settings)
        if question is None or line.under_way is None:
            self._desk.leave_place(id)
            return
        self._desk.drafts.on_its_way(id, line.under_way.key, line.under_way.text)
        self._desk.turns.start(conversation, settings, means, [question], partial(self._desk.sharing.taken, id))
        self._desk.show_elsewhere()

    def _question(self, line: Line, conversation: Conversation, settings: Settings) -> Node | None:
        """The first of what waits, taken out as the question that is sent now; None where it cannot be."""
        first = line.items[0]
        try:
            if why := self._desk.attaching.refused_with(conversation, first.files, settings.model):
                raise Refusal(why)
            files = self._desk.attaching.send_these(conversation.id, first.files)
        except Refusal as error:
            line.held = "its files cannot go"
            self._desk.say(str(error), severity="warning")
            return None
        line.take()
        if self._list is not None:
            self._list.show_again()
        content = (*files, TextBlock(first.text))
        return Node(first.id, conversation.head_id, "user", content, "typed", created_at=now_ms())

    def hold(self) -> None:
        """Esc: what waits in the open conversation is sent when a person says so."""
        conversation = self._desk.conversation
        line = self.waiting
        if conversation is not None:
            self._at_once.discard(conversation.id)
        if line is not None:
            line.held = "the reply was stopped"
            self.show()

    def release(self) -> None:
        """The reply that was cut goes on as if nothing had happened: so does what waits for its end."""
        if (line := self.waiting) is not None:
            line.held = ""
            self.show()

    def command_send_now(self, argument: str) -> None:
        """Stop the reply and send what is typed, else the first of what waits."""
        text = argument or ("" if find(self._desk.prompt.text) is not None else self._desk.prompt.full)
        running, line = self._running(), self.waiting
        if text.strip() and (running is None or self._desk.drafts.editing is not None):
            self._send_typed(text, argument)
        elif text.strip() and running is not None:
            if not argument:
                self._desk.prompt.set_text("")
            if self._wait_with(as_meant(text), first=True):
                self._stop_for_it(running)
        elif line is None:
            self._desk.say("Nothing is typed, and nothing waits.")
        elif running is not None:
            line.held = ""
            self._stop_for_it(running)
        elif self._desk.sharing.may_write():
            line.held = ""
            self._send_first(line)

    def _send_typed(self, text: str, argument: str) -> None:
        """As Enter does."""
        if not argument:
            self._desk.prompt.set_text("")
        self._desk.submitted(text)

    def _stop_for_it(self, running: Running) -> None:
        self._at_once.add(running.conversation_id)
        running.stopping = True
        running.cancel.cancel()
        self.show()
        self._desk.show_status()

    # -- looking at it -----------------------------------------------------------------------------------------

    def command_queue(self, argument: str) -> None:
        """What waits: to be written otherwise, put in another order, left out."""
        from ..screens.queue import QueueScreen

        line = self.waiting
        if line is None:
            self._desk.say("Nothing waits to be sent. What is sent while a reply is written does.")
            return

        def chosen(id: str | None) -> None:
            self._list = None
            item = next((item for item in line.items if item.id == id), None)
            if item is not None:
                self._desk.run(self._take_up_waiting(line, item))

        self._list = QueueScreen(line, self.show)
        self._desk.window.push_screen(self._list, chosen)

    def recall(self) -> None:
        """The last of what waits, back into the prompt."""
        if (line := self.waiting) is not None:
            self._desk.run(self._take_up_waiting(line, line.items[-1]))

    async def _take_up_waiting(self, line: Line, item: Waiting) -> None:
        """It is a draft again; what is typed stays behind it."""
        if item not in line.items or not self._desk.is_open(line.conversation_id):
            return
        self._desk.prompt.restore(as_typed(item.text))
        self._desk.drafts.keep()
        line.drop(item, kept_elsewhere=True)
        self.show()
        self._desk.prompt.focus()
        if item.files:
            await self._desk.attaching.take_up(item.files)


def why_not_now(turn: Turn) -> str:
    """Why what waits is not sent after a turn that ended so; empty after one that simply ended."""
    head, failure = turn.conversation.head, turn.failure
    if failure is not None:
        if failure.kind in MONEY:
            return "a budget is in the way"
        return "the reply was stopped" if failure.kind == "cancelled" else "the reply was cut"
    if head is None or head.role != "assistant" or head.status != "complete":
        return "the reply is not whole"
    if head.stop_reason == "refusal":
        return "the model declined"
    if "lowered" in head.facts and head.stop_reason == "max_tokens":
        return "the budget allowed no more"
    if head.stop_reason in ("end_turn", "stop_sequence") and exchanges(turn.conversation.path())[-1].text.strip():
        return ""
    return "the reply is not whole"
