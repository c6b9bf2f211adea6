"""Replies in conversations that are not open: where one is being written, and where one ended unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..turn import Turn
from .format import fit
from .turns import Turns

if TYPE_CHECKING:
    from .widgets.line_list import Piece

_TITLE = 32
"""Cells of a title on the rule."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A reply that ended while another conversation was open."""

    title: str
    mark: Piece


class Elsewhere:
    """What goes on behind the open conversation."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._ended: dict[str, Ended] = {}

    def ended(self, turn: Turn) -> None:
        """A reply ended that nobody looked at."""
        head = turn.conversation.head
        cut = turn.failure is not None or (head is not None and head.can_continue)
        mark: Piece = ("cut", "warn") if cut else ("new", "accent")
        self._ended[turn.conversation.id] = Ended(turn.conversation.title, mark)

    def looked_at(self, conversation_id: str) -> None:
        """It was opened, or thrown away."""
        self._ended.pop(conversation_id, None)

    def marks(self) -> Mapping[str, Piece]:
        """How conversations are marked in the list, the open one among them."""
        marks = {id: ended.mark for id, ended in self._ended.items()}
        for id in self._turns.ids:
            running = self._turns.get(id)
            phase = running.turn.phase if running is not None and running.turn is not None else "connecting"
            marks[id] = ("stopping" if running is not None and running.stopping else phase, "accent")
        return marks

    def sentence(self, opened: str | None, key: str) -> str:
        """What the rule says of it; empty when there is nothing to say. ``key`` lists the conversations."""
        running = [self._turns.get(id) for id in self._turns.ids if id != opened]
        titles = [one.turn.conversation.title if one and one.turn else "" for one in running]
        said = [*_said(titles, "is being written", "replies are being written")]
        said += _said([ended.title for ended in self._ended.values()], "has ended", "replies have ended")
        return " · ".join([*said, key]) if said else ""


def _said(titles: Sequence[str], one: str, more: str) -> list[str]:
    match len(titles):
        case 0:
            return []
        case 1:
            return [f"“{fit(titles[0], _TITLE)}” {one}"]
        case count:
            return [f"{count} {more}"]
