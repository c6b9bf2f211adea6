"""Meeting a row of the matrix: the way to the server, what is painted, what is said."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from claude_tui import api as api_room
from claude_tui.api import Api, Endpoint
from claude_tui.core.conversation import Conversation
from claude_tui.core.events import TextDelta
from claude_tui.core.view import exchanges
from claude_tui.demo import DemoServer
from claude_tui.session import Session, Wishes
from claude_tui.turn import Allowance
from claude_tui.turn.allowance import SIZE

from . import servers
from .rows import Row


@contextmanager
def on_the_way(row: Row, server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API whose way to the server is the row's; what the server answers is laid out."""
    server.then(*row.answers)
    with monkeypatch.context() as patch:
        match row.way:
            case "":
                yield Api(Endpoint(server.url, "demo", "the environment (ANTHROPIC_API_KEY)"))
            case "no name":
                yield Api(Endpoint("https://api.nowhere.invalid", "demo"))
            case "refused":
                with servers.nobody() as url:
                    yield Api(Endpoint(url, "demo"))
            case "shut":
                patch.setattr(api_room, "_CONNECT_TIMEOUT", 0.1)
                with servers.shut_door() as url:
                    yield Api(Endpoint(url, "demo"))
            case "proxy":
                with servers.proxy(row.proxy) as url:
                    patch.setenv("HTTPS_PROXY", url)
                    patch.setenv("SSL_CERT_FILE", str(servers.CERTS / "authority.pem"))
                    yield Api(Endpoint(f"https://{servers.HOST}", "demo"))
    server._queue.clear()  # what the row did not need


def meets(session: Session, row: Row, api: Api) -> None:
    """From now on the session meets this row."""
    made = Session.means

    def means() -> Any:
        plain = replace(
            made(session), api=api, patience=row.patience, auto_continue=row.continues, chance=lambda: 0.0,
            allowance=Allowance(),
        )  # fmt: skip
        return unusual(plain, row)

    session.means = means  # type: ignore[method-assign]
    session.flags = Wishes(model=row.model, tools=row.tools, system="", effort="medium", thinking="auto")


def unusual(means: Any, row: Row) -> Any:
    """The means of a row in which something is wrong on this side."""
    match row.course:
        case "":
            return means
        case "it sleeps":
            sleeper = Sleeper(means.api)
            return replace(means, api=sleeper, asleep=lambda: sleeper.slept)
        case "its clock runs back":
            hours = count(time.time_ns() // 1_000_000, -3_600_000)
            return replace(means, now=lambda: next(hours))
        case "it has asked too often":
            for _ in range(SIZE):
                means.allowance.take()
            return means
        case "it has a bug":
            return replace(means, api=Broken())


class Sleeper:
    """An API on a machine that sleeps for 42 minutes once there is some text."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.slept = 0.0

    def ask(self, params: Any) -> Any:
        attempt = self.api.ask(params)
        poll = attempt.poll

        def polled(timeout: float) -> Any:
            event = poll(timeout)
            self.slept = 2520.0 if isinstance(event, TextDelta) else self.slept
            return event

        attempt.poll = polled
        return attempt


class Broken:
    """An API with an error of ours in it."""

    def ask(self, params: Any) -> Any:
        raise KeyError("oops")


def kept(conversation: Conversation | None) -> tuple[str, str]:
    """How the last reply ended, and its text."""
    path = conversation.path() if conversation is not None else ()
    if not path:
        return "none", ""
    answers = [node for node in path if node.role == "assistant"]
    return answers[-1].status if answers else "none", exchanges(path)[-1].text


def plain(said: str) -> str:
    """What is said, without what is another every time."""
    for pattern, instead in (
        (r"127\.0\.0\.1:\d+", "HOST:PORT"),
        (r"until (\d\d \w+ \d{4}, )?\d\d:\d\d", "until TIME"),
        (r"(clock (says|is wrong: it says)) \d\d \w+ \d{4}", r"\1 TODAY"),
        (r"(in|for|came for) (\d+ m )?\d+(\.\d)? s\b", r"\1 N s"),
        (r"in \d+ m\b", "in N s"),
        (r"continued \d\d:\d\d", "continued TIME"),
        (r"a report is in .*?(?=\. | — )", "a report is in FILE"),
        (r"\$\d+\.\d+", "$N"),
        (r"[ ]+$", ""),
    ):
        said = re.sub(pattern, instead, said, flags=re.M)
    return said


def status_of(line: str) -> str:
    """The status line's words: what it is doing, without figures."""
    return re.sub(
        r"[ ]{2,}", "  ", re.sub(r"[≈≥<]?\$[\d.]+[^ ]*|[↑↓]\S+|\d+ t/s|[○◔◑◕●]\s+\S+ ?%?|·", "", line)
    ).strip()
