"""Text that can be written down: in UTF-8, and in a database."""

from __future__ import annotations

from typing import Any, cast


def sound(text: str) -> str:
    """The text without lone surrogates, which neither UTF-8 nor a database can hold."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def sound_json(value: Any) -> Any:
    """A JSON value with every string in it sound."""
    match value:
        case str():
            return sound(value)
        case list():
            return [sound_json(item) for item in cast("list[Any]", value)]
        case dict():
            return {sound(str(key)): sound_json(item) for key, item in cast("dict[Any, Any]", value).items()}
        case _:
            return value
