"""B4, B13, B14: a conversation of 2,000 messages and 4 MB is read: what that takes in time and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.long_talk import END, keep_long_talk

from .table import Ask, Figure, middle, percentile
from .watched import Answer, Watched

SIZE = (120, 50)
NARROW = (90, 50)
ENV = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "sk-ant-" + "x" * 40}
OPENED, MOVED = 30.0, 60.0
"""MB more than the empty app."""
ANSWERED = 100.0
"""Milliseconds until it answers, 95 of 100 times. CPU, for it waits for nothing else."""
PAGE, JUMP, RESIZED = 30.0, 40.0, 150.0
"""Milliseconds of CPU."""
WORDS = ("epoll", "monotonic", "日本語", "the lock is", "`fsync`", "Ordered by the queue")
"""Looked for, and there."""

Answers = dict[str, list[Answer]]


def measure(ask: Ask) -> Iterator[Figure]:
    """The empty app and the long conversation, in turns."""
    opened: list[float] = []
    moved: list[float] = []
    found: Answers = {}
    with tempfile.TemporaryDirectory() as name:
        bare, full = Path(name) / "bare" / "home", Path(name) / "full" / "home"
        bare.parent.mkdir()
        long = keep_long_talk(full)
        for _ in range(ask.times(3)):
            with Watched(home=bare, size=SIZE, env=ENV) as terminal:
                terminal.wait("❯", 30)
                terminal.loaded()
                empty = terminal.memory
            with Watched("--resume", long, home=full, size=SIZE, env=ENV) as terminal:
                terminal.wait(END, 30)
                terminal.loaded()
                opened.append(terminal.memory - empty)
                _move(terminal, found, ask.times(12))
                moved.append(terminal.memory - empty)
                _find(terminal, found)
    if "B4" in ask.budgets:
        yield Figure("B4", "memory 4 MB add to the empty app", middle(opened), "MB", OPENED, len(opened))
        what = "the same after PageUp, PageDown, Home, End, resize"
        yield Figure("B4", what, middle(moved), "MB", MOVED, len(moved))
    for budget, names, most in (
        ("B13", ("PageUp", "PageDown"), PAGE),
        ("B13", ("Home", "End"), JUMP),
        ("B14", ("resize",), RESIZED),
        ("B13", ("find: opened", "find: a letter", "find: next place"), 0.0),
    ):
        for name in names if budget in ask.budgets else ():
            times = found[name]
            cpu = [each.cpu for each in times]
            if most:
                yield Figure(budget, f"{name} in 4 MB, CPU", middle(cpu), "ms", most, len(times))
            yield Figure(budget, f"{name} in 4 MB, CPU, p95", percentile(cpu, 0.95), "ms", ANSWERED, len(times))


def _move(terminal: Watched, found: Answers, pages: int) -> None:
    """By pages at the end, at the beginning and from places in the middle, and to another width and back."""

    def press(name: str, key: str) -> None:
        found.setdefault(name, []).append(terminal.answer(lambda: terminal.press(key)))

    for _ in range(2):
        for _ in range(pages):
            press("PageUp", "pageup")
        press("Home", "ctrl+home")
        for _ in range(pages):
            press("PageDown", "pagedown")
        for size in (NARROW, SIZE):
            found.setdefault("resize", []).append(terminal.answer(lambda size=size: terminal.resize(*size)))
        press("End", "ctrl+end")
        for size in (NARROW, SIZE):
            found.setdefault("resize", []).append(terminal.answer(lambda size=size: terminal.resize(*size)))
    for _ in range(pages // 2):
        press("Home", "ctrl+home")
        press("End", "ctrl+end")


def _find(terminal: Watched, found: Answers) -> None:
    """Words are typed letter by letter, and gone through."""
    found.setdefault("find: opened", []).append(terminal.answer(lambda: terminal.press("ctrl+l")))
    for words in WORDS:
        for letter in words:
            found.setdefault("find: a letter", []).append(terminal.answer(lambda letter=letter: terminal.send(letter)))
        for _ in range(8):
            found.setdefault("find: next place", []).append(terminal.answer(lambda: terminal.press("down")))
        terminal.answer(lambda: terminal.press("ctrl+u"))
