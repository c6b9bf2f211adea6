"""The budgets that hold: what the config says, what was set in the app, what was raised to go on.

Another window may set them meanwhile: the file is looked at again whenever it changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from .config import Config, State, load_config, load_state
from .core.budget import PERIODS, Limits, Period, name_of, nano, promise
from .core.conversation import Node
from .core.message import EMPTY, JsonObject
from .core.metering import metered
from .core.models import Model
from .core.pricing import Cost
from .files import Problem

KEPT = 100
"""Days, months and conversations of which is kept that their budgets were raised."""


class Budgets:
    """What may be spent. Thread-safe."""

    def __init__(
        self,
        config: Config,
        state: Callable[[], State],
        remember: Callable[..., Problem | None],
        file: Path,
        config_file: Path,
        run: Decimal | None = None,
    ) -> None:
        """``file`` is what ``remember`` writes, ``run`` what this call of the program may cost."""
        self._written = config
        self._config_file = config_file
        self._follows = bool(config.unsure)
        """Whether the config is read again when it changes: it is being mended, and may be read half written."""
        self._state = state
        self._remember = remember
        self._file = file
        self._run = run
        self.lock = threading.RLock()
        """Held while what was set is changed, here or in the file."""
        self._set: Mapping[str, float | str] = state().budget
        self._raised: Mapping[str, float] = state().raised
        self._lost: Mapping[str, str] = state().lost
        self._seen, self._config_seen = self._stamp(), _stamp(config_file)

    def limits(self, conversation_id: str, now: int) -> Limits:
        """What may be spent in a conversation and in the day and month of ``now``, in milliseconds since 1970."""
        with self.lock:
            self._look()
            found: dict[str, Decimal | None] = {}
            for period in PERIODS:
                base = self.base(period)
                more = self._raised.get(name_of(period, now, conversation_id))
                higher = base is not None and more is not None and more > base
                found[period] = Decimal(str(more)) if higher else base
            return Limits(
                **found, run=self._run, unsure=next((why for each in PERIODS if (why := self._why(each))), "")
            )

    def base(self, period: Period) -> Decimal | None:
        """What was set for every such period."""
        value = self._set.get(period, self._written.budget.get(period, "none"))
        return None if isinstance(value, str) else Decimal(str(value))

    def unsure(self, period: Period) -> str:
        """Why nobody can tell what the budget of a period is to be; empty where it can be told."""
        with self.lock:
            self._look()
            return self._why(period)

    def _why(self, period: Period) -> str:
        return "" if period in self._set else self._lost.get(period) or self._written.unsure.get(period, "")

    def set(self, period: Period, dollars: Decimal | None) -> Problem | None:
        """Another budget for every such period; None for no bound."""
        with self.lock:
            self._look()
            self._set = {**self._set, period: "none" if dollars is None else float(dollars)}
            self._raised = {name: more for name, more in self._raised.items() if not name.startswith(f"{period} ")}
            self._lost = {name: why for name, why in self._lost.items() if name != period}
            return self._keep()

    def raise_to(self, period: Period, conversation_id: str, now: int, dollars: Decimal) -> None:
        """A higher budget for this one day, month or conversation."""
        with self.lock:
            self._look()
            name = name_of(period, now, conversation_id)
            raised = {**{key: more for key, more in self._raised.items() if key != name}, name: float(dollars)}
            self._raised = dict(list(raised.items())[-KEPT:])
            self._keep()

    def _keep(self) -> Problem | None:
        problem = self._remember(budget=self._set, raised=self._raised, lost=self._lost)
        self._seen = self._stamp()
        return problem

    def _look(self) -> None:
        """What another window set, and what was mended in the config."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            if stamp is not None:
                state, problems = load_state(self._file)
                known = self._lost or not state.lost  # a file that was damaged, or is gone, sets nothing free
                if known and not problems and self._stamp() is not None:
                    self._set, self._raised, self._lost = state.budget, state.raised, state.lost
        if self._follows and (stamp := _stamp(self._config_file)) != self._config_seen:
            self._config_seen = stamp
            if stamp is not None:
                self._written, _ = load_config(self._config_file)

    def _stamp(self) -> tuple[int, int] | None:
        return _stamp(self._file)

    def kept(self) -> Mapping[str, Any]:
        """What the file must say of them, whatever else is written to it."""
        with self.lock:
            self._look()
            return {"budget": self._set, "raised": self._raised, "lost": self._lost}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def in_doubt(node: Node, model: Model, day: date, spent: Cost) -> int:
    """What a reply may have cost beyond what is entered for it, in billionths of a dollar, whose window died."""
    if spent.dollars is not None and node.status == "complete" and node.facts.get("usage_final") is not False:
        return 0
    asked: Any = node.facts.get("request")
    sent: JsonObject = cast("JsonObject", asked) if isinstance(asked, Mapping) else EMPTY
    made = promise((), {"max_tokens": 0, **sent, "messages": ()}, model, day)
    if made is None:
        return 0
    return max(metered(node, made, model, day) - nano(spent.dollars or Decimal(0)), 0)
