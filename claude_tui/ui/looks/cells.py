"""Letters of which terminals disagree how wide they are: joined emoji, flags, vowel signs of Indic scripts.

One terminal draws a family in two cells, another in eight; what stands behind it would move, and what no longer
fits be lost. So each of them is told its place, whatever the terminal makes of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich import cells
from rich._unicode_data import load

_JOIN = "\u200d\ufe0f\U0001f3fb-\U0001f3ff"
_INDIC = "\u0900-\u0dff\u0f00-\u109f\u1700-\u1cff\ua800-\uabff\U00011000-\U00011fff"
_FLAG = "\U0001f1e6-\U0001f1ff"
_ANY = re.compile(f"[{_JOIN}{_INDIC}{_FLAG}]")
_DISPUTED = (
    "\x1b(?:\\[[^@-~]*[@-~]|\\][^\x07]*\x07)"  # no letters, but our own orders
    f"|[{_INDIC}\u200c\u200d]*[{_INDIC}][{_INDIC}\u200c\u200d]*"
    f"|[{_FLAG}]{{2}}"
    f"|[^\x00-\x1f\x7f](?:[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d[^\x00-\x7f]?)+"
)
"""Compiled with the first of them: it takes a millisecond."""


def settled(data: str) -> str:
    """What is written to a terminal, with every disputed letter in just the cells that it was thought to take.

    The cells are cleared, the letter drawn where they begin, and the cursor put behind them.
    """
    return data if data.isascii() or _ANY.search(data) is None else re.sub(_DISPUTED, _in_its_cells, data)


def _in_its_cells(match: re.Match[str]) -> str:
    letter = match[0]
    width = 0 if letter[0] == "\x1b" else cells.cell_len(letter)
    return f"\x1b7{' ' * width}\x1b8{letter}\x1b8\x1b[{width}C" if width else letter


@lru_cache(maxsize=4)
def _table(unicode_version: str = "auto") -> cells.CellTable:
    """Rich's, but that vowel signs that stand beside their letter take a cell, as most terminals have it.

    Rich 15 gives them none: half a line of Hindi would be painted beyond the window.
    """
    import unicodedata  # with the first letter that needs it: the first frame has none

    given = load(unicode_version)
    widths: list[tuple[int, int, int]] = []
    for start, end, width in given.widths:
        for code in range(start, end + 1) if width == 0 else ():
            if unicodedata.category(chr(code)) == "Mc":
                if start < code:
                    widths.append((start, code - 1, 0))
                start = code + 1
        if start <= end:
            widths.append((start, end, width))
    return given._replace(widths=widths)


setattr(cells, "load_cell_table", _table)  # noqa: B010  # it is there, and exported by nobody
