"""Where a turn stands: what it has tried, waited, spent and saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..cancel import Cancel
from ..core import retry
from ..core.conversation import Conversation, Join, Node, Origin
from ..core.message import ContentBlock, Role
from ..core.models import nearest_models
from ..core.pricing import NOTHING
from ..core.request import Settings
from ..core.retry import Failure, Stop
from .values import Means, Phase, Turn


class Course:
    """What the loop and the reply it waits for both know and change."""

    def __init__(self, conversation: Conversation, settings: Settings, means: Means, cancel: Cancel) -> None:
        self.conversation = conversation
        self.settings = settings
        self.means = means
        self.cancel = cancel
        self.pending: list[Node] = []
        """Nodes that are part of the conversation and not yet saved: they go with the next reply."""
        self.made: set[str] = set()
        """Nodes of this turn: only their tool calls are run, any other's may have run before."""
        self.continues_left = means.auto_continue
        self.repairs: set[str] = set()
        self.tries = 0
        """Attempts since anything of an answer came."""
        self.waited = 0.0
        self.started = means.clock()
        self.spent = NOTHING
        self.saved = True
        self.failure: Failure | None = None

    # -- the conversation --------------------------------------------------------------------------

    def node(self, role: Role, origin: Origin, content: Sequence[ContentBlock], join: Join) -> Node:
        """A node after the head; not added yet."""
        return Node(
            id=self.means.new_id(),
            parent_id=self.conversation.head_id,
            role=role,
            content=tuple(content),
            origin=origin,
            created_at=self.means.now(),
            join=join,
        )

    def add(self, node: Node, *, pending: bool = False) -> None:
        """Make ``node`` part of the conversation, and its head."""
        self.conversation = self.conversation.with_node(node)
        self.made.add(node.id)
        if pending:
            self.pending.append(node)

    # -- failures ----------------------------------------------------------------------------------

    def decide(self, failure: Failure, *, has_content: bool) -> retry.Action:
        """What follows from a failure, as ``core/retry.py`` says."""
        if self.cancel.cancelled:
            return Stop()
        return retry.decide(
            failure,
            attempt=self.tries,
            waited=self.waited,
            has_content=has_content,
            continues_left=self.continues_left,
            repaired=bool(self.repairs),
            chance=self.means.chance(),
        )

    def count_down(self, seconds: float, failure: Failure, **more: Any) -> Iterator[Turn]:
        """Wait, saying for what and how long; a cancel ends it."""
        self.waited += seconds
        clock = self.means.clock
        until = clock() + seconds
        sentence = f"{failure.sentence} Try {self.tries + 1} of {retry.TRIES}."
        while (left := until - clock()) > 0:
            yield self.turn("retrying", sentence=sentence, wait=left, **more)
            if self.cancel.wait(min(left, self.means.patience.idle)):
                return

    def answered(self) -> None:
        """Something of an answer came: tries are counted anew."""
        self.tries, self.waited = 0, 0.0

    def explained(self, failure: Failure) -> Failure:
        """The failure with what only we know: for a model that is not there, the names that look like it."""
        model = self.settings.model.id
        if failure.kind != "not_found" or model not in f"{failure.sentence} {failure.detail}":
            return failure
        sentence = f"The API does not know the model {model}."
        if near := [name for name in nearest_models(model) if name != model]:
            sentence = f"The API does not know the model {model}; did you mean {' or '.join(near)}?"
        return replace(failure, sentence=sentence)

    # -- snapshots ---------------------------------------------------------------------------------

    def turn(self, phase: Phase, **more: Any) -> Turn:
        """A snapshot of where the turn stands."""
        more.setdefault("cost", self.spent)
        more.setdefault("failure", self.failure)
        saved = self.saved and self.means.store.trouble is None
        return Turn(self.conversation, phase, started=self.started, saved=saved, **more)
