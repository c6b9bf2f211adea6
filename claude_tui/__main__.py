"""``claude-tui`` and ``python -m claude_tui``."""

from __future__ import annotations

import gc
import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path[:1] != [__file__.rsplit("/", 2)[0]]:
    # ``python -m`` looks for modules in the current folder, where anybody's anthropic.py may lie.
    sys.path.pop(0)


def main() -> None:
    """Run the command line; ``--version`` loads nothing at all."""
    if sys.argv[1:2] in (["--version"], ["-V"]):
        from . import __version__

        print(f"claude-tui {__version__}")
        return
    try:
        gc.disable()  # whoever runs on turns it on again: collections during imports are a tenth of the start
        from . import interrupt

        interrupt.watch()
        from .crash import watch

        watch()
        from .cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while it was still being loaded
        code = 130
    except Exception as error:  # ours: a report without anybody's words instead of a traceback
        from . import interrupt

        if interrupt.came():  # while a class was made, which raises something else for it
            _leave(130)
        from .crash import report, say

        say(report(error))
        code = 1
    _leave(code)


def _leave(code: int) -> None:
    """End at once: everything is closed, and taking the SDK's thousands of classes apart costs 0.2 s and more."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
