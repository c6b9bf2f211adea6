"""B17, B18: bytes from the terminal that are no keys, and words from the API that are orders to a terminal.

Shares of what is proved in the tests, in the installed program; the whole corpus goes through every door there.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from claude_tui.demo import Answer, DemoServer, Reply

from .table import Ask, Figure
from .watched import Watched

STEMS = (b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b", b"\xff\xfe", b"\xf0\x9f", b"\x9b", b"\x1b[97;1:3u", b"\x1b[<", b"")
"""What a piece of the fuzz begins with."""
ORDERS = (
    "\x1b[777;777H", "\x1b[?9001h", "\x1b]52;c;c3RvbGVu\x07", "\x1b]8;;https://evil.example\x1b\\", "\x1b]0;stolen\x07",
    "\x1bP$q\x1b\\", "\x1b_Gi=31\x1b\\", "\x1bc", "\x9b31m", "\x9d0;stolen\x9c", "\x00\x01\x05\x08\x0b\x0c\x0e\x0f\x7f",
    "\u202e\u2066\u2069\u200e\u200f\u061c", "\u2028\u2029", "\U000e0041\U000e007f",
)  # fmt: skip
CAME_THROUGH = re.compile(
    "\x1b\\[777|\x1b\\[\\?9001|\x1b\\]52|\x1b\\]8|\x1b\\]0|\x1b[P_c]"
    "|[\x00-\x06\x0b\x0c\x0e-\x1a\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
"""What the program never writes by itself."""


class Hostile:
    """Answers with orders: thought, and said as text, as code, as a table and as a link."""

    def answer(self, request: object) -> Answer:
        orders = "".join(f"w{place}{order} " for place, order in enumerate(ORDERS))
        table = f"| {orders} | b |\n|---|---|\n| [{orders}](x) | c |"
        text = f"# {orders}\n\n{orders}\n\n```python\n{orders}\n```\n\n{table}\n\nThe end."
        thinking = {"type": "thinking", "thinking": orders, "signature": "ZGVtbw=="}
        return Reply([thinking, {"type": "text", "text": text}])


def measure(ask: Ask) -> Iterator[Figure]:
    """Crashes under fuzz, and orders that came out at the other side."""
    with tempfile.TemporaryDirectory() as name, DemoServer(pace=0, script=Hostile()) as server:
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-ant-" + "x" * 40}
        if "B17" in ask.budgets:
            runs = ask.times(20)
            crashes = sum(not _survives(Path(name) / f"fuzz{run}" / "home", env, run) for run in range(runs))
            yield Figure("B17", f"crashes in {runs} runs of 20 kB of random bytes", crashes, "", 0, runs)
        if "B18" in ask.budgets:
            home = Path(name) / "orders" / "home"
            home.parent.mkdir()
            with Watched(home=home, size=(120, 50), env=env) as terminal:
                terminal.wait("❯", 30)
                terminal.loaded()
                began = len(terminal.raw)
                terminal.send("go\r")
                terminal.wait("The end.", 30)
                for key in ("f3", "pageup", "ctrl+home", "ctrl+end"):
                    terminal.press(key)
                    terminal.settle()
                written = bytes(terminal.raw[began:]).decode(errors="surrogateescape")
            found = len(CAME_THROUGH.findall(written))
            yield Figure("B18", f"orders and bidi in {len(written):,} characters of output", found, "", 0, len(ORDERS))


def _survives(home: Path, env: dict[str, str], seed: int) -> bool:
    """Whether it still takes what is typed after many bytes of all kinds."""
    chance = random.Random(seed)
    home.parent.mkdir()
    with Watched(home=home, size=(100, 30), env=env) as terminal:
        terminal.wait("❯", 30)
        for _ in range(400):
            piece = chance.choice(STEMS) + chance.randbytes(chance.randrange(1, 100))
            # What ends it is no crash.
            terminal.send(piece.translate(None, b"\x03\x11\x1a\x1c"))
        terminal.settle()
        return terminal.process.poll() is None
