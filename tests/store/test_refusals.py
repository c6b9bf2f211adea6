"""The disk refuses the n-th write, sync or creation, once, for a while or for ever.

Nothing that was acknowledged is missing afterwards; what was not is kept in memory, said, and written when
the disk takes it again.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from claude_tui.core.conversation import Conversation
from claude_tui.core.message import visible_text
from claude_tui.store import Store
from tests.support.disk import listening

from .conftest import Child
from .samples import node

SESSION = """
import sys, time
from pathlib import Path
from claude_tui.core.conversation import Node
from claude_tui.core.events import BlockStart, MessageStart, TextDelta
from claude_tui.core.message import TextBlock
from claude_tui.errors import StoreError
from claude_tui.store import Store, writer

writer.RETRY_SECONDS = 0.03
writer.SETTLE_SECONDS = 0.05
writer.LOG_LIMIT = 100_000
say = lambda *words: print(*words, flush=True)
try:
    store = Store.open(Path(sys.argv[1]), or_wait=True)
except StoreError as error:
    say("refused", error)
    sys.exit()
for number in range(3):
    reply = f"r{number}"
    asked = Node(f"q{number}", None, "user", (TextBlock(f"question {number}"),), "typed")
    journal = store.begin("c", [asked], Node(reply, asked.id, "assistant", (), "model"))
    if store.trouble is None:
        say("kept", asked.id, f"question {number}")
    journal.commit([MessageStart({"id": reply}), BlockStart(0, TextBlock(""))])
    text = ""
    for frame in range(70):
        text += f"{frame};"
        if journal.commit([TextDelta(0, f"{frame};")]):
            say("kept", reply, text)
    done = store.finish("c", Node(reply, asked.id, "assistant", (TextBlock(text),), "model"))
    time.sleep(0.08)  # for a checkpoint
end = time.monotonic() + float(sys.argv[2])
while (store.trouble or not done.done()) and time.monotonic() < end:
    time.sleep(0.005)
say("trouble", store.trouble)
if store.trouble is None:
    say("kept", "r2", text)
start = time.monotonic()
store.close(2)
say("closed")
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which calls fail, and how."""

    kinds: str
    first: int
    count: int
    error: int
    fresh: bool

    def __str__(self) -> str:
        times = f"{self.count} times" if self.count else "for ever"
        return f"{errno.errorcode[self.error]} at the {self.first}. {self.kinds}, {times}" + ", fresh" * self.fresh


def refuse(path: Path, child: Callable[..., Child], refusal: Refusal) -> bool:
    """A session on such a disk; whether the fault was met and is over at its end."""
    if not refusal.fresh:
        before = Store.open(path)
        before.create(Conversation("old", "kept from before", {"o": node("o", "an old word")})).result(10)
        before.close(5)
    fault = f"{refusal.kinds}:{refusal.first}:{refusal.count}:{refusal.error}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    session = child(SESSION, path, "20" if refusal.count else "0.2", env=listening(path.parent, fault=fault))
    kept: dict[str, str] = {}
    trouble = ""
    for line in session.end(60).splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "kept":
            name, _, kept[name] = rest.partition(" ")
        elif kind in ("trouble", "refused"):
            trouble = rest
    assert session.process.returncode == 0
    assert trouble, "a sentence or None"
    if refusal.count:
        assert trouble == "None", f"the disk took everything again, and yet: {trouble}"
    store = Store.open(path)
    assert store.notices == []
    assert store.check().result(30) == []
    conversation = store.load("c").result(10)
    for name, text in kept.items():
        assert conversation is not None
        found = visible_text(conversation.nodes[name].content)
        assert found.startswith(text), f"{name}: {len(text)} characters were acknowledged and {len(found)} are there"
    if not refusal.fresh:
        old = store.load("old").result(10)
        assert old is not None and visible_text(old.nodes["o"].content) == "an old word"
    store.close(5)
    return trouble == "None"


def some(chance: random.Random, fresh: bool) -> Refusal:
    """A point of the matrix."""
    kinds = chance.choice(("w", "w", "s", "c", "wsc"))
    error = errno.EIO if kinds == "s" else chance.choice((errno.EIO, errno.ENOSPC, errno.EDQUOT))
    most = {"w": 600, "s": 20, "c": 10, "wsc": 620}[kinds]
    count = chance.choice((1, 2, 5, 20, 0))
    return Refusal(kinds, chance.randrange(1, most), count, error, fresh)


def test_twenty_refusals(path: Path, child: Callable[..., Child]) -> None:
    chance = random.Random(5)
    for number in range(20):
        refusal = some(chance, number % 3 == 0)
        print(refusal)
        refuse(path.parent / str(number) / "c.db", child, refusal)


@pytest.mark.long
def test_refusals(path: Path, child: Callable[..., Child]) -> None:
    chance = random.Random()
    count = int(os.environ.get("CLAUDE_TUI_REFUSALS", "600"))
    over = 0
    for number in range(count):
        refusal = some(chance, number % 3 == 0)
        print(refusal)
        over += refuse(path.parent / str(number) / "c.db", child, refusal)
    print(f"{count} refusals, {over} of them over at the end: nothing acknowledged lost, nothing damaged")
