"""What a reply that still comes has likely used: an estimate that grows with it, and ends near the true count.

The API counts once at the start, and truly only at the end. In between the output is measured by its characters,
and what the server's tools found is read as input by the passes after them. It is rather told too low than too
high, so that the true figure does not take back what was shown; how far it is off teaches the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .estimate import first_factor
from .events import BlockStart, InputJsonDelta, StreamEvent, TextDelta, ThinkingDelta
from .measure import UNIT, measure
from .message import ContentBlock, OpaqueBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage

_AROUND, _CALL = 4, 12
"""Tokens that stand around a reply, and around each call in it."""
_FOUND = 4
"""Characters of what a tool found that are a token at least: most of it comes encrypted."""
_TRUST = 100.0
"""So many tokens' worth of what was thought before counts beside what one reply teaches."""
_LEAST, _MOST = 0.5, 20.0
_CAUTION = 0.9
"""What is not known yet is told lower, by as much as the measure is off at most for plain texts."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Tokens to a measured one, for what a model says and for what is seen of its thinking."""

    text: float
    thinking: float

    @classmethod
    def first(cls, model_id: str) -> Pace:
        """Before any reply of this model was counted."""
        factor = first_factor(model_id)
        return cls(factor, factor).cautious

    @property
    def cautious(self) -> Pace:
        """The same, rather too low."""
        return Pace(self.text * _CAUTION, self.thinking * _CAUTION)


@dataclass(frozen=True, slots=True)
class Heard:
    """What has come of a reply, measured."""

    text: int = 0
    thinking: int = 0
    calls: int = 0
    found: int = 0
    """Characters that the server's tools brought."""
    passes: int = 0
    """Times the model went on after that, and read all of it."""
    searches: int = 0
    unread: bool = False
    """A tool brought something, and nothing came since."""

    def plus(self, events: Iterable[StreamEvent]) -> Heard:
        """With what came since."""
        heard = self
        for event in events:
            match event:
                case TextDelta(text=text):
                    heard = replace(heard, text=heard.text + measure(text))
                case ThinkingDelta(thinking=text):
                    heard = replace(heard, thinking=heard.thinking + measure(text))
                case InputJsonDelta(partial_json=text):
                    heard = replace(heard, text=heard.text + measure(text))
                case BlockStart(block=block):
                    heard = heard.with_block(block)
                case _:
                    pass
        return heard

    def with_block(self, block: ContentBlock) -> Heard:
        """With a block as far as it is whole."""
        match block:
            case ToolResultBlock():
                found = len(json.dumps(block.content, ensure_ascii=False, default=str))
                searched = block.type == "web_search_tool_result" and isinstance(block.content, list)
                return replace(self, found=self.found + found, searches=self.searches + searched, unread=True)
            case TextBlock():
                heard = replace(self, text=self.text + measure(block.text))
            case ThinkingBlock():
                heard = replace(self, thinking=self.thinking + measure(block.thinking))
            case ToolUseBlock():
                given = measure(block.partial_json or (json.dumps(dict(block.input)) if block.input else ""))
                heard = replace(self, text=self.text + given, calls=self.calls + 1)
            case OpaqueBlock():
                return self
            case _:
                heard = self
        return replace(heard, passes=heard.passes + heard.unread, unread=False)


def heard_of(content: Iterable[ContentBlock]) -> Heard:
    """What a reply holds, measured."""
    heard = Heard()
    for block in content:
        heard = heard.with_block(block)
    return heard


def likely(first: Usage, newest: Usage, heard: Heard, pace: Pace) -> Usage:
    """The counts with what has likely been added to them since the ``first``; never less than the ``newest``."""
    said = (heard.text * pace.text + heard.thinking * pace.thinking) / UNIT
    begun = bool(heard.text or heard.thinking or heard.calls)
    guess: dict[str, Any] = {"output_tokens": int(said) + _CALL * heard.calls + _AROUND * begun}
    prompt = first.context_tokens
    if heard.passes:
        # What the cache holds is read from it again; without one it is input each time.
        cached = first.cache_read_input_tokens + first.cache_creation_input_tokens
        again = heard.passes * prompt
        name = "cache_read_input_tokens" if cached else "input_tokens"
        guess[name] = first.count(name) + again
        guess["input_tokens"] = guess.get("input_tokens", first.input_tokens) + heard.found // _FOUND
    more = {name: count for name, count in guess.items() if count > newest.count(name)}
    if heard.searches > newest.detail("server_tool_use", "web_search_requests"):
        more["server_tool_use"] = {"web_search_requests": heard.searches}
    return newest.updated(more) if more else newest


def taught(pace: Pace, usage: Usage, heard: Heard) -> Pace:
    """The pace after a reply was counted to its end."""
    thought = usage.detail("output_tokens_details", "thinking_tokens")
    said = max(usage.output_tokens - thought - _AROUND - _CALL * heard.calls, 0)
    if heard.thinking and not thought:  # one count for both
        both = _learned((pace.text + pace.thinking) / 2, said, heard.text + heard.thinking)
        return Pace(both, both)
    thinking = _learned(pace.thinking, thought, heard.thinking) if heard.thinking else pace.thinking
    return Pace(_learned(pace.text, said, heard.text), thinking)


def _learned(before: float, counted: int, weight: int) -> float:
    return min(max((before * _TRUST + counted) / (_TRUST + weight / UNIT), _LEAST), _MOST)
