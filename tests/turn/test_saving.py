"""On disk before on screen: what a snapshot shows has been committed, at one cadence, and a failing disk is said."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import StreamEvent
from claude_tui.core.reply import Reply, fold_all
from claude_tui.demo import RawStream
from claude_tui.ids import new_id
from claude_tui.store import Store
from claude_tui.turn import Means, Patience, Turn, run_turn

from ..support.desk import QUICK, Desk, settings, typed
from ..support.streams import reply_events, synthetic, write_sse

TEXT = "".join(f"Line {line} of a long answer.\n" for line in range(100))


class Watched:
    """A store that remembers what was committed, and may refuse."""

    def __init__(self, store: Store, works: bool = True) -> None:
        self._store = store
        self.works = works
        self.committed: list[StreamEvent] = []
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, conversation_id: str, nodes: Sequence[Node], reply: Node) -> Any:
        self.committed = []
        journal = self._store.begin(conversation_id, nodes, reply)
        outer = self

        class Journal:
            def commit(self, events: Sequence[StreamEvent]) -> bool:
                outer.commits += 1
                outer.committed += events
                return journal.commit(events) and outer.works

        return Journal()


def drive(desk: Desk, store: Any, patience: Patience, watch: Any) -> list[Turn]:
    conversation = Conversation(new_id())
    desk.store.create(conversation).result()
    means = Means(desk.api, store, new_id, patience=patience, auto_continue=0, chance=lambda: 0.0)
    seen: list[Turn] = []
    for turn in run_turn(conversation, settings(), means, Cancel(), question=[typed("Tell me.")]):
        watch(turn)
        seen.append(turn)
    return seen


@pytest.mark.parametrize("path", synthetic(), ids=lambda path: path.stem)
def test_nothing_is_shown_that_is_not_committed(tmp_path: Path, path: Path) -> None:
    body = path.read_bytes()
    with Desk(tmp_path) as desk:
        store = Watched(desk.store)

        def watch(turn: Turn) -> None:
            if turn.reply is not None and turn.reply != Reply():
                kept = fold_all(store.committed)
                assert kept.content == turn.reply.content and kept.stop_reason == turn.reply.stop_reason
                assert kept.usage == turn.reply.usage and kept.characters == turn.reply.characters

        desk.server.then(RawStream(body, piece=max(40, len(body) // 100), delay=0.0001))
        turns = drive(desk, store, QUICK, watch)
        assert all(turn.saved for turn in turns)


def test_one_cadence(tmp_path: Path) -> None:
    body = write_sse(reply_events([{"type": "text", "text": TEXT}], size=10)).encode()
    with Desk(tmp_path) as desk:
        desk.api.warm().result()
        store = Watched(desk.store)
        desk.server.then(RawStream(body, piece=100, delay=0.002))
        began = time.monotonic()
        turns = drive(desk, store, Patience(), lambda turn: None)
        took = time.monotonic() - began
        assert len(body) / 100 > 300  # so many pieces came, each by itself
        assert 5 < store.commits < took / 0.033 + 8
        assert len(turns) < took / 0.033 + 12


def test_the_first_words_are_not_held_back(tmp_path: Path) -> None:
    body = write_sse(reply_events([{"type": "text", "text": "First words, and more."}], size=30)).encode()
    place = body.index(b"event: content_block_stop")
    with Desk(tmp_path) as desk:
        desk.api.warm().result()
        shown: list[float] = []

        def watch(turn: Turn) -> None:
            if turn.reply is not None and turn.reply.characters and not shown:
                shown.append(time.monotonic())

        desk.server.then(RawStream(body, piece=place, delay=3.0))
        turns = drive(desk, desk.store, Patience(frame=0.3), watch)
        assert turns[-1].conversation.head is not None
        assert time.monotonic() - shown[0] > 0.6  # long before the rest came


def test_a_disk_that_fails_is_said_and_the_turn_goes_on(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        turns = drive(desk, Watched(desk.store, works=False), QUICK, lambda turn: None)
        assert not turns[-1].saved and turns[-1].failure is None
        assert turns[-1].conversation.head is not None and turns[-1].conversation.head.status == "complete"


def test_what_it_cost_is_in_the_ledger(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        turns = desk.ask()
        (entry,) = desk.store.spent().result()
        assert entry.cost_usd is not None and entry.cost_usd == str(turns[-1].cost.dollars)
        assert entry.exactness == "exact" and entry.model == "claude-opus-5-5"
        assert entry.conversation_id == turns[-1].conversation.id
