"""A store in a folder of its own, and processes that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from claude_tui.store import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path)
    yield opened
    opened.close(2)


class Child:
    """A Python process that runs a script of ours, with the store at hand."""

    def __init__(self, script: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", script, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, text: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def kill(self) -> str:
        """Kill it; what it printed and nobody read."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGKILL)
        said = self.process.stdout.read()  # not ``communicate``: it forgets what ``line`` read ahead
        return said + self.end()

    def end(self, timeout: float = 30) -> str:
        out, err = self.process.communicate(timeout=timeout)
        assert "Traceback" not in err, err
        return out


@pytest.fixture
def child() -> Iterator[type[Child]]:
    made: list[Child] = []

    class Kept(Child):
        def __init__(self, script: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> None:
            super().__init__(script, *arguments, env=env)
            made.append(self)

    yield Kept
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        for pipe in (one.process.stdin, one.process.stdout, one.process.stderr):
            if pipe is not None:
                pipe.close()
