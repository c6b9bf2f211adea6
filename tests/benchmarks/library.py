"""The library with 10,000 conversations: ``python -m tests.benchmarks.library``.

10,000 conversations with 200,000 messages and 450 MB of text are generated once (some minutes) and kept in
the folder for temporary files; the text is lines of Python's own library, code and prose, in every order, with
words that are in one message only, and 3 % of other scripts. Then it measures

* the library's first frame, from the command to the paint, against that of a library of one conversation:
  processes in turns, medians;
* queries of three characters or more, each until all of its answer (50 conversations) is there;
* while a shorter query streams its results: how late the event loop, and so a key, is, and how much CPU the
  process takes from one turn of it to the next, which is what it would be late on a machine that does nothing else;
* the memory of a window that has listed and searched them, against one with one conversation;
* the size of the index against the text's, here and in a library of Chinese.

``--conversations N`` for less, ``--queries N`` of each kind, ``--runs N``, ``--folder DIR``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from claude_tui.core.conversation import Conversation, Node, title_from
from claude_tui.core.message import ContentBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage
from claude_tui.store import Spend, Store, conversations, ledger
from claude_tui.store.base import SEARCH_CACHE_KB
from claude_tui.store.database import connect_to_read
from claude_tui.store.lookup import Starts
from claude_tui.store.search import Look
from claude_tui.store.slices import begin_again, index_node, index_of, index_some, is_broken, retire_some
from claude_tui.store.words import words_of
from tests.support.desk import environment

PER_CONVERSATION = 20
CHARACTERS = 2_500
"""Of a message, in the mean."""
FRAME, QUERY_MS, KEY_MS, MEMORY_MB, INDEX = 1.5, 50.0, 30.0, 60.0, 1.5
"""What is promised."""
VERSION = 3
_SYLLABLES = [first + last for first in "bdfghklmnprstvwz" for last in "aeio"]


class Texts:
    """Text that reads like text."""

    def __init__(self, seed: int, chinese: bool = False) -> None:
        """``chinese``: all of it, of words that are as unequally frequent as those of a language."""
        self._chance = random.Random(seed)
        library = Path(os.__file__).parent
        files = [file for file in sorted(library.rglob("*.py")) if "-packages" not in str(file)]
        self.lines = [
            line for file in files for line in file.read_text("utf-8", "replace").splitlines() if 8 < len(line) < 200
        ]
        self._weights = list(accumulate(1 / rank for rank in range(1, 3_001))) if chinese else None
        self._han = ["".join(chr(self._chance.randrange(0x4E00, 0x5E00)) for _ in range(2)) for _ in range(3_000)]

    def rare(self) -> str:
        """A word nobody else has."""
        return "".join(self._chance.choices(_SYLLABLES, k=5))

    def text(self) -> str:
        """A message."""
        wanted = min(int(self._chance.lognormvariate(7.1, 1.05)), 200_000)
        if self._weights is not None:
            words = self._chance.choices(self._han, cum_weights=self._weights, k=max(wanted // 7, 2))
            return "".join(word + self._chance.choice(("", "", "", "，", "。")) for word in words)
        if self._chance.random() < 0.03:
            return "，".join(self._chance.choices(self._han, k=max(wanted // 9, 2)))
        found: list[str] = []
        size = 0
        while size < wanted:
            at = self._chance.randrange(len(self.lines))
            piece = "\n".join(self.lines[at : at + self._chance.randrange(1, 6)])
            found.append(piece)
            size += len(piece) + 1
        return "\n".join(found)

    def blocks(self, role: str, rare: str) -> tuple[ContentBlock, ...]:
        """What a message holds."""
        text = self.text()
        if rare:
            text += f"\nAbout {rare}."
        if role == "user":
            return (TextBlock(text),)
        blocks: list[ContentBlock] = []
        if self._chance.random() < 0.3:
            blocks.append(ThinkingBlock(text[: len(text) // 3], "c2lnbmF0dXJl"))
            text = text[len(text) // 3 :]
        blocks.append(TextBlock(text))
        if self._chance.random() < 0.1:
            blocks += [ToolUseBlock("toolu", "lookup", {"query": text[:40]}), ToolResultBlock("toolu", text[:200])]
        return tuple(blocks)


def fill(path: Path, count: int, chinese: bool = False) -> list[str]:
    """Write them as the store does; the rare words in them."""
    Store.open(path).close(5)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    texts, rare = Texts(1, chinese), [""]
    words: list[str] = []
    for number in range(count):
        rare = [texts.rare()] + [""] * (PER_CONVERSATION - 1)
        words.append(rare[0])
        now = 1_700_000_000_000 + number * 60_000
        connection.execute("BEGIN")
        nodes: list[Node] = []
        for at in range(PER_CONVERSATION):
            role = "assistant" if at % 2 else "user"
            nodes.append(
                Node(
                    f"n{number}-{at}", nodes[-1].id if nodes else None, role, texts.blocks(role, rare[at]),
                    "model" if at % 2 else "typed", created_at=now, model="claude-opus-5-5" if at % 2 else "",
                    usage=Usage({"input_tokens": 500, "output_tokens": 700}) if at % 2 else Usage(),
                )
            )  # fmt: skip
        first: Any = nodes[0].content[0]
        title = title_from(first.text)
        conversations.put_conversation(
            connection, Conversation(f"c{number:05}", title, head_id=nodes[-1].id, created_at=now, updated_at=now), now
        )
        conversations.put_nodes(connection, f"c{number:05}", nodes, now)
        for node in nodes:
            index_node(connection, node)
            if node.role == "assistant":
                ledger.spend(connection, Spend(now, f"c{number:05}", node.id, node.model, {}, "0.0123", "exact"))
        conversations.touch(connection, f"c{number:05}", nodes, now)
        connection.execute("COMMIT")
        if number % 50 == 49:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if number % 500 == 499:
            print(f"\r{number + 1:,} conversations", end="", flush=True)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('checked_at', ?)", (str(time.time_ns() // 1_000_000),))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    print()
    return words


def made(folder: Path, count: int, chinese: bool = False) -> tuple[Path, list[str]]:
    """A home with so many conversations, made once, all of them in the index; the rare words."""
    home = folder / f"claude-tui-library-{VERSION}-{count}{'-chinese' if chinese else ''}"
    database, words = home / "data" / "conversations.db", home / "words.json"
    if not words.exists():
        database.unlink(missing_ok=True)
        start = time.perf_counter()
        database.parent.mkdir(0o700, parents=True, exist_ok=True)
        words.write_text(json.dumps(fill(database, count, chinese)))
        print(f"made in {time.perf_counter() - start:.0f} s")
    _bring_up_to_date(database)
    return home, json.loads(words.read_text())


def _bring_up_to_date(path: Path) -> None:
    """What another version made is migrated and indexed whole: half an index would be measured as one."""
    Store.open(path).close(5)
    connection = sqlite3.connect(path, isolation_level=None)
    if is_broken(connection):
        begin_again(connection)
    left = True
    while left:
        connection.execute("BEGIN IMMEDIATE")
        left = (index_of(connection).todo > 1 and index_some(connection)) or retire_some(connection)
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def sizes(home: Path) -> tuple[int, int]:
    """Bytes of the index and of the text."""
    connection = connect_to_read(home / "data" / "conversations.db")
    (index,) = connection.execute(f"SELECT sum(length(block)) FROM {index_of(connection).table}_data").fetchone()
    (text,) = connection.execute("SELECT sum(length(CAST(content AS BLOB))) FROM node").fetchone()
    connection.close()
    return index, text


# In a process of its own: the frame, the memory, the keys


async def look_at(home: Path, opens: int) -> dict[str, Any]:
    """Open the library some times, then search in it."""
    from textual.app import App

    from claude_tui.ui.screens.library import LibraryScreen
    from tests.support.driver import person

    painted: list[float] = []
    display = App._display

    def shown(self: Any, screen: Any, renderable: Any) -> None:
        display(self, screen, renderable)
        if isinstance(screen, LibraryScreen):
            painted.append(time.perf_counter())

    App._display = shown  # type: ignore[method-assign]
    frames: list[float] = []
    cpu: list[float] = []
    async with person(home, size=(120, 50)) as someone:
        await asyncio.sleep(1.0)
        for _ in range(opens + 2):  # the first loads what is loaded once
            await asyncio.sleep(0.3)
            painted.clear()
            start, used = time.perf_counter(), time.process_time()
            someone.chat.run_command("command_open")
            while not painted:
                await asyncio.sleep(0)
            frames.append(painted[0] - start)
            cpu.append(time.process_time() - used)
            await someone.until(lambda: isinstance(someone.screen, LibraryScreen) and someone.screen._whole)
            await someone.press("escape")
        idle = await late(someone, "", 3.0)
        await someone.press("ctrl+o")
        await someone.until(lambda: isinstance(someone.screen, LibraryScreen) and someone.screen._whole)
        busy: list[tuple[float, float]] = []
        for short in ("qz", "京", "~~"):
            busy += await late(someone, short, 3.0)
        await late(someone, "estimation of", 2.0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return {
            "frame": frames[2:], "cpu": cpu[2:], "idle": idle, "busy": busy,
            "memory": pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        }  # fmt: skip


async def late(someone: Any, query: str, seconds: float) -> list[tuple[float, float]]:
    """How many milliseconds late the loop comes round, while this is typed and looked for; and of CPU till then."""
    from claude_tui.ui.widgets.line_input import LineInput

    if query:
        someone.screen.query_one(LineInput).value = query
    found: list[tuple[float, float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start, used = time.perf_counter(), time.process_time()
        await asyncio.sleep(0.005)
        found.append((max(0.0, time.perf_counter() - start - 0.005) * 1000, (time.process_time() - used) * 1000))
    return found


def child(home: Path, opens: int) -> dict[str, Any]:
    """What a process of its own measures."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.library", "--child", str(home), "--runs", str(opens)],
        env=environment(home), check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(told.stdout.splitlines()[-1])


# Queries


def queries(rare: list[str], count: int) -> Iterator[tuple[str, list[str]]]:
    """Kinds of queries, each of three characters or more."""
    chance, texts = random.Random(9), Texts(1)

    def word() -> str:
        words = [part for part in chance.choice(texts.lines).replace("(", " ").split() if part.isalpha()]
        return chance.choice(words) if words and len(words[0]) > 3 else word()

    kinds: dict[str, Callable[[], str]] = {
        "a word": word,
        "its beginning": lambda: word()[: chance.randrange(3, 5)],
        "a part of it": lambda: word()[1:],
        "code": lambda: max(chance.choice(texts.lines).split(), key=len),
        "a word of one message": lambda: chance.choice(rare),
        "a part of such a word": lambda: chance.choice(rare)[1:7],
        "a word that is nowhere": lambda: "".join(chance.choices("etaoinshrdlu", k=7)),
        "three Han characters": lambda: chance.choice(texts._han) + "，" + chance.choice(texts._han)[:1],
        "two words": lambda: f"{word()} {word()}",
        "two words of one line": lambda: " ".join(chance.choice(texts.lines).split()[:2]),
    }
    for name, make in kinds.items():
        made = (make() for _ in range(count * 3))
        yield name, [query for query in made if len(max(words_of(query), key=len, default="")) >= 3][:count]


def ask(home: Path, rare: list[str], count: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Milliseconds of each query, by the clock and of CPU; of those of one word, and of all."""
    connection = connect_to_read(home / "data" / "conversations.db")
    connection.execute(f"PRAGMA cache_size = -{SEARCH_CACHE_KB}")
    starts = Starts()
    single: list[tuple[float, float]] = []
    every: list[tuple[float, float]] = []
    for name, some in queries(rare, count):
        took: list[float] = []
        cpu: list[float] = []
        for query in some:
            start, used = time.perf_counter(), time.thread_time()
            hits = Look(connection, words_of(query), each_once=True, starts=starts).hits()
            for place, _ in enumerate(hits, 1):
                if place == 50:
                    break
            took.append((time.perf_counter() - start) * 1000)
            cpu.append((time.thread_time() - used) * 1000)
        show(name, took, f"CPU p95 {percentile(cpu, 95):7.1f}")
        every += zip(took, cpu, strict=True)
        single += [] if name.startswith("two") else zip(took, cpu, strict=True)
    return single, every


def percentile(values: list[float], which: int) -> float:
    """The value that so many per cent are below."""
    return sorted(values)[min(len(values) * which // 100, len(values) - 1)]


def show(name: str, values: list[float], more: str = "") -> None:
    """One line."""
    p50, p95 = percentile(values, 50), percentile(values, 95)
    print(f"{name:26} p50 {p50:7.1f} ms  p95 {p95:7.1f}  max {max(values):8.1f}  n={len(values):<5} {more}", flush=True)


def verdict(what: str, value: float, most: float) -> None:
    """One figure against what is promised."""
    print(f"{what:60}{value:8.2f}{most:8.2f}{'' if value <= most else '  MISSED'}")


def main() -> None:
    """Make, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--conversations", type=int, default=10_000)
    arguments.add_argument("--queries", type=int, default=40)
    arguments.add_argument("--runs", type=int, default=10)
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    arguments.add_argument("--child", type=Path)
    chosen = arguments.parse_args()
    if chosen.child is not None:
        print(json.dumps(asyncio.run(look_at(chosen.child, chosen.runs))))
        return
    (empty, _), (full, rare) = made(chosen.folder, 1), made(chosen.folder, chosen.conversations)
    single, every = ask(full, rare, chosen.queries)
    first: list[dict[str, Any]] = []
    many: list[dict[str, Any]] = []
    for _ in range(3):
        first.append(child(empty, chosen.runs))
        many.append(child(full, chosen.runs))
    idle = [value for one in many for value, _ in one["idle"]]
    busy = [value for one in many for value, _ in one["busy"]]
    cpu = [value for one in many for _, value in one["busy"]]
    show("the loop is late, idle", idle)
    show("while short queries stream", busy, f"p99 {percentile(busy, 99):.1f}, CPU p99 {percentile(cpu, 99):.1f}")
    index, text = sizes(full)
    print(f"\n{text / 1e6:.0f} MB of text, {index / 1e6:.0f} MB of index{'':30}{'here':>8}{'most':>8}")

    def median(runs: list[dict[str, Any]], what: str) -> float:
        return statistics.median(value for one in runs for value in one[what])

    verdict("first frame, wall clock, against one conversation", median(many, "frame") / median(first, "frame"), FRAME)
    verdict("first frame, CPU, against one conversation", median(many, "cpu") / median(first, "cpu"), FRAME)
    for name, some in (("queries of one word", single), ("all queries", every)):
        for place, what in enumerate(("wall clock", "CPU")):
            verdict(f"{name}, {what}, p95, ms", percentile([pair[place] for pair in some], 95), QUERY_MS)
    for what, some in (("wall clock", busy), ("CPU", cpu)):
        verdict(f"a key is held up while short queries stream, {what}, p99, ms", percentile(some, 99), KEY_MS)
    memory = statistics.median(one["memory"] for one in many) - statistics.median(one["memory"] for one in first)
    verdict("memory more than with one conversation, MB", memory, MEMORY_MB)
    verdict("index against the text", index / text, INDEX)
    index, text = sizes(made(chosen.folder, max(chosen.conversations // 20, 1), chinese=True)[0])
    verdict(f"the same in {text / 1e6:.0f} MB of Chinese", index / text, INDEX)


if __name__ == "__main__":
    main()
