"""A place to hold conversations at: the demo server, the real SDK, a store on the disk, and the loop between them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from claude_tui.api import Api, Endpoint
from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.message import TextBlock
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.core.view import exchanges
from claude_tui.demo import DemoServer, Faithful, Script
from claude_tui.ids import new_id
from claude_tui.paths import make_private
from claude_tui.store import Store
from claude_tui.turn import Means, Patience, Turn, run_turn

ROOT = Path(__file__).resolve().parents[2]
QUICK = Patience(frame=0.001, idle=0.02, tool_grace=0.05, offline=0.05)


def settings(model: str = "claude-opus-5-5", **more: Any) -> Settings:
    return Settings(find_model(model), **more)


def typed(text: str, after: str | None = None) -> Node:
    """What a person typed."""
    return Node(new_id(), after, "user", (TextBlock(text),), "typed", created_at=1)


def reply_text(conversation: Conversation) -> str:
    """The joined text of the last reply."""
    return exchanges(conversation.path())[-1].text


class Desk:
    """A server with a script, an API that knows it, and a store; all let go at the end."""

    def __init__(self, home: Path, script: Script | None = None, *, api_key: str | None = None) -> None:
        self.database = home / "data" / "conversations.db"
        self._script = script or Faithful("A short answer.")
        self._key = api_key
        self._held = ExitStack()

    def __enter__(self) -> Self:
        make_private(self.database.parent)
        self.server = self._held.enter_context(DemoServer(pace=0, script=self._script, api_key=self._key))
        self.api = Api(Endpoint(self.server.url, self._key or "demo"))
        self._held.callback(lambda: self.api.close())
        self.store = Store.open(self.database)
        self._held.callback(lambda: self.store.close(2))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def means(self, **more: Any) -> Means:
        given = {"patience": QUICK, "chance": lambda: 0.0, "auto_continue": 0, **more}
        return Means(self.api, self.store, new_id, **given)

    def turn(
        self,
        conversation: Conversation,
        wanted: Settings,
        *question: Node,
        cancel: Cancel | None = None,
        watch: Callable[[Turn], object] = lambda turn: None,
        raising: bool = False,
        **means: Any,
    ) -> list[Turn]:
        """All snapshots of a turn."""
        seen: list[Turn] = []
        given = self.means(**means)
        for turn in run_turn(conversation, wanted, given, cancel or Cancel(), question=question, raising=raising):
            seen.append(turn)
            watch(turn)
        assert seen[-1].phase == "done" and not seen[-1].live
        return seen

    def ask(self, text: str = "Tell me.", wanted: Settings | None = None, **more: Any) -> list[Turn]:
        """All snapshots of a first turn."""
        conversation = Conversation(new_id(), text, created_at=1, updated_at=1)
        self.store.create(conversation).result()
        return self.turn(conversation, wanted or settings(), typed(text), **more)

    def kept(self, conversation_id: str) -> Conversation:
        """The conversation as a store opened anew has it."""
        self.store.close(2)
        self.store = Store.open(self.database)
        found = self.store.load(conversation_id).result()
        assert found is not None
        return found

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests for a message."""
        return [one.body for one in self.server.requests if one.path == "/v1/messages"]

    @property
    def problems(self) -> list[str]:
        """Why the strict server refused requests."""
        return [one.problem for one in self.server.requests if one.problem]


def environment(home: Path, **more: str) -> dict[str, str]:
    """For a process of ours: nobody's key, a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "CLAUDE_TUI_"))}
    ours = {"PYTHONPATH": str(ROOT), "CLAUDE_TUI_HOME": str(home), "HOME": str(home.parent)}
    return {**kept, **ours, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", **more}


def start(*arguments: str, env: dict[str, str], **more: Any) -> subprocess.Popen[bytes]:
    """The program in a process of its own."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen([sys.executable, "-m", "claude_tui", *arguments], env=env, **given)


def ended(process: subprocess.Popen[bytes], said: bytes | None = None, seconds: float = 40) -> tuple[int, str, str]:
    """Its exit code and what it said, once it has ended."""
    out, err = process.communicate(said, timeout=seconds)
    told = err.decode()
    assert "Traceback" not in told, told
    return process.returncode, out.decode(), told


def run(*arguments: str, env: dict[str, str], **more: Any) -> tuple[int, str, str]:
    """The program from start to end."""
    return ended(start(*arguments, env=env, **more))


def last(turns: Iterable[Turn]) -> Turn:
    *_, turn = turns
    return turn
