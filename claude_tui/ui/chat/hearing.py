"""What is heard of the turns of a desk: their snapshots, their notes, and how they ended."""

from __future__ import annotations

from ...core.conversation import Conversation
from ...core.message import visible_text
from ...session import Session
from ...turn import Turn
from ..screens.chat import ChatScreen
from ..turns import NOT_ASKED, Turns
from ..words import about
from .desk import Desk
from .waiting import is_key_of_waiting


class Hearing(Desk):
    """The desk, and what comes of the turns begun at it.

    A layer, for every snapshot makes another conversation and turn of those the desk has.
    """

    def __init__(self, screen: ChatScreen, session: Session, turns: Turns) -> None:
        super().__init__(screen, session, turns)
        self._stood: dict[str, str] = {}
        """Where the reader stood before a retry or an undone Esc, by conversation; empty for before the first message.
        """
        self._taken_back: dict[str, tuple[str, str]] = {}
        """Questions that an Esc brought back to the prompt, by conversation: the end of their branch, and the text."""
        self._noted: dict[str, int] = {}
        """How many notes of the turn under way were told, by conversation."""
        self.left: dict[str, str] = {}
        """Where the reader was last in branches they left, by every message of these."""

    def show_turn(self, conversation_id: str, turn: Turn) -> None:
        """A newer snapshot of some conversation's turn."""
        turn = self.turns.titled(turn)
        ended = turn.phase == "done"
        sent = self.drafts.sent.pop(conversation_id, None) if turn.phase != "connecting" else None
        stood = self._stood.pop(conversation_id, None) if ended else None
        if ended:
            self.titling.consider(turn.conversation)
            self.run(self.budgeting.look())
        self._tell_notes(conversation_id, turn)
        refused = ended and turn.failure is not None and turn.failure.detail == NOT_ASKED
        if self.conversation is None or conversation_id != self.conversation.id:
            if refused and sent is not None and not is_key_of_waiting(sent[0]):
                self.session.store.save_draft(conversation_id, self.prompt.pasted.stored_whole(sent[1]))
                self.attaching.save_sent(conversation_id)
            elif sent is not None and not refused:
                self.drafts.serve(sent[0])
            if ended and (conversation_id, "") not in self.keeping.removed:
                self.elsewhere.ended(turn)
                self.say(about.outcome(turn))
            if ended and not self.queue.turn_ended(conversation_id, turn, refused=refused):
                self.leave_place(conversation_id)
            self.show_elsewhere()
            return
        if refused:
            self.queue.turn_ended(conversation_id, turn, refused=True)
            self._refused(turn, sent, stood)
            self.run(self.sharing.find_taken())  # perhaps, and that was not noticed yet
            return
        self.turn = turn if turn.phase != "done" else None
        self.conversation = turn.conversation
        if sent is not None:
            # The question is in the tree on disk: its draft has served.
            self.drafts.serve(sent[0])
        if ended:
            self._turn_ended(turn, stood)
            self.making_room.turn_ended(turn)
            self.drafts.edited.pop(conversation_id, None)
        self.show(turn)
        if ended:
            self.queue.turn_ended(conversation_id, turn)

    def _tell_notes(self, conversation_id: str, turn: Turn) -> None:
        """What a turn has to say of budgets, each sentence once."""
        for sentence in turn.notes[self._noted.get(conversation_id, 0) :]:
            self.say(sentence, severity="warning")
        self._noted[conversation_id] = len(turn.notes)
        if turn.phase == "done":
            del self._noted[conversation_id]

    def _refused(self, turn: Turn, sent: tuple[str, str] | None, stood: str | None) -> None:
        """Nothing was asked: another window writes in the open conversation, say."""
        self.turn = None
        if stood is not None and self.conversation is not None:
            self.conversation = self.conversation.with_head(stood or None)
        if sent is not None and self.conversation is not None and not is_key_of_waiting(sent[0]):
            self.drafts.give_back(self.conversation.id, sent[1])
        why = turn.failure.sentence if turn.failure else ""
        self.say(why + (" Your text is kept." if sent is not None else ""), severity="warning")
        self.show()

    def _turn_ended(self, turn: Turn, stood: str | None) -> None:
        """A turn that brought nothing: back to the answer there was, or the question back into the prompt."""
        conversation = turn.conversation
        edit = self.drafts.edited.get(conversation.id)
        question = about.typed_last(conversation)
        if question is None or turn.failure is None or not about.is_empty(conversation, question):
            return
        path = conversation.path()
        at = path.index(question)
        others = [id for id in about.answers(conversation, question) if id != path[at + 1].id] if path[at + 1 :] else []
        if others:
            head = stood if stood in conversation.nodes else about.end_of(conversation, others[-1])
            self.move_head(conversation.with_head(head))
            self.say(f"{turn.failure.sentence} The answer there was is back.".strip())
        elif self.queue.goes_on_at_once(conversation.id):
            return
        elif turn.failure.kind == "cancelled" and (edit is not None or not self.prompt.text.strip()):
            text = visible_text(question.content)
            self.drafts.give_back(conversation.id, text)
            self._taken_back[conversation.id] = (path[-1].id, text)
            back = stood if edit is not None and stood in conversation.nodes else question.parent_id
            self.move_head(conversation.with_head(back))
            self.say("Stopped before the first word: your question is back in the prompt.")

    def leave_branch(self, conversation: Conversation) -> None:
        """Remember where the reader is: coming back to any message of this branch, they are there again."""
        if conversation.head_id:
            self.left.update(dict.fromkeys((node.id for node in conversation.path()), conversation.head_id))

    def move_head(self, conversation: Conversation) -> None:
        self.conversation = conversation
        if self.follows is None:
            self.session.store.set_head(conversation.id, conversation.head_id)
