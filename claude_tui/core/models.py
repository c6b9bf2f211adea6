"""The models we know, and what they accept; what they cost is in ``prices``.

Sources: the platform's model overview and release notes pages as of 2026-11-20. A model that is not
here is treated as the newest kind: it takes no prefill, and nothing is asked of it that it might not
know.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from .prices import Price, own_prices, prices_of, undated

Thinking: TypeAlias = Literal["adaptive", "enabled", "disabled", "between_tools"]
Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
DEFAULT_MODEL = "claude-opus-5-5"


@dataclass(frozen=True, slots=True)
class Model:
    """What a model accepts. The defaults are those of a model we do not know."""

    id: str
    name: str = ""
    context: int = 200_000
    max_output: int = 64_000
    thinking: tuple[Thinking, ...] = ()
    """Values of ``thinking.type`` it accepts; empty when we do not know."""
    thinks_by_default: bool = False
    efforts: tuple[Effort, ...] = ()
    default_effort: Effort | None = None
    off_up_to: Effort | None = None
    """The highest effort at which thinking may be switched off; None for any."""
    prefill: bool = False
    """Whether a request may end in a partial assistant message while thinking is off."""
    prices: tuple[Price, ...] = ()
    server_tools: Literal["2025", "early-2026", "2026"] = "2025"
    """Which generation of the server tools it takes."""
    known: bool = True
    retires: date | None = None

    @property
    def label(self) -> str:
        """A short name: ``opus-5.5``."""
        match = re.fullmatch(r"claude-([a-z]+)-(\d+)-(\d{1,2})(?:-\d{8})?", self.id)
        if match:
            return f"{match[1]}-{match[2]}.{match[3]}"
        return self.id.removeprefix("claude-")


_ALL = EFFORTS
_NO_XHIGH: tuple[Effort, ...] = ("low", "medium", "high", "max")
_M = 1_000_000

_TABLE = (
    Model("claude-fable-5-2", "Claude Fable 5.2", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    Model("claude-mythos-5-2", "Claude Mythos 5.2", _M, 128_000, ("adaptive",), True, _ALL, "high",
          server_tools="2026"),
    Model("claude-fable-5-1", "Claude Fable 5.1", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    Model("claude-fable-5", "Claude Fable 5", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    Model("claude-opus-5-5", "Claude Opus 5.5", _M, 128_000, ("adaptive",), True, _ALL, "medium", server_tools="2026"),
    Model("claude-opus-5", "Claude Opus 5", _M, 128_000, ("adaptive", "disabled"), True, _ALL, "high", "high",
          server_tools="2026"),
    Model("claude-opus-4-8", "Claude Opus 4.8", _M, 128_000, ("adaptive", "disabled"), False, _ALL, "high",
          server_tools="early-2026"),
    Model("claude-opus-4-7", "Claude Opus 4.7", _M, 128_000, ("adaptive", "disabled"), False, _ALL, "high",
          server_tools="early-2026"),
    Model("claude-opus-4-6", "Claude Opus 4.6", _M, 128_000, ("adaptive", "disabled"), False, _NO_XHIGH, "high",
          server_tools="early-2026"),
    Model("claude-opus-4-5", "Claude Opus 4.5", 200_000, 64_000, ("enabled", "disabled"), False,
          ("low", "medium", "high"), "high", prefill=True, retires=date(2026, 11, 24)),
    Model("claude-sonnet-5-5", "Claude Sonnet 5.5", _M, 128_000, ("adaptive", "between_tools"), True, _ALL, "high",
          "high", server_tools="2026"),
    Model("claude-sonnet-5", "Claude Sonnet 5", _M, 128_000, ("adaptive", "disabled"), True, _ALL, "high",
          server_tools="2026"),
    Model("claude-sonnet-4-6", "Claude Sonnet 4.6", _M, 128_000, ("adaptive", "disabled"), False, _NO_XHIGH, "high",
          server_tools="early-2026"),
    Model("claude-sonnet-4-5", "Claude Sonnet 4.5", 200_000, 64_000, ("enabled", "disabled"), False, prefill=True,
          retires=date(2026, 11, 30)),
    Model("claude-haiku-5-5", "Claude Haiku 5.5", _M, 128_000, ("adaptive", "disabled"), True, _ALL, "medium", "high",
          server_tools="2026"),
    Model("claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 64_000, ("enabled", "disabled"), False, prefill=True),
)  # fmt: skip

KNOWN: Mapping[str, Model] = {model.id: replace(model, prices=prices_of(model.id)) for model in _TABLE}


def find_model(model_id: str, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Model:
    """The model of that id, a dated snapshot included; one we do not know gets cautious defaults.

    ``overrides`` are the user's ``[models."id"]`` tables: ``prices`` as ``own_prices`` reads them, ``context``,
    ``max_output``, ``prefill``.
    """
    model = KNOWN.get(model_id) or KNOWN.get(undated(model_id))
    found = replace(model, id=model_id) if model else Model(model_id, prices=prices_of(model_id), known=False)
    if overrides and (own := overrides.get(model_id) or overrides.get(undated(model_id))) is not None:
        found = _overridden(found, own)
    return found


def _overridden(model: Model, own: Mapping[str, Any]) -> Model:
    changes: dict[str, Any] = {}
    for key in ("context", "max_output"):
        if isinstance(own.get(key), int) and own[key] > 0:
            changes[key] = own[key]
    if isinstance(own.get("prefill"), bool):
        changes["prefill"] = own["prefill"]
    if "prices" in own:
        with suppress(ValueError):
            changes["prices"] = own_prices(own["prices"])
    return replace(model, **changes) if changes else model


def resolve_model(text: str) -> str:
    """A model id from what a person types: an id, ``opus``, ``opus-5.5``, ``sonnet 4.6``.

    The newest of a family when no version is given; anything else comes back as it is.
    """
    words = re.sub(r"[\s._]+", "-", text.strip().lower())
    if words in KNOWN or not words:
        return words
    if f"claude-{words}" in KNOWN:
        return f"claude-{words}"
    family = [model.id for model in _TABLE if model.id.split("-")[1] == words]
    return family[0] if family else text.strip()


def cheapest_model(day: date) -> Model:
    """The known model that a short question without thinking costs the least, of those in service on ``day``."""

    def price(model: Model) -> Decimal:
        in_force = [each for each in model.prices if each.since <= day and not each.fast]
        return min((each.input + each.output for each in in_force), default=Decimal("Infinity"))

    plain = [model for model in KNOWN.values() if "disabled" in model.thinking or not model.thinks_by_default]
    return min((model for model in plain if model.retires is None or model.retires > day), key=price)


def nearest_models(model_id: str, known: Iterable[str] = KNOWN) -> list[str]:
    """Up to three ids that look like it."""
    return difflib.get_close_matches(model_id, list(known), 3, 0.5)
