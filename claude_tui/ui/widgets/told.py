"""Exchanges the transcript was told, reconciled with those it shows: a finished one costs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
        self._keys: Mapping[str, str] = {}
        self._live = False

    def show(self, exchanges: Sequence[Exchange], live: bool, keys: Mapping[str, str]) -> list[Unit]:
        """All units, the same objects where nothing changed; ``live`` while the last reply still grows."""
        settled = self._settled(exchanges, live)
        views, units = self._views[:settled], self._units[:settled]
        self._live, self._keys = live, keys
        for place in range(settled, len(exchanges)):
            view = self._views[place] if place < len(self._views) else None
            if view is None or _identity(view.exchange) != _identity(exchanges[place]):
                view = ExchangeView(self._reading)
            views.append(view)
            units.append(self._update(view, exchanges[place], last=place == len(exchanges) - 1))
        self._views, self._units, self._shown = views, units, list(exchanges)
        return self._all()

    def again(self) -> list[Unit]:
        """All units after the reader's folds or timestamps changed."""
        last = len(self._shown) - 1
        pairs = enumerate(zip(self._views, self._shown, strict=True))
        self._units = [self._update(view, exchange, last=place == last) for place, (view, exchange) in pairs]
        return self._all()

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
        """Whether there is more to show than a frame had time for: ``again`` shows more of it."""
        return any(view.behind for view in self._views)

    def _update(self, view: ExchangeView, exchange: Exchange, *, last: bool) -> list[Unit]:
        return view.update(exchange, live=self._live and last, last=last, keys=self._keys)

    def _settled(self, exchanges: Sequence[Exchange], live: bool) -> int:
        """How many leading exchanges are as they were: the same, and not the last before or now."""
        both = min(len(exchanges), len(self._shown))
        if live != self._live or len(exchanges) != len(self._shown):
            both = max(both - 1, 0)
        return next((at for at in range(both) if exchanges[at] is not self._shown[at]), both)

    def _all(self) -> list[Unit]:
        return [unit for units in self._units for unit in units]


def _identity(exchange: Exchange | None) -> str:
    if exchange is None:
        return ""
    if exchange.question is not None:
        return exchange.question.id
    return exchange.nodes[0].id if exchange.nodes else "-"
