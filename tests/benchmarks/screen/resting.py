"""B16: what the program costs while nobody does anything, with an empty conversation and with 4 MB open."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from claude_tui.ui.widgets.prompt_looks import BLINKS
from tests.support.long_talk import END, keep_long_talk

from .table import Ask, Figure, middle
from .watched import Watched

MOST = 0.5
"""Per cent of a core."""
ENV = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "sk-ant-" + "x" * 40}


def measure(ask: Ask) -> Iterator[Figure]:
    """Ten seconds each, several times, from the cursor's last blink on."""
    with tempfile.TemporaryDirectory() as name:
        bare, full = Path(name) / "bare" / "home", Path(name) / "full" / "home"
        bare.parent.mkdir()
        long = keep_long_talk(full)
        for what, home, arguments, mark in (("empty", bare, (), "❯"), ("4 MB open", full, ("--resume", long), END)):
            with Watched(*arguments, home=home, size=(120, 50), env=ENV) as terminal:
                terminal.wait(mark, 30)
                terminal.resting()
                time.sleep(BLINKS * 0.5 + 4)
                shares: list[float] = []
                written = len(terminal.raw)
                for _ in range(ask.times(5)):
                    used, began = terminal.cpu, time.monotonic()
                    time.sleep(10)
                    shares.append((terminal.cpu - used) / (time.monotonic() - began) * 100)
                sent = len(terminal.raw) - written
                terminal.send("x")
                terminal.wait("❯ x", 10)
            yield Figure("B16", f"idle, {what}: share of a core", middle(shares), "%", MOST, len(shares))
            yield Figure("B16", f"idle, {what}: bytes written in {10 * len(shares)} s", sent, "B", 0, 1)
