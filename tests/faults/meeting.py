"""Meeting a row of the matrix: the way to the server, what is painted, what is said."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import asdict, replace
from itertools import count
from typing import Any

import pytest

from claude_tui.api import Api, Endpoint
from claude_tui.api import client as api_room
from claude_tui.core.conversation import Conversation
from claude_tui.core.events import TextDelta
from claude_tui.core.view import exchanges
from claude_tui.demo import DemoServer
from claude_tui.session import Session
from claude_tui.turn import Allowance, Patience
from claude_tui.turn.allowance import SIZE
from claude_tui.wishes import Wishes

from ..support.driver import Person
from . import servers
from .rows import Row

NOTE = " ╌ "
"""Before each line of what we say in a conversation."""
_GIVES_UP = ("stall_cut", "silent_cut", "sleep_grace")


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


def meets(session: Session, row: Row, api: Api, patience: Patience | None = None) -> None:
    """From now on the session meets this row."""
    made = Session.means

    def means() -> Any:
        plain = replace(
            made(session), api=api, patience=patience or row.patience, auto_continue=row.continues, chance=lambda: 0.0,
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
            for _ in range(SIZE + 8):  # most of a minute of them: no machine is so busy that it sees nothing
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
    figures = (
        r"[\d.]+ ?(?=…)|first [\d.]+ m?s\b|[≈≥<]?\$[\d.]+[^ ]*|[↑↓]\S+|\d+ t/s|[○◔◑◕●]\s+\S+ ?%?|·"
        r"|cache \d+ [ms]\b|(?<!in )(?<!for )(?<![\d.])[\d.]+ s\b"
    )
    return re.sub(r"[ ]{2,}", "  ", re.sub(figures, "", line)).strip()


def asked(server: DemoServer) -> int:
    return sum(one.path.startswith("/v1/messages") for one in server.requests)


def check(row: Row, server: DemoServer, before: int, conversation: Conversation | None) -> None:
    status, text = kept(conversation)
    assert asked(server) - before == row.attempts, row.name
    assert status == row.status, row.name
    if row.text is not None:
        assert text == row.text, row.name


async def meet(
    someone: Person,
    row: Row,
    server: DemoServer,
    monkeypatch: Any,
    clock: AbstractAsyncContextManager[Any] | None = None,
) -> str:
    """The row in an empty conversation: what is painted while it waits, and at its end; ``clock`` runs meanwhile."""
    app, before = someone.app, asked(server)
    app.clear_notifications()
    someone.chat.open_conversation(None)
    said = [f"## {row.name}"]
    with on_the_way(row, server, monkeypatch) as api:
        patience = Unhurried(row.patience) if row.waits else None
        meets(someone.session, row, api, patience)
        someone.chat.set_wish()
        async with clock or nullcontext():
            await someone.says("Go.", wait=False)
            if row.waits:
                waiting: list[str] = []  # as it was painted at that moment, which may be short
                await someone.until(lambda: looks_so(someone, row, waiting))
                if row.waits in ("retrying", "stalled"):
                    said += ["while it waits:", *waiting]
                if patience is not None:
                    patience.looked()
                await someone.press(*row.keys)
            await someone.done()
            await someone.until(lambda: not someone.transcript.behind)
        api.close()
    check(row, server, before, someone.chat.conversation)
    told = [f"told: {sentence}" for sentence in someone.told]
    typed = [f"in the prompt: {someone.typed}"] if someone.typed else []
    someone.app.chat_screen.prompt.set_text("")
    return plain("\n".join([*said, "at the end:", *painted(someone), *told, *typed]))


def looks_so(someone: Person, row: Row, seen: list[str]) -> bool:
    """Whether the moment has come that the row waits for, and is painted; then what is painted is in ``seen``."""
    turn = someone.chat.turn
    if turn is None or turn.phase != row.waits:
        return False
    if turn.phase in ("retrying", "stalled"):
        if turn.phase == "stalled" and row.text != "" and (turn.reply is None or turn.reply.characters < 40):
            return False  # a busy machine is silent sooner
        seen[:] = painted(someone)
        said = " ".join(seen)
        is_painted = NOTE in said and ("Ctrl+G" in said) == turn.may_hurry
        return is_painted and (turn.may_hurry or "escape" in row.keys) and "writing" not in seen[-1]
    if turn.phase == "waiting":
        return bool(someone.server.requests)
    return turn.reply is not None and turn.reply.characters >= 40 and "…" not in status_of(someone.status)


class Unhurried(Patience):
    """A row's patience, but nothing is given up until somebody has looked: ``looked`` says that."""

    _row: Patience

    def __init__(self, patience: Patience) -> None:
        super().__init__(**asdict(replace(patience, **dict.fromkeys(_GIVES_UP, 600.0))))
        object.__setattr__(self, "_row", patience)

    def looked(self) -> None:
        """From now on the row's own."""
        for name in _GIVES_UP:
            object.__setattr__(self, name, getattr(self._row, name))


def painted(someone: Person) -> list[str]:
    """The last lines of the conversation, and what the status line says."""
    lines = someone.lines
    rule = max(at for at, line in enumerate(lines) if line.startswith("──"))
    shown = [line for line in lines[:rule] if line.strip()]
    whole: list[str] = []
    for line in shown:
        if whole and whole[-1].startswith(NOTE) and line.startswith(NOTE):  # one sentence, wherever it was broken
            whole[-1] += line.removeprefix(NOTE.rstrip())
        else:
            whole.append(line)
    return [*(f"  {line}" for line in whole[-6:]), f"  [{status_of(someone.status)}]"]
