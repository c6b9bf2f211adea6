"""``kill -9`` at any moment: nothing that was said to be on disk is missing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from claude_tui.core.message import visible_text
from claude_tui.store import Store

from .conftest import Child

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
        store.save_draft(name, text).result(10)
        print("draft", reply, len(text), flush=True)
"""


def kill_once(path: Path, child: type[Child], name: str, seed: int, chance: random.Random) -> int:
    """Start, wait for a random moment, kill, look; how many frames had been shown."""
    streamer = child(STREAMER, path, name, str(seed), "0")
    shown: dict[str, int] = {}
    finished: set[str] = set()
    draft = 0

    def read(line: str) -> None:
        nonlocal draft
        kind, _, rest = line.partition(" ")
        reply, _, length = rest.partition(" ")
        if kind == "begun":
            shown[reply] = 0
        elif kind == "shown":
            shown[reply] = int(length)
        elif kind == "finished":
            finished.add(reply)
        elif kind == "draft":
            draft = int(length)

    frames = chance.randrange(1, 400)
    for _ in range(frames):
        read(streamer.line())
    for line in streamer.kill().splitlines(keepends=True):
        if line.endswith("\n"):
            read(line.strip())

    store = Store.open(path)
    conversation = store.load(name).result(10)
    assert conversation is not None
    for reply, length in shown.items():
        node = conversation.nodes[reply]
        text = visible_text(node.content)
        assert len(text) >= length, f"{reply}: {length} characters were shown and {len(text)} are there"
        numbers = [int("".join(filter(str.isdigit, part))) for part in text.split(";")[:-1]]
        assert numbers == list(range(len(numbers))), "frames are missing or twice"
        assert node.status == ("complete" if reply in finished else node.status)
        assert node.status != "streaming"
    assert len(store.draft(name).result(10)) >= draft
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


def test_two_windows_on_one_database(path: Path, child: type[Child]) -> None:
    """Both stream, finish and checkpoint; one is killed, the other notices nothing."""
    Store.open(path).close(2)
    first = child(STREAMER, path, "first", "1", "0.001")
    second = child(STREAMER, path, "second", "2", "0.001")
    for _ in range(300):
        assert first.line().startswith(("begun", "shown", "finished", "draft"))
        assert second.line().startswith(("begun", "shown", "finished", "draft"))
    second.kill()
    third = Store.open(path)
    assert {found.conversation_id for found in third.recovered} <= {"second"}, "the living one is left alone"
    for _ in range(300):
        assert first.line()
    assert [said for said in third.check().result(10) if "journal of" not in said] == []
    third.close(2)
    first.kill()
    last = Store.open(path)
    for name in ("first", "second"):
        conversation = last.load(name).result(10)
        assert conversation is not None
        for node in conversation.nodes.values():
            text = visible_text(node.content)
            numbers = [int("".join(filter(str.isdigit, part))) for part in text.split(";")[:-1]]
            assert numbers == list(range(len(numbers)))
    assert last.check().result(10) == []
    last.close(2)


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
