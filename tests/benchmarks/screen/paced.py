"""A server in a process of its own that says what it is told, when it is told, at the pace it is told.

Its CPU and its lock are not the app's. A token is four characters, a delta three tokens.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.markdown_flatness import KINDS, text_of
from tests.support.desk import ROOT, environment
from tests.support.streams import delta, ended, started, write_sse

TOKEN, DELTA = 4, 12
"""Characters."""
LONGEST = 1_000_000
"""Characters of one kind of text that there are at most."""
PIECE = 16_384
"""Bytes written at once where there is no pace."""
DELTAS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}
FOUND = [
    {"type": "web_search_result", "title": f"Page {number}", "url": f"https://example.com/{number}",
     "encrypted_content": "x" * 40, "page_age": None}
    for number in range(3)
]  # fmt: skip


class Paced:
    """The server, as whoever measures talks to it: each order returns once it is carried out."""

    def __init__(self) -> None:
        self._process: Any = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.url: str = self._process.stdout.readline().strip()

    def env(self, home: Path) -> dict[str, str]:
        """The environment of a client."""
        given = environment(home, ANTHROPIC_BASE_URL=self.url, ANTHROPIC_API_KEY="sk-ant-" + "x" * 40)
        given.pop("PYTHONDONTWRITEBYTECODE", None)
        return given

    def asked(self) -> None:
        """Wait until somebody asks."""
        self._order("accept")

    def say(self, kind: str, characters: int, rate: float = 0.0, marks: bool = False) -> list[float]:
        """So much more of a kind of text, ``rate`` tokens a second or at once; monotonic seconds of each delta.

        ``marks`` ends the last delta with a sign that no text has: `MARK`.
        """
        return self._order("say", kind, characters, rate, marks)

    def tell(self, kind: str, block: str, characters: int, rate: float = 0.0) -> None:
        """So much of a kind of text in a block of its own: ``text`` or ``thinking``. What is said next begins
        another text."""
        self._order("tell", kind, block, characters, rate)

    def search(self) -> None:
        """A tool that runs at the server's side: its input, delta by delta, and what it found."""
        self._order("search")

    def end(self) -> None:
        """The end of the reply."""
        self._order("end")

    def _order(self, *order: Any) -> Any:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


MARK = "⟧"


class _Server:
    """The process."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._texts: dict[str, str] = {}
        self._connection = socket.socket()
        self._said: dict[str, int] = {}
        self._index = 0
        self._open = ""
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def accept(self) -> None:
        """Take a question; anything else that is asked for is not found."""
        while True:
            self._connection, _ = self._listener.accept()
            with self._connection.makefile("rb") as lines:
                first, length = lines.readline(), 0
                while line := lines.readline().strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                lines.read(length)
            if first.startswith((b"POST /v1/messages ", b"POST /v1/messages?beta")):
                break
            self._connection.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self._connection.close()
        self._said, self._index, self._open = {}, 0, ""
        kind = b"content-type: text/event-stream\r\nconnection: close\r\ntransfer-encoding: chunked"
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % kind)
        self._send([started()])

    def say(self, kind: str, characters: int, rate: float, marks: bool) -> list[float]:
        if self._open != kind:
            self._close()
            self._start({"type": "text", "text": ""}, kind)
        at = self._said.get(kind, 0)
        self._said[kind] = at + characters
        return self._deltas("text", self._text(kind)[at : at + characters] + (MARK if marks else ""), rate)

    def tell(self, kind: str, block: str, characters: int, rate: float) -> None:
        self._close()
        more = {"signature": ""} if block == "thinking" else {}
        self._start({"type": block, DELTAS[block][1]: "", **more}, block)
        self._deltas(block, self._text(kind)[:characters], rate)
        if block == "thinking":
            self._send([delta(self._index, "signature_delta", signature="s" * 40)])
        self._close()

    def search(self) -> None:
        self._close()
        use = {"type": "server_tool_use", "id": f"srvtoolu_{self._index}", "name": "web_search", "input": {}}
        self._start(use, "search")
        for piece in ('{"que', 'ry": "why the ', "sea is ", 'salt"}'):
            self._send([delta(self._index, "input_json_delta", partial_json=piece)])
            time.sleep(0.03)
        self._close()
        self._start({"type": "web_search_tool_result", "tool_use_id": use["id"], "content": FOUND}, "result")
        self._close()

    def end(self) -> None:
        self._close()
        self._send(ended())
        self._connection.sendall(b"0\r\n\r\n")
        self._connection.close()

    def _text(self, kind: str) -> str:
        if kind not in self._texts:
            self._texts[kind] = text_of(KINDS[kind], LONGEST)
        return self._texts[kind]

    def _start(self, block: dict[str, Any], what: str) -> None:
        self._send([{"type": "content_block_start", "index": self._index, "content_block": block}])
        self._open = what

    def _close(self) -> None:
        if self._open:
            self._send([{"type": "content_block_stop", "index": self._index}])
            self._open, self._index = "", self._index + 1

    def _deltas(self, block: str, text: str, rate: float) -> list[float]:
        kind, name = DELTAS[block]
        pieces = [text[start : start + DELTA] for start in range(0, len(text), DELTA)]
        said = [write_sse([delta(self._index, kind, **{name: piece})]).encode() for piece in pieces]
        if not rate:
            body = b"".join(said)
            for start in range(0, len(body), PIECE):
                self._write(body[start : start + PIECE])
            return [time.monotonic()]
        times: list[float] = []
        due = time.monotonic()
        for one in said:
            due += DELTA / TOKEN / rate
            if (left := due - time.monotonic()) > 0:
                time.sleep(left)
            self._write(one)
            times.append(time.monotonic())
        return times

    def _send(self, events: list[dict[str, Any]]) -> None:
        self._write(write_sse(events).encode())

    def _write(self, body: bytes) -> None:
        self._connection.sendall(b"%x\r\n%b\r\n" % (len(body), body))


def main() -> None:
    """Carry out the orders on stdin."""
    server = _Server()
    print(server.url, flush=True)
    for line in sys.stdin:
        name, *given = json.loads(line)
        print(json.dumps(getattr(server, name)(*given)), flush=True)


if __name__ == "__main__":
    main()
