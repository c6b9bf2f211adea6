"""The app with a pulse: something due every 5 ms notes how late it comes. Its first argument is where to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from claude_tui.ui.start import prepare

EVERY = 0.005


async def beat(late: list[float]) -> None:
    """Note milliseconds, for ever."""
    while True:
        due = time.perf_counter() + EVERY
        await asyncio.sleep(EVERY)
        late.append(max(time.perf_counter() - due, 0.0) * 1000)


def main() -> None:
    """Run the app; one signal begins the count, another one writes it down."""
    report = Path(sys.argv.pop(1))
    prepare(os.environ)
    from claude_tui.__main__ import main as program
    from claude_tui.ui.app import ClaudeApp

    late: list[float] = []
    before = ClaudeApp._after_first_frame

    def after(self: ClaudeApp) -> None:
        before(self)
        self._pulse = asyncio.get_running_loop().create_task(beat(late))  # type: ignore[attr-defined]

    def written(*_: object) -> None:
        whole = report.with_suffix(".part")
        whole.write_text("\n".join(map(str, late)))
        whole.rename(report)

    ClaudeApp._after_first_frame = after
    signal.signal(34, lambda *_: late.clear())
    signal.signal(35, written)
    program()


if __name__ == "__main__":
    main()
