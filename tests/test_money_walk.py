"""What the ledger holds is what the receipts say, whatever is done: asked, cut, killed, forked, taken in, deleted.

The real session, store and loop; somebody across the table streams replies of every kind and counts at random. The
long form takes as many steps as ``CLAUDE_TUI_MONEY_STEPS`` says.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.events import StreamEnded, decode
from claude_tui.core.forking import fork
from claude_tui.core.message import JsonObject, TextBlock
from claude_tui.core.models import find_model
from claude_tui.core.request import Settings
from claude_tui.exchange import to_json
from claude_tui.exchange.intake import take_in
from claude_tui.ids import new_id
from claude_tui.paths import Paths
from claude_tui.session import Session, open_session
from claude_tui.store import Spend
from claude_tui.store.ledger import PICO
from claude_tui.turn import Allowance, Patience, run_turn
from claude_tui.ui.words.about import cost_of, source_of, spent

from .support.streams import reply_events
from .support.table import Told

STEPS = int(os.environ.get("CLAUDE_TUI_MONEY_STEPS", "3000"))
MODELS = ("claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-4-5", "claude-fable-5-2", "claude-next-1")
IMPORTED = "imported"


class Random:
    """Streams a reply of any kind, whole or not."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.counted = 0
        """Requests that the API began to count."""

    def ask(self, params: JsonObject) -> Told:
        chance = self.chance
        written = chance.choice((0, 0, chance.randrange(5_000)))
        usage: dict[str, Any] = {
            "input_tokens": chance.randrange(120_000),
            "cache_read_input_tokens": chance.choice((0, chance.randrange(200_000))),
            "cache_creation_input_tokens": written,
            "cache_creation": {"ephemeral_5m_input_tokens": written // 2, "ephemeral_1h_input_tokens": written // 3},
            "output_tokens": 1,
        }
        for name, value in (("inference_geo", "us"), ("speed", "fast"), ("service_tier", "priority")):
            if chance.random() < 0.05:
                usage[name] = value
        blocks: list[dict[str, Any]] = [{"type": "text", "text": "word " * chance.randrange(1, 20)}]
        reason = chance.choice(("end_turn", "end_turn", "max_tokens", "refusal", "pause_turn", "tool_use"))
        if reason == "tool_use":
            blocks.append({"type": "tool_use", "id": f"toolu_{chance.random()}", "name": "none", "input": {}})
        events = reply_events(blocks, reason, usage=usage, model=params["model"])
        final = {"output_tokens": chance.choice((0, chance.randrange(2, 9_000)))}
        if chance.random() < 0.2:
            final |= {"server_tool_use": {"web_search_requests": chance.randrange(1, 4)}}
        events[-2] = {**events[-2], "usage": final}
        if chance.random() < 0.3:  # the connection is lost, now and then before anything came
            events = events[: chance.randrange(len(events))]
        self.counted += bool(events)
        told = [decode(event) for event in events]
        return Told([*told, *([] if chance.random() < 0.9 else [StreamEnded("eof")])])


class Walk:
    """A person with a few conversations, some of whose processes die."""

    def __init__(self, folder: Path, seed: int | None) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.api = Random(self.chance)
        self.session = self.opened()
        self.kept: list[str] = []
        self.files: list[tuple[str, Path]] = []
        self.gone: Counter[str] = Counter()
        """What was spent in messages that are deleted, in pico-dollars, by conversation."""
        self.aside = 0
        self.done: Counter[str] = Counter()

    def opened(self) -> Session:
        return open_session(environ={"ANTHROPIC_API_KEY": "demo"})

    def load(self, id: str) -> Conversation:
        found = self.session.store.load(id).result(10)
        assert found is not None
        return found

    def some(self) -> str | None:
        return self.chance.choice(self.kept) if self.kept else None

    # What can happen

    def ask(self, killed: bool = False) -> None:
        store = self.session.store
        id = self.some() if self.chance.random() < 0.7 else None
        if id is None:
            id = new_id()
            store.create(Conversation(id, "Salt", {}, None, 1, 1)).result(10)
            self.kept.append(id)
        conversation = self.load(id)
        if conversation.nodes and self.chance.random() < 0.3:  # from any point: another answer, another question
            conversation = conversation.with_head(self.chance.choice(list(conversation.nodes)))
        ticks = itertools.count()
        means = replace(
            self.session.means(), api=self.api, patience=Patience(frame=0.0, idle=0.001, pauses=1),
            clock=lambda: float(next(ticks)), allowance=Allowance(lambda: float(next(ticks))),
        )  # fmt: skip
        question = Node(new_id(), conversation.head_id, "user", (TextBlock("Why?"),), "typed", created_at=means.now())
        settings = Settings(find_model(self.chance.choice(MODELS)))
        turn = run_turn(conversation, settings, means, Cancel(), question=(question,))
        if not killed:
            *_, _ = turn
            return
        for _ in itertools.islice(turn, self.chance.randrange(1, 12)):
            pass
        turn.close()  # type: ignore[attr-defined]
        self.die()

    def kill(self) -> None:
        self.ask(killed=True)

    def die(self) -> None:
        """The process ends without a word; another takes its place, now and then only after one that dies at once."""
        self.session.close()
        with closing(sqlite3.connect(Paths.default().database)) as connection, connection:
            connection.execute("UPDATE node SET lease = NULL WHERE status = 'streaming'")
            connection.execute("DELETE FROM lease")
        if self.chance.random() < 0.3:
            from claude_tui.store import Store

            Store.open(Paths.default().database).close()  # `claude-tui list`: it knows no prices
        self.session = self.opened()

    def fork(self) -> None:
        if (id := self.some()) is None or not (nodes := self.load(id).nodes):
            return
        copy = fork(self.load(id), self.chance.choice(list(nodes)), new_id, 2)
        if copy.nodes:
            self.session.store.put_whole(copy).result(10)
            self.kept.append(copy.id)

    def carry_out(self) -> None:
        if (id := self.some()) is not None and self.load(id).nodes:
            file = self.folder / f"{len(self.files)}.json"
            file.write_text(json.dumps(to_json(self.load(id))))
            self.files.append((id, file))

    def carry_in(self) -> None:
        """Where it is still, nothing comes; where it was deleted, it comes back, and was paid for already."""
        if self.files:
            id, file = self.chance.choice(self.files)
            take_in(self.session.store, file)
            here = self.session.store.all_ids().result(10)
            self.kept += [other for other in here if other not in self.kept]
            assert id in here

    def delete(self) -> None:
        if (id := self.some()) is None:
            return
        store = self.session.store
        paid = spent(self.load(id)).dollars or Decimal(0)
        store.trash(id).result(10)
        if store.purge(id).result(10):
            self.gone[id] += int(paid * PICO)
            self.kept.remove(id)
            while store.sweep().result(10):
                pass
        else:
            store.restore(id).result(10)

    def title(self) -> None:
        if (id := self.some()) is not None:
            self.session.store.spend(Spend(1, id, "", "m", {}, "0.0001", "exact", "title")).result(10)
            self.aside += PICO // 10_000

    # What must be so

    def check(self) -> None:
        store = self.session.store
        assert store.pending_spends().result(10) == [] and store.trouble is None
        entries = {entry.node_id: entry for entry in store.spent().result(10) if entry.kind == "reply"}
        rows = store.sums("conversation").result(10)
        sums = {row.key: row.cost_pico for row in rows}
        receipts = 0
        for id in self.kept:
            conversation = self.load(id)
            paid = int((spent(conversation).dollars or Decimal(0)) * PICO)
            receipts += paid
            titles = sum(PICO // 10_000 for entry in store.spent(0, id).result(10) if entry.kind == "title")
            assert sums.get(id, 0) - titles == paid + self.gone[id], id
            for node in conversation.nodes.values():
                if node.role != "assistant" or source_of(node) is not None or IMPORTED in node.facts:
                    continue
                cost, entry = cost_of(node), entries.get(node.id)
                assert (entry is not None) == bool(node.usage.counts), (node.id, node.status)
                if entry is not None:
                    assert (None if cost is None else str(cost.dollars)) == entry.cost_usd
                    assert cost is None or cost.exactness == entry.exactness
        assert sum(sums.values()) == receipts + sum(self.gone.values()) + self.aside
        assert len(entries) <= self.api.counted

    def go(self, steps: int) -> None:
        moves = (self.ask, self.ask, self.ask, self.kill, self.fork, self.carry_out, self.carry_in, self.delete,
                 self.title)  # fmt: skip
        for step in range(steps):
            move = self.chance.choice(moves)
            self.done[move.__name__] += 1
            move()
            if step % 5 == 0 or move in (self.kill, self.carry_in):
                self.check()
        self.check()
        total = sum(row.cost_pico for row in self.session.store.sums().result(10))
        entries = len(self.session.store.spent().result(10))
        self.session.close()
        print(f"{steps} steps {json.dumps(self.done)}: {entries} entries, ${total / PICO:.4f}, to the last digit")
        assert total and entries > steps // 5


def test_the_ledger_is_the_sum_of_the_receipts(home: Path, tmp_path: Path) -> None:
    Walk(tmp_path, 7).go(60)


@pytest.mark.long
def test_the_ledger_is_the_sum_of_the_receipts_after_very_many_steps(home: Path, tmp_path: Path) -> None:
    Walk(tmp_path, None).go(STEPS)
