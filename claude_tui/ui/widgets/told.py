"""Exchanges the transcript was told, reconciled with those it shows: a finished one costs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_

from ...core.view import Exchange
from .exchange_view import ExchangeView
from .reading import Reading
from .units import Unit


class Told:
    """The views of all exchanges, and their units."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._views: list[ExchangeView] = []
        self._shown: list[Exchange] = []
        self._units: list[list[Unit]] = []
        self._starts: list[int] = []
        """How many units stand before those of each exchange."""
        self._all: list[Unit] = []
        self._late: list[int] = []
        """Places of the views that have more to show than they were given time for."""
        self.same = 0
        """How many leading units are known to be as they were."""
        self._keys: Mapping[str, str] = {}
        self._live = False

    def show(self, exchanges: Sequence[Exchange], live: bool, keys: Mapping[str, str]) -> list[Unit]:
        """All units, the same objects where nothing changed; ``live`` while the last reply still grows."""
        settled = self._settled(exchanges, live)
        self._live, self._keys = live, keys
        return self._tell(exchanges, settled)

    def again(self) -> list[Unit]:
        """All units after the reader's folds or timestamps changed."""
        return self._tell(self._shown, 0)

    def more(self) -> list[Unit]:
        """All units, with more of what was too much for one frame."""
        return self._tell(self._shown, min(self._late, default=len(self._shown)))

    def _tell(self, exchanges: Sequence[Exchange], settled: int) -> list[Unit]:
        """All units; those of the first ``settled`` exchanges as they are."""
        views, units, starts = self._views[:settled], self._units[:settled], self._starts[:settled]
        self.same = self._starts[settled] if settled < len(self._starts) else len(self._all)
        told = self._all[: self.same]
        late = [place for place in self._late if place < settled]
        known = {_identity(view.exchange): view for view in self._views[settled:]}
        for place in range(settled, len(exchanges)):
            view = known.pop(_identity(exchanges[place]), None) or ExchangeView(self._reading)
            starts.append(len(told))
            views.append(view)
            units.append(self._update(view, exchanges[place], last=place == len(exchanges) - 1))
            told += units[-1]
            if view.behind:
                late.append(place)
        self._views, self._units, self._starts, self._shown = views, units, starts, list(exchanges)
        self._late, self._all = late, told
        return told

    @property
    def live(self) -> bool:
        """Whether the last reply still grows."""
        return self._live

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """What was told last."""
        return self._shown

    def exchange_at(self, index: int) -> tuple[int, Exchange | None]:
        """The exchange that the unit at that index belongs to, and the index of its first unit."""
        start = 0
        for exchange, units in zip(self._shown, self._units, strict=True):
            if index < start + len(units):
                return start, exchange
            start += len(units)
        return start, None

    def messages(self) -> list[int]:
        """The indexes of the units that questions and answers begin with."""
        found: list[int] = []
        start = 0
        for exchange, units in zip(self._shown, self._units, strict=True):
            firsts = [0] if exchange.question is None else [0, 1]
            found += [start + place for place in firsts if place < len(units) and units[place].standing != "none"]
            start += len(units)
        return found

    @property
    def behind(self) -> bool:
        """Whether there is more to show than a frame had time for: ``more`` shows more of it."""
        return bool(self._late)

    def _update(self, view: ExchangeView, exchange: Exchange, *, last: bool) -> list[Unit]:
        return view.update(exchange, live=self._live and last, last=last, keys=self._keys)

    def _settled(self, exchanges: Sequence[Exchange], live: bool) -> int:
        """How many leading exchanges are as they were: the same, and not the last before or now."""
        both = min(len(exchanges), len(self._shown))
        if live != self._live or len(exchanges) != len(self._shown):
            both = max(both - 1, 0)
        if all(map(is_, exchanges[:both], self._shown)):
            return both
        return next(at for at in range(both) if exchanges[at] is not self._shown[at])


def _identity(exchange: Exchange | None) -> str:
    if exchange is None:
        return ""
    if exchange.question is not None:
        return exchange.question.id
    return exchange.nodes[0].id if exchange.nodes else "-"
