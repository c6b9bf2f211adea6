"""What a local tool is, and how one is run so that nothing it does can stop a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from claude_tui.crash import report
from claude_tui.redaction import redact
from claude_tui.tools.schema import mismatch

_LONGEST_REASON = 300


class Tool(Protocol):
    """Something the model may have done here."""

    @property
    def name(self) -> str:
        """What the model calls it; letters, digits, ``_`` and ``-``."""
        ...

    @property
    def description(self) -> str:
        """What it does and when to use it, for the model."""
        ...

    @property
    def input_schema(self) -> Mapping[str, object]:
        """The JSON schema of its input."""
        ...

    @property
    def consent(self) -> bool:
        """Whether a person is asked before it runs."""
        ...

    def run(self, input: Mapping[str, object], cancel: Callable[[], bool]) -> str:
        """Do it and say the result; a `ToolError` says why not. Asks ``cancel`` now and then if it takes long."""
        ...


class ToolError(Exception):
    """A tool could not do what was asked: a sentence for the model, and for whoever reads along."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of a call."""

    content: str
    """The result, or the reason there is none."""

    is_error: bool = False
    """Whether it is a reason."""


class Toolbox:
    """The tools of a conversation, by name."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name!r}")
            self._tools[tool.name] = tool

    def __bool__(self) -> bool:
        return bool(self._tools)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be switched on."""
        return tuple(self._tools)

    def only(self, names: Iterable[str]) -> Toolbox:
        """The tools with these names, in the order they have here; a name without a tool is passed over."""
        wanted = set(names)
        return Toolbox(tool for name, tool in self._tools.items() if name in wanted)

    def get(self, name: str) -> Tool | None:
        """The tool of this name."""
        return self._tools.get(name)

    def definitions(self) -> list[dict[str, object]]:
        """The tools as a request names them."""
        return [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}
            for tool in self._tools.values()
        ]

    def run(self, name: str, input: object, cancelled: Callable[[], bool] = lambda: False) -> ToolOutcome:
        """Run a tool. Never raises: whatever goes wrong is an outcome the model can read."""
        tool = self._tools.get(name)
        if tool is None:
            there = ", ".join(self._tools) or "none"
            return ToolOutcome(f"There is no tool called {name!r}; the tools are: {there}.", is_error=True)
        if cancelled():
            return ToolOutcome("Stopped before it began.", is_error=True)
        try:
            if reason := mismatch(input, tool.input_schema):
                return ToolOutcome(f"The input does not fit: {reason}.", is_error=True)
            content: Any = tool.run(cast("Mapping[str, object]", input), cancelled)
        except ToolError as error:
            return ToolOutcome(_sentence(str(error)), is_error=True)
        except Exception as error:
            report(error)
            # To the model and into the database go no secrets of an error that nobody foresaw.
            said = redact(f"{type(error).__name__}: {error}".rstrip(": "))
            return ToolOutcome(_sentence(f"{name} failed: {said}"), is_error=True)
        if not isinstance(content, str):
            return ToolOutcome(f"{name} failed: it gave no text.", is_error=True)
        return ToolOutcome(content)


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    if len(line) > _LONGEST_REASON:
        return line[: _LONGEST_REASON - 1] + "…"
    return line if line.endswith((".", "?", "!")) else line + "."
