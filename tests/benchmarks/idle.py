"""What the program costs while nobody does anything: ``python -m tests.benchmarks.idle [SECONDS]``.

In a terminal of 100 by 30, with an empty conversation and with one of 4 MB in 2,000 messages: the share of a core
it takes from start to rest, once the cursor blinks no more (promised: 0.5 %), by thread, and the bytes it writes
(promised: none). CPU time from the kernel, so that what else the machine does is not in it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from claude_tui.demo import DemoServer
from claude_tui.store import Store
from claude_tui.ui.widgets.prompt import BLINKS
from tests.support.driver import WORDS, conversation_of, keep
from tests.support.terminal import Terminal

MOST = 0.5
"""Per cent of a core."""


def spent(pid: int) -> dict[str, float]:
    """CPU seconds by thread."""
    found: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        found[f"{(task / 'comm').read_text().strip()} {task.name}"] = _on_cpu(task)
    return found


def _on_cpu(task: Path) -> float:
    return int((task / "schedstat").read_text().split()[0]) / 1e9


def main() -> None:
    """Measure, and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    failed = False
    for name in ("empty", "4 MB"):
        with tempfile.TemporaryDirectory() as folder, DemoServer(pace=0) as server:
            home = Path(folder) / "home"
            database = home / "data" / "conversations.db"
            database.parent.mkdir(parents=True, mode=0o700)
            if name != "empty":
                store = Store.open(database)
                keep(store, conversation_of(1_000, lambda number: (f"# {number}\n\n" + WORDS * 8 + "\n\n") * 11))
                store.close()
            env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-ant-" + "x" * 40}
            arguments = () if name == "empty" else ("-c",)
            with Terminal(*arguments, home=home, size=(100, 30), env=env) as terminal:
                assert terminal.wait("❯" if name == "empty" else "999", 30), terminal.text
                time.sleep(BLINKS * 0.5 + 6)
                before, written, began = spent(terminal.process.pid), len(terminal.raw), time.monotonic()
                time.sleep(seconds)
                after, lasted = spent(terminal.process.pid), time.monotonic() - began
                sent = len(terminal.raw) - written
                terminal.press("x")
                assert terminal.wait("❯ x", 10), terminal.text
                took = {thread: after[thread] - before.get(thread, 0.0) for thread in after}
                share = sum(took.values()) / lasted * 100
                failed |= share > MOST or sent > 0
                print(f"{name:6} {share:5.2f} % of a core, {sent} bytes written in {lasted:.0f} s")
                for thread, cpu in sorted(took.items(), key=lambda item: -item[1])[:4]:
                    if cpu:
                        print(f"         {cpu / lasted * 100:5.2f} %  {thread}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
