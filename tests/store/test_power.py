"""The power goes at any moment: the database opens whole, and at most the last second is missing.

A real process is listened to while it streams, finishes and checkpoints; from what it did to the disk,
images are made that a power cut may leave (see ``tests/support/disk.py``), and each is opened.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claude_tui.core.message import visible_text
from claude_tui.errors import StoreError
from claude_tui.store import Store
from tests.support.disk import Act, Disk, acts, listening

from .conftest import ROOT
from .samples import node

# What was acknowledged is noted in a file beside the database, so that the notes have their place among the writes.
SESSION = """
import os, random, sys, time
from pathlib import Path
from claude_tui.core.conversation import Node
from claude_tui.core.events import BlockStart, MessageStart, TextDelta
from claude_tui.core.message import TextBlock
from claude_tui.store import Spend, Store, writer
from tests.store.test_power import piece

writer.LOG_LIMIT = 200_000  # checkpoints come in the middle of a reply too
path, name, replies, ending = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
notes = os.open(path.parent / "marks", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
note = lambda *words: os.write(notes, (" ".join(map(str, words)) + "\\n").encode())
store = Store.open(path)
assert not store.notices, store.notices
for number in range(replies):
    reply = f"{name}-{number}"
    chance = random.Random(reply)
    asked = Node(f"ask-{reply}", None, "user", (TextBlock(f"question {reply}"),), "typed")
    journal = store.begin(name, [asked], Node(reply, asked.id, "assistant", (), "model"))
    assert store.trouble is None, store.trouble
    note("begun", reply, 0)
    assert journal.commit([MessageStart({"id": reply}), BlockStart(0, TextBlock(""))])
    text = ""
    for frame in range(chance.randrange(30, 160)):
        text += piece(reply, frame)
        assert journal.commit([TextDelta(0, piece(reply, frame))]), store.trouble
        note("shown", reply, len(text))
        time.sleep(chance.choice((0, 0.002, 0.005)))
        if frame % 40 == 7:
            store.save_draft(name, f"{number * 1000 + frame}").result(10)
            note("draft", name, number * 1000 + frame)
    if number == replies - 1 and ending == "dies":
        note("dies", name, 0)
        os._exit(0)
    done = Node(reply, asked.id, "assistant", (TextBlock(text),), "model")
    store.finish(name, done).result(10)
    note("finished", reply, len(text))
    store.spend(Spend(number, name, reply, "m", {}, "0.5", "exact")).result(10)
    note("spent", name, number + 1)
    if number % 3 == 1:
        time.sleep(writer.SETTLE_SECONDS * 1.5)  # long enough for a checkpoint
store.close(10)
note("closed", name, 0)
"""


def piece(reply: str, frame: int) -> str:
    """What a frame of a reply brings."""
    return f"{reply}/{frame}: " + "é東👩‍👩‍👧 x" * random.Random(f"{reply}{frame}").randrange(9) + "\n"


def whole(reply: str) -> str:
    """All that could ever come of it."""
    return "".join(piece(reply, frame) for frame in range(160))


@dataclass(slots=True)
class Said:
    """What was acknowledged: the length of each reply, the number of each draft, and when."""

    lengths: dict[str, int] = field(default_factory=dict)
    drafts: dict[str, int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)

    def note(self, kind: str, name: str, number: int) -> None:
        if kind in ("begun", "shown", "finished"):
            self.lengths[name] = number
        if kind == "finished":
            self.finished.add(name)
        if kind == "draft":
            self.drafts[name] = number
        if kind == "spent":
            self.spent[name] = number

    def close(self, said: Said, window: str) -> None:
        """That window synced all that it said; what another said meanwhile waits for its own sync."""
        for reply, length in said.lengths.items():
            if reply.split("-")[0] == window:
                self.note("finished" if reply in said.finished else "shown", reply, length)
        for kind in ("drafts", "spent"):
            if window in getattr(said, kind):
                getattr(self, kind)[window] = getattr(said, kind)[window]

    def copy(self) -> Said:
        return Said(dict(self.lengths), dict(self.drafts), dict(self.spent), set(self.finished))


@dataclass(slots=True)
class Cut:
    """A place at which the power goes, and what was said until then."""

    said: Said
    safe: Said
    """What was covered by a sync."""
    moments: dict[str, list[tuple[int, int]]]
    """When each length of a reply was acknowledged."""
    at: int


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> list[Act]:
    """One window, one that dies, then two at once: all that they did to the disk."""
    folder = tmp_path_factory.mktemp("power") / "data"
    folder.mkdir(0o700)
    written = folder.parent / "tape"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **listening(folder, tape=written)}

    def start(name: str, replies: int, ending: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", SESSION, str(folder / "c.db"), name, str(replies), ending],
            env=environment,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )

    for together in ([("a", 3, "closes")], [("b", 2, "dies")], [("c", 5, "closes"), ("d", 4, "closes")]):
        for process in [start(*each) for each in together]:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
    return acts(written, folder)


def look(path: Path, cut: Cut, goes_on: bool) -> float:
    """Open an image; how many seconds of what had been acknowledged are missing."""
    store = Store.open(path)
    try:
        if cut.safe.lengths:
            assert store.notices == [], store.notices
        else:
            assert all("0 bytes" in said for said in store.notices), store.notices
        assert not [each for each in path.parent.iterdir() if ".bad-" in each.name]
        assert store.check().result(30) == []
        missing = cut.at
        there: dict[str, str] = {}
        for summary in store.recent().result(10):
            conversation = store.load(summary.id).result(10)
            assert conversation is not None
            for one in conversation.nodes.values():
                assert one.status != "streaming"
                text = visible_text(one.content)
                if one.role == "user":
                    assert text == f"question {one.id[4:]}"
                else:
                    there[one.id] = text
                    assert one.parent_id in conversation.nodes
        for reply, text in there.items():
            assert whole(reply).startswith(text), f"{reply} is not what was written"
        for reply, length in cut.safe.lengths.items():
            assert reply in there, f"{reply} was promised and is not there"
            assert len(there[reply]) >= length, f"{length - len(there[reply])} characters promised and lost"
        drafts = store.drafts().result(10)
        for name, number in cut.safe.drafts.items():
            assert int(drafts[name]) >= number
        for name, number in cut.safe.spent.items():
            assert len(store.spent(conversation_id=name).result(10)) >= number
        for reply, moments in cut.moments.items():
            for length, at in moments:
                if reply not in there or len(there[reply]) < length:
                    missing = min(missing, at)
                    break
        if goes_on:
            store.add("later", [node("later", "and on it goes")], head_id="later").result(10)
            assert store.trouble is None
            assert store.check().result(30) == []
        return (cut.at - missing) / 1e9
    finally:
        store.close(5)


def power_cuts(tape: list[Act], count: int, folder: Path, seed: int | None) -> list[float]:
    """Cut at so many places; the seconds that were missing each time."""
    chance = random.Random(seed)
    edges = [place for place, act in enumerate(tape) if act.kind in "STURLD"]
    places = sorted(
        chance.randrange(len(tape))
        if chance.random() < 0.7
        else min(len(tape) - 1, max(0, chance.choice(edges) + chance.randrange(-4, 5)))
        for _ in range(count)
    )
    disk, said, safe = Disk(), Said(), Said()
    moments: dict[str, list[tuple[int, int]]] = {}
    lost: list[float] = []
    done = 0
    for place, act in enumerate(tape):
        name = disk.named(act.file) if act.kind in "WS" else ""
        disk.do(act)
        if name == "marks" and act.kind == "W":
            kind, what, number = act.data.decode().split()
            said.note(kind, what, int(number))
            if kind in ("begun", "shown"):
                moments.setdefault(what, []).append((int(number), act.at))
            if kind == "begun":  # which returns after a sync
                safe.note(kind, what, int(number))
            elif kind == "closed":
                safe.close(said, what)
            elif kind == "dies":  # the dead sync nothing: from here to the next start no time is promised
                moments.clear()
        elif name == "c.db-wal" and act.kind == "S":
            safe = said.copy()
            moments.clear()
        while done < len(places) and places[done] == place:
            image = folder / "image"
            shutil.rmtree(image, ignore_errors=True)
            image.mkdir()
            disk.cut(chance, image)
            cut = Cut(said.copy(), safe.copy(), moments, act.at)
            lost.append(look(image / "c.db", cut, goes_on=done % 10 == 0))
            done += 1
    return lost


def report(lost: list[float]) -> str:
    """In a sentence."""
    ordered = sorted(lost)
    return (
        f"{len(lost):,} power cuts: none damaged, nothing promised lost; of what was on its way, at the median "
        f"{ordered[len(ordered) // 2]:.2f} s and at worst {ordered[-1]:.2f} s missing, "
        f"nothing at all in {sum(not each for each in lost):,}"
    )


def test_two_hundred_power_cuts(tape: list[Act], tmp_path: Path) -> None:
    lost = power_cuts(tape, 200, tmp_path, 11)
    print(report(lost))
    assert any(lost), "or the cuts cut nothing"


def test_a_disk_that_lies_is_found_out(tape: list[Act], tmp_path: Path) -> None:
    """Or nothing above proves anything: when checkpoints are not synced there is damage."""
    first = next(act.file for act in tape if act.kind == "O" and act.name == "c.db")
    syncs = [place for place, act in enumerate(tape) if (act.kind, act.file) == ("S", first)]
    made = syncs[2]  # the empty database is on the disk
    lying = [act for place, act in enumerate(tape) if place <= made or place not in syncs]
    with pytest.raises((AssertionError, StoreError)):
        power_cuts(lying, 100, tmp_path, 3)


@pytest.mark.long
def test_power_cuts(tape: list[Act], tmp_path: Path) -> None:
    lost = power_cuts(tape, int(os.environ.get("CLAUDE_TUI_POWER_CUTS", "5000")), tmp_path, None)
    print(report(lost))
    assert max(lost) <= 1.0
