"""Replies in conversations that are not open: where one is being written, and where one ended unseen.

What ended unseen is marked until it is looked at, in a later run too, and shown from where it was left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ...turn import Turn
from ..turns import Turns
from ..widgets.place import Place
from ..words.format import fit

if TYPE_CHECKING:
    from ..widgets.line_list import Piece

_TITLE = 32
"""Cells of a title on the rule."""
_MOST = 100
"""Replies that are remembered as not seen."""
_MARKS: Mapping[str, Piece] = {"cut": ("cut", "warn"), "new": ("new", "accent")}

Unseen: TypeAlias = Mapping[str, Mapping[str, object]]


class Elsewhere:
    """What goes on behind the open conversation."""

    def __init__(self, turns: Turns, unseen: Unseen, remember: Callable[[Unseen], object]) -> None:
        """``unseen`` is what an earlier run remembered, and ``remember`` keeps it for a later one."""
        self._turns = turns
        self._remember = remember
        self._unseen = dict(unseen)
        self._ended: dict[str, str] = {}
        """Titles of those of this run."""
        self._left: dict[str, Place] = {}
        """Up to where conversations were read in which a reply went on."""

    def left(self, conversation_id: str, place: Place | None) -> None:
        """Another conversation is opened; that one was read up to there."""
        if place is not None and self._turns.get(conversation_id) is not None:
            self._left[conversation_id] = place

    def ended(self, turn: Turn) -> None:
        """A reply ended that nobody looked at."""
        head = turn.conversation.head
        cut = turn.failure is not None or (head is not None and head.can_continue)
        id, how = turn.conversation.id, "cut" if cut else "new"
        self._ended[id] = turn.conversation.title
        place = self._left.get(id)
        self._unseen[id] = {"how": how, **({"text": place.key, "offset": place.offset} if place else {})}
        self._unseen = dict(list(self._unseen.items())[-_MOST:])
        self._remember(self._unseen)

    def looked_at(self, conversation_id: str) -> Place | None:
        """It was opened, or thrown away: up to where it was read before, if a reply went on since."""
        self._ended.pop(conversation_id, None)
        left = self._left.pop(conversation_id, None)
        unseen = self._unseen.pop(conversation_id, None)
        if unseen is None:
            return left
        self._remember(self._unseen)
        match unseen:
            case {"text": str(key), "offset": int(offset)}:
                return left or Place(key, offset)
            case _:
                return left

    def marks(self) -> Mapping[str, Piece]:
        """How conversations are marked in the list, the open one among them."""
        marks = {id: _MARKS["cut" if each.get("how") == "cut" else "new"] for id, each in self._unseen.items()}
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
        said += _said(list(self._ended.values()), "has ended", "replies have ended")
        return " · ".join([*said, key]) if said else ""


def _said(titles: Sequence[str], one: str, more: str) -> list[str]:
    match len(titles):
        case 0:
            return []
        case 1:
            return [f"“{fit(titles[0], _TITLE)}” {one}"]
        case count:
            return [f"{count} {more}"]
