"""The app as a person uses it, without a terminal: a real session, the demo server, keys, and what is on the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from claude_tui.config import load_config, load_state
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.core.view import exchanges
from claude_tui.demo import DemoServer, Fault, Faulty, Reply, Script
from claude_tui.ids import new_id
from claude_tui.paths import Paths, make_private
from claude_tui.secrets import Key
from claude_tui.session import Session
from claude_tui.store import Store
from claude_tui.ui.app import ClaudeApp
from claude_tui.ui.chat.chat import Chat
from claude_tui.ui.widgets.transcript import Transcript

WORDS = "The quick brown fox jumps over the lazy dog. "
LONG = "".join(f"Sentence {number} of a long answer, to be read at leisure.\n\n" for number in range(150))

PATIENCE = 120.0
"""Seconds after which it is a failure and not a busy machine, which may give a test nothing for half a minute."""


def held(text: str, at: int = 1200) -> Faulty:
    """An answer that waits after each so many characters until `DemoServer.let_go`: no test depends on a pace."""
    return Faulty(Reply([{"type": "text", "text": text}]), Fault("hold", after_text=at))


class Person:
    """Somebody at the screen."""

    def __init__(self, app: ClaudeApp, pilot: Pilot[Any], server: DemoServer) -> None:
        self.app = app
        self.pilot = pilot
        self.server = server

    # -- what there is

    @property
    def chat(self) -> Chat:
        assert self.app.chat_screen.chat is not None
        return self.app.chat_screen.chat

    @property
    def session(self) -> Session:
        assert self.app.session is not None
        return self.app.session

    @property
    def transcript(self) -> Transcript:
        return self.app.chat_screen.transcript

    @property
    def conversation(self) -> Conversation:
        assert self.chat.conversation is not None
        return self.chat.conversation

    @property
    def screen(self) -> Screen[Any]:
        return self.app.screen

    @property
    def typed(self) -> str:
        """What stands in the prompt."""
        return self.app.chat_screen.prompt.text

    @property
    def reply(self) -> str:
        """The last reply's joined text."""
        return exchanges(self.conversation.path())[-1].text

    @property
    def lines(self) -> list[str]:
        """The screen's lines as they are painted."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def status(self) -> str:
        """The line at the bottom."""
        return self.lines[-1]

    @property
    def told(self) -> list[str]:
        """The sentences in the corner."""
        return [notice.message for notice in self.app._notifications]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies the server was sent for a message."""
        return [one.body for one in self.server.requests if one.path == "/v1/messages" and one.method == "POST"]

    @property
    def counts(self) -> list[dict[str, Any]]:
        """The bodies the server was sent to count their tokens."""
        return [one.body for one in self.server.requests if one.path == "/v1/messages/count_tokens"]

    @property
    def foretold(self) -> str:
        """What the rule says of the question in the prompt."""
        return "".join(text for text, _ in self.app.chat_screen.rule.pieces).strip("─ ")

    # -- what one does

    async def until(self, what: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something to be so."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"it did not come about; the screen:\n{self.text}\ntold: {self.told}"
            await asyncio.sleep(0.01)
        await self.pilot.pause()

    async def sees(self, *words: str, seconds: float = PATIENCE) -> None:
        """Wait until all of this is on the screen."""
        await self.until(lambda: all(word in self.text for word in words), seconds)

    async def hears(self, words: str) -> None:
        """Wait until a sentence in the corner says this."""
        await self.until(lambda: any(words in sentence for sentence in self.told))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.until(lambda: self.app.keys.idle or self.app._exit)

    async def types(self, text: str) -> None:
        """Put a text into the prompt, as a paste does: at once."""
        self.app.chat_screen.prompt.focus()
        self.app.chat_screen.prompt.post_message(events.Paste(text))
        await self.pilot.pause()

    async def says(self, text: str, *, wait: bool = True) -> None:
        """Send it; wait for the reply to end, if it is one that does."""
        await self.types(text)
        await self.press("enter")
        if wait:
            await self.done()

    async def done(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing is being written here."""
        await self.until(lambda: not self.busy, seconds)

    @property
    def busy(self) -> bool:
        conversation = self.chat.conversation
        return (
            conversation is not None and self.app.turns is not None and self.app.turns.get(conversation.id) is not None
        )

    async def commands(self, line: str) -> None:
        """A slash command."""
        await self.types(line)
        await self.press("enter")
        await self.pilot.pause()


def opened(
    server: DemoServer, home: Path, *, key: Key | None = None, demo: bool = True, counts: bool = False
) -> Session:
    """A session over that server; with ``demo`` nothing but the server is needed. What is typed is counted there
    only with ``counts``: whoever looks at requests looks at those for messages."""
    paths = Paths.default(demo=False)
    config, problems = load_config(paths.config_file)
    config = replace(config, count_tokens=counts and config.count_tokens)
    state, more = load_state(paths.state_file)
    make_private(paths.data_dir)
    session = Session(paths, config, state, Store.open(paths.database), [*problems, *more], key=key)
    if demo:
        session.demo = server
    return session


@asynccontextmanager
async def person(
    home: Path,
    *,
    script: Script | None = None,
    pace: float = 0.0,
    size: tuple[int, int] = (80, 24),
    last: bool = False,
    pick: bool = False,
    server: DemoServer | None = None,
    demo: bool = True,
    settled: bool = True,
    key: Key | None = None,
    counts: bool = False,
    seed: Callable[[Store], object] | None = None,
    notices: bool = False,
) -> AsyncIterator[Person]:
    """Somebody who has just started the app; with ``last`` on their last conversation, as ``-c`` does; with
    ``notices`` what is told is on the screen, too."""
    server = server or DemoServer(pace=pace, script=script)
    with server:

        def opening(show: object) -> tuple[Session, Conversation | None]:
            session = opened(server, home, key=key, demo=demo, counts=counts)
            if seed is not None:
                seed(session.store)
            conversation = None
            if last:
                found = session.store.latest().result(5)
                assert found is not None
                conversation = session.store.load(found).result(5)
            return session, conversation

        app = ClaudeApp(Paths.default(demo=False), opening, pick=pick)
        async with app.run_test(size=size, notifications=notices) as pilot:
            someone = Person(app, pilot, server)
            if settled:
                await someone.until(lambda: app.chat_screen.chat is not None)
                await asyncio.sleep(0.02)
                await pilot.pause()
            yield someone


def conversation_of(turns: int, answer: Callable[[int], str] = lambda number: WORDS * 3, **more: Any) -> Conversation:
    """A conversation of so many questions and answers, all complete."""
    conversation = Conversation(more.pop("id", None) or new_id(), more.pop("title", "A long talk"), created_at=1)
    head: str | None = None
    for number in range(turns):
        question = Node(new_id(), head, "user", (TextBlock(f"Question {number}?"),), "typed", created_at=number)
        reply = Node(
            new_id(), question.id, "assistant", (TextBlock(answer(number)),), "model", "complete",
            model="claude-opus-5-5", stop_reason="end_turn", created_at=number,
        )  # fmt: skip
        conversation = conversation.with_node(question).with_node(reply)
        head = reply.id
    return conversation


def keep(store: Store, conversation: Conversation) -> None:
    """Put a conversation into the store."""
    store.create(conversation).result(5)
    store.add(conversation.id, list(conversation.path()), head_id=conversation.head_id).result(20)
