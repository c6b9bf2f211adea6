"""A path of the tree, and settings, become what may be sent.

Whatever was interrupted, the result is a request the API accepts: no trailing assistant turn where
prefill is refused, no ``tool_use`` without its result, no unsigned thinking, no empty block, no thinking
replayed to a model or a history it is not bound to. The same path always gives the same messages, and
a longer path only adds to them: newer models bind thinking to an unchanged prefix. Three things alone may
go again: thinking, from the front; a server's call that was cut before its result came, and what was
thought after it; and the white space that a prefill may not end in comes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeGuard, cast

from .conversation import Join, Node
from .message import (
    ContentBlock,
    JsonObject,
    OpaqueBlock,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    block_to_wire,
)
from .models import EFFORTS, Effort, Model
from .seam import ask_text, find_seam

DEFAULT_MAX_TOKENS = 32_000
UNKNOWN_OUTCOME = "Interrupted: it is not known whether this tool ran, or what it gave."
OPENING = "(The conversation begins with your words.)"
INVALID_INPUT = "The input was not valid JSON, so the tool was not run."
ThinkingMode: TypeAlias = Literal["auto", "on", "off"]

_SERVER_TOOLS: Mapping[str, Mapping[str, JsonObject]] = {
    "2025": {
        "web_search": {"type": "web_search_20250305", "name": "web_search"},
        "web_fetch": {"type": "web_fetch_20250910", "name": "web_fetch", "citations": {"enabled": True}},
        "code_execution": {"type": "code_execution_20250825", "name": "code_execution"},
    },
    "early-2026": {
        "web_search": {"type": "web_search_20260209", "name": "web_search"},
        "web_fetch": {"type": "web_fetch_20260209", "name": "web_fetch", "citations": {"enabled": True}},
        "code_execution": {"type": "code_execution_20260120", "name": "code_execution"},
    },
    "2026": {
        "web_search": {"type": "web_search_20260318", "name": "web_search"},
        "web_fetch": {"type": "web_fetch_20260318", "name": "web_fetch", "citations": {"enabled": True}},
        "code_execution": {"type": "code_execution_20260521", "name": "code_execution"},
    },
}
_THINKING = ("thinking", "redacted_thinking")
NO_JOIN = Join()
SERVER_TOOLS = tuple(_SERVER_TOOLS["2025"])
"""Names of the tools that run at the API's side."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chose; ``build`` makes of it what the model accepts."""

    model: Model
    max_tokens: int | None = None
    system: str = ""
    effort: Effort | None = None
    """None for the model's own."""
    thinking: ThinkingMode = "auto"
    server_tools: tuple[str, ...] = ()
    local_tools: tuple[JsonObject, ...] = ()
    """Definitions of our own tools, in the wire's shape."""


@dataclass(frozen=True, slots=True)
class Request:
    """Parameters for ``messages.create``, without ``stream``."""

    params: JsonObject
    repaired: bool = False
    """Thinking was taken out of its history: what is thought in answer stands on none before it."""

    @property
    def facts(self) -> JsonObject:
        """The parameters without the messages: kept with the reply, as they were sent."""
        facts = {key: value for key, value in self.params.items() if key != "messages"}
        return {**facts, "without_thinking": True} if self.repaired else facts

    def without_thinking(self) -> Request:
        """The same with no thinking in its history: the repair of a refused signature.

        A tool turn that is still open may not lose its thinking, so of such a turn only what was said goes
        back, and what its tools gave as text.
        """
        messages = cast("Sequence[JsonObject]", self.params["messages"])
        opened = _open_from(messages)
        stripped = [_only(message, lambda block: block["type"] not in _THINKING) for message in messages]
        if stripped[opened:] != list(messages[opened:]):
            stripped[opened:] = [_as_said(message) for message in messages[opened:]]
            if (
                stripped[-1]["role"] == "assistant" and stripped[-1]["content"]
            ):  # a paused turn cannot be taken up without its calls
                stripped.append({"role": "user", "content": [{"type": "text", "text": ask_text("")}]})
        stripped = [message for message in stripped if message["content"]]
        return Request({**self.params, "messages": stripped}, repaired=True)


def _only(message: JsonObject, wanted: Callable[[JsonObject], bool]) -> JsonObject:
    return {**message, "content": [block for block in message["content"] if wanted(block)]}


def _as_said(message: JsonObject) -> JsonObject:
    """The message with nothing but text: results of calls become some."""
    if message["role"] == "assistant":
        return _only(message, lambda block: block["type"] == "text")
    content = [
        _given_as_text(block["content"]) if block["type"] == "tool_result" else block for block in message["content"]
    ]
    return {**message, "content": content}


def _open_from(messages: Sequence[JsonObject]) -> int:
    """Where the turn at the end begins: after the last message of a person that answers no call."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message["role"] == "user" and not any(block["type"] == "tool_result" for block in message["content"]):
            return place + 1
    return 0


def _given_as_text(content: object) -> dict[str, Any]:
    """The result of a call that is not sent, as text."""
    return {"type": "text", "text": f"What a tool gave: {json.dumps(content, ensure_ascii=False, default=str)}"}


def effective_effort(settings: Settings) -> Effort | None:
    """The effort that is sent: the highest the model takes up to what was chosen; None to send none."""
    model, chosen = settings.model, settings.effort
    if chosen is None or (model.known and not model.efforts):
        return None
    allowed: tuple[Effort, ...] = model.efforts or EFFORTS
    limit = EFFORTS.index(chosen)
    if thinking_is_off(settings) and model.off_up_to is not None:
        limit = min(limit, EFFORTS.index(model.off_up_to))
    fitting: list[Effort] = [effort for effort in allowed if EFFORTS.index(effort) <= limit]
    return fitting[-1] if fitting else allowed[0]


def thinking_is_off(settings: Settings, max_tokens: int | None = None) -> bool:
    """Whether the request will be made without thinking; ``max_tokens`` as for ``build``."""
    parameter = _thinking(settings, _limit(settings, max_tokens))
    if parameter is None:
        return not settings.model.thinks_by_default and settings.model.known
    return parameter["type"] in ("disabled", "between_tools")


def _limit(settings: Settings, max_tokens: int | None) -> int:
    return min(max_tokens or settings.max_tokens or DEFAULT_MAX_TOKENS, settings.model.max_output)


def _thinking(settings: Settings, max_tokens: int) -> JsonObject | None:
    """The ``thinking`` parameter the model accepts for what was chosen; None to send none."""
    model, mode = settings.model, settings.thinking
    shown = {"display": "summarized"}
    if not model.known:
        return {"type": "adaptive", **shown} if mode == "on" else None
    if "adaptive" in model.thinking:
        if mode != "off":
            return {"type": "adaptive", **shown}
        for off in ("disabled", "between_tools"):
            if off in model.thinking:
                return {"type": off} if model.thinks_by_default else None
        return {"type": "adaptive", **shown}  # it always thinks
    if "enabled" in model.thinking and mode == "on" and max_tokens > 1024:
        return {"type": "enabled", "budget_tokens": max(1024, min(16_000, max_tokens // 2)), **shown}
    return None


def tool_definitions(settings: Settings) -> list[JsonObject]:
    """Server tools of the newest version the model takes, then our own."""
    server = _SERVER_TOOLS[settings.model.server_tools]
    return [*(server[name] for name in settings.server_tools if name in server), *settings.local_tools]


def build(path: Sequence[Node], settings: Settings, *, join: Join = NO_JOIN, max_tokens: int | None = None) -> Request:
    """The request that asks for what comes after ``path``; ``join`` is that of the node to come.

    When the path ends in an assistant node, the model goes on from it (prefill, or a paused turn): only
    ``core/resume.py`` decides that. ``max_tokens`` goes before the settings' own.
    """
    model = settings.model
    limit = _limit(settings, max_tokens)
    params: dict[str, Any] = {"model": model.id, "max_tokens": limit, "messages": []}
    if settings.system.strip():
        params["system"] = settings.system
    thinking = _thinking(settings, limit)
    if thinking is not None:
        params["thinking"] = thinking
    effort = effective_effort(settings)
    if effort is not None:
        params["output_config"] = {"effort": effort}
    tools = tool_definitions(settings)
    if tools:
        params["tools"] = tools
    _keep_opened(params, path, join)
    params["cache_control"] = {"type": "ephemeral"}
    off = thinking is None or thinking["type"] == "disabled"
    keep_from = len(path) if off and model.known else _thinking_from(_sent(path, join), params)
    params["messages"] = _messages(path, keep_from, join)
    if _must_not_think(params):
        del params["thinking"]
        params["messages"] = _messages(path, len(path), join)
    return Request(params)


def _keep_opened(params: dict[str, Any], path: Sequence[Node], join: Join) -> None:
    """An open tool turn goes on with the system prompt and the tools it began with.

    Its thinking must be sent with it and is bound to them: with others the conversation could not go on at
    all. What was chosen since holds from the next turn.
    """
    for _, node in reversed(_sent(path, join)):
        if node.role == "user" or not sendable(node, None, thinking=True):
            continue
        opened: Any = node.facts.get("request")
        if _calls_us(node) and _thinks(node) and opened is not None and opened.get("model") == params["model"]:
            for key in ("system", "tools"):
                params.pop(key, None)
                if key in opened:
                    params[key] = opened[key]
        return


def _thinks(node: Node) -> bool:
    return any(isinstance(block, ThinkingBlock | RedactedThinkingBlock) for block in node.content)


def _must_not_think(params: JsonObject) -> bool:
    """Whether a tool turn is open that did not begin with thinking: with a budget it could not go on."""
    if params.get("thinking", {}).get("type") != "enabled":
        return False
    opened: list[JsonObject] = []
    for message in reversed(cast("Sequence[JsonObject]", params["messages"])):
        if message["role"] == "assistant":
            opened.append(message)
        elif not any(block["type"] == "tool_result" for block in message["content"]):
            break
    return bool(opened) and opened[-1]["content"][0]["type"] not in _THINKING


def _thinking_from(nodes: Sequence[tuple[int, Node]], params: JsonObject) -> int:
    """The index in ``path`` from which thinking may be replayed: same model, system and tools since then."""
    for index, node in reversed(nodes):
        if node.role != "assistant":
            continue
        sent: Any = node.facts.get("request", {})
        if sent.get("without_thinking"):
            return index
        # A reply that brought no thinking, or nothing at all, bound nothing to what it was asked with.
        if _thinks(node) and any(sent.get(key) != params.get(key) for key in ("model", "system", "tools")):
            return index + 1
    return 0


@dataclass(slots=True)
class _Turn:
    role: str
    blocks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def _messages(path: Sequence[Node], keep_from: int, to_come: Join) -> list[JsonObject]:
    sent = _sent(path, to_come)
    settled = _settled(node for _, node in sent)
    keep_from = max(keep_from, _unsettled(sent, settled))
    last = max((place for place, (_, node) in enumerate(sent) if node.role == "assistant"), default=-1)
    turns: list[_Turn] = []
    for place, (index, node) in enumerate(sent):
        following = sent[place + 1][1] if place + 1 < len(sent) else None
        if node.role == "user":
            _add_user(turns, node)
            continue
        blocks = sendable(node, following, thinking=index >= keep_from, settled=settled, last=place == last)
        if not blocks:
            continue
        if node.join.via == "prefill" and turns and turns[-1].role == "assistant":
            _join_prefill(turns[-1].blocks, node, blocks)
        else:
            turns.append(_Turn("assistant", blocks))
        missing = _missing_results(blocks, following)
        if missing:
            turns.append(_Turn("user", missing))
    if turns and turns[-1].role == "assistant" and not _is_paused(sent[-1][1]):
        _strip_end(turns[-1].blocks)
        if not turns[-1].blocks:
            turns.pop()
    if turns and turns[0].role == "assistant":  # an imported conversation may begin so; the API's may not
        turns.insert(0, _Turn("user", [{"type": "text", "text": OPENING}]))
    return [{"role": turn.role, "content": turn.blocks} for turn in turns]


def _sent(path: Sequence[Node], to_come: Join) -> list[tuple[int, Node]]:
    """The nodes that are sent, with their places in ``path``: not what was refused, not what was replaced."""
    sent: list[tuple[int, Node]] = []
    for index, node in enumerate(path):
        following = path[index + 1].join if index + 1 < len(path) else to_come
        if node.role == "user" or (node.stop_reason != "refusal" and not following.replaces):
            sent.append((index, node))
    return sent


def _is_paused(node: Node) -> bool:
    return node.status == "complete" and node.stop_reason == "pause_turn"


def _calls_us(node: Node) -> bool:
    return node.status == "complete" and node.stop_reason == "tool_use"


def _settled(nodes: Iterable[Node]) -> frozenset[str]:
    """The server's calls that have their results, in the same turn or a later one."""
    blocks = [block for node in nodes if node.role == "assistant" for block in node.content]
    calls = frozenset(block.id for block in blocks if _is_server_call(block))
    return calls & {block.tool_use_id for block in blocks if isinstance(block, ToolResultBlock)}


def _is_server_call(block: ContentBlock) -> TypeGuard[ToolUseBlock]:
    return isinstance(block, ToolUseBlock) and block.type != "tool_use"


def _unsettled(sent: Sequence[tuple[int, Node]], settled: frozenset[str]) -> int:
    """The index after the last thinking that stands on a server's call which is sent no more.

    Such a call is sent while its result may still come; when the next reply was cut before it came, the
    call goes, and what was thought in that reply with it.
    """
    found = 0
    for place, (_, node) in enumerate(sent):
        if not any(_is_server_call(block) and block.id not in settled for block in node.content):
            continue
        rest = sent[place + 1 :]
        if rest and (_calls_us(node) or (_is_paused(node) and rest[0][1].role == "assistant")):
            found = max(found, next((index + 1 for index, later in rest if later.role == "assistant"), 0))
    return found


def _add_user(turns: list[_Turn], node: Node) -> None:
    held = turns[-1] if turns and turns[-1].role == "user" else None
    calls = _open_calls(turns[:-1] if held else turns)
    # A result stands before any text; a result that was already made up for is not said twice.
    said = {block.get("tool_use_id") for block in held.blocks} if held else set[Any]()
    blocks: list[dict[str, Any]] = []
    for block in node.content:
        if isinstance(block, ToolResultBlock) and block.tool_use_id in said:
            continue
        if (wire := _user_block(block, calls)) is not None:
            blocks.append(wire)
    blocks.sort(key=lambda wire: wire["type"] != "tool_result")
    if held:
        held.blocks.extend(blocks)
    elif blocks:
        turns.append(_Turn("user", blocks))


def _open_calls(turns: Sequence[_Turn]) -> set[str]:
    """The calls of the turn before, which results may answer."""
    if not turns or turns[-1].role == "user":
        return set()
    return {str(block["id"]) for block in turns[-1].blocks if block["type"] == "tool_use"}


def _user_block(block: ContentBlock, calls: set[str]) -> dict[str, Any] | None:
    match block:
        case TextBlock():
            # The API refuses citations on a person's text.
            return {"type": "text", "text": block.text} if block.text.strip() else None
        case ToolResultBlock() if block.tool_use_id not in calls:
            return _given_as_text(block.content)
        case _:
            return block_to_wire(block) if _is_sendable(block) else None


_READABLE = ("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use", "?")


def _is_sendable(block: ContentBlock) -> bool:
    """False for what has the name of a known block and not its shape, and for blocks of our own."""
    if not isinstance(block, OpaqueBlock):
        return True
    return (
        not block.type.startswith("claude_tui.")
        and not block.type.endswith("tool_result")
        and (block.type not in _READABLE)
    )


def sendable(
    node: Node, following: Node | None, *, thinking: bool, settled: frozenset[str] | None = None, last: bool = True
) -> list[dict[str, Any]]:
    """The blocks of an assistant node that may be sent again, in the wire's shape.

    A text of white space alone is refused: it joins the text before it, or the next one.
    ``following`` is the node sent after it; ``settled`` the server's calls that have results, ``last`` whether
    no assistant node is sent after it.
    """
    whole = node.status == "complete"
    if settled is None:
        settled = _settled((node,))
    given = _given(following)
    # A server's call waits for its result only in the very next reply.
    waits = last and (_calls_us(node) or (_is_paused(node) and following is None))
    end = len(node.content) - 1
    kept: list[dict[str, Any]] = []
    blank = ""
    for index, block in enumerate(node.content):
        match block:
            case TextBlock():
                keep = bool(block.text.strip())
                if not keep and kept and kept[-1]["type"] == "text":
                    kept[-1]["text"] += block.text
                elif not keep:
                    blank += block.text
            case ThinkingBlock():
                keep = thinking and bool(block.signature)
            case RedactedThinkingBlock():
                keep = thinking and (whole or index < end)
            case ToolUseBlock(type="tool_use"):
                keep = _calls_us(node) or block.id in given
            case ToolUseBlock():
                keep = block.id in settled or waits
            case OpaqueBlock():
                keep = (whole or index < end) and _is_sendable(block)
            case ToolResultBlock():
                keep = block.tool_use_id in settled
        if keep:
            wire = block_to_wire(block)
            wire.pop("partial_json", None)
            if isinstance(block, TextBlock):
                wire["text"], blank = blank + block.text, ""
            kept.append(wire)
    while kept and kept[-1]["type"] in _THINKING:  # no turn may end so, and nothing was built on it
        kept.pop()
    return kept


def _given(following: Node | None) -> set[str]:
    """The calls of ours that the node after them answers."""
    if following is None or following.role != "user":
        return set()
    return {block.tool_use_id for block in following.content if isinstance(block, ToolResultBlock)}


def _missing_results(blocks: Iterable[JsonObject], following: Node | None) -> list[dict[str, Any]]:
    """Results for the calls among ``blocks`` that the path does not answer next."""
    given = _given(following)
    calls = [str(block["id"]) for block in blocks if block["type"] == "tool_use"]
    return [
        {"type": "tool_result", "tool_use_id": call, "content": UNKNOWN_OUTCOME, "is_error": True}
        for call in calls
        if call not in given
    ]


def _join_prefill(held: list[dict[str, Any]], node: Node, blocks: list[dict[str, Any]]) -> None:
    """A prefilled segment is the same message going on: its first text joins the last text before it."""
    if held and blocks and held[-1]["type"] == "text" and blocks[0]["type"] == "text":
        text = str(blocks[0]["text"])
        seam = find_seam(str(held[-1]["text"]), node.join, text, ended=True, complete=True)
        cut = seam.cut if seam is not None else 0
        held[-1] = {**held[-1], "text": f"{held[-1]['text']}{text[cut:]}"}
        blocks = blocks[1:]
    held.extend(blocks)


def _strip_end(blocks: list[dict[str, Any]]) -> None:
    """A trailing assistant text may not end in white space; what is cut stays in the tree."""
    while blocks and blocks[-1]["type"] == "text":
        text = str(blocks[-1]["text"]).rstrip()
        if text:
            blocks[-1] = {**blocks[-1], "text": text}
            return
        blocks.pop()
