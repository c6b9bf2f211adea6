"""What the layout hands over: lines of styled spans, without a toolkit.

A style is the name of a role, not a colour; whoever draws the lines decides how a role looks.
"""

from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[str], int]
"""How many terminal cells a text takes."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    style: str = ""
    """A role of `ROLES`, or several joined by a space (`"md.strong md.em"`); empty is plain."""
    link: str | None = None
    """The target of a link or image, as it was written."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the screen."""

    spans: tuple[Span, ...]
    indent: int = 0
    """Leading cells that are decoration (bars, markers, padding), left out when text is copied."""
    wrapped: bool = False
    """A soft-wrapped continuation of the line before it."""
    ground: str = ""
    """A role for the background of the whole row, or empty."""
    joint: str = " "
    """For a wrapped line: what stood between it and the line before, a space or nothing."""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)
