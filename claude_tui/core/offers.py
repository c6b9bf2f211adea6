"""What may be chosen with a model, and why not what may not: what is offered, a request carries as it was chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .models import EFFORTS, Effort, Model
from .pricing import price_on
from .request import SERVER_TOOLS, Settings, ThinkingMode, effective_effort, thinking_is_off

AUTO = "auto"
LEAST_BUDGET = 1_024
"""Tokens of thinking that a model which counts them must at least be given; a reply must be longer."""
MODES: tuple[ThinkingMode, ...] = ("auto", "on", "off")


@dataclass(frozen=True, slots=True)
class Offer:
    """One of what there is to choose from."""

    value: str
    note: str = ""
    """What comes of it."""
    barred: str = ""
    """Why it cannot be had, in words that follow the name of the model; empty when it can."""


def effort_offers(settings: Settings) -> list[Offer]:
    """The efforts; with what is chosen else."""
    model = settings.model
    own = f"the model's own: {model.default_effort}" if model.default_effort else "as the model does by itself"
    offers = [Offer(AUTO, own)]
    for effort in EFFORTS:
        sent = effective_effort(replace(settings, effort=effort))
        barred = ""
        if model.known and not model.efforts:
            barred = "it takes no effort"
        elif sent != effort and effort in model.efforts:
            barred = f"only with thinking; without, up to {sent}"
        elif sent != effort:
            barred = f"not taken; {sent} is the nearest"
        offers.append(Offer(effort, barred=barred))
    return offers


def thinking_offers(settings: Settings) -> list[Offer]:
    """Thinking on, off, or as the model does by itself; with what is chosen else."""
    model = settings.model
    notes = {
        AUTO: f"as the model does by itself: {'on' if model.thinks_by_default else 'off'}" if model.known
        else "as the model does by itself",
        "on": "it thinks before it answers",
        "off": "it answers at once",
    }  # fmt: skip
    offers: list[Offer] = []
    for mode in MODES:
        asked = replace(settings, thinking=mode)
        note, barred = notes[mode], ""
        off = thinking_is_off(asked)
        if mode == "on" and off:
            counted = "enabled" in model.thinking
            barred = (
                f"it needs a longest reply of more than {LEAST_BUDGET:,} tokens: /max-tokens {LEAST_BUDGET * 2}"
                if counted
                else "it does not think"
            )
        elif mode == "off" and not off:
            barred = "it always thinks" if model.known else "how it stops thinking is not known to this version"
        elif mode == "off" and (sent := effective_effort(asked)) != effective_effort(replace(asked, thinking="on")):
            note = f"{note}; the effort goes down to {sent}"
        offers.append(Offer(mode, note, barred))
    return offers


def tool_offers(settings: Settings, names: Sequence[str]) -> list[Offer]:
    """The tools of these names."""
    model = settings.model
    return [
        Offer(
            name,
            "at the API's side" if name in SERVER_TOOLS else "here",
            "the model does not take it" if name in model.barred_tools else "",
        )
        for name in names
    ]


def life_offers(model: Model, day: date) -> list[Offer]:
    """How long the cache may keep what was read, and what that costs."""
    price = price_on(model, day, 0)

    def note(kept: str, figure: Decimal | None) -> str:
        return f"kept {kept}" + (f", written at ${figure:.2f} a million" if figure is not None else "")

    return [
        Offer("5m", note("five minutes", price.write_5m if price is not None else None)),
        Offer("1h", note("an hour", price.write_1h if price is not None else None)),
    ]


def nearest_length(wanted: int, settings: Settings) -> int:
    """The longest reply nearest to so many tokens that the model writes."""
    return min(max(wanted, 1), settings.model.max_output)


def not_taken(settings: Settings, named: Collection[str]) -> list[str]:
    """A sentence for each of the settings of these names that is not sent as it was chosen."""
    model, said = settings.model, list[str]()
    wanted = settings.max_tokens
    if "max_tokens" in named and wanted and nearest_length(wanted, settings) != wanted:
        said.append(f"{model.called} writes at most {model.max_output:,} tokens: so many are asked for.")
    effort = next((each for each in effort_offers(settings) if each.value == settings.effort), None)
    if "effort" in named and effort is not None and effort.barred:
        sent = effective_effort(settings)
        said.append(f"Effort: {sent} ({effort.barred})." if sent else f"{model.called} takes no effort.")
    thinking = next((each for each in thinking_offers(settings) if each.value == settings.thinking), None)
    if "thinking" in named and thinking is not None and thinking.barred:
        done = ("off" if thinking_is_off(settings) else "on") if model.known else "as the model does by itself"
        said.append(f"Thinking: {done} ({thinking.barred}).")
    barred = [each.value for each in tool_offers(settings, settings.tools) if each.barred]
    if "tools" in named and barred:
        said.append(f"{model.called} does not take {' and '.join(barred)}.")
    return said


def as_effort(value: str | None) -> Effort | None:
    """The level of that name; None for the model's own."""
    return next((effort for effort in EFFORTS if effort == value), None)
