"""Where a turn stands: what it has tried, waited, spent and saved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ..cancel import Cancel
from ..core import retry
from ..core.catalogue import has_left, leaving
from ..core.conversation import Conversation, Join, Node, Origin
from ..core.live import Pace
from ..core.message import ContentBlock, JsonObject, Role
from ..core.models import nearest_models
from ..core.pricing import NOTHING
from ..core.request import Settings
from ..core.retry import Failure, Stop
from .allowance import SIZE
from .spending import day_of
from .values import Means, Phase, Turn


class Course:
    """What the loop and the reply it waits for both know and change."""

    def __init__(
        self, conversation: Conversation, settings: Settings, means: Means, cancel: Cancel, raising: bool = False
    ) -> None:
        self.conversation = conversation
        self.settings = settings
        self.means = means
        if settings.model.id in means.no_prefill:
            self.ask_only()
        self.cancel = cancel
        self.pending: list[Node] = []
        """Nodes that are part of the conversation and not yet saved: they go with the next reply."""
        self.made: set[str] = set()
        """Nodes of this turn: only their tool calls are run, any other's may have run before."""
        self.continues_left = means.auto_continue
        self.repaired = False
        self.strip_thinking = False
        """The next request goes without thinking in its history."""
        self.tries = 0
        """Attempts since anything of an answer came."""
        self.waited = 0.0
        """Seconds waited since then of our own accord."""
        self.held = 0.0
        """Seconds until what was decided may be done: too much was done already that nobody asked for."""
        self.started = means.clock()
        self.spent = NOTHING
        self.saved = True
        self.failure: Failure | None = None
        self.raising = raising
        """Whether the next request may raise the budget that is in its way: a person said so, once."""
        ending: Any = conversation.head.facts.get("ending") if conversation.head is not None else None
        self.over: Any = cast("JsonObject", ending).get("kind") if isinstance(ending, Mapping) else None
        """What stood in the way when they did."""
        self.notes: list[str] = []
        """What is to be said of budgets."""
        self.budget = 0.0
        """How much of the budget that is nearest to its end is likely spent."""

    def ask_only(self) -> None:
        """From now on the model is asked to go on: it takes no prefill."""
        model = self.settings.model
        self.means.no_prefill.add(model.id)
        self.settings = replace(self.settings, model=replace(model, prefill=False))

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

    def pace(self) -> Pace:
        """How many tokens the model makes of a text."""
        model = self.settings.model.id
        return self.means.paces.get(model) or Pace.first(model)

    def cautious_pace(self) -> Pace:
        """The same, rather too low: before a reply taught it, it is."""
        model = self.settings.model.id
        return self.means.paces[model].cautious if model in self.means.paces else Pace.first(model)

    def teach(self, pace: Pace) -> None:
        """What a reply that was counted says of it."""
        self.means.paces[self.settings.model.id] = pace

    # -- failures ----------------------------------------------------------------------------------

    def decide(self, failure: Failure, *, has_content: bool) -> retry.Action:
        """What follows from a failure, as ``core/retry.py`` says."""
        self.held = 0.0
        if self.cancel.cancelled:
            return Stop()
        action = retry.decide(
            failure,
            attempt=self.tries,
            waited=self.waited,
            has_content=has_content,
            continues_left=self.continues_left,
            repaired=self.repaired,
            chance=self.means.chance(),
            offline=self.means.patience.offline,
        )
        if not isinstance(action, Stop):
            self.held = self.means.allowance.take()
        return action

    def count_down(self, seconds: float, failure: Failure, **more: Any) -> Iterator[Turn]:
        """Wait, saying for what and how long; a cancel ends it, and so does a hurry."""
        if failure.retry_after is None:
            self.waited += seconds
        clock = self.means.clock
        until = clock() + max(seconds, self.held)
        held = f"Only {SIZE} requests a minute go out unasked. " if self.held > seconds else ""
        then = f"Try {self.tries + 1} of {retry.TRIES}." if self.tries else "It goes on."
        sentence = f"{failure.sentence} {held}{then}"
        self.cancel.hurried()  # one that was meant for something else
        while (left := until - clock()) > 0:
            yield self.turn("retrying", sentence=sentence, wait=left, may_hurry=True, failure=failure, **more)
            if self.cancel.wait(min(left, self.means.patience.idle)) or self.cancel.hurried():
                return

    def answered(self) -> None:
        """Something of an answer came: tries are counted anew."""
        self.tries, self.waited = 0, 0.0

    def explained(self, failure: Failure, params: JsonObject) -> Failure:
        """The failure with what only we know: names that look like an unknown model's, what makes it too large."""
        model = self.settings.model.id
        if failure.kind == "too_large":
            sizes = [len(json.dumps(message, ensure_ascii=False).encode()) for message in params["messages"]]
            has = f"{len(sizes)} messages of {_size(sum(sizes))}, the largest of {_size(max(sizes))}"
            if len(sizes) == 1:
                has = f"one message, of {_size(sizes[0])}"
            return replace(failure, sentence=f"{failure.sentence} It has {has}.")
        if failure.kind != "not_found" or model not in f"{failure.sentence} {failure.detail}":
            return failure
        sentence = f"The API does not know the model {model}."
        day = day_of(self.means.now())
        if has_left(self.settings.model, day):
            sentence = f"The API does not take {model} any more: it {leaving(self.settings.model, day)}."
        elif near := [name for name in nearest_models(model) if name != model]:
            sentence = f"The API does not know the model {model}; did you mean {' or '.join(near)}?"
        return replace(failure, sentence=sentence)

    # -- snapshots ---------------------------------------------------------------------------------

    def turn(self, phase: Phase, **more: Any) -> Turn:
        """A snapshot of where the turn stands."""
        more.setdefault("cost", self.spent)
        more.setdefault("failure", self.failure)
        more.setdefault("notes", tuple(self.notes))
        more.setdefault("budget", self.budget)
        saved = self.saved and self.means.store.trouble is None
        return Turn(self.conversation, phase, started=self.started, saved=saved, **more)


def _size(count: int) -> str:
    """Bytes, as a person reads them."""
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.1f} kB"
