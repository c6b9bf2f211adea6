"""A signal that ends a process is never lost."""

from __future__ import annotations

import subprocess
import sys

STORM = """
import asyncio, os, signal, sys
from claude_tui.ui.terminal.signals import Signals

sys.unraisablehook = lambda told: print("told of", told.exc_value)

async def main():
    left = asyncio.get_running_loop().create_future()
    signals = Signals(left.set_result)
    signals.hold()
    signals.watch()
    signal.signal(signal.SIGWINCH, lambda *_: None)
    for _ in range({before}):
        os.kill(os.getpid(), signal.SIGWINCH)  # while the loop does something else
    os.kill(os.getpid(), signal.SIGTERM)
    print(await asyncio.wait_for(left, 20))
    return signals

asyncio.run(main()).release()
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
"""


def test_it_is_not_lost_behind_any_number_of_others() -> None:
    """A pipe holds some hundred or some ten thousand bytes: more signals than that come before the loop turns."""
    script = STORM.format(before=100_000)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("143\n", "")
