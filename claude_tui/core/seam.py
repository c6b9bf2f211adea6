"""Where a continuation meets the text before it.

The raw segments stay as they came; the joined text is a pure function of them. A continuation that
was asked for with an anchor should begin with that anchor, and then nothing is lost and nothing is
said twice. What a less faithful model writes is joined as well as can be told, and marked.

Nothing of a continuation may be painted before its seam is decided, so that nothing painted is ever
taken back: ``find_seam`` answers None until then, at the latest after ``LIMIT`` characters, and once it
has answered, more text never changes the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from .conversation import Join
from .message import visible_length

FLOOR = 24
"""Visible characters under which a reply is asked for again instead of continued: with a shorter
anchor a preamble could hold it by chance."""
LIMIT = 520
"""Characters after which the seam is decided with what there is."""
PREAMBLE = 400
"""Characters a model may say before the anchor."""
ANCHOR = 120
"""Characters of an anchor, at most."""
OVERLAP = 16
"""Characters that must repeat before a repetition counts as one."""

Manner: TypeAlias = Literal["exact", "preamble", "overlap", "fence", "joined", "again", "anew", "aside"]
"""How they meet: the anchor at once; after some words; a repetition without it; a reopened code
fence closed up; simply put together; said again from the top; asked again after a few words and
begun otherwise; nothing usable came and it was cut again."""
_NOTES: Mapping[Manner, str] = {
    "joined": "it did not repeat its last words · ",
    "again": "it began again from the top · ",
    "anew": "asked again, it began differently · ",
}


@dataclass(frozen=True, slots=True)
class Seam:
    """How many characters of the continuation are not part of the joined text."""

    cut: int
    manner: Manner


def manner_note(manner: Manner) -> str:
    """What a reader is told of a seam before why and when; nothing where it met as it was asked to."""
    return _NOTES.get(manner, "")


def anchor_of(text: str) -> tuple[str, str]:
    """The last words of ``text``, and the white space after them.

    At most ``ANCHOR`` characters, but where they are mostly white space: then as many as make ``FLOOR``
    visible ones, up to ``PREAMBLE``.
    """
    body = text.rstrip()
    tail = text[len(body) :]
    if len(body) <= ANCHOR:
        return body.lstrip(), tail
    anchor = body[-ANCHOR:]
    if not body[-ANCHOR - 1].isspace():
        word = re.search(r"\s", anchor)
        if word is not None and len(anchor) - word.end() >= ANCHOR // 3:
            anchor = anchor[word.end() :]
    size = ANCHOR
    while visible_length(anchor) < FLOOR and size < min(PREAMBLE, len(body)):
        size = min(size + 40, PREAMBLE)
        anchor = body[-size:]
    return anchor.lstrip(), tail


def reach(join: Join) -> int:
    """How many characters of a continuation, at most, its seam is decided from."""
    return _anchor_reach(join) + max(LIMIT, len(join.tail)) + 1


def _anchor_reach(join: Join) -> int:
    return max(LIMIT, PREAMBLE + len(join.anchor))


def find_seam(before: object, join: Join, text: str, *, ended: bool, complete: bool = False) -> Seam | None:
    """Where the text of a continuation begins to be new; None while more of it is needed.

    ``before`` is the joined text so far, or what becomes it by ``str()``: it is only read when there is no
    anchor to find. ``text`` is the continuation's, or at least its first ``reach(join)`` characters;
    ``ended`` when no more will come, ``complete`` when it ended by itself.
    """
    if join.via == "prefill" or not join.anchor:
        white = _white(join.tail, text, 0, ended) if join.via else 0
        return None if white is None else Seam(white, "exact")
    limit = _anchor_reach(join)
    head = text[:limit]
    at = head.find(join.anchor)
    # So few words may stand in a preamble by chance.
    latest = PREAMBLE if visible_length(join.anchor) >= FLOOR else len(head) - len(head.lstrip())
    if 0 <= at <= latest:
        cut = at + len(join.anchor)
        white = _white(join.tail, text, cut, ended)
        if white is None:
            return None
        return Seam(cut + white, "preamble" if head[:at].strip() else "exact")
    if len(text) < limit:
        if not ended:
            return None
        if not complete:
            return Seam(len(text), "aside")
    return _without_anchor(str(before), head)


def again_reach(size: int) -> int:
    """How many characters of a reply that was asked for again its seam is decided from, after so many shown."""
    return size + 2 * LIMIT + 1


def find_seam_again(before: str, text: str, *, ended: bool) -> Seam | None:
    """The same for a reply asked for again after a few words that were shown: its same beginning is not said twice.

    Nothing has to be held back beyond this, for any time: what is not shown while it is undecided is on the
    screen already, and the first character that differs decides.
    """
    body = before.strip()
    tail = before[len(before.rstrip()) :]
    start = len(text) - len(text.lstrip())
    if text.startswith(body, start):
        cut = start + len(body) if body else 0
        white = _white(tail, text, cut, ended)
        return None if white is None else Seam(cut + white, "exact")
    if body.startswith(text[start:]) and start <= LIMIT:
        return Seam(len(text), "exact") if ended else None
    return Seam(start, "anew")


def _white(tail: str, text: str, start: int, ended: bool) -> int | None:
    """How much white space at ``start`` of ``text`` is the ``tail`` said again; where it differs, ours stays."""
    if not tail:
        return 0
    if text.startswith(tail, start):
        return len(tail)
    most = max(len(tail), LIMIT)
    rest = text[start : start + most]
    white = len(rest) - len(rest.lstrip())
    if white == len(rest) < most and not ended:
        return None
    return white


@lru_cache(maxsize=2)  # asked for at every frame while the rest comes, and 12 ms after 800 kB
def _without_anchor(before: str, head: str) -> Seam:
    longest = min(len(before), len(head))
    for size in range(longest, OVERLAP - 1, -1):
        if before.endswith(head[:size]):
            return Seam(size, "overlap")
    if open_fence(before) and (fence := re.match(r"\s*(`{3,}|~{3,})[^\n]*\n", head)):
        return Seam(fence.end(), "fence")
    return Seam(0, "joined")


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)


def open_fence(text: str) -> str:
    """The marker of the code fence that ``text`` ends inside of; empty when it does not."""
    marker = ""
    for match in _FENCE.finditer(text):
        if not marker:
            if "`" not in match[2] or match[1][0] == "~":
                marker = match[1]
        elif match[1][0] == marker[0] and len(match[1]) >= len(marker) and not match[2].strip():
            marker = ""
    return marker


def ask_text(anchor: str) -> str:
    """What asks a model to go on from ``anchor``; kept in the history, not shown as a person's words."""
    if not anchor:
        return "Please go on with your reply."
    return (
        "Your reply was cut off by the connection. These were its last words:\n\n"
        f"<last_words>\n{anchor}\n</last_words>\n\n"
        "Go on from exactly there, in the same voice and format. Begin with these last words, character for "
        "character, and continue with what comes next. Write nothing before them: no preamble, no apology, and "
        "no new code fence if they stand inside one."
    )
