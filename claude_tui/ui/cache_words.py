"""What is said of the prompt cache: how long it lives, what made it useless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.caching import LIVES, Miss, Why
from ..core.pricing import Life
from . import format

_TEN_SECONDS = 10_000
_MINUTE = 60_000

_BEFORE: Mapping[Why, str] = {
    "model": "another model",
    "tools": "other tools",
    "system": "another system prompt",
    "thinking": "thinking set otherwise",
    "effort": "another effort",
    "edited": "another message before",
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
            return ", ".join(_AFTER.get(each, _BEFORE[each]) for each in why)


def _life(life: Life) -> str:
    return format.duration(LIVES[life])
