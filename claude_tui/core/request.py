"""A path of the tree, and settings, become what may be sent.

Whatever was interrupted, the result is a request the API accepts: no trailing assistant turn where
prefill is refused, no ``tool_use`` without its result, no unsigned thinking, no empty block, no thinking
replayed to a model or a history it is not bound to. What of the path is sent, and how, is ``history``'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from .conversation import Join, Node
from .history import Sent, messages, open_turn, sent_nodes, thinks
from .imported import as_sent
from .message import JsonObject
from .models import EFFORTS, Effort, Model
from .pricing import Life
from .repair import THINKING, without_thinking
from .room import is_compacted, management, without_compaction

DEFAULT_MAX_TOKENS = 32_000
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
COUNTED = ("web_search", "web_fetch")
"""Those that take ``max_uses``."""
_MESSAGE_ID = re.compile(r"msg_[A-Za-z0-9_-]{1,100}")
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
    tool_uses: int | None = None
    """How often each tool at the API's side that can be told so may be used for one reply; None for as it likes."""
    compact: bool = False
    """Whether the API may make room in the context by itself."""
    persona: str = ""
    """The name of the persona it was all taken from."""
    life: Life = "5m"
    """How long the API's cache is to keep what it read."""
    diagnose: bool = False
    """Whether the API is to say why its cache could not be read: it keeps hashes of a request that asks for that."""
    kept_max_tokens: int | None = None
    """The longest reply that stays chosen, where ``max_tokens`` is for this run alone."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that are on."""
        return (*self.server_tools, *(str(tool["name"]) for tool in self.local_tools))

    def beside(self, request: Request) -> JsonObject:
        """What was chosen and cannot be read from what is sent, to be kept with the reply: an effort the model does
        not take, say, or what has to wait for a tool turn to end."""
        sent = request.params
        said: dict[str, Any] = {"effort": self.effort or "auto", "thinking": self.thinking}
        said["max_tokens"] = self.kept_max_tokens or 0
        if self.persona:
            said["persona"] = self.persona
        if self.system.strip() != str(sent.get("system", "")).strip():
            said["system"] = self.system
        if [*self.tools] != [tool.get("name") for tool in sent.get("tools", ())]:
            said["tools"] = [*self.tools]
        return said


@dataclass(frozen=True, slots=True)
class Request:
    """Parameters for ``messages.create``, without ``stream``."""

    params: JsonObject
    repaired: Literal["", "without thinking", "in words"] = ""
    """Thinking was taken out of its history, so what is thought in answer stands on none before it; the tool turn
    at its end may have become words for it."""

    @property
    def facts(self) -> JsonObject:
        """The parameters without the messages: kept with the reply, as they were sent."""
        facts = {key: value for key, value in self.params.items() if key != "messages"}
        if self.repaired:
            facts["without_thinking"] = True
        if self.repaired == "in words":
            facts["without_calls"] = True
        return facts

    def without_thinking(self) -> Request:
        """The same with no thinking in its history: the repair of a refused signature."""
        held = cast("Sequence[JsonObject]", self.params["messages"])
        messages, in_words = without_thinking(held)
        if messages == held:
            return self
        return Request({**self.params, "messages": messages}, "in words" if in_words else "without thinking")


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
        if mode == "off" and not model.thinks_by_default:
            return None
        off = [kind for kind in ("disabled", "between_tools") if kind in model.thinking]
        return {"type": off[0]} if mode == "off" and off else {"type": "adaptive", **shown}  # some always think
    if "enabled" in model.thinking and mode == "on" and max_tokens > 1024:
        return {"type": "enabled", "budget_tokens": max(1024, min(16_000, max_tokens // 2)), **shown}
    return None


def tool_definitions(settings: Settings) -> list[JsonObject]:
    """Server tools of the newest version the model takes, then our own."""
    known = _SERVER_TOOLS[settings.model.server_tools]
    taken = (name for name in settings.server_tools if name in known and name not in settings.model.barred_tools)
    server = [known[name] for name in taken]
    if settings.tool_uses is not None:
        server = [{**tool, "max_uses": settings.tool_uses} if tool["name"] in COUNTED else tool for tool in server]
    return [*server, *settings.local_tools]


def head(settings: Settings, max_tokens: int | None = None) -> dict[str, Any]:
    """The parameters of a request that settings alone decide: all but its messages."""
    limit = _limit(settings, max_tokens)
    params: dict[str, Any] = {"model": settings.model.id, "max_tokens": limit, "messages": []}
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
    params["cache_control"] = {"type": "ephemeral"} if settings.life == "5m" else {"type": "ephemeral", "ttl": "1h"}
    if settings.compact:
        params["context_management"] = management(settings.model.context)
    return params


def build(path: Sequence[Node], settings: Settings, *, join: Join = NO_JOIN, max_tokens: int | None = None) -> Request:
    """The request that asks for what comes after ``path``; ``join`` is that of the node to come.

    When the path ends in an assistant node, the model goes on from it (prefill, or a paused turn): only
    ``core/resume.py`` decides that. ``max_tokens`` goes before the settings' own.
    """
    path = as_sent(path)
    params = head(settings, max_tokens)
    whole = sent_nodes(path, join)
    _keep_opened(params, open_turn(whole))
    kept = thinking_sent(path, whole, params, known=settings.model.known)
    if "context_management" not in params:
        path = [without_compaction(node) for node in path]
    sent = sent_nodes(path, join)
    params["messages"] = messages(path, sent, kept)
    if _must_not_think(params):
        del params["thinking"]
        params["messages"] = messages(path, sent, ())
    if settings.diagnose:
        params["diagnostics"] = {"previous_message_id": _previous(sent)}
    return Request(params)


def _previous(sent: Sent) -> str | None:
    """The API's id of the last reply that is sent, with whose request this one is to be compared."""
    last = next((node for _, node in reversed(sent) if node.role == "assistant"), None)
    named: Any = last.facts.get("message_id") if last is not None else None
    return named if isinstance(named, str) and _MESSAGE_ID.fullmatch(named) else None


def _keep_opened(params: dict[str, Any], opened: Sequence[tuple[int, Node]]) -> None:
    """An open tool turn goes on with the system prompt and the tools it began with.

    Its thinking must be sent with it and is bound to them: with others the conversation could not go on at
    all. What was chosen since holds from the next turn.
    """
    for _, node in opened:
        asked: Any = node.facts.get("request")
        if thinks(node) and asked is not None and asked.get("model") == params["model"]:
            for key in ("system", "tools", "context_management"):
                params.pop(key, None)
                if key in asked:
                    params[key] = asked[key]
            return


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
    return bool(opened) and opened[-1]["content"][0]["type"] not in THINKING


def thinking_sent(path: Sequence[Node], sent: Sent, params: JsonObject, *, known: bool = True) -> frozenset[int]:
    """The places in ``path`` of the nodes whose thinking goes back in a request with these parameters to a model we
    know, or do not: the model's own, back to where the system prompt or the tools were others, a summary of the API's
    own was there or was not, or where it was taken out because the API had refused it."""
    thinking: Any = params.get("thinking")
    if known and (thinking is None or thinking["type"] == "disabled"):
        return frozenset()
    places = dict(sent)
    kept: set[int] = set()
    summed = next((index for index, node in enumerate(path) if is_compacted(node)), len(path))
    for index in range(len(path) - 1, -1, -1):
        asked: Any = path[index].facts.get("request", {})
        if asked.get("model") != params["model"]:
            continue
        # A reply that brought no thinking, or nothing at all, bound nothing to what it was asked with.
        if index in places and thinks(path[index]):
            if any(asked.get(key) != params.get(key) for key in ("system", "tools")):
                break
            if index >= summed and ("context_management" in asked) != ("context_management" in params):
                break
            kept.add(index)
        if asked.get("without_thinking"):
            break
    return frozenset(kept)
