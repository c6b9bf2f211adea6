"""The rules for `tools` and `tool_choice`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from . import shapes
from .answers import Json
from .capabilities import Model
from .shapes import missing_and_extra
from .wire import arr, obj, text_of

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_SCHEMA_TYPES = frozenset(("object", "array", "string", "number", "integer", "boolean", "null"))


def tool_problems(body: Json, model: Model) -> Iterator[str]:
    """Every problem of the tools of a request and of the choice among them."""
    tools = body.get("tools")
    if "tools" in body and not isinstance(tools, list):
        yield "tools: Input should be a valid list"
    names: list[str] = []
    for index, tool in enumerate(map(obj, arr(tools))):
        path = f"tools.{index}"
        kind = tool.get("type")
        if kind in (None, "custom"):
            yield from _custom(path, tool)
            names.append(text_of(tool.get("name")))
        elif known := shapes.KNOWN_TOOLS.get(text_of(kind)):
            yield from _known(path, tool, known, model)
            names.append(known.name or text_of(kind))
        else:
            yield f"{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags"
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."
    if "tool_choice" in body:
        yield from _choice(body, model, names)


def _custom(path: str, tool: Json) -> Iterator[str]:
    prefix = f"{path}.custom"
    yield from missing_and_extra(prefix, tool, shapes.CUSTOM_TOOL)
    name = tool.get("name")
    if "name" in tool and not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield f"{prefix}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
    if "description" in tool and not isinstance(tool["description"], str):
        yield f"{prefix}.description: Input should be a valid string"
    if "input_schema" in tool:
        schema = tool["input_schema"]
        if obj(schema).get("type") != "object":
            yield f"{prefix}.input_schema.type: Input should be 'object'"
        elif fault := _schema_fault(schema):
            yield f"{prefix}.input_schema: JSON schema is invalid: {fault}"


def _schema_fault(schema: Any) -> str:
    """The first thing in a JSON schema that no validator would take; empty when there is none."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, dict):
        return f"{schema!r} is not a schema"
    said = cast(Json, schema)
    kinds = arr(said["type"]) if isinstance(said.get("type"), list) else [said.get("type", "object")]
    if not all(isinstance(kind, str) and kind in _SCHEMA_TYPES for kind in kinds):
        return f"{said['type']!r} is not a type"
    if "enum" in said and not arr(said["enum"]):
        return "enum is not a list of values"
    if "required" in said and not (
        isinstance(said["required"], list) and all(isinstance(name, str) for name in arr(said["required"]))
    ):
        return "required is not a list of names"
    if "properties" in said and not isinstance(said["properties"], dict):
        return "properties is not an object"
    inner: list[Any] = [*obj(said.get("properties")).values(), *obj(said.get("$defs")).values()]
    inner += [said[key] for key in ("items", "additionalProperties", "not") if key in said]
    inner += [one for key in ("anyOf", "allOf", "oneOf") for one in arr(said.get(key))]
    return next((fault for one in inner if (fault := _schema_fault(one))), "")


def _known(path: str, tool: Json, known: shapes.KnownTool, model: Model) -> Iterator[str]:
    kind = text_of(tool.get("type"))
    required = frozenset(("type", "name")) if known.name else frozenset(("type",))
    yield from missing_and_extra(f"{path}.{kind}", tool, shapes.Shape(required, known.optional))
    if known.name and tool.get("name") not in (None, known.name):
        yield f"{path}.{kind}.name: Input should be '{known.name}'"
    if model.generation < known.since:
        yield f"'{model.id}' does not support tool types: {kind}."
    if tool.get("allowed_domains") and tool.get("blocked_domains"):
        yield f"{path}.{kind}: Only one of allowed_domains and blocked_domains may be given"
    uses = tool.get("max_uses")
    if uses is not None and (not isinstance(uses, int) or isinstance(uses, bool) or uses < 1):
        yield f"{path}.{kind}.max_uses: Input should be greater than 0"


def _choice(body: Json, model: Model, names: list[str]) -> Iterator[str]:
    choice = obj(body["tool_choice"])
    kind = text_of(choice.get("type"))
    if kind not in shapes.TOOL_CHOICE:
        yield f"tool_choice: Input tag '{kind}' found using 'type' does not match any of the expected tags"
        return
    yield from missing_and_extra(f"tool_choice.{kind}", choice, shapes.TOOL_CHOICE[kind])
    if not names:
        yield "tool_choice: may only be specified while providing tools"
    if kind == "tool" and choice.get("name") not in names:
        yield f"Tool '{choice.get('name')}' not found in provided tools"
    if kind in ("any", "tool"):
        if not model.forced_tools:
            yield f'tool_choice: "{kind}" is not supported for this model. Use "auto" or "none".'
        elif obj(body.get("thinking")).get("type") in ("enabled", "adaptive"):
            yield "Thinking may not be enabled when tool_choice forces tool use."
