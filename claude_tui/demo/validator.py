"""Whether the API would take a request, and if not, why: its documented rules, in its own words where known.

The rules are spread by subject: settings here, tools, content and thinking in the modules of those names.
Stricter than the API where the API is only vague: a client that passes here passes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from . import compaction, shapes
from .answers import Json
from .capabilities import LEVELS, Model, find, thinking_shown
from .content_rules import content_problems, text_problems
from .issued import Issued
from .shapes import Shape, missing_and_extra
from .thinking_rules import thinking_problems
from .tool_rules import tool_problems
from .wire import arr, cache_marks, obj, text_of

VERSIONS = ("2023-06-01", "2026-10-21")
_FAST = {"claude-opus-5-5": "", "claude-opus-5": "fast-mode-2026-02-01", "claude-opus-4-8": "fast-mode-2026-02-01"}
"""Models with a fast mode, and the beta header that it still needs."""


def problems(
    body: Json, headers: Mapping[str, str], *, counting: bool = False, issued: Issued | None = None
) -> list[str]:
    """Every reason to refuse this request, the first to be reported first. Header names are in lower case.

    `counting` reads it as a request to count tokens; `issued` is what this server remembers having sent.
    """
    return list(_all(body, headers, counting, issued or Issued()))


def _all(body: Json, headers: Mapping[str, str], counting: bool, issued: Issued) -> Iterator[str]:
    version = headers.get("anthropic-version")
    if version is None:
        yield "anthropic-version: header is required"
    elif version not in VERSIONS:
        yield f'anthropic-version: "{version}" is not a valid version'
    yield from _keys(body, shapes.COUNT if counting else shapes.REQUEST, headers)
    model_id = body.get("model")
    if not isinstance(model_id, str) or not model_id:
        yield "model: Input should be a valid string"
        return
    model = find(model_id)
    if model is None:
        yield f"model: {model_id}"
        return
    yield from _plain_settings(body, model, headers, counting)
    yield from _thinking_settings(body, model)
    yield from _output_config(body, model)
    yield from tool_problems(body, model)
    yield from compaction.problems(body, headers, model)
    yield from _caching(body)
    if "system" in body:
        yield from text_problems("system", body["system"])
    messages = list(content_problems(body, issued))
    yield from messages
    if not messages and arr(body.get("messages")):
        # What stands on a broken history is not worth telling.
        yield from _ending(body, model)
        yield from thinking_problems(body, model, issued)


def _keys(body: Json, shape: Shape, headers: Mapping[str, str]) -> Iterator[str]:
    beta = shapes.BETA_KEYS if headers.get("anthropic-beta") else frozenset[str]()
    for name in shapes.SAMPLING:
        if name in body:
            yield f"{name}: sampling parameters are not supported in API version 2026-10-21"
    known = {key: value for key, value in body.items() if key not in shapes.SAMPLING and key not in beta}
    yield from missing_and_extra("", known, shape)


def _plain_settings(body: Json, model: Model, headers: Mapping[str, str], counting: bool) -> Iterator[str]:
    limit = body.get("max_tokens")
    if "max_tokens" in body and (not isinstance(limit, int) or isinstance(limit, bool)):
        yield "max_tokens: Input should be a valid integer"
    elif isinstance(limit, int) and limit < 0:
        yield "max_tokens: Input should be greater than or equal to 0"
    elif isinstance(limit, int) and limit > model.max_tokens:
        yield (
            f"max_tokens: {limit} > {model.max_tokens}, which is the maximum allowed number of output tokens "
            f"for {body['model']}"
        )
    if "stream" in body and not isinstance(body["stream"], bool):
        yield "stream: Input should be a valid boolean"
    for name, shape in (
        ("metadata", shapes.METADATA),
        ("diagnostics", shapes.DIAGNOSTICS),
        ("output_config", shapes.OUTPUT_CONFIG),
    ):
        if name in body and not isinstance(body[name], dict):
            yield f"{name}: Input should be a valid dictionary"
        yield from missing_and_extra(name, obj(body.get(name)), shape)
    previous = obj(body.get("diagnostics")).get("previous_message_id")
    if previous is not None and not (isinstance(previous, str) and previous.startswith("msg_")):
        yield "diagnostics.previous_message_id: Input should be the id of a message"
    container = body.get("container")
    if container is not None and not isinstance(container, str):
        yield from missing_and_extra("container", obj(container), shapes.CONTAINER)
    if body.get("service_tier", "auto") not in ("auto", "standard_only"):
        yield "service_tier: Input should be 'auto' or 'standard_only'"
    speed = body.get("speed")
    if speed not in (None, "standard", "fast"):
        yield "speed: Input should be 'standard' or 'fast'"
    elif speed == "fast":
        beta = _FAST.get(model.id)
        if beta is None or beta not in headers.get("anthropic-beta", ""):
            yield f"speed: fast mode is not available for {body['model']}"
    stops = body.get("stop_sequences")
    if stops is not None and not isinstance(stops, list):
        yield "stop_sequences: Input should be a valid list"
    for index, stop in enumerate(arr(stops)):
        if not text_of(stop).strip():
            yield f"stop_sequences.{index}: each stop sequence must contain non-whitespace"


def _thinking_settings(body: Json, model: Model) -> Iterator[str]:
    if "thinking" not in body:
        return
    config = obj(body["thinking"])
    kind = text_of(config.get("type"))
    if kind not in shapes.THINKING:
        yield (
            f"thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags: "
            "'adaptive', 'between_tools', 'disabled', 'enabled'"
        )
        return
    yield from missing_and_extra(f"thinking.{kind}", config, shapes.THINKING[kind])
    if config.get("display") not in (None, "summarized", "omitted"):
        yield f"thinking.{kind}.display: Input should be 'summarized' or 'omitted'"
    if kind not in model.thinking:
        instead = "adaptive" if "adaptive" in model.thinking else "enabled"
        yield f'"thinking.type.{kind}" is not supported for this model. Use "thinking.type.{instead}" instead.'
    effort = text_of(obj(body.get("output_config")).get("effort")) or model.default_effort
    if kind in ("disabled", "between_tools") and model.low_effort_to_stop and effort in ("xhigh", "max"):
        yield f'"thinking.type.{kind}" is only supported with effort up to "high" for this model.'
    if kind == "enabled":
        budget, limit = config.get("budget_tokens"), body.get("max_tokens")
        if not isinstance(budget, int) or isinstance(budget, bool):
            yield "thinking.enabled.budget_tokens: Input should be a valid integer"
        elif budget < 1024:
            yield "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        elif isinstance(limit, int) and budget >= limit:
            yield "`max_tokens` must be greater than `thinking.budget_tokens`."


def _output_config(body: Json, model: Model) -> Iterator[str]:
    config = obj(body.get("output_config"))
    effort = config.get("effort")
    if effort is not None and effort not in LEVELS:
        yield "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'"
    elif effort is not None and not model.efforts:
        yield "This model does not support the effort parameter."
    elif effort is not None and effort not in model.efforts:
        supported = ", ".join(level for level in LEVELS if level in model.efforts)
        yield f"This model does not support effort level '{effort}'. Supported levels: {supported}."
    if config.get("format") is not None:
        shape = obj(config["format"])
        yield from missing_and_extra("output_config.format", shape, shapes.OUTPUT_FORMAT)
        if shape.get("type") != "json_schema":
            yield "output_config.format.type: Input should be 'json_schema'"
        if not isinstance(shape.get("schema"), dict):
            yield "output_config.format.schema: Input should be a valid dictionary"


def _caching(body: Json) -> Iterator[str]:
    for path, value in _cache_values("", body):
        if value is None:
            continue
        mark = obj(value)
        yield from missing_and_extra(path, mark, shapes.CACHE_CONTROL)
        if mark.get("type") != "ephemeral":
            yield f"{path}.type: Input should be 'ephemeral'"
        if mark.get("ttl", "5m") not in ("5m", "1h"):
            yield f"{path}.ttl: Input should be '5m' or '1h'"
    marks = list(cache_marks(body))
    if len(marks) > 4:
        yield f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}."
    short = False
    for path, mark in marks:
        if mark.get("ttl") == "1h" and short:
            yield f"{path}: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
        short = short or mark.get("ttl") != "1h"


def _cache_values(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every `cache_control` there is, but for what the model itself wrote or a schema says."""
    if isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _cache_values(f"{path}.{index}".lstrip("."), item)
    for key, item in obj(value).items():
        if key == "cache_control":
            yield f"{path}.{key}".lstrip("."), item
        elif key in ("messages", "system", "tools", "content"):
            yield from _cache_values(f"{path}.{key}".lstrip("."), item)


def _ending(body: Json, model: Model) -> Iterator[str]:
    """The rules for a conversation that ends in the assistant's own words."""
    last = obj(arr(body.get("messages"))[-1])
    if last.get("role") != "assistant":
        return
    content = last.get("content")
    end = content if isinstance(content, str) else obj(arr(content)[-1])
    if isinstance(end, dict) and (end.get("type") == "server_tool_use" or _is_server_result(end)):
        return  # A paused turn goes back as it came.
    if not model.prefill:
        yield "This model does not support assistant message prefill. The conversation must end with a user message."
        return
    if thinking_shown(body) is not None:
        yield (
            f"messages.{len(body['messages']) - 1}.content.0.type: Expected `thinking` or `redacted_thinking`, but "
            "found `text`. When `thinking` is enabled, a final `assistant` message must start with a thinking block."
        )
    if obj(body.get("output_config")).get("format") is not None:
        yield "Prefill is not supported together with a structured output format."
    if obj(body.get("tool_choice")).get("type") in ("any", "tool"):
        yield "Prefill is not supported when tool_choice forces tool use."
    text = end if isinstance(end, str) else text_of(end.get("text"))
    if text != text.rstrip():
        yield "messages: final assistant content cannot end with trailing whitespace"


def _is_server_result(block: Json) -> bool:
    return text_of(block.get("type")).endswith("_tool_result")
