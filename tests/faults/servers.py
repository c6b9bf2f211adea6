"""What stands between us and the API when something is wrong: nobody, a door that is not opened, a proxy."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CERTS = Path(__file__).parent / "certs"
"""They are valid until 2120 (but for the expired one). ``leaf.key`` opens nothing: it belongs to them alone,
nobody trusts the authority that signed them, and the key of that authority is not kept. The standard library
can make no certificates, which is why they lie here."""
HOST = "api.test"
"""Whose certificates those are; only the proxy knows the way to it."""


@contextmanager
def nobody() -> Iterator[str]:
    """An address at which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@contextmanager
def shut_door() -> Iterator[str]:
    """An address at which nobody takes connections: the queue before it is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


@contextmanager
def proxy(answer: str) -> Iterator[str]:
    """A proxy that answers ``CONNECT`` with this status line, or, told a certificate's name, as that host."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                asked = b""
                while b"\r\n\r\n" not in asked and (piece := connection.recv(4096)):
                    asked += piece
                if answer[0].isdigit():
                    connection.sendall(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n".encode())
                    continue
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(CERTS / f"{answer}.pem", CERTS / "leaf.key")
                with context.wrap_socket(connection, server_side=True) as safe:
                    safe.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://person:secret@127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):  # a closed listener does not wake its accept
            socket.create_connection(listener.getsockname(), timeout=0.1).close()
        listener.close()
