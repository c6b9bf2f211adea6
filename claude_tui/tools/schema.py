"""As much of JSON Schema as our own tools use: ``type``, ``properties``, ``required``, ``items``, ``enum``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (Mapping,),
    "array": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def mismatch(value: object, schema: Mapping[str, object], name: str = "the input") -> str | None:
    """Why ``value`` does not fit ``schema``, as a phrase; None if it does. What a schema says besides is not asked."""
    wanted = schema.get("type")
    types = [wanted] if isinstance(wanted, str) else cast("list[str]", wanted or [])
    if types and not any(_is(value, each) for each in types):
        return f"{name} must be {' or '.join(_article(each) for each in types)}, and is {_article(_type_of(value))}"
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_same(value, choice) for choice in cast("list[object]", choices)):
        return f"{name} must be one of {', '.join(json.dumps(choice) for choice in cast('list[object]', choices))}"
    if isinstance(value, Mapping):
        return _object(cast("Mapping[str, object]", value), schema, name)
    items = schema.get("items")
    if isinstance(value, (list, tuple)) and isinstance(items, Mapping):
        for number, item in enumerate(cast("list[object]", value)):
            if reason := mismatch(item, cast("Mapping[str, object]", items), f"{name}[{number}]"):
                return reason
    return None


def _object(value: Mapping[str, object], schema: Mapping[str, object], name: str) -> str | None:
    for key in cast("list[str]", schema.get("required", [])):
        if key not in value:
            return f'"{key}" is missing'
    properties = cast("Mapping[str, Mapping[str, object]]", schema.get("properties", {}))
    for key, below in properties.items():
        if key in value and (reason := mismatch(value[key], below, f'"{key}"')):
            return reason
    return None


def _is(value: object, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(wanted, (object,)))


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _type_of(value: object) -> str:
    return next((name for name in _TYPES if _is(value, name)), type(value).__name__)


def _article(name: str) -> str:
    return name if name == "null" else f"an {name}" if name[0] in "aio" else f"a {name}"
