"""How long a stop takes, in every phase of a reply: ``python -m tests.benchmarks.stopping [RUNS] [PHASE...]``.

In a terminal: from writing the byte of Esc until the screen says that it stops, against the echo of a typed letter
in the same run; and from Ctrl+Q, SIGTERM and SIGHUP, in turns, until the process has ended. Headless: from SIGINT
until the process has ended. The program is real, forked from a loaded one; only what falls into its opening is
started anew. Milliseconds; promised are 100 for an answer and 500 for an end.
"""

from __future__ import annotations

import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from claude_tui.demo import Answer, DemoServer, Failure, Fault, Faulty, Hang, RawStream, Reply
from tests.support.desk import environment, start
from tests.support.streams import delta, started, write_sse
from tests.support.terminal import Terminal, key
from tests.support.zygote import Zygote

ANSWER, END = 100.0, 500.0
"""What is promised, in milliseconds."""
FOR_EVER = 3600.0

CALLS = ("a tool", "after a tool")
"""Phases in which a tool is called."""


def growing(block: dict[str, Any], kind: str, field: str) -> RawStream:
    """A block that grows a little every 5 ms, for longer than anybody waits here."""
    opened = {"type": "content_block_start", "index": 0, "content_block": block}
    first = write_sse([started(), opened])
    piece = write_sse([delta(0, kind, **{field: "and so on "})])
    return RawStream((first + piece * 20_000).encode(), piece=len(piece), delay=0.005)


TEXT = growing({"type": "text", "text": ""}, "text_delta", "text")
USE = {"type": "tool_use", "id": "toolu_1", "name": "calculate", "input": {}}
ANSWERS: dict[str, Answer] = {
    "waiting": Hang(FOR_EVER),
    "headers": Faulty(TEXT, Fault("stall", after_bytes=0)),
    "thinking": growing({"type": "thinking", "thinking": "", "signature": ""}, "thinking_delta", "thinking"),
    "text": TEXT,
    "tool JSON": growing(USE, "input_json_delta", "partial_json"),
    "stalled": Faulty(TEXT, Fault("stall", after_bytes=20_000)),
    "retrying": Failure(429, "rate_limit_error", "Slow down", {"retry-after": "30"}),
}
SAID = {"connecting": "connecting", "thinking": "thinking", "text": "writing", "tool JSON": "writing",
        "stalled": "writing", "a tool": "tool:", "retrying": "Try 2"}  # fmt: skip
"""What the screen says of a phase; of the others ``waiting``."""


class Script:
    """Answers as the phase has it; the results of a tool are waited for for ever."""

    def __init__(self, phase: str) -> None:
        self.phase = phase
        self.calls = 0

    def answer(self, request: dict[str, Any]) -> Answer:
        last: Any = request["messages"][-1]["content"]
        if any(block.get("type") == "tool_result" for block in last if isinstance(block, dict)) and not any(
            block.get("type") == "text" for block in last
        ):
            return Hang(FOR_EVER)
        if self.phase not in CALLS:
            return ANSWERS[self.phase]
        self.calls += 1  # no id is given twice in a conversation
        call = {"type": "tool_use", "id": f"toolu_{self.calls}", "name": "calculate", "input": {"expression": "6 * 7"}}
        return Reply([call], "tool_use")


@contextmanager
def served(phase: str) -> Iterator[str]:
    """The address of a server that holds a reply in that phase."""
    if phase != "connecting":
        with DemoServer(pace=0, script=Script(phase)) as server:
            yield server.url
        return
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        address = deaf.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # until its queue is full: from then on no SYN is answered
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


class Place:
    """Where the program is run: a folder, an address, and the loaded program."""

    def __init__(self, zygote: Zygote, folder: Path, phase: str, url: str) -> None:
        self.zygote, self.folder, self.phase = zygote, folder, phase
        self.given = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "demo"}
        self.slow = (folder / "notes", FOR_EVER if phase == "a tool" else 0.0)
        self._homes = 0

    def home(self) -> Path:
        """A new one."""
        self._homes += 1
        home = self.folder / str(self._homes) / "home"
        home.parent.mkdir()
        return home

    def terminal(self) -> Terminal:
        """The app, ready to be asked."""
        given: Any = {"env": self.given, "zygote": self.zygote, "slow_tool": self.slow}
        terminal = Terminal("--tools", "calculate", home=self.home(), **given)
        terminal.wait(lambda text: "Ask anything" in text and "$0.00" in text, 60)
        return terminal

    def asked(self, terminal: Terminal, question: str) -> None:
        """Ask, and wait for the phase."""
        terminal.say(question)
        said = SAID.get(self.phase, "waiting")
        terminal.wait(lambda text: said in text.split("❯")[-1] or (said == "Try 2" and said in text), 60)
        terminal.settle(0.1, 0.3)

    def escapes(self, times: int) -> tuple[list[float], list[float]]:
        """Milliseconds until Esc is answered, and until a letter is seen."""
        stops: list[float] = []
        echoes: list[float] = []
        with self.terminal() as terminal:
            for number in range(times):
                self.asked(terminal, f"question {number}")
                echoes.append(timed(lambda: terminal.send("xxx"), lambda: seen(terminal, "xxx")))
                terminal.press(*["backspace"] * 3)
                terminal.settle(0.05, 0.3)
                stops.append(timed(lambda: terminal.send(key("escape")), lambda: answered(terminal)))
                terminal.wait(idle, 30)
        return stops, echoes

    def quits(self, times: int) -> list[float]:
        """Milliseconds until the process has ended."""
        found: list[float] = []
        for number in range(times):
            with self.terminal() as terminal:
                self.asked(terminal, "a question")
                ways: list[Callable[[], object]] = [
                    lambda: terminal.press("ctrl+q"),
                    lambda: terminal.signal(signal.SIGTERM),
                    lambda: terminal.signal(signal.SIGHUP),
                ]
                found.append(timed(ways[number % 3], lambda: terminal.process.wait(30)))
        return found

    def interrupts(self, times: int) -> list[float]:
        """The same of ``-p`` and SIGINT."""
        found: list[float] = []
        for _ in range(times):
            home = self.home()
            arguments = ("-p", "a question", "--tools", "calculate")
            env = environment(home, **self.given)
            output = home.parent / "out"
            process = self.zygote.start(*arguments, env=env, cwd=home.parent, output=output, slow_tool=self.slow)
            time.sleep(random.uniform(0.6, 1.0))
            found.append(timed(partial(process.send_signal, signal.SIGINT), partial(process.wait, 30)))
            assert process.returncode == 130, (process.returncode, Path(f"{output}.err").read_text())
        return found


def timed(act: Callable[[], object], wait: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    wait()
    return (time.perf_counter() - began) * 1000


def seen(terminal: Terminal, letters: str) -> object:
    return terminal.wait(lambda text: letters in text.split("❯")[-1], 30)


def answered(terminal: Terminal) -> object:
    return terminal.wait(lambda text: "stopping" in text or "Ctrl+G" in text.split("❯")[-1] or idle(text), 30)


def idle(text: str) -> bool:
    """Whether the status line has no state."""
    status = text.rstrip("\n").split("\n")[-1]
    words = ("connecting", "waiting", "thinking", "writing", "tool:", "retry", "stopping", "stalled")
    return not any(word in status for word in words)


def opening(times: int, folder: Path) -> tuple[list[float], list[float]]:
    """Ended while it opens, at any moment from the first frame on: in a terminal, and ``-p`` from the start on."""
    quits: list[float] = []
    stops: list[float] = []
    for number in range(times):
        home = folder / f"opening{number}" / "home"
        home.parent.mkdir()
        with Terminal("--demo", home=home) as terminal:
            terminal.wait("❯", 60)
            time.sleep(random.uniform(0.0, 0.5))
            quits.append(timed(lambda: terminal.press("ctrl+q"), lambda: terminal.process.wait(30)))
        process = start("--demo", "-p", "hello", env=environment(home))
        time.sleep(random.uniform(0.3, 1.5))
        stops.append(timed(partial(process.send_signal, signal.SIGINT), partial(process.wait, 30)))
        process.communicate()
    return quits, stops


def row(name: str, values: list[float], allowed: float | None) -> bool:
    """Print one; whether it is within what is promised."""
    ordered = sorted(values)
    p50, p99, worst = ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))], ordered[-1]
    over = allowed is not None and p99 > allowed
    print(f"{name:42}{len(ordered):5}{p50:9.0f}{p99:9.0f}{worst:9.0f}" + ("  over" if over else ""), flush=True)
    return not over


def main() -> int:
    """Measure, print, and say what is over; the exit code."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    wanted = sys.argv[2:] or ["connecting", *ANSWERS, *CALLS, "opening"]
    good = True
    print(f"{'milliseconds':42}{'n':>5}{'p50':>9}{'p99':>9}{'max':>9}")
    with tempfile.TemporaryDirectory() as name, Zygote() as zygote:
        for phase in wanted:
            folder = Path(name) / phase.replace(" ", "-")
            folder.mkdir()
            if phase == "opening":
                quits, stops = opening(times, folder)
                good = row("opening: Ctrl+Q to the end", quits, END) and good
                good = row("opening: -p, SIGINT to the end", stops, END) and good
                continue
            with served(phase) as url:
                place = Place(zygote, folder, phase, url)
                stops, echoes = place.escapes(times)
                row(f"{phase}: a typed letter", echoes, None)
                good = row(f"{phase}: Esc to the answer", stops, ANSWER) and good
                good = row(f"{phase}: quit to the end", place.quits(times), END) and good
                good = row(f"{phase}: -p, SIGINT to the end", place.interrupts(times), END) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
