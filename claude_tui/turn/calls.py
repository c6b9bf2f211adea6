"""Running the model's calls of our tools, so that none can hold up the person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from ..cancel import Cancel
from ..core.message import ToolUseBlock
from ..core.request import INVALID_INPUT
from ..tools import Toolbox, ToolOutcome
from .values import Means

NOT_RUN = "Stopped by the person before it ran."
STOPPED = "Stopped by the person while it ran; it is not known what it did."
_T = TypeVar("_T")


def run_call(use: ToolUseBlock, offered: Toolbox, means: Means, cancel: Cancel) -> Generator[None, None, ToolOutcome]:
    """What came of a call; yields now and then while it is asked about and runs.

    A tool runs on a thread of its own: one that does not heed a cancel is left behind, its outcome unknown.
    """
    if use.partial_json:
        return ToolOutcome(INVALID_INPUT, True)
    if cancel.cancelled:
        return ToolOutcome(NOT_RUN, True)
    tool = offered.get(use.name)
    if tool is not None and tool.consent:
        try:
            refusal = yield from _beside(lambda: means.approve(use, cancel), means, cancel)
        except Exception as error:  # ours: a call nobody could be asked about is not run
            refusal = f"It could not be asked whether this may run ({type(error).__name__})."
        if cancel.cancelled:
            return ToolOutcome(NOT_RUN, True)
        if refusal is not None:
            return ToolOutcome(refusal, True)
    outcome = yield from _beside(
        lambda: offered.run(use.name, dict(use.input), lambda: cancel.cancelled), means, cancel
    )
    return outcome or ToolOutcome(STOPPED, True)


def _beside(work: Callable[[], _T], means: Means, cancel: Cancel) -> Generator[None, None, _T | None]:
    """The result of ``work`` on another thread; None when it did not end soon after a cancel."""
    results: list[_T] = []
    errors: list[Exception] = []
    awake = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)
        awake.set()

    thread = threading.Thread(target=run, name="tool", daemon=True)
    thread.start()
    cancel.on_cancel(awake.set)
    while not awake.wait(means.patience.idle):
        yield
    thread.join(means.patience.tool_grace)
    if errors:
        raise errors[0]
    return results[0] if results else None
