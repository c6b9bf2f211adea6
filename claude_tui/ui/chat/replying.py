"""What is done with the reply at hand: it goes on, is stopped, kept, set aside, and looked at closely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.pieces import pieces
from ..words import about
from ..words.endings import stopped_by_money

if TYPE_CHECKING:
    from ...core.conversation import Conversation
    from ...store import Recovered
    from .asking import Asking
    from .keeping import Keeping


class Replying:
    """The reply at hand of one desk."""

    def __init__(self, desk: Asking, keeping: Keeping) -> None:
        self._desk = desk
        self._keeping = keeping

    def command_continue(self, argument: str) -> None:
        """Go on where the reply was cut; in an empty window, with the reply that a crash cut."""
        if self._desk.conversation is None and self._desk.offers:
            self._desk.open(self._open_and_continue(self._desk.offers[-1].conversation_id))
        elif (
            self._desk.conversation is not None
            and (running := self._desk.turns.get(self._desk.conversation.id)) is not None
        ):
            if self._desk.turn is not None and self._desk.turn.may_hurry:
                running.cancel.hurry()
            else:
                self._desk.say("The reply is being written already.")
        elif self._desk.send_anew(self._desk.prompt.full):
            pass
        elif not self._desk.can_continue():
            reply = self._desk.conversation is not None and self._desk.conversation.head_id is not None
            what = "The reply is complete" if reply else "There is no reply yet"
            self._desk.say(f"{what}: there is nothing to continue.")
        else:
            head = self._desk.conversation.head if self._desk.conversation is not None else None
            self._desk.queue.release()
            self._desk.begin_turn([], raising=stopped_by_money(head))

    async def _open_and_continue(self, conversation_id: str) -> None:
        if await self._keeping.load(conversation_id) and self._desk.can_continue():
            self._desk.begin_turn([])

    def command_stop(self, argument: str) -> None:
        """Stop the reply; what came stays."""
        running = self._desk.turns.get(self._desk.conversation.id) if self._desk.conversation else None
        if running is not None:
            running.stopping = True
            running.cancel.cancel()
            self._desk.queue.hold()
            self._desk.show_status()
        elif self._desk.screen.focused is not self._desk.prompt:
            self._desk.prompt.focus()
        elif self._desk.drafts.editing is not None:
            self._desk.drafts.leave_edit()
        elif self._desk.conversation is None and self._desk.offers and not self._desk.prompt.text:
            self.command_keep("")

    def command_keep(self, argument: str) -> None:
        """Leave the reply that a crash cut as it is."""
        if self._desk.conversation is None and self._desk.offers:
            cut = self._desk.offers.pop()
            self._desk.say(
                f"Kept: “{cut.title}” is in the list ({self._desk.keys.get('open', '/open')}), marked as cut."
            )
            self._desk.show_conversation()
        else:
            self._desk.say("What came is kept, as always.")

    def command_discard(self, argument: str) -> None:
        """Set a cut reply aside; in an empty window, the one that a crash cut."""
        if self._desk.conversation is None and self._desk.offers:
            self._desk.run(self._discard_offered(self._desk.offers.pop()))
            return
        conversation, head = self._desk.conversation, self._desk.conversation.head if self._desk.conversation else None
        if conversation is None or self._desk.turns.get(conversation.id) is not None:
            self._desk.say("There is no cut reply here." if conversation is None else "The reply is being written.")
        elif not self._desk.sharing.may_write():
            return
        elif head is None or head.role != "assistant" or head.status == "complete":
            self._desk.say("There is no cut reply here.")
        else:
            self._desk.move_head(self._discard(conversation, head.id))
            self._desk.show_conversation()

    async def _discard_offered(self, cut: Recovered) -> None:
        conversation = await self._desk.wait(self._desk.session.store.load(cut.conversation_id))
        if conversation is None:
            self._desk.say("That conversation cannot be read.", severity="error")
        elif any(node.id == cut.node_id for node in conversation.path()):
            self._desk.session.store.set_head(conversation.id, self._discard(conversation, cut.node_id).head_id)
        if self._desk.conversation is None:
            self._desk.show_conversation()

    def _discard(self, conversation: Conversation, node_id: str) -> Conversation:
        self._keeping.removed.append((conversation.id, conversation.head_id or ""))
        self._desk.say(f"The cut reply in “{conversation.title}” is set aside; /restore brings it back.")
        return conversation.with_head(about.set_aside(conversation, node_id))

    def command_receipt(self, argument: str) -> None:
        """Everything known about the reply at hand, else the last one; and, a key away, about every other."""
        from ..screens.info import InfoScreen
        from ..words.receipt import receipt, replies, reply_at

        conversation = (
            about.as_shown(self._desk.conversation, self._desk.turn) if self._desk.conversation is not None else None
        )
        found = replies(conversation.path()) if conversation is not None else ()
        if conversation is None or not found:
            self._desk.say("There is no reply yet.")
            return
        note = self._desk.titling.notes.get(conversation.id)
        titled = (("title", note),) if note else ()
        at = reply_at(conversation.path(), self._desk.transcript.question_at_hand())
        own = self._desk.session.config.models
        self._desk.window.push_screen(
            InfoScreen(
                lambda place: ("Receipt", (*receipt(conversation, found[place], own), *(() if place else titled))),
                count=len(found),
                at=at,
                copy=lambda text: self._desk.reader.copy(text, "the receipt"),
            )
        )

    def command_pieces(self, argument: str) -> None:
        """The last reply's raw pieces, as they came."""
        from ..screens.pieces import PiecesScreen

        path = self._desk.conversation.path() if self._desk.conversation else ()
        found = pieces(path, self._desk.turn.live if self._desk.turn is not None else None)
        if found:
            self._desk.window.push_screen(PiecesScreen(found, self._desk.reader.copy))
        else:
            self._desk.say("There is no reply yet.")
