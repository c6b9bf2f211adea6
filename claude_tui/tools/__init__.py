"""What the model may do here: one file a tool, and a box that runs them safely."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from claude_tui.tools.calculate import Calculate
from claude_tui.tools.current_time import CurrentTime
from claude_tui.tools.tool import Tool, Toolbox, ToolError, ToolOutcome

__all__ = ["Tool", "ToolError", "ToolOutcome", "Toolbox", "default_toolbox"]


def default_toolbox(now: Callable[[], datetime] = lambda: datetime.now().astimezone()) -> Toolbox:
    """Every tool that comes with the app; `Toolbox.only` takes those that are switched on."""
    return Toolbox([CurrentTime(now), Calculate()])
