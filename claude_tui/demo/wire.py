"""Reading JSON of unknown shape without trusting it: each helper gives an empty value for the wrong type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from .answers import Json


def obj(value: Any) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}


def arr(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def blocks(content: Any) -> list[Json]:
    """Content as blocks: a string is shorthand for one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [obj(block) for block in arr(content)]


def visible_text(content: Any) -> str:
    """The text blocks of a message joined, as a reader sees them."""
    return "".join(text_of(block.get("text")) for block in blocks(content) if block.get("type") == "text")


def combined(messages: Any) -> list[Json]:
    """Messages as the API reads them: neighbours of one role are one turn."""
    turns: list[Json] = []
    for message in map(obj, arr(messages)):
        if turns and turns[-1]["role"] == message.get("role"):
            turns[-1]["content"] = [*turns[-1]["content"], *blocks(message.get("content"))]
        else:
            turns.append({"role": message.get("role"), "content": blocks(message.get("content"))})
    return turns


def compact(value: Any) -> str:
    """JSON without spaces, keys in order: equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def bare(value: Any) -> Any:
    """A value without `cache_control` and without nulls: what the model is shown of it."""
    if isinstance(value, dict):
        pairs = cast(Json, value).items()
        return {key: bare(item) for key, item in pairs if key != "cache_control" and item is not None}
    if isinstance(value, list):
        return [bare(item) for item in cast("list[Any]", value)]
    return value


def cache_marks(body: Json) -> Iterator[tuple[str, Json]]:
    """Every `cache_control` of a request with its path, in the order in which the model reads: tools first."""
    for index, tool in enumerate(arr(body.get("tools"))):
        if mark := obj(obj(tool).get("cache_control")):
            yield f"tools.{index}", mark
    places: list[tuple[str, Any]] = [("system", body.get("system"))]
    places += [(f"messages.{i}.content", obj(m).get("content")) for i, m in enumerate(arr(body.get("messages")))]
    for path, content in places:
        for index, block in enumerate(map(obj, arr(content))):
            for inner, child in enumerate(map(obj, arr(block.get("content")))):
                if mark := obj(child.get("cache_control")):
                    yield f"{path}.{index}.content.{inner}", mark
            if mark := obj(block.get("cache_control")):
                yield f"{path}.{index}", mark
    if mark := obj(body.get("cache_control")):
        yield "cache_control", mark
