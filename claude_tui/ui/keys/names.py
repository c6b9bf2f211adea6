"""Keys by name: how they are written in the table and in the config, how they are shown, and which cannot be had.

A key may be a chord: a first key, a blank, and a second one that is pressed after it (``ctrl+x m``).
"""

from __future__ import annotations

import re

LEADER = "ctrl+x"
"""With which the chords of the table begin, unless the config has another."""
PLACEHOLDER = "<leader>"
"""How the leader in force may be written in the config."""

PUNCTUATION = {
    "!": "exclamation_mark", '"': "quotation_mark", "#": "number_sign", "$": "dollar_sign", "%": "percent_sign",
    "&": "ampersand", "'": "apostrophe", "(": "left_parenthesis", ")": "right_parenthesis", "*": "asterisk",
    "+": "plus", ",": "comma", "-": "minus", ".": "full_stop", "/": "slash", ":": "colon", ";": "semicolon",
    "<": "less_than_sign", "=": "equals_sign", ">": "greater_than_sign", "?": "question_mark", "@": "at",
    "[": "left_square_bracket", "\\": "backslash", "]": "right_square_bracket", "^": "circumflex_accent",
    "_": "underscore", "`": "grave_accent", "{": "left_curly_bracket", "|": "vertical_line",
    "}": "right_curly_bracket", "~": "tilde",
}  # fmt: skip
_CHARACTERS = {name: character for character, name in PUNCTUATION.items()}

MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
NAMED = (
    "escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up",
    "down", "left", "right", *(f"f{number}" for number in range(1, 25)),
)  # fmt: skip
_MEANT = {
    "control": "ctrl", "option": "alt", "cmd": "super", "command": "super", "esc": "escape", "return": "enter",
    "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown", "page_up": "pageup",
    "page_down": "pagedown", "spc": "space", "period": "full_stop",
}  # fmt: skip
"""Other names that people have for keys."""

SAME = {
    "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape",
    "ctrl+j": "a line break",
}  # fmt: skip
"""Keys that reach us as other keys, and as which."""

TAKEN = frozenset(
    [
        "enter", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "backspace", "delete", "space",
        *(f"ctrl+{letter}" for letter in "abcdehijkmptuvwxyz"),
        *(f"alt+{letter}" for letter in "bcdfltuyz"),
        *(f"{modifiers}+{key}" for modifiers in ("shift", "ctrl+shift") for key in ("left", "right", "home", "end")),
        *(f"{modifier}+{key}" for modifier in ("ctrl", "alt") for key in ("left", "right", "backspace", "delete")),
        "shift+up", "shift+down", "shift+backspace", "shift+enter", "alt+enter", "ctrl+enter", "ctrl+shift+z",
        "ctrl+shift+minus", "ctrl+slash", "ctrl+underscore", "ctrl+left_square_bracket",
        *(f"super+{key}" for key in ("a", "c", "x", "z", "v", "backspace")), "shift+super+z",
    ]
)  # fmt: skip
"""What the prompt needs for the text in it."""

_LABELS = {
    "escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "delete": "Del", "up": "↑", "down": "↓", "left": "←",
    "right": "→", **_CHARACTERS,
}  # fmt: skip


def one_key(text: str) -> str:
    """One key as it is known by: ``Control+G`` is ``ctrl+g``, ``,`` is ``comma``, ``shift+m`` is ``M``."""
    text = text.strip()
    if len(text) == 1:
        return PUNCTUATION.get(text, text)
    *modifiers, name = text.split("+") if not text.endswith("++") else [*text[:-2].split("+"), "+"]
    known = sorted({_MEANT.get(modifier.strip().lower(), modifier.strip().lower()) for modifier in modifiers})
    name = name.strip()
    name = PUNCTUATION.get(name) or _MEANT.get(name.lower(), name.lower())
    if known == ["shift"] and len(name) == 1 and name.isalpha():
        return name.upper()
    return "+".join([*known, name])


def split_keys(keys: str, leader: str = LEADER) -> tuple[str, ...]:
    """``"ctrl+g, F2, <leader> m"`` as single keys and chords, each as it is known by."""
    # A comma that stands where a key would is a key: "ctrl+x ,".
    keys = re.sub(r"(?<=\s),(?=\s*(?:,|$))", "comma", keys)
    found = (
        " ".join(leader if step.lower() == PLACEHOLDER else one_key(step) for step in key.split())
        for key in keys.split(",")
        if key.strip()
    )
    return tuple(dict.fromkeys(found))


def label(key: str) -> str:
    """A key as people write it: ``Ctrl+G``, ``PgUp``, ``Ctrl+X m``; a letter that is typed as it is."""
    return " ".join(map(_label, key.split()))


def _label(key: str) -> str:
    if len(key) == 1:  # "c" and "C" are two keys
        return key
    return "+".join(_LABELS.get(part, part.capitalize()) for part in key.split("+"))


def fault(key: str, leader: str = LEADER) -> str | None:
    """Why a key, or a chord, cannot be had; None when it can."""
    first, *others = key.split()
    if not others:
        return "chords begin with it" if first == leader else _fault(first)
    if len(others) > 1:
        return "a chord is of two keys"
    return (None if first == leader else _fault(first)) or _fault_after(others[0])


def _fault(key: str) -> str | None:
    if not is_key(key):
        return "it is not the name of a key"
    if key in SAME:
        return f"terminals send it as {_as_what(key)}"
    if key in TAKEN:
        return "the prompt needs it"
    *modifiers, name = key.split("+")
    if set(modifiers) <= {"shift"} and (len(name) == 1 or name in _CHARACTERS):
        return "it is needed for typing"
    return None


def _fault_after(key: str) -> str | None:
    """Of the second key of a chord, which may be what is typed, too."""
    if not is_key(key):
        return "it is not the name of a key"
    if key in SAME:
        return f"terminals send it as {_as_what(key)}"
    return "it gives a chord up" if key in ("escape", "ctrl+c") else None


def _as_what(key: str) -> str:
    return label(SAME[key]) if SAME[key] in NAMED else SAME[key]


def is_key(key: str) -> bool:
    """Whether there is a key of that name."""
    *modifiers, name = key.split("+")
    return set(modifiers) <= set(MODIFIERS) and (
        name in NAMED or name in _CHARACTERS or (len(name) == 1 and name.isprintable())
    )


def nearest_name(key: str) -> str:
    """The key, or the chord, that was probably meant by a name that is none; empty if there is none."""
    steps = [step if is_key(step) else _nearest_step(step) for step in key.split()]
    return " ".join(steps) if all(steps) else ""


def _nearest_step(step: str) -> str:
    import difflib  # only a mistake need pay for it

    *modifiers, name = (part for part in re.split(r"[+-]", step) if part) if step.strip("+-") else [step]
    meant = [next(iter(difflib.get_close_matches(_MEANT.get(each, each), MODIFIERS, 1, 0.5)), "") for each in modifiers]
    name = one_key(name)
    if not is_key(name):
        name = next(iter(difflib.get_close_matches(name, [*NAMED, *_CHARACTERS], 1)), "")
    return one_key("+".join([*meant, name])) if name and all(meant) else ""
