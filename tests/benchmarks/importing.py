"""How long a large export takes to come in, what memory it needs, and how long a frame waits for it meanwhile.

``python -m tests.benchmarks.importing [MB]`` makes a claude.ai export of that size (300) of conversations of 20 to
400 messages, imports it in a process of its own, and commits a frame of a reply every 33 ms beside it. The floor is
what ``json.loads`` of the same file, whole, takes in this run.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from itertools import product
from pathlib import Path

from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import TextDelta
from claude_tui.core.message import TextBlock
from claude_tui.exchange.intake import take_in
from claude_tui.store import Store

PARTS = (("con", "mar", "tel", "vis", "por"), ("a", "o", "ti", "re"), ("ne", "lu", "s"))
WORDS = ["".join(parts) for parts in product(*PARTS)]


ALONE_SECONDS = 5.0
"""How long frames are committed before anything is imported."""


def text(chance: random.Random, size: int) -> str:
    return " ".join(chance.choices(WORDS, k=size // 6))


def generate(path: Path, megabytes: int) -> int:
    """An export of about that size; how many conversations."""
    chance = random.Random(5)
    count = written = 0
    with path.open("w") as file:
        file.write("[")
        while written < megabytes * 1_000_000:
            messages = []
            for number in range(chance.choice((20, 20, 20, 60, 60, 400))):
                said = text(chance, chance.choice((200, 800, 3000)))
                messages.append(
                    {
                        "uuid": f"{count}-{number}",
                        "text": said,
                        "content": [{"type": "text", "text": said, "citations": []}],
                        "sender": "assistant" if number % 2 else "human",
                        "created_at": "2025-03-01T10:00:00.000000Z",
                        "attachments": [],
                        "files": [],
                        "parent_message_uuid": f"{count}-{number - 1}" if number else "",
                    }
                )
            talk = {"uuid": f"talk {count}", "name": f"Talk {count}", "created_at": "2025-03-01T10:00:00Z",
                    "updated_at": "2025-03-02T10:00:00Z", "chat_messages": messages}  # fmt: skip
            item = json.dumps(talk)
            file.write(("," if count else "") + item)
            written += len(item)
            count += 1
        file.write("]")
    return count


def imported(path: Path, home: Path) -> None:
    """Import it here, beside a reply that streams; what was measured, on stdout."""
    store = Store.open(home / "conversations.db")
    store.create(Conversation("live", "Live", created_at=1)).result()
    journal = store.begin("live", [], Node("reply", None, "assistant", (TextBlock(""),), "model", "streaming"))
    waits: list[list[float]] = [[]]
    ended = threading.Event()

    def stream() -> None:
        while not ended.wait(0.033):
            began = time.perf_counter()
            journal.commit([TextDelta(0, "word ")])
            waits[-1].append(time.perf_counter() - began)

    frames = threading.Thread(target=stream)
    frames.start()
    time.sleep(ALONE_SECONDS)
    waits.append([])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, spent = time.perf_counter(), time.process_time()
    report = take_in(store, path)
    took, cpu = time.perf_counter() - began, time.process_time() - spent
    ended.set()
    frames.join()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    store.close(5)
    size = sum(file.stat().st_size for file in home.iterdir() if file.is_file())
    print(f"  {report.new:,} conversations, {report.messages:,} messages in {took:.1f} s ({cpu:.1f} s of CPU)")
    print(f"  memory: {before / 1024:.0f} MB before, {after / 1024:.0f} MB at most; database: {size / 1e6:.0f} MB")
    print(f"  frames of a reply waited for their commit: {told(waits[1])} beside it, {told(waits[0])} alone")


def told(waits: list[float]) -> str:
    waits = sorted(waits)
    middle, most, last = waits[len(waits) // 2], waits[len(waits) * 99 // 100], waits[-1]
    return f"{middle * 1e3:.1f} ms (p99 {most * 1e3:.0f}, longest {last * 1e3:.0f}; {len(waits):,} frames)"


def main() -> None:
    if len(sys.argv) > 2:
        imported(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = generate(folder / "conversations.json", megabytes)
        print(f"claude.ai export of {megabytes} MB, {count:,} conversations")
        here = [str(folder / "conversations.json"), str(folder / "home")]
        command = [sys.executable, "-m", "tests.benchmarks.importing", *here]
        subprocess.run(command, check=True)
        began = time.process_time()
        json.loads((folder / "conversations.json").read_bytes())
        print(f"  floor, json.loads of the whole: {time.process_time() - began:.1f} s of CPU")


if __name__ == "__main__":
    main()
