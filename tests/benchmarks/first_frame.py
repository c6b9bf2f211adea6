"""How long until there is a frame and a prompt that takes keys, against the smallest Textual app there can be.

    python -m tests.benchmarks.first_frame [RUNS]

Every figure is a ratio of medians of one interleaved run: seconds differ between machines, ratios hardly do.
The CPU is measured inside the process, from its start to the first painted frame; the wall clock is measured
outside, in a pseudo-terminal, from the start of the process to the bytes of the frame.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from tests.support.desk import ROOT

SIZE = (120, 50)
FIRST_FRAME, VERSION, MEMORY = 1.25, 2.0, 1.3
"""What is promised, as ratios."""

_PAINTED = """
import os, resource, sys, time
from textual.app import App
_display = App._display
def display(self, screen, renderable):
    driver, App._display = self._driver, _display
    write = driver.write
    def noted(data):
        write(data)
        if os.environ["FRAME_MARK"] in data:
            driver.write = write
            report()
    driver.write = noted
    _display(self, screen, renderable)
def report():
    cpu = time.process_time()
    here = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 if os.path.exists(
        "/proc/self/statm") else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sdk = int("anthropic" in sys.modules or "httpx2" in sys.modules)
    with open(os.environ["FRAME_REPORT"], "w") as out:
        out.write(f"{cpu} {here} {sdk} {len(sys.modules)}")
App._display = display
"""
"""Tells a file what the first frame with a certain text cost, as its bytes go to the terminal."""

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("❯ hello")
Hello().run()
"""
OURS = "from claude_tui.__main__ import main; main()"
EMPTY = "import sys\nsys.exit(0)"


@dataclass(frozen=True, slots=True)
class Frame:
    """One start."""

    cpu: float
    wall: float
    memory: float
    modules: int
    sdk: bool


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANTHROPIC_", "CLAUDE_TUI_", "TEXTUAL", "PYTHON", "NO_COLOR", "TMUX"))
    }
    return {
        **kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT),
        "HOME": str(folder), "CLAUDE_TUI_HOME": str(folder / "home"), "ANTHROPIC_API_KEY": "not-a-key",
    }  # fmt: skip


def _hook(code: str) -> str:
    """The code with the hook set where Textual is imported: setting it costs a few microseconds."""
    return f"""
import importlib.abc, importlib.util, sys
class Hook(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != "textual.app":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader = spec.loader
        run = loader.exec_module
        def exec_module(module):
            run(module)
            exec({_PAINTED!r}, {{}})
        loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Hook())
{code}
"""


def start(code: str, folder: Path, *arguments: str, mark: str = "❯") -> Frame:
    """Start it in a terminal until there is a frame with that mark, then end it."""
    report = folder / "report"
    report.unlink(missing_ok=True)
    master, slave = os.openpty()
    ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    coming = selectors.DefaultSelector()
    coming.register(master, selectors.EVENT_READ)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _hook(code), *arguments],
        env={**_environment(folder), "FRAME_REPORT": str(report), "FRAME_MARK": mark},
        cwd=folder,
        preexec_fn=lambda: os.login_tty(slave),
    )
    wall = 0.0
    seen = b""
    until = begun + 20
    while time.perf_counter() < until and not (wall and report.exists() and report.stat().st_size):
        if coming.select(0.02):
            seen += os.read(master, 65536)
            if not wall and mark.encode() in seen:
                wall = time.perf_counter() - begun
    process.send_signal(signal.SIGKILL)
    process.wait()
    coming.close()
    os.close(slave)
    os.close(master)
    assert wall, f"no frame was painted:\n{seen[-2000:].decode(errors='replace')}"
    cpu, memory, sdk, modules = report.read_text().split()
    return Frame(float(cpu), wall, float(memory) / 1024, int(modules), sdk == "1")


def run_out(code: str, folder: Path, *arguments: str) -> float:
    """CPU seconds of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", code, *arguments], env=_environment(folder), cwd=folder, check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(runs: int = 12) -> dict[str, float]:
    """Ratios by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for code in (HELLO, OURS):  # compiled, and in the cache of the disk
            start(code, folder)
        hello: list[Frame] = []
        ours: list[Frame] = []
        empty: list[float] = []
        version: list[float] = []
        for _ in range(runs):
            hello.append(start(HELLO, folder))
            ours.append(start(OURS, folder))
            for _ in range(3):  # short, and so coarse
                empty.append(run_out(EMPTY, folder))
                version.append(run_out(OURS, folder, "--version"))

    def median(values: Sequence[Frame], of: Callable[[Frame], float]) -> float:
        return statistics.median(of(value) for value in values)

    return {
        "cpu": median(ours, lambda f: f.cpu) / median(hello, lambda f: f.cpu),
        "wall": median(ours, lambda f: f.wall) / median(hello, lambda f: f.wall),
        "memory": median(ours, lambda f: f.memory) / median(hello, lambda f: f.memory),
        "modules": median(ours, lambda f: f.modules) / median(hello, lambda f: f.modules),
        "version": statistics.fmean(version) / statistics.fmean(empty),
        "sdk": float(any(frame.sdk for frame in ours)),
        "hello cpu": median(hello, lambda f: f.cpu),
        "our cpu": median(ours, lambda f: f.cpu),
    }


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    found = measure(runs)
    print(f"{runs} starts each, medians, {SIZE[0]}x{SIZE[1]}; hello-world Textual is 1.00\n")
    print(f"{'':44}{'ratio':>7}{'budget':>8}")
    for name, words, budget in (
        ("cpu", "CPU to the first painted frame", FIRST_FRAME),
        ("wall", "wall clock to the prompt in the terminal", FIRST_FRAME),
        ("memory", "memory at the first frame", MEMORY),
        ("modules", "modules at the first frame", None),
        ("version", "--version against an empty script, CPU", VERSION),
    ):
        over = "" if budget is None or found[name] <= budget else "  over"
        shown = f"{budget:8.2f}" if budget is not None else f"{'':8}"
        print(f"{words:44}{found[name]:7.2f}{shown}{over}")
    print(f"{'the SDK is loaded at the first frame':44}{'yes' if found['sdk'] else 'no':>7}{'no':>8}")
    print(f"\nhere: {found['our cpu'] * 1000:.0f} ms against {found['hello cpu'] * 1000:.0f} ms of CPU")


if __name__ == "__main__":
    main()
