"""Every model one may use: those we know, what the Models API says of them and of newer ones, what the user wrote.

What the API says wins over our table where it speaks of the same thing; where it says nothing (prefill, what a
model does unasked) the table holds, and for a model that is in no table the careful guess. It is foreign input: of
an entry only what is sound is taken, and an entry costs no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, cast

from .message import EMPTY, JsonObject
from .models import (
    DEFAULT_MODEL,
    EFFORTS,
    KNOWN,
    MOST_TOKENS,
    THINKING,
    Lifecycle,
    Model,
    find_model,
    nearest_models,
    overridden,
)
from .prices import undated
from .room import COMPACT
from .text import clean_line

MOST_MODELS = 500
"""Of a longer list the rest is left out."""
SOON = timedelta(days=60)
"""A model that retires within so long is said to."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,119}")
_KEPT = (
    "id", "display_name", "created_at", "lifecycle", "line", "retires_at", "max_input_tokens", "max_tokens",
    "capabilities",
)  # fmt: skip
_KEPT_CAPABILITIES = ("effort", "thinking", "server_tools", "context_management")


def is_model_id(text: str) -> bool:
    """Whether a request could name a model so."""
    return _ID.fullmatch(text) is not None


def read_listing(entries: object) -> tuple[JsonObject, ...]:
    """What we use of a list of models as the API describes them, in its shape; what is no model is left out."""
    if not isinstance(entries, list | tuple):
        return ()
    found: dict[str, JsonObject] = {}
    for entry in cast("Sequence[object]", entries):
        if len(found) == MOST_MODELS:
            break
        given = _object(entry)
        if isinstance(given.get("id"), str) and is_model_id(given["id"]):
            kept = {key: given[key] for key in _KEPT if key in given}
            said = _object(given.get("capabilities"))
            kept["capabilities"] = {key: _switches(said[key]) for key in _KEPT_CAPABILITIES if key in said}
            found.setdefault(given["id"], {key: value for key, value in kept.items() if _is_plain(key, value)})
    return tuple(found.values())


def _is_plain(key: str, value: object) -> bool:
    return key == "capabilities" or isinstance(value, int) or (isinstance(value, str) and len(value) <= 200)


def _switches(said: object, depth: int = 0) -> Any:
    """Of a capability what is switched on or off, no more and no deeper than the API has it."""
    if isinstance(said, bool):
        return said
    if depth > 2:
        return False
    given = list(_object(said).items())[:20]
    return {key: _switches(value, depth + 1) for key, value in given if len(key) <= 40}


@dataclass(frozen=True)
class Catalogue:
    """The models there are, as far as is known; never changed, made anew when more is known."""

    listing: tuple[JsonObject, ...] = ()
    """What `read_listing` took of the API's list; empty when it was never asked."""
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """The user's ``[models."id"]`` tables."""

    @cached_property
    def _listed(self) -> Mapping[str, Model]:
        return {entry["id"]: _described(entry) for entry in self.listing}

    @cached_property
    def _by_bare(self) -> Mapping[str, Model]:
        return {undated(id): model for id, model in self._listed.items()}

    def find(self, model_id: str) -> Model:
        """The model of that id, under a dated name too; one that is nowhere gets careful defaults."""
        said = self._listed.get(model_id) or self._by_bare.get(undated(model_id))
        found = replace(said, id=model_id) if said is not None else find_model(model_id)
        own = self.overrides.get(model_id) or self.overrides.get(undated(model_id))
        return overridden(found, own) if own is not None else found

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """Every model there is to choose from, the newest first, the retired last: those the API lists, the user's
        own, and while the API was not asked those we know."""
        newest = sorted(self._listed.values(), key=lambda model: model.released or date.min, reverse=True)
        ids = dict.fromkeys([*self.overrides, *(model.id for model in newest)])
        if not self._listed:
            ids |= dict.fromkeys(KNOWN)
        own = [id for id in ids if is_model_id(id)]
        return tuple(sorted(map(self.find, own), key=lambda model: model.lifecycle == "retired"))

    def successor(self, model: Model, day: date) -> Model | None:
        """What to use in the place of a model that goes: the newest of its line that stays, else the default."""
        stays = [other for other in self.models if other.known and leaving(other, day) is None]
        of_line = [other for other in stays if other.line == model.line]
        for other in (*of_line, *(other for other in stays if other.id == DEFAULT_MODEL), *stays):
            if undated(other.id) != undated(model.id):
                return other
        return None

    def default(self, day: date) -> Model:
        """The model of who never chose one: ours, or if that goes or is not to be had its successor."""
        ours = self.find(DEFAULT_MODEL)
        there = any(undated(model.id) == undated(ours.id) for model in self.models)
        return ours if there and leaving(ours, day) is None else self.successor(ours, day) or ours

    def named(self, text: str) -> str | None:
        """The id of the model a person means by an id, ``opus``, ``opus-5.5``, ``sonnet 4.6``: of a family the
        newest that stays. What is in no table is an id as it was typed; None for what can be none."""
        words = re.sub(r"[\s._]+", "-", text.strip().lower())
        for word in (words, f"claude-{words}"):
            if word in self._listed or word in KNOWN:
                return word
            if word in self._by_bare:
                return self._by_bare[word].id
        family = [model.id for model in self.models if words and model.line == words and model.lifecycle != "retired"]
        if family:
            return family[0]
        typed = text.strip()
        return typed if is_model_id(typed) else None

    def near(self, text: str) -> list[str]:
        """Up to three ids that look like it."""
        return nearest_models(text.lower(), [model.id for model in self.models])


def has_left(model: Model, day: date) -> bool:
    """Whether it is said to have retired, or its day has come."""
    return model.lifecycle == "retired" or (model.retires is not None and model.retires <= day)


def leaving(model: Model, day: date) -> str | None:
    """That a model retires soon, should have, or has retired, as a phrase; None for one that stays."""
    when = model.retires
    if model.lifecycle == "retired":
        return f"retired on {_day(when)}" if when is not None and when <= day else "retired"
    if when is None:
        return "retires, no day is set" if model.lifecycle == "deprecated" else None
    if when <= day:
        return f"was to retire on {_day(when)}"
    left = (when - day).days
    if left <= SOON.days:
        return f"retires on {_day(when)}, " + ("tomorrow" if left == 1 else f"in {left} days")
    return f"retires on {_day(when)}" if model.lifecycle == "deprecated" else None


def _day(when: date) -> str:
    return f"{when.day} {when:%b %Y}"


def _described(entry: JsonObject) -> Model:
    """What the API says of a model, over what we know of it."""
    known = find_model(entry["id"])
    changes: dict[str, Any] = {"released": _date(entry.get("created_at"))}
    retires = _date(entry.get("retires_at"))
    if retires is not None:
        changes["retires"] = retires
    name = clean_line(str(entry.get("display_name", "")), 60).strip()
    if name:
        changes["name"] = name
    for ours, theirs in (("context", "max_input_tokens"), ("max_output", "max_tokens")):
        count = entry.get(theirs)
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count < MOST_TOKENS:
            changes[ours] = count
    if entry.get("lifecycle") in ("active", "deprecated", "retired"):
        changes["lifecycle"] = cast("Lifecycle", entry["lifecycle"])
    if isinstance(entry.get("line"), str):
        changes["line_said"] = clean_line(entry["line"], 30)
    can = _object(entry.get("capabilities"))
    changes |= dict(_thinking(known, _object(can.get("thinking"))))
    changes |= dict(_efforts(known, _object(can.get("effort"))))
    changes["compacts"] = _yes(_object(can.get("context_management")).get(COMPACT))
    tools = _object(can.get("server_tools"))
    if tools:
        barred = [name for name in ("web_search", "code_execution") if _no(tools.get(name)) or _no(tools)]
        changes["barred_tools"] = (*barred, *(("web_fetch",) if _no(tools) else ()))
    return replace(known, **changes)


def _thinking(known: Model, said: JsonObject) -> Iterator[tuple[str, Any]]:
    """What it does with thinking. A model of no table is taken to think unasked: then all is said to it in so many
    words, and it is not asked to stop thinking at a high effort, which newer models refuse."""
    types = _object(said.get("types"))
    taken = tuple(kind for kind in THINKING if _yes(types.get(kind)))
    if not types or not (taken or _no(said)):
        return
    yield "thinking", taken if _yes(said) or not _no(said) else ()
    if not known.known:
        yield "known", True
        yield "thinks_by_default", "adaptive" in taken
        yield "off_up_to", "high"


def _efforts(known: Model, said: JsonObject) -> Iterator[tuple[str, Any]]:
    taken = tuple(level for level in EFFORTS if _yes(said.get(level)))
    if _no(said):
        taken = ()
    elif not taken:
        return
    yield "efforts", taken
    if known.default_effort not in taken:
        yield "default_effort", None


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, Mapping) else EMPTY


def _yes(said: object) -> bool:
    return said is True or _object(said).get("supported") is True


def _no(said: object) -> bool:
    return said is False or _object(said).get("supported") is False


def _date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value).date()
    except ValueError:
        return None
    return when if when.year > 2000 else None
