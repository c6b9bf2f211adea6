"""From the command line to the first frame: what must be set before Textual is imported, and nothing slow."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, TypeAlias

from ..crash import watch

if TYPE_CHECKING:
    from ..core.conversation import Conversation
    from ..paths import Paths
    from ..session import Session

Opening: TypeAlias = "Callable[[Callable[[Conversation], object]], tuple[Session, Conversation | None]]"
"""Opens everything behind the first frame, on a thread of its own; raises ``ClaudeTuiError``.

It may call what it is given with the end of the conversation, to be shown while the rest is opened.
"""

LINES = "lines"
"""What it returns when the person asked for plain lines, with the conversation's id behind a blank."""
DEMO = "demo"
"""What the app returns when the person asked for the demo instead of entering a key."""


def start(paths: Paths, opening: Opening, *, pick: bool = False) -> tuple[str | None, int]:
    """Run the app until the person leaves: what they asked for next (``DEMO`` or nothing), and the exit code.

    The first frame is painted before ``opening`` is called; ``pick`` shows the list of conversations first.
    """
    # Collections during the imports cost a tenth of the start; the app turns them on after its first frame.
    gc.disable()
    prepare(os.environ)
    from .app import ClaudeApp

    app = ClaudeApp(paths, opening, pick=pick)
    watch(paths.crash_dir, app.tell)
    app.signals.hold()
    try:
        answer = app.run()
    except Exception as error:  # at the very end Textual lets through what happens while the window closes
        app.fail(error)
        answer = None
    finally:
        app.signals.release()
    if app.failure:
        sys.stderr.write(f"claude-tui: {app.failure}\n")
        return None, app.return_code or 1
    return answer, app.return_code or 0


def prepare(environ: MutableMapping[str, str]) -> None:
    """Say what Textual reads while it is imported."""
    # How long a lone ESC may be the beginning of a sequence, in ms: it delays every Esc by that much.
    environ.setdefault("ESCDELAY", "25")
    # Ticks of the screen's update timer: our own frames are paced by the turn, keys wait for at most two ticks.
    environ.setdefault("TEXTUAL_FPS", "120")
