"""How many tokens something has before anybody counted it: a measure, and what was counted that corrects it.

A text is measured by its characters, each kind at what it costs a tokenizer on average. How far that is from a
model's own count is one factor, learned from every count that comes back. What the API has counted already is not
measured again: of a conversation that goes on only what is new is a guess.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

from .attached import kept_of
from .conversation import Node
from .history import sent_nodes, thinks
from .imported import as_sent
from .measure import UNIT, measure
from .message import (
    JsonObject,
    OpaqueBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from .request import NO_JOIN, Settings, head, thinking_sent
from .room import is_compacted

Sureness: TypeAlias = Literal["guess", "learned", "counted"]
"""Nothing was counted yet; what is new is a guess beside what was counted; the API counted exactly this."""

_CALL, _RESULT = 12 * UNIT, 8 * UNIT
"""What stands around a call, and its result."""
_MESSAGE, _REQUEST = 4, 4
"""Tokens that stand around a message, and before a request, whatever the tokenizer makes of words."""
_IMAGE, _PAGE, _PAGE_BYTES = 1_600 * UNIT, 2_000 * UNIT, 60_000
"""What an image has at most, what a page of a document has, and how many characters of base64 a page takes."""
_NEWER = 1.3
"""Tokenizers since Opus 4.7 make about 30 % more tokens of a text (the platform's migration pages)."""
_OLDER = ("claude-opus-4-5", "claude-opus-4-6", "claude-sonnet-4", "claude-haiku-4", "claude-3")
_DOUBT = UNIT
"""What a measure must outweigh before its count is trusted more than what was thought before."""
_WORDS = 8 * UNIT
"""A measure whose count tells of what an API puts around a few words, and not yet of its tokenizer."""
_LEAST, _MOST = 0.3, 4.0
"""Tokens to a measured one that no tokenizer goes beyond."""

# What a message weighs


@dataclass(frozen=True, slots=True)
class Weight:
    """The measure of a message: what is always sent of it, and its thinking, which not every request carries."""

    said: int = 0
    thought: int = 0


WeightOf: TypeAlias = Callable[[Node], Weight | None]
"""The weight of a message; None while it is not worked out."""


def weigh(node: Node) -> Weight:
    """The measure of a message as it would be sent."""
    said = thought = 0
    for block in node.content:
        match block:
            case TextBlock():
                said += measure(block.text)
            case ThinkingBlock():
                thought += measure(block.thinking) if block.signature else 0
            case ToolUseBlock():
                said += _CALL + _measure_json(block.input)
            case ToolResultBlock():
                said += _RESULT + _measure_json(block.content)
            case OpaqueBlock():
                said += _measure_opaque(block)
            case _:
                pass
    return Weight(said, thought)


def weigh_head(params: JsonObject) -> int:
    """The measure of what stands before the messages: the system prompt and the tools."""
    system: Any = params.get("system")
    return (_measure_json(system) if system else 0) + _measure_json(params.get("tools") or "")


def _measure_json(value: object) -> int:
    return measure(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _measure_opaque(block: OpaqueBlock) -> int:
    if (kept := kept_of(block.data)) is not None:
        return kept.tokens * UNIT
    if block.type.startswith("claude_tui."):
        return 0
    if block.type == "image":
        return _IMAGE
    source: Any = block.data.get("source")
    if block.type == "document" and isinstance(source, Mapping):
        held: Any = cast("JsonObject", source).get("data")
        if isinstance(held, str) and cast("JsonObject", source).get("type") == "base64":
            return _PAGE * (1 + len(held) // _PAGE_BYTES)
    return _measure_json(block.data)


# What was counted


def first_factor(model_id: str) -> float:
    """Tokens to a measured one before any count of this model came back."""
    return 1.0 if model_id.startswith(_OLDER) else _NEWER


def factor_of(counted: int, weight: int, before: float) -> float:
    """Tokens to a measured one, after ``counted`` tokens came back for a measure of ``weight``; ``before`` is what
    was thought until then, and stays when there is next to nothing to learn from."""
    return min(max((before * _DOUBT + counted * UNIT) / (_DOUBT + weight), _LEAST), _MOST)


@dataclass(frozen=True, slots=True)
class Basis:
    """What would be sent before what is being typed."""

    known: int = 0
    """Tokens of it that are known: the API counted them, or they stand around what it did not."""
    guessed: int = 0
    """The measure of the rest; may be negative, where less is sent than was counted."""
    factor: float = _NEWER
    learned: bool = False
    """Whether any count of this model came back."""
    counted: tuple[int, int] | None = None
    """A count of all with a text of that measure: the measure, and the tokens."""
    whole: int | None = None
    """The measure of all of it, what was counted too; None while that is not worked out."""
    around: int = 0
    """Tokens that stand around the messages of all of it."""

    def with_text(self, weight: int) -> Estimate:
        """With a text of that measure typed."""
        if self.counted is not None:
            at, tokens = self.counted
            sure: Sureness = "counted" if at == weight else "learned"
            return Estimate(max(tokens + round((weight - at) * self.factor / UNIT), 1), sure)
        guess = round((self.guessed + weight) * self.factor / UNIT)
        return Estimate(max(self.known + _MESSAGE + guess, 1), "learned" if self.learned else "guess")

    def guess(self, weight: int) -> int:
        """How many of those tokens are a guess, with a text of that measure typed."""
        new = weight - self.counted[0] if self.counted is not None else self.guessed + weight
        return round(abs(new) * self.factor / UNIT)

    def with_count(self, weight: int, tokens: int) -> Basis:
        """After the API counted all of it with a text of that measure."""
        factor = self.factor
        if self.whole is not None and self.whole + weight > _WORDS:
            factor = factor_of(tokens - self.around - _MESSAGE, self.whole + weight, self.factor)
        return replace(self, factor=factor, learned=True, counted=(weight, tokens))


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many tokens would be sent."""

    tokens: int
    sure: Sureness


def basis(path: Sequence[Node], settings: Settings, weight_of: WeightOf, before: float | None = None) -> Basis:
    """What would be sent of ``path`` before a question that comes after it; ``before`` is the factor that was
    learned of this model elsewhere."""
    path = as_sent(path)
    if settings.compact:  # what stands before the API's own summary is not read
        path = path[next((at for at in range(len(path) - 1, -1, -1) if is_compacted(path[at])), 0) :]
    chosen = head(settings)
    sent = sent_nodes(path, NO_JOIN)
    kept = thinking_sent(path, sent, chosen, known=settings.model.known)
    places = [index for index, _ in sent]
    factor = before if before is not None else first_factor(settings.model.id)
    weights = [_sum(weight_of(path[index]), index in kept) for index in places]
    head_weight = weigh_head(chosen)
    whole = None if None in weights else head_weight + sum(weight or 0 for weight in weights)
    around = _REQUEST + _MESSAGE * len(sent)
    at = next((place for place in range(len(sent) - 1, -1, -1) if _was_counted(sent[place][1], settings)), None)
    if at is None:
        guessed = head_weight + sum(weight or 0 for weight in weights)
        return Basis(around, guessed, factor, before is not None, None, whole, around)
    index, node = sent[at]
    asked = cast("JsonObject", node.facts["request"])
    known, head_then, dropped = node.usage.context_tokens, weigh_head(asked), 0
    if None not in weights[:at]:
        then = thinking_sent(path[:index], sent[:at], asked, known=settings.model.known)
        measured = sum(_sum(weight_of(path[place]), place in then) or 0 for place in places[:at])
        if head_then + measured > _WORDS:
            factor = factor_of(known - _REQUEST - _MESSAGE * at, head_then + measured, factor)
        dropped = sum(_thinking_tokens(path[place]) for place in then - kept)
        dropped -= sum(_thinking_tokens(path[place]) for place in kept - then if place < index)
    known += _MESSAGE * (len(sent) - at) - dropped
    guessed = head_weight - head_then + sum(weight or 0 for weight in weights[at + 1 :])
    if node.status == "complete" and node.facts.get("usage_final") is not False:
        known += node.usage.output_tokens - (0 if index in kept else _thinking_tokens(node))
    else:
        guessed += weights[at] or 0
    return Basis(known, guessed, factor, True, None, whole, around)


def _sum(weight: Weight | None, thinking: bool) -> int | None:
    return None if weight is None else weight.said + (weight.thought if thinking else 0)


def _thinking_tokens(node: Node) -> int:
    return node.usage.detail("output_tokens_details", "thinking_tokens") if thinks(node) else 0


def _was_counted(node: Node, settings: Settings) -> bool:
    """Whether the usage of a reply says how much was sent: the same tokenizer counted it, and once.

    Where tools ran at the API's side the count is a sum over all they were read with.
    """
    asked: Any = node.facts.get("request")
    if node.role != "assistant" or not isinstance(asked, Mapping) or node.usage.context_tokens <= 0:
        return False
    sent = cast("JsonObject", asked)
    if sent.get("model") != settings.model.id or ("context_management" in sent) != settings.compact:
        return False
    return not any(isinstance(block, ToolUseBlock) and block.type != "tool_use" for block in node.content)
