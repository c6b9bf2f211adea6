"""The chat: one desk with all that can be done at it, put together here.

Every command of the table is a method of one of its parts, ``command_`` and its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .aside import Asiding
from .asking import Asking
from .branching import Branching
from .housekeeping import Housekeeping
from .making_room import MakingRoom
from .porting import Porting
from .putting_by import PuttingBy
from .queueing import Queueing
from .quoting import Quoting
from .recalling import Recalling
from .replying import Replying
from .wearing import Wearing

if TYPE_CHECKING:
    from ...session import Session
    from ..screens.chat import ChatScreen
    from ..turns import Turns


class Chat(Asking):
    """The desk, and its parts. The uppermost layer, which alone knows all of them; here it is seen who needs whom."""

    def __init__(self, screen: ChatScreen, session: Session, turns: Turns) -> None:
        super().__init__(screen, session, turns)
        self.queue = Queueing(self)
        self.asides = Asiding(self, self.reader)
        self.branching = Branching(self)
        self.making_room = MakingRoom(self)
        self.parts = [
            self.attaching,
            self.budgeting,
            self.choices,
            self.reader,
            self.sharing,
            self.queue,
            self.asides,
            self.branching,
            self.keeping,
            self.making_room,
            Replying(self, self.keeping),
            Recalling(self, self.keeping, self.branching, self.asides),
            Porting(self, self.keeping),
            PuttingBy(self),
            Quoting(self),
            Wearing(self, self.choices),
            Housekeeping(self),
        ]
