"""A turn in lines: what is whole of it, once, in words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.conversation import Conversation, Node
from ...core.message import ToolUseBlock
from ...core.pricing import Cost
from ...core.text import clean_line, closed
from ...core.view import Exchange, Part, exchange, result_text
from ...markdown.spoken import Spoken
from ...turn import Turn
from ..words.endings import how_it_ended

_FIGURES = re.compile(r"[0-9.,:]+")
KEYS: Mapping[str, str] = {
    "continue": "an empty line", "model": "/model", "new": "/new", "retry": "/retry", "max-tokens": "/max-tokens",
    "budget": "/budget", "key": "/key",
}  # fmt: skip
"""How what helps is given here."""


class Teller:
    """Says what a turn brings, in the order in which it came."""

    def __init__(self, say: Callable[[str], object], before: Conversation) -> None:
        """``before`` is where the turn began: what was said there is not said again."""
        self._say = say
        self._texts: dict[str, tuple[Spoken, int]] = {}
        self._told: set[str] = set()
        self._began: dict[str, float] = {}
        self._waits = ""
        self._notes = 0
        self._open = ""
        """The text that is being read out."""
        path = before.path()
        going_on = bool(path) and path[-1].origin != "typed"
        for part in current(before, {}).parts if going_on else ():
            self._told |= {part.key, f"{part.key}!"}
            if part.kind == "text":
                spoken = Spoken(self._codes)
                spoken.pass_over(part.said)
                self._texts[part.key] = spoken, len(part.said)
                self._told.discard(part.key)

    def show(self, turn: Turn) -> None:
        """What is new in a snapshot, as far as it is whole."""
        for note in turn.notes[self._notes :]:
            self._say(note)
        self._notes = len(turn.notes)
        # What counts seconds is said once: a reader would speak each of them.
        waits = _FIGURES.sub("", turn.sentence) if turn.phase in ("retrying", "stalled") else ""
        if waits and waits != self._waits:
            self._say(turn.sentence)
        self._waits = waits
        for part in current(turn.conversation, turn.live).parts:
            match part.kind:
                case "text":
                    self._text(part)
                case "thinking":
                    self._thinking(part)
                case "tool":
                    self._tool(part)
                case "other":
                    pass

    def end(self, turn: Turn) -> None:
        """The rest, and how it ended."""
        self.show(turn)
        self._close_text()
        ended = current(turn.conversation, {})
        self._sources(ended)
        node = ended.nodes[-1] if ended.nodes else None
        characters = len(ended.text)
        told = how_it_ended(node, KEYS, characters) if node is not None else None
        if told is not None:
            self._say(_in_sentences(told[0]))
        elif turn.failure is not None:
            self._say(closed(turn.failure.sentence))
        else:
            words = len(ended.text.split())
            figures = [f"{words:,} word{'s' * (words != 1)}", cost_in_words(turn.cost)]
            self._say(f"Claude has finished. {', '.join(filter(None, figures))}.")
        if not turn.saved:
            self._say("The reply could not be saved.")

    @property
    def _codes(self) -> int:
        return max((spoken.codes for spoken, _ in self._texts.values()), default=0)

    def _text(self, part: Part) -> None:
        said = part.flow.unmarked
        known = self._texts.get(part.key)
        if not len(said) or (known is not None and len(said) == known[1]):
            return
        if self._open != part.key:
            self._close_text()
            self._open = part.key
        spoken, length = known or (Spoken(self._codes), 0)
        self._texts[part.key] = spoken, len(said)
        self._read_out(spoken.append(said.since(length)))

    def _close_text(self) -> None:
        if self._open:
            self._read_out(self._texts[self._open][0].finish())
            self._open = ""

    def _read_out(self, lines: Sequence[str]) -> None:
        for line in lines:
            if line.strip():
                # Said before the first words alone: a reader's listener knows who goes on.
                self._say(line if "Claude" in self._told else f"Claude: {line}")
                self._told.add("Claude")

    def _thinking(self, part: Part) -> None:
        if part.key in self._told:
            return
        if part.key not in self._began:
            self._close_text()
            self._began[part.key] = time.monotonic()
            if part.open:
                self._say("Claude is thinking.")
        if not part.open:
            self._told.add(part.key)
            seconds = round(time.monotonic() - self._began[part.key])
            self._say(f"Claude thought for {seconds} seconds." if seconds > 1 else "Claude has thought.")

    def _tool(self, part: Part) -> None:
        block: Any = part.block
        if not part.open and part.key not in self._told:
            self._close_text()
            self._told.add(part.key)
            given = ", ".join(f"{key} {value}" for key, value in dict(block.input).items())
            with_it = f" with {clean_line(given, 300)}" if given else ""
            name = clean_line(block.name, 60) if isinstance(block, ToolUseBlock) else "a tool"
            self._say(closed(f"Claude uses {name}{with_it}"))
        if part.result is not None and f"{part.key}!" not in self._told:
            self._told.add(f"{part.key}!")
            gave = clean_line(result_text(part.result), 300) or "nothing"
            self._say(closed(f"It failed: {gave}" if part.result.is_error else f"It gave: {gave}"))

    def _sources(self, ended: Exchange) -> None:
        for source in ended.sources:
            self._say(f"Source {source.number}: {clean_line(source.title, 200)}. {clean_line(source.url, 300)}")


def current(conversation: Conversation, live: Any) -> Exchange:
    """The last question of the path, and what was answered so far."""
    path = conversation.path()
    start = next((at for at in range(len(path) - 1, -1, -1) if path[at].origin == "typed"), None)
    question: Node | None = None if start is None else path[start]
    return exchange(question, path if start is None else path[start + 1 :], live)


def read_again(conversation: Conversation) -> list[str]:
    """The last answer of a conversation, line by line."""
    spoken = Spoken()
    return [*spoken.append(current(conversation, {}).text), *spoken.finish()]


def cost_in_words(cost: Cost) -> str:
    """``3 cents``, ``less than a cent``, ``about 1.20 dollars``; empty where it is not known."""
    if cost.dollars is None or not cost.dollars.is_finite():
        return ""
    sure = {"exact": "", "estimate": "about ", "lower": "at least "}.get(cost.exactness, "about ")
    cents = round(cost.dollars * 100)
    if cost.dollars >= 1:
        return f"{sure}{cost.dollars:.2f} dollars"
    if cents < 1:
        return "at least a fraction of a cent" if cost.exactness == "lower" else "less than a cent"
    return f"{sure}{cents} cent{'s' * (cents != 1)}"


def _in_sentences(told: str) -> str:
    """``Stopped at the limit — an empty line goes on · /model chooses another`` as it is read out."""
    what, _, helps = told.partition(" — ")
    said = "".join(f" {closed(one[:1].upper() + one[1:])}" for one in helps.split(" · ") if one)
    return closed(what) + said
