"""The program loaded once, and forked for every run: what a start costs is not what a test of kills is about.

Each fork is the whole program from ``main`` on, in a process group, an environment, a folder and a terminal of its
own, and is killed like any other process. The process that forks has one thread and does nothing else.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from claude_tui.ui.start import prepare
from tests.support.desk import ROOT, environment

LOADED = (
    "claude_tui.__main__", "claude_tui.cli", "claude_tui.headless", "claude_tui.reports", "claude_tui.arguments",
    "claude_tui.ui.app", "claude_tui.ui.start", "claude_tui.demo.script", "claude_tui.demo.connection",
    "anthropic", "anthropic.types", "anthropic.resources.messages", "httpx2",
    "tests.support.slow_tool",
)  # fmt: skip


class Forked:
    """One run of the program; of a ``Popen`` it has what is needed here."""

    def __init__(self, zygote: Zygote, number: int, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._zygote = zygote
        self._number = number

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        self.returncode = self._zygote.ending(self._number)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code."""
        self.returncode = self._zygote.ended(self._number, timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(f"fork {self._number}", timeout or 0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended, and that is not told yet
                os.kill(self.pid, number)

    def kill(self) -> None:
        """``kill -9``."""
        self.send_signal(signal.SIGKILL)


class Zygote:
    """The loaded program; thread-safe."""

    def __init__(self) -> None:
        self._process: Any = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote"],
            cwd=ROOT,
            env=environment(Path("/nonexistent/home")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._pids: dict[int, int] = {}
        self._codes: dict[int, int] = {}
        self._said = threading.Condition()
        self._orders = 0
        assert self._process.stdout.readline() == b"ready\n"
        threading.Thread(target=self._listen, daemon=True).start()

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str],
        cwd: Path,
        terminal: str | None = None,
        output: Path | None = None,
        slow_tool: tuple[Path, float] | None = None,
    ) -> Forked:
        """Run the program in a ``terminal``, or with nothing to read and its output in a file (errors beside it).

        ``slow_tool`` makes its calculator one that notes each run in that file and takes so many seconds.
        """
        slow = slow_tool and (str(slow_tool[0]), slow_tool[1])
        given = {"terminal": terminal, "output": output and str(output), "slow_tool": slow}
        with self._said:
            number = self._orders = self._orders + 1
            order = {"number": number, "arguments": arguments, "env": dict(env), "cwd": str(cwd), **given}
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            assert self._said.wait_for(lambda: number in self._pids, 30)
            return Forked(self, number, self._pids[number])

    def ending(self, number: int) -> int | None:
        """The exit code of a run that has ended."""
        with self._said:
            return self._codes.get(number)

    def ended(self, number: int, timeout: float | None) -> int | None:
        """The same, waited for."""
        with self._said:
            self._said.wait_for(lambda: number in self._codes, timeout)
            return self._codes.get(number)

    def _listen(self) -> None:
        for line in self._process.stdout:
            kind, number, value = line.split()
            with self._said:
                (self._pids if kind == b"started" else self._codes)[int(number)] = int(value)
                self._said.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()


def main() -> None:
    """Load, then fork for every line of stdin."""
    prepare(os.environ)
    for name in LOADED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork must not leave a thread behind"
    gc.collect()
    gc.freeze()  # the garbage collector of a fork would copy all of it
    numbers: dict[int, int] = {}

    def reap(*_: object) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            os.write(1, b"ended %d %d\n" % (numbers.pop(pid), os.waitstatus_to_exitcode(status)))

    signal.signal(signal.SIGCHLD, reap)
    os.write(1, b"ready\n")
    for line in sys.stdin.buffer:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # no end is told before its beginning
        pid = os.fork()
        if pid == 0:
            _become(order)
        numbers[pid] = order["number"]
        os.write(1, b"started %d %d\n" % (order["number"], pid))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _become(order: dict[str, Any]) -> None:
    """The run itself; never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        if order["terminal"] is not None:
            os.login_tty(os.open(order["terminal"], os.O_RDWR | os.O_NOCTTY))
        else:
            os.setsid()
            out = order["output"]
            for target, path in enumerate((os.devnull, out, f"{out}.err")):
                opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
                os.dup2(opened, target)
                os.close(opened)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
        sys.argv = ["claude-tui", *order["arguments"]]
        if order["slow_tool"] is not None:
            from tests.support.slow_tool import make_slow

            notes, seconds = order["slow_tool"]
            make_slow(Path(notes), seconds)
        if "PROVOKE" in os.environ or "LISTEN" in os.environ:
            importlib.import_module("tests.secrecy.hook.sitecustomize")
        from claude_tui.__main__ import main as program

        program()
    except SystemExit as ended:  # of arguments that say nothing
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]  # as the interpreter would
    os._exit(70)  # the program ends the process itself


if __name__ == "__main__":
    main()
