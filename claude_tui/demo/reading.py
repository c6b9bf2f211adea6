"""What a conversation has said so far, read as its reader sees it: partial reply, asks and rests joined.

A continuation needs three things: which question is being answered, how much of the answer is there, and in
which way the client asked to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .answers import Json
from .wire import combined, visible_text

SHORTEST_QUOTE = 8
_BEFORE_A_QUOTE = " \t\n>|([{\"'`“‘«„"


@dataclass(slots=True)
class Reading:
    """The open turn of a conversation."""

    question: str = ""
    number: int = 0
    """Which question of the conversation it is, from 1."""
    text: str = ""
    """The whole answer to the question, as the script has it."""
    so_far: str = ""
    """How much of the answer the conversation holds, without white space at its end."""
    ask: str | None = None
    """The words that the last user turn quotes to go on from, maybe none; None when it does not ask to go on."""
    prefill: bool = False
    """The conversation ends in the answer itself."""
    results: list[Json] = field(default_factory=list[Json])
    """Tool results of this turn: each round of tools begins a new answer to the same question."""
    paused: bool = False
    """The conversation ends in a turn that paused for a server tool."""

    @property
    def rest(self) -> str:
        """What is still to be said, with the white space that a client cuts off."""
        return self.text[self.position :] if self.continues else self.text

    @property
    def continues(self) -> bool:
        return self.ask is not None or ((self.prefill or self.paused) and bool(self.so_far))

    @property
    def position(self) -> int:
        """Where in the answer the conversation stands."""
        if self.text.startswith(self.so_far):
            said = len(self.so_far)
            # A paused turn said its white space too; nobody cuts it off.
            return said + len(self.text[said:]) - len(self.text[said:].lstrip()) if self.paused else said
        # Not what was said: go on after the longest known end, at worst from the start.
        for size in (200, 80, 40, 20, SHORTEST_QUOTE):
            found = self.text.rfind(self.so_far[-size:]) if len(self.so_far) >= size else -1
            if found >= 0:
                return found + size
        return 0


def _asked(content: list[Json]) -> str:
    """What is asked: before it may stand what names the files, and a question that nobody answered."""
    texts = [visible_text([block]) for block in content]
    return next((text for text in reversed(texts) if text.strip()), "")


def read(
    messages: Any,
    answer: Callable[[Reading], str],
    asks: Callable[[Reading, str, str], bool] = lambda reading, quote, said: bool(quote),
    plain_first: bool = False,
) -> Reading:
    """Read a conversation to its end.

    `answer` gives the whole text for a question (and its tool results); `asks` says, of a user turn and what it
    quotes, whether it asks to go on; `plain_first` reads a rest as one that repeats nothing, if that fits.
    """
    reading = Reading()
    for turn in combined(messages):
        content: list[Json] = turn["content"]
        said = visible_text(content)
        if turn["role"] == "assistant":
            reading.paused = bool(content) and str(content[-1].get("type")).endswith("_tool_result")
            reading.prefill = not reading.paused
            reading.so_far = joined(reading, said, plain_first)
            reading.ask = None
        elif turn["role"] == "user":
            quote = quoted(reading.so_far, said)
            results = [block for block in content if block.get("type") == "tool_result"]
            if results:
                reading = Reading(reading.question, reading.number, results=[*reading.results, *results])
                reading.text = answer(reading)
            elif reading.question and asks(reading, quote, said):
                reading.ask, reading.prefill, reading.paused = quote, False, False
            else:
                reading = Reading(_asked(content), reading.number + 1)
                reading.text = answer(reading)
    return reading


def quoted(so_far: str, said: str) -> str:
    """The longest end of the answer that stands in a user's words, or nothing.

    What stands before a quote on a line of its own may by chance be what stood before it in the answer, a colon
    or an empty line: that is no part of it.
    """
    so_far = so_far.rstrip()
    shortest = so_far[-SHORTEST_QUOTE:]
    if len(shortest) < SHORTEST_QUOTE or shortest not in said:
        return ""
    low, high = SHORTEST_QUOTE, min(len(so_far), len(said))
    while low < high:
        middle = (low + high + 1) // 2
        if so_far[-middle:] in said:
            low = middle
        else:
            high = middle - 1
    quote = so_far[-low:]
    place = said.find(quote)
    first_line, _, later_lines = quote.partition("\n")
    if place and said[place - 1] not in _BEFORE_A_QUOTE and first_line and len(later_lines) >= SHORTEST_QUOTE:
        quote = later_lines
    return quote.lstrip()


def joined(reading: Reading, said: str, plain_first: bool) -> str:
    """The answer so far with one more piece of it: the first way to join that the answer bears out."""
    first: str | None = None
    for way in _ways(reading.so_far, said, reading.ask or "", plain_first):
        way = way.rstrip()
        if reading.text.startswith(way):
            return way
        first = way if first is None else first
    return first or reading.so_far


def _ways(so_far: str, said: str, ask: str, plain_first: bool) -> Iterator[str]:
    if plain_first or not ask:
        yield so_far + said
        if not ask:
            return
    start = said.find(ask)
    while start >= 0:
        yield so_far + said[start + len(ask) :]
        start = said.find(ask, start + 1)
    for size in range(min(len(so_far), len(said), 400), 0, -1):
        if so_far.endswith(said[:size]):
            yield so_far + said[size:]
    yield so_far + said
    # Cut before it had said anything new.
    yield so_far
