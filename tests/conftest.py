"""Every test alone: a home of its own, nobody's key, and no network but this machine."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.zygote import Zygote

# The short forms try the same cases every time, so that what passes here passes there; the long forms search.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    # Whoever starts the tests in the background of a shell has it ignored, and so would all that they start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.load_profile("search" if config.getoption("markexpr") == "long" else "same")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three at a time on two cores: a test that runs the program spends four tenths of its time waiting for it."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


_FOREIGN = ("ANTHROPIC_", "CLAUDE_TUI_")
_DESKTOP = (
    "DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "WSL_DISTRO_NAME", "WSL_INTEROP",
)  # fmt: skip
"""What leads to the clipboard of whoever runs the tests."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder under which everything is kept, and an environment that says nothing else."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name.lower() in _PROXIES or name in _DESKTOP:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CLAUDE_TUI_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))  # the SDK looks there for profiles
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # nobody's own keyring
    monkeypatch.setattr("claude_tui.redaction._concealed", [])
    return folder


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    """No name is found and no address reached but our own."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def is_ours(host: Any) -> bool:
        if isinstance(host, bytes):
            host = host.decode()
        try:
            return host in (None, "", "localhost") or ip_address(host).is_loopback
        except ValueError:
            return False

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_ours(address[0]):
            raise OSError(101, "Network is unreachable")
        connect(self, address)

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        if not is_ours(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *rest, **more)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    socket.getaddrinfo = found  # type: ignore[assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.getaddrinfo = look_up


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The program, loaded once and forked for every kill."""
    with Zygote() as loaded:
        yield loaded
