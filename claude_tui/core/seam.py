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
from .fences import open_fence
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
SHORT_LINE = 4
"""Visible characters of a line that was cut inside a code fence that are enough to know it again by."""

Manner: TypeAlias = Literal["exact", "preamble", "overlap", "fence", "joined", "again", "anew", "aside"]
"""How they meet: the anchor at once; after some words; a repetition without it; a reopened code
fence closed up; simply put together; said again from the top; asked again after a few words and
begun otherwise; nothing usable came and it was cut again."""
_OPENED = re.compile(r"^[ \t>]*(`{3,}|~{3,})([^\n]*)\n", re.MULTILINE)
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
    found = _words(join.anchor).search(head)
    # So few words may stand in a preamble by chance.
    latest = PREAMBLE if visible_length(join.anchor) >= FLOOR else len(head) - len(head.lstrip())
    if found is not None and found.start() <= latest:
        white = _white(join.tail, text, found.end(), ended)
        if white is None:
            return None
        return Seam(found.end() + white, "preamble" if head[: found.start()].strip() else "exact")
    if len(text) < limit:
        if not ended:
            return None
        if not complete:
            return Seam(len(text), "aside")
    return _without_anchor(str(before), head)


@lru_cache(maxsize=2)
def _words(anchor: str) -> re.Pattern[str]:
    """The anchor, with whatever white space between its words."""
    return re.compile(r"\s+".join(map(re.escape, anchor.split())))


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
    if body.startswith(text[start:]) and start <= LIMIT + len(before) - len(before.lstrip()):
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
    cut = _repeated(before, head, 0)
    if cut:
        return Seam(cut, "overlap")
    held = open_fence(before) if "```" in head or "~~~" in head else None
    for fence in _OPENED.finditer(head, 0, PREAMBLE) if held is not None else ():
        cut = _repeated(before, head, fence.end()) or _line_repeated(before, head, fence.end())
        first = not head[: fence.start()].strip()
        if cut or (first and held is not None and held.reopened_by(fence[1], fence[2])):
            return Seam(cut or fence.end(), "fence")
    start = len(head) - len(head.lstrip())
    opening = _opening(before)
    if visible_length(opening) >= FLOOR and head.startswith(opening, start):
        return Seam(start, "again")
    return Seam(0, "joined")


def _repeated(before: str, head: str, start: int) -> int:
    """Where in ``head`` the end of ``before``, said again from ``start`` on, is over; 0 when it is not said."""
    body = before.rstrip()
    start += len(head) - start - len(head[start:].lstrip())
    for size in range(min(len(body), len(head) - start), OVERLAP - 1, -1):
        if body.endswith(head[start : start + size]):
            end = start + size
            return end + (_white(before[len(body) :], head, end, True) or 0)
    return 0


def _line_repeated(before: str, head: str, start: int) -> int:
    """The same for a line that was cut: behind a new fence it can only be begun again."""
    line = before[before.rfind("\n") + 1 :]
    again = visible_length(line) >= SHORT_LINE and head.startswith(line, start)
    return start + len(line) if again else 0


def _opening(text: str) -> str:
    """The first words of a text, ``FLOOR`` visible characters of it."""
    body = text.lstrip()
    size = FLOOR
    while size < len(body) and (missing := FLOOR - visible_length(body[:size])) > 0:
        size += missing
    return body[:size]


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
