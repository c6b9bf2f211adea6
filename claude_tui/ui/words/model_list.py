"""The models as a list to choose from: what each is, takes and costs, and what the change to it would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from ...core.catalogue import Catalogue, has_left, leaving
from ...core.changes import Change
from ...core.models import EFFORTS, Model
from ...core.prices import Price, undated
from ...core.pricing import Cost, price_on
from ...core.text import clean_line
from ..screens.choose import Option
from . import format

TABLE_OF = "20 Nov 2026"
"""The day of our own table."""


def heading(listed_at: int, now: int, trouble: str = "") -> str:
    """What the list is called, and whose it is."""
    if not listed_at:
        why = f"; {clean_line(trouble, 60)}" if trouble else ""
        return f"Model · known on {TABLE_OF}{why}"
    age = format.age(listed_at, now)
    return "Model · as the API lists them" + ("" if age == "now" else f" ({age})")


def options(catalogue: Catalogue, current: Model, day: date) -> list[Option]:
    """A row for each model, and for the one in use if it is nowhere else."""
    default = catalogue.default(day).id
    models = list(catalogue.models)
    if place_of(current, catalogue) == current.id and all(model.id != current.id for model in models):
        models.insert(0, current)
    return [option(model, day, default=model.id == default) for model in models]


def place_of(model: Model, catalogue: Catalogue) -> str:
    """The id of its row, which may have another date or none."""
    same = [other.id for other in catalogue.models if undated(other.id) == undated(model.id)]
    return model.id if model.id in same or not same else same[0]


def option(model: Model, day: date, *, default: bool = False) -> Option:
    """One row: context, longest reply, price, and what must be known before it is chosen."""
    figures = [_count(model.context), f"{_count(model.max_output)} out"]
    price = price_on(model, day, 0)
    figures.append(f"${_plain(price.input)}/${_plain(price.output)}" if price else "price ?")
    if default:
        figures.append("the default")
    return Option(model.id, model.called, " · ".join(figures), warn=_warning(model, day))


def typed_option(text: str, catalogue: Catalogue, day: date) -> Option | None:
    """A model that is in no list, by the id that was typed."""
    found = catalogue.named(text)
    if found is None:
        return None
    model = catalogue.find(found)
    return option(model, day) if model.known else Option(found, found, "in no list; used as it is typed")


def about(model: Model, catalogue: Catalogue, day: date, change: Change) -> Sequence[str]:
    """Five lines: what it is, what it takes, what it costs, whether it stays, and what a change to it takes."""
    since = f" · released {model.released.day} {model.released:%b %Y}" if model.released else ""
    return [
        f"{model.id}{since}",
        f"thinking {_thinking(model)} · effort {_efforts(model)}",
        " · ".join(_prices(model, day)) or "its price is not known here: [models] in the config can say it",
        _stays(model, catalogue, day),
        said_of(change),
    ]


def said_of(change: Change) -> str:
    """What a change takes, as sentences; empty if it takes nothing."""
    said: list[str] = []
    if change.tokens:
        anew, kept = format.dollars(Cost(change.anew, "estimate")), format.dollars(Cost(change.kept, "estimate"))
        cost = (
            f", {anew}" + (f" instead of {kept}" if change.kept is not None else "") if change.anew is not None else ""
        )
        said.append(f"The next question writes ≈{format.tokens(change.tokens)} tokens to the cache anew{cost}.")
    if change.thinking:
        said.append("What was thought before is not sent any more: it is bound to what it was thought with.")
    return " ".join(said)


def goes(model: Model, day: date) -> bool:
    """Whether it is time to look for another."""
    return leaving(model, day) is not None


def successor_sentence(model: Model, successor: Model | None, day: date, how: str) -> str:
    """That a conversation's model goes, and what takes its place by which key; empty if it stays."""
    gone = leaving(model, day)
    if gone is None:
        return ""
    takes = f": {how} takes {successor.label}" if successor is not None else ""
    return f"{model.label} {gone}{takes}"


def _thinking(model: Model) -> str:
    if not model.known:
        return "unknown"
    stops = any(kind in model.thinking for kind in ("disabled", "between_tools")) or not model.thinks_by_default
    if not set(model.thinking) & {"adaptive", "enabled"}:
        return "never"
    if not stops:
        return "always"
    return "on, or off" if model.thinks_by_default else "off, or on"


def _efforts(model: Model) -> str:
    if not model.efforts:
        return "none" if model.known else "unknown"
    own = f" ({model.default_effort} by itself)" if model.default_effort else ""
    if model.efforts == EFFORTS[: len(model.efforts)] and len(model.efforts) > 2:
        return f"{model.efforts[0]} to {model.efforts[-1]}{own}"
    return ", ".join(model.efforts) + own


def _prices(model: Model, day: date) -> Iterator[str]:
    """The prices in force, band by band; for a million tokens."""
    bands: dict[int | None, Price] = {}
    for limit in sorted({price.up_to for price in model.prices if price.up_to is not None}):
        if (price := price_on(model, day, limit)) is not None:
            bands[limit] = price
    if (price := price_on(model, day, 10**9)) is not None:
        bands[None] = price
    for limit, price in bands.items():
        upto = f"up to {_count(limit)} " if limit is not None else "beyond " if len(bands) > 1 else ""
        cache = [
            f"{what} ${_plain(figure)}"
            for what, figure in (("cache write", price.write_5m), ("read", price.read))
            if figure is not None and len(bands) == 1
        ]
        yield " · ".join([f"{upto}${_plain(price.input)} in, ${_plain(price.output)} out", *cache])


def _stays(model: Model, catalogue: Catalogue, day: date) -> str:
    gone = leaving(model, day)
    if gone is None:
        return ""
    after = catalogue.successor(model, day)
    said = f"It {gone}" + ("" if model.lifecycle or not has_left(model, day) else ", as far as this version knows")
    return f"{said}; {after.called} comes after it." if after is not None else f"{said}."


def _warning(model: Model, day: date) -> str:
    """What a row says of a model that goes."""
    if leaving(model, day) is None:
        return ""
    if model.lifecycle == "retired":
        return "retired"
    if model.retires is None:
        return "retires"
    year = "" if model.retires.year == day.year else f" {model.retires.year}"
    return ("was to retire" if model.retires <= day else "retires") + f" {model.retires.day} {model.retires:%b}{year}"


def _count(tokens: int) -> str:
    """``1M``, ``128k``."""
    return format.tokens(tokens).replace(".0", "")


def _plain(figure: Decimal) -> str:
    """``4``, ``0.20``: dollars without what says nothing."""
    if figure == figure.to_integral_value():
        return f"{figure.to_integral_value():f}"
    text = f"{figure.normalize():f}"
    return text + "0" if len(text.partition(".")[2]) == 1 else text
