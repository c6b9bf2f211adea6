"""Messages that cross from worker threads to screens."""

from __future__ import annotations

from textual.message import Message

from ..turn import Turn


class TurnUpdated(Message):
    """A turn has a newer snapshot; an unseen older one of the same conversation gives way to it."""

    def __init__(self, conversation_id: str, turn: Turn) -> None:
        super().__init__()
        self.conversation_id = conversation_id
        self.turn = turn

    def can_replace(self, message: Message) -> bool:
        """Snapshots hold all there is to show, so nothing is lost."""
        return isinstance(message, TurnUpdated) and message.conversation_id == self.conversation_id
