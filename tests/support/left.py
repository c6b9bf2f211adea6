"""What a killed run left on the disk, looked at as the next start looks at it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

from claude_tui.core.conversation import Conversation
from claude_tui.core.message import TextBlock, ThinkingBlock
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.core.resume import plan
from claude_tui.core.view import exchanges
from claude_tui.paths import Paths
from claude_tui.store import Store


@dataclass(frozen=True, slots=True)
class Left:
    """The last conversation there is, and what the start screen would offer of it."""

    conversation: Conversation | None = None
    asked: str = ""
    answered: str = ""
    """Thinking and text, as stored."""
    text: str = ""
    """The text alone, as ``show --last-reply`` prints it."""
    status: str = ""
    """Of the last reply; empty when there is none."""
    offered: bool = False
    """The next start says that a reply was cut, and a key goes on with it."""
    goes_on: bool = False
    """There is something to ask for: a continuation, or the answer itself."""
    draft: str = ""
    """What was typed in a conversation not begun."""


def look(home: Path, *, demo: bool = False) -> Left:
    """Check the file, then open it as a start does; the state it is in is not changed before it was checked."""
    database = Paths.under(home, demo=demo).database
    if not database.exists() or not database.stat().st_size:  # killed before there was any, or as it was made
        return Left()
    assert integrity(database) == ["ok"]
    store = Store.open(database)
    try:
        assert not store.notices, store.notices
        draft = store.draft("").result(10)
        latest = store.latest().result(10)
        conversation = None if latest is None else store.load(latest).result(10)
        if conversation is None:
            return Left(draft=draft)
        path = conversation.path()
        last = next((node for node in reversed(path) if node.role == "assistant"), None)
        wanted = Settings(find_model(last.model if last is not None and last.model else "claude-opus-5-5"))
        found = exchanges(path)
        return Left(
            conversation,
            _said(conversation, "user"),
            _said(conversation, "assistant"),
            found[-1].text if found else "",
            last.status if last is not None else "",
            any(cut.conversation_id == conversation.id for cut in store.recovered),
            plan(path, wanted) is not None,
            draft,
        )
    finally:
        store.close(5)


def integrity(database: Path) -> list[str]:
    """What SQLite says of a copy of the file and its log."""
    with tempfile.TemporaryDirectory() as folder:
        for part in (database, database.with_name(database.name + "-wal")):
            if part.exists():
                shutil.copyfile(part, os.path.join(folder, part.name))  # noqa: PTH118
        connection = sqlite3.connect(Path(folder) / database.name)
        try:
            return [row[0] for row in connection.execute("PRAGMA integrity_check")]
        finally:
            connection.close()


def _said(conversation: Conversation, role: str) -> str:
    said: list[str] = []
    for node in conversation.path():
        for block in node.content if node.role == role else ():
            if isinstance(block, TextBlock):
                said.append(block.text)
            elif isinstance(block, ThinkingBlock):
                said.append(block.thinking)
    return "".join(said)
