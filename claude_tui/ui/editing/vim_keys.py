"""What vi's keys spell: a count, an operator, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass

OPERATORS = ("d", "c", "y", ">", "<", "gu", "gU", "g~")
NAMES = {
    "ctrl+r": "\x12", "left": "h", "right": "l", "backspace": "h", "delete": "x", "home": "0", "end": "$",
}  # fmt: skip
SHORT = {"x": ("d", "l"), "X": ("d", "h"), "D": ("d", "$"), "C": ("c", "$"), "s": ("c", "l"), "S": ("c", "lines"),
          "Y": ("y", "lines")}  # fmt: skip
"""Keys that are an operator and a motion in one."""
CHOSEN = {
    "x": "d",
    "X": "d",
    "D": "d",
    "s": "c",
    "S": "c",
    "C": "c",
    "R": "c",
    "Y": "y",
    "~": "g~",
    "u": "gu",
    "U": "gU",
}
"""What they are for what is chosen."""
ALL_LINES = "XDSCRY"
"""Those that take whole lines even so."""


@dataclass(frozen=True, slots=True)
class Order:
    """Keys that were read: how often, with which operator, what."""

    count: int | None
    operator: str
    what: str
    mark: str = ""


def read(keys: str, chosen: bool) -> Order | None:
    """The order that keys spell; None while they do not yet."""
    rest = iter(keys)

    def number(key: str) -> tuple[int | None, str]:
        digits = ""
        while key in "0123456789" and (digits or key != "0"):
            digits, key = digits + key, next(rest)
        return min(int(digits), 9999) if digits else None, key

    try:
        count, key = number(next(rest))
        key += next(rest) if key == "g" else ""
        operator = ""
        if not chosen and key in OPERATORS:
            operator = key
            more, key = number(next(rest))
            count = count if more is None else (count or 1) * more
            key += next(rest) if key == "g" else ""
            if key in (operator, operator[-1]):
                return Order(count, operator, "lines")
        takes = key in "fFtTr" or (key in "ia" and (operator or chosen))
        return Order(count, operator, key, next(rest) if takes else "")
    except StopIteration:
        return None
