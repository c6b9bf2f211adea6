"""What a terminal can be told besides what is on its screen: a title, how far a reply is, that one has ended.

Which of it a terminal understands is told by its environment alone; one that is not known is told nothing that it
might print. An order is made of our own words and of text that is cleaned here, so that no title of a model's, with
whatever ESC, BEL or ST in it, can end the order it stands in and begin another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...core.text import clean_line

Manner: TypeAlias = Literal["osc9", "osc777", "osc99", "bell", "off"]
"""How somebody who looks elsewhere is told: by a sequence that makes the desktop show a notice, or by the bell."""
Pace: TypeAlias = Literal["none", "busy", "waiting"]
"""What the progress mark of a window or a tab shows: nothing, that something is done, that it cannot go on now."""

BELL = "\x07"
SAVE_TITLE, BACK_TITLE = "\x1b[22;0t", "\x1b[23;0t"
"""Put the title that there is on the terminal's stack; take it from there."""
_PACES: Mapping[Pace, str] = {"none": "0", "busy": "3", "waiting": "4;100"}
_LONGEST = 80
"""Characters of a title, and of each part of a notice."""
_MUTE = ("linux", "dumb", "")
"""Terminals that have neither, and may print what they are told."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a terminal understands."""

    notice: Manner
    progress: bool
    title: bool
    in_tmux: bool = False
    """Whether tmux stands before it, which passes a notice on only if it is set to."""


def known(environ: Mapping[str, str]) -> Known:
    """What the terminal of this environment is known to understand."""
    in_tmux = bool(environ.get("TMUX"))
    term = environ.get("TERM", "")
    if term in _MUTE:
        return Known("bell" if term == "linux" else "off", False, False)
    notice, progress = _around(environ)
    # Of a tab in tmux one can switch away: its mark would stay on whatever is looked at next.
    return Known(notice, progress and not in_tmux and not environ.get("STY"), True, in_tmux)


def _around(environ: Mapping[str, str]) -> tuple[Manner, bool]:
    """How to tell the terminal itself of an end, and whether it shows progress. Where ``OSC 9;4`` came with some
    version, an older one would show the order as a notice."""
    program, version = environ.get("TERM_PROGRAM", ""), environ.get("TERM_PROGRAM_VERSION", "")
    term = environ.get("TERM", "")
    if "KITTY_WINDOW_ID" in environ or term == "xterm-kitty":
        return "osc99", False
    if program == "ghostty" or term == "xterm-ghostty" or "GHOSTTY_RESOURCES_DIR" in environ:
        return "osc777", program == "ghostty" and _at_least(version, 1, 2)
    if program == "WezTerm" or "WEZTERM_PANE" in environ:
        return "osc777", program == "WezTerm" and _at_least(version.replace("-", "."), 20250210)
    if program == "iTerm.app" or environ.get("LC_TERMINAL") == "iTerm2":
        return "osc9", program == "iTerm.app" and _at_least(version, 3, 6, 6)
    if term.startswith("foot"):
        return "osc777", False
    if program == "WarpTerminal":
        return "osc9", False
    if "WT_SESSION" in environ or environ.get("ConEmuANSI") == "ON":
        return "bell", True
    return "bell", False


def _at_least(version: str, *wanted: int) -> bool:
    parts = tuple(int(part) for part in re.findall(r"\d{1,12}", version)[:4])
    return parts >= wanted


def plain(text: str, longest: int = _LONGEST) -> str:
    """One line of a text that can stand in any order: without a character that ends one, or parts it."""
    line = clean_line(text, longest)
    return "".join(letter if letter.isprintable() else " " for letter in line).replace(";", ",").strip()


def title(text: str) -> str:
    """The window's title."""
    return f"\x1b]2;{plain(text)}\x07"


def progress(pace: Pace) -> str:
    """The mark of the window or the tab."""
    return f"\x1b]9;4;{_PACES[pace]}\x07"


def notice(manner: Manner, head: str, body: str) -> str:
    """A notice of the desktop's, or the bell; ``head`` is our own words."""
    head, body = plain(head), plain(body)
    match manner:
        case "osc9":  # a text that began with a number would be another order
            return f"\x1b]9;{head}: {body}\x07"
        case "osc777":
            return f"\x1b]777;notify;{head};{body}\x07"
        case "osc99":
            return f"\x1b]99;i=claude-tui:d=0;{head}\x1b\\\x1b]99;i=claude-tui:p=body;{body}\x1b\\"
        case "bell":
            return BELL
        case "off":
            return ""
