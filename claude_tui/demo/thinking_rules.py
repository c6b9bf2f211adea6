"""The rules for thinking that goes back: whole, unchanged, and in the conversation it was written in."""

from __future__ import annotations

from collections.abc import Iterator

from .answers import Json
from .capabilities import Model, family, thinking_shown
from .content_rules import Turn, turns
from .issued import Issued
from .signing import THINKING, Prefix, follows, read, same_text, signature_of
from .wire import obj, text_of

_MODIFIED = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. "
    "These blocks must remain as they were in the original response."
)
_MISSING = (
    "When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceding the "
    "lastmost set of `tool_use` and `tool_result` blocks)."
)
_BOUND = (
    "The block is bound to a different conversation: `system`, `tools` and every earlier message must be as they "
    "were when it was written."
)


def thinking_problems(body: Json, model: Model, issued: Issued) -> Iterator[str]:
    """Every problem of the thinking in a request."""
    said = turns(body)
    loop = _open_tool_turn(said)
    prefix = Prefix(body)
    previous: str | None = None
    own = family(text_of(body.get("model")))
    for turn in said:
        before = prefix.digest()
        if turn.role == "assistant" and turn.blocks and turn.blocks[-1][1].get("type") in THINKING:
            yield f"{turn.path}: The final block in an assistant message cannot be `thinking`."
        for path, block in turn.of(*THINKING):
            signature = signature_of(block)
            seal = read(signature)
            invalid = f"{path}: Invalid `signature` in `thinking` block."
            if seal is None:
                if signature not in issued.thinking:
                    yield invalid
                elif issued.thinking[signature] != text_of(block.get("thinking")):
                    yield f"{path}: {_MODIFIED}" if turn in loop else invalid
                previous = signature
            elif seal.family == own:
                if not same_text(seal, block):
                    yield f"{path}: {_MODIFIED}" if turn in loop else invalid
                elif model.bound and not follows(seal, previous, before):
                    yield f"{invalid} {_BOUND}"
                previous = signature
        prefix.grow({"role": turn.role, "content": [block for _, block in turn.blocks]})
    if loop and thinking_shown(body) is not None:
        yield from _tool_turn(body, loop, own, issued)


def _open_tool_turn(said: list[Turn]) -> list[Turn]:
    """The assistant turns since the last thing a person said, when tool results are being handed in."""
    if not said or said[-1].role != "user" or not any(said[-1].of("tool_result")):
        return []
    loop: list[Turn] = []
    for turn in reversed(said):
        if turn.role == "assistant":
            loop.insert(0, turn)
        elif not any(turn.of("tool_result")):
            break
    return loop


def _tool_turn(body: Json, loop: list[Turn], own: str, issued: Issued) -> Iterator[str]:
    """Inside a tool-use turn, the thinking that led to the calls goes back with them."""
    for turn in loop:
        present = [signature_of(block) for _, block in turn.of(*THINKING)]
        for _, call in turn.of("tool_use"):
            expected = issued.before_tools.get(text_of(call.get("id")), ())
            rest = iter(present)
            if not all(signature in rest for signature in expected if _is_read(signature, own)):
                yield f"{turn.path}: {_MODIFIED}"
                return
    path, opening = loop[0].blocks[0]
    if obj(body.get("thinking")).get("type") == "enabled" and opening.get("type") not in THINKING:
        yield f"{path}.type: Expected `thinking` or `redacted_thinking`, but found `{opening['type']}`. {_MISSING}"


def _is_read(signature: str, own: str) -> bool:
    seal = read(signature)
    return seal is None or seal.family == own
