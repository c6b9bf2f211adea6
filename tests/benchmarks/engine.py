"""What a token costs ``claude-tui -p``, against the barest loop over the same SDK that prints.

    python -m tests.benchmarks.engine [RUNS]

Replies of 4,000, 64,000 and 200,000 tokens (a delta of four or five characters each) come as fast as they are
read, from a server in another process; both clients print to a pipe that is read. CPU is user and system time of
the client's whole process, memory its peak, both as the kernel counts them when it has ended; runs of the two take
turns, and medians are compared. What was used until the first token was printed is a start's cost, and what a reply
of that one token costs from there on is an end's: both are shown, and neither is a token's. The promises: a token
costs the same within 15 % at every size, at most 2.5 times what it costs the bare loop, and the memory is at most
30 MB more. Needs Linux.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from tests.support.desk import ROOT, environment
from tests.support.streams import delta, ended, started, write_sse

START, SIZES = 1, (4_000, 64_000, 200_000)
FLAT, TIMES, MEMORY = 1.15, 2.5, 30.0
"""What is promised: largest over smallest, ours over the bare loop's, and megabytes."""
PIECE = 16_384
"""Bytes the server writes at once."""
WORDS = ("the ", "sea ", "keeps", " its ", "salt", "; an", "d the", " rain", " does", " not.\n")

BARE = """
import sys, anthropic
client = anthropic.Anthropic(max_retries=0)
messages = [{"role": "user", "content": sys.argv[1]}]
for event in client.messages.create(model="claude-opus-5-5", max_tokens=64000, messages=messages, stream=True):
    if event.type == "content_block_delta" and event.delta.type == "text_delta":
        print(event.delta.text, end="", flush=True)
print()
"""
CLIENTS = {
    "claude-tui -p": ("-m", "claude_tui", "-p"),
    "bare loop": ("-c", BARE),
}


class Run:
    """One client from start to end."""

    def __init__(self, client: str, size: int, server: Server) -> None:
        command = [sys.executable, *CLIENTS[client], str(size)]
        process = subprocess.Popen(command, env=server.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert process.stdout is not None
        read = len(os.read(process.stdout.fileno(), 1 << 16))
        time.sleep(0.15)  # whatever it still does until it waits
        self.start = time.clock_gettime((~process.pid << 3) | 2)
        """Seconds of CPU until the first token was printed: the clock of another process, by its number."""
        server.go_on()
        while piece := os.read(process.stdout.fileno(), 1 << 16):
            read += len(piece)
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0 and read == len(text_of(size)) + 1, (client, size, process.returncode, read)
        self.cpu = used.ru_utime + used.ru_stime - self.start
        """Seconds of CPU from there to the end."""
        self.memory = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
        """Megabytes."""


def text_of(size: int) -> str:
    """A reply of so many tokens."""
    return "".join(WORDS[place % len(WORDS)] for place in range(size))


def serve() -> None:
    """Answer a number with that many tokens: the first at once, the rest when a line comes on stdin."""
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    said = [write_sse([delta(0, "text_delta", text=word)]).encode() for word in WORDS]
    head = write_sse([started(), opened, {"type": "ping"}]).encode() + said[0]
    tail = write_sse([{"type": "content_block_stop", "index": 0}, *ended()]).encode()
    rests = {size: b"".join(said[place % len(said)] for place in range(1, size)) + tail for size in (START, *SIZES)}
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            length = 0
            while line := lines.readline().strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            asked: Any = json.loads(lines.read(length))["messages"][-1]["content"]
            rest = rests[int(asked if isinstance(asked, str) else asked[0]["text"])]
            kind = b"content-type: text/event-stream\r\nconnection: close\r\ntransfer-encoding: chunked"
            connection.sendall(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%x\r\n%b\r\n" % (kind, len(head), head))
            sys.stdin.readline()
            for start in range(0, len(rest), PIECE):
                piece = rest[start : start + PIECE]
                connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            connection.sendall(b"0\r\n\r\n")


class Server:
    """The server. In a process of its own: this one stays small, for a child begins with its parent's peak."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.engine", "--serve"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process: Any = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)
        url = self._process.stdout.readline().strip()
        self.env = environment(home, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="demo")
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)

    def go_on(self) -> None:
        """Send the rest of the answer."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def measure(runs: int) -> dict[tuple[str, int], list[Run]]:
    """Every client at every size, in turns; the largest are run less often, for they vary less."""
    found: dict[tuple[str, int], list[Run]] = {(client, size): [] for client in CLIENTS for size in (START, *SIZES)}
    with tempfile.TemporaryDirectory() as name, Server(Path(name) / "home") as server:
        for client in CLIENTS:
            Run(client, START, server)  # compiled, and in the cache of the disk
        for turn in range(runs):
            for size in (START, *SIZES):
                if size > SIZES[0] and turn % 2:
                    continue
                for client in CLIENTS:
                    found[client, size].append(Run(client, size, server))
    return found


def main() -> int:
    """Measure, print, and say what is over; the exit code."""
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 16)
    cpu = {key: statistics.median(run.cpu for run in runs) for key, runs in found.items()}
    memory = {key: statistics.median(run.memory for run in runs) for key, runs in found.items()}
    each = {(client, size): (cpu[client, size] - cpu[client, START]) / size * 1e6 for client, size in found}
    ours, bare = CLIENTS
    print(f"{len(found[ours, START])} runs each ({len(found[ours, SIZES[-1]])} of the large), medians\n")
    print(f"{'':34}" + "".join(f"{size:>10,}" for size in SIZES))
    for client in CLIENTS:
        print(f"{f'{client}: µs of CPU a token':34}" + "".join(f"{each[client, size]:>10.1f}" for size in SIZES))
    times = [each[ours, size] / each[bare, size] for size in SIZES]
    print(f"{'times the bare loop':34}" + "".join(f"{ratio:>10.2f}" for ratio in times))
    more = [memory[ours, size] - memory[bare, size] for size in SIZES]
    for client in CLIENTS:
        print(f"{f'{client}: peak MB':34}" + "".join(f"{memory[client, size]:>10.1f}" for size in SIZES))
    print(f"{'MB more than the bare loop':34}" + "".join(f"{each_more:>10.1f}" for each_more in more))
    for client in CLIENTS:
        small, middle, large = (cpu[client, size] for size in SIZES)
        first = (middle - small) / (SIZES[1] - SIZES[0]) * 1e6
        second = (large - middle) / (SIZES[2] - SIZES[1]) * 1e6
        start = statistics.median(run.start for size in SIZES for run in found[client, size])
        print(
            f"{client}: {start:.2f} s until the first token, {cpu[client, START]:.2f} s to end; "
            f"from size to size {first:.1f}, then {second:.1f} µs a token"
        )
    flat = max(each[ours, size] for size in SIZES) / min(each[ours, size] for size in SIZES)
    print()
    good = True
    for words, value, allowed in (
        ("ours at its dearest over its cheapest", flat, FLAT),
        ("times the bare loop, at worst", max(times), TIMES),
        ("MB more than the bare loop, at worst", max(more), MEMORY),
    ):
        good = good and value <= allowed
        print(f"{words:44}{value:7.2f}{allowed:8.2f}" + ("" if value <= allowed else "  over"))
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        sys.exit(main())
