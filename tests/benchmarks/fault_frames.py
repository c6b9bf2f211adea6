"""How late a frame is while things go wrong: ``python -m tests.benchmarks.fault_frames [--runs N] [ROW ...]``.

Every row of the fault matrix is met in the running app, and two things are timed from the question until a
moment after the end: how late the event loop is for a tick every 5 ms, and how long it takes until a snapshot
of the turn is painted. Of both the worst is shown, best of the runs: what the app does to itself comes in every
run, what other programs on the machine do to it does not. ``cpu`` is what this process worked meanwhile, the
demo server in it included: where that is far less, the processor was elsewhere. The promise: 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from claude_tui.demo import DemoServer, Faithful
from tests.faults.meeting import meet
from tests.faults.rows import GROUPS, TEXT, Row, body_of, heavy
from tests.support.driver import Person, person

TICK, AFTER = 0.005, 0.3
"""Seconds between two ticks, and for which the clock goes on when the reply has ended."""
PROMISE = 100.0
ROWS = [row for group in GROUPS.values() for row in group]
HEAVY = [Row(name, [answer], text=body_of(answer)) for name, answer in heavy().items()]


@dataclass(frozen=True, slots=True, order=True)
class Wait:
    """Milliseconds something was late, and of the processor's time this process took meanwhile."""

    late: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A place on both clocks."""

    wall: float
    cpu: float

    def since(self, allowed: float = 0.0) -> Wait:
        return Wait((time.perf_counter() - self.wall - allowed) * 1000, (time.process_time() - self.cpu) * 1000)


def now() -> Moment:
    return Moment(time.perf_counter(), time.process_time())


class FrameClock:
    """The event loop's lateness, and the age of what is painted, while a row is met."""

    def __init__(self, someone: Person) -> None:
        self.loop = self.frame = Wait()
        self._someone = someone
        self._due: Moment | None = None
        """When the oldest snapshot came that nobody took up yet."""

    async def __aenter__(self) -> None:
        someone = self._someone
        turns: Any = someone.app.turns
        chat: Any = someone.chat
        self._post, self._show = turns._post, chat.show_turn
        turns._post, chat.show_turn = self._posted, self._shown
        self._ticking = asyncio.create_task(self._tick())

    async def __aexit__(self, *why: object) -> None:
        await asyncio.sleep(AFTER)
        self._ticking.cancel()
        turns: Any = self._someone.app.turns
        chat: Any = self._someone.chat
        turns._post, chat.show_turn = self._post, self._show

    async def _tick(self) -> None:
        while True:
            before = now()
            await asyncio.sleep(TICK)
            self.loop = max(self.loop, before.since(TICK))

    def _posted(self, conversation_id: str, turn: Any) -> None:
        self._due = self._due or now()
        self._post(conversation_id, turn)

    def _shown(self, conversation_id: str, turn: Any) -> None:
        due, self._due = self._due, None
        self._show(conversation_id, turn)
        if due is not None:
            self._someone.screen.call_after_refresh(self._painted, due)

    def _painted(self, due: Moment) -> None:
        self.frame = max(self.frame, due.since())


async def measure(rows: list[Row], runs: int, patch: pytest.MonkeyPatch, home: Path) -> dict[str, tuple[Wait, Wait]]:
    """The loop's and the frames' worst by row, best of the runs."""
    found: dict[str, tuple[Wait, Wait]] = {}
    for run in range(runs):
        with DemoServer(pace=0, script=Faithful(TEXT)) as server:
            async with person(home / str(run), server=server) as someone:
                await asyncio.sleep(1.0)  # the SDK is loaded beside it
                for row in rows:
                    clock = FrameClock(someone)
                    await meet(someone, row, server, patch, clock)
                    loop, frame = found.get(row.name, (clock.loop, clock.frame))
                    found[row.name] = min(loop, clock.loop), min(frame, clock.frame)
    return found


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("rows", nargs="*", help="words that a row's name contains; all rows otherwise")
    chosen = arguments.parse_args()
    rows = [row for row in [*ROWS, *HEAVY] if not chosen.rows or any(word in row.name for word in chosen.rows)]
    look_up = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *rest, **more)

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", found)
        patch.setenv("HOME", folder)
        patch.setenv("CLAUDE_TUI_HOME", f"{folder}/home")
        rows_found = asyncio.run(measure(rows, chosen.runs, patch, Path(folder)))
    print(f"worst of each row, best of {chosen.runs} runs, ms     loop late (cpu)   frame painted after (cpu)")
    for name, (loop, frame) in rows_found.items():
        over = "  MISSED" if max(loop.late, frame.late) > PROMISE else ""
        print(f"{name:46} {loop.late:8.1f} ({loop.cpu:6.1f}) {frame.late:10.1f} ({frame.cpu:6.1f}){over}")
    worst_loop = max(loop.late for loop, _ in rows_found.values())
    worst_frame = max(frame.late for _, frame in rows_found.values())
    print(
        f"{len(rows_found)} rows: loop {worst_loop:.1f} ms, frame {worst_frame:.1f} ms at worst; {PROMISE:.0f} promised"
    )


if __name__ == "__main__":
    main()
