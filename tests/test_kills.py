"""``kill -9`` of ``claude-tui -p``: what was printed is kept, and a tool that ran is not run again."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.history import UNKNOWN_OUTCOME
from claude_tui.core.message import ToolResultBlock
from claude_tui.demo import Answer, DemoServer, RawStream, Reply

from .support.desk import environment
from .support.left import look
from .support.streams import reply_events, write_sse
from .support.zygote import Forked, Zygote

AT_ONCE = 3
LONG = int(os.environ.get("CLAUDE_TUI_KILLS", "1200"))  # read now: a test has no such variable
"""Kills in the long form."""
BODY = "".join(f"Line {line} of a long answer, all of it worth keeping: é, 東.\n" for line in range(300))
STREAM = write_sse(reply_events([{"type": "text", "text": BODY}], size=40)).encode()
STREAMED = 0.7
"""Seconds that the answer takes: a piece every 2 ms."""


class Always:
    """Answers every request with the long answer, slowly."""

    def answer(self, request: dict[str, Any]) -> Answer:
        return RawStream(STREAM, piece=len(STREAM) // 350, delay=0.002)


def wait_for(wanted: Callable[[], object], process: Forked, seconds: float = 60.0) -> None:
    """Until it is so; an error if the process ended first."""
    until = time.monotonic() + seconds
    while not wanted():
        assert process.poll() is None, f"it ended with {process.returncode}"
        assert time.monotonic() < until
        time.sleep(0.005)


# A reply while it is printed


def kill_once(zygote: Zygote, url: str, folder: Path, chance: random.Random) -> int:
    """Ask, wait for a random moment, kill; look at what is left; how many characters were printed."""
    home, out = folder / "home", folder / "out"
    env = environment(home, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="demo")
    process = zygote.start("-p", "Tell me all.", env=env, cwd=folder, output=out)
    if chance.random() < 0.85:  # the others fall into the start
        wait_for(lambda: out.exists() and out.stat().st_size, process)
    time.sleep(chance.uniform(0.0, 1.2 * STREAMED))
    process.kill()
    code = process.wait(30)
    assert code in (-9, 0), code
    assert not out.exists() or not Path(f"{out}.err").read_text()
    printed = out.read_text("utf-8", "ignore").removesuffix("\n") if out.exists() else ""
    left = look(home)
    assert left.text.startswith(printed), f"printed and not kept: {printed[len(left.text) :]!r}"
    assert BODY.startswith(left.text)
    if code == 0:
        assert left.status == "complete" and printed.strip() == BODY.strip()
    elif left.status != "complete" and left.text:
        assert left.offered and left.goes_on, "the next start does not offer it"
    elif left.asked:
        assert left.goes_on or left.status == "complete", "a question on the disk can be asked again"
    assert not printed or left.asked == "Tell me all."
    return len(printed)


def side_by_side(folder: Path, count: int, seed: int | None, job: Callable[[Path, random.Random], Any]) -> list[Any]:
    """So many kills, each in a folder of its own."""
    chance = random.Random(seed)
    jobs: list[tuple[Path, random.Random]] = []
    for number in range(count):
        place = folder / f"kill{number}"
        place.mkdir()
        jobs.append((place, random.Random(chance.random())))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: job(*one), jobs))


def kills(zygote: Zygote, folder: Path, count: int, seed: int | None) -> None:
    with DemoServer(pace=0, script=Always()) as server:
        done = side_by_side(folder, count, seed, lambda place, chance: kill_once(zygote, server.url, place, chance))
    print(
        f"{count} kills of -p ({sum(not size for size in done)} before the first word, "
        f"{sum(size > len(BODY) - 2 for size in done)} after the last): {sum(done):,} characters printed, none missing"
    )
    assert sum(done) > 1000 * count


def test_twenty_four_kills(zygote: Zygote, tmp_path: Path) -> None:
    kills(zygote, tmp_path, 24, 3)


@pytest.mark.long
def test_very_many_kills(zygote: Zygote, tmp_path: Path) -> None:
    kills(zygote, tmp_path, LONG, None)


# Around the calls of tools

SECONDS = 0.12
"""What each call takes."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of two calls around a kill."""

    ran: int
    kept: int
    unknown: int


class Calls:
    """Asks for two sums, one after the other in one message, and is content with whatever comes back."""

    def answer(self, request: dict[str, Any]) -> Answer:
        if any(block.get("type") == "tool_result" for block in request["messages"][-1]["content"]):
            return Reply([{"type": "text", "text": "So it is."}])
        uses = [
            {"type": "tool_use", "id": f"toolu_{each}", "name": "calculate", "input": {"expression": f"{each} * 7"}}
            for each in (6, 8)
        ]
        return Reply([{"type": "text", "text": "I work it out."}, *uses], "tool_use")


SUMS = {"toolu_6": "42", "toolu_8": "56"}


def kill_around_tools(zygote: Zygote, folder: Path, chance: random.Random) -> Told:
    """Kill near the calls, go on in a new process; no call ran twice, and what is told of each is true."""
    home, out, notes = folder / "home", folder / "out", folder / "notes"
    with DemoServer(pace=0, script=Calls()) as server:
        env = environment(home, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="demo")
        asked = ("-p", "6 * 7, and 8 * 7?", "--tools", "calculate")
        process = zygote.start(*asked, env=env, cwd=folder, output=out, slow_tool=(notes, SECONDS))
        wait_for(lambda: server.requests, process)
        time.sleep(chance.uniform(0.0, 4 * SECONDS))
        process.kill()
        killed = process.wait(30) == -9
        left = look(home)
        assert left.conversation is not None
        kept = {
            block.tool_use_id: block
            for node in left.conversation.path()
            for block in node.content
            if isinstance(block, ToolResultBlock)
        }
        before = ran(notes)
        assert all(f"{use.removeprefix('toolu_')} * 7" in before for use in kept), "a result of a call that never ran"
        if killed and left.goes_on:
            again = zygote.start("-c", "-p", env=env, cwd=folder, output=folder / "again", slow_tool=(notes, SECONDS))
            assert again.wait(60) == 0, (folder / "again.err").read_text()
        # What was being sent when the kill came is half a request, and has no body that could be read.
        refused = [one.problem for one in server.requests if one.problem and one.body is not None]
        assert not refused, refused
        told = results(server)
    after = ran(notes)
    assert len(after) == len(set(after)), f"a call ran twice: {after}"
    if not told:
        return Told(len(after), len(kept), 0)
    unknown = 0
    for use, value in SUMS.items():
        content = told[use]
        if content == UNKNOWN_OUTCOME:
            unknown += 1
            assert use not in kept, "a result that was kept is said to be unknown"
        else:
            assert value in content and f"{use.removeprefix('toolu_')} * 7" in after, (use, content)
    return Told(len(after), len(kept), unknown)


def ran(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


def results(server: DemoServer) -> dict[str, str]:
    """What the last request said of each call."""
    found: dict[str, str] = {}
    for request in server.requests:
        for message in request.body["messages"] if request.body else ():
            for block in message["content"] if isinstance(message["content"], list) else ():
                if block.get("type") == "tool_result":
                    said = block["content"]
                    found[block["tool_use_id"]] = said if isinstance(said, str) else said[0]["text"]
    return found


def kills_around_tools(zygote: Zygote, folder: Path, count: int, seed: int | None) -> None:
    done = side_by_side(folder, count, seed, lambda place, chance: kill_around_tools(zygote, place, chance))
    kept, unknown = sum(one.kept for one in done), sum(one.unknown for one in done)
    print(
        f"{count} kills around {2 * count} calls: {sum(one.ran for one in done)} ran, none twice; "
        f"{kept} results on the disk at the kill, {unknown} outcomes told as unknown"
    )
    assert unknown


def test_a_killed_tool_is_not_run_again(zygote: Zygote, tmp_path: Path) -> None:
    kills_around_tools(zygote, tmp_path, 10, 4)


@pytest.mark.long
def test_a_killed_tool_is_not_run_again_ever(zygote: Zygote, tmp_path: Path) -> None:
    kills_around_tools(zygote, tmp_path, 100, None)
