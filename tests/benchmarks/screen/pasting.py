"""PASTE: what a megabyte costs that is pasted, and how long it holds the screen up."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .table import Ask, Figure, middle
from .watching import watching

SIZE = 1_000_000
MOST_CPU, MOST_STALL = 150, 100
"""Milliseconds."""
WORDS = ("def", "return", "the", "quick", "brown", "naïve", "東京", "=", "(self)", "None:", "42", "🙂")


def megabyte(seed: int) -> str:
    """Lines such as sources and logs have, no two texts alike."""
    chance = random.Random(seed)
    lines = [" ".join(chance.choices(WORDS, k=12)) for _ in range(2_000)]
    text = "\r".join(chance.choices(lines, k=SIZE // 40))
    return text[:SIZE]


def measure(ask: Ask) -> Iterator[Figure]:
    """Several, in one window, each taken out again; the CPU of all threads until the chip is seen and all is quiet."""
    times = ask.times(10)
    used: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "late"
        with watching("tests.benchmarks.screen.beating", str(report)) as app:
            terminal = app.terminal
            terminal.loaded()
            terminal.signal(34)
            for number in range(times):
                text = megabyte(number)
                before = terminal.cpu
                terminal.paste(text)
                terminal.wait("① pasted text", 30)
                terminal.quiet(0.3)
                used.append((terminal.cpu - before) * 1000)
                terminal.press("backspace")
                terminal.wait("❯ Ask anything")
            terminal.signal(35)
            while not report.exists():
                terminal.quiet(0.1)
            late = [float(line) for line in report.read_text().split()]
    yield Figure("PASTE", "1 MB pasted, until all is quiet: CPU", middle(used), "ms", MOST_CPU, times)
    yield Figure("PASTE", "the screen is held up by it, the worst", max(late), "ms", MOST_STALL, times)
