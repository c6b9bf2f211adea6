"""``kill -9`` while something waits to be sent: nothing of it is lost, and a person sends it afterwards, once."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from claude_tui.core.message import visible_text
from claude_tui.demo import Answer, DemoServer, RawStream
from claude_tui.paths import Paths
from claude_tui.store import Store
from claude_tui.ui.chat.waiting import found_in
from tests.support.driver import held
from tests.support.left import integrity
from tests.support.streams import reply_events, write_sse
from tests.support.terminal import Terminal
from tests.support.zygote import Zygote

AT_ONCE = 3
LONG = int(os.environ.get("CLAUDE_TUI_KILLS", "50"))  # read now: a test has no such variable
"""Kills in the long form."""
KINDS = ("waiting", "edited", "moved", "between", "sending")
"""What is done as it dies: nothing, one is written otherwise, one is moved, a reply ends, one is sent."""
FIRST, *OTHERS = MESSAGES = [f"Message {number} of the four" for number in range(4)]
STREAM = write_sse(reply_events([{"type": "text", "text": "A slow answer, word after word. " * 8}], size=8)).encode()
PIECES = 20
WRITTEN = 0.4
"""Seconds that an answer takes."""


class Slowly:
    """Answers everything in a while."""

    def answer(self, request: dict[str, Any]) -> Answer:
        return RawStream(STREAM, piece=len(STREAM) // PIECES, delay=WRITTEN / PIECES)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on the disk."""

    sent: list[str]
    """Questions of the conversation."""
    waiting: list[str]
    draft: str
    whole: bool
    """Whether the last reply is complete."""

    @property
    def all(self) -> list[str]:
        return [*self.sent, *self.waiting, *([self.draft] if self.draft else [])]


def kept(home: Path, *, running: bool = False) -> Kept:
    """As a start finds it; while a program runs, nothing is put right."""
    database = Paths.under(home, demo=False).database
    assert running or integrity(database) == ["ok"]
    store = Store.open(database)
    try:
        id = store.latest().result(10)
        conversation = store.load(id).result(10) if id is not None else None
        if conversation is None or id is None:
            return Kept([], [], "", False)
        waiting = [item.text for item in found_in(store.drafts().result(10), id) if item.id not in conversation.nodes]
        path = conversation.path()
        sent = [visible_text(node.content) for node in path if node.origin == "typed"]
        return Kept(sent, waiting, store.draft(id).result(10), bool(path) and path[-1].status == "complete")
    finally:
        store.close(5)


def requested(server: DemoServer) -> list[str]:
    """What was asked, a request each."""
    found: list[str] = []
    for one in list(server.requests):
        if one.path == "/v1/messages" and one.method == "POST" and one.body.get("stream"):
            found.append(one.body["messages"][-1]["content"][-1].get("text", ""))
    return found


def eventually(what: Callable[[], object], seconds: float = 120.0, every: float = 0.002) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(every)


def die(terminal: Terminal, server: DemoServer, kind: str, chance: random.Random) -> None:
    """Three wait while the first reply is held: go on until a random moment, and be killed."""
    match kind:
        case "waiting":
            time.sleep(chance.uniform(0, 0.2))
        case "edited":
            terminal.press("up")
            time.sleep(chance.uniform(0, 0.1))
            terminal.send(" and more")
            time.sleep(chance.uniform(0, 0.6))
        case "moved":
            terminal.press("ctrl+x", "u")
            terminal.wait("messages wait, to be sent")
            for _ in range(chance.randint(1, 4)):
                terminal.send(chance.choice("[]"))
                time.sleep(chance.uniform(0, 0.05))
        case _:
            server.let_go()
            number = chance.randint(1, len(OTHERS))
            eventually(lambda: len(requested(server)) > number)
            time.sleep(chance.uniform(0, 0.03) if kind == "sending" else WRITTEN * chance.uniform(0.8, 1.3))
    terminal.kill()


def kill_once(zygote: Zygote, folder: Path, kind: str, chance: random.Random) -> Kept:
    """Four messages, a kill, a start; what there was after the kill."""
    home = folder / "home"
    with DemoServer(pace=0, script=Slowly()) as server:
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "demo"}
        server.then(held("word " * 100, 300))
        with Terminal(home=home, env=env, zygote=zygote) as terminal:
            terminal.wait("Ask anything")
            terminal.say(FIRST)
            terminal.wait("word word")
            for text in OTHERS:
                terminal.say(text)
                terminal.wait(f"… {text}")
            eventually(lambda: kept(home, running=True).waiting == OTHERS, every=0.05)
            die(terminal, server, kind, chance)
        before = Counter(requested(server))
        left = kept(home)
        said = f"killed while {kind}: {left}"
        if kind == "edited":
            *others, last = left.all
            assert others == MESSAGES[:-1] and f"{MESSAGES[-1]} and more".startswith(last), said
            assert last.startswith(MESSAGES[-1]), said
        elif kind == "moved":
            assert left.sent == [FIRST] and sorted(left.waiting) == OTHERS and not left.draft, said
        else:
            assert left.all == MESSAGES and not left.draft, said
        if left.waiting or left.draft:
            come_back(zygote, home, env, left)
            assert kept(home).sent == left.all, said
        asked = Counter(requested(server))
        assert all(asked[text] <= 1 for text in left.all), (said, asked)
        assert all(asked[text] == 1 and not before[text] for text in (*left.waiting, left.draft) if text), (said, asked)
    return left


def come_back(zygote: Zygote, home: Path, env: dict[str, str], left: Kept) -> None:
    """What waited is shown as it was, goes by a key, and what was typed after it."""
    with Terminal("-c", home=home, env=env, zygote=zygote) as terminal:
        if left.waiting:
            terminal.wait("as they were left")
            terminal.wait(lambda text: all(f"… {message}" in text for message in left.waiting))
        if left.draft:
            terminal.wait(f"❯ {left.draft}")
            terminal.press("ctrl+x", "s")  # put by: it is to be the last, as it was
            terminal.wait(lambda text: f"❯ {left.draft}" not in text)
        if left.waiting:
            terminal.press("ctrl+x", "enter")
            sent = [*left.sent, *left.waiting]
            eventually(lambda: (now := kept(home, running=True)).sent == sent and now.whole, every=0.1)
        if left.draft:
            terminal.say("/unstash")
            terminal.wait(f"❯ {left.draft}")
            terminal.press("enter")
            eventually(lambda: (now := kept(home, running=True)).sent == left.all and now.whole, every=0.1)
        terminal.press("ctrl+q")
        assert terminal.ended(30) == 0


def kills(zygote: Zygote, folder: Path, kinds: list[str], seed: int | None) -> None:
    chance = random.Random(seed)
    jobs: list[tuple[Path, str, random.Random]] = []
    for number, kind in enumerate(kinds):
        place = folder / f"kill{number}"
        place.mkdir()
        jobs.append((place, kind, random.Random(chance.random())))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda job: kill_once(zygote, *job), jobs))
    waited = sum(len(left.waiting) for left in done)
    print(
        f"{len(done)} kills ({Counter(kinds)}): of {len(MESSAGES) * len(done)} messages {waited} still waited, "
        f"{sum(bool(left.draft) for left in done)} were being written otherwise; none lost, none sent twice"
    )


def test_two_kills_while_something_waits(zygote: Zygote, tmp_path: Path) -> None:
    kills(zygote, tmp_path, ["sending", "edited"], 3)


@pytest.mark.long
def test_many_kills_while_something_waits(zygote: Zygote, tmp_path: Path) -> None:
    kills(zygote, tmp_path, [KINDS[number % len(KINDS)] for number in range(LONG)], None)
