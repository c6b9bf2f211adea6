"""The server's own table of models: what each accepts. Written from the documentation, shared with nobody.

Families: `claude-opus-4-5-20251101` and its alias are one row. An unknown id that begins with `claude-` is
read as the newest kind, which takes least: no prefill, adaptive thinking only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .answers import Json
from .wire import obj

Shown = Literal["summarized", "omitted"]

LEVELS = ("low", "medium", "high", "xhigh", "max")
_ALL = frozenset(LEVELS)
_NO_XHIGH = _ALL - {"xhigh"}
_BASIC = frozenset(("low", "medium", "high"))


@dataclass(frozen=True, slots=True)
class Model:
    """One row: a model and what a request to it may say."""

    id: str
    name: str
    line: str
    released: str
    generation: int
    """10 times the version: 45 for 4.5. Decides which server tool versions it takes."""
    thinking: frozenset[str]
    """Values of `thinking.type` that are accepted."""
    thinks_unasked: bool
    """Whether it thinks when the request has no `thinking`."""
    efforts: frozenset[str] = _ALL
    low_effort_to_stop: bool = False
    """`disabled` and `between_tools` only at effort up to high."""
    default_effort: str = "high"
    prefill: bool = False
    bound: bool = False
    """Thinking is bound to the conversation before it."""
    forced_tools: bool = True
    shows_thinking: bool = False
    """The default of `thinking.display`."""
    context: int = 1_000_000
    max_tokens: int = 128_000
    cache_minimum: int = 512
    aliases: tuple[str, ...] = ()
    lifecycle: str = "active"
    deprecated: str | None = None
    """The day it was deprecated."""
    retires: str | None = None


def _types(*names: str) -> frozenset[str]:
    return frozenset(names)


MODELS: tuple[Model, ...] = (
    Model("claude-fable-5-2", "Claude Fable 5.2", "fable", "2026-11-09", 52, _types("adaptive"), True,
          bound=True, forced_tools=False),
    Model("claude-mythos-5-2", "Claude Mythos 5.2", "mythos", "2026-11-09", 52, _types("adaptive"), True,
          bound=True, forced_tools=False),
    Model("claude-haiku-5-5", "Claude Haiku 5.5", "haiku", "2026-10-07", 55, _types("adaptive", "disabled"), True,
          low_effort_to_stop=True, default_effort="medium", bound=True),
    Model("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet", "2026-09-28", 55, _types("adaptive", "between_tools"),
          True, low_effort_to_stop=True, bound=True, forced_tools=False),
    Model("claude-opus-5-5", "Claude Opus 5.5", "opus", "2026-09-22", 55, _types("adaptive"), True,
          default_effort="medium", bound=True, forced_tools=False),
    Model("claude-fable-5-1", "Claude Fable 5.1", "fable", "2026-09-01", 51, _types("adaptive"), True,
          bound=True, forced_tools=False),
    Model("claude-mythos-5-1", "Claude Mythos 5.1", "mythos", "2026-09-01", 51, _types("adaptive"), True,
          bound=True, forced_tools=False),
    Model("claude-opus-5", "Claude Opus 5", "opus", "2026-07-24", 50, _types("adaptive", "disabled"), True,
          low_effort_to_stop=True),
    Model("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "2026-06-30", 50, _types("adaptive", "disabled"), True,
          cache_minimum=1024),
    Model("claude-fable-5", "Claude Fable 5", "fable", "2026-06-09", 50, _types("adaptive"), True),
    Model("claude-mythos-5", "Claude Mythos 5", "mythos", "2026-06-09", 50, _types("adaptive"), True),
    Model("claude-opus-4-8", "Claude Opus 4.8", "opus", "2026-04-30", 48, _types("adaptive", "disabled"), False,
          cache_minimum=1024),
    Model("claude-opus-4-7", "Claude Opus 4.7", "opus", "2026-03-31", 47, _types("adaptive", "disabled"), False,
          cache_minimum=2048),
    # Its day has passed and it still answers: `retires_at` may be overdue.
    Model("claude-mythos-preview", "Claude Mythos Preview", "mythos", "2026-03-15", 47, _types("adaptive", "enabled"),
          True, lifecycle="deprecated", deprecated="2026-04-30", retires="2026-06-30"),
    Model("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "2026-02-17", 46,
          _types("adaptive", "enabled", "disabled"), False, efforts=_NO_XHIGH, shows_thinking=True, cache_minimum=1024),
    Model("claude-opus-4-6", "Claude Opus 4.6", "opus", "2026-02-05", 46,
          _types("adaptive", "enabled", "disabled"), False, efforts=_NO_XHIGH, shows_thinking=True, cache_minimum=4096),
    Model("claude-opus-4-5-20251101", "Claude Opus 4.5", "opus", "2025-11-01", 45, _types("enabled", "disabled"), False,
          efforts=_BASIC, prefill=True, shows_thinking=True, context=200_000, max_tokens=64_000, cache_minimum=4096,
          aliases=("claude-opus-4-5",), lifecycle="deprecated", deprecated="2026-09-24", retires="2026-11-24"),
    Model("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "haiku", "2025-10-01", 45, _types("enabled", "disabled"),
          False, efforts=frozenset(), prefill=True, shows_thinking=True, context=200_000, max_tokens=64_000,
          cache_minimum=4096, aliases=("claude-haiku-4-5",)),
    Model("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "2025-09-29", 45, _types("enabled", "disabled"),
          False, efforts=frozenset(), prefill=True, shows_thinking=True, context=200_000, max_tokens=64_000,
          cache_minimum=1024, aliases=("claude-sonnet-4-5",), lifecycle="deprecated", deprecated="2026-09-30",
          retires="2026-11-30"),
    Model("claude-opus-4-20250514", "Claude Opus 4", "opus", "2025-05-14", 40, _types("enabled", "disabled"), False,
          efforts=frozenset(), prefill=True, shows_thinking=True, context=200_000, max_tokens=32_000,
          cache_minimum=1024, aliases=("claude-opus-4-0",), lifecycle="retired", deprecated="2026-03-15",
          retires="2026-06-15"),
)  # fmt: skip

_BY_ID = {name: model for model in MODELS for name in (model.id, *model.aliases)}


def find(model_id: str) -> Model | None:
    """The row of a model; an unknown Claude is the newest kind; anything else is no model, nor is what retired."""
    if known := _BY_ID.get(model_id):
        return known if known.lifecycle != "retired" else None
    if model_id.startswith("claude-"):
        return Model(model_id, model_id, "unknown", "2026-11-20", 99, _types("adaptive"), True, bound=True,
                     forced_tools=False)  # fmt: skip
    return None


def family(model_id: str) -> str:
    """What a thinking block is tied to: the model, whichever of its names was used."""
    known = find(model_id)
    return known.id if known else model_id


def thinking_shown(body: Json) -> Shown | None:
    """How this request wants thinking to come back; None when the model does not think."""
    model = find(str(body.get("model")))
    if model is None:
        return None
    config = obj(body.get("thinking"))
    if config.get("type") in ("disabled", "between_tools"):
        return None
    if not config and not model.thinks_unasked:
        return None
    display = config.get("display")
    if display in ("summarized", "omitted"):
        return display
    return "summarized" if model.shows_thinking else "omitted"


def described(model: Model) -> Json:
    """A model as `GET /v1/models` lists it."""

    def yes(supported: bool) -> Json:
        return {"supported": supported}

    thinking_types = ("adaptive", "between_tools", "disabled", "enabled")
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": f"{model.released}T00:00:00Z",
        "lifecycle": model.lifecycle,
        "line": model.line if model.line != "unknown" else None,
        "deprecated_at": model.deprecated and f"{model.deprecated}T00:00:00Z",
        "retires_at": model.retires and f"{model.retires}T00:00:00Z",
        "max_input_tokens": model.context,
        "max_tokens": model.max_tokens,
        "capabilities": {
            "batch": yes(True),
            "citations": yes(True),
            "code_execution": yes(model.generation >= 46),
            "context_management": {
                **yes(True),
                "clear_tool_uses_20250919": yes(True),
                "compact_20260112": yes(model.generation >= 46),
            },
            "effort": {**yes(bool(model.efforts)), **{level: yes(level in model.efforts) for level in LEVELS}},
            "image_input": yes(True),
            "pdf_input": yes(True),
            "server_tools": {**yes(True), "code_execution": yes(True), "web_search": yes(True)},
            "structured_outputs": yes(True),
            "thinking": {**yes(True), "types": {name: yes(name in model.thinking) for name in thinking_types}},
        },
    }
