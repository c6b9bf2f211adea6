"""A walk through what was sent before: what was typed on the way is there again on the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Walk:
    """Where one stands among what was sent, the oldest first; behind the newest is the draft."""

    def __init__(self, sent: Sequence[str] = (), as_typed: Callable[[str], str] = str) -> None:
        """``as_typed`` makes of what was sent what is typed for it."""
        self._sent = tuple(sent)
        self._as_typed = as_typed
        self._shown = ""
        """What was sent at this place, as it is typed."""
        self._at: int | None = None
        """The place; None for the draft."""
        self._typed: dict[int | None, str] = {}
        """What was typed at each place of this walk."""

    def end(self) -> None:
        """Back to the draft, which is another text now."""
        self._typed, self._at = {}, None

    @property
    def under_way(self) -> bool:
        """Whether what is shown is not the draft."""
        return self._at is not None

    def is_at(self, text: str) -> bool:
        """Whether this text is what was sent at this place, unchanged."""
        return self._at is not None and text == self._shown

    def begun_with(self, text: str) -> str:
        """The draft, where ``text`` is shown: what the walk was begun with, until a text of it is changed."""
        return self._typed.get(None, "") if self.is_at(text) else text

    def step(self, by: int, text: str) -> str | None:
        """What stands one place further back or forth; None where there is nothing. ``text`` is kept for this one."""
        then = (len(self._sent) if self._at is None else self._at) + by
        if then < 0 or then > len(self._sent):
            return None
        self._typed[self._at] = text
        self._at = then if then < len(self._sent) else None
        self._shown = "" if self._at is None else self._as_typed(self._sent[self._at])
        return self._typed.get(self._at, self._shown)
