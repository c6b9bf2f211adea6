"""``kill -9`` at any moment: nothing that was said to be on disk is missing."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claude_tui.core.message import visible_text
from claude_tui.store import Store

from .conftest import Child

ROUNDS = int(os.environ.get("CLAUDE_TUI_ROUNDS", "120"))  # read now: a test has no such variable
"""In the long forms."""

# Replies of random length, one after another; each frame is printed after it is committed, never before.
STREAMER = """
import random, sys
from pathlib import Path
from claude_tui.core.conversation import Node
from claude_tui.core.events import BlockStart, MessageStart, TextDelta
from claude_tui.core.message import TextBlock
from claude_tui.store import Store

store = Store.open(Path(sys.argv[1]))
name, chance = sys.argv[2], random.Random(sys.argv[3])
pause, number = float(sys.argv[4]), 0
import time
while True:
    number += 1
    reply, text = f"{name}-{number}", ""
    node = Node(reply, None, "assistant", (), "model")
    journal = store.begin(name, [], node)
    print("begun", reply, flush=True)
    assert journal.commit([MessageStart({"id": reply}), BlockStart(0, TextBlock(""))])
    for frame in range(chance.randrange(1, 120)):
        piece = f"{frame};" + "\\u00e9\\u6771" * chance.randrange(3)
        assert journal.commit([TextDelta(0, piece)]), store.trouble
        text += piece
        print("shown", reply, len(text), flush=True)
        if pause:
            time.sleep(pause)
    if chance.random() < 0.9:
        store.finish(name, Node(reply, None, "assistant", (TextBlock(text),), "model")).result(10)
        print("finished", reply, flush=True)
    if chance.random() < 0.1:
        store.save_draft(name, str(number)).result(10)
        print("draft", reply, number, flush=True)
"""


@dataclass(slots=True)
class Heard:
    """What a window said was on the disk."""

    shown: dict[str, int] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    draft: int = 0

    def read(self, line: str) -> None:
        kind, _, rest = line.strip().partition(" ")
        reply, _, length = rest.partition(" ")
        if kind == "begun":
            self.shown[reply] = 0
        elif kind == "shown":
            self.shown[reply] = int(length)
        elif kind == "finished":
            self.finished.add(reply)
        elif kind == "draft":
            self.draft = int(length)

    def kill(self, window: Child) -> None:
        """Kill it, and read what it had said meanwhile."""
        for line in window.kill().splitlines(keepends=True):
            if line.endswith("\n"):
                self.read(line)

    def is_there(self, store: Store, name: str) -> None:
        """Nothing of it is missing, and nothing is twice."""
        conversation = store.load(name).result(10)
        assert conversation is not None
        for reply, length in self.shown.items():
            node = conversation.nodes[reply]
            text = visible_text(node.content)
            assert len(text) >= length, f"{reply}: {length} characters were shown and {len(text)} are there"
            numbers = [int("".join(filter(str.isdigit, part))) for part in text.split(";")[:-1]]
            assert numbers == list(range(len(numbers))), "frames are missing or twice"
            assert node.status == ("complete" if reply in self.finished else node.status)
            assert node.status != "streaming"
        assert int(store.draft(name).result(10) or 0) >= self.draft


def kill_once(path: Path, child: type[Child], name: str, seed: int, chance: random.Random) -> int:
    """Start, wait for a random moment, kill, look; how many frames had been shown."""
    streamer, heard = child(STREAMER, path, name, str(seed), "0"), Heard()
    frames = chance.randrange(1, 400)
    for _ in range(frames):
        heard.read(streamer.line())
    heard.kill(streamer)
    store = Store.open(path)
    heard.is_there(store, name)
    assert store.check().result(10) == []
    assert store.notices == []
    store.close(5)
    return frames


def test_ten_kills(path: Path, child: type[Child]) -> None:
    chance = random.Random(7)
    for number in range(10):
        kill_once(path, child, f"c{number}", number, chance)


@pytest.mark.long
def test_many_kills(path: Path, child: type[Child]) -> None:
    chance = random.Random()
    print(sum(kill_once(path, child, f"c{number}", number, chance) for number in range(250)), "frames in 250 kills")


# Checkpoints as often as can be, in the middle of replies and between them.
BUSY_STREAMER = (
    """
from claude_tui.store import locks, writer
writer.LOG_LIMIT, writer.SETTLE_SECONDS, writer.IDLE_SECONDS, locks.HOLD_SECONDS = 50_000, 0.005, 0.01, 0.005
"""
    + STREAMER
)


def checkpoints(path: Path) -> int:
    """How often the log was begun anew, as its header counts."""
    with path.with_name(path.name + "-wal").open("rb") as log:
        return int.from_bytes(log.read(16)[12:], "big")


def kill_four(path: Path, child: type[Child], round_: int, chance: random.Random) -> tuple[int, int]:
    """Four windows stream, finish and checkpoint, and are killed one after the other; frames and checkpoints."""
    names = [f"r{round_}w{number}" for number in range(4)]
    windows = [(name, child(BUSY_STREAMER, path, name, name, "0.001"), Heard()) for name in names]
    living = windows[:]
    chance.shuffle(living)
    dead: list[str] = []
    frames = 0
    while living:
        for _ in range(chance.randrange(1, 120)):
            for _, window, heard in living:
                heard.read(window.line())
                frames += 1
        name, window, heard = living.pop()
        heard.kill(window)
        dead.append(name)
        if living and len(dead) == 2:
            fifth = Store.open(path)
            assert {cut.conversation_id for cut in fifth.recovered} <= set(dead), "the living ones are left alone"
            for name, _, heard in windows:
                if name in dead:
                    heard.is_there(fifth, name)
            fifth.close(5)
    count = checkpoints(path)
    last = Store.open(path)
    for name, _, heard in windows:
        heard.is_there(last, name)
        assert not last.written_elsewhere(name).result(10)
    assert last.check().result(60) == []
    assert last.notices == []
    last.close(5)
    return frames, count


def test_four_windows_are_killed(path: Path, child: type[Child]) -> None:
    chance = random.Random(3)
    done = [kill_four(path, child, number, chance) for number in range(2)]
    print(f"{sum(frames for frames, _ in done):,} frames, {sum(count for _, count in done)} checkpoints")


@pytest.mark.long
def test_four_windows_are_killed_again_and_again(path: Path, child: type[Child]) -> None:
    chance = random.Random()
    done = [kill_four(path, child, number, chance) for number in range(ROUNDS)]
    frames, count = sum(frames for frames, _ in done), sum(count for _, count in done)
    print(f"{ROUNDS} rounds, {4 * ROUNDS} kills: {frames:,} frames and {count:,} checkpoints, nothing lost or damaged")
    assert count > ROUNDS / 4, "or the checkpoints were not tried"


def test_many_windows_start_at_once(path: Path, child: type[Child]) -> None:
    script = """
import sys
from pathlib import Path
from claude_tui.core.conversation import Conversation
from claude_tui.store import Store
sys.stdin.readline()
store = Store.open(Path(sys.argv[1]))
store.create(Conversation(sys.argv[2], "made")).result(20)
print(store.notices, flush=True)
store.close(5)
"""
    windows = [child(script, path, f"w{number}") for number in range(5)]
    for window in windows:
        window.say()
    for window in windows:
        assert window.end().strip() == "[]"
    store = Store.open(path)
    assert len(store.recent().result(5)) == 5
    assert store.check().result(5) == []
    store.close(2)


# Deleting, deleting for good, renaming: done or not done.

KEEPER = """
import random, sys
from pathlib import Path
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.store import Store, care, shelves

care.PATIENCE_SECONDS = care.PAUSE_SECONDS = 0.0
shelves.PURGED_CHARACTERS = 2_000
store = Store.open(Path(sys.argv[1]))
name, chance, number = sys.argv[2], random.Random(sys.argv[2]), 0
while True:
    number += 1
    id = f"{name}-{number}"
    nodes = {f"{id}-{at}": Node(f"{id}-{at}", None, "user", (TextBlock(f"words of {id} " * 40),), "typed")
             for at in range(6)}
    store.create(Conversation(id, "first", nodes)).result(10)
    for what, do in (
        ("renamed", lambda: store.rename(id, "second")),
        ("proposed", lambda: store.propose_title(id, "third")),
        ("trashed", lambda: store.trash(id)),
        ("purged" if chance.random() < 0.6 else "restored",
         lambda: store.purge(id) if what == "purged" else store.restore(id)),
    ):
        print("will", what, id, flush=True)
        do().result(10)
        print("did", what, id, flush=True)
"""
_AFTER = {
    "": ("first", "open"),
    "renamed": ("second", "open"),
    "proposed": ("second", "open"),
    "trashed": ("second", "trash"),
    "restored": ("second", "open"),
    "purged": None,
}
"""What a conversation is called and where it is, after each step."""


def kill_a_keeper(path: Path, child: type[Child], name: str, chance: random.Random) -> int:
    """Kill it anywhere; each conversation is as after the last step that was said to be done, or the next."""
    window = child(KEEPER, path, name)
    lines = [window.line() for _ in range(chance.randrange(1, 60))]
    lines += [line for line in window.kill().splitlines(keepends=True) if line.endswith("\n")]
    steps: dict[str, tuple[str, str]] = {}
    for line in lines:
        when, what, conversation = line.split()
        done, _ = steps.get(conversation, ("", ""))
        steps[conversation] = (what, what) if when == "did" else (done, what)
    store = Store.open(path)
    there = {
        row.id: (row.title, shelf) for shelf in ("open", "trash") for row in store.recent(10_000, 0, shelf).result(10)
    }
    for conversation, states in steps.items():
        allowed = [_AFTER[state] for state in states]
        assert there.get(conversation) in allowed, f"{conversation}: {states}"
        found = store.load(conversation).result(10)
        assert (len(found.nodes) if found is not None else 0) == (6 if conversation in there else 0)
    while store.sweep().result(10):
        pass
    assert store.check().result(10) == [] and store.notices == []
    for conversation in steps:
        shown = there.get(conversation, ("", ""))[1] == "open"
        # "k-1" is in "k-11" too.
        found = {hit.conversation_id for hit in store.search(conversation, 1_000).result(10)}
        assert (conversation in found) == shown
    store.close(5)
    return len(lines)


def test_killed_while_keeping_order(path: Path, child: type[Child]) -> None:
    chance = random.Random(5)
    for number in range(4):
        kill_a_keeper(path, child, f"k{number}", chance)


@pytest.mark.long
def test_killed_while_keeping_order_again_and_again(path: Path, child: type[Child]) -> None:
    chance = random.Random()
    steps = sum(kill_a_keeper(path, child, f"k{number}", chance) for number in range(ROUNDS))
    print(f"{steps} steps in {ROUNDS} kills")
