"""What is said of the next question before it is sent, and of the prompt cache: figures in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ...core.caching import LIVES, Miss, Why, why_missed
from ...core.changes import priced
from ...core.conversation import Conversation, Node
from ...core.models import Model
from ...core.pricing import Cost, Life
from ...core.room import NEARLY_FULL
from ..widgets.rule import Foretold
from . import format

if TYPE_CHECKING:
    from ..chat.foreseeing import Foreseen

_COLD = Decimal("0.02")
"""Dollars that a lost cache must cost before it is worth a warning."""
_SAVED = Decimal("0.001")
"""Dollars that a cache must save before that is worth a word."""

_TEN_SECONDS = 10_000
_MINUTE = 60_000

_BEFORE: Mapping[Why, str] = {
    "model": "another model",
    "tools": "other tools",
    "system": "another system prompt",
    "thinking": "thinking set otherwise",
    "effort": "another effort",
    "edited": "another message before",
    "messages": "another message before",
    "repaired": "thinking taken out",
    "time": "too late",
    "unknown": "let go early",
}
_AFTER: Mapping[Why, str] = {
    "model": "the model was another",
    "tools": "the tools were others",
    "system": "the system prompt was another",
    "thinking": "thinking was set otherwise",
    "effort": "the effort was another",
    "edited": "the first message was another",
    "messages": "a message before was another",
    "repaired": "thinking was taken out of the history",
}


def life_left(until: int, now: int) -> str:
    """``cache 5 m``, in the last minute ``cache 50 s``; empty when it is over. Milliseconds since 1970."""
    left = until - now
    if left <= 0:
        return ""
    if left <= _MINUTE:
        return f"cache {-(-left // _TEN_SECONDS) * 10} s"
    return f"cache {-(-left // _MINUTE)} m"


def next_change(until: int, now: int) -> int | None:
    """Milliseconds until ``life_left`` reads otherwise; None when it will not."""
    left = until - now
    if left <= 0:
        return None
    step = _TEN_SECONDS if left <= _MINUTE else _MINUTE
    return left % step or step


def lost_because(why: Sequence[Why]) -> str:
    """Why what was cached will not be read, in a few words."""
    return ", ".join(_BEFORE[each] for each in why)


def missed_shortly(conversation: Conversation, node: Node, model: Model, day: date) -> str:
    """Why what was cached was not read for a reply, in a few words, where that cost more than a little."""
    miss = why_missed(conversation, node)
    if miss is None:
        return ""
    moved = priced(miss.tokens, model, model, day, miss.life)
    more = moved.anew - moved.kept if moved.anew is not None and moved.kept is not None else Decimal(0)
    return f"{lost_because(miss.why)}, {_about(more)} more" if more >= _COLD else ""


def missed_because(miss: Miss) -> str:
    """Why what was cached was not read, in a sentence."""
    return f"{miss.tokens:,} tokens were read anew: {_why(miss)}"


def _why(miss: Miss) -> str:
    passed = format.duration(miss.passed)
    match miss.why:
        case ("time",):
            return f"{passed} had passed, and the cache lives {_life(miss.life)}"
        case ("unknown",):
            return f"nothing sent before had changed and {passed} had passed; the service let it go early"
        case why:
            said = ", ".join(_AFTER.get(each, _BEFORE[each]) for each in why)
            return f"{said}, as the API compared them" if miss.by_api else said


def _life(life: Life) -> str:
    return format.duration(LIVES[life])


def foretold(seen: Foreseen, missed: str = "", *, typed: bool, way_out: str) -> tuple[Foretold, ...]:
    """What the rule says, the most important first; the figures only when something is ``typed``. ``missed`` is
    why the last reply read nothing from the cache, ``way_out`` the command for a full context."""
    said: list[Foretold] = []
    costs = seen.forecast
    if typed:
        mark = "" if seen.estimate.sure == "counted" else "≈"
        tokens = f"{mark + format.tokens(seen.estimate.tokens):>6}"
        said.append(Foretold(f"{tokens} tokens", tokens))
        if costs.cost.dollars is not None:
            dollars = f"{format.dollars(costs.cost, 1):>8}"
            said.append(Foretold(dollars, dollars))
    if seen.share >= NEARLY_FULL:
        full = format.percent(seen.share)
        said.append(Foretold(f"context {full} full: {way_out}", f"{full} full: {way_out}", warns=True))
    if costs.lost and costs.extra >= _COLD:
        more = f"{_about(costs.extra)} more"
        why = "cold" if costs.lost == ("time",) else f"lost ({lost_because(costs.lost)})"
        said.append(Foretold(f"the cache is {why}: {more}", "" if typed else f"cache {why}: {more}", warns=True))
    elif typed and costs.saved >= _SAVED:
        said.append(Foretold(f"the cache saves {_about(costs.saved)}"))
    if missed and not typed and not said:
        said.append(Foretold(f"the last reply missed the cache: {missed}", f"cache missed: {missed}"))
    return tuple(said)


def _about(dollars: Decimal) -> str:
    return format.dollars(Cost(dollars, "estimate"), 1)
