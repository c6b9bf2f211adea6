"""Passages of a reply in the prompt, each as a quote with room for what is to be said of it beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.text import clean
from ..editing.pasted import is_large
from ..widgets.prompt import Prompt

if TYPE_CHECKING:
    from .desk import Desk


class Quoting:
    """What is quoted in one desk's prompt."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def command_quote(self, argument: str) -> None:
        """What the mouse chose, else the block at hand, else the last one, behind what is typed."""
        chosen = self._desk.transcript.chosen_source()
        found = (chosen, "") if chosen.strip() else self._desk.transcript.at_hand("block")
        if found is None or not found[0].strip():
            self._desk.say("There is nothing here to quote.")
            return
        if chosen:
            self._desk.screen.clear_selection()
        if aside := self._desk.drafts.take_aside():
            self._desk.prompt.restore(aside)
        quote_into(self._desk.prompt, found[0])
        self._desk.prompt.focus()


def quoted(passage: str) -> str:
    """The passage as Markdown quotes it, every line of it."""
    return "\n".join(f"> {line}" if line.strip() else ">" for line in passage.strip("\n").split("\n"))


def quote_into(prompt: Prompt, passage: str) -> None:
    """Put a passage behind what is typed, as one step of undo, and the cursor beneath it. A long one is a chip."""
    quote, typed = quoted(passage), prompt.text
    quote = prompt.pasted.add(quote) if is_large(quote) else clean(quote)
    ends = len(typed) - len(typed.rstrip("\n"))
    gap = "\n" * max(2 - ends, 0) if typed.strip() else ""
    prompt.history.checkpoint()
    prompt.insert(f"{gap}{quote}\n", prompt.document.end)
    prompt.move_cursor(prompt.document.end)
    prompt.history.checkpoint()
    prompt.write()
