"""What a turn works with, and what it shows."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from ..cancel import Cancel
from ..core.conversation import Conversation, Node
from ..core.events import StreamEvent
from ..core.live import Pace
from ..core.message import JsonObject, ToolUseBlock
from ..core.models import Model, find_model
from ..core.pricing import NOTHING, Cost
from ..core.reply import Reply
from ..core.retry import OFFLINE_WAIT, Failure
from ..sleep import asleep
from ..store import Release, Spend
from ..tools import Toolbox
from .allowance import Allowance
from .purse import Purse

Phase: TypeAlias = Literal["connecting", "waiting", "thinking", "writing", "tool", "retrying", "stalled", "done"]


class Attempt(Protocol):
    """One attempt of a request: see ``api.Attempt``."""

    request_id: str
    phase: Literal["connecting", "waiting", "streaming"]

    @property
    def silence(self) -> float:
        """Seconds since the last byte."""
        ...

    def poll(self, timeout: float) -> StreamEvent | Failure | None:
        """The next event, the failure that ended it, or None in time."""
        ...

    def cancel(self) -> None:
        """Drop it; never blocks."""
        ...


class Asker(Protocol):
    """Who sends requests: see ``api.Api``."""

    def ask(self, params: JsonObject) -> Attempt:
        """Send one."""
        ...


class Journal(Protocol):
    """An open reply on disk: see ``store.Journal``."""

    def commit(self, events: Sequence[StreamEvent]) -> bool:
        """Write them; whether they are on disk."""
        ...


class Keeper(Protocol):
    """What a turn needs of the store: see ``store.Store``."""

    @property
    def trouble(self) -> str | None:
        """Why something is not on disk."""
        ...

    def begin(self, conversation_id: str, nodes: Sequence[Node], reply: Node) -> Journal:
        """Save the nodes and open the reply."""
        ...

    def add(self, conversation_id: str, nodes: Sequence[Node], *, head_id: str | None = None) -> Future[None]:
        """Save nodes."""
        ...

    def finish(
        self, conversation_id: str, node: Node, spend: Spend | None = None, release: Release | None = None
    ) -> Future[None]:
        """Save the reply as it ended, and what it cost; what was reserved for it goes."""
        ...

    def spend(self, entry: Spend | None, release: Release | None = None) -> Future[None]:
        """Enter what something cost that is no reply; what was reserved for it goes."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what is waited for, in seconds."""

    frame: float = 0.08
    """Between two commits, and so between two snapshots."""
    idle: float = 0.5
    """Between two snapshots while nothing arrives."""
    stall_said: float = 20.0
    """Without a byte until it is said."""
    stall_offered: float = 120.0
    """Without a byte until a key may ask anew."""
    stall_cut: float = 300.0
    """Without a byte until the connection is given up."""
    silent_said: float = 60.0
    """With nothing but pings until it is said."""
    silent_offered: float = 300.0
    """With nothing but pings until a key may ask anew."""
    silent_cut: float = 900.0
    """With nothing but pings until the connection is given up."""
    sleep_grace: float = 10.0
    """Without a byte after the machine slept until the connection is given up."""
    offline: float = OFFLINE_WAIT
    """Between two tries while there is no network."""
    pauses: int = 10
    """Turns paused by the server, in a row, that are taken up by themselves."""
    tool_grace: float = 0.05
    """For a tool that was stopped to say what it had done."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A snapshot: all there is to show of the turn so far."""

    conversation: Conversation
    phase: Phase
    live: Mapping[str, Reply] = field(default_factory=dict[str, Reply])
    """The reply still coming, by its node's id."""
    sentence: str = ""
    """What is waited for, or what went wrong."""
    wait: float = 0.0
    """Seconds until the next try, while ``retrying``."""
    may_hurry: bool = False
    """Whether ``Cancel.hurry`` would end the waiting."""
    failure: Failure | None = None
    """Why the last reply ended, when it did not end by itself; while ``retrying``, why it is waited."""
    tool: str = ""
    """The name of the tool that runs."""
    saved: bool = True
    started: float = 0.0
    """Monotonic seconds at which the turn began."""
    sent: float = 0.0
    """Monotonic seconds at which the current reply was asked for."""
    first_delta: float | None = None
    """Monotonic seconds at which the current reply's first content came."""
    cost: Cost = NOTHING
    """Of the whole turn so far."""
    coming: Cost = NOTHING
    """What of it is the live reply's, and in no node yet."""
    timings: Mapping[int, int] = field(default_factory=dict[int, int])
    """Milliseconds each block of the live reply took, by index; open ones so far."""
    notes: tuple[str, ...] = ()
    """Sentences about budgets, since the turn began: each is to be said once."""
    budget: float = 0.0
    """How much of the budget that is nearest to its end is spent, with what the live reply has likely cost."""

    @property
    def reply(self) -> Reply | None:
        """The reply still coming."""
        return next(iter(self.live.values()), None)


@dataclass(frozen=True, slots=True)
class Means:
    """What a turn works with."""

    api: Asker
    store: Keeper
    new_id: Callable[[], str]
    tools: Toolbox = field(default_factory=Toolbox)
    """Every tool there is; only those a request offered are run."""
    approve: Callable[[ToolUseBlock, Cancel], str | None] = lambda use, cancel: "Nobody is there to allow it."
    """Asks a person; None allows, a sentence is the reason it does not."""
    auto_continue: int = 1
    """Times a reply cut by a fault goes on by itself."""
    patience: Patience = field(default_factory=Patience)
    no_prefill: set[str] = field(default_factory=set[str])
    """Ids of models that refused a prefill, whatever is known of them: shared by the turns of a process."""
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    """Milliseconds since 1970."""
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    asleep: Callable[[], float] = asleep
    """Seconds the machine has slept since some fixed moment."""
    allowance: Allowance = field(default_factory=Allowance)
    """For requests that nobody asked for; one for all turns of the process."""
    purse: Purse = field(default_factory=Purse)
    """What is reserved and settled for every request; one for all turns of the process."""
    paces: dict[str, Pace] = field(default_factory=dict[str, Pace])
    """What finished replies taught of how many tokens each model makes of a text; one for all turns of the process."""
    find: Callable[[str], Model] = find_model
    """What is known of a model, the user's own prices too."""
    mishap: Callable[[BaseException], str] = lambda error: f"Something went wrong here ({type(error).__name__})."
    """What is said of an error of ours; who runs the turn may keep a report of it."""
