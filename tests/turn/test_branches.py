"""Every branch of every tree makes a request that the API takes, whatever was done to the tree.

A machine edits, regenerates, forks, switches models and settings, cuts replies at any event and stops them in any
phase; then, from every message of every conversation it made, it asks anew and goes on, with each kind of model, and
the strict validator looks at what would be sent. The long form does as many steps as ``CLAUDE_TUI_BRANCH_STEPS`` says.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from claude_tui.cancel import Cancel
from claude_tui.core.conversation import Conversation, Node
from claude_tui.core.forking import fork, shortened
from claude_tui.core.message import TextBlock
from claude_tui.core.models import EFFORTS, find_model
from claude_tui.core.outline import outline
from claude_tui.core.request import Settings, build
from claude_tui.core.resume import plan
from claude_tui.core.room import is_compacted
from claude_tui.demo import capabilities
from claude_tui.tools import Toolbox
from claude_tui.turn import Means, Patience, run_turn

from ..support.table import Nowhere, Table
from ..support.talk import settings
from .test_wedged_machine import MODELS, SERVER_TOOLS, TOOLS, Count, answers, escs

STEPS = int(os.environ.get("CLAUDE_TUI_BRANCH_STEPS", "6000"))
told_ = st.lists(answers, max_size=3)
somewhere = st.integers(0, 200)
BOUND = "claude-fable-5-2"
"""Its thinking is bound to what stood before it, for everybody."""
MOST = 40
"""Messages of a conversation from which one more step is taken."""


def fitting(chosen: Settings) -> Settings:
    """The settings, without what the API says it does not do for the model."""
    model = capabilities.find(chosen.model.id)
    return replace(chosen, compact=chosen.compact and model is not None and model.generation >= 46)


class Gardener(RuleBasedStateMachine):
    """Conversations, and everything that makes branches of them."""

    done: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.ids = (f"n{number}" for number in itertools.count())
        self.tools = Toolbox([Count(name, []) for name in TOOLS])
        self.chosen = settings(BOUND, local_tools=tuple(self.tools.definitions()))
        self.trees = [Conversation("c0", "Salt.")]
        self.at = 0
        self.looked: set[tuple[int, str | None]] = set()

    # What is done to a tree

    @property
    def tree(self) -> Conversation:
        return self.trees[self.at]

    def new_id(self) -> str:
        return next(self.ids)

    def typed(self, parent: str | None) -> Node:
        return Node(self.new_id(), parent, "user", (TextBlock("And then?"),), "typed")

    def question(self, at: int) -> Node | None:
        found = [node for node in self.tree.nodes.values() if node.origin == "typed"]
        return found[at % len(found)] if found else None

    def turn(self, told: list[Any], esc: str | None, *question: Node) -> None:
        if len(self.tree.nodes) > MOST:
            return
        self.table.model.told.clear()
        self.table.model.told.extend(told)
        cancel = Cancel()
        means = Means(
            self.table, Nowhere(), self.new_id, self.tools, lambda use, cancel: None, auto_continue=1,
            patience=Patience(frame=0, idle=0.001), chance=lambda: 0.0, clock=itertools.count().__next__,
            now=lambda: 1_790_000_000_000,
        )  # fmt: skip
        turn = None
        for turn in run_turn(self.tree, self.chosen, means, cancel, question=question):
            if turn.phase in (esc, "retrying", "stalled"):
                cancel.cancel()
        assert turn is not None and turn.phase == "done"
        assert turn.failure is None or turn.failure.kind != "bug", turn.failure
        self.trees[self.at] = turn.conversation
        self.done["compacted"] += any(map(is_compacted, turn.conversation.path()))

    @rule(told=told_, esc=escs)
    def ask(self, told: list[Any], esc: str | None) -> None:
        self.turn(told, esc, self.typed(self.tree.head_id))

    @precondition(lambda self: self.tree.nodes)
    @rule(at=somewhere, told=told_, esc=escs)
    def edit(self, at: int, told: list[Any], esc: str | None) -> None:
        if question := self.question(at):
            self.trees[self.at] = self.tree.with_head(question.parent_id)
            self.turn(told, esc, self.typed(question.parent_id))

    @precondition(lambda self: self.tree.nodes)
    @rule(at=somewhere, told=told_, esc=escs, model=st.none() | st.sampled_from((*MODELS, BOUND)))
    def regenerate(self, at: int, told: list[Any], esc: str | None, model: str | None) -> None:
        if model is not None:
            self.chosen = fitting(replace(self.chosen, model=find_model(model)))
        if question := self.question(at):
            self.trees[self.at] = self.tree.with_head(question.id)
            self.turn(told, esc)

    @precondition(lambda self: self.tree.nodes)
    @rule(at=somewhere, told=told_, esc=escs)
    def go_on_from(self, at: int, told: list[Any], esc: str | None) -> None:
        places = list(self.tree.nodes)
        self.trees[self.at] = self.tree.with_head(places[at % len(places)])
        self.turn(told, esc)

    @precondition(lambda self: self.tree.nodes and len(self.trees) < 4)
    @rule(at=somewhere)
    def fork(self, at: int) -> None:
        places = list(self.tree.nodes)
        forked = fork(self.tree, places[at % len(places)], self.new_id, 1)
        assert [node.content for node in forked.path()] == [
            node.content for node in self.tree.path(places[at % len(places)])
        ]
        self.trees.append(forked)
        self.at = len(self.trees) - 1

    @precondition(lambda self: self.tree.nodes and len(self.trees) < 6)
    @rule(at=somewhere)
    def drop_the_beginning(self, at: int) -> None:
        typed = [node for node in self.tree.path() if node.origin == "typed"]
        short = shortened(self.tree, typed[at % len(typed)].id, self.new_id, 1, "Short") if typed else None
        if short is not None:
            self.done["shortened"] += 1
            self.trees.append(short)
            self.at = len(self.trees) - 1

    @rule(at=somewhere)
    def open_another(self, at: int) -> None:
        self.at = at % len(self.trees)

    @rule(
        changes=st.fixed_dictionaries(
            {},
            optional={
                "model": st.sampled_from((*MODELS, BOUND)).map(find_model),
                "thinking": st.sampled_from(("auto", "on", "off")),
                "effort": st.sampled_from((None, *EFFORTS)),
                "system": st.sampled_from(("", "Be brief.")),
                "server_tools": st.sampled_from(((), ("web_search",), SERVER_TOOLS)),
                "max_tokens": st.sampled_from((None, 1, 1025, 500_000)),
                "compact": st.booleans(),
            },
        ),
        offered=st.none() | st.sampled_from(((), ("count",), TOOLS)),
    )
    def switch(self, changes: dict[str, Any], offered: tuple[str, ...] | None) -> None:
        self.chosen = fitting(replace(self.chosen, **changes))
        if offered is not None:
            self.chosen = replace(self.chosen, local_tools=tuple(self.tools.only(offered).definitions()))

    # What always holds

    def ways(self) -> Iterator[Settings]:
        """How one may go on: as chosen, told something else, with other tools, and with a model of each other kind."""
        yield self.chosen
        yield replace(self.chosen, system=f"{self.chosen.system} Otherwise.")
        yield fitting(replace(self.chosen, compact=not self.chosen.compact))
        yield replace(self.chosen, local_tools=() if self.chosen.local_tools else tuple(self.tools.definitions()))
        for model in (*MODELS, BOUND):
            if model != self.chosen.model.id:
                yield fitting(replace(self.chosen, model=find_model(model), thinking="auto", effort=None))

    @invariant()
    def every_branch_may_be_sent(self) -> None:
        """From each message that is new: another question, and going on if there is anything to go on with."""
        self.done["steps"] += 1
        for place, tree in enumerate(self.trees):
            for node_id in (None, *tree.nodes):
                if (place, node_id) in self.looked:
                    continue
                self.looked.add((place, node_id))
                path = tree.path(node_id) if node_id is not None else ()
                for way in self.ways():
                    self.may_be_sent([*path, self.typed(node_id)], way)
                    self.may_be_sent(list(path), way)

    def may_be_sent(self, path: list[Node], way: Settings) -> None:
        step = plan(path, way)
        if step is None:
            return
        if step.ask is not None:
            asked = Node("ask", path[-1].id, "user", (TextBlock(step.ask),), "continue", join=step.join)
            path = [*path, asked]
        found = self.table.problems(build(path, way, join=step.join, max_tokens=step.max_tokens).params)
        self.done["requests"] += 1
        assert not found, (found, [(node.id, node.role, node.origin, node.status, node.stop_reason) for node in path])

    @invariant()
    def nothing_was_refused(self) -> None:
        assert not self.table.refused, self.table.refused

    @invariant()
    def the_outline_has_every_message(self) -> None:
        for tree in self.trees:
            seen: list[str] = []
            for stop in outline(tree):
                at = stop.first_id
                seen.append(at)
                while at != stop.last_id:
                    (at,) = tree.children(at)
                    seen.append(at)
            assert sorted(seen) == sorted(tree.nodes)


def run(runs: int, steps: int) -> None:
    chosen = effort(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.reuse, Phase.generate),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(Gardener, settings=chosen)


def test_every_branch_makes_a_request_the_api_takes() -> None:
    Gardener.done = Counter()
    run(6, 12)
    assert Gardener.done["requests"] > 300


@pytest.mark.long
def test_every_branch_makes_a_request_the_api_takes_for_long(capsys: pytest.CaptureFixture[str]) -> None:
    Gardener.done = Counter()
    while Gardener.done["steps"] < STEPS:
        run(40, 40)
        with capsys.disabled():
            print(f"\n{dict(sorted(Gardener.done.items()))}", end="")
