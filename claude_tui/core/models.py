"""The models we know, and what they accept; what they cost is in ``prices``.

Sources: the platform's model overview and release notes pages as of 2026-11-20. A model that is not
here is treated as the newest kind: it takes no prefill, and nothing is asked of it that it might not
know.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, cast

from .prices import Price, own_prices, prices_of, undated

Thinking: TypeAlias = Literal["adaptive", "enabled", "disabled", "between_tools"]
THINKING: tuple[Thinking, ...] = ("adaptive", "enabled", "disabled", "between_tools")
Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]
Lifecycle: TypeAlias = Literal["active", "deprecated", "retired"]
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
DEFAULT_MODEL = "claude-opus-5-5"
MOST_TOKENS = 1_000_000_000
"""No model takes so many."""


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
    """The day that was named for it; it may be put off, and until the API says so it has not retired."""
    lifecycle: Lifecycle | None = None
    """As the API says; None when it was not asked."""
    released: date | None = None
    line_said: str = ""
    """The line the API puts it in."""
    compacts: bool = False
    """Whether the API said that it compacts a conversation of this model by itself."""
    barred_tools: tuple[str, ...] = ()
    """Server tools the API says it does not take."""

    @property
    def line(self) -> str:
        """``opus``: what it is one of; empty where that cannot be told."""
        if self.line_said:
            return self.line_said
        words = self.id.split("-")
        return next((word for word in words[1:] if word in LINES), "") if words[0] == "claude" else ""

    @property
    def called(self) -> str:
        """What it is called in a sentence."""
        return self.name or self.id

    @property
    def label(self) -> str:
        """A short name: ``opus-5.5``."""
        match = re.fullmatch(r"claude-([a-z]+)-(\d+)-(\d{1,2})(?:-\d{8})?", self.id)
        if match:
            return f"{match[1]}-{match[2]}.{match[3]}"
        return self.id.removeprefix("claude-")


LINES = ("fable", "mythos", "opus", "sonnet", "haiku")
_ALL = EFFORTS
_NO_XHIGH: tuple[Effort, ...] = ("low", "medium", "high", "max")
_BASIC: tuple[Effort, ...] = ("low", "medium", "high")
_M = 1_000_000

_TABLE = (
    Model("claude-fable-5-2", "Claude Fable 5.2", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    Model("claude-mythos-5-2", "Claude Mythos 5.2", _M, 128_000, ("adaptive",), True, _ALL, "high",
          server_tools="2026"),
    Model("claude-fable-5-1", "Claude Fable 5.1", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    Model("claude-fable-5", "Claude Fable 5", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    Model("claude-mythos-5-1", "Claude Mythos 5.1", _M, 128_000, ("adaptive",), True, _ALL, "high",
          server_tools="2026"),
    Model("claude-mythos-5", "Claude Mythos 5", _M, 128_000, ("adaptive",), True, _ALL, "high", server_tools="2026"),
    # Of its efforts no source says more than that it has them.
    Model("claude-mythos-preview", "Claude Mythos Preview", _M, 128_000, ("adaptive",), True, _BASIC, "high",
          server_tools="early-2026", retires=date(2026, 6, 30)),
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
          _BASIC, "high", prefill=True, retires=date(2026, 11, 24)),
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

GONE: Mapping[str, date] = {
    "claude-2.0": date(2025, 7, 21),
    "claude-2.1": date(2025, 7, 21),
    "claude-3-sonnet": date(2025, 7, 21),
    "claude-3-opus": date(2026, 1, 5),
    "claude-3-7-sonnet": date(2026, 2, 19),
    "claude-3-5-haiku": date(2026, 2, 19),
    "claude-opus-4": date(2026, 6, 15),
    "claude-opus-4-0": date(2026, 6, 15),
    "claude-sonnet-4": date(2026, 6, 15),
    "claude-sonnet-4-0": date(2026, 6, 15),
}
"""Models of old conversations, and the day that the SDK (2.12.0) names as the end of their life."""

KNOWN: Mapping[str, Model] = {model.id: replace(model, prices=prices_of(model.id)) for model in _TABLE}


def find_model(model_id: str, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Model:
    """The model of that id, a dated snapshot included; one we do not know gets cautious defaults.

    ``overrides`` are the user's ``[models."id"]`` tables: see ``FACTS``.
    """
    model = KNOWN.get(model_id) or KNOWN.get(undated(model_id))
    if model is not None:
        found = replace(model, id=model_id)
    else:
        retires = GONE.get(undated(model_id))
        found = Model(model_id, prices=prices_of(model_id), known=False, retires=retires)
    own = (overrides or {}).get(model_id) or (overrides or {}).get(undated(model_id))
    return found if own is None else overridden(found, own)


def overridden(model: Model, own: Mapping[str, Any]) -> Model:
    """The model with what the user's table says of it; what is no fact of a model is passed over.

    Of a model in no table whose kinds of thinking are told all else is taken as told: it is known then. It is not
    asked to stop thinking at a high effort, which newer models refuse.
    """
    changes: dict[str, Any] = {}
    for key, (_, read) in FACTS.items():
        if key in own:
            with suppress(ValueError):
                changes[key] = read(own[key])
    if "thinking" in changes and not model.known:
        told = {"known": True, "thinks_by_default": "adaptive" in changes["thinking"], "off_up_to": "high"}
        changes = {**told, **changes}
    found = replace(model, **changes) if changes else model
    return found if found.default_effort in (None, *found.efforts) else replace(found, default_effort=None)


def _count(stated: object) -> int:
    if isinstance(stated, int) and not isinstance(stated, bool) and 0 < stated < MOST_TOKENS:
        return stated
    raise ValueError


def _switch(stated: object) -> bool:
    if isinstance(stated, bool):
        return stated
    raise ValueError


def _name(stated: object) -> str:
    if isinstance(stated, str) and stated.strip() and stated.isprintable():
        return stated.strip()[:60]
    raise ValueError


def _day(stated: object) -> date:
    if isinstance(stated, date) and not isinstance(stated, datetime):
        return stated
    raise ValueError


def _some_of(words: tuple[str, ...]) -> Callable[[object], tuple[str, ...]]:
    def read(stated: object) -> tuple[str, ...]:
        given = cast("Sequence[object]", stated) if isinstance(stated, list | tuple) else (None,)
        if any(word not in words for word in given):
            raise ValueError
        return tuple(word for word in words if word in given)

    return read


def _one_of(words: tuple[str, ...]) -> Callable[[object], str]:
    def read(stated: object) -> str:
        if isinstance(stated, str) and stated in words:
            return stated
        raise ValueError

    return read


FACTS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "name": ("a name in quotation marks", _name),
    "context": ("a whole number of tokens", _count),
    "max_output": ("a whole number of tokens", _count),
    "thinking": (f"a list of {', '.join(THINKING)}", _some_of(THINKING)),
    "thinks_by_default": ("true or false", _switch),
    "efforts": (f"a list of {', '.join(EFFORTS)}", _some_of(EFFORTS)),
    "default_effort": (f"one of {', '.join(EFFORTS)}", _one_of(EFFORTS)),
    "prefill": ("true or false", _switch),
    "compacts": ("true or false", _switch),
    "retires": ("a day: 2026-12-01, without quotation marks", _day),
    "prices": ("one price or several, in dollars a million tokens", own_prices),
}
"""What the user's table of a model may say: what is asked for, and what reads it. A reader raises ``ValueError``."""


def cheapest_model(day: date, models: Iterable[Model] = KNOWN.values()) -> Model | None:
    """The model that a short question without thinking costs the least, of those we know, with a price and in service
    on ``day``; None where there is none."""

    def price(model: Model) -> Decimal:
        in_force = [each for each in model.prices if each.since <= day and not each.fast]
        return min((each.input + each.output for each in in_force), default=Decimal("Infinity"))

    priced = (model for model in models if model.known and price(model).is_finite())
    plain = [model for model in priced if "disabled" in model.thinking or not model.thinks_by_default]
    stay = (model for model in plain if model.lifecycle != "retired" and (model.retires is None or model.retires > day))
    return min(stay, key=price, default=None)


def nearest_models(model_id: str, known: Iterable[str] = KNOWN) -> list[str]:
    """Up to three ids that look like it."""
    return difflib.get_close_matches(model_id, list(known), 3, 0.5)
